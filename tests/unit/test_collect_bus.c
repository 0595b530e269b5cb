#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/bus_stand.h"

static void a_device_is_read_on_its_grid(void **state)
{
    struct bus_stand *s = *state;
    struct plant_device *d = stand_add_device(s, 1, 100, 10);
    d->every_ms = 2500;
    d->phase_ms = 700;
    s->offset_ms = -3600000;
    stand_start(s, 0);
    stand_run(s, 25000);
    assert_int_equal(s->readings[0], 10);
    assert_int_equal(s->good[0], 10);
    assert_int_equal(s->sent, 10);
    assert_int_equal(s->values_checked, 100);
    struct collect_device_stats stats = stand_stats(s, 0);
    assert_int_equal(stats.requests, 10);
    assert_int_equal(stats.reply_ms, 100);
    assert_int_equal(stats.missed + stats.skipped + stats.unlinked, 0);
}

static void reply_times_are_counted_by_their_bounds(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1)->timeout_ms = 5000;
    static const uint32_t delays[] = {0, 1, 2, 3, 50, 51, 1999, 2001};
    stand_start(s, 0);
    for (unsigned i = 0; i < 8; i++) {
        s->units[1].delay_ms = delays[i];
        uint64_t before = stand_stats(s, 0).good;
        while (stand_stats(s, 0).good == before)
            stand_run(s, 1);
    }
    static const uint64_t expected[STATS_REPLY_BOUNDS + 1] = {2, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1};
    struct collect_device_stats stats = stand_stats(s, 0);
    assert_memory_equal(stats.replies, expected, sizeof expected);
    assert_int_equal(stats.slowest_ms, 2001);
    assert_int_equal(stats.reply_ms, 4107);
}

static void nothing_happens_before_the_first_connection_is_decided(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1);
    stand_start(s, 0);
    modbus_bus_free(s->bus);
    static const struct modbus_bus_ops ops = {
        .send = stand_send, .close_connection = stand_close, .on_reading = stand_on_reading};
    assert_int_equal(modbus_bus_new(&s->plant.plant, 0, 0, &ops, s, &s->bus), 0);
    uint64_t before = s->readings[0] + s->sent;
    assert_true(modbus_bus_next_ms(s->bus) == INT64_MAX);
    s->at_ms += 5000;
    modbus_bus_tick(s->bus, stand_time(s));
    assert_int_equal(s->readings[0] + s->sent, before);
    assert_int_equal(modbus_bus_overdue_ms(s->bus, s->at_ms), 0);
}

static void without_a_connection_readings_say_why(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 3);
    stand_start(s, 0);
    stand_run(s, 3000);
    modbus_bus_disconnected(s->bus, QUALITY_LINK, stand_time(s));
    stand_run(s, 3000);
    assert_int_equal(s->last_quality[2], QUALITY_LINK);
    modbus_bus_disconnected(s->bus, QUALITY_REFUSED, stand_time(s));
    stand_run(s, 3000);
    assert_int_equal(s->last_quality[2], QUALITY_REFUSED);
    assert_int_equal(s->bad[0], 6);
    assert_int_equal(stand_stats(s, 0).unlinked, 6);
    modbus_bus_connected(s->bus, stand_time(s));
    stand_run(s, 3000);
    assert_int_equal(s->bad[0], 6);
    assert_int_equal(stand_stats(s, 0).missed, 0);
}

static void a_connection_lost_in_a_cycle_ends_the_cycle(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 300);
    s->units[1].delay_ms = 100;
    stand_start(s, 0);
    stand_run(s, 650); /* the first of three requests is answered */
    assert_int_equal(s->readings[0], 0);
    modbus_bus_disconnected(s->bus, QUALITY_LINK, stand_time(s));
    assert_int_equal(s->readings[0], 1);
    assert_int_equal(s->last_quality[0], QUALITY_GOOD);
    assert_int_equal(s->last_quality[299], QUALITY_LINK);
    assert_int_equal(stand_stats(s, 0).failures, 0);
}

static void an_exception_spoils_only_its_request(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 5);
    for (uint16_t i = 0; i < 5; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(1000 + i), TYPE_UINT16);
    s->mute = true;
    stand_start(s, 0);
    uint8_t reply[STAND_FRAME];
    stand_run(s, 505);
    stand_receive(s, reply, stand_answer(s->last_request, reply));
    stand_receive(s, reply, stand_exception(s->last_request, 4, reply));
    assert_int_equal(s->readings[0], 1);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(s->last_quality[i], QUALITY_GOOD);
        assert_int_equal(s->last_quality[5 + i], quality_make(QUALITY_EXCEPTION, 4));
    }
    assert_int_equal(stand_stats(s, 0).exceptions[4], 1);
    assert_int_equal(stand_stats(s, 0).failures, 0);
}

static void exception_codes_are_counted_apart(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1);
    stand_start(s, 0);
    for (unsigned code = 1; code <= 13; code++) {
        s->units[1].exception = (uint8_t)code;
        modbus_bus_connected(s->bus, stand_time(s)); /* forgets the back-off of codes 10 and 11 */
        stand_run(s, 1000);
        assert_int_equal(s->last_quality[0], quality_make(QUALITY_EXCEPTION, (uint8_t)code));
    }
    struct collect_device_stats stats = stand_stats(s, 0);
    for (unsigned code = 1; code < STATS_EXCEPTION_CODES; code++)
        assert_int_equal(stats.exceptions[code], 1);
    assert_int_equal(stats.exceptions[0], 2);
}

static void a_gateway_that_misses_a_unit_makes_it_back_off(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1);
    s->units[1].exception = 11;
    stand_start(s, 0);
    stand_run(s, 600000);
    assert_int_equal(s->bad[0], 600);
    assert_in_range(s->units[1].asked, 6 + 8, 6 + 10);
    assert_int_equal(s->closed, 0);
    assert_int_equal(stand_stats(s, 0).skipped, 600 - s->units[1].asked);
    s->units[1].exception = 2;
    stand_run(s, 61000);
    uint64_t before = s->units[1].asked;
    stand_run(s, 10000);
    assert_int_equal(s->units[1].asked, before + 10); /* an answer, if not the wanted one */
}

static void backing_off_doubles_and_carries_the_last_reason(void **state)
{
    struct bus_stand *s = *state;
    struct plant_device *d = stand_add_device(s, 1, 0, 1);
    d->retries = 0;
    d->backoff_max_s = 16;
    stand_add_device(s, 2, 0, 1); /* keeps the link alive */
    s->units[1].dead = true;
    stand_start(s, 0);
    static const unsigned due_asked[] = {0, 1, 3, 7, 15, 31, 47, 63};
    unsigned next = 0;
    for (unsigned due = 0; due < 70; due++) {
        uint64_t before = s->units[1].asked;
        stand_run(s, 1000);
        bool expected = next < 8 && due_asked[next] == due;
        assert_int_equal(s->units[1].asked - before, expected);
        next += expected;
    }
    assert_int_equal(s->last_quality[0], QUALITY_TIMEOUT);
    assert_true(stand_stats(s, 0).backing_off);
    assert_int_equal(stand_stats(s, 0).failures, 8);
    assert_int_equal(s->readings[0] + stand_stats(s, 0).missed, 70);
}

static void a_unit_that_comes_back_is_read_at_every_due_time_again(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 250);
    stand_add_device(s, 2, 0, 1);
    s->units[1].dead = true;
    stand_start(s, 0);
    stand_run(s, 300000);
    s->units[1].dead = false;
    stand_run(s, 61000);
    uint64_t good = s->good[0];
    assert_true(good > 0);
    stand_run(s, 100000);
    assert_int_equal(s->good[0], good + 100);
    assert_false(stand_stats(s, 0).backing_off);
}

static void a_unit_slower_than_its_probes_is_found_by_its_late_reply(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1);
    stand_add_device(s, 2, 0, 1);
    stand_start(s, 0);
    stand_run(s, 60000);
    s->units[1].dead = true;
    stand_run(s, 200000);
    s->units[1].dead = false;
    s->units[1].delay_ms = 800; /* a probe's patience is 100 ms here */
    stand_run(s, 64000);
    uint64_t good = s->good[0];
    assert_true(good > 0);
    stand_run(s, 20000);
    assert_in_range(s->good[0] - good, 19, 20);
    assert_true(stand_stats(s, 0).late <= 1);
}

static void late_cycles_are_missed_and_never_made_up(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1)->timeout_ms = 5000;
    s->units[1].delay_ms = 2300;
    stand_start(s, 0);
    stand_run(s, 30000);
    assert_int_equal(s->readings[0], 10);
    assert_int_equal(s->units[1].asked, 10);
    assert_int_equal(stand_stats(s, 0).missed, 20);
}

static void a_loop_that_slept_starts_only_the_newest_cycle(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1);
    stand_start(s, 0);
    stand_run(s, 3000);
    s->at_ms += 7000;
    modbus_bus_tick(s->bus, stand_time(s));
    stand_run(s, 400);
    assert_int_equal(s->readings[0], 4);
    assert_int_equal(stand_stats(s, 0).missed, 6);
    assert_int_equal(s->last_time_ms[0] % 1000, 0);
    assert_in_range(s->at_ms - s->last_time_ms[0], 0, 999);
}

/* A dead unit among 30: of each other device less than 1 % of the samples may be lost in an hour.
 * A sample is lost when its cycle was missed or came without its values. */
static void run_with_a_dead_unit(struct bus_stand *s, uint32_t delay_ms, bool spread,
                                 unsigned requests)
{
    for (unsigned i = 0; i < 30; i++) {
        struct plant_device *d = stand_add_device(s, (uint8_t)(i + 1), 0, 10);
        for (unsigned k = 1; k < requests; k++)
            test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(k * 1000), TYPE_UINT16);
        d->phase_ms = spread ? i * 33 : 0;
        s->units[i + 1].delay_ms = delay_ms;
    }
    stand_start(s, 0);
    stand_run(s, 60000); /* alive at first: then it dies */
    struct collect_device_stats before[30];
    for (uint32_t i = 0; i < 30; i++)
        before[i] = stand_stats(s, i);
    uint64_t good_before[30];
    memcpy(good_before, s->good, sizeof good_before);
    s->units[13].dead = true;
    stand_run(s, 3600000);
    for (uint32_t i = 0; i < 30; i++) {
        uint64_t good = s->good[i] - good_before[i];
        if (i == 12)
            assert_true(good <= 1);
        else
            assert_in_range(good, 3565, 3601);
        assert_true(before[i].missed <= 1);
    }
    assert_int_equal(s->closed, 0);
    assert_true(stand_stats(s, 12).requests > 60);
}

static void one_dead_unit_of_30_costs_the_others_next_to_nothing(void **state)
{
    run_with_a_dead_unit(*state, 10, true, 1);
}

static void also_when_all_are_due_at_once_on_a_slow_gateway(void **state)
{
    run_with_a_dead_unit(*state, 28, false, 1);
}

static void also_when_each_takes_three_requests(void **state)
{
    run_with_a_dead_unit(*state, 8, true, 3);
}

static void a_unit_dead_from_the_start_costs_no_more(void **state)
{
    struct bus_stand *s = *state;
    for (unsigned i = 0; i < 30; i++)
        stand_add_device(s, (uint8_t)(i + 1), 0, 10)->phase_ms = i * 33;
    s->units[30].dead = true;
    stand_start(s, 0);
    stand_run(s, 3600000);
    for (uint32_t i = 0; i < 29; i++)
        assert_in_range(s->good[i], 3565, 3600);
}

static void a_silent_range_of_a_living_unit_backs_off_alone(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 5);
    test_plant_add_signal(&s->plant, TABLE_HOLDING, 1000, TYPE_UINT16);
    s->units[1].silent_from = 1000;
    s->units[1].silent_to = 1001;
    for (unsigned i = 1; i < 10; i++)
        stand_add_device(s, (uint8_t)(i + 1), 0, 10)->phase_ms = i * 100;
    stand_start(s, 0);
    stand_run(s, 3600000);
    for (uint32_t i = 1; i < 10; i++)
        assert_in_range(s->good[i], 3565, 3600);
    struct collect_device_stats stats = stand_stats(s, 0);
    assert_true(stats.good > 3500);
    assert_in_range(stats.timeouts, 55, 80);
    assert_true(stats.requests_skipped > 3400);
    assert_int_equal(stats.failures, 0);
    assert_int_equal(s->last_quality[5], QUALITY_TIMEOUT);
    s->units[1].silent_to = 1000;
    stand_run(s, 62000);
    uint64_t good = s->good[0];
    assert_true(good > 0);
    stand_run(s, 10000);
    assert_int_equal(s->good[0], good + 10);
}

static void a_busy_link_still_asks_the_units_that_come_last(void **state)
{
    struct bus_stand *s = *state;
    for (unsigned i = 0; i < 20; i++)
        stand_add_device(s, (uint8_t)(i + 1), 0, 10)->phase_ms = i * 10;
    for (unsigned i = 0; i < 20; i++)
        s->units[i + 1].delay_ms = 80; /* 1.6 s of work a second */
    s->units[1].dead = true;
    stand_start(s, 0);
    stand_run(s, 10000);
    s->units[1].dead = false;
    stand_run(s, 100000);
    assert_true(s->good[0] > 10);
}

static void three_time_outs_in_a_row_close_the_connection(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1)->retries = 1;
    s->units[1].dead = true;
    stand_start(s, 0);
    stand_run(s, 2500);
    assert_int_equal(s->closed, 0);
    stand_run(s, 10000);
    assert_int_equal(s->closed, 1);
    assert_int_equal(s->sent, 3);
    assert_int_equal(stand_link_stats(s).silences, 1);
    assert_false(modbus_bus_is_alive(s->bus));
    assert_int_equal(s->last_quality[0], QUALITY_LINK);
    modbus_bus_connected(s->bus, stand_time(s)); /* asked at once, whatever its back-off */
    s->units[1].dead = false;
    stand_run(s, 2000);
    assert_int_equal(s->last_quality[0], QUALITY_GOOD);
    assert_true(modbus_bus_is_alive(s->bus));
}

static void a_failed_send_closes_the_connection(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1);
    s->send_error = PW_ESTATE;
    stand_start(s, 0);
    stand_run(s, 1500);
    assert_int_equal(s->closed, 1);
    assert_int_equal(s->last_quality[0], QUALITY_LINK);
}

static void the_quiet_time_is_kept(void **state)
{
    struct bus_stand *s = *state;
    s->plant.links[0].gap_ms = 50;
    for (uint8_t i = 0; i < 5; i++)
        stand_add_device(s, (uint8_t)(i + 1), 0, 1);
    stand_start(s, 0);
    stand_run(s, 510);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(s->sent, i);
        stand_run(s, 49);
        assert_int_equal(s->sent, i);
        stand_run(s, 11);
    }
    assert_int_equal(s->readings[4], 1);
}

static void the_watchdog_sees_the_oldest_unsettled_cycle(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 1)->timeout_ms = 60000;
    s->units[1].dead = true;
    stand_start(s, 0);
    stand_run(s, 1000);
    assert_int_equal(modbus_bus_overdue_ms(s->bus, s->at_ms), 500);
    stand_run(s, 40000);
    assert_int_equal(modbus_bus_overdue_ms(s->bus, s->at_ms), 40500);
    assert_int_equal(stand_link_stats(s).overdue_ms, 40500);
}

static void a_hundred_reconnects_leave_nothing_behind(void **state)
{
    struct bus_stand *s = *state;
    for (uint8_t i = 0; i < 5; i++)
        stand_add_device(s, (uint8_t)(i + 1), 0, 200);
    s->units[2].dead = true;
    stand_start(s, 65000);
    for (int i = 0; i < 100; i++) {
        stand_run(s, 1000 + i * 7);
        s->reply_count = 0;
        modbus_bus_disconnected(s->bus, i % 2 ? QUALITY_LINK : QUALITY_REFUSED, stand_time(s));
        stand_run(s, i * 31);
        modbus_bus_connected(s->bus, stand_time(s));
    }
    uint64_t good = s->good[4];
    stand_run(s, 10000);
    /* the dead unit, tried in full after each connection, may cost two cycles */
    assert_in_range(s->good[4] - good, 8, 10);
    for (uint32_t i = 0; i < 5; i++) {
        struct collect_device_stats stats = stand_stats(s, i);
        assert_int_equal(stats.cycles, s->readings[i]);
    }
}

static void a_new_plant_keeps_counters_under_new_indexes(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 2);
    stand_add_device(s, 2, 0, 3);
    stand_start(s, 0);
    stand_run(s, 6000);
    struct test_plant *next = calloc(1, sizeof *next);
    test_plant_init(next);
    test_plant_add_link(next, 1);
    test_plant_add_device(next, 9);
    test_plant_add_signal(next, TABLE_COIL, 0, TYPE_BIT);
    test_plant_add_link(next, 502);
    test_plant_add_device(next, 1);
    memcpy(next->device_ids[1], "device-0", 9);
    test_plant_add_signal(next, TABLE_HOLDING, 0, TYPE_UINT16);
    test_plant_add_signal(next, TABLE_HOLDING, 1, TYPE_UINT16);
    test_plant_add_device(next, 2);
    memcpy(next->device_ids[2], "device-1", 9);
    for (uint16_t i = 0; i < 3; i++)
        test_plant_add_signal(next, TABLE_HOLDING, i, TYPE_UINT16);
    for (uint32_t i = 1; i < 6; i++)
        memcpy(next->signal_ids[i], s->plant.signal_ids[i - 1], TEST_ID);
    assert_false(modbus_bus_fits(s->bus, &next->plant, 0));
    next->signal_ids[1][0] = 'x';
    assert_false(modbus_bus_fits(s->bus, &next->plant, 1));
    next->signal_ids[1][0] = 's';
    assert_true(modbus_bus_fits(s->bus, &next->plant, 1));
    modbus_bus_rebind(s->bus, &next->plant, 1);
    assert_int_equal(stand_stats(s, 1).good, 6);
    assert_int_equal(stand_stats(s, 2).good, 6);
    struct collect_device_stats stats;
    assert_int_equal(modbus_bus_get_device_stats(s->bus, 0, s->at_ms, &stats), PW_ENOTFOUND);
    free(next);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stand_set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_read_on_its_grid),
        TEST(reply_times_are_counted_by_their_bounds),
        TEST(nothing_happens_before_the_first_connection_is_decided),
        TEST(without_a_connection_readings_say_why),
        TEST(a_connection_lost_in_a_cycle_ends_the_cycle),
        TEST(an_exception_spoils_only_its_request),
        TEST(exception_codes_are_counted_apart),
        TEST(a_gateway_that_misses_a_unit_makes_it_back_off),
        TEST(backing_off_doubles_and_carries_the_last_reason),
        TEST(a_unit_that_comes_back_is_read_at_every_due_time_again),
        TEST(a_unit_slower_than_its_probes_is_found_by_its_late_reply),
        TEST(late_cycles_are_missed_and_never_made_up),
        TEST(a_loop_that_slept_starts_only_the_newest_cycle),
        TEST(one_dead_unit_of_30_costs_the_others_next_to_nothing),
        TEST(also_when_all_are_due_at_once_on_a_slow_gateway),
        TEST(also_when_each_takes_three_requests),
        TEST(a_unit_dead_from_the_start_costs_no_more),
        TEST(a_silent_range_of_a_living_unit_backs_off_alone),
        TEST(a_busy_link_still_asks_the_units_that_come_last),
        TEST(three_time_outs_in_a_row_close_the_connection),
        TEST(a_failed_send_closes_the_connection),
        TEST(the_quiet_time_is_kept),
        TEST(the_watchdog_sees_the_oldest_unsettled_cycle),
        TEST(a_hundred_reconnects_leave_nothing_behind),
        TEST(a_new_plant_keeps_counters_under_new_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
