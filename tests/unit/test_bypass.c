/* The bypass: states, events, their classes, priorities and masses, and what else is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/bypass_stand.h"

#include <math.h>

#define ALL "\"evidence\":[" BP_SWITCH "," BP_POS "," BP_VEL "," BP_POWER "]"

static void everything_shut(struct bp *b)
{
    bp_switch(b, false);
    b->value[BP_POSITION] = 0;
    b->value[BP_VELOCITY] = 0.1;
}

static void everything_open(struct bp *b)
{
    bp_switch(b, true);
    b->value[BP_POSITION] = 100;
    b->value[BP_VELOCITY] = 50.0 / 3;
}

static void an_opening_is_found_with_its_start_its_end_and_its_mass(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    assert_string_equal(b->word, "closed");
    everything_open(b);
    bp_run(b, 1);
    int64_t start_ms = bp_utc(b);
    bp_run(b, 1499);
    everything_shut(b);
    bp_run(b, 1);
    int64_t end_ms = bp_utc(b);
    assert_string_equal(b->word, "open");
    bp_run(b, 300);
    assert_string_equal(b->word, "closed");
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 1);
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 1);
    assert_int_equal(b->count, 2);
    const struct bp_said *open = bp_said(b, "bypass", FINDING_OPEN, 0);
    const struct bp_said *closed = bp_said(b, "bypass", FINDING_CLOSED, 0);
    assert_string_equal(open->class_word, "undeclared");
    assert_int_equal(open->priority, 1);
    assert_int_equal(open->start_ms, start_ms);
    assert_int_equal(open->raised_ms, start_ms + 30000);
    assert_true(open->confidence >= 0.9);
    assert_string_equal(closed->id, open->id);
    assert_int_equal(closed->end_ms, end_ms);
    /* 30 000 m3/h of 1200 mg/m3 for 25 minutes */
    assert_true(fabs(closed->kg - 15.0) < 0.02);
    assert_int_equal(closed->grade, 'D');
    bp_free(b);
}

static void a_short_opening_is_no_finding_and_gaps_are_merged(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_SWITCH "]");
    bp_run(b, 60);
    bp_switch(b, true);
    bp_run(b, 20);
    bp_switch(b, false);
    bp_run(b, 600);
    assert_int_equal(b->count, 0);
    for (int i = 0; i < 3; i++) {
        bp_switch(b, true);
        bp_run(b, 20);
        bp_switch(b, false);
        bp_run(b, 60);
    }
    bp_run(b, 600);
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 1);
    const struct bp_said *closed = bp_said(b, "bypass", FINDING_CLOSED, 0);
    assert_int_equal(closed->end_ms - closed->start_ms, 180000);
    bp_free(b);
}

static void two_openings_far_apart_are_two(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_SWITCH "]");
    bp_run(b, 60);
    for (int i = 0; i < 2; i++) {
        bp_switch(b, true);
        bp_run(b, 90);
        bp_switch(b, false);
        bp_run(b, 240);
    }
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 2);
    bp_free(b);
}

static void weak_evidence_together_is_suspected(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_TEMP "," BP_CONC "," BP_POWER "]");
    bp_run(b, 400);
    assert_string_equal(b->word, "closed");
    b->value[BP_TEMPERATURE] = 120; /* 5 x 10: 0.505, with the power's 3: 0.754 */
    b->value[BP_NMHC] = 400;
    b->value[BP_RTO] = 2;
    bp_run(b, 1);
    int64_t start_ms = bp_utc(b);
    bp_run(b, 400);
    assert_string_equal(b->word, "suspect");
    assert_true(fabs(b->confidence - 0.7538) < 0.001);
    const struct bp_said *open = bp_said(b, "bypass", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_string_equal(open->class_word, "suspected");
    assert_int_equal(open->start_ms, start_ms);
    assert_int_equal(open->priority, 2);
    bp_free(b);
}

static void a_suspicion_becomes_an_opening_under_the_same_id(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_VEL "," BP_TEMP "," BP_CONC "," BP_POWER "]");
    bp_run(b, 400);
    b->value[BP_TEMPERATURE] = 120;
    b->value[BP_NMHC] = 400;
    b->silent[BP_VELOCITY] = true;
    b->value[BP_RTO] = 2;
    bp_run(b, 500);
    assert_string_equal(bp_said(b, "bypass", FINDING_OPEN, 0)->class_word, "suspected");
    b->silent[BP_VELOCITY] = false;
    b->value[BP_VELOCITY] = 6;
    bp_run(b, 60);
    const struct bp_said *again = bp_said(b, "bypass", FINDING_OPEN, 1);
    assert_non_null(again);
    assert_string_equal(again->class_word, "undeclared");
    assert_string_equal(again->id, bp_said(b, "bypass", FINDING_OPEN, 0)->id);
    bp_free(b);
}

static void a_detached_switch_does_not_hide_the_flow(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_SWITCH "," BP_VEL "]");
    bp_run(b, 120);
    b->value[BP_VELOCITY] = 6; /* the switch goes on saying closed */
    bp_run(b, 1);
    int64_t start_ms = bp_utc(b);
    bp_run(b, 60);
    const struct bp_said *open = bp_said(b, "bypass", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_int_equal(open->start_ms, start_ms);
    assert_true(open->confidence >= 0.9);
    assert_int_equal(bp_count(b, "integrity", FINDING_OPEN), 1);
    b->value[BP_VELOCITY] = 0.1;
    bp_run(b, 300);
    assert_int_equal(bp_count(b, "integrity", FINDING_CLOSED), 1);
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 1);
    bp_free(b);
}

static void a_position_that_the_flow_does_not_follow_is_told_all_the_same(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_POS "," BP_VEL "]");
    bp_run(b, 120);
    b->value[BP_POSITION] = 50;
    bp_run(b, 60);
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 1);
    assert_int_equal(bp_count(b, "integrity", FINDING_OPEN), 0);
    bp_free(b);
}

static void unknown_is_never_closed(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_SWITCH "]");
    assert_string_equal(b->word, "");
    bp_run(b, 120);
    bp_switch(b, true);
    bp_run(b, 120);
    b->silent[BP_SWITCH_OPEN] = b->silent[BP_SWITCH_CLOSED] = true;
    bp_run(b, 300);
    assert_string_equal(b->word, "unknown");
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 0);
    bp_run(b, 700);
    const struct bp_said *unwatched = bp_said(b, "bypass-unwatched", FINDING_OPEN, 0);
    assert_non_null(unwatched);
    assert_int_equal(unwatched->priority, 2);
    assert_int_equal(unwatched->raised_ms - unwatched->start_ms, 900000);
    b->silent[BP_SWITCH_OPEN] = b->silent[BP_SWITCH_CLOSED] = false;
    bp_switch(b, false);
    bp_run(b, 1);
    int64_t seen_shut_ms = bp_utc(b);
    bp_run(b, 300);
    assert_int_equal(bp_count(b, "bypass-unwatched", FINDING_CLOSED), 1);
    assert_int_equal(bp_said(b, "bypass", FINDING_CLOSED, 0)->end_ms, seen_shut_ms);
    bp_free(b);
}

static void a_switch_with_both_contacts_or_neither_is_a_fault(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_SWITCH "," BP_POWER "]");
    bp_run(b, 200);
    b->value[BP_SWITCH_OPEN] = 1;
    b->value[BP_SWITCH_CLOSED] = 1;
    bp_run(b, 300);
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 0);
    b->value[BP_SWITCH_OPEN] = 0;
    b->value[BP_SWITCH_CLOSED] = 0; /* on its way: open; for longer than it may take: a fault */
    bp_run(b, 40);
    assert_string_equal(b->word, "open");
    bp_run(b, 600);
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 1);
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 0); /* nobody saw it close */
    bp_switch(b, false);
    bp_run(b, 300);
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 1);
    bp_free(b);
}

static void a_declared_opening_is_told_as_such(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    bp_declare(b, "window", NULL, 60, 660);
    bp_run(b, 30); /* four and a half minutes early would do as well */
    everything_open(b);
    bp_run(b, 500);
    everything_shut(b);
    bp_run(b, 300);
    const struct bp_said *open = bp_said(b, "bypass", FINDING_OPEN, 0);
    assert_string_equal(open->class_word, "declared");
    assert_int_equal(open->priority, 3);
    assert_false(open->late);
    assert_string_equal(bp_said(b, "bypass", FINDING_CLOSED, 0)->class_word, "declared");
    bp_free(b);
}

static void an_opening_beyond_its_window_overruns(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    bp_declare(b, "window", NULL, 0, 600);
    everything_open(b);
    bp_run(b, 1200);
    everything_shut(b);
    bp_run(b, 300);
    assert_string_equal(bp_said(b, "bypass", FINDING_OPEN, 0)->class_word, "declared");
    const struct bp_said *again = bp_said(b, "bypass", FINDING_OPEN, 1);
    assert_string_equal(again->class_word, "overrun");
    assert_int_equal(again->priority, 2);
    const struct bp_said *closed = bp_said(b, "bypass", FINDING_CLOSED, 0);
    assert_true(fabs(closed->outside_s - 601) < 2);
    bp_free(b);
}

static void a_window_that_is_declared_afterwards_is_late(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    everything_open(b);
    bp_run(b, 600);
    everything_shut(b);
    bp_run(b, 300);
    assert_string_equal(bp_said(b, "bypass", FINDING_CLOSED, 0)->class_word, "undeclared");
    bp_declare(b, "window", NULL, -900, -300);
    bp_run(b, 2);
    const struct bp_said *again = bp_said(b, "bypass", FINDING_CLOSED, 1);
    assert_non_null(again);
    assert_string_equal(again->class_word, "declared");
    assert_true(again->late);
    assert_true(again->kg > 0);
    assert_string_equal(again->id, bp_said(b, "bypass", FINDING_CLOSED, 0)->id);
    bp_free(b);
}

static void a_window_that_comes_too_late_declares_nothing(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    everything_open(b);
    bp_run(b, 3700);
    bp_declare(b, "window", NULL, -3710, 600);
    bp_run(b, 100);
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 1);
    everything_shut(b);
    bp_run(b, 300);
    assert_string_equal(bp_said(b, "bypass", FINDING_CLOSED, 0)->class_word, "undeclared");
    bp_free(b);
}

static void without_production_an_opening_is_less_urgent(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    b->value[BP_LINE] = 0;
    bp_run(b, 120);
    everything_open(b);
    bp_run(b, 60);
    assert_int_equal(bp_said(b, "bypass", FINDING_OPEN, 0)->priority, 2);
    bp_free(b);
}

static void the_standby_unit_must_run_while_it_is_open(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"standby\":\"box\"," ALL);
    bp_run(b, 120);
    bp_declare(b, "window", NULL, 0, 3600);
    everything_open(b);
    bp_run(b, 50);
    assert_int_equal(bp_count(b, "bypass-standby", FINDING_OPEN), 0);
    bp_run(b, 50);
    const struct bp_said *standby = bp_said(b, "bypass-standby", FINDING_OPEN, 0);
    assert_non_null(standby);
    assert_string_equal(standby->class_word, "not-running");
    assert_int_equal(standby->priority, 1);
    assert_int_equal(bp_said(b, "bypass", FINDING_OPEN, 1)->priority, 1); /* although declared */
    b->value[BP_BOX] = 4;
    bp_run(b, 60);
    assert_int_equal(bp_count(b, "bypass-standby", FINDING_CLOSED), 1);
    bp_free(b);
}

static void a_seal_is_looked_at_in_time(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"register\":{\"seal\":{\"number\":\"1\",\"checked_on\":\"2025-10-25\","
                          "\"due_days\":31}}");
    bp_run(b, 60); /* 2025-11-25 00:16 */
    const struct bp_said *overdue = bp_said(b, "bypass-unwatched", FINDING_OPEN, 0);
    assert_non_null(overdue);
    assert_string_equal(overdue->class_word, "seal-overdue");
    assert_int_equal(overdue->priority, 2);
    bp_declare(b, "mark", "seal-checked", 0, 60);
    bp_run(b, 2);
    assert_int_equal(bp_count(b, "bypass-unwatched", FINDING_CLOSED), 1);
    bp_run(b, 2000);
    assert_int_equal(bp_count(b, "bypass-unwatched", FINDING_OPEN), 1);
    bp_free(b);
}

static void a_bypass_without_anything_is_not_watched(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[]");
    bp_run(b, 960);
    assert_int_equal(bp_count(b, "bypass-unwatched", FINDING_OPEN), 1);
    bp_free(b);
    b = bp_new("\"register\":{\"blind_plate\":true}");
    bp_run(b, 960);
    assert_int_equal(b->count, 0);
    bp_free(b);
}

static void a_broken_seal_is_evidence(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_TEMP "," BP_POWER "]");
    bp_run(b, 400);
    b->value[BP_TEMPERATURE] = 120;
    b->value[BP_RTO] = 2;
    bp_run(b, 300);
    assert_string_equal(b->word, "closed"); /* 5 x 3: 0.234 */
    bp_declare(b, "mark", "seal-broken", 0, 3600);
    bp_run(b, 20);
    assert_string_equal(b->word, "suspect");
    bp_free(b);
}

static void main_flow_is_held_against_what_was_learned(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_MAIN "," BP_TEMP "," BP_CONC "]");
    for (int i = 0; i < 70; i++) {
        b->value[BP_MAIN_FLOW] = 40 + (i % 3) - 1;
        bp_run(b, 60);
    }
    b->value[BP_MAIN_FLOW] = 28; /* 70 % of what 80 % load lets expect */
    b->value[BP_TEMPERATURE] = 120;
    b->value[BP_NMHC] = 400;
    bp_run(b, 700);
    assert_string_equal(b->word, "suspect"); /* 5 x 5 x 10: 0.836 */
    assert_true(fabs(b->confidence - 0.8361) < 0.002);
    bp_free(b);
}

static void a_reload_closes_what_is_open_with_the_reason(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    everything_open(b);
    bp_run(b, 100);
    char text[8192];
    snprintf(text, sizeof text, "%s%s%s", BP_HEAD, "\"evidence\":[" BP_SWITCH "]", BP_TAIL);
    struct plant *other = stand_load(text);
    assert_int_equal(pipeline_reload(b->stand->pipeline, other, b->at_ms), 0);
    plant_free(b->stand->plant);
    b->stand->plant = other;
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 1);
    bp_run(b, 60);
    assert_int_equal(bp_count(b, "bypass", FINDING_OPEN), 2);
    bp_free(b);
}

static void carry_over(void *ctx, const struct pipeline_object *o)
{
    assert_int_equal(pipeline_restore(ctx, o), 0);
}

/* As a start does it: the states of a snapshot, and what is declared, into another pipeline. */
static void a_restart_goes_on_with_the_event(void **state)
{
    (void)state;
    struct bp *b = bp_new(ALL);
    bp_run(b, 120);
    everything_open(b);
    bp_run(b, 100);
    bp_declare(b, "window", NULL, -200, 900);
    bp_run(b, 100);
    struct pipeline *again = NULL;
    const struct machine_sink sink = {
        .on_finding = bp_on_finding, .on_mean = bp_on_mean, .ctx = b, .on_state = bp_on_state};
    struct pipeline *before = b->stand->pipeline;
    assert_int_equal(pipeline_new(b->stand->plant, BP_AT_MS, bp_offset_ms, &sink, &again), 0);
    pipeline_restore_clock(again, pipeline_get_clock(before));
    pipeline_snapshot(before, carry_over, again);
    const struct declarations *declared = pipeline_declared(before);
    for (uint32_t i = 0; i < declared->count; i++)
        assert_int_equal(pipeline_restore_declaration(again, &declared->items[i]), 0);
    pipeline_free(before);
    b->stand->pipeline = again;
    bp_run(b, 300);
    everything_shut(b);
    bp_run(b, 300);
    assert_int_equal(bp_count(b, "bypass", FINDING_CLOSED), 1);
    const struct bp_said *closed = bp_said(b, "bypass", FINDING_CLOSED, 0);
    assert_string_equal(closed->id, bp_said(b, "bypass", FINDING_OPEN, 0)->id);
    assert_string_equal(closed->class_word, "declared");
    assert_true(closed->late);
    assert_int_equal(closed->end_ms - closed->start_ms, 500000);
    bp_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opening_is_found_with_its_start_its_end_and_its_mass),
        cmocka_unit_test(a_short_opening_is_no_finding_and_gaps_are_merged),
        cmocka_unit_test(two_openings_far_apart_are_two),
        cmocka_unit_test(weak_evidence_together_is_suspected),
        cmocka_unit_test(a_suspicion_becomes_an_opening_under_the_same_id),
        cmocka_unit_test(a_detached_switch_does_not_hide_the_flow),
        cmocka_unit_test(a_position_that_the_flow_does_not_follow_is_told_all_the_same),
        cmocka_unit_test(unknown_is_never_closed),
        cmocka_unit_test(a_switch_with_both_contacts_or_neither_is_a_fault),
        cmocka_unit_test(a_declared_opening_is_told_as_such),
        cmocka_unit_test(an_opening_beyond_its_window_overruns),
        cmocka_unit_test(a_window_that_is_declared_afterwards_is_late),
        cmocka_unit_test(a_window_that_comes_too_late_declares_nothing),
        cmocka_unit_test(without_production_an_opening_is_less_urgent),
        cmocka_unit_test(the_standby_unit_must_run_while_it_is_open),
        cmocka_unit_test(a_seal_is_looked_at_in_time),
        cmocka_unit_test(a_bypass_without_anything_is_not_watched),
        cmocka_unit_test(a_broken_seal_is_evidence),
        cmocka_unit_test(main_flow_is_held_against_what_was_learned),
        cmocka_unit_test(a_reload_closes_what_is_open_with_the_reason),
        cmocka_unit_test(a_restart_goes_on_with_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
