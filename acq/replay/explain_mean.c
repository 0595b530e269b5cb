#include "acq/replay/explain_mean.h"

#include "acq/core/civil.h"
#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"
#include "acq/refine/reach.h"
#include "acq/replay/output.h"

#include <stdio.h>
#include <string.h>

struct explained {
    struct play *play;
    FILE *out;
    char input[2 * PLANT_ID_MAX + 2];
    enum mean_period period;
    int64_t start_ms;
    uint64_t found;
    char storage[OUTPUT_LINE_SIZE];
};

bool explain_is_mean(const char *id)
{
    return strchr(id, '/') != NULL;
}

/* OUTLET/FACTOR, a period's name and an instant, which hold no slash themselves. */
static int read_id(struct explained *e, const char *id)
{
    const char *start = strrchr(id, '/');
    const char *period = start;
    while (period && period > id && period[-1] != '/')
        period--;
    if (!start || period <= id || (size_t)(period - id) > sizeof e->input)
        return PW_EINVAL;
    snprintf(e->input, sizeof e->input, "%.*s", (int)(period - id - 1), id);
    for (int p = MEAN_MINUTE; p <= MEAN_MONTH; p++) {
        const char *name = mean_period_name((enum mean_period)p);
        if ((size_t)(start - period) == strlen(name) && memcmp(period, name, strlen(name)) == 0) {
            e->period = (enum mean_period)p;
            return civil_parse(start + 1, &e->start_ms) ? PW_EINVAL : 0;
        }
    }
    return PW_EINVAL;
}

static int64_t end_of(const struct explained *e, const struct plant *plant)
{
    int64_t next_ms = 0;
    if (e->period == MEAN_MONTH)
        reach_month_start(e->start_ms, plant->server.zone_offset_min, &next_ms);
    return e->period == MEAN_MINUTE ? e->start_ms + MINUTE_MS
           : e->period == MEAN_HOUR ? e->start_ms + HOUR_MS
           : e->period == MEAN_DAY  ? e->start_ms + DAY_MS
                                    : next_ms;
}

/* "mean", "part", "formula-input", or NULL: it has no share in it. */
static const char *role_of(const struct explained *e, const struct plant *plant,
                           const struct mean *m)
{
    const struct plant_input *in = &plant->inputs[m->input];
    if (m->source != MEAN_OWN)
        return NULL;
    bool is_own = strcmp(in->id, e->input) == 0;
    if (is_own && m->period == e->period && m->start_ms == e->start_ms)
        return "mean";
    enum mean_period shorter =
        e->period == MEAN_MINUTE ? MEAN_REALTIME : (enum mean_period)(e->period - 1);
    if (is_own && m->period == shorter && m->start_ms >= e->start_ms &&
        m->start_ms < end_of(e, plant))
        return "part";
    if (is_own || m->period != e->period || m->start_ms != e->start_ms)
        return NULL;
    for (uint32_t i = 0; i < plant->input_count; i++)
        for (int slot = 0; strcmp(plant->inputs[i].id, e->input) == 0 && slot < SLOT_COUNT; slot++)
            if (plant->inputs[i].slot_inputs[slot] == m->input)
                return "formula-input";
    return NULL;
}

static void add_flags(struct strbuf *line, const struct mean *m)
{
    const char *comma = "";
    strbuf_adds(line, ",\"flags\":{");
    for (int f = FLAG_COUNT - 1; f >= 0; f--) {
        if (m->flags[f] == 0)
            continue;
        strbuf_addf(line, "%s\"%c\":%u", comma, flag_letter((enum flag)f), m->flags[f]);
        comma = ",";
    }
    strbuf_addc(line, '}');
}

static void on_mean(void *ctx, const struct mean *m)
{
    struct explained *e = ctx;
    const struct plant *plant = play_plant(e->play);
    const char *role = role_of(e, plant, m);
    char hex[SM3_HEX_SIZE];
    struct strbuf line;
    if (!role)
        return;
    e->found += strcmp(role, "mean") == 0;
    strbuf_init_fixed(&line, e->storage, sizeof e->storage);
    strbuf_addf(&line, "{\"type\":\"%s\",", role);
    mean_write_members(m, plant, &line);
    add_flags(&line, m);
    strbuf_addf(&line, ",\"digest\":\"%s\",\"config\":\"",
                sm3_hex(plant->inputs[m->input].digest, hex));
    strbuf_addf(&line, "%s\"}\n", sm3_hex(plant->digest, hex));
    fwrite(line.data, 1, line.len, e->out);
}

static void on_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

int explain_mean(const struct play_options *options, const char *id, FILE *out, char *why,
                 size_t size)
{
    struct explained e = {.out = out};
    struct play_options o = *options;
    o.on_sample = NULL;
    o.ctx = &e;
    o.sink = (struct machine_sink){.on_finding = on_finding, .on_mean = on_mean, .ctx = &e};
    int err = read_id(&e, id);
    if (err) {
        snprintf(why, size, "%.80s is no OUTLET/FACTOR/PERIOD/START", id);
        return err;
    }
    err = play_new(&o, &e.play);
    if (!err)
        err = play_run(e.play, why, size);
    play_free(e.play);
    if (!err && e.found == 0) {
        snprintf(why, size, "no mean %.80s comes of this input", id);
        return PW_ENOTFOUND;
    }
    return err;
}
