#include "acq/record/export_rate.h"

#include "acq/core/civil.h"

#include <inttypes.h>

enum { DAY_MS = 86400000 };

/* In the order of `plumewatch replay --averages`, byte for byte. */
static const struct {
    const char *key;
    enum line_field_type type;
    bool required;
    bool is_nullable; /* told as null where it has no value */
} fields[] = {
    {"rate", LINE_FLOAT, false, true},   {"part", LINE_FLOAT, true, false},
    {"whole", LINE_FLOAT, true, false},  {"due", LINE_INT, true, false},
    {"known", LINE_INT, true, false},    {"starts", LINE_INT, false, false},
    {"on_time", LINE_INT, false, false},
};
static const char *const tags[] = {"what", "period", "site", "object", "factor"};
enum { FIELDS = sizeof fields / sizeof *fields, TAGS = sizeof tags / sizeof *tags };

const char *export_rate_columns(void)
{
    return "what,period,site,object,factor,revision,start,until,closed,rate,part,whole,due,known,"
           "starts,on_time";
}

struct rate_row {
    const struct line *line;
    int64_t revision;
    bool closed;
    char start[CIVIL_ISO_SIZE], until[CIVIL_ISO_SIZE];
};

static int read_row(const struct line *line, int zone_offset_min, struct rate_row *out)
{
    const struct line_field *revision = line_find_field(line, "revision", LINE_INT);
    const struct line_field *start = line_find_field(line, "start", LINE_INT);
    const struct line_field *closed = line_find_field(line, "closed", LINE_BOOL);
    if (!revision || !start || !closed)
        return PW_ESYNTAX;
    for (int i = 0; i < FIELDS; i++)
        if (fields[i].required && !line_find_field(line, fields[i].key, fields[i].type))
            return PW_ESYNTAX;
    *out = (struct rate_row){
        .line = line, .revision = revision->integer, .closed = closed->integer != 0};
    civil_format_iso(start->integer, zone_offset_min, out->start);
    civil_format_iso(line->time_ms + DAY_MS, zone_offset_min, out->until);
    return 0;
}

static void add_value(struct strbuf *out, const struct line_field *f)
{
    if (f->type == LINE_FLOAT)
        strbuf_add_json_double(out, f->number);
    else
        strbuf_addf(out, "%" PRId64, f->integer);
}

static void write_json(struct strbuf *out, const struct rate_row *r)
{
    strbuf_adds(out, "{\"type\":\"rate\"");
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
        strbuf_addf(out, f ? ",\"%s\":" : ",\"%s\":null", fields[i].key);
        if (f)
            add_value(out, f);
    }
    strbuf_addc(out, '}');
}

static void write_csv(struct strbuf *out, const struct rate_row *r)
{
    for (int i = 0; i < TAGS; i++) {
        export_add_csv(out, line_find_tag(r->line, tags[i]));
        strbuf_addc(out, ',');
    }
    strbuf_addf(out, "%" PRId64 ",%s,%s,%s", r->revision, r->start, r->until,
                r->closed ? "true" : "false");
    for (int i = 0; i < FIELDS; i++) {
        const struct line_field *f = line_find_field(r->line, fields[i].key, fields[i].type);
        strbuf_addc(out, ',');
        if (f)
            add_value(out, f);
    }
}

int export_write_rate(struct export_writer *w, const struct line *line)
{
    struct rate_row row;
    int err = read_row(line, w->zone_offset_min, &row);
    if (err)
        return err;
    if (w->format == EXPORT_CSV)
        write_csv(&w->row, &row);
    else
        write_json(&w->row, &row);
    export_flush_row(w);
    return 0;
}
