/* The collector flat out: our_client PORTS_FILE uint16|float32 SECONDS. Links, streams, buses,
 * decoding, qualities and readings as in the server; every reading's values are added up. The plant
 * is made by hand, and its clock counts nanoseconds for milliseconds, so that a device's next cycle
 * is due whenever a reply comes, while the timers of the loop stay what they are. */
#include "acq/collect/collector.h"
#include "acq/core/log.h"
#include "acq/core/plant_time.h"
#include "acq/plant/plant.h"
#include "tests/bench/common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EVERY_MS = 1000, /* of the fast clock: 1 us */
    CONNECT_TIMEOUT_MS = 3000
};

static const uint32_t timeout_ms = 4000000000; /* of the fast clock: 4 s */

struct client {
    uv_loop_t loop;
    uv_check_t check;
    struct plant plant;
    struct collector *collector;
    enum bench_values values;
    int64_t limit_us;
    struct bench_run run;
    uint64_t connected; /* readings' devices seen once */
    bool *seen;
    uint64_t transactions;
    uint64_t bad;
    double sum;
};

static int64_t fast_mono_ms(void *ctx)
{
    (void)ctx;
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t some_wall_ms(void *ctx)
{
    (void)ctx;
    return 1795507200000;
}

static const struct pw_clock fast_clock = {fast_mono_ms, some_wall_ms, NULL, NULL};

static void *need(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p)
        bench_fail("calloc");
    return p;
}

static void make_signals(struct plant *p, uint32_t device, enum bench_values values)
{
    uint32_t each = values == BENCH_UINT16 ? 1 : 2;
    struct plant_device *d = &p->devices[device];
    d->first_signal = p->signal_count;
    d->signal_count = BENCH_REGISTERS / each;
    for (uint32_t i = 0; i < d->signal_count; i++)
        p->signals[p->signal_count++] =
            (struct plant_signal){.id = "signal",
                                  .name = "",
                                  .unit = "",
                                  .device = device,
                                  .table = TABLE_HOLDING,
                                  .address = (uint16_t)(i * each),
                                  .register_count = (uint8_t)each,
                                  .type = values == BENCH_UINT16 ? TYPE_UINT16 : TYPE_FLOAT32,
                                  .bit = -1,
                                  .scale = 1};
}

static void make_plant(struct plant *p, const char *path, enum bench_values values)
{
    static uint16_t ports[BENCH_PORTS_MAX];
    uint32_t count = (uint32_t)bench_ports_read(path, ports);
    p->links = need(count, sizeof *p->links);
    p->link_devices = need(count, sizeof *p->link_devices);
    p->devices = need(count, sizeof *p->devices);
    p->signals = need((size_t)count * BENCH_REGISTERS, sizeof *p->signals);
    p->link_count = p->device_count = count;
    for (uint32_t i = 0; i < count; i++) {
        p->links[i] = (struct plant_link){.id = "link",
                                          .host = "127.0.0.1",
                                          .port = ports[i],
                                          .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                          .first_device = i,
                                          .device_count = 1};
        p->link_devices[i] = i;
        p->devices[i] = (struct plant_device){.id = "device",
                                              .measurement = "raw_device",
                                              .link = i,
                                              .unit = BENCH_UNIT,
                                              .every_ms = EVERY_MS,
                                              .timeout_ms = timeout_ms,
                                              .max_registers = 125,
                                              .backoff_max_s = 60};
        make_signals(p, i, values);
    }
}

static void free_plant(struct plant *p)
{
    free(p->links);
    free(p->link_devices);
    free(p->devices);
    free(p->signals);
}

static void on_reading(void *ctx, const struct reading *r)
{
    struct client *c = ctx;
    double sum = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        if (!quality_has_value(r->samples[i].quality)) {
            c->bad++;
            return;
        }
        sum += r->samples[i].value;
    }
    c->sum += sum;
    c->transactions++;
    if (c->seen[r->device])
        return;
    c->seen[r->device] = true;
    c->connected++;
}

static void begin_measuring(struct client *c)
{
    c->transactions = c->bad = 0;
    c->sum = 0;
    bench_run_begin(&c->run);
    c->limit_us += c->run.since_us;
}

static void end_measuring(struct client *c)
{
    bench_run_end(&c->run, c->transactions, c->sum);
    if (c->bad > 0) {
        errno = EPROTO;
        bench_fail("readings without values");
    }
    collector_stop(c->collector, NULL, NULL);
    uv_close((uv_handle_t *)&c->check, NULL);
}

/* Once a turn of the loop: the measurement begins when every device has answered. */
static void on_check(uv_check_t *check)
{
    struct client *c = check->data;
    bool measuring = c->run.since_us != 0;
    int64_t now_us = bench_now_us();
    if (!measuring && c->connected == c->plant.device_count)
        begin_measuring(c);
    else if (measuring && now_us >= c->limit_us)
        end_measuring(c);
}

static void run_client(struct client *c)
{
    struct plant_time time;
    plant_time_init(&time, &fast_clock, 0);
    struct collector_options options = {.loop = &c->loop,
                                        .plant = &c->plant,
                                        .time = &time,
                                        .on_reading = on_reading,
                                        .ctx = c,
                                        .seed = 1};
    if (uv_loop_init(&c->loop) != 0 || uv_check_init(&c->loop, &c->check) != 0 ||
        uv_check_start(&c->check, on_check) != 0 || collector_start(&options, &c->collector) != 0)
        bench_fail("collector_start");
    c->check.data = c;
    uv_run(&c->loop, UV_RUN_DEFAULT);
    pw_require(uv_loop_close(&c->loop) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: our_client PORTS_FILE uint16|float32 SECONDS\n");
        return 64;
    }
    log_set_level(LOG_WARN);
    struct client c = {.values = bench_values_parse(argv[2]),
                       .limit_us = (int64_t)bench_number_parse(argv[3], 3600) * 1000000};
    make_plant(&c.plant, argv[1], c.values);
    c.seen = need(c.plant.device_count, sizeof *c.seen);
    run_client(&c);
    free(c.seen);
    free_plant(&c.plant);
    return 0;
}
