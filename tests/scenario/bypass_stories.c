#include "tests/scenario/bypass_stories.h"

/* Sums of delays: of a channel, or the least event; and ten seconds. */
enum {
    DUE_SWITCH = 40,
    DUE_POSITION = 40,
    DUE_VELOCITY = 45,
    DUE_SUSPECT = 700,
    DUE_FUSED = 400,
    DUE_SLOW = 160
};

static void due(struct sim *s, const char *class_word, int64_t from_s, int64_t to_s, int64_t by_s)
{
    sim_truth(s, &(struct sim_truth){.kind = "bypass",
                                     .object = "BP001",
                                     .class_word = class_word,
                                     .from_s = from_s,
                                     .to_s = to_s,
                                     .delay_max_s = by_s});
}

static void due_also(struct sim *s, const char *kind, int64_t from_s, int64_t to_s, int64_t by_s)
{
    sim_truth(
        s,
        &(struct sim_truth){
            .kind = kind, .object = "BP001", .from_s = from_s, .to_s = to_s, .delay_max_s = by_s});
}

static void open_for(struct bypass_plant *p, int64_t t, int64_t long_s)
{
    bypass_plant_open(p, t, t + long_s, 1, 10);
}

static void half_an_hour(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 1500);
    due(s, "undeclared", t, t + 1500, DUE_SWITCH);
}

static void a_minute(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 60);
    due(s, "undeclared", t, t + 60, DUE_SWITCH);
}

static void three_times(struct bypass_plant *p, struct sim *s, int64_t t)
{
    for (int i = 0; i < 3; i++) {
        open_for(p, t + i * 1200, 200);
        due(s, "undeclared", t + i * 1200, t + i * 1200 + 200, DUE_VELOCITY);
    }
}

static void by_velocity(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 600);
    due(s, "undeclared", t, t + 600, DUE_VELOCITY);
}

/* A position needs some seconds to be more than 5 %. */
static void by_position(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 600);
    due(s, "undeclared", t, t + 600, DUE_POSITION);
}

/* The contact of the open end is reached last. */
static void by_open_contact(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 600);
    due(s, "undeclared", t, t + 600, DUE_POSITION + 10);
}

static void weak_evidence(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 3000);
    due(s, "suspected", t, t + 3000, DUE_SUSPECT);
}

static void much_weak_evidence(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 3000);
    bypass_plant_shift(p, t, 0.8, false);
    bypass_plant_shift(p, t + 3000, 0.8, true);
    due(s, "undeclared", t, t + 3000, DUE_FUSED);
}

static void position_stuck(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_POSITION], FAULT_STUCK, t - 600, t + 3000, 0);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
    due_also(s, "integrity", t, t + 900, DUE_VELOCITY);
}

static void switch_detached(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_OPEN], FAULT_FIXED, t - 3000, t + 4000, 0);
    sim_fault(s, p->signal[PLANT_CLOSED], FAULT_FIXED, t - 3000, t + 4000, 1);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
    due_also(s, "integrity", t, t + 900, DUE_VELOCITY);
}

static void all_positions_bridged(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_OPEN], FAULT_FIXED, t - 3000, t + 4000, 0);
    sim_fault(s, p->signal[PLANT_CLOSED], FAULT_FIXED, t - 3000, t + 4000, 1);
    sim_fault(s, p->signal[PLANT_POSITION], FAULT_FIXED, t - 3000, t + 4000, 0);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
    due_also(s, "integrity", t, t + 900, DUE_VELOCITY);
}

static void velocity_stuck(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_VELOCITY], FAULT_STUCK, t - 600, t + 3000, 0);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
}

static void velocity_silent(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_VELOCITY], FAULT_SILENT, t - 600, t + 3000, 0);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
}

static void switch_silent(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_OPEN], FAULT_SILENT, t - 600, t + 3000, 0);
    sim_fault(s, p->signal[PLANT_CLOSED], FAULT_SILENT, t - 600, t + 3000, 0);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
}

static void all_silent(struct bypass_plant *p, struct sim *s, int64_t from_s, int64_t to_s)
{
    for (int i = 0; i < PLANT_SIGNAL_COUNT; i++)
        sim_fault(s, p->signal[i], FAULT_SILENT, from_s, to_s, 0);
}

static void silence_in_the_middle(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 1800);
    all_silent(p, s, t + 300, t + 900);
    due(s, "undeclared", t, t + 1800, DUE_SWITCH);
}

static void opening_in_silence(struct bypass_plant *p, struct sim *s, int64_t t)
{
    all_silent(p, s, t - 60, t + 300);
    open_for(p, t, 1800);
    due(s, "undeclared", t, t + 1800, 300 + DUE_VELOCITY);
}

static void long_silence(struct bypass_plant *p, struct sim *s, int64_t t)
{
    all_silent(p, s, t, t + 1500);
    due_also(s, "bypass-unwatched", t, t + 1500, 60 + 900 + 10);
}

static void slow_opening(struct bypass_plant *p, struct sim *s, int64_t t)
{
    bypass_plant_open(p, t, t + 1800, 1, 900);
    due(s, "undeclared", t, t + 1800, DUE_SLOW);
}

static void a_tenth_open(struct bypass_plant *p, struct sim *s, int64_t t)
{
    bypass_plant_open(p, t, t + 1200, 0.1, 10);
    due(s, "undeclared", t, t + 1200, DUE_VELOCITY);
}

static void short_openings(struct bypass_plant *p, struct sim *s, int64_t t)
{
    for (int i = 0; i < 10; i++)
        bypass_plant_open(p, t + i * 60, t + i * 60 + 25, 1, 2);
    due(s, "undeclared", t, t + 565, 60 + DUE_SWITCH);
}

static void one_short_opening(struct bypass_plant *p, struct sim *s, int64_t t)
{
    (void)s;
    bypass_plant_open(p, t, t + 15, 1, 1);
}

static void start_up(struct bypass_plant *p, int64_t t)
{
    bypass_plant_shift(p, 10, 0, true);
    bypass_plant_shift(p, t - 600, 0.8, true);
}

static void start_up_undeclared(struct bypass_plant *p, struct sim *s, int64_t t)
{
    start_up(p, t);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
}

static void start_up_declared(struct bypass_plant *p, struct sim *s, int64_t t)
{
    start_up(p, t);
    sim_declare(s, "BP001", t - 1800, t - 60, t + 1200);
    open_for(p, t, 900);
    due(s, "declared", t, t + 900, DUE_VELOCITY);
}

static void overrun(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_declare(s, "BP001", t - 1800, t - 60, t + 600);
    open_for(p, t, 1800);
    due(s, "overrun", t, t + 1800, DUE_SWITCH);
}

static void declared_late(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_declare(s, "BP001", t + 700, t - 60, t + 1200);
    open_for(p, t, 900);
    due(s, "declared", t, t + 900, DUE_SWITCH);
}

static void another_bypass_declared(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_declare(s, "line", t - 1800, t - 60, t + 1200);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
}

static void treatment_trips_and_opens(struct bypass_plant *p, struct sim *s, int64_t t)
{
    bypass_plant_shift(p, t - 5, 0.8, false);
    bypass_plant_shift(p, t + 2400, 0.8, true);
    open_for(p, t, 1800);
    due(s, "undeclared", t, t + 1800, DUE_SWITCH);
}

static void treatment_trips_alone(struct bypass_plant *p, struct sim *s, int64_t t)
{
    (void)s;
    bypass_plant_shift(p, t, 0.8, false);
    bypass_plant_shift(p, t + 3600, 0.8, true);
}

static void chattering(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_OPEN], FAULT_BLIPS, t, t + 3600, 1);
    sim_fault(s, p->signal[PLANT_CLOSED], FAULT_BLIPS, t, t + 3600, 0);
    sim_fault(s, p->signal[PLANT_VELOCITY], FAULT_BLIPS, t, t + 3600, 9);
    sim_fault(s, p->signal[PLANT_POSITION], FAULT_BLIPS, t, t + 3600, 70);
}

static void at_low_load(struct bypass_plant *p, struct sim *s, int64_t t)
{
    bypass_plant_shift(p, 10, 0.25, true);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
}

static void while_calibrating(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_NMHC], FAULT_CALIBRATING, t - 100, t + 900, 800);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
}

static void in_a_load_swing(struct bypass_plant *p, struct sim *s, int64_t t)
{
    bypass_plant_shift(p, t - 300, 0.3, true);
    bypass_plant_shift(p, t + 900, 1, true);
    open_for(p, t, 1200);
    due(s, "undeclared", t, t + 1200, DUE_SWITCH);
}

static void a_load_swing_alone(struct bypass_plant *p, struct sim *s, int64_t t)
{
    (void)s;
    bypass_plant_shift(p, t, 0.2, true);
    bypass_plant_shift(p, t + 1200, 1, true);
}

static void standby_off(struct bypass_plant *p, struct sim *s, int64_t t)
{
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
    due_also(s, "bypass-standby", t, t + 900, 60 + 10 + 10);
}

static void standby_on(struct bypass_plant *p, struct sim *s, int64_t t)
{
    p->standby_runs = true;
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
}

static void without_production(struct bypass_plant *p, struct sim *s, int64_t t)
{
    bypass_plant_shift(p, 10, 0, true);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_SWITCH);
}

static void both_contacts(struct bypass_plant *p, struct sim *s, int64_t t)
{
    sim_fault(s, p->signal[PLANT_CLOSED], FAULT_FIXED, t - 600, t + 3000, 1);
    open_for(p, t, 900);
    due(s, "undeclared", t, t + 900, DUE_VELOCITY);
    due_also(s, "integrity", t, t + 900, DUE_VELOCITY);
}

static void nothing(struct bypass_plant *p, struct sim *s, int64_t t)
{
    (void)p;
    (void)s;
    (void)t;
}

#define DIRECT (HAS_SWITCH | HAS_POSITION | HAS_VELOCITY)
#define HOUR 3600

static const struct bypass_story stories[] = {
    {"all channels, 25 minutes", HAS_ALL, 3 * HOUR, half_an_hour},
    {"all channels, a minute", HAS_ALL, 3 * HOUR, a_minute},
    {"all channels, three times", HAS_ALL, 4 * HOUR, three_times},
    {"the switch alone", HAS_SWITCH, 2 * HOUR, half_an_hour},
    {"the switch alone, a minute", HAS_SWITCH, 2 * HOUR, a_minute},
    {"the open contact alone", HAS_OPEN_CONTACT, 2 * HOUR, by_open_contact},
    {"the closed contact alone", HAS_CLOSED_CONTACT, 2 * HOUR, half_an_hour},
    {"the position alone", HAS_POSITION, 2 * HOUR, by_position},
    {"the velocity alone", HAS_VELOCITY, 2 * HOUR, by_velocity},
    {"the velocity alone, a minute", HAS_VELOCITY, 2 * HOUR, a_minute},
    {"the flow alone", HAS_FLOW, 2 * HOUR, by_velocity},
    {"flow and temperature", HAS_VELOCITY | HAS_TEMPERATURE, 2 * HOUR, by_velocity},
    {"temperature, content and main flow", HAS_TEMPERATURE | HAS_NMHC | HAS_MAIN_FLOW, 5 * HOUR,
     weak_evidence},
    {"four weak channels", HAS_TEMPERATURE | HAS_NMHC | HAS_PRESSURE | HAS_POWER, 5 * HOUR,
     much_weak_evidence},
    {"position stuck", HAS_POSITION | HAS_VELOCITY | HAS_TEMPERATURE, 3 * HOUR, position_stuck},
    {"switch detached", HAS_ALL & ~(unsigned)HAS_POSITION, 4 * HOUR, switch_detached},
    {"switch detached, little else", HAS_SWITCH | HAS_VELOCITY, 4 * HOUR, switch_detached},
    {"switch and position bridged", HAS_ALL, 4 * HOUR, all_positions_bridged},
    {"velocity stuck", DIRECT, 3 * HOUR, velocity_stuck},
    {"velocity silent", DIRECT | HAS_POWER, 3 * HOUR, velocity_silent},
    {"switch silent", HAS_SWITCH | HAS_VELOCITY, 3 * HOUR, switch_silent},
    {"silence in the middle", HAS_ALL, 3 * HOUR, silence_in_the_middle},
    {"opening in silence", DIRECT, 3 * HOUR, opening_in_silence},
    {"a long silence", HAS_ALL, 3 * HOUR, long_silence},
    {"slow opening", DIRECT, 3 * HOUR, slow_opening},
    {"a tenth open", HAS_ALL, 3 * HOUR, a_tenth_open},
    {"short openings", HAS_SWITCH | HAS_POSITION, 3 * HOUR, short_openings},
    {"one short opening", HAS_ALL, 3 * HOUR, one_short_opening},
    {"start-up, undeclared", HAS_ALL, 4 * HOUR, start_up_undeclared},
    {"start-up, declared", HAS_ALL, 4 * HOUR, start_up_declared},
    {"declared and overrun", HAS_ALL, 3 * HOUR, overrun},
    {"declared late", HAS_ALL, 3 * HOUR, declared_late},
    {"a window of the line is none of the bypass", HAS_ALL, 3 * HOUR, another_bypass_declared},
    {"the treatment trips, the bypass opens", HAS_ALL, 3 * HOUR, treatment_trips_and_opens},
    {"the treatment trips alone", HAS_ALL, 4 * HOUR, treatment_trips_alone},
    {"chattering signals", HAS_ALL, 3 * HOUR, chattering},
    {"at low load", HAS_ALL, 4 * HOUR, at_low_load},
    {"while calibrating", HAS_ALL, 3 * HOUR, while_calibrating},
    {"in a load swing", HAS_ALL, 3 * HOUR, in_a_load_swing},
    {"a load swing alone", HAS_MAIN_FLOW | HAS_PRESSURE | HAS_FAN | HAS_POWER | HAS_TEMPERATURE,
     6 * HOUR, a_load_swing_alone},
    {"standby off", DIRECT | HAS_STANDBY, 3 * HOUR, standby_off},
    {"standby on", DIRECT | HAS_STANDBY, 3 * HOUR, standby_on},
    {"without production", HAS_ALL, 4 * HOUR, without_production},
    {"both contacts at once", HAS_SWITCH | HAS_POSITION | HAS_VELOCITY, 3 * HOUR, velocity_stuck},
    {"the closed contact bridged", HAS_CLOSED_CONTACT | HAS_VELOCITY, 3 * HOUR, both_contacts},
    {"nothing at all", HAS_ALL, 6 * HOUR, nothing},
};

const struct bypass_story *bypass_stories(unsigned *out_count)
{
    *out_count = sizeof stories / sizeof *stories;
    return stories;
}
