#include "acq/record/export_row.h"

#include "acq/core/civil.h"
#include "acq/record/journal_line.h"

#include <string.h>

enum { ROW_MAX = 1 << 20 };

static const char *const finding_columns[] = {
    "id",    "kind",     "site",   "object", "outlet", "factor",    "signal", "state",
    "start", "priority", "raised", "end",    "value",  "threshold", "worst",  "reason",
};
enum { FINDING_COLUMNS = sizeof finding_columns / sizeof finding_columns[0] };

void export_writer_init(struct export_writer *w, const struct export_options *o, FILE *out)
{
    *w = (struct export_writer){
        .out = out, .format = o->format, .zone_offset_min = o->zone_offset_min};
    strbuf_init(&w->row, ROW_MAX);
}

void export_writer_deinit(struct export_writer *w)
{
    strbuf_deinit(&w->row);
}

static void flush_row(struct export_writer *w)
{
    strbuf_addc(&w->row, '\n');
    fwrite(strbuf_text(&w->row), 1, w->row.len, w->out);
    strbuf_reset(&w->row);
}

void export_write_header(struct export_writer *w, enum export_what what)
{
    if (w->format != EXPORT_CSV)
        return;
    if (what == EXPORT_RAW)
        strbuf_adds(&w->row, "time,at,device,signal,value,quality,reason");
    for (unsigned i = 0; what == EXPORT_FINDINGS && i < FINDING_COLUMNS; i++) {
        strbuf_adds(&w->row, i ? "," : "");
        strbuf_adds(&w->row, finding_columns[i]);
    }
    flush_row(w);
}

static void add_csv(struct strbuf *row, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        strbuf_adds(row, text);
        return;
    }
    strbuf_addc(row, '"');
    for (; *text; text++) {
        if (*text == '"')
            strbuf_addc(row, '"');
        strbuf_addc(row, *text);
    }
    strbuf_addc(row, '"');
}

static const char *quality_group(quality q)
{
    if (quality_is_good(q))
        return "good";
    enum quality_word word = quality_word(q);
    return word == QUALITY_HELD || word == QUALITY_CLOCK_UNTRUSTED ? "uncertain" : "bad";
}

struct value_row {
    char time[CIVIL_ISO_SIZE];
    char at[CIVIL_ISO_SIZE];
    char reason[QUALITY_TEXT_SIZE];
    const char *group;
    bool has_value;
};

static void write_value_csv(struct export_writer *w, const struct raw_line *line,
                            const struct raw_value *v, const struct value_row *r)
{
    strbuf_addf(&w->row, "%s,%s,", r->time, r->at);
    add_csv(&w->row, line->device);
    strbuf_addc(&w->row, ',');
    add_csv(&w->row, v->signal);
    strbuf_addc(&w->row, ',');
    if (r->has_value)
        strbuf_add_double(&w->row, v->sample.value);
    strbuf_addf(&w->row, ",%s,%s", r->group, r->reason);
    flush_row(w);
}

static void add_member(struct strbuf *row, const char *key, const char *value)
{
    strbuf_addf(row, ",\"%s\":", key);
    strbuf_add_json_string(row, value);
}

static void write_value_json(struct export_writer *w, const struct raw_line *line,
                             const struct raw_value *v, const struct value_row *r)
{
    strbuf_addf(&w->row, "{\"time\":\"%s\",\"at\":\"%s\"", r->time, r->at);
    add_member(&w->row, "device", line->device);
    add_member(&w->row, "signal", v->signal);
    strbuf_adds(&w->row, ",\"value\":");
    if (r->has_value)
        strbuf_add_json_double(&w->row, v->sample.value);
    else
        strbuf_adds(&w->row, "null");
    add_member(&w->row, "quality", r->group);
    add_member(&w->row, "reason", r->reason);
    if (v->text)
        add_member(&w->row, "text", v->text);
    strbuf_addc(&w->row, '}');
    flush_row(w);
}

void export_write_value(struct export_writer *w, const struct raw_line *line,
                        const struct raw_value *v, int64_t arrived_ms)
{
    struct value_row r = {
        .group = quality_group(v->sample.quality),
        .has_value = !v->text && quality_has_value(v->sample.quality),
    };
    civil_format_iso(line->time_ms, w->zone_offset_min, r.time);
    civil_format_iso(arrived_ms, w->zone_offset_min, r.at);
    quality_format(v->sample.quality, r.reason);
    if (w->format == EXPORT_CSV)
        write_value_csv(w, line, v, &r);
    else
        write_value_json(w, line, v, &r);
}

static void add_cell(struct strbuf *row, const cJSON *item)
{
    if (cJSON_IsString(item))
        add_csv(row, item->valuestring);
    else if (cJSON_IsNumber(item))
        strbuf_add_double(row, item->valuedouble);
}

static void write_finding_csv(struct export_writer *w, const cJSON *tree)
{
    for (unsigned i = 0; i < FINDING_COLUMNS; i++) {
        strbuf_adds(&w->row, i ? "," : "");
        add_cell(&w->row, cJSON_GetObjectItemCaseSensitive(tree, finding_columns[i]));
    }
    flush_row(w);
}

int export_write_finding(struct export_writer *w, const char *json, size_t len)
{
    struct journal_line line;
    const char *members = NULL;
    size_t members_len = 0;
    int err = journal_line_members(json, len, &members, &members_len);
    if (!err)
        err = journal_line_parse(json, len, &line);
    if (err)
        return err;
    if (w->format == EXPORT_CSV) {
        write_finding_csv(w, line.tree);
    } else {
        strbuf_adds(&w->row, "{\"type\":\"finding\"");
        strbuf_adds(&w->row, members_len ? "," : "");
        strbuf_add(&w->row, members, members_len);
        strbuf_addc(&w->row, '}');
        flush_row(w);
    }
    journal_line_deinit(&line);
    return 0;
}
