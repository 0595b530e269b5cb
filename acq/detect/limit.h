/* Kind `limit`: a value beyond its limit: every single value (period realtime), or the valid mean
 * of a minute, an hour or a day. The condition begins with the first sample above max (below min)
 * and is a finding once it has lasted on_delay_s; it ends with the first sample back by at least
 * the deadband and is closed once that has lasted off_delay_s (ISA-18.2: on-delay, off-delay,
 * deadband). Delays run on the journal clock, between samples the last value stands. Only values of
 * good or uncertain quality speak. A sample without such a value is no evidence: it ends a wait for
 * on_delay or off_delay, and leaves an open finding open.
 *
 * The class of a finding on hours or days is how severe it is at its worst, by value / max: low,
 * middle, high; it is told again when it gets worse. */
#ifndef ACQ_DETECT_LIMIT_H
#define ACQ_DETECT_LIMIT_H

#include "acq/core/machine.h"

struct plant_limit;

extern const struct machine_kind machine_limit;

/* What one sample or mean says of the limit self stands for, whatever the state (none is needed):
 * for telling why. */
enum limit_word {
    LIMIT_NO_EVIDENCE,
    LIMIT_INSIDE,
    LIMIT_NEAR, /* inside, but within the deadband: an open finding stays open */
    LIMIT_BEYOND,
    LIMIT_NOT_JUDGED, /* a row of the library that nobody confirmed */
};

/* Whether it is these that the limit looks at. Of a regulated outlet single values come converted,
 * as MEAN_REALTIME. */
bool limit_takes_sample(struct machine_self self, uint32_t signal);
bool limit_takes_mean(struct machine_self self, const struct mean *m);

enum limit_word limit_judge_sample(struct machine_self self, const struct sample *s,
                                   int64_t time_ms);
/* A mean of another period is no evidence. */
enum limit_word limit_judge_mean(struct machine_self self, const struct mean *m);
/* The value of a mean of any period on the limit's basis; false when it is no evidence. */
bool limit_mean_value(const struct plant *plant, const struct plant_limit *limit,
                      const struct mean *m, double *out);
/* "beyond", "inside", "inside-deadband", "no-evidence", "not-judged". Static. */
const char *limit_word_name(enum limit_word word);

#endif
