#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "acq/record/journal_line.h"
#include "acq/replay/feed_private.h"

#include <stdlib.h>
#include <string.h>

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

/* Every signal of the device must be there: a raw line holds a value or a reason for each. */
static bool collect_samples(struct feed *f, const struct plant_device *d,
                            const struct raw_line *line)
{
    uint32_t hint = 0;
    size_t taken = 0;
    for (size_t i = 0; i < line->count; i++) {
        uint32_t s = find_signal(f->plant, d, hint, line->values[i].signal);
        if (s == PLANT_NONE)
            return false;
        f->samples[s] = line->values[i].sample;
        hint = s + 1;
        taken++;
    }
    return taken == d->signal_count;
}

int input_raw(struct feed *f, const char *text, size_t len, int64_t at_ms)
{
    struct raw_line line;
    int err = raw_line_read(f->reader, text, len, &line);
    if (err)
        return err;
    f->counts.last_at_ms = at_ms;
    uint32_t device = f->plant ? find_device(f, line.device) : PLANT_NONE;
    if (device == PLANT_NONE || !collect_samples(f, &f->plant->devices[device], &line)) {
        f->counts.orphans++;
        return 0;
    }
    struct reading r = {
        .device = device,
        .count = f->plant->devices[device].signal_count,
        .time_ms = line.time_ms,
        .at_ms = at_ms,
        .samples = f->samples,
    };
    pipeline_input(f->pipeline, &r);
    f->counts.readings++;
    f->counts.samples += r.count;
    return 0;
}

static int load_plant(struct feed *f, const char *text, int64_t at_ms)
{
    struct plant *plant = NULL;
    struct plant_problems problems;
    int err = plant_load_text("journal", text, strlen(text), &plant, &problems);
    plant_problems_deinit(&problems);
    if (!err)
        err = feed_use_plant(f, plant, plant, at_ms);
    if (err)
        plant_free(plant);
    return err;
}

static bool is_in_effect(const struct feed *f, const char *digest)
{
    char hex[SM3_HEX_SIZE];
    return f->plant && strcmp(sm3_hex(f->plant->digest, hex), digest) == 0;
}

static int take_config(struct feed *f, const struct journal_line *line)
{
    const char *digest = json_string(line->tree, "digest");
    const char *text = json_string(line->tree, "text");
    if (!digest)
        return PW_ESYNTAX;
    if (is_in_effect(f, digest))
        return 0;
    char *found = NULL;
    if (!text && f->options.find_config)
        text = found = f->options.find_config(f->options.ctx, digest);
    int err = text ? load_plant(f, text, line->at_ms) : PW_ENOTFOUND;
    free(found);
    return err == PW_ENOTFOUND ? PW_ECORRUPT : err;
}

static int take_offset(struct feed *f, const struct journal_line *line)
{
    const cJSON *offset = cJSON_GetObjectItemCaseSensitive(line->tree, "offset_ms");
    if (!cJSON_IsNumber(offset))
        return PW_ESYNTAX;
    f->offset_ms = json_int(line->tree, "offset_ms", 0);
    if (f->pipeline)
        pipeline_set_offset(f->pipeline, line->at_ms, f->offset_ms);
    return 0;
}

/* Refused when it was declared live, it is refused again: no input then. */
static int take_declaration(struct feed *f, const struct journal_line *line)
{
    struct declaration d;
    char why[160];
    int err = declaration_read(line->tree, &d, why, sizeof why);
    if (!err && f->pipeline)
        (void)!pipeline_declare(f->pipeline, &d, line->at_ms);
    return err;
}

static int take_withdrawal(struct feed *f, const struct journal_line *line)
{
    const char *id = json_string(line->tree, "id");
    if (id && f->pipeline)
        (void)!pipeline_withdraw(f->pipeline, id, line->at_ms);
    return id ? 0 : PW_ESYNTAX;
}

static int take_line(struct feed *f, const struct journal_line *line)
{
    if (strcmp(line->type, "start") == 0 || strcmp(line->type, "clock") == 0)
        return take_offset(f, line);
    if (strcmp(line->type, "config") == 0)
        return take_config(f, line);
    if (strcmp(line->type, "declare") == 0)
        return take_declaration(f, line);
    if (strcmp(line->type, "withdraw") == 0)
        return take_withdrawal(f, line);
    /* A finding is stamped with the instant that raised it: whatever was known by then is known. */
    bool ticks = strcmp(line->type, "stop") == 0 || strcmp(line->type, "finding") == 0;
    if (ticks && f->pipeline)
        pipeline_tick_to(f->pipeline, line->at_ms);
    return 0;
}

int input_journal(struct feed *f, const char *text, size_t len)
{
    struct journal_line line;
    int err = journal_line_parse(text, len, &line);
    if (err)
        return err;
    f->counts.last_at_ms = line.at_ms;
    err = take_line(f, &line);
    journal_line_deinit(&line);
    return err;
}
