#include "acq/record/mean_row.h"

#include <math.h>
#include <string.h>

static const char *const value_names[ROW_VALUES] = {
    "avg", "min", "max", "corrected", "corrected_min", "corrected_max", "cou"};
static const char *const periods[] = {"minute", "hour", "day", "month", "quarter", "year"};
enum { PERIODS = sizeof periods / sizeof *periods };

const char *row_value_name(enum row_value v)
{
    return value_names[v];
}

bool mean_row_is_period(const char *word)
{
    for (int i = 0; i < PERIODS; i++)
        if (strcmp(periods[i], word) == 0)
            return true;
    return false;
}

bool mean_row_is(const char *text, size_t len)
{
    for (int i = 0; i < PERIODS; i++) {
        size_t n = strlen(periods[i]);
        if (len > n && text[n] == ',' && memcmp(text, periods[i], n) == 0)
            return true;
    }
    return false;
}

static bool take_value(const struct line_field *f, struct mean_row *row)
{
    for (int v = 0; f->type == LINE_FLOAT && v < ROW_VALUES; v++) {
        if (strcmp(f->key, value_names[v]) != 0)
            continue;
        row->value[v] = f->number;
        return true;
    }
    return false;
}

static bool take_integer(const struct line_field *f, struct mean_row *row, unsigned *seen)
{
    const struct {
        const char *key;
        int64_t *to;
    } known[] = {{"parts", &row->parts}, {"good", &row->good}, {"revision", &row->revision}};
    for (unsigned i = 0; f->type == LINE_INT && i < 3; i++) {
        if (strcmp(f->key, known[i].key) != 0)
            continue;
        *known[i].to = f->integer;
        *seen |= 1U << i;
        return true;
    }
    if (f->type != LINE_BOOL || strcmp(f->key, "valid") != 0)
        return false;
    row->valid = f->integer != 0;
    *seen |= 8;
    return true;
}

static bool take_text(const struct line_field *f, struct mean_row *row)
{
    if (f->type != LINE_STRING)
        return false;
    if (strcmp(f->key, "flag") == 0 && strlen(f->text) == 1)
        row->flag = f->text[0];
    else if (strcmp(f->key, "corrected_why") == 0)
        row->why = f->text;
    else if (strcmp(f->key, "reason") == 0)
        row->reason = f->text;
    else
        return false;
    return true;
}

static void add_more(const struct line_field *f, struct strbuf *more)
{
    if (more->len > 0)
        strbuf_addc(more, ',');
    strbuf_add_json_string(more, f->key);
    strbuf_addc(more, ':');
    switch (f->type) {
    case LINE_FLOAT:
        strbuf_add_json_double(more, f->number);
        break;
    case LINE_INT:
        strbuf_add_int(more, f->integer);
        break;
    case LINE_BOOL:
        strbuf_adds(more, f->integer ? "true" : "false");
        break;
    case LINE_STRING:
        strbuf_add_json_string(more, f->text);
        break;
    }
}

int mean_row_read(const struct line *line, struct strbuf *more, struct mean_row *out)
{
    struct mean_row row = {
        .period = line->measurement,
        .site = line_find_tag(line, "site"),
        .outlet = line_find_tag(line, "outlet"),
        .factor = line_find_tag(line, "factor"),
        .source = line_find_tag(line, "source"),
        .start_ms = line->time_ms,
    };
    unsigned seen = 0;
    for (int v = 0; v < ROW_VALUES; v++)
        row.value[v] = (double)NAN;
    strbuf_reset(more);
    for (size_t i = 0; i < line->field_count; i++) {
        const struct line_field *f = &line->fields[i];
        if (!take_value(f, &row) && !take_integer(f, &row, &seen) && !take_text(f, &row))
            add_more(f, more);
    }
    if (seen != 15 || !mean_row_is_period(row.period))
        return PW_ESYNTAX;
    row.more = more->len > 0 ? strbuf_text(more) : NULL;
    *out = row;
    return more->failed ? PW_ENOMEM : 0;
}
