#include "acq/record/archive.h"
#include "acq/replay/feed_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of one member, line by line. */
struct lines {
    const char *at;
    size_t left;
};

/* Both members side by side: journal lines are taken before the raw line that their `n` names. */
struct merge {
    struct lines raw, journal;
    size_t taken; /* raw lines so far */
    const char *text;
    size_t len;
    int64_t n; /* of the waiting journal line */
    bool waiting;
};

/* The next line without its newline; false at the end. */
static bool lines_next(struct lines *l, const char **out, size_t *out_len)
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

static int reserve_instants(struct feed *f, size_t count)
{
    if (count <= f->instant_cap)
        return 0;
    int64_t *more = realloc(f->instants, count * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    f->instants = more;
    f->instant_cap = count;
    return 0;
}

static int read_instants(struct feed *f, const struct feed_text *t)
{
    if (t->raw_lines == 0)
        return 0;
    int err = reserve_instants(f, t->raw_lines);
    if (err)
        return err;
    struct lines lines = {t->journal, t->journal_len};
    const char *text = NULL;
    size_t len = 0;
    while (lines_next(&lines, &text, &len))
        if (input_is_type(text, len, "order"))
            return journal_line_order(text, len, f->instants, t->raw_lines);
    return PW_ECORRUPT;
}

/* The order line stands apart: it says nothing of its own. */
static int next_journal(struct merge *m)
{
    struct journal_head head;
    do {
        m->waiting = lines_next(&m->journal, &m->text, &m->len);
        if (!m->waiting)
            return 0;
        if (journal_line_head(m->text, m->len, &head) != 0)
            return PW_ECORRUPT;
    } while (input_is_type(m->text, m->len, "order"));
    m->n = head.n;
    return 0;
}

static int merge_init(struct feed *f, const struct feed_text *t, struct merge *m)
{
    *m = (struct merge){.raw = {t->raw, t->raw_len}, .journal = {t->journal, t->journal_len}};
    f->detail[0] = '\0';
    int err = read_instants(f, t);
    return err ? err : next_journal(m);
}

static int judge(struct feed *f, int err)
{
    if (err != PW_ESYNTAX || !f->options.skip_bad)
        return err;
    f->counts.bad_lines++;
    return 0;
}

static bool journal_is_next(const struct merge *m)
{
    return m->waiting && m->n <= (int64_t)m->taken;
}

/* One input further. PW_ENOTFOUND at the end. */
static int step(struct feed *f, struct merge *m, bool silent)
{
    if (journal_is_next(m)) {
        int err = silent ? 0 : judge(f, input_journal(f, m->text, m->len));
        return err ? err : next_journal(m);
    }
    const char *text = NULL;
    size_t len = 0;
    if (!lines_next(&m->raw, &text, &len))
        return m->waiting ? PW_ECORRUPT : PW_ENOTFOUND;
    int64_t at_ms = f->instants[m->taken++];
    return silent ? 0 : judge(f, input_raw(f, text, len, at_ms));
}

static int say(const struct feed *f, const struct feed_text *t, const struct merge *m, int err,
               char *why, size_t size)
{
    const char *what = f->detail[0] ? f->detail : pw_strerror(err);
    if (journal_is_next(m))
        snprintf(why, size, "commit %" PRIu64 ", a journal line: %s", t->seq, what);
    else
        snprintf(why, size, "commit %" PRIu64 ", raw line %zu: %s", t->seq, m->taken, what);
    return err;
}

int feed_take_text(struct feed *f, const struct feed_text *t, char *why, size_t size)
{
    struct merge m;
    int err = merge_init(f, t, &m);
    while (!err)
        err = step(f, &m, false);
    f->counts.commits++;
    return err == PW_ENOTFOUND ? 0 : say(f, t, &m, err, why, size);
}

/* A commit's members as text. */
struct opened {
    char *raw, *journal;
    struct feed_text text;
};

static void opened_deinit(struct opened *o)
{
    free(o->raw);
    free(o->journal);
}

static int open_commit(const struct commit *c, struct opened *o, char *why, size_t size)
{
    *o = (struct opened){.text = {.seq = c->seq, .raw_lines = c->lines[MEMBER_R]}};
    int err = 0;
    if (c->member[MEMBER_R])
        err = archive_inflate(c->member[MEMBER_R], &o->raw, &o->text.raw_len);
    if (!err && c->member[MEMBER_J])
        err = archive_inflate(c->member[MEMBER_J], &o->journal, &o->text.journal_len);
    o->text.raw = o->raw;
    o->text.journal = o->journal;
    if (err) {
        opened_deinit(o);
        snprintf(why, size, "commit %" PRIu64 ": %s", c->seq, pw_strerror(err));
    }
    return err;
}

int feed_commit(struct feed *f, const struct commit *c, char *why, size_t size)
{
    struct opened o;
    int err = open_commit(c, &o, why, size);
    if (err)
        return err;
    err = feed_take_text(f, &o.text, why, size);
    opened_deinit(&o);
    return err;
}

static int read_waiting_snapshot(struct feed *f, const struct merge *m)
{
    struct journal_line line;
    int err = journal_line_parse(m->text, m->len, &line);
    if (err)
        return err;
    err = snapshot_read(f, &line, true);
    journal_line_deinit(&line);
    return err;
}

/* Passes over everything up to the first snapshot line and takes that. */
static int find_snapshot(struct feed *f, struct merge *m)
{
    for (;;) {
        bool here = journal_is_next(m) && input_is_type(m->text, m->len, "snapshot");
        int err = here ? read_waiting_snapshot(f, m) : step(f, m, true);
        if (err)
            return err;
        if (here)
            return next_journal(m);
    }
}

static bool has_snapshot(const struct feed_text *t)
{
    return t->journal && strstr(t->journal, "{\"type\":\"snapshot\"");
}

int feed_from_snapshot(struct feed *f, const struct commit *c, char *why, size_t size)
{
    struct opened o;
    struct merge m = {0};
    pw_require(!f->pipeline);
    int err = open_commit(c, &o, why, size);
    if (err)
        return err;
    err = has_snapshot(&o.text) ? merge_init(f, &o.text, &m) : PW_ENOTFOUND;
    if (!err)
        err = find_snapshot(f, &m);
    bool found = !err;
    while (!err)
        err = step(f, &m, false);
    if (found && err == PW_ENOTFOUND)
        err = 0;
    else
        feed_forget(f);
    if (err && err != PW_ENOTFOUND)
        err = say(f, &o.text, &m, err, why, size);
    opened_deinit(&o);
    return err;
}
