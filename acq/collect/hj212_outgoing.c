#include "acq/collect/hj212_link_private.h"

#include "acq/core/log.h"

enum { REDIAL_FIRST_MS = 1000, REDIAL_MAX_MS = 60000 };

static const char *place_of(const struct plant_link *l)
{
    return l->medium == MEDIUM_SERIAL ? l->serial : l->host;
}

static void on_open(void *ctx)
{
    struct hj212_link *l = ctx;
    struct hj212_outgoing *o = &l->out;
    l->stats.accepted++;
    l->stats.error = 0;
    log_info("hj212", "link=%s: connected to %s", l->link->id, place_of(l->link));
    o->call = l->stopping ? NULL : hj212_call_new(l);
    if (!o->call) {
        wire_close(&o->wire);
        return;
    }
    o->call->wire = o->wire;
    hj212_desk_attach(l->desk, o->call->id);
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct hj212_link *l = ctx;
    if (l->out.call)
        hj212_call_take(l->out.call, data, len);
}

static void report_end(struct hj212_link *l, bool was_open, int why)
{
    if (was_open) {
        l->stats.disconnects += why != 0;
        log_info("hj212", "link=%s: the connection to %s ended: %s", l->link->id, place_of(l->link),
                 why ? pw_strerror(why) : "closed by us");
    } else if (why != l->stats.error) {
        log_warn("hj212", "link=%s: cannot reach %s: %s", l->link->id, place_of(l->link),
                 pw_strerror(why));
    }
    l->stats.error = why ? why : UV_ENOTCONN;
}

/* A place from which good packets came is dialled again soon. */
static void on_close(void *ctx, int why)
{
    struct hj212_link *l = ctx;
    struct hj212_outgoing *o = &l->out;
    bool was_open = o->call != NULL;
    o->busy = false;
    if (was_open && o->call->known)
        backoff_reset(&o->backoff);
    if (!l->stopping)
        report_end(l, was_open, why);
    if (was_open)
        hj212_call_drop(o->call);
    hj212_desk_attach(l->desk, 0);
    o->call = NULL;
    o->retry_ms = hj212_link_moment(l).at_ms + backoff_next_ms(&o->backoff);
    hj212_link_settle(l);
}

static const struct stream_events outgoing_events = {on_open, on_data, on_close};

int hj212_outgoing_init(struct hj212_link *l)
{
    uint64_t seed = uv_hrtime() ^ (uint64_t)(uintptr_t)l;
    backoff_init(&l->out.backoff, REDIAL_FIRST_MS, REDIAL_MAX_MS, seed);
    return wire_init(&l->out.wire, l->link->medium, l->loop, NULL, &outgoing_events, l);
}

void hj212_outgoing_step(struct hj212_link *l, int64_t now_ms)
{
    struct hj212_outgoing *o = &l->out;
    if (o->busy || now_ms < o->retry_ms)
        return;
    int err = wire_open(&o->wire, l->link);
    o->busy = err == 0;
    if (err == 0)
        return;
    report_end(l, false, err);
    o->retry_ms = now_ms + backoff_next_ms(&o->backoff);
}

void hj212_outgoing_stop(struct hj212_link *l)
{
    if (l->out.call)
        l->out.call->ending = true;
    if (l->out.busy)
        wire_close(&l->out.wire);
}

void hj212_outgoing_deinit(struct hj212_link *l)
{
    wire_deinit(&l->out.wire);
}
