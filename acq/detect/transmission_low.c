#include "acq/detect/transmission_low.h"

#include "acq/detect/finding.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/period.h"

#include <math.h>
#include <string.h>

enum { WAIT_MS = 3 * HOUR_MS };

struct low_state {
    int64_t day_ms;  /* UTC: start of the day that sum is of; 0: none waits */
    int64_t open_ms; /* UTC: start of the first day below the target; 0: none is open */
    struct transmission sum;
    uint32_t told; /* inputs */
    double worst;
};

static uint32_t low_count(const struct plant *plant)
{
    return plant->outlet_count;
}

static const char *low_id(const struct plant *plant, uint32_t i)
{
    return plant->outlets[i].id;
}

static void low_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    sm3_once(&plant->outlets[i].transmission_target, sizeof plant->outlets[i].transmission_target,
             out);
}

static uint32_t low_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_outlet *outlet = &plant->outlets[i];
    for (uint32_t n = 0; n < outlet->input_count; n++)
        out[n] = outlet->first_input + n;
    return outlet->transmission_target > 0 ? outlet->input_count : 0;
}

static void low_init(struct machine_self self)
{
    *(struct low_state *)self.state = (struct low_state){0};
}

static void report(struct machine_self self, enum finding_state state, double effective_pct,
                   int64_t end_ms, struct machine_now now, const char *reason,
                   const struct machine_sink *sink)
{
    const struct plant_outlet *outlet = &self.plant->outlets[self.index];
    const struct low_state *s = self.state;
    const struct finding f = {
        .kind = machine_transmission.name,
        .site = self.plant->sites[outlet->site].id,
        .object = outlet->id,
        .part = "",
        .outlet = outlet->id,
        .state = state,
        .priority = 3,
        .start_ms = s->open_ms,
        .raised_ms = machine_utc_ms(now),
        .end_ms = end_ms,
        .reason = reason,
        .value = effective_pct,
        .threshold = 100 * outlet->transmission_target,
        .worst = s->worst,
    };
    sink->on_finding(sink->ctx, &f);
}

static void judge(struct machine_self self, struct machine_now now, const struct machine_sink *sink)
{
    struct low_state *s = self.state;
    double rate = transmission_effective(&s->sum);
    int64_t day_ms = s->day_ms;
    s->day_ms = 0;
    if (isnan(rate))
        return;
    bool is_low = rate < self.plant->outlets[self.index].transmission_target;
    if (is_low && (s->open_ms == 0 || 100 * rate < s->worst))
        s->worst = 100 * rate;
    if (is_low && s->open_ms == 0) {
        s->open_ms = day_ms;
        report(self, FINDING_OPEN, 100 * rate, 0, now, NULL, sink);
    } else if (!is_low && s->open_ms != 0) {
        report(self, FINDING_CLOSED, 100 * rate, day_ms, now, NULL, sink);
        s->open_ms = 0;
    }
}

static void low_on_account(struct machine_self self, const struct account *a,
                           struct machine_now now, const struct machine_sink *sink)
{
    struct low_state *s = self.state;
    if (a->period != ACCOUNT_DAY || !a->is_closed || a->revision > 0)
        return;
    if (s->day_ms != 0 && s->day_ms != a->start_ms)
        judge(self, now, sink);
    if (s->day_ms == 0) {
        s->day_ms = a->start_ms;
        s->sum = (struct transmission){0};
        s->told = 0;
    }
    transmission_add(&s->sum, &a->parts);
    if (++s->told == self.plant->outlets[self.index].input_count)
        judge(self, now, sink);
}

static int64_t low_on_tick(struct machine_self self, struct machine_now now,
                           const struct machine_sink *sink)
{
    struct low_state *s = self.state;
    if (s->day_ms == 0)
        return INT64_MAX;
    int64_t late_ms = s->day_ms + DAY_MS + WAIT_MS;
    if (machine_utc_ms(now) < late_ms)
        return late_ms - now.offset_ms;
    judge(self, now, sink);
    return INT64_MAX;
}

static void low_close(struct machine_self self, struct machine_now now, const char *reason,
                      const struct machine_sink *sink)
{
    struct low_state *s = self.state;
    if (s->open_ms != 0)
        report(self, FINDING_CLOSED, (double)NAN, machine_utc_ms(now), now, reason, sink);
    low_init(self);
}

const struct machine_kind machine_transmission = {
    .name = "transmission",
    .version = 1,
    .state_size = sizeof(struct low_state),
    .count = low_count,
    .id = low_id,
    .digest = low_digest,
    .means = low_means,
    .init = low_init,
    .on_account = low_on_account,
    .on_tick = low_on_tick,
    .close = low_close,
};
