/* What field machines do that no edition of HJ 212 prints, and what the reader made of it: read,
 * counted and named for each peer. The order is that of docs/hj212-conformance.md. */
#ifndef PROTOCOLS_HJ212_DEVIATION_H
#define PROTOCOLS_HJ212_DEVIATION_H

#include <stdint.h>

enum hj212_deviation {
    HJ212_DEV_CRC_MODBUS = 1,   /* Modbus CRC-16, swapped or not */
    HJ212_DEV_CRC_LOWER,        /* CRC digits in lower case */
    HJ212_DEV_LENGTH_3,         /* length of three digits */
    HJ212_DEV_OVERSIZE,         /* data segment over 1024 bytes */
    HJ212_DEV_TAIL,             /* no CR LF, or only one of them; told with the frame that follows
                                   when nothing had followed yet */
    HJ212_DEV_NO_QN_OR_FLAG,    /* QN or Flag is missing */
    HJ212_DEV_PW,               /* PW is missing or not 6 bytes */
    HJ212_DEV_MN,               /* MN is neither 14 nor 24 letters and digits */
    HJ212_DEV_ST,               /* ST is not 2 bytes */
    HJ212_DEV_ORDER,            /* header fields in an order that no edition prints */
    HJ212_DEV_TIME_DIGITS,      /* DataTime of 12 or 17 digits */
    HJ212_DEV_EMPTY_ITEM,       /* a separator with nothing before or behind it */
    HJ212_DEV_COMMA_TIMES,      /* comma between BeginTime and EndTime */
    HJ212_DEV_BLANKS,           /* blanks around names or values */
    HJ212_DEV_HEADER_SEPARATOR, /* no separator before CP, or a comma in the header */
    HJ212_DEV_NAME_CASE,        /* a known name in other case */
    HJ212_DEV_PARTS,            /* PNUM or PNO without the bit in Flag, or with leading zeros */
    HJ212_DEV_FLAG_EDITION,     /* Flag names an edition that codes or dates contradict */
    HJ212_DEV_CODES,            /* a code of no table, or a name twice in one packet */
    HJ212_DEV_UNITS,            /* an old code whose unit is known to differ between machines */
    HJ212_DEV_COUNT
};

static inline uint32_t hj212_dev_bit(enum hj212_deviation d)
{
    return (uint32_t)1 << d;
}

/* A short key ("crc-modbus") for metrics and the API, and a sentence for people. */
const char *hj212_deviation_key(enum hj212_deviation d);
const char *hj212_deviation_text(enum hj212_deviation d);

/* Of one peer or of one connection; plain numbers that only grow. */
struct hj212_counts {
    uint64_t frames;        /* good ones */
    uint64_t bytes;         /* taken from the connection */
    uint64_t skipped_bytes; /* belonged to no frame */
    uint64_t bad_length;    /* "##" without a usable length */
    uint64_t bad_crc;       /* whole frames with no matching sum */
    uint64_t bad_content;   /* good sum, but no packet */
    uint64_t expired;       /* beginnings whose rest never came */
    uint64_t decrypted;
    uint64_t plain_refused; /* in clear though encryption is required */
    uint64_t deviation[HJ212_DEV_COUNT];
};

/* Adds one to each deviation whose bit is set. */
void hj212_counts_note(struct hj212_counts *c, uint32_t deviations);

#endif
