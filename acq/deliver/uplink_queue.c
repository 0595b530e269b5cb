#include "acq/deliver/uplink_queue.h"

#include <stdlib.h>

enum { KINDS = UPLINK_RUN_TIME, MINUTE_MS = 60000, BITS = 8 };

static const int64_t unit_ms[KINDS] = {60000, 3600000, 86400000};
static const uint32_t units_of_day[KINDS] = {1440, 24, 1};

struct strip {
    uint8_t *bits;
    int64_t size;  /* units */
    int64_t next;  /* the first unit that has not ended */
    int64_t first; /* the first that may be owed */
    uint64_t owed;
    uint32_t group; /* units of a packet; 0: not reported */
};

struct uplink_queue {
    struct strip strips[KINDS];
    int64_t zone_ms;
    uint64_t lost;
};

static int64_t unit_at(const struct uplink_queue *q, enum uplink_kind kind, int64_t utc_ms)
{
    return (utc_ms + q->zone_ms) / unit_ms[kind];
}

static int64_t start_of(const struct uplink_queue *q, enum uplink_kind kind, int64_t unit)
{
    return unit * unit_ms[kind] - q->zone_ms;
}

static bool is_owed(const struct strip *s, int64_t unit)
{
    int64_t place = unit % s->size;
    return unit >= s->first && unit < s->next && (s->bits[place / BITS] >> place % BITS & 1);
}

static void set(struct strip *s, int64_t unit, bool owed)
{
    int64_t place = unit % s->size;
    uint8_t bit = (uint8_t)(1u << place % BITS);
    bool was = s->bits[place / BITS] & bit;
    s->bits[place / BITS] =
        (uint8_t)(owed ? s->bits[place / BITS] | bit : s->bits[place / BITS] & (uint8_t)~bit);
    s->owed += owed && !was;
    s->owed -= !owed && was;
}

int uplink_queue_new(uint32_t days, int zone_min, int64_t since_ms, struct uplink_queue **out)
{
    struct uplink_queue *q = calloc(1, sizeof *q);
    if (!q)
        return PW_ENOMEM;
    q->zone_ms = (int64_t)zone_min * MINUTE_MS;
    for (int k = 0; k < KINDS; k++) {
        struct strip *s = &q->strips[k];
        s->size = (int64_t)days * units_of_day[k];
        s->bits = calloc((size_t)s->size / BITS + 1, 1);
        s->first = s->next = unit_at(q, (enum uplink_kind)k, since_ms + unit_ms[k] - 1);
        if (!s->bits) {
            uplink_queue_free(q);
            return PW_ENOMEM;
        }
    }
    *out = q;
    return 0;
}

void uplink_queue_free(struct uplink_queue *q)
{
    for (int k = 0; q && k < KINDS; k++)
        free(q->strips[k].bits);
    free(q);
}

void uplink_queue_set(struct uplink_queue *q, uint32_t minute_min, bool hour, bool day)
{
    q->strips[UPLINK_MINUTE].group = minute_min;
    q->strips[UPLINK_HOUR].group = hour;
    q->strips[UPLINK_DAY].group = day;
}

static void advance(struct uplink_queue *q, struct strip *s, int64_t now)
{
    if (now - s->next > s->size)
        s->next = now - s->size;
    for (; s->next < now; s->next++) {
        int64_t oldest = s->next - s->size;
        if (oldest >= s->first) {
            q->lost += is_owed(s, oldest);
            s->first = oldest + 1;
        }
        set(s, s->next, s->group > 0);
    }
}

void uplink_queue_advance(struct uplink_queue *q, int64_t utc_ms)
{
    for (int k = 0; k < KINDS; k++)
        advance(q, &q->strips[k], unit_at(q, (enum uplink_kind)k, utc_ms));
}

static void set_all(struct uplink_queue *q, const struct uplink_due *d, bool owed)
{
    if (d->kind >= UPLINK_RUN_TIME)
        return;
    struct strip *s = &q->strips[d->kind];
    int64_t first = unit_at(q, d->kind, d->start_ms);
    int64_t count = d->kind == UPLINK_MINUTE ? d->minutes : 1;
    for (int64_t i = first; i < first + count; i++)
        if (i >= s->first && i >= s->next - s->size && i < s->next)
            set(s, i, owed);
}

void uplink_queue_owe(struct uplink_queue *q, const struct uplink_due *d)
{
    set_all(q, d, true);
}

void uplink_queue_done(struct uplink_queue *q, const struct uplink_due *d)
{
    set_all(q, d, false);
}

int64_t uplink_due_end_ms(const struct uplink_due *d)
{
    return d->start_ms +
           (d->kind == UPLINK_MINUTE ? d->minutes * unit_ms[UPLINK_MINUTE] : unit_ms[d->kind]);
}

static bool group_is_owed(const struct strip *s, int64_t group)
{
    for (int64_t i = group * s->group; i < (group + 1) * s->group; i++)
        if (is_owed(s, i))
            return true;
    return false;
}

static bool pick_of(const struct uplink_queue *q, enum uplink_kind kind, int64_t before_ms,
                    struct uplink_due *out)
{
    const struct strip *s = &q->strips[kind];
    int64_t until = unit_at(q, kind, before_ms);
    if (s->owed == 0 || s->group == 0)
        return false;
    until = until < s->next ? until : s->next;
    for (int64_t g = until / s->group - 1; g * s->group > s->next - s->size - s->group && g >= 0;
         g--) {
        if (!group_is_owed(s, g))
            continue;
        *out = (struct uplink_due){kind, start_of(q, kind, g * s->group),
                                   (uint32_t)(s->group * unit_ms[kind] / MINUTE_MS)};
        return true;
    }
    return false;
}

bool uplink_queue_pick(const struct uplink_queue *q, unsigned kinds, int64_t before_ms,
                       struct uplink_due *out)
{
    bool found = false;
    for (int k = 0; k < KINDS; k++) {
        struct uplink_due d;
        if (!(kinds >> k & 1) || !pick_of(q, (enum uplink_kind)k, before_ms, &d))
            continue;
        if (!found || uplink_due_end_ms(&d) > uplink_due_end_ms(out))
            *out = d;
        found = true;
    }
    return found;
}

uint64_t uplink_queue_count(const struct uplink_queue *q)
{
    uint64_t count = 0;
    for (int k = 0; k < KINDS; k++)
        count += q->strips[k].owed;
    return count;
}

uint64_t uplink_queue_lost(const struct uplink_queue *q)
{
    return q->lost;
}
