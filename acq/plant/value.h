/* One JSON value as one option's kind, unit and range have it. */
#ifndef ACQ_PLANT_VALUE_H
#define ACQ_PLANT_VALUE_H

#include "acq/plant/option.h"

#include <cjson/cJSON.h>
#include <stdint.h>

struct arena;

/* Writes o->size bytes to out; false, and out untouched, when the value is not what the option
 * takes. Texts are copied to the arena; objects and lists are borrowed from the tree. */
bool value_read(struct arena *arena, const struct option *o, const cJSON *node, void *out);

enum { VALUE_HOST_SIZE = 256 };
/* "host:port" or "[v6 address]:port" in its parts; false when it is neither. */
bool value_split_endpoint(const char *text, char host[VALUE_HOST_SIZE], uint16_t *out_port);

#endif
