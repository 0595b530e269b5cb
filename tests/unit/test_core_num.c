/* Numbers and their text, beside what the C library prints and reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/num.h"
#include "tests/support/xorshift.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM_ROUNDS = 200000 };

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double expected_normal(double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.8e", value);
    return strtod(text, NULL);
}

static void check_normal(double value)
{
    double want = expected_normal(value);
    double got = num_normalise_9(value);
    if (memcmp(&want, &got, sizeof want) != 0)
        fail_msg("%.17g: got %.17g, want %.17g", value, got, want);
}

static const char *expected_text(double value, char out[64])
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(out, 64, "%.*g", precision, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

static void check_text(double value)
{
    char want[64];
    char got[NUM_DOUBLE_SIZE];
    size_t len = num_format_double(value, got);
    assert_int_equal(len, strlen(got));
    if (strcmp(got, expected_text(value, want)) != 0)
        fail_msg("%a: got %s, want %s", value, got, want);
}

static void normalise_agrees_with_printing_for_random_floats(void **state)
{
    (void)state;
    uint64_t seed = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        double value = float_of_bits((uint32_t)xorshift_next(&seed));
        if (isfinite(value))
            check_normal(value);
    }
}

static void normalise_agrees_with_printing_for_random_doubles(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        double value = double_of_bits(xorshift_next(&seed));
        if (isfinite(value))
            check_normal(value);
        check_normal((double)(int64_t)xorshift_next(&seed) / 1e12);
    }
}

static void normalise_rounds_ties_to_even(void **state)
{
    (void)state;
    assert_true(num_normalise_9(100000000.5) == 100000000.0);
    assert_true(num_normalise_9(100000001.5) == 100000002.0);
    assert_true(num_normalise_9(-100000001.5) == -100000002.0);
    assert_true(num_normalise_9(12345678.25) == 12345678.2);
    assert_true(num_normalise_9(12345678.75) == 12345678.8);
}

/* Nine digits and a five behind them, and the doubles on both sides: exact ties and near ties. */
static void normalise_agrees_with_printing_around_ties(void **state)
{
    (void)state;
    uint64_t seed = 4711;
    for (int exponent = -24; exponent <= 12; exponent++) {
        for (int i = 0; i < 2000; i++) {
            char text[64];
            uint64_t digits = 100000000 + xorshift_next(&seed) % 900000000;
            snprintf(text, sizeof text, "%" PRIu64 "5e%d", digits, exponent);
            double value = strtod(text, NULL);
            check_normal(value);
            check_normal(nextafter(value, 0));
            check_normal(-nextafter(value, INFINITY));
        }
    }
}

static void normalise_agrees_with_printing_at_powers_of_ten(void **state)
{
    (void)state;
    for (int exponent = -320; exponent <= 308; exponent++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", exponent);
        double value = strtod(text, NULL);
        check_normal(value);
        check_normal(nextafter(value, 0));
        check_normal(nextafter(value, INFINITY));
        check_normal(value * 0.9999999995);
        check_normal(value * 0.99999999949);
    }
}

static void normalise_keeps_zero_infinity_and_nan(void **state)
{
    (void)state;
    assert_true(num_normalise_9(0.0) == 0.0);
    assert_true(signbit(num_normalise_9(-0.0)));
    assert_true(num_normalise_9(INFINITY) == INFINITY);
    assert_true(num_normalise_9(-INFINITY) == -INFINITY);
    assert_true(isnan(num_normalise_9(NAN)));
    check_normal(DBL_MIN);
    check_normal(double_of_bits(1));
    check_normal((double)FLT_MAX);
    check_normal((double)FLT_TRUE_MIN);
    /* Nine digits of the greatest double round up past it: infinite, as printing has it. */
    check_normal(DBL_MAX);
}

static void normalise_keeps_what_it_made(void **state)
{
    (void)state;
    uint64_t seed = 99;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        double value = num_normalise_9(float_of_bits((uint32_t)xorshift_next(&seed)));
        if (isfinite(value))
            assert_true(num_normalise_9(value) == value);
    }
}

static void double_text_is_the_shortest_for_random_doubles(void **state)
{
    (void)state;
    uint64_t seed = 0xDEADBEEFCAFEu;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        double value = double_of_bits(xorshift_next(&seed));
        if (isfinite(value))
            check_text(value);
    }
}

static void double_text_is_the_shortest_for_random_decimals(void **state)
{
    (void)state;
    uint64_t seed = 31337;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        uint64_t digits = xorshift_next(&seed) >> (xorshift_next(&seed) % 64);
        int exponent = (int)(xorshift_next(&seed) % 26) - 20;
        char text[64];
        snprintf(text, sizeof text, "-%" PRIu64 "e%d", digits, exponent);
        double value = strtod(text, NULL);
        if (digits != 0)
            check_text(value);
        if (digits != 0)
            check_text(nextafter(value, 0));
        check_text(num_normalise_9(value));
    }
}

static void double_text_has_its_documented_form(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {-0.5, "-0.5"},
        {100, "100"},
        {123456789, "123456789"},
        {999999999, "999999999"},
        {1e9, "1000000000"},
        {1e15, "1e+15"},
        {1e-4, "0.0001"},
        {0.000125, "0.000125"},
        {1e-5, "1e-05"},
        {1e300, "1e+300"},
        {0.30000000000000004, "0.30000000000000004"},
        {28.1, "28.1"},
        {1013.25, "1013.25"},
        {123456.789012345, "123456.789012345"},
        {2.5e-7, "2.5e-07"},
        {DBL_MAX, "1.7976931348623157e+308"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[NUM_DOUBLE_SIZE];
        num_format_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void double_text_reads_back_through_the_parser(void **state)
{
    (void)state;
    uint64_t seed = 77;
    for (int i = 0; i < RANDOM_ROUNDS; i++) {
        double value = double_of_bits(xorshift_next(&seed));
        if (!isfinite(value))
            continue;
        char text[NUM_DOUBLE_SIZE];
        double back = 0;
        size_t len = num_format_double(value, text);
        assert_int_equal(num_parse_double(text, len, &back), 0);
        assert_true(back == value);
    }
}

static void integer_text_covers_the_whole_range(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {-7, "-7"},
        {10, "10"},
        {-1000, "-1000"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[NUM_INT_SIZE];
        assert_int_equal(num_format_int(cases[i].value, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

static void parser_takes_json_numbers_only(void **state)
{
    (void)state;
    static const char *const good[] = {"0", "-0", "1", "-1.5", "1e3", "1E-3", "0.25", "1.0e+2"};
    static const char *const bad[] = {"",    "-",     "+1",   "01",  ".5",   "1.",   "1e",
                                      "1e+", "inf",   "nan",  "0x1", " 1",   "1 ",   "1,5",
                                      "--1", "1e999", "1.e1", "-01", "1..2", "1e1.5"};
    double value = -77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(num_parse_double(bad[i], strlen(bad[i]), &value), PW_ESYNTAX);
        assert_true(value == -77);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(num_parse_double(good[i], strlen(good[i]), &value), 0);
        assert_true(value == strtod(good[i], NULL));
    }
}

static void parser_reads_no_further_than_its_length(void **state)
{
    (void)state;
    double value = 0;
    assert_int_equal(num_parse_double("12345", 3, &value), 0);
    assert_true(value == 123);
    assert_int_equal(num_parse_double("1\0"
                                      "2",
                                      3, &value),
                     PW_ESYNTAX);
    char longest[80];
    memset(longest, '1', sizeof longest);
    assert_int_equal(num_parse_double(longest, 63, &value), 0);
    assert_int_equal(num_parse_double(longest, 64, &value), PW_ESYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalise_agrees_with_printing_for_random_floats),
        cmocka_unit_test(normalise_agrees_with_printing_for_random_doubles),
        cmocka_unit_test(normalise_rounds_ties_to_even),
        cmocka_unit_test(normalise_agrees_with_printing_around_ties),
        cmocka_unit_test(normalise_agrees_with_printing_at_powers_of_ten),
        cmocka_unit_test(normalise_keeps_zero_infinity_and_nan),
        cmocka_unit_test(normalise_keeps_what_it_made),
        cmocka_unit_test(double_text_is_the_shortest_for_random_doubles),
        cmocka_unit_test(double_text_is_the_shortest_for_random_decimals),
        cmocka_unit_test(double_text_has_its_documented_form),
        cmocka_unit_test(double_text_reads_back_through_the_parser),
        cmocka_unit_test(integer_text_covers_the_whole_range),
        cmocka_unit_test(parser_takes_json_numbers_only),
        cmocka_unit_test(parser_reads_no_further_than_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
