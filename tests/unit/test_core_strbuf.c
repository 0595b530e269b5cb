/* Bounded text: growth, bounds, JSON pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"

#include <math.h>
#include <string.h>

static void empty_text_is_readable(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 10);
    assert_string_equal(strbuf_text(&b), "");
    strbuf_truncate(&b, 0);
    strbuf_reset(&b);
    assert_false(b.failed);
    strbuf_deinit(&b);
}

static void text_grows_to_its_bound_and_no_further(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 1000);
    for (int i = 0; i < 1000; i++)
        strbuf_addc(&b, (char)('a' + i % 26));
    assert_false(b.failed);
    assert_int_equal(b.len, 1000);
    strbuf_addc(&b, '!');
    assert_true(b.failed);
    assert_int_equal(b.len, 1000);
    assert_int_equal(strlen(strbuf_text(&b)), 1000);
    assert_int_equal(b.data[999], 'a' + 999 % 26);
    strbuf_deinit(&b);
}

static void refused_piece_is_left_out_whole(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 8);
    strbuf_adds(&b, "12345");
    strbuf_adds(&b, "6789");
    assert_true(b.failed);
    assert_string_equal(strbuf_text(&b), "12345");
    strbuf_addf(&b, "%04d", 7);
    assert_string_equal(strbuf_text(&b), "12345");
    strbuf_reset(&b);
    assert_false(b.failed);
    strbuf_addf(&b, "%08d", 7);
    assert_false(b.failed);
    assert_string_equal(strbuf_text(&b), "00000007");
    strbuf_deinit(&b);
}

static void length_that_overflows_is_refused(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX - 1);
    strbuf_adds(&b, "abc");
    assert_false(strbuf_reserve(&b, SIZE_MAX - 2));
    assert_true(b.failed);
    assert_string_equal(strbuf_text(&b), "abc");
    strbuf_deinit(&b);
}

static void fixed_storage_is_filled_but_for_its_nul(void **state)
{
    (void)state;
    char storage[9];
    memset(storage, '#', sizeof storage);
    struct strbuf b;
    strbuf_init_fixed(&b, storage, 8);
    assert_string_equal(strbuf_text(&b), "");
    strbuf_adds(&b, "1234567");
    assert_false(b.failed);
    assert_ptr_equal(b.data, storage);
    strbuf_addc(&b, '8');
    assert_true(b.failed);
    assert_string_equal(storage, "1234567");
    assert_int_equal(storage[8], '#');
    strbuf_deinit(&b);
}

static void truncating_goes_back_to_a_mark(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 100);
    strbuf_adds(&b, "keep");
    size_t mark = b.len;
    strbuf_adds(&b, "drop");
    strbuf_truncate(&b, mark);
    assert_string_equal(strbuf_text(&b), "keep");
    strbuf_deinit(&b);
}

static void numbers_have_the_text_of_num(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 100);
    strbuf_add_int(&b, INT64_MIN);
    strbuf_addc(&b, ' ');
    strbuf_add_double(&b, 28.1);
    strbuf_add_double(&b, NAN);
    strbuf_add_double(&b, INFINITY);
    strbuf_addc(&b, ' ');
    strbuf_add_json_double(&b, -INFINITY);
    strbuf_addc(&b, ' ');
    strbuf_add_json_double(&b, 0.5);
    assert_string_equal(strbuf_text(&b), "-9223372036854775808 28.1 null 0.5");
    strbuf_deinit(&b);
}

static void json_strings_escape_what_json_forbids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\\u007f\""},
        {"\xE7\x83\x9F\xE5\x9B\xB1", "\"\xE7\x83\x9F\xE5\x9B\xB1\""},
        {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
        {"cut \xE7\x83", "\"cut \xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf b;
        strbuf_init(&b, 100);
        strbuf_add_json_string(&b, cases[i].text);
        assert_string_equal(strbuf_text(&b), cases[i].json);
        strbuf_deinit(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_text_is_readable),
        cmocka_unit_test(text_grows_to_its_bound_and_no_further),
        cmocka_unit_test(refused_piece_is_left_out_whole),
        cmocka_unit_test(length_that_overflows_is_refused),
        cmocka_unit_test(fixed_storage_is_filled_but_for_its_nul),
        cmocka_unit_test(truncating_goes_back_to_a_mark),
        cmocka_unit_test(numbers_have_the_text_of_num),
        cmocka_unit_test(json_strings_escape_what_json_forbids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
