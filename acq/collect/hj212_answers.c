#include "acq/collect/hj212_desk_private.h"

#include "acq/plant/plant.h"
#include "protocols/hj212/write.h"

#include <string.h>

/* The station is answered as it spoke: in the edition and with the check sum of its packet. */
static struct hj212_profile voice(const struct hj212_station *s, const struct hj212_received *got)
{
    enum hj212_edition edition = (enum hj212_edition)s->device->station.edition;
    struct hj212_profile p =
        hj212_profile_default(edition == HJ212_EDITION_AUTO ? got->packet->edition : edition);
    p.crc_out = got->crc;
    p.zone_min = s->profile.zone_min;
    return p;
}

static void send_answer(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                        const char *frame, size_t len)
{
    if (d->ops->send(d->ctx, connection, frame, len) == 0)
        s->stats.answers++;
    else
        s->stats.unsent++;
}

void hj212_answer_after(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                        const struct hj212_received *got, int cn, uint64_t seq, int64_t at_ms)
{
    const struct hj212_profile profile = voice(s, got);
    char frame[HJ212_ANSWER_SIZE];
    size_t len = 0;
    bool full = seq > d->durable && d->waiting == d->answers_size;
    if (full || hj212_write_answer(&profile, got->packet, cn, 0, frame, sizeof frame, &len) != 0) {
        s->stats.unsent++;
        return;
    }
    if (seq <= d->durable) {
        send_answer(d, s, connection, frame, len);
        return;
    }
    struct hj212_answer *a = &d->answers[(d->first + d->waiting++) % d->answers_size];
    *a = (struct hj212_answer){.seq = seq,
                               .connection = connection,
                               .station = s,
                               .since_ms = at_ms,
                               .len = (uint16_t)len};
    memcpy(a->frame, frame, len);
}

/* In order of arrival. A resend that shares an older commit may stand behind a younger one: it
 * waits for that one too. */
void hj212_desk_durable(struct hj212_desk *d, uint64_t seq, int64_t at_ms)
{
    d->durable = seq > d->durable ? seq : d->durable;
    while (d->waiting > 0 && d->answers[d->first].seq <= d->durable) {
        const struct hj212_answer *a = &d->answers[d->first];
        if (at_ms - a->since_ms > (int64_t)a->station->device->station.ack_max_s * 1000)
            a->station->stats.late++;
        else
            send_answer(d, a->station, a->connection, a->frame, a->len);
        d->first = (d->first + 1) % d->answers_size;
        d->waiting--;
    }
}

void hj212_send_clock(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                      const struct hj212_received *got, const struct hj212_moment *now)
{
    static const char name[] = "SystemTime=";
    const struct hj212_profile profile = voice(s, got);
    char time[sizeof name + HJ212_TIME_SIZE] = "";
    char qn[HJ212_QN_SIZE];
    char frame[HJ212_FRAME_SIZE];
    size_t len = 0;
    memcpy(time, name, sizeof name - 1);
    hj212_time_format(now->utc_ms, profile.zone_min, time + sizeof name - 1);
    hj212_qn_format(hj212_qn_next(&s->qn, now->utc_ms), profile.zone_min, qn);
    const struct hj212_head head = {.qn = hj212_text_of(qn),
                                    .st = got->packet->st,
                                    .pw = got->packet->pw,
                                    .mn = got->packet->mn,
                                    .cn = 1012,
                                    .request = true,
                                    .answer_wanted = true};
    if (hj212_write(&profile, &head, hj212_text_of(time), NULL, frame, sizeof frame, &len) == 0 &&
        d->ops->send(d->ctx, connection, frame, len) == 0)
        s->stats.clock_sets++;
    else
        s->stats.unsent++;
}
