#include "acq/detect/release.h"

#include <math.h>
#include <string.h>

static const double seconds_h = 3600;
static const double zero_k = 273;
static const double normal_pa = 101325;
static const double gas_kg_m3 = 1.34; /* of flue gas at standard state */
static const double load_band = 0.1;
static const int64_t hour_ms = 3600000;
static const int64_t day_ms = 86400000;
static const int64_t longest_step_ms = 60000;
static const double telling_share = 0.1;

struct amount {
    double value; /* NAN: not known */
    enum release_grade grade;
};

static const struct amount unknown = {(double)NAN, GRADE_E};

void release_init(struct release *r)
{
    *r = (struct release){0};
    for (int i = 0; i < BYPASS_FACTORS_MAX; i++)
        r->inlet[i].mg_m3 = r->inlet[i].load = (double)NAN;
}

void release_forget(struct release *r)
{
    memset(r->kg, 0, sizeof r->kg);
    r->since_at = 0;
}

void release_take_inlet(struct release *r, uint32_t factor, double mg_m3,
                        const struct channel_world *w, struct machine_now now)
{
    r->inlet[factor] = (struct release_inlet){mg_m3, w->load, now.at_ms};
}

double release_orifice_m3h(double cd, double area_m2, double dp_pa, double rho_kg_m3)
{
    if (dp_pa <= 0 || rho_kg_m3 <= 0)
        return 0;
    return cd * area_m2 * sqrt(2 * dp_pa / rho_kg_m3) * seconds_h;
}

/* The channel of that kind, when it has a fresh value. */
static const struct channel_state *find_fresh(const struct plant_bypass *b,
                                              const struct channel_state *channels,
                                              enum evidence_channel channel, struct machine_now now,
                                              const struct plant_evidence **out)
{
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        if (b->evidence[i].channel != channel || channels[i].says <= CHANNEL_FAULT ||
            !channel_is_fresh(&channels[i], &b->evidence[i], 0, now))
            continue;
        *out = &b->evidence[i];
        return &channels[i];
    }
    return NULL;
}

static double temperature_of(const struct plant_bypass *b, const struct channel_state *channels,
                             struct machine_now now)
{
    const struct plant_evidence *e = NULL;
    const struct channel_state *c = find_fresh(b, channels, CHANNEL_TEMPERATURE, now, &e);
    return c ? c->level[0] : (double)NAN;
}

/* F13, with what the outlet's configuration says of pressure and moisture; as it is when no
 * temperature is known. */
static double to_standard(const struct plant *plant, const struct plant_bypass *b,
                          const struct channel_state *channels, struct machine_now now, double m3h)
{
    const struct plant_outlet *o = &plant->outlets[b->outlet];
    double degc = temperature_of(b, channels, now);
    double pressure_pa = isnan(o->ambient_kpa) ? normal_pa : 1000 * o->ambient_kpa;
    double moisture = isnan(o->moisture_pct) ? 0 : o->moisture_pct;
    if (isnan(degc))
        return m3h;
    return m3h * zero_k / (zero_k + degc) * pressure_pa / normal_pa * (1 - moisture / 100);
}

static struct amount metered_flow(const struct plant *plant, const struct plant_bypass *b,
                                  const struct channel_state *channels, struct machine_now now)
{
    const struct plant_evidence *e = NULL;
    const struct channel_state *c = find_fresh(b, channels, CHANNEL_FLOW, now, &e);
    if (c) {
        const char *unit = plant->signals[e->signal[0]].unit;
        double hours = strcmp(unit, "m3/s") == 0 ? seconds_h : strcmp(unit, "m3/min") == 0 ? 60 : 1;
        return (struct amount){fabs(c->level[0]) * hours, GRADE_A};
    }
    c = find_fresh(b, channels, CHANNEL_VELOCITY, now, &e);
    if (!c || e->area_m2 <= 0)
        return unknown;
    double actual = fabs(c->level[0]) * e->area_m2 * seconds_h;
    return (struct amount){to_standard(plant, b, channels, now, actual), GRADE_A};
}

/* Of what the main outlet's signal measures, in m3/h. */
static double main_m3h(const struct plant *plant, const struct plant_evidence *e)
{
    const struct plant_input *input = &plant->inputs[e->input];
    const struct plant_outlet *o = &plant->outlets[e->outlet];
    if (input->source == MEASURE_FLOW)
        return input->scale * seconds_h;
    if (input->source == MEASURE_VELOCITY)
        return input->scale * o->area_m2 * o->velocity_factor * seconds_h;
    return 0;
}

static struct amount missing_flow(const struct plant *plant, const struct plant_bypass *b,
                                  const struct channel_state *channels, struct machine_now now)
{
    const struct plant_evidence *e = NULL;
    const struct channel_state *c = find_fresh(b, channels, CHANNEL_MAIN_FLOW, now, &e);
    if (!c)
        return unknown;
    double scale = main_m3h(plant, e);
    double expected = channel_expected(c, plant, e);
    if (isnan(expected) || scale <= 0)
        return unknown;
    double missing = scale * (expected - c->level[0]);
    return (struct amount){missing > 0 ? missing : 0, GRADE_C};
}

static double opening_of(const struct plant_bypass *b, const struct channel_state *channels,
                         struct machine_now now)
{
    const struct plant_evidence *e = NULL;
    const struct channel_state *c = find_fresh(b, channels, CHANNEL_POSITION, now, &e);
    double share = c ? c->level[0] / 100 : 1;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static struct amount orifice_flow(const struct plant *plant, const struct plant_bypass *b,
                                  const struct channel_state *channels, struct machine_now now)
{
    const struct plant_evidence *e = NULL;
    const struct channel_state *c = find_fresh(b, channels, CHANNEL_PRESSURE, now, &e);
    if (!c || b->orifice_m2 <= 0)
        return unknown;
    double to_pa = strcmp(plant->signals[e->signal[0]].unit, "kPa") == 0 ? 1000 : 1;
    double degc = temperature_of(b, channels, now);
    double rho = isnan(degc) ? gas_kg_m3 : gas_kg_m3 * zero_k / (zero_k + degc);
    double area = b->orifice_m2 * opening_of(b, channels, now);
    double actual = release_orifice_m3h(b->orifice_cd, area, c->level[0] * to_pa, rho);
    return (struct amount){to_standard(plant, b, channels, now, actual), GRADE_D};
}

static struct amount flow_of(const struct plant *plant, const struct plant_bypass *b,
                             const struct channel_state *channels, struct machine_now now)
{
    struct amount q = metered_flow(plant, b, channels, now);
    if (isnan(q.value))
        q = missing_flow(plant, b, channels, now);
    if (isnan(q.value))
        q = orifice_flow(plant, b, channels, now);
    if (isnan(q.value) && b->design_flow_m3h > 0)
        q = (struct amount){b->design_flow_m3h * opening_of(b, channels, now), GRADE_E};
    return q;
}

/* The same hour, or the last day at the same load. */
static bool is_inlet_good(const struct release_inlet *in, const struct channel_world *w,
                          struct machine_now now)
{
    int64_t age_ms = now.at_ms - in->at_ms;
    if (isnan(in->mg_m3))
        return false;
    return age_ms <= hour_ms || (age_ms <= day_ms && fabs(in->load - w->load) <= load_band);
}

static struct amount content_of(const struct release *r, const struct plant_bypass *b,
                                uint32_t factor, const struct channel_state *channels,
                                const struct channel_world *w, struct machine_now now)
{
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct plant_evidence *e = &b->evidence[i];
        if (e->channel == CHANNEL_CONCENTRATION &&
            strcmp(e->factor, b->released[factor].factor) == 0 &&
            channel_is_fresh(&channels[i], e, 0, now))
            return (struct amount){channels[i].level[0], GRADE_A};
    }
    if (is_inlet_good(&r->inlet[factor], w, now))
        return (struct amount){r->inlet[factor].mg_m3, GRADE_B};
    return (struct amount){b->released[factor].inlet_mg_m3, GRADE_D};
}

void release_add(struct release *r, const struct plant *plant, const struct plant_bypass *b,
                 const struct channel_state *channels, const struct channel_world *w,
                 struct machine_now now)
{
    int64_t step_ms = r->since_at ? now.at_ms - r->since_at : 0;
    r->since_at = now.at_ms;
    struct amount q = flow_of(plant, b, channels, now);
    if (step_ms <= 0 || isnan(q.value))
        return;
    double hours =
        (double)(step_ms < longest_step_ms ? step_ms : longest_step_ms) / (double)hour_ms;
    for (uint32_t i = 0; i < b->released_count; i++) {
        struct amount c = content_of(r, b, i, channels, w, now);
        enum release_grade grade = c.grade > q.grade ? c.grade : q.grade;
        if (!isnan(c.value) && c.value > 0)
            r->kg[i][grade] += c.value * q.value * hours * 1e-6;
    }
}

static char grade_letter(const double kg[GRADE_COUNT], double sum)
{
    int worst = GRADE_A;
    for (int g = GRADE_A; g < GRADE_COUNT; g++)
        if (kg[g] > 0 && kg[g] >= telling_share * sum)
            worst = g;
    return (char)('A' + worst);
}

double release_kg(const struct release *r, uint32_t factor, char *out_grade)
{
    double sum = 0;
    for (int g = 0; g < GRADE_COUNT; g++)
        sum += r->kg[factor][g];
    *out_grade = grade_letter(r->kg[factor], sum);
    return sum;
}
