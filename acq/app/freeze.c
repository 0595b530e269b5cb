#include "acq/app/freeze.h"

#include "acq/core/strbuf.h"
#include "acq/detect/finding.h"
#include "acq/plant/plant.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WATCHED_MAX = 64,
    LINE_MAX = 1 << 20,
    SPARE_ROWS = 16,
    LATE_MS = 5000, /* replies to what was due before may still come */
};

struct row {
    int64_t time_ms;
    double value;
    uint32_t signal;
    quality quality;
};

struct event {
    char id[FINDING_ID_SIZE]; /* "": free */
    char object[PLANT_ID_MAX + 1];
    int64_t written_ms; /* UTC: up to here, inclusive */
    int64_t due_ms;     /* UTC: of the next part */
    int64_t until_ms;   /* UTC: nothing is wanted behind it; INT64_MAX while it is open */
    uint32_t parts;
    uint32_t signals[WATCHED_MAX];
    uint32_t signal_count;
};

struct freeze {
    const struct plant *plant;
    void (*on_line)(void *ctx, const struct strbuf *members);
    void *ctx;
    bool *is_watched; /* by signal */
    struct row *rows; /* a ring */
    size_t cap, first, count;
    struct event events[FREEZE_AT_ONCE_MAX];
    uint64_t refused;
};

static uint32_t add(uint32_t *out, uint32_t count, uint32_t signal)
{
    for (uint32_t i = 0; i < count; i++)
        if (out[i] == signal)
            return count;
    if (signal != PLANT_NONE && count < WATCHED_MAX)
        out[count++] = signal;
    return count;
}

static uint32_t flare_signals(const struct plant_flare *f, uint32_t *out)
{
    uint32_t count = 0;
    for (int i = 0; i < FLARE_INPUT_COUNT; i++)
        count = add(out, count, f->input[i]);
    for (uint32_t i = 0; i < f->pilot_count; i++)
        count = add(out, count, f->pilots[i]);
    for (uint32_t i = 0; i < f->valve_count; i++)
        count = add(out, count, f->valves[i]);
    return count;
}

/* Those of the bypass or flare of that id; 0 when it is neither. */
static uint32_t signals_of(const struct plant *plant, const char *object, uint32_t *out)
{
    uint32_t outlet = plant_find_outlet(plant, object);
    for (uint32_t i = 0; i < plant->bypass_count; i++)
        if (plant->bypasses[i].outlet == outlet)
            return bypass_signals(&plant->bypasses[i], out, WATCHED_MAX);
    for (uint32_t i = 0; i < plant->flare_count; i++)
        if (plant->flares[i].outlet == outlet)
            return flare_signals(&plant->flares[i], out);
    return 0;
}

static void watch(struct freeze *f)
{
    uint32_t signals[WATCHED_MAX];
    for (uint32_t i = 0; i < f->plant->outlet_count; i++)
        for (uint32_t n = signals_of(f->plant, f->plant->outlets[i].id, signals); n-- > 0;)
            f->is_watched[signals[n]] = true;
}

/* Room for ten minutes and a part's worth more. */
static size_t rows_needed(const struct freeze *f)
{
    double rows = SPARE_ROWS;
    for (uint32_t i = 0; i < f->plant->signal_count; i++) {
        uint32_t every_ms = f->plant->devices[f->plant->signals[i].device].every_ms;
        if (f->is_watched[i] && every_ms)
            rows += (double)(FREEZE_BEFORE_MS + 2 * FREEZE_EVERY_MS) / every_ms + 1;
    }
    return rows < FREEZE_ROWS_MAX ? (size_t)rows : FREEZE_ROWS_MAX;
}

int freeze_reload(struct freeze *f, const struct plant *plant)
{
    bool *is_watched = calloc(plant->signal_count + 1u, sizeof *is_watched);
    if (!is_watched)
        return PW_ENOMEM;
    bool *old = f->is_watched;
    const struct plant *before = f->plant;
    f->is_watched = is_watched;
    f->plant = plant;
    watch(f);
    size_t cap = rows_needed(f);
    struct row *rows = calloc(cap, sizeof *rows);
    if (!rows) {
        f->is_watched = old;
        f->plant = before;
        free(is_watched);
        return PW_ENOMEM;
    }
    free(old);
    free(f->rows);
    f->rows = rows;
    f->cap = cap;
    f->first = f->count = 0;
    for (size_t i = 0; i < FREEZE_AT_ONCE_MAX; i++) {
        struct event *e = &f->events[i];
        if (e->id[0])
            e->signal_count = signals_of(plant, e->object, e->signals);
    }
    return 0;
}

int freeze_new(const struct plant *plant, void (*on_line)(void *ctx, const struct strbuf *members),
               void *ctx, struct freeze **out)
{
    struct freeze *f = calloc(1, sizeof *f);
    if (!f)
        return PW_ENOMEM;
    f->on_line = on_line;
    f->ctx = ctx;
    int err = freeze_reload(f, plant);
    if (err) {
        free(f);
        return err;
    }
    *out = f;
    return 0;
}

void freeze_free(struct freeze *f)
{
    if (!f)
        return;
    free(f->is_watched);
    free(f->rows);
    free(f);
}

void freeze_take(struct freeze *f, const struct reading *r)
{
    uint32_t first = f->plant->devices[r->device].first_signal;
    for (uint32_t i = 0; i < r->count; i++) {
        if (!f->is_watched[first + i] || r->samples[i].absent)
            continue;
        if (f->count == f->cap) {
            f->first = (f->first + 1) % f->cap;
            f->count--;
        }
        f->rows[(f->first + f->count++) % f->cap] =
            (struct row){r->time_ms, r->samples[i].value, first + i, r->samples[i].quality};
    }
}

bool freeze_wants(const struct freeze *f, const char *kind, const char *object)
{
    uint32_t signals[WATCHED_MAX];
    bool is_event = strcmp(kind, "bypass") == 0 || strncmp(kind, "flare-", 6) == 0 ||
                    strcmp(kind, "bleeder") == 0;
    return is_event && signals_of(f->plant, object, signals) > 0;
}

static struct event *find(struct freeze *f, const char *id)
{
    for (size_t i = 0; i < FREEZE_AT_ONCE_MAX; i++)
        if (strcmp(f->events[i].id, id) == 0)
            return &f->events[i];
    return NULL;
}

void freeze_begin(struct freeze *f, const char *id, const char *object, int64_t from_ms)
{
    if (find(f, id))
        return;
    struct event *e = find(f, "");
    if (!e) {
        f->refused++;
        return;
    }
    *e = (struct event){.written_ms = from_ms - 1, .until_ms = INT64_MAX};
    snprintf(e->id, sizeof e->id, "%s", id);
    snprintf(e->object, sizeof e->object, "%s", object);
    e->signal_count = signals_of(f->plant, object, e->signals);
}

void freeze_end(struct freeze *f, const char *id, int64_t end_ms)
{
    struct event *e = find(f, id);
    if (e && e->id[0])
        e->until_ms = end_ms + FREEZE_AFTER_MS;
}

static int place_of(const struct event *e, uint32_t signal)
{
    for (uint32_t i = 0; i < e->signal_count; i++)
        if (e->signals[i] == signal)
            return (int)i;
    return -1;
}

static void begin_line(const struct freeze *f, const struct event *e, struct strbuf *out)
{
    strbuf_addf(out, "\"finding\":\"%s\",\"object\":", e->id);
    strbuf_add_json_string(out, e->object);
    strbuf_addf(out, ",\"part\":%u,\"from\":%" PRId64 ",\"signals\":[", e->parts + 1,
                e->written_ms + 1);
    for (uint32_t i = 0; i < e->signal_count; i++) {
        const struct plant_signal *s = &f->plant->signals[e->signals[i]];
        strbuf_addf(out, "%s\"%s.%s\"", i ? "," : "", f->plant->devices[s->device].id, s->id);
    }
    strbuf_adds(out, "],\"rows\":[");
}

static void add_row(const struct event *e, const struct row *r, int place, bool is_first,
                    struct strbuf *out)
{
    char word[QUALITY_TEXT_SIZE];
    strbuf_addf(out, "%s[%" PRId64 ",%d,", is_first ? "" : ",", r->time_ms - (e->written_ms + 1),
                place);
    if (quality_has_value(r->quality))
        strbuf_add_json_double(out, r->value);
    else
        strbuf_adds(out, "null");
    if (!quality_is_good(r->quality))
        strbuf_addf(out, ",\"%s\"", quality_format(r->quality, word));
    strbuf_addc(out, ']');
}

/* Rows in the order of arrival, up to to_ms or as many as fit; true when there is more. */
static bool write_part(struct freeze *f, struct event *e, int64_t to_ms)
{
    struct strbuf out;
    size_t rows = 0;
    int64_t last_ms = e->written_ms;
    bool more = false;
    strbuf_init(&out, LINE_MAX);
    begin_line(f, e, &out);
    for (size_t i = 0; i < f->count && !more; i++) {
        const struct row *r = &f->rows[(f->first + i) % f->cap];
        int place = place_of(e, r->signal);
        if (place < 0 || r->time_ms <= e->written_ms || r->time_ms > to_ms)
            continue;
        more = rows >= FREEZE_PART_ROWS && r->time_ms > last_ms;
        if (more)
            break;
        add_row(e, r, place, rows++ == 0, &out);
        last_ms = r->time_ms > last_ms ? r->time_ms : last_ms;
    }
    e->parts++;
    int64_t until_ms = more ? last_ms : to_ms;
    strbuf_addf(&out, "],\"to\":%" PRId64, until_ms);
    if (e->parts == FREEZE_PARTS_MAX)
        strbuf_adds(&out, ",\"cut\":true");
    e->written_ms = until_ms;
    f->on_line(f->ctx, &out);
    strbuf_deinit(&out);
    return more;
}

static void write_event(struct freeze *f, struct event *e, int64_t now_ms)
{
    int64_t to_ms = now_ms < e->until_ms ? now_ms : e->until_ms;
    while (e->parts < FREEZE_PARTS_MAX && to_ms > e->written_ms && write_part(f, e, to_ms))
        continue;
    e->due_ms = now_ms + FREEZE_EVERY_MS;
    if (now_ms >= e->until_ms)
        e->id[0] = '\0';
}

void freeze_second(struct freeze *f, int64_t now_ms)
{
    for (size_t i = 0; i < FREEZE_AT_ONCE_MAX; i++) {
        struct event *e = &f->events[i];
        int64_t settled_ms = now_ms - LATE_MS;
        if (e->id[0] && (settled_ms >= e->due_ms || settled_ms >= e->until_ms))
            write_event(f, e, settled_ms);
    }
}

void freeze_flush(struct freeze *f, int64_t now_ms)
{
    for (size_t i = 0; i < FREEZE_AT_ONCE_MAX; i++)
        if (f->events[i].id[0])
            write_event(f, &f->events[i], now_ms);
}

uint64_t freeze_refused(const struct freeze *f)
{
    return f->refused;
}
