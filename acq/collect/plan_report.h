/* What `plumewatch plan` shows: the requests each device will be asked with, the bytes of a cycle,
 * and how much of each link's time they take. Over TCP the time of a request is an assumption, said
 * in the report: a round trip, plus the link's gap_ms. */
#ifndef ACQ_COLLECT_PLAN_REPORT_H
#define ACQ_COLLECT_PLAN_REPORT_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stdio.h>

struct plant;

enum { PLAN_ROUND_TRIP_MS = 5 };

/* Text for people or one JSON object. 1 when a link is over-committed (share above 1: it will miss
 * cycles), 0 when none is, negative on failure. */
PW_MUST_CHECK int plan_report_write(const struct plant *plant, bool json, FILE *out);
/* A line for each over-committed link, of the configuration `name`: which, by how much, what would
 * fit. Returns how many, negative on failure. */
PW_MUST_CHECK int plan_report_check(const struct plant *plant, const char *name, FILE *out);
/* plan_report_write() with another round trip, in ms, not negative. */
PW_MUST_CHECK int plan_report_write_assuming(const struct plant *plant, bool json,
                                             double round_trip_ms, FILE *out);

#endif
