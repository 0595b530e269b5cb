/* Conditional requests: what a static file is known by, and whether the client has it already. */
#ifndef ACQ_SERVE_VALIDATORS_H
#define ACQ_SERVE_VALIDATORS_H

#include "acq/serve/exchange.h"

/* "Tue, 24 Nov 2026 08:00:00 GMT" (RFC 9110, IMF-fixdate). */
void http_date(int64_t time_s, char out[HTTP_DATE_SIZE]);

/* Whether the If-None-Match list holds the tag, which is given with its quotes; weak comparison. */
bool etag_matches(const char *list, const char *etag);

/* If-None-Match decides when it is there (RFC 9110, 13.1.3). If-Modified-Since counts only when it
 * is the very text that was sent: no date is parsed, and a date from elsewhere gives the file. */
bool is_not_modified(const struct request *q, const struct reply *r);

#endif
