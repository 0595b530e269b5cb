#include "protocols/hj212/session.h"

struct hj212_ask_rules hj212_ask_rules_default(void)
{
    return (struct hj212_ask_rules){.over_time_ms = 10000, .resends = 3};
}

static void wait_from(struct hj212_ask *a, int64_t now_ms)
{
    a->deadline_ms = now_ms + a->rules.over_time_ms;
    if (a->deadline_ms > a->end_ms)
        a->deadline_ms = a->end_ms;
}

int hj212_ask_begin(struct hj212_ask *a, struct hj212_text qn, int cn, bool notice,
                    const struct hj212_ask_rules *rules, int64_t now_ms)
{
    int64_t ms;
    if (a->state != HJ212_ASK_IDLE)
        return PW_ESTATE;
    if (qn.len != HJ212_QN_SIZE - 1 || hj212_time_parse(qn, 0, &ms) != 0)
        return PW_EINVAL;
    *a = (struct hj212_ask){.state = HJ212_ASK_SENT,
                            .cn = cn,
                            .notice = notice,
                            .rules = *rules,
                            .resends_left = rules->resends,
                            .end_ms = rules->total_ms ? now_ms + rules->total_ms : INT64_MAX};
    wait_from(a, now_ms);
    memcpy(a->qn, qn.at, qn.len);
    return 0;
}

static enum hj212_ask_event end(struct hj212_ask *a, enum hj212_ask_event event, int result)
{
    a->state = HJ212_ASK_IDLE;
    a->result = result;
    return event;
}

static bool names_us(const struct hj212_ask *a, const struct hj212_packet *p)
{
    return hj212_text_is(hj212_packet_qn(p), a->qn);
}

/* The number that 9011 or 9012 carries; a packet without one says nothing. */
static bool result_of(const struct hj212_packet *p, enum hj212_field field, int *out)
{
    return hj212_packet_int(p, field, out) == 0;
}

static enum hj212_ask_event on_request_answer(struct hj212_ask *a, const struct hj212_packet *p,
                                              int64_t now_ms)
{
    int result = 0;
    if (a->notice || a->state != HJ212_ASK_SENT || !result_of(p, HJ212_QN_RTN, &result))
        return HJ212_ASK_NOTHING;
    if (result != 1)
        return end(a, HJ212_ASK_REFUSED, result);
    a->state = HJ212_ASK_ACCEPTED;
    wait_from(a, now_ms);
    return HJ212_ASK_PROGRESS;
}

/* 9012 ends a request even when its 9011 was lost on the way. */
static enum hj212_ask_event on_result(struct hj212_ask *a, const struct hj212_packet *p)
{
    int result = 0;
    if (a->notice || !result_of(p, HJ212_EXE_RTN, &result))
        return HJ212_ASK_NOTHING;
    return end(a, HJ212_ASK_DONE, result);
}

/* A reply carries the request's QN; a record of history has a new one, so only its command tells.
 */
static enum hj212_ask_event on_data(struct hj212_ask *a, const struct hj212_packet *p,
                                    int64_t now_ms)
{
    if (a->notice || p->cn != a->cn || (a->state == HJ212_ASK_SENT && !names_us(a, p)))
        return HJ212_ASK_NOTHING;
    a->state = HJ212_ASK_ACCEPTED;
    wait_from(a, now_ms);
    a->packets++;
    return HJ212_ASK_DATA;
}

enum hj212_ask_event hj212_ask_input(struct hj212_ask *a, const struct hj212_packet *p,
                                     int64_t now_ms)
{
    if (a->state == HJ212_ASK_IDLE)
        return HJ212_ASK_NOTHING;
    if (p->cn < 9011 || p->cn > 9013)
        return on_data(a, p, now_ms);
    if (!names_us(a, p))
        return HJ212_ASK_NOTHING;
    if (p->cn == 9011)
        return on_request_answer(a, p, now_ms);
    if (p->cn == 9012)
        return on_result(a, p);
    return a->notice ? end(a, HJ212_ASK_DONE, 1) : HJ212_ASK_NOTHING;
}

enum hj212_ask_event hj212_ask_tick(struct hj212_ask *a, int64_t now_ms)
{
    if (a->state == HJ212_ASK_IDLE || now_ms < a->deadline_ms)
        return HJ212_ASK_NOTHING;
    if (a->state == HJ212_ASK_ACCEPTED || a->resends_left == 0 || now_ms >= a->end_ms)
        return end(a, HJ212_ASK_TIMEOUT, 0);
    a->resends_left--;
    wait_from(a, now_ms);
    return HJ212_ASK_RESEND;
}

int64_t hj212_ask_deadline_ms(const struct hj212_ask *a)
{
    return a->state == HJ212_ASK_IDLE ? INT64_MAX : a->deadline_ms;
}

void hj212_ask_cancel(struct hj212_ask *a)
{
    a->state = HJ212_ASK_IDLE;
    a->result = 0;
}
