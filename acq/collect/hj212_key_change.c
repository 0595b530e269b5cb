#include "acq/collect/hj212_desk_private.h"

#include "acq/plant/plant.h"
#include "protocols/hj212/command.h"
#include "protocols/hj212/write.h"

#include <stdio.h>
#include <string.h>

static void tell(struct hj212_desk *d, struct hj212_station *s, enum hj212_key_event event)
{
    if (event == HJ212_KEY_NOTHING)
        return;
    d->keys_version++;
    hj212_keys_bind(&s->keys, &s->peer);
    if (d->ops->on_key)
        d->ops->on_key(d->ctx, s->index, event);
}

void hj212_key_asked(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                     const struct hj212_received *got, uint64_t seq)
{
    struct hj212_offer *o = &s->offer;
    char text[HJ212_NEW_KEY_SIZE];
    bool again = s->keys.has_next;
    if (!s->keys.used || hj212_keys_offer(&s->keys, text) != 0)
        return;
    explicit_bzero(text, sizeof text);
    *o = (struct hj212_offer){.waits = true,
                              .connection = connection,
                              .seq = seq,
                              .version = again ? o->version : d->keys_version + 1,
                              .crc = got->crc,
                              .edition = got->packet->edition};
    if (!again)
        tell(d, s, HJ212_KEY_OFFERED);
}

/* HJ 212-2025 C8. ST is that of the station's system, else of the packet that asked. */
static int write_offer(struct hj212_station *s, const struct hj212_moment *now, const char *key,
                       char *frame, size_t size, size_t *out_len)
{
    char cp[sizeof "SKCreateTime=;NewSK=" + HJ212_QN_SIZE + HJ212_NEW_KEY_SIZE];
    char created[HJ212_QN_SIZE];
    struct hj212_offer *o = &s->offer;
    struct hj212_profile p =
        hj212_profile_default(o->edition == HJ212_EDITION_AUTO ? HJ212_2025 : o->edition);
    const struct plant_station *plan = &s->device->station;
    p.crc_out = o->crc;
    p.zone_min = s->profile.zone_min;
    p.cipher_form = s->profile.cipher_form;
    p.cipher_new_key = plan->cipher_new_key;
    hj212_qn_format(hj212_qn_next(&s->qn, now->utc_ms), p.zone_min, o->qn);
    hj212_qn_format(now->utc_ms, p.zone_min, created);
    snprintf(cp, sizeof cp, "SKCreateTime=%s;NewSK=%s", created, key);
    const struct hj212_head head = {.qn = hj212_text_of(o->qn),
                                    .st = hj212_text_of(plan->st[0] ? plan->st : "31"),
                                    .pw = hj212_text_of(plan->password),
                                    .mn = hj212_text_of(plan->mn),
                                    .cn = 1014,
                                    .request = true,
                                    .answer_wanted = true};
    int err =
        hj212_write(&p, &head, hj212_text_of(cp),
                    hj212_must_encrypt_down(&p, 1014) ? s->keys.first : NULL, frame, size, out_len);
    explicit_bzero(cp, sizeof cp);
    return err;
}

static void send_offer(struct hj212_desk *d, struct hj212_station *s,
                       const struct hj212_moment *now)
{
    char key[HJ212_NEW_KEY_SIZE];
    char frame[HJ212_FRAME_SIZE];
    size_t len = 0;
    s->offer.waits = false;
    if (!s->keys.has_next || hj212_keys_offer(&s->keys, key) != 0)
        return;
    if (write_offer(s, now, key, frame, sizeof frame, &len) != 0 ||
        d->ops->send(d->ctx, s->offer.connection, frame, len) != 0)
        s->stats.unsent++;
    explicit_bzero(key, sizeof key);
    explicit_bzero(frame, sizeof frame);
}

void hj212_desk_keys_tick(struct hj212_desk *d, const struct hj212_moment *now)
{
    for (uint32_t i = 0; i < d->station_count; i++) {
        struct hj212_station *s = &d->stations[i];
        const struct hj212_offer *o = &s->offer;
        if (!s->keys.used)
            continue;
        hj212_keys_tick(&s->keys, now->utc_ms);
        hj212_keys_bind(&s->keys, &s->peer);
        if (o->waits && o->version <= d->keys_saved && o->seq <= d->durable)
            send_offer(d, s, now);
    }
}

void hj212_key_heard(struct hj212_desk *d, struct hj212_station *s,
                     const struct hj212_received *got, const struct hj212_moment *now)
{
    const struct hj212_packet *p = got->packet;
    uint32_t grace_min = s->device->station.key_grace_min;
    int result = 0;
    if (!s->keys.has_next)
        return;
    if (got->decrypted && got->by_old_key) {
        tell(d, s, hj212_keys_confirm(&s->keys, now->utc_ms, grace_min));
        return;
    }
    if ((p->cn != 9011 && p->cn != 9012) || !s->offer.qn[0] ||
        !hj212_text_is(hj212_packet_qn(p), s->offer.qn))
        return;
    if (hj212_packet_int(p, p->cn == 9011 ? HJ212_QN_RTN : HJ212_EXE_RTN, &result) != 0)
        return;
    if (result != 1)
        tell(d, s, hj212_keys_decline(&s->keys));
    else if (p->cn == 9012)
        tell(d, s, hj212_keys_confirm(&s->keys, now->utc_ms, grace_min));
}

uint64_t hj212_desk_keys_version(const struct hj212_desk *d)
{
    return d->keys_version;
}

void hj212_desk_keys_saved(struct hj212_desk *d, uint64_t version)
{
    d->keys_saved = version;
}

void hj212_desk_keys_write(const struct hj212_desk *d, struct strbuf *out)
{
    for (uint32_t i = 0; i < d->station_count; i++)
        hj212_keys_write(&d->stations[i].keys, d->stations[i].device->station.mn, out);
}

int hj212_desk_keys_read(struct hj212_desk *d, const char *mn, const char *line)
{
    struct hj212_station *s = hj212_desk_find(d, hj212_text_of(mn));
    int err = s ? hj212_keys_read(&s->keys, line) : PW_ENOTFOUND;
    if (!err)
        hj212_keys_bind(&s->keys, &s->peer);
    return err;
}
