#include "acq/replay/reopen.h"

#include "acq/core/machine.h"
#include "acq/core/strbuf.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/load.h"
#include "acq/refine/periods.h"
#include "acq/refine/quantity.h"
#include "acq/replay/reopen_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAD_MS = 2 * MINUTE_MS };

static const struct machine_kind *const kinds[] = {&machine_mean, &machine_quantity,
                                                   &machine_cyclic};

void reopen_result_deinit(struct reopen_result *r)
{
    free(r->means);
    *r = (struct reopen_result){0};
}

int reopener_new(const char *data_dir, const char *const *paths, size_t path_count,
                 char *(*find_config)(void *ctx, const char *digest), void *ctx,
                 struct reopener **out)
{
    struct reopener *r = calloc(1, sizeof *r);
    if (!r)
        return PW_ENOMEM;
    r->data_dir = data_dir;
    r->paths = paths;
    r->path_count = path_count;
    r->find_config = find_config;
    r->ctx = ctx;
    r->raw = raw_reader_new();
    r->lines = line_parser_new();
    r->day = calloc(1, sizeof *r->day);
    atomic_init(&r->cancelled, false);
    if (!r->raw || !r->lines || !r->day) {
        reopener_free(r);
        return PW_ENOMEM;
    }
    *out = r;
    return 0;
}

void reopener_free(struct reopener *r)
{
    if (!r)
        return;
    plant_free(r->plant);
    raw_reader_free(r->raw);
    line_parser_free(r->lines);
    if (r->day)
        free(r->day->samples);
    free(r->day);
    free(r);
}

void reopener_cancel(struct reopener *r)
{
    atomic_store(&r->cancelled, true);
}

static int load_plant(struct reopener *r, const char *digest)
{
    struct plant *plant = NULL;
    struct plant_problems problems;
    if (r->plant && strcmp(r->digest, digest) == 0)
        return 0;
    char *text = r->find_config ? r->find_config(r->ctx, digest) : NULL;
    if (!text)
        return PW_ENOTFOUND;
    int err = plant_load_text("journal", text, strlen(text), &plant, &problems);
    plant_problems_deinit(&problems);
    free(text);
    if (err)
        return err == PW_ENOMEM ? err : PW_ENOTFOUND;
    plant_free(r->plant);
    r->plant = plant;
    snprintf(r->digest, sizeof r->digest, "%s", digest);
    return 0;
}

/* That of the day's end; of a day in which nobody was there, the one of now. */
static int find_plant(struct reopener *r, const struct reopen_request *q)
{
    char digest[SM3_HEX_SIZE];
    int err = reopen_find_digest(r, q->day_ms, q->day_ms + DAY_MS, q->through, digest);
    return err ? err : load_plant(r, digest[0] ? digest : q->digest);
}

/* The machine that makes the means of an input. */
static const struct machine_kind *find_kind(const struct plant *plant, const char *id,
                                            uint32_t *out_index)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (uint32_t i = 0; i < kinds[k]->count(plant); i++)
            if (strcmp(kinds[k]->id(plant, i), id) == 0) {
                *out_index = i;
                return kinds[k];
            }
    return NULL;
}

uint32_t reopen_find_input(const struct plant *plant, const char *id)
{
    for (uint32_t i = 0; i < plant->input_count; i++)
        if (strcmp(plant->inputs[i].id, id) == 0)
            return i;
    return PLANT_NONE;
}

static int by_time(const void *a, const void *b)
{
    const struct reopen_sample *x = a;
    const struct reopen_sample *y = b;
    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* What is computed: against what was told, and into the result. */
struct compare {
    const struct reopen_request *q;
    struct reopen_day *day;
    struct reopen_result *out;
};

static bool is_same(double a, double b)
{
    return !(a < b) && !(a > b);
}

static bool is_same_mean(const struct mean *a, const struct mean *b)
{
    bool has_avg = a->good > 0 && b->good > 0;
    if (a->good != b->good || a->parts != b->parts || a->valid != b->valid ||
        (a->is_regulated && a->flag != b->flag) || a->has_corrected != b->has_corrected ||
        a->has_cou != b->has_cou)
        return false;
    if (has_avg && !(is_same(a->avg, b->avg) && is_same(a->min, b->min) && is_same(a->max, b->max)))
        return false;
    if (a->has_corrected &&
        !(is_same(a->corrected, b->corrected) && is_same(a->corrected_min, b->corrected_min) &&
          is_same(a->corrected_max, b->corrected_max)))
        return false;
    return !a->has_cou || is_same(a->cou, b->cou);
}

static void keep(struct compare *c, const struct mean *m, const struct told *told)
{
    if (told->known ? is_same_mean(m, &told->mean) : m->good == 0)
        return;
    pw_require(c->out->count < REOPEN_MEANS_MAX);
    struct reopen_mean *r = &c->out->means[c->out->count++];
    *r = (struct reopen_mean){.mean = *m,
                              .was_told = told->known,
                              .had_avg = told->known && told->mean.good > 0,
                              .old_avg = told->mean.avg};
    r->mean.revision = told->known ? told->mean.revision + 1 : 0;
    r->mean.reason = c->q->reason;
    if (told->known)
        r->mean.before = (struct mean_before){.known = true,
                                              .came = mean_came(&told->mean),
                                              .valid = told->mean.valid,
                                              .has_cou = told->mean.has_cou,
                                              .flag = told->mean.flag,
                                              .cou = told->mean.cou};
}

static int64_t length_ms(enum mean_period period)
{
    return period == MEAN_MINUTE ? MINUTE_MS : period == MEAN_HOUR ? HOUR_MS : DAY_MS;
}

static void on_mean(void *ctx, const struct mean *m)
{
    struct compare *c = ctx;
    int64_t in_day_ms = m->start_ms - c->q->day_ms;
    if (m->period > MEAN_DAY || in_day_ms < 0 ||
        m->start_ms + length_ms(m->period) > c->q->until_ms)
        return;
    if (m->period == MEAN_MINUTE)
        keep(c, m, &c->day->minutes[in_day_ms / MINUTE_MS]);
    else if (m->period == MEAN_HOUR)
        keep(c, m, &c->day->hours[in_day_ms / HOUR_MS]);
    else {
        keep(c, m, &c->day->day);
        c->day->day = (struct told){true, *m};
    }
}

static void on_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

struct scratch {
    const struct machine_kind *kind;
    struct machine_self self;
    struct machine_sink sink;
    int64_t offset_ms, wake_ms;
};

static struct machine_now now_of(const struct scratch *s, int64_t utc_ms)
{
    return (struct machine_now){utc_ms - s->offset_ms, s->offset_ms};
}

/* Every whole minute that is due by then. */
static void tick_to(struct scratch *s, int64_t utc_ms)
{
    while (s->wake_ms <= utc_ms) {
        int64_t at_ms = s->kind->on_tick(s->self, now_of(s, s->wake_ms), &s->sink);
        int64_t next_ms = at_ms == INT64_MAX ? utc_ms + 1 : at_ms + s->offset_ms;
        s->wake_ms = next_ms > s->wake_ms ? next_ms : s->wake_ms + 1;
    }
}

static void run(struct scratch *s, const struct reopen_day *day)
{
    for (size_t i = 0; i < day->count; i++) {
        const struct reopen_sample *sample = &day->samples[i];
        tick_to(s, sample->time_ms);
        s->kind->on_sample(s->self, sample->signal, &sample->sample, sample->time_ms,
                           now_of(s, sample->time_ms), &s->sink);
    }
}

/* Only the signals that the machine takes. */
static void keep_needed(struct reopen_day *day, const uint32_t *signals, uint32_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < day->count; i++)
        for (uint32_t n = 0; n < count; n++)
            if (day->samples[i].signal == signals[n]) {
                day->samples[kept++] = day->samples[i];
                break;
            }
    day->count = kept;
}

static int compute_day(const struct reopen_window *w, struct compare *c,
                       const struct declarations *declared)
{
    uint32_t signals[MACHINE_INPUTS_MAX];
    uint32_t index = 0;
    struct scratch s = {.kind = find_kind(w->plant, c->q->input, &index),
                        .offset_ms = c->q->offset_ms,
                        .sink = {.on_finding = on_finding, .on_mean = on_mean, .ctx = c}};
    if (!s.kind)
        return PW_ENOTFOUND;
    void *state = calloc(1, s.kind->state_size);
    if (!state)
        return PW_ENOMEM;
    s.self = (struct machine_self){w->plant, index, state, declared};
    s.kind->init(s.self);
    /* The first member of every kind's state. */
    ((struct periods *)state)->closed_ms = floor_to(w->from_ms, MINUTE_MS, 0);
    keep_needed(c->day, signals, s.kind->signals(w->plant, index, signals));
    if (c->day->count > 0)
        qsort(c->day->samples, c->day->count, sizeof *c->day->samples, by_time);
    c->out->samples = c->day->count;
    s.wake_ms = w->from_ms;
    run(&s, c->day);
    tick_to(&s, w->to_ms + HOUR_MS + (int64_t)w->plant->inputs[w->input].cycle_ms);
    free(state);
    return 0;
}

/* From its days, as they were told or are told again now. */
static void compute_month(const struct plant *plant, const struct reopen_window *w,
                          struct compare *c)
{
    struct reach_gas room = {.reach.start_ms = w->month_ms};
    const struct reach_gas none = {0};
    struct reopen_day *day = c->day;
    if (!day->month.known)
        return;
    if (day->day.known)
        day->days[(w->day_ms - w->month_ms) / DAY_MS] = day->day;
    for (int i = 0; i < REOPEN_DAYS; i++) {
        struct told *t = &day->days[i];
        const struct reach_rule rule = {0};
        t->mean.input = w->input;
        t->mean.outlet = plant->inputs[w->input].outlet;
        if (t->known)
            reach_add_part(&room.reach, &none.reach, &t->mean, plant, &rule);
    }
    const struct reach_rule rule =
        reach_rule(plant, w->input, MEAN_MONTH, w->month_ms, c->q->offset_ms);
    struct mean m = reach_conclude(&room.reach, plant, w->input, MEAN_MONTH, &rule);
    keep(c, &m, &day->month);
}

static struct reopen_window window_of(const struct plant *plant, uint32_t input,
                                      const struct reopen_request *q)
{
    struct reopen_window w = {.plant = plant,
                              .input = input,
                              .from_ms = q->day_ms - LEAD_MS - plant->inputs[input].cycle_ms,
                              .to_ms = q->until_ms,
                              .day_ms = q->day_ms,
                              .through = q->through};
    w.month_ms = reach_month_start(q->day_ms, plant->server.zone_offset_min, &w.month_end_ms);
    return w;
}

static int compute_from(const struct reopen_window *w, struct compare *c,
                        const struct declarations *declared)
{
    c->day->day = c->day->days[(w->day_ms - w->month_ms) / DAY_MS];
    int err = compute_day(w, c, declared);
    if (!err)
        compute_month(w->plant, w, c);
    return err;
}

static int compute(struct reopener *r, const struct reopen_request *q,
                   const struct declarations *declared, struct reopen_result *out)
{
    int err = find_plant(r, q);
    uint32_t input = err ? PLANT_NONE : reopen_find_input(r->plant, q->input);
    if (err || input == PLANT_NONE)
        return err ? err : PW_ENOTFOUND;
    const struct reopen_window w = window_of(r->plant, input, q);
    struct compare c = {q, r->day, out};
    err = reopen_read(r, &w);
    if (err)
        return err;
    return compute_from(&w, &c, declared);
}

int reopen_compute_from(const struct plant *plant, uint32_t input, const struct reopen_request *q,
                        const struct declarations *declared, struct reopen_day *day,
                        struct reopen_result *out)
{
    const struct reopen_window w = window_of(plant, input, q);
    struct compare c = {q, day, out};
    return compute_from(&w, &c, declared);
}

int reopen_compute(struct reopener *r, const struct reopen_request *q,
                   const struct declarations *declared, struct reopen_result *out)
{
    struct reopen_result result = {.means = calloc(REOPEN_MEANS_MAX, sizeof *result.means)};
    int err = result.means ? compute(r, q, declared, &result) : PW_ENOMEM;
    if (err)
        reopen_result_deinit(&result);
    else
        *out = result;
    return err;
}

void reopen_tell(struct pipeline *p, uint32_t input, const struct reopen_request *q,
                 struct reopen_result *result, int64_t at_ms)
{
    pipeline_reopened(p, input, q->day_ms, result->count > 0, at_ms);
    for (size_t i = 0; i < result->count; i++) {
        struct mean *m = &result->means[i].mean;
        m->input = input;
        m->outlet = pipeline_plant(p)->inputs[input].outlet;
        pipeline_take_mean(p, m, at_ms);
    }
}

void reopen_write_members(const struct reopen_request *q, size_t count, struct strbuf *out)
{
    strbuf_adds(out, "\"input\":");
    strbuf_add_json_string(out, q->input);
    strbuf_addf(out,
                ",\"day\":%" PRId64 ",\"until\":%" PRId64 ",\"reason\":\"%s\",\"through\":%" PRIu64
                ",\"offset_ms\":%" PRId64 ",\"revised\":%zu",
                q->day_ms, q->until_ms, q->reason, q->through, q->offset_ms, count);
}
