#include "acq/collect/link_runner.h"

#include "acq/collect/modbus_bus.h"
#include "acq/collect/wire.h"
#include "acq/core/log.h"
#include "acq/core/plant_time.h"
#include "acq/loop/backoff.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

enum { RECONNECT_FIRST_MS = 1000, RECONNECT_MAX_MS = 60000, HELD_UP_MS = 20 };

struct link_runner {
    const struct plant_link *link;
    struct plant_time *time;
    const struct link_runner_events *events;
    void *ctx;
    struct modbus_bus *bus;
    struct wire wire;
    struct backoff backoff;
    uv_timer_t timer;
    int64_t armed_ms; /* journal clock; INT64_MAX: not armed */
    int64_t retry_ms; /* connect then; INT64_MAX: connected or connecting */
    bool let_read;    /* the timer was late and waits for the socket to be read */
    bool stopping;
    bool timer_closed, wire_closed;
    struct collect_link_stats stats;
};

static struct bus_time time_now(const struct link_runner *r)
{
    return (struct bus_time){.at_ms = plant_time_at_ms(r->time), .offset_ms = r->time->offset_ms};
}

static void on_timer(uv_timer_t *timer);

/* The timer is moved only to fire earlier: when it fires for a deadline that is gone it is armed
 * for the next one. A reply in time thus costs no timer operation. */
static void arm(struct link_runner *r, int64_t now_ms)
{
    int64_t next_ms = modbus_bus_next_ms(r->bus);
    if (r->retry_ms < next_ms)
        next_ms = r->retry_ms;
    if (r->stopping || next_ms >= r->armed_ms)
        return;
    int64_t wait_ms = next_ms > now_ms ? next_ms - now_ms : 1;
    r->armed_ms = next_ms;
    uv_timer_start(&r->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void schedule_retry(struct link_runner *r, int64_t now_ms)
{
    r->stats.state = LINK_WAITING;
    r->retry_ms = now_ms + backoff_next_ms(&r->backoff);
}

/* A device that dials in is waited for again at once. */
static void schedule_next(struct link_runner *r, int64_t now_ms)
{
    schedule_retry(r, now_ms);
    if (r->link->medium == MEDIUM_LISTEN)
        r->retry_ms = now_ms;
}

static void connect_link(struct link_runner *r, struct bus_time now)
{
    r->retry_ms = INT64_MAX;
    r->stats.state = LINK_CONNECTING;
    int err = wire_open(&r->wire, r->link);
    r->wire_closed = err != 0;
    if (err == 0)
        return;
    r->stats.last_error = err;
    r->stats.connect_failures++;
    log_warn("collect", "link=%s: cannot begin to connect: %s", r->link->id, pw_strerror(err));
    modbus_bus_disconnected(r->bus, QUALITY_LINK, now);
    schedule_retry(r, now.at_ms);
}

/* The loop runs timers before it reads. After it was held up, replies may lie in the socket that
 * came in time: they are read before anything is given up. */
static bool loop_was_held_up(struct link_runner *r, int64_t now_ms)
{
    bool late = now_ms - r->armed_ms > HELD_UP_MS;
    r->let_read = late && !r->let_read;
    if (r->let_read)
        uv_timer_start(&r->timer, on_timer, 1, 0);
    return r->let_read;
}

static void on_timer(uv_timer_t *timer)
{
    struct link_runner *r = timer->data;
    struct bus_time now = time_now(r);
    if (loop_was_held_up(r, now.at_ms))
        return;
    r->armed_ms = INT64_MAX;
    if (now.at_ms >= r->retry_ms)
        connect_link(r, now);
    modbus_bus_tick(r->bus, now);
    arm(r, now.at_ms);
}

static void log_connected(const struct plant_link *l)
{
    if (l->medium == MEDIUM_SERIAL)
        log_info("collect", "link=%s: %s is open", l->id, l->serial);
    else if (l->medium == MEDIUM_TCP)
        log_info("collect", "link=%s: connected to %s port %u", l->id, l->host, l->port);
}

static void on_open(void *ctx)
{
    struct link_runner *r = ctx;
    struct bus_time now = time_now(r);
    if (r->stopping)
        return;
    r->stats.state = LINK_CONNECTED;
    r->stats.connects++;
    log_connected(r->link);
    modbus_bus_connected(r->bus, now);
    arm(r, now.at_ms);
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct link_runner *r = ctx;
    struct bus_time now = time_now(r);
    modbus_bus_received(r->bus, data, len, now);
    arm(r, now.at_ms);
}

static void finish_stop(struct link_runner *r)
{
    if (!r->timer_closed || !r->wire_closed)
        return;
    const struct link_runner_events *events = r->events;
    void *ctx = r->ctx;
    wire_deinit(&r->wire);
    modbus_bus_free(r->bus);
    free(r);
    events->on_stopped(ctx);
}

static void note_closed(struct link_runner *r, int why)
{
    bool was_connected = r->stats.state == LINK_CONNECTED;
    if (was_connected)
        r->stats.disconnects++;
    else
        r->stats.connect_failures++;
    r->stats.last_error = why;
    log_warn("collect", "link=%s: %s: %s", r->link->id,
             was_connected ? "connection closed" : "cannot connect",
             why ? pw_strerror(why) : "by us");
}

static void on_close(void *ctx, int why)
{
    struct link_runner *r = ctx;
    r->wire_closed = true;
    if (r->stopping) {
        finish_stop(r);
        return;
    }
    struct bus_time now = time_now(r);
    note_closed(r, why);
    if (modbus_bus_is_alive(r->bus))
        backoff_reset(&r->backoff);
    modbus_bus_disconnected(r->bus, why == UV_ECONNREFUSED ? QUALITY_REFUSED : QUALITY_LINK, now);
    schedule_next(r, now.at_ms);
    arm(r, now.at_ms);
}

static const struct stream_events stream_events = {on_open, on_data, on_close};

static int bus_send(void *ctx, const uint8_t *data, size_t len)
{
    struct link_runner *r = ctx;
    return wire_write(&r->wire, data, len);
}

static void bus_close_connection(void *ctx)
{
    struct link_runner *r = ctx;
    wire_close(&r->wire);
}

static void bus_on_reading(void *ctx, const struct reading *reading)
{
    struct link_runner *r = ctx;
    if (!r->stopping)
        r->events->on_reading(r->ctx, reading);
}

static void bus_on_written(void *ctx, const struct collect_write_result *result)
{
    struct link_runner *r = ctx;
    if (!r->stopping && r->events->on_written)
        r->events->on_written(r->ctx, result);
}

static void bus_on_learned(void *ctx, const struct collect_learned *l)
{
    struct link_runner *r = ctx;
    if (!r->stopping)
        r->events->on_learned(r->ctx, l);
}

static const struct modbus_bus_ops bus_ops = {.send = bus_send,
                                              .close_connection = bus_close_connection,
                                              .on_reading = bus_on_reading,
                                              .on_written = bus_on_written,
                                              .on_learned = bus_on_learned};

int link_runner_new(const struct link_runner_setting *setting, const struct plant *plant,
                    uint32_t link, uint64_t seed, struct link_runner **out)
{
    struct link_runner *r = calloc(1, sizeof *r);
    if (!r)
        return PW_ENOMEM;
    r->link = &plant->links[link];
    r->time = setting->time;
    r->events = setting->events;
    r->ctx = setting->ctx;
    r->armed_ms = r->retry_ms = INT64_MAX;
    r->wire_closed = true;
    backoff_init(&r->backoff, RECONNECT_FIRST_MS, RECONNECT_MAX_MS, seed);
    r->timer.data = r;
    r->timer.loop = setting->loop;
    int err = wire_init(&r->wire, r->link->medium, setting->loop, setting->hub, &stream_events, r);
    if (err == 0)
        err = modbus_bus_new(plant, link, (uint16_t)seed, &bus_ops, r, &r->bus);
    if (err) {
        link_runner_free(r);
        return err;
    }
    *out = r;
    return 0;
}

void link_runner_free(struct link_runner *r)
{
    if (!r)
        return;
    modbus_bus_free(r->bus);
    wire_deinit(&r->wire);
    free(r);
}

void link_runner_start(struct link_runner *r)
{
    uv_timer_init(r->timer.loop, &r->timer);
    r->timer.data = r;
    r->retry_ms = plant_time_at_ms(r->time);
    arm(r, r->retry_ms);
}

bool link_runner_fits(const struct link_runner *r, const struct plant *plant, uint32_t link)
{
    const struct plant_link *l = &plant->links[link];
    return strcmp(r->link->id, l->id) == 0 && memcmp(r->link->digest, l->digest, SM3_SIZE) == 0 &&
           modbus_bus_fits(r->bus, plant, link);
}

void link_runner_rebind(struct link_runner *r, const struct plant *plant, uint32_t link)
{
    modbus_bus_rebind(r->bus, plant, link);
    r->link = &plant->links[link];
    wire_rebind(&r->wire, r->link);
}

void link_runner_adopt(struct link_runner *r, const struct link_runner *old)
{
    modbus_bus_adopt(r->bus, old->bus);
}

int link_runner_write(struct link_runner *r, uint32_t signal, double value, uint64_t token)
{
    struct bus_time now = time_now(r);
    int err = modbus_bus_write(r->bus, signal, value, token, now);
    if (!err)
        arm(r, now.at_ms);
    return err;
}

int link_runner_may_write(const struct link_runner *r, uint32_t signal, double value)
{
    return modbus_bus_may_write(r->bus, signal, value);
}

int link_runner_recall(struct link_runner *r, const struct collect_learned *l)
{
    return modbus_bus_recall(r->bus, l);
}

int link_runner_forget(struct link_runner *r, uint32_t device)
{
    return modbus_bus_forget(r->bus, device);
}

int link_runner_learned(const struct link_runner *r, uint32_t device,
                        void (*on_range)(void *ctx, const struct collect_range *range), void *ctx)
{
    return modbus_bus_learned(r->bus, device, on_range, ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct link_runner *r = handle->data;
    r->timer_closed = true;
    finish_stop(r);
}

void link_runner_stop(struct link_runner *r)
{
    r->stopping = true;
    if (wire_stop(&r->wire))
        r->wire_closed = false;
    uv_close((uv_handle_t *)&r->timer, on_timer_closed);
}

void link_runner_get_stats(const struct link_runner *r, struct collect_link_stats *out)
{
    *out = r->stats;
    modbus_bus_get_link_stats(r->bus, plant_time_at_ms(r->time), out);
    wire_get_stats(&r->wire, out);
}

int link_runner_get_device_stats(const struct link_runner *r, uint32_t device,
                                 struct collect_device_stats *out)
{
    return modbus_bus_get_device_stats(r->bus, device, plant_time_at_ms(r->time), out);
}

int64_t link_runner_overdue_ms(const struct link_runner *r)
{
    return modbus_bus_overdue_ms(r->bus, plant_time_at_ms(r->time));
}
