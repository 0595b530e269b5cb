/* The first byte says how: bit 0, the rest is a byte stream; else it is one data segment, which
 * gets a good frame around it. What is read must not depend on how the bytes were cut, every view
 * must lie in bounds, and what the strict writer makes of a packet must be read as the same items.
 */
#include "acq/core/err.h"
#include "protocols/hj212/command.h"
#include "protocols/hj212/reader.h"
#include "protocols/hj212/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side {
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_reader reader;
    char *buffer;
    uint64_t digest;
};

static struct hj212_workspace work;
static struct hj212_packet again;
static struct hj212_cp cp;
static char storage[HJ212_RECEIVE_MAX];

static void mix(struct side *s, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        s->digest = (s->digest ^ p[i]) * 1099511628211u;
}

static void mix_text(struct side *s, struct hj212_text t)
{
    mix(s, &t.len, sizeof t.len);
    mix(s, t.at, t.len);
}

static void rewrite(const struct hj212_profile *profile, const struct hj212_packet *p)
{
    hj212_cp_init(&cp, profile, storage, sizeof storage);
    for (size_t i = 0; i < p->item_count;) {
        const struct hj212_item *first = &p->items[i];
        const struct hj212_item *last = first;
        while (i < p->item_count && p->items[i].group == first->group)
            last = &p->items[i++];
        size_t len = (size_t)(last->raw.at + last->raw.len - first->raw.at);
        hj212_cp_raw(&cp, (struct hj212_text){first->raw.at, len});
    }
    struct hj212_head head = {.qn = p->qn,
                              .st = p->st,
                              .pw = p->pw,
                              .mn = p->mn,
                              .cn = p->cn,
                              .pnum = p->pnum,
                              .pno = p->pno};
    char out[HJ212_FRAME_SIZE];
    size_t len = 0;
    struct hj212_text text = {cp.text, cp.len};
    if (cp.err || hj212_write(profile, &head, text, NULL, out, sizeof out, &len) != 0)
        return;
    pw_require(len <= HJ212_SEGMENT_MAX + HJ212_OVERHEAD);
    pw_require(hj212_packet_parse((struct hj212_text){out + 6, len - 12}, &again) == 0);
    pw_require(again.item_count == p->item_count && again.cn == p->cn);
    pw_require(hj212_text_equal(again.mn, p->mn));
    for (size_t i = 0; i < p->item_count; i++) {
        pw_require(hj212_text_equal(again.items[i].name, p->items[i].name));
        pw_require(hj212_text_equal(again.items[i].value, p->items[i].value));
    }
}

static void take_packet(struct side *s)
{
    const struct hj212_packet *p = &work.packet;
    double number = 0;
    int64_t ms = 0;
    mix_text(s, p->qn);
    mix_text(s, p->mn);
    mix_text(s, hj212_packet_qn(p));
    mix(s, &p->deviations, sizeof p->deviations);
    mix(s, &p->edition, sizeof p->edition);
    for (size_t i = 0; i < p->item_count; i++) {
        mix_text(s, p->items[i].raw);
        mix_text(s, hj212_info_text(p->items[i].value));
        if (hj212_number(p->items[i].value, &number) == 0)
            mix(s, &number, sizeof number);
        if (hj212_time_parse(p->items[i].value, 480, &ms) == 0)
            mix(s, &ms, sizeof ms);
    }
    int owed = hj212_answer_owed(p);
    mix(s, &owed, sizeof owed);
    char out[HJ212_FRAME_SIZE];
    size_t len = 0;
    for (int cn = 9011; cn <= 9014; cn++)
        (void)!hj212_write_answer(&s->profile, p, cn, 1, out, sizeof out, &len);
}

static void read_some(struct side *s, const char *data, size_t len)
{
    struct hj212_received got;
    int err;
    while ((err = hj212_reader_next(&s->reader, &data, &len, &got)) != PW_EMORE) {
        mix(s, &err, sizeof err);
        mix_text(s, got.frame);
        if (!err)
            take_packet(s);
    }
    pw_require(len == 0);
}

static void open_side(struct side *s, enum hj212_edition edition)
{
    memset(s, 0, sizeof *s);
    s->profile = hj212_profile_default(edition);
    s->profile.segment_max_in = 2048;
    s->peer.profile = &s->profile;
    size_t size = hj212_reader_size(&s->profile);
    s->buffer = malloc(size);
    pw_require(s->buffer != NULL);
    hj212_reader_init(&s->reader, &s->peer, s->buffer, size, &work, NULL, NULL);
}

static uint64_t close_side(struct side *s)
{
    while (hj212_framer_waits(&s->reader.framer)) {
        hj212_framer_expire(&s->reader.framer);
        read_some(s, "", 0);
    }
    free(s->buffer);
    return s->digest;
}

static void read_stream(const char *data, size_t size, enum hj212_edition edition)
{
    struct side whole;
    struct side cut;
    open_side(&whole, edition);
    open_side(&cut, edition);
    read_some(&whole, data, size);
    size_t step = 1;
    for (size_t at = 0; at < size; at += step) {
        step = at % 7 + 1;
        read_some(&cut, data + at, size - at < step ? size - at : step);
    }
    pw_require(close_side(&whole) == close_side(&cut));
}

static void read_segment(const char *data, size_t size, enum hj212_edition edition)
{
    static char frame[4096];
    if (size > 2048)
        return;
    int used = snprintf(frame, sizeof frame, "##%04zu", size);
    memcpy(frame + used, data, size);
    snprintf(frame + used + size, 16, "%04X\r\n", hj212_crc(data, size));
    struct side s;
    open_side(&s, edition);
    read_some(&s, frame, (size_t)used + size + 6);
    if (s.peer.counts.frames == 1 && s.peer.counts.skipped_bytes == 0 && work.packet.clean)
        rewrite(&s.profile, &work.packet);
    close_side(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum hj212_edition edition = (enum hj212_edition)(HJ212_2005 + (data[0] >> 1) % 3);
    if (data[0] & 1)
        read_stream((const char *)data + 1, size - 1, edition);
    else
        read_segment((const char *)data + 1, size - 1, edition);
    return 0;
}
