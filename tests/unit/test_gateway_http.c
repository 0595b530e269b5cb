/* Gateways over HTTP against a scripted server on the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/hmac.h"
#include "acq/deliver/gateway_template.h"
#include "tests/support/http_server.h"
#include "tests/unit/gateway_stand.h"

#include <stdlib.h>

struct fixture {
    struct gateway_stand stand;
    struct http_server *server;
    struct served_answer answer;
    char url[128];
    char target[4096];
    char body[4096];
    char method[16];
    char signature[80];
    unsigned requests;
};

static void on_request(void *ctx, const struct served_request *r, struct served_answer *out)
{
    struct fixture *f = ctx;
    f->requests++;
    snprintf(f->method, sizeof f->method, "%s", r->method);
    snprintf(f->target, sizeof f->target, "%s", r->target);
    snprintf(f->body, sizeof f->body, "%s", r->body);
    if (!served_header(r, "X-Signature", f->signature, sizeof f->signature))
        f->signature[0] = '\0';
    *out = f->answer;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    stand_init(&f->stand);
    f->server = http_server_start(&f->stand.loop, 0, on_request, f);
    f->answer = (struct served_answer){.status = 200, .body = "ok"};
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d/send", http_server_port(f->server));
    f->stand.config.kind = GATEWAY_HTTP;
    f->stand.config.url = f->url;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    http_server_stop(f->server);
    stand_deinit(&f->stand);
    free(f);
    return 0;
}

static void set_kannel(struct fixture *f)
{
    f->stand.config.kind = GATEWAY_KANNEL;
    f->stand.config.user = "gw";
    f->stand.config.password = "s&t";
}

static void assert_end(struct fixture *f, struct served_answer answer, enum gateway_end end)
{
    f->answer = answer;
    stand_send(&f->stand, 5, "旁路开启");
    const struct gateway_result *r = stand_wait_result(&f->stand, f->stand.result_count + 1);
    assert_int_equal(r->end, end);
    assert_int_equal(r->token, 5);
}

static void kannel_is_asked_as_its_guide_says(void **state)
{
    struct fixture *f = *state;
    set_kannel(f);
    f->stand.config.callback_url = "http://h/sms/g/secret";
    stand_open_gateway(&f->stand);
    assert_end(f, (struct served_answer){.status = 202, .body = "0: Accepted for delivery"},
               GATEWAY_ACCEPTED);
    assert_string_equal(f->method, "GET");
    assert_string_equal(
        f->target,
        "/send?username=gw&password=s%26t&from=10690001&to=%2B8613800138000&coding=2&charset=UTF-8"
        "&text=%E6%97%81%E8%B7%AF%E5%BC%80%E5%90%AF&dlr-mask=31&dlr-url="
        "http%3A%2F%2Fh%2Fsms%2Fg%2Fsecret%3Fkey%3D0123abcd%26status%3D%25d%26said%3D%25A");
    assert_string_equal(f->stand.results[0].said, "0: Accepted for delivery");
    stand_send(&f->stand, 6, "plain");
    stand_wait_result(&f->stand, 2);
    assert_non_null(strstr(f->target, "&coding=0&"));
}

static void kannel_s_answers_are_told_apart(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum gateway_end end;
    } answers[] = {{202, "3: Queued for later delivery", GATEWAY_ACCEPTED},
                   {202, "nothing of the kind", GATEWAY_FAILED},
                   {200, "", GATEWAY_FAILED},
                   {403, "Authorization failed", GATEWAY_REFUSED},
                   {400, "Missing receiver", GATEWAY_FAILED},
                   {503, "Temporal failure, try again later.", GATEWAY_FAILED}};
    struct fixture *f = *state;
    set_kannel(f);
    stand_open_gateway(&f->stand);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        assert_end(f, (struct served_answer){.status = answers[i].status, .body = answers[i].body},
                   answers[i].end);
    assert_null(strstr(f->target, "dlr"));
    struct gateway_stats stats;
    gateway_get_stats(f->stand.gateway, &stats);
    assert_string_equal(stats.last_error, "Temporal failure, try again later.");
    assert_true(stats.is_up);
    assert_int_equal(stats.ends[GATEWAY_FAILED], 4);
}

static void answers_of_any_api_are_told_apart(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum gateway_end end;
    } answers[] = {{200, "{\"code\":\"OK\"}", GATEWAY_ACCEPTED},
                   {200, "{\"code\":\"isv.BUSINESS_LIMIT_CONTROL\"}", GATEWAY_FAILED},
                   {429, "", GATEWAY_BUSY},
                   {408, "", GATEWAY_FAILED},
                   {500, "", GATEWAY_FAILED},
                   {302, "", GATEWAY_FAILED},
                   {422, "no such number", GATEWAY_FAILED},
                   {401, "", GATEWAY_REFUSED},
                   {404, "", GATEWAY_REFUSED}};
    struct fixture *f = *state;
    f->stand.config.http.success_contains = "\"code\":\"OK\"";
    stand_open_gateway(&f->stand);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        assert_end(f, (struct served_answer){.status = answers[i].status, .body = answers[i].body},
                   answers[i].end);
}

static void a_body_is_filled_escaped_and_signed(void **state)
{
    struct fixture *f = *state;
    char mac[HMAC_SHA256_HEX_SIZE];
    f->stand.config.http.body = "{{\"to\":\"{to}\",\"text\":\"{text}\",\"key\":\"{key}\",\"again\":"
                                "{again},\"alarm\":{alarm}}";
    f->stand.config.http.hmac_key = "geheim";
    stand_open_gateway(&f->stand);
    struct gateway_message m = stand_message(1, "a \"b\"\nc");
    m.json = "{\"id\":7}";
    m.again = true;
    assert_int_equal(gateway_send(f->stand.gateway, &m), 0);
    stand_wait_result(&f->stand, 1);
    static const char body[] = "{\"to\":\"+8613800138000\",\"text\":\"a \\\"b\\\"\\u000ac\","
                               "\"key\":\"0123abcd\",\"again\":true,\"alarm\":{\"id\":7}}";
    assert_string_equal(f->body, body);
    assert_string_equal(f->signature, hmac_sha256_hex("geheim", body, strlen(body), mac));
}

static void signing_is_that_of_rfc_4231(void **state)
{
    char mac[HMAC_SHA256_HEX_SIZE];
    (void)state;
    assert_string_equal(hmac_sha256_hex("Jefe", "what do ya want for nothing?", 28, mac),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void a_url_is_filled_and_escaped(void **state)
{
    struct fixture *f = *state;
    char url[200];
    snprintf(url, sizeof url, "%s?t={text}&n={to}&j={alarm}", f->url);
    f->stand.config.url = url;
    f->stand.config.http.method = "GET";
    stand_open_gateway(&f->stand);
    stand_send(&f->stand, 1, "a&b=%");
    stand_wait_result(&f->stand, 1);
    assert_string_equal(f->target, "/send?t=a%26b%3D%25&n=%2B8613800138000&j=null");
}

static void unknown_fields_of_templates_are_found(void **state)
{
    static const struct {
        const char *template, *field;
    } cases[] = {{"plain", NULL},
                 {"{to}{text}{subject}{key}{from}{time}{callback}", NULL},
                 {"{{{alarm}}", NULL},
                 {"{phone}", "phone"},
                 {"x {to", "{"},
                 {"{}", ""},
                 {"{abcdefghij}", "abcdefg"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char field[8] = "";
        bool good = gateway_template_check(cases[i].template, field, sizeof field);
        assert_int_equal(good, cases[i].field == NULL);
        if (cases[i].field)
            assert_string_equal(field, cases[i].field);
    }
}

static void a_connection_cut_behind_the_request_leaves_it_open(void **state)
{
    struct fixture *f = *state;
    stand_open_gateway(&f->stand);
    assert_end(f, (struct served_answer){.how = SERVE_CUT, .status = 200}, GATEWAY_UNANSWERED);
    struct gateway_stats stats;
    gateway_get_stats(f->stand.gateway, &stats);
    assert_false(stats.is_up);
    assert_true(stats.last_error[0] != '\0');
    assert_end(f, (struct served_answer){.status = 200}, GATEWAY_ACCEPTED);
    gateway_get_stats(f->stand.gateway, &stats);
    assert_true(stats.is_up);
    assert_string_equal(stats.last_error, "");
}

static void a_refused_connection_has_not_sent_it(void **state)
{
    struct fixture *f = *state;
    f->stand.config.url = "http://127.0.0.1:1/send";
    stand_open_gateway(&f->stand);
    stand_send(&f->stand, 1, "x");
    assert_int_equal(stand_wait_result(&f->stand, 1)->end, GATEWAY_FAILED);
}

static void a_missing_answer_leaves_it_open(void **state)
{
    struct fixture *f = *state;
    f->stand.config.timeout_ms = 100;
    stand_open_gateway(&f->stand);
    assert_end(f, (struct served_answer){.how = SERVE_HANG}, GATEWAY_UNANSWERED);
}

static void a_full_window_takes_nothing_until_an_answer(void **state)
{
    struct fixture *f = *state;
    f->stand.config.window = 2;
    f->answer = (struct served_answer){.status = 200, .delay_ms = 20};
    stand_open_gateway(&f->stand);
    stand_send(&f->stand, 1, "x");
    stand_send(&f->stand, 2, "x");
    struct gateway_message m = stand_message(3, "x");
    assert_false(gateway_can_take(f->stand.gateway));
    assert_int_equal(gateway_send(f->stand.gateway, &m), PW_ESTATE);
    stand_wait(&f->stand, &f->stand.ready, 1);
    assert_true(gateway_can_take(f->stand.gateway));
    stand_wait_result(&f->stand, 2);
}

static void closing_leaves_what_is_under_way_open(void **state)
{
    struct fixture *f = *state;
    f->answer = (struct served_answer){.how = SERVE_HANG};
    stand_open_gateway(&f->stand);
    stand_send(&f->stand, 1, "x");
    stand_wait(&f->stand, &f->requests, 1);
    stand_close_gateway(&f->stand);
    assert_int_equal(f->stand.result_count, 1);
    assert_int_equal(f->stand.results[0].end, GATEWAY_UNANSWERED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(kannel_is_asked_as_its_guide_says),
        CASE(kannel_s_answers_are_told_apart),
        CASE(answers_of_any_api_are_told_apart),
        CASE(a_body_is_filled_escaped_and_signed),
        cmocka_unit_test(signing_is_that_of_rfc_4231),
        CASE(a_url_is_filled_and_escaped),
        cmocka_unit_test(unknown_fields_of_templates_are_found),
        CASE(a_connection_cut_behind_the_request_leaves_it_open),
        CASE(a_refused_connection_has_not_sent_it),
        CASE(a_missing_answer_leaves_it_open),
        CASE(a_full_window_takes_nothing_until_an_answer),
        CASE(closing_leaves_what_is_under_way_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
