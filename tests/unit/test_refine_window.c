/* The greatest of the last n values against one that keeps them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/refine/window.h"
#include "tests/support/xorshift.h"

#include <string.h>

enum { VALUES = 6000 };

static const uint32_t lengths[] = {1, 24, 180, 720, WINDOW_MAX};

static double greatest(const double *values, uint32_t count, uint32_t n)
{
    double most = 0;
    for (uint32_t i = count > n ? count - n : 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static void it_knows_what_one_that_keeps_all_knows(void **state)
{
    (void)state;
    static double values[VALUES];
    uint64_t seed = 7;
    struct window w;
    memset(&w, 0, sizeof w);
    for (uint32_t count = 0; count < VALUES; count++) {
        double day = (double)(count % 24) / 24;
        values[count] = day * 5 + (double)(xorshift_next(&seed) % 1000) / 100;
        window_push(&w, values[count]);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            assert_true(window_greatest(&w, lengths[i]) == greatest(values, count + 1, lengths[i]));
    }
    assert_int_equal(window_count(&w, 180), 180);
}

static void nothing_pushed_is_nothing(void **state)
{
    (void)state;
    struct window w;
    memset(&w, 0, sizeof w);
    assert_true(window_greatest(&w, 180) == 0);
    assert_int_equal(window_count(&w, 180), 0);
    window_push(&w, 3);
    assert_int_equal(window_count(&w, 180), 1);
}

/* Never less than the truth, and exact again once values rise. */
static void a_long_row_of_falling_values_is_bounded(void **state)
{
    (void)state;
    static double values[VALUES];
    struct window w;
    memset(&w, 0, sizeof w);
    for (uint32_t count = 0; count < VALUES; count++) {
        values[count] = VALUES - count;
        window_push(&w, values[count]);
        assert_true(w.used <= WINDOW_SLOTS);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            assert_true(window_greatest(&w, lengths[i]) >= greatest(values, count + 1, lengths[i]));
    }
    assert_true(window_greatest(&w, 180) == greatest(values, VALUES, 180));
    window_push(&w, VALUES);
    assert_true(window_greatest(&w, WINDOW_MAX) == VALUES);
    assert_int_equal(w.used, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_what_one_that_keeps_all_knows),
        cmocka_unit_test(nothing_pushed_is_nothing),
        cmocka_unit_test(a_long_row_of_falling_values_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
