#include "acq/deliver/uplink_read.h"

#include "acq/record/means_read.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, MINUTES_OF_HOUR = 60, MINUTES_OF_DAY = 1440, PAGE_ROWS = 100000 };

struct reading {
    const struct uplink_plan *plan;
    const struct uplink_outlet *outlet;
    struct uplink_periods *out;
    int64_t length_ms;
};

static uint32_t find_code(const struct uplink_plan *plan, const struct uplink_outlet *o,
                          const char *factor)
{
    for (uint32_t i = o->first_code; i < o->first_code + o->code_count; i++)
        if (strcmp(plan->codes[i].factor, factor) == 0)
            return i;
    return plan->code_count;
}

static int on_row(void *ctx, const struct mean_row *row)
{
    struct reading *r = ctx;
    struct uplink_period *first = &r->out->periods[0];
    uint32_t code = find_code(r->plan, r->outlet, row->factor);
    int64_t place = (row->start_ms - first->start_ms) / r->length_ms;
    if (code == r->plan->code_count || place < 0 || place >= r->out->count)
        return 0;
    uplink_period_add(&first[place], &first[place].sums[code], row);
    return 0;
}

static int read_outlet(const char *data_dir, struct reading *r)
{
    static const char *const sources[] = {[MEANS_FROM_OWN] = "own",
                                          [MEANS_FROM_STATION] = "station",
                                          [MEANS_FROM_STATION_ELSE_OWN] = ""};
    const struct uplink_period *first = &r->out->periods[0];
    const struct means_query query = {
        .period = uplink_kind_word(first->kind),
        .site = r->outlet->site,
        .outlet = r->outlet->outlet,
        .source = sources[r->outlet->means_from],
        .from_ms = first->start_ms,
        .to_ms = first->start_ms + r->length_ms * r->out->count,
        .station_else_own = r->outlet->means_from == MEANS_FROM_STATION_ELSE_OWN,
    };
    char cursor[MEANS_CURSOR_SIZE] = "";
    int err;
    do {
        char next[MEANS_CURSOR_SIZE];
        err = means_read(data_dir, &query, cursor, PAGE_ROWS, on_row, r, next);
        memcpy(cursor, next, sizeof cursor);
    } while (!err && cursor[0]);
    return err;
}

static uint32_t minutes_of(enum uplink_kind kind, uint32_t minutes)
{
    return kind == UPLINK_MINUTE ? minutes : kind == UPLINK_HOUR ? MINUTES_OF_HOUR : MINUTES_OF_DAY;
}

static void note_complete(const struct uplink_plan *plan, struct uplink_period *p)
{
    uint32_t rows = p->kind == UPLINK_MINUTE ? p->minutes : 1;
    p->complete = p->any;
    for (uint32_t i = 0; i < plan->code_count; i++)
        p->complete = p->complete && p->sums[i].rows >= rows;
}

int uplink_read(const char *data_dir, const struct uplink_plan *plan, enum uplink_kind kind,
                uint32_t minutes, int64_t start_ms, uint32_t count, struct uplink_periods *out)
{
    minutes = minutes_of(kind, minutes);
    struct reading r = {.plan = plan, .out = out, .length_ms = (int64_t)minutes * MINUTE_MS};
    memset(out, 0, sizeof *out);
    out->count = count;
    out->sums = calloc((size_t)count * plan->code_count, sizeof *out->sums);
    if (!out->sums)
        return PW_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        out->periods[i] = (struct uplink_period){.kind = kind,
                                                 .start_ms = start_ms + r.length_ms * i,
                                                 .minutes = minutes,
                                                 .sums = &out->sums[(size_t)i * plan->code_count]};
    int err = 0;
    for (uint32_t i = 0; !err && i < plan->outlet_count; i++) {
        r.outlet = &plan->outlets[i];
        err = read_outlet(data_dir, &r);
    }
    for (uint32_t i = 0; i < count; i++)
        note_complete(plan, &out->periods[i]);
    if (err)
        uplink_periods_deinit(out);
    return err;
}

void uplink_periods_deinit(struct uplink_periods *p)
{
    free(p->sums);
    p->sums = NULL;
}
