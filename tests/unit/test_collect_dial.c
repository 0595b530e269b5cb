/* Who may dial in, and what becomes of those who do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/dial.h"
#include "acq/collect/heartbeat.h"
#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINKS = 2, LIMIT_MS = 5000 };

struct station {
    struct stand *stand;
    struct plant_link link;
    struct dial *dial;
    unsigned opens, closes;
    int why;
    char heard[256];
    size_t heard_len;
    bool open_again;
};

struct stand {
    uv_loop_t loop;
    uv_timer_t limit;
    bool expired;
    struct dial_hub *hub;
    struct station stations[LINKS];
    uint16_t port;
};

static void on_open(void *ctx)
{
    ((struct station *)ctx)->opens++;
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct station *s = ctx;
    pw_require(s->heard_len + len < sizeof s->heard);
    memcpy(s->heard + s->heard_len, data, len);
    s->heard_len += len;
}

static void on_close(void *ctx, int why)
{
    struct station *s = ctx;
    s->closes++;
    s->why = why;
    if (s->open_again)
        pw_require(dial_open(s->dial, &s->link) == 0);
}

static const struct stream_events events = {on_open, on_data, on_close};

static uint16_t free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static int set_up(void **state)
{
    struct stand *t = calloc(1, sizeof *t);
    assert_non_null(t);
    log_set_level(LOG_ERROR);
    uv_loop_init(&t->loop);
    uv_timer_init(&t->loop, &t->limit);
    t->limit.data = t;
    t->hub = dial_hub_new(&t->loop);
    t->port = free_port();
    for (int i = 0; i < LINKS; i++) {
        static const char *const registrations[LINKS] = {"DTU-1", "DTU-22"};
        struct station *s = &t->stations[i];
        s->stand = t;
        s->link = (struct plant_link){.id = "modem",
                                      .medium = MEDIUM_LISTEN,
                                      .host = "127.0.0.1",
                                      .port = t->port,
                                      .registration = (const uint8_t *)registrations[i],
                                      .registration_len = strlen(registrations[i]),
                                      .heartbeat = (const uint8_t *)"beat",
                                      .heartbeat_len = 4,
                                      .pending_max = 3,
                                      .registration_timeout_ms = 300};
        s->dial = dial_new(t->hub, &events, s);
        s->open_again = true;
    }
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *t = *state;
    bool follows[LINKS];
    unsigned before[LINKS];
    for (int i = 0; i < LINKS; i++) {
        t->stations[i].open_again = false;
        before[i] = t->stations[i].closes;
        follows[i] = dial_stop(t->stations[i].dial);
    }
    uv_close((uv_handle_t *)&t->limit, NULL);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    for (int i = 0; i < LINKS; i++) {
        pw_require(t->stations[i].closes == before[i] + (follows[i] ? 1 : 0));
        dial_free(t->stations[i].dial);
    }
    dial_hub_free(t->hub);
    int err = uv_loop_close(&t->loop);
    free(t);
    return err;
}

static void on_limit(uv_timer_t *timer)
{
    ((struct stand *)timer->data)->expired = true;
}

static void until(struct stand *t, const unsigned *count, unsigned wanted)
{
    t->expired = false;
    uv_timer_start(&t->limit, on_limit, LIMIT_MS, 0);
    while (*count < wanted && !t->expired)
        uv_run(&t->loop, UV_RUN_ONCE);
    uv_timer_stop(&t->limit);
    assert_true(*count >= wanted);
}

static void run_ms(struct stand *t, uint64_t ms)
{
    t->expired = false;
    uv_timer_start(&t->limit, on_limit, ms, 0);
    while (!t->expired)
        uv_run(&t->loop, UV_RUN_ONCE);
}

static void open_both(struct stand *t)
{
    for (int i = 0; i < LINKS; i++)
        assert_int_equal(dial_open(t->stations[i].dial, &t->stations[i].link), 0);
}

static int call(struct stand *t, const char *bytes)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(t->port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
    return fd;
}

static void say(int fd, const char *bytes)
{
    assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

static bool was_hung_up(int fd)
{
    char c;
    ssize_t n = recv(fd, &c, 1, 0);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static struct dial_stats stats(const struct stand *t, int i)
{
    struct dial_stats s;
    dial_get_stats(t->stations[i].dial, &s);
    return s;
}

static void each_device_comes_to_its_link(void **state)
{
    struct stand *t = *state;
    open_both(t);
    int one = call(t, "DTU-1");
    int two = call(t, "DTU-");
    until(t, &t->stations[0].opens, 1);
    assert_int_equal(t->stations[1].opens, 0);
    say(two, "22");
    until(t, &t->stations[1].opens, 1);
    assert_int_equal(dial_write(t->stations[1].dial, (const uint8_t *)"ask", 3), 0);
    say(two, "answer");
    run_ms(t, 30);
    assert_string_equal(t->stations[1].heard, "answer");
    assert_int_equal(t->stations[0].heard_len, 0);
    char got[8] = "";
    assert_int_equal(recv(two, got, sizeof got, 0), 3);
    assert_string_equal(got, "ask");
    close(one);
    close(two);
    until(t, &t->stations[0].closes, 1);
}

static void an_unknown_device_is_counted_and_sent_away(void **state)
{
    struct stand *t = *state;
    open_both(t);
    int fd = call(t, "DTU-3 and more");
    int silent = call(t, "");
    run_ms(t, 100);
    assert_true(was_hung_up(fd));
    assert_false(was_hung_up(silent));
    assert_int_equal(stats(t, 0).unknown, 1);
    run_ms(t, 400);
    assert_true(was_hung_up(silent));
    assert_int_equal(stats(t, 1).unknown, 2);
    close(fd);
    close(silent);
}

static void pending_connections_are_bounded(void **state)
{
    struct stand *t = *state;
    open_both(t);
    int fds[6];
    for (int i = 0; i < 6; i++)
        fds[i] = call(t, "");
    run_ms(t, 100);
    int gone = 0;
    for (int i = 0; i < 6; i++)
        gone += was_hung_up(fds[i]);
    assert_int_equal(gone, 3);
    assert_int_equal(stats(t, 0).refused, 3);
    for (int i = 0; i < 6; i++)
        close(fds[i]);
    run_ms(t, 50);
    int one = call(t, "DTU-1");
    until(t, &t->stations[0].opens, 1);
    close(one);
}

static void a_new_connection_replaces_a_half_open_one(void **state)
{
    struct stand *t = *state;
    open_both(t);
    int old = call(t, "DTU-1");
    until(t, &t->stations[0].opens, 1);
    int new = call(t, "DTU-1");
    until(t, &t->stations[0].opens, 2);
    assert_int_equal(t->stations[0].closes, 1);
    assert_int_equal(t->stations[0].why, UV_ECONNRESET);
    assert_int_equal(stats(t, 0).replaced, 1);
    assert_true(was_hung_up(old));
    say(new, "here");
    run_ms(t, 30);
    assert_string_equal(t->stations[0].heard, "here");
    close(old);
    close(new);
}

static void of_many_at_once_the_last_stays(void **state)
{
    struct stand *t = *state;
    open_both(t);
    int fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = call(t, "DTU-1");
    run_ms(t, 100);
    int alive = 0;
    for (int i = 0; i < 3; i++)
        alive += !was_hung_up(fds[i]);
    assert_int_equal(alive, 1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void a_wait_can_be_given_up(void **state)
{
    struct stand *t = *state;
    open_both(t);
    t->stations[0].open_again = false;
    dial_close(t->stations[0].dial);
    assert_int_equal(t->stations[0].closes, 0);
    until(t, &t->stations[0].closes, 1);
    int fd = call(t, "DTU-1"); /* comes too early, and is kept */
    run_ms(t, 50);
    assert_int_equal(t->stations[0].opens, 0);
    assert_int_equal(dial_open(t->stations[0].dial, &t->stations[0].link), 0);
    until(t, &t->stations[0].opens, 1);
    close(fd);
}

static void an_address_in_use_is_an_error(void **state)
{
    struct stand *t = *state;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(t->port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(dial_open(t->stations[0].dial, &t->stations[0].link), UV_EADDRINUSE);
    close(fd);
    run_ms(t, 10);
    assert_int_equal(dial_open(t->stations[0].dial, &t->stations[0].link), 0);
}

/* The parts of the input are given one by one, with '|' between them. */
static void filtered(const char *input, bool idle, const char *expected)
{
    struct heartbeat h = {0};
    char out[64] = "";
    while (*input) {
        size_t len = strcspn(input, "|");
        struct heartbeat_part parts[2];
        heartbeat_filter(&h, (const uint8_t *)"beat", 4, idle, (const uint8_t *)input, len, parts);
        for (int i = 0; i < 2; i++)
            strncat(out, (const char *)parts[i].data, parts[i].len);
        input += len + (input[len] == '|');
    }
    assert_string_equal(out, expected);
}

static void heartbeats_are_taken_out(void **state)
{
    (void)state;
    filtered("beat", true, "");
    filtered("beatbeat", false, "");
    filtered("beatdata", false, "data");
    filtered("databeat", false, "data");
    filtered("dabeatta", false, "dabeatta"); /* inside a reply it is the reply's */
    filtered("be|at", true, "");
    filtered("be|at", false, "beat");
    filtered("b|e|a|t|data", true, "data");
    filtered("be|data", true, "bedata");
    filtered("be|atbeatda", true, "da");
    filtered("be|be", true, "bebe");
    filtered("data|be|at|ta", true, "datata");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_device_comes_to_its_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_device_is_counted_and_sent_away, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(pending_connections_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_connection_replaces_a_half_open_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(of_many_at_once_the_last_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wait_can_be_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_an_error, set_up, tear_down),
        cmocka_unit_test(heartbeats_are_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
