#include "acq/replay/play.h"

#include "acq/replay/play_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int play_new(const struct play_options *options, struct play **out)
{
    struct play *p = calloc(1, sizeof *p);
    if (!p)
        return PW_ENOMEM;
    p->options = *options;
    *out = p;
    return 0;
}

void play_free(struct play *p)
{
    if (!p)
        return;
    pipeline_free(p->pipeline);
    feed_free(p->feed);
    free(p);
}

const struct pipeline *play_pipeline(const struct play *p)
{
    return p->feed ? feed_pipeline(p->feed) : p->pipeline;
}

const struct plant *play_plant(const struct play *p)
{
    const struct pipeline *pipeline = play_pipeline(p);
    return pipeline ? pipeline_plant(pipeline) : p->options.plant;
}

struct play_counts play_get_counts(const struct play *p)
{
    struct play_counts counts = p->counts;
    if (p->feed) {
        struct feed_counts fed = feed_get_counts(p->feed);
        counts.samples += fed.samples;
        counts.bad += fed.bad_lines;
        counts.orphans += fed.orphans;
        counts.late += fed.not_reopened;
    } else if (p->pipeline) {
        struct pipeline_late late = pipeline_get_late(p->pipeline);
        counts.late = late.samples + late.too_old;
    }
    return counts;
}

int play_say(char *why, size_t size, int err, const char *path, uint64_t line, const char *what)
{
    if (line)
        snprintf(why, size, "%s:%" PRIu64 ": %s", path, line, what);
    else
        snprintf(why, size, "%s: %s", path, what);
    return err;
}

/* A data directory, or what begins as a gzip member does. */
static int is_archive(const char *path, bool *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return PW_ENOTFOUND;
    if (S_ISDIR(st.st_mode)) {
        *out = true;
        return 0;
    }
    FILE *in = fopen(path, "rb");
    if (!in)
        return PW_EIO;
    int first = getc(in);
    int second = getc(in);
    fclose(in);
    *out = first == 0x1f && second == 0x8b;
    return 0;
}

int play_run(struct play *p, char *why, size_t size)
{
    size_t archives = 0;
    for (size_t i = 0; i < p->options.input_count; i++) {
        bool archive = false;
        int err = is_archive(p->options.inputs[i], &archive);
        if (err)
            return play_say(why, size, err, p->options.inputs[i], 0, "cannot be read");
        archives += archive;
        if (archives > 0 && archives < i + 1)
            return play_say(why, size, PW_EINVAL, p->options.inputs[i], 0,
                            "CSV and archives cannot be played together");
    }
    if (archives > 0)
        return play_archives(p, why, size);
    if (!p->options.plant)
        return play_say(why, size, PW_EINVAL, p->options.inputs[0], 0,
                        "CSV carries no configuration: give --config");
    return play_csv(p, why, size);
}
