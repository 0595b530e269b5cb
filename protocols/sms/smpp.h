/* SMPP 3.4 (Issue 1.2), the part an alarm sender needs: bind as transceiver, submit, receipts and
 * inbound messages, enquire_link, unbind. Strict writer, tolerant reader: bodies that a centre
 * leaves out or sends where it should not are no fault. No socket, no clock, no memory. */
#ifndef PROTOCOLS_SMS_SMPP_H
#define PROTOCOLS_SMS_SMPP_H

#include "acq/core/strbuf.h"

#include <stdint.h>

enum { SMPP_HEADER_SIZE = 16, SMPP_PDU_MAX = 4096, SMPP_ID_SIZE = 66, SMPP_ADDRESS_SIZE = 22 };
enum { SMPP_SEQUENCE_MAX = 0x7fffffff };

enum smpp_command {
    SMPP_SUBMIT_SM = 0x04,
    SMPP_DELIVER_SM = 0x05,
    SMPP_UNBIND = 0x06,
    SMPP_BIND_TRANSCEIVER = 0x09,
    SMPP_ENQUIRE_LINK = 0x15
};

/* The command of the answer to a request; that to 0 is generic_nack. */
static inline uint32_t smpp_response_to(uint32_t command)
{
    return command | 0x80000000u;
}

enum smpp_status {
    SMPP_OK = 0,
    SMPP_BAD_LENGTH = 0x02,
    SMPP_UNKNOWN_COMMAND = 0x03,
    SMPP_SYSTEM_ERROR = 0x08
};

/* One protocol data unit; the body is borrowed from the stream's bytes. */
struct smpp_pdu {
    uint32_t command, status, sequence;
    const uint8_t *body;
    size_t body_len;
};

/* Takes the unit at the beginning of data. 0: *out is it and *used its length. PW_EMORE: not whole
 * yet. PW_ESYNTAX: command_length is impossible, the connection is of no more use. */
PW_MUST_CHECK int smpp_next(const uint8_t *data, size_t len, struct smpp_pdu *out, size_t *used);

/* Unit after unit is appended to out; out->failed says that one did not fit. A unit without a body.
 */
void smpp_write(struct strbuf *out, uint32_t command, uint32_t status, uint32_t sequence);

struct smpp_bind {
    const char *system_id;   /* at most 15 characters */
    const char *password;    /* at most 8 */
    const char *system_type; /* at most 12 */
};

/* PW_EINVAL when a text is too long. */
PW_MUST_CHECK int smpp_write_bind(struct strbuf *out, const struct smpp_bind *bind,
                                  uint32_t sequence);

struct smpp_address {
    uint8_t ton, npi;
    char text[SMPP_ADDRESS_SIZE]; /* digits without '+', or a name */
};

/* "+8613800138000" and bare digits of at least 8: international 1/1; fewer digits: 0/0; letters:
 * 5/0. PW_EINVAL when it is longer than the protocol allows. */
PW_MUST_CHECK int smpp_address_set(struct smpp_address *a, const char *text);

enum smpp_parts {
    SMPP_PARTS_UDH8,  /* a header 05 00 03 RR TT NN before the text */
    SMPP_PARTS_UDH16, /* 06 08 04 RRRR TT NN; parts must be one unit shorter */
    SMPP_PARTS_SAR    /* sar_* TLVs */
};

struct smpp_submit {
    struct smpp_address from, to;
    uint8_t data_coding; /* 0, 8 */
    uint16_t reference;  /* of the parts; only its low byte with UDH8 */
    uint8_t part, parts; /* 1, 1: alone */
    enum smpp_parts how;
    const uint8_t *text;
    size_t text_len;
};

/* Asks for a receipt of success and failure. PW_EINVAL when text and header exceed 160 octets of
 * data coding 0 or 140 of any other. */
PW_MUST_CHECK int smpp_write_submit(struct strbuf *out, const struct smpp_submit *s,
                                    uint32_t sequence);

/* message_id of a submit_sm_resp; "" when the body holds none. */
void smpp_read_id(const struct smpp_pdu *pdu, char out[SMPP_ID_SIZE]);

/* A deliver_sm. */
struct smpp_deliver {
    struct smpp_address from, to;
    uint8_t esm_class, data_coding;
    const uint8_t *text; /* short_message, or message_payload where that is empty; no header */
    size_t text_len;
    char receipted_id[SMPP_ID_SIZE]; /* TLV 0x001E; "" = none */
    uint8_t message_state;           /* TLV 0x0427; 0 = none */
};

/* PW_ESYNTAX when a mandatory field is cut off; unknown and broken TLVs are skipped. */
PW_MUST_CHECK int smpp_read_deliver(const struct smpp_pdu *pdu, struct smpp_deliver *out);

bool smpp_is_receipt(const struct smpp_deliver *d);

/* The text as UTF-8, by its data coding (0 and 1 ASCII and GSM-7, 3 Latin-1, 8 UCS-2). */
void smpp_deliver_text(const struct smpp_deliver *d, struct strbuf *out);

/* What to do about a status of submit_sm_resp or bind_resp. */
enum smpp_action {
    SMPP_ACCEPTED,
    SMPP_SLOW_DOWN,      /* throttled, or the queue is full: the same message again, later */
    SMPP_TRY_AGAIN,      /* with back-off, a few times */
    SMPP_BIND_AGAIN,     /* the session is not what we think */
    SMPP_REFUSED_LOGIN,  /* of a bind: somebody must change something, try rarely */
    SMPP_BAD_RECIPIENT,  /* give this number up */
    SMPP_GIVE_MESSAGE_UP /* our fault or the configuration's: not this message on this gateway */
};

enum smpp_action smpp_action_of(uint32_t status);

#endif
