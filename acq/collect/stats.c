#include "acq/collect/stats.h"

enum {
    REPLIES_LEAST = 100, /* fewer say nothing about the slow ones */
    PROMILLE = 999,
    ROUND_MS = 50
};

const uint32_t stats_reply_bounds_ms[STATS_REPLY_BOUNDS] = {1,   2,   5,   10,   20,  50,
                                                            100, 200, 500, 1000, 2000};

uint32_t stats_propose_timeout_ms(const struct collect_device_stats *s)
{
    uint64_t seen = 0;
    uint64_t needed = s->good * PROMILLE / 1000;
    uint32_t most_ms = s->slowest_ms;
    if (s->good < REPLIES_LEAST)
        return 0;
    for (unsigned i = 0; i < STATS_REPLY_BOUNDS && seen < needed; i++) {
        seen += s->replies[i];
        if (seen >= needed && stats_reply_bounds_ms[i] < most_ms)
            most_ms = stats_reply_bounds_ms[i];
    }
    uint32_t wanted_ms = 2 * most_ms > s->slowest_ms ? 2 * most_ms : s->slowest_ms;
    return (wanted_ms / ROUND_MS + 1) * ROUND_MS;
}
