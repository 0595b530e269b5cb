#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/modbus/mbap.h"

#include <string.h>

static const struct modbus_request asked = {.transaction = 0x1234,
                                            .unit = 7,
                                            .function = MODBUS_READ_HOLDING_REGISTERS,
                                            .address = 100,
                                            .count = 2};

static const uint8_t good[] = {0x12, 0x34, 0, 0, 0, 7, 7, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD};

static int parse_one(struct mbap_parser *p, const uint8_t *data, size_t len, struct mbap_adu *out)
{
    return mbap_parser_next(p, &data, &len, out);
}

/* The check's verdict over a frame that must parse as one whole unit. */
static enum modbus_check check_frame(const uint8_t *frame, size_t len, struct modbus_reply *reply)
{
    struct mbap_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(parse_one(&p, frame, len, &adu), 0);
    return modbus_reply_check(&asked, &adu, reply);
}

static void a_request_is_written_as_the_standard_shows(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x12, 0x34, 0, 0, 0, 6, 7, 3, 0, 100, 0, 2};
    uint8_t out[MBAP_REQUEST_SIZE];
    mbap_write_request(&asked, out);
    assert_memory_equal(out, expected, sizeof expected);

    const struct modbus_request last = {.transaction = 65535,
                                        .unit = 255,
                                        .function = MODBUS_READ_INPUT_REGISTERS,
                                        .address = 65535,
                                        .count = 1};
    static const uint8_t expected_last[] = {255, 255, 0, 0, 0, 6, 255, 4, 255, 255, 0, 1};
    mbap_write_request(&last, out);
    assert_memory_equal(out, expected_last, sizeof expected_last);
}

static void bits_are_packed_eight_to_a_byte(void **state)
{
    (void)state;
    assert_int_equal(modbus_reply_data_len(MODBUS_READ_COILS, 1), 1);
    assert_int_equal(modbus_reply_data_len(MODBUS_READ_COILS, 8), 1);
    assert_int_equal(modbus_reply_data_len(MODBUS_READ_DISCRETE_INPUTS, 9), 2);
    assert_int_equal(modbus_reply_data_len(MODBUS_READ_DISCRETE_INPUTS, 2000), 250);
    assert_int_equal(modbus_reply_data_len(MODBUS_READ_INPUT_REGISTERS, 125), 250);
}

static void a_good_reply_gives_its_data(void **state)
{
    (void)state;
    struct modbus_reply reply;
    assert_int_equal(check_frame(good, sizeof good, &reply), MODBUS_REPLY_GOOD);
    assert_int_equal(reply.data_len, 4);
    assert_memory_equal(reply.data, good + 9, 4);
}

static void an_exception_gives_its_code(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x12, 0x34, 0, 0, 0, 3, 7, 0x83, 2};
    struct modbus_reply reply;
    assert_int_equal(check_frame(frame, sizeof frame, &reply), MODBUS_REPLY_EXCEPTION);
    assert_int_equal(reply.exception, 2);
}

static void every_fault_has_its_name(void **state)
{
    (void)state;
    static const struct {
        size_t place;
        uint8_t byte;
        enum modbus_check verdict;
    } faults[] = {
        {0, 0x13, MODBUS_REPLY_OTHER_TRANSACTION}, {1, 0x35, MODBUS_REPLY_OTHER_TRANSACTION},
        {6, 8, MODBUS_REPLY_FOREIGN_UNIT},         {6, 0, MODBUS_REPLY_FOREIGN_UNIT},
        {7, 4, MODBUS_REPLY_WRONG_FUNCTION},       {7, 0x84, MODBUS_REPLY_WRONG_FUNCTION},
        {7, 0, MODBUS_REPLY_WRONG_FUNCTION},       {7, 0x83, MODBUS_REPLY_WRONG_LENGTH},
        {8, 3, MODBUS_REPLY_WRONG_LENGTH},         {8, 5, MODBUS_REPLY_WRONG_LENGTH},
        {8, 0, MODBUS_REPLY_WRONG_LENGTH},         {8, 255, MODBUS_REPLY_WRONG_LENGTH},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint8_t frame[sizeof good];
        memcpy(frame, good, sizeof good);
        frame[faults[i].place] = faults[i].byte;
        struct modbus_reply reply;
        assert_int_equal(check_frame(frame, sizeof frame, &reply), faults[i].verdict);
    }
}

static void a_reply_shorter_or_longer_than_asked_is_refused(void **state)
{
    (void)state;
    for (unsigned registers = 0; registers <= 125; registers++) {
        uint8_t frame[MBAP_ADU_MAX] = {0x12, 0x34, 0, 0, 0, 0, 7, 3, (uint8_t)(registers * 2)};
        frame[5] = (uint8_t)(3 + registers * 2);
        size_t len = 9 + (size_t)registers * 2;
        struct modbus_reply reply;
        assert_int_equal(check_frame(frame, len, &reply),
                         registers == 2 ? MODBUS_REPLY_GOOD : MODBUS_REPLY_WRONG_LENGTH);
    }
}

static void a_unit_of_two_bytes_is_no_reply(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x12, 0x34, 0, 0, 0, 2, 7, 3};
    struct modbus_reply reply;
    assert_int_equal(check_frame(frame, sizeof frame, &reply), MODBUS_REPLY_WRONG_LENGTH);
    static const uint8_t exception[] = {0x12, 0x34, 0, 0, 0, 2, 7, 0x83};
    assert_int_equal(check_frame(exception, sizeof exception, &reply), MODBUS_REPLY_WRONG_LENGTH);
}

static void framing_is_lost_by_protocol_or_length(void **state)
{
    (void)state;
    static const struct {
        size_t place;
        uint8_t byte;
    } faults[] = {{2, 1}, {3, 1}, {4, 1}, {5, 0}, {5, 1}, {5, 255}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint8_t frame[sizeof good];
        memcpy(frame, good, sizeof good);
        frame[faults[i].place] = faults[i].byte;
        struct mbap_parser p = {0};
        struct mbap_adu adu;
        assert_int_equal(parse_one(&p, frame, sizeof frame, &adu), PW_ESYNTAX);
    }
}

static void byte_by_byte_gives_the_same_unit(void **state)
{
    (void)state;
    struct mbap_parser p = {0};
    struct mbap_adu adu;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i + 1 < sizeof good; i++)
            assert_int_equal(parse_one(&p, good + i, 1, &adu), PW_EMORE);
        assert_int_equal(parse_one(&p, good + sizeof good - 1, 1, &adu), 0);
        assert_int_equal(adu.frame_len, sizeof good);
        assert_memory_equal(adu.frame, good, sizeof good);
    }
}

static void every_split_of_three_units_gives_three_units(void **state)
{
    (void)state;
    uint8_t bytes[3 * sizeof good];
    for (size_t i = 0; i < 3; i++) {
        memcpy(bytes + i * sizeof good, good, sizeof good);
        bytes[i * sizeof good + 1] = (uint8_t)i;
    }
    for (size_t a = 0; a <= sizeof bytes; a++) {
        for (size_t b = a; b <= sizeof bytes; b++) {
            const size_t ends[] = {a, b, sizeof bytes};
            struct mbap_parser p = {0};
            unsigned seen = 0;
            size_t from = 0;
            for (size_t k = 0; k < 3; k++) {
                const uint8_t *data = bytes + from;
                size_t len = ends[k] - from;
                struct mbap_adu adu;
                while (mbap_parser_next(&p, &data, &len, &adu) == 0) {
                    assert_int_equal(adu.transaction, 0x1200 + seen);
                    assert_memory_equal(adu.pdu, good + 7, sizeof good - 7);
                    seen++;
                }
                from = ends[k];
            }
            assert_int_equal(seen, 3);
        }
    }
}

static void the_longest_unit_fits(void **state)
{
    (void)state;
    uint8_t frame[MBAP_ADU_MAX] = {0, 1, 0, 0, 0, 254, 1, 3, 250};
    struct mbap_parser p = {0};
    struct mbap_adu adu;
    for (size_t i = 0; i + 1 < sizeof frame; i++)
        assert_int_equal(parse_one(&p, frame + i, 1, &adu), PW_EMORE);
    assert_int_equal(parse_one(&p, frame + sizeof frame - 1, 1, &adu), 0);
    assert_int_equal(adu.pdu_len, 253);
}

static void a_reset_parser_begins_anew(void **state)
{
    (void)state;
    struct mbap_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(parse_one(&p, good, 5, &adu), PW_EMORE);
    mbap_parser_reset(&p);
    assert_int_equal(parse_one(&p, good, sizeof good, &adu), 0);
    assert_int_equal(adu.transaction, 0x1234);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_written_as_the_standard_shows),
        cmocka_unit_test(bits_are_packed_eight_to_a_byte),
        cmocka_unit_test(a_good_reply_gives_its_data),
        cmocka_unit_test(an_exception_gives_its_code),
        cmocka_unit_test(every_fault_has_its_name),
        cmocka_unit_test(a_reply_shorter_or_longer_than_asked_is_refused),
        cmocka_unit_test(a_unit_of_two_bytes_is_no_reply),
        cmocka_unit_test(framing_is_lost_by_protocol_or_length),
        cmocka_unit_test(byte_by_byte_gives_the_same_unit),
        cmocka_unit_test(every_split_of_three_units_gives_three_units),
        cmocka_unit_test(the_longest_unit_fits),
        cmocka_unit_test(a_reset_parser_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
