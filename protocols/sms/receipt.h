/* Delivery receipts: what a centre or a gateway says became of a message. Their texts are each
 * maker's own (SMPP 3.4 appendix B is an example), so they are read leniently: keys in any case and
 * order, what is missing is missing. */
#ifndef PROTOCOLS_SMS_RECEIPT_H
#define PROTOCOLS_SMS_RECEIPT_H

#include "protocols/sms/smpp.h"

enum sms_fate {
    SMS_UNDER_WAY, /* enroute, accepted, buffered: not final */
    SMS_DELIVERED,
    SMS_FAILED /* expired, deleted, undeliverable, unknown, rejected */
};

struct sms_receipt {
    char id[SMPP_ID_SIZE]; /* "" when there is none */
    enum sms_fate fate;
    char state[16]; /* the centre's word or number: "DELIVRD", "EXPIRED", "5" */
    char error[16]; /* err: of the text; "" when there is none */
};

/* TLVs first, then the text, field by field. PW_ESYNTAX when neither names an id or a state. */
PW_MUST_CHECK int sms_receipt_read(const struct smpp_deliver *d, struct sms_receipt *out);

/* Whether a receipt's id means a submit's: equal, or equal without leading zeros and case, or one
 * hexadecimal and the other the same number in decimal. Empty ids never match. */
bool sms_id_matches(const char *submitted, const char *receipted);

#endif
