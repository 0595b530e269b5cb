/* Means of regulated outlets over what happens to a server: killed every ten minutes and played
 * again from its last snapshot, reloaded, run twice, split in whatever way. Random values from a
 * fixed seed. PW_LONG: a month instead of a day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/xorshift.h"
#include "tests/unit/pipeline_stand.h"

#include <math.h>
#include <stdio.h>

enum { OUTLETS = 5, SIGNALS = 10, EVERY_S = 5, HOUR_S = 3600, DAY_S = 86400, OBJECTS_MAX = 512 };
enum { NO_RELOAD = -1, RELOADS = 3, KILL_S = 600 };

static const char *const start_text = "2026-11-24T00:00:00+08:00";
static const char *const names[SIGNALS] = {"so2", "no", "no2", "pm", "o2",
                                           "t",   "p",  "x",   "v",  "word"};

static void add_devices(struct strbuf *b)
{
    strbuf_adds(b, "\"devices\":[");
    for (int d = 0; d < OUTLETS; d++) {
        strbuf_addf(b,
                    "%s{\"id\":\"d%d\",\"link\":\"l\",\"unit\":%d,\"every_ms\":5000,"
                    "\"phase_ms\":%d,\"timeout_ms\":500,\"signals\":{",
                    d ? "," : "", d, d + 1, d * 700);
        for (int s = 0; s < SIGNALS; s++)
            strbuf_addf(b, "%s\"%s\":{\"address\":%d,\"table\":\"holding\"}", s ? "," : "",
                        names[s], s);
        strbuf_adds(b, "}}");
    }
    strbuf_adds(b, "],");
}

static void add_outlet(struct strbuf *b, int d, double area_m2)
{
    strbuf_addf(b,
                "%s{\"id\":\"DA%d\",\"area_m2\":%g,\"ambient_kpa\":100,\"reference_o2\":6,"
                "\"state\":\"d%d.word\",\"inputs\":{",
                d ? "," : "", d, area_m2, d);
    strbuf_addf(b, "\"a21026\":{\"signal\":\"d%d.so2\",\"state\":\"actual\",\"moisture\":\"wet\"},",
                d);
    strbuf_addf(b, "\"a21002\":{\"signal\":\"d%d.no\",\"plus\":\"d%d.no2\"},", d, d);
    strbuf_addf(b, "\"a34013\":{\"signal\":\"d%d.pm\"},\"a19001\":{\"signal\":\"d%d.o2\"},", d, d);
    strbuf_addf(b, "\"a01012\":{\"signal\":\"d%d.t\"},\"a01013\":{\"signal\":\"d%d.p\"},", d, d);
    strbuf_addf(b, "\"a01014\":{\"signal\":\"d%d.x\"},\"a01011\":{\"signal\":\"d%d.v\"}},", d, d);
    strbuf_adds(b, "\"limits\":[{\"factor\":\"a21026\",\"period\":\"realtime\",\"max\":160,"
                   "\"on_delay_s\":5},{\"factor\":\"a21026\",\"period\":\"hour\",\"max\":93},"
                   "{\"factor\":\"a34013\",\"period\":\"minute\",\"max\":75}]}");
}

/* Reload 0 changes nothing, 1 the area of DA1, 2 takes DA4 away; each on top of those before. */
static char *make_config(int reload)
{
    struct strbuf b;
    strbuf_init(&b, 1 << 20);
    strbuf_adds(&b, "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
                    "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],");
    add_devices(&b);
    strbuf_adds(&b, "\"sites\":[{\"id\":\"s\",\"outlets\":[");
    for (int d = 0; d < OUTLETS - (reload >= 2); d++)
        add_outlet(&b, d, d == 1 && reload >= 1 ? 9 : 12.566);
    strbuf_adds(&b, "]}]}");
    assert_false(b.failed);
    return b.data;
}

/* What is due at second t of device d: it depends on nothing but these. */
static void make_samples(int64_t t, int d, struct sample out[SIGNALS])
{
    static const double middle[SIGNALS] = {60, 80, 5, 50, 9, 120, -0.5, 8, 14, 0};
    uint64_t seed = (uint64_t)(t * 31 + d + 1) * UINT64_C(0x9E3779B97F4A7C15);
    xorshift_next(&seed);
    for (int s = 0; s < SIGNALS; s++) {
        uint64_t r = xorshift_next(&seed);
        out[s] = (struct sample){.value = middle[s] * (0.5 + (double)(r % 1000) / 1000)};
        if ((r >> 20) % 200 == 0)
            out[s] = (struct sample){.quality = quality_make(QUALITY_TIMEOUT, 0)};
    }
    /* Calibration for a quarter of an hour a day, another for the hour at six. */
    bool calibrates = t % DAY_S / 900 == 8 + d || t % DAY_S / HOUR_S == 6;
    out[SIGNALS - 1] = (struct sample){.value = calibrates ? 3 : 0};
}

struct object {
    struct pipeline_object o;
    char id[64];
    unsigned char *state;
};

struct run {
    struct stand *stand;
    struct plant *plants[RELOADS + 1]; /* before, and behind each reload */
    int in_force;
    int64_t start_ms;
    bool silent;
    struct object objects[OBJECTS_MAX]; /* the last snapshot */
    size_t object_count;
    struct pipeline_clock clock;
    int64_t snapshot_s;
    int snapshot_plant;
};

static const int64_t reload_s[RELOADS] = {22403, 44807, 67211};

static void run_on_finding(void *ctx, const struct finding *f)
{
    struct run *r = ctx;
    if (!r->silent)
        stand_on_finding(r->stand, f);
}

static void run_on_mean(void *ctx, const struct mean *m)
{
    struct run *r = ctx;
    if (!r->silent && m->period != MEAN_REALTIME)
        output_mean(m, pipeline_plant(r->stand->pipeline), &r->stand->lines);
}

static struct machine_sink sink_of(struct run *r)
{
    return (struct machine_sink){.on_finding = run_on_finding, .on_mean = run_on_mean, .ctx = r};
}

static struct run *begin(void)
{
    struct run *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->start_ms = instant(start_text);
    for (int i = 0; i <= RELOADS; i++) {
        char *text = make_config(i - 1);
        r->plants[i] = stand_load(text);
        free(text);
    }
    char *text = make_config(NO_RELOAD);
    r->stand = stand_new(text, r->start_ms, 0);
    free(text);
    pipeline_free(r->stand->pipeline);
    const struct machine_sink sink = sink_of(r);
    assert_int_equal(pipeline_new(r->plants[0], r->start_ms, 0, &sink, &r->stand->pipeline), 0);
    return r;
}

static void forget_objects(struct run *r)
{
    for (size_t i = 0; i < r->object_count; i++)
        free(r->objects[i].state);
    r->object_count = 0;
}

static void end(struct run *r)
{
    forget_objects(r);
    stand_free(r->stand);
    for (int i = 0; i <= RELOADS; i++)
        plant_free(r->plants[i]);
    free(r);
}

static void feed(struct run *r, int64_t from_s, int64_t to_s, bool reloads)
{
    struct sample samples[SIGNALS];
    for (int64_t second = from_s; second < to_s; second++) {
        int64_t at_ms = r->start_ms + second * 1000;
        for (int i = 0; reloads && i < RELOADS; i++)
            if (reload_s[i] == second) {
                assert_int_equal(pipeline_reload(r->stand->pipeline, r->plants[i + 1], at_ms), 0);
                r->in_force = i + 1;
            }
        if (second % EVERY_S != 0)
            continue;
        for (int d = 0; d < OUTLETS; d++) {
            make_samples(second, d, samples);
            const struct reading reading = {.device = (uint32_t)d,
                                            .count = SIGNALS,
                                            .time_ms = at_ms + d * 700,
                                            .at_ms = at_ms + d * 700 + 20,
                                            .samples = samples};
            pipeline_input(r->stand->pipeline, &reading);
        }
    }
}

static void keep_object(void *ctx, const struct pipeline_object *o)
{
    struct run *r = ctx;
    assert_true(r->object_count < OBJECTS_MAX);
    struct object *copy = &r->objects[r->object_count++];
    copy->o = *o;
    snprintf(copy->id, sizeof copy->id, "%s", o->id);
    copy->state = malloc(o->size);
    assert_non_null(copy->state);
    memcpy(copy->state, o->state, o->size);
    copy->o.id = copy->id;
    copy->o.state = copy->state;
}

static void take_snapshot(struct run *r, int64_t second)
{
    forget_objects(r);
    r->clock = pipeline_get_clock(r->stand->pipeline);
    r->snapshot_s = second;
    r->snapshot_plant = r->in_force;
    pipeline_snapshot(r->stand->pipeline, keep_object, r);
}

/* kill -9: what is left is the last snapshot and the journal behind it. */
static void kill_and_start(struct run *r, int64_t second)
{
    const struct machine_sink sink = sink_of(r);
    pipeline_free(r->stand->pipeline);
    r->in_force = r->snapshot_plant;
    assert_int_equal(pipeline_new(r->plants[r->in_force], 0, 0, &sink, &r->stand->pipeline), 0);
    pipeline_restore_clock(r->stand->pipeline, r->clock);
    for (size_t i = 0; i < r->object_count; i++)
        assert_int_equal(pipeline_restore(r->stand->pipeline, &r->objects[i].o), 0);
    r->silent = true;
    feed(r, r->snapshot_s, second, true);
    r->silent = false;
}

static char *whole_day(void)
{
    struct run *r = begin();
    feed(r, 0, DAY_S, false);
    pipeline_tick_to(r->stand->pipeline, r->start_ms + (DAY_S + 60) * 1000);
    char *out = strdup(strbuf_text(&r->stand->lines));
    end(r);
    return out;
}

static char *disturbed_day(void)
{
    struct run *r = begin();
    take_snapshot(r, 0);
    for (int64_t second = 0; second < DAY_S; second += KILL_S) {
        feed(r, second, second + KILL_S, true);
        if ((second + KILL_S) % HOUR_S == 0)
            take_snapshot(r, second + KILL_S);
        kill_and_start(r, second + KILL_S);
    }
    pipeline_tick_to(r->stand->pipeline, r->start_ms + (DAY_S + 60) * 1000);
    char *out = strdup(strbuf_text(&r->stand->lines));
    end(r);
    return out;
}

/* Whether a line must be the same in both: of outlets that no reload touched all, else what ended
 * in an hour that was over before the reload. A finding counts by its start. */
static bool is_comparable(const char *line, size_t len)
{
    char text[1024];
    snprintf(text, sizeof text, "%.*s", (int)(len < 1000 ? len : 1000), line);
    const char *start = strstr(text, "\"start\":\"");
    assert_non_null(start);
    int64_t start_ms = 0;
    char iso[64];
    snprintf(iso, sizeof iso, "%.29s", start + 9);
    assert_int_equal(civil_parse(iso, &start_ms), 0);
    int64_t second = (start_ms - instant(start_text)) / 1000;
    bool is_long = strstr(text, "\"period\":\"day\"") || strstr(text, "\"period\":\"month\"");
    if (strstr(text, "\"outlet\":\"DA1\""))
        return second < reload_s[1] / HOUR_S * HOUR_S && !is_long &&
               !strstr(text, "\"type\":\"finding\"");
    if (strstr(text, "\"outlet\":\"DA4\""))
        return second < reload_s[2] / HOUR_S * HOUR_S && !is_long &&
               !strstr(text, "\"type\":\"finding\"");
    return true;
}

/* The comparable lines alone, in place; how many. */
static size_t keep_comparable(char *text)
{
    char *to = text;
    size_t count = 0;
    for (char *at = text; *at;) {
        size_t len = strcspn(at, "\n") + 1;
        if (is_comparable(at, len)) {
            memmove(to, at, len);
            to += len;
            count++;
        }
        at += len;
    }
    *to = '\0';
    return count;
}

static void killed_every_ten_minutes_and_reloaded_a_day_has_the_same_means(void **state)
{
    (void)state;
    char *whole = whole_day();
    char *disturbed = disturbed_day();
    size_t lines = keep_comparable(whole);
    assert_int_equal(keep_comparable(disturbed), lines);
    assert_string_equal(whole, disturbed);
    assert_non_null(strstr(whole, "\"type\":\"finding\""));
    assert_true(lines > OUTLETS * 8 * 1440 / 2);
    free(whole);
    free(disturbed);
}

static size_t digest_days(int64_t days, char out[SM3_HEX_SIZE])
{
    struct run *r = begin();
    struct sm3 *sm3 = sm3_new();
    uint8_t digest[SM3_SIZE];
    size_t bytes = 0;
    assert_non_null(sm3);
    for (int64_t hour = 0; hour < days * 24; hour++) {
        feed(r, hour * HOUR_S, (hour + 1) * HOUR_S, false);
        sm3_update(sm3, r->stand->lines.data, r->stand->lines.len);
        bytes += r->stand->lines.len;
        strbuf_reset(&r->stand->lines);
    }
    sm3_final(sm3, digest);
    sm3_hex(digest, out);
    sm3_free(sm3);
    end(r);
    return bytes;
}

static void a_plant_of_50_points_says_the_same_twice(void **state)
{
    (void)state;
    char first[SM3_HEX_SIZE];
    char second[SM3_HEX_SIZE];
    int64_t days = getenv("PW_LONG") ? 31 : 1;
    size_t bytes = digest_days(days, first);
    assert_int_equal(digest_days(days, second), bytes);
    assert_string_equal(first, second);
    print_message("%zu bytes in %d days, SM3 %s\n", bytes, (int)days, first);
}

/* Means of one factor of DA0 by period, as an hour and its parts are told. */
struct parts {
    struct mean minutes[60], hour;
    uint32_t minute_count;
};

static void keep_parts(void *ctx, const struct mean *m)
{
    struct parts *p = ctx;
    if (m->input != 0)
        return;
    if (m->period == MEAN_MINUTE && p->minute_count < 60)
        p->minutes[p->minute_count++] = *m;
    if (m->period == MEAN_HOUR && p->hour.parts == 0)
        p->hour = *m;
}

static void ignore_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

/* A group's part of a mean: its own mean, weighed by what is in it. */
static double mean_of_split(const struct parts *p, uint64_t *seed)
{
    double sums[8] = {0};
    uint32_t counts[8] = {0};
    uint32_t groups = 1 + (uint32_t)(xorshift_next(seed) % 8);
    for (uint32_t i = 0; i < p->minute_count; i++) {
        uint32_t g = (uint32_t)(xorshift_next(seed) % groups);
        sums[g] += p->minutes[i].valid ? p->minutes[i].avg : 0;
        counts[g] += p->minutes[i].valid;
    }
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t g = 0; g < groups; g++) {
        sum += counts[g] ? sums[g] / counts[g] * counts[g] : 0;
        count += counts[g];
    }
    return sum / count;
}

static void means_of_any_split_of_an_hour_agree(void **state)
{
    (void)state;
    uint64_t seed = 20261124;
    for (int64_t hour = 0; hour < 24; hour += 5) {
        struct parts p = {0};
        struct run *r = begin();
        const struct machine_sink sink = {
            .on_finding = ignore_finding, .on_mean = keep_parts, .ctx = &p};
        pipeline_set_sink(r->stand->pipeline, &sink);
        feed(r, hour * HOUR_S, (hour + 1) * HOUR_S, false);
        pipeline_tick_to(r->stand->pipeline, r->start_ms + ((hour + 1) * HOUR_S + 60) * 1000);
        assert_int_equal(p.minute_count, 60);
        double sum = 0;
        uint32_t valid = 0;
        for (uint32_t i = 0; i < 60; i++) {
            sum += p.minutes[i].valid ? p.minutes[i].avg : 0;
            valid += p.minutes[i].valid;
        }
        assert_int_equal(p.hour.good, valid);
        assert_true(p.hour.avg == sum / valid); /* in order of time: to the last bit */
        for (int i = 0; i < 100; i++)
            assert_true(fabs(mean_of_split(&p, &seed) - p.hour.avg) <= 1e-12 * p.hour.avg);
        end(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_of_any_split_of_an_hour_agree),
        cmocka_unit_test(killed_every_ten_minutes_and_reloaded_a_day_has_the_same_means),
        cmocka_unit_test(a_plant_of_50_points_says_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
