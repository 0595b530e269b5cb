/* What a simulated slave received: requests per unit and range. The truth that a client's own
 * account is compared with. */
#ifndef ACQ_SIM_COUNTS_H
#define ACQ_SIM_COUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct frame_request;
struct counts;

/* NULL when there is no memory. */
struct counts *counts_new(void);
void counts_free(struct counts *c);

/* A range that would be the COUNTS_RANGES_MAX + 1st of its unit is added to the unit's "other". */
enum { COUNTS_RANGES_MAX = 4096 };
void counts_add(struct counts *c, const struct frame_request *request);

uint64_t counts_total(const struct counts *c);

/* One JSON object a line, by unit, in order of first appearance:
 * {"type":"received","listen":"...","unit":1,"function":3,"address":0,"count":20,"requests":123}
 * and per unit {"type":"unit","listen":"...","unit":1,"requests":123}. */
void counts_print(const struct counts *c, const char *listen, FILE *out);

#endif
