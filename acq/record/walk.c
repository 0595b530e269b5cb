#include "acq/record/walk.h"

#include <stdio.h>
#include <string.h>

static bool is_damage(int err)
{
    return err == PW_ETORN || err == PW_ECORRUPT || err == PW_EVERSION;
}

static int pass_damage(struct walk *w, struct segment *s, int32_t day, bool newest, int err,
                       const struct walk_visitor *v)
{
    struct walk_damage d = {
        .gap = {.day = day, .from_offset = segment_offset(s), .after_seq = w->seq},
        .err = err,
    };
    snprintf(d.what, sizeof d.what, "%s", segment_problem(s));
    int found = segment_resync(s, w->seq);
    if (found != 0 && found != PW_ENOTFOUND)
        return found;
    d.gap.to_offset = found == 0 ? segment_offset(s) : segment_size(s);
    d.tail = newest && found != 0;
    struct stored_commit next;
    if (found == 0 && segment_next_head(s, &next) == 0)
        d.gap.next_seq = next.head.seq;
    segment_seek(s, d.gap.to_offset);
    w->linked = false;
    return v->on_damage(v->ctx, &d);
}

static int tell_break(const struct walk *w, const struct stored_commit *c, bool skipped,
                      const char *what, const struct walk_visitor *v)
{
    struct walk_damage d = {
        .gap = {.day = c->day,
                .from_offset = c->offset,
                .to_offset = skipped ? stored_commit_end(c) : c->offset,
                .after_seq = w->seq,
                .next_seq = c->head.seq},
        .err = PW_ECORRUPT,
    };
    snprintf(d.what, sizeof d.what, "%s", what);
    return v->on_damage(v->ctx, &d);
}

static int take_commit(struct walk *w, const struct stored_commit *c, const struct walk_visitor *v)
{
    static const uint8_t zeros[SM3_SIZE];
    char what[200];
    bool first = c->head.seq == 1 && w->seq == 0;
    bool skipped = w->seq > 0 && c->head.seq <= w->seq;
    int err = 0;
    if (skipped || (w->linked && c->head.seq != w->seq + 1)) {
        snprintf(what, sizeof what, "commit %llu stands where %llu was expected",
                 (unsigned long long)c->head.seq, (unsigned long long)w->seq + 1);
        err = tell_break(w, c, skipped, what, v);
    } else if ((w->linked && memcmp(c->head.prev, w->digest, SM3_SIZE) != 0) ||
               (first && memcmp(c->head.prev, zeros, SM3_SIZE) != 0)) {
        snprintf(what, sizeof what, "commit %llu is not the one that commit %llu was chained to",
                 (unsigned long long)c->head.seq - 1, (unsigned long long)c->head.seq);
        err = tell_break(w, c, false, what, v);
    }
    if (err || skipped)
        return err;
    w->linked = true;
    w->seq = c->head.seq;
    memcpy(w->digest, c->digest, SM3_SIZE);
    return v->on_commit(v->ctx, c);
}

static int walk_open_segment(struct walk *w, struct segment *s, int32_t day, bool newest,
                             const struct walk_visitor *v)
{
    struct stored_commit c;
    for (;;) {
        int err = segment_next(s, &c);
        if (err == PW_ENOTFOUND)
            return 0;
        if (is_damage(err))
            err = pass_damage(w, s, day, newest, err, v);
        else if (err == 0)
            err = take_commit(w, &c, v);
        if (err)
            return err;
    }
}

int walk_segment(struct walk *w, int32_t day, int64_t from_offset, bool newest,
                 const struct walk_visitor *v)
{
    struct segment *s = NULL;
    int err = segment_open(w->files, w->data_dir, day, &s);
    if (err)
        return err;
    segment_seek(s, from_offset);
    err = walk_open_segment(w, s, day, newest, v);
    segment_close(s);
    return err;
}

int walk_file(struct walk *w, const char *path, const struct walk_visitor *v)
{
    struct segment *s = NULL;
    int err = segment_open_file(w->files, path, &s);
    if (err)
        return err;
    err = walk_open_segment(w, s, 0, true, v);
    segment_close(s);
    return err;
}

int walk_list_from(struct walk *w, const struct segment_list *list, size_t first, int64_t offset,
                   const struct walk_visitor *v)
{
    int err = 0;
    for (size_t i = first; !err && i < list->count; i++)
        err = walk_segment(w, list->days[i], i == first ? offset : 0, i + 1 == list->count, v);
    return err;
}

int walk_list(struct walk *w, const struct segment_list *list, size_t first,
              const struct walk_visitor *v)
{
    return walk_list_from(w, list, first, 0, v);
}

int walk_find(const struct files *files, const char *data_dir, const struct segment_list *list,
              uint64_t seq, size_t *out)
{
    for (size_t i = list->count; i-- > 1;) {
        struct segment *s = NULL;
        struct stored_commit c;
        int err = segment_open(files, data_dir, list->days[i], &s);
        if (err)
            return err;
        err = segment_next_head(s, &c);
        segment_close(s);
        if (err == 0 && c.head.seq <= seq) {
            *out = i;
            return 0;
        }
    }
    *out = 0;
    return 0;
}

int walk_find_offset(const struct files *files, const char *data_dir, int32_t day, uint64_t seq,
                     int64_t *out)
{
    struct segment *s = NULL;
    struct stored_commit c;
    int err = segment_open(files, data_dir, day, &s);
    if (err)
        return err;
    int64_t offset = 0;
    while ((err = segment_next_head(s, &c)) == 0 && c.head.seq < seq)
        offset = segment_offset(s);
    segment_close(s);
    if (err && err != PW_ENOTFOUND && !is_damage(err))
        return err;
    *out = offset;
    return 0;
}

int walk_say_damage(const struct why *why, int err, const char *data_dir,
                    const struct walk_damage *d)
{
    char path[FILES_PATH_MAX];
    if (segment_path(path, data_dir, d->gap.day) != 0)
        path[0] = '\0';
    if (d->err == PW_EVERSION)
        return why_say(why, PW_EVERSION,
                       "%s offset %lld, behind commit %llu: %s, or this byte is damaged: run the "
                       "newer version, or `plumewatch rebuild --data %s --accept-gap`",
                       path, (long long)d->gap.from_offset, (unsigned long long)d->gap.after_seq,
                       d->what, data_dir);
    return why_say(why, err,
                   "%s is damaged at offset %lld, behind commit %llu: %s; `plumewatch rebuild "
                   "--data %s --accept-gap` records the gap and lets the journal go on",
                   path, (long long)d->gap.from_offset, (unsigned long long)d->gap.after_seq,
                   d->what, data_dir);
}
