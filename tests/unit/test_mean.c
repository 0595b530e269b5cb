/* Means against values calculated by hand: HJ 212-2017 D.2.2 for minutes, HJ 76-2017 for hours and
 * days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pipeline_stand.h"

#include <stdio.h>

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000 };

/* One input, so2 of a device with that period; zone as given. */
static const char *config(unsigned every_ms, const char *zone)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "{\"plumewatch\":1,\"server\":{\"plant\":\"p\",\"timezone\":\"%s\"},"
             "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],"
             "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"every_ms\":%u,\"phase_ms\":0,"
             "\"timeout_ms\":50,\"signals\":{"
             "\"so2\":{\"address\":\"40001\",\"type\":\"float32\"},"
             "\"nox\":{\"address\":\"40003\",\"type\":\"float32\"}}}],"
             "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\",\"inputs\":{"
             "\"a21026\":{\"signal\":\"d.so2\"}}}]}]}",
             zone, every_ms);
    return text;
}

static const char *const start_text = "2026-11-24T10:00:00+08:00";

static struct stand *begin(unsigned every_ms)
{
    return stand_new(config(every_ms, "Asia/Shanghai"), instant(start_text), 0);
}

static void take(struct stand *s, int64_t time_ms, double value, quality q)
{
    struct sample sample = {.value = value, .quality = q};
    pipeline_sample(s->pipeline, 0, &sample, time_ms, time_ms);
}

static void take_late(struct stand *s, int64_t time_ms, int64_t at_ms, double value)
{
    struct sample sample = {.value = value};
    pipeline_sample(s->pipeline, 0, &sample, time_ms, at_ms);
}

/* A minute of `good` good samples of one value, the rest without any. */
static void take_minute(struct stand *s, int64_t start_ms, unsigned every_ms, unsigned good,
                        double value)
{
    for (unsigned i = 0; i * every_ms < MINUTE; i++)
        take(s, start_ms + (int64_t)i * every_ms, value,
             i < good ? QUALITY_GOOD : quality_make(QUALITY_TIMEOUT, 0));
}

static void check(const struct mean *m, const char *start, double avg, double min, double max)
{
    assert_non_null(m);
    assert_int_equal(m->start_ms, instant(start));
    assert_true(m->avg == avg);
    assert_true(m->min == min);
    assert_true(m->max == max);
}

static void check_counts(const struct mean *m, unsigned parts, unsigned good, bool valid)
{
    assert_non_null(m);
    assert_int_equal(m->parts, parts);
    assert_int_equal(m->good, good);
    assert_int_equal(m->valid, valid);
}

static void a_minute_is_told_when_its_grace_is_over(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    for (int i = 0; i < 12; i++)
        take(s, start + i * 5 * SECOND, i + 1, QUALITY_GOOD);
    pipeline_tick_to(s->pipeline, start + MINUTE + 4999);
    assert_int_equal(s->mean_count, 0);
    pipeline_tick_to(s->pipeline, start + MINUTE + 5000);
    assert_int_equal(s->mean_count, 1);
    check(&s->means[0], start_text, 6.5, 1, 12);
    check_counts(&s->means[0], 12, 12, true);
    assert_string_equal(
        s->lines.data,
        "{\"type\":\"mean\",\"period\":\"minute\",\"site\":\"s\",\"outlet\":\"DA001\","
        "\"factor\":\"a21026\",\"source\":\"own\",\"revision\":0,"
        "\"start\":\"2026-11-24T10:00:00.000+08:00\",\"avg\":6.5,\"min\":1,\"max\":12,"
        "\"valid\":true,\"parts\":12,\"good\":12}\n");
    stand_free(s);
}

static void twelve_good_samples_make_a_minute_valid_or_all_when_fewer_are_due(void **state)
{
    (void)state;
    static const struct {
        unsigned every_ms, parts, good;
        bool valid;
    } cases[] = {
        {1000, 60, 12, true}, {1000, 60, 11, false}, {5000, 12, 12, true}, {5000, 12, 11, false},
        {10000, 6, 6, true},  {10000, 6, 5, false},  {60000, 1, 1, true},  {60000, 1, 0, false},
        {500, 120, 12, true}, {500, 120, 0, false},  {7000, 9, 9, true},   {7000, 9, 8, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stand *s = begin(cases[i].every_ms);
        take_minute(s, instant(start_text), cases[i].every_ms, cases[i].good, 5);
        pipeline_tick_to(s->pipeline, instant(start_text) + 2 * MINUTE);
        const struct mean *m = stand_mean(s, MEAN_MINUTE, 0);
        check_counts(m, m->parts, cases[i].good, cases[i].valid);
        /* 7 s do not divide a minute: 8 or 9 are due, by where the epoch's grid falls. */
        assert_in_range(m->parts, cases[i].parts - (cases[i].every_ms == 7000), cases[i].parts);
        stand_free(s);
    }
}

static void only_good_and_held_count_and_untrusted_makes_not_valid(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    static const enum quality_word words[12] = {
        QUALITY_GOOD,        QUALITY_HELD,        QUALITY_OVER_RANGE, QUALITY_CALIBRATING,
        QUALITY_MAINTENANCE, QUALITY_FAULT,       QUALITY_MANUAL,     QUALITY_TIMEOUT,
        QUALITY_NO_VALUE,    QUALITY_UNDER_RANGE, QUALITY_BLOW_BACK,  QUALITY_STANDBY,
    };
    for (int i = 0; i < 12; i++)
        take(s, start + i * 5 * SECOND, i < 2 ? 10 + i * 20 : 1000, quality_make(words[i], 0));
    for (int i = 0; i < 12; i++)
        take(s, start + MINUTE + i * 5 * SECOND, 7,
             quality_make(i == 3 ? QUALITY_CLOCK_UNTRUSTED : QUALITY_GOOD, 0));
    pipeline_tick_to(s->pipeline, start + 3 * MINUTE);
    check(&s->means[0], start_text, 20, 10, 30);
    check_counts(&s->means[0], 12, 2, false);
    check(&s->means[1], "2026-11-24T10:01:00+08:00", 7, 7, 7);
    check_counts(&s->means[1], 12, 12, false);
    stand_free(s);
}

static void an_empty_minute_is_told_without_a_value(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_minute(s, start, 5000, 12, 3);
    take_minute(s, start + 3 * MINUTE, 5000, 12, 4);
    pipeline_tick_to(s->pipeline, start + 5 * MINUTE);
    assert_int_equal(s->mean_count, 4);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(s->means[i].start_ms, start + i * MINUTE);
        check_counts(&s->means[i], 12, 0, false);
    }
    assert_non_null(strstr(s->lines.data, "\"avg\":null,\"min\":null,\"max\":null,"
                                          "\"valid\":false,\"parts\":12,\"good\":0,"
                                          "\"gaps\":1,\"longest_gap_s\":60}"));
    check_counts(&s->means[3], 12, 12, true);
    stand_free(s);
}

/* Minutes m < valid are valid with value m, the others hold one sample of 1000 and are not. */
static void take_hour(struct stand *s, int64_t start_ms, int valid)
{
    for (int m = 0; m < 60; m++)
        take_minute(s, start_ms + m * MINUTE, 5000, m < valid ? 12 : 1, m < valid ? m : 1000);
}

static void times_of_more_than_5_s_without_a_sample_are_counted(void **state)
{
    (void)state;
    static const struct {
        unsigned every_ms, gaps, longest_gap_s, hour_longest_gap_s;
        uint16_t missing; /* a bit by place, of samples without a value */
    } cases[] = {
        {5000, 0, 0, 65, 0}, {5000, 1, 10, 65, 1 << 3},  {5000, 2, 15, 65, 3 << 4 | 1 << 8},
        {5000, 0, 0, 65, 1}, {5000, 1, 10, 60, 1 << 11}, {5000, 1, 60, 60, 0xfff},
        {2500, 0, 0, 63, 8}, {2500, 1, 7, 63, 3 << 3},   {10000, 6, 10, 60, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stand *s = begin(cases[i].every_ms);
        for (unsigned n = 0; n * cases[i].every_ms < MINUTE; n++)
            take(s, instant(start_text) + (int64_t)n * cases[i].every_ms, 5,
                 n < 16 && cases[i].missing >> n & 1 ? quality_make(QUALITY_TIMEOUT, 0)
                                                     : (quality)QUALITY_GOOD);
        pipeline_tick_to(s->pipeline, instant(start_text) + HOUR + MINUTE);
        assert_int_equal(stand_mean(s, MEAN_MINUTE, 0)->gaps, cases[i].gaps);
        assert_int_equal(stand_mean(s, MEAN_MINUTE, 0)->longest_gap_s, cases[i].longest_gap_s);
        /* Every empty minute is one of 60 s, the first one with what was before it. */
        assert_int_equal(stand_mean(s, MEAN_HOUR, 0)->gaps, cases[i].gaps + 59);
        assert_int_equal(stand_mean(s, MEAN_HOUR, 0)->longest_gap_s, cases[i].hour_longest_gap_s);
        stand_free(s);
    }
}

static void an_hour_is_the_mean_of_its_valid_minutes_and_needs_45(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_hour(s, start, 45);
    take_hour(s, start + HOUR, 44);
    take_hour(s, start + 2 * HOUR, 0);
    pipeline_tick_to(s->pipeline, start + 3 * HOUR + 4 * SECOND);
    assert_int_equal(stand_count(s, MEAN_HOUR), 2);
    pipeline_tick_to(s->pipeline, start + 3 * HOUR + 5 * SECOND);
    check(stand_mean(s, MEAN_HOUR, 0), start_text, 22, 0, 44);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 45, true);
    check(stand_mean(s, MEAN_HOUR, 1), "2026-11-24T11:00:00+08:00", 21.5, 0, 43);
    check_counts(stand_mean(s, MEAN_HOUR, 1), 60, 44, false);
    check_counts(stand_mean(s, MEAN_HOUR, 2), 60, 0, false);
    stand_free(s);
}

/* Hours h < valid are valid with value h. */
static void a_day_needs_20_hours_and_ends_at_midnight_of_the_plant(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T00:00:00+08:00");
    for (int valid = 19; valid <= 20; valid++) {
        struct stand *s = stand_new(config(60000, "Asia/Shanghai"), start, 0);
        for (int m = 0; m < 24 * 60; m++)
            take(s, start + m * (int64_t)MINUTE, m / 60,
                 m / 60 < valid ? QUALITY_GOOD : quality_make(QUALITY_LINK, 0));
        pipeline_tick_to(s->pipeline, start + 24 * (int64_t)HOUR + 59 * SECOND);
        assert_int_equal(stand_count(s, MEAN_DAY), 0);
        pipeline_tick_to(s->pipeline, start + 24 * (int64_t)HOUR + 60 * SECOND);
        assert_int_equal(stand_count(s, MEAN_DAY), 1);
        assert_int_equal(stand_count(s, MEAN_HOUR), 24);
        const struct mean *day = stand_mean(s, MEAN_DAY, 0);
        check(day, "2026-11-23T16:00:00Z", valid == 20 ? 9.5 : 9, 0, valid - 1);
        check_counts(day, 24, (unsigned)valid, valid == 20);
        stand_free(s);
    }
}

static void a_first_day_begins_where_the_data_does(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T22:30:00+08:00");
    struct stand *s = stand_new(config(60000, "Asia/Shanghai"), start, 0);
    for (int m = 0; m < 120; m++)
        take(s, start + m * (int64_t)MINUTE, 1, QUALITY_GOOD);
    pipeline_tick_to(s->pipeline, start + 2 * HOUR);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 30, false);
    assert_int_equal(stand_mean(s, MEAN_HOUR, 0)->start_ms, instant("2026-11-24T22:00:00+08:00"));
    check_counts(stand_mean(s, MEAN_DAY, 0), 24, 1, false);
    assert_int_equal(stand_mean(s, MEAN_DAY, 0)->start_ms, instant("2026-11-24T00:00:00+08:00"));
    stand_free(s);
}

static void an_hour_of_a_half_hour_zone_begins_on_its_own_full_hour(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T10:00:00+05:30");
    struct stand *s = stand_new(config(60000, "+05:30"), start, 0);
    for (int m = 0; m < 61; m++)
        take(s, start + m * (int64_t)MINUTE, 1, QUALITY_GOOD);
    pipeline_tick_to(s->pipeline, start + HOUR + MINUTE);
    assert_int_equal(stand_count(s, MEAN_HOUR), 1);
    assert_int_equal(stand_mean(s, MEAN_HOUR, 0)->start_ms, start);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 60, true);
    stand_free(s);
}

static void grace_is_the_period_but_at_least_2_s_and_at_most_60_s(void **state)
{
    (void)state;
    static const struct {
        unsigned every_ms;
        int64_t grace_ms;
    } cases[] = {{200, 2000}, {2000, 2000}, {3000, 3000}, {60000, 60000}, {300000, 60000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stand *s = begin(cases[i].every_ms);
        int64_t start = instant(start_text);
        take(s, start, 1, QUALITY_GOOD);
        pipeline_tick_to(s->pipeline, start + MINUTE + cases[i].grace_ms - SECOND);
        assert_int_equal(s->mean_count, 0);
        pipeline_tick_to(s->pipeline, start + MINUTE + cases[i].grace_ms);
        assert_int_equal(s->mean_count, 1);
        stand_free(s);
    }
}

static void a_sample_counts_in_its_own_minute_until_that_is_told(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take(s, start, 10, QUALITY_GOOD);
    take(s, start + MINUTE, 30, QUALITY_GOOD);
    take_late(s, start + 55 * SECOND, start + MINUTE + 4 * SECOND, 20);
    take_late(s, start + 50 * SECOND, start + MINUTE + 5 * SECOND, 1000);
    pipeline_tick_to(s->pipeline, start + 2 * MINUTE + 5 * SECOND);
    assert_int_equal(s->mean_count, 2);
    check(&s->means[0], start_text, 15, 10, 20);
    check(&s->means[1], "2026-11-24T10:01:00+08:00", 30, 30, 30);
    stand_free(s);
}

static void the_first_sample_of_an_instant_counts(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    for (int i = 0; i < 12; i++) {
        take(s, start + i * 5 * SECOND, i + 1, QUALITY_GOOD);
        take_late(s, start + i * 5 * SECOND, start + i * 5 * SECOND, 90);
    }
    take_late(s, start + 5 * SECOND, start + 58 * SECOND, 90);
    pipeline_tick_to(s->pipeline, start + MINUTE + 5 * SECOND);
    check(stand_mean(s, MEAN_MINUTE, 0), start_text, 6.5, 1, 12);
    check_counts(stand_mean(s, MEAN_MINUTE, 0), 12, 12, true);
    stand_free(s);
}

static void a_sample_from_the_future_opens_no_period(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take(s, start, 10, QUALITY_GOOD);
    take_late(s, start + 365 * 24 * (int64_t)HOUR, start + SECOND, 1000);
    take_late(s, start + 2 * MINUTE + 2 * SECOND, start + SECOND, 1000);
    take_late(s, start + 2 * MINUTE + SECOND, start + SECOND, 40);
    pipeline_tick_to(s->pipeline, start + 4 * MINUTE);
    assert_int_equal(s->mean_count, 3);
    check(&s->means[0], start_text, 10, 10, 10);
    check_counts(&s->means[1], 12, 0, false);
    check(&s->means[2], "2026-11-24T10:02:00+08:00", 40, 40, 40);
    stand_free(s);
}

static void a_sample_of_long_ago_opens_no_period(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_late(s, 0, start, 1000);
    take_late(s, start - 24 * (int64_t)HOUR - 1, start, 1000);
    take(s, start, 10, QUALITY_GOOD);
    pipeline_tick_to(s->pipeline, start + MINUTE + 5 * SECOND);
    assert_int_equal(s->mean_count, 1);
    check(&s->means[0], start_text, 10, 10, 10);
    stand_free(s);
}

static void a_clock_put_forward_by_days_leaves_a_gap(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_minute(s, start, 5000, 12, 1);
    take(s, start + MINUTE, 2, QUALITY_GOOD);
    const int64_t step = 2 * 24 * (int64_t)HOUR;
    pipeline_set_offset(s->pipeline, start + MINUTE + 30 * SECOND, step);
    pipeline_tick_to(s->pipeline, start + MINUTE + 31 * SECOND);
    assert_int_equal(stand_count(s, MEAN_MINUTE), 2);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 1, false);
    check_counts(stand_mean(s, MEAN_DAY, 0), 24, 0, false);
    for (int i = 0; i < 12; i++)
        take_late(s, start + step + 2 * MINUTE + i * 5 * SECOND,
                  start + 2 * MINUTE + i * 5 * SECOND, 9);
    pipeline_tick_to(s->pipeline, start + 3 * MINUTE + 5 * SECOND);
    assert_int_equal(stand_count(s, MEAN_HOUR), 1);
    const struct mean *last = &s->means[s->mean_count - 1];
    assert_int_equal(last->start_ms, start + step + 2 * MINUTE);
    check_counts(last, 12, 12, true);
    stand_free(s);
}

static void a_clock_put_forward_by_an_hour_leaves_empty_minutes(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_minute(s, start, 5000, 12, 1);
    pipeline_set_offset(s->pipeline, start + MINUTE, HOUR);
    pipeline_tick_to(s->pipeline, start + MINUTE + 10 * SECOND);
    assert_int_equal(stand_count(s, MEAN_MINUTE), 61);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 1, false);
    stand_free(s);
}

static char *replaced(const char *text, const char *what, const char *with)
{
    const char *at = strstr(text, what);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(with) + 1;
    char *out = malloc(size);
    assert_non_null(out);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
    return out;
}

static void reload(struct stand *s, const char *text, int64_t at_ms)
{
    struct plant *plant = stand_load(text);
    assert_int_equal(pipeline_reload(s->pipeline, plant, at_ms), 0);
    plant_free(s->plant);
    s->plant = plant;
}

static void a_reload_keeps_the_parts_of_open_periods(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_minute(s, start, 5000, 12, 1);
    for (int i = 0; i < 6; i++)
        take(s, start + MINUTE + i * 5 * SECOND, 10, QUALITY_GOOD);
    char *other = replaced(config(5000, "Asia/Shanghai"), "\"d.so2\"", "\"d.nox\"");
    reload(s, other, start + MINUTE + 28 * SECOND);
    for (int i = 6; i < 12; i++) {
        struct sample sample = {.value = 20};
        int64_t time = start + MINUTE + i * 5 * SECOND;
        pipeline_sample(s->pipeline, 1, &sample, time, time);
    }
    pipeline_tick_to(s->pipeline, start + HOUR + 5 * SECOND);
    check(stand_mean(s, MEAN_MINUTE, 1), "2026-11-24T10:01:00+08:00", 15, 10, 20);
    check_counts(stand_mean(s, MEAN_MINUTE, 1), 12, 12, true);
    check(stand_mean(s, MEAN_HOUR, 0), start_text, 8, 1, 20);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 2, false);
    free(other);
    stand_free(s);
}

static void what_vanishes_in_a_reload_is_told_as_far_as_it_came(void **state)
{
    (void)state;
    struct stand *s = begin(5000);
    int64_t start = instant(start_text);
    take_minute(s, start, 5000, 12, 1);
    take(s, start + MINUTE, 10, QUALITY_GOOD);
    char *other = replaced(config(5000, "Asia/Shanghai"), "a21026", "a21002");
    reload(s, other, start + MINUTE + 2 * SECOND);
    assert_int_equal(s->mean_count, 5);
    check_counts(stand_mean(s, MEAN_MINUTE, 1), 12, 1, false);
    check_counts(stand_mean(s, MEAN_HOUR, 0), 60, 1, false);
    check_counts(stand_mean(s, MEAN_DAY, 0), 24, 0, false);
    check_counts(stand_mean(s, MEAN_MONTH, 0), 30, 0, false);
    assert_non_null(strstr(s->lines.data, "\"period\":\"day\",\"site\":\"s\",\"outlet\":\"DA001\","
                                          "\"factor\":\"a21026\""));
    pipeline_tick_to(s->pipeline, start + HOUR);
    assert_int_equal(s->mean_count, 5);
    free(other);
    stand_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_is_told_when_its_grace_is_over),
        cmocka_unit_test(twelve_good_samples_make_a_minute_valid_or_all_when_fewer_are_due),
        cmocka_unit_test(only_good_and_held_count_and_untrusted_makes_not_valid),
        cmocka_unit_test(an_empty_minute_is_told_without_a_value),
        cmocka_unit_test(times_of_more_than_5_s_without_a_sample_are_counted),
        cmocka_unit_test(an_hour_is_the_mean_of_its_valid_minutes_and_needs_45),
        cmocka_unit_test(a_day_needs_20_hours_and_ends_at_midnight_of_the_plant),
        cmocka_unit_test(a_first_day_begins_where_the_data_does),
        cmocka_unit_test(an_hour_of_a_half_hour_zone_begins_on_its_own_full_hour),
        cmocka_unit_test(grace_is_the_period_but_at_least_2_s_and_at_most_60_s),
        cmocka_unit_test(a_sample_counts_in_its_own_minute_until_that_is_told),
        cmocka_unit_test(the_first_sample_of_an_instant_counts),
        cmocka_unit_test(a_sample_from_the_future_opens_no_period),
        cmocka_unit_test(a_sample_of_long_ago_opens_no_period),
        cmocka_unit_test(a_clock_put_forward_by_days_leaves_a_gap),
        cmocka_unit_test(a_clock_put_forward_by_an_hour_leaves_empty_minutes),
        cmocka_unit_test(a_reload_keeps_the_parts_of_open_periods),
        cmocka_unit_test(what_vanishes_in_a_reload_is_told_as_far_as_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
