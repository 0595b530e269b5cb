#include "acq/record/export_book.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/record/journal_line.h"

#include <inttypes.h>
#include <string.h>

enum { HOUR_MS = 3600000, DAY_MS = 86400000 };

/* In the order of `plumewatch replay --averages`, byte for byte. */
static const struct {
    const char *key;
    enum line_field_type type;
    bool required;
    bool is_nullable; /* told as null where it has no value */
} fields[] = {
    {"hours", LINE_INT, true, false},
    {"stopped", LINE_INT, true, false},
    {"due", LINE_INT, true, false},
    {"received", LINE_INT, true, false},
    {"valid", LINE_INT, true, false},
    {"outside", LINE_INT, true, false},
    {"received_rate", LINE_FLOAT, false, true},
    {"valid_rate", LINE_FLOAT, false, true},
    {"effective_rate", LINE_FLOAT, false, true},
    {"judged", LINE_INT, false, false},
    {"compliant", LINE_INT, false, false},
    {"compliance_rate", LINE_FLOAT, false, false},
    {"cou", LINE_FLOAT, false, false},
    {"cou_substituted", LINE_FLOAT, false, false},
    {"substituted_hours", LINE_INT, false, false},
    {"missing_hours", LINE_INT, false, false},
    {"method", LINE_STRING, false, false},
    {"short_history", LINE_BOOL, false, false},
    {"capture", LINE_FLOAT, false, false},
    {"equivalents", LINE_FLOAT, false, false},
    {"permit", LINE_FLOAT, false, false},
    {"used", LINE_FLOAT, false, false},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static const char *const tags[] = {"period", "site", "outlet", "factor"};
enum { TAGS = 4 };

const char *export_total_columns(void)
{
    return "period,site,outlet,factor,revision,start,until,closed,hours,stopped,due,received,valid,"
           "outside,received_rate,valid_rate,effective_rate,judged,compliant,compliance_rate,cou,"
           "cou_substituted,substituted_hours,"
           "missing_hours,method,short_history,capture,equivalents,permit,used,exhausted";
}

const char *export_mark_columns(void)
{
    return "id,object,factor,class,mark_kind,start,end,by,who,reason,declared,late,withdrawn";
}

/* What every line of the books has. */
struct book_row {
    const struct line *line;
    int64_t revision;
    bool closed;
    char start[CIVIL_ISO_SIZE], until[CIVIL_ISO_SIZE], exhausted[CIVIL_ISO_SIZE];
};

static int read_row(const struct line *line, int zone_offset_min, struct book_row *out)
{
    const struct line_field *revision = line_find_field(line, "revision", LINE_INT);
    const struct line_field *start = line_find_field(line, "start", LINE_INT);
    const struct line_field *closed = line_find_field(line, "closed", LINE_BOOL);
    const struct line_field *exhausted = line_find_field(line, "exhausted", LINE_INT);
    if (!revision || !start || !closed)
        return PW_ESYNTAX;
    for (int i = 0; i < FIELDS; i++)
        if (fields[i].required && !line_find_field(line, fields[i].key, fields[i].type))
            return PW_ESYNTAX;
    bool is_hour = strcmp(line_find_tag(line, "period"), "hour") == 0;
    *out = (struct book_row){
        .line = line, .revision = revision->integer, .closed = closed->integer != 0};
    civil_format_iso(start->integer, zone_offset_min, out->start);
    civil_format_iso(line->time_ms + (is_hour ? HOUR_MS : DAY_MS), zone_offset_min, out->until);
    if (exhausted)
        civil_format_iso(exhausted->integer, zone_offset_min, out->exhausted);
    return 0;
}

static void add_field_value(struct strbuf *out, const struct line_field *f)
{
    if (f->type == LINE_FLOAT)
        strbuf_add_json_double(out, f->number);
    else if (f->type == LINE_INT)
        strbuf_addf(out, "%" PRId64, f->integer);
    else
        strbuf_adds(out, f->integer ? "true" : "false");
}

static void write_total_json(struct export_writer *w, const struct book_row *r)
{
    struct strbuf *out = &w->row;
    strbuf_adds(out, "{\"type\":\"total\"");
    for (int i = 0; i < TAGS; i++) {
        strbuf_addf(out, ",\"%s\":", tags[i]);
        strbuf_add_json_string(out, line_find_tag(r->line, tags[i]));
    }
    strbuf_addf(out, ",\"revision\":%" PRId64 ",\"start\":\"%s\",\"until\":\"%s\",\"closed\":%s",
                r->revision, r->start, r->until, r->closed ? "true" : "false");
    for (int i = 0; i < FIELDS; i++) {
        const struct line_field *f = line_find_field(r->line, fields[i].key, fields[i].type);
        if (!f && !fields[i].is_nullable)
            continue;
        strbuf_addf(out, ",\"%s\":", fields[i].key);
        if (!f)
            strbuf_adds(out, "null");
        else if (f->type == LINE_STRING)
            strbuf_add_json_string(out, f->text);
        else
            add_field_value(out, f);
    }
    if (line_find_field(r->line, "permit", LINE_FLOAT))
        strbuf_addf(out, r->exhausted[0] ? ",\"exhausted\":\"%s\"" : ",\"exhausted\":null",
                    r->exhausted);
    strbuf_addc(out, '}');
    export_flush_row(w);
}

static void write_total_csv(struct export_writer *w, const struct book_row *r)
{
    for (int i = 0; i < TAGS; i++) {
        export_add_csv(&w->row, line_find_tag(r->line, tags[i]));
        strbuf_addc(&w->row, ',');
    }
    strbuf_addf(&w->row, "%" PRId64 ",%s,%s,%s", r->revision, r->start, r->until,
                r->closed ? "true" : "false");
    for (int i = 0; i < FIELDS; i++) {
        const struct line_field *f = line_find_field(r->line, fields[i].key, fields[i].type);
        strbuf_addc(&w->row, ',');
        if (f && f->type == LINE_STRING)
            export_add_csv(&w->row, f->text);
        else if (f)
            add_field_value(&w->row, f);
    }
    strbuf_addf(&w->row, ",%s", r->exhausted);
    export_flush_row(w);
}

int export_write_total(struct export_writer *w, const struct line *line)
{
    struct book_row row;
    int err = read_row(line, w->zone_offset_min, &row);
    if (err)
        return err;
    if (w->format == EXPORT_CSV)
        write_total_csv(w, &row);
    else
        write_total_json(w, &row);
    return 0;
}

static void write_mark_csv(struct export_writer *w, const cJSON *tree, const char *withdrawn)
{
    static const char *const texts[] = {"id",  "object", "factor", "class",  "mark_kind", "start",
                                        "end", "by",     "who",    "reason", "declared"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = json_string(tree, texts[i]);
        if (!text && strcmp(texts[i], "by") == 0)
            text = "person";
        export_add_csv(&w->row, text ? text : "");
        strbuf_addc(&w->row, ',');
    }
    bool late = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "late"));
    strbuf_addf(&w->row, "%s,%s", late ? "true" : "false", withdrawn);
    export_flush_row(w);
}

int export_write_mark(struct export_writer *w, const char *json, size_t len, int64_t withdrawn_ms)
{
    struct journal_line line;
    const char *members = NULL;
    size_t members_len = 0;
    char withdrawn[CIVIL_ISO_SIZE] = "";
    int err = journal_line_members(json, len, &members, &members_len);
    if (!err)
        err = journal_line_parse(json, len, &line);
    if (err)
        return err;
    if (withdrawn_ms != 0)
        civil_format_iso(withdrawn_ms, w->zone_offset_min, withdrawn);
    if (w->format == EXPORT_CSV) {
        write_mark_csv(w, line.tree, withdrawn);
    } else {
        strbuf_adds(&w->row, "{\"type\":\"mark\",");
        strbuf_add(&w->row, members, members_len);
        strbuf_addf(&w->row, withdrawn[0] ? ",\"withdrawn\":\"%s\"}" : "}", withdrawn);
        export_flush_row(w);
    }
    journal_line_deinit(&line);
    return 0;
}
