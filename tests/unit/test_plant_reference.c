/* The committed reference page and schema are what the option table gives. With PW_UPDATE=1 in the
 * environment they are written anew instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "acq/plant/option.h"
#include "acq/plant/reference.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE PW_SOURCE_DIR "/docs/configuration.md"
#define SCHEMA PW_SOURCE_DIR "/config/schema/plumewatch.schema.json"

static char *print(void (*write)(FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    write(f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void compare(const char *path, void (*write)(FILE *out))
{
    char *printed = print(write);
    if (getenv("PW_UPDATE")) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fputs(printed, f) < 0, 0);
        assert_int_equal(fclose(f), 0);
    }
    char *committed = support_read_file(path, NULL);
    assert_non_null(committed);
    assert_string_equal(committed, printed);
    free(committed);
    free(printed);
}

static void the_reference_page_is_what_the_table_gives(void **state)
{
    (void)state;
    compare(REFERENCE, plant_write_reference);
}

static void the_schema_is_what_the_table_gives(void **state)
{
    (void)state;
    compare(SCHEMA, plant_write_schema);
}

static void the_schema_is_strict_json(void **state)
{
    (void)state;
    size_t len = 0;
    char *text = support_read_file(SCHEMA, &len);
    cJSON *tree = NULL;
    assert_int_equal(json_parse(text, len, &tree, NULL), 0);
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(tree, "definitions")));
    cJSON_Delete(tree);
    free(text);
}

static void every_option_stands_on_the_page(void **state)
{
    (void)state;
    char *page = support_read_file(REFERENCE, NULL);
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        char row[128];
        snprintf(row, sizeof row, "\n| `%s` | ", table[i].key);
        assert_non_null(strstr(page, row));
        assert_true(strlen(table[i].doc) > 0);
    }
    free(page);
}

static void every_row_says_what_happens_when_it_is_left_out(void **state)
{
    (void)state;
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        int ways = table[i].required + (table[i].fallback != NULL) + (table[i].without != NULL);
        if (ways != 1)
            fail_msg("%s: required, default and without are %d of one", table[i].key, ways);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_page_is_what_the_table_gives),
        cmocka_unit_test(the_schema_is_what_the_table_gives),
        cmocka_unit_test(the_schema_is_strict_json),
        cmocka_unit_test(every_option_stands_on_the_page),
        cmocka_unit_test(every_row_says_what_happens_when_it_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
