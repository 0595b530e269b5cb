#include "acq/sim/hj212_station_private.h"

#include "acq/sim/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double sim_reporter_now_s(const struct sim_reporter *s)
{
    return world_now_s(s->all->world);
}

bool sim_reporter_fails(struct sim_reporter *s, enum sim_report_fault kind)
{
    for (size_t i = 0; i < s->plan->fault_count; i++) {
        const struct sim_report_when *f = &s->plan->faults[i];
        if (f->kind != kind || !fault_in_window(&f->window, sim_reporter_now_s(s)))
            continue;
        uint64_t *x = &s->seed;
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        if ((double)(*x >> 11) < f->window.chance * 9007199254740992.0)
            return true;
    }
    return false;
}

static size_t replace_sum(char *frame, size_t len, uint16_t sum, bool lower)
{
    char digits[5];
    snprintf(digits, sizeof digits, lower ? "%04x" : "%04X", sum);
    memcpy(frame + len - 6, digits, 4);
    return len;
}

/* The value of PW becomes another, and the sum fits again. */
static void lie(char *segment, size_t len)
{
    struct hj212_text text = {segment, len};
    size_t at = hj212_text_find(text, ";PW=");
    for (at += 4; at < len && segment[at] != ';'; at++)
        segment[at] = '0';
    char digits[5];
    snprintf(digits, sizeof digits, "%04X", hj212_crc(segment, len));
    memcpy(segment + len, digits, 4);
}

size_t sim_reporter_spoil(struct sim_reporter *s, char *frame, size_t len)
{
    char *segment = frame + 6;
    size_t inner = len - HJ212_OVERHEAD;
    if (s->tries == 0 && sim_reporter_fails(s, REPORT_WRONG_PASSWORD))
        lie(segment, inner);
    uint16_t modbus = hj212_crc_modbus(segment, inner);
    uint16_t sum = hj212_crc(segment, inner);
    if (sim_reporter_fails(s, REPORT_MODBUS))
        len = replace_sum(frame, len, modbus, false);
    if (sim_reporter_fails(s, REPORT_SWAPPED))
        len = replace_sum(frame, len, (uint16_t)(modbus >> 8 | modbus << 8), false);
    if (sim_reporter_fails(s, REPORT_LOWER))
        len = replace_sum(frame, len, sum, true);
    if (s->tries == 0 && sim_reporter_fails(s, REPORT_WRONG_CRC))
        len = replace_sum(frame, len, sum ^ 0x0101, false);
    if (sim_reporter_fails(s, REPORT_NO_TAIL))
        len -= 2;
    if (frame[2] == '0' && sim_reporter_fails(s, REPORT_LENGTH_3)) {
        memmove(frame + 2, frame + 3, len - 3);
        len--;
    }
    return len;
}

static struct report *new_report(struct sim_reporter *s)
{
    if (s->count == QUEUE_SIZE) {
        s->overrun++;
        s->first = (s->first + 1) % QUEUE_SIZE;
        s->count--;
        s->sent = false;
        s->tries = 0;
    }
    return &s->queue[(s->first + s->count) % QUEUE_SIZE];
}

/* One packet, or one of the parts that a long one is split into (HJ 212-2017 C.49). */
struct part {
    int cn, pnum, pno;
    size_t first, count; /* factors */
    double t_s;
    int64_t time_ms;
};

static void add_some(struct sim_reporter *s, struct hj212_cp *cp, const struct part *p)
{
    for (size_t i = p->first; i < p->first + p->count; i++) {
        const struct sim_factor *f = &s->plan->factors[i];
        double value = wave_at(&f->wave, p->t_s, s->all->world->plan->seed + i);
        if (p->cn == 2011) {
            hj212_cp_number(cp, f->code, HJ212_RTD, value);
        } else {
            hj212_cp_number(cp, f->code, HJ212_MIN, value);
            hj212_cp_number(cp, f->code, HJ212_AVG, value);
            hj212_cp_number(cp, f->code, HJ212_MAX, value);
        }
        hj212_cp_text(cp, f->code, HJ212_FLAG, hj212_text_of("N"));
    }
}

void sim_reporter_add_values(struct sim_reporter *s, struct hj212_cp *cp, int cn, double t_s)
{
    const struct part p = {.cn = cn, .count = s->plan->factor_count, .t_s = t_s};
    add_some(s, cp, &p);
}

/* To the second, so that a period has the same values whenever it is made. */
double sim_reporter_period_s(const struct sim_reporter *s, int64_t begin_ms)
{
    double ago_s = (double)(pw_clock_wall_ms(s->all->world->clock) - begin_ms) / SECOND_MS;
    return floor(sim_reporter_now_s(s) - ago_s + 0.5);
}

static void make_part(struct sim_reporter *s, const struct part *p, int64_t wall_ms)
{
    char storage[HJ212_SEGMENT_MAX];
    struct hj212_cp cp;
    struct report *r = new_report(s);
    hj212_cp_init(&cp, &s->profile, storage, sizeof storage);
    if (p->cn != 9015) {
        hj212_cp_time(&cp, "", HJ212_DATA_TIME, p->time_ms);
        add_some(s, &cp, p);
    }
    hj212_qn_format(hj212_qn_next(&s->qn, wall_ms), s->profile.zone_min, r->qn);
    const struct hj212_head head = {.qn = hj212_text_of(r->qn),
                                    .st = hj212_text_of(s->plan->st),
                                    .pw = hj212_text_of(s->plan->password),
                                    .mn = hj212_text_of(s->mn),
                                    .cn = p->cn,
                                    .answer_wanted = p->cn != 9015,
                                    .pnum = p->pnum,
                                    .pno = p->pno};
    if (cp.err || hj212_write(&s->profile, &head, (struct hj212_text){storage, cp.len}, NULL,
                              r->frame, sizeof r->frame, &r->len) != 0)
        return;
    r->made_s = p->t_s;
    r->behind_next = sim_reporter_fails(s, REPORT_OUT_OF_ORDER);
    s->count++;
    s->made++;
}

void sim_reporter_make(struct sim_reporter *s, int cn, double t_s, double period_s)
{
    int64_t wall_ms = pw_clock_wall_ms(s->all->world->clock);
    int64_t period_ms = (int64_t)(period_s * SECOND_MS);
    struct part p = {.cn = cn,
                     .count = s->plan->factor_count,
                     .t_s = t_s,
                     .time_ms = cn == 2011 ? wall_ms : wall_ms - wall_ms % period_ms - period_ms};
    if (cn != 2011)
        p.t_s = sim_reporter_period_s(s, p.time_ms);
    if (cn == 9015 || p.count < 2 || !sim_reporter_fails(s, REPORT_PARTS)) {
        make_part(s, &p, wall_ms);
        return;
    }
    p.pnum = 2;
    p.pno = 1;
    p.count /= 2;
    make_part(s, &p, wall_ms);
    p.pno = 2;
    p.first = p.count;
    p.count = s->plan->factor_count - p.first;
    make_part(s, &p, wall_ms);
}
