#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/config.h"

#include "acq/plant/plant.h"
#include "acq/replay/explain.h"
#include "acq/replay/explain_mean.h"
#include "acq/replay/output.h"
#include "acq/replay/play.h"

#include <inttypes.h>
#include <stdio.h>

static const char usage[] =
    "replay [--config FILE] [--averages] [--states] [--skip-bad] [--explain ID] INPUT...";

enum { INPUTS_MAX = 4096, WHY_SIZE = 1024 };

struct output {
    struct play *play;
    bool averages, states;
    char storage[OUTPUT_LINE_SIZE];
};

static void write_finding(void *ctx, const struct finding *f)
{
    struct output *o = ctx;
    struct strbuf line;
    strbuf_init_fixed(&line, o->storage, sizeof o->storage);
    output_finding(f, play_plant(o->play), &line);
    fwrite(line.data, 1, line.len, stdout);
}

static void write_mean(void *ctx, const struct mean *m)
{
    struct output *o = ctx;
    struct strbuf line;
    if (!o->averages)
        return;
    strbuf_init_fixed(&line, o->storage, sizeof o->storage);
    output_mean(m, play_plant(o->play), &line);
    fwrite(line.data, 1, line.len, stdout);
}

static void write_state(void *ctx, const struct object_state *s)
{
    struct output *o = ctx;
    struct strbuf line;
    if (!o->states)
        return;
    strbuf_init_fixed(&line, o->storage, sizeof o->storage);
    output_state(s, play_plant(o->play), &line);
    fwrite(line.data, 1, line.len, stdout);
}

static void write_account(void *ctx, const struct account *a)
{
    struct output *o = ctx;
    struct strbuf line;
    if (!o->averages)
        return;
    strbuf_init_fixed(&line, o->storage, sizeof o->storage);
    output_account(a, play_plant(o->play), &line);
    fwrite(line.data, 1, line.len, stdout);
}

static void write_flare(void *ctx, const struct flare_block *b)
{
    struct output *o = ctx;
    struct strbuf line;
    if (!o->averages)
        return;
    strbuf_init_fixed(&line, o->storage, sizeof o->storage);
    output_flare(b, play_plant(o->play), &line);
    fwrite(line.data, 1, line.len, stdout);
}

static void write_rate(void *ctx, const struct rate *r)
{
    struct output *o = ctx;
    struct strbuf line;
    if (!o->averages)
        return;
    strbuf_init_fixed(&line, o->storage, sizeof o->storage);
    output_rate(r, play_plant(o->play), &line);
    fwrite(line.data, 1, line.len, stdout);
}

static void tell_counts(const struct play *p)
{
    struct play_counts counts = play_get_counts(p);
    if (counts.bad)
        fprintf(stderr, "plumewatch replay: %" PRIu64 " bad lines were passed over\n", counts.bad);
    if (counts.late)
        fprintf(stderr,
                "plumewatch replay: late data in no mean: %" PRIu64
                " samples, or days that the server computed again\n",
                counts.late);
    if (counts.orphans)
        fprintf(stderr,
                "plumewatch replay: %" PRIu64
                " readings are of nothing in the configuration, or stand before the first one\n",
                counts.orphans);
}

static int play(struct play_options *options, struct output o, char *why)
{
    options->sink = (struct machine_sink){.on_finding = write_finding,
                                          .on_mean = write_mean,
                                          .ctx = &o,
                                          .on_state = write_state,
                                          .on_account = write_account,
                                          .on_rate = write_rate,
                                          .on_flare = write_flare};
    int err = play_new(options, &o.play);
    if (err)
        return err;
    err = play_run(o.play, why, WHY_SIZE);
    tell_counts(o.play);
    play_free(o.play);
    return err;
}

static int exit_status(int err, const char *why)
{
    if (!err && fflush(stdout) != 0)
        err = PW_EIO;
    if (!err && !ferror(stdout))
        return APP_OK;
    fprintf(stderr, "plumewatch replay: %s\n", *why ? why : pw_strerror(err ? err : PW_EIO));
    if (err == PW_EINVAL)
        return APP_USAGE;
    return *why ? APP_BAD_DATA : APP_FAILED;
}

int cmd_replay(int argc, char **argv)
{
    static const char *inputs[INPUTS_MAX];
    const char *config = NULL;
    const char *id = NULL;
    struct output o = {0};
    struct play_options options = {.inputs = inputs};
    const struct arg_option words[] = {
        {"--config", &config, NULL, false},   {"--averages", NULL, &o.averages, false},
        {"--states", NULL, &o.states, false}, {"--skip-bad", NULL, &options.skip_bad, false},
        {"--explain", &id, NULL, false},
    };
    int err = args_parse(argc, argv, words, sizeof words / sizeof *words, usage, inputs, INPUTS_MAX,
                         &options.input_count);
    if (err)
        return err;
    if (options.input_count == 0)
        return args_refuse(argv[0], usage, "an input is missing");
    struct plant *plant = NULL;
    if (config && config_load(config, stderr, &plant) != 0)
        return APP_BAD_DATA;
    options.plant = plant;
    char why[WHY_SIZE] = "";
    if (!id)
        err = play(&options, o, why);
    else if (explain_is_mean(id))
        err = explain_mean(&options, id, stdout, why, sizeof why);
    else
        err = explain_finding(&options, id, stdout, why, sizeof why);
    plant_free(plant);
    return exit_status(err, why);
}
