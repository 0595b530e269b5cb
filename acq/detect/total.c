#include "acq/detect/total.h"

#include "acq/core/civil.h"
#include "acq/detect/finding.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"

#include <string.h>

static const double kg_of_t = 1000;

struct total_state {
    int64_t year_ms; /* UTC: start of the year that kg is of; 0: none yet */
    int64_t last_ms; /* UTC: start of the last hour that was added */
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

static int64_t year_of(struct machine_self self, int64_t time_ms)
{
    struct civil c;
    int zone_min = self.plant->server.zone_offset_min;
    int64_t start_ms = 0;
    civil_from_ms(time_ms, zone_min, &c);
    pw_require(civil_to_ms(&(struct civil){.year = c.year, .month = 1, .day = 1}, zone_min,
                           &start_ms) == 0);
    return start_ms;
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

static void total_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                          const struct machine_sink *sink)
{
    struct total_state *s = self.state;
    if (m->period != MEAN_HOUR || !m->has_cou || m->start_ms <= s->last_ms)
        return;
    int64_t year_ms = year_of(self, m->start_ms);
    if (year_ms != s->year_ms) {
        close_finding(self, year_ms, now, "a new year", sink);
        s->year_ms = year_ms;
        s->kg = 0;
    }
    s->last_ms = m->start_ms;
    s->kg += m->cou;
    bool is_reached = s->kg >= self.plant->permits[self.index].limit_kg;
    if (is_reached && s->open_ms == 0) {
        s->open_ms = m->start_ms;
        report(self, FINDING_OPEN, 0, now, NULL, sink);
    } else if (!is_reached) {
        close_finding(self, m->start_ms, now, "another permit", sink);
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
    .version = 1,
    .state_size = sizeof(struct total_state),
    .count = total_count,
    .id = total_id,
    .digest = total_digest,
    .means = total_means,
    .init = total_init,
    .on_mean = total_on_mean,
    .on_tick = total_on_tick,
    .keeps_state = true,
    .close = total_close,
};
