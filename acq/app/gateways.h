/* The gateways of the running server and the outbox behind them: notices become durable, go out,
 * and what gateways, centres and phones say comes back into the journal. Loop thread. */
#ifndef ACQ_APP_GATEWAYS_H
#define ACQ_APP_GATEWAYS_H

#include "acq/alarm/notice.h"
#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct app;
struct finding;
struct gateways;
struct serve_counters;

/* Opens what the plant has; what was on its way before this start goes on. */
PW_MUST_CHECK int gateways_open(struct app *a);
/* a->plant is another one. Nothing happens unless its gateways differ. */
PW_MUST_CHECK int gateways_reload(struct app *a);

/* Takes a notice over: its journal line goes into the next commit, with whatever led to it. Fits
 * router_sink.on_notice. */
void gateways_take_notice(void *app, const struct notice *n);

void gateways_on_commit(struct app *a, uint64_t seq);
void gateways_second(struct app *a, int64_t at_ms);

/* Takes no more; waits a little for answers, then closes. stop_step() is called once
 * gateways_are_stopped(). */
void gateways_stop(struct app *a);
bool gateways_are_stopped(const struct app *a);
/* At once. */
void gateways_close(struct app *a);

/* A member of the status object, behind others. */
void gateways_status(const struct app *a, struct strbuf *out);
void gateways_count_all(const struct app *a, struct serve_counters *out);

#endif
