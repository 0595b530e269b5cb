#include "acq/detect/flare_private.h"

#include <math.h>

enum { STALE_LEAST_MS = 60000, FALL_AFTER_MS = 600000 };
static const double kpa_of_standard = 101.325;
static const double k_of_0 = 273.15;
static const double k_of_20 = 293.15;
static const double camera_sees = 0.5;

bool flare_is_fresh(struct machine_self self, uint32_t level, uint32_t signal,
                    struct machine_now now)
{
    const struct flare_state *s = self.state;
    const struct flare_level *l = &s->levels[level];
    if (signal == PLANT_NONE || l->last_at == 0)
        return false;
    int64_t stale_ms = (int64_t)flare_of(self)->rules.stale_s * 1000;
    if (stale_ms == 0)
        stale_ms = 2 * (int64_t)self.plant->devices[self.plant->signals[signal].device].every_ms;
    if (flare_of(self)->rules.stale_s == 0 && stale_ms < STALE_LEAST_MS)
        stale_ms = STALE_LEAST_MS;
    return now.at_ms - l->last_at <= stale_ms;
}

static void look_at_inputs(struct machine_self self, struct machine_now now)
{
    const struct plant_flare *f = flare_of(self);
    struct flare_state *s = self.state;
    for (uint32_t i = 0; i < FLARE_INPUT_COUNT; i++)
        s->view.in[i] =
            flare_is_fresh(self, i, f->input[i], now) ? s->levels[i].value : (double)NAN;
}

/* To 20 degC and 101.325 kPa. */
static double flow_factor(const struct plant_flare *f, const struct flare_view *v)
{
    switch ((enum flare_gas_state)f->rules.flow_state) {
    case FLARE_STATE_0:
        return FLARE_M3_NM3;
    case FLARE_STATE_ACTUAL:
        return v->in[FLARE_VENT_PRESSURE] / kpa_of_standard * k_of_20 /
               (v->in[FLARE_VENT_TEMPERATURE] + k_of_0);
    case FLARE_STATE_20:
        break;
    }
    return 1;
}

static void to_standard(const struct plant_flare *f, struct flare_view *v)
{
    static const enum flare_input flows[] = {FLARE_PREMIX_AIR, FLARE_PERIMETER_AIR,
                                             FLARE_SUPPLEMENT, FLARE_PURGE_FLOW, FLARE_PILOT_FLOW};
    double factor = flow_factor(f, v);
    v->in[FLARE_VENT_FLOW] =
        fmax(v->in[FLARE_VENT_FLOW], 0) * (isnan(v->in[FLARE_VENT_FLOW]) ? (double)NAN : factor);
    if (f->rules.flow_state == FLARE_STATE_0)
        for (size_t i = 0; i < sizeof flows / sizeof *flows; i++)
            v->in[flows[i]] *= factor;
    if (f->rules.nhv_state == FLARE_STATE_0)
        v->in[FLARE_VENT_NHV] /= FLARE_M3_NM3;
}

/* Heating value and masses of the vent gas: by its composition, else by the calorimeter and what
 * is configured. A gas that is not measured is not in it. */
static void look_at_gas(const struct plant_flare *f, struct flare_view *v)
{
    double pct[FLARE_GASES];
    double nmhc = 0;
    double nmhc_g = 0;
    double sulphur = 0;
    for (uint32_t i = 0; i < FLARE_GASES; i++) {
        double x = v->in[FLARE_FIRST_GAS + i];
        pct[i] = isnan(x) ? 0 : x;
        nmhc += flare_gas(i)->is_nmhc ? pct[i] : 0;
        nmhc_g += flare_gas(i)->is_nmhc ? pct[i] * flare_gas(i)->g_mol : 0;
        sulphur += pct[i] * flare_gas(i)->sulphur;
    }
    double by_composition = flare_nhv_of(&f->rules, pct, &v->g_mol);
    bool is_known = !isnan(by_composition);
    v->nhv = isnan(v->in[FLARE_VENT_NHV]) ? by_composition : v->in[FLARE_VENT_NHV];
    v->sulphur_pct = sulphur;
    v->voc_pct = is_known ? nmhc : f->rules.voc_pct;
    v->voc_g_mol = is_known ? (nmhc > 0 ? nmhc_g / nmhc : 0) : f->rules.vent_g_mol;
    if (!is_known)
        v->g_mol = f->rules.vent_g_mol;
}

/* Make-up fuel that the vent meter does not see is vent gas like the rest. */
static void add_supplement(const struct plant_flare *f, struct flare_view *v)
{
    double more = v->in[FLARE_SUPPLEMENT];
    v->vent_m3h = v->in[FLARE_VENT_FLOW];
    if (f->rules.supplement_metered || isnan(more) || more <= 0 || isnan(v->vent_m3h))
        return;
    double all = v->vent_m3h + more;
    v->nhv = (v->vent_m3h * v->nhv + more * f->rules.supplement_nhv) / all;
    v->voc_pct *= v->vent_m3h / all;
    v->sulphur_pct *= v->vent_m3h / all;
    v->vent_m3h = all;
}

static double deviation_of(const struct learned *l)
{
    const struct learned_bin *bin = learned_find(l, 0);
    return bin ? sqrt(bin->variance) : 0;
}

/* Flow above purge + max(3 sigma, 10 % of purge); sigma may not hide a slow discharge. */
static double threshold_of(const struct plant_flare *f, const struct flare_state *s)
{
    const struct plant_flare_rules *r = &f->rules;
    double factor = r->flow_state == FLARE_STATE_0 ? FLARE_M3_NM3 : 1;
    double purge = f->purge_m3h * factor;
    if (purge <= 0 && !isnan(s->view.in[FLARE_PURGE_FLOW]))
        purge = s->view.in[FLARE_PURGE_FLOW];
    double most = purge > 0 ? purge : 10 * r->event_margin_m3h;
    double margin = fmax(r->event_margin_m3h, purge * r->event_margin_pct / 100);
    return purge + fmax(margin, fmin(3 * deviation_of(&s->flow), most));
}

static bool valve_is_open(struct machine_self self, struct machine_now now)
{
    const struct plant_flare *f = flare_of(self);
    const struct flare_state *s = self.state;
    for (uint32_t i = 0; i < f->valve_count; i++) {
        double open_at = f->valve_is_pct[i] ? f->rules.valve_open_pct : camera_sees;
        if (flare_is_fresh(self, FLARE_FIRST_VALVE + i, f->valves[i], now) &&
            s->levels[FLARE_FIRST_VALVE + i].value > open_at)
            return true;
    }
    return false;
}

static void look_at_discharge(struct machine_self self, struct machine_now now)
{
    const struct plant_flare *f = flare_of(self);
    struct flare_state *s = self.state;
    struct flare_view *v = &s->view;
    const struct learned_bin *seal = learned_find(&s->seal, 0);
    double usual_m = !isnan(f->rules.seal_m) ? f->rules.seal_m : seal ? seal->mean : (double)NAN;
    double level_m = isnan(v->in[FLARE_SEAL_LEVEL]) ? usual_m : v->in[FLARE_SEAL_LEVEL];
    v->threshold_m3h = threshold_of(f, s);
    v->seal_kpa = flare_seal_kpa(level_m);
    v->flows = v->in[FLARE_VENT_FLOW] > v->threshold_m3h;
    v->header = level_m > 0 &&
                v->in[FLARE_HEADER_PRESSURE] > v->seal_kpa * (1 - f->rules.event_seal_pct / 100);
    v->seal = v->in[FLARE_SEAL_LEVEL] < usual_m - f->rules.event_seal_fall_m;
    v->valve = valve_is_open(self, now);
}

/* After a discharge pilots cool down to what they are without its flame. */
static bool may_fall(const struct flare_state *s, struct machine_now now)
{
    return s->event.start_ms == 0 && !s->view.flows &&
           (s->flowed_at == 0 || now.at_ms - s->flowed_at > FALL_AFTER_MS);
}

static enum flare_flame look_at_pilot(struct machine_self self, uint32_t i, struct machine_now now)
{
    const struct plant_flare *f = flare_of(self);
    const struct flare_state *s = self.state;
    const struct flare_level *l = &s->levels[FLARE_FIRST_PILOT + i];
    double ambient =
        isnan(s->view.in[FLARE_AMBIENT]) ? f->rules.ambient_c : s->view.in[FLARE_AMBIENT];
    if (!flare_is_fresh(self, FLARE_FIRST_PILOT + i, f->pilots[i], now))
        return FLAME_UNKNOWN;
    if (!f->pilot_is_hot[i])
        return l->value > camera_sees ? FLAME_LIT : FLAME_OUT;
    double rise_c_min = (l->value - l->slow) * 60000 / FLARE_SLOW_MS;
    if (l->value < ambient + f->rules.pilot_rise_c ||
        (rise_c_min < -f->rules.pilot_fall_c_min && may_fall(s, now)))
        return FLAME_OUT;
    return FLAME_LIT;
}

/* One that is lit proves it; out are they when all that are known are, and the camera sees no
 * flame either. Without pilots the camera speaks while gas flows. */
static void look_at_flame(struct machine_self self, struct machine_now now)
{
    const struct plant_flare *f = flare_of(self);
    struct flare_state *s = self.state;
    struct flare_view *v = &s->view;
    v->camera = isnan(v->in[FLARE_FLAME])          ? FLAME_UNKNOWN
                : v->in[FLARE_FLAME] > camera_sees ? FLAME_LIT
                                                   : FLAME_OUT;
    v->pilot = f->pilot_count == 0 && v->flows ? v->camera : FLAME_UNKNOWN;
    for (uint32_t i = 0; i < f->pilot_count; i++) {
        v->pilots[i] = look_at_pilot(self, i, now);
        if (v->pilots[i] > v->pilot)
            v->pilot = v->pilots[i];
    }
    if (v->camera == FLAME_LIT)
        v->pilot = FLAME_LIT;
    v->big_flame = v->camera == FLAME_LIT || v->in[FLARE_TIP_TEMPERATURE] > f->rules.tip_flame_c;
}

void flare_look(struct machine_self self, struct machine_now now)
{
    const struct plant_flare *f = flare_of(self);
    struct flare_state *s = self.state;
    look_at_inputs(self, now);
    to_standard(f, &s->view);
    look_at_gas(f, &s->view);
    add_supplement(f, &s->view);
    look_at_discharge(self, now);
    look_at_flame(self, now);
}
