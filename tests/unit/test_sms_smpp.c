/* SMPP 3.4: the published units in both directions, receipts as centres write them, broken bodies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "protocols/sms/receipt.h"
#include "protocols/sms/smpp.h"
#include "protocols/sms/text.h"

#include "../support/support.h"

#include <stdlib.h>
#include <string.h>

enum { STREAM = 4096 };

struct vector {
    uint8_t bytes[STREAM];
    size_t len;
};

static cJSON *load_vectors(void)
{
    size_t len = 0;
    char *text = support_read_file(PW_SOURCE_DIR "/tests/cases/sms/vectors.json", &len);
    cJSON *tree = NULL;
    assert_int_equal(json_parse(text, len, &tree, NULL), 0);
    free(text);
    return tree;
}

static struct vector vector_of(const char *id)
{
    struct vector v = {.len = 0};
    cJSON *tree = load_vectors();
    const cJSON *pdu;
    cJSON_ArrayForEach(pdu, cJSON_GetObjectItem(tree, "pdus"))
    {
        const char *hex = json_string(pdu, "hex");
        if (strcmp(json_string(pdu, "id"), id) != 0)
            continue;
        for (; hex[2 * v.len]; v.len++) {
            const char pair[3] = {hex[2 * v.len], hex[2 * v.len + 1], '\0'};
            v.bytes[v.len] = (uint8_t)strtoul(pair, NULL, 16);
        }
    }
    cJSON_Delete(tree);
    assert_true(v.len > 0);
    return v;
}

static struct smpp_pdu read_pdu(const struct vector *v)
{
    struct smpp_pdu pdu;
    size_t used = 0;
    assert_int_equal(smpp_next(v->bytes, v->len, &pdu, &used), 0);
    assert_int_equal(used, v->len);
    return pdu;
}

static void assert_written(const struct strbuf *out, const char *id)
{
    struct vector v = vector_of(id);
    assert_false(out->failed);
    assert_int_equal(out->len, v.len);
    assert_memory_equal(out->data, v.bytes, v.len);
}

static void a_bind_is_written_as_the_standard_draws_it(void **state)
{
    (void)state;
    char storage[STREAM];
    struct strbuf out;
    strbuf_init_fixed(&out, storage, sizeof storage);
    const struct smpp_bind bind = {"alarm", "s3cret", ""};
    assert_int_equal(smpp_write_bind(&out, &bind, 1), 0);
    assert_written(&out, "S1");
    const struct smpp_bind too_long = {"alarm", "123456789", ""};
    assert_int_equal(smpp_write_bind(&out, &too_long, 1), PW_EINVAL);
}

static void write_part(struct strbuf *out, const char *text, const struct sms_part *part,
                       struct smpp_submit s, uint32_t sequence)
{
    uint8_t octets[SMS_PART_OCTETS_MAX];
    assert_int_equal(smpp_address_set(&s.from, "10690001"), 0);
    assert_int_equal(smpp_address_set(&s.to, "8613800138000"), 0);
    s.data_coding = 8;
    s.text = octets;
    s.text_len = sms_text_encode(text, part, SMS_UCS2, octets);
    strbuf_reset(out);
    assert_int_equal(smpp_write_submit(out, &s, sequence), 0);
}

static void submits_are_written_in_each_form_of_parts(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const char *text = json_string(cJSON_GetObjectItem(tree, "texts"), "LONG");
    const char *alone = json_string(cJSON_GetObjectItem(tree, "texts"), "A1");
    struct sms_split split;
    char storage[STREAM];
    struct strbuf out;
    strbuf_init_fixed(&out, storage, sizeof storage);

    sms_text_split(alone, strlen(alone), &split);
    write_part(&out, alone, &split.parts[0], (struct smpp_submit){.part = 1, .parts = 1}, 2);
    assert_written(&out, "S4");

    sms_text_split(text, strlen(text), &split);
    struct smpp_submit s = {.reference = 0x2a, .part = 1, .parts = 2, .how = SMPP_PARTS_UDH8};
    write_part(&out, text, &split.parts[0], s, 3);
    assert_written(&out, "S5.1");
    s.part = 2;
    write_part(&out, text, &split.parts[1], s, 4);
    assert_written(&out, "S5.2");
    s = (struct smpp_submit){.reference = 0x1234, .part = 1, .parts = 2, .how = SMPP_PARTS_SAR};
    write_part(&out, text, &split.parts[0], s, 0xb);
    assert_written(&out, "S8");
    /* A header of 16 bits leaves room for one unit less. */
    s.how = SMPP_PARTS_UDH16;
    const struct sms_part shorter = {0, split.parts[0].to - 1, split.parts[0].units - 1};
    write_part(&out, text, &shorter, s, 9);
    assert_written(&out, "S6");
    cJSON_Delete(tree);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const uint8_t text[SMS_PART_OCTETS_MAX] = {0};
    char storage[STREAM];
    struct strbuf out;
    strbuf_init_fixed(&out, storage, sizeof storage);
    struct smpp_submit s = {.data_coding = 8, .text = text, .text_len = 141, .parts = 1};
    assert_int_equal(smpp_write_submit(&out, &s, 1), PW_EINVAL);
    s.parts = 2;
    s.text_len = 135;
    assert_int_equal(smpp_write_submit(&out, &s, 1), PW_EINVAL);
    s.text_len = 134;
    assert_int_equal(smpp_write_submit(&out, &s, 1), 0);
}

static void units_without_a_body_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint32_t command, status, sequence;
    } cases[] = {{"S14", 0x80000005, 0, 0x501}, {"S16", 0x15, 0, 3}, {"S17", 0x80000015, 0, 3},
                 {"S18", 0x80000000, 3, 0x77},  {"S19", 0x06, 0, 4}, {"S20", 0x80000006, 0, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char storage[STREAM];
        struct strbuf out;
        strbuf_init_fixed(&out, storage, sizeof storage);
        smpp_write(&out, cases[i].command, cases[i].status, cases[i].sequence);
        assert_written(&out, cases[i].id);
    }
}

static void answers_tell_their_status_and_id(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint32_t status;
        const char *message_id;
        enum smpp_action action;
    } cases[] = {{"S2", 0, "SMSC", SMPP_ACCEPTED},
                 {"S3", 0x0d, "", SMPP_REFUSED_LOGIN},
                 {"S9", 0, "5EAB0001", SMPP_ACCEPTED},
                 {"S10", 0x58, "", SMPP_SLOW_DOWN},
                 {"S11", 0x14, "", SMPP_SLOW_DOWN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vector v = vector_of(cases[i].id);
        struct smpp_pdu pdu = read_pdu(&v);
        char id[SMPP_ID_SIZE];
        smpp_read_id(&pdu, id);
        assert_int_equal(pdu.status, cases[i].status);
        assert_string_equal(id, cases[i].message_id);
        assert_int_equal(smpp_action_of(pdu.status), cases[i].action);
    }
    assert_int_equal(smpp_action_of(0x0b), SMPP_BAD_RECIPIENT);
    assert_int_equal(smpp_action_of(0x94), SMPP_TRY_AGAIN);
    assert_int_equal(smpp_action_of(0x4ab), SMPP_TRY_AGAIN);
}

static struct smpp_deliver read_deliver(const struct vector *v)
{
    struct smpp_pdu pdu = read_pdu(v);
    struct smpp_deliver d;
    assert_int_equal(pdu.command, SMPP_DELIVER_SM);
    assert_int_equal(smpp_read_deliver(&pdu, &d), 0);
    return d;
}

static void receipts_are_read_from_tlvs_and_from_text(void **state)
{
    (void)state;
    struct sms_receipt r;
    struct vector v = vector_of("S12");
    struct smpp_deliver d = read_deliver(&v);
    assert_true(smpp_is_receipt(&d));
    assert_int_equal(sms_receipt_read(&d, &r), 0);
    assert_string_equal(r.id, "5EAB0001");
    assert_int_equal(r.fate, SMS_DELIVERED);
    assert_string_equal(r.state, "DELIVRD");
    v = vector_of("S13");
    d = read_deliver(&v);
    assert_int_equal(sms_receipt_read(&d, &r), 0);
    assert_string_equal(r.id, "1588264961");
    assert_int_equal(r.fate, SMS_FAILED);
    assert_string_equal(r.state, "EXPIRED");
    assert_string_equal(r.error, "254");
    assert_true(sms_id_matches("5EAB0001", r.id));
}

static void makers_write_receipts_as_they_like(void **state)
{
    (void)state;
    static const struct {
        const char *text, *id;
        enum sms_fate fate;
        int err;
    } cases[] = {{"ID:0042 STAT:DELIVRD Err:0A1", "0042", SMS_DELIVERED, 0},
                 {"stat:ACCEPTD id:7 Text:id:9", "7", SMS_UNDER_WAY, 0},
                 {"msgid:5 id:6 stat:REJECTD", "6", SMS_FAILED, 0},
                 {"id:6 sub:001", "6", SMS_UNDER_WAY, PW_ESYNTAX},
                 {"stat:DELIVRD", "", SMS_DELIVERED, PW_ESYNTAX},
                 {"", "", SMS_UNDER_WAY, PW_ESYNTAX},
                 {"id:", "", SMS_UNDER_WAY, PW_ESYNTAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct smpp_deliver d = {.esm_class = 4,
                                       .text = (const uint8_t *)cases[i].text,
                                       .text_len = strlen(cases[i].text)};
        struct sms_receipt r;
        assert_int_equal(sms_receipt_read(&d, &r), cases[i].err);
        assert_string_equal(r.id, cases[i].id);
        assert_int_equal(r.fate, cases[i].fate);
    }
}

static void ids_match_across_bases_and_spellings(void **state)
{
    (void)state;
    assert_true(sms_id_matches("00ab", "AB"));
    assert_true(sms_id_matches("171", "ab"));
    assert_true(sms_id_matches("ab", "171"));
    assert_false(sms_id_matches("ab", "172"));
    assert_false(sms_id_matches("", ""));
    assert_false(sms_id_matches("x1", "1"));
    assert_false(sms_id_matches("fffffffffffffffff", "1"));
}

static void an_inbound_message_is_its_text(void **state)
{
    (void)state;
    struct vector v = vector_of("S15");
    struct smpp_deliver d = read_deliver(&v);
    char storage[64];
    struct strbuf text;
    strbuf_init_fixed(&text, storage, sizeof storage);
    smpp_deliver_text(&d, &text);
    assert_string_equal(strbuf_text(&text), "收到");
    assert_string_equal(d.from.text, "8613800138000");
    assert_false(smpp_is_receipt(&d));
}

static void addresses_say_what_they_are(void **state)
{
    (void)state;
    struct smpp_address a;
    assert_int_equal(smpp_address_set(&a, "+8613800138000"), 0);
    assert_int_equal(a.ton, 1);
    assert_string_equal(a.text, "8613800138000");
    assert_int_equal(smpp_address_set(&a, "10690001"), 0);
    assert_int_equal(a.ton, 0);
    assert_int_equal(smpp_address_set(&a, "Plumewatch"), 0);
    assert_int_equal(a.ton, 5);
    assert_int_equal(smpp_address_set(&a, ""), PW_EINVAL);
    assert_int_equal(smpp_address_set(&a, "1234567890123456789012"), PW_EINVAL);
}

static void a_stream_is_cut_into_units_wherever_it_breaks(void **state)
{
    (void)state;
    struct vector a = vector_of("S12");
    struct vector b = vector_of("S16");
    memcpy(a.bytes + a.len, b.bytes, b.len);
    size_t total = a.len + b.len;
    struct smpp_pdu pdu;
    size_t used = 0;
    for (size_t len = 0; len < a.len; len++)
        assert_int_equal(smpp_next(a.bytes, len, &pdu, &used), PW_EMORE);
    assert_int_equal(smpp_next(a.bytes, total, &pdu, &used), 0);
    assert_int_equal(used, a.len);
    assert_int_equal(smpp_next(a.bytes + used, total - used, &pdu, &used), 0);
    assert_int_equal(pdu.command, SMPP_ENQUIRE_LINK);
    const uint8_t impossible[] = {0, 0, 0, 15};
    assert_int_equal(smpp_next(impossible, 4, &pdu, &used), PW_ESYNTAX);
    const uint8_t endless[] = {0x7f, 0, 0, 0};
    assert_int_equal(smpp_next(endless, 4, &pdu, &used), PW_ESYNTAX);
}

static void a_body_cut_anywhere_is_refused_or_read_within(void **state)
{
    (void)state;
    struct vector v = vector_of("S12");
    for (size_t len = 0; len < v.len - SMPP_HEADER_SIZE; len++) {
        /* On the heap, so that a read behind the end is seen. */
        uint8_t *body = malloc(len + 1);
        memcpy(body, v.bytes + SMPP_HEADER_SIZE, len);
        const struct smpp_pdu pdu = {.command = SMPP_DELIVER_SM, .body = body, .body_len = len};
        struct smpp_deliver d;
        struct sms_receipt r;
        if (smpp_read_deliver(&pdu, &d) == 0)
            (void)!sms_receipt_read(&d, &r);
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bind_is_written_as_the_standard_draws_it),
        cmocka_unit_test(submits_are_written_in_each_form_of_parts),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(units_without_a_body_are_written),
        cmocka_unit_test(answers_tell_their_status_and_id),
        cmocka_unit_test(receipts_are_read_from_tlvs_and_from_text),
        cmocka_unit_test(makers_write_receipts_as_they_like),
        cmocka_unit_test(ids_match_across_bases_and_spellings),
        cmocka_unit_test(an_inbound_message_is_its_text),
        cmocka_unit_test(addresses_say_what_they_are),
        cmocka_unit_test(a_stream_is_cut_into_units_wherever_it_breaks),
        cmocka_unit_test(a_body_cut_anywhere_is_refused_or_read_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
