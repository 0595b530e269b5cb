#include "acq/refine/reach.h"

#include "acq/core/civil.h"
#include "acq/refine/formula.h"

#include <math.h>

enum { MONTH_GOOD = 25, SHORT_MONTH_GOOD = 23, SHORT_MONTH_DAYS = 30, GAP_S = 5, MINUTE_S = 60 };

static const double hours_of_minute = 1.0 / 60;
static const double minute_s = 60;
static const double hour_s = 3600;

static const struct plant_outlet *outlet_of(const struct plant *plant, uint32_t input)
{
    return &plant->outlets[plant->inputs[input].outlet];
}

int64_t reach_month_start(int64_t time_ms, int offset_min, int64_t *out_next_ms)
{
    struct civil c;
    int64_t start_ms = 0;
    civil_from_ms(time_ms, offset_min, &c);
    struct civil first = {.year = c.year, .month = c.month, .day = 1};
    struct civil next = {.year = c.year + (c.month == 12), .month = c.month % 12 + 1, .day = 1};
    pw_require(civil_to_ms(&first, offset_min, &start_ms) == 0);
    pw_require(civil_to_ms(&next, offset_min, out_next_ms) == 0);
    return start_ms;
}

static const struct plant_device *device_of(const struct plant *plant, uint32_t input,
                                            enum plant_slot slot)
{
    uint32_t signal = convert_signal(plant, input, slot);
    return signal == PLANT_NONE ? NULL : &plant->devices[plant->signals[signal].device];
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

bool reach_is_gas(const struct plant *plant, uint32_t input)
{
    return outlet_of(plant, input)->is_regulated;
}

static struct reach_rule plain_minute_rule(const struct plant *plant, uint32_t input,
                                           int64_t from_ms)
{
    const struct plant_input *in = &plant->inputs[input];
    const struct plant_device *d = &plant->devices[plant->signals[in->signal].device];
    uint32_t due = due_between(from_ms, from_ms + MINUTE_MS, d);
    return (struct reach_rule){.parts = due, .value_good = least(due, in->min_samples)};
}

/* HJ 212-2017 D.2.2: 12 samples of 5 s; all where fewer are due. */
static struct reach_rule minute_rule(const struct plant *plant, uint32_t input, int64_t from_ms)
{
    static const enum plant_slot slots[3] = {SLOT_OWN, SLOT_OXYGEN, SLOT_FLOW};
    if (!reach_is_gas(plant, input) && plant->inputs[input].cycle_ms == 0)
        return plain_minute_rule(plant, input, from_ms);
    const struct plant_outlet *o = outlet_of(plant, input);
    const uint32_t by[3] = {input, o->gas[MEASURE_OXYGEN], o->flow};
    uint32_t due[3] = {0};
    uint32_t good[3] = {0};
    for (int i = 0; i < 3; i++) {
        const struct plant_device *d = device_of(plant, input, slots[i]);
        if (!d)
            continue;
        if (plant->inputs[by[i]].cycle_ms > 0 && i == 0) {
            due[i] = CYCLE_PARTS;
            good[i] = CYCLE_GOOD;
            continue;
        }
        due[i] = due_between(from_ms, from_ms + MINUTE_MS, d);
        good[i] = least(due[i], plant->inputs[by[i]].min_samples);
    }
    return (struct reach_rule){due[0], good[0], good[1], good[2]};
}

static struct reach_rule month_rule(const struct plant *plant, int64_t start_ms)
{
    int64_t next_ms = 0;
    reach_month_start(start_ms, plant->server.zone_offset_min, &next_ms);
    uint32_t days = (uint32_t)((next_ms - start_ms) / DAY_MS);
    uint32_t good = days < SHORT_MONTH_DAYS ? SHORT_MONTH_GOOD : MONTH_GOOD;
    return (struct reach_rule){days, good, good, good};
}

struct reach_rule reach_rule(const struct plant *plant, uint32_t input, enum mean_period period,
                             int64_t start_ms, int64_t offset_ms)
{
    switch (period) {
    case MEAN_MINUTE:
        return minute_rule(plant, input, start_ms - offset_ms);
    case MEAN_HOUR:
        return (struct reach_rule){60, HOUR_GOOD, HOUR_GOOD, HOUR_GOOD};
    case MEAN_DAY:
        return (struct reach_rule){24, DAY_GOOD, DAY_GOOD, DAY_GOOD};
    default:
        return month_rule(plant, start_ms);
    }
}

/* Whether concentrations are corrected here. */
static bool is_corrected(const struct plant *plant, uint32_t input)
{
    return plant->inputs[input].measure == MEASURE_CONCENTRATION &&
           !isnan(outlet_of(plant, input)->reference_o2);
}

static struct formula_corrected correct(const struct plant *plant, uint32_t input, double value,
                                        double oxygen_pct)
{
    return formula_correct(value, oxygen_pct, outlet_of(plant, input)->reference_o2);
}

void reach_add_sample(struct reach_gas *r, const struct plant *plant, uint32_t input,
                      const struct convert_result *sample)
{
    if (sample->has_sample)
        reach_add_plain(&r->reach,
                        &(struct reach_sample){sample->time_ms, sample->is_counted,
                                               sample->untrusted, sample->flag, sample->value});
    if (sample->oxygen_came)
        total_add(&r->oxygen, sample->oxygen_pct, sample->oxygen_pct, sample->oxygen_pct);
    if (sample->flow_came)
        total_add(&r->flow, sample->flow_m3h, sample->flow_m3h, sample->flow_m3h);
    if (sample->is_counted && sample->has_oxygen && is_corrected(plant, input)) {
        double zs = correct(plant, input, sample->value, sample->oxygen_pct).value;
        total_add(&r->corrected, zs, zs, zs);
    }
}

static bool is_enough(const struct total *t, uint32_t needed)
{
    return t->good > 0 && t->good >= needed && t->untrusted == 0;
}

static void set_corrected(struct mean *m, double value, double min, double max, bool valid)
{
    m->has_corrected = true;
    m->corrected = value;
    m->corrected_min = min;
    m->corrected_max = max;
    m->corrected_valid = valid;
}

/* The formula on the period's own means. */
static void correct_by_means(struct mean *m, const struct reach_gas *r, const struct plant *plant,
                             uint32_t input, const struct reach_rule *rule)
{
    if (r->reach.value.good == 0 || r->oxygen.good == 0)
        return;
    struct formula_corrected zs = correct(plant, input, m->avg, total_avg(&r->oxygen));
    bool has_parts = r->corrected.good > 0;
    m->o2_high = zs.o2_high;
    set_corrected(m, zs.value, has_parts ? r->corrected.min : zs.value,
                  has_parts ? r->corrected.max : zs.value,
                  m->valid && is_enough(&r->oxygen, rule->oxygen_good) && !zs.o2_high);
}

/* The mean of the corrected values of its parts. */
static void correct_by_parts(struct mean *m, const struct reach_gas *r,
                             const struct reach_rule *rule)
{
    if (r->corrected.good > 0)
        set_corrected(m, total_avg(&r->corrected), r->corrected.min, r->corrected.max,
                      m->valid && is_enough(&r->corrected, rule->value_good));
}

static void conclude_corrected(struct mean *m, const struct reach_gas *r, const struct plant *plant,
                               uint32_t input, const struct reach_rule *rule)
{
    if (plant->inputs[input].measure != MEASURE_CONCENTRATION)
        return;
    bool by_means =
        m->period == MEAN_MINUTE ||
        (m->period == MEAN_HOUR && outlet_of(plant, input)->zs_from == ZS_FROM_HOUR_MEANS);
    if (!is_corrected(plant, input)) {
        if (r->reach.value.good > 0)
            set_corrected(m, m->avg, m->min, m->max, m->valid);
    } else if (by_means) {
        correct_by_means(m, r, plant, input, rule);
    } else {
        correct_by_parts(m, r, rule);
    }
}

static void set_cou(struct mean *m, double cou)
{
    m->has_cou = true;
    m->cou = cou;
}

static void conclude_cou(struct mean *m, const struct reach_gas *r, enum measure measure,
                         const struct reach_rule *rule)
{
    bool is_short = m->period == MEAN_MINUTE;
    if (m->period == MEAN_DAY || m->period == MEAN_MONTH) {
        if (r->cou_parts > 0)
            set_cou(m, r->cou);
    } else if (measure == MEASURE_FLOW && m->valid) {
        set_cou(m, m->avg * (is_short ? minute_s : hour_s));
    } else if (measure == MEASURE_CONCENTRATION && m->valid &&
               is_enough(&r->flow, rule->flow_good)) {
        double rate_kgh = formula_rate_kgh(m->avg, total_avg(&r->flow));
        set_cou(m, is_short ? rate_kgh * hours_of_minute : rate_kgh);
    }
}

uint32_t reach_tail_s(const struct reach *minute)
{
    for (uint32_t tail_s = 1; tail_s <= GAP_S; tail_s++)
        if (minute->seconds >> (MINUTE_S - tail_s) & 1)
            return tail_s;
    return 0;
}

/* HJ 212-2017 D.2.2 wants samples at most 5 s apart. A gap over a minute's end is one of each, as
 * far as it is longer than 5 s there. */
static void count_gaps(uint64_t seconds, struct mean *m)
{
    uint32_t since = 0;
    uint32_t before_s = (uint32_t)(seconds >> MINUTE_S);
    for (uint32_t s = 0; s <= MINUTE_S; s++) {
        if (s < MINUTE_S && !(seconds >> s & 1))
            continue;
        uint32_t gap_s = s - since + before_s;
        before_s = 0;
        m->gaps += gap_s > GAP_S;
        m->longest_gap_s = gap_s > GAP_S && gap_s > m->longest_gap_s ? gap_s : m->longest_gap_s;
        since = s;
    }
}

static void conclude_gaps(struct mean *m, const struct reach *r)
{
    if (m->period == MEAN_MINUTE) {
        count_gaps(r->seconds, m);
        return;
    }
    m->gaps = r->gaps;
    m->longest_gap_s = r->longest_gap_s;
}

struct mean reach_conclude(const struct reach *r, const struct plant *plant, uint32_t input,
                           enum mean_period period, const struct reach_rule *rule)
{
    struct mean m = {
        .input = input,
        .outlet = plant->inputs[input].outlet,
        .period = period,
        .start_ms = r->start_ms,
        .avg = total_avg(&r->value),
        .min = r->value.min,
        .max = r->value.max,
        .parts = rule->parts,
        .good = r->value.good,
        .valid = is_enough(&r->value, rule->value_good),
    };
    for (int f = 0; f < FLAG_COUNT; f++)
        m.flags[f] = r->flags[f];
    m.flag = flag_roll_up(m.flags, rule->parts);
    conclude_gaps(&m, r);
    if (!reach_is_gas(plant, input))
        return m;
    const struct reach_gas *gas = (const struct reach_gas *)r;
    m.is_regulated = true;
    conclude_corrected(&m, gas, plant, input, rule);
    conclude_cou(&m, gas, plant->inputs[input].measure, rule);
    return m;
}

static void add_gas(struct reach_gas *longer, const struct reach_gas *part, const struct mean *m,
                    const struct reach_rule *rule)
{
    double oxygen = total_avg(&part->oxygen);
    double flow = total_avg(&part->flow);
    if (is_enough(&part->oxygen, rule->oxygen_good))
        total_add(&longer->oxygen, oxygen, oxygen, oxygen);
    if (is_enough(&part->flow, rule->flow_good))
        total_add(&longer->flow, flow, flow, flow);
    if (m->corrected_valid)
        total_add(&longer->corrected, m->corrected, m->corrected_min, m->corrected_max);
    if (m->has_cou) {
        longer->cou += m->cou;
        longer->cou_parts++;
    }
}

void reach_add_part(struct reach *longer, const struct reach *part, const struct mean *m,
                    const struct plant *plant, const struct reach_rule *rule)
{
    reach_count_flag(longer, m->flag);
    longer->gaps += m->gaps;
    longer->longest_gap_s =
        m->longest_gap_s > longer->longest_gap_s ? m->longest_gap_s : longer->longest_gap_s;
    if (m->valid)
        total_add(&longer->value, m->avg, m->min, m->max);
    if (reach_is_gas(plant, m->input))
        add_gas((struct reach_gas *)longer, (const struct reach_gas *)part, m, rule);
}

struct mean reach_realtime(const struct plant *plant, uint32_t input,
                           const struct convert_result *sample)
{
    struct mean m = {
        .input = input,
        .outlet = plant->inputs[input].outlet,
        .period = MEAN_REALTIME,
        .start_ms = sample->time_ms,
        .avg = sample->value,
        .min = sample->value,
        .max = sample->value,
        .parts = 1,
        .good = sample->is_counted,
        .valid = sample->is_counted,
        .is_regulated = true,
        .flag = sample->flag,
    };
    m.flags[sample->flag] = 1;
    if (!m.valid || plant->inputs[input].measure != MEASURE_CONCENTRATION)
        return m;
    if (!is_corrected(plant, input)) {
        set_corrected(&m, m.avg, m.avg, m.avg, true);
    } else if (sample->has_oxygen) {
        struct formula_corrected zs = correct(plant, input, m.avg, sample->oxygen_pct);
        m.o2_high = zs.o2_high;
        set_corrected(&m, zs.value, zs.value, zs.value, !zs.o2_high);
    }
    if (sample->has_flow)
        set_cou(&m, formula_rate_kgh(m.avg, sample->flow_m3h));
    return m;
}
