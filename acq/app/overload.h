/* Whether the scheduler keeps up, as a condition with a beginning and an end. Pure. */
#ifndef ACQ_APP_OVERLOAD_H
#define ACQ_APP_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct plant;

struct overload {
    bool open;
    bool adopted;     /* what was open before the start is known again */
    int64_t start_ms; /* UTC: since when the oldest of what is due was due */
    double worst_s;
};

/* How old something due may be: some periods and time-outs of the slowest device. */
int64_t overload_limit_ms(const struct plant *plant);

/* True when the condition began or ended. It ends when half of the limit is kept again. */
bool overload_take(struct overload *o, int64_t overdue_ms, int64_t limit_ms, int64_t now_ms);

#endif
