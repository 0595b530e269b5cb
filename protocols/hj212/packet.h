/* One data segment, read tolerantly: the header as a map, CP as an ordered list of items with their
 * raw text. Everything points into the segment; nothing is allocated. A packet is some 80 KiB and
 * is meant to be used again for each segment: one for a thread, not one for a station.
 *
 * Text between the two slashes at each end of an Info value is opaque: it may hold ';', ',' and
 * '='. */
#ifndef PROTOCOLS_HJ212_PACKET_H
#define PROTOCOLS_HJ212_PACKET_H

#include "acq/core/err.h"
#include "protocols/hj212/edition.h"
#include "protocols/hj212/field.h"
#include "protocols/hj212/text.h"
#include "protocols/hj212/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HJ212_ITEMS_MAX = 1024, HJ212_EXTRA_MAX = 8 };

struct hj212_item {
    struct hj212_text raw;  /* as it stood between its separators */
    struct hj212_text name; /* "a01011-Rtd", "DataTime"; empty when there was no '=' */
    struct hj212_text code; /* "a01011"; empty for a name without a dash */
    struct hj212_text value;
    enum hj212_field field; /* what stands behind the dash, or the whole name */
    uint16_t group;         /* items between two ';' share a group */
};

/* A header field that no edition has. */
struct hj212_pair {
    struct hj212_text name;
    struct hj212_text value;
};

struct hj212_packet {
    struct hj212_text segment;
    struct hj212_text header; /* before "CP=" */
    struct hj212_text cp;     /* between the two "&&" */
    struct hj212_text qn, st, cn_text, pw, mn, flag_text;
    int cn;
    int flag;      /* 0 when there is none or it is no number */
    int pnum, pno; /* 0 when there are none */
    bool has_flag;
    bool backfill;              /* RF=1 */
    bool clean;                 /* header and CP follow their grammar to the last item */
    enum hj212_edition edition; /* by Flag, codes and form; never AUTO */
    uint32_t deviations;
    struct hj212_pair extra[HJ212_EXTRA_MAX];
    size_t extra_count;
    struct hj212_item items[HJ212_ITEMS_MAX];
    size_t item_count;
    uint32_t hashes[HJ212_ITEMS_MAX]; /* of the names, for repeated ones */
};

/* Borrowed: segment must outlive the packet's use. PW_ESYNTAX: no CP, no CN, an MN longer than
 * HJ212_MN_MAX or of unprintable bytes. PW_EFULL: more than HJ212_ITEMS_MAX items. */
PW_MUST_CHECK int hj212_packet_parse(struct hj212_text segment, struct hj212_packet *out);

/* Only MN, for who it is before the sum is judged; empty when it cannot be found. */
struct hj212_text hj212_peek_mn(struct hj212_text segment);

/* The first item with that whole name; NULL when there is none. */
const struct hj212_item *hj212_packet_find(const struct hj212_packet *p, enum hj212_field field);
/* The item of a code: "a01011" and HJ212_RTD. */
const struct hj212_item *hj212_packet_find_of(const struct hj212_packet *p, struct hj212_text code,
                                              enum hj212_field field);
/* A whole-named item's number, time or QN. PW_ENOTFOUND, or PW_ESYNTAX when it says none. */
PW_MUST_CHECK int hj212_packet_int(const struct hj212_packet *p, enum hj212_field field, int *out);
PW_MUST_CHECK int hj212_packet_time(const struct hj212_packet *p, enum hj212_field field,
                                    int zone_min, int64_t *out_ms);
/* QN of the header, or of CP where the answers of 2005 have it; empty when there is none. */
struct hj212_text hj212_packet_qn(const struct hj212_packet *p);

/* A value between "//" and "//" without them; any other as it is. */
struct hj212_text hj212_info_text(struct hj212_text value);

#endif
