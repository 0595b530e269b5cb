#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "protocols/influx/line.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

struct suite {
    cJSON *cases;
    struct line_parser *parser;
    struct strbuf line;
};

static int load(void **state)
{
    static struct suite s;
    size_t len = 0;
    char *text = support_read_file(PW_SOURCE_DIR "/tests/cases/line-protocol/vectors.json", &len);
    assert_non_null(text);
    assert_int_equal(json_parse(text, len, &s.cases, NULL), 0);
    free(text);
    s.parser = line_parser_new();
    strbuf_init(&s.line, 1u << 20);
    *state = &s;
    return 0;
}

static int unload(void **state)
{
    struct suite *s = *state;
    cJSON_Delete(s->cases);
    line_parser_free(s->parser);
    strbuf_deinit(&s->line);
    return 0;
}

static char *line_of(const cJSON *c)
{
    struct strbuf b;
    strbuf_init(&b, 1u << 20);
    const cJSON *pad = cJSON_GetObjectItemCaseSensitive(c, "pad");
    if (pad) {
        strbuf_adds(&b, cJSON_GetArrayItem(pad, 0)->valuestring);
        for (int i = 0; i < cJSON_GetArrayItem(pad, 1)->valueint; i++)
            strbuf_addc(&b, 'a');
        strbuf_adds(&b, cJSON_GetArrayItem(pad, 2)->valuestring);
    } else {
        strbuf_adds(&b, json_string(c, "line"));
    }
    return b.data;
}

static void write_field(struct line_writer *w, const cJSON *field)
{
    const char *text = strchr(field->valuestring, ':') + 1;
    switch (field->valuestring[0]) {
    case 'f':
        line_float(w, field->string, strtod(text, NULL));
        break;
    case 'i':
        line_int(w, field->string, strtoll(text, NULL, 10));
        break;
    case 'b':
        line_bool(w, field->string, strcmp(text, "true") == 0);
        break;
    default:
        line_string(w, field->string, text);
    }
}

static bool write_point(struct strbuf *out, const cJSON *c)
{
    struct line_writer w;
    strbuf_reset(out);
    line_begin(&w, out, json_string(c, "m"));
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(c, "tags"))
        line_tag(&w, item->string, item->valuestring);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(c, "fields")) write_field(&w, item);
    return line_end(&w, strtoll(json_string(c, "t"), NULL, 10));
}

static void a_point_is_written_as_every_server_reads_it(void **state)
{
    struct suite *s = *state;
    int points = 0;
    const cJSON *c = NULL;
    cJSON_ArrayForEach(c, s->cases)
    {
        if (!json_string(c, "m"))
            continue;
        points++;
        const cJSON *sent = cJSON_GetObjectItemCaseSensitive(c, "sent");
        bool written = write_point(&s->line, c);
        if (cJSON_IsNull(sent)) {
            assert_false(written);
            assert_int_equal(s->line.len, 0);
            continue;
        }
        assert_true(written);
        assert_string_equal(strbuf_text(&s->line),
                            sent ? sent->valuestring : json_string(c, "line"));
    }
    assert_in_range(points, 59, 106);
}

static bool reads(struct suite *s, const char *line)
{
    struct line parsed;
    return line_parse(s->parser, line, strlen(line), &parsed, NULL) == 0;
}

static void a_line_that_a_server_refuses_is_refused_by_the_reader(void **state)
{
    struct suite *s = *state;
    int refused = 0;
    const cJSON *c = NULL;
    cJSON_ArrayForEach(c, s->cases)
    {
        if (!json_bool(c, "refused", false))
            continue;
        refused++;
        char *line = line_of(c);
        if (reads(s, line))
            fail_msg("%s was read", json_string(c, "id"));
        free(line);
    }
    assert_in_range(refused, 45, 106);
}

static void what_was_written_of_a_point_is_read_back(void **state)
{
    struct suite *s = *state;
    const cJSON *c = NULL;
    cJSON_ArrayForEach(c, s->cases)
    {
        if (!json_string(c, "m") || !write_point(&s->line, c))
            continue;
        struct line line;
        assert_int_equal(line_parse(s->parser, s->line.data, s->line.len, &line, NULL), 0);
        assert_int_equal(line.tag_count,
                         cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(c, "tags")));
        assert_int_equal(line.time_ms, strtoll(json_string(c, "t"), NULL, 10));
        if (cJSON_GetObjectItemCaseSensitive(c, "sent"))
            continue;
        assert_string_equal(line.measurement, json_string(c, "m"));
        const cJSON *fields = cJSON_GetObjectItemCaseSensitive(c, "fields");
        for (size_t i = 0; i < line.field_count; i++)
            assert_non_null(cJSON_GetObjectItemCaseSensitive(fields, line.fields[i].key));
    }
}

/* Everything somebody may have wanted to write: each piece of a line between delimiters, and the
 * line as a whole, as every kind of name and value. */
static void write_everywhere(struct suite *s, const char *piece)
{
    struct line_writer w;
    strbuf_reset(&s->line);
    line_begin(&w, &s->line, piece);
    line_tag(&w, piece, piece);
    line_float(&w, piece, strtod(piece, NULL));
    line_int(&w, piece, strtoll(piece, NULL, 10));
    line_bool(&w, piece, *piece == 't');
    line_string(&w, piece, piece);
    if (line_end(&w, strtoll(piece, NULL, 10)))
        assert_true(reads(s, s->line.data));

    strbuf_reset(&s->line);
    line_begin(&w, &s->line, "m");
    line_tag(&w, "t", piece);
    line_string(&w, "s", piece);
    line_float(&w, "f", strtod(piece, NULL));
    assert_true(line_end(&w, 1));
    assert_true(reads(s, s->line.data));
}

static void no_refused_line_can_be_written_from_any_piece_of_any_case(void **state)
{
    struct suite *s = *state;
    const cJSON *c = NULL;
    cJSON_ArrayForEach(c, s->cases)
    {
        char *line = line_of(c);
        write_everywhere(s, line);
        for (const char *stops = ",= \n\""; *stops; stops++) {
            char *copy = line_of(c);
            char *rest = copy;
            const char one[2] = {*stops, '\0'};
            for (char *piece = strtok_r(copy, one, &rest); piece;
                 piece = strtok_r(NULL, one, &rest))
                write_everywhere(s, piece);
            free(copy);
        }
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_is_written_as_every_server_reads_it),
        cmocka_unit_test(a_line_that_a_server_refuses_is_refused_by_the_reader),
        cmocka_unit_test(what_was_written_of_a_point_is_read_back),
        cmocka_unit_test(no_refused_line_can_be_written_from_any_piece_of_any_case),
    };
    return cmocka_run_group_tests_name("line vectors", tests, load, unload);
}
