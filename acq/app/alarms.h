/* The server's alarms: findings go into the book (acq/alarm/book.h), every change of it becomes a
 * journal line `alarm`, and a start takes the book back from these lines. Loop thread. */
#ifndef ACQ_APP_ALARMS_H
#define ACQ_APP_ALARMS_H

#include "acq/app/state.h"

/* Behind the record's start, before the pipeline's. */
PW_MUST_CHECK int alarms_open(struct app *a);
void alarms_free(struct app *a);
/* Behind gateways_open(): people are told from now on, also of what was raised before. */
PW_MUST_CHECK int alarms_start_routes(struct app *a);
/* a->plant is another one; the old one is freed only after this. */
PW_MUST_CHECK int alarms_reload(struct app *a);
void alarms_finding(struct app *a, const struct finding *f);
void alarms_second(struct app *a, int64_t at_ms);

/* A short message that came in: "ACK 12" from the phone of a person acknowledges. False when it
 * did not. */
bool alarms_take_inbound(struct app *a, const char *from, const char *text);

/* Members of a JSON object: counters, and every alarm that is not normal. */
void alarms_write(const struct app *a, struct strbuf *out);

#endif
