/* What an SMS centre may send: units out of a stream, inbound messages, receipts, their texts. */
#include "acq/core/utf8.h"
#include "protocols/sms/receipt.h"
#include "protocols/sms/smpp.h"
#include "protocols/sms/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4 * SMPP_PDU_MAX };

static void read_unit(const struct smpp_pdu *pdu)
{
    static char storage[TEXT_MAX];
    struct strbuf text;
    struct smpp_deliver d;
    struct sms_receipt r;
    char id[SMPP_ID_SIZE];
    smpp_read_id(pdu, id);
    (void)smpp_action_of(pdu->status);
    if (smpp_read_deliver(pdu, &d) != 0)
        return;
    strbuf_init_fixed(&text, storage, sizeof storage);
    smpp_deliver_text(&d, &text);
    pw_require(utf8_is_valid(strbuf_text(&text), text.len));
    if (sms_receipt_read(&d, &r) == 0)
        (void)sms_id_matches(id, r.id);
}

/* The same bytes as the text of a message of ours. */
static void split_text(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    struct strbuf clean;
    struct sms_split split;
    uint8_t octets[SMS_PART_OCTETS_MAX];
    pw_require(copy);
    for (size_t i = 0; i < size; i++)
        copy[i] = data[i] ? (char)data[i] : ' ';
    copy[size] = '\0';
    strbuf_init(&clean, TEXT_MAX);
    sms_text_clean(copy, &clean);
    sms_text_shorten(&clean);
    sms_text_split(strbuf_text(&clean), clean.len, &split);
    pw_require(split.rest == 0);
    for (uint32_t i = 0; i < split.count; i++)
        (void)sms_text_encode(strbuf_text(&clean), &split.parts[i], split.alphabet, octets);
    strbuf_deinit(&clean);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smpp_pdu pdu;
    size_t used = 0;
    if (size > SMPP_PDU_MAX)
        return 0;
    split_text(data, size);
    while (smpp_next(data, size, &pdu, &used) == 0) {
        read_unit(&pdu);
        data += used;
        size -= used;
    }
    return 0;
}
