/* Strict reading of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"

#include <stdlib.h>
#include <string.h>

static int parse(const char *text, cJSON **out, size_t *out_offset)
{
    /* A copy without a NUL behind it, so that a read past the length is seen. */
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    int rc = json_parse(copy, len, out, out_offset);
    free(copy);
    return rc;
}

static void good_text_gives_its_members(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    assert_int_equal(
        parse(" {\"s\":\"\xE7\x83\x9F\",\"i\":-7,\"t\":true,\"f\":false,\"n\":null} \r\n\t", &tree,
              NULL),
        0);
    assert_string_equal(json_string(tree, "s"), "\xE7\x83\x9F");
    assert_null(json_string(tree, "i"));
    assert_null(json_string(tree, "S"));
    assert_int_equal(json_int(tree, "i", 0), -7);
    assert_int_equal(json_int(tree, "s", 99), 99);
    assert_int_equal(json_int(tree, "none", 99), 99);
    assert_true(json_bool(tree, "t", false));
    assert_false(json_bool(tree, "f", true));
    assert_true(json_bool(tree, "n", true));
    cJSON_Delete(tree);
}

static void escaped_backslash_before_u0000_is_text(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    assert_int_equal(parse("[\"\\\\u0000\",\"\\\"1.\"]", &tree, NULL), 0);
    assert_string_equal(cJSON_GetArrayItem(tree, 0)->valuestring, "\\u0000");
    assert_string_equal(cJSON_GetArrayItem(tree, 1)->valuestring, "\"1.");
    cJSON_Delete(tree);
}

static void integers_stay_within_what_a_double_holds(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    assert_int_equal(
        parse("{\"most\":9007199254740992,\"more\":1e17,\"less\":-1e300}", &tree, NULL), 0);
    assert_true(json_int(tree, "most", 0) == 9007199254740992);
    assert_int_equal(json_int(tree, "more", -3), -3);
    assert_int_equal(json_int(tree, "less", -3), -3);
    cJSON_Delete(tree);
}

static void bad_text_tells_where_it_stopped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"{\"a\":1} x", 8}, {"{\"a\":1}{", 7},  {"{\"a\":\"\xFF\"}", 6},
        {"[1,2,}", 5},      {"{\"a\":tru}", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *tree = NULL;
        size_t offset = 999;
        assert_int_equal(parse(cases[i].text, &tree, &offset), PW_ESYNTAX);
        assert_null(tree);
        assert_int_equal(offset, cases[i].offset);
    }
}

static void what_json_forbids_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        " ",     "{",        "[",           "\"a",
                                      "{\"a\"}", "{a:1}", "{'a':1}",  "[1 2]",       "nul",
                                      "\"\\x\"", "[01]",  "[1.]",     "[1e400]",     "[-]",
                                      "[.5]",    "[+1]",  "\"a\nb\"", "\"\\u0000\"", "\"\\ud800\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cJSON *tree = NULL;
        if (parse(bad[i], &tree, NULL) == 0) {
            cJSON_Delete(tree);
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void duplicate_keys_are_refused_at_any_depth(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"a\":1,\"a\":1}", "[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]",
                                      "{\"a\":1,\"\\u0061\":2}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cJSON *tree = NULL;
        size_t offset = 999;
        assert_int_equal(parse(bad[i], &tree, &offset), PW_EEXIST);
        assert_int_equal(offset, 0);
        assert_null(tree);
    }
    cJSON *tree = NULL;
    assert_int_equal(parse("{\"a\":{\"b\":1},\"b\":{\"a\":1},\"A\":2}", &tree, NULL), 0);
    cJSON_Delete(tree);
}

static void nesting_without_end_is_refused(void **state)
{
    (void)state;
    size_t depth = 100000;
    char *text = malloc(depth + 1);
    assert_non_null(text);
    memset(text, '[', depth);
    text[depth] = '\0';
    cJSON *tree = NULL;
    assert_int_equal(json_parse(text, depth, &tree, NULL), PW_ESYNTAX);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_gives_its_members),
        cmocka_unit_test(escaped_backslash_before_u0000_is_text),
        cmocka_unit_test(integers_stay_within_what_a_double_holds),
        cmocka_unit_test(bad_text_tells_where_it_stopped),
        cmocka_unit_test(what_json_forbids_is_refused),
        cmocka_unit_test(duplicate_keys_are_refused_at_any_depth),
        cmocka_unit_test(nesting_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
