#include "tests/scenario/limit_plant.h"

#include "acq/core/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double full_velocity = 14;
static const double air_o2 = 20.9;
static const double reference_o2 = 6;
const double limit_permit_kg = 54.8;

static const char *const names[STACK_SIGNAL_COUNT] = {
    [STACK_SO2] = "so2",    [STACK_NOX] = "nox",       [STACK_DUST] = "dust",
    [STACK_OXYGEN] = "o2",  [STACK_TEMPERATURE] = "t", [STACK_PRESSURE] = "p",
    [STACK_MOISTURE] = "x", [STACK_VELOCITY] = "v"};

static const char *const factors[STACK_SIGNAL_COUNT] = {
    [STACK_SO2] = "a21026",      [STACK_NOX] = "a21002",         [STACK_DUST] = "a34013",
    [STACK_OXYGEN] = "a19001",   [STACK_TEMPERATURE] = "a01012", [STACK_PRESSURE] = "a01013",
    [STACK_MOISTURE] = "a01014", [STACK_VELOCITY] = "a01011"};

char *limit_plant_config(unsigned has)
{
    struct strbuf out;
    strbuf_init(&out, 1 << 16);
    strbuf_adds(&out,
                "{\"plumewatch\":1,\"server\":{\"timezone\":\"+08:00\"},"
                "\"limit_library\":[{\"id\":\"L1\",\"certainty\":\"M\",\"factor\":\"a34013\","
                "\"max\":10,\"reference_o2\":6,\"averaging\":\"1h mean\",\"unit\":\"mg/m3\"}],"
                "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"
                "\"devices\":[{\"id\":\"cems\",\"link\":\"l\",\"unit\":1,\"every_ms\":5000,"
                "\"signals\":{");
    for (int i = 0; i < STACK_SIGNAL_COUNT; i++)
        strbuf_addf(&out, "%s\"%s\":{\"table\":\"holding\",\"address\":%d}", i ? "," : "", names[i],
                    i);
    strbuf_adds(&out, "}}],\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\","
                      "\"area_m2\":12.566,\"ambient_kpa\":100,\"reference_o2\":6,\"inputs\":{");
    for (int i = 0; i < STACK_SIGNAL_COUNT; i++)
        strbuf_addf(&out, "%s\"%s\":{\"signal\":\"cems.%s\"}", i ? "," : "", factors[i], names[i]);
    strbuf_addf(&out, "},\"permit_t_per_year\":{\"a21026\":%g},",
                has & HAS_SMALL_PERMIT ? limit_permit_kg / 1000 : 1000);
    strbuf_addf(&out,
                "\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\",\"max\":35},"
                "{\"factor\":\"a21026\",\"period\":\"day\",\"max\":25},"
                "{\"factor\":\"a21002\",\"period\":\"realtime\",\"basis\":\"measured\",\"max\":100,"
                "\"on_delay_s\":30,\"off_delay_s\":60,\"deadband\":10},"
                "{\"factor\":\"a34013\",\"period\":\"hour\",\"library\":\"L1\"%s}]}]}]}",
                has & HAS_DUST_CONFIRMED
                    ? ",\"confirmed_by\":\"scenario\",\"confirmed_on\":\"2026-01-05\""
                    : "");
    return out.failed ? NULL : out.data;
}

void limit_plant_init(struct limit_plant *p, const struct sim *s)
{
    static const double usual[THING_COUNT] = {[THING_SO2] = 18,
                                              [THING_NOX] = 60,
                                              [THING_DUST] = 4,
                                              [THING_OXYGEN] = 9,
                                              [THING_LOAD] = 0.8};
    *p = (struct limit_plant){.turn_count = 0};
    memcpy(p->usual, usual, sizeof usual);
    memcpy(p->now, usual, sizeof usual);
    for (int i = 0; i < STACK_SIGNAL_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "cems.%s", names[i]);
        p->signal[i] = sim_signal(s, name);
    }
}

static void forget_turns(struct limit_plant *p, int64_t now_s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->turn_count; i++)
        if (p->turns[i].to_s > now_s)
            p->turns[kept++] = p->turns[i];
    p->turn_count = kept;
}

void limit_plant_turn(struct limit_plant *p, const struct sim *s, const struct limit_turn *turn)
{
    if (p->turn_count == LIMIT_TURNS_MAX)
        forget_turns(p, s->now_s);
    if (p->turn_count == LIMIT_TURNS_MAX)
        sim_fail("turns", "more than there is room for");
    p->turns[p->turn_count++] = *turn;
}

static double wanted(const struct limit_plant *p, enum limit_thing thing, int64_t now_s)
{
    double value = p->usual[thing];
    for (uint32_t i = 0; i < p->turn_count; i++) {
        const struct limit_turn *t = &p->turns[i];
        if (t->thing == thing && now_s >= t->from_s && now_s < t->to_s)
            value = t->from +
                    (t->to - t->from) * (double)(now_s - t->from_s) / (double)(t->to_s - t->from_s);
    }
    return value;
}

/* Gas follows within half a minute, what is read as it is at once. */
static void follow(struct limit_plant *p, struct sim *s)
{
    static const double swing[THING_COUNT] = {[THING_SO2] = 0.4,
                                              [THING_NOX] = 0.1,
                                              [THING_DUST] = 0.4,
                                              [THING_OXYGEN] = 0.1,
                                              [THING_LOAD] = 0.5};
    for (int i = 0; i < THING_COUNT; i++) {
        double memory_s = i == THING_NOX ? 1 : 15;
        double to = wanted(p, (enum limit_thing)i, s->now_s);
        p->now[i] = sim_towards(p->now[i], to, s->period_s, memory_s);
        p->wander[i] = sim_towards(p->wander[i], sim_normal(s, swing[i]), s->period_s, 900);
    }
}

static double actual(const struct limit_plant *p, enum limit_thing thing)
{
    return fmax(p->now[thing] * (1 + p->wander[thing]), 0);
}

static void set(const struct limit_plant *p, struct sim *s, enum limit_signal signal, double value)
{
    s->value[p->signal[signal]] = value;
}

void limit_plant_step(void *plant, struct sim *s)
{
    struct limit_plant *p = plant;
    follow(p, s);
    double load = actual(p, THING_LOAD);
    double oxygen = fmin(actual(p, THING_OXYGEN), air_o2);
    double measured = (21 - oxygen) / (21 - reference_o2);
    set(p, s, STACK_OXYGEN, oxygen + sim_normal(s, 0.05));
    set(p, s, STACK_SO2, fabs(actual(p, THING_SO2) * measured + sim_normal(s, 0.3)));
    set(p, s, STACK_DUST, fabs(actual(p, THING_DUST) * measured + sim_normal(s, 0.1)));
    set(p, s, STACK_NOX, fabs(actual(p, THING_NOX) + sim_normal(s, 1)));
    set(p, s, STACK_VELOCITY, fabs(full_velocity * load * (1 + sim_normal(s, 0.02))));
    set(p, s, STACK_TEMPERATURE, 60 + 60 * load + sim_normal(s, 0.5));
    set(p, s, STACK_PRESSURE, -0.5 + sim_normal(s, 0.02));
    set(p, s, STACK_MOISTURE, 8 + sim_normal(s, 0.1));
}

void limit_plant_silence(const struct limit_plant *p, struct sim *s, int64_t from_s, int64_t to_s)
{
    for (int i = 0; i < STACK_SIGNAL_COUNT; i++)
        sim_fault(s, p->signal[i], FAULT_SILENT, from_s, to_s, 0);
}

static void turn(struct limit_plant *p, const struct sim *s, enum limit_thing thing, int64_t from_s,
                 int64_t long_s, double from, double to)
{
    limit_plant_turn(p, s, &(struct limit_turn){thing, from_s, from_s + long_s, from, to});
}

/* The fires go out, air is drawn through, and half an hour later in the other direction. */
static void stop_and_start(struct limit_plant *p, struct sim *s, int64_t at_s)
{
    int64_t long_s = sim_between(s, 3600, 4 * 3600);
    turn(p, s, THING_OXYGEN, at_s, 1800, 9, air_o2);
    turn(p, s, THING_LOAD, at_s, 1800, 0.8, 0.1);
    turn(p, s, THING_OXYGEN, at_s + 1800, long_s, air_o2, air_o2);
    turn(p, s, THING_LOAD, at_s + 1800, long_s, 0.1, 0.1);
    turn(p, s, THING_OXYGEN, at_s + 1800 + long_s, 1800, air_o2, 9);
    turn(p, s, THING_LOAD, at_s + 1800 + long_s, 1800, 0.1, 0.8);
    turn(p, s, THING_SO2, at_s + 1800 + long_s, 3600, 24, 18);
}

void limit_plant_honest_day(struct limit_plant *p, struct sim *s, int64_t from_s)
{
    int64_t night = from_s + 2 * 3600 + sim_between(s, 0, 3600);
    sim_fault(s, p->signal[STACK_SO2], FAULT_CALIBRATING, night, night + 900, 200);
    sim_fault(s, p->signal[STACK_NOX], FAULT_CALIBRATING, night, night + 900, 400);
    turn(p, s, THING_LOAD, from_s + 8 * 3600, 8 * 3600, 0.9, 0.4 + 0.5 * sim_uniform(s));
    turn(p, s, THING_OXYGEN, from_s + 8 * 3600, 8 * 3600, 9, 8 + 4 * sim_uniform(s));
    if (sim_uniform(s) < 0.3) /* a bad coal */
        turn(p, s, THING_SO2, from_s + 12 * 3600 + sim_between(s, 0, 4 * 3600), 3 * 3600, 18, 27);
    for (int64_t n = sim_between(s, 0, 5); n-- > 0;)
        turn(p, s, THING_SO2, from_s + sim_between(s, 0, 85000), sim_between(s, 5, 45), 60, 60);
    for (int64_t n = sim_between(s, 0, 5); n-- > 0;)
        turn(p, s, THING_NOX, from_s + sim_between(s, 0, 85000), sim_between(s, 5, 20), 150, 150);
    for (int64_t n = sim_between(s, 0, 4); n-- > 0;) {
        int64_t at_s = from_s + sim_between(s, 0, 80000);
        limit_plant_silence(p, s, at_s, at_s + sim_between(s, 5, 1800));
    }
    if (sim_uniform(s) < 0.1)
        stop_and_start(p, s, from_s + 17 * 3600);
}
