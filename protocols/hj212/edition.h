/* The three editions of HJ 212 and the numbers in which they differ. */
#ifndef PROTOCOLS_HJ212_EDITION_H
#define PROTOCOLS_HJ212_EDITION_H

enum hj212_edition {
    HJ212_EDITION_AUTO, /* of a setting: from the packets */
    HJ212_2005,
    HJ212_2017,
    HJ212_2025,
    HJ212_EDITION_COUNT
};

enum {
    HJ212_SEGMENT_MAX = 1024, /* bytes of the data segment that may be sent */
    HJ212_CP_MAX_2005 = 960,  /* with "CP=&&" and "&&" */
    HJ212_CP_MAX = 950,       /* 2017 and 2025 */
    HJ212_RECEIVE_MAX = 9999, /* what four digits can say */
    HJ212_OVERHEAD = 12,      /* "##", length, CRC, CR LF */
    HJ212_MN_MAX = 40,
    HJ212_PW_MAX = 64,
    HJ212_FLAG_ANSWER = 1, /* an answer is wanted */
    HJ212_FLAG_SPLIT = 2,  /* PNUM and PNO are there */
    HJ212_FLAG_EDITION_SHIFT = 2
};

#endif
