#include "acq/detect/total.h"

#include "acq/detect/finding.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/period.h"

#include <string.h>

static const double kg_of_t = 1000;

struct total_state {
    int64_t year_ms; /* UTC: start of the year that kg is of; 0: none yet */
    int64_t open_ms; /* UTC: start of the hour that reached the share; 0: it is not reached */
    double kg;
};

static uint32_t total_count(const struct plant *plant)
{
    return plant->permit_count;
}

static const char *total_id(const struct plant *plant, uint32_t i)
{
    return plant->permits[i].id;
}

static void total_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->permits[i].digest, SM3_SIZE);
}

static uint32_t total_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->permits[i].input;
    return 1;
}

static void total_init(struct machine_self self)
{
    *(struct total_state *)self.state = (struct total_state){0};
}

/* Masses are told in t, as the permit is. */
static void report(struct machine_self self, enum finding_state state, int64_t end_ms,
                   struct machine_now now, const char *reason, const struct machine_sink *sink)
{
    const struct plant *plant = self.plant;
    const struct total_state *s = self.state;
    const struct plant_permit *permit = &plant->permits[self.index];
    const struct plant_input *input = &plant->inputs[permit->input];
    const struct plant_outlet *outlet = &plant->outlets[input->outlet];
    struct finding f = {
        .kind = machine_total.name,
        .site = plant->sites[outlet->site].id,
        .object = outlet->id,
        .part = permit->id,
        .outlet = outlet->id,
        .factor = input->factor,
        .source = "permit",
        .state = state,
        .priority = permit->priority,
        .start_ms = s->open_ms,
        .raised_ms = machine_utc_ms(now),
        .end_ms = end_ms,
        .reason = reason,
        .value = s->kg / kg_of_t,
        .threshold = permit->limit_kg / kg_of_t,
        .worst = s->kg / kg_of_t,
        .name = outlet->name,
        .unit = "t",
    };
    sink->on_finding(sink->ctx, &f);
}

static void close_finding(struct machine_self self, int64_t end_ms, struct machine_now now,
                          const char *reason, const struct machine_sink *sink)
{
    struct total_state *s = self.state;
    if (s->open_ms != 0)
        report(self, FINDING_CLOSED, end_ms, now, reason, sink);
    s->open_ms = 0;
}

static void total_on_account(struct machine_self self, const struct account *a,
                             struct machine_now now, const struct machine_sink *sink)
{
    struct total_state *s = self.state;
    if (a->period != ACCOUNT_YEAR || !a->has_mass)
        return;
    if (a->start_ms != s->year_ms)
        close_finding(self, a->start_ms, now, "a new year", sink);
    s->year_ms = a->start_ms;
    s->kg = a->measured_kg + a->substituted_kg;
    int64_t hour_ms = a->until_ms - HOUR_MS;
    bool is_reached = s->kg >= self.plant->permits[self.index].limit_kg;
    if (is_reached && s->open_ms == 0) {
        s->open_ms = hour_ms;
        report(self, FINDING_OPEN, 0, now, NULL, sink);
    } else if (!is_reached) {
        close_finding(self, hour_ms, now, "another permit or another class of the quarter", sink);
    }
}

static int64_t total_on_tick(struct machine_self self, struct machine_now now,
                             const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)sink;
    return INT64_MAX;
}

static void total_close(struct machine_self self, struct machine_now now, const char *reason,
                        const struct machine_sink *sink)
{
    close_finding(self, machine_utc_ms(now), now, reason, sink);
}

const struct machine_kind machine_total = {
    .name = "total",
    .version = 2,
    .state_size = sizeof(struct total_state),
    .count = total_count,
    .id = total_id,
    .digest = total_digest,
    .means = total_means,
    .init = total_init,
    .on_account = total_on_account,
    .on_tick = total_on_tick,
    .keeps_state = true,
    .close = total_close,
};
