/* Which periods are missing: newest first, bounded, across a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/hj212_gaps.h"
#include "acq/core/civil.h"

#include <stdio.h>
#include <stdlib.h>

enum { MINUTE = 60000, HOUR = 3600000, ZONE_MIN = 480 };

static const struct plant_signal signals[] = {{.id = "nmhc"}, {.id = "so2"}};

static struct plant_asking asking(void)
{
    return (struct plant_asking){.minute_interval_min = 10,
                                 .fill_back_d = 2,
                                 .fill_records = 5,
                                 .fill_tries = 2,
                                 .fill_after_s = 60};
}

struct stand {
    struct plant_asking asking;
    struct hj212_gaps *gaps;
    int64_t now;
};

static int set_up(void **state)
{
    struct stand *s = calloc(1, sizeof *s);
    s->asking = asking();
    assert_int_equal(hj212_gaps_new(&s->asking, ZONE_MIN, signals, 2, &s->gaps), 0);
    assert_int_equal(civil_parse("2026-11-24T12:00:00+08:00", &s->now), 0);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *s = *state;
    hj212_gaps_free(s->gaps);
    free(s);
    return 0;
}

static void have(struct stand *s, uint32_t signal, int64_t minutes_ago)
{
    (void)hj212_gaps_have(s->gaps, SERIES_MINUTE, signal, s->now - minutes_ago * MINUTE, s->now);
}

/* "-30..-20 2": beginnings in minutes from now, periods; "" for nothing. */
static const char *find(struct stand *s, enum station_series series)
{
    static char text[64];
    struct hj212_run run;
    text[0] = '\0';
    if (hj212_gaps_find(s->gaps, series, s->now, &run))
        snprintf(text, sizeof text, "%lld..%lld %u", (long long)((run.begin_ms - s->now) / MINUTE),
                 (long long)((run.last_ms - s->now) / MINUTE), (unsigned)run.periods);
    return text;
}

static void try_it(struct stand *s, enum station_series series)
{
    struct hj212_run run;
    assert_true(hj212_gaps_find(s->gaps, series, s->now, &run));
    hj212_gaps_tried(s->gaps, &run);
}

static void what_never_came_is_not_missed(void **state)
{
    struct stand *s = *state;
    assert_string_equal(find(s, SERIES_MINUTE), "");
    have(s, 0, 30);
    assert_string_equal(find(s, SERIES_HOUR), "");
    assert_string_equal(find(s, SERIES_MINUTE), "-20..-20 1");
}

static void a_period_is_missing_only_when_its_end_is_long_enough_past(void **state)
{
    struct stand *s = *state;
    have(s, 0, 20);
    assert_string_equal(find(s, SERIES_MINUTE), "");
    assert_int_equal(hj212_gaps_next_ms(s->gaps, SERIES_MINUTE, s->now), s->now + MINUTE);
    s->now += MINUTE - 1;
    assert_string_equal(find(s, SERIES_MINUTE), "");
    s->now += 1;
    assert_string_equal(find(s, SERIES_MINUTE), "-11..-11 1");
}

static void the_newest_run_comes_first_and_no_longer_than_one_request_may_be(void **state)
{
    struct stand *s = *state;
    have(s, 0, 200);
    have(s, 0, 40);
    assert_string_equal(find(s, SERIES_MINUTE), "-30..-20 2");
    have(s, 0, 30);
    have(s, 0, 20);
    assert_string_equal(find(s, SERIES_MINUTE), "-90..-50 5");
}

static void a_signal_that_is_not_in_a_period_makes_it_missing(void **state)
{
    struct stand *s = *state;
    have(s, 0, 40);
    have(s, 1, 40);
    have(s, 0, 30);
    have(s, 1, 20);
    have(s, 0, 20);
    assert_string_equal(find(s, SERIES_MINUTE), "-30..-30 1");
    have(s, 1, 30);
    assert_string_equal(find(s, SERIES_MINUTE), "");
}

static void after_so_many_tries_it_is_lost_and_counted(void **state)
{
    struct stand *s = *state;
    struct hj212_fullness f;
    have(s, 0, 40);
    have(s, 0, 20);
    try_it(s, SERIES_MINUTE);
    assert_string_equal(find(s, SERIES_MINUTE), "-30..-30 1");
    try_it(s, SERIES_MINUTE);
    assert_string_equal(find(s, SERIES_MINUTE), "");
    hj212_gaps_total(s->gaps, SERIES_MINUTE, s->now, &f);
    assert_int_equal(f.expected, 3);
    assert_int_equal(f.have, 2);
    assert_int_equal(f.lost, 1);
    have(s, 0, 30);
    hj212_gaps_total(s->gaps, SERIES_MINUTE, s->now, &f);
    assert_int_equal(f.have, 3);
    assert_int_equal(f.lost, 0);
}

static void a_summary_follows_what_comes_and_what_is_due(void **state)
{
    struct stand *s = *state;
    struct hj212_summary sum;
    hj212_gaps_summary(s->gaps, SERIES_MINUTE, s->now, &sum);
    assert_int_equal(sum.all.expected, 0);
    have(s, 0, 40);
    hj212_gaps_summary(s->gaps, SERIES_MINUTE, s->now, &sum);
    assert_int_equal(sum.today.expected, 3);
    assert_int_equal(sum.today.have, 1);
    assert_int_equal(sum.yesterday.expected, 0);
    have(s, 0, 30);
    hj212_gaps_summary(s->gaps, SERIES_MINUTE, s->now, &sum);
    assert_int_equal(sum.today.have, 2);
    s->now += (int64_t)10 * MINUTE;
    hj212_gaps_summary(s->gaps, SERIES_MINUTE, s->now, &sum);
    assert_int_equal(sum.today.expected, 4);
    s->now += (int64_t)12 * HOUR;
    hj212_gaps_summary(s->gaps, SERIES_MINUTE, s->now, &sum);
    assert_int_equal(sum.yesterday.have, 2);
    assert_int_equal(sum.today.have, 0);
    assert_int_equal(sum.all.have, 2);
}

static void what_is_too_old_is_forgotten(void **state)
{
    struct stand *s = *state;
    struct hj212_fullness f;
    have(s, 0, 40);
    s->now += (int64_t)24 * HOUR;
    assert_string_equal(find(s, SERIES_MINUTE), "-60..-20 5");
    s->now += (int64_t)30 * 24 * HOUR;
    hj212_gaps_total(s->gaps, SERIES_MINUTE, s->now, &f);
    assert_int_equal(f.expected, 2 * 24 * 6 - 1);
    assert_int_equal(f.have, 0);
    have(s, 0, 100000);
    hj212_gaps_total(s->gaps, SERIES_MINUTE, s->now, &f);
    assert_int_equal(f.have, 0);
}

static void beginnings_that_are_none_of_a_period_are_nothing(void **state)
{
    struct stand *s = *state;
    (void)hj212_gaps_have(s->gaps, SERIES_MINUTE, 0, s->now - 7 * MINUTE, s->now);
    (void)hj212_gaps_have(s->gaps, SERIES_HOUR, 0, s->now + 2 * HOUR, s->now);
    (void)hj212_gaps_have(s->gaps, SERIES_MINUTE, 0, INT64_C(-9000000000000000), s->now);
    assert_string_equal(find(s, SERIES_MINUTE), "");
    assert_string_equal(find(s, SERIES_HOUR), "");
}

static void days_begin_in_the_plants_zone(void **state)
{
    struct stand *s = *state;
    struct hj212_fullness f;
    int64_t day;
    assert_int_equal(civil_parse("2026-11-22T00:00:00+08:00", &day), 0);
    (void)hj212_gaps_have(s->gaps, SERIES_DAY, 0, day, s->now);
    assert_string_equal(find(s, SERIES_DAY), "-2160..-2160 1");
    hj212_gaps_day(s->gaps, SERIES_DAY, 1, s->now, &f);
    assert_int_equal(f.expected, 1);
    assert_int_equal(f.have, 0);
    have(s, 0, 720);
    hj212_gaps_day(s->gaps, SERIES_MINUTE, 0, s->now, &f);
    assert_int_equal(f.expected, 71);
    assert_int_equal(f.have, 1);
    hj212_gaps_day(s->gaps, SERIES_MINUTE, 1, s->now, &f);
    assert_int_equal(f.expected, 0);
}

static void what_is_polled_is_expected_from_the_start(void **state)
{
    struct stand *s = *state;
    hj212_gaps_expect(s->gaps, SERIES_MINUTE, s->now - 20 * MINUTE);
    assert_string_equal(find(s, SERIES_MINUTE), "-20..-20 1");
}

static void another_interval_begins_anew(void **state)
{
    struct stand *s = *state;
    have(s, 0, 40);
    hj212_gaps_set_minutes(s->gaps, 7);
    assert_int_equal(hj212_gaps_minutes(s->gaps), 10);
    hj212_gaps_set_minutes(s->gaps, 1);
    assert_int_equal(hj212_gaps_minutes(s->gaps), 1);
    assert_string_equal(find(s, SERIES_MINUTE), "");
    have(s, 0, 4);
    assert_string_equal(find(s, SERIES_MINUTE), "-3..-2 2");
}

static void the_state_is_read_again_as_it_was_written(void **state)
{
    struct stand *s = *state;
    struct hj212_gaps *again;
    struct strbuf text, second;
    cJSON *list;
    have(s, 0, 100);
    have(s, 0, 90);
    have(s, 1, 60);
    have(s, 0, 40);
    have(s, 0, 30);
    try_it(s, SERIES_MINUTE);
    try_it(s, SERIES_MINUTE);
    (void)hj212_gaps_have(s->gaps, SERIES_HOUR, 0, s->now - 3 * HOUR, s->now);
    strbuf_init(&text, 65536);
    strbuf_init(&second, 65536);
    hj212_gaps_write(s->gaps, &text);
    assert_int_equal(hj212_gaps_new(&s->asking, ZONE_MIN, signals, 2, &again), 0);
    list = cJSON_Parse(strbuf_text(&text));
    assert_non_null(list);
    hj212_gaps_read(again, list);
    hj212_gaps_write(again, &second);
    assert_string_equal(strbuf_text(&text), strbuf_text(&second));
    struct hj212_run a, b;
    assert_true(hj212_gaps_find(s->gaps, SERIES_MINUTE, s->now, &a));
    assert_true(hj212_gaps_find(again, SERIES_MINUTE, s->now, &b));
    assert_int_equal(a.last_ms, b.last_ms);
    cJSON_Delete(list);
    hj212_gaps_free(again);
    strbuf_deinit(&text);
    strbuf_deinit(&second);
}

static void a_state_that_is_nonsense_leaves_nothing(void **state)
{
    static const char *const texts[] = {
        "[1,\"x\",null,{}]", "[{\"series\":9,\"step_ms\":600000,\"top\":1}]",
        "[{\"series\":1,\"step_ms\":600000,\"top\":1e300,\"signals\":[]}]",
        "[{\"series\":1,\"step_ms\":600000,\"top\":100,\"signals\":[{\"signal\":\"nmhc\","
        "\"first\":90,\"have\":[[1e9,5],[-5,9999999999],[95,0],7,[\"a\"]]}],\"lost\":[[0]]}]"};
    struct stand *s = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hj212_fullness f;
        cJSON *list = cJSON_Parse(texts[i]);
        assert_non_null(list);
        hj212_gaps_read(s->gaps, list);
        hj212_gaps_total(s->gaps, SERIES_MINUTE, s->now, &f);
        assert_int_equal(f.have, 0);
        cJSON_Delete(list);
    }
}

static void a_newer_plant_keeps_what_is_known_of_its_signals(void **state)
{
    static const struct plant_signal other[] = {{.id = "new"}, {.id = "so2"}, {.id = "nmhc"}};
    struct stand *s = *state;
    struct hj212_gaps *g;
    struct hj212_run run;
    have(s, 0, 40);
    have(s, 0, 20);
    assert_int_equal(hj212_gaps_new(&s->asking, ZONE_MIN, other, 3, &g), 0);
    hj212_gaps_inherit(g, s->gaps);
    (void)hj212_gaps_have(g, SERIES_MINUTE, 2, s->now - 30 * MINUTE, s->now);
    assert_false(hj212_gaps_find(g, SERIES_MINUTE, s->now, &run));
    hj212_gaps_free(g);
}

#define IN_STAND(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STAND(what_never_came_is_not_missed),
        IN_STAND(a_period_is_missing_only_when_its_end_is_long_enough_past),
        IN_STAND(the_newest_run_comes_first_and_no_longer_than_one_request_may_be),
        IN_STAND(a_signal_that_is_not_in_a_period_makes_it_missing),
        IN_STAND(after_so_many_tries_it_is_lost_and_counted),
        IN_STAND(a_summary_follows_what_comes_and_what_is_due),
        IN_STAND(what_is_too_old_is_forgotten),
        IN_STAND(beginnings_that_are_none_of_a_period_are_nothing),
        IN_STAND(days_begin_in_the_plants_zone),
        IN_STAND(what_is_polled_is_expected_from_the_start),
        IN_STAND(another_interval_begins_anew),
        IN_STAND(the_state_is_read_again_as_it_was_written),
        IN_STAND(a_state_that_is_nonsense_leaves_nothing),
        IN_STAND(a_newer_plant_keeps_what_is_known_of_its_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
