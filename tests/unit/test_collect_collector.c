#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/collector.h"
#include "acq/core/log.h"
#include "acq/core/plant_time.h"
#include "tests/unit/collect_plant.h"

#include <stdbool.h>
#include <stdlib.h>

/* A slave on its own loopback port, in the same loop: answers every read with registers that hold
 * unit * 256 + address (low byte), or misbehaves as told. */
enum slave_mood { SLAVE_ANSWERS, SLAVE_SILENT, SLAVE_HANGS_UP, SLAVE_SPLITS };

struct slave {
    uv_tcp_t listener;
    uv_tcp_t peers[64];
    unsigned peer_count;
    unsigned requests;
    uint16_t port;
    enum slave_mood mood;
    bool open;
    char buffer[512];
};

struct stand {
    uv_loop_t loop;
    struct plant_time time;
    struct collector *collector;
    struct test_plant plants[2];
    struct slave slaves[4];
    unsigned slave_count;
    unsigned readings, good;
    unsigned refused;
    int64_t last_at_ms;
    unsigned want_good, want_refused;
    bool stopped;
    uv_timer_t watchdog;
};

static uint16_t register_content(uint8_t unit, unsigned address)
{
    return (uint16_t)(unit * 256u + address % 256);
}

static void on_slave_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
    struct slave *s = h->data;
    (void)suggested;
    *out = uv_buf_init(s->buffer, sizeof s->buffer);
}

static void write_now(uv_stream_t *peer, uint8_t *data, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);
    uv_try_write(peer, &buf, 1);
}

static void answer(struct slave *s, uv_stream_t *peer, const uint8_t *request)
{
    uint8_t reply[260];
    unsigned address = (unsigned)(request[8] << 8 | request[9]);
    unsigned count = (unsigned)(request[10] << 8 | request[11]);
    memcpy(reply, request, 8);
    reply[4] = 0;
    reply[5] = (uint8_t)(3 + 2 * count);
    reply[8] = (uint8_t)(2 * count);
    for (unsigned i = 0; i < count; i++) {
        uint16_t content = register_content(request[6], address + i);
        reply[9 + 2 * i] = (uint8_t)(content >> 8);
        reply[10 + 2 * i] = (uint8_t)content;
    }
    size_t len = 9 + 2 * (size_t)count;
    if (s->mood == SLAVE_SPLITS) {
        write_now(peer, reply, 5);
        write_now(peer, reply + 5, len - 5);
    } else {
        write_now(peer, reply, len);
    }
}

static void on_slave_read(uv_stream_t *peer, ssize_t n, const uv_buf_t *buf)
{
    struct slave *s = peer->data;
    if (n < 0) {
        uv_close((uv_handle_t *)peer, NULL);
        return;
    }
    for (ssize_t i = 0; i + 12 <= n; i += 12) {
        s->requests++;
        if (s->mood == SLAVE_HANGS_UP) {
            uv_close((uv_handle_t *)peer, NULL);
            return;
        }
        if (s->mood != SLAVE_SILENT)
            answer(s, peer, (const uint8_t *)buf->base + i);
    }
}

static void on_slave_peer(uv_stream_t *listener, int status)
{
    struct slave *s = listener->data;
    assert_int_equal(status, 0);
    assert_true(s->peer_count < 64);
    uv_tcp_t *peer = &s->peers[s->peer_count++];
    uv_tcp_init(listener->loop, peer);
    peer->data = s;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)peer), 0);
    uv_read_start((uv_stream_t *)peer, on_slave_alloc, on_slave_read);
}

static struct slave *add_slave(struct stand *t)
{
    struct slave *s = &t->slaves[t->slave_count++];
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", s->port, &address);
    uv_tcp_init(&t->loop, &s->listener);
    s->listener.data = s;
    assert_int_equal(uv_tcp_bind(&s->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&s->listener, 16, on_slave_peer), 0);
    int len = sizeof address;
    uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &len);
    s->port = (uint16_t)((address.sin_port & 0xff) << 8 | address.sin_port >> 8);
    s->open = true;
    return s;
}

static void close_slave(struct slave *s)
{
    if (!s->open)
        return;
    s->open = false;
    uv_close((uv_handle_t *)&s->listener, NULL);
    for (unsigned i = 0; i < s->peer_count; i++)
        if (!uv_is_closing((uv_handle_t *)&s->peers[i]))
            uv_close((uv_handle_t *)&s->peers[i], NULL);
}

static void check_values(const struct stand *t, const struct reading *r)
{
    const struct plant *p = &t->plants[0].plant;
    const struct plant_device *d = &p->devices[r->device];
    for (uint32_t i = 0; i < r->count; i++) {
        uint16_t address = p->signals[d->first_signal + i].address;
        assert_true(r->samples[i].value == register_content(d->unit, address));
    }
}

static void on_reading(void *ctx, const struct reading *r)
{
    struct stand *t = ctx;
    t->readings++;
    assert_true(r->at_ms >= t->last_at_ms);
    assert_true(r->time_ms <= plant_time_utc_ms(&t->time, r->at_ms));
    t->last_at_ms = r->at_ms;
    if (quality_is_good(r->samples[0].quality)) {
        check_values(t, r);
        t->good++;
    } else if (quality_word(r->samples[0].quality) == QUALITY_REFUSED) {
        t->refused++;
    }
    if (t->good >= t->want_good && t->refused >= t->want_refused)
        uv_stop(&t->loop);
}

static void on_stopped(void *ctx)
{
    ((struct stand *)ctx)->stopped = true;
}

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within 20 s");
}

/* Runs until both counts are reached. */
static void run_until(struct stand *t, unsigned good, unsigned refused)
{
    t->want_good = good;
    t->want_refused = refused;
    uv_timer_start(&t->watchdog, on_watchdog, 20000, 0);
    while (t->good < good || t->refused < refused)
        uv_run(&t->loop, UV_RUN_ONCE);
}

static int set_up(void **state)
{
    log_set_level(LOG_ERROR);
    struct stand *t = calloc(1, sizeof *t);
    uv_loop_init(&t->loop);
    uv_timer_init(&t->loop, &t->watchdog);
    plant_time_init(&t->time, pw_clock_system(), 0);
    test_plant_init(&t->plants[0]);
    test_plant_init(&t->plants[1]);
    *state = t;
    return 0;
}

static void start(struct stand *t)
{
    const struct collector_options options = {.loop = &t->loop,
                                              .plant = &t->plants[0].plant,
                                              .time = &t->time,
                                              .on_reading = on_reading,
                                              .ctx = t,
                                              .seed = 42};
    assert_int_equal(collector_start(&options, &t->collector), 0);
    assert_int_equal(t->readings, 0);
}

static int tear_down(void **state)
{
    struct stand *t = *state;
    unsigned readings = t->readings;
    if (t->collector)
        collector_stop(t->collector, on_stopped, t);
    for (unsigned i = 0; i < t->slave_count; i++)
        close_slave(&t->slaves[i]);
    uv_close((uv_handle_t *)&t->watchdog, NULL);
    bool late = !t->stopped;
    uv_run(&t->loop, UV_RUN_DEFAULT);
    bool good = uv_loop_close(&t->loop) == 0 && late && readings == t->readings &&
                (t->stopped || !t->collector);
    free(t);
    return good ? 0 : -1;
}

static void add_device(struct test_plant *plant, uint8_t unit, uint32_t every_ms)
{
    struct plant_device *d = test_plant_add_device(plant, unit);
    d->every_ms = every_ms;
    d->timeout_ms = 200;
    for (uint16_t address = 0; address < 20; address++)
        test_plant_add_signal(plant, TABLE_HOLDING, (uint16_t)(address * 3), TYPE_UINT16);
}

static void a_device_is_polled_over_tcp(void **state)
{
    struct stand *t = *state;
    struct slave *s = add_slave(t);
    test_plant_add_link(&t->plants[0], s->port);
    add_device(&t->plants[0], 9, 20);
    start(t);
    run_until(t, 20, 0);

    struct collect_link_stats link;
    assert_int_equal(collector_link_get(t->collector, 0, &link), 0);
    assert_int_equal(link.state, LINK_CONNECTED);
    assert_int_equal(link.connects, 1);
    assert_int_equal(link.bytes_out, 12 * (uint64_t)s->requests);
    struct collect_device_stats device;
    assert_int_equal(collector_device_get(t->collector, 0, &device), 0);
    assert_int_equal(device.unit, 9);
    assert_int_equal(device.good, t->good);
    assert_int_equal(device.timeouts + device.foreign + device.length + device.late, 0);
    assert_int_equal(collector_device_get(t->collector, 1, &device), PW_ENOTFOUND);
}

static void split_replies_are_put_together(void **state)
{
    struct stand *t = *state;
    struct slave *s = add_slave(t);
    s->mood = SLAVE_SPLITS;
    test_plant_add_link(&t->plants[0], s->port);
    add_device(&t->plants[0], 9, 20);
    start(t);
    run_until(t, 10, 0);
    assert_int_equal(t->readings, t->good);
}

static void a_name_is_looked_up(void **state)
{
    struct stand *t = *state;
    struct slave *s = add_slave(t);
    test_plant_add_link(&t->plants[0], s->port)->host = "localhost";
    add_device(&t->plants[0], 1, 20);
    start(t);
    run_until(t, 3, 0);
}

static void a_refused_link_says_refused_and_comes_back(void **state)
{
    struct stand *t = *state;
    struct slave *s = add_slave(t);
    uint16_t port = s->port;
    close_slave(s);
    test_plant_add_link(&t->plants[0], port);
    add_device(&t->plants[0], 1, 20);
    start(t);
    run_until(t, 0, 3);
    t->slaves[1].port = port;
    add_slave(t);
    run_until(t, 3, 3);
    struct collect_link_stats link;
    assert_int_equal(collector_link_get(t->collector, 0, &link), 0);
    assert_int_equal(link.connects, 1);
    assert_true(link.connect_failures >= 1);
}

static void a_link_that_hangs_up_is_connected_again(void **state)
{
    struct stand *t = *state;
    struct slave *s = add_slave(t);
    test_plant_add_link(&t->plants[0], s->port);
    add_device(&t->plants[0], 1, 20);
    start(t);
    run_until(t, 3, 0);
    s->mood = SLAVE_HANGS_UP;
    unsigned good = t->good;
    struct collect_link_stats link;
    do {
        uv_run(&t->loop, UV_RUN_ONCE);
        assert_int_equal(collector_link_get(t->collector, 0, &link), 0);
    } while (link.disconnects == 0);
    s->mood = SLAVE_ANSWERS;
    run_until(t, good + 3, 0);
    assert_int_equal(collector_link_get(t->collector, 0, &link), 0);
    assert_int_equal(link.connects, 2);
}

static void a_reload_keeps_equal_links_and_stops_others(void **state)
{
    struct stand *t = *state;
    struct slave *kept = add_slave(t);
    struct slave *dropped = add_slave(t);
    struct slave *added = add_slave(t);
    test_plant_add_link(&t->plants[0], kept->port);
    add_device(&t->plants[0], 5, 20);
    test_plant_add_link(&t->plants[0], dropped->port)->digest[0] = 2;
    add_device(&t->plants[0], 6, 20);
    start(t);
    run_until(t, 10, 0);
    unsigned before = kept->peer_count;
    assert_int_equal(before, 1);

    struct test_plant *next = &t->plants[1];
    test_plant_add_link(next, added->port)->digest[0] = 3;
    add_device(next, 7, 20);
    test_plant_add_link(next, kept->port);
    add_device(next, 5, 20);
    snprintf(next->link_ids[0], TEST_ID, "new");
    snprintf(next->link_ids[1], TEST_ID, "link-0");
    snprintf(next->device_ids[0], TEST_ID, "other");
    snprintf(next->device_ids[1], TEST_ID, "device-0");
    for (uint32_t i = 0; i < 20; i++) {
        memcpy(next->signal_ids[20 + i], t->plants[0].signal_ids[i], TEST_ID);
        snprintf(next->signal_ids[i], TEST_ID, "s%u", (unsigned)i);
    }
    assert_int_equal(collector_reload(t->collector, &next->plant), 0);
    t->plants[0] = *next; /* what check_values() compares with */
    t->plants[0].plant.devices = t->plants[0].devices;
    t->plants[0].plant.signals = t->plants[0].signals;
    unsigned asked_before = dropped->requests;
    run_until(t, t->good + 20, 0);
    assert_int_equal(kept->peer_count, before);
    assert_true(added->requests > 0);
    assert_true(dropped->requests <= asked_before + 1);
    struct collect_device_stats device;
    assert_int_equal(collector_device_get(t->collector, 1, &device), 0);
    assert_int_equal(device.unit, 5);
    assert_true(device.good >= 5);
}

static void an_empty_plant_stops_late_too(void **state)
{
    struct stand *t = *state;
    start(t);
    assert_int_equal(collector_link_count(t->collector), 0);
}

static void it_stops_in_the_middle_of_connecting(void **state)
{
    struct stand *t = *state;
    struct slave *s = add_slave(t);
    for (int i = 0; i < 5; i++) {
        test_plant_add_link(&t->plants[0], s->port)->host = i % 2 ? "127.0.0.1" : "localhost";
        add_device(&t->plants[0], 1, 20);
    }
    start(t);
    for (int i = 0; i < 3; i++)
        uv_run(&t->loop, UV_RUN_NOWAIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_polled_over_tcp),
        TEST(split_replies_are_put_together),
        TEST(a_name_is_looked_up),
        TEST(a_refused_link_says_refused_and_comes_back),
        TEST(a_link_that_hangs_up_is_connected_again),
        TEST(a_reload_keeps_equal_links_and_stops_others),
        TEST(an_empty_plant_stops_late_too),
        TEST(it_stops_in_the_middle_of_connecting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
