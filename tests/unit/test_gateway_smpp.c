/* The SMPP gateway against a scripted centre on the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "tests/unit/gateway_stand.h"

#include <stdlib.h>

enum { SUBMITS_MAX = 64 };

enum habit { ANSWERS, SILENT, CUTS, HOLDS };

/* What was submitted, as it came. */
struct submitted {
    uint32_t sequence;
    uint8_t body[512];
    size_t len;
};

struct centre {
    struct gateway_stand stand;
    uv_tcp_t listener, peer;
    bool has_peer;
    uint8_t input[8192];
    size_t input_len;
    uint32_t bind_status, submit_status;
    enum habit habit;
    struct submitted submits[SUBMITS_MAX];
    unsigned submit_count, binds, connections, unbinds, answered_deliveries;
    int64_t bound_ms;
};

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct centre *c = handle->data;
    (void)size;
    *buf = uv_buf_init((char *)c->input + c->input_len, (unsigned)(sizeof c->input - c->input_len));
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct centre *c = handle->data;
    c->has_peer = false;
}

static void cut(struct centre *c)
{
    if (c->has_peer && !uv_is_closing((uv_handle_t *)&c->peer))
        uv_close((uv_handle_t *)&c->peer, on_peer_closed);
}

static void write_octets(struct centre *c, const struct strbuf *out)
{
    uv_buf_t buf = uv_buf_init(out->data, (unsigned)out->len);
    assert_int_equal(uv_try_write((uv_stream_t *)&c->peer, &buf, 1), (int)out->len);
}

/* A unit with a body. */
static void write_unit(struct centre *c, uint32_t command, uint32_t status, uint32_t sequence,
                       const void *body, size_t len)
{
    char storage[1024];
    struct strbuf out;
    const uint32_t words[] = {(uint32_t)(16 + len), command, status, sequence};
    strbuf_init_fixed(&out, storage, sizeof storage);
    for (size_t i = 0; i < 4; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            strbuf_addc(&out, (char)(words[i] >> shift & 0xff));
    strbuf_add(&out, body, len);
    write_octets(c, &out);
}

static void answer_submit(struct centre *c, unsigned i)
{
    char id[16];
    snprintf(id, sizeof id, "id%u", i);
    write_unit(c, smpp_response_to(SMPP_SUBMIT_SM), c->submit_status, c->submits[i].sequence, id,
               c->submit_status ? 0 : strlen(id) + 1);
}

static void take_submit(struct centre *c, const struct smpp_pdu *pdu)
{
    struct submitted *s = &c->submits[c->submit_count];
    assert_true(c->submit_count < SUBMITS_MAX && pdu->body_len <= sizeof s->body);
    s->sequence = pdu->sequence;
    s->len = pdu->body_len;
    memcpy(s->body, pdu->body, pdu->body_len);
    c->submit_count++;
    if (c->habit == ANSWERS)
        answer_submit(c, c->submit_count - 1);
    else if (c->habit == CUTS)
        cut(c);
}

static void take_unit(struct centre *c, const struct smpp_pdu *pdu)
{
    if (pdu->command == SMPP_BIND_TRANSCEIVER) {
        c->binds++;
        c->bound_ms = (int64_t)uv_now(&c->stand.loop);
        write_unit(c, smpp_response_to(SMPP_BIND_TRANSCEIVER), c->bind_status, pdu->sequence,
                   "SMSC", c->bind_status ? 0 : 5);
    } else if (pdu->command == SMPP_SUBMIT_SM) {
        take_submit(c, pdu);
    } else if (pdu->command == smpp_response_to(SMPP_DELIVER_SM)) {
        c->answered_deliveries++;
    } else if (pdu->command == SMPP_UNBIND) {
        c->unbinds++;
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct centre *c = stream->data;
    struct smpp_pdu pdu;
    size_t used = 0;
    size_t at = 0;
    (void)buf;
    if (n < 0) {
        cut(c);
        return;
    }
    c->input_len += (size_t)n;
    while (!uv_is_closing((uv_handle_t *)&c->peer) &&
           smpp_next(c->input + at, c->input_len - at, &pdu, &used) == 0) {
        take_unit(c, &pdu);
        at += used;
    }
    c->input_len -= at;
    memmove(c->input, c->input + at, c->input_len);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct centre *c = listener->data;
    assert_int_equal(status, 0);
    assert_false(c->has_peer);
    assert_int_equal(uv_tcp_init(&c->stand.loop, &c->peer), 0);
    c->peer.data = c;
    c->has_peer = true;
    c->input_len = 0;
    c->connections++;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->peer), 0);
    uv_read_start((uv_stream_t *)&c->peer, on_alloc, on_read);
}

static uint16_t listen_at(struct centre *c)
{
    struct sockaddr_in address;
    int size = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_int_equal(uv_tcp_init(&c->stand.loop, &c->listener), 0);
    c->listener.data = c;
    assert_int_equal(uv_tcp_bind(&c->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&c->listener, 8, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&c->listener, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static int set_up(void **state)
{
    struct centre *c = calloc(1, sizeof *c);
    assert_non_null(c);
    stand_init(&c->stand);
    c->stand.config.kind = GATEWAY_SMPP;
    c->stand.config.host = "127.0.0.1";
    c->stand.config.port = listen_at(c);
    c->stand.config.user = "foo";
    c->stand.config.password = "bar";
    *state = c;
    return 0;
}

static int tear_down(void **state)
{
    struct centre *c = *state;
    stand_close_gateway(&c->stand);
    uv_close((uv_handle_t *)&c->listener, NULL);
    stand_deinit(&c->stand);
    assert_false(c->has_peer);
    free(c);
    return 0;
}

static void open_bound(struct centre *c)
{
    unsigned ready = c->stand.ready;
    stand_open_gateway(&c->stand);
    assert_false(gateway_can_take(c->stand.gateway));
    stand_wait(&c->stand, &c->stand.ready, ready + 1);
    assert_true(gateway_can_take(c->stand.gateway));
}

/* service_type, two addresses, esm_class, protocol_id, priority, 2 times, registered_delivery,
 * replace, data_coding, default message id, length: the text follows. */
static const uint8_t *text_of(const struct submitted *s, size_t *len, uint8_t *data_coding)
{
    size_t at = strlen((const char *)s->body) + 1;
    for (int i = 0; i < 2; i++)
        at += 2 + strlen((const char *)s->body + at + 2) + 1;
    at += 3;
    at += 2; /* two empty times */
    *data_coding = s->body[at + 2];
    *len = s->body[at + 4];
    assert_true(at + 5 + *len <= s->len);
    return s->body + at + 5;
}

static void a_message_is_accepted_with_the_centre_s_id(void **state)
{
    struct centre *c = *state;
    size_t len = 0;
    uint8_t coding = 0;
    open_bound(c);
    stand_send(&c->stand, 9, "超标");
    const struct gateway_result *r = stand_wait_result(&c->stand, 1);
    assert_int_equal(r->end, GATEWAY_ACCEPTED);
    assert_int_equal(r->token, 9);
    assert_int_equal(r->parts, 1);
    assert_string_equal(r->ids[0], "id0");
    const uint8_t *text = text_of(&c->submits[0], &len, &coding);
    assert_int_equal(coding, 8);
    assert_int_equal(len, 4);
    assert_memory_equal(text, "\x8d\x85\x68\x07", 4);
}

static void a_long_message_goes_in_parts_that_say_so(void **state)
{
    struct centre *c = *state;
    struct strbuf text;
    size_t len = 0;
    uint8_t coding = 0;
    strbuf_init(&text, 1024);
    for (int i = 0; i < 135; i++)
        strbuf_adds(&text, "告");
    c->stand.config.window = 2;
    open_bound(c);
    stand_send(&c->stand, 1, strbuf_text(&text));
    assert_false(gateway_can_take(c->stand.gateway));
    const struct gateway_result *r = stand_wait_result(&c->stand, 1);
    assert_int_equal(r->end, GATEWAY_ACCEPTED);
    assert_int_equal(r->parts, 3);
    assert_string_equal(r->ids[2], "id2");
    assert_int_equal(c->submit_count, 3);
    static const size_t octets[] = {6 + 134, 6 + 134, 6 + 2};
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t header[] = {5, 0, 3, 7, 3, (uint8_t)(i + 1)};
        const uint8_t *part = text_of(&c->submits[i], &len, &coding);
        assert_int_equal(len, octets[i]);
        assert_memory_equal(part, header, sizeof header);
    }
    strbuf_deinit(&text);
}

static void the_centre_s_refusals_are_told_apart(void **state)
{
    static const struct {
        uint32_t status;
        enum gateway_end end;
    } cases[] = {{0x58, GATEWAY_BUSY},   {0x14, GATEWAY_BUSY},          {0x08, GATEWAY_FAILED},
                 {0x45, GATEWAY_FAILED}, {0x0b, GATEWAY_BAD_RECIPIENT}, {0x0a, GATEWAY_REFUSED},
                 {0x477, GATEWAY_FAILED}};
    struct centre *c = *state;
    open_bound(c);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        c->submit_status = cases[i].status;
        stand_send(&c->stand, i, "x");
        assert_int_equal(stand_wait_result(&c->stand, i + 1)->end, cases[i].end);
    }
    struct gateway_stats stats;
    gateway_get_stats(c->stand.gateway, &stats);
    assert_string_equal(stats.last_error, "status 0x477");
}

static void answers_may_come_in_any_order(void **state)
{
    struct centre *c = *state;
    c->habit = HOLDS;
    open_bound(c);
    for (uint64_t token = 1; token <= 4; token++)
        stand_send(&c->stand, token, "x");
    assert_false(gateway_can_take(c->stand.gateway));
    stand_wait(&c->stand, &c->submit_count, 4);
    answer_submit(c, 2);
    assert_int_equal(stand_wait_result(&c->stand, 1)->token, 3);
    stand_wait(&c->stand, &c->stand.ready, 2);
    answer_submit(c, 0);
    assert_int_equal(stand_wait_result(&c->stand, 2)->token, 1);
    answer_submit(c, 3);
    answer_submit(c, 1);
    stand_wait_result(&c->stand, 4);
}

static void without_an_answer_it_is_left_open_and_the_window_is_free_again(void **state)
{
    struct centre *c = *state;
    c->habit = SILENT;
    c->stand.config.timeout_ms = 50;
    c->stand.config.window = 1;
    open_bound(c);
    stand_send(&c->stand, 1, "x");
    assert_false(gateway_can_take(c->stand.gateway));
    assert_int_equal(stand_wait_result(&c->stand, 1)->end, GATEWAY_UNANSWERED);
    stand_wait(&c->stand, &c->stand.ready, 2);
    assert_true(gateway_can_take(c->stand.gateway));
    answer_submit(c, 0); /* too late */
    c->habit = ANSWERS;
    stand_send(&c->stand, 2, "y");
    assert_int_equal(stand_wait_result(&c->stand, 2)->end, GATEWAY_ACCEPTED);
    struct gateway_stats stats;
    gateway_get_stats(c->stand.gateway, &stats);
    assert_int_equal(stats.strange, 1);
}

static void a_cut_leaves_submits_open_and_it_binds_again(void **state)
{
    struct centre *c = *state;
    c->habit = CUTS;
    open_bound(c);
    stand_send(&c->stand, 1, "x");
    stand_send(&c->stand, 2, "y");
    assert_int_equal(stand_wait_result(&c->stand, 1)->end, GATEWAY_UNANSWERED);
    assert_int_equal(stand_wait_result(&c->stand, 2)->end, GATEWAY_UNANSWERED);
    assert_false(gateway_can_take(c->stand.gateway));
    struct gateway_stats stats;
    gateway_get_stats(c->stand.gateway, &stats);
    assert_false(stats.is_up);
    assert_true(stats.last_error[0] != '\0');
    c->habit = ANSWERS;
    stand_wait(&c->stand, &c->stand.ready, 2);
    assert_int_equal(c->binds, 2);
    stand_send(&c->stand, 3, "x");
    assert_int_equal(stand_wait_result(&c->stand, 3)->end, GATEWAY_ACCEPTED);
}

static void a_refused_login_is_tried_rarely_and_said(void **state)
{
    struct centre *c = *state;
    c->bind_status = 0x0e;
    stand_open_gateway(&c->stand);
    stand_wait(&c->stand, &c->binds, 1);
    int64_t first_ms = c->bound_ms;
    stand_wait(&c->stand, &c->binds, 2);
    assert_true(c->bound_ms - first_ms >= 300);
    struct gateway_stats stats;
    gateway_get_stats(c->stand.gateway, &stats);
    assert_string_equal(stats.last_error, "the centre refused the login with status 0x0e");
    c->bind_status = 0;
    stand_wait(&c->stand, &c->stand.ready, 1);
    gateway_get_stats(c->stand.gateway, &stats);
    assert_string_equal(stats.last_error, "");
}

/* deliver_sm: esm_class 4 is a receipt. */
static void deliver(struct centre *c, uint32_t sequence, uint8_t esm_class, const char *text)
{
    char storage[512];
    struct strbuf out;
    strbuf_init_fixed(&out, storage, sizeof storage);
    strbuf_add(&out,
               "\0\1\1"
               "8613800138000\0"
               "\0\0"
               "10690001\0",
               3 + 14 + 2 + 9);
    strbuf_addc(&out, (char)esm_class);
    strbuf_add(&out, "\0\0\0\0\0\0\0\0", 8);
    strbuf_addc(&out, (char)strlen(text));
    strbuf_adds(&out, text);
    write_unit(c, SMPP_DELIVER_SM, 0, sequence, out.data, out.len);
}

static const char receipt_text[] =
    "id:id0 sub:001 dlvrd:001 submit date:2611221405 done date:2611221406 stat:DELIVRD err:000 "
    "text:";

static void a_receipt_is_acknowledged_once_it_is_durable(void **state)
{
    struct centre *c = *state;
    open_bound(c);
    deliver(c, 71, 4, receipt_text);
    stand_wait(&c->stand, &c->stand.receipts, 1);
    assert_string_equal(c->stand.receipt.id, "id0");
    assert_int_equal(c->stand.receipt.fate, SMS_DELIVERED);
    stand_send(&c->stand, 1, "x"); /* a whole round trip later there is still no answer */
    stand_wait_result(&c->stand, 1);
    assert_int_equal(c->answered_deliveries, 0);
    gateway_on_durable(c->stand.gateway, c->stand.ticket);
    gateway_on_durable(c->stand.gateway, c->stand.ticket);
    stand_wait(&c->stand, &c->answered_deliveries, 1);
    stand_send(&c->stand, 2, "x");
    stand_wait_result(&c->stand, 2);
    assert_int_equal(c->answered_deliveries, 1);
}

static void a_ticket_of_an_earlier_session_means_nothing(void **state)
{
    struct centre *c = *state;
    open_bound(c);
    deliver(c, 71, 4, receipt_text);
    stand_wait(&c->stand, &c->stand.receipts, 1);
    uint32_t old = c->stand.ticket;
    cut(c);
    stand_wait(&c->stand, &c->stand.ready, 2);
    deliver(c, 5, 4, receipt_text);
    stand_wait(&c->stand, &c->stand.receipts, 2);
    gateway_on_durable(c->stand.gateway, old);
    stand_send(&c->stand, 1, "x");
    stand_wait_result(&c->stand, 1);
    assert_int_equal(c->answered_deliveries, 0);
}

static void a_phone_s_message_is_told_and_acknowledged(void **state)
{
    struct centre *c = *state;
    open_bound(c);
    deliver(c, 72, 0, "ACK 123");
    stand_wait(&c->stand, &c->stand.inbound, 1);
    assert_string_equal(c->stand.inbound_from, "8613800138000");
    assert_string_equal(c->stand.inbound_text, "ACK 123");
    gateway_on_durable(c->stand.gateway, c->stand.ticket);
    stand_wait(&c->stand, &c->answered_deliveries, 1);
}

static void closing_unbinds_and_leaves_submits_open(void **state)
{
    struct centre *c = *state;
    c->habit = SILENT;
    open_bound(c);
    stand_send(&c->stand, 1, "x");
    stand_wait(&c->stand, &c->submit_count, 1);
    stand_close_gateway(&c->stand);
    assert_int_equal(c->stand.result_count, 1);
    assert_int_equal(c->stand.results[0].end, GATEWAY_UNANSWERED);
    stand_wait(&c->stand, &c->unbinds, 1);
}

static void it_can_be_closed_before_it_is_bound_and_between_attempts(void **state)
{
    struct centre *c = *state;
    stand_open_gateway(&c->stand);
    stand_close_gateway(&c->stand);
    while (!c->stand.closed)
        uv_run(&c->stand.loop, UV_RUN_ONCE);
    c->stand.closed = false;
    c->bind_status = 0x0e;
    stand_open_gateway(&c->stand);
    stand_wait(&c->stand, &c->binds, 1);
    for (int i = 0; i < 5; i++)
        uv_run(&c->stand.loop, UV_RUN_NOWAIT);
    stand_close_gateway(&c->stand);
}

static void an_impossible_recipient_is_refused_at_once(void **state)
{
    struct centre *c = *state;
    open_bound(c);
    struct gateway_message m = stand_message(1, "x");
    m.to = "+86138001380001380013800138000";
    assert_int_equal(gateway_send(c->stand.gateway, &m), PW_EINVAL);
    stand_send(&c->stand, 2, "x");
    assert_int_equal(stand_wait_result(&c->stand, 1)->token, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_message_is_accepted_with_the_centre_s_id),
        CASE(a_long_message_goes_in_parts_that_say_so),
        CASE(the_centre_s_refusals_are_told_apart),
        CASE(answers_may_come_in_any_order),
        CASE(without_an_answer_it_is_left_open_and_the_window_is_free_again),
        CASE(a_cut_leaves_submits_open_and_it_binds_again),
        CASE(a_refused_login_is_tried_rarely_and_said),
        CASE(a_receipt_is_acknowledged_once_it_is_durable),
        CASE(a_ticket_of_an_earlier_session_means_nothing),
        CASE(a_phone_s_message_is_told_and_acknowledged),
        CASE(closing_unbinds_and_leaves_submits_open),
        CASE(it_can_be_closed_before_it_is_bound_and_between_attempts),
        CASE(an_impossible_recipient_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
