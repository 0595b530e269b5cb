#include "acq/core/json.h"
#include "acq/record/journal_line.h"
#include "acq/refine/convert.h"
#include "acq/refine/period.h"
#include "acq/replay/reopen_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 512 };

/* The year 9999. */
static const int64_t FAR_MS = INT64_C(253402300799999);

/* Segments one after the other, whether of a data directory or by their paths. */
struct source {
    struct reopener *r;
    struct segment_list list;
    size_t next, count;
};

static int source_open(struct reopener *r, struct source *s)
{
    *s = (struct source){.r = r, .count = r->path_count};
    if (!r->data_dir)
        return 0;
    int err = segment_list_read(files_system(), r->data_dir, &s->list);
    s->count = s->list.count;
    return err;
}

static int source_next(struct source *s, struct segment **out)
{
    size_t i = s->next++;
    if (s->list.days)
        return segment_open(files_system(), s->r->data_dir, s->list.days[i], out);
    return segment_open_file(files_system(), s->r->paths[i], out);
}

/* Nothing of a day stands in a segment that was closed before it began: lines carry times that are
 * at most a day ahead. */
static bool source_is_outside(const struct source *s, int64_t from_ms, int64_t to_ms)
{
    if (!s->list.days)
        return false;
    int32_t day = s->list.days[s->next];
    return day < segment_day_of(from_ms - DAY_MS) || day > segment_day_of(to_ms);
}

struct visit {
    bool (*wants)(void *ctx, const struct commit_head *h);
    int (*take)(void *ctx, const struct stored_commit *c);
    void *ctx;
};

/* Whole commits where they are wanted, headers where not. A torn end is where the record ends. */
static int visit_segment(struct reopener *r, struct segment *s, uint64_t through,
                         const struct visit *v)
{
    while (!atomic_load(&r->cancelled)) {
        struct stored_commit c;
        int64_t offset = segment_offset(s);
        int err = segment_next_head(s, &c);
        if (err == PW_ENOTFOUND || err == PW_ETORN || (!err && c.head.seq > through))
            return 0;
        if (!err && !v->wants(v->ctx, &c.head))
            continue;
        if (!err) {
            segment_seek(s, offset);
            err = segment_next(s, &c);
        }
        if (!err)
            err = v->take(v->ctx, &c);
        if (err)
            return err;
    }
    return PW_ESTATE;
}

static int visit_all(struct reopener *r, int64_t from_ms, int64_t to_ms, uint64_t through,
                     const struct visit *v)
{
    struct source s;
    int err = source_open(r, &s);
    while (!err && s.next < s.count) {
        struct segment *segment = NULL;
        if (source_is_outside(&s, from_ms, to_ms)) {
            s.next++;
            continue;
        }
        err = source_next(&s, &segment);
        if (err == PW_ENOTFOUND) { /* retention took it */
            err = 0;
            continue;
        }
        if (!err)
            err = visit_segment(r, segment, through, v);
        segment_close(segment);
    }
    segment_list_deinit(&s.list);
    return err;
}

typedef int (*line_fn)(void *ctx, const char *text, size_t len);

static int each_line(const struct stored_commit *c, enum member_kind kind, line_fn fn, void *ctx)
{
    const char *at = c->text[kind];
    size_t left = at ? c->head.plain[kind] : 0;
    int err = 0;
    while (!err && left > 0) {
        const char *end = memchr(at, '\n', left);
        size_t len = end ? (size_t)(end - at) : left;
        err = fn(ctx, at, len);
        size_t used = end ? len + 1 : len;
        at += used;
        left -= used;
    }
    return err;
}

struct digest_search {
    int64_t from_ms, to_ms;
    char *out;
};

/* Commits are in the order of time but for a clock that is put back. */
static bool wants_time(void *ctx, const struct commit_head *h)
{
    const struct digest_search *s = ctx;
    return h->lines[MEMBER_J] > 0 && h->time_ms >= s->from_ms && h->time_ms < s->to_ms;
}

static int take_digest(void *ctx, const char *text, size_t len)
{
    struct digest_search *s = ctx;
    struct journal_head head;
    struct journal_line line;
    if (journal_line_head(text, len, &head) != 0)
        return PW_ECORRUPT;
    bool is_config = head.type_len == 6 && memcmp(head.type, "config", 6) == 0;
    bool is_snapshot = head.type_len == 8 && memcmp(head.type, "snapshot", 8) == 0;
    if (!is_config && !is_snapshot)
        return 0;
    int err = journal_line_parse(text, len, &line);
    if (err)
        return err;
    const char *digest = json_string(line.tree, is_config ? "digest" : "config");
    if (digest && strlen(digest) == SM3_HEX_SIZE - 1)
        memcpy(s->out, digest, SM3_HEX_SIZE);
    journal_line_deinit(&line);
    return 0;
}

static int take_commit_digest(void *ctx, const struct stored_commit *c)
{
    return each_line(c, MEMBER_J, take_digest, ctx);
}

int reopen_find_digest(struct reopener *r, int64_t from_ms, int64_t to_ms, uint64_t through,
                       char out[SM3_HEX_SIZE])
{
    struct digest_search s = {from_ms, to_ms, out};
    const struct visit v = {wants_time, take_commit_digest, &s};
    out[0] = '\0';
    return visit_all(r, from_ms, to_ms + DAY_MS, through, &v);
}

struct reading_day {
    struct reopener *r;
    const struct reopen_window *w;
};

static bool overlaps(const struct commit_head *h, int64_t from_ms, int64_t to_ms)
{
    return h->time_min_ms < to_ms && h->time_max_ms >= from_ms;
}

/* Lines of the day, or one stamped with a midnight of its month: a day's mean is stamped so. */
static bool wants_lines(void *ctx, const struct commit_head *h)
{
    const struct reopen_window *w = ((struct reading_day *)ctx)->w;
    if (!commit_head_has_time(h))
        return false;
    if (overlaps(h, w->from_ms, w->to_ms))
        return true;
    for (int64_t day_ms = w->month_ms; day_ms < w->month_end_ms; day_ms += DAY_MS)
        if (overlaps(h, day_ms, day_ms + 1))
            return true;
    return false;
}

static int keep_sample(struct reopen_day *d, uint32_t signal, int64_t time_ms,
                       const struct sample *sample)
{
    if (d->count == REOPEN_SAMPLES_MAX)
        return PW_EFULL;
    if (d->count == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 4096;
        struct reopen_sample *more = realloc(d->samples, cap * sizeof *more);
        if (!more)
            return PW_ENOMEM;
        d->samples = more;
        d->cap = cap;
    }
    d->samples[d->count] = (struct reopen_sample){time_ms, signal, (uint32_t)d->count, *sample};
    d->count++;
    return 0;
}

/* The device that a raw line is of, without reading the rest: MEASUREMENT,device=ID and a blank. */
static uint32_t device_of_line(const struct plant *plant, const char *text, size_t len)
{
    static const char key[] = ",device=";
    char head[HEAD_MAX];
    size_t n = len < sizeof head - 1 ? len : sizeof head - 1;
    memcpy(head, text, n);
    head[n] = '\0';
    char *id = strstr(head, key);
    if (!id)
        return PLANT_NONE;
    id += sizeof key - 1;
    id[strcspn(id, " ,")] = '\0';
    return plant_find_device(plant, id);
}

static int take_values(struct reading_day *rd, uint32_t device, const struct raw_line *line)
{
    const struct plant *plant = rd->w->plant;
    const struct plant_device *d = &plant->devices[device];
    int err = 0;
    for (size_t i = 0; !err && i < line->count; i++) {
        uint32_t s = 0;
        while (s < d->signal_count &&
               strcmp(plant->signals[d->first_signal + s].id, line->values[i].signal) != 0)
            s++;
        if (s < d->signal_count)
            err = keep_sample(rd->r->day, d->first_signal + s, line->time_ms,
                              &line->values[i].sample);
    }
    return err;
}

/* Whether any signal that the input needs is the device's. */
static bool is_needed(const struct reading_day *rd, uint32_t device)
{
    uint32_t signals[MACHINE_INPUTS_MAX];
    uint32_t count = convert_signals(rd->w->plant, rd->w->input, signals);
    for (uint32_t i = 0; i < count; i++)
        if (rd->w->plant->signals[signals[i]].device == device)
            return true;
    return false;
}

static int take_raw(void *ctx, const char *text, size_t len)
{
    struct reading_day *rd = ctx;
    struct raw_line line;
    uint32_t device = device_of_line(rd->w->plant, text, len);
    if (device == PLANT_NONE || !is_needed(rd, device))
        return 0;
    int err = raw_line_read(rd->r->raw, text, len, &line);
    if (err || line.time_ms < rd->w->from_ms || line.time_ms >= rd->w->to_ms)
        return err;
    return take_values(rd, device, &line);
}

static const struct line_field *field_of(const struct line *line, const char *key)
{
    for (size_t i = 0; i < line->field_count; i++)
        if (strcmp(line->fields[i].key, key) == 0)
            return &line->fields[i];
    return NULL;
}

static double number_of(const struct line *line, const char *key, bool *out_has)
{
    const struct line_field *f = field_of(line, key);
    if (out_has)
        *out_has = f != NULL;
    return f ? f->number : 0;
}

static uint32_t count_of(const struct line *line, const char *key)
{
    const struct line_field *f = field_of(line, key);
    return f ? (uint32_t)f->integer : 0;
}

static void read_told(const struct line *line, enum mean_period period, struct told *out)
{
    const struct line_field *flag = field_of(line, "flag");
    struct mean m = {.period = period, .start_ms = line->time_ms};
    m.avg = number_of(line, "avg", NULL);
    m.min = number_of(line, "min", NULL);
    m.max = number_of(line, "max", NULL);
    m.parts = count_of(line, "parts");
    m.good = count_of(line, "good");
    m.valid = count_of(line, "valid") != 0;
    m.revision = count_of(line, "revision");
    m.corrected = number_of(line, "corrected", &m.has_corrected);
    m.corrected_min = number_of(line, "corrected_min", NULL);
    m.corrected_max = number_of(line, "corrected_max", NULL);
    m.cou = number_of(line, "cou", &m.has_cou);
    m.gaps = count_of(line, "gaps");
    m.longest_gap_s = count_of(line, "longest_gap_s");
    m.is_regulated = flag != NULL;
    m.flag = flag && flag->text ? flag_of_letter(flag->text[0]) : FLAG_N;
    const struct line_field *why = field_of(line, "corrected_why");
    m.o2_high = why && why->text && strcmp(why->text, "o2-high") == 0;
    m.corrected_valid = m.has_corrected && m.valid && !why;
    *out = (struct told){true, m};
}

static struct told *told_of(struct reading_day *rd, enum mean_period period, int64_t start_ms)
{
    struct reopen_day *d = rd->r->day;
    const struct reopen_window *w = rd->w;
    int64_t in_day_ms = start_ms - w->day_ms;
    bool is_in_day = in_day_ms >= 0 && in_day_ms < DAY_MS;
    bool is_in_month = start_ms >= w->month_ms && start_ms < w->month_end_ms;
    switch (period) {
    case MEAN_MINUTE:
        return is_in_day ? &d->minutes[in_day_ms / MINUTE_MS] : NULL;
    case MEAN_HOUR:
        return is_in_day ? &d->hours[in_day_ms / HOUR_MS] : NULL;
    case MEAN_DAY:
        return is_in_month ? &d->days[(start_ms - w->month_ms) / DAY_MS] : NULL;
    default:
        return start_ms == w->month_ms ? &d->month : NULL;
    }
}

/* MEASUREMENT,factor=F,outlet=O,site=S,source=own: tags are written in their order. */
static bool is_told(const struct reading_day *rd, const char *text, size_t len,
                    enum mean_period *out)
{
    const struct plant *plant = rd->w->plant;
    const struct plant_input *in = &plant->inputs[rd->w->input];
    char head[HEAD_MAX];
    for (int p = MEAN_MINUTE; p <= MEAN_MONTH; p++) {
        int n = snprintf(head, sizeof head, "%s,factor=%s,outlet=%s,",
                         mean_period_name((enum mean_period)p), in->factor,
                         plant->outlets[in->outlet].id);
        if (n > 0 && (size_t)n < sizeof head && len > (size_t)n &&
            memcmp(text, head, (size_t)n) == 0) {
            *out = (enum mean_period)p;
            return true;
        }
    }
    return false;
}

static int take_derived(void *ctx, const char *text, size_t len)
{
    struct reading_day *rd = ctx;
    enum mean_period period;
    struct line line;
    if (!is_told(rd, text, len, &period))
        return 0;
    int err = line_parse(rd->r->lines, text, len, &line, NULL);
    if (err)
        return err;
    for (size_t i = 0; i < line.tag_count; i++)
        if (strcmp(line.tags[i].key, "source") == 0 && strcmp(line.tags[i].value, "own") != 0)
            return 0;
    struct told *told = told_of(rd, period, line.time_ms);
    if (told)
        read_told(&line, period, told);
    return 0;
}

static int take_lines(void *ctx, const struct stored_commit *c)
{
    int err = each_line(c, MEMBER_R, take_raw, ctx);
    return err ? err : each_line(c, MEMBER_D, take_derived, ctx);
}

int reopen_read(struct reopener *r, const struct reopen_window *w)
{
    struct reading_day rd = {r, w};
    const struct visit v = {wants_lines, take_lines, &rd};
    int64_t from_ms = w->month_ms < w->from_ms ? w->month_ms : w->from_ms;
    struct reopen_sample *samples = r->day->samples;
    size_t cap = r->day->cap;
    *r->day = (struct reopen_day){.samples = samples, .cap = cap};
    return visit_all(r, from_ms, FAR_MS, w->through, &v);
}
