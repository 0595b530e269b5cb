#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/loop/stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An echoing listener and one stream, on one loop. */
struct stand {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_tcp_t peers[256];
    unsigned peer_count;
    uint16_t port;
    struct stream *stream;
    unsigned opened, closed;
    int why;
    size_t received;
    uint8_t last[64];
    bool inside; /* a stream function is running: no callback may come */
    bool close_on_open, close_on_data;
    uv_timer_t watchdog;
    char buffer[4096];
};

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
    struct stand *t = h->data;
    (void)suggested;
    *out = uv_buf_init(t->buffer, sizeof t->buffer);
}

static void on_peer_read(uv_stream_t *peer, ssize_t n, const uv_buf_t *buf)
{
    if (n < 0) {
        uv_close((uv_handle_t *)peer, NULL);
        return;
    }
    uv_buf_t out = uv_buf_init(buf->base, (unsigned)n);
    uv_try_write(peer, &out, 1);
}

static void on_peer(uv_stream_t *listener, int status)
{
    struct stand *t = listener->data;
    assert_int_equal(status, 0);
    uv_tcp_t *peer = &t->peers[t->peer_count++];
    uv_tcp_init(&t->loop, peer);
    peer->data = t;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)peer), 0);
    uv_read_start((uv_stream_t *)peer, on_alloc, on_peer_read);
}

static void on_open(void *ctx)
{
    struct stand *t = ctx;
    assert_false(t->inside);
    t->opened++;
    if (t->close_on_open)
        stream_close(t->stream);
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct stand *t = ctx;
    assert_false(t->inside);
    assert_true(len > 0);
    memcpy(t->last, data, len < sizeof t->last ? len : sizeof t->last);
    t->received += len;
    if (t->close_on_data)
        stream_close(t->stream);
}

static void on_close(void *ctx, int why)
{
    struct stand *t = ctx;
    assert_false(t->inside);
    t->closed++;
    t->why = why;
}

static const struct stream_events events = {on_open, on_data, on_close};

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within 20 s");
}

static int set_up(void **state)
{
    struct stand *t = calloc(1, sizeof *t);
    struct sockaddr_in address;
    int len = sizeof address;
    uv_loop_init(&t->loop);
    uv_timer_init(&t->loop, &t->watchdog);
    uv_timer_start(&t->watchdog, on_watchdog, 20000, 0);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&t->loop, &t->listener);
    t->listener.data = t;
    uv_tcp_bind(&t->listener, (const struct sockaddr *)&address, 0);
    uv_listen((uv_stream_t *)&t->listener, 128, on_peer);
    uv_tcp_getsockname(&t->listener, (struct sockaddr *)&address, &len);
    const uint8_t *p = (const uint8_t *)&address.sin_port;
    t->port = (uint16_t)(p[0] * 256 + p[1]);
    t->stream = stream_new(&t->loop, &events, t);
    *state = t;
    return t->stream ? 0 : -1;
}

static void close_listener(struct stand *t)
{
    if (!uv_is_closing((uv_handle_t *)&t->listener))
        uv_close((uv_handle_t *)&t->listener, NULL);
}

static int tear_down(void **state)
{
    struct stand *t = *state;
    stream_close(t->stream);
    close_listener(t);
    for (unsigned i = 0; i < t->peer_count; i++)
        if (!uv_is_closing((uv_handle_t *)&t->peers[i]))
            uv_close((uv_handle_t *)&t->peers[i], NULL);
    uv_close((uv_handle_t *)&t->watchdog, NULL);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    stream_free(t->stream);
    bool clean = uv_loop_close(&t->loop) == 0;
    free(t);
    return clean ? 0 : -1;
}

static int open_stream(struct stand *t, const char *host, uint32_t timeout_ms)
{
    t->inside = true;
    int err = stream_open(t->stream, host, t->port, timeout_ms);
    t->inside = false;
    return err;
}

static void until_opened(struct stand *t, unsigned n)
{
    while (t->opened < n)
        uv_run(&t->loop, UV_RUN_ONCE);
}

static void until_closed(struct stand *t, unsigned n)
{
    while (t->closed < n)
        uv_run(&t->loop, UV_RUN_ONCE);
}

static void what_is_written_comes_back(void **state)
{
    struct stand *t = *state;
    static const uint8_t data[] = {1, 2, 3, 4, 5};
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
    assert_int_equal(stream_write(t->stream, data, sizeof data), PW_ESTATE);
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), PW_ESTATE);
    until_opened(t, 1);
    assert_int_equal(stream_write(t->stream, data, sizeof data), 0);
    while (t->received < sizeof data)
        uv_run(&t->loop, UV_RUN_ONCE);
    assert_memory_equal(t->last, data, sizeof data);
    stream_close(t->stream);
    assert_int_equal(stream_write(t->stream, data, sizeof data), PW_ESTATE);
    until_closed(t, 1);
    assert_int_equal(t->why, 0);
}

static void a_refused_connection_says_so_late(void **state)
{
    struct stand *t = *state;
    close_listener(t);
    uv_run(&t->loop, UV_RUN_NOWAIT);
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
    until_closed(t, 1);
    assert_int_equal(t->why, UV_ECONNREFUSED);
    assert_int_equal(t->opened, 0);
}

static void an_address_that_cannot_be_reached_ends_late_too(void **state)
{
    struct stand *t = *state;
    assert_int_equal(open_stream(t, "255.255.255.255", 300), 0);
    until_closed(t, 1);
    assert_true(t->why < 0);
    assert_int_equal(t->opened, 0);
}

static void a_peer_that_hangs_up_ends_the_stream(void **state)
{
    struct stand *t = *state;
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
    until_opened(t, 1);
    while (t->peer_count == 0)
        uv_run(&t->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&t->peers[0], NULL);
    until_closed(t, 1);
    assert_int_equal(t->why, UV_EOF);
}

static void connecting_is_bounded_in_time(void **state)
{
    struct stand *t = *state;
    /* A listener whose queue of one is full and never emptied takes no further connection. */
    uv_tcp_t full;
    struct sockaddr_in address;
    int len = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&t->loop, &full);
    full.data = t;
    uv_tcp_bind(&full, (const struct sockaddr *)&address, 0);
    uv_os_fd_t fd;
    assert_int_equal(uv_fileno((uv_handle_t *)&full, &fd), 0);
    assert_int_equal(listen(fd, 0), 0);
    uv_tcp_getsockname(&full, (struct sockaddr *)&address, &len);
    const uint8_t *p = (const uint8_t *)&address.sin_port;
    t->port = (uint16_t)(p[0] * 256 + p[1]);

    struct stream *fillers[8];
    struct stand mute = {.close_on_open = false};
    for (unsigned i = 0; i < 8; i++) {
        fillers[i] = stream_new(&t->loop, &events, &mute);
        assert_int_equal(stream_open(fillers[i], "127.0.0.1", t->port, 5000), 0);
    }
    for (int i = 0; i < 10; i++)
        uv_run(&t->loop, UV_RUN_NOWAIT);
    uint64_t begin = uv_hrtime();
    assert_int_equal(open_stream(t, "127.0.0.1", 150), 0);
    until_closed(t, 1);
    uint64_t took_ms = (uv_hrtime() - begin) / 1000000;
    assert_int_equal(t->why, PW_ETIMEOUT);
    assert_in_range(took_ms, 100, 3000);
    for (unsigned i = 0; i < 8; i++)
        stream_close(fillers[i]);
    while (mute.closed < 8)
        uv_run(&t->loop, UV_RUN_ONCE);
    for (unsigned i = 0; i < 8; i++)
        stream_free(fillers[i]);
    uv_close((uv_handle_t *)&full, NULL);
    uv_run(&t->loop, UV_RUN_NOWAIT);
}

static void a_name_is_resolved_and_an_unknown_one_fails(void **state)
{
    struct stand *t = *state;
    assert_int_equal(open_stream(t, "localhost", 5000), 0);
    until_opened(t, 1);
    stream_close(t->stream);
    until_closed(t, 1);
    assert_int_equal(open_stream(t, "no-such-host.invalid", 15000), 0);
    until_closed(t, 2);
    assert_true(t->why < 0);
    assert_int_equal(t->opened, 1);
}

static void closing_while_resolving_or_connecting_is_clean(void **state)
{
    struct stand *t = *state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(open_stream(t, i % 2 ? "localhost" : "127.0.0.1", 2000), 0);
        for (unsigned k = 0; k < i / 2 % 4; k++)
            uv_run(&t->loop, UV_RUN_NOWAIT);
        stream_close(t->stream);
        until_closed(t, i + 1);
        assert_int_equal(t->why, 0);
    }
}

static void a_hundred_reconnects_leave_no_handle(void **state)
{
    struct stand *t = *state;
    static const uint8_t data[] = {7};
    t->close_on_data = true;
    for (unsigned i = 1; i <= 100; i++) {
        assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
        until_opened(t, i);
        assert_int_equal(stream_write(t->stream, data, sizeof data), 0);
        until_closed(t, i);
    }
    assert_int_equal(t->received, 100);
}

static void closing_from_on_open_is_allowed(void **state)
{
    struct stand *t = *state;
    t->close_on_open = true;
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
    until_closed(t, 1);
    assert_int_equal(t->opened, 1);
    assert_int_equal(t->why, 0);
}

static void a_write_longer_than_the_limit_is_refused(void **state)
{
    struct stand *t = *state;
    static const uint8_t data[STREAM_WRITE_MAX + 1];
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
    until_opened(t, 1);
    assert_int_equal(stream_write(t->stream, data, sizeof data), PW_EINVAL);
}

static void a_full_socket_keeps_one_write_and_refuses_the_next(void **state)
{
    struct stand *t = *state;
    static const uint8_t data[STREAM_WRITE_MAX] = {9};
    assert_int_equal(open_stream(t, "127.0.0.1", 2000), 0);
    until_opened(t, 1);
    /* the echoing side does not run meanwhile */
    size_t taken = 0;
    int err = 0;
    for (int i = 0; i < 100000 && err == 0; i++) {
        err = stream_write(t->stream, data, sizeof data);
        taken += err == 0 ? sizeof data : 0;
    }
    assert_int_equal(err, UV_EAGAIN);
    size_t before = 0;
    while (t->received == 0 || t->received > before) {
        before = t->received;
        for (int i = 0; i < 50; i++)
            uv_run(&t->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(t->closed, 0);
    assert_int_equal(stream_write(t->stream, data, sizeof data), 0);
    assert_true(taken > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_comes_back),
        TEST(a_refused_connection_says_so_late),
        TEST(an_address_that_cannot_be_reached_ends_late_too),
        TEST(a_peer_that_hangs_up_ends_the_stream),
        TEST(connecting_is_bounded_in_time),
        TEST(a_name_is_resolved_and_an_unknown_one_fails),
        TEST(closing_while_resolving_or_connecting_is_clean),
        TEST(a_hundred_reconnects_leave_no_handle),
        TEST(closing_from_on_open_is_allowed),
        TEST(a_write_longer_than_the_limit_is_refused),
        TEST(a_full_socket_keeps_one_write_and_refuses_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
