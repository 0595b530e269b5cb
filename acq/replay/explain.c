#include "acq/replay/explain.h"

#include "acq/core/civil.h"
#include "acq/detect/finding.h"
#include "acq/detect/limit.h"
#include "acq/detect/note.h"
#include "acq/detect/object_state.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/plant.h"
#include "acq/refine/choice.h"
#include "acq/refine/mean.h"
#include "acq/replay/output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    AROUND_MS = 60000,
    AROUND_EVENT_MS = 600000,
    PART_SIZE = 4 * PLANT_ID_MAX,
    LINE_SIZE = OUTPUT_LINE_SIZE
};

static const int64_t mean_length_ms[MEAN_PERIODS] = {
    [MEAN_MINUTE] = 60000, [MEAN_HOUR] = 3600000, [MEAN_DAY] = 86400000};

struct explain {
    struct play *play;
    const char *id;
    FILE *out;
    bool found;
    char part[PART_SIZE]; /* the limit's id; "": not of a limit */
    char object[PLANT_ID_MAX + 1];
    int64_t from_ms, to_ms;
    bool told; /* the limit's configuration, of digest */
    uint8_t digest[SM3_SIZE];
    char storage[LINE_SIZE];
    struct strbuf line;
};

static struct strbuf *begin_line(struct explain *e, const char *type)
{
    strbuf_init_fixed(&e->line, e->storage, sizeof e->storage);
    strbuf_addf(&e->line, "{\"type\":\"%s\"", type);
    return &e->line;
}

static void end_line(struct explain *e)
{
    strbuf_adds(&e->line, "}\n");
    fwrite(e->line.data, 1, e->line.len, e->out);
}

static void add_text(struct strbuf *out, const char *key, const char *value)
{
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_string(out, value);
}

static void add_double(struct strbuf *out, const char *key, bool given, double value)
{
    strbuf_addf(out, ",\"%s\":", key);
    if (given)
        strbuf_add_json_double(out, value);
    else
        strbuf_adds(out, "null");
}

static void add_time(struct explain *e, const char *key, int64_t time_ms)
{
    char iso[CIVIL_ISO_SIZE];
    civil_format_iso(time_ms, play_plant(e->play)->server.zone_offset_min, iso);
    strbuf_addf(&e->line, ",\"%s\":\"%s\"", key, iso);
}

static void add_signal(struct strbuf *out, const struct plant *plant, uint32_t index)
{
    const struct plant_signal *signal = &plant->signals[index];
    char name[2 * PLANT_ID_MAX + 2];
    snprintf(name, sizeof name, "%s.%s", plant->devices[signal->device].id, signal->id);
    add_text(out, "signal", name);
}

/* The first play: which limit it is of, and when. */
static void note_finding(void *ctx, const struct finding *f)
{
    struct explain *e = ctx;
    char id[FINDING_ID_SIZE];
    if (strcmp(finding_id(f, id), e->id) != 0)
        return;
    e->found = true;
    bool is_limit = strcmp(f->kind, machine_limit.name) == 0;
    int64_t around_ms = is_limit ? AROUND_MS : AROUND_EVENT_MS;
    snprintf(e->part, sizeof e->part, "%s", is_limit ? f->part : "");
    snprintf(e->object, sizeof e->object, "%s", f->object);
    e->from_ms = f->start_ms - around_ms;
    e->to_ms = f->state == FINDING_CLOSED ? f->end_ms + around_ms : INT64_MAX;
}

static void ignore_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

static void tell_limit(struct explain *e, const struct plant *plant,
                       const struct plant_limit *limit)
{
    static const char *const periods[] = {"realtime", "minute", "hour", "day"};
    struct strbuf *line = begin_line(e, "limit");
    add_text(line, "id", limit->id);
    add_text(line, "outlet", plant->outlets[limit->outlet].id);
    add_text(line, "factor", limit->factor);
    add_signal(line, plant, limit->signal);
    add_text(line, "period", periods[limit->period]);
    add_double(line, "max", limit->has_max, limit->max);
    add_double(line, "min", limit->has_min, limit->min);
    add_double(line, "deadband", true, limit->deadband);
    strbuf_addf(line, ",\"on_delay_s\":%u,\"off_delay_s\":%u,\"priority\":\"P%u\"",
                limit->on_delay_s, limit->off_delay_s, limit->priority);
    add_text(line, "source", limit->source);
    if (plant->outlets[limit->outlet].is_regulated)
        add_text(line, "basis", limit->basis == BASIS_CORRECTED ? "corrected" : "measured");
    end_line(e);
    memcpy(e->digest, limit->digest, SM3_SIZE);
    e->told = true;
}

/* The limit as it is configured now, told again when it has changed; false when it is gone. */
static bool find_limit(struct explain *e, struct machine_self *out)
{
    const struct plant *plant = play_plant(e->play);
    for (uint32_t i = 0; plant && e->part[0] && i < plant->limit_count; i++) {
        const struct plant_limit *limit = &plant->limits[i];
        if (strcmp(limit->id, e->part) != 0)
            continue;
        if (!e->told || memcmp(e->digest, limit->digest, SM3_SIZE) != 0)
            tell_limit(e, plant, limit);
        *out = (struct machine_self){
            .plant = plant, .index = i, .declared = pipeline_declared(play_pipeline(e->play))};
        return true;
    }
    return false;
}

static void tell_sample(void *ctx, uint32_t signal, const struct sample *s, int64_t time_ms,
                        int64_t at_ms)
{
    struct explain *e = ctx;
    struct machine_self self;
    char word[QUALITY_TEXT_SIZE];
    if (time_ms < e->from_ms || time_ms > e->to_ms || !find_limit(e, &self))
        return;
    if (!limit_takes_sample(self, signal))
        return;
    struct strbuf *line = begin_line(e, "sample");
    add_time(e, "time", time_ms);
    add_time(e, "at", at_ms + pipeline_get_clock(play_pipeline(e->play)).offset_ms);
    add_signal(line, self.plant, signal);
    add_double(line, "value", quality_has_value(s->quality), s->value);
    add_text(line, "quality", quality_format(s->quality, word));
    add_text(line, "says", limit_word_name(limit_judge_sample(self, s, time_ms)));
    end_line(e);
}

/* What the period is made of: how many parts of each flag, and by which configuration. */
static void add_parts(struct strbuf *line, const struct mean *m, const struct plant *plant)
{
    char hex[SM3_HEX_SIZE];
    const char *comma = "";
    strbuf_adds(line, ",\"flags\":{");
    for (int f = FLAG_COUNT - 1; f >= 0; f--) {
        if (m->flags[f] == 0)
            continue;
        strbuf_addf(line, "%s\"%c\":%u", comma, flag_letter((enum flag)f), m->flags[f]);
        comma = ",";
    }
    strbuf_adds(line, "}");
    add_text(line, "digest", sm3_hex(plant->inputs[m->input].digest, hex));
}

/* With station-else-own both are told: which of them counted, their order says. */
static bool may_count(const struct plant *plant, const struct mean *m)
{
    return plant->outlets[m->outlet].means_from == MEANS_FROM_STATION_ELSE_OWN ||
           choice_counts(plant, m);
}

static void tell_mean(void *ctx, const struct mean *m)
{
    struct explain *e = ctx;
    struct machine_self self;
    if (m->start_ms + mean_length_ms[m->period] < e->from_ms || m->start_ms > e->to_ms ||
        !find_limit(e, &self))
        return;
    if (!limit_takes_mean(self, m) || !may_count(self.plant, m))
        return;
    struct strbuf *line = begin_line(e, "mean");
    strbuf_addc(line, ',');
    mean_write_members(m, self.plant, line);
    if (m->is_regulated)
        add_parts(line, m, self.plant);
    add_text(line, "says", limit_word_name(limit_judge_mean(self, m)));
    end_line(e);
}

static bool is_told(const struct explain *e, const char *object, int64_t time_ms)
{
    return !e->part[0] && strcmp(object, e->object) == 0 && time_ms >= e->from_ms &&
           time_ms <= e->to_ms;
}

static void tell_note(void *ctx, const struct evidence_note *n)
{
    struct explain *e = ctx;
    const struct plant *plant = play_plant(e->play);
    if (!plant || !is_told(e, n->object, n->time_ms))
        return;
    struct strbuf *line = begin_line(e, "evidence");
    add_time(e, "time", n->time_ms);
    add_text(line, "object", n->object);
    add_text(line, "channel", n->channel);
    if (n->signal != PLANT_NONE)
        add_signal(line, plant, n->signal);
    add_double(line, "value", !isnan(n->value), n->value);
    add_text(line, "unit", n->unit);
    add_double(line, "threshold", !isnan(n->threshold), n->threshold);
    add_text(line, "looks", n->looks);
    add_text(line, "says", n->says);
    add_double(line, "confidence", true, n->confidence);
    end_line(e);
}

static void tell_state(void *ctx, const struct object_state *s)
{
    struct explain *e = ctx;
    if (!is_told(e, s->object, s->time_ms))
        return;
    strbuf_init_fixed(&e->line, e->storage, sizeof e->storage);
    output_state(s, play_plant(e->play), &e->line);
    fwrite(e->line.data, 1, e->line.len, e->out);
}

static void tell_finding(void *ctx, const struct finding *f)
{
    struct explain *e = ctx;
    char id[FINDING_ID_SIZE];
    if (strcmp(finding_id(f, id), e->id) != 0)
        return;
    strbuf_init_fixed(&e->line, e->storage, sizeof e->storage);
    output_finding(f, play_plant(e->play), &e->line);
    fwrite(e->line.data, 1, e->line.len, e->out);
}

static int play_with(struct explain *e, struct play_options options, char *why, size_t size)
{
    options.ctx = e;
    options.sink.ctx = e;
    int err = play_new(&options, &e->play);
    if (!err)
        err = play_run(e->play, why, size);
    play_free(e->play);
    e->play = NULL;
    return err;
}

int explain_finding(const struct play_options *options, const char *id, FILE *out, char *why,
                    size_t size)
{
    struct explain e = {.id = id, .out = out};
    struct play_options first = *options;
    struct play_options second = *options;
    first.on_sample = NULL;
    first.sink = (struct machine_sink){.on_finding = note_finding, .on_mean = ignore_mean};
    second.on_sample = tell_sample;
    second.sink = (struct machine_sink){.on_finding = tell_finding,
                                        .on_mean = tell_mean,
                                        .on_state = tell_state,
                                        .on_note = tell_note};
    int err = play_with(&e, first, why, size);
    if (err)
        return err;
    if (!e.found) {
        snprintf(why, size, "no finding %.32s comes of this input", id);
        return PW_ENOTFOUND;
    }
    return play_with(&e, second, why, size);
}
