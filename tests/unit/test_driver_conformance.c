/* What every southbound driver must do, whatever its bytes go over: the same cases over Modbus TCP,
 * RTU over TCP, a serial line (a pseudo-terminal) and a device that dials in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/collector.h"
#include "acq/core/clock.h"
#include "acq/core/log.h"
#include "acq/core/plant_time.h"
#include "tests/unit/collect_plant.h"
#include "tests/unit/device_peer.h"

enum { SIGNALS = 4, TIMEOUT_MS = 120, WAIT_MS = 15000 };

struct bench {
    uv_loop_t loop;
    uv_timer_t limit;
    struct device_peer peer;
    struct test_plant plant;
    struct plant_time time;
    struct collector *collector;
    uint64_t readings, good;
    uint64_t words[QUALITY_WORD_COUNT]; /* readings by the quality of their first signal */
    bool expired, stopped;
};

static void on_reading(void *ctx, const struct reading *r)
{
    struct bench *b = ctx;
    bool all = true;
    for (uint32_t i = 0; i < r->count; i++) {
        all = all && quality_is_good(r->samples[i].quality);
        if (quality_has_value(r->samples[i].quality))
            pw_require(r->samples[i].value == peer_word(7, 100 + i));
    }
    b->readings++;
    b->good += all;
    b->words[quality_word(r->samples[0].quality)]++;
}

static void set_link(struct bench *b, struct plant_link *l)
{
    l->framing = b->peer.kind == PEER_TCP ? FRAMING_TCP : FRAMING_RTU;
    l->port = b->peer.port;
    l->connect_timeout_ms = 500;
    if (b->peer.kind == PEER_SERIAL) {
        l->medium = MEDIUM_SERIAL;
        l->serial = b->peer.path;
        l->baud = 115200;
        l->data_bits = 8;
        l->stop_bits = 1;
    }
    if (b->peer.kind != PEER_DIAL_IN)
        return;
    l->medium = MEDIUM_LISTEN;
    l->registration = (const uint8_t *)peer_registration;
    l->registration_len = sizeof peer_registration - 1;
    l->heartbeat = (const uint8_t *)peer_heartbeat;
    l->heartbeat_len = sizeof peer_heartbeat - 1;
    l->pending_max = 2;
    l->registration_timeout_ms = 500;
}

static int set_up(void **state)
{
    enum peer_kind kind = *(const enum peer_kind *)*state;
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    log_set_level(LOG_ERROR);
    uv_loop_init(&b->loop);
    uv_timer_init(&b->loop, &b->limit);
    b->limit.data = b;
    peer_init(&b->peer, &b->loop, kind);
    test_plant_init(&b->plant);
    set_link(b, test_plant_add_link(&b->plant, 0));
    struct plant_device *d = test_plant_add_device(&b->plant, 7);
    d->every_ms = 50;
    d->timeout_ms = TIMEOUT_MS;
    d->retries = 0;
    d->backoff_max_s = 1;
    for (uint16_t i = 0; i < SIGNALS; i++)
        test_plant_add_signal(&b->plant, TABLE_HOLDING, (uint16_t)(100 + i), TYPE_UINT16);
    *state = b;
    return 0;
}

static void on_stopped(void *ctx)
{
    ((struct bench *)ctx)->stopped = true;
}

static void stop(struct bench *b)
{
    collector_stop(b->collector, on_stopped, b);
    while (!b->stopped)
        uv_run(&b->loop, UV_RUN_ONCE);
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    if (b->collector && !b->stopped)
        stop(b);
    peer_deinit(&b->peer);
    uv_close((uv_handle_t *)&b->limit, NULL);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&b->loop);
    free(b);
    return err;
}

static void start(struct bench *b)
{
    plant_time_init(&b->time, pw_clock_system(), 0);
    const struct collector_options options = {.loop = &b->loop,
                                              .plant = &b->plant.plant,
                                              .time = &b->time,
                                              .on_reading = on_reading,
                                              .ctx = b,
                                              .seed = 7};
    assert_int_equal(collector_start(&options, &b->collector), 0);
}

static void on_limit(uv_timer_t *timer)
{
    ((struct bench *)timer->data)->expired = true;
}

/* Until *count has grown by n. */
static void until_more(struct bench *b, const uint64_t *count, uint64_t n, const char *what)
{
    uint64_t wanted = *count + n;
    b->expired = false;
    uv_timer_start(&b->limit, on_limit, WAIT_MS, 0);
    while (*count < wanted && !b->expired)
        uv_run(&b->loop, UV_RUN_ONCE);
    uv_timer_stop(&b->limit);
    if (*count < wanted)
        fail_msg("not in time: %s", what);
}

static void run_ms(struct bench *b, uint64_t ms)
{
    b->expired = false;
    uv_timer_start(&b->limit, on_limit, ms, 0);
    while (!b->expired)
        uv_run(&b->loop, UV_RUN_ONCE);
}

static void until_good(struct bench *b)
{
    until_more(b, &b->good, 3, "good readings");
}

static struct collect_device_stats device_stats(const struct bench *b)
{
    struct collect_device_stats s;
    assert_int_equal(collector_device_get(b->collector, 0, &s), 0);
    return s;
}

static struct collect_link_stats link_stats(const struct bench *b)
{
    struct collect_link_stats s;
    assert_int_equal(collector_link_get(b->collector, 0, &s), 0);
    return s;
}

static void it_reads(void **state)
{
    struct bench *b = *state;
    peer_appear(&b->peer);
    start(b);
    until_more(b, &b->good, 20, "good readings");
    assert_true(device_stats(b).good >= 20);
    assert_true(b->peer.requests >= 20);
    assert_int_equal(link_stats(b).state, LINK_CONNECTED);
}

static void what_is_not_there_is_said_and_found_later(void **state)
{
    struct bench *b = *state;
    bool dial = b->peer.kind == PEER_DIAL_IN;
    bool tcp = b->peer.kind == PEER_TCP || b->peer.kind == PEER_RTU_OVER_TCP;
    b->peer.mode = dial ? PEER_CLOSE : PEER_RIGHT;
    start(b);
    enum quality_word word = tcp ? QUALITY_REFUSED : QUALITY_LINK;
    if (!dial) /* the one that waits for it has nothing to say */
        until_more(b, &b->words[word], 3, "readings without a device");
    assert_int_equal(b->good, 0);
    b->peer.mode = PEER_RIGHT;
    peer_appear(&b->peer);
    until_good(b);
}

static void a_silent_device_times_out_and_comes_back(void **state)
{
    struct bench *b = *state;
    b->peer.mode = PEER_SILENT;
    peer_appear(&b->peer);
    start(b);
    until_more(b, &b->words[QUALITY_TIMEOUT], 2, "time-outs");
    assert_int_equal(b->good, 0);
    b->peer.mode = PEER_RIGHT;
    until_good(b);
}

static void half_a_frame_is_no_value(void **state)
{
    struct bench *b = *state;
    b->peer.mode = PEER_HALF;
    peer_appear(&b->peer);
    start(b);
    enum quality_word word = peer_is_rtu(&b->peer) ? QUALITY_LENGTH : QUALITY_TIMEOUT;
    until_more(b, &b->words[word], 2, "readings of half frames");
    assert_int_equal(b->good, 0);
    b->peer.mode = PEER_RIGHT;
    until_good(b);
}

static void a_broken_frame_is_no_value(void **state)
{
    struct bench *b = *state;
    b->peer.mode = PEER_BROKEN;
    peer_appear(&b->peer);
    start(b);
    enum quality_word word = peer_is_rtu(&b->peer) ? QUALITY_CRC : QUALITY_LINK;
    until_more(b, &b->words[word], 2, "readings of broken frames");
    assert_int_equal(b->good, 0);
    assert_true(link_stats(b).last_bad_frame[0] != '\0');
    b->peer.mode = PEER_RIGHT;
    until_good(b);
}

/* Its registers are nobody's: on_reading() would stop the test. */
static void a_late_reply_never_becomes_a_value(void **state)
{
    struct bench *b = *state;
    peer_appear(&b->peer);
    start(b);
    until_good(b);
    b->peer.mode = PEER_LATE;
    b->peer.late_ms = TIMEOUT_MS * 3 / 2;
    until_more(b, &b->peer.requests, 1, "a request");
    b->peer.mode = PEER_RIGHT; /* what is asked meanwhile is answered at once */
    run_ms(b, 3 * TIMEOUT_MS);
    until_good(b);
    assert_true(device_stats(b).late + device_stats(b).foreign >= 1);
    assert_true(device_stats(b).timeouts >= 1);
}

static void a_foreign_reply_is_no_value(void **state)
{
    struct bench *b = *state;
    b->peer.mode = PEER_FOREIGN;
    peer_appear(&b->peer);
    start(b);
    until_more(b, &b->words[QUALITY_FOREIGN], 2, "readings of foreign replies");
    assert_int_equal(b->good, 0);
    b->peer.mode = PEER_RIGHT;
    until_good(b);
}

static void a_slow_reply_is_put_together(void **state)
{
    struct bench *b = *state;
    b->plant.devices[0].timeout_ms = 1000;
    b->plant.links[0].baud = b->peer.kind == PEER_SERIAL ? 1200 : 0;
    b->peer.mode = PEER_BYTEWISE;
    peer_appear(&b->peer);
    start(b);
    until_good(b);
}

static void closing_while_reading_is_survived_again_and_again(void **state)
{
    struct bench *b = *state;
    peer_appear(&b->peer);
    start(b);
    for (int i = 0; i < 4; i++) {
        until_good(b);
        uint64_t *link = &b->words[QUALITY_LINK];
        b->peer.mode = PEER_CLOSE;
        until_more(b, link, 1, "a reading that says so");
        b->peer.mode = PEER_RIGHT;
        peer_appear(&b->peer);
    }
    until_good(b);
    assert_true(link_stats(b).connects >= 5);
    assert_true(link_stats(b).disconnects >= 4);
}

/* The second time the link's own settings differ, so that it is closed and opened anew. */
static void a_reload_keeps_or_renews_it(void **state)
{
    struct bench *b = *state;
    static struct test_plant plants[2];
    peer_appear(&b->peer);
    start(b);
    until_good(b);
    for (unsigned i = 0; i < 2; i++) {
        struct test_plant *t = &plants[i];
        *t = b->plant;
        t->plant.links = t->links;
        t->plant.devices = t->devices;
        t->plant.link_devices = t->link_devices;
        t->plant.signals = t->signals;
        t->links[0].digest[0] = (uint8_t)(1 + i);
        assert_int_equal(collector_reload(b->collector, &t->plant), 0);
        until_good(b);
        assert_int_equal(link_stats(b).connects, 1);
        assert_true(device_stats(b).good > 0);
    }
    assert_true(b->peer.connects >= (b->peer.kind == PEER_SERIAL ? 1 : 2));
}

static void it_stops_whatever_goes_on(void **state)
{
    struct bench *b = *state;
    start(b);
    run_ms(b, 20);
    peer_appear(&b->peer);
    b->peer.mode = PEER_SILENT;
    until_more(b, &b->peer.requests, 1, "a request");
    stop(b);
    uint64_t readings = b->readings;
    run_ms(b, 100);
    assert_int_equal(b->readings, readings);
}

static void it_stops_before_it_began(void **state)
{
    struct bench *b = *state;
    start(b);
    stop(b);
    assert_int_equal(b->good, 0);
}

static const struct {
    const char *name;
    CMUnitTestFunction test;
} cases[] = {
    {"it_reads", it_reads},
    {"what_is_not_there_is_said_and_found_later", what_is_not_there_is_said_and_found_later},
    {"a_silent_device_times_out_and_comes_back", a_silent_device_times_out_and_comes_back},
    {"half_a_frame_is_no_value", half_a_frame_is_no_value},
    {"a_broken_frame_is_no_value", a_broken_frame_is_no_value},
    {"a_late_reply_never_becomes_a_value", a_late_reply_never_becomes_a_value},
    {"a_foreign_reply_is_no_value", a_foreign_reply_is_no_value},
    {"a_slow_reply_is_put_together", a_slow_reply_is_put_together},
    {"closing_while_reading_is_survived_again_and_again",
     closing_while_reading_is_survived_again_and_again},
    {"a_reload_keeps_or_renews_it", a_reload_keeps_or_renews_it},
    {"it_stops_whatever_goes_on", it_stops_whatever_goes_on},
    {"it_stops_before_it_began", it_stops_before_it_began},
};

enum { CASES = sizeof cases / sizeof cases[0], NAME_SIZE = 96 };

int main(void)
{
    static const char *const kinds[PEER_KINDS] = {"tcp", "rtu over tcp", "serial", "dial-in"};
    static enum peer_kind states[PEER_KINDS];
    static char names[PEER_KINDS * CASES][NAME_SIZE];
    static struct CMUnitTest tests[PEER_KINDS * CASES];
    for (size_t k = 0; k < PEER_KINDS; k++) {
        states[k] = (enum peer_kind)k;
        for (size_t i = 0; i < CASES; i++) {
            size_t at = k * CASES + i;
            snprintf(names[at], NAME_SIZE, "%s: %s", kinds[k], cases[i].name);
            tests[at] = (struct CMUnitTest){.name = names[at],
                                            .test_func = cases[i].test,
                                            .setup_func = set_up,
                                            .teardown_func = tear_down,
                                            .initial_state = &states[k]};
        }
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
