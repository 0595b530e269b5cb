/* Frames of HJ 212 cut out of a byte stream by their length. No socket, no clock, no memory of its
 * own: the caller lends a buffer for as long as the connection lives and decides when to give up
 * waiting. Nothing is ever thrown away but what surely is no frame: after a wrong one the search
 * goes on two bytes behind its beginning.
 *
 *     while ((err = hj212_framer_next(&f, &data, &len, &frame)) == 0)
 *         if (is_good(&frame)) hj212_framer_accept(&f); else hj212_framer_reject(&f);
 *
 * Most callers want hj212_reader (reader.h), which does that with check sums and keys. */
#ifndef PROTOCOLS_HJ212_FRAME_H
#define PROTOCOLS_HJ212_FRAME_H

#include "acq/core/err.h"
#include "protocols/hj212/deviation.h"
#include "protocols/hj212/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hj212_frame_rules {
    size_t segment_max;  /* a longer length is no frame; at most HJ212_RECEIVE_MAX */
    bool length_3;       /* accept a length of three digits */
    bool cipher_literal; /* "{0xE4,0x3E,...}" may stand for cipher bytes in CP */
};

/* One candidate. Borrowed from the framer until hj212_framer_next() is called again. */
struct hj212_frame {
    struct hj212_text whole;   /* from "##" to the last digit of the CRC */
    struct hj212_text segment; /* as it came over the wire */
    struct hj212_text cipher;  /* the literal with its braces, or empty */
    uint16_t crc;              /* as number */
    uint32_t deviations;
};

struct hj212_framer {
    char *buffer;
    size_t size;
    size_t start; /* of what was not taken yet */
    size_t end;
    size_t taken;       /* bytes of the candidate that was handed out, or 0 */
    unsigned tail_left; /* bytes of CR LF that may still follow the last frame */
    bool tail_bad;      /* told with the next frame */
    struct hj212_frame_rules rules;
    struct hj212_counts *counts;
};

/* Bytes of buffer that rules need. */
size_t hj212_framer_size(const struct hj212_frame_rules *rules);
/* buffer and counts stay the caller's and must outlive f. size: hj212_framer_size() at least. */
void hj212_framer_init(struct hj212_framer *f, const struct hj212_frame_rules *rules, char *buffer,
                       size_t size, struct hj212_counts *counts);
/* Forgets what was buffered: a new connection. */
void hj212_framer_reset(struct hj212_framer *f);

/* Takes bytes out of *data, *len until a candidate is whole. 0: *out is one, say accept or reject
 * before the next call. PW_EMORE: all bytes were taken. */
PW_MUST_CHECK int hj212_framer_next(struct hj212_framer *f, const char **data, size_t *len,
                                    struct hj212_frame *out);
/* The candidate was a frame: goes behind it and its CR LF. The deviations that this showed. */
uint32_t hj212_framer_accept(struct hj212_framer *f);
/* It was none: searches on two bytes behind its beginning. */
void hj212_framer_reject(struct hj212_framer *f);

/* Whether the beginning of a frame waits for its rest: keep a timer while this is true. */
bool hj212_framer_waits(const struct hj212_framer *f);
/* The timer ran out: gives that beginning up. Call hj212_framer_next() with no bytes afterwards,
 * for frames that stood behind it. */
void hj212_framer_expire(struct hj212_framer *f);

#endif
