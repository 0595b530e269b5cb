#include "tests/scenario/bypass_plant.h"

#include "acq/core/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double day_s = 86400;
static const double full_m3s = 50;
static const double duct_m2 = 2;

static const char *const names[PLANT_SIGNAL_COUNT] = {
    [PLANT_LINE] = "line",
    [PLANT_RTO] = "rto",
    [PLANT_BOX] = "box",
    [PLANT_OPEN] = "open",
    [PLANT_CLOSED] = "closed",
    [PLANT_POSITION] = "position",
    [PLANT_VELOCITY] = "velocity",
    [PLANT_FLOW] = "flow",
    [PLANT_PRESSURE] = "pressure",
    [PLANT_TEMPERATURE] = "temperature",
    [PLANT_MAIN_TEMPERATURE] = "main_t",
    [PLANT_AMBIENT] = "ambient",
    [PLANT_NMHC] = "nmhc",
    [PLANT_MAIN_FLOW] = "main",
    [PLANT_FAN] = "fan",
    [PLANT_SPEED] = "speed",
};

static const char *unit_of(int signal)
{
    static const char *const units[PLANT_SIGNAL_COUNT] = {
        [PLANT_LINE] = "kW",      [PLANT_RTO] = "kW",           [PLANT_BOX] = "kW",
        [PLANT_POSITION] = "%",   [PLANT_VELOCITY] = "m/s",     [PLANT_FLOW] = "m3/h",
        [PLANT_PRESSURE] = "Pa",  [PLANT_TEMPERATURE] = "degC", [PLANT_MAIN_TEMPERATURE] = "degC",
        [PLANT_AMBIENT] = "degC", [PLANT_NMHC] = "mg/m3",       [PLANT_MAIN_FLOW] = "m3/s"};
    return units[signal] ? units[signal] : "";
}

/* One device for the meters, one for the bypass, one for the analyser, one for the stack. */
static int device_of(int signal)
{
    switch (signal) {
    case PLANT_LINE:
    case PLANT_RTO:
    case PLANT_BOX:
        return 0;
    case PLANT_NMHC:
        return 2;
    case PLANT_MAIN_FLOW:
    case PLANT_MAIN_TEMPERATURE:
        return 3;
    default:
        return 1;
    }
}

static const char *const devices[] = {"meters", "bypass", "gc", "stack"};

static void add_devices(struct strbuf *out)
{
    strbuf_adds(out, "\"devices\":[");
    for (int d = 0; d < 4; d++) {
        const char *comma = "";
        strbuf_addf(out, "%s{\"id\":\"%s\",\"link\":\"l\",\"unit\":%d,\"signals\":{", d ? "," : "",
                    devices[d], d + 1);
        for (int i = 0; i < PLANT_SIGNAL_COUNT; i++) {
            if (device_of(i) != d)
                continue;
            strbuf_addf(out, "%s\"%s\":{\"table\":\"holding\",\"address\":%d,\"unit\":\"%s\"}",
                        comma, names[i], i, unit_of(i));
            comma = ",";
        }
        strbuf_adds(out, "}}");
    }
    strbuf_adds(out, "],");
}

static void add_channel(struct strbuf *out, unsigned has, unsigned bit, const char *text)
{
    if (!(has & bit))
        return;
    bool first = out->data[out->len - 1] == '[';
    strbuf_addf(out, "%s{\"channel\":%s}", first ? "" : ",", text);
}

static void add_evidence(struct strbuf *out, unsigned has)
{
    static const struct {
        unsigned bit;
        const char *text;
    } channels[] = {
        {HAS_SWITCH, "\"limit-switch\",\"open\":\"bypass.open\",\"closed\":\"bypass.closed\""},
        {HAS_OPEN_CONTACT, "\"limit-switch\",\"open\":\"bypass.open\""},
        {HAS_CLOSED_CONTACT, "\"limit-switch\",\"closed\":\"bypass.closed\""},
        {HAS_POSITION, "\"position\",\"signal\":\"bypass.position\""},
        {HAS_VELOCITY, "\"velocity\",\"signal\":\"bypass.velocity\",\"area_m2\":2"},
        {HAS_FLOW, "\"flow\",\"signal\":\"bypass.flow\",\"open_at\":3600"},
        {HAS_PRESSURE, "\"pressure\",\"signal\":\"bypass.pressure\""},
        {HAS_TEMPERATURE, "\"temperature\",\"signal\":\"bypass.temperature\","
                          "\"main\":\"stack.main_t\",\"ambient\":\"bypass.ambient\""},
        {HAS_NMHC, "\"concentration\",\"signal\":\"gc.nmhc\",\"lod\":1,\"factor\":\"a24088\""},
        {HAS_MAIN_FLOW, "\"main-flow\",\"outlet\":\"DA001\",\"load\":\"line\""},
        {HAS_POWER, "\"treatment-power\",\"equipment\":\"rto\""},
        {HAS_FAN, "\"fan\",\"signal\":\"bypass.fan\",\"set_point\":\"bypass.speed\""},
    };
    strbuf_adds(out, "\"evidence\":[");
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        add_channel(out, has, channels[i].bit, channels[i].text);
    strbuf_adds(out, "]");
}

char *bypass_plant_config(unsigned has)
{
    struct strbuf out;
    strbuf_init(&out, 1 << 16);
    strbuf_adds(&out, "{\"plumewatch\":1,\"server\":{\"timezone\":\"+08:00\"},"
                      "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],");
    add_devices(&out);
    strbuf_adds(&out, "\"sites\":[{\"id\":\"s\",\"equipment\":["
                      "{\"id\":\"line\",\"kind\":\"production\",\"power\":\"meters.line\","
                      "\"rated_kw\":200},"
                      "{\"id\":\"rto\",\"kind\":\"treatment\",\"power\":\"meters.rto\","
                      "\"rated_kw\":75,\"serves\":[\"line\"]},"
                      "{\"id\":\"box\",\"kind\":\"treatment\",\"power\":\"meters.box\","
                      "\"rated_kw\":5}],\"outlets\":["
                      "{\"id\":\"DA001\",\"inputs\":{\"a00000\":{\"signal\":\"stack.main\"}}},"
                      "{\"id\":\"BP001\",\"kind\":\"bypass\",\"beside\":\"DA001\","
                      "\"treatment\":\"rto\",\"production\":\"line\",\"design_flow_m3h\":100000,"
                      "\"inlet_mg_m3\":{\"a24088\":1200},");
    if (has & HAS_STANDBY)
        strbuf_adds(&out, "\"standby\":\"box\",");
    add_evidence(&out, has);
    strbuf_adds(&out, "}]}]}");
    return out.failed ? NULL : out.data;
}

void bypass_plant_init(struct bypass_plant *p, const struct sim *s)
{
    *p = (struct bypass_plant){.load = 0.8, .bypass_degc = 20, .nmhc = 2, .treats = 1};
    p->main_m3s = 40;
    for (int i = 0; i < PLANT_SIGNAL_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", devices[device_of(i)], names[i]);
        p->signal[i] = sim_signal(s, name);
    }
    bypass_plant_shift(p, 0, 0.8, true);
}

void bypass_plant_shift(struct bypass_plant *p, int64_t at_s, double load, bool treats)
{
    if (p->shift_count == BYPASS_SHIFTS_MAX) {
        memmove(p->shifts, p->shifts + p->shift, (p->shift_count - p->shift) * sizeof *p->shifts);
        p->shift_count -= p->shift;
        p->shift = 0;
    }
    p->shifts[p->shift_count++] = (struct bypass_shift){at_s, load, treats};
}

void bypass_plant_open(struct bypass_plant *p, int64_t from_s, int64_t to_s, double open,
                       double travel_s)
{
    p->openings[p->opening_count++] = (struct bypass_opening){from_s, to_s, open, travel_s};
}

static void move_damper(struct bypass_plant *p, const struct sim *s)
{
    double wanted = 0;
    double travel_s = 10;
    for (uint32_t i = 0; i < p->opening_count; i++) {
        const struct bypass_opening *o = &p->openings[i];
        if (s->now_s >= o->from_s && s->now_s < o->to_s)
            wanted = o->open;
        if (s->now_s >= o->from_s && s->now_s < o->to_s + 60)
            travel_s = o->travel_s;
    }
    double way = s->period_s / travel_s;
    double left = wanted - p->damper;
    p->damper += left > way ? way : left < -way ? -way : left;
}

/* A kiln takes half an hour to start and to stop. */
static void follow_shift(struct bypass_plant *p, struct sim *s)
{
    while (p->shift + 1 < p->shift_count && p->shifts[p->shift + 1].at_s <= s->now_s)
        p->shift++;
    const struct bypass_shift *shift = &p->shifts[p->shift];
    double way = s->period_s / 1800.0;
    double left = shift->load - p->load;
    p->load += left > way ? way : left < -way ? -way : left;
    p->treats = sim_towards(p->treats, shift->treats, s->period_s, 60);
    p->wander = sim_towards(p->wander, sim_normal(s, 0.3), s->period_s, 1200);
}

static void set(struct bypass_plant *p, struct sim *s, enum bypass_plant_signal signal,
                double value)
{
    s->value[p->signal[signal]] = value;
}

static void set_power(struct bypass_plant *p, struct sim *s, double load)
{
    bool open = p->damper > 0.02;
    double line = load > 0.02 ? 30 + 160 * load : 3;
    double rto = p->treats * (18 + 42 * load) + 1;
    set(p, s, PLANT_LINE, line + sim_normal(s, 2));
    set(p, s, PLANT_RTO, rto + sim_normal(s, 1));
    set(p, s, PLANT_BOX, (open && p->standby_runs ? 4 : 0.05) + sim_normal(s, 0.02));
    set(p, s, PLANT_SPEED, load > 0.02 ? 20 + 30 * load : 0);
    double fan = load > 0.02 ? 60 + 90 * load : 0;
    set(p, s, PLANT_FAN, fan * (1 + 0.35 * p->damper) + sim_normal(s, 1));
}

static void set_flows(struct bypass_plant *p, struct sim *s, double load)
{
    double gas = load > 0.02 ? full_m3s * (0.2 + 0.8 * load) : 2;
    double bypassed = gas * 0.7 * p->damper / (0.3 + 0.7 * p->damper + 1e-9);
    p->main_m3s = sim_towards(p->main_m3s, gas - bypassed, s->period_s, 20);
    double velocity = bypassed / duct_m2;
    set(p, s, PLANT_MAIN_FLOW, fmax(p->main_m3s * (1 + sim_normal(s, 0.03)), 0));
    set(p, s, PLANT_VELOCITY, fabs(velocity * (1 + sim_normal(s, 0.05)) + sim_normal(s, 0.06)));
    set(p, s, PLANT_FLOW, fabs(bypassed * 3600 * (1 + sim_normal(s, 0.05)) + sim_normal(s, 200)));
    double shut = 1 - p->damper;
    double pressure = load > 0.02 ? (100 + 300 * load * load) * shut * shut : 5;
    set(p, s, PLANT_PRESSURE, pressure + sim_normal(s, 8));
    double memory_s = velocity > 0.3 ? 40 : 1500;
    double season = 10 - 14 * cos(6.2832 * (double)s->now_s / (365 * day_s));
    double ambient = season - 5 * cos(6.2832 * (double)s->now_s / day_s);
    double main_degc = load > 0.02 ? 110 + 60 * load : ambient + 10;
    p->bypass_degc = sim_towards(p->bypass_degc, velocity > 0.3 ? main_degc : ambient + 4,
                                 s->period_s, memory_s);
    set(p, s, PLANT_AMBIENT, ambient + sim_normal(s, 0.3));
    set(p, s, PLANT_MAIN_TEMPERATURE, main_degc + sim_normal(s, 1));
    set(p, s, PLANT_TEMPERATURE, p->bypass_degc + sim_normal(s, 0.5));
    p->nmhc = sim_towards(p->nmhc, velocity > 0.3 && load > 0.02 ? 900 : 2, s->period_s, 45);
    set(p, s, PLANT_NMHC, fabs(p->nmhc * (1 + sim_normal(s, 0.03)) + sim_normal(s, 0.3)));
}

void bypass_plant_step(void *plant, struct sim *s)
{
    struct bypass_plant *p = plant;
    follow_shift(p, s);
    move_damper(p, s);
    double load = p->load > 0.02 ? fmin(fmax(p->load + p->wander, 0.05), 1.1) : 0;
    set_power(p, s, load);
    set_flows(p, s, load);
    set(p, s, PLANT_OPEN, p->damper > 0.95);
    set(p, s, PLANT_CLOSED, p->damper < 0.01);
    set(p, s, PLANT_POSITION, fmin(fmax(100 * p->damper + sim_normal(s, 0.25), 0), 100));
}

static void lose_device(struct bypass_plant *p, struct sim *s, int device, int64_t at_s,
                        int64_t long_s)
{
    for (int i = 0; i < PLANT_SIGNAL_COUNT; i++)
        if (device_of(i) == device)
            sim_fault(s, p->signal[i], FAULT_SILENT, at_s, at_s + long_s, 0);
}

/* Monday morning back to work, a day off in a while, the oxidiser always around it. */
static void plan_day(struct bypass_plant *p, struct sim *s, int64_t from_s)
{
    int64_t morning = from_s + 7 * 3600 + sim_between(s, 0, 1800);
    int64_t evening = from_s + 20 * 3600 + sim_between(s, 0, 1800);
    double chance = sim_uniform(s);
    if (chance < 0.05) {
        bypass_plant_shift(p, morning, 0, true);
        bypass_plant_shift(p, morning + 4000, 0, false);
        bypass_plant_shift(p, evening - 1800, 0, true);
        bypass_plant_shift(p, evening, 0.5, true);
        return;
    }
    bypass_plant_shift(p, morning, 0.7 + 0.3 * sim_uniform(s), true);
    if (chance < 0.5)
        bypass_plant_shift(p, morning + 6 * 3600, 0.35 + 0.3 * sim_uniform(s), true);
    bypass_plant_shift(p, evening, 0.4 + 0.3 * sim_uniform(s), true);
}

void bypass_plant_honest_day(struct bypass_plant *p, struct sim *s, int64_t from_s)
{
    static const struct {
        enum bypass_plant_signal signal;
        double wrong;
    } blips[] = {{PLANT_VELOCITY, 8},     {PLANT_POSITION, 40}, {PLANT_OPEN, 1},
                 {PLANT_CLOSED, 0},       {PLANT_NMHC, 500},    {PLANT_PRESSURE, 0},
                 {PLANT_TEMPERATURE, 300}};
    plan_day(p, s, from_s);
    int64_t night = from_s + 2 * 3600 + sim_between(s, 0, 3600);
    sim_fault(s, p->signal[PLANT_NMHC], FAULT_CALIBRATING, night, night + 900, 800);
    for (int64_t n = sim_between(s, 0, 4); n-- > 0;)
        lose_device(p, s, (int)sim_between(s, 0, 4), from_s + sim_between(s, 0, 80000),
                    sim_between(s, 5, 600));
    for (int64_t n = sim_between(s, 0, 6); n-- > 0;) {
        int64_t which = sim_between(s, 0, (int64_t)(sizeof blips / sizeof *blips));
        int64_t at = from_s + sim_between(s, 0, 80000);
        sim_fault(s, p->signal[blips[which].signal], FAULT_BLIPS, at, at + sim_between(s, 60, 3600),
                  blips[which].wrong);
    }
    if (sim_uniform(s) < 0.02) {
        int64_t at = from_s + sim_between(s, 0, 80000);
        sim_fault(s, p->signal[PLANT_TEMPERATURE], FAULT_OFFSET, at, at + 7200, 30);
    }
}
