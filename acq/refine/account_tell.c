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
    int month_of_quarter, quarter_of_year;
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
    p.quarter_of_year = (c.month - 1) / QUARTER_MONTHS;
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
    struct account_result r = {.parts = sums->parts,
                               .judged = sums->judged,
                               .compliant = sums->compliant,
                               .measured_kg = sums->measured_kg};
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
    to->judged += from->judged;
    to->compliant += from->compliant;
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
        .judged = r->judged,
        .compliant = r->compliant,
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
    const struct account_result r = {.parts = hour->parts,
                                     .judged = hour->is_judged,
                                     .compliant = hour->is_compliant,
                                     .measured_kg = hour->kg};
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

static void end_day(struct machine_self self, enum substitute method)
{
    struct account_state *s = self.state;
    struct account_result day = resolve(&s->day, method);
    if (s->day.measured_hours >= DAY_GOOD)
        s->days_kg[s->valid_days++ % FORECAST_DAYS] = day.measured_kg + day.substituted_kg;
    if (plant_has_mass(self.plant, self.index))
        s->days[account_day_slot(self.plant, s->last_ms)] = s->day;
    s->day = (struct account_sums){0};
}

static void end_month(struct account_state *s, int month_of_quarter, enum substitute method)
{
    s->months[month_of_quarter] = s->month;
    s->told_kg[month_of_quarter] = resolve(&s->month, method).substituted_kg;
    s->month = (struct account_sums){0};
}

static void end_quarter(struct account_state *s, const struct account_result *quarter,
                        enum substitute method, int quarter_of_year, bool is_year_end)
{
    s->methods[quarter_of_year] = (uint8_t)method;
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
        end_day(self, method);
    tell_year(self, &at, &quarter, &ends, sink);
    if (ends.month)
        end_month(s, at.month_of_quarter, method);
    if (ends.quarter)
        end_quarter(s, &quarter, method, at.quarter_of_year, ends.year);
}

uint32_t account_day_slot(const struct plant *plant, int64_t time_ms)
{
    return (uint32_t)((floor_to(time_ms, DAY_MS, zone_of(plant)) + zone_of(plant)) / DAY_MS %
                      ACCOUNT_DAYS);
}

static void replace_parts(struct transmission *t, const struct account_hour *before,
                          const struct account_hour *after)
{
    t->stopped += after->parts.stopped - before->parts.stopped;
    t->received += after->parts.received - before->parts.received;
    t->valid += after->parts.valid - before->parts.valid;
    t->outside += after->parts.outside - before->parts.outside;
}

/* Of an hour: what it adds to a gap's sums. */
struct gap_share {
    bool is_bare;
    double by_length_kg, by_2160_kg;
};

static void replace_hour(struct account_sums *sums, const struct account_hour *before,
                         const struct account_hour *after, const struct gap_share *gap)
{
    replace_parts(&sums->parts, before, after);
    sums->measured_hours += after->is_measured - (uint32_t)before->is_measured;
    sums->measured_kg += after->kg - before->kg;
    int change = after->is_gap - before->is_gap;
    sums->gap_hours += (uint32_t)change;
    sums->bare_hours += gap->is_bare ? (uint32_t)change : 0;
    sums->by_length_kg += change * gap->by_length_kg;
    sums->by_2160_kg += change * gap->by_2160_kg;
    if (sums->gap_hours == 0)
        sums->bare_hours = 0;
    if (sums->gap_hours == 0)
        sums->by_length_kg = sums->by_2160_kg = 0;
}

static struct gap_share share_of(const struct account_state *s, int64_t start_ms)
{
    for (uint32_t i = 0; i < ACCOUNT_GAPS && i < s->gap_count; i++)
        if (s->gaps[i].start_ms <= start_ms && start_ms <= s->gaps[i].last_ms)
            return (struct gap_share){.is_bare = s->gaps[i].by_2160_kg == 0,
                                      .by_length_kg = s->gaps[i].by_length_kg,
                                      .by_2160_kg = s->gaps[i].by_2160_kg};
    return (struct gap_share){
        .by_length_kg = window_greatest(&s->window, substitute_hours(SUBSTITUTE_180)),
        .by_2160_kg = window_greatest(&s->window, substitute_hours(SUBSTITUTE_2160))};
}

/* In a quarter that is over: by the class that it had. */
static void replace_in_year(struct account_state *s, enum substitute method,
                            const struct account_hour *before, const struct account_hour *after,
                            const struct gap_share *gap)
{
    struct account_sums one = {0};
    int change = after->is_gap - before->is_gap;
    replace_parts(&s->year.parts, before, after);
    s->year.measured_kg += after->kg - before->kg;
    if (change == 0)
        return;
    one.gap_hours = 1;
    one.bare_hours = gap->is_bare;
    one.by_length_kg = gap->by_length_kg;
    one.by_2160_kg = gap->by_2160_kg;
    const struct account_result r = resolve(&one, method);
    s->year.substituted_hours += (uint32_t)change * r.substituted_hours;
    s->year.missing_hours += (uint32_t)change * r.missing_hours;
    s->year.substituted_kg += change * r.substituted_kg;
}

static void tell_again(struct machine_self self, enum account_period period, int64_t start_ms,
                       int64_t until_ms, const struct account_result *r, enum substitute method,
                       uint32_t revision, bool is_closed, const struct machine_sink *sink)
{
    struct place at = {0};
    at.starts_ms[period] = start_ms;
    struct account a = begin(self, period, &at, r);
    a.until_ms = until_ms;
    a.method = r->substituted_hours + r->missing_hours > 0 ? method : SUBSTITUTE_NONE;
    a.is_closed = is_closed;
    a.revision = revision;
    tell(self, &a, sink);
}

static void tell_hour_again(struct machine_self self, int64_t start_ms, uint32_t revision,
                            const struct account_hour *after, const struct gap_share *gap,
                            enum substitute method, const struct machine_sink *sink)
{
    struct account_sums one = {.parts = after->parts, .measured_kg = after->kg};
    one.gap_hours = after->is_gap;
    one.bare_hours = after->is_gap && gap->is_bare;
    one.by_length_kg = after->is_gap ? gap->by_length_kg : 0;
    one.by_2160_kg = after->is_gap ? gap->by_2160_kg : 0;
    const struct account_result r = resolve(&one, method);
    tell_again(self, ACCOUNT_HOUR, start_ms, start_ms + hour_ms, &r, method, revision, true, sink);
}

void account_revise(struct machine_self self, int64_t start_ms, uint32_t revision,
                    const struct account_hour *before, const struct account_hour *after,
                    const struct machine_sink *sink)
{
    struct account_state *s = self.state;
    const struct place then = place_of(self, start_ms);
    const struct place now = place_of(self, s->last_ms);
    const struct gap_share gap = share_of(s, start_ms);
    enum substitute method = choose(self, 1);
    bool same_quarter = then.starts_ms[ACCOUNT_QUARTER] == now.starts_ms[ACCOUNT_QUARTER] &&
                        s->quarter.parts.hours > 0;
    bool same_day =
        then.starts_ms[ACCOUNT_DAY] == now.starts_ms[ACCOUNT_DAY] && s->day.parts.hours > 0;
    int64_t day_end_ms = then.starts_ms[ACCOUNT_DAY] + DAY_MS;
    if (then.starts_ms[ACCOUNT_YEAR] != now.starts_ms[ACCOUNT_YEAR] ||
        s->last_ms - start_ms > (int64_t)(ACCOUNT_DAYS - 1) * DAY_MS)
        return;
    if (!same_quarter && s->year.parts.hours == 0)
        return;
    if (!same_quarter)
        method = (enum substitute)s->methods[then.quarter_of_year];
    struct account_sums *day =
        same_day ? &s->day : &s->days[account_day_slot(self.plant, start_ms)];
    bool has_mass = plant_has_mass(self.plant, self.index);
    if (same_day || has_mass)
        replace_hour(day, before, after, &gap);
    const struct account_result day_now = resolve(day, method);
    if (has_mass)
        tell_hour_again(self, start_ms, revision, after, &gap, method, sink);
    if (!same_day && has_mass)
        tell_again(self, ACCOUNT_DAY, then.starts_ms[ACCOUNT_DAY], day_end_ms, &day_now, method,
                   revision, true, sink);
    if (!same_quarter) {
        replace_in_year(s, method, before, after, &gap);
        return;
    }
    bool same_month =
        then.starts_ms[ACCOUNT_MONTH] == now.starts_ms[ACCOUNT_MONTH] && s->month.parts.hours > 0;
    replace_hour(&s->quarter, before, after, &gap);
    replace_hour(same_month ? &s->month : &s->months[then.month_of_quarter], before, after, &gap);
    if (same_month)
        return;
    const struct account_result month = resolve(&s->months[then.month_of_quarter], method);
    struct civil c;
    civil_from_ms(start_ms, self.plant->server.zone_offset_min, &c);
    s->told_kg[then.month_of_quarter] = month.substituted_kg;
    tell_again(self, ACCOUNT_MONTH, then.starts_ms[ACCOUNT_MONTH],
               month_start_ms(self, c.month == 12 ? c.year + 1 : c.year, c.month % 12 + 1), &month,
               method, revision, true, sink);
}
