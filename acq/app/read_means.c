#include "acq/app/read_means.h"

#include "acq/record/export_row.h"
#include "acq/record/means_read.h"

_Static_assert((int)SERVE_CURSOR_SIZE == (int)MEANS_CURSOR_SIZE, "one cursor");

struct rows {
    struct strbuf *out;
    int zone_offset_min;
    size_t count;
};

static int on_row(void *ctx, const struct mean_row *row)
{
    struct rows *r = ctx;
    strbuf_adds(r->out, r->count++ ? ",{" : "{");
    export_mean_members(r->out, row, r->zone_offset_min);
    strbuf_addc(r->out, '}');
    return r->out->failed ? PW_ENOMEM : 0;
}

static int read_rows(void *ctx, const struct serve_means_query *q, struct strbuf *rows,
                     char next[SERVE_CURSOR_SIZE])
{
    struct rows r = {.out = rows, .zone_offset_min = q->zone_offset_min};
    const struct means_query query = {
        .period = q->period,
        .site = q->site,
        .outlet = q->outlet,
        .factor = q->factor,
        .source = q->source,
        .from_ms = q->from_ms,
        .to_ms = q->to_ms,
        .all_revisions = q->all_revisions,
        .station_else_own = q->station_else_own,
    };
    return means_read(ctx, &query, q->cursor, q->limit, on_row, &r, next);
}

struct serve_means read_means_from(char *data_dir)
{
    return (struct serve_means){.read = read_rows, .ctx = data_dir};
}
