/* An event held against what was declared of its object (domain, declared windows). */
#ifndef ACQ_DETECT_WINDOW_H
#define ACQ_DETECT_WINDOW_H

#include "acq/core/declaration.h"

enum window_class { WINDOW_UNDECLARED, WINDOW_OVERRUN, WINDOW_DECLARED };

struct window_verdict {
    enum window_class class;
    bool is_late;                 /* what it was held against was declared after the start */
    double outside_s;             /* of the event beside the windows */
    char id[DECLARATION_ID_SIZE]; /* of the first window, "" = none */
};

struct window_rules {
    int64_t margin_ms; /* so far beside a window it is still inside */
    int64_t
        late_max_ms; /* what was declared later than so long after the start counts for nothing */
};

/* The event lasts from start_ms to end_ms (until now while it goes on). declared may be NULL. */
struct window_verdict window_judge(const struct declarations *declared, const char *object,
                                   int64_t start_ms, int64_t end_ms, struct window_rules rules);

#endif
