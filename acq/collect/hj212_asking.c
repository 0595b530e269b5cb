#include "acq/collect/hj212_desk_private.h"

#include "acq/plant/plant.h"
#include "protocols/hj212/write.h"

#include <string.h>

/* What a station that says nothing else is taken for: a source of air pollution. */
static const char st_default[] = "31";

enum { UNSENT_MS = 5000 /* before a connection that took nothing is tried again */ };

static void keep_text(struct hj212_text text, char *out, size_t size)
{
    size_t len = text.len < size ? text.len : 0;
    if (len)
        memcpy(out, text.at, len);
    out[len] = '\0';
}

void hj212_asking_note_way(struct hj212_station *s, uint64_t connection,
                           const struct hj212_packet *p)
{
    s->connection = connection;
    if (p->cn < 9000 && !hj212_text_is(p->st, "91"))
        keep_text(p->st, s->st, sizeof s->st);
    if (!s->device->station.password[0])
        keep_text(p->pw, s->pw, sizeof s->pw);
}

static enum hj212_edition edition_of(const struct hj212_station *s)
{
    enum hj212_edition edition = (enum hj212_edition)s->device->station.edition;
    edition = edition == HJ212_EDITION_AUTO ? s->stats.edition : edition;
    return edition == HJ212_EDITION_AUTO ? HJ212_2017 : edition;
}

static struct hj212_text password_of(const struct hj212_station *s)
{
    const char *own = s->device->station.password;
    return hj212_text_of(own[0] ? own : s->pw);
}

static struct hj212_profile profile_of(const struct hj212_station *s)
{
    struct hj212_profile p = hj212_profile_default(edition_of(s));
    enum hj212_crc_variant crc = (enum hj212_crc_variant)s->device->station.crc;
    p.crc_out = crc == HJ212_CRC_UNKNOWN ? s->proven.last : crc;
    p.zone_min = s->profile.zone_min;
    return p;
}

static int send_request(struct hj212_desk *d, struct hj212_station *s)
{
    const struct hj212_asking *a = &s->asking;
    char frame[HJ212_FRAME_SIZE];
    size_t len = 0;
    const struct hj212_head head = {.qn = hj212_text_of(a->session.qn),
                                    .st = hj212_text_of(a->st),
                                    .pw = password_of(s),
                                    .mn = hj212_text_of(s->device->station.mn),
                                    .cn = a->request.cn,
                                    .request = true,
                                    .answer_wanted = true};
    struct sm4 *key = hj212_must_encrypt_down(&a->profile, head.cn) ? s->peer.key : NULL;
    int err = hj212_write(&a->profile, &head, hj212_text_of(a->request.cp), key, frame,
                          sizeof frame, &len);
    return err ? err : d->ops->send(d->ctx, a->connection, frame, len);
}

static void count_end(struct hj212_station_stats *s, enum hj212_asked_end end)
{
    s->ask_refused += end == HJ212_ASKED_REFUSED;
    s->ask_silent += end == HJ212_ASKED_SILENCE;
    s->ask_unsent += end == HJ212_ASKED_UNSENT;
}

static void end_request(struct hj212_desk *d, struct hj212_station *s, enum hj212_asked_end end,
                        const struct hj212_moment *now)
{
    const struct hj212_asked a = {.device = s->index,
                                  .request = &s->asking.request,
                                  .qn = s->asking.session.qn,
                                  .end = end,
                                  .result = s->asking.session.result,
                                  .packets = s->asking.session.packets};
    hj212_ask_cancel(&s->asking.session);
    if (end == HJ212_ASKED_UNSENT) {
        s->connection = s->connection == s->asking.connection ? 0 : s->connection;
        s->quiet_until_ms = now->at_ms + UNSENT_MS;
    }
    d->turn = d->turn == s ? NULL : d->turn;
    count_end(&s->stats, end);
    hj212_plan_asked(s->plan, &a, now);
    d->ops->on_asked(d->ctx, &a);
}

static bool next_request(struct hj212_station *s, const struct hj212_moment *now,
                         struct hj212_request *out)
{
    if (s->wanted_count == 0)
        return hj212_plan_next(s->plan, edition_of(s), now, out);
    *out = s->wanted[0];
    s->wanted_count--;
    memmove(s->wanted, s->wanted + 1, s->wanted_count * sizeof *s->wanted);
    return true;
}

static void begin_request(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                          const struct hj212_moment *now)
{
    const struct plant_station *station = &s->device->station;
    const struct hj212_ask_rules rules = {(int64_t)station->asking.over_time_s * 1000,
                                          station->asking.resends,
                                          (int64_t)station->asking.total_s * 1000};
    struct hj212_asking *a = &s->asking;
    char qn[HJ212_QN_SIZE];
    a->profile = profile_of(s);
    a->connection = connection;
    const char *st = station->st[0] ? station->st : s->st[0] ? s->st : st_default;
    keep_text(hj212_text_of(st), a->st, sizeof a->st);
    hj212_qn_format(hj212_qn_next(&s->qn, now->utc_ms), a->profile.zone_min, qn);
    if (hj212_ask_begin(&a->session, hj212_text_of(qn), a->request.cn, a->request.notice, &rules,
                        now->at_ms) != 0)
        return;
    s->stats.asked[a->request.purpose]++;
    d->turn = d->in_turns ? s : NULL;
    if (send_request(d, s) != 0)
        end_request(d, s, HJ212_ASKED_UNSENT, now);
}

/* PW_ENOTFOUND from the connection means that it is gone; anything else may pass. */
static void send_again(struct hj212_desk *d, struct hj212_station *s,
                       const struct hj212_moment *now)
{
    s->stats.ask_resends++;
    if (send_request(d, s) == PW_ENOTFOUND)
        end_request(d, s, HJ212_ASKED_UNSENT, now);
}

static uint64_t way_to(const struct hj212_desk *d, const struct hj212_station *s)
{
    return d->line ? d->line : s->connection;
}

static void tick_station(struct hj212_desk *d, struct hj212_station *s,
                         const struct hj212_moment *now)
{
    uint64_t way = way_to(d, s);
    if (s->asking.session.state == HJ212_ASK_IDLE) {
        if (way && now->at_ms >= s->quiet_until_ms && (!d->in_turns || !d->turn) &&
            next_request(s, now, &s->asking.request))
            begin_request(d, s, way, now);
        return;
    }
    if (way != s->asking.connection) {
        end_request(d, s, HJ212_ASKED_UNSENT, now);
        return;
    }
    enum hj212_ask_event event = hj212_ask_tick(&s->asking.session, now->at_ms);
    if (event == HJ212_ASK_RESEND)
        send_again(d, s, now);
    else if (event == HJ212_ASK_TIMEOUT)
        end_request(d, s, HJ212_ASKED_SILENCE, now);
}

void hj212_desk_tick(struct hj212_desk *d, const struct hj212_moment *now)
{
    for (uint32_t i = 0; i < d->station_count; i++)
        tick_station(d, &d->stations[i], now);
}

void hj212_desk_attach(struct hj212_desk *d, uint64_t connection)
{
    d->line = connection;
    for (uint32_t i = 0; connection == 0 && i < d->station_count; i++)
        d->stations[i].connection = 0;
}

bool hj212_asking_hear(struct hj212_desk *d, struct hj212_station *s,
                       const struct hj212_received *got, const struct hj212_moment *now)
{
    enum hj212_ask_event event = hj212_ask_input(&s->asking.session, got->packet, now->at_ms);
    if (event == HJ212_ASK_DONE)
        end_request(d, s, HJ212_ASKED_DONE, now);
    else if (event == HJ212_ASK_REFUSED)
        end_request(d, s, HJ212_ASKED_REFUSED, now);
    return event == HJ212_ASK_DATA;
}

int hj212_desk_want(struct hj212_desk *d, uint32_t device, const struct hj212_request *r)
{
    struct hj212_station *s = hj212_desk_find_device(d, device);
    char storage[HJ212_REQUEST_CP];
    struct hj212_cp cp;
    if (!s)
        return PW_ENOTFOUND;
    if (way_to(d, s) == 0)
        return PW_EIO;
    if (s->wanted_count == HJ212_WANTED_MAX)
        return PW_EBUSY;
    const struct hj212_profile profile = profile_of(s);
    hj212_cp_init(&cp, &profile, storage, sizeof storage);
    if (r->cp[0])
        hj212_cp_raw(&cp, hj212_text_of(r->cp));
    if (cp.err)
        return PW_EINVAL;
    s->wanted[s->wanted_count++] = *r;
    return 0;
}

enum hj212_edition hj212_desk_edition(const struct hj212_desk *d, uint32_t device)
{
    const struct hj212_station *s = hj212_desk_find_device(d, device);
    return s ? edition_of(s) : HJ212_EDITION_AUTO;
}

void hj212_desk_recall(struct hj212_desk *d, const struct hj212_packet *p, int64_t utc_ms)
{
    struct hj212_peer *peer = hj212_desk_find_peer(d, p->mn);
    struct hj212_station *s = (struct hj212_station *)peer;
    const struct hj212_moment now = {.utc_ms = utc_ms};
    struct hj212_period known;
    if (!s)
        return;
    hj212_plan_recall(s->plan, p, s->map, utc_ms);
    (void)hj212_periods_read(s->periods, s->map, p, s->profile.zone_min, &now, &known);
}

struct hj212_gaps *hj212_desk_gaps(struct hj212_desk *d, uint32_t device)
{
    struct hj212_station *s = hj212_desk_find_device(d, device);
    return s ? hj212_plan_gaps(s->plan) : NULL;
}
