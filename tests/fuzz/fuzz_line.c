/* The input is split at its first bytes into names and values. What the writer makes of them must
 * be read by the strict reader and written again to the same bytes; and the reader gets the input
 * as it is. */
#include "acq/core/err.h"
#include "protocols/influx/line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(struct strbuf *out, const struct line *line)
{
    struct line_writer w;
    strbuf_reset(out);
    line_begin(&w, out, line->measurement);
    for (size_t i = 0; i < line->tag_count; i++)
        line_tag(&w, line->tags[i].key, line->tags[i].value);
    for (size_t i = 0; i < line->field_count; i++) {
        const struct line_field *f = &line->fields[i];
        if (f->type == LINE_FLOAT)
            line_float(&w, f->key, f->number);
        else if (f->type == LINE_INT)
            line_int(&w, f->key, f->integer);
        else if (f->type == LINE_BOOL)
            line_bool(&w, f->key, f->integer != 0);
        else
            line_string(&w, f->key, f->text);
    }
    pw_require(line_end(&w, line->time_ms));
}

static const char *take(const char **text, size_t *left)
{
    const char *piece = *text;
    size_t len = strlen(piece);
    size_t step = len < *left ? len + 1 : len;
    *text += step;
    *left -= step;
    return piece;
}

static void write_and_read(struct line_parser *parser, const char *text, size_t left)
{
    struct strbuf first;
    struct strbuf second;
    struct line_writer w;
    struct line line;
    strbuf_init(&first, 1u << 20);
    strbuf_init(&second, 1u << 20);
    line_begin(&w, &first, take(&text, &left));
    line_tag(&w, take(&text, &left), take(&text, &left));
    int64_t number = 0;
    double real = 0;
    memcpy(&number, text, left < sizeof number ? left : sizeof number);
    memcpy(&real, &number, sizeof real);
    line_float(&w, take(&text, &left), real);
    line_int(&w, take(&text, &left), number);
    line_string(&w, take(&text, &left), take(&text, &left));
    if (line_end(&w, number / 1000000)) {
        pw_require(line_parse(parser, first.data, first.len, &line, NULL) == 0);
        write_again(&second, &line);
        pw_require(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    }
    strbuf_deinit(&first);
    strbuf_deinit(&second);
}

static void read_and_write(struct line_parser *parser, const char *text, size_t size)
{
    struct strbuf again;
    struct line line;
    size_t offset = 0;
    if (line_parse(parser, text, size, &line, &offset)) {
        pw_require(offset <= size);
        return;
    }
    strbuf_init(&again, 4u << 20);
    write_again(&again, &line);
    pw_require(line_parse(parser, again.data, again.len, &line, NULL) == 0);
    strbuf_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct line_parser *parser = line_parser_new();
    char *copy = calloc(size + 1, 1);
    if (parser && copy) {
        memcpy(copy, data, size);
        write_and_read(parser, copy, size);
        free(copy);
        copy = malloc(size ? size : 1);
        if (copy) {
            memcpy(copy, data, size);
            read_and_write(parser, copy, size);
        }
    }
    free(copy);
    line_parser_free(parser);
    return 0;
}
