#include "acq/plant/loader.h"

/* The n devices of a link share their period evenly, and the L links share what lies between two of
 * them: device k of link i is due at (k + i / L) / n of its period. */
void phase_spread(struct plant *p, const uint32_t *given_ms)
{
    for (uint32_t i = 0; i < p->link_count; i++) {
        const struct plant_link *link = &p->links[i];
        for (uint32_t k = 0; k < link->device_count; k++) {
            uint32_t index = p->link_devices[link->first_device + k];
            struct plant_device *d = &p->devices[index];
            uint64_t slots = (uint64_t)link->device_count * p->link_count;
            uint64_t slot = (uint64_t)k * p->link_count + i;
            d->phase_ms = given_ms[index] != DRAFT_NOT_GIVEN
                              ? given_ms[index]
                              : (uint32_t)(d->every_ms * slot / slots);
        }
    }
}
