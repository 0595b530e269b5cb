/* The text of short messages: alphabets, parts, borders, and what a phone gets to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "acq/core/utf8.h"
#include "protocols/sms/text.h"

#include "../support/support.h"

#include <stdlib.h>
#include <string.h>

static cJSON *load_vectors(void)
{
    size_t len = 0;
    char *text = support_read_file(PW_SOURCE_DIR "/tests/cases/sms/vectors.json", &len);
    cJSON *tree = NULL;
    assert_int_equal(json_parse(text, len, &tree, NULL), 0);
    free(text);
    return tree;
}

static void each_rule_gives_its_alphabet_units_and_parts(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const cJSON *rule;
    cJSON_ArrayForEach(rule, cJSON_GetObjectItem(tree, "rules"))
    {
        const char *text = json_string(rule, "text");
        const cJSON *parts = cJSON_GetObjectItem(rule, "parts");
        struct sms_split split;
        sms_text_split(text, strlen(text), &split);
        bool is_gsm7 = strcmp(json_string(rule, "alphabet"), "GSM-7") == 0;
        assert_int_equal(split.alphabet, is_gsm7 ? SMS_GSM7 : SMS_UCS2);
        assert_int_equal(split.units, json_int(rule, "units", 0));
        assert_int_equal(split.count, cJSON_GetArraySize(parts));
        for (uint32_t i = 0; i < split.count; i++)
            assert_int_equal(split.parts[i].units, cJSON_GetArrayItem(parts, (int)i)->valueint);
        assert_int_equal(split.rest, 0);
    }
    cJSON_Delete(tree);
}

static void the_parts_of_a_text_are_the_text(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const char *text = json_string(cJSON_GetObjectItem(tree, "texts"), "LONG");
    const cJSON *parts = cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "texts"), "parts");
    struct sms_split split;
    sms_text_split(text, strlen(text), &split);
    for (uint32_t i = 0; i < split.count; i++) {
        const char *expected = cJSON_GetArrayItem(parts, (int)i)->valuestring;
        size_t len = split.parts[i].to - split.parts[i].from;
        assert_int_equal(len, strlen(expected));
        assert_memory_equal(text + split.parts[i].from, expected, len);
    }
    cJSON_Delete(tree);
}

static void a_number_is_not_cut(void **state)
{
    (void)state;
    char text[400] = "";
    memset(text, 'a', 150);
    strcat(text, "123456 mg/m3 and more of the text");
    struct sms_split split;
    sms_text_split(text, strlen(text), &split);
    assert_int_equal(split.count, 2);
    assert_int_equal(split.parts[0].units, 150);
    assert_memory_equal(text + split.parts[1].from, "123456", 6);
}

static void a_text_of_digits_alone_is_cut_all_the_same(void **state)
{
    (void)state;
    char text[400] = "";
    memset(text, '7', 320);
    struct sms_split split;
    sms_text_split(text, 320, &split);
    assert_int_equal(split.count, 3);
    assert_int_equal(split.parts[0].units, SMS_GSM7_PART);
}

static void what_is_too_long_is_shortened_and_says_so(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 100000);
    for (int i = 0; i < 600; i++)
        strbuf_adds(&text, "告");
    sms_text_shorten(&text);
    struct sms_split split;
    sms_text_split(text.data, text.len, &split);
    assert_int_equal(split.rest, 0);
    assert_int_equal(split.count, SMS_PARTS_MAX);
    assert_int_equal(split.units, SMS_PARTS_MAX * SMS_UCS2_PART);
    assert_string_equal(text.data + text.len - 3, "…");
    assert_true(utf8_is_valid(text.data, text.len));
    strbuf_reset(&text);
    for (int i = 0; i < 2000; i++)
        strbuf_addc(&text, 'a');
    sms_text_shorten(&text);
    sms_text_split(text.data, text.len, &split);
    assert_int_equal(split.alphabet, SMS_GSM7);
    assert_int_equal(split.units, SMS_PARTS_MAX * SMS_GSM7_PART);
    assert_string_equal(text.data + text.len - 3, "...");
    strbuf_deinit(&text);
}

static void assert_cleaned(const char *text, const char *expected)
{
    struct strbuf out;
    strbuf_init(&out, 1000);
    sms_text_clean(text, &out);
    assert_string_equal(strbuf_text(&out), expected);
    strbuf_deinit(&out);
}

static void what_a_phone_cannot_show_is_cleaned(void **state)
{
    (void)state;
    assert_cleaned("二氧化硫 35.2\n超标", "二氧化硫 35.2\n超标");
    assert_cleaned("【伪】a\tb\r\x7f", "[伪]ab");
    assert_cleaned("a\xff\xe4\xbb", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_cleaned("\xc2\x85x", "x");
    assert_cleaned("", "");
}

static void an_encoded_part_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"COD{85.3} €/\\~^[x] äöü@£", "旁路🚨开启 m³/h", ""};
    for (size_t i = 0; i < 3; i++) {
        struct sms_split split;
        uint8_t octets[SMS_PART_OCTETS_MAX];
        struct strbuf back;
        sms_text_split(texts[i], strlen(texts[i]), &split);
        size_t len = sms_text_encode(texts[i], &split.parts[0], split.alphabet, octets);
        strbuf_init(&back, 1000);
        if (split.alphabet == SMS_GSM7)
            sms_gsm7_decode(octets, len, &back);
        else
            sms_ucs2_decode(octets, len, &back);
        assert_int_equal(split.alphabet, i == 1 ? SMS_UCS2 : SMS_GSM7);
        assert_string_equal(strbuf_text(&back), texts[i]);
        strbuf_deinit(&back);
    }
}

static void broken_ucs2_is_told_not_believed(void **state)
{
    (void)state;
    const uint8_t octets[] = {0xd8, 0x3d, 0x00, 'a', 0xdd, 0x00, 0x4f};
    struct strbuf out;
    strbuf_init(&out, 100);
    sms_ucs2_decode(octets, sizeof octets, &out);
    assert_string_equal(out.data, "\xef\xbf\xbd"
                                  "a"
                                  "\xef\xbf\xbd\xef\xbf\xbd");
    strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_gives_its_alphabet_units_and_parts),
        cmocka_unit_test(the_parts_of_a_text_are_the_text),
        cmocka_unit_test(a_number_is_not_cut),
        cmocka_unit_test(a_text_of_digits_alone_is_cut_all_the_same),
        cmocka_unit_test(what_is_too_long_is_shortened_and_says_so),
        cmocka_unit_test(what_a_phone_cannot_show_is_cleaned),
        cmocka_unit_test(an_encoded_part_reads_back),
        cmocka_unit_test(broken_ucs2_is_told_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
