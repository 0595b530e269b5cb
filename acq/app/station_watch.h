/* Whether commits are quick enough for the stations that wait for them: an answer that was not
 * ready within the station's ack_max_s is not sent, and the disk is too slow for what is reported.
 * A finding of kind `system`, part `disk-slow-stations`, priority 2. Pure but for the words; see
 * docs/adr/0007-findings-about-the-server.md. */
#ifndef ACQ_APP_STATION_WATCH_H
#define ACQ_APP_STATION_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum { STATION_WATCH_OVER_MS = 60000 /* without one it is over */ };

struct station_watch {
    bool open;
    bool adopted;     /* what was open before the start is known again */
    int64_t start_ms; /* UTC */
    int64_t last_ms;  /* when the last one was seen */
    uint64_t seen;    /* answers that were late, so far */
    uint64_t before;  /* when the open finding began */
};

/* late: answers that were not sent for being late, since the start; less than before after a
 * reload. True when the condition began or ended. */
bool station_watch_take(struct station_watch *w, uint64_t late, int64_t now_ms);

#endif
