/* Marks that do not fit what is measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/declaration.h"

#include "tests/unit/quantity_stand.h"

static const char *const start_text = "2026-11-24T01:00:00+08:00";

#define CHECKS                                                                                     \
    "\"stop_flow_max_m3h\":1000,\"stop_temperature_max\":60,\"stop_o2_min\":19," STACK_USUAL

static int64_t minute(int m)
{
    return instant(start_text) + m * MINUTE;
}

static struct stack *begin(const char *outlet)
{
    return stack_new(5000, outlet, instant(start_text));
}

static void run(struct stack *s, int from_min, int to_min)
{
    stack_run(s, minute(from_min), (to_min - from_min) * MINUTE);
    pipeline_tick_to(s->pipeline, minute(to_min));
}

static void mark(struct stack *s, const char *mark_class, const char *kind, int from_min,
                 int to_min, int at_min)
{
    struct declaration d;
    memset(&d, 0, sizeof d);
    d.kind = DECLARATION_MARK;
    snprintf(d.object, sizeof d.object, "DA001");
    snprintf(d.word, sizeof d.word, "%s", mark_class);
    snprintf(d.mark_kind, sizeof d.mark_kind, "%s", kind);
    d.start_ms = minute(from_min);
    d.end_ms = to_min == INT32_MAX ? INT64_MAX : minute(to_min);
    declaration_make_id(&d);
    assert_int_equal(pipeline_declare(s->pipeline, &d, minute(at_min)), 0);
}

static void set_stopped(struct stack *s)
{
    s->samples[STACK_V].value = 0;
    s->samples[STACK_T].value = 30;
    s->samples[STACK_O2].value = 20.9;
}

static void a_stopped_source_that_runs_is_found_by_each_sign(void **state)
{
    (void)state;
    static const struct {
        int signal;
        double value;
        const char *part;
        double threshold;
    } cases[] = {{STACK_V, 14, "flow", 1000},
                 {STACK_T, 120, "temperature", 60},
                 {STACK_O2, 9, "oxygen", 19}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stack *s = begin(CHECKS);
        set_stopped(s);
        run(s, 0, 1);
        mark(s, "production", "stop", 0, INT32_MAX, 1);
        run(s, 1, 10);
        assert_int_equal(s->finding_count, 0);
        s->samples[cases[i].signal].value = cases[i].value;
        run(s, 10, 15);
        assert_int_equal(s->finding_count, 0);
        run(s, 15, 16);
        assert_int_equal(s->finding_count, 1);
        const struct finding *f = &s->findings[0];
        assert_string_equal(f->kind, "integrity");
        assert_string_equal(f->test, "false-mark");
        assert_string_equal(f->part, cases[i].part);
        assert_string_equal(f->class_word, "stop-while-running");
        assert_int_equal(f->start_ms, minute(10));
        set_stopped(s);
        run(s, 16, 17);
        assert_int_equal(s->finding_count, 2);
        assert_int_equal(s->findings[1].state, FINDING_CLOSED);
        assert_int_equal(s->findings[1].end_ms, minute(16));
        stack_free(s);
    }
}

static void a_source_that_runs_unmarked_is_no_finding(void **state)
{
    (void)state;
    struct stack *s = begin(CHECKS);
    run(s, 0, 20);
    mark(s, "production", "start-up", 20, 60, 20);
    mark(s, "maintenance", "calibration", 20, 60, 20);
    run(s, 20, 60);
    assert_int_equal(s->finding_count, 0);
    stack_free(s);
}

static void withdrawing_the_mark_ends_the_contradiction(void **state)
{
    (void)state;
    struct stack *s = begin(CHECKS);
    s->samples[STACK_T].value = 30;
    s->samples[STACK_O2].value = 20.9;
    run(s, 0, 1);
    mark(s, "stop", "", 1, INT32_MAX, 1);
    run(s, 1, 8);
    assert_int_equal(s->finding_count, 1);
    const struct declarations *all = pipeline_declared(s->pipeline);
    assert_int_equal(pipeline_withdraw(s->pipeline, all->items[0].id, minute(8)), 0);
    run(s, 8, 9);
    assert_int_equal(s->finding_count, 2);
    assert_int_equal(s->findings[1].state, FINDING_CLOSED);
    stack_free(s);
}

static void without_bounds_nothing_is_tested(void **state)
{
    (void)state;
    struct stack *s = begin(STACK_USUAL);
    mark(s, "production", "stop", 0, INT32_MAX, 0);
    run(s, 0, 20);
    assert_int_equal(s->finding_count, 0);
    stack_free(s);
}

/* STACK_WORD is the station's door. */
static void maintenance_without_anybody_at_work_is_a_hint(void **state)
{
    (void)state;
    for (int door = 0; door < 2; door++) {
        struct stack *s = begin("\"service_signals\":[\"d.word\"]," STACK_USUAL);
        run(s, 0, 40);
        mark(s, "maintenance", "calibration", 40, 60, 40);
        run(s, 40, 50);
        s->samples[STACK_WORD].value = door;
        run(s, 50, 51);
        s->samples[STACK_WORD].value = 0;
        run(s, 51, 70);
        assert_int_equal(s->finding_count, 0);
        run(s, 70, 72);
        assert_int_equal(s->finding_count, door ? 0 : 2);
        if (!door) {
            assert_string_equal(s->findings[0].part, "service");
            assert_string_equal(s->findings[0].class_word, "no-service-record");
            assert_int_equal(s->findings[0].start_ms, minute(40));
            assert_int_equal(s->findings[1].state, FINDING_CLOSED);
        }
        stack_free(s);
    }
}

static void a_mark_a_day_after_its_end_is_late(void **state)
{
    (void)state;
    struct stack *s = begin(STACK_USUAL);
    run(s, 0, 5);
    mark(s, "maintenance", "", -1440 - 60, -1440 + 5, 5);
    run(s, 5, 7);
    assert_int_equal(s->finding_count, 0);
    mark(s, "maintenance", "", -1440 - 30, -1440 + 5, 7);
    run(s, 7, 9);
    assert_int_equal(s->finding_count, 2);
    assert_string_equal(s->findings[0].part, "late");
    assert_string_equal(s->findings[0].class_word, "late");
    run(s, 9, 20);
    assert_int_equal(s->finding_count, 2);
    stack_free(s);
}

/* What marks are told of; the limit has findings of its own. */
static int count_hints(const struct stack *s)
{
    int count = 0;
    for (size_t i = 0; i < s->finding_count; i++)
        count += s->findings[i].test && strcmp(s->findings[i].test, "false-mark") == 0 &&
                 strcmp(s->findings[i].part, "exceedance") == 0;
    return count;
}

/* 28 mg/m3 at 9 % oxygen are 35 corrected. */
static void a_mark_that_begins_at_an_exceedance_is_a_hint(void **state)
{
    (void)state;
    static const char outlet[] =
        STACK_USUAL ",\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\",\"max\":50}]";
    for (int beyond = 0; beyond < 2; beyond++) {
        struct stack *s = begin(outlet);
        s->samples[STACK_SO2].value = beyond ? 60 : 28;
        run(s, 0, 10);
        s->samples[STACK_SO2].value = 28;
        run(s, 10, 20);
        mark(s, "maintenance", "fault", 20, 40, 20);
        run(s, 20, 22);
        assert_int_equal(count_hints(s), beyond ? 2 : 0);
        mark(s, "maintenance", "fault", 50, 59, 22);
        run(s, 22, 59);
        assert_int_equal(count_hints(s), beyond ? 2 : 0);
        stack_free(s);
    }
}

static void both_languages_say_what_it_is(void **state)
{
    (void)state;
    struct stack *s = begin(CHECKS);
    mark(s, "production", "stop", 0, INT32_MAX, 0);
    run(s, 0, 6);
    assert_true(s->finding_count > 0);
    struct finding f = s->findings[0];
    f.evidence_count = 0;
    struct strbuf text;
    strbuf_init(&text, 4096);
    finding_write_chinese(&f, 480, &text);
    assert_non_null(strstr(strbuf_text(&text), "标记与监测情况不符"));
    assert_non_null(strstr(strbuf_text(&text), "标记停产而监测显示仍在运行"));
    strbuf_reset(&text);
    finding_write_english(&f, 480, &text);
    assert_non_null(strstr(strbuf_text(&text), "marked as stopped while it runs"));
    strbuf_deinit(&text);
    stack_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_source_that_runs_is_found_by_each_sign),
        cmocka_unit_test(a_source_that_runs_unmarked_is_no_finding),
        cmocka_unit_test(withdrawing_the_mark_ends_the_contradiction),
        cmocka_unit_test(without_bounds_nothing_is_tested),
        cmocka_unit_test(maintenance_without_anybody_at_work_is_a_hint),
        cmocka_unit_test(a_mark_a_day_after_its_end_is_late),
        cmocka_unit_test(a_mark_that_begins_at_an_exceedance_is_a_hint),
        cmocka_unit_test(both_languages_say_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
