#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/utf8.h"
#include "protocols/influx/line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char storage[65536];
static struct strbuf out;
static struct line_parser *parser;

static int open_parser(void **state)
{
    (void)state;
    parser = line_parser_new();
    return parser ? 0 : -1;
}

static int close_parser(void **state)
{
    (void)state;
    line_parser_free(parser);
    return 0;
}

static struct line_writer begin(const char *measurement)
{
    struct line_writer w;
    strbuf_init_fixed(&out, storage, sizeof storage);
    line_begin(&w, &out, measurement);
    return w;
}

static int parse(const char *text, size_t *offset)
{
    struct line line;
    char *exact = malloc(strlen(text) + 1);
    memcpy(exact, text, strlen(text));
    int rc = line_parse(parser, exact, strlen(text), &line, offset);
    free(exact);
    return rc;
}

static void a_line_holds_tags_fields_and_time_in_order(void **state)
{
    (void)state;
    struct line_writer w = begin("raw_plc");
    line_tag(&w, "device", "plc 1");
    line_float(&w, "t", 36.6);
    line_int(&w, "n", -3);
    line_bool(&w, "on", true);
    line_string(&w, "why", "say \"no\"");
    assert_true(line_end(&w, 1700000000123));
    assert_string_equal(
        strbuf_text(&out),
        "raw_plc,device=plc\\ 1 t=36.6,n=-3i,on=true,why=\"say \\\"no\\\"\" 1700000000123");
}

static void a_prepared_head_gives_the_same_line(void **state)
{
    (void)state;
    struct line_writer w = begin("my m");
    line_tag(&w, "a=b", "c,d");
    line_float(&w, "x y", 1);
    assert_true(line_end(&w, 5));
    char *whole = strdup(strbuf_text(&out));

    struct strbuf head;
    struct strbuf key;
    strbuf_init(&head, 1000);
    strbuf_init(&key, 1000);
    line_escape_measurement(&head, "my m");
    strbuf_addc(&head, ',');
    line_escape_key(&head, "a=b");
    strbuf_addc(&head, '=');
    line_escape_tag_value(&head, "c,d");
    line_escape_key(&key, "x y");
    strbuf_reset(&out);
    line_begin_head(&w, &out, head.data, head.len);
    line_float_escaped(&w, key.data, key.len, 1);
    assert_true(line_end(&w, 5));
    assert_string_equal(strbuf_text(&out), whole);
    strbuf_deinit(&head);
    strbuf_deinit(&key);
    free(whole);
}

static void a_line_without_a_field_is_taken_back(void **state)
{
    (void)state;
    strbuf_init_fixed(&out, storage, sizeof storage);
    strbuf_adds(&out, "before\n");
    struct line_writer w;
    line_begin(&w, &out, "m");
    line_tag(&w, "t", "v");
    line_float(&w, "nan", NAN);
    line_float(&w, "inf", INFINITY);
    line_float_escaped(&w, "inf", 3, -INFINITY);
    assert_false(line_end(&w, 1));
    assert_string_equal(strbuf_text(&out), "before\n");
}

static void a_line_that_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    char small[20];
    strbuf_init_fixed(&out, small, sizeof small);
    struct line_writer w;
    line_begin(&w, &out, "m");
    line_string(&w, "s", "a string that is too long");
    assert_false(line_end(&w, 1));
    assert_int_equal(out.len, 0);
}

static void an_empty_tag_value_leaves_the_tag_out(void **state)
{
    (void)state;
    struct line_writer w = begin("m");
    line_tag(&w, "a", "");
    line_tag(&w, "b", "x");
    line_int(&w, "f", 1);
    assert_true(line_end(&w, 1));
    assert_string_equal(strbuf_text(&out), "m,b=x f=1i 1");
}

static void a_reserved_name_leaves_out_its_part(void **state)
{
    (void)state;
    struct line_writer w = begin("m");
    line_tag(&w, "time", "x");
    line_tag(&w, "_field", "x");
    line_int(&w, "time", 1);
    line_int(&w, "", 1);
    line_int(&w, "\xff", 1);
    line_int(&w, "f", 2);
    assert_true(line_end(&w, 1));
    assert_string_equal(strbuf_text(&out), "m f=2i 1");

    static const char *const names[] = {"", "#m", "_m", "\xc3"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        w = begin(names[i]);
        line_int(&w, "f", 2);
        assert_false(line_end(&w, 1));
        assert_int_equal(out.len, 0);
    }
}

static void a_time_beyond_nanoseconds_in_64_bits_is_not_written(void **state)
{
    (void)state;
    static const int64_t bad[] = {INT64_MIN, INT64_MAX, 9223372036855, -9223372036855};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct line_writer w = begin("m");
        line_int(&w, "f", 1);
        assert_false(line_end(&w, bad[i]));
    }
    struct line_writer w = begin("m");
    line_int(&w, "f", 1);
    assert_true(line_end(&w, -9223372036854));
    assert_int_equal(parse(strbuf_text(&out), NULL), 0);
    assert_int_equal(parse("m f=1i 9223372036855", NULL), PW_ESYNTAX);
}

static void a_value_beyond_its_bound_is_cut_between_characters(void **state)
{
    (void)state;
    char text[LINE_TAG_VALUE_MAX * 2 + 1];
    for (size_t i = 0; i < LINE_TAG_VALUE_MAX; i++)
        memcpy(text + 2 * i, "\xC3\xA4", 2);
    text[sizeof text - 1] = '\0';
    struct line line;
    text[1] = 'x';
    struct line_writer w = begin("m");
    line_tag(&w, "t", text + 1);
    line_int(&w, "f", 1);
    assert_true(line_end(&w, 1));
    assert_int_equal(line_parse(parser, out.data, out.len, &line, NULL), 0);
    assert_int_equal(strlen(line.tags[0].value), LINE_TAG_VALUE_MAX - 1);
    memset(text, '\xff', sizeof text - 1);
    w = begin("m");
    line_tag(&w, "t", text);
    line_int(&w, "f", 1);
    assert_true(line_end(&w, 1));
    assert_int_equal(line_parse(parser, out.data, out.len, &line, NULL), 0);
    assert_int_equal(strlen(line.tags[0].value), LINE_TAG_VALUE_MAX / 3 * 3);
}

static void a_name_is_valid_when_it_needs_no_change(void **state)
{
    (void)state;
    char longest[LINE_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[LINE_NAME_MAX] = '\0';
    assert_true(line_measurement_is_valid("raw plc,=\"x\""));
    assert_true(line_measurement_is_valid("time"));
    assert_true(line_key_is_valid("测点"));
    assert_true(line_key_is_valid(longest));
    longest[LINE_NAME_MAX] = 'a';
    longest[LINE_NAME_MAX + 1] = '\0';
    static const char *const bad[] = {"", "#x", "_x", "a\\b", "a\nb", "a\x7f", "\xff", "a\xc3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(line_measurement_is_valid(bad[i]));
        assert_false(line_key_is_valid(bad[i]));
    }
    assert_false(line_key_is_valid("time"));
    assert_false(line_key_is_valid("_field"));
    assert_false(line_key_is_valid("_measurement"));
    assert_false(line_key_is_valid(longest));
    assert_false(line_measurement_is_valid(longest));
}

static void the_reader_gives_every_type_back(void **state)
{
    (void)state;
    const char *text =
        "m\\ 1,a=x\\,y,b=焦炉 i=-9223372036854775808i,f=1.5e-07,t=true,s=\"a\\\\\\\"b\" -7";
    struct line line;
    assert_int_equal(line_parse(parser, text, strlen(text), &line, NULL), 0);
    assert_string_equal(line.measurement, "m 1");
    assert_int_equal(line.tag_count, 2);
    assert_string_equal(line.tags[0].value, "x,y");
    assert_string_equal(line.tags[1].value, "焦炉");
    assert_int_equal(line.field_count, 4);
    assert_int_equal(line.fields[0].type, LINE_INT);
    assert_true(line.fields[0].integer == INT64_MIN);
    assert_int_equal(line.fields[1].type, LINE_FLOAT);
    assert_true(line.fields[1].number == 1.5e-07);
    assert_int_equal(line.fields[2].type, LINE_BOOL);
    assert_int_equal(line.fields[2].integer, 1);
    assert_int_equal(line.fields[3].type, LINE_STRING);
    assert_string_equal(line.fields[3].text, "a\\\"b");
    assert_int_equal(line.time_ms, -7);
}

static void a_malformed_line_is_refused_at_its_bad_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } bad[] = {
        {"", 0},
        {"m", 1},
        {"m ", 2},
        {"m f=1", 5},
        {"m f=1 ", 6},
        {"m f=1  2", 6},
        {"m f=1 2 ", 6},
        {"m f=x 2", 4},
        {"m f=01i 2", 4},
        {"m f=-0i 2", 4},
        {"m f=9223372036854775808i 2", 4},
        {"m f=-9223372036854775809i 2", 4},
        {"m f=\"a\\b\" 2", 7},
        {"m f=\"a", 6},
        {"m f=\"a\"b 2", 7},
        {"m,b=1,a=2 f=1 2", 6},
        {"m,a=1,a=2 f=1 2", 6},
        {"m\\=x f=1 2", 2},
        {"m,a=\\", 5},
        {"m,a=1\n f=1 2", 5},
        {"m f=\"\xff\" 2", 5},
        {"# m f=1 2", 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t offset = 999;
        assert_int_equal(parse(bad[i].text, &offset), PW_ESYNTAX);
        if (offset != bad[i].offset)
            fail_msg("%s: offset %zu", bad[i].text, offset);
    }
    struct line line;
    assert_int_equal(line_parse(parser, "m f=\"a\0b\" 1", 11, &line, NULL), PW_ESYNTAX);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Random bytes with many of the bytes that matter. */
static void random_text(uint32_t *seed, char *text, size_t max)
{
    static const char frequent[] = ",= \\\"#_\n\r\ti";
    size_t len = next_random(seed) % max;
    for (size_t i = 0; i < len; i++) {
        uint32_t r = next_random(seed);
        char c = r & 1 ? frequent[(r >> 8) % (sizeof frequent - 1)] : (char)(r >> 16);
        text[i] = c ? c : 'x';
    }
    text[len] = '\0';
}

/* What policy leaves of a value: controls are spaces, a backslash a slash where one is given. */
static void assert_kept(const char *wanted, const char *got, bool slashed)
{
    if (!utf8_is_valid(wanted, strlen(wanted)))
        return;
    assert_int_equal(strlen(wanted), strlen(got));
    for (; *wanted; wanted++, got++) {
        char c = (unsigned char)*wanted < 0x20 || *wanted == 0x7f ? ' ' : *wanted;
        assert_int_equal(c == '\\' && slashed ? '/' : c, *got);
    }
}

static void random_texts_are_read_back_after_policy(void **state)
{
    (void)state;
    uint32_t seed = 20261124;
    unsigned written = 0;
    for (int round = 0; round < 20000; round++) {
        char m[40];
        char key[40];
        char value[60];
        char string[80];
        random_text(&seed, m, sizeof m);
        random_text(&seed, key, sizeof key);
        random_text(&seed, value, sizeof value);
        random_text(&seed, string, sizeof string);
        int64_t number = (int64_t)((uint64_t)next_random(&seed) << 32 | next_random(&seed));
        double real = 0;
        memcpy(&real, &number, sizeof real);
        struct line_writer w = begin(round & 1 ? m : "m");
        line_tag(&w, "t", value);
        line_string(&w, key, string);
        line_string(&w, "s", string);
        line_int(&w, "i", number);
        line_float(&w, "f", real);
        if (!line_end(&w, number / 1000000))
            continue;
        written++;
        struct line line;
        assert_int_equal(line_parse(parser, out.data, out.len, &line, NULL), 0);
        if (round & 1)
            assert_kept(m, line.measurement, true);
        assert_int_equal(line.tag_count, *value ? 1 : 0);
        if (*value)
            assert_kept(value, line.tags[0].value, true);
        size_t at = line.field_count - (isfinite(real) ? 3 : 2);
        assert_kept(string, line.fields[at].text, false);
        assert_true(line.fields[at + 1].integer == number);
        if (isfinite(real))
            assert_true(line.fields[at + 2].number == real);
        assert_int_equal(line.time_ms, number / 1000000);
    }
    assert_in_range(written, 10000, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_holds_tags_fields_and_time_in_order),
        cmocka_unit_test(a_prepared_head_gives_the_same_line),
        cmocka_unit_test(a_line_without_a_field_is_taken_back),
        cmocka_unit_test(a_line_that_does_not_fit_is_taken_back),
        cmocka_unit_test(an_empty_tag_value_leaves_the_tag_out),
        cmocka_unit_test(a_reserved_name_leaves_out_its_part),
        cmocka_unit_test(a_time_beyond_nanoseconds_in_64_bits_is_not_written),
        cmocka_unit_test(a_value_beyond_its_bound_is_cut_between_characters),
        cmocka_unit_test(a_name_is_valid_when_it_needs_no_change),
        cmocka_unit_test(the_reader_gives_every_type_back),
        cmocka_unit_test(a_malformed_line_is_refused_at_its_bad_byte),
        cmocka_unit_test(random_texts_are_read_back_after_policy),
    };
    return cmocka_run_group_tests_name("line", tests, open_parser, close_parser);
}
