/* The clock steps while the plant runs: plant time and the pipeline together, a second at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/plant_time.h"
#include "acq/detect/finding.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"

#include <string.h>

enum { KEPT_MAX = 4096 };

static const int64_t start_ms = 1795507200000; /* 2026-11-24T08:00:00Z, 16:00 in Shanghai */

struct kept_mean {
    enum mean_period period;
    int64_t start_ms;
    uint32_t good, revision;
};

struct stand {
    struct plant plant;
    struct plant_device device;
    struct plant_signal signal;
    struct plant_site site;
    struct plant_outlet outlet;
    struct plant_input input;
    uint32_t plain; /* the one input is plain: index 0 */
    struct manual_clock wall;
    struct plant_time time;
    struct pipeline *pipeline;
    struct kept_mean means[KEPT_MAX];
    size_t mean_count;
    unsigned clock_findings;
    int64_t withdrawn_from_ms, withdrawn_to_ms;
};

static struct stand g_stand; /* too large for a stack */

static void on_finding(void *ctx, const struct finding *f)
{
    struct stand *s = ctx;
    if (strcmp(f->kind, "system") != 0 || strcmp(f->part, "clock") != 0)
        return;
    s->clock_findings++;
    s->withdrawn_from_ms = f->start_ms;
    s->withdrawn_to_ms = f->end_ms;
}

static void on_mean(void *ctx, const struct mean *m)
{
    struct stand *s = ctx;
    assert_true(s->mean_count < KEPT_MAX);
    s->means[s->mean_count++] = (struct kept_mean){m->period, m->start_ms, m->good, m->revision};
}

static struct stand *set_up(void)
{
    struct stand *s = &g_stand;
    memset(s, 0, sizeof *s);
    s->device = (struct plant_device){.id = "cems", .signal_count = 1, .every_ms = 1000};
    s->signal = (struct plant_signal){.id = "so2"};
    s->site = (struct plant_site){.id = "demo"};
    s->outlet = (struct plant_outlet){.id = "DA001", .input_count = 1};
    s->input = (struct plant_input){.id = "DA001/a21026", .factor = "a21026"};
    s->plant = (struct plant){.devices = &s->device,
                              .signals = &s->signal,
                              .sites = &s->site,
                              .outlets = &s->outlet,
                              .inputs = &s->input,
                              .plain = &s->plain,
                              .plain_count = 1,
                              .device_count = 1,
                              .signal_count = 1,
                              .site_count = 1,
                              .outlet_count = 1,
                              .input_count = 1};
    s->plant.server.zone_offset_min = 480;
    manual_clock_init(&s->wall, start_ms);
    plant_time_init(&s->time, &s->wall.clock, 0);
    struct machine_sink sink = {.on_finding = on_finding, .on_mean = on_mean, .ctx = s};
    assert_int_equal(
        pipeline_new(&s->plant, plant_time_at_ms(&s->time), s->time.offset_ms, &sink, &s->pipeline),
        0);
    return s;
}

/* What the server does once a second, and a reading that was due at the full second. */
static void run_seconds(struct stand *s, int count)
{
    for (int i = 0; i < count; i++) {
        manual_clock_advance(&s->wall, 1000);
        int64_t at_ms = plant_time_at_ms(&s->time);
        if (plant_time_follow(&s->time))
            pipeline_set_offset(s->pipeline, at_ms, s->time.offset_ms);
        struct sample sample = {.value = 20};
        struct reading r = {.count = 1,
                            .time_ms = plant_time_utc_ms(&s->time, at_ms),
                            .at_ms = at_ms,
                            .samples = &sample};
        pipeline_input(s->pipeline, &r);
    }
}

static const struct kept_mean *find_mean(const struct stand *s, enum mean_period period,
                                         int64_t at_ms, uint32_t revision)
{
    const struct kept_mean *found = NULL;
    for (size_t i = 0; i < s->mean_count; i++) {
        const struct kept_mean *m = &s->means[i];
        if (m->period != period || m->start_ms != at_ms || m->revision != revision)
            continue;
        assert_null(found); /* nothing is told twice under one revision */
        found = m;
    }
    return found;
}

static void a_forward_step_leaves_a_gap(void **state)
{
    (void)state;
    struct stand *s = set_up();
    run_seconds(s, 600);
    s->wall.wall_ms += 3600000;
    run_seconds(s, 600);
    assert_int_equal(s->clock_findings, 0);
    const struct kept_mean *before = find_mean(s, MEAN_MINUTE, start_ms + 8 * 60000, 0);
    const struct kept_mean *gap = find_mean(s, MEAN_MINUTE, start_ms + 40 * 60000, 0);
    const struct kept_mean *after = find_mean(s, MEAN_MINUTE, start_ms + 75 * 60000, 0);
    assert_int_equal(before->good, 60);
    assert_int_equal(gap->good, 0);
    assert_int_equal(after->good, 60);
    assert_non_null(find_mean(s, MEAN_HOUR, start_ms, 0));
    pipeline_free(s->pipeline);
}

static void a_small_step_back_is_slewed_without_a_word(void **state)
{
    (void)state;
    struct stand *s = set_up();
    run_seconds(s, 600);
    s->wall.wall_ms -= 3000;
    run_seconds(s, 600);
    assert_int_equal(s->clock_findings, 0);
    assert_true(plant_time_utc_ms(&s->time, plant_time_at_ms(&s->time)) == s->wall.wall_ms);
    uint32_t good = 0;
    for (int minute = 1; minute < 19; minute++) {
        const struct kept_mean *m = find_mean(s, MEAN_MINUTE, start_ms + minute * 60000, 0);
        assert_non_null(m);
        good += m->good;
    }
    assert_in_range(good, 18 * 60, 18 * 60 + 4);
    pipeline_free(s->pipeline);
}

static void a_large_step_back_withdraws_and_tells_revisions(void **state)
{
    (void)state;
    struct stand *s = set_up();
    run_seconds(s, 2 * 3600);
    int64_t from_ms = s->wall.wall_ms;
    s->wall.wall_ms -= 3600000;
    run_seconds(s, 3600 + 600);
    assert_int_equal(s->clock_findings, 1);
    assert_true(s->withdrawn_to_ms - s->withdrawn_from_ms == 3600000);
    assert_true(s->withdrawn_to_ms >= from_ms && s->withdrawn_to_ms <= from_ms + 1000);
    /* A minute that came once, one that came again, one that only came after. */
    assert_non_null(find_mean(s, MEAN_MINUTE, start_ms + 30 * 60000, 0));
    assert_null(find_mean(s, MEAN_MINUTE, start_ms + 30 * 60000, 1));
    assert_non_null(find_mean(s, MEAN_MINUTE, start_ms + 90 * 60000, 0));
    assert_int_equal(find_mean(s, MEAN_MINUTE, start_ms + 90 * 60000, 1)->good, 60);
    assert_int_equal(find_mean(s, MEAN_MINUTE, start_ms + 125 * 60000, 0)->good, 60);
    assert_int_equal(find_mean(s, MEAN_HOUR, start_ms + 3600000, 1)->good, 60);
    pipeline_free(s->pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forward_step_leaves_a_gap),
        cmocka_unit_test(a_small_step_back_is_slewed_without_a_word),
        cmocka_unit_test(a_large_step_back_withdraws_and_tells_revisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
