#include "acq/detect/compliance.h"

#include "acq/core/civil.h"
#include "acq/detect/finding.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/period.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct compliance_state {
    int64_t month_ms; /* UTC: the month that it is about */
    double share_pct;
    uint8_t is_open;
};

static uint32_t compliance_count(const struct plant *plant)
{
    return plant->input_count;
}

static const char *compliance_id(const struct plant *plant, uint32_t i)
{
    return plant->inputs[i].id;
}

static void compliance_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    const struct plant_outlet *o = &plant->outlets[plant->inputs[i].outlet];
    sm3_once(&o->compliance_target, sizeof o->compliance_target, out);
}

static bool has_limit(const struct plant *plant, uint32_t i)
{
    const struct plant_outlet *o = &plant->outlets[plant->inputs[i].outlet];
    for (uint32_t n = o->first_limit; n < o->first_limit + o->limit_count; n++)
        if (plant->limits[n].input == i && plant->limits[n].period == PERIOD_HOUR &&
            !plant->limits[n].is_unconfirmed)
            return true;
    return false;
}

static uint32_t compliance_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = i;
    return plant->outlets[plant->inputs[i].outlet].compliance_target > 0 && has_limit(plant, i);
}

static void compliance_init(struct machine_self self)
{
    *(struct compliance_state *)self.state = (struct compliance_state){0};
}

static void report(struct machine_self self, enum finding_state state, int64_t end_ms,
                   struct machine_now now, const char *reason, const struct machine_sink *sink)
{
    const struct plant *plant = self.plant;
    const struct compliance_state *s = self.state;
    const struct plant_input *input = &plant->inputs[self.index];
    const struct plant_outlet *o = &plant->outlets[input->outlet];
    char part[2 * PLANT_ID_MAX + 32];
    snprintf(part, sizeof part, "%s/compliance", input->id);
    const struct finding f = {
        .kind = "limit",
        .site = plant->sites[o->site].id,
        .object = o->id,
        .name = o->name,
        .part = part,
        .outlet = o->id,
        .factor = input->factor,
        .source = "",
        .state = state,
        .priority = 2,
        .start_ms = s->month_ms,
        .raised_ms = machine_utc_ms(now),
        .end_ms = end_ms,
        .reason = reason,
        .value = s->share_pct,
        .threshold = o->compliance_target,
        .worst = s->share_pct,
        .unit = "%",
        .class_word = "compliance",
    };
    sink->on_finding(sink->ctx, &f);
}

static void close_finding(struct machine_self self, int64_t end_ms, struct machine_now now,
                          const char *reason, const struct machine_sink *sink)
{
    struct compliance_state *s = self.state;
    if (s->is_open)
        report(self, FINDING_CLOSED, end_ms, now, reason, sink);
    s->is_open = false;
}

static uint32_t hours_of_month(struct machine_self self, int64_t start_ms)
{
    int zone_min = self.plant->server.zone_offset_min;
    struct civil c;
    int64_t next_ms = start_ms;
    civil_from_ms(start_ms, zone_min, &c);
    c.year += c.month == 12;
    c.month = c.month % 12 + 1;
    return civil_to_ms(&c, zone_min, &next_ms) == 0 ? (uint32_t)((next_ms - start_ms) / HOUR_MS)
                                                    : 0;
}

static bool is_missed(struct machine_self self, const struct account *a)
{
    double target = self.plant->outlets[self.plant->inputs[self.index].outlet].compliance_target;
    double share = 100.0 * a->compliant / a->judged;
    uint32_t exceeding = a->judged - a->compliant;
    if (a->is_closed)
        return share < target;
    return 100.0 * exceeding > (100 - target) * hours_of_month(self, a->start_ms);
}

static void compliance_on_account(struct machine_self self, const struct account *a,
                                  struct machine_now now, const struct machine_sink *sink)
{
    struct compliance_state *s = self.state;
    if (a->period != ACCOUNT_MONTH || a->judged == 0 || a->start_ms < s->month_ms)
        return;
    if (a->start_ms != s->month_ms)
        close_finding(self, a->start_ms, now, NULL, sink);
    s->month_ms = a->start_ms;
    s->share_pct = 100.0 * a->compliant / a->judged;
    if (is_missed(self, a) && !s->is_open) {
        s->is_open = true;
        report(self, FINDING_OPEN, 0, now, NULL, sink);
    }
    if (a->is_closed)
        close_finding(self, a->until_ms, now, NULL, sink);
}

static int64_t compliance_on_tick(struct machine_self self, struct machine_now now,
                                  const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)sink;
    return INT64_MAX;
}

static void compliance_close(struct machine_self self, struct machine_now now, const char *reason,
                             const struct machine_sink *sink)
{
    close_finding(self, machine_utc_ms(now), now, reason, sink);
}

const struct machine_kind machine_compliance = {
    .name = "compliance",
    .version = 1,
    .state_size = sizeof(struct compliance_state),
    .count = compliance_count,
    .id = compliance_id,
    .digest = compliance_digest,
    .means = compliance_means,
    .init = compliance_init,
    .on_account = compliance_on_account,
    .on_tick = compliance_on_tick,
    .keeps_state = true,
    .close = compliance_close,
};
