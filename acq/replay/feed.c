#include "acq/replay/feed.h"

#include "acq/plant/plant.h"
#include "acq/replay/feed_private.h"

#include <stdlib.h>
#include <string.h>

int feed_new(const struct feed_options *options, struct feed **out)
{
    struct feed *f = calloc(1, sizeof *f);
    if (!f)
        return PW_ENOMEM;
    f->options = *options;
    f->plant = options->plant;
    f->reader = raw_reader_new();
    if (!f->reader) {
        feed_free(f);
        return PW_ENOMEM;
    }
    *out = f;
    return 0;
}

void feed_forget(struct feed *f)
{
    pipeline_free(f->pipeline);
    f->pipeline = NULL;
    plant_free(f->own);
    f->own = NULL;
    f->plant = f->options.plant;
    free(f->samples);
    f->samples = NULL;
    f->digest[0] = '\0';
    f->offset_ms = 0;
    f->offset_known = false;
}

void feed_free(struct feed *f)
{
    if (!f)
        return;
    feed_forget(f);
    raw_reader_free(f->reader);
    configs_deinit(&f->configs);
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

char *feed_find_config(const struct feed *f, const char *digest)
{
    const char *text = configs_find(&f->configs, digest);
    if (text)
        return strdup(text);
    return f->options.find_config ? f->options.find_config(f->options.ctx, digest) : NULL;
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

int feed_begin(struct feed *f, int64_t at_ms)
{
    if (f->pipeline || !f->plant)
        return 0;
    return feed_use_plant(f, f->plant, NULL, at_ms);
}
