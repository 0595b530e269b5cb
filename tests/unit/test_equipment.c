/* Run states from power: thresholds, hysteresis, hold, silence; who is told, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/detect/object_state.h"
#include "tests/unit/pipeline_stand.h"

#include <math.h>
#include <stdio.h>

static const char config[] =
    "{\"plumewatch\":1,\"server\":{\"timezone\":\"UTC\"},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"
    "\"devices\":[{\"id\":\"m\",\"link\":\"l\",\"unit\":1,\"signals\":{"
    "\"kw\":{\"table\":\"holding\",\"address\":0,\"unit\":\"kW\"},"
    "\"w\":{\"table\":\"holding\",\"address\":1,\"unit\":\"W\"}}}],"
    "\"sites\":[{\"id\":\"s\",\"equipment\":["
    "{\"id\":\"line\",\"kind\":\"production\",\"power\":\"m.kw\",\"rated_kw\":200},"
    "{\"id\":\"fan\",\"kind\":\"treatment\",\"power\":\"m.w\",\"rated_kw\":10,\"serves\":[\"line\"]"
    "}"
    "]}]}";

enum { AT_MS = 1000000, OFFSET_MS = 800000000, TOLD_MAX = 512 };

struct told {
    char object[16];
    enum object_code code;
    char word[16];
    double power_kw;
    int64_t time_ms, since_ms;
};

struct watch {
    struct stand *stand;
    struct told told[TOLD_MAX];
    size_t count;
    int64_t at_ms;
};

static void on_state(void *ctx, const struct object_state *s)
{
    struct watch *w = ctx;
    assert_true(w->count < TOLD_MAX);
    struct told *t = &w->told[w->count++];
    snprintf(t->object, sizeof t->object, "%s", s->object);
    snprintf(t->word, sizeof t->word, "%s", s->word);
    t->code = s->code;
    t->power_kw = s->power_kw;
    t->time_ms = s->time_ms;
    t->since_ms = s->since_ms;
}

static void ignore_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

static void ignore_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

static int set_up(void **state)
{
    static struct watch watch;
    watch = (struct watch){.stand = stand_new(config, AT_MS, OFFSET_MS), .at_ms = AT_MS};
    const struct machine_sink sink = {
        .on_finding = ignore_finding, .on_mean = ignore_mean, .ctx = &watch, .on_state = on_state};
    pipeline_set_sink(watch.stand->pipeline, &sink);
    *state = &watch;
    return 0;
}

static int tear_down(void **state)
{
    struct watch *w = *state;
    stand_free(w->stand);
    return 0;
}

/* One value a second for so long. */
static void run(struct watch *w, uint32_t signal, double value, quality q, unsigned seconds)
{
    const struct sample s = {.value = value, .quality = q};
    for (unsigned i = 0; i < seconds; i++) {
        w->at_ms += 1000;
        pipeline_sample(w->stand->pipeline, signal, &s, w->at_ms + OFFSET_MS, w->at_ms);
    }
}

static const struct told *last(const struct watch *w, const char *object)
{
    for (size_t i = w->count; i-- > 0;)
        if (strcmp(w->told[i].object, object) == 0)
            return &w->told[i];
    return NULL;
}

static void expect(const struct watch *w, const char *object, const char *word,
                   enum object_code code)
{
    const struct told *t = last(w, object);
    assert_non_null(t);
    assert_string_equal(t->word, word);
    assert_int_equal(t->code, code);
}

static void the_first_reading_is_a_state_at_once(void **state)
{
    struct watch *w = *state;
    run(w, 0, 160, QUALITY_GOOD, 1);
    expect(w, "line", "run", OBJECT_ON);
    assert_true(last(w, "line")->power_kw == 160);
    run(w, 1, 400, QUALITY_GOOD, 1);
    expect(w, "fan", "off", OBJECT_OFF);
    assert_true(fabs(last(w, "fan")->power_kw - 0.4) < 1e-12);
}

static void a_state_counts_once_it_has_lasted_its_hold(void **state)
{
    struct watch *w = *state;
    run(w, 0, 160, QUALITY_GOOD, 10);
    run(w, 0, 4, QUALITY_GOOD, 60);
    expect(w, "line", "run", OBJECT_ON);
    int64_t began_ms = w->at_ms + OFFSET_MS - 59000;
    run(w, 0, 4, QUALITY_GOOD, 1);
    expect(w, "line", "off", OBJECT_OFF);
    assert_int_equal(last(w, "line")->since_ms, began_ms);
}

static void what_runs_is_idle_only_below_the_lower_bound(void **state)
{
    struct watch *w = *state;
    run(w, 0, 30, QUALITY_GOOD, 1); /* 15 % */
    expect(w, "line", "run", OBJECT_ON);
    run(w, 0, 20, QUALITY_GOOD, 200); /* 10 % */
    expect(w, "line", "run", OBJECT_ON);
    run(w, 0, 19.9, QUALITY_GOOD, 61);
    expect(w, "line", "idle", OBJECT_MOVING);
    run(w, 0, 29.9, QUALITY_GOOD, 200);
    expect(w, "line", "idle", OBJECT_MOVING);
    run(w, 0, 10, QUALITY_GOOD, 200); /* 5 % */
    expect(w, "line", "idle", OBJECT_MOVING);
    run(w, 0, 9.9, QUALITY_GOOD, 61);
    expect(w, "line", "off", OBJECT_OFF);
}

static void a_dip_shorter_than_the_hold_is_nothing(void **state)
{
    struct watch *w = *state;
    run(w, 0, 160, QUALITY_GOOD, 1);
    size_t before = w->count;
    for (int i = 0; i < 3; i++) {
        run(w, 0, 0, QUALITY_GOOD, 30);
        run(w, 0, 160, QUALITY_GOOD, 1);
    }
    for (size_t i = before; i < w->count; i++)
        if (strcmp(w->told[i].object, "line") == 0)
            assert_string_equal(w->told[i].word, "run");
}

static void silence_is_offline_and_never_off(void **state)
{
    struct watch *w = *state;
    run(w, 0, 160, QUALITY_GOOD, 1);
    run(w, 0, 0, QUALITY_TIMEOUT, 299);
    expect(w, "line", "run", OBJECT_ON);
    run(w, 0, 0, QUALITY_TIMEOUT, 1);
    expect(w, "line", "offline", OBJECT_UNKNOWN);
    assert_true(isnan(last(w, "line")->power_kw));
    run(w, 0, 160, QUALITY_GOOD, 1);
    expect(w, "line", "run", OBJECT_ON);
}

static void a_state_is_told_on_every_whole_minute(void **state)
{
    struct watch *w = *state;
    run(w, 0, 160, QUALITY_GOOD, 600);
    size_t minutes = 0;
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->told[i].object, "line") == 0 && strcmp(w->told[i].word, "run") == 0)
            minutes += w->told[i].time_ms % 60000 == 0;
    assert_in_range(minutes, 10, 11);
    pipeline_tick_to(w->stand->pipeline, w->at_ms + 60000);
    assert_int_equal(last(w, "fan")->time_ms % 60000, 0);
}

static void a_reload_that_changes_nothing_keeps_the_state(void **state)
{
    struct watch *w = *state;
    run(w, 0, 160, QUALITY_GOOD, 5);
    struct plant *same = stand_load(config);
    int64_t since_ms = last(w, "line")->since_ms;
    assert_int_equal(pipeline_reload(w->stand->pipeline, same, w->at_ms), 0);
    plant_free(w->stand->plant);
    w->stand->plant = same;
    w->count = 0;
    pipeline_tick_to(w->stand->pipeline, w->at_ms + 61000);
    expect(w, "line", "run", OBJECT_ON);
    assert_int_equal(last(w, "line")->since_ms, since_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_reading_is_a_state_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_counts_once_it_has_lasted_its_hold, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_runs_is_idle_only_below_the_lower_bound, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dip_shorter_than_the_hold_is_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_is_offline_and_never_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_is_told_on_every_whole_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_that_changes_nothing_keeps_the_state, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
