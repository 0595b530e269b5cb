#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pipeline_stand.h"

#include <stdio.h>

#include "acq/detect/limit.h"
#include "acq/refine/choice.h"

#define TEN "2026-11-24T10:00:00+08:00"

static const int64_t MINUTE = 60000;
static const int64_t HOUR = 3600000;

/* An hour's limit of 35 on a plain input whose outlet says `from`. */
static struct stand *begin(const char *from)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
             "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],"
             "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"every_ms\":5000,"
             "\"signals\":{\"so2\":{\"address\":\"40001\"}}}],"
             "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\",%s"
             "\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"}},\"limits\":["
             "{\"factor\":\"a21026\",\"period\":\"hour\",\"max\":35}]}]}]}",
             from);
    return stand_new(text, instant(TEN), 0);
}

static void tell(struct stand *s, enum mean_source source, int hours, double avg, int64_t after_ms)
{
    const struct mean m = {.period = MEAN_HOUR,
                           .source = source,
                           .start_ms = instant(TEN) + hours * HOUR,
                           .avg = avg,
                           .min = avg,
                           .max = avg,
                           .parts = 60,
                           .good = 60,
                           .valid = true};
    pipeline_take_mean(s->pipeline, &m, m.start_ms + HOUR + after_ms);
}

/* Told since the last call; 'o' a finding opened, 'c' one closed. */
static const char *verdicts(struct stand *s)
{
    static char text[64];
    size_t n = 0;
    for (size_t i = 0; i < s->finding_count && n < sizeof text - 1; i++)
        text[n++] = s->findings[i].state == FINDING_OPEN ? 'o' : 'c';
    text[n] = '\0';
    s->finding_count = 0;
    return text;
}

static void a_limit_takes_our_own_mean_unless_told_otherwise(void **state)
{
    (void)state;
    struct stand *s = begin("");
    tell(s, MEAN_STATION, 0, 80, 0);
    assert_string_equal(verdicts(s), "");
    tell(s, MEAN_OWN, 0, 40, 1000);
    assert_string_equal(verdicts(s), "o");
    stand_free(s);
}

static void a_limit_takes_the_stations_mean_where_the_outlet_says_so(void **state)
{
    (void)state;
    struct stand *s = begin("\"means_from\":\"station\",");
    tell(s, MEAN_OWN, 0, 80, 0);
    assert_string_equal(verdicts(s), "");
    tell(s, MEAN_STATION, 0, 40, 1000);
    assert_string_equal(verdicts(s), "o");
    stand_free(s);
}

static void both_means_are_told_whichever_counts(void **state)
{
    static const char *const froms[] = {"", "\"means_from\":\"station\",",
                                        "\"means_from\":\"station-else-own\","};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct stand *s = begin(froms[i]);
        tell(s, MEAN_OWN, 0, 1, 0);
        tell(s, MEAN_STATION, 0, 2, 1000);
        pipeline_tick_to(s->pipeline, instant(TEN) + 2 * HOUR - MINUTE);
        assert_int_equal(stand_count(s, MEAN_HOUR), 2);
        assert_non_null(strstr(s->lines.data, "\"source\":\"own\""));
        assert_non_null(strstr(s->lines.data, "\"source\":\"station\""));
        stand_free(s);
    }
}

static void our_own_mean_waits_for_the_stations(void **state)
{
    (void)state;
    struct stand *s = begin("\"means_from\":\"station-else-own\",");
    tell(s, MEAN_OWN, 0, 40, 0);
    pipeline_tick_to(s->pipeline, instant(TEN) + HOUR + 14 * MINUTE);
    assert_string_equal(verdicts(s), "");
    tell(s, MEAN_STATION, 0, 30, 14 * MINUTE);
    pipeline_tick_to(s->pipeline, instant(TEN) + HOUR + 20 * MINUTE);
    assert_string_equal(verdicts(s), "");
    stand_free(s);
}

static void our_own_mean_counts_when_the_station_is_silent(void **state)
{
    (void)state;
    struct stand *s = begin("\"means_from\":\"station-else-own\",\"station_wait_min\":5,");
    tell(s, MEAN_OWN, 0, 40, 0);
    pipeline_tick_to(s->pipeline, instant(TEN) + HOUR + 5 * MINUTE - 1000);
    assert_string_equal(verdicts(s), "");
    pipeline_tick_to(s->pipeline, instant(TEN) + HOUR + 5 * MINUTE);
    assert_string_equal(verdicts(s), "o");
    stand_free(s);
}

static void a_mean_of_ours_that_waits_gives_way_to_the_next(void **state)
{
    (void)state;
    struct stand *s = begin("\"means_from\":\"station-else-own\",\"station_wait_min\":700,");
    tell(s, MEAN_OWN, 0, 40, 0);
    tell(s, MEAN_OWN, 1, 30, 0);
    assert_string_equal(verdicts(s), "o");
    tell(s, MEAN_STATION, 1, 36, 1000);
    assert_string_equal(verdicts(s), "");
    tell(s, MEAN_STATION, 2, 30, 1000);
    assert_string_equal(verdicts(s), "c");
    stand_free(s);
}

static void our_own_mean_of_a_period_that_the_station_told_is_passed_by(void **state)
{
    (void)state;
    struct stand *s = begin("\"means_from\":\"station-else-own\",\"station_wait_min\":0,");
    tell(s, MEAN_STATION, 0, 30, 0);
    tell(s, MEAN_OWN, 0, 40, 1000);
    pipeline_tick_to(s->pipeline, instant(TEN) + 2 * HOUR - MINUTE);
    assert_string_equal(verdicts(s), "");
    stand_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_takes_our_own_mean_unless_told_otherwise),
        cmocka_unit_test(a_limit_takes_the_stations_mean_where_the_outlet_says_so),
        cmocka_unit_test(both_means_are_told_whichever_counts),
        cmocka_unit_test(our_own_mean_waits_for_the_stations),
        cmocka_unit_test(our_own_mean_counts_when_the_station_is_silent),
        cmocka_unit_test(a_mean_of_ours_that_waits_gives_way_to_the_next),
        cmocka_unit_test(our_own_mean_of_a_period_that_the_station_told_is_passed_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
