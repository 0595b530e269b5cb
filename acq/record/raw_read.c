#include "acq/record/raw_line.h"

#include "protocols/influx/line.h"

#include <stdlib.h>
#include <string.h>

struct raw_reader {
    struct line_parser *parser;
    struct raw_value *values;
    size_t cap;
    struct strbuf names; /* signal ids, NUL-terminated, by offset until the line is whole */
    size_t *name_at;     /* per value */
};

enum { NAMES_MAX = 16 << 20 };

struct raw_reader *raw_reader_new(void)
{
    struct raw_reader *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    strbuf_init(&r->names, NAMES_MAX);
    r->parser = line_parser_new();
    if (!r->parser) {
        free(r);
        return NULL;
    }
    return r;
}

void raw_reader_free(struct raw_reader *r)
{
    if (!r)
        return;
    line_parser_free(r->parser);
    strbuf_deinit(&r->names);
    free(r->values);
    free(r->name_at);
    free(r);
}

static int reserve(struct raw_reader *r, size_t count)
{
    if (count <= r->cap)
        return 0;
    struct raw_value *values = realloc(r->values, count * sizeof *values);
    if (values)
        r->values = values;
    size_t *name_at = realloc(r->name_at, count * sizeof *name_at);
    if (name_at)
        r->name_at = name_at;
    if (!values || !name_at)
        return PW_ENOMEM;
    r->cap = count;
    return 0;
}

enum part { PART_VALUE, PART_WHY, PART_RAW, PART_TEXT };

static enum part split_key(const char *key, size_t *out_len)
{
    static const char *const suffixes[] = {"", "_why", "_raw", "_text"};
    size_t len = strlen(key);
    for (unsigned i = PART_WHY; i <= PART_TEXT; i++) {
        size_t n = strlen(suffixes[i]);
        if (len > n && strcmp(key + len - n, suffixes[i]) == 0) {
            *out_len = len - n;
            return (enum part)i;
        }
    }
    *out_len = len;
    return PART_VALUE;
}

/* The fields of a signal stand together: it is the last one or a new one. */
static struct raw_value *value_of(struct raw_reader *r, size_t *count, const char *key, size_t len)
{
    if (*count > 0) {
        const char *last = r->names.data + r->name_at[*count - 1];
        if (strlen(last) == len && memcmp(last, key, len) == 0)
            return &r->values[*count - 1];
    }
    r->name_at[*count] = r->names.len;
    strbuf_add(&r->names, key, len);
    strbuf_addc(&r->names, '\0');
    struct raw_value *v = &r->values[(*count)++];
    *v = (struct raw_value){.sample.quality = QUALITY_GOOD};
    return v;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int read_registers(const char *hex, struct sample *s)
{
    size_t len = strlen(hex);
    if (len == 0 || len % 4 != 0 || len > 16)
        return PW_ESYNTAX;
    for (size_t i = 0; i < len; i++) {
        int digit = hex_digit(hex[i]);
        if (digit < 0)
            return PW_ESYNTAX;
        s->raw[i / 4] = (uint16_t)(s->raw[i / 4] << 4 | digit);
    }
    s->raw_count = (uint8_t)(len / 4);
    return 0;
}

/* Until a value comes, a good sample would claim one: the checks at the end need to know. */
struct progress {
    bool has_value;
    bool has_why;
};

static int take_field(struct raw_value *v, struct progress *p, enum part part,
                      const struct line_field *f)
{
    if (f->type != (part == PART_VALUE ? LINE_FLOAT : LINE_STRING))
        return PW_ESYNTAX;
    switch (part) {
    case PART_VALUE:
        v->sample.value = f->number;
        p->has_value = true;
        return 0;
    case PART_WHY:
        p->has_why = v->has_why = true;
        return quality_parse(f->text, strlen(f->text), &v->sample.quality);
    case PART_RAW:
        return read_registers(f->text, &v->sample);
    case PART_TEXT:
        v->text = f->text;
        return 0;
    }
    return PW_ESYNTAX;
}

/* A number goes with a quality that has one, and the other way round. A text alone is no number. */
static int check_value(struct raw_value *v, const struct progress *p)
{
    if (p->has_value)
        return quality_has_value(v->sample.quality) ? 0 : PW_ESYNTAX;
    if (v->text && !p->has_why) {
        v->sample.quality = QUALITY_NOT_A_NUMBER;
        return 0;
    }
    return p->has_why && !quality_has_value(v->sample.quality) ? 0 : PW_ESYNTAX;
}

static int take_fields(struct raw_reader *r, const struct line *line, struct raw_line *out)
{
    struct progress p = {0};
    size_t count = 0;
    strbuf_reset(&r->names);
    for (size_t i = 0; i < line->field_count; i++) {
        const struct line_field *f = &line->fields[i];
        if (strcmp(f->key, "at") == 0 && f->type == LINE_INT) {
            out->has_arrived = true;
            out->arrived_ms = f->integer;
            continue;
        }
        size_t len = 0;
        size_t before = count;
        enum part part = split_key(f->key, &len);
        struct raw_value *v = value_of(r, &count, f->key, len);
        if (count > before && before > 0 && check_value(&r->values[before - 1], &p) != 0)
            return PW_ESYNTAX;
        if (count > before)
            p = (struct progress){0};
        int err = take_field(v, &p, part, f);
        if (err)
            return err;
    }
    if (r->names.failed)
        return PW_EFULL;
    if (count > 0 && check_value(&r->values[count - 1], &p) != 0)
        return PW_ESYNTAX;
    for (size_t i = 0; i < count; i++)
        r->values[i].signal = r->names.data + r->name_at[i];
    out->values = r->values;
    out->count = count;
    return 0;
}

int raw_line_read(struct raw_reader *r, const char *text, size_t len, struct raw_line *out)
{
    struct line line;
    int err = line_parse(r->parser, text, len, &line, NULL);
    if (!err)
        err = reserve(r, line.field_count + 1);
    if (err)
        return err;
    struct raw_line result = {.measurement = line.measurement, .time_ms = line.time_ms};
    for (size_t i = 0; i < line.tag_count; i++)
        if (strcmp(line.tags[i].key, "device") == 0)
            result.device = line.tags[i].value;
    if (!result.device || strncmp(line.measurement, "raw_", 4) != 0)
        return PW_ESYNTAX;
    err = take_fields(r, &line, &result);
    if (!err)
        *out = result;
    return err;
}
