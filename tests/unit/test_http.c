/* The HTTP client against a scripted server on the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/loop/http.h"
#include "tests/support/http_server.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    uv_loop_t loop;
    struct http_server *server;
    struct http_client *client;
    struct served_answer answer;
    struct bytes *body;
    char url[128];
    char seen_method[16];
    char seen_target[128];
    char seen_headers[1024];
    char seen_body[64];
    int requests;
    int answers;
    int closed;
    int repeat;
    bool close_when_done;
    struct http_call *call;
    struct http_answer got;
    char got_body[HTTP_ANSWER_MAX + 1];
    char got_error[256];
};

static void on_request(void *ctx, const struct served_request *r, struct served_answer *out)
{
    struct fixture *f = ctx;
    f->requests++;
    snprintf(f->seen_method, sizeof f->seen_method, "%s", r->method);
    snprintf(f->seen_target, sizeof f->seen_target, "%s", r->target);
    snprintf(f->seen_headers, sizeof f->seen_headers, "%s", r->headers);
    snprintf(f->seen_body, sizeof f->seen_body, "%s", r->body);
    *out = f->answer;
}

static void count_closed(void *ctx)
{
    struct fixture *f = ctx;
    f->closed++;
}

static struct http_request request_to(struct fixture *f)
{
    return (struct http_request){.method = "POST",
                                 .url = f->url,
                                 .body = f->body,
                                 .timeout_ms = 2000,
                                 .connect_timeout_ms = 1000};
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct fixture *f = ctx;
    f->answers++;
    f->got = *answer;
    snprintf(f->got_body, sizeof f->got_body, "%s", answer->body);
    snprintf(f->got_error, sizeof f->got_error, "%s", answer->error_text);
    if (--f->repeat > 0) {
        struct http_request r = request_to(f);
        assert_int_equal(http_send(f->client, &r, on_answer, f, &f->call), 0);
    } else if (f->close_when_done) {
        http_client_close(f->client, count_closed, f);
        f->client = NULL;
    } else {
        uv_stop(&f->loop);
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->server = http_server_start(&f->loop, 0, on_request, f);
    f->answer = (struct served_answer){.status = 204};
    f->body = bytes_new("m f=1 1\n", 8);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d/write?db=a", http_server_port(f->server));
    assert_int_equal(http_client_open(&f->loop, &f->client), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->client)
        http_client_close(f->client, count_closed, f);
    http_server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->closed, 1);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    bytes_unref(f->body);
    free(f);
    return 0;
}

static void send_and_wait(struct fixture *f, const struct http_request *r)
{
    f->repeat = 1;
    f->answers = 0;
    assert_int_equal(http_send(f->client, r, on_answer, f, &f->call), 0);
    assert_int_equal(f->answers, 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->answers, 1);
}

static void a_request_carries_body_headers_and_login(void **state)
{
    struct fixture *f = *state;
    const char *const headers[] = {"Content-Type: text/plain; charset=utf-8", NULL};
    struct http_request r = request_to(f);
    r.headers = headers;
    r.user = "us:er";
    r.password = "geheim";
    send_and_wait(f, &r);
    assert_int_equal(f->got.error, 0);
    assert_int_equal(f->got.status, 204);
    assert_string_equal(f->seen_method, "POST");
    assert_string_equal(f->seen_target, "/write?db=a");
    assert_string_equal(f->seen_body, "m f=1 1\n");
    assert_non_null(strstr(f->seen_headers, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_non_null(strstr(f->seen_headers, "User-Agent: plumewatch/" PW_VERSION "\r\n"));
    assert_non_null(strstr(f->seen_headers, "Authorization: Basic dXM6ZXI6Z2VoZWlt\r\n"));
    assert_null(strstr(f->seen_headers, "Expect:"));
}

static void a_get_has_no_body(void **state)
{
    struct fixture *f = *state;
    struct http_request r = request_to(f);
    r.method = "GET";
    r.body = NULL;
    f->answer = (struct served_answer){.status = 200, .body = "hello"};
    send_and_wait(f, &r);
    assert_string_equal(f->seen_method, "GET");
    assert_int_equal(f->got.status, 200);
    assert_string_equal(f->got_body, "hello");
}

static void requests_share_one_connection(void **state)
{
    struct fixture *f = *state;
    struct http_request r = request_to(f);
    f->repeat = 50;
    assert_int_equal(http_send(f->client, &r, on_answer, f, &f->call), 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->answers, 50);
    assert_int_equal(f->requests, 50);
    assert_int_equal(http_server_connections(f->server), 1);
}

static void a_long_answer_is_cut_and_retry_after_is_bounded(void **state)
{
    struct fixture *f = *state;
    char *longer = malloc(100001);
    memset(longer, 'x', 100000);
    longer[100000] = '\0';
    f->answer =
        (struct served_answer){.status = 429, .headers = "Retry-After: 7\r\n", .body = longer};
    struct http_request r = request_to(f);
    send_and_wait(f, &r);
    assert_int_equal(f->got.status, 429);
    assert_int_equal(f->got.body_len, HTTP_ANSWER_MAX);
    assert_int_equal(strlen(f->got_body), HTTP_ANSWER_MAX);
    assert_int_equal(f->got.retry_after_s, 7);
    f->answer.headers = "Retry-After: 99999999\r\n";
    send_and_wait(f, &r);
    assert_int_equal(f->got.retry_after_s, HTTP_RETRY_AFTER_MAX_S);
    free(longer);
}

static void a_redirect_is_an_answer_not_followed(void **state)
{
    struct fixture *f = *state;
    f->answer = (struct served_answer){.status = 302, .headers = "Location: /elsewhere\r\n"};
    struct http_request r = request_to(f);
    send_and_wait(f, &r);
    assert_int_equal(f->got.status, 302);
    assert_int_equal(f->requests, 1);
}

static void a_cut_answer_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct http_request r = request_to(f);
    f->answer = (struct served_answer){.how = SERVE_CUT, .status = 200, .body = "a longer text"};
    static const int places[] = {0, 11, 50};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        f->answer.cut_at = places[i];
        send_and_wait(f, &r);
        assert_int_equal(f->got.error, PW_EHTTP);
        assert_int_equal(f->got.status, 0);
        assert_true(f->got_error[0] != '\0');
    }
}

static void silence_ends_in_a_timeout(void **state)
{
    struct fixture *f = *state;
    f->answer.how = SERVE_HANG;
    struct http_request r = request_to(f);
    r.timeout_ms = 50;
    send_and_wait(f, &r);
    assert_int_equal(f->got.error, PW_ETIMEOUT);
}

static void a_refused_connection_and_an_unknown_name_are_errors(void **state)
{
    struct fixture *f = *state;
    struct http_request r = request_to(f);
    r.url = "http://127.0.0.1:1/write";
    send_and_wait(f, &r);
    assert_int_equal(f->got.error, PW_EHTTP);
    r.url = "http://name.invalid/write";
    send_and_wait(f, &r);
    assert_true(f->got.error == PW_EHTTP || f->got.error == PW_ETIMEOUT);
    r.url = "ftp://127.0.0.1/x";
    send_and_wait(f, &r);
    assert_int_equal(f->got.error, PW_EHTTP);
}

static void must_not_come(void *ctx, const struct http_answer *answer)
{
    (void)ctx;
    (void)answer;
    fail();
}

static void on_tick(uv_timer_t *timer)
{
    struct fixture *f = timer->data;
    if (f->call)
        http_cancel(f->call);
    f->call = NULL;
    uv_close((uv_handle_t *)timer, NULL);
    uv_stop(&f->loop);
}

static void a_cancelled_request_gives_no_answer(void **state)
{
    struct fixture *f = *state;
    f->answer.how = SERVE_HANG;
    uv_timer_t timer;
    uv_timer_init(&f->loop, &timer);
    timer.data = f;
    uv_timer_start(&timer, on_tick, 20, 0);
    struct http_request r = request_to(f);
    struct http_call *second = NULL;
    assert_int_equal(http_send(f->client, &r, must_not_come, f, &f->call), 0);
    assert_int_equal(http_send(f->client, &r, must_not_come, f, &second), 0);
    http_cancel(second);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->requests, 1);
    uv_run(&f->loop, UV_RUN_NOWAIT);
}

static void count_cancelled(void *ctx, const struct http_answer *answer)
{
    struct fixture *f = ctx;
    assert_int_equal(answer->error, UV_ECANCELED);
    assert_int_equal(f->closed, 0);
    f->answers++;
}

static void closing_gives_up_what_is_under_way(void **state)
{
    struct fixture *f = *state;
    f->answer.how = SERVE_HANG;
    struct http_request r = request_to(f);
    struct http_call *call = NULL;
    struct http_call *other = NULL;
    assert_int_equal(http_send(f->client, &r, count_cancelled, f, &call), 0);
    assert_int_equal(http_send(f->client, &r, count_cancelled, f, &other), 0);
    assert_int_equal(http_send(f->client, &r, must_not_come, f, &f->call), 0);
    while (f->requests < 3)
        uv_run(&f->loop, UV_RUN_ONCE);
    http_client_close(f->client, count_closed, f);
    f->client = NULL;
    http_cancel(f->call);
    assert_int_equal(f->answers, 0);
    while (!f->closed)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->answers, 2);
}

static void closing_does_not_wait_for_a_name(void **state)
{
    struct fixture *f = *state;
    struct http_request r = request_to(f);
    struct http_call *call = NULL;
    r.url = "http://name.invalid/write";
    assert_int_equal(http_send(f->client, &r, count_cancelled, f, &call), 0);
    uv_sleep(2);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    http_client_close(f->client, count_closed, f);
    f->client = NULL;
    while (!f->closed)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->answers, 1);
}

static void the_client_may_be_closed_in_an_answer(void **state)
{
    struct fixture *f = *state;
    f->close_when_done = true;
    struct http_request r = request_to(f);
    f->repeat = 1;
    assert_int_equal(http_send(f->client, &r, on_answer, f, &f->call), 0);
    while (!f->closed)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->answers, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_carries_body_headers_and_login, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_get_has_no_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_share_one_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_answer_is_cut_and_retry_after_is_bounded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_redirect_is_an_answer_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_answer_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_ends_in_a_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_connection_and_an_unknown_name_are_errors, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_request_gives_no_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_gives_up_what_is_under_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_does_not_wait_for_a_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_client_may_be_closed_in_an_answer, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
