/* What every southbound driver must do, for the driver of HJ 212 stations: the same cases over a
 * station that dials in, one that is dialled, and one on a serial line (a pseudo-terminal). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/hj212_hub.h"
#include "acq/core/clock.h"
#include "acq/core/log.h"
#include "acq/core/plant_time.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "protocols/hj212/crc.h"
#include "protocols/hj212/value.h"
#include "tests/unit/device_peer.h"

#include <poll.h>

enum transport { DIALS_IN, IS_DIALLED, ON_SERIAL_LINE };
enum { WAIT_MS = 20000, FRAME_MAX = 512, SILENCE_S = 1, FRAME_TIMEOUT_MS = 300 };

struct bench {
    enum transport transport;
    uv_loop_t loop;
    struct plant *plant;
    struct plant_time time;
    struct hj212_hub *hub;
    int listener, fd, keeper; /* the station's side; keeper holds a pseudo-terminal open */
    uint16_t port;
    char path[64];
    uint64_t seq, readings, packets;
    double last;
    int next; /* of the QNs */
    bool stopped;
};

static int on_reading(void *ctx, const struct reading *r)
{
    struct bench *b = ctx;
    pw_require(r->count == 1 && quality_has_value(r->samples[0].quality));
    b->last = r->samples[0].value;
    b->readings++;
    return 0;
}

static int on_packet(void *ctx, const struct hj212_entry *e, uint64_t *out_seq)
{
    struct bench *b = ctx;
    (void)e;
    b->packets++;
    *out_seq = ++b->seq;
    return 0;
}

static int on_extras(void *ctx, const struct hj212_extras *e)
{
    (void)ctx;
    (void)e;
    return 0;
}

static void on_state(void *ctx, uint32_t device)
{
    (void)ctx;
    (void)device;
}

static void on_asked(void *ctx, const struct hj212_asked *a)
{
    (void)ctx;
    (void)a;
}

static void make_plant(struct bench *b)
{
    char place[128];
    char text[1024];
    struct plant_problems problems;
    if (b->transport == ON_SERIAL_LINE)
        snprintf(place, sizeof place, "\"serial\":\"%s\",\"baud\":115200", b->path);
    else
        snprintf(place, sizeof place, "\"%s\":\"127.0.0.1:%u\"",
                 b->transport == DIALS_IN ? "listen" : "tcp", b->port);
    snprintf(text, sizeof text,
             "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},\"links\":[{\"id\":\"l\",%s,"
             "\"framing\":\"hj212\",\"silence_s\":%d,\"frame_timeout_ms\":%d}],\"devices\":[{"
             "\"id\":\"gc\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN1\","
             "\"signals\":{\"a24088\":{}}}]}",
             place, SILENCE_S, FRAME_TIMEOUT_MS);
    assert_int_equal(plant_load_text("t", text, strlen(text), &b->plant, &problems), 0);
    plant_problems_deinit(&problems);
}

static int set_up(void **state)
{
    enum transport transport = *(const enum transport *)*state;
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->transport = transport;
    b->listener = b->fd = b->keeper = -1;
    log_set_level(LOG_ERROR);
    uv_loop_init(&b->loop);
    plant_time_init(&b->time, pw_clock_system(), 0);
    if (transport == ON_SERIAL_LINE) {
        struct termios raw = {0};
        cfmakeraw(&raw);
        assert_int_equal(openpty(&b->fd, &b->keeper, b->path, &raw, NULL), 0);
        peer_unblock(b->fd);
    } else {
        b->listener = peer_bind(&b->port);
        if (transport == DIALS_IN) {
            close(b->listener); /* the server takes the port */
            b->listener = -1;
        }
    }
    make_plant(b);
    *state = b;
    return 0;
}

static void on_stopped(void *ctx)
{
    ((struct bench *)ctx)->stopped = true;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    if (b->hub) {
        hj212_hub_stop(b->hub, on_stopped, b);
        while (!b->stopped)
            uv_run(&b->loop, UV_RUN_ONCE);
    }
    for (int i = 0; i < 3; i++) {
        int fd = i == 0 ? b->listener : i == 1 ? b->fd : b->keeper;
        if (fd >= 0)
            close(fd);
    }
    uv_run(&b->loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&b->loop);
    plant_free(b->plant);
    free(b);
    return err;
}

static void start(struct bench *b)
{
    const struct hj212_hub_options options = {.loop = &b->loop,
                                              .plant = b->plant,
                                              .time = &b->time,
                                              .on_reading = on_reading,
                                              .on_packet = on_packet,
                                              .on_extras = on_extras,
                                              .on_state = on_state,
                                              .on_asked = on_asked,
                                              .ctx = b};
    assert_int_equal(hj212_hub_start(&options, &b->hub), 0);
}

static void step(struct bench *b)
{
    uv_run(&b->loop, UV_RUN_NOWAIT);
    hj212_hub_durable(b->hub, b->seq);
    (void)poll(NULL, 0, 1);
}

static struct hj212_link_stats link_of(const struct bench *b)
{
    struct hj212_link_stats l;
    hj212_hub_link(b->hub, 0, &l);
    return l;
}

#define UNTIL(b, condition, what)                                                                  \
    do {                                                                                           \
        int64_t until_ms = pw_clock_mono_ms(pw_clock_system()) + WAIT_MS;                          \
        bool met = (condition);                                                                    \
        for (; !met && pw_clock_mono_ms(pw_clock_system()) < until_ms; met = (condition))          \
            step(b);                                                                               \
        if (!met)                                                                                  \
            fail_msg("not in time: %s", what);                                                     \
    } while (0)

/* The station is connected: dials in, or is dialled. */
static void meet(struct bench *b)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(b->port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (b->transport == DIALS_IN) {
        b->fd = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(b->fd, (struct sockaddr *)&a, sizeof a), 0);
    } else if (b->transport == IS_DIALLED) {
        assert_int_equal(listen(b->listener, 4), 0);
        peer_unblock(b->listener);
        UNTIL(b, (b->fd = accept(b->listener, NULL, NULL)) >= 0, "it is dialled");
    }
    peer_unblock(b->fd);
    UNTIL(b, link_of(b).connections == 1, "they met");
}

static void part(struct bench *b)
{
    if (b->transport == ON_SERIAL_LINE)
        return; /* a line has no end */
    close(b->fd);
    b->fd = -1;
    UNTIL(b, link_of(b).connections == 0, "the end is noticed");
}

static size_t frame_of(struct bench *b, const char *mn, double value, char out[FRAME_MAX])
{
    char segment[FRAME_MAX - 16];
    char stamp[HJ212_TIME_SIZE];
    hj212_time_format(pw_clock_wall_ms(pw_clock_system()), 480, stamp);
    snprintf(segment, sizeof segment,
             "QN=20261124080000%03d;ST=31;CN=2011;PW=1;MN=%s;Flag=5;"
             "CP=&&DataTime=%s;a24088-Rtd=%g,a24088-Flag=N&&",
             b->next++, mn, stamp, value);
    return (size_t)snprintf(out, FRAME_MAX, "##%04zu%s%04X\r\n", strlen(segment), segment,
                            hj212_crc(segment, strlen(segment)));
}

static void say(struct bench *b, const char *data, size_t len)
{
    assert_int_equal(write(b->fd, data, len), len);
}

static bool hears(struct bench *b, const char *what)
{
    char got[FRAME_MAX];
    ssize_t n = read(b->fd, got, sizeof got - 1);
    got[n > 0 ? n : 0] = '\0';
    return strstr(got, what) != NULL;
}

/* One good packet comes through: read, kept and answered. */
static void exchange(struct bench *b, double value)
{
    char frame[FRAME_MAX];
    uint64_t before = b->readings;
    say(b, frame, frame_of(b, "MN1", value, frame));
    UNTIL(b, b->readings == before + 1, "a reading");
    assert_true(b->last == value);
    UNTIL(b, hears(b, "CN=9014"), "an answer");
}

static void a_good_packet_is_read_and_answered(void **state)
{
    struct bench *b = *state;
    start(b);
    meet(b);
    exchange(b, 12.5);
    exchange(b, 13);
}

static void a_place_that_refuses_is_tried_again(void **state)
{
    struct bench *b = *state;
    start(b);
    UNTIL(b, link_of(b).error != 0, "it refuses");
    meet(b);
    exchange(b, 1);
    assert_int_equal(link_of(b).error, 0);
}

static void silence_ends_a_connection_and_another_one_works(void **state)
{
    struct bench *b = *state;
    start(b);
    meet(b);
    exchange(b, 1);
    UNTIL(b, link_of(b).silent == 1, "silence is noticed");
    if (b->transport != ON_SERIAL_LINE) {
        UNTIL(b, link_of(b).connections == 0, "it is closed");
        close(b->fd);
        b->fd = -1;
        meet(b);
    } else {
        UNTIL(b, link_of(b).connections == 1 && link_of(b).accepted == 2, "it is open again");
    }
    exchange(b, 2);
}

static void half_a_frame_is_given_up_and_the_next_is_read(void **state)
{
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    say(b, frame, frame_of(b, "MN1", 1, frame) / 2);
    UNTIL(b, link_of(b).counts.expired == 1, "it is given up");
    assert_int_equal(b->readings, 0);
    exchange(b, 2);
}

static void a_wrong_sum_is_no_value_and_costs_itself_only(void **state)
{
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    size_t len = frame_of(b, "MN1", 1, frame);
    frame[len - 3] = frame[len - 3] == '0' ? '1' : '0';
    say(b, frame, len);
    exchange(b, 2);
    assert_int_equal(b->readings, 1);
    assert_int_equal(link_of(b).counts.bad_crc, 1);
}

static void what_another_station_says_is_no_value(void **state)
{
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    say(b, frame, frame_of(b, "OTHER", 1, frame));
    exchange(b, 2);
    assert_int_equal(b->readings, 1);
    assert_int_equal(hj212_strangers_count(hj212_desk_strangers(hj212_hub_desk(b->hub, 0))), 1);
}

static void an_answer_that_nobody_waits_for_changes_nothing(void **state)
{
    static const char segment[] =
        "QN=20261124080000000;ST=91;CN=9012;PW=1;MN=MN1;Flag=4;CP=&&ExeRtn=1&&";
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    say(b, frame,
        (size_t)snprintf(frame, sizeof frame, "##%04zu%s%04X\r\n", strlen(segment), segment,
                         hj212_crc(segment, strlen(segment))));
    exchange(b, 2);
    assert_int_equal(b->packets, 1);
}

static void bytes_one_by_one_are_a_packet(void **state)
{
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    size_t len = frame_of(b, "MN1", 3, frame);
    for (size_t i = 0; i < len; i++) {
        say(b, frame + i, 1);
        step(b);
    }
    UNTIL(b, b->readings == 1, "a reading");
}

static void an_end_within_a_frame_loses_only_that_and_a_resend_is_read_once(void **state)
{
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    size_t len = frame_of(b, "MN1", 4, frame);
    say(b, frame, len / 2);
    part(b);
    meet(b);
    say(b, frame, len);
    UNTIL(b, b->readings == 1, "the resend");
    say(b, frame, len);
    exchange(b, 5);
    assert_int_equal(b->readings, 2);
    assert_int_equal(b->packets, 2);
}

static void connections_come_and_go(void **state)
{
    struct bench *b = *state;
    start(b);
    for (int i = 0; i < (b->transport == DIALS_IN ? 50 : 3); i++) {
        meet(b);
        exchange(b, i);
        part(b);
    }
}

static void a_stop_ends_what_is_open(void **state)
{
    struct bench *b = *state;
    char frame[FRAME_MAX];
    start(b);
    meet(b);
    say(b, frame, frame_of(b, "MN1", 4, frame) / 2);
    step(b);
}

#define ON_ANY(transport)                                                                          \
    CASE(a_good_packet_is_read_and_answered, transport),                                           \
        CASE(silence_ends_a_connection_and_another_one_works, transport),                          \
        CASE(half_a_frame_is_given_up_and_the_next_is_read, transport),                            \
        CASE(a_wrong_sum_is_no_value_and_costs_itself_only, transport),                            \
        CASE(what_another_station_says_is_no_value, transport),                                    \
        CASE(an_answer_that_nobody_waits_for_changes_nothing, transport),                          \
        CASE(bytes_one_by_one_are_a_packet, transport), CASE(a_stop_ends_what_is_open, transport)
/* What has an end. */
#define ON_TCP(transport)                                                                          \
    CASE(an_end_within_a_frame_loses_only_that_and_a_resend_is_read_once, transport),              \
        CASE(connections_come_and_go, transport)
#define CASE(test, transport)                                                                      \
    {                                                                                              \
#test " (" #transport ")", test, set_up, tear_down, (void *)&transports[transport]         \
    }

int main(void)
{
    static enum transport transports[] = {DIALS_IN, IS_DIALLED, ON_SERIAL_LINE};
    const struct CMUnitTest tests[] = {ON_ANY(DIALS_IN),
                                       ON_TCP(DIALS_IN),
                                       ON_ANY(IS_DIALLED),
                                       ON_TCP(IS_DIALLED),
                                       CASE(a_place_that_refuses_is_tried_again, IS_DIALLED),
                                       ON_ANY(ON_SERIAL_LINE)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
