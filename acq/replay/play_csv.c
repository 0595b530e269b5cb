#include "acq/plant/plant.h"
#include "acq/replay/play_private.h"
#include "acq/replay/rows.h"

#include <stdio.h>
#include <stdlib.h>

enum { MINUTE_MS = 60000 };

struct csv_play {
    struct play *play;
    struct rows *rows;
    bool *spoke; /* by signal */
    int64_t last_at_ms;
};

static int take_sample(struct csv_play *c, const struct row *row)
{
    const struct play_options *o = &c->play->options;
    pipeline_tick_to(c->play->pipeline, row->at_ms);
    if (o->on_sample)
        o->on_sample(o->ctx, row->signal, &row->sample, row->time_ms, row->at_ms);
    pipeline_sample(c->play->pipeline, row->signal, &row->sample, row->time_ms, row->at_ms);
    c->spoke[row->signal] = true;
    c->play->counts.samples++;
    return 0;
}

/* UTC is the journal clock here: CSV tells of no offset. */
static int take_row(struct csv_play *c, const struct row *row)
{
    struct play *p = c->play;
    if (!p->pipeline) {
        int err = pipeline_new(p->options.plant, row->at_ms, 0, &p->options.sink, &p->pipeline);
        if (err)
            return err;
    }
    c->last_at_ms = row->at_ms;
    if (row->kind == ROW_DECLARATION)
        return pipeline_declare(p->pipeline, &row->declaration, row->at_ms);
    return take_sample(c, row);
}

static int play_rows(struct csv_play *c, const char *path, char *why, size_t size)
{
    struct row row;
    for (;;) {
        int err = rows_next(c->rows, &row);
        if (err == PW_ENOTFOUND)
            return 0;
        if (err == PW_ESYNTAX && c->play->options.skip_bad) {
            c->play->counts.bad++;
            continue;
        }
        if (err)
            return play_say(why, size, err, path, rows_line(c->rows),
                            err == PW_ESYNTAX ? rows_problem(c->rows) : pw_strerror(err));
        err = take_row(c, &row);
        if (err)
            return play_say(why, size, err, path, row.line, pw_strerror(err));
    }
}

static int play_file(struct csv_play *c, const char *path, char *why, size_t size)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return play_say(why, size, PW_EIO, path, 0, "cannot be read");
    int err = rows_open(c->rows, in);
    if (err)
        play_say(why, size, err, path, rows_line(c->rows),
                 err == PW_ESYNTAX ? rows_problem(c->rows) : pw_strerror(err));
    else
        err = play_rows(c, path, why, size);
    fclose(in);
    return err;
}

static void finish(struct csv_play *c)
{
    struct pipeline *p = c->play->pipeline;
    const struct sample silence = {.quality = quality_make(QUALITY_LINK, 0)};
    if (!p)
        return;
    for (uint32_t i = 0; i < c->play->options.plant->signal_count; i++)
        if (c->spoke[i])
            pipeline_sample(p, i, &silence, c->last_at_ms, c->last_at_ms);
    int64_t border_ms = (c->last_at_ms / MINUTE_MS + 1) * MINUTE_MS;
    pipeline_tick_to(p, border_ms + MINUTE_MS);
}

int play_csv(struct play *p, char *why, size_t size)
{
    struct csv_play c = {.play = p};
    int err = rows_new(p->options.plant, &c.rows);
    c.spoke = calloc((size_t)p->options.plant->signal_count + 1, sizeof *c.spoke);
    if (err || !c.spoke) {
        rows_free(c.rows);
        free(c.spoke);
        return play_say(why, size, PW_ENOMEM, p->options.inputs[0], 0, pw_strerror(PW_ENOMEM));
    }
    for (size_t i = 0; !err && i < p->options.input_count; i++)
        err = play_file(&c, p->options.inputs[i], why, size);
    if (!err)
        finish(&c);
    free(c.spoke);
    rows_free(c.rows);
    return err;
}
