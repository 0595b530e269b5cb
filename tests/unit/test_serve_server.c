/* The HTTP server over real loopback sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/serve/server.h"
#include "tests/support/http_ask.h"
#include "tests/support/sample_view.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

static const int64_t now_ms = 1795507200000;

static struct server *start(const struct serve_options *options)
{
    struct server *s = NULL;
    char why[256] = "";
    if (serve_start(options, &s, why, sizeof why))
        fail_msg("%s", why);
    return s;
}

static int start_server(void **state)
{
    struct server *s = start(&(struct serve_options){.listen = "127.0.0.1:0"});
    serve_publish(s, sample_view_new(now_ms));
    *state = s;
    return 0;
}

static int stop_server(void **state)
{
    serve_stop(*state);
    return 0;
}

static int status_of(struct server *s, const char *method, const char *target)
{
    struct http_said said = http_ask(serve_port(s), method, target, "");
    int status = said.status;
    http_said_free(&said);
    return status;
}

static void answers_carry_the_security_headers(void **state)
{
    static const char *const targets[] = {"/api/v1/health", "/metrics", "/nothing"};
    for (size_t i = 0; i < 3; i++) {
        struct http_said said = http_ask(serve_port(*state), "GET", targets[i], "");
        assert_true(http_has(&said, "X-Content-Type-Options: nosniff"));
        assert_true(http_has(&said, "X-Frame-Options: DENY"));
        assert_true(http_has(&said, "Referrer-Policy: no-referrer"));
        assert_true(http_has(&said, "Cache-Control: no-store"));
        assert_non_null(strstr(said.head, "Content-Security-Policy: default-src 'self'; "));
        assert_non_null(strstr(said.head, "frame-ancestors 'none'"));
        http_said_free(&said);
    }
}

static void head_is_get_without_the_body(void **state)
{
    struct http_said got = http_ask(serve_port(*state), "GET", "/api/v1/targets", "");
    struct http_said head = http_ask(serve_port(*state), "HEAD", "/api/v1/targets", "");
    char length[64];
    (void)snprintf(length, sizeof length, "Content-Length: %zu", got.body_len);
    assert_int_equal(got.status, 200);
    assert_true(got.body_len > 100);
    assert_true(http_has(&got, length));
    assert_int_equal(head.status, 200);
    assert_true(http_has(&head, length));
    assert_int_equal(head.body_len, 0);
    http_said_free(&got);
    http_said_free(&head);
}

static void other_methods_get_405_a_body_and_allow(void **state)
{
    static const char *const methods[] = {"POST",    "PUT",   "DELETE", "PATCH",
                                          "OPTIONS", "TRACE", "BREW"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct http_said said =
            http_ask(serve_port(*state), methods[i], "/api/v1/health", "Content-Length: 0\r\n");
        assert_int_equal(said.status, 405);
        assert_true(http_has(&said, "Allow: GET, HEAD"));
        assert_non_null(strstr(said.body, "\"code\":\"method_not_allowed\""));
        http_said_free(&said);
    }
}

static void a_small_body_is_read_and_dropped(void **state)
{
    struct server *s = *state;
    static const char *const methods[] = {"GET", "POST", "DELETE"};
    static const int statuses[] = {200, 405, 405};
    for (size_t i = 0; i < 3; i++) {
        char text[256];
        int len = snprintf(text, sizeof text,
                           "%s /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                           "GET /api/v1/links HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                           methods[i]);
        int fd = http_connect(serve_port(s));
        http_send(fd, text, (size_t)len);
        struct http_said said = http_read(fd);
        assert_int_equal(said.status, statuses[i]);
        assert_non_null(strstr(said.body, "HTTP/1.1 200 OK"));
        assert_non_null(strstr(said.body, "\"links\":["));
        http_said_free(&said);
    }
}

static void a_large_body_is_refused(void **state)
{
    struct http_said said =
        http_ask(serve_port(*state), "POST", "/api/v1/health", "Content-Length: 65537\r\n");
    assert_int_equal(said.status, 413);
    assert_non_null(strstr(said.body, "\"code\":\"body_too_large\""));
    http_said_free(&said);
}

static void a_body_without_end_is_cut_off(void **state)
{
    struct server *s = *state;
    static const char head[] = "POST /api/v1/health HTTP/1.1\r\nHost: x\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    static char chunk[4096 + 8];
    memset(chunk, 'x', sizeof chunk);
    memcpy(chunk, "1000\r\n", 6);
    memcpy(chunk + 6 + 4096, "\r\n", 2);
    int fd = http_connect(serve_port(s));
    http_send(fd, head, sizeof head - 1);
    for (int i = 0; i < 1000; i++)
        http_send(fd, chunk, sizeof chunk);
    struct http_said said = http_read(fd);
    assert_int_not_equal(said.status, 200);
    http_said_free(&said);
    assert_int_equal(status_of(s, "GET", "/api/v1/health"), 200);
}

static void long_targets_are_414(void **state)
{
    struct server *s = *state;
    static char target[40000];
    memset(target, 'a', sizeof target - 1);
    target[0] = '/';
    assert_int_equal(status_of(s, "GET", target), 414);
    target[3000] = '\0';
    struct http_said said = http_ask(serve_port(s), "GET", target, "");
    assert_int_equal(said.status, 414);
    assert_non_null(strstr(said.body, "\"code\":\"uri_too_long\""));
    http_said_free(&said);
}

static void no_target_leads_out(void **state)
{
    static const char *const targets[] = {
        "/../etc/passwd", "/%2e%2e/etc/passwd",     "/..%2fetc/passwd",  "/%2e%2e%2fetc%2fpasswd",
        "/a/../../etc",   "/..%5c..%5cetc",         "/%252e%252e/etc",   "//etc/passwd",
        "/%c0%ae%c0%ae/", "/api/v1/devices/../../", "/api/v1/../health", "/etc/passwd%00.html"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_int_equal(status_of(*state, "GET", targets[i]), 404);
}

static void what_is_not_http_gets_400_or_nothing(void **state)
{
    struct server *s = *state;
    static const char *const texts[] = {
        "GET /api/v1/health HTTP/1.1\r\n\r\n", /* no Host */
        "\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n",
        "GET\r\n\r\n",
        "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int fd = http_connect(serve_port(s));
        http_send(fd, texts[i], strlen(texts[i]));
        struct http_said said = http_read(fd);
        assert_true(said.status == 0 || said.status >= 400);
        http_said_free(&said);
    }
    assert_int_equal(status_of(s, "GET", "/api/v1/health"), 200);
}

static void query_parameters_reach_the_handler(void **state)
{
    struct http_said said =
        http_ask(serve_port(*state), "GET", "/api/v1/devices?limit=1&cursor=%31&with=signals", "");
    assert_int_equal(said.status, 200);
    assert_non_null(strstr(said.body, "\"id\":\"plc\""));
    assert_non_null(strstr(said.body, "\"id\":\"bp_open\""));
    assert_null(strstr(said.body, "\"id\":\"cems-1\""));
    http_said_free(&said);
    assert_int_equal(status_of(*state, "GET", "/api/v1/devices?limit=0"), 400);
}

static void slow_clients_hold_up_nobody(void **state)
{
    struct server *s = *state;
    enum { SLOW = 20 };
    int slow[SLOW];
    for (int i = 0; i < SLOW; i++) {
        slow[i] = http_connect(serve_port(s));
        http_send(slow[i], "GET /api/v1/hea", 15);
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(status_of(s, "GET", "/api/v1/health"), 200);
    static const char rest[] = "lth HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (int i = 0; i < SLOW; i++) {
        http_send(slow[i], rest, sizeof rest - 1);
        struct http_said said = http_read(slow[i]);
        assert_int_equal(said.status, 200);
        http_said_free(&said);
    }
}

static void a_client_that_never_finishes_is_dropped(void **state)
{
    (void)state;
    struct server *s = start(&(struct serve_options){.listen = "127.0.0.1:0", .idle_timeout_s = 1});
    serve_publish(s, sample_view_new(now_ms));
    int fd = http_connect(serve_port(s));
    http_send(fd, "GET /", 5);
    struct http_said said = http_read(fd); /* returns when the server closes */
    assert_true(said.status == 0 || said.status == 408);
    http_said_free(&said);
    serve_stop(s);
}

static void one_address_gets_only_its_share(void **state)
{
    (void)state;
    struct server *s =
        start(&(struct serve_options){.listen = "127.0.0.1:0", .connections_per_ip_max = 2});
    serve_publish(s, sample_view_new(now_ms));
    int first = http_connect(serve_port(s));
    int second = http_connect(serve_port(s));
    http_send(first, "GET", 3);
    http_send(second, "GET", 3);
    assert_int_equal(status_of(s, "GET", "/api/v1/health"), 0);
    close(first);
    close(second);
    /* The server notices the end of both in its own time. */
    int status = 0;
    for (int i = 0; i < 1000 && status != 200; i++)
        status = status_of(s, "GET", "/api/v1/health");
    assert_int_equal(status, 200);
    serve_stop(s);
}

static void before_the_first_view_health_is_503(void **state)
{
    (void)state;
    struct server *s = start(&(struct serve_options){.listen = "127.0.0.1:0"});
    struct http_said said = http_ask(serve_port(s), "GET", "/api/v1/health", "");
    assert_int_equal(said.status, 503);
    assert_string_equal(said.body, "{\"status\":\"starting\",\"reasons\":[]}");
    http_said_free(&said);
    serve_publish(s, NULL);
    assert_int_equal(status_of(s, "GET", "/api/v1/health"), 503);
    serve_publish(s, sample_view_new(now_ms));
    assert_int_equal(status_of(s, "GET", "/api/v1/health"), 200);
    serve_stop(s);
}

struct race {
    unsigned port;
    atomic_int answered;
    atomic_bool failed;
};

enum { CLIENTS = 3, ASKED_EACH = 40 };

static void *ask_often(void *ctx)
{
    struct race *race = ctx;
    static const char *const targets[] = {"/api/v1/devices?with=signals", "/metrics",
                                          "/api/v1/health"};
    for (int i = 0; i < ASKED_EACH; i++) {
        struct http_said said = http_ask(race->port, "GET", targets[i % 3], "");
        if (said.status != 200)
            atomic_store(&race->failed, true);
        http_said_free(&said);
        atomic_fetch_add(&race->answered, 1);
    }
    return NULL;
}

static void views_change_while_requests_run(void **state)
{
    struct server *s = *state;
    struct race race = {.port = serve_port(s)};
    pthread_t clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, ask_often, &race), 0);
    for (int64_t i = 0; atomic_load(&race.answered) < CLIENTS * ASKED_EACH; i++)
        serve_publish(s, sample_view_new(now_ms + i));
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    assert_false(atomic_load(&race.failed));
}

static void a_stop_ends_open_connections(void **state)
{
    (void)state;
    struct server *s = start(&(struct serve_options){.listen = "127.0.0.1:0"});
    serve_publish(s, sample_view_new(now_ms));
    int fd = http_connect(serve_port(s));
    http_send(fd, "GET /api", 8);
    serve_stop(s);
    struct http_said said = http_read(fd);
    assert_int_equal(said.status, 0);
    http_said_free(&said);
    serve_stop(NULL);
}

static volatile sig_atomic_t signals_seen;

static void on_signal(int signum)
{
    (void)signum;
    signals_seen = signals_seen + 1;
}

static void signals_stay_with_the_thread_that_started_it(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t block;
    sigset_t before;
    struct server *s = start(&(struct serve_options){.listen = "127.0.0.1:0"});
    assert_int_equal(sigaction(SIGUSR2, &action, NULL), 0);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &block, &before);
    kill(getpid(), SIGUSR2);
    assert_int_equal(status_of(s, "GET", "/api/v1/health"), 503); /* its thread has run since */
    assert_int_equal(signals_seen, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(signals_seen, 1);
    serve_stop(s);
}

static void a_start_that_fails_says_why(void **state)
{
    char taken[64];
    char why[256] = "";
    struct server *s = NULL;
    (void)snprintf(taken, sizeof taken, "127.0.0.1:%u", serve_port(*state));
    assert_int_equal(serve_start(&(struct serve_options){.listen = taken}, &s, why, sizeof why),
                     PW_EIO);
    assert_non_null(strstr(why, taken));
    assert_non_null(strstr(why, "Address already in use"));
    assert_int_equal(serve_start(&(struct serve_options){.listen = "nowhere"}, &s, why, sizeof why),
                     PW_EINVAL);
    assert_string_equal(why, "nowhere is not host:port");
    assert_int_equal(
        serve_start(&(struct serve_options){.listen = "192.0.2.1:0"}, &s, why, sizeof why), PW_EIO);
    assert_int_equal(
        serve_start(&(struct serve_options){.listen = "127.0.0.1:0", .web_dir = "/nonexistent/web"},
                    &s, why, sizeof why),
        PW_EINVAL);
    assert_non_null(strstr(why, "/nonexistent/web"));
    assert_null(s);
}

int main(void)
{
#define SERVED(name) cmocka_unit_test_setup_teardown(name, start_server, stop_server)
    const struct CMUnitTest tests[] = {
        SERVED(answers_carry_the_security_headers),
        SERVED(head_is_get_without_the_body),
        SERVED(other_methods_get_405_a_body_and_allow),
        SERVED(a_small_body_is_read_and_dropped),
        SERVED(a_large_body_is_refused),
        SERVED(a_body_without_end_is_cut_off),
        SERVED(long_targets_are_414),
        SERVED(no_target_leads_out),
        SERVED(what_is_not_http_gets_400_or_nothing),
        SERVED(query_parameters_reach_the_handler),
        SERVED(slow_clients_hold_up_nobody),
        cmocka_unit_test(a_client_that_never_finishes_is_dropped),
        cmocka_unit_test(one_address_gets_only_its_share),
        cmocka_unit_test(before_the_first_view_health_is_503),
        SERVED(views_change_while_requests_run),
        cmocka_unit_test(a_stop_ends_open_connections),
        cmocka_unit_test(signals_stay_with_the_thread_that_started_it),
        SERVED(a_start_that_fails_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
