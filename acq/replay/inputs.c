#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "acq/refine/station_mean.h"
#include "acq/replay/feed_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The year 9999, and a year. */
static const int64_t AT_MAX_MS = INT64_C(253402300799999);
static const int64_t GAP_MAX_MS = INT64_C(366) * 86400000;

/* Lines come in the order of polling, so the next device is mostly the one after the last. */
static uint32_t find_device(struct feed *f, const char *id)
{
    uint32_t count = f->plant->device_count;
    for (uint32_t i = 1; i <= count; i++) {
        uint32_t d = (f->last_device + i) % count;
        if (strcmp(f->plant->devices[d].id, id) == 0) {
            f->last_device = d;
            return d;
        }
    }
    return PLANT_NONE;
}

static uint32_t find_signal(const struct plant *p, const struct plant_device *d, uint32_t hint,
                            const char *id)
{
    for (uint32_t i = 0; i < d->signal_count; i++) {
        uint32_t s = (hint + i) % d->signal_count;
        if (strcmp(p->signals[d->first_signal + s].id, id) == 0)
            return s;
    }
    return PLANT_NONE;
}

/* Every signal of the device must be there, as a raw line holds a value or a reason for each; but a
 * station reports what it has. */
static bool collect_samples(struct feed *f, const struct plant_device *d,
                            const struct raw_line *line)
{
    uint32_t hint = 0;
    size_t taken = 0;
    for (uint32_t i = 0; i < d->signal_count; i++)
        f->samples[i] = (struct sample){.absent = true};
    for (size_t i = 0; i < line->count; i++) {
        uint32_t s = find_signal(f->plant, d, hint, line->values[i].signal);
        if (s == PLANT_NONE && d->protocol == PROTOCOL_HJ212)
            continue; /* a factor that is no signal */
        if (s == PLANT_NONE)
            return false;
        f->samples[s] = line->values[i].sample;
        hint = s + 1;
        taken++;
    }
    return d->protocol == PROTOCOL_HJ212 ? taken > 0 : taken == d->signal_count;
}

/* A damaged instant must not make the clock run for ages. */
static int check_at(struct feed *f, int64_t at_ms)
{
    int64_t last_ms = f->counts.last_at_ms;
    if (at_ms < 0 || at_ms > AT_MAX_MS || (last_ms > 0 && at_ms - last_ms > GAP_MAX_MS)) {
        snprintf(f->detail, sizeof f->detail,
                 "the journal clock jumps from %" PRId64 " to %" PRId64, last_ms, at_ms);
        return PW_ECORRUPT;
    }
    if (at_ms > last_ms)
        f->counts.last_at_ms = at_ms;
    return 0;
}

static void take_reading(struct feed *f, uint32_t device, int64_t time_ms, int64_t at_ms)
{
    struct reading r = {
        .device = device,
        .count = f->plant->devices[device].signal_count,
        .time_ms = time_ms,
        .at_ms = at_ms,
        .samples = f->samples,
    };
    pipeline_tick_to(f->pipeline, at_ms);
    if (f->options.on_reading)
        f->options.on_reading(f->options.ctx, &r);
    pipeline_input(f->pipeline, &r);
    f->counts.readings++;
    f->counts.samples += r.count;
}

int input_raw(struct feed *f, const char *text, size_t len, int64_t at_ms)
{
    struct raw_line line;
    int err = raw_line_read(f->reader, text, len, &line);
    if (!err)
        err = check_at(f, at_ms);
    if (!err)
        err = feed_begin(f, at_ms);
    if (err)
        return err;
    uint32_t device = f->plant ? find_device(f, line.device) : PLANT_NONE;
    const struct plant_device *d = device == PLANT_NONE ? NULL : &f->plant->devices[device];
    if (d && collect_samples(f, d, &line))
        take_reading(f, device, line.time_ms, at_ms);
    else if (!d || d->protocol != PROTOCOL_HJ212)
        f->counts.orphans++;
    return 0;
}

static void tell_problem(struct feed *f, const char *digest, const struct plant_problems *problems)
{
    char first[160] = "";
    if (problems->count > 0)
        plant_problem_format(&problems->items[0], first, sizeof first);
    snprintf(f->detail, sizeof f->detail, "configuration %.16s cannot be read: %s", digest, first);
}

static int load_plant(struct feed *f, const char *digest, const char *text, int64_t at_ms)
{
    struct plant *plant = NULL;
    struct plant_problems problems;
    int err = plant_load_text("journal", text, strlen(text), &plant, &problems);
    if (err)
        tell_problem(f, digest, &problems);
    plant_problems_deinit(&problems);
    if (!err)
        err = feed_use_plant(f, plant, plant, at_ms);
    if (err) {
        plant_free(plant);
        return err == PW_ENOMEM ? err : PW_ECORRUPT;
    }
    snprintf(f->digest, sizeof f->digest, "%s", digest);
    return 0;
}

int input_config(struct feed *f, const char *digest, const char *text, int64_t at_ms)
{
    int err = text ? configs_keep(&f->configs, digest, text) : 0;
    if (err || f->options.plant || strcmp(f->digest, digest) == 0)
        return err;
    char *found = NULL;
    text = configs_find(&f->configs, digest);
    if (!text && f->options.find_config)
        text = found = f->options.find_config(f->options.ctx, digest);
    err = text ? load_plant(f, digest, text, at_ms) : PW_ENOTFOUND;
    free(found);
    return err;
}

static int take_config(struct feed *f, const struct journal_line *line)
{
    const char *digest = json_string(line->tree, "digest");
    if (!digest)
        return PW_ESYNTAX;
    int err = input_config(f, digest, json_string(line->tree, "text"), line->at_ms);
    if (err != PW_ENOTFOUND)
        return err;
    snprintf(f->detail, sizeof f->detail,
             "configuration %.16s is only named here: its text stands in an earlier segment",
             digest);
    return PW_ECORRUPT;
}

static int take_offset(struct feed *f, const struct journal_line *line)
{
    const cJSON *offset = cJSON_GetObjectItemCaseSensitive(line->tree, "offset_ms");
    if (!cJSON_IsNumber(offset))
        return PW_ESYNTAX;
    f->offset_ms = json_int(line->tree, "offset_ms", 0);
    f->offset_known = true;
    if (!f->pipeline)
        return feed_begin(f, line->at_ms);
    pipeline_set_offset(f->pipeline, line->at_ms, f->offset_ms);
    return 0;
}

/* Refused when it was declared live, it is refused again: no input then. */
static int take_declaration(struct feed *f, const struct journal_line *line)
{
    struct declaration d;
    char why[160];
    int err = declaration_read(line->tree, &d, why, sizeof why);
    if (!err)
        (void)!pipeline_declare(f->pipeline, &d, line->at_ms);
    return err;
}

static int take_withdrawal(struct feed *f, const struct journal_line *line)
{
    const char *id = json_string(line->tree, "id");
    if (id)
        (void)!pipeline_withdraw(f->pipeline, id, line->at_ms);
    return id ? 0 : PW_ESYNTAX;
}

/* What stations computed. Of an input that the plant does not have: no input. */
static int take_means(struct feed *f, const struct journal_line *line)
{
    const cJSON *item;
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(line->tree, "items");
    const struct plant *plant = pipeline_plant(f->pipeline);
    cJSON_ArrayForEach(item, items)
    {
        struct mean m;
        if (station_mean_read(line->tree, item, plant, &m) == 0)
            pipeline_take_mean(f->pipeline, &m, line->at_ms);
    }
    return items ? 0 : PW_ESYNTAX;
}

/* Where a journal is taken up in its middle, a snapshot tells what was before. */
static int take_snapshot(struct feed *f, const struct journal_line *line)
{
    if (!f->plant)
        return snapshot_read(f, line, false);
    if (!f->offset_known)
        return take_offset(f, line);
    return 0;
}

/* A start that could not go on from the journal began anew. */
static int take_no_history(struct feed *f, const struct journal_line *line)
{
    (void)line;
    feed_forget(f);
    return 0;
}

/* Its numbers are the line's, whatever the clock said when it was asked for. */
static int read_reopen(const struct feed *f, const struct journal_line *line,
                       struct reopen_request *out)
{
    const char *input = json_string(line->tree, "input");
    const char *reason = json_string(line->tree, "reason");
    *out = (struct reopen_request){
        .day_ms = json_int(line->tree, "day", -1),
        .until_ms = json_int(line->tree, "until", -1),
        .through = (uint64_t)json_int(line->tree, "through", 0),
        .offset_ms = json_int(line->tree, "offset_ms", 0),
        .reason = reason && strcmp(reason, "late") == 0 ? "late" : "backfill",
        .digest = f->digest,
    };
    if (!input || !reason || strlen(input) >= sizeof out->input || out->day_ms < 0 ||
        out->until_ms < out->day_ms || out->until_ms > AT_MAX_MS)
        return PW_ESYNTAX;
    snprintf(out->input, sizeof out->input, "%s", input);
    return 0;
}

static int take_reopen(struct feed *f, const struct journal_line *line)
{
    struct reopen_request q;
    struct reopen_result result = {0};
    int err = read_reopen(f, line, &q);
    if (err)
        return err;
    uint32_t input = reopen_find_input(f->plant, q.input);
    err = f->options.reopen && input != PLANT_NONE
              ? f->options.reopen(f->options.ctx, &q, pipeline_declared(f->pipeline), &result)
              : PW_ENOTFOUND;
    if (err == PW_ENOTFOUND) {
        f->counts.not_reopened++;
        return 0;
    }
    if (err) {
        snprintf(f->detail, sizeof f->detail, "the day of %.80s cannot be computed again: %s",
                 q.input, pw_strerror(err));
        return err;
    }
    f->counts.reopened++;
    reopen_tell(f->pipeline, input, &q, &result, line->at_ms);
    reopen_result_deinit(&result);
    return 0;
}

static int take_tick(struct feed *f, const struct journal_line *line)
{
    pipeline_tick_to(f->pipeline, line->at_ms);
    return 0;
}

static const struct {
    const char *type;
    int (*take)(struct feed *f, const struct journal_line *line);
    bool needs_pipeline;
} inputs[] = {
    {"start", take_offset, false},
    {"no-history", take_no_history, false},
    {"clock", take_offset, false},
    {"config", take_config, false},
    {"snapshot", take_snapshot, false},
    {"declare", take_declaration, true},
    {"withdraw", take_withdrawal, true},
    {"means", take_means, true},
    {"reopen", take_reopen, true},
    /* Stamped with an instant that was ticked: whatever was known by then is known. */
    {"tick", take_tick, true},
    {"finding", take_tick, true},
    {"mark", take_tick, true},
    {"stop", take_tick, true},
};
enum { INPUT_TYPES = sizeof inputs / sizeof *inputs };

bool input_is_type(const char *text, size_t len, const char *type)
{
    struct journal_head head;
    return journal_line_head(text, len, &head) == 0 && head.type_len == strlen(type) &&
           memcmp(head.type, type, head.type_len) == 0;
}

static int take_line(struct feed *f, const char *text, size_t len, size_t which)
{
    struct journal_line line;
    int err = journal_line_parse(text, len, &line);
    if (err)
        return err;
    err = check_at(f, line.at_ms);
    if (!err && inputs[which].needs_pipeline)
        err = feed_begin(f, line.at_ms);
    if (!err && (f->pipeline || !inputs[which].needs_pipeline))
        err = inputs[which].take(f, &line);
    journal_line_deinit(&line);
    return err;
}

int input_journal(struct feed *f, const char *text, size_t len)
{
    for (size_t i = 0; i < INPUT_TYPES; i++)
        if (input_is_type(text, len, inputs[i].type))
            return take_line(f, text, len, i);
    return 0;
}
