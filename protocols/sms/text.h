/* The text of a short message (GSM 03.38, 03.40): which alphabet it needs, how many units it has,
 * and where it is cut into parts. One alphabet for the whole message: GSM-7 when every character is
 * in its default table or the extension, else UCS-2 (UTF-16BE without a mark). A message of one
 * part holds 160 septets or 70 units; each of several 153 or 67, since six octets say which part it
 * is.
 *
 * Parts are filled greedily, never cut inside a character (a surrogate pair, an escaped septet),
 * and not inside a number where less than NUMBER_MAX units are lost by that.
 *
 * Texts are UTF-8. No socket, no clock, no memory: everything is borrowed. */
#ifndef PROTOCOLS_SMS_TEXT_H
#define PROTOCOLS_SMS_TEXT_H

#include "acq/core/strbuf.h"

#include <stdint.h>

enum sms_alphabet { SMS_GSM7, SMS_UCS2 };

enum {
    SMS_PARTS_MAX = 8,
    SMS_GSM7_SINGLE = 160,
    SMS_GSM7_PART = 153,
    SMS_UCS2_SINGLE = 70,
    SMS_UCS2_PART = 67,
    SMS_PART_OCTETS_MAX = 160
};

/* Bytes [from, to) of the text. */
struct sms_part {
    size_t from, to;
    uint32_t units;
};

struct sms_split {
    enum sms_alphabet alphabet;
    uint32_t units; /* of the whole text */
    uint32_t count; /* parts; 1 for an empty text */
    struct sms_part parts[SMS_PARTS_MAX];
    size_t rest; /* bytes of the text that did not fit into SMS_PARTS_MAX parts */
};

/* What a phone can show: invalid UTF-8 becomes U+FFFD, control characters but a line feed go, and
 * brackets 【】 become [], since only the sender's sign may stand in them. */
void sms_text_clean(const char *text, struct strbuf *out);

/* text must be valid UTF-8 (sms_text_clean()). */
void sms_text_split(const char *text, size_t len, struct sms_split *out);

/* Cuts a text of more than SMS_PARTS_MAX parts so that it fits and ends in an ellipsis. */
void sms_text_shorten(struct strbuf *text);

/* The octets of a part as SMPP and modems carry them: UTF-16BE, or one GSM-7 character per octet
 * (unpacked, ESC before one of the extension). At most SMS_PART_OCTETS_MAX; returns how many. */
size_t sms_text_encode(const char *text, const struct sms_part *part, enum sms_alphabet alphabet,
                       uint8_t out[SMS_PART_OCTETS_MAX]);

/* UTF-16BE octets as UTF-8; lone surrogates and an odd last octet become U+FFFD. */
void sms_ucs2_decode(const uint8_t *octets, size_t len, struct strbuf *out);

/* GSM-7 characters, one per octet, as UTF-8. */
void sms_gsm7_decode(const uint8_t *octets, size_t len, struct strbuf *out);

#endif
