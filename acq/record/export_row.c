#include "acq/record/export_row.h"

#include "acq/core/civil.h"
#include "acq/record/export_book.h"
#include "acq/record/export_rate.h"
#include "acq/record/journal_line.h"

#include <inttypes.h>
#include <string.h>

enum { ROW_BYTES_MAX = 1 << 20 };

static const char *const finding_columns[] = {
    "id",    "kind",     "site",   "object", "outlet", "factor",    "signal", "state",
    "start", "priority", "raised", "end",    "value",  "threshold", "worst",  "reason",
};
static const char mean_columns[] =
    "period,site,outlet,factor,source,revision,start,avg,min,max,valid,parts,good,corrected,"
    "corrected_min,corrected_max,cou,flag,corrected_why,reason,more";
enum { FINDING_COLUMNS = sizeof finding_columns / sizeof finding_columns[0] };

void export_writer_init(struct export_writer *w, const struct export_options *o, FILE *out)
{
    *w = (struct export_writer){
        .out = out, .format = o->format, .zone_offset_min = o->zone_offset_min};
    strbuf_init(&w->row, ROW_BYTES_MAX);
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
    if (what == EXPORT_MEANS || what == EXPORT_TOLD)
        strbuf_adds(&w->row, mean_columns);
    if (what == EXPORT_TOTALS)
        strbuf_adds(&w->row, export_total_columns());
    if (what == EXPORT_RATES)
        strbuf_adds(&w->row, export_rate_columns());
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

static const enum row_value plain_values[] = {ROW_AVG, ROW_MIN, ROW_MAX};
/* Of regulated outlets, which are those with a flag. */
static const enum row_value regulated_values[] = {ROW_CORRECTED, ROW_CORRECTED_MIN,
                                                  ROW_CORRECTED_MAX, ROW_COU};
enum { PLAIN_VALUES = 3, REGULATED_VALUES = 4 };

static void add_number_csv(struct strbuf *row, double value)
{
    strbuf_addc(row, ',');
    strbuf_add_double(row, value);
}

static void add_text_csv(struct strbuf *row, const char *text)
{
    strbuf_addc(row, ',');
    export_add_csv(row, text ? text : "");
}

static void write_mean_csv(struct export_writer *w, const struct mean_row *m, const char *start)
{
    const char flag[2] = {m->flag, '\0'};
    export_add_csv(&w->row, m->period);
    add_text_csv(&w->row, m->site);
    add_text_csv(&w->row, m->outlet);
    add_text_csv(&w->row, m->factor);
    add_text_csv(&w->row, m->source);
    strbuf_addf(&w->row, ",%" PRId64 ",%s", m->revision, start);
    for (int i = 0; i < PLAIN_VALUES; i++)
        add_number_csv(&w->row, m->value[plain_values[i]]);
    strbuf_addf(&w->row, ",%s,%" PRId64 ",%" PRId64, m->valid ? "true" : "false", m->parts,
                m->good);
    for (int i = 0; i < REGULATED_VALUES; i++)
        add_number_csv(&w->row, m->value[regulated_values[i]]);
    add_text_csv(&w->row, flag);
    add_text_csv(&w->row, m->why);
    add_text_csv(&w->row, m->reason);
    add_text_csv(&w->row, m->more);
    export_flush_row(w);
}

static void add_number_json(struct strbuf *row, enum row_value v, double value)
{
    strbuf_addf(row, ",\"%s\":", row_value_name(v));
    strbuf_add_json_double(row, value);
}

static void add_regulated_json(struct strbuf *row, const struct mean_row *m)
{
    const char flag[2] = {m->flag, '\0'};
    for (int i = 0; i < REGULATED_VALUES; i++)
        add_number_json(row, regulated_values[i], m->value[regulated_values[i]]);
    add_member(row, "flag", flag);
    if (m->why)
        add_member(row, "corrected_why", m->why);
}

void export_mean_members(struct strbuf *row, const struct mean_row *m, int zone_offset_min)
{
    char start[CIVIL_ISO_SIZE];
    civil_format_iso(m->start_ms, zone_offset_min, start);
    strbuf_adds(row, "\"period\":");
    strbuf_add_json_string(row, m->period);
    add_member(row, "site", m->site);
    add_member(row, "outlet", m->outlet);
    add_member(row, "factor", m->factor);
    add_member(row, "source", m->source);
    strbuf_addf(row, ",\"revision\":%" PRId64 ",\"start\":\"%s\"", m->revision, start);
    for (int i = 0; i < PLAIN_VALUES; i++)
        add_number_json(row, plain_values[i], m->value[plain_values[i]]);
    if (m->flag)
        add_regulated_json(row, m);
    if (m->reason)
        add_member(row, "reason", m->reason);
    strbuf_addf(row, ",\"valid\":%s,\"parts\":%" PRId64 ",\"good\":%" PRId64,
                m->valid ? "true" : "false", m->parts, m->good);
    if (m->more)
        strbuf_addf(row, ",%s", m->more);
}

/* Byte for byte as `plumewatch replay --averages` says it. */
static void write_mean_json(struct export_writer *w, const struct mean_row *m)
{
    strbuf_adds(&w->row, "{\"type\":\"mean\",");
    export_mean_members(&w->row, m, w->zone_offset_min);
    strbuf_addc(&w->row, '}');
    export_flush_row(w);
}

void export_write_mean(struct export_writer *w, const struct mean_row *m)
{
    char start[CIVIL_ISO_SIZE];
    civil_format_iso(m->start_ms, w->zone_offset_min, start);
    if (w->format == EXPORT_CSV)
        write_mean_csv(w, m, start);
    else
        write_mean_json(w, m);
}
