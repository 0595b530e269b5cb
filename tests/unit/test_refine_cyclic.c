/* Analysers that work in cycles: a value holds from its instant, and minutes count by coverage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pipeline_stand.h"

#include <stdio.h>

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000 };

static const char *const start_text = "2026-11-24T10:00:00+08:00";
static struct stand *begin(const char *devices, const char *outlet)
{
    char text[1200];
    snprintf(text, sizeof text,
             "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},%s\"sites\":[{\"id\":\"s\","
             "\"outlets\":[{\"id\":\"DA001\",%s}]}]}",
             devices, outlet);
    return stand_new(text, instant(start_text), 0);
}

static struct stand *begin_asked(unsigned every_ms, const char *outlet)
{
    char devices[600];
    snprintf(devices, sizeof devices,
             "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],\"devices\":[{\"id\":\"d\","
             "\"link\":\"l\",\"unit\":1,\"every_ms\":%u,\"signals\":{\"a24088\":"
             "{\"address\":\"40001\"},\"o2\":{\"address\":\"40002\"}}}],",
             every_ms);
    return begin(devices, outlet);
}

static struct stand *begin_plain(unsigned every_ms)
{
    return begin_asked(every_ms,
                       "\"inputs\":{\"a24088\":{\"signal\":\"d.a24088\",\"cycle_s\":180}}");
}

static void take_at(struct stand *s, int64_t time_s, int64_t at_s, double value, quality q)
{
    const struct sample sample = {.value = value, .quality = q};
    int64_t start = instant(start_text);
    pipeline_sample(s->pipeline, 0, &sample, start + time_s * SECOND, start + at_s * SECOND);
}

static void take(struct stand *s, int64_t time_s, double value, quality q)
{
    take_at(s, time_s, time_s, value, q);
}

static void run_to(struct stand *s, int64_t at_s)
{
    pipeline_tick_to(s->pipeline, instant(start_text) + at_s * SECOND);
}

static void check_minute(const struct stand *s, size_t nth, unsigned good, bool valid, double avg)
{
    const struct mean *m = stand_mean(s, MEAN_MINUTE, nth);
    assert_non_null(m);
    assert_int_equal(m->start_ms, instant(start_text) + (int64_t)nth * MINUTE);
    assert_int_equal(m->parts, 12);
    assert_int_equal(m->good, good);
    assert_int_equal(m->valid, valid);
    assert_true(m->avg == avg);
}

static void a_value_holds_for_its_cycle_or_until_the_next(void **state)
{
    (void)state;
    struct stand *s = begin_plain(60000);
    take(s, 0, 10, QUALITY_GOOD);
    take(s, 150, 20, QUALITY_GOOD);
    run_to(s, 480);
    check_minute(s, 0, 12, true, 10);
    check_minute(s, 1, 12, true, 10);
    check_minute(s, 2, 12, true, 15); /* half of each */
    check_minute(s, 4, 12, true, 20);
    check_minute(s, 5, 6, false, 20); /* it ended at 330 s */
    check_minute(s, 6, 0, false, 0);
    assert_int_equal(stand_mean(s, MEAN_MINUTE, 5)->longest_gap_s, 35);
    stand_free(s);
}

static void three_quarters_of_a_minute_must_be_covered(void **state)
{
    (void)state;
    struct stand *s = begin_plain(60000);
    take(s, 15, 1, QUALITY_GOOD);
    take(s, 16, 3, QUALITY_GOOD); /* at 15 s the first one held */
    run_to(s, 600);
    check_minute(s, 0, 9, true, (1.0 + 8 * 3) / 9);
    check_minute(s, 3, 4, false, 3); /* 196 s: steps at 0, 5, 10, 15 */
    stand_free(s);
    s = begin_plain(60000);
    take(s, 16, 3, QUALITY_GOOD);
    run_to(s, 600);
    check_minute(s, 0, 8, false, 3);
    stand_free(s);
}

static void silence_does_not_end_a_value_but_a_state_does(void **state)
{
    (void)state;
    struct stand *s = begin_plain(60000);
    take(s, 0, 10, QUALITY_GOOD);
    take(s, 60, 0, quality_make(QUALITY_TIMEOUT, 0));
    take(s, 120, 90, QUALITY_CALIBRATING);
    take(s, 180, 30, QUALITY_GOOD);
    run_to(s, 420);
    check_minute(s, 1, 12, true, 10);
    check_minute(s, 2, 0, false, 0);
    assert_int_equal(stand_mean(s, MEAN_MINUTE, 2)->flag, FLAG_C);
    assert_int_equal(stand_mean(s, MEAN_MINUTE, 2)->flags[FLAG_C], 12);
    check_minute(s, 3, 12, true, 30);
    stand_free(s);
}

static void a_station_may_say_when_it_sampled_a_cycle_ago(void **state)
{
    (void)state;
    struct stand *s = begin("\"links\":[{\"id\":\"l\",\"listen\":\"127.0.0.1:9212\","
                            "\"framing\":\"hj212\"}],\"devices\":[{\"id\":\"d\",\"link\":\"l\","
                            "\"protocol\":\"hj212\",\"mn\":\"MN1\",\"every_ms\":180000,"
                            "\"signals\":{\"a24088\":{}}}],",
                            "\"inputs\":{\"a24088\":{\"signal\":\"d.a24088\",\"cycle_s\":180}}");
    for (int n = 0; n < 5; n++)
        take_at(s, n * 180, n * 180 + 175, 10 * (n + 1), QUALITY_GOOD);
    run_to(s, 1800);
    for (size_t n = 0; n < 15; n++)
        check_minute(s, n, 12, true, (double)(10 * (n / 3 + 1)));
    check_minute(s, 15, 0, false, 0);
    stand_free(s);
}

static void what_holds_is_converted_with_the_gas_it_came_with(void **state)
{
    (void)state;
    struct stand *s =
        begin_asked(5000, "\"reference_o2\":6,\"inputs\":{\"a24088\":{\"signal\":\"d.a24088\","
                          "\"cycle_s\":180,\"moisture\":\"wet\"},"
                          "\"a19001\":{\"signal\":\"d.o2\"}},\"moisture_pct\":8");
    const struct sample o2 = {.value = 9};
    int64_t start = instant(start_text);
    for (int64_t t = 0; t < 240; t += 5) {
        if (t == 0)
            take(s, 0, 46, QUALITY_GOOD);
        pipeline_sample(s->pipeline, 1, &o2, start + t * SECOND, start + t * SECOND);
    }
    run_to(s, 420);
    const struct mean *m = stand_mean(s, MEAN_MINUTE, 0);
    for (size_t n = 0; m && m->input != 0; n++)
        m = stand_mean(s, MEAN_MINUTE, n);
    assert_non_null(m);
    assert_true(m->valid && m->corrected_valid);
    assert_true(m->avg > 49.999999 && m->avg < 50.000001);
    assert_true(m->corrected > 62.499999 && m->corrected < 62.500001);
    stand_free(s);
}

/* Whatever is saved and restored between two values: the same lines. */
struct copy {
    struct pipeline *to;
    int restored;
};

static void restore_one(void *ctx, const struct pipeline_object *o)
{
    struct copy *c = ctx;
    assert_int_equal(pipeline_restore(c->to, o), 0);
    c->restored++;
}

static void a_held_value_goes_over_a_restart(void **state)
{
    (void)state;
    struct stand *s = begin_plain(60000);
    struct stand *t = begin_plain(60000);
    take(s, 0, 10, QUALITY_GOOD);
    run_to(s, 100);
    struct copy c = {t->pipeline, 0};
    pipeline_restore_clock(t->pipeline, pipeline_get_clock(s->pipeline));
    pipeline_snapshot(s->pipeline, restore_one, &c);
    assert_true(c.restored > 0);
    run_to(t, 300);
    const struct mean *m = stand_mean(t, MEAN_MINUTE, 0);
    assert_int_equal(m->start_ms, instant(start_text));
    assert_int_equal(m->good, 12);
    assert_int_equal(stand_mean(t, MEAN_MINUTE, 2)->good, 12);
    assert_int_equal(stand_mean(t, MEAN_MINUTE, 3)->good, 0);
    stand_free(s);
    stand_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_holds_for_its_cycle_or_until_the_next),
        cmocka_unit_test(three_quarters_of_a_minute_must_be_covered),
        cmocka_unit_test(silence_does_not_end_a_value_but_a_state_does),
        cmocka_unit_test(a_station_may_say_when_it_sampled_a_cycle_ago),
        cmocka_unit_test(what_holds_is_converted_with_the_gas_it_came_with),
        cmocka_unit_test(a_held_value_goes_over_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
