/* UTF-8 by RFC 3629, every code point and the classic wrong forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/utf8.h"

#include <string.h>

static size_t encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(lead[len] | code);
    return len;
}

static void every_code_point_but_surrogates_is_valid(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x120000; code++) {
        char text[4];
        size_t len = encode(code, text);
        bool want = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
        if (utf8_is_valid(text, len) != want)
            fail_msg("U+%04X", (unsigned)code);
    }
}

static void cut_characters_are_not_valid(void **state)
{
    (void)state;
    for (uint32_t code = 0x80; code <= 0x10FFFF; code += 97) {
        char text[4];
        size_t len = encode(code, text);
        for (size_t cut = 1; cut < len; cut++)
            assert_int_equal(utf8_valid_prefix(text, cut), 0);
    }
}

static void wrong_forms_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x80\x80",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x80\x80\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "\xC2\x41",
                                      "\xE2\x82\x41"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(utf8_valid_prefix(bad[i], strlen(bad[i])), 0);
}

static void prefix_stops_before_the_first_bad_byte(void **state)
{
    (void)state;
    static const char text[] = "ab\xE7\x83\x9F\xFFzz";
    assert_int_equal(utf8_valid_prefix(text, sizeof text - 1), 5);
    assert_int_equal(utf8_valid_prefix(text, 4), 2);
    assert_int_equal(utf8_valid_prefix(text, 0), 0);
    assert_int_equal(utf8_valid_prefix("a\0b", 3), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_but_surrogates_is_valid),
        cmocka_unit_test(cut_characters_are_not_valid),
        cmocka_unit_test(wrong_forms_are_refused),
        cmocka_unit_test(prefix_stops_before_the_first_bad_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
