/* What a delivery target tells about itself, for metrics, `GET targets` and the log. Plain values,
 * copied whole. */
#ifndef ACQ_DELIVER_STATS_H
#define ACQ_DELIVER_STATS_H

#include <stdint.h>

enum influx_state {
    INFLUX_OK,
    INFLUX_BEHIND,     /* it answers, and more waits than what is under way */
    INFLUX_REFUSED,    /* 401, 403, 404 and the like: somebody must change something */
    INFLUX_UNREACHABLE /* no connection, no answer, overloaded: tried again by itself */
};

enum { INFLUX_ERROR_SIZE = 256 };

struct influx_stats {
    enum influx_state state;
    uint64_t requests;                  /* answered or failed, since start */
    uint64_t lines;                     /* the target said it stored them; includes resent ones */
    uint64_t bytes;                     /* of the bodies of requests that were taken */
    uint64_t partial;                   /* lines that the target dropped from a request it took */
    uint64_t quarantined;               /* single lines that it refused */
    uint64_t expired;                   /* commits that retention removed before they were sent */
    uint64_t resent;                    /* commits sent once more because they revise */
    uint64_t unreadable;                /* commits that the archive could not give back */
    uint64_t backlog;                   /* commits not yet confirmed */
    uint64_t oldest;                    /* the oldest of them, 0 when there is none */
    int last_status;                    /* of the last answer, 0 when there was none */
    int64_t last_ok_ms;                 /* UTC of the last taken request, 0 when there was none */
    char last_error[INFLUX_ERROR_SIZE]; /* "" since the last taken request */
};

/* "ok", "behind", "refused", "unreachable". */
const char *influx_state_word(enum influx_state state);

#endif
