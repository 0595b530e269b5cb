#include "acq/record/export_row.h"

#include "acq/core/civil.h"
#include "acq/record/export_book.h"
#include "acq/record/journal_line.h"

#include <inttypes.h>
#include <string.h>

enum { ROW_MAX = 1 << 20 };

static const char *const finding_columns[] = {
    "id",    "kind",     "site",   "object", "outlet", "factor",    "signal", "state",
    "start", "priority", "raised", "end",    "value",  "threshold", "worst",  "reason",
};
static const char mean_columns[] =
    "period,site,outlet,factor,source,revision,start,avg,min,max,valid,parts,good,corrected,"
    "corrected_min,corrected_max,cou,flag,corrected_why,gaps,longest_gap_s";
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

void export_flush_row(struct export_writer *w)
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
    if (what == EXPORT_MEANS)
        strbuf_adds(&w->row, mean_columns);
    if (what == EXPORT_TOTALS)
        strbuf_adds(&w->row, export_total_columns());
    if (what == EXPORT_MARKS)
        strbuf_adds(&w->row, export_mark_columns());
    for (unsigned i = 0; what == EXPORT_FINDINGS && i < FINDING_COLUMNS; i++) {
        strbuf_adds(&w->row, i ? "," : "");
        strbuf_adds(&w->row, finding_columns[i]);
    }
    export_flush_row(w);
}

void export_add_csv(struct strbuf *row, const char *text)
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
    export_add_csv(&w->row, line->device);
    strbuf_addc(&w->row, ',');
    export_add_csv(&w->row, v->signal);
    strbuf_addc(&w->row, ',');
    if (r->has_value)
        strbuf_add_double(&w->row, v->sample.value);
    strbuf_addf(&w->row, ",%s,%s", r->group, r->reason);
    export_flush_row(w);
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
    export_flush_row(w);
}

void export_write_value(struct export_writer *w, const struct raw_line *line,
                        const struct raw_value *v, int64_t arrived_ms)
{
    bool said_in_words = v->text && v->sample.quality == QUALITY_NOT_A_NUMBER && !v->has_why;
    quality q = said_in_words ? QUALITY_GOOD : v->sample.quality;
    struct value_row r = {
        .group = quality_group(q),
        .has_value = !v->text && quality_has_value(v->sample.quality),
    };
    civil_format_iso(line->time_ms, w->zone_offset_min, r.time);
    civil_format_iso(arrived_ms, w->zone_offset_min, r.at);
    quality_format(q, r.reason);
    if (w->format == EXPORT_CSV)
        write_value_csv(w, line, v, &r);
    else
        write_value_json(w, line, v, &r);
}

static void add_cell(struct strbuf *row, const cJSON *item)
{
    if (cJSON_IsString(item))
        export_add_csv(row, item->valuestring);
    else if (cJSON_IsNumber(item))
        strbuf_add_double(row, item->valuedouble);
}

static void write_finding_csv(struct export_writer *w, const cJSON *tree)
{
    for (unsigned i = 0; i < FINDING_COLUMNS; i++) {
        strbuf_adds(&w->row, i ? "," : "");
        add_cell(&w->row, cJSON_GetObjectItemCaseSensitive(tree, finding_columns[i]));
    }
    export_flush_row(w);
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
        export_flush_row(w);
    }
    journal_line_deinit(&line);
    return 0;
}

static const char *tag_of(const struct line *line, const char *key)
{
    for (size_t i = 0; i < line->tag_count; i++)
        if (strcmp(line->tags[i].key, key) == 0)
            return line->tags[i].value;
    return "";
}

static const struct line_field *field_of(const struct line *line, const char *key,
                                         enum line_field_type type)
{
    for (size_t i = 0; i < line->field_count; i++)
        if (line->fields[i].type == type && strcmp(line->fields[i].key, key) == 0)
            return &line->fields[i];
    return NULL;
}

static const char *const mean_tags[] = {"site", "outlet", "factor", "source"};
static const char *const mean_values[] = {"avg", "min", "max"};
/* Of regulated outlets, which are those with a flag. */
static const char *const regulated_values[] = {"corrected", "corrected_min", "corrected_max",
                                               "cou"};
static const char *const regulated_texts[] = {"flag", "corrected_why"};
enum { MEAN_TAGS = 4, MEAN_VALUES = 3, REGULATED_VALUES = 4, REGULATED_TEXTS = 2 };

struct mean_row {
    const struct line *line;
    const struct line_field *valid, *parts, *good, *revision;
    char start[CIVIL_ISO_SIZE];
};

static void add_regulated_csv(struct strbuf *row, const struct line *line)
{
    for (unsigned i = 0; i < REGULATED_VALUES; i++) {
        const struct line_field *value = field_of(line, regulated_values[i], LINE_FLOAT);
        strbuf_addc(row, ',');
        if (value)
            strbuf_add_double(row, value->number);
    }
    for (unsigned i = 0; i < REGULATED_TEXTS; i++) {
        const struct line_field *text = field_of(line, regulated_texts[i], LINE_STRING);
        strbuf_addc(row, ',');
        export_add_csv(row, text ? text->text : "");
    }
}

static void add_double_json(struct strbuf *row, const char *key, const struct line_field *value)
{
    strbuf_addf(row, ",\"%s\":", key);
    if (value)
        strbuf_add_json_double(row, value->number);
    else
        strbuf_adds(row, "null");
}

static void add_regulated_json(struct strbuf *row, const struct line *line)
{
    if (!field_of(line, "flag", LINE_STRING))
        return;
    for (unsigned i = 0; i < REGULATED_VALUES; i++)
        add_double_json(row, regulated_values[i], field_of(line, regulated_values[i], LINE_FLOAT));
    for (unsigned i = 0; i < REGULATED_TEXTS; i++) {
        const struct line_field *text = field_of(line, regulated_texts[i], LINE_STRING);
        if (text)
            add_member(row, regulated_texts[i], text->text);
    }
}

static void add_gaps_json(struct strbuf *row, const struct line *line)
{
    const struct line_field *gaps = field_of(line, "gaps", LINE_INT);
    const struct line_field *longest = field_of(line, "longest_gap_s", LINE_INT);
    if (gaps && longest)
        strbuf_addf(row, ",\"gaps\":%" PRId64 ",\"longest_gap_s\":%" PRId64, gaps->integer,
                    longest->integer);
}

static void add_gaps_csv(struct strbuf *row, const struct line *line)
{
    const struct line_field *gaps = field_of(line, "gaps", LINE_INT);
    const struct line_field *longest = field_of(line, "longest_gap_s", LINE_INT);
    strbuf_addf(row, ",%" PRId64 ",%" PRId64, gaps ? gaps->integer : 0,
                longest ? longest->integer : 0);
}

static void write_mean_csv(struct export_writer *w, const struct mean_row *r)
{
    export_add_csv(&w->row, r->line->measurement);
    for (unsigned i = 0; i < MEAN_TAGS; i++) {
        strbuf_addc(&w->row, ',');
        export_add_csv(&w->row, tag_of(r->line, mean_tags[i]));
    }
    strbuf_addc(&w->row, ',');
    strbuf_add_int(&w->row, r->revision->integer);
    strbuf_addf(&w->row, ",%s", r->start);
    for (unsigned i = 0; i < MEAN_VALUES; i++) {
        const struct line_field *value = field_of(r->line, mean_values[i], LINE_FLOAT);
        strbuf_addc(&w->row, ',');
        if (value)
            strbuf_add_double(&w->row, value->number);
    }
    strbuf_adds(&w->row, r->valid->integer ? ",true," : ",false,");
    strbuf_add_int(&w->row, r->parts->integer);
    strbuf_addc(&w->row, ',');
    strbuf_add_int(&w->row, r->good->integer);
    add_regulated_csv(&w->row, r->line);
    add_gaps_csv(&w->row, r->line);
    export_flush_row(w);
}

/* Byte for byte as `plumewatch replay --averages` says it. */
static void write_mean_json(struct export_writer *w, const struct mean_row *r)
{
    const struct line_field *reason = field_of(r->line, "reason", LINE_STRING);
    strbuf_adds(&w->row, "{\"type\":\"mean\"");
    add_member(&w->row, "period", r->line->measurement);
    for (unsigned i = 0; i < MEAN_TAGS; i++)
        add_member(&w->row, mean_tags[i], tag_of(r->line, mean_tags[i]));
    strbuf_adds(&w->row, ",\"revision\":");
    strbuf_add_int(&w->row, r->revision->integer);
    add_member(&w->row, "start", r->start);
    for (unsigned i = 0; i < MEAN_VALUES; i++)
        add_double_json(&w->row, mean_values[i], field_of(r->line, mean_values[i], LINE_FLOAT));
    add_regulated_json(&w->row, r->line);
    if (reason)
        add_member(&w->row, "reason", reason->text);
    strbuf_adds(&w->row, r->valid->integer ? ",\"valid\":true" : ",\"valid\":false");
    strbuf_adds(&w->row, ",\"parts\":");
    strbuf_add_int(&w->row, r->parts->integer);
    strbuf_adds(&w->row, ",\"good\":");
    strbuf_add_int(&w->row, r->good->integer);
    add_gaps_json(&w->row, r->line);
    strbuf_addc(&w->row, '}');
    export_flush_row(w);
}

int export_write_mean(struct export_writer *w, const struct line *line)
{
    struct mean_row r = {
        .line = line,
        .valid = field_of(line, "valid", LINE_BOOL),
        .parts = field_of(line, "parts", LINE_INT),
        .good = field_of(line, "good", LINE_INT),
        .revision = field_of(line, "revision", LINE_INT),
    };
    if (!r.valid || !r.parts || !r.good || !r.revision)
        return PW_ESYNTAX;
    civil_format_iso(line->time_ms, w->zone_offset_min, r.start);
    if (w->format == EXPORT_CSV)
        write_mean_csv(w, &r);
    else
        write_mean_json(w, &r);
    return 0;
}
