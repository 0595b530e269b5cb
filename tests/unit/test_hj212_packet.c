/* Values, names and the parser's corners that no captured frame shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"
#include "tests/support/xorshift.h"

static void numbers_are_read_to_the_last_bit(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value = 0;
        int whole = (int)(xorshift_next(&seed) % 18);
        int fraction = (int)(xorshift_next(&seed) % 12);
        int len =
            snprintf(text, sizeof text, "%s%0*llu", i % 3 ? "" : "-", whole,
                     (unsigned long long)(xorshift_next(&seed) >> (xorshift_next(&seed) % 64)));
        if (i % 5)
            len += snprintf(text + len, sizeof text - (size_t)len, ".%0*llu", fraction,
                            (unsigned long long)(xorshift_next(&seed) % 1000000));
        if (len > 40)
            continue;
        assert_int_equal(hj212_number((struct hj212_text){text, (size_t)len}, &value), 0);
        double expected = strtod(text, NULL);
        assert_memory_equal(&value, &expected, sizeof value);
    }
}

static void numbers_of_devices_are_read_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},        {"-0.50", -0.5}, {"+1.5", 1.5},     {".5", 0.5}, {"5.", 5},
                {"007.10", 7.1}, {"1e3", 1000},   {"-.5e-1", -0.05}, {"00", 0},   {"1.5E+2", 150}};
    static const char *const bad[] = {
        "",    "-",    "+",  ".",    "N",     "nan",
        "inf", "0x1F", "1,", "1 2",  "1.2.3", "--1",
        "1e",  "e1",   "1-", "----", "1e999", "..............................1"};
    double value = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(hj212_number(hj212_text_of(good[i].text), &value), 0);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hj212_number(hj212_text_of(bad[i]), &value), PW_ESYNTAX);
}

static void times_of_three_lengths_are_read_in_their_zone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int zone_min;
        int64_t ms;
    } good[] = {{"20160801085857223", 480, 1470013137223},
                {"20160801085857", 480, 1470013137000},
                {"201608010858", 480, 1470013080000},
                {"20160801005857", 0, 1470013137000}};
    static const char *const bad[] = {"",
                                      "2016080108585",
                                      "20160801085860",
                                      "20161301085857",
                                      "20160230085857",
                                      "2016080108585x",
                                      "201608010858572231"};
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(hj212_time_parse(hj212_text_of(good[i].text), good[i].zone_min, &ms), 0);
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hj212_time_parse(hj212_text_of(bad[i]), 480, &ms), PW_ESYNTAX);
    char qn[HJ212_QN_SIZE];
    char time[HJ212_TIME_SIZE];
    assert_string_equal(hj212_qn_format(1470013137223, 480, qn), "20160801085857223");
    assert_string_equal(hj212_time_format(1470013137223, 480, time), "20160801085857");
}

static void each_packet_gets_a_later_qn_even_when_the_clock_steps_back(void **state)
{
    (void)state;
    struct hj212_qn qn = {.last_ms = 1000};
    assert_int_equal(hj212_qn_next(&qn, 5000), 5000);
    assert_int_equal(hj212_qn_next(&qn, 5000), 5001);
    assert_int_equal(hj212_qn_next(&qn, 100), 5002);
    assert_int_equal(hj212_qn_next(&qn, 6000), 6000);
}

static void every_name_is_found_in_any_case(void **state)
{
    (void)state;
    for (unsigned f = HJ212_FIELD_OTHER + 1; f < HJ212_FIELD_COUNT; f++) {
        char name[32];
        snprintf(name, sizeof name, "%s", hj212_field_name((enum hj212_field)f));
        assert_true(strlen(name) > 0);
        assert_int_equal(hj212_field_find(hj212_text_of(name)), f);
        for (char *c = name; *c; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : hj212_fold(*c);
        assert_int_equal(hj212_field_find(hj212_text_of(name)), f);
    }
    static const char *const others[] = {"", "R", "Rx", "Rtdx", "CalibrationTypes", "Zero", "\xFF"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(hj212_field_find(hj212_text_of(others[i])), HJ212_FIELD_OTHER);
}

static void deviations_have_a_key_and_a_sentence_each(void **state)
{
    (void)state;
    for (unsigned d = 1; d < HJ212_DEV_COUNT; d++) {
        assert_true(strlen(hj212_deviation_key((enum hj212_deviation)d)) > 0);
        assert_true(strlen(hj212_deviation_text((enum hj212_deviation)d)) > 0);
        for (unsigned other = 1; other < d; other++)
            assert_string_not_equal(hj212_deviation_key((enum hj212_deviation)d),
                                    hj212_deviation_key((enum hj212_deviation)other));
    }
    assert_int_equal(HJ212_DEV_COUNT - 1, 20);
}

static void the_mn_is_found_before_the_sum_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *segment, *mn;
    } cases[] = {{"QN=1;ST=31;MN=ABC;Flag=4;CP=&&&&", "ABC"},
                 {"MN=ABC;CP=&&&&", "ABC"},
                 {"QN=1, mn= A-1 ,CP=&&&&", "A-1"},
                 {"QN=1;CP=&&MN=EVIL&&", ""},
                 {"QN=1;XMN=ABC;CP=&&&&", ""},
                 {"MN=", ""},
                 {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(hj212_text_is(hj212_peek_mn(hj212_text_of(cases[i].segment)), cases[i].mn));
}

static void the_last_mark_ends_cp(void **state)
{
    (void)state;
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    assert_int_equal(hj212_packet_parse(hj212_text_of("CN=3020;CP=&&a-Info=//x&&y//&&"), p), 0);
    assert_true(hj212_text_is(p->items[0].value, "//x&&y//"));
    assert_true(p->clean);
    assert_int_equal(hj212_packet_parse(hj212_text_of("CN=3020;CP=&&a=1&&rest"), p), 0);
    assert_false(p->clean);
    assert_int_equal(p->item_count, 1);
    static const char *const none[] = {"",
                                       "CP=&&",
                                       "CP=&&&",
                                       "CN=1",
                                       "CN=1;CP=a&&",
                                       "CP=&&&&",
                                       "CN=x;CP=&&&&",
                                       "CN=1234567890;CP=&&&&"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(hj212_packet_parse(hj212_text_of(none[i]), p), PW_ESYNTAX);
    free(p);
}

static void a_segment_cut_anywhere_is_read_or_refused(void **state)
{
    (void)state;
    static const char text[] = "QN=20160801085857223;ST=31;CN=2051;PW=1;MN=A;Flag=7;PNUM=2;PNO=1;"
                               "CP=&&DataTime=20160801080000;a21026-Min=1,a21026-Flag=N;"
                               "i11001-Info=//a;b//;x&&";
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    for (size_t len = 0; len < sizeof text; len++) {
        for (size_t from = 0; from < len; from += 5) {
            char *copy = malloc(len - from); /* of exactly that size, for the sanitizer */
            assert_non_null(copy);
            memcpy(copy, text + from, len - from);
            (void)!hj212_packet_parse((struct hj212_text){copy, len - from}, p);
            free(copy);
        }
    }
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_to_the_last_bit),
        cmocka_unit_test(numbers_of_devices_are_read_and_nothing_else),
        cmocka_unit_test(times_of_three_lengths_are_read_in_their_zone),
        cmocka_unit_test(each_packet_gets_a_later_qn_even_when_the_clock_steps_back),
        cmocka_unit_test(every_name_is_found_in_any_case),
        cmocka_unit_test(deviations_have_a_key_and_a_sentence_each),
        cmocka_unit_test(the_mn_is_found_before_the_sum_is_judged),
        cmocka_unit_test(the_last_mark_ends_cp),
        cmocka_unit_test(a_segment_cut_anywhere_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
