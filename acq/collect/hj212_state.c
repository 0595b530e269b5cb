#include "acq/collect/hj212_desk_private.h"

#include "acq/plant/plant.h"

/* Different codes among all stations of a link; more than any table of factors has. */
enum { NAMES_MAX = 4096 };

int hj212_init_slots(struct hj212_desk *d)
{
    uint32_t most = 0;
    uint64_t all = 0;
    for (uint32_t i = 0; i < d->station_count; i++) {
        most = d->stations[i].slots.max > most ? d->stations[i].slots.max : most;
        all += d->stations[i].slots.max;
    }
    d->names = hj212_names_new(all < NAMES_MAX ? (uint32_t)all : NAMES_MAX);
    d->room = hj212_extra_room_new(most);
    return d->names && d->room ? 0 : PW_ENOMEM;
}

void hj212_inherit_slots(struct hj212_desk *d, struct hj212_station *to,
                         const struct hj212_desk *from, const struct hj212_station *s)
{
    for (uint32_t i = 0; i < s->slots.count; i++)
        (void)hj212_slots_take(&to->slots, d->names,
                               hj212_text_of(hj212_slots_code(&s->slots, from->names, i)));
}

static void tell(struct hj212_desk *d, const struct hj212_station *s)
{
    if (d->ops->on_state)
        d->ops->on_state(d->ctx, s->index);
}

int hj212_take_extras(struct hj212_desk *d, struct hj212_station *s, const struct hj212_packet *p,
                      const struct hj212_moment *now)
{
    uint32_t fresh = 0;
    const struct hj212_extra_reading x = {.slots = &s->slots,
                                          .names = d->names,
                                          .room = d->room,
                                          .plant = d->plant,
                                          .device = s->index,
                                          .map = s->map};
    if (!d->ops->on_extras)
        return 0;
    int err = hj212_extras_read(&x, p, now, d->ops->on_extras, d->ctx, &fresh);
    if (fresh)
        tell(d, s);
    return err;
}

void hj212_note_crc(struct hj212_desk *d, struct hj212_station *s)
{
    bool same = s->proven.locked == s->peer.crc.locked;
    s->proven = s->peer.crc;
    if (!same)
        tell(d, s);
}

bool hj212_desk_state_write(const struct hj212_desk *d, uint32_t device, struct strbuf *out)
{
    char crc[HJ212_CRC_STATE_SIZE];
    const struct hj212_station *s = hj212_desk_find_device(d, device);
    if (!s)
        return false;
    strbuf_addf(out, "\"crc\":\"%s\",\"factors\":[", hj212_crc_state_format(&s->proven, crc));
    for (uint32_t i = 0; i < s->slots.count; i++)
        strbuf_addf(out, "%s\"%s\"", i ? "," : "", hj212_slots_code(&s->slots, d->names, i));
    strbuf_addc(out, ']');
    return true;
}

void hj212_desk_state_crc(struct hj212_desk *d, uint32_t device, const char *state)
{
    struct hj212_station *s = hj212_desk_find_device(d, device);
    struct hj212_crc_state crc;
    if (s && hj212_crc_state_parse(state, &crc) == 0)
        s->peer.crc = s->proven = crc;
}

void hj212_desk_state_code(struct hj212_desk *d, uint32_t device, const char *code)
{
    struct hj212_station *s = hj212_desk_find_device(d, device);
    if (s)
        (void)hj212_slots_take(&s->slots, d->names, hj212_text_of(code));
}

bool hj212_desk_forget_crc(struct hj212_desk *d, uint32_t device)
{
    struct hj212_station *s = hj212_desk_find_device(d, device);
    if (!s)
        return false;
    s->peer.crc = s->proven = (struct hj212_crc_state){0};
    tell(d, s);
    return true;
}
