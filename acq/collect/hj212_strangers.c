#include "acq/collect/hj212_strangers.h"

#include <stdlib.h>
#include <string.h>

enum { ST_SIZE = 8 };

struct kept {
    uint16_t len;
    uint8_t crc;
    char segment[HJ212_KEPT_FRAME];
};

struct stranger {
    char mn[HJ212_MN_MAX + 1];
    char st[ST_SIZE];
    struct hj212_stranger is;
    uint32_t next; /* place in the ring */
    struct kept *ring;
    char last[HJ212_KEPT_FRAME];
};

struct hj212_strangers {
    struct stranger *list;
    uint32_t count, max;
    uint64_t unlisted;
};

struct hj212_strangers *hj212_strangers_new(uint32_t max)
{
    struct hj212_strangers *s = calloc(1, sizeof *s);
    struct stranger *list = calloc((size_t)max + 1, sizeof *list);
    if (!s || !list) {
        free(s);
        free(list);
        return NULL;
    }
    s->list = list;
    s->max = max;
    return s;
}

static void drop(struct stranger *one)
{
    if (one->ring)
        explicit_bzero(one->ring, HJ212_KEPT_PACKETS * sizeof *one->ring);
    free(one->ring);
}

void hj212_strangers_free(struct hj212_strangers *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->count; i++)
        drop(&s->list[i]);
    free(s->list);
    free(s);
}

uint32_t hj212_strangers_find(const struct hj212_strangers *s, struct hj212_text mn)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (hj212_text_is(mn, s->list[i].mn))
            return i;
    return UINT32_MAX;
}

static void copy_text(struct hj212_text text, char *out, size_t size)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;
    if (len)
        memcpy(out, text.at, len);
    out[len] = '\0';
}

static struct stranger *place_of(struct hj212_strangers *s, struct hj212_text mn)
{
    uint32_t i = hj212_strangers_find(s, mn);
    if (i != UINT32_MAX)
        return &s->list[i];
    if (s->count == s->max)
        return NULL;
    struct stranger *one = &s->list[s->count++];
    *one = (struct stranger){.ring = calloc(HJ212_KEPT_PACKETS, sizeof *one->ring)};
    copy_text(mn, one->mn, sizeof one->mn);
    return one;
}

static void set_aside(struct stranger *one, const struct hj212_received *got)
{
    struct hj212_text text = got->packet->segment;
    if (!one->ring || text.len > HJ212_KEPT_FRAME) {
        one->is.gone++;
        return;
    }
    struct kept *k = &one->ring[one->next];
    one->is.gone += one->is.kept == HJ212_KEPT_PACKETS;
    one->is.kept += one->is.kept < HJ212_KEPT_PACKETS;
    one->next = (one->next + 1) % HJ212_KEPT_PACKETS;
    memcpy(k->segment, text.at, text.len);
    k->len = (uint16_t)text.len;
    k->crc = (uint8_t)got->crc;
}

void hj212_strangers_note(struct hj212_strangers *s, const struct hj212_received *got,
                          int64_t at_ms)
{
    const struct hj212_packet *p = got->packet;
    struct stranger *one = place_of(s, p->mn);
    if (!one) {
        s->unlisted++;
        return;
    }
    one->is.first_at_ms = one->is.packets++ ? one->is.first_at_ms : at_ms;
    one->is.last_at_ms = at_ms;
    one->is.edition = p->edition;
    copy_text(p->st, one->st, sizeof one->st);
    (void)hj212_strike_out(p->segment, p->pw, one->last, sizeof one->last);
    set_aside(one, got);
}

void hj212_strangers_move(struct hj212_strangers *to, struct hj212_strangers *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        if (to->count < to->max &&
            hj212_strangers_find(to, hj212_text_of(from->list[i].mn)) == UINT32_MAX)
            to->list[to->count++] = from->list[i];
        else
            drop(&from->list[i]);
    }
    to->unlisted += from->unlisted;
    from->count = 0;
    from->unlisted = 0;
}

uint32_t hj212_strangers_count(const struct hj212_strangers *s)
{
    return s->count;
}

void hj212_strangers_get(const struct hj212_strangers *s, uint32_t i, struct hj212_stranger *out)
{
    const struct stranger *one = &s->list[i];
    *out = one->is;
    out->mn = one->mn;
    out->st = one->st;
    out->last = one->last;
}

uint64_t hj212_strangers_unlisted(const struct hj212_strangers *s)
{
    return s->unlisted;
}

struct hj212_text hj212_strangers_packet(const struct hj212_strangers *s, uint32_t i, uint32_t n,
                                         enum hj212_crc_variant *out_crc)
{
    const struct stranger *one = &s->list[i];
    uint32_t first = one->is.kept < HJ212_KEPT_PACKETS ? 0 : one->next;
    const struct kept *k = &one->ring[(first + n) % HJ212_KEPT_PACKETS];
    *out_crc = (enum hj212_crc_variant)k->crc;
    return (struct hj212_text){k->segment, k->len};
}

void hj212_strangers_remove(struct hj212_strangers *s, uint32_t i)
{
    drop(&s->list[i]);
    s->count--;
    memmove(&s->list[i], &s->list[i + 1], (s->count - i) * sizeof *s->list);
}

size_t hj212_strike_out(struct hj212_text text, struct hj212_text pw, char *out, size_t size)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;
    memcpy(out, text.at, len);
    out[len] = '\0';
    for (size_t i = 0; pw.at && i < pw.len; i++) {
        size_t at = (size_t)(pw.at + i - text.at);
        if (at < len)
            out[at] = '*';
    }
    return len;
}
