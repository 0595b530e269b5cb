/* The arithmetic of evidence: fusion, windows, masses, with the worked examples of the domain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/detect/fusion.h"
#include "acq/detect/release.h"
#include "acq/detect/window.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 4 };

struct list {
    struct plant_bypass bypass;
    struct plant_evidence evidence[LIST_MAX];
    struct channel_state channels[LIST_MAX];
};

static void list_init(struct list *l)
{
    *l = (struct list){.bypass = {.fusion = {.prior = 0.02}}};
    l->bypass.evidence = l->evidence;
}

static void add(struct list *l, enum evidence_channel channel, enum channel_word word, double lr)
{
    uint32_t i = l->bypass.evidence_count++;
    l->evidence[i] =
        (struct plant_evidence){.channel = channel, .ln_open = log(lr), .ln_closed = log(lr)};
    l->channels[i].says = l->channels[i].word = (uint8_t)word;
    l->channels[i].is_firm = true;
}

static double fuse(const struct list *l)
{
    return fusion_fuse(&l->bypass, l->channels, (struct fusion_marks){0}).p;
}

static void groups_multiply(void **state)
{
    (void)state;
    struct list l;
    list_init(&l);
    add(&l, CHANNEL_VELOCITY, CHANNEL_OPEN, 20);
    assert_true(fabs(fuse(&l) - 0.290) < 0.0005);
    add(&l, CHANNEL_TEMPERATURE, CHANNEL_OPEN, 5);
    add(&l, CHANNEL_TREATMENT_POWER, CHANNEL_OPEN, 3);
    assert_true(fabs(fuse(&l) - 0.860) < 0.0005);
    list_init(&l);
    add(&l, CHANNEL_VELOCITY, CHANNEL_OPEN, 20);
    add(&l, CHANNEL_TEMPERATURE, CHANNEL_OPEN, 8);
    add(&l, CHANNEL_CONCENTRATION, CHANNEL_OPEN, 5);
    assert_true(fabs(fuse(&l) - 0.942) < 0.0005);
    list_init(&l);
    add(&l, CHANNEL_VELOCITY, CHANNEL_OPEN, 20);
    add(&l, CHANNEL_TEMPERATURE, CHANNEL_CLOSED, 0.1);
    assert_true(fabs(fuse(&l) - 0.039) < 0.0005);
}

static void only_the_strongest_of_a_group_counts(void **state)
{
    (void)state;
    struct list l;
    list_init(&l);
    add(&l, CHANNEL_VELOCITY, CHANNEL_OPEN, 20);
    add(&l, CHANNEL_MAIN_FLOW, CHANNEL_OPEN, 5);
    add(&l, CHANNEL_PRESSURE, CHANNEL_OPEN, 8);
    assert_true(fabs(fuse(&l) - 0.290) < 0.0005);
}

static void what_is_unknown_or_between_weighs_nothing(void **state)
{
    (void)state;
    static const enum channel_word words[] = {CHANNEL_UNKNOWN, CHANNEL_FAULT, CHANNEL_BETWEEN};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct list l;
        list_init(&l);
        add(&l, CHANNEL_VELOCITY, words[i], 20);
        const struct fused f = fusion_fuse(&l.bypass, l.channels, (struct fusion_marks){0});
        assert_true(fabs(f.p - 0.02) < 1e-12);
        assert_int_equal(f.usable, words[i] == CHANNEL_BETWEEN);
        assert_int_equal(f.speaking, 0);
    }
}

static void a_position_that_the_flow_contradicts_is_left_out(void **state)
{
    (void)state;
    struct list l;
    list_init(&l);
    add(&l, CHANNEL_VELOCITY, CHANNEL_OPEN, 20);
    add(&l, CHANNEL_LIMIT_SWITCH, CHANNEL_CLOSED, 0.01);
    const struct fused f = fusion_fuse(&l.bypass, l.channels, (struct fusion_marks){0});
    assert_true(f.is_contradicted);
    assert_true(f.is_direct);
    assert_true(fabs(f.p - 0.290) < 0.0005);
    assert_true(fusion_leaves_out(&l.bypass, &f, 1));
    assert_false(fusion_leaves_out(&l.bypass, &f, 0));
}

static void the_flow_does_not_overrule_an_open_position(void **state)
{
    (void)state;
    struct list l;
    list_init(&l);
    add(&l, CHANNEL_VELOCITY, CHANNEL_CLOSED, 0.05);
    add(&l, CHANNEL_POSITION, CHANNEL_OPEN, 30);
    const struct fused f = fusion_fuse(&l.bypass, l.channels, (struct fusion_marks){0});
    assert_false(f.is_contradicted);
    assert_true(f.is_direct);
}

static void an_opening_flows_by_the_root_of_the_pressure(void **state)
{
    (void)state;
    assert_true(fabs(release_orifice_m3h(0.6, 0.2, 200, 0.9) - 9107.4) < 0.1);
    assert_true(release_orifice_m3h(0.6, 0.2, -5, 0.9) == 0);
}

static void mass_is_content_times_flow_times_time(void **state)
{
    (void)state;
    struct plant_outlet outlet = {
        .id = "BP", .ambient_kpa = (double)NAN, .moisture_pct = (double)NAN};
    const struct plant plant = {.outlets = &outlet, .outlet_count = 1};
    struct plant_bypass b = {.design_flow_m3h = 30000, .released_count = 1};
    b.released[0] =
        (struct plant_released){.factor = "a24088", .inlet_mg_m3 = 1200, .inlet = PLANT_NONE};
    const struct channel_world w = {.production = OBJECT_ON, .load = 0.8};
    struct release r;
    char grade = 0;
    release_init(&r);
    for (int64_t s = 0; s <= 1500; s++)
        release_add(&r, &plant, &b, NULL, &w, (struct machine_now){.at_ms = 1000 + 1000 * s});
    assert_true(fabs(release_kg(&r, 0, &grade) - 15.0) < 1e-9);
    assert_int_equal(grade, 'E');
    release_forget(&r);
    assert_true(release_kg(&r, 0, &grade) == 0);
    release_take_inlet(&r, 0, 600, &w, (struct machine_now){.at_ms = 5000});
    release_add(&r, &plant, &b, NULL, &w, (struct machine_now){.at_ms = 5000});
    release_add(&r, &plant, &b, NULL, &w, (struct machine_now){.at_ms = 65000});
    assert_true(fabs(release_kg(&r, 0, &grade) - 0.3) < 1e-9);
    assert_int_equal(grade, 'E'); /* the flow is still the design's */
}

static void declare(struct declarations *all, const char *object, int64_t start_ms, int64_t end_ms,
                    int64_t made_ms)
{
    struct declaration d = {
        .kind = DECLARATION_WINDOW, .start_ms = start_ms, .end_ms = end_ms, .made_ms = made_ms};
    snprintf(d.object, sizeof d.object, "%s", object);
    snprintf(d.id, sizeof d.id, "%016u", all->count);
    assert_int_equal(declarations_add(all, &d), 0);
}

static void an_event_is_held_against_all_windows_together(void **state)
{
    (void)state;
    static struct declarations all;
    const struct window_rules rules = {.margin_ms = 300000, .late_max_ms = 3600000};
    const int64_t min = 60000;
    all.count = 0;
    assert_int_equal(window_judge(NULL, "BP", 0, 60 * min, rules).class, WINDOW_UNDECLARED);
    declare(&all, "other", 0, 100 * min, 0);
    assert_int_equal(window_judge(&all, "BP", 0, 60 * min, rules).class, WINDOW_UNDECLARED);
    declare(&all, "BP", 4 * min, 30 * min, 0);
    struct window_verdict v = window_judge(&all, "BP", 0, 60 * min, rules);
    assert_int_equal(v.class, WINDOW_OVERRUN);
    assert_true(v.outside_s == 4 * 60 + 30 * 60);
    assert_false(v.is_late);
    declare(&all, "BP", 30 * min, 57 * min, 0);
    assert_int_equal(window_judge(&all, "BP", 0, 60 * min, rules).class, WINDOW_DECLARED);
    assert_int_equal(window_judge(&all, "BP", 0, 63 * min, rules).class, WINDOW_OVERRUN);
}

static void what_is_declared_afterwards_is_late_and_at_last_too_late(void **state)
{
    (void)state;
    static struct declarations all;
    const struct window_rules rules = {.margin_ms = 300000, .late_max_ms = 3600000};
    all.count = 0;
    declare(&all, "BP", 1000, 100000, 3000);
    struct window_verdict v = window_judge(&all, "BP", 2000, 90000, rules);
    assert_int_equal(v.class, WINDOW_DECLARED);
    assert_true(v.is_late);
    all.count = 0;
    declare(&all, "BP", 1000, 100000, 3602001);
    v = window_judge(&all, "BP", 2000, 90000, rules);
    assert_int_equal(v.class, WINDOW_UNDECLARED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_multiply),
        cmocka_unit_test(only_the_strongest_of_a_group_counts),
        cmocka_unit_test(what_is_unknown_or_between_weighs_nothing),
        cmocka_unit_test(a_position_that_the_flow_contradicts_is_left_out),
        cmocka_unit_test(the_flow_does_not_overrule_an_open_position),
        cmocka_unit_test(an_opening_flows_by_the_root_of_the_pressure),
        cmocka_unit_test(mass_is_content_times_flow_times_time),
        cmocka_unit_test(an_event_is_held_against_all_windows_together),
        cmocka_unit_test(what_is_declared_afterwards_is_late_and_at_last_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
