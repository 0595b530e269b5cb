#include "tests/scenario/flare_stories.h"

enum { BLOCK_S = 900, HOUR_S = 3600 };

static void due(struct sim *s, const char *kind, const char *class_word, int64_t from_s,
                int64_t to_s, int64_t delay_s)
{
    sim_truth(s, &(struct sim_truth){.kind = kind,
                                     .object = "FL001",
                                     .class_word = class_word,
                                     .from_s = from_s,
                                     .to_s = to_s,
                                     .delay_max_s = delay_s});
}

/* Of a discharge: begins and ends within the sum of its delays. */
static void discharge(struct flare_model *m, struct sim *s, int64_t t, int64_t for_s,
                      const char *class_word)
{
    flare_model_act(m, ACT_DISCHARGE, t, t + for_s, 3500 + 1000 * sim_uniform(s));
    due(s, "flare-event", class_word, t, t + for_s, 75);
}

/* Of a discharge that lasts several blocks: the first whole one, told at its end. */
static int64_t first_block(int64_t t)
{
    return (t + 2 + BLOCK_S - 1) / BLOCK_S * BLOCK_S;
}

static void poor(struct sim *s, const char *class_word, int64_t t, int64_t for_s)
{
    due(s, "flare-combustion", class_word, first_block(t), t + for_s, BLOCK_S + 10);
}

static void over_steamed(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "undeclared");
    flare_model_act(m, ACT_STEAM, t, t + HOUR_S, 1.25);
    poor(s, "over-steamed", t, HOUR_S);
}

static void steamed_to_the_edge(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "undeclared");
    flare_model_act(m, ACT_STEAM, t, t + HOUR_S, 0.95);
}

static void declared_and_over_steamed(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "declared");
    sim_declare(s, "FL001", t - 600, t, t + HOUR_S);
    flare_model_act(m, ACT_STEAM, t, t + HOUR_S, 1.4);
    poor(s, "over-steamed", t, HOUR_S);
}

static void poor_gas(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "undeclared");
    flare_model_act(m, ACT_NHV, t, t + HOUR_S, 6.5);
    flare_model_act(m, ACT_STEAM, t, t + HOUR_S, 0.01);
    poor(s, "low-heat", t, HOUR_S);
}

static void poor_gas_with_make_up(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "undeclared");
    flare_model_act(m, ACT_NHV, t, t + HOUR_S, 6.5);
    flare_model_act(m, ACT_STEAM, t, t + HOUR_S, 0.01);
    flare_model_act(m, ACT_FUEL, t, t + HOUR_S, 1200);
}

static void a_good_discharge(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, 2 * HOUR_S, "undeclared");
}

static void a_short_discharge(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, 180, "undeclared");
    flare_model_act(m, ACT_STEAM, t, t + 180, 2);
}

static void a_puff(struct flare_model *m, struct sim *s, int64_t t)
{
    (void)s;
    flare_model_act(m, ACT_DISCHARGE, t, t + 40, 2000);
}

static void declared(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "declared");
    sim_declare(s, "FL001", t - 3600, t - 60, t + HOUR_S + 60);
}

static void declared_afterwards(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "declared");
    sim_declare(s, "FL001", t + 1800, t - 60, t + HOUR_S + 60);
}

static void longer_than_declared(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "overrun");
    sim_declare(s, "FL001", t - 3600, t, t + 1800);
}

/* Two minutes to cool below ambient + 100, or less by its fall, and the delay. */
static void pilots_out(struct flare_model *m, struct sim *s, int64_t t)
{
    flare_model_act(m, ACT_PILOTS_OUT, t, t + 1800, 1);
    due(s, "flare-pilot", "out", t, t + 1800, 180);
}

static void pilots_out_in_a_discharge(struct flare_model *m, struct sim *s, int64_t t)
{
    discharge(m, s, t, HOUR_S, "undeclared");
    flare_model_act(m, ACT_PILOTS_OUT, t + 600, t + 2400, 1);
    due(s, "flare-pilot", NULL, t + 600, t + 3600, 420);
}

static void one_pilot_fails(struct flare_model *m, struct sim *s, int64_t t)
{
    (void)m;
    sim_fault(s, FLARE_SIM_PILOT_1, FAULT_FIXED, t, t + HOUR_S, 20);
}

static void the_meter_is_stuck(struct flare_model *m, struct sim *s, int64_t t)
{
    sim_fault(s, FLARE_SIM_VENT, FAULT_STUCK, t - 5, t + HOUR_S, 0);
    discharge(m, s, t, HOUR_S, "undeclared");
    due(s, "flare-meter", "unmetered", t, t + HOUR_S, 620);
}

static void too_fast(struct flare_model *m, struct sim *s, int64_t t)
{
    flare_model_act(m, ACT_DISCHARGE, t, t + HOUR_S, 60000);
    due(s, "flare-event", "undeclared", t, t + HOUR_S, 75);
    due(s, "flare-velocity", NULL, first_block(t), t + HOUR_S, BLOCK_S + 10);
}

const struct flare_story *flare_stories(unsigned *out_count)
{
    static const struct flare_story stories[] = {
        {"over-steamed", over_steamed},
        {"steamed to the edge", steamed_to_the_edge},
        {"declared and over-steamed", declared_and_over_steamed},
        {"poor gas", poor_gas},
        {"poor gas with make-up fuel", poor_gas_with_make_up},
        {"a good discharge", a_good_discharge},
        {"a short discharge", a_short_discharge},
        {"a puff", a_puff},
        {"declared", declared},
        {"declared afterwards", declared_afterwards},
        {"longer than declared", longer_than_declared},
        {"pilots out", pilots_out},
        {"pilots out in a discharge", pilots_out_in_a_discharge},
        {"one pilot fails", one_pilot_fails},
        {"the meter is stuck", the_meter_is_stuck},
        {"too fast", too_fast},
    };
    *out_count = sizeof stories / sizeof *stories;
    return stories;
}
