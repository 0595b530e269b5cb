/* How to speak with one peer: its edition and everything in which peers differ or the standard's
 * text is not certain. Each uncertain fact is a setting with its evidence, listed by
 * hj212_profile_settings() and in docs/hj212-conformance.md. */
#ifndef PROTOCOLS_HJ212_PROFILE_H
#define PROTOCOLS_HJ212_PROFILE_H

#include "protocols/hj212/crc.h"
#include "protocols/hj212/edition.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hj212_cipher_form {
    HJ212_CIPHER_RAW,    /* bytes, the length unchanged */
    HJ212_CIPHER_LITERAL /* "{0xE4,0x3E,...}", the length that of the plain text */
};

enum hj212_cipher_use {
    HJ212_CIPHER_OFF,
    HJ212_CIPHER_ACCEPT, /* read it when it comes */
    HJ212_CIPHER_REQUIRE /* refuse in clear what shall be encrypted */
};

struct hj212_profile {
    enum hj212_edition edition;    /* writers need a real one */
    enum hj212_crc_variant crc_in; /* HJ212_CRC_UNKNOWN: find out */
    enum hj212_crc_variant crc_out;
    bool length_3;           /* accept a length of 3 digits */
    uint16_t segment_max_in; /* longer ones are no frames */
    int16_t zone_min;        /* of all times in the packets, minutes east of UTC */
    enum hj212_cipher_use cipher_in;
    bool cipher_out;                    /* encrypt what 2025 says shall be */
    enum hj212_cipher_form cipher_form; /* sent; the literal is also read when set */
    bool cipher_new_key;                /* 1014 downward protected by the key it replaces */
    uint8_t key_grace_min;              /* minutes for which the old key is still tried */
    uint8_t parts_digits;               /* of PNUM and PNO in 2025 */
    bool parts_padded;                  /* write them with leading zeros: 0001 */
    uint8_t flag_request_2005;          /* Flag of requests in 2005 */
    bool answer_crc_error;              /* 9011 QnRtn=9 instead of silence */
    bool resend_same_qn;                /* a resend is the same bytes */
    bool heartbeat;                     /* 9015 exists */
    bool backfill_mark;                 /* RF=1 in late data */
    bool cap_over_range;                /* the largest value of the format instead of more digits */
    bool digits_2025;            /* digits of the table of 2025 where they differ from 2017 */
    bool calibration_type;       /* CalibrationType in 3011 */
    uint16_t retained_sample_cn; /* of the upload of retained samples */
};

/* What the edition prints, and the likelier choice where it is not certain. AUTO gives 2017. */
struct hj212_profile hj212_profile_default(enum hj212_edition edition);

/* Most bytes of a sent segment, and of CP with its marks. */
size_t hj212_cp_max(enum hj212_edition edition);

/* Whether 2025 wants CN encrypted on the way from field to host (6.4.4: 2000 to 2999, 1014, 3020).
 */
bool hj212_shall_be_encrypted(int cn);

struct hj212_setting {
    const char *name;
    const char *evidence;
    const char *text;
    const char *by_default; /* for people */
};

const struct hj212_setting *hj212_profile_settings(size_t *count);

#endif
