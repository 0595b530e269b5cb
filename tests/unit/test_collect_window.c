#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/bus_stand.h"

/* A device of as many requests as signals. */
static struct plant_device *add_scattered(struct bus_stand *s, uint8_t unit, unsigned requests)
{
    struct plant_device *d = test_plant_add_device(&s->plant, unit);
    for (unsigned i = 0; i < requests; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(100 * i), TYPE_UINT16);
    return d;
}

static void start(struct bus_stand *s, uint32_t window)
{
    s->plant.links[0].window = window;
    stand_start(s, 0);
}

static void up_to_window_requests_are_on_their_way(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 10);
    s->units[1].delay_ms = 50;
    start(s, 4);
    stand_run(s, 500 + 149);
    assert_int_equal(s->readings[0], 0);
    stand_run(s, 1);
    assert_int_equal(s->good[0], 1);
    stand_run(s, 9849);
    assert_int_equal(s->good[0], 10);
    assert_int_equal(s->sent, 100);
    assert_int_equal(s->most_replies, 4);
    assert_int_equal(stand_stats(s, 0).missed, 0);
}

static void the_quiet_time_is_kept_with_several_on_their_way(void **state)
{
    struct bus_stand *s = *state;
    s->plant.links[0].gap_ms = 20;
    add_scattered(s, 1, 6);
    s->units[1].delay_ms = 10;
    start(s, 2);
    stand_run(s, 500 + 10 + 20 + 10 + 20 + 9);
    assert_int_equal(s->readings[0], 0);
    stand_run(s, 1);
    assert_int_equal(s->good[0], 1);
}

static void replies_out_of_order_find_their_requests(void **state)
{
    struct bus_stand *s = *state;
    for (uint8_t unit = 1; unit <= 5; unit++) {
        add_scattered(s, unit, 3);
        s->units[unit].delay_ms = 60 - 10u * unit;
    }
    start(s, 16);
    for (unsigned round = 0; round < 50; round++) {
        stand_run(s, 500);
        assert_int_equal(s->reply_count, 15);
        for (unsigned i = 0; i < 15; i++)
            s->replies[i].at_ms = s->at_ms + 1 + (i * 7 + round) % 15;
        stand_run(s, 500);
    }
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(s->good[i], 50);
        assert_int_equal(stand_stats(s, i).foreign + stand_stats(s, i).late, 0);
    }
    assert_int_equal(s->values_checked, 50 * 15);
}

static void each_request_has_its_own_time_out(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 1)->timeout_ms = 300;
    add_scattered(s, 2, 1)->timeout_ms = 100;
    for (unsigned i = 0; i < 2; i++)
        s->plant.devices[i].retries = 0;
    s->units[1].delay_ms = 250;
    s->units[2].dead = true;
    start(s, 2);
    stand_run(s, 500 + 99);
    assert_int_equal(s->readings[1], 0);
    stand_run(s, 1);
    assert_int_equal(s->bad[1], 1);
    assert_int_equal(s->readings[0], 0);
    stand_run(s, 150);
    assert_int_equal(s->good[0], 1);
    assert_int_equal(stand_stats(s, 0).timeouts, 0);
    assert_int_equal(stand_stats(s, 1).timeouts, 1);
}

static void a_late_reply_is_late_with_others_on_their_way(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 3)->timeout_ms = 100;
    s->plant.devices[0].retries = 0;
    add_scattered(s, 2, 6);
    start(s, 4);
    stand_run(s, 5000);
    s->units[1].delay_ms = 130;
    stand_run(s, 20000);
    struct collect_device_stats late = stand_stats(s, 0);
    assert_true(late.late > 5);
    assert_int_equal(late.late, late.timeouts);
    assert_int_equal(late.foreign, 0);
    assert_int_equal(s->good[1], 25);
    s->units[1].delay_ms = 10;
    uint64_t before = s->good[0];
    stand_run(s, 70000);
    assert_true(s->good[0] > before + 5);
}

static void a_foreign_reply_ends_no_wait(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 3);
    s->units[1].delay_ms = 100;
    start(s, 3);
    stand_run(s, 550);
    for (unsigned i = 0; i < 3; i++) {
        struct stand_reply foreign = s->replies[i];
        foreign.bytes[i == 0 ? 0 : i == 1 ? 6 : 7] ^= 0x40;
        stand_receive(s, foreign.bytes, foreign.len);
    }
    stand_run(s, 100);
    assert_int_equal(s->good[0], 1);
    assert_int_equal(stand_stats(s, 0).foreign, 3);
}

static void requests_lost_together_are_one_silence(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 8)->timeout_ms = 200;
    start(s, 8);
    stand_run(s, 5000);
    assert_int_equal(s->closed, 0);
    s->units[1].dead = true;
    stand_run(s, 1000 + 99);
    assert_int_equal(stand_stats(s, 0).timeouts, 8 + 1);
    assert_int_equal(s->closed, 0);
    stand_run(s, 1);
    assert_int_equal(s->closed, 1);
}

static void run_with_a_dead_unit(struct bus_stand *s, uint32_t window, uint32_t delay_ms)
{
    for (unsigned i = 0; i < 30; i++) {
        add_scattered(s, (uint8_t)(i + 1), 3);
        s->units[i + 1].delay_ms = delay_ms;
    }
    start(s, window);
    stand_run(s, 60000);
    uint64_t before[30];
    memcpy(before, s->good, sizeof before);
    s->units[13].dead = true;
    stand_run(s, 3600000);
    for (uint32_t i = 0; i < 30; i++) {
        if (i != 12)
            assert_in_range(s->good[i] - before[i], 3565, 3601);
        else
            assert_true(s->good[i] - before[i] <= 1);
    }
    assert_int_equal(s->closed, 0);
    s->units[13].dead = false;
    stand_run(s, 120000);
    assert_true(s->good[12] - before[12] > 30);
}

static void a_dead_unit_of_30_takes_one_place_of_the_window(void **state)
{
    run_with_a_dead_unit(*state, 2, 10);
}

static void also_when_the_gateway_is_busy(void **state)
{
    run_with_a_dead_unit(*state, 4, 35);
}

static void count_range(void *ctx, const struct collect_range *range)
{
    if (range->exception)
        *(uint32_t *)ctx += range->signals;
}

static void a_hole_is_found_once_with_several_on_their_way(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 64);
    add_scattered(s, 2, 5);
    s->units[1].missing_from = 20;
    s->units[1].missing_to = 22;
    start(s, 8);
    stand_run(s, 2000);
    uint32_t refused = 0;
    assert_int_equal(modbus_bus_learned(s->bus, 0, count_range, &refused), 0);
    assert_int_equal(refused, 2);
    uint64_t exceptions = stand_stats(s, 0).exceptions[2];
    stand_run(s, 100000);
    assert_int_equal(stand_stats(s, 0).exceptions[2], exceptions);
    assert_int_equal(s->last_quality[20], quality_make(QUALITY_EXCEPTION, 2));
    assert_int_equal(s->last_quality[63], QUALITY_GOOD);
    assert_int_equal(s->good[1], 102);
}

static void a_lost_connection_ends_all_that_is_on_its_way(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 8);
    s->units[1].delay_ms = 100;
    start(s, 4);
    for (unsigned i = 0; i < 100; i++) {
        stand_run(s, 550);
        assert_int_equal(s->reply_count, 4);
        modbus_bus_disconnected(s->bus, QUALITY_LINK, stand_time(s));
        assert_int_equal(s->bad[0], i + 1);
        struct stand_reply old = s->replies[0];
        s->reply_count = 0;
        modbus_bus_connected(s->bus, stand_time(s));
        stand_receive(s, old.bytes, old.len);
        stand_run(s, 450);
    }
    assert_int_equal(s->good[0], 0);
    stand_run(s, 10000);
    assert_int_equal(s->good[0], 10);
}

static void a_write_is_alone_on_its_way(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 8);
    s->plant.devices[0].write_gap_ms = 30;
    s->plant.signals[3].writable = true;
    s->units[1].delay_ms = 100;
    start(s, 4);
    stand_run(s, 550);
    s->replies_at_write = 9;
    assert_int_equal(modbus_bus_write(s->bus, 3, 77, 1, stand_time(s)), 0);
    modbus_bus_tick(s->bus, stand_time(s));
    assert_int_equal(s->sent, 4);
    stand_run(s, 50); /* the four are answered */
    assert_int_equal(s->sent, 5);
    assert_int_equal(s->replies_at_write, 0);
    stand_run(s, 100 + 29);
    assert_int_equal(s->sent, 5);
    stand_run(s, 1); /* the reading back */
    assert_int_equal(s->sent, 6);
    stand_run(s, 100);
    assert_int_equal(s->sent, 10);
    stand_run(s, 100);
    assert_int_equal(s->good[0], 1);
}

/* Hand-made: a loaded configuration has no such thing. */
static void where_ids_do_not_tell_one_is_on_its_way(void **state)
{
    struct bus_stand *s = *state;
    add_scattered(s, 1, 4);
    add_scattered(s, 2, 4)->id_policy = ID_ZERO;
    s->units[2].id_zero = true;
    start(s, 8);
    stand_run(s, 10000);
    assert_int_equal(s->most_replies, 1);
    assert_int_equal(s->good[0], 10);
    assert_int_equal(s->good[1], 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(up_to_window_requests_are_on_their_way, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(the_quiet_time_is_kept_with_several_on_their_way,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(replies_out_of_order_find_their_requests, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(each_request_has_its_own_time_out, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_late_reply_is_late_with_others_on_their_way, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_foreign_reply_ends_no_wait, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(requests_lost_together_are_one_silence, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_dead_unit_of_30_takes_one_place_of_the_window,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(also_when_the_gateway_is_busy, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_hole_is_found_once_with_several_on_their_way,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(a_lost_connection_ends_all_that_is_on_its_way, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_write_is_alone_on_its_way, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(where_ids_do_not_tell_one_is_on_its_way, stand_set_up,
                                        stand_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
