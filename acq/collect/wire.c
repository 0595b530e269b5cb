#include "acq/collect/wire.h"

#include "acq/collect/dial.h"
#include "acq/collect/serial.h"

int wire_init(struct wire *w, enum link_medium medium, uv_loop_t *loop, struct dial_hub *hub,
              const struct stream_events *events, void *ctx)
{
    w->medium = medium;
    switch (medium) {
    case MEDIUM_TCP:
        w->stream = stream_new(loop, events, ctx);
        return w->stream ? 0 : PW_ENOMEM;
    case MEDIUM_SERIAL:
        w->serial = serial_new(loop, events, ctx);
        return w->serial ? 0 : PW_ENOMEM;
    case MEDIUM_LISTEN:
        break;
    }
    w->dial = dial_new(hub, events, ctx);
    return w->dial ? 0 : PW_ENOMEM;
}

int wire_open(struct wire *w, const struct plant_link *link)
{
    switch (w->medium) {
    case MEDIUM_TCP:
        return stream_open(w->stream, link->host, link->port, link->connect_timeout_ms);
    case MEDIUM_SERIAL:
        return serial_open(w->serial, link);
    case MEDIUM_LISTEN:
        break;
    }
    return dial_open(w->dial, link);
}

void wire_rebind(struct wire *w, const struct plant_link *link)
{
    if (w->medium == MEDIUM_LISTEN)
        dial_rebind(w->dial, link);
}

int wire_write(struct wire *w, const uint8_t *data, size_t len)
{
    switch (w->medium) {
    case MEDIUM_TCP:
        return stream_write(w->stream, data, len);
    case MEDIUM_SERIAL:
        return serial_write(w->serial, data, len);
    case MEDIUM_LISTEN:
        break;
    }
    return dial_write(w->dial, data, len);
}

void wire_close(struct wire *w)
{
    switch (w->medium) {
    case MEDIUM_TCP:
        stream_close(w->stream);
        break;
    case MEDIUM_SERIAL:
        serial_close(w->serial);
        break;
    case MEDIUM_LISTEN:
        dial_close(w->dial);
        break;
    }
}

bool wire_stop(struct wire *w)
{
    if (w->medium == MEDIUM_LISTEN)
        return dial_stop(w->dial);
    wire_close(w);
    return false;
}

void wire_deinit(struct wire *w)
{
    switch (w->medium) {
    case MEDIUM_TCP:
        stream_free(w->stream);
        break;
    case MEDIUM_SERIAL:
        serial_free(w->serial);
        break;
    case MEDIUM_LISTEN:
        dial_free(w->dial);
        break;
    }
}

void wire_get_stats(const struct wire *w, struct collect_link_stats *out)
{
    struct dial_stats stats = {0};
    if (w->medium == MEDIUM_LISTEN)
        dial_get_stats(w->dial, &stats);
    out->dial_unknown = stats.unknown;
    out->dial_refused = stats.refused;
    out->dial_replaced = stats.replaced;
}
