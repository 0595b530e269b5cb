/* An SMPP session against a centre that answers late, out of order, twice, strangely or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/smpp_session.h"

#include <stdlib.h>
#include <string.h>

enum { SENT_MAX = 64, ANSWERS_MAX = 64, START_MS = 1000000 };

struct stand {
    struct smpp_session session;
    struct smpp_pdu sent[SENT_MAX]; /* bodies are not kept */
    size_t sent_count;
    struct smpp_answer answers[ANSWERS_MAX];
    char ids[ANSWERS_MAX][SMPP_ID_SIZE];
    size_t answer_count;
    uint32_t bound_status;
    unsigned bound_count;
    char inbound[64];
    uint32_t inbound_sequence;
};

static const struct smpp_session_config config = {.bind = {"user", "secret", ""},
                                                  .window = 3,
                                                  .bind_timeout_ms = 10000,
                                                  .response_timeout_ms = 30000,
                                                  .enquire_ms = 20000};

static void on_bytes(void *ctx, const uint8_t *data, size_t len)
{
    struct stand *s = ctx;
    size_t used = 0;
    assert_true(s->sent_count < SENT_MAX);
    assert_int_equal(smpp_next(data, len, &s->sent[s->sent_count], &used), 0);
    assert_int_equal(used, len);
    s->sent_count++;
}

static void on_bound(void *ctx, uint32_t status)
{
    struct stand *s = ctx;
    s->bound_status = status;
    s->bound_count++;
}

static void on_answer(void *ctx, const struct smpp_answer *answer)
{
    struct stand *s = ctx;
    assert_true(s->answer_count < ANSWERS_MAX);
    s->answers[s->answer_count] = *answer;
    strcpy(s->ids[s->answer_count++], answer->id);
}

static void on_deliver(void *ctx, const struct smpp_deliver *d, uint32_t sequence)
{
    struct stand *s = ctx;
    struct strbuf text;
    strbuf_init_fixed(&text, s->inbound, sizeof s->inbound);
    smpp_deliver_text(d, &text);
    s->inbound_sequence = sequence;
}

static const struct smpp_session_events events = {on_bytes, on_bound, on_answer, on_deliver};

/* One unit from the centre, its body given. */
static int hear(struct stand *s, uint32_t command, uint32_t status, uint32_t sequence,
                const void *body, size_t body_len, int64_t now_ms)
{
    uint8_t unit[SMPP_PDU_MAX] = {0};
    const uint32_t head[] = {(uint32_t)(SMPP_HEADER_SIZE + body_len), command, status, sequence};
    for (size_t i = 0; i < SMPP_HEADER_SIZE; i++)
        unit[i] = (uint8_t)(head[i / 4] >> (24 - 8 * (i % 4)));
    if (body_len)
        memcpy(unit + SMPP_HEADER_SIZE, body, body_len);
    return smpp_session_take(&s->session, unit, SMPP_HEADER_SIZE + body_len, now_ms);
}

static void answer(struct stand *s, uint32_t sequence, uint32_t status, const char *id)
{
    assert_int_equal(hear(s, smpp_response_to(SMPP_SUBMIT_SM), status, sequence, id,
                          status ? 0 : strlen(id) + 1, START_MS + 10),
                     0);
}

static struct stand *open_stand(void)
{
    struct stand *s = calloc(1, sizeof *s);
    assert_non_null(s);
    smpp_session_init(&s->session, &config, &events, s);
    assert_int_equal(smpp_session_begin(&s->session, START_MS), 0);
    assert_int_equal(s->sent[0].command, SMPP_BIND_TRANSCEIVER);
    return s;
}

static struct stand *open_bound(void)
{
    struct stand *s = open_stand();
    assert_int_equal(
        hear(s, smpp_response_to(SMPP_BIND_TRANSCEIVER), 0, 1, "SMSC", 5, START_MS + 5), 0);
    assert_int_equal(s->bound_count, 1);
    assert_int_equal(s->bound_status, 0);
    return s;
}

static int submit(struct stand *s, uint64_t token, int64_t now_ms)
{
    static const uint8_t text[] = "alarm";
    struct smpp_submit message = {.text = text, .text_len = 5, .part = 1, .parts = 1};
    assert_int_equal(smpp_address_set(&message.to, "+8613800138000"), 0);
    assert_int_equal(smpp_address_set(&message.from, "10690001"), 0);
    return smpp_session_submit(&s->session, &message, token, now_ms);
}

static uint32_t last_sequence(const struct stand *s)
{
    return s->sent[s->sent_count - 1].sequence;
}

static void answers_find_their_submits_in_any_order(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    for (uint64_t token = 1; token <= 3; token++)
        assert_int_equal(submit(s, token, START_MS), 0);
    uint32_t last = last_sequence(s);
    assert_false(smpp_session_can_submit(&s->session));
    assert_int_equal(submit(s, 4, START_MS), PW_ESTATE);
    answer(s, last, 0, "c");
    answer(s, last - 2, 0x58, "");
    answer(s, last - 1, 0, "b");
    assert_int_equal(s->answer_count, 3);
    assert_int_equal(s->answers[0].token, 3);
    assert_string_equal(s->ids[0], "c");
    assert_int_equal(s->answers[1].token, 1);
    assert_int_equal(s->answers[1].status, 0x58);
    assert_int_equal(s->answers[2].token, 2);
    assert_true(smpp_session_can_submit(&s->session));
    free(s);
}

static void an_answer_that_comes_twice_counts_once(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    assert_int_equal(submit(s, 7, START_MS), 0);
    uint32_t sequence = last_sequence(s);
    answer(s, sequence, 0, "a");
    answer(s, sequence, 0, "a");
    answer(s, sequence + 40, 0, "x");
    answer(s, 0, 0, "x");
    assert_int_equal(s->answer_count, 1);
    assert_int_equal(s->session.strange, 3);
    assert_int_equal(s->session.in_flight, 0);
    free(s);
}

static void a_refused_login_is_told_as_it_is(void **state)
{
    (void)state;
    struct stand *s = open_stand();
    assert_false(smpp_session_can_submit(&s->session));
    assert_int_equal(hear(s, smpp_response_to(SMPP_BIND_TRANSCEIVER), 0x0e, 1, NULL, 0, START_MS),
                     0);
    assert_int_equal(s->bound_status, 0x0e);
    assert_int_equal(submit(s, 1, START_MS), PW_ESTATE);
    free(s);
}

static void a_centre_that_never_answers_the_bind_is_given_up(void **state)
{
    (void)state;
    struct stand *s = open_stand();
    int64_t next_ms = 0;
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 9999, &next_ms), 0);
    assert_int_equal(next_ms, START_MS + 10000);
    assert_int_equal(smpp_session_tick(&s->session, next_ms, &next_ms), PW_ETIMEOUT);
    free(s);
}

static void a_submit_without_an_answer_is_told_as_such(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    int64_t next_ms = 0;
    assert_int_equal(submit(s, 9, START_MS + 15000), 0);
    uint32_t sequence = last_sequence(s);
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 44999, &next_ms), 0);
    assert_int_equal(s->answer_count, 0);
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 45000, &next_ms), 0);
    assert_int_equal(s->answer_count, 1);
    assert_false(s->answers[0].answered);
    assert_int_equal(s->answers[0].token, 9);
    answer(s, sequence, 0, "late");
    assert_int_equal(s->answer_count, 1);
    free(s);
}

static void a_lost_connection_leaves_what_was_in_flight_open(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    assert_int_equal(submit(s, 1, START_MS), 0);
    assert_int_equal(submit(s, 2, START_MS), 0);
    smpp_session_end(&s->session);
    assert_int_equal(s->answer_count, 2);
    assert_false(s->answers[0].answered);
    assert_false(s->answers[1].answered);
    assert_int_equal(submit(s, 3, START_MS), PW_ESTATE);
    assert_int_equal(smpp_session_begin(&s->session, START_MS + 1), 0);
    free(s);
}

static void a_silent_centre_is_asked_and_then_given_up(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    int64_t next_ms = 0;
    size_t before = s->sent_count;
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 20005, &next_ms), 0);
    assert_int_equal(s->sent[before].command, SMPP_ENQUIRE_LINK);
    assert_int_equal(hear(s, smpp_response_to(SMPP_ENQUIRE_LINK), 0, last_sequence(s), NULL, 0,
                          START_MS + 20010),
                     0);
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 20020, &next_ms), 0);
    assert_int_equal(next_ms, START_MS + 40010);
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 40010, &next_ms), 0);
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 60010, &next_ms), 0);
    assert_int_equal(s->sent_count, before + 3);
    assert_int_equal(smpp_session_tick(&s->session, START_MS + 80010, &next_ms), PW_ETIMEOUT);
    free(s);
}

static void an_inbound_message_is_acknowledged_when_we_say_so(void **state)
{
    (void)state;
    static const uint8_t body[] = "\0\1\1"
                                  "8613800138000\0"
                                  "\0\0"
                                  "10690001\0"
                                  "\0\0\0\0\0\0\0\0\0\6"
                                  "ACK 12";
    struct stand *s = open_bound();
    size_t before = s->sent_count;
    assert_int_equal(hear(s, SMPP_DELIVER_SM, 0, 77, body, sizeof body - 1, START_MS), 0);
    assert_string_equal(s->inbound, "ACK 12");
    assert_int_equal(s->sent_count, before);
    smpp_session_acknowledge(&s->session, s->inbound_sequence);
    assert_int_equal(s->sent[before].command, smpp_response_to(SMPP_DELIVER_SM));
    assert_int_equal(s->sent[before].sequence, 77);
    assert_int_equal(hear(s, SMPP_DELIVER_SM, 0, 78, body, 9, START_MS), 0);
    assert_int_equal(s->sent[before + 1].status, SMPP_SYSTEM_ERROR);
    free(s);
}

static void what_the_centre_asks_is_answered(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    size_t before = s->sent_count;
    assert_int_equal(hear(s, SMPP_ENQUIRE_LINK, 0, 5, NULL, 0, START_MS), 0);
    assert_int_equal(s->sent[before].command, smpp_response_to(SMPP_ENQUIRE_LINK));
    assert_int_equal(hear(s, 0x3333, 0, 6, NULL, 0, START_MS), 0);
    assert_int_equal(s->sent[before + 1].command, smpp_response_to(0));
    assert_int_equal(s->sent[before + 1].status, SMPP_UNKNOWN_COMMAND);
    assert_int_equal(hear(s, SMPP_UNBIND, 0, 7, NULL, 0, START_MS), PW_ESTATE);
    assert_int_equal(s->sent[before + 2].command, smpp_response_to(SMPP_UNBIND));
    free(s);
}

static void generic_nack_answers_the_submit_it_names(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    assert_int_equal(submit(s, 3, START_MS), 0);
    assert_int_equal(
        hear(s, smpp_response_to(0), SMPP_BAD_LENGTH, last_sequence(s), NULL, 0, START_MS), 0);
    assert_int_equal(s->answer_count, 1);
    assert_int_equal(s->answers[0].status, SMPP_BAD_LENGTH);
    free(s);
}

static void bytes_come_in_any_pieces(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    uint8_t stream[40 * SMPP_HEADER_SIZE];
    for (size_t i = 0; i < sizeof stream; i++) {
        static const uint8_t unit[SMPP_HEADER_SIZE] = {0, 0, 0, 16, 0, 0, 0, 0x15,
                                                       0, 0, 0, 0,  0, 0, 0, 9};
        stream[i] = unit[i % SMPP_HEADER_SIZE];
    }
    size_t before = s->sent_count;
    for (size_t at = 0, step = 1; at < sizeof stream; at += step, step = step % 37 + 1) {
        step = step < sizeof stream - at ? step : sizeof stream - at;
        assert_int_equal(smpp_session_take(&s->session, stream + at, step, START_MS), 0);
    }
    assert_int_equal(s->sent_count, before + 40);
    const uint8_t impossible[] = {0, 0, 0, 3};
    assert_int_equal(smpp_session_take(&s->session, impossible, 4, START_MS), PW_ESYNTAX);
    free(s);
}

static void sequence_numbers_begin_again_behind_the_last(void **state)
{
    (void)state;
    struct stand *s = open_bound();
    s->session.sequence = SMPP_SEQUENCE_MAX - 1;
    assert_int_equal(submit(s, 1, START_MS), 0);
    assert_int_equal(last_sequence(s), SMPP_SEQUENCE_MAX);
    assert_int_equal(submit(s, 2, START_MS), 0);
    assert_int_equal(last_sequence(s), 1);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_find_their_submits_in_any_order),
        cmocka_unit_test(an_answer_that_comes_twice_counts_once),
        cmocka_unit_test(a_refused_login_is_told_as_it_is),
        cmocka_unit_test(a_centre_that_never_answers_the_bind_is_given_up),
        cmocka_unit_test(a_submit_without_an_answer_is_told_as_such),
        cmocka_unit_test(a_lost_connection_leaves_what_was_in_flight_open),
        cmocka_unit_test(a_silent_centre_is_asked_and_then_given_up),
        cmocka_unit_test(an_inbound_message_is_acknowledged_when_we_say_so),
        cmocka_unit_test(what_the_centre_asks_is_answered),
        cmocka_unit_test(generic_nack_answers_the_submit_it_names),
        cmocka_unit_test(bytes_come_in_any_pieces),
        cmocka_unit_test(sequence_numbers_begin_again_behind_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
