#include "acq/collect/hj212_desk_private.h"

/* Nobody waits for an answer to a packet that was set aside. */
enum { NO_CONNECTION = 0 };

static void take_kept(struct hj212_desk *d, struct hj212_workspace *work, uint32_t i,
                      const struct hj212_moment *now)
{
    struct hj212_stranger one;
    hj212_strangers_get(d->strangers, i, &one);
    for (uint32_t n = 0; n < one.kept; n++) {
        struct hj212_received got = {.packet = &work->packet};
        struct hj212_text segment = hj212_strangers_packet(d->strangers, i, n, &got.crc);
        if (hj212_packet_parse(segment, &work->packet) == 0)
            (void)hj212_desk_take(d, NO_CONNECTION, &got, now);
    }
}

void hj212_desk_adopt(struct hj212_desk *d, struct hj212_workspace *work,
                      const struct hj212_moment *now)
{
    for (uint32_t i = hj212_strangers_count(d->strangers); i-- > 0;) {
        struct hj212_stranger one;
        hj212_strangers_get(d->strangers, i, &one);
        if (!hj212_desk_find(d, hj212_text_of(one.mn)))
            continue;
        take_kept(d, work, i, now);
        hj212_strangers_remove(d->strangers, i);
    }
}

const struct hj212_strangers *hj212_desk_strangers(const struct hj212_desk *d)
{
    return d->strangers;
}

void hj212_desk_inherit_strangers(struct hj212_desk *d, struct hj212_desk *from)
{
    hj212_strangers_move(d->strangers, from->strangers);
}
