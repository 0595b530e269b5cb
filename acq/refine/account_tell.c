#include "acq/refine/account_state.h"

#include "acq/core/civil.h"
#include "acq/refine/formula.h"
#include "acq/refine/period.h"

#include <math.h>

static const int64_t hour_ms = HOUR_MS;

/* Which periods end with the hour. */
struct ends {
    bool day, month, quarter, year;
};

static struct ends ends_of(struct machine_self self, int64_t until_ms)
{
    struct civil c;
    civil_from_ms(until_ms, self.plant->server.zone_offset_min, &c);
    struct ends e = {.day = c.hour == 0};
    e.month = e.day && c.day == 1;
    e.quarter = e.month && c.month % QUARTER_MONTHS == 1;
    e.year = e.month && c.month == 1;
    return e;
}

/* The month that the hour lies in, 0 to 2 of its quarter, and where each period begins. */
struct place {
    int month_of_quarter;
    int64_t starts_ms[ACCOUNT_PERIODS];
};

static int64_t month_start_ms(struct machine_self self, int year, int month)
{
    int64_t ms = 0;
    const struct civil c = {.year = year, .month = month, .day = 1};
    pw_require(civil_to_ms(&c, self.plant->server.zone_offset_min, &ms) == 0);
    return ms;
}

static struct place place_of(struct machine_self self, int64_t start_ms)
{
    struct civil c;
    struct place p;
    civil_from_ms(start_ms, self.plant->server.zone_offset_min, &c);
    p.month_of_quarter = (c.month - 1) % QUARTER_MONTHS;
    p.starts_ms[ACCOUNT_HOUR] = start_ms;
    p.starts_ms[ACCOUNT_DAY] = floor_to(start_ms, DAY_MS, zone_of(self.plant));
    p.starts_ms[ACCOUNT_MONTH] = month_start_ms(self, c.year, c.month);
    p.starts_ms[ACCOUNT_QUARTER] = month_start_ms(self, c.year, c.month - p.month_of_quarter);
    p.starts_ms[ACCOUNT_YEAR] = month_start_ms(self, c.year, 1);
    return p;
}

/* As if what is to come of the quarter were valid. */
static struct substitute_quarter quarter_of(struct machine_self self)
{
    const struct account_state *s = self.state;
    struct civil c;
    civil_from_ms(s->last_ms, self.plant->server.zone_offset_min, &c);
    int next = (c.month - 1) / QUARTER_MONTHS * QUARTER_MONTHS + QUARTER_MONTHS + 1;
    int64_t end_ms = month_start_ms(self, next > 12 ? c.year + 1 : c.year, next > 12 ? 1 : next);
    uint32_t to_come = (uint32_t)((end_ms - s->last_ms) / hour_ms) - 1;
    return (struct substitute_quarter){.hours = s->quarter.parts.hours + to_come,
                                       .stopped = s->quarter.parts.stopped,
                                       .invalid = s->quarter.gap_hours};
}

static enum substitute choose(struct machine_self self, uint32_t gap_hours)
{
    const struct substitute_quarter q = quarter_of(self);
    return substitute_choose(
        &q, gap_hours, self.plant->outlets[self.plant->inputs[self.index].outlet].substitute_low);
}

static struct account_result resolve(const struct account_sums *sums, enum substitute method)
{
    struct account_result r = {.parts = sums->parts, .measured_kg = sums->measured_kg};
    if (method == SUBSTITUTE_MANUAL) {
        r.missing_hours = sums->gap_hours;
        return r;
    }
    r.missing_hours = sums->bare_hours;
    r.substituted_hours = sums->gap_hours - sums->bare_hours;
    r.substituted_kg = method == SUBSTITUTE_2160 ? sums->by_2160_kg : sums->by_length_kg;
    return r;
}

static void add_result(struct account_result *to, const struct account_result *from)
{
    transmission_add(&to->parts, &from->parts);
    to->measured_kg += from->measured_kg;
    to->substituted_kg += from->substituted_kg;
    to->substituted_hours += from->substituted_hours;
    to->missing_hours += from->missing_hours;
}

static struct account begin(struct machine_self self, enum account_period period,
                            const struct place *at, const struct account_result *r)
{
    const struct account_state *s = self.state;
    const struct plant_input *input = &self.plant->inputs[self.index];
    const struct substitute_quarter q = quarter_of(self);
    return (struct account){
        .input = self.index,
        .outlet = input->outlet,
        .period = period,
        .start_ms = at->starts_ms[period],
        .until_ms = s->last_ms + hour_ms,
        .parts = r->parts,
        .has_mass = plant_has_mass(self.plant, self.index),
        .measured_kg = r->measured_kg,
        .substituted_kg = r->substituted_kg,
        .substituted_hours = r->substituted_hours,
        .missing_hours = r->missing_hours,
        .capture = substitute_capture(&q),
        .equivalents =
            input->equivalent_kg > 0
                ? formula_equivalents(r->measured_kg + r->substituted_kg, input->equivalent_kg)
                : (double)NAN,
        .permit_kg = input->permit_kg,
    };
}

static void tell(struct machine_self self, const struct account *a, const struct machine_sink *sink)
{
    (void)self;
    if (sink->on_account)
        sink->on_account(sink->ctx, a);
}

/* One hour of the gap that is open. */
static void tell_gap_hour(struct machine_self self, int64_t start_ms, uint32_t revision,
                          const struct transmission *parts, const struct machine_sink *sink)
{
    const struct account_state *s = self.state;
    const struct place at = {.starts_ms = {[ACCOUNT_HOUR] = start_ms}};
    struct account_result r = {.parts = *parts};
    enum substitute method = choose(self, s->gap_hours);
    uint32_t hours = substitute_hours(method);
    if (hours > 0 && s->window.pushed > 0) {
        r.substituted_kg = window_greatest(&s->window, hours);
        r.substituted_hours = 1;
    } else {
        r.missing_hours = 1;
    }
    struct account a = begin(self, ACCOUNT_HOUR, &at, &r);
    a.until_ms = start_ms + hour_ms;
    a.method = hours > 0 && s->window.pushed == 0 ? SUBSTITUTE_NONE : method;
    a.is_short_history = r.substituted_hours && window_count(&s->window, hours) < hours;
    a.is_closed = true;
    a.revision = revision;
    tell(self, &a, sink);
}

static void tell_hour(struct machine_self self, const struct account_hour *hour,
                      const struct place *at, const struct machine_sink *sink)
{
    const struct account_state *s = self.state;
    static const struct transmission unknown = {.hours = 1};
    if (hour->is_gap) {
        bool is_long_now = s->gap_hours == SUBSTITUTE_SHORT_GAP_HOURS + 1;
        for (uint32_t i = 0; is_long_now && i < SUBSTITUTE_SHORT_GAP_HOURS; i++)
            tell_gap_hour(self, s->gap_first_ms[i], 1, &unknown, sink);
        tell_gap_hour(self, s->last_ms, 0, &hour->parts, sink);
        return;
    }
    const struct account_result r = {.parts = hour->parts, .measured_kg = hour->kg};
    struct account a = begin(self, ACCOUNT_HOUR, at, &r);
    a.is_closed = true;
    tell(self, &a, sink);
}

static void tell_period(struct machine_self self, enum account_period period,
                        const struct place *at, const struct account_result *r, bool is_closed,
                        const struct ends *ends, const struct machine_sink *sink)
{
    struct account a = begin(self, period, at, r);
    a.is_closed = is_closed;
    a.is_passing = !ends->day;
    a.method = r->substituted_hours + r->missing_hours > 0 ? choose(self, 1) : SUBSTITUTE_NONE;
    tell(self, &a, sink);
}

static double year_kg(const struct account_result *year)
{
    return year->measured_kg + year->substituted_kg;
}

/* The day on which what is left is used up at the mean of the last valid days. */
static int64_t forecast_ms(struct machine_self self, const struct account_result *year)
{
    const struct account_state *s = self.state;
    uint32_t days = s->valid_days < FORECAST_DAYS ? s->valid_days : FORECAST_DAYS;
    double left_kg = self.plant->inputs[self.index].permit_kg - year_kg(year);
    double sum_kg = 0;
    int64_t until_ms = s->last_ms + hour_ms;
    struct civil c;
    civil_from_ms(s->last_ms, self.plant->server.zone_offset_min, &c);
    int64_t next_year_ms = month_start_ms(self, c.year + 1, 1);
    for (uint32_t i = 0; i < days; i++)
        sum_kg += s->days_kg[i];
    if (left_kg <= 0)
        return 0;
    double left_days = left_kg * days / sum_kg;
    if (!(left_days * DAY_MS < (double)(next_year_ms - until_ms)))
        return 0;
    return floor_to(until_ms + (int64_t)(left_days * DAY_MS), DAY_MS, zone_of(self.plant));
}

static void tell_year(struct machine_self self, const struct place *at,
                      const struct account_result *quarter, const struct ends *ends,
                      const struct machine_sink *sink)
{
    const struct account_state *s = self.state;
    struct account_result year = s->year;
    add_result(&year, quarter);
    struct account a = begin(self, ACCOUNT_YEAR, at, &year);
    a.is_closed = ends->year;
    a.is_passing = !ends->day;
    if (a.permit_kg > 0)
        a.exhausted_ms = forecast_ms(self, &year);
    tell(self, &a, sink);
}

/* The quarter is over: what its class makes of its first months. */
static void revise_months(struct machine_self self, const struct place *at, enum substitute method,
                          const struct machine_sink *sink)
{
    const struct account_state *s = self.state;
    struct civil c;
    civil_from_ms(at->starts_ms[ACCOUNT_QUARTER], self.plant->server.zone_offset_min, &c);
    for (int i = 0; i < at->month_of_quarter; i++) {
        struct account_result r = resolve(&s->months[i], method);
        if (s->months[i].parts.hours == 0 || r.substituted_kg == s->told_kg[i])
            continue;
        struct place month = {
            .starts_ms = {[ACCOUNT_MONTH] = month_start_ms(self, c.year, c.month + i)}};
        struct account a = begin(self, ACCOUNT_MONTH, &month, &r);
        a.until_ms = month_start_ms(self, c.year, c.month + i + 1);
        a.method = method;
        a.is_closed = true;
        a.revision = 1;
        tell(self, &a, sink);
    }
}

static void end_day(struct account_state *s, enum substitute method)
{
    struct account_result day = resolve(&s->day, method);
    if (s->day.measured_hours >= DAY_GOOD)
        s->days_kg[s->valid_days++ % FORECAST_DAYS] = day.measured_kg + day.substituted_kg;
    s->day = (struct account_sums){0};
}

static void end_month(struct account_state *s, int month_of_quarter, enum substitute method)
{
    s->months[month_of_quarter] = s->month;
    s->told_kg[month_of_quarter] = resolve(&s->month, method).substituted_kg;
    s->month = (struct account_sums){0};
}

static void end_quarter(struct account_state *s, const struct account_result *quarter,
                        bool is_year_end)
{
    add_result(&s->year, quarter);
    if (is_year_end)
        s->year = (struct account_result){0};
    s->quarter = (struct account_sums){0};
    for (int i = 0; i < QUARTER_MONTHS; i++)
        s->months[i] = (struct account_sums){0};
}

void account_tell(struct machine_self self, const struct account_hour *hour,
                  const struct machine_sink *sink)
{
    struct account_state *s = self.state;
    const struct place at = place_of(self, s->last_ms);
    const struct ends ends = ends_of(self, s->last_ms + hour_ms);
    enum substitute method = choose(self, 1);
    struct account_result day = resolve(&s->day, method);
    struct account_result month = resolve(&s->month, method);
    struct account_result quarter = resolve(&s->quarter, method);
    if (plant_has_mass(self.plant, self.index))
        tell_hour(self, hour, &at, sink);
    tell_period(self, ACCOUNT_DAY, &at, &day, ends.day, &ends, sink);
    tell_period(self, ACCOUNT_MONTH, &at, &month, ends.month, &ends, sink);
    if (ends.quarter)
        revise_months(self, &at, method, sink);
    tell_period(self, ACCOUNT_QUARTER, &at, &quarter, ends.quarter, &ends, sink);
    if (ends.day)
        end_day(s, method);
    tell_year(self, &at, &quarter, &ends, sink);
    if (ends.month)
        end_month(s, at.month_of_quarter, method);
    if (ends.quarter)
        end_quarter(s, &quarter, ends.year);
}
