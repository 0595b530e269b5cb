#include "acq/collect/hj212_link_private.h"

#include "acq/core/plant_time.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

enum { SWEEP_MS = 250 };

struct hj212_moment hj212_link_moment(const struct hj212_link *l)
{
    const struct plant_time *t = l->setting->options->time;
    int64_t at_ms = plant_time_at_ms(t);
    return (struct hj212_moment){
        .at_ms = at_ms, .utc_ms = plant_time_utc_ms(t, at_ms), .trusted = t->trusted};
}

static bool listens(const struct hj212_link *l)
{
    return l->link->medium == MEDIUM_LISTEN;
}

static int send_to(void *ctx, uint64_t connection, const char *data, size_t len)
{
    const struct hj212_link *l = ctx;
    uint32_t place = (uint32_t)connection;
    struct hj212_call *c = place < l->size ? l->calls[place] : NULL;
    return c && c->id == connection ? hj212_call_send(c, data, len) : PW_ENOTFOUND;
}

static int on_desk_reading(void *ctx, const struct reading *r)
{
    const struct hj212_link *l = ctx;
    return l->setting->options->on_reading(l->setting->options->ctx, r);
}

static int on_desk_packet(void *ctx, const struct hj212_entry *e, uint64_t *out_seq)
{
    const struct hj212_link *l = ctx;
    return l->setting->options->on_packet(l->setting->options->ctx, e, out_seq);
}

static int on_desk_extras(void *ctx, const struct hj212_extras *e)
{
    const struct hj212_link *l = ctx;
    return l->setting->options->on_extras(l->setting->options->ctx, e);
}

static void on_desk_state(void *ctx, uint32_t device)
{
    const struct hj212_link *l = ctx;
    l->setting->options->on_state(l->setting->options->ctx, device);
}

static void on_desk_key(void *ctx, uint32_t device, enum hj212_key_event event)
{
    const struct hj212_link *l = ctx;
    if (l->setting->options->on_key)
        l->setting->options->on_key(l->setting->options->ctx, device, event);
}

static void on_desk_period(void *ctx, const struct hj212_period *p)
{
    const struct hj212_link *l = ctx;
    l->setting->options->on_period(l->setting->options->ctx, p);
}

static void on_desk_asked(void *ctx, const struct hj212_asked *a)
{
    const struct hj212_link *l = ctx;
    l->setting->options->on_asked(l->setting->options->ctx, a);
}

static const struct hj212_desk_ops desk_ops = {.on_reading = on_desk_reading,
                                               .on_packet = on_desk_packet,
                                               .send = send_to,
                                               .on_key = on_desk_key,
                                               .on_period = on_desk_period,
                                               .on_extras = on_desk_extras,
                                               .on_state = on_desk_state,
                                               .on_asked = on_desk_asked};

void hj212_link_settle(struct hj212_link *l)
{
    if (l->handles > 0 || l->open > 0 || l->out.busy || !l->stopping)
        return;
    const struct hj212_link_setting *setting = l->setting;
    hj212_link_free(l);
    setting->on_stopped(setting->ctx);
}

static void on_timer(uv_timer_t *timer)
{
    struct hj212_link *l = timer->data;
    const struct hj212_moment now = hj212_link_moment(l);
    int64_t now_ms = now.at_ms;
    hj212_desk_keys_tick(l->desk, &now);
    hj212_desk_adopt(l->desk, l->setting->work, &now);
    if (listens(l))
        hj212_listen_step(l);
    else
        hj212_outgoing_step(l, now_ms);
    for (uint32_t i = 0; i < l->size; i++)
        if (l->calls[i] && !l->calls[i]->ending)
            hj212_call_watch(l->calls[i], now_ms);
    hj212_desk_tick(l->desk, &now);
}

/* A connection is read in the form that needs more of its buffer. */
static enum hj212_cipher_form form_of(const struct plant *plant, const struct plant_link *link)
{
    for (uint32_t i = 0; i < link->device_count; i++) {
        uint32_t device = plant->link_devices[link->first_device + i];
        if (plant->devices[device].station.cipher_form == HJ212_CIPHER_LITERAL)
            return HJ212_CIPHER_LITERAL;
    }
    return HJ212_CIPHER_RAW;
}

static void set_profile(struct hj212_link *l, const struct plant *plant)
{
    l->profile = hj212_profile_default(HJ212_EDITION_AUTO);
    l->profile.segment_max_in = (uint16_t)l->link->stations.segment_max;
    l->profile.length_3 = true;
    l->profile.cipher_form = form_of(plant, l->link);
    l->profile.cipher_in = HJ212_CIPHER_ACCEPT;
    l->buffer_size = hj212_reader_size(&l->profile);
}

static int init_link(struct hj212_link *l, const struct plant *plant, uint32_t link)
{
    l->size = listens(l) ? l->link->stations.connections_max : 1;
    l->calls = calloc(l->size, sizeof(struct hj212_call *));
    l->free_places = calloc(l->size, sizeof *l->free_places);
    if (!l->calls || !l->free_places)
        return PW_ENOMEM;
    for (uint32_t i = 0; i < l->size; i++)
        l->free_places[i] = l->size - 1 - i;
    l->free_count = l->size;
    int err = hj212_desk_new(plant, link, &desk_ops, l, &l->desk);
    return err || listens(l) ? err : hj212_outgoing_init(l);
}

int hj212_link_new(const struct hj212_link_setting *setting, const struct plant *plant,
                   uint32_t link, struct hj212_link **out)
{
    struct hj212_link *l = calloc(1, sizeof *l);
    if (!l)
        return PW_ENOMEM;
    l->setting = setting;
    l->link = &plant->links[link];
    l->loop = setting->options->loop;
    l->out.wire.medium = MEDIUM_TCP;
    set_profile(l, plant);
    int err = init_link(l, plant, link);
    if (err) {
        hj212_link_free(l);
        return err;
    }
    *out = l;
    return 0;
}

void hj212_link_free(struct hj212_link *l)
{
    if (!l)
        return;
    hj212_outgoing_deinit(l);
    hj212_desk_free(l->desk);
    free(l->calls);
    free(l->free_places);
    free(l);
}

void hj212_link_start(struct hj212_link *l)
{
    uv_timer_init(l->loop, &l->timer);
    l->timer.data = l;
    l->handles = 1;
    if (listens(l))
        hj212_listen_step(l);
    uv_timer_start(&l->timer, on_timer, listens(l) ? SWEEP_MS : 0, SWEEP_MS);
}

bool hj212_link_fits(const struct hj212_link *l, const struct plant *plant, uint32_t link)
{
    const struct plant_link *other = &plant->links[link];
    return strcmp(l->link->id, other->id) == 0 &&
           memcmp(l->link->digest, other->digest, SM3_SIZE) == 0;
}

void hj212_link_rebind(struct hj212_link *l, const struct plant *plant, uint32_t link)
{
    l->link = &plant->links[link];
    hj212_desk_rebind(l->desk, plant, link);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    hj212_link_settle(l);
}

void hj212_link_stop(struct hj212_link *l)
{
    l->stopping = true;
    if (listens(l))
        hj212_listen_stop(l);
    else
        hj212_outgoing_stop(l);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}

struct hj212_desk *hj212_link_desk(const struct hj212_link *l)
{
    return l->desk;
}

void hj212_link_get_stats(const struct hj212_link *l, struct hj212_link_stats *out)
{
    *out = l->stats;
    out->id = l->link->id;
    out->listens = listens(l);
    out->port = l->link->port;
    out->connections = l->open;
    out->counts = l->lost_counts;
    for (uint32_t i = 0; i < l->size; i++)
        if (l->calls[i])
            hj212_call_add_counts(&out->counts, l->calls[i]);
}
