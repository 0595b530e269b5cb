#include "acq/refine/mark_rule.h"

#include "acq/core/declaration.h"
#include "acq/core/quality.h"
#include "acq/plant/plant.h"
#include "acq/refine/period.h"

#include <stdio.h>
#include <string.h>

enum { STALE_MS = 15 * MINUTE_MS };

struct latest {
    double value;
    int64_t at_ms; /* journal clock; 0: it has not spoken yet */
};

struct mark_rule_state {
    struct latest latest[MARK_RULE_CONDITIONS_MAX];
    int64_t since_ms; /* UTC: from when on all hold; 0: they do not */
    int64_t since_at; /* the same on the journal clock */
    int64_t mark_ms;  /* UTC: start of the mark that is set, or by time of day was last; 0: none */
};

static uint32_t rule_count(const struct plant *plant)
{
    return plant->mark_rule_count;
}

static const char *rule_id(const struct plant *plant, uint32_t i)
{
    return plant->mark_rules[i].id;
}

static void rule_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->mark_rules[i].digest, SM3_SIZE);
}

static uint32_t rule_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_mark_rule *rule = &plant->mark_rules[i];
    uint32_t count = 0;
    for (uint32_t c = 0; c < rule->when_count; c++) {
        uint32_t n = 0;
        while (n < count && out[n] != rule->when[c].signal)
            n++;
        if (n == count)
            out[count++] = rule->when[c].signal;
    }
    return count;
}

static void rule_init(struct machine_self self)
{
    *(struct mark_rule_state *)self.state = (struct mark_rule_state){0};
}

static const struct plant_mark_rule *rule_of(struct machine_self self)
{
    return &self.plant->mark_rules[self.index];
}

static void tell(struct machine_self self, int64_t start_ms, int64_t end_ms,
                 const struct machine_sink *sink)
{
    const struct plant_mark_rule *rule = rule_of(self);
    struct declaration d;
    memset(&d, 0, sizeof d);
    d.kind = DECLARATION_MARK;
    d.is_auto = true;
    d.start_ms = start_ms;
    d.end_ms = end_ms;
    snprintf(d.object, sizeof d.object, "%s", self.plant->outlets[rule->outlet].id);
    snprintf(d.factor, sizeof d.factor, "%s", rule->factor);
    snprintf(d.word, sizeof d.word, "%s", rule->mark_class);
    snprintf(d.mark_kind, sizeof d.mark_kind, "%s", rule->mark_kind);
    snprintf(d.reason, sizeof d.reason, "%s", rule->id);
    declaration_make_id(&d);
    if (sink->on_mark)
        sink->on_mark(sink->ctx, &d);
}

enum verdict { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_UNKNOWN };

static bool is_within(const struct plant_parameter *p, double value)
{
    return !(p->has_min && value < p->min) && !(p->has_max && value > p->max);
}

static enum verdict judge(struct machine_self self, int64_t at_ms)
{
    const struct plant_mark_rule *rule = rule_of(self);
    const struct mark_rule_state *s = self.state;
    enum verdict verdict = VERDICT_HOLDS;
    for (uint32_t c = 0; c < rule->when_count; c++) {
        if (s->latest[c].at_ms == 0 || at_ms - s->latest[c].at_ms > STALE_MS)
            verdict = VERDICT_UNKNOWN;
        else if (!is_within(&rule->when[c], s->latest[c].value))
            return VERDICT_FAILS;
    }
    return verdict;
}

static void lapse(struct machine_self self, int64_t time_ms, const struct machine_sink *sink)
{
    struct mark_rule_state *s = self.state;
    if (s->mark_ms != 0)
        tell(self, s->mark_ms, time_ms > s->mark_ms ? time_ms : s->mark_ms + 1, sink);
    s->mark_ms = 0;
    s->since_ms = 0;
}

static void settle(struct machine_self self, int64_t time_ms, struct machine_now now,
                   const struct machine_sink *sink)
{
    struct mark_rule_state *s = self.state;
    if (judge(self, now.at_ms) != VERDICT_HOLDS) {
        lapse(self, time_ms, sink);
        return;
    }
    if (s->since_ms == 0) {
        s->since_ms = time_ms;
        s->since_at = now.at_ms;
    }
    if (s->mark_ms == 0 && now.at_ms - s->since_at >= (int64_t)rule_of(self)->for_s * 1000) {
        s->mark_ms = s->since_ms;
        tell(self, s->mark_ms, INT64_MAX, sink);
    }
}

static void rule_on_sample(struct machine_self self, uint32_t signal, const struct sample *sample,
                           int64_t time_ms, struct machine_now now, const struct machine_sink *sink)
{
    struct mark_rule_state *s = self.state;
    const struct plant_mark_rule *rule = rule_of(self);
    enum quality_word word = quality_word(sample->quality);
    if (word != QUALITY_GOOD && word != QUALITY_HELD && word != QUALITY_CLOCK_UNTRUSTED)
        return;
    for (uint32_t c = 0; c < rule->when_count; c++)
        if (rule->when[c].signal == signal)
            s->latest[c] = (struct latest){.value = sample->value, .at_ms = now.at_ms};
    settle(self, time_ms, now, sink);
}

/* When what holds has held long enough, or the first signal has been silent for too long. */
static int64_t next_at(struct machine_self self)
{
    const struct plant_mark_rule *rule = rule_of(self);
    const struct mark_rule_state *s = self.state;
    int64_t next = INT64_MAX;
    if (s->since_ms == 0)
        return next;
    for (uint32_t c = 0; c < rule->when_count; c++)
        if (s->latest[c].at_ms + STALE_MS + 1 < next)
            next = s->latest[c].at_ms + STALE_MS + 1;
    int64_t full_at = s->since_at + (int64_t)rule->for_s * 1000;
    return s->mark_ms == 0 && full_at < next ? full_at : next;
}

/* The start of the newest time of day that has come. */
static int64_t newest_ms(struct machine_self self, int64_t utc_ms)
{
    const struct plant_mark_rule *rule = rule_of(self);
    int64_t zone_ms = zone_of(self.plant);
    int64_t at_ms = (int64_t)rule->at_min * MINUTE_MS;
    int64_t day = (floor_to(utc_ms - at_ms, DAY_MS, zone_ms) + zone_ms) / DAY_MS;
    return (day - day % rule->every_days) * DAY_MS - zone_ms + at_ms;
}

static int64_t tick_by_time(struct machine_self self, struct machine_now now,
                            const struct machine_sink *sink)
{
    const struct plant_mark_rule *rule = rule_of(self);
    struct mark_rule_state *s = self.state;
    int64_t start_ms = newest_ms(self, machine_utc_ms(now));
    int64_t end_ms = start_ms + (int64_t)rule->last_min * MINUTE_MS;
    if (start_ms > s->mark_ms && machine_utc_ms(now) < end_ms) {
        s->mark_ms = start_ms;
        tell(self, start_ms, end_ms, sink);
    }
    return start_ms + (int64_t)rule->every_days * DAY_MS - now.offset_ms;
}

static int64_t rule_on_tick(struct machine_self self, struct machine_now now,
                            const struct machine_sink *sink)
{
    const struct mark_rule_state *s = self.state;
    if (rule_of(self)->when_count == 0)
        return tick_by_time(self, now, sink);
    if (s->since_ms != 0)
        settle(self, machine_utc_ms(now), now, sink);
    return next_at(self);
}

static void rule_close(struct machine_self self, struct machine_now now, const char *reason,
                       const struct machine_sink *sink)
{
    (void)reason;
    if (rule_of(self)->when_count > 0)
        lapse(self, machine_utc_ms(now), sink);
    rule_init(self);
}

const struct machine_kind machine_mark_rule = {
    .name = "mark-rule",
    .version = 1,
    .state_size = sizeof(struct mark_rule_state),
    .count = rule_count,
    .id = rule_id,
    .digest = rule_digest,
    .signals = rule_signals,
    .init = rule_init,
    .on_sample = rule_on_sample,
    .on_tick = rule_on_tick,
    .close = rule_close,
};
