#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/planner.h"
#include "protocols/modbus/mbap.h"
#include "tests/unit/collect_plant.h"

#include <stdbool.h>

static struct test_plant plant;

static struct plant_device *begin(void)
{
    test_plant_init(&plant);
    test_plant_add_link(&plant, 502);
    return test_plant_add_device(&plant, 1);
}

static void make(struct device_plan *p)
{
    assert_int_equal(device_plan_init(p, &plant.plant, 0), 0);
}

static void expect_request(const struct device_plan *p, uint32_t i, uint8_t function,
                           uint16_t address, uint16_t count)
{
    assert_true(i < p->request_count);
    assert_int_equal(p->requests[i].function, function);
    assert_int_equal(p->requests[i].address, address);
    assert_int_equal(p->requests[i].count, count);
}

static void no_request_crosses_a_forbidden_range(void **state)
{
    (void)state;
    static const struct plant_range forbidden[] = {{TABLE_HOLDING, 4, 5}, {TABLE_INPUT, 0, 3}};
    struct plant_device *d = begin();
    d->forbidden = forbidden;
    d->forbidden_count = 2;
    test_plant_add_signal(&plant, TABLE_HOLDING, 0, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 3, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 6, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_INPUT, 4, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_INPUT, 7, TYPE_UINT16);
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 3);
    expect_request(&p, 0, MODBUS_READ_HOLDING_REGISTERS, 0, 4);
    expect_request(&p, 1, MODBUS_READ_HOLDING_REGISTERS, 6, 1);
    expect_request(&p, 2, MODBUS_READ_INPUT_REGISTERS, 4, 4);
    device_plan_deinit(&p);
}

static void neighbours_are_joined_up_to_the_gap(void **state)
{
    (void)state;
    begin()->max_gap = 3;
    test_plant_add_signal(&plant, TABLE_HOLDING, 110, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 100, TYPE_FLOAT32);
    test_plant_add_signal(&plant, TABLE_HOLDING, 105, TYPE_UINT16); /* gap 3 */
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 2); /* 106..110 is a gap of 4 */
    expect_request(&p, 0, MODBUS_READ_HOLDING_REGISTERS, 100, 6);
    expect_request(&p, 1, MODBUS_READ_HOLDING_REGISTERS, 110, 1);
    assert_int_equal(p.refs[0].signal, 1);
    assert_int_equal(p.refs[1].signal, 2);
    assert_int_equal(p.refs[1].place, 5);
    assert_int_equal(p.refs[2].signal, 0);
    device_plan_deinit(&p);
}

static void tables_are_never_mixed(void **state)
{
    (void)state;
    begin();
    test_plant_add_signal(&plant, TABLE_INPUT, 1, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 1, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_DISCRETE, 1, TYPE_BIT);
    test_plant_add_signal(&plant, TABLE_COIL, 1, TYPE_BIT);
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 4);
    for (uint8_t i = 0; i < 4; i++)
        expect_request(&p, i, (uint8_t)(i + 1), 1, 1);
    device_plan_deinit(&p);
}

static void overlapping_signals_share_one_read(void **state)
{
    (void)state;
    begin();
    test_plant_add_signal(&plant, TABLE_HOLDING, 10, TYPE_UINT32);
    test_plant_add_signal(&plant, TABLE_HOLDING, 10, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 11, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 8, TYPE_FLOAT64);
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 1);
    expect_request(&p, 0, MODBUS_READ_HOLDING_REGISTERS, 8, 4);
    device_plan_deinit(&p);
}

static void a_small_device_gets_small_requests(void **state)
{
    (void)state;
    begin()->max_registers = 40;
    for (uint16_t i = 0; i < 100; i++)
        test_plant_add_signal(&plant, TABLE_INPUT, i, TYPE_UINT16);
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 3);
    expect_request(&p, 2, MODBUS_READ_INPUT_REGISTERS, 80, 20);
    device_plan_deinit(&p);
}

static void bits_are_packed_up_to_2000(void **state)
{
    (void)state;
    struct plant_device *d = begin();
    d->max_registers = 125;
    for (unsigned i = 0; i < 2001; i++)
        test_plant_add_signal(&plant, TABLE_COIL, (uint16_t)i, TYPE_BIT);
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 2);
    expect_request(&p, 0, MODBUS_READ_COILS, 0, 2000);
    device_plan_deinit(&p);
    d->max_registers = 2;
    d->max_gap = 0;
    make(&p);
    expect_request(&p, 0, MODBUS_READ_COILS, 0, 32);
    device_plan_deinit(&p);
}

static void the_end_of_the_address_space_is_safe(void **state)
{
    (void)state;
    struct plant_device *d = begin();
    d->max_gap = 124;
    test_plant_add_signal(&plant, TABLE_HOLDING, 65535, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_HOLDING, 65532, TYPE_FLOAT32);
    test_plant_add_signal(&plant, TABLE_HOLDING, 0, TYPE_UINT16);
    test_plant_add_signal(&plant, TABLE_COIL, 65535, TYPE_BIT);
    struct device_plan p;
    make(&p);
    assert_int_equal(p.request_count, 3);
    expect_request(&p, 0, MODBUS_READ_COILS, 65535, 1);
    expect_request(&p, 1, MODBUS_READ_HOLDING_REGISTERS, 0, 1);
    expect_request(&p, 2, MODBUS_READ_HOLDING_REGISTERS, 65532, 4);
    device_plan_deinit(&p);
    test_plant_add_signal(&plant, TABLE_HOLDING, 65535, TYPE_UINT32);
    assert_int_equal(device_plan_init(&p, &plant.plant, 0), PW_EINVAL);
}

static void a_value_longer_than_a_request_is_refused(void **state)
{
    (void)state;
    begin()->max_registers = 3;
    test_plant_add_signal(&plant, TABLE_HOLDING, 0, TYPE_FLOAT64);
    struct device_plan p;
    assert_int_equal(device_plan_init(&p, &plant.plant, 0), PW_EINVAL);
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void random_device(uint64_t *random)
{
    static const enum value_type types[] = {TYPE_UINT16, TYPE_FLOAT32, TYPE_INT64, TYPE_UINT32};
    struct plant_device *d = begin();
    d->max_registers = (uint16_t)(4 + next_random(random) % 122);
    d->max_gap = (uint16_t)(next_random(random) % 20);
    uint32_t span = 20 + next_random(random) % 600;
    uint32_t base = next_random(random) % 2 ? 65536 - span : 0;
    uint32_t count = 1 + next_random(random) % 200;
    for (uint32_t i = 0; i < count; i++) {
        enum modbus_table table = (enum modbus_table)(next_random(random) % 4);
        enum value_type type = table < TABLE_HOLDING ? TYPE_BIT : types[next_random(random) % 4];
        uint16_t address = (uint16_t)(base + next_random(random) % (span - 4));
        test_plant_add_signal(&plant, table, address, type);
    }
}

static void check_request(const struct device_plan *p, const struct modbus_request_plan *r,
                          unsigned *fed)
{
    const struct plant_device *d = &plant.devices[0];
    bool bits = r->function <= MODBUS_READ_DISCRETE_INPUTS;
    unsigned most = d->max_registers * (bits ? 16u : 1u);
    assert_true(r->count >= 1 && r->count <= most && r->count <= (bits ? 2000 : 125));
    assert_true((unsigned)r->address + r->count <= 65536);
    bool used[2048] = {false};
    for (uint32_t k = r->first; k < r->first + r->len; k++) {
        const struct plant_signal *s = &plant.signals[p->refs[k].signal];
        fed[p->refs[k].signal]++;
        assert_int_equal(r->function, (unsigned)s->table + 1);
        assert_int_equal(r->address + p->refs[k].place, s->address);
        assert_true(p->refs[k].place + s->register_count <= r->count);
        for (unsigned n = 0; n < s->register_count; n++)
            used[p->refs[k].place + n] = true;
    }
    assert_true(used[0] && used[r->count - 1]);
    unsigned in_vain = 0;
    for (unsigned n = 0; n < r->count; n++) {
        in_vain = used[n] ? 0 : in_vain + 1;
        assert_true(in_vain <= d->max_gap * (bits ? 16u : 1u));
    }
}

static void every_signal_is_fed_exactly_once_within_the_caps(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 500; round++) {
        random_device(&random);
        struct device_plan p;
        struct device_plan again;
        make(&p);
        make(&again);
        unsigned fed[TEST_SIGNALS] = {0};
        uint32_t next = 0;
        for (uint32_t i = 0; i < p.request_count; i++) {
            assert_int_equal(p.requests[i].first, next);
            next += p.requests[i].len;
            check_request(&p, &p.requests[i], fed);
        }
        assert_int_equal(next, p.ref_count);
        for (uint32_t i = 0; i < plant.plant.signal_count; i++)
            assert_int_equal(fed[i], 1);
        assert_memory_equal(p.refs, again.refs, p.ref_count * sizeof *p.refs);
        device_plan_deinit(&p);
        device_plan_deinit(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_crosses_a_forbidden_range),
        cmocka_unit_test(neighbours_are_joined_up_to_the_gap),
        cmocka_unit_test(tables_are_never_mixed),
        cmocka_unit_test(overlapping_signals_share_one_read),
        cmocka_unit_test(a_small_device_gets_small_requests),
        cmocka_unit_test(bits_are_packed_up_to_2000),
        cmocka_unit_test(the_end_of_the_address_space_is_safe),
        cmocka_unit_test(a_value_longer_than_a_request_is_refused),
        cmocka_unit_test(every_signal_is_fed_exactly_once_within_the_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
