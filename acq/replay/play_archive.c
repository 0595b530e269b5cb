#include "acq/plant/plant.h"
#include "acq/record/db.h"
#include "acq/record/walk.h"
#include "acq/replay/play_private.h"

#include <stdio.h>
#include <sys/stat.h>

enum { WHAT_SIZE = 400 };

struct archive_play {
    struct play *play;
    struct walk walk;
    const char *path; /* of the input */
    char what[WHAT_SIZE];
};

static char *find_config(void *ctx, const char *digest)
{
    struct play *p = ctx;
    char *text = NULL;
    return p->data_dir && record_load_config(p->data_dir, digest, &text) == 0 ? text : NULL;
}

static void on_reading(void *ctx, const struct reading *r)
{
    struct play *p = ctx;
    const struct play_options *o = &p->options;
    uint32_t first = play_plant(p)->devices[r->device].first_signal;
    for (uint32_t i = 0; o->on_sample && i < r->count; i++)
        if (!r->samples[i].absent)
            o->on_sample(o->ctx, first + i, &r->samples[i], r->time_ms, r->at_ms);
}

static char *find_known_config(void *ctx, const char *digest)
{
    return feed_find_config(((struct play *)ctx)->feed, digest);
}

/* Late data is looked up where it is being played from. */
static int reopen(void *ctx, const struct reopen_request *q, const struct declarations *declared,
                  struct reopen_result *out)
{
    struct play *p = ctx;
    struct reopener *r = NULL;
    int err = reopener_new(p->data_dir, p->options.inputs, p->options.input_count,
                           find_known_config, p, &r);
    if (!err)
        err = reopen_compute(r, q, declared, out);
    reopener_free(r);
    return err;
}

/* A commit that cannot be played, or damage in the file; a torn end is where the record ends. */
static int judge(struct archive_play *a, int err)
{
    bool bad = err == PW_ECORRUPT || err == PW_ESYNTAX || err == PW_EVERSION;
    if (!bad || !a->play->options.skip_bad)
        return err;
    a->play->counts.bad++;
    return 0;
}

static int on_commit(void *ctx, const struct stored_commit *c)
{
    struct archive_play *a = ctx;
    const struct feed_text text = {
        .seq = c->head.seq,
        .raw = c->text[MEMBER_R],
        .raw_len = c->head.plain[MEMBER_R],
        .raw_lines = c->head.lines[MEMBER_R],
        .journal = c->text[MEMBER_J],
        .journal_len = c->head.plain[MEMBER_J],
    };
    return judge(a, feed_take_text(a->play->feed, &text, a->what, sizeof a->what));
}

static int on_damage(void *ctx, const struct walk_damage *d)
{
    struct archive_play *a = ctx;
    if (d->tail && d->err != PW_EVERSION)
        return 0;
    char day[SEGMENT_NAME_SIZE] = "";
    snprintf(a->what, sizeof a->what, "%s%soffset %lld, behind commit %llu: %s",
             d->gap.day ? segment_name(d->gap.day, day) : "", d->gap.day ? " " : "",
             (long long)d->gap.from_offset, (unsigned long long)d->gap.after_seq, d->what);
    return judge(a, d->err);
}

static int play_directory(struct archive_play *a, const struct walk_visitor *v)
{
    struct segment_list list;
    int err = segment_list_read(a->walk.files, a->path, &list);
    if (err)
        return err;
    if (list.count == 0)
        snprintf(a->what, sizeof a->what, "no data directory, or one without a segment");
    a->walk.data_dir = a->path;
    a->play->data_dir = a->path;
    err = list.count == 0 ? PW_ENOTFOUND : walk_list(&a->walk, &list, 0, v);
    a->play->data_dir = NULL;
    segment_list_deinit(&list);
    return err;
}

static int play_input(struct archive_play *a)
{
    const struct walk_visitor visitor = {on_commit, on_damage, a};
    struct stat st;
    if (stat(a->path, &st) != 0)
        return PW_ENOTFOUND;
    a->what[0] = '\0';
    if (S_ISDIR(st.st_mode))
        return play_directory(a, &visitor);
    return walk_file(&a->walk, a->path, &visitor);
}

/* Something must have been there to be judged: else the reader would take silence for good news. */
static int check_played(const struct play *p, char *why, size_t size)
{
    if (feed_pipeline(p->feed))
        return 0;
    return play_say(
        why, size, PW_ECORRUPT, p->options.inputs[0], 0,
        "no configuration and no snapshot in it: give --config, or the segments before");
}

int play_archives(struct play *p, char *why, size_t size)
{
    const struct feed_options options = {
        .plant = p->options.plant,
        .find_config = find_config,
        .sink = p->options.sink,
        .on_reading = on_reading,
        /* Under another configuration there is nothing to compare with. */
        .reopen = p->options.plant ? NULL : reopen,
        .skip_bad = p->options.skip_bad,
        .ctx = p,
    };
    struct archive_play a = {.play = p, .walk = {.files = files_system()}};
    int err = feed_new(&options, &p->feed);
    if (err)
        return play_say(why, size, err, p->options.inputs[0], 0, pw_strerror(err));
    for (size_t i = 0; i < p->options.input_count; i++) {
        a.path = p->options.inputs[i];
        a.walk.linked = false; /* segments may be left out */
        err = play_input(&a);
        if (err)
            return play_say(why, size, err, a.path, 0, a.what[0] ? a.what : pw_strerror(err));
    }
    return check_played(p, why, size);
}
