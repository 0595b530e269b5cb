#include "acq/detect/forecast.h"

#include "acq/detect/finding.h"
#include "acq/detect/limit.h"
#include "acq/plant/measure.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"
#include "acq/refine/period.h"

#include <math.h>
#include <string.h>

enum { MINUTES = 60, WAIT_MS = 2 * MINUTE_MS };

struct forecast_state {
    int64_t hour_ms;  /* UTC: start of the hour that sum is of */
    int64_t since_ms; /* UTC: start of the first minute that looked so; 0: the last did not */
    int64_t open_ms;  /* UTC: start of the open finding; 0: none */
    double sum;       /* of the hour's minutes */
    double value;     /* projected mean that was told */
    double worst;
    uint32_t count;
    uint32_t recent_count;
    int64_t recent_ms[PLANT_FORECAST_WINDOW_MAX]; /* newest last */
    double recent[PLANT_FORECAST_WINDOW_MAX];
};

static uint32_t forecast_count(const struct plant *plant)
{
    return plant->limit_count;
}

static const char *forecast_id(const struct plant *plant, uint32_t i)
{
    return plant->limits[i].id;
}

static void forecast_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->limits[i].digest, SM3_SIZE);
}

static uint32_t forecast_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_limit *limit = &plant->limits[i];
    out[0] = limit->input;
    return limit->period == PERIOD_HOUR && limit->has_max && limit->forecast_pct > 0 &&
           !limit->is_unconfirmed;
}

static void forecast_init(struct machine_self self)
{
    *(struct forecast_state *)self.state = (struct forecast_state){0};
}

static void report(struct machine_self self, enum finding_state state, int64_t end_ms,
                   struct machine_now now, const char *reason, const struct machine_sink *sink)
{
    const struct plant *plant = self.plant;
    const struct plant_limit *limit = &plant->limits[self.index];
    const struct plant_outlet *outlet = &plant->outlets[limit->outlet];
    const struct plant_signal *signal = &plant->signals[limit->signal];
    const struct forecast_state *s = self.state;
    const struct finding f = {
        .kind = machine_forecast.name,
        .site = plant->sites[outlet->site].id,
        .object = outlet->id,
        .name = outlet->name,
        .part = limit->id,
        .outlet = outlet->id,
        .factor = limit->factor,
        .signal_device = plant->devices[signal->device].id,
        .signal_id = signal->id,
        .source = limit->source,
        .state = state,
        .priority = 3,
        .start_ms = s->open_ms,
        .raised_ms = machine_utc_ms(now),
        .end_ms = end_ms,
        .reason = reason,
        .value = s->value,
        .threshold = limit->max,
        .worst = s->worst,
        .unit = measure_unit(plant->inputs[limit->input].measure),
    };
    sink->on_finding(sink->ctx, &f);
}

static void close_finding(struct machine_self self, int64_t end_ms, struct machine_now now,
                          const char *reason, const struct machine_sink *sink)
{
    struct forecast_state *s = self.state;
    if (s->open_ms != 0)
        report(self, FINDING_CLOSED, end_ms, now, reason, sink);
    s->open_ms = s->since_ms = 0;
}

static void begin_hour(struct machine_self self, int64_t hour_ms, struct machine_now now,
                       const struct machine_sink *sink)
{
    struct forecast_state *s = self.state;
    if (s->hour_ms == hour_ms)
        return;
    close_finding(self, s->hour_ms + HOUR_MS, now, NULL, sink);
    s->hour_ms = hour_ms;
    s->sum = 0;
    s->count = 0;
}

/* The mean of the last minutes, which may reach back into the hour before. */
static double recent_mean(struct forecast_state *s, const struct mean *m, double value,
                          uint32_t window)
{
    if (s->recent_count == PLANT_FORECAST_WINDOW_MAX) {
        s->recent_count--;
        memmove(s->recent, s->recent + 1, s->recent_count * sizeof *s->recent);
        memmove(s->recent_ms, s->recent_ms + 1, s->recent_count * sizeof *s->recent_ms);
    }
    s->recent[s->recent_count] = value;
    s->recent_ms[s->recent_count++] = m->start_ms;
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->recent_count; i++) {
        if (s->recent_ms[i] <= m->start_ms - (int64_t)window * MINUTE_MS)
            continue;
        sum += s->recent[i];
        count++;
    }
    return sum / count;
}

/* What the hour's mean will be if every minute left is as the last one. */
static double projected(const struct forecast_state *s, const struct mean *m, double value)
{
    int64_t left = MINUTES - 1 - (m->start_ms - s->hour_ms) / MINUTE_MS;
    return (s->sum + value * (double)left) / (s->count + (double)left);
}

static void judge(struct machine_self self, const struct mean *m, double recent, double expected,
                  struct machine_now now, const struct machine_sink *sink)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    struct forecast_state *s = self.state;
    if (recent <= limit->max * limit->forecast_pct / 100 || expected <= limit->max) {
        close_finding(self, m->start_ms, now, NULL, sink);
        return;
    }
    if (s->since_ms == 0)
        s->since_ms = m->start_ms;
    s->value = expected;
    if (s->open_ms != 0) {
        s->worst = fmax(s->worst, expected);
    } else if (m->start_ms + MINUTE_MS - s->since_ms >=
               (int64_t)limit->forecast_for_min * MINUTE_MS) {
        s->open_ms = s->since_ms;
        s->worst = expected;
        report(self, FINDING_OPEN, 0, now, NULL, sink);
    }
}

static void forecast_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                             const struct machine_sink *sink)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    struct forecast_state *s = self.state;
    double value = 0;
    if (m->period == MEAN_HOUR && m->start_ms == s->hour_ms)
        close_finding(self, m->start_ms + HOUR_MS, now, NULL, sink);
    if (m->period != MEAN_MINUTE || m->revision > 0 || m->start_ms < s->hour_ms ||
        !limit_mean_value(self.plant, limit, m, &value))
        return;
    begin_hour(self, floor_to(m->start_ms, HOUR_MS, zone_of(self.plant)), now, sink);
    s->sum += value;
    s->count++;
    double recent = recent_mean(s, m, value, limit->forecast_window_min);
    judge(self, m, recent, projected(s, m, value), now, sink);
}

static int64_t forecast_on_tick(struct machine_self self, struct machine_now now,
                                const struct machine_sink *sink)
{
    struct forecast_state *s = self.state;
    if (s->open_ms == 0)
        return INT64_MAX;
    int64_t end_ms = s->hour_ms + HOUR_MS;
    if (machine_utc_ms(now) < end_ms + WAIT_MS)
        return end_ms + WAIT_MS - now.offset_ms;
    close_finding(self, end_ms, now, NULL, sink);
    return INT64_MAX;
}

static void forecast_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                                  struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    (void)back_to_ms;
    close_finding(self, machine_utc_ms(now), now, "clock", sink);
    forecast_init(self);
}

static void forecast_close(struct machine_self self, struct machine_now now, const char *reason,
                           const struct machine_sink *sink)
{
    close_finding(self, machine_utc_ms(now), now, reason, sink);
    forecast_init(self);
}

const struct machine_kind machine_forecast = {
    .name = "limit-forecast",
    .version = 1,
    .state_size = sizeof(struct forecast_state),
    .count = forecast_count,
    .id = forecast_id,
    .digest = forecast_digest,
    .means = forecast_means,
    .init = forecast_init,
    .on_mean = forecast_on_mean,
    .on_tick = forecast_on_tick,
    .on_step_back = forecast_on_step_back,
    .close = forecast_close,
};
