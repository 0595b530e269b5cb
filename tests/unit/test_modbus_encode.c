#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/modbus/encode.h"
#include "protocols/modbus/mbap.h"
#include "protocols/modbus/rtu.h"

#include <math.h>

static void what_is_encoded_decodes_to_itself_in_every_type_and_order(void **state)
{
    (void)state;
    static const struct {
        enum modbus_type type;
        double values[5];
    } types[] = {
        {MODBUS_INT16, {-32768, -1, 0, 1, 32767}},
        {MODBUS_UINT16, {0, 1, 256, 40000, 65535}},
        {MODBUS_INT32, {-2147483648.0, -70000, 0, 70000, 2147483647}},
        {MODBUS_UINT32, {0, 1, 65536, 3000000000.0, 4294967295.0}},
        {MODBUS_INT64, {-9007199254740992.0, -1, 0, 1, 9007199254740992.0}},
        {MODBUS_UINT64, {0, 1, 4294967296.0, 9007199254740992.0, 18446744073709549568.0}},
        {MODBUS_FLOAT32, {-1.5, 0, 0.25, 1e20, -3e-10}},
        {MODBUS_FLOAT64, {-1.5, 0, 0.1, 1e200, -3e-100}},
        {MODBUS_BCD16, {0, 7, 10, 1234, 9999}},
        {MODBUS_BCD32, {0, 7, 10000, 12345678, 99999999}},
    };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (unsigned order = 0; order < 4; order++)
            for (unsigned i = 0; i < 5; i++) {
                const struct modbus_decode_spec spec = {
                    .type = types[t].type, .order = (enum modbus_order)order, .scale = 1};
                uint8_t bytes[MODBUS_ENCODED_MAX];
                size_t len = 0;
                assert_int_equal(modbus_encode(&spec, types[t].values[i], bytes, &len), 0);
                struct modbus_decoder d;
                assert_int_equal(modbus_decoder_init(&d, &spec), 0);
                struct sample s = {0};
                modbus_decode(&d, &(uint32_t){0}, 1, bytes, len, &s);
                double expected = types[t].type == MODBUS_FLOAT32
                                      ? (double)(float)types[t].values[i]
                                      : types[t].values[i];
                assert_true(fabs(s.value - expected) <= 1e-8 * fabs(expected));
            }
}

static int encode(enum modbus_type type, double scale, double value)
{
    const struct modbus_decode_spec spec = {
        .type = type, .scale = scale, .has_range = true, .range_min = -1e6, .range_max = 1e6};
    uint8_t bytes[MODBUS_ENCODED_MAX];
    size_t len = 0;
    return modbus_encode(&spec, value, bytes, &len);
}

static void what_registers_cannot_hold_is_refused(void **state)
{
    (void)state;
    assert_int_equal(encode(MODBUS_UINT16, 0.1, 6553.5), 0);
    assert_int_equal(encode(MODBUS_UINT16, 0.1, 0.3), 0);
    assert_int_equal(encode(MODBUS_UINT16, 0.1, 0.35), PW_EINVAL);
    assert_int_equal(encode(MODBUS_UINT16, 0.1, 6553.6), PW_EINVAL);
    assert_int_equal(encode(MODBUS_UINT16, 1, -1), PW_EINVAL);
    assert_int_equal(encode(MODBUS_INT16, 1, 32768), PW_EINVAL);
    assert_int_equal(encode(MODBUS_BCD16, 1, 10000), PW_EINVAL);
    assert_int_equal(encode(MODBUS_COIL, 1, 2), PW_EINVAL);
    assert_int_equal(encode(MODBUS_COIL, 1, 1), 0);
    assert_int_equal(encode(MODBUS_FLOAT64, 1, 1e7), PW_EINVAL);
    assert_int_equal(encode(MODBUS_FLOAT32, 1, (double)NAN), PW_EINVAL);
    assert_int_equal(encode(MODBUS_FLOAT32, 1e-200, 1e5), PW_EINVAL);
    assert_int_equal(encode(MODBUS_BIT, 1, 1), PW_EINVAL);
    assert_int_equal(encode(MODBUS_STRING, 1, 1), PW_EINVAL);
}

static const struct modbus_request two = {.transaction = 0x0102,
                                          .unit = 5,
                                          .function = MODBUS_WRITE_REGISTERS,
                                          .address = 0x0010,
                                          .count = 2,
                                          .data_len = 4,
                                          .data = {1, 2, 3, 4}};

static void a_write_is_framed_as_the_standard_shows(void **state)
{
    (void)state;
    uint8_t frame[MBAP_ADU_MAX];
    static const uint8_t many[] = {1, 2, 0, 0, 0, 11, 5, 16, 0, 0x10, 0, 2, 4, 1, 2, 3, 4};
    assert_int_equal(mbap_write_frame(&two, frame), sizeof many);
    assert_memory_equal(frame, many, sizeof many);
    const struct modbus_request coil = {
        .unit = 1, .function = MODBUS_WRITE_COIL, .address = 0xac, .count = 0xff00};
    static const uint8_t one[] = {0, 0, 0, 0, 0, 6, 1, 5, 0, 0xac, 0xff, 0};
    assert_int_equal(mbap_write_frame(&coil, frame), sizeof one);
    assert_memory_equal(frame, one, sizeof one);
    assert_int_equal(rtu_reply_size(&two), 8);
}

static enum modbus_check check(const uint8_t *pdu, size_t len)
{
    const struct mbap_adu adu = {.transaction = 0x0102, .unit = 5, .pdu = pdu, .pdu_len = len};
    struct modbus_reply reply = {.exception = 99};
    enum modbus_check got = modbus_reply_check(&two, &adu, &reply);
    if (got == MODBUS_REPLY_GOOD)
        assert_null(reply.data);
    return got;
}

static void the_answer_to_another_write_is_not_this_ones(void **state)
{
    (void)state;
    assert_int_equal(check((const uint8_t[]){16, 0, 0x10, 0, 2}, 5), MODBUS_REPLY_GOOD);
    assert_int_equal(check((const uint8_t[]){16, 0, 0x11, 0, 2}, 5), MODBUS_REPLY_WRONG_FUNCTION);
    assert_int_equal(check((const uint8_t[]){16, 0, 0x10, 0, 1}, 5), MODBUS_REPLY_WRONG_FUNCTION);
    assert_int_equal(check((const uint8_t[]){16, 0, 0x10, 0}, 4), MODBUS_REPLY_WRONG_LENGTH);
    assert_int_equal(check((const uint8_t[]){16, 0, 0x10, 0, 2, 0}, 6), MODBUS_REPLY_WRONG_LENGTH);
    assert_int_equal(check((const uint8_t[]){6, 0, 0x10, 0, 2}, 5), MODBUS_REPLY_WRONG_FUNCTION);
    assert_int_equal(check((const uint8_t[]){0x90, 2}, 2), MODBUS_REPLY_EXCEPTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_decodes_to_itself_in_every_type_and_order),
        cmocka_unit_test(what_registers_cannot_hold_is_refused),
        cmocka_unit_test(a_write_is_framed_as_the_standard_shows),
        cmocka_unit_test(the_answer_to_another_write_is_not_this_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
