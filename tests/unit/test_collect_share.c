#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/plan_report.h"
#include "tests/unit/bus_stand.h"

/* A block of registers, dealt out to devices of unit 1 like cards. */
static void deal_out(struct bus_stand *s, unsigned devices, unsigned registers)
{
    for (unsigned i = 0; i < devices; i++) {
        test_plant_add_device(&s->plant, 1);
        for (unsigned a = i; a < registers; a += devices)
            test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)a, TYPE_UINT16);
    }
}

static void one_read_feeds_13_devices(void **state)
{
    struct bus_stand *s = *state;
    deal_out(s, 13, 42);
    stand_start(s, 0);
    stand_run(s, 10000);
    assert_int_equal(s->sent, 10);
    for (uint32_t i = 0; i < 13; i++) {
        assert_int_equal(s->good[i], 10);
        assert_int_equal(stand_stats(s, i).read_with, 0);
        assert_int_equal(stand_stats(s, i).requests, 10);
        assert_int_equal(s->last_time_ms[i], s->last_time_ms[0]);
    }
    assert_int_equal(s->values_checked, 420);
}

static void what_differs_is_read_apart(void **state)
{
    struct bus_stand *s = *state;
    deal_out(s, 6, 12);
    s->plant.devices[1].every_ms = 500;
    s->plant.devices[2].phase_ms = 100;
    s->plant.devices[3].timeout_ms = 300;
    s->plant.devices[4].unit = 2;
    stand_start(s, 0);
    stand_run(s, 10000);
    assert_int_equal(s->sent, 10 + 21 + 10 + 10 + 10);
    static const uint32_t with[] = {0, 1, 2, 3, 4, 0};
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(stand_stats(s, i).read_with, with[i]);
    assert_int_equal(s->good[5], 10);
}

static void what_is_forbidden_to_one_is_read_by_none(void **state)
{
    struct bus_stand *s = *state;
    static const struct plant_range hole = {TABLE_HOLDING, 5, 5};
    stand_add_device(s, 1, 0, 5);
    struct plant_device *d = stand_add_device(s, 1, 6, 5);
    d->forbidden = &hole;
    d->forbidden_count = 1;
    s->units[1].missing_from = 5;
    s->units[1].missing_to = 6;
    stand_start(s, 0);
    stand_run(s, 10000);
    assert_int_equal(s->sent, 20);
    assert_int_equal(s->good[0] + s->good[1], 20);
}

static void count_refused(void *ctx, const struct collect_range *range)
{
    if (range->exception)
        *(uint32_t *)ctx += range->signals;
}

static uint32_t refused(const struct bus_stand *s, uint32_t device)
{
    uint32_t count = 0;
    assert_int_equal(modbus_bus_learned(s->bus, device, count_refused, &count), 0);
    return count;
}

static void a_hole_costs_the_signals_in_it_whosever_they_are(void **state)
{
    struct bus_stand *s = *state;
    deal_out(s, 2, 20);
    s->units[1].missing_from = 9;
    s->units[1].missing_to = 10;
    stand_start(s, 0);
    stand_run(s, 20000);
    assert_int_equal(s->good[0], 20);
    assert_int_equal(s->bad[1], 20);
    assert_int_equal(s->last_quality[10 + 4], quality_make(QUALITY_EXCEPTION, 2));
    assert_int_equal(s->last_quality[10 + 5], QUALITY_GOOD);
    assert_int_equal(refused(s, 0), 1);
    assert_int_equal(refused(s, 1), 1);
    s->units[1].missing_to = 9;
    assert_int_equal(modbus_bus_forget(s->bus, 1), 0);
    assert_int_equal(refused(s, 0), 0);
    stand_run(s, 5000);
    assert_int_equal(s->good[1], 5);
}

static void silence_and_back_off_are_of_all_alike(void **state)
{
    struct bus_stand *s = *state;
    deal_out(s, 3, 30);
    stand_start(s, 0);
    stand_run(s, 5000);
    s->units[1].dead = true;
    for (unsigned i = 0; i < 60; i++) {
        stand_run(s, 1000);
        if (s->closed > 0)
            break;
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(s->readings[i], s->readings[0]);
        assert_int_equal(s->bad[i], s->bad[0]);
        assert_int_equal(stand_stats(s, i).timeouts, stand_stats(s, 0).timeouts);
    }
    assert_true(s->bad[0] > 1);
}

struct texts {
    struct bus_stand *stand;
    bool some[2], none[2];
};

static struct texts texts;

static int send_on(void *ctx, const uint8_t *q, size_t len)
{
    (void)ctx;
    return stand_send(texts.stand, q, len);
}

static void close_on(void *ctx)
{
    (void)ctx;
    stand_close(texts.stand);
}

static void look_at_texts(void *ctx, const struct reading *r)
{
    (void)ctx;
    texts.some[r->device] = texts.some[r->device] || r->texts;
    texts.none[r->device] = texts.none[r->device] || !r->texts;
    if (!r->texts)
        return;
    assert_null(r->texts[0]);
    assert_non_null(r->texts[1]);
}

static void a_text_is_its_devices_alone(void **state)
{
    struct bus_stand *s = *state;
    static const struct modbus_bus_ops ops = {
        .send = send_on, .close_connection = close_on, .on_reading = look_at_texts};
    texts = (struct texts){.stand = s};
    stand_add_device(s, 1, 0, 3);
    stand_add_device(s, 1, 3, 1);
    struct plant_signal *text = test_plant_add_signal(&s->plant, TABLE_HOLDING, 49162,
                                                      TYPE_UINT16); /* its content is "AB" */
    text->type = TYPE_STRING;
    text->register_count = 1;
    assert_int_equal(modbus_bus_new(&s->plant.plant, 0, 0, &ops, NULL, &s->bus), 0);
    modbus_bus_connected(s->bus, stand_time(s));
    stand_run(s, 3000);
    assert_true(texts.none[0] && !texts.some[0]);
    assert_true(texts.some[1] && !texts.none[1]);
}

static void a_new_plant_may_name_them_in_another_order(void **state)
{
    struct bus_stand *s = *state;
    deal_out(s, 3, 6);
    stand_start(s, 0);
    stand_run(s, 3000);
    struct test_plant *next = calloc(1, sizeof *next);
    test_plant_init(next);
    test_plant_add_link(next, 502);
    for (unsigned i = 0; i < 3; i++) {
        unsigned was = 2 - i;
        test_plant_add_device(next, 1);
        snprintf(next->device_ids[i], TEST_ID, "device-%u", was);
        for (unsigned k = 0; k < 2; k++) {
            unsigned signal = next->plant.signal_count;
            test_plant_add_signal(next, TABLE_HOLDING, (uint16_t)(was + 3 * k), TYPE_UINT16);
            memcpy(next->signal_ids[signal], s->plant.signal_ids[2 * was + k], TEST_ID);
        }
    }
    assert_true(modbus_bus_fits(s->bus, &next->plant, 0));
    modbus_bus_rebind(s->bus, &next->plant, 0);
    memcpy(s->plant.signals, next->signals,
           sizeof next->signals); /* what the stand compares with */
    stand_run(s, 3000);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(s->good[i], 6);
    assert_int_equal(stand_stats(s, 0).read_with, 2);
    next->plant.links[0].device_count = 2;
    assert_false(modbus_bus_fits(s->bus, &next->plant, 0));
    modbus_bus_free(s->bus);
    s->bus = NULL;
    free(next);
}

static void the_plan_tells_with_whom(void **state)
{
    struct bus_stand *s = *state;
    deal_out(s, 2, 20);
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(plan_report_write(&s->plant.plant, false, f), 0);
    fclose(f);
    assert_non_null(strstr(text, "device device-0  unit 1  every 1000 ms  requests 1"));
    assert_non_null(strstr(text, "holding 0..19  registers 20  signals 20\n"));
    assert_non_null(strstr(text, "device device-1  unit 1  every 1000 ms  read with device-0\n"));
    assert_non_null(strstr(text, "all  requests 1 "));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_read_feeds_13_devices, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(what_differs_is_read_apart, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(what_is_forbidden_to_one_is_read_by_none, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_hole_costs_the_signals_in_it_whosever_they_are,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(silence_and_back_off_are_of_all_alike, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_text_is_its_devices_alone, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(a_new_plant_may_name_them_in_another_order, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(the_plan_tells_with_whom, stand_set_up, stand_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
