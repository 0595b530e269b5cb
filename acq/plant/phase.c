#include "acq/plant/loader.h"

/* The first device of the link that the k-th may be read together with; k: none before it. */
static uint32_t find_first(const struct plant *p, const struct plant_link *link, uint32_t k)
{
    const uint32_t *devices = p->link_devices + link->first_device;
    for (uint32_t i = 0; i < k; i++)
        if (plant_may_share_reads(&p->devices[devices[i]], &p->devices[devices[k]]))
            return i;
    return k;
}

static uint32_t count_firsts(const struct plant *p, const struct plant_link *link)
{
    uint32_t count = 0;
    for (uint32_t k = 0; k < link->device_count; k++)
        count += find_first(p, link, k) == k;
    return count;
}

/* The n of a link that are read apart share their period evenly, and the L links share what lies
 * between two of them: number k of link i is due at (k + i / L) / n of its period. Who may be read
 * together with another is due with it. */
void phase_spread(struct plant *p, const uint32_t *given_ms)
{
    for (uint32_t i = 0; i < p->link_count; i++) {
        const struct plant_link *link = &p->links[i];
        const uint32_t *devices = p->link_devices + link->first_device;
        uint64_t slots = (uint64_t)count_firsts(p, link) * p->link_count;
        uint64_t slot = i;
        for (uint32_t k = 0; k < link->device_count; k++) {
            struct plant_device *d = &p->devices[devices[k]];
            uint32_t first = find_first(p, link, k);
            if (given_ms[devices[k]] != DRAFT_NOT_GIVEN)
                d->phase_ms = given_ms[devices[k]];
            else if (first == k)
                d->phase_ms = (uint32_t)(d->every_ms * slot / slots);
            else
                d->phase_ms = p->devices[devices[first]].phase_ms;
            slot += first == k ? p->link_count : 0;
        }
    }
}
