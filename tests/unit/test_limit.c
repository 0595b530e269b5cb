/* The detector `limit` and the pipeline's rules of order, with a plant made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/detect/finding.h"
#include "acq/detect/limit.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/plant.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { START_MS = 1764000000, OFFSET_MS = 28800000, HELD_MAX = 64 };

struct bench {
    struct plant plant;
    struct plant_device device;
    struct plant_signal signal;
    struct plant_site site;
    struct plant_outlet outlet;
    struct plant_input input;
    struct plant_limit limits[2];
    struct pipeline *pipeline;
    struct finding findings[HELD_MAX];
    size_t count;
};

static void keep_finding(void *ctx, const struct finding *f)
{
    struct bench *b = ctx;
    assert_true(b->count < HELD_MAX);
    b->findings[b->count++] = *f;
}

static void bench_plant(struct bench *b)
{
    *b = (struct bench){0};
    b->device = (struct plant_device){.id = "cems-1", .signal_count = 1};
    b->signal = (struct plant_signal){.id = "so2"};
    b->site = (struct plant_site){.id = "demo"};
    b->outlet = (struct plant_outlet){.id = "DA001"};
    b->limits[0] = (struct plant_limit){.id = "DA001/a21026/realtime/0",
                                        .factor = "a21026",
                                        .source = "permit",
                                        .has_max = true,
                                        .max = 35,
                                        .deadband = 2,
                                        .on_delay_s = 3,
                                        .off_delay_s = 5,
                                        .priority = 2};
    b->plant.devices = &b->device;
    b->plant.signals = &b->signal;
    b->plant.sites = &b->site;
    b->plant.outlets = &b->outlet;
    b->plant.inputs = &b->input;
    b->plant.limits = b->limits;
    b->plant.device_count = b->plant.signal_count = b->plant.site_count = 1;
    b->plant.outlet_count = b->plant.limit_count = 1;
}

static void ignore_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

static void bench_start(struct bench *b)
{
    struct machine_sink sink = {.on_finding = keep_finding, .on_mean = ignore_mean, .ctx = b};
    assert_int_equal(pipeline_new(&b->plant, START_MS, OFFSET_MS, &sink, &b->pipeline), 0);
}

static void feed(struct bench *b, int64_t after_ms, double value, quality q)
{
    struct sample s = {.value = value, .quality = q};
    struct reading r = {.count = 1,
                        .time_ms = START_MS + OFFSET_MS + after_ms - 20,
                        .at_ms = START_MS + after_ms,
                        .samples = &s};
    pipeline_input(b->pipeline, &r);
}

static void an_excess_becomes_a_finding_after_its_on_delay(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    bench_start(&b);
    feed(&b, 100, 34, QUALITY_GOOD);
    feed(&b, 1100, 36, QUALITY_GOOD);
    feed(&b, 2100, 40, QUALITY_GOOD);
    feed(&b, 4050, 38, QUALITY_GOOD);
    assert_int_equal(b.count, 0);
    pipeline_tick_to(b.pipeline, START_MS + 5000);
    assert_int_equal(b.count, 1);
    assert_int_equal(b.findings[0].state, FINDING_OPEN);
    assert_int_equal(b.findings[0].start_ms, START_MS + OFFSET_MS + 1080);
    assert_int_equal(b.findings[0].raised_ms, START_MS + OFFSET_MS + 5000);
    assert_true(b.findings[0].worst == 40);
    assert_true(b.findings[0].threshold == 35);
    pipeline_free(b.pipeline);
}

static void a_short_excess_is_no_finding(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    bench_start(&b);
    feed(&b, 1000, 36, QUALITY_GOOD);
    feed(&b, 3000, 35, QUALITY_GOOD);
    pipeline_tick_to(b.pipeline, START_MS + 60000);
    assert_int_equal(b.count, 0);
    pipeline_free(b.pipeline);
}

static void a_finding_closes_below_the_deadband_after_its_off_delay(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    bench_start(&b);
    feed(&b, 1000, 36, QUALITY_GOOD);
    feed(&b, 4000, 37, QUALITY_GOOD);
    assert_int_equal(b.count, 1);
    feed(&b, 6000, 34, QUALITY_GOOD); /* inside the deadband: still open */
    feed(&b, 20000, 33, QUALITY_GOOD);
    feed(&b, 22000, 34, QUALITY_GOOD); /* rose again: the wait begins anew */
    feed(&b, 30000, 30, QUALITY_GOOD);
    pipeline_tick_to(b.pipeline, START_MS + 34000);
    assert_int_equal(b.count, 1);
    pipeline_tick_to(b.pipeline, START_MS + 35000);
    assert_int_equal(b.count, 2);
    assert_int_equal(b.findings[1].state, FINDING_CLOSED);
    assert_int_equal(b.findings[1].end_ms, START_MS + OFFSET_MS + 29980);
    char open_id[FINDING_ID_SIZE];
    char closed_id[FINDING_ID_SIZE];
    assert_string_equal(finding_id(&b.findings[0], open_id), finding_id(&b.findings[1], closed_id));
    pipeline_free(b.pipeline);
}

static void a_sample_without_a_value_is_no_evidence(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    bench_start(&b);
    feed(&b, 1000, 36, QUALITY_GOOD);
    feed(&b, 2000, 0, QUALITY_TIMEOUT);
    pipeline_tick_to(b.pipeline, START_MS + 10000);
    assert_int_equal(b.count, 0); /* the wait for on_delay ended */
    feed(&b, 11000, 36, QUALITY_GOOD);
    feed(&b, 15000, 36, QUALITY_GOOD);
    assert_int_equal(b.count, 1);
    feed(&b, 16000, 10, QUALITY_GOOD);
    feed(&b, 17000, 0, QUALITY_TIMEOUT);
    pipeline_tick_to(b.pipeline, START_MS + 60000);
    assert_int_equal(b.count, 1); /* an open finding stays open */
    feed(&b, 61000, 99, QUALITY_OVER_RANGE);
    assert_int_equal(b.count, 1);
    pipeline_free(b.pipeline);
}

static void a_minimum_works_downwards(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    b.limits[0].has_max = false;
    b.limits[0].has_min = true;
    b.limits[0].min = 760;
    b.limits[0].on_delay_s = 0;
    b.limits[0].off_delay_s = 0;
    bench_start(&b);
    feed(&b, 1000, 759, QUALITY_GOOD);
    feed(&b, 2000, 700, QUALITY_GOOD);
    feed(&b, 3000, 761, QUALITY_GOOD);
    assert_int_equal(b.count, 1);
    feed(&b, 4000, 762, QUALITY_GOOD);
    assert_int_equal(b.count, 2);
    assert_true(b.findings[1].worst == 700);
    pipeline_free(b.pipeline);
}

/* Twenty minutes of a deterministic saw, ticked in three ways. */
static size_t run_saw(struct bench *b, int ticking)
{
    bench_plant(b);
    bench_start(b);
    for (int i = 0; i < 600; i++) {
        int64_t after_ms = 1000 + i * 1997;
        if (ticking == 1)
            pipeline_tick_to(b->pipeline, START_MS + after_ms);
        for (int64_t t = after_ms - 1996; ticking == 2 && t < after_ms; t += 250)
            pipeline_tick_to(b->pipeline, START_MS + t);
        feed(b, after_ms, 20 + (i * 7) % 60 / 2.0 + (i / 100) * 3, QUALITY_GOOD);
    }
    pipeline_tick_to(b->pipeline, START_MS + 1300000);
    pipeline_free(b->pipeline);
    return b->count;
}

static void who_ticks_changes_no_result(void **state)
{
    (void)state;
    static struct bench runs[3];
    for (int i = 0; i < 3; i++)
        assert_true(run_saw(&runs[i], i) > 0);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(runs[i].count, runs[0].count);
        for (size_t n = 0; n < runs[0].count; n++) {
            char storage[2][1024];
            for (int which = 0; which < 2; which++) {
                struct strbuf text;
                strbuf_init_fixed(&text, storage[which], sizeof storage[which]);
                finding_write_members(&runs[which ? i : 0].findings[n], 480, &text);
                assert_false(text.failed);
            }
            assert_string_equal(storage[0], storage[1]);
        }
    }
}

static void an_equal_limit_keeps_its_state_over_a_reload(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    bench_start(&b);
    feed(&b, 1000, 36, QUALITY_GOOD);
    struct plant other = b.plant;
    assert_int_equal(pipeline_reload(b.pipeline, &other, START_MS + 1500), 0);
    feed(&b, 4000, 36, QUALITY_GOOD);
    assert_int_equal(b.count, 1);
    struct plant_limit changed = b.limits[0];
    changed.max = 100;
    changed.digest[0] = 1;
    other.limits = &changed;
    struct plant before = b.plant;
    assert_int_equal(pipeline_reload(b.pipeline, &before, START_MS + 4500), 0);
    assert_int_equal(pipeline_reload(b.pipeline, &other, START_MS + 5000), 0);
    assert_int_equal(b.count, 2);
    assert_string_equal(b.findings[1].reason, "reconfigured");
    pipeline_free(b.pipeline);
}

static void a_vanished_limit_closes_with_reason_configuration(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    bench_start(&b);
    feed(&b, 1000, 36, QUALITY_GOOD);
    feed(&b, 4000, 36, QUALITY_GOOD);
    struct plant other = b.plant;
    other.limit_count = 0;
    assert_int_equal(pipeline_reload(b.pipeline, &other, START_MS + 5000), 0);
    assert_int_equal(b.count, 2);
    assert_string_equal(b.findings[1].reason, "configuration");
    assert_int_equal(b.findings[1].end_ms, START_MS + OFFSET_MS + 5000);
    pipeline_free(b.pipeline);
}

static void a_finding_is_written_as_the_interface_says(void **state)
{
    (void)state;
    struct bench b;
    bench_plant(&b);
    b.limits[0].on_delay_s = 0;
    bench_start(&b);
    feed(&b, 1000, 52.5, QUALITY_GOOD);
    assert_int_equal(b.count, 1);
    char storage[1024];
    struct strbuf text;
    strbuf_init_fixed(&text, storage, sizeof storage);
    finding_write_members(&b.findings[0], 480, &text);
    char id[FINDING_ID_SIZE];
    char expect[1024];
    snprintf(expect, sizeof expect,
             "\"id\":\"%s\",\"kind\":\"limit\",\"site\":\"demo\",\"object\":\"DA001\","
             "\"outlet\":\"DA001\",\"factor\":\"a21026\",\"signal\":\"cems-1.so2\","
             "\"source\":\"permit\",\"state\":\"open\",\"priority\":\"P2\","
             "\"start\":\"1970-01-22T02:00:00.980+08:00\","
             "\"raised\":\"1970-01-22T02:00:01.000+08:00\",\"end\":null,"
             "\"value\":52.5,\"threshold\":35,\"worst\":52.5,"
             "\"zh\":\"DA001超标，自1970-01-22 02:00:00起，二氧化硫实测值52.5，高于限值35，"
             "依据实测数据。\","
             "\"en\":\"exceedance at DA001, sulfur dioxide: 52.5 above 35, since "
             "1970-01-22 02:00:00; measured\"",
             finding_id(&b.findings[0], id));
    assert_string_equal(text.data, expect);
    pipeline_free(b.pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_excess_becomes_a_finding_after_its_on_delay),
        cmocka_unit_test(a_short_excess_is_no_finding),
        cmocka_unit_test(a_finding_closes_below_the_deadband_after_its_off_delay),
        cmocka_unit_test(a_sample_without_a_value_is_no_evidence),
        cmocka_unit_test(a_minimum_works_downwards),
        cmocka_unit_test(who_ticks_changes_no_result),
        cmocka_unit_test(an_equal_limit_keeps_its_state_over_a_reload),
        cmocka_unit_test(a_vanished_limit_closes_with_reason_configuration),
        cmocka_unit_test(a_finding_is_written_as_the_interface_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
