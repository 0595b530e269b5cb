#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/num.h"
#include "protocols/modbus/decode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct modbus_decode_spec plain = {.type = MODBUS_UINT16, .scale = 1};

static struct sample decode_one(const struct modbus_decode_spec *spec, const uint8_t *data,
                                size_t len)
{
    struct modbus_decoder d;
    assert_int_equal(modbus_decoder_init(&d, spec), 0);
    const uint32_t target = 0;
    struct sample s = {.value = -77};
    modbus_decode(&d, &target, 1, data, len, &s);
    return s;
}

/* The bytes of the wire put into order by the letters, without any knowledge of words. */
static void put_in_order(const uint8_t *wire, size_t len, enum modbus_order order, uint8_t *out)
{
    for (size_t i = 0; i < len; i++) {
        size_t from = i; /* where byte i, counted from the most significant, stands */
        if (order == MODBUS_DCBA)
            from = len - 1 - i;
        else if (order == MODBUS_BADC)
            from = i ^ 1;
        else if (order == MODBUS_CDAB)
            from = len - 2 - (i & ~(size_t)1) + (i & 1);
        out[i] = wire[from];
    }
}

static double reference_9_digits(double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.8e", value);
    return strtod(text, NULL);
}

/* An independent way to the same value: through an integer of exactly the right width, printed and
 * read where digits are cut. */
static double reference_raw(enum modbus_type type, const uint8_t *ordered, size_t len)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < len; i++)
        bits = bits * 256 + ordered[i];
    float f;
    double d;
    uint32_t low = (uint32_t)bits;
    char text[32];
    switch (type) {
    case MODBUS_INT16:
        return (double)(bits >= 32768 ? (int64_t)bits - 65536 : (int64_t)bits);
    case MODBUS_INT32:
        return (double)(bits >= 2147483648u ? (int64_t)bits - 4294967296 : (int64_t)bits);
    case MODBUS_INT64:
        snprintf(text, sizeof text, "%lld", bits >> 63 ? -(long long)(~bits) - 1 : (long long)bits);
        return strtod(text, NULL);
    case MODBUS_UINT64:
        snprintf(text, sizeof text, "%llu", (unsigned long long)bits);
        return strtod(text, NULL);
    case MODBUS_FLOAT32:
        memcpy(&f, &low, sizeof f);
        return (double)f;
    case MODBUS_FLOAT64:
        memcpy(&d, &bits, sizeof d);
        return d;
    default:
        return (double)bits;
    }
}

static size_t type_len(enum modbus_type type)
{
    if (type >= MODBUS_INT64)
        return type == MODBUS_FLOAT32 ? 4 : 8;
    return type >= MODBUS_INT32 ? 4 : 2;
}

static struct sample reference(const struct modbus_decode_spec *spec, const uint8_t *data)
{
    size_t len = type_len(spec->type);
    uint8_t ordered[8];
    put_in_order(data + spec->place * 2, len, spec->order, ordered);
    double raw = reference_raw(spec->type, ordered, len);
    double value = raw * spec->scale + spec->offset;
    if (isnan(raw))
        return (struct sample){.value = NAN, .quality = QUALITY_NO_VALUE};
    if (isinf(raw) || isinf(value))
        return (struct sample){.value = NAN, .quality = QUALITY_NOT_A_NUMBER};
    bool unscaled = spec->scale == 1 && spec->offset == 0;
    if (len < 8 && (spec->type == MODBUS_FLOAT32 || !unscaled))
        value = reference_9_digits(value);
    quality q = QUALITY_GOOD;
    if (spec->has_range && value > spec->range_max)
        q = QUALITY_OVER_RANGE;
    if (spec->has_range && value < spec->range_min)
        q = QUALITY_UNDER_RANGE;
    return (struct sample){.value = value, .quality = q};
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 16 ^ *state >> 40;
}

static void every_type_and_order_equals_the_reference(void **state)
{
    (void)state;
    static const double scales[] = {1, 0.1, 0.001, -2.5, 1e6, 3};
    static const double offsets[] = {0, -40, 273.15};
    uint64_t random = 1;
    for (int round = 0; round < 60000; round++) {
        uint8_t data[24];
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)next_random(&random);
        struct modbus_decode_spec spec = {
            .type = (enum modbus_type)(MODBUS_INT16 + next_random(&random) % 8),
            .order = (enum modbus_order)(next_random(&random) % 4),
            .place = (uint16_t)(next_random(&random) % 9),
            .scale = scales[next_random(&random) % 6],
            .offset = offsets[next_random(&random) % 3],
            .has_range = next_random(&random) % 2,
            .range_min = -1000,
            .range_max = 20000,
        };
        struct sample expected = reference(&spec, data);
        struct sample seen = decode_one(&spec, data, sizeof data);
        assert_int_equal(seen.quality, expected.quality);
        assert_int_equal(seen.raw_count, type_len(spec.type) / 2);
        for (unsigned i = 0; i < seen.raw_count; i++)
            assert_int_equal(seen.raw[i],
                             data[(spec.place + i) * 2] * 256 + data[(spec.place + i) * 2 + 1]);
        if (quality_has_value(seen.quality))
            assert_true(seen.value == expected.value);
        else
            assert_true(isnan(seen.value));
    }
}

static void known_floats_in_all_orders(void **state)
{
    (void)state;
    static const uint8_t wire[4][4] = {{0x42, 0xF6, 0xE9, 0x79},
                                       {0xE9, 0x79, 0x42, 0xF6},
                                       {0xF6, 0x42, 0x79, 0xE9},
                                       {0x79, 0xE9, 0xF6, 0x42}};
    for (unsigned order = 0; order < 4; order++) {
        struct modbus_decode_spec spec = plain;
        spec.type = MODBUS_FLOAT32;
        spec.order = (enum modbus_order)order;
        struct sample s = decode_one(&spec, wire[order], 4);
        assert_true(s.value == 123.456001);
        assert_int_equal(s.quality, QUALITY_GOOD);
    }
}

static void every_bit_of_a_register(void **state)
{
    (void)state;
    for (uint8_t bit = 0; bit < 16; bit++) {
        struct modbus_decode_spec spec = plain;
        spec.type = MODBUS_BIT;
        spec.bit = bit;
        unsigned one = 1u << bit;
        const uint8_t set[2] = {(uint8_t)(one >> 8), (uint8_t)one};
        const uint8_t clear[2] = {(uint8_t) ~(one >> 8), (uint8_t)~one};
        assert_true(decode_one(&spec, set, 2).value == 1);
        assert_true(decode_one(&spec, clear, 2).value == 0);
        spec.order = MODBUS_DCBA;
        const uint8_t swapped[2] = {set[1], set[0]};
        assert_true(decode_one(&spec, swapped, 2).value == 1);
    }
}

static void coils_are_counted_from_the_low_bit(void **state)
{
    (void)state;
    static const uint8_t data[] = {0x01, 0x80, 0x10};
    for (uint16_t place = 0; place < 24; place++) {
        struct modbus_decode_spec spec = plain;
        spec.type = MODBUS_COIL;
        spec.place = place;
        struct sample s = decode_one(&spec, data, sizeof data);
        assert_true(s.value == (place == 0 || place == 15 || place == 20));
        assert_int_equal(s.raw_count, 1);
        assert_int_equal(s.raw[0], s.value == 1);
    }
}

static void nan_and_infinity_are_no_numbers(void **state)
{
    (void)state;
    struct modbus_decode_spec spec = plain;
    spec.type = MODBUS_FLOAT32;
    static const uint8_t quiet[] = {0x7F, 0xC0, 0, 0}, signalling[] = {0xFF, 0xA0, 0, 1},
                         infinite[] = {0xFF, 0x80, 0, 0};
    assert_int_equal(decode_one(&spec, quiet, 4).quality, QUALITY_NO_VALUE);
    assert_int_equal(decode_one(&spec, signalling, 4).quality, QUALITY_NO_VALUE);
    assert_int_equal(decode_one(&spec, infinite, 4).quality, QUALITY_NOT_A_NUMBER);
    spec.type = MODBUS_FLOAT64;
    spec.scale = 1e10;
    static const uint8_t huge[] = {0x7F, 0xEF, 0, 0, 0, 0, 0, 0};
    assert_int_equal(decode_one(&spec, huge, 8).quality, QUALITY_NOT_A_NUMBER);
}

static void a_value_outside_its_range_is_kept_and_marked(void **state)
{
    (void)state;
    struct modbus_decode_spec spec = plain;
    spec.scale = 0.1;
    spec.has_range = true;
    spec.range_min = 10;
    spec.range_max = 100;
    static const struct {
        uint16_t raw;
        double value;
        quality quality;
    } cases[] = {{99, 9.9, QUALITY_UNDER_RANGE},
                 {100, 10, QUALITY_GOOD},
                 {1000, 100, QUALITY_GOOD},
                 {1001, 100.1, QUALITY_OVER_RANGE}};
    for (size_t i = 0; i < 4; i++) {
        const uint8_t data[] = {(uint8_t)(cases[i].raw >> 8), (uint8_t)cases[i].raw};
        struct sample s = decode_one(&spec, data, 2);
        assert_true(s.value == cases[i].value);
        assert_int_equal(s.quality, cases[i].quality);
    }
}

static void scaled_registers_print_as_people_write_them(void **state)
{
    (void)state;
    struct modbus_decode_spec spec = plain;
    spec.scale = 0.1;
    for (unsigned raw = 0; raw < 65536; raw++) {
        const uint8_t data[] = {(uint8_t)(raw >> 8), (uint8_t)raw};
        char expected[32];
        char text[NUM_DOUBLE_SIZE];
        snprintf(expected, sizeof expected, raw % 10 ? "%u.%u" : "%u", raw / 10, raw % 10);
        num_format_double(decode_one(&spec, data, 2).value, text);
        assert_string_equal(text, expected);
    }
}

static void counters_of_64_bits_keep_their_nearest_double(void **state)
{
    (void)state;
    struct modbus_decode_spec spec = plain;
    spec.type = MODBUS_UINT64;
    static const uint8_t ones[] = {255, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t beyond[] = {0, 0x20, 0, 0, 0, 0, 0, 3}; /* 2^53 + 3 */
    static const uint8_t exact[] = {0, 0x1F, 255, 255, 255, 255, 255, 255};
    assert_true(decode_one(&spec, ones, 8).value == 18446744073709551616.0);
    assert_true(decode_one(&spec, beyond, 8).value == 9007199254740996.0);
    assert_true(decode_one(&spec, exact, 8).value == 9007199254740991.0);
    spec.type = MODBUS_INT64;
    assert_true(decode_one(&spec, ones, 8).value == -1);
    static const uint8_t least[] = {0x80, 0, 0, 0, 0, 0, 0, 0};
    assert_true(decode_one(&spec, least, 8).value == -9223372036854775808.0);
}

static void a_plan_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct modbus_decoder d;
    struct modbus_decode_spec spec = plain;
    spec.place = 124;
    assert_int_equal(modbus_decoder_init(&d, &spec), 0);
    spec.type = MODBUS_FLOAT32;
    assert_int_equal(modbus_decoder_init(&d, &spec), PW_EINVAL);
    spec = plain;
    spec.type = MODBUS_COIL;
    spec.place = 1999;
    assert_int_equal(modbus_decoder_init(&d, &spec), 0);
    spec.place = 2000;
    assert_int_equal(modbus_decoder_init(&d, &spec), PW_EINVAL);
    spec = plain;
    spec.type = MODBUS_BIT;
    spec.bit = 16;
    assert_int_equal(modbus_decoder_init(&d, &spec), PW_EINVAL);
    spec = plain;
    spec.scale = NAN;
    assert_int_equal(modbus_decoder_init(&d, &spec), PW_EINVAL);
    spec = plain;
    spec.has_range = true;
    spec.range_min = 2;
    spec.range_max = 1;
    assert_int_equal(modbus_decoder_init(&d, &spec), PW_EINVAL);
}

static void values_go_where_their_targets_say(void **state)
{
    (void)state;
    static const uint8_t data[] = {0, 1, 0, 2, 0, 3};
    static const uint32_t targets[] = {2, 0, 1};
    struct modbus_decoder d[3];
    for (uint16_t i = 0; i < 3; i++) {
        struct modbus_decode_spec spec = plain;
        spec.place = i;
        assert_int_equal(modbus_decoder_init(&d[i], &spec), 0);
    }
    struct sample samples[3];
    modbus_decode(d, targets, 3, data, sizeof data, samples);
    assert_true(samples[2].value == 1 && samples[0].value == 2 && samples[1].value == 3);
}

static void bcd_digits_are_read_and_others_are_no_number(void **state)
{
    (void)state;
    struct modbus_decode_spec spec = {.type = MODBUS_BCD16, .scale = 0.1};
    struct sample s = decode_one(&spec, (const uint8_t[]){0x12, 0x34}, 2);
    assert_true(s.value == 123.4 && s.quality == QUALITY_GOOD);
    s = decode_one(&spec, (const uint8_t[]){0x12, 0x3a}, 2);
    assert_int_equal(s.quality, QUALITY_NOT_A_NUMBER);
    assert_true(isnan(s.value));
    assert_int_equal(s.raw[0], 0x123a);
    spec = (struct modbus_decode_spec){.type = MODBUS_BCD32, .order = MODBUS_CDAB, .scale = 1};
    s = decode_one(&spec, (const uint8_t[]){0x56, 0x78, 0x12, 0x34}, 4);
    assert_true(s.value == 12345678 && s.quality == QUALITY_GOOD);
}

static quality quality_with_codes(enum modbus_type type, const double *codes, uint8_t count,
                                  const uint8_t *data, size_t len)
{
    const struct modbus_decode_spec spec = {
        .type = type, .scale = 0.5, .codes = codes, .code_count = count};
    return decode_one(&spec, data, len).quality;
}

static void a_makers_code_is_no_value_whatever_the_scale(void **state)
{
    (void)state;
    const double codes[] = {65535, -32768, -999.9};
    const uint8_t full[] = {0xff, 0xff};
    const uint8_t least[] = {0x80, 0x00};
    const uint8_t single[] = {0xc4, 0x79, 0xf9, 0x9a}; /* -999.9 as the nearest 32-bit float */
    assert_int_equal(quality_with_codes(MODBUS_UINT16, codes, 3, full, 2), QUALITY_NO_VALUE);
    assert_int_equal(quality_with_codes(MODBUS_INT16, codes, 3, full, 2), QUALITY_GOOD);
    assert_int_equal(quality_with_codes(MODBUS_INT16, codes, 3, least, 2), QUALITY_NO_VALUE);
    assert_int_equal(quality_with_codes(MODBUS_FLOAT32, codes, 3, single, 4), QUALITY_NO_VALUE);
    assert_int_equal(quality_with_codes(MODBUS_BCD16, codes, 3, full, 2), QUALITY_NO_VALUE);
    assert_int_equal(quality_with_codes(MODBUS_BCD16, codes, 0, full, 2), QUALITY_NOT_A_NUMBER);
    const struct modbus_decode_spec many = {
        .type = MODBUS_UINT16, .scale = 1, .codes = codes, .code_count = MODBUS_CODES_MAX + 1};
    struct modbus_decoder d;
    assert_int_equal(modbus_decoder_init(&d, &many), PW_EINVAL);
}

static void check_text(const char *wire, uint8_t words, enum modbus_order order,
                       const char *expected)
{
    const struct modbus_decode_spec spec = {
        .type = MODBUS_STRING, .order = order, .words = words, .scale = 1};
    struct modbus_decoder d;
    char text[MODBUS_TEXT_SIZE];
    assert_int_equal(modbus_decoder_init(&d, &spec), 0);
    size_t len = modbus_text(&d, (const uint8_t *)wire, (size_t)words * 2, text);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
}

static void registers_are_read_as_text(void **state)
{
    (void)state;
    check_text("AF-7001\0junk", 6, MODBUS_ABCD, "AF-7001");
    check_text("FA7-001 ", 4, MODBUS_BADC, "AF-700 1");
    check_text("  x   ", 3, MODBUS_ABCD, "x");
    check_text("      ", 3, MODBUS_ABCD, "");
    check_text("\0\0", 1, MODBUS_ABCD, "");
    check_text("a\nb\x7f", 2, MODBUS_ABCD, "a?b?");
    check_text("\xe7\xa1\xab!", 2, MODBUS_ABCD, "\xe7\xa1\xab!");
    check_text("\xe7\xa1\xab\xe7", 2, MODBUS_ABCD, "\xe7\xa1\xab?");
    check_text("\xff\xfe", 1, MODBUS_ABCD, "??");
    const struct modbus_decode_spec spec = {.type = MODBUS_STRING, .words = 5, .scale = 1};
    struct sample s = decode_one(&spec, (const uint8_t *)"abcdefghij", 10);
    assert_int_equal(s.quality, QUALITY_NOT_A_NUMBER);
    assert_int_equal(s.raw_count, 4);
    assert_int_equal(s.raw[3], 'g' << 8 | 'h');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_order_equals_the_reference),
        cmocka_unit_test(known_floats_in_all_orders),
        cmocka_unit_test(every_bit_of_a_register),
        cmocka_unit_test(coils_are_counted_from_the_low_bit),
        cmocka_unit_test(nan_and_infinity_are_no_numbers),
        cmocka_unit_test(a_value_outside_its_range_is_kept_and_marked),
        cmocka_unit_test(scaled_registers_print_as_people_write_them),
        cmocka_unit_test(counters_of_64_bits_keep_their_nearest_double),
        cmocka_unit_test(a_plan_that_cannot_be_is_refused),
        cmocka_unit_test(bcd_digits_are_read_and_others_are_no_number),
        cmocka_unit_test(a_makers_code_is_no_value_whatever_the_scale),
        cmocka_unit_test(registers_are_read_as_text),
        cmocka_unit_test(values_go_where_their_targets_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
