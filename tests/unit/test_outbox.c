/* The outbox: what goes when over which gateway, and what is left after a crash, in made time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "acq/deliver/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 4096, NOW_MS = 1000000, HOUR_MS = 3600000 };

static const struct outbox_gateway gateways[] = {
    {.id = "main", .tries = 2, .retry_first_ms = 1000, .retry_max_ms = 8000, .pause_ms = 60000},
    {.id = "spare", .tries = 2, .retry_first_ms = 1000, .retry_max_ms = 8000, .pause_ms = 60000},
    {.id = "slow", .per_minute = 2, .tries = 1, .retry_first_ms = 1000, .retry_max_ms = 1000}};

enum { MAIN, SPARE, SLOW };

struct stand {
    struct outbox *outbox;
    char *lines[LINES_MAX];
    size_t line_count;
    uint64_t seq;
};

static uint64_t journal(void *ctx, const struct strbuf *members, bool urgent)
{
    struct stand *s = ctx;
    (void)urgent;
    assert_true(s->line_count < LINES_MAX);
    char *line = malloc(members->len + 3);
    snprintf(line, members->len + 3, "{%s}", members->data);
    s->lines[s->line_count++] = line;
    return ++s->seq;
}

static struct outbox *outbox_for(struct stand *s, uint32_t max)
{
    const struct outbox_options options = {
        .gateways = gateways, .gateway_count = 3, .max = max, .journal = journal, .ctx = s};
    struct outbox *o = NULL;
    assert_int_equal(outbox_new(&options, &o), 0);
    return o;
}

static struct stand *stand_open(uint32_t max)
{
    struct stand *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->outbox = outbox_for(s, max);
    return s;
}

static void stand_close(struct stand *s)
{
    outbox_free(s->outbox);
    for (size_t i = 0; i < s->line_count; i++)
        free(s->lines[i]);
    free(s);
}

static void add(struct stand *s, const char *key, uint8_t priority, const char *first,
                const char *second, int64_t give_up_ms)
{
    const struct notice n = {.key = key,
                             .why = NOTICE_RAISED,
                             .priority = priority,
                             .alarm = "a1",
                             .person = "duty",
                             .to = "+8613800138000",
                             .gateways = {first, second},
                             .subject = "",
                             .text = "旁路开启",
                             .json = "",
                             .made_ms = NOW_MS,
                             .give_up_ms = give_up_ms};
    assert_int_equal(outbox_add(s->outbox, &n, NOW_MS), 0);
}

static void add_durable(struct stand *s, const char *key)
{
    add(s, key, 1, "main", "spare", NOW_MS + HOUR_MS);
    outbox_on_commit(s->outbox, s->seq);
}

static uint64_t take(struct stand *s, uint32_t gateway, int64_t now_ms, const char *key)
{
    struct gateway_message m;
    bool taken = outbox_take(s->outbox, gateway, now_ms, &m);
    if (!key) {
        assert_false(taken);
        return 0;
    }
    assert_true(taken);
    assert_string_equal(m.key, key);
    return m.token;
}

static void result(struct stand *s, uint32_t gateway, uint64_t token, enum gateway_end end,
                   const char *id, int64_t now_ms)
{
    struct gateway_result r = {.token = token, .end = end, .parts = end == GATEWAY_ACCEPTED};
    snprintf(r.ids[0], sizeof r.ids[0], "%s", id);
    snprintf(r.said, sizeof r.said, "said");
    outbox_on_result(s->outbox, gateway, &r, now_ms);
}

static void assert_last_state(const struct stand *s, const char *state, bool again)
{
    cJSON *tree = NULL;
    const char *line = s->lines[s->line_count - 1];
    assert_int_equal(json_parse(line, strlen(line), &tree, NULL), 0);
    assert_string_equal(json_string(tree, "state"), state);
    assert_int_equal(json_bool(tree, "again", false), again);
    cJSON_Delete(tree);
}

static void nothing_goes_before_it_is_durable(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add(s, "k1", 1, "main", NULL, NOW_MS + HOUR_MS);
    take(s, MAIN, NOW_MS, NULL);
    outbox_on_commit(s->outbox, s->seq - 1);
    take(s, MAIN, NOW_MS, NULL);
    outbox_on_commit(s->outbox, s->seq);
    take(s, MAIN, NOW_MS, "k1");
    take(s, MAIN, NOW_MS, NULL);
    stand_close(s);
}

static void a_key_given_twice_is_sent_once(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    add_durable(s, "k1");
    uint64_t token = take(s, MAIN, NOW_MS, "k1");
    result(s, MAIN, token, GATEWAY_ACCEPTED, "id", NOW_MS);
    take(s, MAIN, NOW_MS, NULL);
    stand_close(s);
}

static void a_gateway_that_fails_is_tried_again_and_then_the_next(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    result(s, MAIN, take(s, MAIN, NOW_MS, "k1"), GATEWAY_FAILED, "", NOW_MS);
    take(s, MAIN, NOW_MS + 999, NULL);
    take(s, SPARE, NOW_MS + 999, NULL);
    result(s, MAIN, take(s, MAIN, NOW_MS + 1000, "k1"), GATEWAY_FAILED, "", NOW_MS + 1000);
    take(s, MAIN, NOW_MS + 1000, NULL);
    uint64_t token = take(s, SPARE, NOW_MS + 1000, "k1");
    result(s, SPARE, token, GATEWAY_ACCEPTED, "x", NOW_MS + 1000);
    assert_last_state(s, "accepted", false);
    stand_close(s);
}

static void after_a_whole_circle_it_rests(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    int64_t now_ms = NOW_MS;
    for (int i = 0; i < 2; i++, now_ms += 1000)
        result(s, MAIN, take(s, MAIN, now_ms, "k1"), GATEWAY_FAILED, "", now_ms);
    for (int i = 0; i < 2; i++, now_ms += 1000)
        result(s, SPARE, take(s, SPARE, now_ms, "k1"), GATEWAY_FAILED, "", now_ms);
    take(s, MAIN, now_ms, NULL);
    assert_int_equal(outbox_tick(s->outbox, now_ms), now_ms - 1000 + 8000);
    take(s, MAIN, now_ms + 7000, "k1");
    stand_close(s);
}

static void what_was_perhaps_sent_is_marked_when_it_goes_again(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    result(s, MAIN, take(s, MAIN, NOW_MS, "k1"), GATEWAY_UNANSWERED, "", NOW_MS);
    assert_last_state(s, "queued", true);
    take(s, MAIN, NOW_MS + 1000, "k1");
    assert_last_state(s, "sending", true);
    struct outbox_counters c;
    outbox_get_counters(s->outbox, &c);
    assert_int_equal(c.again, 1);
    stand_close(s);
}

static void a_busy_gateway_is_left_alone_for_a_while(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    add_durable(s, "k2");
    result(s, MAIN, take(s, MAIN, NOW_MS, "k1"), GATEWAY_BUSY, "", NOW_MS);
    take(s, MAIN, NOW_MS + 999, NULL);
    take(s, MAIN, NOW_MS + 1000, "k1");
    take(s, MAIN, NOW_MS + 1000, "k2");
    stand_close(s);
}

static void a_gateway_that_refuses_us_makes_way_for_the_next(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    add_durable(s, "k2");
    result(s, MAIN, take(s, MAIN, NOW_MS, "k1"), GATEWAY_REFUSED, "", NOW_MS);
    take(s, SPARE, NOW_MS, "k1");
    take(s, MAIN, NOW_MS + 59999, NULL);
    take(s, MAIN, NOW_MS + 60000, "k2");
    stand_close(s);
}

static void a_number_that_is_none_is_given_up(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    result(s, MAIN, take(s, MAIN, NOW_MS, "k1"), GATEWAY_BAD_RECIPIENT, "", NOW_MS);
    assert_last_state(s, "failed", false);
    struct outbox_counters c;
    outbox_get_counters(s->outbox, &c);
    assert_int_equal(c.failed, 1);
    assert_int_equal(c.waiting, 0);
    stand_close(s);
}

static void receipts_may_come_in_any_order_and_more_than_once(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    struct gateway_result r = {.end = GATEWAY_ACCEPTED, .parts = 2, .ids = {"00ab", "ac"}};
    r.token = take(s, MAIN, NOW_MS, "k1");
    outbox_on_result(s->outbox, MAIN, &r, NOW_MS);
    assert_true(outbox_on_receipt(s->outbox, "172", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    assert_true(outbox_on_receipt(s->outbox, "172", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    assert_last_state(s, "accepted", false);
    struct outbox *after = outbox_for(s, 10); /* what one part was told of survives */
    const char *line = s->lines[s->line_count - 1];
    assert_int_equal(outbox_restore(after, line, strlen(line), NOW_MS), 0);
    assert_true(outbox_on_receipt(after, "AB", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    assert_last_state(s, "delivered", false);
    outbox_free(after);
    assert_true(outbox_on_receipt(s->outbox, "AB", NULL, SMS_UNDER_WAY, "ACCEPTD", NOW_MS));
    assert_true(outbox_on_receipt(s->outbox, "AB", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    assert_last_state(s, "delivered", false);
    assert_false(outbox_on_receipt(s->outbox, "AB", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    assert_false(outbox_on_receipt(s->outbox, NULL, "k9", SMS_DELIVERED, "1", NOW_MS));
    stand_close(s);
}

static void a_receipt_may_overtake_the_answer(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    uint64_t token = take(s, MAIN, NOW_MS, "k1");
    assert_false(outbox_on_receipt(s->outbox, "7", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    result(s, MAIN, token, GATEWAY_ACCEPTED, "7", NOW_MS + 1000);
    assert_last_state(s, "delivered", false);
    add_durable(s, "k2");
    token = take(s, MAIN, NOW_MS, "k2");
    assert_false(outbox_on_receipt(s->outbox, "8", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    result(s, MAIN, token, GATEWAY_ACCEPTED, "8", NOW_MS + 60000); /* far too late */
    assert_last_state(s, "accepted", false);
    stand_close(s);
}

static void a_receipt_of_failure_sends_it_over_the_next_gateway(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add_durable(s, "k1");
    result(s, MAIN, take(s, MAIN, NOW_MS, "k1"), GATEWAY_ACCEPTED, "", NOW_MS);
    assert_true(outbox_on_receipt(s->outbox, NULL, "k1", SMS_FAILED, "16", NOW_MS));
    take(s, MAIN, NOW_MS, NULL);
    take(s, SPARE, NOW_MS, "k1");
    stand_close(s);
}

static void a_rate_is_kept(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    for (int i = 0; i < 4; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        add(s, key, 1, "slow", NULL, NOW_MS + HOUR_MS);
    }
    outbox_on_commit(s->outbox, s->seq);
    take(s, SLOW, NOW_MS, "k0");
    take(s, SLOW, NOW_MS, "k1");
    take(s, SLOW, NOW_MS + 29000, NULL);
    take(s, SLOW, NOW_MS + 30000, "k2");
    take(s, SLOW, NOW_MS + 59000, NULL);
    take(s, SLOW, NOW_MS + 60000, "k3");
    stand_close(s);
}

static void the_urgent_goes_first(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add(s, "k3", 3, "main", NULL, NOW_MS + HOUR_MS);
    add(s, "k1", 1, "main", NULL, NOW_MS + HOUR_MS);
    add(s, "k2", 2, "main", NULL, NOW_MS + HOUR_MS);
    outbox_on_commit(s->outbox, s->seq);
    take(s, MAIN, NOW_MS, "k1");
    take(s, MAIN, NOW_MS, "k2");
    take(s, MAIN, NOW_MS, "k3");
    stand_close(s);
}

static void what_nobody_wants_any_more_is_given_up_and_counted(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    add(s, "k1", 1, "main", NULL, NOW_MS + 5000);
    outbox_on_commit(s->outbox, s->seq);
    assert_int_equal(outbox_tick(s->outbox, NOW_MS), NOW_MS + 5000);
    assert_int_equal(outbox_tick(s->outbox, NOW_MS + 5000), INT64_MAX);
    assert_last_state(s, "failed", false);
    struct outbox_counters c;
    outbox_get_counters(s->outbox, &c);
    assert_int_equal(c.lost, 1);
    stand_close(s);
}

static void a_full_outbox_keeps_what_matters_most(void **state)
{
    (void)state;
    struct stand *s = stand_open(2);
    add(s, "k3", 3, "main", NULL, NOW_MS + HOUR_MS);
    add(s, "k2", 2, "main", NULL, NOW_MS + HOUR_MS);
    add(s, "k1", 1, "main", NULL, NOW_MS + HOUR_MS);
    add(s, "k4", 3, "main", NULL, NOW_MS + HOUR_MS);
    outbox_on_commit(s->outbox, s->seq);
    take(s, MAIN, NOW_MS, "k1");
    take(s, MAIN, NOW_MS, "k2");
    take(s, MAIN, NOW_MS, NULL);
    struct outbox_counters c;
    outbox_get_counters(s->outbox, &c);
    assert_int_equal(c.lost, 2);
    stand_close(s);
}

static struct outbox *restore(struct stand *s)
{
    struct outbox *o = outbox_for(s, 10);
    const char *line = s->lines[s->line_count - 1];
    assert_int_equal(outbox_restore(o, line, strlen(line), NOW_MS), 0);
    return o;
}

static void a_restart_goes_on_where_the_lines_end(void **state)
{
    (void)state;
    struct stand *s = stand_open(10);
    struct gateway_message m;
    add_durable(s, "k1");
    struct outbox *o = restore(s);
    assert_true(outbox_take(o, MAIN, NOW_MS, &m));
    assert_string_equal(m.text, "旁路开启");
    assert_string_equal(m.to, "+8613800138000");
    outbox_free(o);

    uint64_t token = take(s, MAIN, NOW_MS, "k1");
    o = restore(s);
    assert_true(outbox_take(o, MAIN, NOW_MS, &m));
    assert_last_state(s, "sending", true);
    outbox_free(o);

    result(s, MAIN, token, GATEWAY_ACCEPTED, "77", NOW_MS);
    o = restore(s);
    assert_false(outbox_take(o, MAIN, NOW_MS, &m));
    assert_true(outbox_on_receipt(o, "77", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    outbox_free(o);
    o = restore(s);
    assert_false(outbox_on_receipt(o, "77", NULL, SMS_DELIVERED, "DELIVRD", NOW_MS));
    outbox_free(o);
    stand_close(s);
}

static void other_gateways_keep_what_they_can_carry(void **state)
{
    (void)state;
    static const struct outbox_gateway others[] = {
        {.id = "new", .tries = 1, .retry_first_ms = 1000, .retry_max_ms = 1000},
        {.id = "spare", .tries = 2, .retry_first_ms = 1000, .retry_max_ms = 8000}};
    struct outbox_counters c;
    struct stand *s = stand_open(10);
    add_durable(s, "k1"); /* main, spare */
    add(s, "k2", 1, "main", NULL, NOW_MS + HOUR_MS);
    outbox_on_commit(s->outbox, s->seq);
    outbox_set_gateways(s->outbox, others, 2, NOW_MS);
    outbox_get_counters(s->outbox, &c);
    assert_int_equal(c.lost, 1);
    assert_last_state(s, "failed", false);
    take(s, 0, NOW_MS, NULL);
    assert_false(outbox_is_sending(s->outbox));
    take(s, 1, NOW_MS, "k1");
    assert_true(outbox_is_sending(s->outbox));
    stand_close(s);
}

static void what_has_no_gateway_any_more_is_lost_and_said(void **state)
{
    (void)state;
    struct outbox_counters c;
    struct stand *s = stand_open(10);
    add(s, "k1", 1, "main", NULL, NOW_MS + HOUR_MS);
    const struct outbox_options options = {
        .gateways = gateways + 1, .gateway_count = 1, .max = 10, .journal = journal, .ctx = s};
    struct outbox *after = NULL;
    assert_int_equal(outbox_new(&options, &after), 0);
    const char *line = s->lines[s->line_count - 1];
    assert_int_equal(outbox_restore(after, line, strlen(line), NOW_MS), 0);
    outbox_get_counters(after, &c);
    assert_int_equal(c.lost, 1);
    assert_int_equal(c.waiting, 0);
    assert_last_state(s, "failed", true);
    outbox_free(after);
    stand_close(s);
}

static void lines_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"", "{}", "[1]", "{\"key\":\"k\",\"state\":\"odd\"}",
                                        "{\"key\":\"\",\"state\":\"queued\",\"why\":\"raised\"}"};
    struct stand *s = stand_open(10);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_not_equal(outbox_restore(s->outbox, lines[i], strlen(lines[i]), NOW_MS), 0);
    stand_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_goes_before_it_is_durable),
        cmocka_unit_test(a_key_given_twice_is_sent_once),
        cmocka_unit_test(a_gateway_that_fails_is_tried_again_and_then_the_next),
        cmocka_unit_test(after_a_whole_circle_it_rests),
        cmocka_unit_test(what_was_perhaps_sent_is_marked_when_it_goes_again),
        cmocka_unit_test(a_busy_gateway_is_left_alone_for_a_while),
        cmocka_unit_test(a_gateway_that_refuses_us_makes_way_for_the_next),
        cmocka_unit_test(a_number_that_is_none_is_given_up),
        cmocka_unit_test(receipts_may_come_in_any_order_and_more_than_once),
        cmocka_unit_test(a_receipt_may_overtake_the_answer),
        cmocka_unit_test(a_receipt_of_failure_sends_it_over_the_next_gateway),
        cmocka_unit_test(a_rate_is_kept),
        cmocka_unit_test(the_urgent_goes_first),
        cmocka_unit_test(what_nobody_wants_any_more_is_given_up_and_counted),
        cmocka_unit_test(a_full_outbox_keeps_what_matters_most),
        cmocka_unit_test(a_restart_goes_on_where_the_lines_end),
        cmocka_unit_test(other_gateways_keep_what_they_can_carry),
        cmocka_unit_test(what_has_no_gateway_any_more_is_lost_and_said),
        cmocka_unit_test(lines_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
