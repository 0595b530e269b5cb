#include "protocols/hj212/reader.h"

#include "protocols/hj212/crypt.h"

static struct hj212_frame_rules rules_of(const struct hj212_profile *p)
{
    return (struct hj212_frame_rules){.segment_max = p->segment_max_in,
                                      .length_3 = p->length_3,
                                      .cipher_literal = p->cipher_in != HJ212_CIPHER_OFF &&
                                                        p->cipher_form == HJ212_CIPHER_LITERAL};
}

size_t hj212_reader_size(const struct hj212_profile *link)
{
    struct hj212_frame_rules rules = rules_of(link);
    return hj212_framer_size(&rules);
}

void hj212_reader_init(struct hj212_reader *r, struct hj212_peer *link, char *buffer, size_t size,
                       struct hj212_workspace *work, hj212_find_peer *find, void *context)
{
    struct hj212_frame_rules rules = rules_of(link->profile);
    hj212_framer_init(&r->framer, &rules, buffer, size, &link->counts);
    r->link = link;
    r->work = work;
    r->find = find;
    r->context = context;
}

/* A variant is believed only of a frame that parses to its end, until it is locked. */
static bool believable(const struct hj212_peer *peer, enum hj212_crc_variant v, bool clean)
{
    return v == HJ212_CRC_STANDARD || clean || peer->crc.locked == v || peer->profile->crc_in == v;
}

/* Sum and grammar of one reading of the segment. */
static int try_segment(struct hj212_reader *r, struct hj212_text segment, uint16_t crc,
                       struct hj212_received *out)
{
    struct hj212_peer *peer = out->peer;
    int err =
        hj212_crc_judge(&peer->crc, peer->profile->crc_in, segment.at, segment.len, crc, &out->crc);
    if (err)
        return err;
    err = hj212_packet_parse(segment, &r->work->packet);
    if (!believable(peer, out->crc, !err && r->work->packet.clean))
        return PW_ECORRUPT;
    return err;
}

static int try_key(struct hj212_reader *r, struct sm4 *key, const struct hj212_frame *frame,
                   struct hj212_received *out)
{
    struct hj212_text plain;
    if (!key || hj212_decrypt(key, frame, r->work->plain, sizeof r->work->plain, &plain) != 0)
        return PW_ECORRUPT;
    int err = try_segment(r, plain, frame->crc, out);
    return !err && r->work->packet.clean ? 0 : PW_ECORRUPT;
}

static int try_keys(struct hj212_reader *r, const struct hj212_frame *frame,
                    struct hj212_received *out)
{
    if (out->peer->profile->cipher_in == HJ212_CIPHER_OFF)
        return PW_ECORRUPT;
    int err = try_key(r, out->peer->key, frame, out);
    out->decrypted = !err;
    if (!err)
        return 0;
    err = try_key(r, out->peer->old_key, frame, out);
    out->decrypted = out->by_old_key = !err;
    return err;
}

/* In clear first; a key is tried when the sum is wrong or CP does not look like text. */
static int understand(struct hj212_reader *r, const struct hj212_frame *frame,
                      struct hj212_received *out)
{
    int err = frame->cipher.len ? PW_ECORRUPT : try_segment(r, frame->segment, frame->crc, out);
    if (err == 0 && r->work->packet.clean)
        return 0;
    if (try_keys(r, frame, out) == 0)
        return 0;
    /* The tries have used the workspace. */
    return err ? err : try_segment(r, frame->segment, frame->crc, out);
}

static void count(struct hj212_reader *r, int err, struct hj212_received *out)
{
    struct hj212_counts *both[] = {&r->link->counts, &out->peer->counts};
    size_t n = out->peer == r->link ? 1 : 2;
    for (size_t i = 0; i < n; i++) {
        struct hj212_counts *c = both[i];
        c->frames += err == 0;
        c->decrypted += err == 0 && out->decrypted;
        c->bad_crc += err == PW_ECORRUPT;
        c->bad_content += err == PW_ESYNTAX || err == PW_EFULL;
        c->plain_refused += err == PW_ESTATE;
        if (err == 0)
            hj212_counts_note(c, out->deviations);
    }
    if (n == 2 && err == 0)
        out->peer->counts.bytes += out->frame.len;
}

static void finish(struct hj212_reader *r, const struct hj212_frame *frame, uint32_t tail,
                   struct hj212_received *out)
{
    out->packet = &r->work->packet;
    out->deviations = frame->deviations | tail | out->packet->deviations;
    if (out->crc != HJ212_CRC_STANDARD)
        out->deviations |= hj212_dev_bit(HJ212_DEV_CRC_MODBUS);
    hj212_crc_hit(&out->peer->crc, out->crc);
}

int hj212_reader_next(struct hj212_reader *r, const char **data, size_t *len,
                      struct hj212_received *out)
{
    struct hj212_frame frame;
    int err = hj212_framer_next(&r->framer, data, len, &frame);
    if (err)
        return err;
    struct hj212_received got = {.frame = frame.whole, .peer = r->link};
    struct hj212_peer *peer = r->find ? r->find(r->context, hj212_peek_mn(frame.segment)) : NULL;
    if (peer)
        got.peer = peer;
    err = understand(r, &frame, &got);
    if (err) {
        hj212_framer_reject(&r->framer);
    } else {
        uint32_t tail = hj212_framer_accept(&r->framer);
        finish(r, &frame, tail, &got);
        if (got.peer->profile->cipher_in == HJ212_CIPHER_REQUIRE && !got.decrypted &&
            hj212_shall_be_encrypted(got.packet->cn) && got.packet->cp.len >= SM4_BLOCK_SIZE)
            err = PW_ESTATE;
    }
    if (err)
        got.packet = NULL;
    count(r, err, &got);
    *out = got;
    return err;
}
