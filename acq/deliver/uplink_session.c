#include "acq/deliver/uplink_session_private.h"

#include "protocols/hj212/crypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_OF_CODE = 320, TEXT_LEAST = 4096, SECOND_MS = 1000 };

void uplink_settings_init(struct uplink_settings *s, const struct plant_platform *p)
{
    *s = (struct uplink_settings){.realtime_s = p->realtime_s,
                                  .minute_min = p->minute_min,
                                  .timeout_s = p->timeout_s,
                                  .resends = p->resends,
                                  .realtime_on = true,
                                  .states_on = true};
    snprintf(s->password, sizeof s->password, "%s", p->password);
    snprintf(s->key, sizeof s->key, "%s", p->sm4_key);
}

static struct sm4 *key_of(const char *text)
{
    uint8_t key[SM4_KEY_SIZE];
    if (!text[0] || hj212_key_parse(hj212_text_of(text), key) != 0)
        return NULL;
    struct sm4 *made = sm4_new(key);
    explicit_bzero(key, sizeof key);
    return made;
}

void uplink_bind_keys(struct uplink_session *s, int64_t utc_ms)
{
    sm4_free(s->key);
    sm4_free(s->old_key);
    s->key = key_of(s->settings.key);
    s->old_key = utc_ms < s->settings.old_until_ms ? key_of(s->settings.old_key) : NULL;
    s->peer.key = s->key;
    s->peer.old_key = s->old_key;
}

int uplink_session_new(const struct uplink_plan *plan, const struct uplink_settings *settings,
                       const struct uplink_session_ops *ops, struct uplink_session **out)
{
    struct uplink_session *s = calloc(1, sizeof *s);
    size_t size = TEXT_LEAST + (size_t)plan->code_count * TEXT_OF_CODE;
    if (!s)
        return PW_ENOMEM;
    s->plan = plan;
    s->ops = *ops;
    s->profile = plan->profile;
    s->settings = *settings;
    s->peer.profile = &s->profile;
    for (int i = 0; i < UPLINK_LANES; i++) {
        s->ways[i].text = malloc(size);
        if (!s->ways[i].text) {
            uplink_session_free(s);
            return PW_ENOMEM;
        }
        hj212_cp_init(&s->ways[i].cp, &s->profile, s->ways[i].text, size);
    }
    uplink_bind_keys(s, 0);
    *out = s;
    return 0;
}

void uplink_session_free(struct uplink_session *s)
{
    if (!s)
        return;
    for (int i = 0; i < UPLINK_LANES; i++)
        free(s->ways[i].text);
    sm4_free(s->key);
    sm4_free(s->old_key);
    explicit_bzero(s, sizeof *s);
    free(s);
}

void uplink_session_set_qn(struct uplink_session *s, int64_t last_ms)
{
    if (last_ms > s->qn.last_ms)
        s->qn.last_ms = last_ms;
}

int64_t uplink_session_qn(const struct uplink_session *s)
{
    return s->qn.last_ms;
}

struct hj212_peer *uplink_session_peer(struct uplink_session *s)
{
    return &s->peer;
}

const struct uplink_settings *uplink_session_settings(const struct uplink_session *s)
{
    return &s->settings;
}

void uplink_session_get_stats(const struct uplink_session *s, struct uplink_session_stats *out)
{
    *out = s->stats;
}

static void give_up(struct uplink_session *s, const char *why)
{
    if (s->ending)
        return;
    s->ending = true;
    s->ops.close(s->ops.ctx, why);
}

void uplink_send(struct uplink_session *s, const char *frame, size_t len)
{
    if (s->open && !s->ending && s->ops.send(s->ops.ctx, frame, len) != 0)
        give_up(s, "the connection takes no more");
}

struct hj212_head uplink_head(const struct uplink_session *s, int cn)
{
    return (struct hj212_head){.st = hj212_text_of(s->plan->platform.st),
                               .pw = hj212_text_of(s->settings.password),
                               .mn = hj212_text_of(s->plan->platform.mn),
                               .cn = cn};
}

void uplink_session_opened(struct uplink_session *s, int64_t now_ms)
{
    (void)now_ms;
    s->open = true;
    s->ending = false;
}

static void end_way(struct uplink_session *s, enum uplink_lane lane, enum uplink_end end)
{
    struct uplink_way *w = &s->ways[lane];
    w->busy = w->sent = false;
    s->stats.acknowledged[lane] += end == UPLINK_ACKNOWLEDGED;
    s->ops.on_end(s->ops.ctx, lane, end, w->resends);
}

void uplink_session_closed(struct uplink_session *s)
{
    bool had = s->asked.is_handled;
    s->open = false;
    s->asked = (struct uplink_asked){.is_kept = s->asked.is_kept};
    for (int i = 0; i < UPLINK_LANES; i++)
        if (s->ways[i].busy)
            end_way(s, (enum uplink_lane)i, s->ways[i].sent ? UPLINK_SENT : UPLINK_UNANSWERED);
    if (had)
        s->ops.on_gone(s->ops.ctx);
}

bool uplink_session_is_free(const struct uplink_session *s, enum uplink_lane lane)
{
    return s->open && !s->ending && !s->ways[lane].busy;
}

struct hj212_cp *uplink_session_cp(struct uplink_session *s, enum uplink_lane lane)
{
    struct hj212_cp *cp = &s->ways[lane].cp;
    hj212_cp_init(cp, &s->profile, cp->text, cp->size);
    return cp;
}

static struct sm4 *key_for(const struct uplink_session *s, int cn)
{
    return s->key && hj212_must_encrypt(&s->profile, cn) ? s->key : NULL;
}

/* The next part; PW_ENOTFOUND behind the last. */
static int send_part(struct uplink_session *s, struct uplink_way *w, int64_t now_ms, int64_t utc_ms)
{
    int err = hj212_split_next(&w->split, &s->qn, utc_ms, key_for(s, w->split.head.cn), w->frame,
                               sizeof w->frame, &w->len);
    if (err)
        return err;
    if (s->profile.edition != HJ212_2005)
        hj212_qn_format(s->qn.last_ms, s->profile.zone_min, w->qn);
    w->deadline_ms = now_ms + (int64_t)s->settings.timeout_s * SECOND_MS;
    uplink_send(s, w->frame, w->len);
    return 0;
}

static bool wants_answer(const struct uplink_session *s, enum uplink_lane lane)
{
    return lane != UPLINK_REALTIME && (lane == UPLINK_NOTICE || s->plan->platform.ack);
}

static int send_all(struct uplink_session *s, struct uplink_way *w, int64_t now_ms, int64_t utc_ms)
{
    int err = send_part(s, w, now_ms, utc_ms);
    while (!err && !w->wanted)
        err = send_part(s, w, now_ms, utc_ms);
    return err == PW_ENOTFOUND ? 0 : err;
}

int uplink_session_upload(struct uplink_session *s, enum uplink_lane lane, int cn, bool backfill,
                          int64_t now_ms, int64_t utc_ms)
{
    struct uplink_way *w = &s->ways[lane];
    if (!uplink_session_is_free(s, lane))
        return PW_ESTATE;
    struct hj212_head head = uplink_head(s, cn);
    w->wanted = wants_answer(s, lane);
    head.answer_wanted = w->wanted;
    head.backfill = backfill;
    if (s->profile.edition == HJ212_2005 && w->wanted) {
        hj212_qn_format(hj212_qn_next(&s->qn, utc_ms), s->profile.zone_min, w->qn);
        head.qn = hj212_text_of(w->qn);
    }
    int err = hj212_split_begin(&w->split, &s->profile, &head, &w->cp);
    w->resends = 0;
    if (!err)
        err = send_all(s, w, now_ms, utc_ms);
    w->busy = !err;
    w->sent = !err && !w->wanted;
    s->stats.sent[lane] += !err;
    return err;
}

static bool is_part(const struct uplink_way *w, const struct hj212_packet *p)
{
    int part = 0;
    return hj212_packet_int(p, HJ212_PNO, &part) != 0 || part == w->split.written;
}

static void take_answer(struct uplink_session *s, const struct hj212_packet *p, int64_t now_ms,
                        int64_t utc_ms)
{
    struct hj212_text qn = hj212_packet_qn(p);
    for (int i = 0; i < UPLINK_LANES; i++) {
        struct uplink_way *w = &s->ways[i];
        if (!w->busy || !w->wanted || !hj212_text_is(qn, w->qn) || !is_part(w, p))
            continue;
        int err = send_part(s, w, now_ms, utc_ms);
        if (err == PW_ENOTFOUND)
            end_way(s, (enum uplink_lane)i, UPLINK_ACKNOWLEDGED);
        else if (err)
            give_up(s, pw_strerror(err));
        return;
    }
    s->stats.strays++;
}

void uplink_session_take(struct uplink_session *s, const struct hj212_packet *packet,
                         int64_t now_ms, int64_t utc_ms)
{
    if (!s->open || s->ending)
        return;
    if (packet->cn == 9013 || packet->cn == 9014)
        take_answer(s, packet, now_ms, utc_ms);
    else
        uplink_take_request(s, packet, utc_ms);
}

/* INT64_MAX: nothing is to come of it. */
static int64_t tick_way(struct uplink_session *s, enum uplink_lane lane, int64_t now_ms)
{
    struct uplink_way *w = &s->ways[lane];
    if (!w->busy)
        return INT64_MAX;
    if (w->sent) {
        end_way(s, lane, UPLINK_SENT);
        return INT64_MAX;
    }
    if (now_ms < w->deadline_ms)
        return w->deadline_ms;
    if (w->resends >= s->settings.resends) {
        s->stats.given_up++;
        give_up(s, "no answer");
        return INT64_MAX;
    }
    w->resends++;
    s->stats.resends++;
    w->deadline_ms = now_ms + (int64_t)s->settings.timeout_s * SECOND_MS;
    uplink_send(s, w->frame, w->len);
    return w->deadline_ms;
}

int64_t uplink_session_tick(struct uplink_session *s, int64_t now_ms, int64_t utc_ms)
{
    int64_t next = INT64_MAX;
    if (s->old_key && utc_ms >= s->settings.old_until_ms)
        uplink_bind_keys(s, utc_ms);
    for (int i = 0; i < UPLINK_LANES && s->open && !s->ending; i++) {
        int64_t due = tick_way(s, (enum uplink_lane)i, now_ms);
        next = due < next ? due : next;
    }
    return next;
}
