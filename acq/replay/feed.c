#include "acq/replay/feed.h"

#include "acq/plant/plant.h"
#include "acq/record/archive.h"
#include "acq/record/journal_line.h"
#include "acq/replay/feed_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int feed_new(const struct feed_options *options, struct feed **out)
{
    struct feed *f = calloc(1, sizeof *f);
    if (!f)
        return PW_ENOMEM;
    f->options = *options;
    f->reader = raw_reader_new();
    int err = f->reader ? 0 : PW_ENOMEM;
    if (!err && options->plant)
        err = feed_use_plant(f, options->plant, NULL, 0);
    if (err) {
        feed_free(f);
        return err;
    }
    *out = f;
    return 0;
}

void feed_free(struct feed *f)
{
    if (!f)
        return;
    pipeline_free(f->pipeline);
    raw_reader_free(f->reader);
    plant_free(f->own);
    free(f->samples);
    free(f->instants);
    free(f);
}

struct pipeline *feed_pipeline(struct feed *f)
{
    return f->pipeline;
}

const struct plant *feed_plant(const struct feed *f)
{
    return f->plant;
}

struct pipeline *feed_take_pipeline(struct feed *f)
{
    struct pipeline *p = f->pipeline;
    f->pipeline = NULL;
    return p;
}

struct feed_counts feed_get_counts(const struct feed *f)
{
    return f->counts;
}

static int make_pipeline(struct feed *f, const struct plant *plant, int64_t at_ms)
{
    if (f->pipeline)
        return pipeline_reload(f->pipeline, plant, at_ms);
    return pipeline_new(plant, at_ms, f->offset_ms, &f->options.sink, &f->pipeline);
}

int feed_use_plant(struct feed *f, const struct plant *plant, struct plant *own, int64_t at_ms)
{
    uint32_t most = 1;
    for (uint32_t d = 0; d < plant->device_count; d++)
        most = plant->devices[d].signal_count > most ? plant->devices[d].signal_count : most;
    struct sample *samples = calloc(most, sizeof *samples);
    if (!samples)
        return PW_ENOMEM;
    int err = make_pipeline(f, plant, at_ms);
    if (err) {
        free(samples);
        return err;
    }
    free(f->samples);
    f->samples = samples;
    plant_free(f->own);
    f->own = own;
    f->plant = plant;
    f->last_device = 0;
    return 0;
}

bool lines_next(struct lines *l, const char **out, size_t *out_len)
{
    if (l->left == 0)
        return false;
    const char *end = memchr(l->at, '\n', l->left);
    size_t len = end ? (size_t)(end - l->at) : l->left;
    *out = l->at;
    *out_len = len;
    size_t used = end ? len + 1 : len;
    l->at += used;
    l->left -= used;
    return true;
}

/* A commit's members as text. */
struct opened {
    char *raw, *journal;
    size_t raw_len, journal_len;
    size_t raw_lines;
};

static void opened_deinit(struct opened *o)
{
    free(o->raw);
    free(o->journal);
}

static int open_commit(const struct commit *c, struct opened *o)
{
    *o = (struct opened){.raw_lines = c->lines[MEMBER_R]};
    int err = 0;
    if (c->member[MEMBER_R])
        err = archive_inflate(c->member[MEMBER_R], &o->raw, &o->raw_len);
    if (!err && c->member[MEMBER_J])
        err = archive_inflate(c->member[MEMBER_J], &o->journal, &o->journal_len);
    if (err)
        opened_deinit(o);
    return err;
}

static bool is_type(const char *text, size_t len, const char *type)
{
    static const char begin[] = "{\"type\":\"";
    size_t n = sizeof begin - 1;
    size_t type_len = strlen(type);
    return len > n + type_len && memcmp(text, begin, n) == 0 &&
           memcmp(text + n, type, type_len) == 0 && text[n + type_len] == '"';
}

static int read_instants(struct feed *f, const struct opened *o)
{
    if (o->raw_lines == 0)
        return 0;
    if (o->raw_lines > f->instant_cap) {
        int64_t *more = realloc(f->instants, o->raw_lines * sizeof *more);
        if (!more)
            return PW_ENOMEM;
        f->instants = more;
        f->instant_cap = o->raw_lines;
    }
    struct lines lines = {o->journal, o->journal_len};
    const char *text = NULL;
    size_t len = 0;
    while (lines_next(&lines, &text, &len))
        if (is_type(text, len, "order"))
            return journal_line_order(text, len, f->instants, o->raw_lines);
    return PW_ECORRUPT;
}

/* Both members side by side: journal lines are taken before the raw line that their `n` names. */
struct merge {
    struct lines raw, journal;
    size_t taken; /* raw lines so far */
    const char *text;
    size_t len;
    int64_t n; /* of the waiting journal line */
    bool waiting;
};

static int next_journal(struct merge *m)
{
    m->waiting = lines_next(&m->journal, &m->text, &m->len);
    if (!m->waiting)
        return 0;
    /* The order line stands apart: it says nothing of its own. */
    if (is_type(m->text, m->len, "order"))
        return next_journal(m);
    struct journal_line line;
    int err = journal_line_parse(m->text, m->len, &line);
    if (err)
        return err;
    m->n = line.n;
    journal_line_deinit(&line);
    return 0;
}

/* One input further. PW_ENOTFOUND at the end. */
static int step(struct feed *f, struct merge *m, bool silent)
{
    if (m->waiting && m->n <= (int64_t)m->taken) {
        int err = silent ? 0 : input_journal(f, m->text, m->len);
        return err ? err : next_journal(m);
    }
    const char *text = NULL;
    size_t len = 0;
    if (!lines_next(&m->raw, &text, &len))
        return m->waiting ? PW_ECORRUPT : PW_ENOTFOUND;
    int64_t at_ms = f->instants[m->taken++];
    return silent ? 0 : input_raw(f, text, len, at_ms);
}

static int merge_init(struct feed *f, const struct opened *o, struct merge *m)
{
    *m = (struct merge){.raw = {o->raw, o->raw_len}, .journal = {o->journal, o->journal_len}};
    int err = read_instants(f, o);
    return err ? err : next_journal(m);
}

static int say(char *why, size_t size, const struct commit *c, const struct merge *m, int err)
{
    snprintf(why, size, "commit %" PRIu64 ", raw line %zu: %s", c->seq, m->taken, pw_strerror(err));
    return err;
}

int feed_commit(struct feed *f, const struct commit *c, char *why, size_t size)
{
    struct opened o;
    struct merge m = {0};
    int err = open_commit(c, &o);
    if (err)
        return say(why, size, c, &m, err);
    err = merge_init(f, &o, &m);
    while (!err)
        err = step(f, &m, false);
    opened_deinit(&o);
    f->counts.commits++;
    return err == PW_ENOTFOUND ? 0 : say(why, size, c, &m, err);
}

int feed_from_snapshot(struct feed *f, const struct commit *c, char *why, size_t size)
{
    struct opened o;
    struct merge m = {0};
    int err = open_commit(c, &o);
    if (err)
        return say(why, size, c, &m, err);
    bool found = false;
    if (o.journal && strstr(o.journal, "{\"type\":\"snapshot\""))
        err = merge_init(f, &o, &m);
    else
        err = PW_ENOTFOUND;
    while (!err) {
        bool here = m.waiting && m.n <= (int64_t)m.taken && is_type(m.text, m.len, "snapshot");
        if (here)
            err = snapshot_read(f, m.text, m.len);
        found = found || here;
        if (!err)
            err = step(f, &m, !found || here);
    }
    opened_deinit(&o);
    if (found && err == PW_ENOTFOUND && f->pipeline)
        return 0;
    return err == PW_ENOTFOUND ? err : say(why, size, c, &m, err);
}
