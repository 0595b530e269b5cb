/* The table of routes. A new route is one row there and one handler. */
#ifndef ACQ_SERVE_ROUTES_H
#define ACQ_SERVE_ROUTES_H

#include "acq/serve/exchange.h"

/* Finds the route and lets it answer; 404, 405, 414 and 503 (no view yet) are answered here. HEAD
 * goes where GET goes: the body is left out when it is sent. r was initialised by the caller, who
 * calls reply_deinit() afterwards. */
void routes_answer(struct request *q, struct reply *r);

/* Handlers. Those of the API may rely on q->view. */
void api_health(const struct request *q, struct reply *r);
void api_links(const struct request *q, struct reply *r);
void api_stations(const struct request *q, struct reply *r);
void api_unknown_stations(const struct request *q, struct reply *r);
void api_devices(const struct request *q, struct reply *r);
void api_device(const struct request *q, struct reply *r);
void api_targets(const struct request *q, struct reply *r);
void api_totals(const struct request *q, struct reply *r);
void api_rates(const struct request *q, struct reply *r);
void api_findings(const struct request *q, struct reply *r);
void api_finding(const struct request *q, struct reply *r);
void api_means(const struct request *q, struct reply *r);
void api_outlets(const struct request *q, struct reply *r);
void api_states(const struct request *q, struct reply *r);
void metrics_answer(const struct request *q, struct reply *r);
void files_answer(const struct request *q, struct reply *r);

#endif
