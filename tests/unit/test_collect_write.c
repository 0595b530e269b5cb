/* Writes on the bus: the test plays the unit and sees every frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/modbus_bus.h"
#include "acq/core/log.h"
#include "protocols/modbus/mbap.h"
#include "tests/unit/collect_plant.h"

#include <math.h>
#include <stdlib.h>

struct write_stand {
    struct test_plant plant;
    struct modbus_bus *bus;
    int64_t at_ms;
    uint8_t sent[MBAP_ADU_MAX];
    size_t sent_len, frames;
    unsigned readings, ends;
    struct collect_write_result end;
};

enum { BIT, SETPOINT, LEVEL, LOCKED, SIGNALS };

static int on_send(void *ctx, const uint8_t *data, size_t len)
{
    struct write_stand *s = ctx;
    memcpy(s->sent, data, len);
    s->sent_len = len;
    s->frames++;
    return 0;
}

static void on_close(void *ctx)
{
    (void)ctx;
}

static void on_reading(void *ctx, const struct reading *r)
{
    (void)r;
    ((struct write_stand *)ctx)->readings++;
}

static void on_written(void *ctx, const struct collect_write_result *r)
{
    struct write_stand *s = ctx;
    s->ends++;
    s->end = *r;
}

static struct bus_time now(const struct write_stand *s)
{
    return (struct bus_time){.at_ms = s->at_ms};
}

static int set_up(void **state)
{
    struct write_stand *s = calloc(1, sizeof *s);
    log_set_level(LOG_ERROR);
    s->at_ms = 1700000000100;
    test_plant_init(&s->plant);
    test_plant_add_link(&s->plant, 502);
    test_plant_add_device(&s->plant, 9)->write_gap_ms = 30;
    test_plant_add_signal(&s->plant, TABLE_COIL, 3, TYPE_BIT)->writable = true;
    struct plant_signal *setpoint =
        test_plant_add_signal(&s->plant, TABLE_HOLDING, 100, TYPE_UINT16);
    setpoint->writable = true;
    setpoint->scale = 0.1;
    setpoint->has_range = true;
    setpoint->range_max = 50;
    struct plant_signal *level = test_plant_add_signal(&s->plant, TABLE_HOLDING, 101, TYPE_FLOAT32);
    level->writable = true;
    level->order = ORDER_CDAB;
    test_plant_add_signal(&s->plant, TABLE_HOLDING, 103, TYPE_UINT16);
    *state = s;
    return 0;
}

static void start(struct write_stand *s)
{
    static const struct modbus_bus_ops ops = {.send = on_send,
                                              .close_connection = on_close,
                                              .on_reading = on_reading,
                                              .on_written = on_written};
    assert_int_equal(modbus_bus_new(&s->plant.plant, 0, 0, &ops, s, &s->bus), 0);
    modbus_bus_connected(s->bus, now(s));
}

static int tear_down(void **state)
{
    struct write_stand *s = *state;
    modbus_bus_free(s->bus);
    free(s);
    return 0;
}

static int write_value(struct write_stand *s, uint32_t signal, double value)
{
    int err = modbus_bus_write(s->bus, signal, value, 77, now(s));
    modbus_bus_tick(s->bus, now(s));
    return err;
}

/* PDU behind the transaction of the last request. */
static void reply(struct write_stand *s, const uint8_t *pdu, size_t len)
{
    uint8_t frame[MBAP_ADU_MAX] = {s->sent[0], s->sent[1], 0, 0, 0, (uint8_t)(len + 1), 9};
    memcpy(frame + MBAP_HEADER_SIZE, pdu, len);
    modbus_bus_received(s->bus, frame, MBAP_HEADER_SIZE + len, now(s));
}

static void expect_pdu(const struct write_stand *s, const uint8_t *pdu, size_t len)
{
    assert_int_equal(s->sent_len, MBAP_HEADER_SIZE + len);
    assert_memory_equal(s->sent + MBAP_HEADER_SIZE, pdu, len);
    assert_int_equal(s->sent[6], 9);
}

#define EXPECT(s, ...)                                                                             \
    expect_pdu(s, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define REPLY(s, ...)                                                                              \
    reply(s, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void wait_gap(struct write_stand *s)
{
    size_t frames = s->frames;
    s->at_ms += 29;
    modbus_bus_tick(s->bus, now(s));
    assert_int_equal(s->frames, frames);
    assert_int_equal(modbus_bus_next_ms(s->bus), s->at_ms + 1);
    s->at_ms += 1;
    modbus_bus_tick(s->bus, now(s));
    assert_int_equal(s->frames, frames + 1);
}

static void expect_end(const struct write_stand *s, enum collect_write_end end, quality why)
{
    assert_int_equal(s->ends, 1);
    assert_int_equal(s->end.token, 77);
    assert_int_equal(s->end.end, end);
    assert_int_equal(s->end.why, why);
}

static void a_register_is_written_then_read_back_after_the_gap(void **state)
{
    struct write_stand *s = *state;
    start(s);
    assert_int_equal(write_value(s, SETPOINT, 12.3), 0);
    EXPECT(s, 6, 0, 100, 0, 123);
    REPLY(s, 6, 0, 100, 0, 123);
    assert_int_equal(s->ends, 0);
    wait_gap(s);
    EXPECT(s, 3, 0, 100, 0, 1);
    REPLY(s, 3, 2, 0, 123);
    expect_end(s, COLLECT_WRITTEN, QUALITY_GOOD);
    assert_true(s->end.read_back == 12.3);
}

static void a_coil_is_written_on_and_off(void **state)
{
    struct write_stand *s = *state;
    start(s);
    assert_int_equal(write_value(s, BIT, 1), 0);
    EXPECT(s, 5, 0, 3, 0xff, 0);
    REPLY(s, 5, 0, 3, 0xff, 0);
    wait_gap(s);
    EXPECT(s, 1, 0, 3, 0, 1);
    REPLY(s, 1, 1, 1);
    expect_end(s, COLLECT_WRITTEN, QUALITY_GOOD);
    s->ends = 0;
    assert_int_equal(write_value(s, BIT, 0), 0);
    EXPECT(s, 5, 0, 3, 0, 0);
    REPLY(s, 5, 0, 3, 0, 0);
    wait_gap(s);
    REPLY(s, 1, 1, 1);
    expect_end(s, COLLECT_WRITTEN_DIFFERS, QUALITY_GOOD);
    assert_true(s->end.read_back == 1);
}

static void several_registers_go_together_in_the_devices_order(void **state)
{
    struct write_stand *s = *state;
    start(s);
    assert_int_equal(write_value(s, LEVEL, 1.5), 0); /* 3fc00000 */
    EXPECT(s, 16, 0, 101, 0, 2, 4, 0, 0, 0x3f, 0xc0);
    REPLY(s, 16, 0, 101, 0, 2);
    wait_gap(s);
    REPLY(s, 3, 4, 0, 0, 0x3f, 0xc0);
    expect_end(s, COLLECT_WRITTEN, QUALITY_GOOD);
}

static void a_device_may_want_the_functions_for_many(void **state)
{
    struct write_stand *s = *state;
    s->plant.devices[0].write_multiple = true;
    start(s);
    assert_int_equal(write_value(s, SETPOINT, 0.5), 0);
    EXPECT(s, 16, 0, 100, 0, 1, 2, 0, 5);
    REPLY(s, 0x90, 2);
    expect_end(s, COLLECT_NOT_WRITTEN, quality_make(QUALITY_EXCEPTION, 2));
    s->ends = 0;
    assert_int_equal(write_value(s, BIT, 1), 0);
    EXPECT(s, 15, 0, 3, 0, 1, 1, 1);
    REPLY(s, 15, 0, 3, 0, 1);
    wait_gap(s);
    REPLY(s, 1, 1, 0xff);
    expect_end(s, COLLECT_WRITTEN, QUALITY_GOOD);
}

static void a_write_goes_ahead_of_polls_that_wait(void **state)
{
    struct write_stand *s = *state;
    start(s);
    s->at_ms = 1700000001000;
    modbus_bus_tick(s->bus, now(s));
    assert_int_equal(s->sent[7], 1); /* the coil; the registers wait */
    assert_int_equal(write_value(s, SETPOINT, 1), 0);
    assert_int_equal(s->frames, 1);
    REPLY(s, 1, 1, 0);
    EXPECT(s, 6, 0, 100, 0, 10);
    REPLY(s, 6, 0, 100, 0, 10);
    wait_gap(s);
    EXPECT(s, 3, 0, 100, 0, 1);
    REPLY(s, 3, 2, 0, 10);
    EXPECT(s, 3, 0, 100, 0, 4);
    REPLY(s, 3, 8, 0, 10, 0, 0, 0, 0, 0, 1);
    assert_int_equal(s->readings, 1);
    expect_end(s, COLLECT_WRITTEN, QUALITY_GOOD);
}

static void silence_and_a_lost_connection_end_a_write(void **state)
{
    struct write_stand *s = *state;
    start(s);
    assert_int_equal(write_value(s, SETPOINT, 1), 0);
    s->at_ms += 1000;
    modbus_bus_tick(s->bus, now(s));
    expect_end(s, COLLECT_NOT_WRITTEN, QUALITY_TIMEOUT);
    REPLY(s, 6, 0, 100, 0, 10); /* late: of nobody */
    s->ends = 0;
    s->at_ms = 1700000001500;
    modbus_bus_disconnected(s->bus, QUALITY_LINK, now(s));
    assert_int_equal(write_value(s, SETPOINT, 1), PW_EIO);
    modbus_bus_connected(s->bus, now(s));
    assert_int_equal(write_value(s, SETPOINT, 1), 0);
    REPLY(s, 6, 0, 100, 0, 10);
    modbus_bus_disconnected(s->bus, QUALITY_LINK, now(s));
    expect_end(s, COLLECT_NOT_READ_BACK, QUALITY_LINK);
    assert_true(isnan(s->end.read_back));
}

static void what_must_not_be_written_is_refused(void **state)
{
    struct write_stand *s = *state;
    start(s);
    assert_int_equal(write_value(s, LOCKED, 1), PW_ESTATE);
    assert_int_equal(write_value(s, SETPOINT, 50.1), PW_EINVAL);
    assert_int_equal(write_value(s, SETPOINT, 1.23), PW_EINVAL);
    assert_int_equal(write_value(s, BIT, 2), PW_EINVAL);
    assert_int_equal(s->frames, 0);
    assert_int_equal(write_value(s, SETPOINT, 1), 0);
    assert_int_equal(write_value(s, BIT, 1), PW_EBUSY);
    assert_int_equal(s->frames, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_register_is_written_then_read_back_after_the_gap, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_coil_is_written_on_and_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_registers_go_together_in_the_devices_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_device_may_want_the_functions_for_many, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_write_goes_ahead_of_polls_that_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_and_a_lost_connection_end_a_write, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_must_not_be_written_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
