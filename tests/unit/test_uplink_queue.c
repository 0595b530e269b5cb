/* Which periods are owed, over a day without the platform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/uplink_queue.h"

static const int64_t minute_ms = 60000;
static const int64_t day_ms = 86400000;
/* A midnight at UTC+8. */
static const int64_t midnight_ms = INT64_C(20000) * 86400000 - 28800000;
enum { ZONE = 480, ALL = 1 << UPLINK_MINUTE | 1 << UPLINK_HOUR | 1 << UPLINK_DAY };

static struct uplink_queue *queue_of(uint32_t days, uint32_t minutes)
{
    struct uplink_queue *q = NULL;
    assert_int_equal(uplink_queue_new(days, ZONE, midnight_ms, &q), 0);
    uplink_queue_set(q, minutes, true, true);
    return q;
}

static void a_day_goes_newest_first_and_each_period_once(void **state)
{
    (void)state;
    unsigned counts[UPLINK_KINDS] = {0};
    struct uplink_due d;
    int64_t last_ms = INT64_MAX;
    struct uplink_queue *q = queue_of(31, 10);
    uplink_queue_advance(q, midnight_ms + day_ms);
    while (uplink_queue_pick(q, ALL, midnight_ms + day_ms, &d)) {
        assert_true(uplink_due_end_ms(&d) <= last_ms);
        last_ms = uplink_due_end_ms(&d);
        counts[d.kind]++;
        uplink_queue_done(q, &d);
    }
    assert_int_equal(counts[UPLINK_MINUTE], 144);
    assert_int_equal(counts[UPLINK_HOUR], 24);
    assert_int_equal(counts[UPLINK_DAY], 1);
    assert_int_equal(uplink_queue_count(q), 0);
    uplink_queue_free(q);
}

static void a_period_that_has_not_ended_is_not_owed(void **state)
{
    (void)state;
    struct uplink_due d;
    struct uplink_queue *q = queue_of(31, 10);
    uplink_queue_advance(q, midnight_ms + 10 * minute_ms - 1);
    assert_false(uplink_queue_pick(q, ALL, midnight_ms + 10 * minute_ms - 1, &d));
    uplink_queue_advance(q, midnight_ms + 10 * minute_ms);
    assert_true(uplink_queue_pick(q, ALL, midnight_ms + 10 * minute_ms, &d));
    assert_int_equal(d.kind, UPLINK_MINUTE);
    assert_int_equal(d.start_ms, midnight_ms);
    assert_int_equal(d.minutes, 10);
    uplink_queue_free(q);
}

static void another_interval_owes_what_is_not_done(void **state)
{
    (void)state;
    struct uplink_due d = {UPLINK_MINUTE, midnight_ms, 10};
    struct uplink_queue *q = queue_of(31, 10);
    uplink_queue_advance(q, midnight_ms + 20 * minute_ms);
    uplink_queue_done(q, &d);
    uplink_queue_set(q, 5, true, true);
    unsigned count = 0;
    while (uplink_queue_pick(q, 1u << UPLINK_MINUTE, midnight_ms + 20 * minute_ms, &d)) {
        assert_true(d.start_ms >= midnight_ms + 10 * minute_ms);
        assert_int_equal(d.minutes, 5);
        uplink_queue_done(q, &d);
        count++;
    }
    assert_int_equal(count, 2);
    uplink_queue_free(q);
}

static void what_grows_too_old_is_counted_as_lost(void **state)
{
    (void)state;
    struct uplink_due d;
    struct uplink_queue *q = queue_of(1, 1);
    uplink_queue_advance(q, midnight_ms + day_ms);
    assert_int_equal(uplink_queue_lost(q), 0);
    uplink_queue_advance(q, midnight_ms + day_ms + 60 * minute_ms);
    assert_int_equal(uplink_queue_lost(q), 60 + 1);
    assert_int_equal(uplink_queue_count(q), 1440 + 24 + 1);
    d = (struct uplink_due){UPLINK_MINUTE, midnight_ms, 1};
    uplink_queue_owe(q, &d); /* too late */
    assert_int_equal(uplink_queue_count(q), 1440 + 24 + 1);
    uplink_queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_goes_newest_first_and_each_period_once),
        cmocka_unit_test(a_period_that_has_not_ended_is_not_owed),
        cmocka_unit_test(another_interval_owes_what_is_not_done),
        cmocka_unit_test(what_grows_too_old_is_counted_as_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
