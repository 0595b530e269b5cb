#include "acq/sim/hj212_station_private.h"

#include "acq/sim/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600000 };

static int64_t wall_ms(const struct sim_reporter *s)
{
    return pw_clock_wall_ms(s->all->world->clock);
}

static struct hj212_head head_of(const struct sim_reporter *s, const char *qn, int cn)
{
    return (struct hj212_head){.qn = hj212_text_of(qn),
                               .st = hj212_text_of(s->plan->st),
                               .pw = hj212_text_of(s->plan->password),
                               .mn = hj212_text_of(s->mn),
                               .cn = cn};
}

/* What the request is answered with before 9012; false: nothing but 9012. */
static bool fill_reply(struct sim_reporter *s, int cn, struct hj212_cp *cp)
{
    switch (cn) {
    case 1011:
        hj212_cp_time(cp, "", HJ212_SYSTEM_TIME, wall_ms(s));
        return true;
    case 1061:
        hj212_cp_int(cp, "", HJ212_RTD_INTERVAL,
                     s->plan->realtime_s < 30 ? 30 : (int)s->plan->realtime_s);
        return true;
    case 1063:
        hj212_cp_int(cp, "", HJ212_MIN_INTERVAL,
                     s->plan->minute_s < 60 ? 1 : (int)s->plan->minute_s / 60);
        return true;
    case 2011:
        hj212_cp_time(cp, "", HJ212_DATA_TIME, wall_ms(s));
        sim_reporter_add_values(s, cp, cn, sim_reporter_now_s(s));
        return true;
    default:
        return false;
    }
}

/* 2005 names the request in CP. */
static void begin_cp(struct sim_reporter *s, const char *qn, struct hj212_cp *cp, char *storage,
                     size_t size)
{
    char item[HJ212_QN_SIZE + 3];
    hj212_cp_init(cp, &s->profile, storage, size);
    if (s->profile.edition != HJ212_2005)
        return;
    snprintf(item, sizeof item, "QN=%s", qn);
    hj212_cp_raw(cp, hj212_text_of(item));
}

size_t sim_history_reply(struct sim_reporter *s, const struct hj212_packet *p, char *out,
                         size_t size)
{
    char storage[HJ212_SEGMENT_MAX];
    char qn[HJ212_QN_SIZE] = "";
    struct hj212_cp cp;
    struct hj212_text asked = hj212_packet_qn(p);
    size_t len = 0;
    if (asked.len == HJ212_QN_SIZE - 1)
        memcpy(qn, asked.at, asked.len);
    begin_cp(s, qn, &cp, storage, sizeof storage);
    if (!fill_reply(s, p->cn, &cp) || cp.err)
        return 0;
    struct hj212_head head = head_of(s, s->profile.edition == HJ212_2005 ? "" : qn, p->cn);
    return hj212_write(&s->profile, &head, (struct hj212_text){storage, cp.len}, NULL, out, size,
                       &len) == 0
               ? len
               : 0;
}

static int64_t round_up(int64_t ms, int64_t step_ms)
{
    int64_t rest = ms % step_ms;
    return rest ? ms - rest + step_ms : ms;
}

bool sim_history_begin(struct sim_reporter *s, const struct hj212_packet *p)
{
    struct sim_history *h = &s->history;
    int64_t begin_ms = 0;
    int64_t end_ms = 0;
    if (p->cn != 2051 || s->plan->minute_s < 60)
        return false;
    int zone_min = s->profile.zone_min;
    if (hj212_packet_time(p, HJ212_BEGIN_TIME, zone_min, &begin_ms) != 0 ||
        hj212_packet_time(p, HJ212_END_TIME, zone_min, &end_ms) != 0)
        return false;
    int64_t step_ms = (int64_t)s->plan->minute_s * SECOND_MS;
    int64_t oldest_ms = wall_ms(s) - (int64_t)(s->plan->history_h * HOUR_MS);
    int64_t newest_ms = wall_ms(s) - step_ms;
    *h = (struct sim_history){.runs = true,
                              .step_ms = step_ms,
                              .next_ms =
                                  round_up(begin_ms > oldest_ms ? begin_ms : oldest_ms, step_ms),
                              .end_ms = end_ms < newest_ms ? end_ms : newest_ms};
    int result = h->next_ms <= h->end_ms ? 1 : 100;
    if (hj212_write_answer(&s->profile, p, 9012, result, h->done, sizeof h->done, &h->done_len) !=
        0)
        h->runs = false;
    return h->runs;
}

size_t sim_history_next(struct sim_reporter *s, char *out, size_t size)
{
    struct sim_history *h = &s->history;
    char storage[HJ212_SEGMENT_MAX];
    char qn[HJ212_QN_SIZE];
    struct hj212_cp cp;
    size_t len = 0;
    if (!h->runs)
        return 0;
    if (h->next_ms > h->end_ms) {
        h->runs = false;
        memcpy(out, h->done, h->done_len);
        return h->done_len;
    }
    hj212_cp_init(&cp, &s->profile, storage, sizeof storage);
    hj212_cp_time(&cp, "", HJ212_DATA_TIME, h->next_ms);
    sim_reporter_add_values(s, &cp, 2051, sim_reporter_period_s(s, h->next_ms));
    hj212_qn_format(hj212_qn_next(&s->qn, wall_ms(s)), s->profile.zone_min, qn);
    const struct hj212_head head = head_of(s, qn, 2051);
    h->next_ms += h->step_ms;
    if (cp.err || hj212_write(&s->profile, &head, (struct hj212_text){storage, cp.len}, NULL, out,
                              size, &len) != 0)
        return 0;
    return len;
}
