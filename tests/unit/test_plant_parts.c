/* The loader's small parts: blanking, locating, nearest names, the arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json_scan.h"
#include "acq/plant/arena.h"
#include "acq/plant/locate.h"
#include "acq/plant/nearest.h"
#include "acq/plant/option.h"
#include "acq/plant/vec.h"
#include "protocols/influx/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void blanking_keeps_every_position(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{} // end", "{}       "},
        {"{/* a\n b */}\n", "{    \n     }\n"},
        {"[1,//x\r\n2]", "[1,   \r\n2]"},
        {"\"// no\" /**/", "\"// no\"     "},
        {"\"\\\"/*\" /* \"x\" */", "\"\\\"/*\"          "},
        {"\"\\\\\" // \"", "\"\\\\\"     "},
        {"\xEF\xBB\xBF{}", "   {}"},
        {"/*/ still */{}", "            {}"},
        {"{ /* 单位 */ }", "{              }"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        struct json_fault fault;
        snprintf(text, sizeof text, "%s", cases[i][0]);
        assert_int_equal(json_blank_comments(text, strlen(text), &fault), 0);
        assert_string_equal(text, cases[i][1]);
    }
}

static void blanking_refuses_what_json_does_not_know(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"[01]", 1},        {"[1.]", 1},       {"[-]", 1},           {"[1e]", 1},
        {"[1-2]", 1},       {"[1e400]", 1},    {"{} /* ", 3},        {"[\"a", 1},
        {"[\"a\nb\"]", 1},  {"[\"a\tb\"]", 3}, {"[\"\\u0000\"]", 2}, {"[\x01]", 1},
        {"[\"\xC3(\"]", 2}, {"[\"\\", 1},      {"\xFF", 0},          {"[\x7f]", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct json_fault fault = {.offset = 99};
        snprintf(text, sizeof text, "%s", cases[i].text);
        assert_int_equal(json_blank_comments(text, strlen(text), &fault), PW_ESYNTAX);
        assert_int_equal(fault.offset, cases[i].offset);
        assert_non_null(fault.expected);
    }
}

static void a_path_leads_to_key_or_element(void **state)
{
    (void)state;
    static const char text[] = "\n{ \"a\": [1, \"x]},\\\"\",\n   {\"b\" :\n null, \"b\": true}],\n"
                               "\"c\": {}}\n";
    static const struct {
        size_t steps[4];
        size_t count;
        unsigned line, column;
    } cases[] = {
        {{0}, 0, 2, 1},    {{0}, 1, 2, 3},       {{0, 0}, 2, 2, 9},    {{0, 1}, 2, 2, 12},
        {{0, 2}, 2, 3, 4}, {{0, 2, 0}, 3, 3, 5}, {{0, 2, 1}, 3, 4, 8}, {{1}, 1, 5, 1},
        {{2}, 1, 2, 1},    {{1, 0}, 2, 5, 1},    {{0, 3}, 2, 2, 3},    {{0, 0, 0}, 3, 2, 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct position p = locate_path(text, strlen(text), cases[i].steps, cases[i].count);
        if (p.line != cases[i].line || p.column != cases[i].column)
            fail_msg("case %zu: %u:%u", i, p.line, p.column);
    }
}

static void distance_counts_changes_twice_and_case_once(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},
        {"a", "", 2},
        {"gap_ms", "gap_ms", 0},
        {"gap", "gap_ms", 3},
        {"ABCD", "abcd", 4},
        {"untis", "units", 2},
        {"kitten", "sitting", 6},
        {"ab", "ba", 2},
        {"cems-1", "cems1", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(nearest_distance(cases[i].a, cases[i].b, 1000), cases[i].distance);
        assert_int_equal(nearest_distance(cases[i].b, cases[i].a, 1000), cases[i].distance);
    }
    assert_int_equal(nearest_distance("aaaa", "bbbb", 3), 3);
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(nearest_distance(longer, longer, 1000), 0);
}

/* A bound may only cut off what is worse: with it the same name must win as without. */
static void the_bound_never_changes_the_nearest(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (int round = 0; round < 3000; round++) {
        char names[8][8];
        for (int i = 0; i < 8; i++) {
            size_t len = 1 + (seed = seed * 1103515245u + 12345u, seed >> 16) % 6;
            for (size_t k = 0; k < len; k++)
                names[i][k] = "abAB"[(seed = seed * 1103515245u + 12345u, seed >> 16) % 4];
            names[i][len] = '\0';
        }
        struct nearest n;
        nearest_init(&n, names[0]);
        unsigned least = 1000;
        for (int i = 1; i < 8; i++) {
            unsigned d = nearest_distance(names[0], names[i], 1000);
            least = d < least ? d : least;
            nearest_offer(&n, names[i]);
        }
        assert_int_equal(n.distance, least);
        assert_int_equal(nearest_distance(names[0], n.best, 1000), least);
    }
}

static void nothing_offered_is_no_name(void **state)
{
    (void)state;
    struct nearest n;
    nearest_init(&n, "x");
    assert_string_equal(n.best, "");
}

/* The rules of the ids are kept here without the library for line protocol; this holds them against
 * it: whatever passes as an id can be a measurement, a tag and a field. */
static void every_id_can_be_written_to_influx(void **state)
{
    (void)state;
    unsigned valid = 0;
    for (unsigned a = 1; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const char id[] = {(char)a, (char)b, '\0'};
            if (!id_is_valid(id))
                continue;
            valid++;
            char measurement[16];
            snprintf(measurement, sizeof measurement, "raw_%s", id);
            assert_true(line_measurement_is_valid(id));
            assert_true(line_measurement_is_valid(measurement));
            assert_true(!signal_id_is_valid(id) || line_key_is_valid(id));
            assert_true(name_is_valid(id) || strchr(id, '.') != NULL);
        }
    }
    assert_int_equal(valid, 64 + 64 * 65);
    assert_false(signal_id_is_valid("time"));
    assert_false(signal_id_is_valid("at"));
    assert_true(signal_id_is_valid("atm"));
    assert_false(signal_id_is_valid("a_why"));
    assert_false(signal_id_is_valid("a_text"));
    assert_false(signal_id_is_valid("a_raw"));
    assert_true(signal_id_is_valid("raw_a"));
}

static void the_arena_gives_zeroed_aligned_pieces(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const size_t sizes[] = {0, 1, 7, 100, 64 * 1024, 200000, 3};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *piece = arena_alloc(a, sizes[i]);
        assert_int_equal((uintptr_t)piece % sizeof(void *), 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(piece[k], 0);
        memset(piece, 0xff, sizes[i]);
    }
    assert_string_equal(arena_strdup(a, "text"), "text");
    arena_free(a);
    arena_free(NULL);
}

static void a_list_grows_and_moves(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct vec v = {0};
    for (uint32_t i = 0; i < 1000; i++)
        vec_add(&v, &i, sizeof i);
    assert_int_equal(v.count, 1000);
    const uint32_t *items = vec_take(&v, a, sizeof *items);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    assert_int_equal(v.count, 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanking_keeps_every_position),
        cmocka_unit_test(blanking_refuses_what_json_does_not_know),
        cmocka_unit_test(a_path_leads_to_key_or_element),
        cmocka_unit_test(distance_counts_changes_twice_and_case_once),
        cmocka_unit_test(the_bound_never_changes_the_nearest),
        cmocka_unit_test(nothing_offered_is_no_name),
        cmocka_unit_test(every_id_can_be_written_to_influx),
        cmocka_unit_test(the_arena_gives_zeroed_aligned_pieces),
        cmocka_unit_test(a_list_grows_and_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
