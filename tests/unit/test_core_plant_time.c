/* The journal clock never runs backwards; plant time follows the wall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/plant_time.h"

static const int64_t start_ms = 1795507200000;

static void journal_clock_of_an_empty_record_is_the_wall(void **state)
{
    (void)state;
    struct manual_clock m;
    struct plant_time t;
    manual_clock_init(&m, start_ms);
    plant_time_init(&t, &m.clock, 0);
    assert_true(plant_time_at_ms(&t) == start_ms);
    assert_true(plant_time_utc_ms(&t, plant_time_at_ms(&t)) == start_ms);
    manual_clock_advance(&m, 1500);
    assert_true(plant_time_at_ms(&t) == start_ms + 1500);
    assert_false(plant_time_follow(&t));
}

static void restart_goes_on_behind_the_last_commit(void **state)
{
    (void)state;
    struct manual_clock m;
    struct plant_time t;
    manual_clock_init(&m, start_ms);
    plant_time_init(&t, &m.clock, start_ms + 7000);
    int64_t at_ms = plant_time_at_ms(&t);
    assert_true(at_ms == start_ms + 7001);
    assert_true(plant_time_utc_ms(&t, at_ms) == start_ms);
    plant_time_init(&t, &m.clock, start_ms);
    assert_true(plant_time_at_ms(&t) == start_ms + 1);
}

static void step_of_the_wall_moves_plant_time_only(void **state)
{
    (void)state;
    static const int64_t steps_ms[] = {3600000, -3600000, PLANT_TIME_TOLERANCE_MS,
                                       -PLANT_TIME_TOLERANCE_MS};
    for (int i = 0; i < 4; i++) {
        struct manual_clock m;
        struct plant_time t;
        manual_clock_init(&m, start_ms);
        plant_time_init(&t, &m.clock, 0);
        m.wall_ms += steps_ms[i];
        assert_true(plant_time_follow(&t));
        assert_true(plant_time_at_ms(&t) == start_ms);
        assert_true(plant_time_utc_ms(&t, start_ms) == start_ms + steps_ms[i]);
        assert_false(plant_time_follow(&t));
    }
}

static void slow_drift_is_followed_once_it_is_past_the_tolerance(void **state)
{
    (void)state;
    struct manual_clock m;
    struct plant_time t;
    manual_clock_init(&m, start_ms);
    plant_time_init(&t, &m.clock, 0);
    int followed = 0;
    for (int second = 0; second < 100; second++) {
        manual_clock_advance(&m, 1000);
        m.wall_ms += 1;
        followed += plant_time_follow(&t);
    }
    assert_int_equal(followed, 2);
    assert_true(plant_time_utc_ms(&t, plant_time_at_ms(&t)) == m.wall_ms);
}

static void small_backward_step_is_slewed_at_half_speed(void **state)
{
    (void)state;
    struct manual_clock m;
    struct plant_time t;
    manual_clock_init(&m, start_ms);
    plant_time_init(&t, &m.clock, 0);
    m.wall_ms -= 3000;
    int64_t before = plant_time_utc_ms(&t, plant_time_at_ms(&t));
    int changes = 0;
    for (int second = 0; second < 10; second++) {
        manual_clock_advance(&m, 1000);
        changes += plant_time_follow(&t);
        int64_t now = plant_time_utc_ms(&t, plant_time_at_ms(&t));
        assert_true(now >= before + 500);
        before = now;
    }
    assert_int_equal(changes, 6);
    assert_true(before == m.wall_ms);
}

static int never_synchronised(void *ctx)
{
    (void)ctx;
    return 0;
}

static void trust_asks_the_kernel_or_for_a_plausible_clock(void **state)
{
    (void)state;
    struct manual_clock m;
    struct plant_time t;
    manual_clock_init(&m, start_ms);
    m.clock.synchronised = never_synchronised;
    plant_time_init(&t, &m.clock, 0);
    assert_true(t.trusted);
    plant_time_set_trust(&t, TRUST_KERNEL);
    assert_false(t.trusted);
    plant_time_set_trust(&t, TRUST_ALWAYS);
    assert_true(t.trusted);
    m.wall_ms = 1000; /* the battery of the hardware clock is empty */
    plant_time_init(&t, &m.clock, 0);
    assert_false(t.trusted);
    m.wall_ms = start_ms;
    assert_true(plant_time_follow(&t));
    assert_true(t.trusted);
    m.wall_ms = start_ms - 3600000; /* before the last commit */
    plant_time_init(&t, &m.clock, start_ms);
    assert_false(t.trusted);
    m.clock.synchronised = 0;
    plant_time_follow(&t);
    assert_true(t.trusted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_backward_step_is_slewed_at_half_speed),
        cmocka_unit_test(trust_asks_the_kernel_or_for_a_plausible_clock),
        cmocka_unit_test(journal_clock_of_an_empty_record_is_the_wall),
        cmocka_unit_test(restart_goes_on_behind_the_last_commit),
        cmocka_unit_test(step_of_the_wall_moves_plant_time_only),
        cmocka_unit_test(slow_drift_is_followed_once_it_is_past_the_tolerance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
