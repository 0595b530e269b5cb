#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/app/station_watch.h"

static void it_begins_with_a_late_answer_and_ends_a_minute_after_the_last(void **state)
{
    (void)state;
    struct station_watch w = {0};
    assert_false(station_watch_take(&w, 0, 1000));
    assert_true(station_watch_take(&w, 2, 2000));
    assert_true(w.open);
    assert_int_equal(w.start_ms, 2000);
    assert_int_equal(w.seen - w.before, 2);
    assert_false(station_watch_take(&w, 5, 30000));
    assert_int_equal(w.seen - w.before, 5);
    assert_false(station_watch_take(&w, 5, 89999));
    assert_true(station_watch_take(&w, 5, 90000));
    assert_false(w.open);
    assert_true(station_watch_take(&w, 6, 95000));
    assert_int_equal(w.seen - w.before, 1);
}

static void counters_that_begin_again_are_no_late_answers(void **state)
{
    (void)state;
    struct station_watch w = {0};
    assert_true(station_watch_take(&w, 7, 1000));
    assert_false(station_watch_take(&w, 0, 2000));
    assert_false(station_watch_take(&w, 1, 3000));
    assert_int_equal(w.seen - w.before, 1);
    assert_true(station_watch_take(&w, 1, 63000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_a_late_answer_and_ends_a_minute_after_the_last),
        cmocka_unit_test(counters_that_begin_again_are_no_late_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
