/* Lines of the simulator: RTU frames against the server's own codec, and what a plan says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/sim/fault.h"
#include "acq/sim/frame.h"
#include "acq/sim/plan.h"
#include "protocols/modbus/rtu.h"
#include "tests/support/xorshift.h"

#include <stdio.h>
#include <string.h>

static void both_codecs_know_the_same_crc(void **state)
{
    (void)state;
    uint64_t seed = 3;
    uint8_t bytes[256];
    for (size_t len = 0; len < sizeof bytes; len++) {
        bytes[len] = (uint8_t)xorshift_next(&seed);
        assert_int_equal(frame_crc(bytes, len), rtu_crc(bytes, len));
    }
}

static void a_request_becomes_a_tcp_frame(void **state)
{
    (void)state;
    const struct modbus_request asked = {.unit = 17, .function = 3, .address = 300, .count = 20};
    uint8_t rtu[RTU_REQUEST_SIZE + 3];
    rtu_write_request(&asked, rtu);
    uint8_t frame[FRAME_MAX];
    size_t taken = 0;
    size_t len = 0;
    struct frame_request r;
    for (size_t n = 0; n < RTU_REQUEST_SIZE; n++)
        assert_int_equal(frame_from_rtu(rtu, n, frame, &taken, &len), FRAME_PARTIAL);
    assert_int_equal(frame_from_rtu(rtu, sizeof rtu, frame, &taken, &len), FRAME_REQUEST);
    assert_int_equal(taken, RTU_REQUEST_SIZE);
    assert_int_equal(frame_look(frame, len, &r), FRAME_REQUEST);
    assert_int_equal(r.unit, 17);
    assert_int_equal(r.address, 300);
    assert_int_equal(r.count, 20);
    rtu[7] ^= 1;
    assert_int_equal(frame_from_rtu(rtu, sizeof rtu, frame, &taken, &len), FRAME_BROKEN);
    assert_int_equal(taken, sizeof rtu);
}

static void writes_and_unknown_functions_have_their_length(void **state)
{
    (void)state;
    static const uint8_t write[] = {16, 0, 5, 0, 2, 4, 1, 2, 3, 4};
    static const uint8_t unknown[] = {0x2b, 14, 1, 0};
    uint8_t rtu[RTU_ADU_MAX];
    uint8_t frame[FRAME_MAX];
    size_t taken = 0;
    size_t len = 0;
    struct frame_request r;
    size_t n = rtu_write_frame(9, write, sizeof write, rtu);
    assert_int_equal(frame_from_rtu(rtu, n - 1, frame, &taken, &len), FRAME_PARTIAL);
    assert_int_equal(frame_from_rtu(rtu, n, frame, &taken, &len), FRAME_REQUEST);
    assert_int_equal(frame_look(frame, len, &r), FRAME_REQUEST);
    assert_int_equal(r.function, 16);
    n = rtu_write_frame(9, unknown, sizeof unknown, rtu);
    assert_int_equal(frame_from_rtu(rtu, n, frame, &taken, &len), FRAME_REQUEST);
    assert_int_equal(frame_look(frame, len, &r), FRAME_UNKNOWN);
    assert_int_equal(r.exception, EXCEPTION_FUNCTION);
}

static void a_reply_goes_back_as_the_servers_codec_takes_it(void **state)
{
    (void)state;
    static const uint8_t reply[] = {0, 0, 0, 0, 0, 7, 17, 3, 4, 1, 2, 3, 4};
    uint8_t rtu[FRAME_RTU_MAX];
    size_t len = frame_to_rtu(reply, sizeof reply, rtu);
    const uint8_t *at = rtu;
    struct rtu_parser p = {0};
    struct mbap_adu adu;
    assert_int_equal(rtu_parser_next(&p, &at, &len, &adu), 0);
    assert_int_equal(adu.unit, 17);
    assert_memory_equal(adu.pdu, reply + 7, 6);
}

static void a_window_has_its_beginning(void **state)
{
    (void)state;
    const struct fault once = {.at_s = 10, .for_s = 5};
    const struct fault again = {.at_s = 10, .for_s = 5, .every_s = 60};
    assert_true(fault_window_start(&once, 12) == 10);
    assert_true(fault_window_start(&again, 132.5) == 130);
}

static int parse(const char *text, struct sim_plan **out, char error[PLAN_ERROR_SIZE])
{
    return sim_plan_parse("plan.json", text, strlen(text), out, error);
}

static void a_plan_has_lines(void **state)
{
    (void)state;
    static const char text[] =
        "{\"slaves\":["
        "{\"pty\":\"/tmp/line\",\"baud\":9600,\"parity\":\"even\",\"reaction_ms\":3,\"echo\":true,"
        "\"units\":[]},"
        "{\"serial\":\"/dev/ttyS0\",\"stop_bits\":2,\"units\":[]},"
        "{\"dial\":\"127.0.0.1:4001\",\"framing\":\"rtu\",\"registration\":\"DTU\","
        "\"heartbeat\":\"hb\",\"heartbeat_s\":5,\"redial_s\":2,\"units\":[]},"
        "{\"listen\":\"127.0.0.1:0\",\"framing\":\"rtu\",\"count\":2,\"units\":[]},"
        "{\"listen\":\"127.0.0.1:0\",\"units\":[{\"faults\":["
        "{\"kind\":\"crc\"},{\"kind\":\"split\",\"delay_ms\":5},{\"kind\":\"slow\",\"delay_ms\":5},"
        "{\"kind\":\"echo\"},{\"kind\":\"half-open\"},{\"kind\":\"stuck\"}]}]}]}";
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    if (parse(text, &plan, error))
        fail_msg("%s", error);
    const struct sim_slave *s = plan->slaves;
    assert_int_equal(s[0].medium, SIM_PTY);
    assert_true(s[0].rtu && s[0].line.echo);
    assert_int_equal(s[0].line.bits, 11);
    assert_int_equal(s[0].line.reaction_ms, 3);
    assert_int_equal(s[0].stranger, STRANGER_SILENCE);
    assert_int_equal(s[1].medium, SIM_SERIAL);
    assert_int_equal(s[1].line.bits, 11);
    assert_int_equal(s[1].line.baud, 0);
    assert_int_equal(s[2].medium, SIM_DIAL);
    assert_int_equal(s[2].port, 4001);
    assert_string_equal(s[2].line.registration, "DTU");
    assert_true(s[3].rtu);
    assert_int_equal(s[3].line.bits, 10);
    assert_false(s[4].rtu);
    assert_int_equal(s[4].stranger, STRANGER_EXCEPTION);
    assert_int_equal(s[4].units[0].fault_count, 6);
    assert_int_equal(s[4].units[0].faults[0].kind, FAULT_CRC);
    assert_int_equal(s[4].units[0].faults[5].kind, FAULT_STUCK);
    sim_plan_free(plan);
}

static void what_no_line_can_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *slave;
        const char *says;
    } bad[] = {
        {"{\"pty\":\"/a\",\"serial\":\"/b\"}", "several"},
        {"{\"pty\":\"\"}", "/slaves/0/pty: expected a text"},
        {"{\"pty\":5}", "/slaves/0/pty"},
        {"{\"pty\":\"/a\",\"framing\":\"tcp\"}", "/slaves/0/framing"},
        {"{\"pty\":\"/a\",\"count\":2}", "/slaves/0/count: found several"},
        {"{\"dial\":\"h:1\"}", "/slaves/0/dial: found h:1"},
        {"{\"serial\":\"/a\",\"baud\":-1}", "/slaves/0/baud"},
        {"{\"serial\":\"/a\",\"registration\":\"x\"}", "unknown key"},
        {"{\"listen\":\"127.0.0.1:0\",\"echo\":1}", "/slaves/0/echo"},
        {"{\"listen\":\"127.0.0.1:0\",\"faults\":[{\"kind\":\"split\"}]}", "delay_ms"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        struct sim_plan *plan = NULL;
        char error[PLAN_ERROR_SIZE] = "";
        snprintf(text, sizeof text, "{\"slaves\":[%s]}", bad[i].slave);
        assert_int_equal(parse(text, &plan, error), PW_EINVAL);
        if (!strstr(error, bad[i].says))
            fail_msg("%s: %s", bad[i].slave, error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_codecs_know_the_same_crc),
        cmocka_unit_test(a_request_becomes_a_tcp_frame),
        cmocka_unit_test(writes_and_unknown_functions_have_their_length),
        cmocka_unit_test(a_reply_goes_back_as_the_servers_codec_takes_it),
        cmocka_unit_test(a_window_has_its_beginning),
        cmocka_unit_test(a_plan_has_lines),
        cmocka_unit_test(what_no_line_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
