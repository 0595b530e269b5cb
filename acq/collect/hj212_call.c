#include "acq/collect/hj212_link_private.h"

#include <stdlib.h>
#include <string.h>

struct hj212_call *hj212_call_new(struct hj212_link *l)
{
    struct hj212_call *c = l->free_count ? calloc(1, sizeof *c) : NULL;
    char *buffer = c ? malloc(l->buffer_size) : NULL;
    if (!buffer) {
        free(c);
        return NULL;
    }
    uint32_t place = l->free_places[--l->free_count];
    c->link = l;
    c->buffer = buffer;
    c->id = ++l->turn << 32 | place;
    c->peer.profile = &l->profile;
    c->good_at_ms = hj212_link_moment(l).at_ms;
    hj212_reader_init(&c->reader, &c->peer, c->buffer, l->buffer_size, l->setting->work,
                      hj212_desk_find_peer, l->desk);
    l->calls[place] = c;
    l->open++;
    l->stats.strangers++;
    return c;
}

void hj212_call_add_counts(struct hj212_counts *to, const struct hj212_call *c)
{
    const struct hj212_counts *from = &c->peer.counts;
    to->frames += from->frames;
    to->bytes += from->bytes;
    to->skipped_bytes += from->skipped_bytes;
    to->bad_length += from->bad_length;
    to->bad_crc += from->bad_crc;
    to->bad_content += from->bad_content;
    to->expired += from->expired;
    to->decrypted += from->decrypted;
    to->plain_refused += from->plain_refused;
    for (int i = 0; i < HJ212_DEV_COUNT; i++)
        to->deviation[i] += from->deviation[i];
}

void hj212_call_drop(struct hj212_call *c)
{
    struct hj212_link *l = c->link;
    uint32_t place = (uint32_t)c->id;
    l->stats.strangers -= !c->known;
    hj212_call_add_counts(&l->lost_counts, c);
    l->calls[place] = NULL;
    l->free_places[l->free_count++] = place;
    l->open--;
    free(c->buffer);
    free(c);
}

void hj212_call_end(struct hj212_call *c)
{
    c->ending = true;
    wire_close(&c->wire);
}

static void take_packet(struct hj212_call *c, const struct hj212_received *got,
                        struct hj212_moment now)
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

static void read_frames(struct hj212_call *c, const char *data, size_t len)
{
    struct hj212_received got;
    struct hj212_moment now = hj212_link_moment(c->link);
    for (;;) {
        int err = hj212_reader_next(&c->reader, &data, &len, &got);
        if (err == PW_EMORE)
            break;
        if (err == 0)
            take_packet(c, &got, now);
    }
    bool waits = hj212_framer_waits(&c->reader.framer);
    c->waits_since_ms = !waits ? 0 : c->waits_since_ms ? c->waits_since_ms : now.at_ms;
    if (c->good_at_ms == now.at_ms && waits)
        c->waits_since_ms = now.at_ms;
}

void hj212_call_take(struct hj212_call *c, const uint8_t *data, size_t len)
{
    if (c->ending || c->link->stopping)
        return;
    read_frames(c, (const char *)data, len);
    if (c->ending || c->peer.counts.bytes - c->good_bytes <= c->link->link->stations.garbage_max)
        return;
    c->link->stats.endless++;
    hj212_call_end(c);
}

void hj212_call_watch(struct hj212_call *c, int64_t now_ms)
{
    struct hj212_link *l = c->link;
    int64_t quiet_ms = now_ms - c->good_at_ms;
    bool fresh = !c->known && l->link->medium == MEDIUM_LISTEN;
    int64_t most_ms = fresh ? (int64_t)l->link->registration_timeout_ms
                            : (int64_t)l->link->stations.silence_s * 1000;
    if (c->waits_since_ms && now_ms - c->waits_since_ms > l->link->stations.frame_timeout_ms) {
        c->waits_since_ms = 0;
        hj212_framer_expire(&c->reader.framer);
        read_frames(c, NULL, 0);
    }
    if (quiet_ms <= most_ms || c->ending)
        return;
    l->stats.silent++;
    hj212_call_end(c);
}

int hj212_call_send(struct hj212_call *c, const char *data, size_t len)
{
    int err = c->ending ? PW_ENOTFOUND : 0;
    while (!err && len > 0) {
        size_t part = len < STREAM_WRITE_MAX ? len : STREAM_WRITE_MAX;
        err = wire_write(&c->wire, (const uint8_t *)data, part);
        data += part;
        len -= part;
    }
    return err;
}
