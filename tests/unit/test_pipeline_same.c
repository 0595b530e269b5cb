/* The pipeline is a function of (state, input, now): cut anywhere and restored, ticked by whom
 * ever, fed in readings or sample by sample, it says the same. Random inputs from a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/xorshift.h"
#include "tests/unit/pipeline_stand.h"

#include <stdio.h>

enum { DEVICES = 5, SIGNALS = 10, EVERY_MS = 5000, HOUR_S = 3600, OBJECTS_MAX = 768 };

struct range {
    int64_t from_s, to_s;
};

/* 5 devices of 10 signals every 5 s, all inputs of one outlet each, with limits of every period. */
static char *make_config(void)
{
    struct strbuf b;
    strbuf_init(&b, 1 << 20);
    strbuf_adds(&b, "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
                    "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],\"devices\":[");
    for (int d = 0; d < DEVICES; d++) {
        strbuf_addf(&b,
                    "%s{\"id\":\"d%d\",\"link\":\"l\",\"unit\":%d,\"every_ms\":%d,\"phase_ms\":%d,"
                    "\"timeout_ms\":500,\"signals\":{",
                    d ? "," : "", d, d + 1, EVERY_MS, d * 700);
        for (int s = 0; s < SIGNALS; s++)
            strbuf_addf(&b, "%s\"s%d\":{\"address\":%d,\"table\":\"holding\",\"type\":\"float32\"}",
                        s ? "," : "", s, s * 2);
        strbuf_adds(&b, "}}");
    }
    strbuf_adds(&b, "],\"sites\":[{\"id\":\"s\",\"outlets\":[");
    for (int d = 0; d < DEVICES; d++) {
        strbuf_addf(&b, "%s{\"id\":\"DA%d\",\"inputs\":{", d ? "," : "", d);
        for (int s = 0; s < SIGNALS; s++)
            strbuf_addf(&b, "%s\"a%d\":{\"signal\":\"d%d.s%d\"}", s ? "," : "", s, d, s);
        strbuf_adds(&b, "},\"limits\":[");
        for (int s = 0; s < SIGNALS; s++)
            strbuf_addf(&b,
                        "%s{\"factor\":\"a%d\",\"period\":\"realtime\",\"max\":90,\"min\":5,"
                        "\"deadband\":3,\"on_delay_s\":%d,\"off_delay_s\":%d},"
                        "{\"factor\":\"a%d\",\"period\":\"minute\",\"max\":52},"
                        "{\"factor\":\"a%d\",\"period\":\"hour\",\"max\":50},"
                        "{\"factor\":\"a%d\",\"period\":\"day\",\"max\":50}",
                        s ? "," : "", s, s * 3, s * 2, s, s, s);
        strbuf_adds(&b, "]}");
    }
    strbuf_adds(&b, "]}]}");
    assert_false(b.failed);
    return b.data;
}

/* What is due at second t of device d: a walk that depends on nothing but these. */
static void make_samples(int64_t t, int d, struct sample out[SIGNALS])
{
    static const enum quality_word words[] = {QUALITY_TIMEOUT, QUALITY_HELD, QUALITY_OVER_RANGE,
                                              QUALITY_CLOCK_UNTRUSTED};
    uint64_t seed = (uint64_t)(t * 31 + d + 1) * UINT64_C(0x9E3779B97F4A7C15);
    xorshift_next(&seed);
    for (int s = 0; s < SIGNALS; s++) {
        uint64_t r = xorshift_next(&seed);
        out[s] = (struct sample){.value = (double)(r % 100000) / 1000};
        if (r >> 20 & 15)
            continue;
        out[s].quality = quality_make(words[r >> 30 & 3], 0);
        if (!quality_has_value(out[s].quality))
            out[s].value = 0;
    }
}

static const char *const start_text = "2026-11-24T22:00:00+08:00";

struct run {
    struct stand *stand;
    int64_t start_ms;
    uint64_t seed; /* of whatever differs from run to run and must not matter */
    bool by_sample;
    bool ticked;
    bool stepped; /* the clock steps by +1 h, -3 s, -1 h */
};

static struct run begin(const char *config)
{
    struct run r = {.start_ms = instant(start_text), .seed = 7};
    r.stand = stand_new(config, r.start_ms, 0);
    return r;
}

static void step_clock(struct run *r, int64_t second)
{
    static const struct {
        int64_t at_s, offset_ms;
    } steps[] = {{1000, 3600000}, {2000, 3597000}, {4000, -3000}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].at_s == second)
            pipeline_set_offset(r->stand->pipeline, r->start_ms + second * 1000 + 1,
                                steps[i].offset_ms);
}

static void take(struct run *r, int d, int64_t time_ms, int64_t at_ms, const struct sample *samples)
{
    struct pipeline *p = r->stand->pipeline;
    if (r->ticked && xorshift_next(&r->seed) % 3 == 0)
        pipeline_tick_to(p, at_ms - (int64_t)(xorshift_next(&r->seed) % 2000));
    struct reading reading = {.device = (uint32_t)d,
                              .count = SIGNALS,
                              .time_ms = time_ms,
                              .at_ms = at_ms,
                              .samples = samples};
    if (!r->by_sample) {
        pipeline_input(p, &reading);
        return;
    }
    for (uint32_t s = 0; s < SIGNALS; s++)
        pipeline_sample(p, (uint32_t)d * SIGNALS + s, &samples[s], time_ms, at_ms);
}

/* The seconds of the range; some readings are late, some are missing. */
static void feed(struct run *r, struct range range)
{
    struct sample samples[SIGNALS];
    for (int64_t second = range.from_s; second < range.to_s; second++) {
        if (r->stepped)
            step_clock(r, second);
        if (second % 5 != 0)
            continue;
        for (int d = 0; d < DEVICES; d++) {
            make_samples(second, d, samples);
            int64_t due_ms = r->start_ms + second * 1000 + d * 700;
            int64_t at_ms = due_ms + 20 + second % 7 * 40;
            int64_t offset_ms = pipeline_get_clock(r->stand->pipeline).offset_ms;
            bool late = second % 1000 == 500;
            if (second % 700 != 0)
                take(r, d, due_ms + offset_ms - (late ? 90000 : 0), at_ms, samples);
        }
    }
}

static char *whole_run(const char *config, int64_t seconds, struct run options)
{
    struct run r = begin(config);
    r.by_sample = options.by_sample;
    r.ticked = options.ticked;
    r.stepped = options.stepped;
    feed(&r, (struct range){0, seconds});
    pipeline_tick_to(r.stand->pipeline, r.start_ms + seconds * 1000 + 120000);
    char *out = strdup(strbuf_text(&r.stand->lines));
    assert_non_null(out);
    assert_non_null(strstr(out, "\"finding\""));
    stand_free(r.stand);
    return out;
}

static void check_same(char *one, char *other)
{
    size_t i = 0;
    while (one[i] && one[i] == other[i])
        i++;
    if (one[i] != other[i])
        print_message("differ at byte %zu:\n%.300s\n%.300s\n", i, one + (i > 100 ? i - 100 : 0),
                      other + (i > 100 ? i - 100 : 0));
    assert_true(one[i] == other[i]);
}

static void who_ticks_and_how_samples_are_bundled_changes_nothing(void **state)
{
    (void)state;
    char *config = make_config();
    char *plain = whole_run(config, 3 * HOUR_S, (struct run){0});
    for (int i = 1; i < 4; i++) {
        char *other =
            whole_run(config, 3 * HOUR_S, (struct run){.by_sample = i & 1, .ticked = i & 2});
        check_same(plain, other);
        free(other);
    }
    free(plain);
    free(config);
}

struct kept {
    struct pipeline_object objects[OBJECTS_MAX];
    char names[OBJECTS_MAX][64];
    unsigned char states[OBJECTS_MAX][16384];
    size_t count;
};

static void keep_object(void *ctx, const struct pipeline_object *o)
{
    struct kept *k = ctx;
    assert_true(k->count < OBJECTS_MAX && o->size <= sizeof k->states[0]);
    struct pipeline_object *copy = &k->objects[k->count];
    *copy = *o;
    snprintf(k->names[k->count], sizeof k->names[0], "%s", o->id);
    memcpy(k->states[k->count], o->state, o->size);
    copy->id = k->names[k->count];
    copy->state = k->states[k->count];
    k->count++;
}

/* Another process: nothing but what the snapshot holds. */
static void die_and_restore(struct run *r)
{
    struct kept *kept = calloc(1, sizeof *kept);
    assert_non_null(kept);
    struct pipeline_clock clock = pipeline_get_clock(r->stand->pipeline);
    pipeline_snapshot(r->stand->pipeline, keep_object, kept);
    pipeline_free(r->stand->pipeline);
    const struct machine_sink sink = stand_sink(r->stand);
    assert_int_equal(pipeline_new(r->stand->plant, 0, 0, &sink, &r->stand->pipeline), 0);
    pipeline_restore_clock(r->stand->pipeline, clock);
    for (size_t i = 0; i < kept->count; i++)
        assert_int_equal(pipeline_restore(r->stand->pipeline, &kept->objects[i]), 0);
    free(kept);
}

static void check_cuts(bool stepped)
{
    char *config = make_config();
    char *whole = whole_run(config, 3 * HOUR_S, (struct run){.stepped = stepped});
    uint64_t seed = 20261124;
    for (int trial = 0; trial < 5; trial++) {
        struct run r = begin(config);
        r.stepped = stepped;
        int64_t from_s = 0;
        while (from_s < 3 * HOUR_S) {
            int64_t to_s = from_s + 1 + (int64_t)(xorshift_next(&seed) % 2500);
            to_s = to_s > 3 * HOUR_S ? 3 * HOUR_S : to_s;
            feed(&r, (struct range){from_s, to_s});
            die_and_restore(&r);
            from_s = to_s;
        }
        pipeline_tick_to(r.stand->pipeline, r.start_ms + 3 * HOUR_S * 1000 + 120000);
        check_same(whole, r.stand->lines.data);
        stand_free(r.stand);
    }
    free(whole);
    free(config);
}

static void cut_at_any_instant_and_restored_it_says_the_same(void **state)
{
    (void)state;
    check_cuts(false);
}

static void likewise_over_steps_of_the_clock(void **state)
{
    (void)state;
    check_cuts(true);
}

static void a_reload_of_the_same_configuration_changes_nothing(void **state)
{
    (void)state;
    char *config = make_config();
    char *whole = whole_run(config, HOUR_S, (struct run){0});
    struct run r = begin(config);
    for (int64_t from_s = 0; from_s < HOUR_S; from_s += 360) {
        feed(&r, (struct range){from_s, from_s + 360});
        struct plant *plant = stand_load(config);
        int64_t at_ms = r.start_ms + (from_s + 360) * 1000 - 1;
        assert_int_equal(pipeline_reload(r.stand->pipeline, plant, at_ms), 0);
        plant_free(r.stand->plant);
        r.stand->plant = plant;
    }
    pipeline_tick_to(r.stand->pipeline, r.start_ms + HOUR_S * 1000 + 120000);
    check_same(whole, r.stand->lines.data);
    stand_free(r.stand);
    free(whole);
    free(config);
}

/* The digest of all that is said in so many days, in hex. */
static size_t digest_days(const char *config, int64_t days, char out[SM3_HEX_SIZE])
{
    struct run r = begin(config);
    struct sm3 *sm3 = sm3_new();
    uint8_t digest[SM3_SIZE];
    size_t bytes = 0;
    assert_non_null(sm3);
    for (int64_t hour = 0; hour < days * 24; hour++) {
        feed(&r, (struct range){hour * HOUR_S, (hour + 1) * HOUR_S});
        sm3_update(sm3, r.stand->lines.data, r.stand->lines.len);
        bytes += r.stand->lines.len;
        strbuf_reset(&r.stand->lines);
    }
    sm3_final(sm3, digest);
    sm3_hex(digest, out);
    sm3_free(sm3);
    stand_free(r.stand);
    return bytes;
}

/* 50 points every 5 s for a day; with PW_LONG set, for a month. The digest is shown, so that builds
 * can be held against one another. */
static void the_same_days_are_said_the_same_twice(void **state)
{
    (void)state;
    char *config = make_config();
    char first[SM3_HEX_SIZE];
    char second[SM3_HEX_SIZE];
    int64_t days = getenv("PW_LONG") ? 30 : 1;
    size_t bytes = digest_days(config, days, first);
    assert_int_equal(digest_days(config, days, second), bytes);
    assert_string_equal(first, second);
    print_message("%zu bytes in %d days, SM3 %s\n", bytes, (int)days, first);
    free(config);
}

static void a_pipeline_that_waited_ten_years_is_not_slow(void **state)
{
    (void)state;
    char *config = make_config();
    struct run r = begin(config);
    pipeline_tick_to(r.stand->pipeline, r.start_ms + INT64_C(3650) * 86400000);
    assert_int_equal(r.stand->lines.len, 0);
    stand_free(r.stand);
    free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_ticks_and_how_samples_are_bundled_changes_nothing),
        cmocka_unit_test(cut_at_any_instant_and_restored_it_says_the_same),
        cmocka_unit_test(likewise_over_steps_of_the_clock),
        cmocka_unit_test(a_reload_of_the_same_configuration_changes_nothing),
        cmocka_unit_test(the_same_days_are_said_the_same_twice),
        cmocka_unit_test(a_pipeline_that_waited_ten_years_is_not_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
