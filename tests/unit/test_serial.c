/* A serial port, here the end of a pseudo-terminal, that does not take everything at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/serial.h"
#include "acq/plant/plant.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT_PATH = 128, SENT_MAX = 1 << 20 };

struct stand {
    uv_loop_t loop;
    int far; /* the other end */
    char path[PORT_PATH];
    struct plant_link link;
    struct serial *serial;
    bool open, closed;
    uint8_t sent[SENT_MAX];
    size_t sent_len, heard_len;
};

static void on_open(void *ctx)
{
    ((struct stand *)ctx)->open = true;
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    (void)ctx;
    (void)data;
    (void)len;
}

static void on_close(void *ctx, int why)
{
    (void)why;
    ((struct stand *)ctx)->closed = true;
}

static const struct stream_events events = {on_open, on_data, on_close};

static int set_up(void **state)
{
    struct stand *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_int_equal(uv_loop_init(&s->loop), 0);
    int near = -1;
    assert_int_equal(openpty(&s->far, &near, s->path, NULL, NULL), 0);
    assert_int_equal(fcntl(s->far, F_SETFL, O_NONBLOCK), 0);
    s->link = (struct plant_link){.id = "l",
                                  .medium = MEDIUM_SERIAL,
                                  .framing = FRAMING_RTU,
                                  .serial = s->path,
                                  .baud = 9600,
                                  .data_bits = 8,
                                  .stop_bits = 1};
    s->serial = serial_new(&s->loop, &events, s);
    assert_non_null(s->serial);
    assert_int_equal(serial_open(s->serial, &s->link), 0);
    while (!s->open && !s->closed)
        uv_run(&s->loop, UV_RUN_ONCE);
    assert_true(s->open);
    close(near);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *s = *state;
    serial_close(s->serial);
    while (!s->closed)
        uv_run(&s->loop, UV_RUN_ONCE);
    serial_free(s->serial);
    close(s->far);
    assert_int_equal(uv_loop_close(&s->loop), 0);
    free(s);
    return 0;
}

/* Writes until the port has no room; each byte tells its place. */
static void fill(struct stand *s)
{
    uint8_t piece[STREAM_WRITE_MAX];
    for (;;) {
        for (size_t i = 0; i < sizeof piece; i++)
            piece[i] = (uint8_t)((s->sent_len + i) * 7 + (s->sent_len + i) / 256);
        int err = serial_write(s->serial, piece, sizeof piece);
        if (err == UV_EAGAIN)
            return;
        assert_int_equal(err, 0);
        assert_true(s->sent_len + sizeof piece <= SENT_MAX);
        memcpy(s->sent + s->sent_len, piece, sizeof piece);
        s->sent_len += sizeof piece;
    }
}

static void hear(struct stand *s)
{
    uint8_t bytes[4096];
    ssize_t n;
    while ((n = read(s->far, bytes, sizeof bytes)) > 0) {
        assert_true(s->heard_len + (size_t)n <= s->sent_len);
        assert_memory_equal(bytes, s->sent + s->heard_len, (size_t)n);
        s->heard_len += (size_t)n;
    }
}

static void what_the_port_does_not_take_at_once_follows(void **state)
{
    struct stand *s = *state;
    for (int round = 0; round < 5; round++) {
        fill(s);
        for (int i = 0; i < 10000 && s->heard_len < s->sent_len; i++) {
            hear(s);
            uv_run(&s->loop, UV_RUN_NOWAIT);
        }
        assert_int_equal(s->heard_len, s->sent_len);
    }
    assert_true(s->sent_len >= (size_t)5 * STREAM_WRITE_MAX);
}

static void it_can_be_closed_with_something_kept(void **state)
{
    struct stand *s = *state;
    fill(s);
    uint8_t byte = 0;
    assert_int_equal(serial_write(s->serial, &byte, 1), UV_EAGAIN);
    assert_int_equal(serial_write(s->serial, s->sent, STREAM_WRITE_MAX + 1), PW_EINVAL);
    serial_close(s->serial);
    assert_int_equal(serial_write(s->serial, &byte, 1), PW_ESTATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_port_does_not_take_at_once_follows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_can_be_closed_with_something_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
