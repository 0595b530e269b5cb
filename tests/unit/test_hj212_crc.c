#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"
#include "tests/support/xorshift.h"

/* HJ 212-2017 Appendix A, step by step as it is printed. */
static uint16_t crc_bit_by_bit(const uint8_t *p, size_t len)
{
    unsigned crc = 0xFFFF;
    for (size_t i = 0; i < len; i++) {
        crc = (crc >> 8) ^ p[i];
        for (int bit = 0; bit < 8; bit++) {
            unsigned low = crc & 1;
            crc >>= 1;
            if (low)
                crc ^= 0xA001;
        }
    }
    return (uint16_t)crc;
}

static void basic_sums_are_those_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(hj212_crc("", 0), 0xFFFF);
    assert_int_equal(hj212_crc("123456789", 9), 0x2F80);
    assert_int_equal(hj212_crc("\0", 1), 0x4040);
    assert_int_equal(hj212_crc_modbus("123456789", 9), 0x4B37);
}

static void the_table_equals_the_bits_on_random_bytes(void **state)
{
    (void)state;
    uint64_t seed = 0x212;
    for (int round = 0; round < 20000; round++) {
        uint8_t data[64];
        size_t len = xorshift_next(&seed) % (sizeof data + 1);
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)(xorshift_next(&seed) | (round % 2 ? 0x80 : 0));
        uint16_t crc = hj212_crc(data, len);
        assert_int_equal(crc, crc_bit_by_bit(data, len));
        if (len)
            assert_non_null(memchr("\x00\x01\x40\x41\x80\x81\xC0\xC1", crc & 0xFF, 8));
    }
}

static void all_published_frames_have_their_sums(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const cJSON *v;
    int count = 0;
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(tree, "frames"))
    {
        const char *frame = json_string(v, "frame");
        size_t len = strlen(frame) - 10;
        assert_int_equal(hj212_crc(frame + 6, len), strtoul(json_string(v, "crc"), NULL, 16));
        assert_int_equal(hj212_crc_modbus(frame + 6, len),
                         strtoul(json_string(v, "crc_modbus"), NULL, 16));
        count++;
    }
    assert_int_equal(count, 20);
    cJSON_Delete(tree);
}

static uint16_t variant_sum(enum hj212_crc_variant v, const char *text)
{
    uint16_t m = hj212_crc_modbus(text, strlen(text));
    if (v == HJ212_CRC_STANDARD)
        return hj212_crc(text, strlen(text));
    return (uint16_t)(v == HJ212_CRC_MODBUS ? m : m >> 8 | m << 8);
}

static void a_variant_locks_after_three_equal_hits(void **state)
{
    (void)state;
    static const char text[] = "QN=1;CP=&&a=1&&";
    struct hj212_crc_state s = {HJ212_CRC_UNKNOWN, HJ212_CRC_UNKNOWN, 0};
    enum hj212_crc_variant v;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(s.locked, HJ212_CRC_UNKNOWN);
        uint16_t sum = variant_sum(HJ212_CRC_MODBUS_SWAPPED, text);
        assert_int_equal(hj212_crc_judge(&s, HJ212_CRC_UNKNOWN, text, sizeof text - 1, sum, &v), 0);
        assert_int_equal(v, HJ212_CRC_MODBUS_SWAPPED);
        hj212_crc_hit(&s, v);
    }
    assert_int_equal(s.locked, HJ212_CRC_MODBUS_SWAPPED);
    uint16_t standard = variant_sum(HJ212_CRC_STANDARD, text);
    assert_int_equal(hj212_crc_judge(&s, HJ212_CRC_UNKNOWN, text, sizeof text - 1, standard, &v),
                     PW_ECORRUPT);
    hj212_crc_hit(&s, HJ212_CRC_STANDARD);
    assert_int_equal(s.locked, HJ212_CRC_MODBUS_SWAPPED);
}

static void hits_of_another_variant_begin_anew(void **state)
{
    (void)state;
    struct hj212_crc_state s = {HJ212_CRC_UNKNOWN, HJ212_CRC_UNKNOWN, 0};
    hj212_crc_hit(&s, HJ212_CRC_MODBUS);
    hj212_crc_hit(&s, HJ212_CRC_MODBUS);
    hj212_crc_hit(&s, HJ212_CRC_STANDARD);
    hj212_crc_hit(&s, HJ212_CRC_MODBUS);
    hj212_crc_hit(&s, HJ212_CRC_MODBUS);
    assert_int_equal(s.locked, HJ212_CRC_UNKNOWN);
    hj212_crc_hit(&s, HJ212_CRC_MODBUS);
    assert_int_equal(s.locked, HJ212_CRC_MODBUS);
}

static void a_fixed_setting_reads_only_its_own_sum(void **state)
{
    (void)state;
    static const char text[] = "QN=1;CP=&&a=1&&";
    struct hj212_crc_state s = {HJ212_CRC_UNKNOWN, HJ212_CRC_UNKNOWN, 0};
    enum hj212_crc_variant v;
    for (unsigned want = HJ212_CRC_STANDARD; want <= HJ212_CRC_MODBUS_SWAPPED; want++)
        for (unsigned sent = HJ212_CRC_STANDARD; sent <= HJ212_CRC_MODBUS_SWAPPED; sent++)
            assert_int_equal(hj212_crc_judge(&s, (enum hj212_crc_variant)want, text,
                                             sizeof text - 1,
                                             variant_sum((enum hj212_crc_variant)sent, text), &v),
                             want == sent ? 0 : PW_ECORRUPT);
}

static void what_is_known_survives_as_text(void **state)
{
    (void)state;
    for (unsigned v = HJ212_CRC_UNKNOWN; v <= HJ212_CRC_MODBUS_SWAPPED; v++) {
        struct hj212_crc_state s = {HJ212_CRC_UNKNOWN, HJ212_CRC_UNKNOWN, 0};
        for (int hits = 0; hits < 4 && (v || hits == 0); hits++) {
            char text[HJ212_CRC_STATE_SIZE];
            struct hj212_crc_state again;
            if (hits)
                hj212_crc_hit(&s, (enum hj212_crc_variant)v);
            hj212_crc_state_format(&s, text);
            assert_int_equal(hj212_crc_state_parse(text, &again), 0);
            assert_int_equal(again.locked, s.locked);
            assert_int_equal(again.last, s.last);
            assert_int_equal(again.hits, s.hits);
        }
    }
    struct hj212_crc_state s;
    static const char *const bad[] = {"",
                                      "standard",
                                      "standard 3",
                                      "standard 1 ",
                                      "auto 1",
                                      "crc 1",
                                      "modbus ",
                                      "auto locked",
                                      "standard 0",
                                      " 1",
                                      "auto locked locked locked locked"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hj212_crc_state_parse(bad[i], &s), PW_ESYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_sums_are_those_of_the_standard),
        cmocka_unit_test(the_table_equals_the_bits_on_random_bytes),
        cmocka_unit_test(all_published_frames_have_their_sums),
        cmocka_unit_test(a_variant_locks_after_three_equal_hits),
        cmocka_unit_test(hits_of_another_variant_begin_anew),
        cmocka_unit_test(a_fixed_setting_reads_only_its_own_sum),
        cmocka_unit_test(what_is_known_survives_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
