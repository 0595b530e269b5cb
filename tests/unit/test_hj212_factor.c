/* The compiled table against config/factors/, row by row and cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/hj212/factor.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 16 };

/* Splits one line of CSV in place; returns the next line or NULL. */
static char *next_row(char *line, char *cells[CELLS], size_t *count)
{
    *count = 0;
    while (*line && *line != '\n') {
        assert_true(*count < CELLS);
        char *to = line;
        bool quoted = *line == '"';
        cells[(*count)++] = to;
        if (quoted)
            line++;
        for (; quoted ? *line != '"' : *line != ',' && *line != '\n'; line++)
            *to++ = *line;
        line += quoted;
        bool more = *line == ',';
        char *next = line + 1;
        bool end = !more;
        *to = '\0';
        line = next;
        if (end)
            return *line ? line : NULL;
        if (*line == '\n') { /* an empty last cell */
            *line = '\0';
            cells[(*count)++] = line;
            return line[1] ? line + 1 : NULL;
        }
    }
    return NULL;
}

/* "e101xx" as a device would send it. */
static struct hj212_text sent_as(const char *code, char *storage)
{
    strcpy(storage, code);
    for (char *x = storage + strlen(storage); strlen(code) == 6 && x > storage && x[-1] == 'x'; x--)
        x[-1] = '3';
    return hj212_text_of(storage);
}

static void format_is(const struct hj212_factor *f, const char *format)
{
    char kind = 0;
    unsigned whole = 0;
    unsigned fraction = 0;
    sscanf(format, "%c%u.%u", &kind, &whole, &fraction);
    assert_int_equal(f->kind, kind);
    assert_int_equal(f->whole, whole);
    assert_int_equal(f->fraction, fraction);
}

static int check_file(const char *path, void (*check)(char *cells[CELLS], size_t count))
{
    char *text = support_read_file(path, NULL);
    assert_non_null(text);
    char *cells[CELLS];
    size_t count;
    int rows = 0;
    char *line = next_row(text, cells, &count); /* the heads */
    while (line) {
        line = next_row(line, cells, &count);
        check(cells, count);
        rows++;
    }
    free(text);
    return rows;
}

static void check_2017(char *cells[CELLS], size_t count)
{
    char code[16];
    assert_int_equal(count, 13);
    const struct hj212_factor *f = hj212_factor_find(HJ212_EDITION_AUTO, sent_as(cells[0], code));
    assert_non_null(f);
    const struct hj212_factor *second = hj212_factor_second(f);
    if (second && strcmp(f->name_zh, cells[2]) != 0)
        f = second;
    assert_string_equal(f->code, cells[0]);
    assert_string_equal(f->code_other, cells[1]);
    assert_string_equal(f->name_zh, cells[2]);
    assert_string_equal(f->name_en, cells[3]);
    assert_string_equal(f->unit, cells[4]);
    assert_string_equal(f->unit_amount, cells[5]);
    format_is(f, cells[6]);
    assert_int_equal(f->since == HJ212_2025, strcmp(cells[8], "2025") == 0);
    assert_string_equal(f->evidence, cells[10]);
    assert_int_equal(f->doubtful, cells[11][0] == '1');
    assert_string_equal(f->note, cells[12]);
    assert_true((hj212_factor_find(HJ212_2017, sent_as(cells[0], code)) != NULL) ==
                (f->since != HJ212_2025));
}

static void check_2005(char *cells[CELLS], size_t count)
{
    assert_int_equal(count, 10);
    const struct hj212_factor *f = hj212_factor_find(HJ212_2005, hj212_text_of(cells[0]));
    assert_non_null(f);
    assert_string_equal(f->code, cells[0]);
    assert_string_equal(f->code_other, cells[1]);
    assert_string_equal(f->name_zh, cells[2]);
    assert_string_equal(f->unit, cells[4]);
    format_is(f, cells[5]);
    assert_int_equal(f->doubtful, cells[8][0] == '1');
}

static void check_2025(char *cells[CELLS], size_t count)
{
    assert_int_equal(count, 6);
    const struct hj212_factor *f = hj212_factor_find(HJ212_2025, hj212_text_of(cells[0]));
    assert_non_null(f);
    assert_string_equal(f->name_zh, cells[1]);
    assert_string_equal(f->unit, cells[3]);
    format_is(f, cells[4]);
}

static void every_row_of_the_files_is_in_the_table(void **state)
{
    (void)state;
    assert_int_equal(check_file(PW_SOURCE_DIR "/config/factors/2017.csv", check_2017), 398);
    assert_int_equal(check_file(PW_SOURCE_DIR "/config/factors/2005.csv", check_2005), 93);
    assert_int_equal(check_file(PW_SOURCE_DIR "/config/factors/2025.csv", check_2025), 9);
}

static void unknown_codes_are_in_no_table(void **state)
{
    (void)state;
    static const char *const unknown[] = {"",      "112",    "ua19004",     "ele01", "a0",
                                          "e101",  "e101xx", "e1010x",      "g999",  "a21026x",
                                          "i3331", "i3331a", "\xE6\xB8\x85"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        for (unsigned e = HJ212_EDITION_AUTO; e <= HJ212_2025; e++)
            assert_null(hj212_factor_find((enum hj212_edition)e, hj212_text_of(unknown[i])));
}

static void a_code_belongs_to_its_edition(void **state)
{
    (void)state;
    assert_null(hj212_factor_find(HJ212_2005, hj212_text_of("a21026")));
    assert_null(hj212_factor_find(HJ212_2017, hj212_text_of("02")));
    assert_null(hj212_factor_find(HJ212_2017, hj212_text_of("i13108")));
    assert_non_null(hj212_factor_find(HJ212_2025, hj212_text_of("i13108")));
    assert_string_equal(hj212_factor_find(HJ212_EDITION_AUTO, hj212_text_of("02"))->name_zh,
                        "二氧化硫");
    assert_non_null(hj212_factor_find(HJ212_2017, hj212_text_of("A21026")));
}

static void a_code_printed_twice_has_two_meanings(void **state)
{
    (void)state;
    const struct hj212_factor *f = hj212_factor_find(HJ212_2017, hj212_text_of("g11901"));
    assert_non_null(f);
    assert_true(f->doubtful);
    assert_string_equal(f->name_zh, "脱硫率");
    assert_non_null(hj212_factor_second(f));
    assert_string_equal(hj212_factor_second(f)->name_zh, "入口二氧化硫SO2");
    assert_null(hj212_factor_second(hj212_factor_second(f)));
    assert_null(hj212_factor_second(hj212_factor_find(HJ212_2005, hj212_text_of("02"))));
}

static void units_scale_between_editions(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
        int err;
        double scale;
    } cases[] = {
        {"020", "w20111", 0, 1e3},       {"041", "w20089", 0, 1e6},
        {"02", "a21026", 0, 1},          {"B01", "w00000", PW_EINVAL, 0},
        {"B02", "a00000", PW_EINVAL, 0}, {"S08", "a01013", PW_EINVAL, 0},
        {"10", "a21001", PW_EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hj212_factor *old = hj212_factor_find(HJ212_2005, hj212_text_of(cases[i].old));
        const struct hj212_factor *new = hj212_factor_find(HJ212_2017, hj212_text_of(cases[i].new));
        double scale = 0;
        assert_int_equal(hj212_factor_scale(old, new, &scale), cases[i].err);
        if (!cases[i].err)
            assert_true(scale == cases[i].scale);
    }
    double scale = 0;
    assert_int_equal(hj212_unit_scale("m3/h", "m3/s", &scale), 0);
    assert_true(scale == 1.0 / 3600);
    assert_int_equal(hj212_unit_scale("Pa", "MPa", &scale), 0);
    assert_true(scale == 1e-6);
    assert_int_equal(hj212_unit_scale("m3/h", "m/s", &scale), PW_EINVAL);
}

static void classes_name_their_system(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a21026", "31"}, {"w01018", "32"}, {"Leq", "23"},
                                           {"g10201", "51"}, {"e30101", "52"}, {"d20105", "44"},
                                           {"p99101", "45"}, {"i12001", ""},   {"a05024", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(
            hj212_factor_st(hj212_factor_find(HJ212_2025, hj212_text_of(cases[i][0]))->class),
            cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_files_is_in_the_table),
        cmocka_unit_test(unknown_codes_are_in_no_table),
        cmocka_unit_test(a_code_belongs_to_its_edition),
        cmocka_unit_test(a_code_printed_twice_has_two_meanings),
        cmocka_unit_test(units_scale_between_editions),
        cmocka_unit_test(classes_name_their_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
