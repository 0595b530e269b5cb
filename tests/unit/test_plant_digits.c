#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "acq/plant/digits.h"

static const char *written(double value, int fraction)
{
    static char text[512];
    struct strbuf b;
    strbuf_init_fixed(&b, text, sizeof text);
    digits_write(&b, value, fraction);
    return strbuf_text(&b);
}

static void halves_go_to_the_even_digit(void **state)
{
    (void)state;
    assert_string_equal(written(0.25, 1), "0.2");
    assert_string_equal(written(0.35, 1), "0.4");
    assert_string_equal(written(2.5, 0), "2");
    assert_string_equal(written(3.5, 0), "4");
    assert_string_equal(written(0.5, 0), "0");
    assert_string_equal(written(1.5, 0), "2");
    assert_string_equal(written(35.05, 1), "35.0");
    assert_string_equal(written(35.050000001, 1), "35.1");
    assert_string_equal(written(35.15, 1), "35.2");
    assert_string_equal(written(-0.25, 1), "-0.2");
}

static void numbers_of_every_size_are_written_out(void **state)
{
    (void)state;
    assert_string_equal(written(0, 2), "0.00");
    assert_string_equal(written(-0.0, 2), "0.00");
    assert_string_equal(written(-0.004, 2), "0.00");
    assert_string_equal(written(-0.006, 2), "-0.01");
    assert_string_equal(written(1e-9, 3), "0.000");
    assert_string_equal(written(9.999, 2), "10.00");
    assert_string_equal(written(99.95, 0), "100");
    assert_string_equal(written(0.999, 1), "1.0");
    assert_string_equal(written(0.95, 1), "1.0");
    assert_string_equal(written(397458.66, 1), "397458.7");
    assert_string_equal(written(1e21, 1), "1000000000000000000000.0");
    assert_string_equal(written(12345, 3), "12345.000");
    assert_string_equal(written((double)NAN, 3), "");
    assert_string_equal(written((double)INFINITY, 3), "");
    assert_string_equal(written(1.23456789012345, 12), "1.234567890");
    assert_string_equal(written(7.7, -1), "8");
}

/* Where nothing is halfway the C library says the same. */
static void any_number_is_rounded_as_the_c_library_does(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        char expect[64];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double value = ((double)(seed >> 11) / 9007199254740992.0 - 0.5) * pow(10, i % 9);
        int fraction = i % 5;
        snprintf(expect, sizeof expect, "%.*f", fraction, value);
        if (strtod(expect, NULL) == 0)
            snprintf(expect, sizeof expect, "%.*f", fraction, 0.0);
        assert_string_equal(written(value, fraction), expect);
    }
}

static void each_edition_prints_its_own_digits(void **state)
{
    (void)state;
    assert_int_equal(digits_of(HJ212_2017, "a21026").fraction, 2);
    assert_int_equal(digits_of(HJ212_2025, "a21026").fraction, 2);
    assert_int_equal(digits_of(HJ212_2017, "a21002").fraction, 1);
    assert_int_equal(digits_of(HJ212_2025, "a21002").fraction, 2);
    assert_int_equal(digits_of(HJ212_2017, "a19001").fraction, 1);
    assert_int_equal(digits_of(HJ212_2025, "a19001").fraction, 2);
    assert_int_equal(digits_of(HJ212_2017, "a34013").fraction, 0);
    assert_int_equal(digits_of(HJ212_2025, "a34013").fraction, 1);
    assert_int_equal(digits_of(HJ212_2017, "a24088").fraction, 3);
    assert_int_equal(digits_of(HJ212_2017, "a01013").fraction, 3);
    assert_string_equal(digits_of(HJ212_2017, "a21026").unit, "mg/m3");
    assert_string_equal(digits_of(HJ212_2017, "a21026").unit_amount, "kg");
    assert_string_equal(digits_of(HJ212_2017, "a00000").unit, "m3/s");
    assert_int_equal(digits_of(HJ212_2017, "a00000").fraction, 1);
}

static void people_get_the_finer_of_two_editions(void **state)
{
    (void)state;
    assert_int_equal(digits_of(HJ212_EDITION_AUTO, "a21002").fraction, 2);
    assert_int_equal(digits_of(HJ212_EDITION_AUTO, "a01011").fraction, 2);
    assert_int_equal(digits_of(HJ212_EDITION_AUTO, "a34013").fraction, 1);
    assert_true(digits_of(HJ212_EDITION_AUTO, "a34013").is_known);
    assert_string_equal(digits_of(HJ212_EDITION_AUTO, "a21026").name_zh, "二氧化硫");
    assert_false(digits_of(HJ212_EDITION_AUTO, "zz").is_known);
    assert_int_equal(digits_of(HJ212_EDITION_AUTO, "zz").fraction, DIGITS_USUAL);
    assert_string_equal(digits_of(HJ212_EDITION_AUTO, "").unit, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_go_to_the_even_digit),
        cmocka_unit_test(numbers_of_every_size_are_written_out),
        cmocka_unit_test(any_number_is_rounded_as_the_c_library_does),
        cmocka_unit_test(each_edition_prints_its_own_digits),
        cmocka_unit_test(people_get_the_finer_of_two_editions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
