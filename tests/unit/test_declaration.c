#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/declaration.h"
#include "acq/core/json.h"

#include <string.h>

static int read_text(const char *json, struct declaration *out, char *why, size_t size)
{
    cJSON *tree = NULL;
    assert_int_equal(json_parse(json, strlen(json), &tree, NULL), 0);
    int err = declaration_read(tree, out, why, size);
    cJSON_Delete(tree);
    return err;
}

static struct declaration make(const char *json)
{
    struct declaration d;
    char why[160] = "";
    assert_int_equal(read_text(json, &d, why, sizeof why), 0);
    return d;
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"kind\":\"window\",\"object\":\"BP001\",\"start\":\"2026-11-24T08:00:00+08:00\","
        "\"end\":\"2026-11-24T09:00:00+08:00\",\"reason\":\"换阀\"}",
        "{\"kind\":\"mark\",\"object\":\"DA001\",\"factor\":\"a21026\",\"class\":\"maintenance\","
        "\"start\":\"2026-11-24T08:00:00Z\",\"end\":null,\"reason\":\"x\"}",
        "{\"kind\":\"level\",\"site\":\"demo\",\"level\":\"orange\",\"start\":\"1795500000000\"}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct declaration d = make(cases[i]);
        char storage[1024];
        struct strbuf text;
        strbuf_init_fixed(&text, storage, sizeof storage);
        strbuf_addc(&text, '{');
        declaration_write_members(&d, 480, &text);
        strbuf_addc(&text, '}');
        struct declaration again = make(text.data);
        assert_memory_equal(&d, &again, sizeof d);
    }
}

static void what_is_wanting_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *why;
    } cases[] = {
        {"{}", "/kind: found nothing, expected window, mark or level"},
        {"{\"kind\":\"holiday\"}", "/kind: found holiday, expected window, mark or level"},
        {"{\"kind\":\"window\"}", "/object: found nothing, expected a text"},
        {"{\"kind\":\"level\",\"site\":\"demo\"}", "/level: found nothing, expected a text"},
        {"{\"kind\":\"level\",\"site\":\"demo\",\"level\":\"red\"}",
         "/start: found nothing, expected an instant"},
        {"{\"kind\":\"mark\",\"object\":\"A\",\"class\":\"stop\",\"reason\":\"r\",\"start\":"
         "\"soon\"}",
         "/start: found soon, expected an instant such as 2026-11-24T08:00:00+08:00"},
        {"{\"kind\":\"window\",\"object\":\"A\",\"reason\":\"r\",\"start\":5,\"end\":6}",
         "/start: found no text, expected an instant such as 2026-11-24T08:00:00+08:00"},
        {"{\"kind\":\"window\",\"object\":\"A\",\"reason\":\"r\",\"start\":\"6\",\"end\":\"6\"}",
         "/end: found an end before the start, expected an instant after it"},
        {"{\"kind\":\"window\",\"object\":\"A\",\"reason\":\"r\",\"start\":\"6\"}",
         "/end: found nothing, expected an instant: a window has an end"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct declaration d;
        char why[160] = "";
        assert_int_equal(read_text(cases[i].json, &d, why, sizeof why), PW_ESYNTAX);
        assert_string_equal(why, cases[i].why);
    }
}

static struct declarations g_all; /* too large for a stack */

static void a_mark_is_found_inside_its_time_only(void **state)
{
    (void)state;
    g_all.count = 0;
    struct declaration d = make("{\"kind\":\"mark\",\"object\":\"DA001\",\"factor\":\"a21026\","
                                "\"class\":\"maintenance\",\"start\":\"1000\",\"end\":\"2000\","
                                "\"reason\":\"r\"}");
    assert_int_equal(declarations_add(&g_all, &d), 0);
    assert_null(declarations_find_mark(&g_all, "DA001", "a21026", 999));
    assert_non_null(declarations_find_mark(&g_all, "DA001", "a21026", 1000));
    assert_non_null(declarations_find_mark(&g_all, "DA001", "a21026", 1999));
    assert_null(declarations_find_mark(&g_all, "DA001", "a21026", 2000));
    assert_null(declarations_find_mark(&g_all, "DA001", "a21002", 1500));
    assert_null(declarations_find_mark(&g_all, "DA002", "a21026", 1500));
    assert_int_equal(declarations_withdraw(&g_all, d.id), 0);
    assert_null(declarations_find_mark(&g_all, "DA001", "a21026", 1500));
    assert_int_equal(declarations_withdraw(&g_all, d.id), PW_ENOTFOUND);
}

static void a_mark_without_a_factor_is_for_all(void **state)
{
    (void)state;
    g_all.count = 0;
    struct declaration d = make("{\"kind\":\"mark\",\"object\":\"DA001\",\"class\":\"stop\","
                                "\"start\":\"1000\",\"reason\":\"r\"}");
    assert_int_equal(declarations_add(&g_all, &d), 0);
    assert_non_null(declarations_find_mark(&g_all, "DA001", "a21002", 5000));
}

static void an_end_lifts_the_open_level(void **state)
{
    (void)state;
    g_all.count = 0;
    struct declaration open =
        make("{\"kind\":\"level\",\"site\":\"demo\",\"level\":\"orange\",\"start\":\"1000\"}");
    struct declaration lifted = make("{\"kind\":\"level\",\"site\":\"demo\",\"level\":\"orange\","
                                     "\"start\":\"1000\",\"end\":\"9000\"}");
    assert_int_equal(declarations_add(&g_all, &open), 0);
    assert_int_equal(declarations_add(&g_all, &lifted), 0);
    assert_int_equal(g_all.count, 1);
    assert_int_equal(g_all.items[0].end_ms, 9000);
    declarations_forget(&g_all, 9000);
    assert_int_equal(g_all.count, 0);
}

static void more_than_fit_are_refused(void **state)
{
    (void)state;
    g_all.count = 0;
    struct declaration d = make("{\"kind\":\"mark\",\"object\":\"DA001\",\"class\":\"stop\","
                                "\"start\":\"1000\",\"reason\":\"r\"}");
    for (int i = 0; i < DECLARATIONS_MAX; i++) {
        d.id[0] = (char)('A' + i % 26);
        d.id[1] = (char)('A' + i / 26 % 26);
        d.id[2] = (char)('A' + i / 676);
        assert_int_equal(declarations_add(&g_all, &d), 0);
    }
    d.id[3] = '!';
    assert_int_equal(declarations_add(&g_all, &d), PW_EFULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(what_is_wanting_is_named),
        cmocka_unit_test(a_mark_is_found_inside_its_time_only),
        cmocka_unit_test(a_mark_without_a_factor_is_for_all),
        cmocka_unit_test(an_end_lifts_the_open_level),
        cmocka_unit_test(more_than_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
