/* Civil time beside timegm() and gmtime_r(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/civil.h"

#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

static const int64_t end_of_2200_s = 7289654399; /* 2200-12-31T23:59:59Z */

static void check_instant(int64_t time_s, int ms)
{
    struct tm want;
    time_t at = (time_t)time_s;
    assert_non_null(gmtime_r(&at, &want));
    struct civil got;
    civil_from_ms(time_s * 1000 + ms, 0, &got);
    assert_int_equal(got.year, want.tm_year + 1900);
    assert_int_equal(got.month, want.tm_mon + 1);
    assert_int_equal(got.day, want.tm_mday);
    assert_int_equal(got.hour, want.tm_hour);
    assert_int_equal(got.minute, want.tm_min);
    assert_int_equal(got.second, want.tm_sec);
    assert_int_equal(got.ms, ms);
    int64_t back = 0;
    assert_int_equal(civil_to_ms(&got, 0, &back), 0);
    assert_true(back == (int64_t)timegm(&want) * 1000 + ms);
}

static void every_day_until_2200_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day_s = 0; day_s <= end_of_2200_s; day_s += DAY_S) {
        check_instant(day_s, 0);
        check_instant(day_s + DAY_S - 1, 999);
        check_instant(day_s + day_s / DAY_S * 7919 % DAY_S, 500);
    }
}

static void days_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const struct civil bad[] = {
        {1969, 12, 31, 0, 0, 0, 0}, {10000, 1, 1, 0, 0, 0, 0}, {2026, 0, 1, 0, 0, 0, 0},
        {2026, 13, 1, 0, 0, 0, 0},  {2026, 4, 31, 0, 0, 0, 0}, {2026, 2, 29, 0, 0, 0, 0},
        {2100, 2, 29, 0, 0, 0, 0},  {2026, 1, 0, 0, 0, 0, 0},  {2026, 1, 1, 24, 0, 0, 0},
        {2026, 1, 1, 0, 60, 0, 0},  {2026, 1, 1, 0, 0, 60, 0}, {2026, 1, 1, 0, 0, 0, 1000},
        {2026, 1, 1, -1, 0, 0, 0},  {2026, 1, 1, 0, 0, 0, -1},
    };
    int64_t out = -5;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(civil_to_ms(&bad[i], 0, &out), PW_EINVAL);
    assert_int_equal(out, -5);
    static const struct civil leap[] = {{2000, 2, 29, 0, 0, 0, 0}, {2028, 2, 29, 0, 0, 0, 0}};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(civil_to_ms(&leap[i], 0, &out), 0);
}

static void iso_text_carries_the_offset(void **state)
{
    (void)state;
    char text[CIVIL_ISO_SIZE];
    int64_t time_ms = 1795507200123;
    civil_format_iso(time_ms, 0, text);
    assert_string_equal(text, "2026-11-24T08:00:00.123Z");
    civil_format_iso(time_ms, 480, text);
    assert_string_equal(text, "2026-11-24T16:00:00.123+08:00");
    civil_format_iso(time_ms, -570, text);
    assert_string_equal(text, "2026-11-23T22:30:00.123-09:30");
    civil_format_iso(-1, 0, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void iso_text_reads_back(void **state)
{
    (void)state;
    static const int offsets[] = {0, 480, 330, -570, 840, -720};
    for (int64_t time_ms = 3; time_ms < end_of_2200_s * 1000; time_ms += 86399999999) {
        for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
            char text[CIVIL_ISO_SIZE];
            int64_t back = 0;
            civil_format_iso(time_ms + DAY_S * 1000, offsets[i], text);
            assert_int_equal(civil_parse(text, &back), 0);
            assert_true(back == time_ms + DAY_S * 1000);
        }
    }
}

static void spellings_of_one_instant_are_equal(void **state)
{
    (void)state;
    static const char *const same[] = {
        "2026-11-24T08:00:00Z",      "2026-11-24T08:00:00.000Z",      "2026-11-24 08:00:00Z",
        "2026-11-24T16:00:00+08:00", "2026-11-24T08:00:00.0009Z",     "2026-11-24T08:00:00+00:00",
        "2026-11-23T22:30:00-09:30", "2026-11-24T16:00:00.000+08:00", "1795507200000"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        int64_t time_ms = 0;
        assert_int_equal(civil_parse(same[i], &time_ms), 0);
        assert_true(time_ms == 1795507200000);
    }
}

static void text_that_is_no_instant_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "now",
        "2026-11-24",
        "2026-11-24T08:00:00",
        "2026-11-24T08:00:00.Z",
        "2026-11-24T08:00:00Zx",
        "2026-11-24T08:00Z",
        "2026-13-24T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-11-24T24:00:00Z",
        "26-11-24T08:00:00Z",
        "2026-11-24T08:00:00+8:00",
        "2026-11-24T08:00:00+15:00",
        "2026-11-24T08:00:00+08:60",
        "2026/11/24T08:00:00Z",
        "-1",
        "+5",
        "1234567890123456",
        " 1795507200000",
    };
    int64_t out = -9;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (civil_parse(bad[i], &out) != PW_ESYNTAX)
            fail_msg("taken: %s", bad[i]);
    assert_true(out == -9);
}

static void zones_with_a_fixed_offset_are_known(void **state)
{
    (void)state;
    int offset_min = -1;
    assert_int_equal(civil_zone_parse("Asia/Shanghai", &offset_min), 0);
    assert_int_equal(offset_min, 480);
    assert_int_equal(civil_zone_parse("UTC", &offset_min), 0);
    assert_int_equal(offset_min, 0);
    assert_int_equal(civil_zone_parse("-03:30", &offset_min), 0);
    assert_int_equal(offset_min, -210);
    static const char *const bad[] = {"Europe/Berlin", "", "+08", "+08:00x", "asia/shanghai"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(civil_zone_parse(bad[i], &offset_min), PW_EINVAL);
    assert_int_equal(offset_min, -210);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_until_2200_agrees_with_the_c_library),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(iso_text_carries_the_offset),
        cmocka_unit_test(iso_text_reads_back),
        cmocka_unit_test(spellings_of_one_instant_are_equal),
        cmocka_unit_test(text_that_is_no_instant_is_refused),
        cmocka_unit_test(zones_with_a_fixed_offset_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
