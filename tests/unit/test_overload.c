#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/app/overload.h"
#include "acq/plant/plant.h"

static void it_begins_above_the_limit_and_ends_below_half_of_it(void **state)
{
    (void)state;
    struct overload o = {0};
    assert_false(overload_take(&o, 60000, 60000, 1000000));
    assert_true(overload_take(&o, 60001, 60000, 1000000));
    assert_true(o.open);
    assert_int_equal(o.start_ms, 1000000 - 60001);
    assert_false(overload_take(&o, 90000, 60000, 1030000));
    assert_false(overload_take(&o, 30001, 60000, 1040000));
    assert_true(overload_take(&o, 30000, 60000, 1050000));
    assert_false(o.open);
    assert_true(o.worst_s == 90);
    assert_false(overload_take(&o, 30001, 60000, 1060000));
}

static void the_limit_follows_the_slowest_device(void **state)
{
    (void)state;
    struct plant_device devices[] = {{.every_ms = 1000, .timeout_ms = 1000},
                                     {.every_ms = 60000, .timeout_ms = 2000, .retries = 2}};
    const struct plant plant = {.devices = devices, .device_count = 2};
    assert_int_equal(overload_limit_ms(&plant), 306000);
    devices[1].every_ms = 2000;
    assert_int_equal(overload_limit_ms(&plant), 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_above_the_limit_and_ends_below_half_of_it),
        cmocka_unit_test(the_limit_follows_the_slowest_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
