#include "acq/collect/dial.h"

#include "acq/collect/dial_private.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 1000 /* behind a request, before bytes may be held back as a heartbeat's */ };

struct dial *dial_new(struct dial_hub *hub, const struct stream_events *events, void *ctx)
{
    struct dial *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->hub = hub;
    d->events = events;
    d->ctx = ctx;
    return d;
}

void dial_free(struct dial *d)
{
    if (!d)
        return;
    pw_require(!d->listener && d->parts == 0);
    free(d);
}

static void hand_on(struct dial *d, const uint8_t *data, size_t len)
{
    struct heartbeat_part parts[2];
    bool idle = uv_now(d->hub->loop) - d->written_ms > IDLE_MS;
    heartbeat_filter(&d->heartbeat, d->link->heartbeat, d->link->heartbeat_len, idle, data, len,
                     parts);
    for (int i = 0; i < 2; i++)
        if (parts[i].len > 0 && d->state == DIAL_OPEN)
            d->events->on_data(d->ctx, parts[i].data, parts[i].len);
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    hand_on(ctx, data, len);
}

static void note_part_gone(struct dial *d)
{
    if (--d->parts == 0 && d->state == DIAL_STOPPING) {
        d->state = DIAL_CLOSED;
        d->events->on_close(d->ctx, 0);
    }
}

static void on_close(void *ctx, int why)
{
    struct dial *d = ctx;
    stream_free(d->stream);
    d->stream = NULL;
    if (d->state == DIAL_STOPPING) {
        note_part_gone(d);
        return;
    }
    d->parts--;
    d->state = DIAL_CLOSED;
    d->events->on_close(d->ctx, d->replaced ? UV_ECONNRESET : why);
}

static const struct stream_events member_events = {NULL, on_data, on_close};

static void begin(struct dial *d)
{
    d->state = DIAL_OPEN;
    d->replaced = false;
    d->heartbeat = (struct heartbeat){0};
    d->stream = dial_private_take(d->next);
    d->next = NULL;
    stream_set_events(d->stream, &member_events, d);
    d->parts++;
    d->events->on_open(d->ctx);
}

/* The device may have come, or gone again, before anybody waited for it. */
static void on_timer(uv_timer_t *timer)
{
    struct dial *d = timer->data;
    if (d->state == DIAL_ENDING) {
        d->state = DIAL_CLOSED;
        d->events->on_close(d->ctx, 0);
    } else if (d->state == DIAL_WAITING && d->next) {
        begin(d);
    }
}

void dial_private_attach(struct dial *d, struct dial_caller *caller)
{
    if (d->next)
        dial_private_discard(d->next);
    d->next = caller;
    if (d->state == DIAL_WAITING)
        uv_timer_start(&d->timer, on_timer, 0, 0);
    if (d->state != DIAL_OPEN)
        return;
    d->counts.replaced++;
    d->replaced = true;
    stream_close(d->stream);
}

void dial_private_lost(struct dial *d)
{
    d->next = NULL;
}

int dial_open(struct dial *d, const struct plant_link *link)
{
    if (d->state != DIAL_CLOSED)
        return PW_ESTATE;
    d->link = link;
    if (!d->listener) {
        int err = dial_private_join(d);
        if (err)
            return err;
        uv_timer_init(d->hub->loop, &d->timer);
        d->timer.data = d;
        d->parts++;
    }
    d->state = DIAL_WAITING;
    if (d->next)
        uv_timer_start(&d->timer, on_timer, 0, 0);
    return 0;
}

void dial_rebind(struct dial *d, const struct plant_link *link)
{
    d->link = link;
}

int dial_write(struct dial *d, const uint8_t *data, size_t len)
{
    if (d->state != DIAL_OPEN)
        return PW_ESTATE;
    d->written_ms = uv_now(d->hub->loop);
    return stream_write(d->stream, data, len);
}

void dial_close(struct dial *d)
{
    if (d->state == DIAL_OPEN) {
        stream_close(d->stream);
    } else if (d->state == DIAL_WAITING) {
        d->state = DIAL_ENDING;
        uv_timer_start(&d->timer, on_timer, 0, 0);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    note_part_gone(handle->data);
}

static void on_left(struct dial *d)
{
    d->listener = NULL;
    note_part_gone(d);
}

bool dial_stop(struct dial *d)
{
    if (!d->listener)
        return false;
    if (d->next)
        dial_private_discard(d->next);
    d->next = NULL;
    if (d->stream)
        stream_close(d->stream);
    d->state = DIAL_STOPPING;
    uv_close((uv_handle_t *)&d->timer, on_timer_closed);
    dial_private_leave(d, on_left);
    return true;
}

void dial_get_stats(const struct dial *d, struct dial_stats *out)
{
    *out = d->counts;
    if (d->listener)
        dial_private_count(d->listener, out);
}
