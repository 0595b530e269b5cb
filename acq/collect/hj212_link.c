#include "acq/collect/hj212_link.h"

#include "acq/core/log.h"
#include "acq/core/plant_time.h"
#include "acq/loop/stream.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 1024, SWEEP_MS = 250, LOG_EVERY_MS = 60000 };

struct call {
    struct hj212_link *link;
    struct stream *stream;
    struct hj212_peer peer; /* for MNs that are nobody's, and whose frames are none */
    struct hj212_reader reader;
    uint64_t id;            /* turn << 32 | place; a place is used again, an id is not */
    int64_t good_at_ms;     /* of the last good packet, else of the beginning */
    int64_t waits_since_ms; /* the rest of a frame is awaited; 0: none is */
    uint64_t good_bytes;    /* taken from the connection up to the last good packet */
    bool known;             /* something good came */
    bool ending;
    char *buffer;
};

struct hj212_link {
    const struct hj212_link_setting *setting;
    const struct plant_link *link;
    struct hj212_desk *desk;
    struct hj212_profile profile; /* of the connections */
    size_t buffer_size;
    struct call **calls; /* by place */
    uint32_t *free_places;
    uint32_t free_count;
    uint32_t size, open;
    uint64_t turn;
    uv_tcp_t listener;
    uv_timer_t timer;
    unsigned handles; /* whose close callback has not come */
    bool listening, stopping;
    int64_t logged_ms;
    struct hj212_counts lost_counts; /* of connections that ended */
    struct hj212_link_stats stats;
};

static struct hj212_moment moment(const struct hj212_link *l)
{
    const struct plant_time *t = l->setting->options->time;
    int64_t at_ms = plant_time_at_ms(t);
    return (struct hj212_moment){
        .at_ms = at_ms, .utc_ms = plant_time_utc_ms(t, at_ms), .trusted = t->trusted};
}

static int send_to(void *ctx, uint64_t connection, const char *data, size_t len)
{
    const struct hj212_link *l = ctx;
    uint32_t place = (uint32_t)connection;
    struct call *c = place < l->size ? l->calls[place] : NULL;
    if (!c || c->id != connection || c->ending)
        return PW_ENOTFOUND;
    return stream_write(c->stream, (const uint8_t *)data, len);
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

static const struct hj212_desk_ops desk_ops = {on_desk_reading, on_desk_packet, send_to};

static void end_call(struct call *c)
{
    c->ending = true;
    stream_close(c->stream);
}

static void add_counts(struct hj212_counts *to, const struct hj212_counts *from)
{
    to->frames += from->frames;
    to->bytes += from->bytes;
    to->skipped_bytes += from->skipped_bytes;
    to->bad_length += from->bad_length;
    to->bad_crc += from->bad_crc;
    to->bad_content += from->bad_content;
    to->expired += from->expired;
    for (int i = 0; i < HJ212_DEV_COUNT; i++)
        to->deviation[i] += from->deviation[i];
}

static void settle(struct hj212_link *l)
{
    if (l->handles > 0 || l->open > 0 || !l->stopping)
        return;
    const struct hj212_link_setting *setting = l->setting;
    hj212_link_free(l);
    setting->on_stopped(setting->ctx);
}

static void on_close(void *ctx, int why)
{
    struct call *c = ctx;
    struct hj212_link *l = c->link;
    uint32_t place = (uint32_t)c->id;
    l->stats.disconnects += why != 0;
    l->stats.strangers -= !c->known;
    add_counts(&l->lost_counts, &c->peer.counts);
    l->calls[place] = NULL;
    l->free_places[l->free_count++] = place;
    l->open--;
    stream_free(c->stream);
    free(c->buffer);
    free(c);
    settle(l);
}

static void take(struct call *c, const struct hj212_received *got, struct hj212_moment now)
{
    struct hj212_link *l = c->link;
    c->good_at_ms = now.at_ms;
    c->good_bytes = c->peer.counts.bytes;
    (void)hj212_desk_take(l->desk, c->id, got, &now);
    if (c->known)
        return;
    c->known = true;
    l->stats.strangers--;
}

static void read_frames(struct call *c, const char *data, size_t len)
{
    struct hj212_received got;
    struct hj212_moment now = moment(c->link);
    for (;;) {
        int err = hj212_reader_next(&c->reader, &data, &len, &got);
        if (err == PW_EMORE)
            break;
        if (err == 0)
            take(c, &got, now);
    }
    bool waits = hj212_framer_waits(&c->reader.framer);
    c->waits_since_ms = !waits ? 0 : c->waits_since_ms ? c->waits_since_ms : now.at_ms;
    if (c->good_at_ms == now.at_ms && waits)
        c->waits_since_ms = now.at_ms;
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct call *c = ctx;
    if (c->ending || c->link->stopping)
        return;
    read_frames(c, (const char *)data, len);
    if (c->peer.counts.bytes - c->good_bytes <= c->link->link->stations.garbage_max)
        return;
    c->link->stats.endless++;
    end_call(c);
}

static const struct stream_events stream_events = {NULL, on_data, on_close};

static void on_refused_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    free(handle);
    settle(l);
}

static void log_refused(struct hj212_link *l)
{
    int64_t now_ms = moment(l).at_ms;
    l->stats.refused++;
    if (l->logged_ms && now_ms - l->logged_ms < LOG_EVERY_MS)
        return;
    l->logged_ms = now_ms;
    log_warn("hj212", "link=%s: a connection is refused: %u are open, %u of them said nothing yet",
             l->link->id, l->open, l->stats.strangers);
}

static void refuse_call(struct hj212_link *l)
{
    uv_tcp_t *tcp = calloc(1, sizeof *tcp);
    log_refused(l);
    if (!tcp)
        return;
    if (uv_tcp_init(l->listener.loop, tcp) != 0) {
        free(tcp);
        return;
    }
    tcp->data = l;
    l->handles++;
    (void)uv_accept((uv_stream_t *)&l->listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
}

static struct call *new_call(struct hj212_link *l)
{
    struct call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->stream = stream_new(l->listener.loop, &stream_events, c);
    c->buffer = malloc(l->buffer_size);
    if (!c->stream || !c->buffer) {
        stream_free(c->stream);
        free(c->buffer);
        free(c);
        return NULL;
    }
    uint32_t place = l->free_places[--l->free_count];
    c->link = l;
    c->id = ++l->turn << 32 | place;
    c->peer.profile = &l->profile;
    c->good_at_ms = moment(l).at_ms;
    hj212_reader_init(&c->reader, &c->peer, c->buffer, l->buffer_size, l->setting->work,
                      hj212_desk_find_peer, l->desk);
    l->calls[place] = c;
    l->open++;
    l->stats.strangers++;
    return c;
}

static void on_call(uv_stream_t *listener, int status)
{
    struct hj212_link *l = listener->data;
    if (status != 0 || l->stopping)
        return;
    bool room = l->free_count > 0 && l->stats.strangers < l->link->pending_max;
    struct call *c = room ? new_call(l) : NULL;
    if (!c) {
        refuse_call(l);
        return;
    }
    l->stats.accepted++;
    if (stream_accept(c->stream, listener) != 0)
        c->ending = true;
}

static void look_after(struct call *c, int64_t now_ms)
{
    struct hj212_link *l = c->link;
    int64_t quiet_ms = now_ms - c->good_at_ms;
    int64_t most_ms = c->known ? (int64_t)l->link->stations.silence_s * 1000
                               : (int64_t)l->link->registration_timeout_ms;
    if (c->waits_since_ms && now_ms - c->waits_since_ms > l->link->stations.frame_timeout_ms) {
        c->waits_since_ms = 0;
        hj212_framer_expire(&c->reader.framer);
        read_frames(c, NULL, 0);
    }
    if (quiet_ms <= most_ms)
        return;
    l->stats.silent++;
    end_call(c);
}

static int bind_listener(struct hj212_link *l)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const struct plant_link *link = l->link;
    const struct sockaddr *address = (const struct sockaddr *)&v4;
    int err = uv_ip4_addr(link->host, link->port, &v4);
    if (err) {
        err = uv_ip6_addr(link->host, link->port, &v6);
        address = (const struct sockaddr *)&v6;
    }
    if (!err)
        err = uv_tcp_bind(&l->listener, address, 0);
    return err ? err : uv_listen((uv_stream_t *)&l->listener, BACKLOG, on_call);
}

static void on_retry_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    l->stats.listen_error = l->stats.listen_error ? l->stats.listen_error : UV_EADDRINUSE;
    settle(l);
}

static void try_to_listen(struct hj212_link *l)
{
    if (uv_is_closing((uv_handle_t *)&l->listener) && l->handles > 1)
        return;
    if (uv_tcp_init(l->timer.loop, &l->listener) != 0)
        return;
    l->listener.data = l;
    l->handles++;
    int err = bind_listener(l);
    l->listening = err == 0;
    if (err && err != l->stats.listen_error)
        log_error("hj212", "link=%s: cannot listen at %s port %u: %s", l->link->id, l->link->host,
                  l->link->port, pw_strerror(err));
    l->stats.listen_error = err;
    if (err)
        uv_close((uv_handle_t *)&l->listener, on_retry_closed);
    else
        log_info("hj212", "link=%s: stations are awaited at %s port %u", l->link->id, l->link->host,
                 l->link->port);
}

static void on_timer(uv_timer_t *timer)
{
    struct hj212_link *l = timer->data;
    int64_t now_ms = moment(l).at_ms;
    if (!l->listening)
        try_to_listen(l);
    for (uint32_t i = 0; i < l->size; i++)
        if (l->calls[i] && !l->calls[i]->ending)
            look_after(l->calls[i], now_ms);
}

int hj212_link_new(const struct hj212_link_setting *setting, const struct plant *plant,
                   uint32_t link, struct hj212_link **out)
{
    struct hj212_link *l = calloc(1, sizeof *l);
    if (!l)
        return PW_ENOMEM;
    l->setting = setting;
    l->link = &plant->links[link];
    l->size = l->link->stations.connections_max;
    l->profile = hj212_profile_default(HJ212_EDITION_AUTO);
    l->profile.segment_max_in = (uint16_t)l->link->stations.segment_max;
    l->profile.length_3 = true;
    l->buffer_size = hj212_reader_size(&l->profile);
    l->calls = calloc(l->size, sizeof(struct call *));
    l->free_places = calloc(l->size, sizeof *l->free_places);
    int err = l->calls && l->free_places ? hj212_desk_new(plant, link, &desk_ops, l, &l->desk)
                                         : PW_ENOMEM;
    if (err) {
        hj212_link_free(l);
        return err;
    }
    for (uint32_t i = 0; i < l->size; i++)
        l->free_places[i] = l->size - 1 - i;
    l->free_count = l->size;
    l->timer.loop = setting->options->loop;
    *out = l;
    return 0;
}

void hj212_link_free(struct hj212_link *l)
{
    if (!l)
        return;
    hj212_desk_free(l->desk);
    free(l->calls);
    free(l->free_places);
    free(l);
}

void hj212_link_start(struct hj212_link *l)
{
    uv_timer_init(l->setting->options->loop, &l->timer);
    l->timer.data = l;
    l->handles = 1;
    try_to_listen(l);
    uv_timer_start(&l->timer, on_timer, SWEEP_MS, SWEEP_MS);
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

static void on_handle_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    settle(l);
}

void hj212_link_stop(struct hj212_link *l)
{
    l->stopping = true;
    for (uint32_t i = 0; i < l->size; i++)
        if (l->calls[i])
            end_call(l->calls[i]);
    if (l->listening)
        uv_close((uv_handle_t *)&l->listener, on_handle_closed);
    uv_close((uv_handle_t *)&l->timer, on_handle_closed);
}

struct hj212_desk *hj212_link_desk(const struct hj212_link *l)
{
    return l->desk;
}

void hj212_link_get_stats(const struct hj212_link *l, struct hj212_link_stats *out)
{
    *out = l->stats;
    out->id = l->link->id;
    out->port = l->link->port;
    out->connections = l->open;
    out->counts = l->lost_counts;
    for (uint32_t i = 0; i < l->size; i++)
        if (l->calls[i])
            add_counts(&out->counts, &l->calls[i]->peer.counts);
}
