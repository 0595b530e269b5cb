#include "tests/scenario/flare_plant.h"

#include <math.h>
#include <string.h>

static const double purge_m3h = 50;
static const double usual_nhv = 24;
static const double usual_steam = 0.35; /* kg by m3 */

#define IN(name, n, unit)                                                                          \
    "\"" name "\":{\"table\":\"input\",\"address\":" #n ",\"unit\":\"" unit "\"}"

const char flare_model_config[] =
    "{\"plumewatch\":1,\"server\":{\"timezone\":\"+08:00\"},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"
    "\"devices\":[{\"id\":\"p\",\"link\":\"l\",\"unit\":1,\"signals\":{" IN("vent", 0, "m3/h") "," IN("nhv", 1, "MJ/m3") "," IN(
        "steam", 2,
        "kg/h") "," IN("fuel", 3,
                       "m3/h") "," IN("pilot_1", 4,
                                      "degC") "," IN("pilot_2", 5,
                                                     "degC") "," IN("tip", 6,
                                                                    "degC") "," IN("header", 7,
                                                                                   "kPa") "," IN("s"
                                                                                                 "e"
                                                                                                 "a"
                                                                                                 "l",
                                                                                                 8,
                                                                                                 "m") "," IN("line",
                                                                                                             9,
                                                                                                             "kW") "}}],\"sites\":[{\"id\":\"s\",\"equipment\":[{\"id\":\"line\",\"kind\":\"production\","
                                                                                                                   "\"power\":\"p.line\",\"rated_kw\":200}],\"outlets\":[{\"id\":\"FL001\",\"kind\":\"flare\","
                                                                                                                   "\"tip_diameter_m\":0.6,\"purge_m3h\":50,\"assist\":\"steam\",\"production\":\"line\","
                                                                                                                   "\"flare\":{\"seal_m\":1.5},\"inputs\":{\"vent_flow\":\"p.vent\",\"vent_nhv\":\"p.nhv\","
                                                                                                                   "\"steam\":\"p.steam\",\"supplement\":\"p.fuel\",\"pilots\":[\"p.pilot_1\",\"p.pilot_2\"],"
                                                                                                                   "\"tip_temperature\":\"p.tip\",\"header_pressure\":\"p.header\",\"seal_level\":\"p.seal\"}}]}]}";

void flare_model_init(struct flare_model *m)
{
    memset(m, 0, sizeof *m);
    m->vent = purge_m3h;
    m->tip = 60;
    m->pilots[0] = m->pilots[1] = 640;
}

void flare_model_act(struct flare_model *m, enum flare_act_kind kind, int64_t from_s, int64_t to_s,
                     double value)
{
    if (m->count < FLARE_ACTS_MAX)
        m->acts[m->count++] = (struct flare_act){kind, from_s, to_s, value};
}

static double act(const struct flare_model *m, enum flare_act_kind kind, int64_t now_s,
                  double otherwise)
{
    for (uint32_t i = m->count; i-- > 0;)
        if (m->acts[i].kind == kind && m->acts[i].from_s <= now_s && now_s < m->acts[i].to_s)
            return m->acts[i].value;
    return otherwise;
}

static void approach(double *value, double to, double time_s, double dt)
{
    *value += (to - *value) * (1 - exp(-dt / time_s));
}

void flare_model_step(void *model, struct sim *s)
{
    struct flare_model *m = model;
    double dt = s->period_s;
    double target = act(m, ACT_DISCHARGE, s->now_s, purge_m3h);
    bool discharges = target > purge_m3h * 2;
    bool lit = act(m, ACT_PILOTS_OUT, s->now_s, 0) == 0;
    approach(&m->vent, target, 3, dt);
    approach(&m->tip, discharges && lit ? 780 : 60, 90, dt);
    approach(&m->pilots[0], !lit ? 15 : discharges ? 760 : 640, 100, dt);
    approach(&m->pilots[1], !lit ? 15 : discharges ? 730 : 620, 120, dt);
    m->wander += sim_normal(s, 0.02) * sqrt(dt) - m->wander * 0.002 * dt;
    s->value[FLARE_SIM_VENT] = m->vent * (1 + 0.02 * m->wander) + sim_normal(s, 0.6);
    s->value[FLARE_SIM_NHV] = act(m, ACT_NHV, s->now_s, usual_nhv) + sim_normal(s, 0.3);
    double ratio = act(m, ACT_STEAM, s->now_s, usual_steam);
    s->value[FLARE_SIM_STEAM] = fmax(30, m->vent * ratio + sim_normal(s, 5));
    s->value[FLARE_SIM_FUEL] = act(m, ACT_FUEL, s->now_s, 0);
    s->value[FLARE_SIM_PILOT_1] = m->pilots[0] + sim_normal(s, 6);
    s->value[FLARE_SIM_PILOT_2] = m->pilots[1] + sim_normal(s, 6);
    s->value[FLARE_SIM_TIP] = m->tip + sim_normal(s, 4);
    double header = discharges ? 16 : 3;
    s->value[FLARE_SIM_HEADER] = act(m, ACT_HEADER, s->now_s, header) + sim_normal(s, 0.15);
    s->value[FLARE_SIM_SEAL] = 1.5 + sim_normal(s, 0.005);
    s->value[FLARE_SIM_LINE] = 160 + sim_normal(s, 3);
}

void flare_model_honest_day(struct flare_model *m, struct sim *s, int64_t from_s)
{
    m->count = 0;
    for (uint32_t i = 0; i < 4; i++) {
        int64_t at_s = sim_between(s, from_s, from_s + 80000);
        uint32_t signal = (uint32_t)sim_between(s, FLARE_SIM_VENT, FLARE_SIM_LINE);
        sim_fault(s, signal, FAULT_SILENT, at_s, at_s + sim_between(s, 20, 1200), 0);
    }
    int64_t span_s = from_s + 7200 + sim_between(s, 0, 600);
    sim_fault(s, FLARE_SIM_NHV, FAULT_CALIBRATING, span_s, span_s + 600, 37);
    if (sim_uniform(s) > 0.15)
        return;
    int64_t at_s = sim_between(s, from_s + 20000, from_s + 60000);
    int64_t for_s = sim_between(s, 900, 7200);
    flare_model_act(m, ACT_DISCHARGE, at_s, at_s + for_s, 3000 + 2000 * sim_uniform(s));
    sim_declare(s, "FL001", at_s - 1800, at_s - 60, at_s + for_s + 600);
}
