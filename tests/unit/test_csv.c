/* RFC 4180, and what hostile files do with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/csv.h"

#include <stdlib.h>
#include <string.h>

/* The records of text as "[a|b]" each, a bad one as "!LINE"; caller frees. */
static char *read_all(const char *text, size_t len)
{
    struct csv_reader *csv = NULL;
    struct csv_record record;
    FILE *in = fmemopen((void *)(uintptr_t)text, len ? len : 1, "rb");
    if (len == 0)
        assert_int_not_equal(getc(in), EOF);
    assert_int_equal(csv_new(in, &csv), 0);
    size_t cap = 2 * len + 256;
    char *out = calloc(1, cap);
    assert_non_null(out);
    int err;
    while ((err = csv_next(csv, &record)) != PW_ENOTFOUND) {
        size_t used = strlen(out);
        if (err) {
            assert_int_equal(err, PW_ESYNTAX);
            assert_true(strlen(csv_problem(csv)) > 0);
            snprintf(out + used, cap - used, "!%u", (unsigned)record.line);
            continue;
        }
        for (size_t i = 0; i < record.count; i++) {
            assert_int_equal(strlen(record.fields[i].text), record.fields[i].len);
            used += (size_t)snprintf(out + used, cap - used, "%s%s", i ? "|" : "[",
                                     record.fields[i].text);
        }
        snprintf(out + used, cap - used, "]");
    }
    csv_free(csv);
    fclose(in);
    return out;
}

static void check(const char *text, const char *expected)
{
    char *out = read_all(text, strlen(text));
    assert_string_equal(out, expected);
    free(out);
}

static void records_are_split_at_commas_and_line_ends(void **state)
{
    (void)state;
    check("a,b\nc,d\n", "[a|b][c|d]");
    check("a,b\r\nc,d", "[a|b][c|d]");
    check(",\n", "[|]");
    check("a", "[a]");
    check("\n\r\n\na\n\n", "[a]");
    check("\xef\xbb\xbf"
          "a,b\n",
          "[a|b]");
}

static void quotes_hold_commas_line_ends_and_quotes(void **state)
{
    (void)state;
    check("\"a,b\",\"c\nd\"\ne\n", "[a,b|c\nd][e]");
    check("\"\"\"a\"\"\",\"\"\n", "[\"a\"|]");
    check("\"a\"\r\n\"b\"", "[a][b]");
}

static void a_bad_record_is_named_and_the_next_is_read(void **state)
{
    (void)state;
    check("a\n\"b\"c\nd\n", "[a]!2[d]");
    check("a\nb\"c\nd\n", "[a]!2[d]");
    check("a\nb\"c,\"x\ny\"\nd\n", "[a]!2[d]");
    char text[2 * CSV_FIELDS_MAX + 4];
    memset(text, ',', sizeof text);
    memcpy(text + CSV_FIELDS_MAX, "\na\n", 4); /* a field more than commas */
    check(text, "!1[a]");
    memcpy(text + CSV_FIELDS_MAX - 1, "\na\n", 4);
    char *out = read_all(text, strlen(text));
    assert_int_equal(strlen(out), CSV_FIELDS_MAX + 1 + 3);
    free(out);
}

static void a_quote_that_is_not_closed_costs_one_line(void **state)
{
    (void)state;
    check("a\n\"b\nc\nd\n", "[a]!2[c][d]");
    check("\"", "!1");
    check("a\n\"b", "[a]!2");
}

static void a_byte_of_zero_is_refused(void **state)
{
    (void)state;
    static const char text[] = "a\nb\0c\nd\n";
    char *out = read_all(text, sizeof text - 1);
    assert_string_equal(out, "[a]!2[d]");
    free(out);
}

static void lines_count_over_quoted_line_ends(void **state)
{
    (void)state;
    check("\"a\nb\nc\"\nx\"\n", "[a\nb\nc]!4");
}

static void records_of_any_length_up_to_a_mebibyte(void **state)
{
    (void)state;
    static const size_t lengths[] = {
        65534, 65535, 65536, 65537, 131072, CSV_RECORD_MAX, CSV_RECORD_MAX + 1, 3 * CSV_RECORD_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t n = lengths[i];
        char *text = malloc(n + 3);
        assert_non_null(text);
        memset(text, 'x', n);
        memcpy(text + n, "\ny\n", 3);
        char *out = read_all(text, n + 3);
        assert_int_equal(strlen(out), n <= CSV_RECORD_MAX ? n + 5 : 5);
        assert_string_equal(out + strlen(out) - 3, "[y]");
        assert_int_equal(out[0], n <= CSV_RECORD_MAX ? '[' : '!');
        free(out);
        free(text);
    }
}

static void many_records_cross_the_window(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    size_t cap = COUNT * 16;
    char *text = malloc(cap);
    assert_non_null(text);
    size_t len = 0;
    for (int i = 0; i < COUNT; i++)
        len += (size_t)snprintf(text + len, cap - len, "%d,\"%d\"\n", i, i);
    FILE *in = fmemopen(text, len, "rb");
    struct csv_reader *csv = NULL;
    struct csv_record record;
    assert_int_equal(csv_new(in, &csv), 0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(csv_next(csv, &record), 0);
        assert_int_equal(record.line, i + 1);
        assert_int_equal(atoi(record.fields[0].text), i);
        assert_string_equal(record.fields[0].text, record.fields[1].text);
    }
    assert_int_equal(csv_next(csv, &record), PW_ENOTFOUND);
    csv_free(csv);
    fclose(in);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_split_at_commas_and_line_ends),
        cmocka_unit_test(quotes_hold_commas_line_ends_and_quotes),
        cmocka_unit_test(a_bad_record_is_named_and_the_next_is_read),
        cmocka_unit_test(a_quote_that_is_not_closed_costs_one_line),
        cmocka_unit_test(a_byte_of_zero_is_refused),
        cmocka_unit_test(lines_count_over_quoted_line_ends),
        cmocka_unit_test(records_of_any_length_up_to_a_mebibyte),
        cmocka_unit_test(many_records_cross_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
