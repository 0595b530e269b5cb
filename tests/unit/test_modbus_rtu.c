#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/modbus/rtu.h"
#include "tests/support/xorshift.h"

#include <string.h>

static const struct modbus_request asked = {
    .unit = 17, .function = MODBUS_READ_HOLDING_REGISTERS, .address = 0x6b, .count = 2};

static size_t frame_of(uint8_t unit, const uint8_t *pdu, size_t pdu_len, uint8_t out[RTU_ADU_MAX])
{
    return rtu_write_frame(unit, pdu, pdu_len, out);
}

static int parse(struct rtu_parser *p, const uint8_t *data, size_t len, struct mbap_adu *out)
{
    return rtu_parser_next(p, &data, &len, out);
}

static enum modbus_check check_pdu(uint8_t unit, const uint8_t *pdu, size_t pdu_len,
                                   struct modbus_reply *reply)
{
    uint8_t frame[RTU_ADU_MAX];
    struct rtu_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(parse(&p, frame, frame_of(unit, pdu, pdu_len, frame), &adu), 0);
    return modbus_reply_check(&asked, &adu, reply);
}

static void the_crc_is_that_of_published_frames(void **state)
{
    (void)state;
    assert_int_equal(rtu_crc((const uint8_t *)"", 0), 0xffff);
    assert_int_equal(rtu_crc((const uint8_t *)"123456789", 9), 0x4b37);
    static const uint8_t frame[] = {0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87};
    assert_true(rtu_crc_is_right(frame, sizeof frame));
    assert_false(rtu_crc_is_right(frame, sizeof frame - 1));
    assert_false(rtu_crc_is_right(frame, 2));
}

static void a_request_is_unit_pdu_and_crc(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87};
    const struct modbus_request r = {.unit = 17, .function = 3, .address = 0x6b, .count = 3};
    uint8_t out[RTU_REQUEST_SIZE];
    rtu_write_request(&r, out);
    assert_memory_equal(out, expected, sizeof expected);
    assert_int_equal(rtu_reply_size(&r), 11);
    const struct modbus_request bits = {.unit = 17, .function = 1, .count = 9};
    assert_int_equal(rtu_reply_size(&bits), 7);
}

static void a_good_reply_passes_however_it_is_cut(void **state)
{
    (void)state;
    static const uint8_t pdu[] = {3, 4, 0xaa, 0xbb, 0xcc, 0xdd};
    uint8_t frame[RTU_ADU_MAX];
    size_t len = frame_of(17, pdu, sizeof pdu, frame);
    for (size_t cut = 0; cut <= len; cut++) {
        struct rtu_parser p = {0};
        struct mbap_adu adu;
        struct modbus_reply reply;
        if (cut < len)
            assert_int_equal(parse(&p, frame, cut, &adu), PW_EMORE);
        if (cut == len)
            cut = 0;
        assert_int_equal(parse(&p, frame + cut, len - cut, &adu), 0);
        assert_int_equal(adu.frame_len, len);
        assert_int_equal(modbus_reply_check(&asked, &adu, &reply), MODBUS_REPLY_GOOD);
        assert_memory_equal(reply.data, pdu + 2, 4);
        if (cut == 0)
            break;
    }
}

static void two_frames_in_one_read_are_two(void **state)
{
    (void)state;
    static const uint8_t late[] = {4, 2, 1, 2};
    static const uint8_t good[] = {3, 4, 1, 2, 3, 4};
    uint8_t bytes[2 * RTU_ADU_MAX];
    size_t first = frame_of(9, late, sizeof late, bytes);
    size_t left = first + frame_of(17, good, sizeof good, bytes + first);
    const uint8_t *at = bytes;
    struct rtu_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(rtu_parser_next(&p, &at, &left, &adu), 0);
    assert_int_equal(adu.unit, 9);
    assert_int_equal(rtu_parser_next(&p, &at, &left, &adu), 0);
    assert_int_equal(adu.unit, 17);
    assert_int_equal(left, 0);
    assert_int_equal(rtu_parser_next(&p, &at, &left, &adu), PW_EMORE);
}

static void what_does_not_answer_the_request_is_said(void **state)
{
    (void)state;
    static const uint8_t good[] = {3, 4, 1, 2, 3, 4};
    static const uint8_t input[] = {4, 4, 1, 2, 3, 4};
    static const uint8_t less[] = {3, 2, 1, 2};
    static const uint8_t exception[] = {0x83, 2};
    static const uint8_t other_exception[] = {0x84, 2};
    static const uint8_t write[] = {6, 0, 1, 0, 2};
    struct modbus_reply reply;
    assert_int_equal(check_pdu(18, good, sizeof good, &reply), MODBUS_REPLY_FOREIGN_UNIT);
    assert_int_equal(check_pdu(17, input, sizeof input, &reply), MODBUS_REPLY_WRONG_FUNCTION);
    assert_int_equal(check_pdu(17, write, sizeof write, &reply), MODBUS_REPLY_WRONG_FUNCTION);
    assert_int_equal(check_pdu(17, less, sizeof less, &reply), MODBUS_REPLY_WRONG_LENGTH);
    assert_int_equal(check_pdu(17, exception, sizeof exception, &reply), MODBUS_REPLY_EXCEPTION);
    assert_int_equal(reply.exception, 2);
    assert_int_equal(check_pdu(17, other_exception, sizeof other_exception, &reply),
                     MODBUS_REPLY_WRONG_FUNCTION);
}

static void no_single_changed_bit_gets_through(void **state)
{
    (void)state;
    static const uint8_t pdu[] = {3, 4, 0xaa, 0xbb, 0xcc, 0xdd};
    uint8_t frame[RTU_ADU_MAX];
    size_t len = frame_of(17, pdu, sizeof pdu, frame);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct rtu_parser p = {0};
        struct mbap_adu adu;
        frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int err = parse(&p, frame, len, &adu);
        assert_true(err == PW_ECORRUPT || err == PW_EMORE);
        frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void after_a_broken_frame_only_silence_helps(void **state)
{
    (void)state;
    static const uint8_t pdu[] = {3, 4, 1, 2, 3, 4};
    uint8_t good[RTU_ADU_MAX];
    size_t len = frame_of(17, pdu, sizeof pdu, good);
    uint8_t bad[RTU_ADU_MAX];
    memcpy(bad, good, len);
    bad[len - 1] ^= 1;
    struct rtu_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(parse(&p, bad, len, &adu), PW_ECORRUPT);
    assert_int_equal(adu.frame_len, len);
    assert_memory_equal(adu.frame, bad, len);
    assert_int_equal(parse(&p, good, len, &adu), PW_EMORE);
    rtu_parser_reset(&p);
    assert_int_equal(parse(&p, good, len, &adu), 0);
}

static void what_no_reply_begins_with_is_broken_at_once(void **state)
{
    (void)state;
    static const uint8_t unknown[] = {17, 0x2b};
    static const uint8_t too_long[] = {17, 3, 252};
    static const uint8_t longest[] = {17, 3, 251};
    struct rtu_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(parse(&p, unknown, sizeof unknown, &adu), PW_ECORRUPT);
    rtu_parser_reset(&p);
    assert_int_equal(parse(&p, too_long, sizeof too_long, &adu), PW_ECORRUPT);
    rtu_parser_reset(&p);
    assert_int_equal(parse(&p, longest, sizeof longest, &adu), PW_EMORE);
}

static void another_masters_request_is_recognised(void **state)
{
    (void)state;
    static const uint8_t read[] = {3, 0, 10, 0, 2};
    static const uint8_t write[] = {6, 0, 10, 0, 2};
    static const uint8_t reply[] = {1, 3, 0xff, 0xff, 1};
    uint8_t frame[RTU_ADU_MAX];
    assert_true(rtu_is_read_request(frame, frame_of(5, read, sizeof read, frame)));
    assert_false(rtu_is_read_request(frame, RTU_REQUEST_SIZE - 1));
    assert_false(rtu_is_read_request(frame, frame_of(5, write, sizeof write, frame)));
    assert_false(rtu_is_read_request(frame, frame_of(5, reply, sizeof reply, frame)));
    frame_of(5, read, sizeof read, frame);
    frame[6] ^= 1;
    assert_false(rtu_is_read_request(frame, RTU_REQUEST_SIZE));
}

static void random_bytes_never_leave_the_frame(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[300];
        struct rtu_parser p = {0};
        struct mbap_adu adu;
        size_t len = xorshift_next(&seed) % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)(xorshift_next(&seed) >> 20);
        const uint8_t *at = bytes;
        int err = rtu_parser_next(&p, &at, &len, &adu);
        if (err != PW_EMORE)
            assert_true(adu.frame_len <= RTU_ADU_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crc_is_that_of_published_frames),
        cmocka_unit_test(a_request_is_unit_pdu_and_crc),
        cmocka_unit_test(a_good_reply_passes_however_it_is_cut),
        cmocka_unit_test(two_frames_in_one_read_are_two),
        cmocka_unit_test(what_does_not_answer_the_request_is_said),
        cmocka_unit_test(no_single_changed_bit_gets_through),
        cmocka_unit_test(after_a_broken_frame_only_silence_helps),
        cmocka_unit_test(what_no_reply_begins_with_is_broken_at_once),
        cmocka_unit_test(another_masters_request_is_recognised),
        cmocka_unit_test(random_bytes_never_leave_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
