#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/loop/backoff.h"

static void delays_double_up_to_the_cap_within_their_jitter(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct backoff b;
        backoff_init(&b, 1000, 60000, seed);
        for (uint32_t n = 0; n < 40; n++) {
            uint32_t nominal = n < 6 ? 1000u << n : 60000;
            uint32_t delay = backoff_next_ms(&b);
            assert_in_range(delay, nominal - nominal / 4, nominal);
        }
    }
}

static void a_reset_begins_at_the_first_delay(void **state)
{
    (void)state;
    struct backoff b;
    backoff_init(&b, 1000, 60000, 1);
    for (int i = 0; i < 5; i++)
        backoff_next_ms(&b);
    backoff_reset(&b);
    assert_in_range(backoff_next_ms(&b), 750, 1000);
}

static void seeds_spread_the_delays_over_their_whole_quarter(void **state)
{
    (void)state;
    unsigned lowest_tenth = 0;
    unsigned highest_tenth = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct backoff b;
        backoff_init(&b, 1000, 60000, seed);
        uint32_t delay = backoff_next_ms(&b);
        lowest_tenth += delay < 775;
        highest_tenth += delay > 975;
    }
    assert_in_range(lowest_tenth, 50, 150);
    assert_in_range(highest_tenth, 50, 150);
}

static void the_same_seed_gives_the_same_delays(void **state)
{
    (void)state;
    struct backoff a;
    struct backoff b;
    backoff_init(&a, 1, 4000000000u, 99);
    backoff_init(&b, 1, 4000000000u, 99);
    for (int i = 0; i < 100; i++)
        assert_int_equal(backoff_next_ms(&a), backoff_next_ms(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_the_cap_within_their_jitter),
        cmocka_unit_test(a_reset_begins_at_the_first_delay),
        cmocka_unit_test(seeds_spread_the_delays_over_their_whole_quarter),
        cmocka_unit_test(the_same_seed_gives_the_same_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
