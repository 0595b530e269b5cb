/* deliver_bench DATA URL DATABASE [REQUESTS]: sends a whole record to an InfluxDB that takes it, as
 * fast as the server's own sender does, and prints how long that took. */
#include "acq/core/clock.h"
#include "acq/deliver/influx_sender.h"
#include "acq/loop/http.h"
#include "acq/record/archive.h"
#include "tests/bench/common.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct drain {
    uv_loop_t loop;
    uv_timer_t poll;
    struct http_client *http;
    struct influx_sender *sender;
    struct influx_stats stats;
};

static void ignore(void *ctx, const char *target, const char *members)
{
    (void)ctx;
    (void)target;
    (void)members;
}

static void on_stopped(void *ctx)
{
    struct drain *d = ctx;
    http_client_close(d->http, NULL, NULL);
    uv_close((uv_handle_t *)&d->poll, NULL);
}

static void on_poll(uv_timer_t *timer)
{
    struct drain *d = timer->data;
    influx_sender_get_stats(d->sender, &d->stats);
    if (d->stats.last_error[0])
        bench_fail(d->stats.last_error);
    if (d->stats.backlog > 0)
        return;
    uv_timer_stop(timer);
    influx_sender_stop(d->sender, on_stopped, d);
}

static uint64_t last_of(const char *data)
{
    struct archive *archive = NULL;
    uint64_t first = 0;
    uint64_t last = 0;
    if (archive_open(data, &archive) != 0 || archive_bounds(archive, &first, &last) != 0)
        bench_fail(data);
    archive_close(archive);
    return last;
}

static void begin(struct drain *d, const char *data, const struct plant_influx *target)
{
    const struct influx_sender_options o = {.loop = &d->loop,
                                            .http = d->http,
                                            .target = target,
                                            .clock = pw_clock_system(),
                                            .source = archive_source_new(data),
                                            .last_seq = last_of(data),
                                            .write_cursor = ignore,
                                            .quarantine = ignore,
                                            .ctx = d};
    if (!o.source || influx_sender_start(&o, &d->sender) != 0)
        bench_fail("sender");
}

int main(int argc, char **argv)
{
    struct drain d = {0};
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: deliver_bench DATA URL DATABASE [REQUESTS]\n");
        return 64;
    }
    const struct plant_influx target = {.id = "bench",
                                        .url = argv[2],
                                        .database = argv[3],
                                        .retention_policy = "",
                                        .user = "",
                                        .password = "",
                                        .send_raw = true,
                                        .send_derived = true,
                                        .history = true,
                                        .backfill_share = 0.5,
                                        .backfill_requests =
                                            argc == 5 ? bench_number_parse(argv[4], 8) : 1,
                                        .timeout_ms = 10000,
                                        .retry_max_s = 1};
    if (uv_loop_init(&d.loop) != 0 || uv_timer_init(&d.loop, &d.poll) != 0 ||
        http_client_open(&d.loop, &d.http) != 0)
        bench_fail("loop");
    int64_t cpu_us = bench_cpu_us();
    int64_t since_us = bench_now_us();
    begin(&d, argv[1], &target);
    d.poll.data = &d;
    uv_timer_start(&d.poll, on_poll, 5, 5);
    uv_run(&d.loop, UV_RUN_DEFAULT);
    printf("{\"lines\":%" PRIu64 ",\"requests\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"wall_us\":%" PRId64 ",\"cpu_us\":%" PRId64 "}\n",
           d.stats.lines, d.stats.requests, d.stats.bytes, bench_now_us() - since_us,
           bench_cpu_us() - cpu_us);
    return 0;
}
