#include "acq/detect/flare_private.h"

#include <math.h>
#include <string.h>

static const double block_s = FLARE_BLOCK_MS / 1000.0;

static double known(double value)
{
    return isnan(value) ? 0 : value;
}

static void add_flows(struct flare_tally *t, const struct flare_view *v, double h)
{
    t->supplement_m3 += known(v->in[FLARE_SUPPLEMENT]) * h;
    t->premix_m3 += known(v->in[FLARE_PREMIX_AIR]) * h;
    t->perimeter_m3 += known(v->in[FLARE_PERIMETER_AIR]) * h;
    t->steam_kg += known(v->in[FLARE_STEAM]) * h;
    if (isnan(v->vent_m3h))
        return;
    double m3 = v->vent_m3h * h;
    t->vent_m3 += m3;
    t->hydrogen_m3 += m3 * known(v->in[FLARE_HYDROGEN]) / 100;
    t->sulphur_m3 += m3 * v->sulphur_pct / 100;
    if (!isnan(v->g_mol))
        t->g_mol_m3 += m3 * v->g_mol;
    if (isnan(v->nhv))
        return;
    t->nhv_m3 += m3;
    t->heat_mj += m3 * v->nhv;
}

static void add_gas(struct flare_tally *t, const struct flare_view *v, double h)
{
    double voc_kg = flare_mass_kg(v->vent_m3h * h * v->voc_pct / 100, v->voc_g_mol);
    if (isnan(voc_kg))
        return;
    if (v->pilot == FLAME_OUT && !v->big_flame)
        t->dark_kg += voc_kg;
    else
        t->voc_kg += voc_kg;
}

static void add_nhv(struct flare_tally *t, const struct flare_view *v, double dt)
{
    if (isnan(v->nhv))
        return;
    t->nhv_min = t->nhv_s > 0 ? fmin(t->nhv_min, v->nhv) : v->nhv;
    t->nhv_sum += v->nhv * dt;
    t->nhv_s += dt;
}

static void add_good(const struct plant_flare *f, struct flare_tally *t, const struct flare_view *v,
                     double dt)
{
    bool pilots = f->pilot_count > 0;
    for (uint32_t i = 0; i < f->pilot_count; i++)
        pilots = pilots && v->pilots[i] != FLAME_UNKNOWN;
    for (int i = 0; i < FLARE_INPUT_COUNT; i++)
        t->good_s[i] += (uint32_t)(isnan(v->in[i]) ? 0 : dt);
    t->good_s[FLARE_INPUT_COUNT] += (uint32_t)(pilots ? dt : 0);
}

static void follow(double value, double *first, double *last)
{
    if (isnan(value))
        return;
    if (isnan(*first))
        *first = value;
    *last = value;
}

static bool is_declared(struct machine_self self, int64_t utc_ms)
{
    const struct declarations *all = self.declared;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct declaration *d = &all->items[i];
        if (d->kind == DECLARATION_WINDOW && strcmp(d->object, flare_object(self)) == 0 &&
            d->start_ms <= utc_ms && utc_ms < d->end_ms)
            return true;
    }
    return false;
}

static void add_second(struct machine_self self, double dt, struct machine_now now)
{
    struct flare_state *s = self.state;
    struct flare_tally *t = &s->tally;
    const struct flare_view *v = &s->view;
    double h = dt / 3600;
    t->seconds += dt;
    add_flows(t, v, h);
    add_gas(t, v, h);
    add_nhv(t, v, dt);
    add_good(flare_of(self), t, v, dt);
    follow(v->in[FLARE_STEAM], &t->steam_first, &t->steam_last);
    follow(v->in[FLARE_TIP_TEMPERATURE], &t->tip_first, &t->tip_last);
    bool flows = isnan(v->vent_m3h) || v->vent_m3h > 0;
    t->flow_s += flows ? dt : 0;
    t->pilot_s += v->pilot == FLAME_LIT ? dt : 0;
    t->dark_s += flows && v->pilot != FLAME_LIT ? dt : 0;
    bool discharges = v->flows || v->header || v->seal || v->valve;
    if (!discharges || s->event.start_ms == 0)
        return;
    t->flaring_s += dt;
    t->was_event = true;
    if (!is_declared(self, machine_utc_ms(now)))
        t->undeclared_s += dt;
}

static struct flare_sums sums_of(const struct flare_tally *t)
{
    return (struct flare_sums){
        .vent_m3 = t->vent_m3,
        .nhv_vg = t->nhv_m3 > 0  ? t->heat_mj / t->nhv_m3
                  : t->nhv_s > 0 ? t->nhv_sum / t->nhv_s
                                 : (double)NAN,
        .steam_kg = t->steam_kg,
        .premix_m3 = t->premix_m3,
        .perimeter_m3 = t->perimeter_m3,
    };
}

/* Steam made it too poor: there is much of it by mass, or without it there would be heat enough. */
static bool is_by_steam(const struct plant_flare *f, const struct flare_tally *t,
                        const struct flare_sums *s)
{
    struct flare_sums dry = *s;
    double vent_kg = flare_mass_kg(t->g_mol_m3, 1);
    dry.steam_kg = 0;
    return s->steam_kg > 0 && (flare_nhv_cz(&dry) >= f->rules.nhv_cz_min ||
                               (vent_kg > 0 && s->steam_kg > f->rules.steam_ratio_max * vent_kg));
}

static bool is_snuffed(const struct plant_flare *f, const struct flare_tally *t)
{
    return t->tip_first - t->tip_last > f->rules.snuff_fall_c &&
           t->steam_last > t->steam_first * (1 + f->rules.snuff_rise_pct / 100);
}

static enum combustion_class classify(const struct plant_flare *f, const struct flare_tally *t)
{
    const struct flare_sums s = sums_of(t);
    double cz = flare_nhv_cz(&s);
    bool air = f->assist == FLARE_AIR_ASSIST || s.perimeter_m3 > 0;
    if (cz < f->rules.nhv_cz_min) {
        if (is_by_steam(f, t, &s))
            return is_snuffed(f, t) ? COMBUSTION_SNUFFED : COMBUSTION_OVER_STEAMED;
        if (s.nhv_vg < f->rules.nhv_cz_min && t->supplement_m3 <= 0)
            return COMBUSTION_LOW_HEAT;
        return COMBUSTION_DILUTED;
    }
    if (is_snuffed(f, t))
        return COMBUSTION_SNUFFED;
    if (air && flare_nhv_dil(&s, f->tip_diameter_m) < f->rules.nhv_dil_min)
        return COMBUSTION_OVER_AIRED;
    return COMBUSTION_GOOD;
}

static double hydrogen_pct(const struct flare_tally *t)
{
    return t->vent_m3 > 0 ? 100 * t->hydrogen_m3 / t->vent_m3 : 0;
}

static double velocity_max(const struct plant_flare *f, const struct flare_tally *t)
{
    double nhv_vg = sums_of(t).nhv_vg;
    double most = flare_velocity_max(&f->rules, nhv_vg, hydrogen_pct(t));
    if (isnan(most))
        return f->rules.velocity_max;
    return fmax(f->rules.velocity_safe, fmin(most, f->rules.velocity_max));
}

static bool is_too_fast(const struct plant_flare *f, const struct flare_tally *t)
{
    return flare_tip_velocity(t->vent_m3, t->seconds, f->tip_diameter_m) > velocity_max(f, t);
}

/* Share destroyed of what met a flame. */
static double dre_of(const struct plant_flare *f, const struct flare_tally *t)
{
    const struct plant_flare_rules *r = &f->rules;
    const struct flare_sums s = sums_of(t);
    double cz = flare_nhv_cz(&s);
    enum combustion_class class = classify(f, t);
    bool is_steam = class == COMBUSTION_OVER_STEAMED || class == COMBUSTION_SNUFFED;
    if (isnan(cz) || (cz < r->nhv_poor_min && !is_steam))
        return 0;
    if (class != COMBUSTION_GOOD || is_too_fast(f, t))
        return r->dre_poor;
    return r->dre_good;
}

void flare_block_released(struct machine_self self, double *out_voc_kg, double *out_so2_kg)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    double dre = dre_of(f, &s->tally);
    *out_voc_kg = s->tally.dark_kg + s->tally.voc_kg * (1 - dre);
    *out_so2_kg = flare_so2_kg(s->tally.sulphur_m3, 100, f->rules.so2_share);
}

static bool is_valid(const struct plant_flare *f, const struct flare_tally *t)
{
    double least = block_s * f->rules.block_valid_pct / 100;
    return t->good_s[FLARE_VENT_FLOW] >= least && (t->vent_m3 <= 0 || t->nhv_s >= least);
}

/* Of an open discharge, its mean flow above the threshold, from the block that holds its nth
 * minute; the instruments were good, and nothing says that the meter is not. */
static bool is_judged(struct machine_self self)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    int64_t end_ms = s->tally.start_ms + FLARE_BLOCK_MS;
    int64_t begin_ms = s->event.start_ms + (int64_t)f->rules.judge_after_min * 60000;
    double mean_m3h = s->tally.vent_m3 / s->tally.seconds * 3600;
    return s->event.start_ms != 0 && end_ms >= begin_ms && mean_m3h > s->view.threshold_m3h &&
           is_valid(f, &s->tally) && s->said[SAID_METER].since_at == 0 &&
           s->said[SAID_METER].start_ms == 0;
}

const char *flare_block_so_far(struct machine_self self)
{
    const struct flare_state *s = self.state;
    const double least_s = 60;
    if (s->tally.seconds < least_s || s->tally.vent_m3 <= 0)
        return "";
    enum combustion_class class = classify(flare_of(self), &s->tally);
    return class == COMBUSTION_GOOD ? "" : flare_combustion_word(class);
}

static void judge_combustion(struct machine_self self, const struct flare_block *b,
                             struct machine_now now, const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    enum combustion_class class = classify(f, &s->tally);
    bool by_air = class == COMBUSTION_OVER_AIRED;
    const struct flare_condition c = {
        .is_so = b->judged && class != COMBUSTION_GOOD,
        .class = (uint8_t) class,
        .priority = 2,
        .value = by_air ? b->nhv_dil : b->nhv_cz,
        .threshold = by_air ? f->rules.nhv_dil_min : f->rules.nhv_cz_min,
    };
    flare_say_of(self, SAID_COMBUSTION, &c, b->start_ms, now, sink);
}

static void judge_velocity(struct machine_self self, const struct flare_block *b,
                           struct machine_now now, const struct machine_sink *sink)
{
    const struct flare_condition c = {
        .is_so = b->judged && b->tip_velocity > b->velocity_max,
        .priority = 2,
        .value = b->tip_velocity,
        .threshold = b->velocity_max,
    };
    flare_say_of(self, SAID_VELOCITY, &c, b->start_ms, now, sink);
}

static struct flare_block make_block(struct machine_self self)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    const struct flare_tally *t = &s->tally;
    const struct plant_outlet *o = &self.plant->outlets[f->outlet];
    const struct flare_sums sums = sums_of(t);
    bool knows_flow = t->good_s[FLARE_VENT_FLOW] > 0;
    struct flare_block b = {
        .site = self.plant->sites[o->site].id,
        .object = o->id,
        .start_ms = t->start_ms,
        .vent_m3 = knows_flow ? t->vent_m3 : (double)NAN,
        .supplement_m3 = t->supplement_m3,
        .premix_m3 = t->premix_m3,
        .perimeter_m3 = t->perimeter_m3,
        .nhv_vg = sums.nhv_vg,
        .nhv_min = t->nhv_s > 0 ? t->nhv_min : (double)NAN,
        .nhv_cz = flare_nhv_cz(&sums),
        .nhv_dil =
            f->assist == FLARE_AIR_ASSIST ? flare_nhv_dil(&sums, f->tip_diameter_m) : (double)NAN,
        .tip_velocity = knows_flow ? flare_tip_velocity(t->vent_m3, t->seconds, f->tip_diameter_m)
                                   : (double)NAN,
        .velocity_max = isnan(sums.nhv_vg) ? (double)NAN : velocity_max(f, t),
        .steam_kg = t->steam_kg,
        .pilot_min = f->pilot_count ? t->pilot_s / 60 : (double)NAN,
        .flaring_min = t->flaring_s / 60,
        .dre = dre_of(f, t),
        .nox_kg = flare_nox_kg(t->heat_mj / 1000),
        .co_kg = flare_co_kg(t->heat_mj / 1000),
        .valid = is_valid(f, t),
        .judged = is_judged(self),
        .verdict = "",
    };
    enum combustion_class class = classify(f, t);
    flare_block_released(self, &b.released_kg, &b.so2_kg);
    if (b.judged)
        b.verdict = class != COMBUSTION_GOOD ? flare_combustion_word(class)
                    : is_too_fast(f, t)      ? "too-fast"
                                             : "good";
    return b;
}

static void add_to_event(struct flare_state *s, const struct flare_block *b)
{
    if (s->event.start_ms == 0)
        return;
    s->event.voc_kg += b->released_kg;
    s->event.so2_kg += b->so2_kg;
}

static void close_block(struct machine_self self, struct machine_now now,
                        const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    const struct flare_block b = make_block(self);
    add_to_event(s, &b);
    judge_combustion(self, &b, now, sink);
    judge_velocity(self, &b, now, sink);
    flare_books_add(self, &b, now, sink);
    machine_tell_flare(sink, &b);
}

void flare_block_step(struct machine_self self, double dt, struct machine_now now,
                      const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    /* The second that ends now is of the block that it began in. */
    int64_t zone_ms = (int64_t)self.plant->server.zone_offset_min * 60000;
    int64_t second_ms = machine_utc_ms(now) - 1000;
    int64_t start_ms = second_ms - (second_ms + zone_ms) % FLARE_BLOCK_MS;
    if (s->tally.start_ms != 0 && start_ms != s->tally.start_ms)
        close_block(self, now, sink);
    if (start_ms != s->tally.start_ms)
        s->tally = (struct flare_tally){.start_ms = start_ms,
                                        .steam_first = (double)NAN,
                                        .steam_last = (double)NAN,
                                        .tip_first = (double)NAN,
                                        .tip_last = (double)NAN};
    add_second(self, dt, now);
}

void flare_block_figures(const struct flare_block *b, struct flare_figure out[FLARE_FIGURES])
{
    const struct flare_figure figures[FLARE_FIGURES] = {
        {"vent_m3", b->vent_m3},
        {"supplement_m3", b->supplement_m3},
        {"premix_m3", b->premix_m3},
        {"perimeter_m3", b->perimeter_m3},
        {"nhv_vg", b->nhv_vg},
        {"nhv_min", b->nhv_min},
        {"nhv_cz", b->nhv_cz},
        {"nhv_dil", b->nhv_dil},
        {"tip_velocity", b->tip_velocity},
        {"velocity_max", b->velocity_max},
        {"steam_kg", b->steam_kg},
        {"pilot_min", b->pilot_min},
        {"flaring_min", b->flaring_min},
        {"dre", b->dre},
        {"released_kg", b->released_kg},
        {"so2_kg", b->so2_kg},
        {"nox_kg", b->nox_kg},
        {"co_kg", b->co_kg},
    };
    memcpy(out, figures, sizeof figures);
}
