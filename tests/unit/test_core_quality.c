/* Quality words: text and back, and which of them keep a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/quality.h"

#include <stdio.h>
#include <string.h>

static const char *const words_with_value[] = {"",
                                               "held",
                                               "clock-untrusted",
                                               "over-range",
                                               "under-range",
                                               "calibrating",
                                               "maintenance",
                                               "fault",
                                               "blow-back",
                                               "standby",
                                               "power-fault",
                                               "manual",
                                               "flag-N"};
static const char *const words_without_value[] = {
    "timeout", "exception-2", "crc",      "length",     "foreign",     "refused",
    "link",    "busy",        "no-value", "wire-break", "not-a-number"};

static void check_word(const char *word, bool has_value)
{
    quality q = 0xffff;
    assert_int_equal(quality_parse(word, strlen(word), &q), 0);
    assert_int_equal(quality_has_value(q), has_value);
    assert_int_equal(quality_is_good(q), *word == '\0');
    char text[QUALITY_TEXT_SIZE];
    assert_string_equal(quality_format(q, text), word);
}

static void every_word_of_the_table_reads_and_prints_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words_with_value / sizeof *words_with_value; i++)
        check_word(words_with_value[i], true);
    for (size_t i = 0; i < sizeof words_without_value / sizeof *words_without_value; i++)
        check_word(words_without_value[i], false);
    assert_int_equal(sizeof words_with_value / sizeof *words_with_value +
                         sizeof words_without_value / sizeof *words_without_value,
                     QUALITY_WORD_COUNT);
}

static void every_quality_reads_back_from_its_text(void **state)
{
    (void)state;
    for (unsigned word = 0; word < QUALITY_WORD_COUNT; word++) {
        bool flag = word == QUALITY_FLAG;
        unsigned last = flag ? 0x7e : word == QUALITY_EXCEPTION ? 255 : 0;
        for (unsigned parameter = flag ? 0x21 : 0; parameter <= last; parameter++) {
            quality q = quality_make((enum quality_word)word, (uint8_t)parameter);
            assert_int_equal(quality_word(q), word);
            assert_int_equal(quality_parameter(q), parameter);
            char text[QUALITY_TEXT_SIZE];
            quality back = 0xffff;
            quality_format(q, text);
            assert_int_equal(quality_parse(text, strlen(text), &back), 0);
            assert_int_equal(back, q);
        }
    }
}

static void good_may_be_spelled_out(void **state)
{
    (void)state;
    quality q = 0xffff;
    assert_int_equal(quality_parse("good", 4, &q), 0);
    assert_true(quality_is_good(q));
}

static void text_beyond_the_length_is_not_looked_at(void **state)
{
    (void)state;
    quality q = 0xffff;
    assert_int_equal(quality_parse("crc32", 3, &q), 0);
    assert_int_equal(q, QUALITY_CRC);
    assert_int_equal(quality_parse("exception-255", 12, &q), 0);
    assert_int_equal(q, quality_make(QUALITY_EXCEPTION, 25));
}

static void unknown_words_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Good",           "goo",           "goods",        "timeout ",     "exception",
        "exception-",     "exception-256", "exception-01", "exception--1", "exception-1x",
        "exception-1000", "flag",          "flag-",        "flag-NN",      "flag- ",
        "flag-\x80",      "no value",      "held-1"};
    quality q = 0x1234;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (quality_parse(bad[i], strlen(bad[i]), &q) != PW_ESYNTAX)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(q, 0x1234);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_of_the_table_reads_and_prints_the_same),
        cmocka_unit_test(every_quality_reads_back_from_its_text),
        cmocka_unit_test(good_may_be_spelled_out),
        cmocka_unit_test(text_beyond_the_length_is_not_looked_at),
        cmocka_unit_test(unknown_words_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
