/* The platforms that we report to (HJ 212), one uplink each. Loop thread. A reload closes all of
 * them and opens those of the new configuration; what each has to send follows from the record. */
#ifndef ACQ_APP_UPLINKS_H
#define ACQ_APP_UPLINKS_H

#include "acq/core/err.h"
#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct app;
struct mean;
struct uplinks;

PW_MUST_CHECK int uplinks_open(struct app *a);
PW_MUST_CHECK int uplinks_reload(struct app *a);
void uplinks_second(struct app *a);
void uplinks_on_commit(struct app *a, uint64_t seq);
/* Any mean that is recorded: realtime values, and periods that are told again. */
void uplinks_on_mean(struct app *a, const struct mean *m);
/* Nothing more is sent; stop_step() is called once uplinks_are_stopped(). */
void uplinks_stop(struct app *a);
bool uplinks_are_stopped(const struct app *a);
/* Only when stopped. */
void uplinks_free(struct app *a);
/* A member of the status object, behind others. */
void uplinks_status(const struct app *a, struct strbuf *out);

#endif
