/* Samples for minutes that were told: which days are asked for, when, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pipeline_stand.h"

#include "acq/refine/late.h"

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000, DAY = 86400000, ASKED_MAX = 64 };

static const char *const start_text = "2026-11-24T10:00:00+08:00";
static const char config[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\",\"late_accept_days\":31,\"late_settle_s\":60},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],\"devices\":[{\"id\":\"d\",\"link\":\"l\","
    "\"unit\":1,\"every_ms\":60000,\"phase_ms\":0,\"signals\":{\"so2\":{\"address\":\"40001\"}}}],"
    "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\",\"inputs\":{\"a21026\":{\"signal\":"
    "\"d.so2\"}}}]}]}";

struct late_stand {
    struct stand *s;
    struct reopen asked[ASKED_MAX];
    int64_t at_ms[ASKED_MAX];
    int count;
};

static void on_reopen(void *ctx, const struct reopen *r)
{
    struct late_stand *l = ctx;
    assert_true(l->count < ASKED_MAX);
    l->at_ms[l->count] = pipeline_now(l->s->pipeline).at_ms;
    l->asked[l->count++] = *r;
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

static struct late_stand *begin(void)
{
    struct late_stand *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->s = stand_new(config, instant(start_text), 0);
    const struct machine_sink sink = {
        .on_finding = ignore_finding, .on_mean = ignore_mean, .ctx = l, .on_reopen = on_reopen};
    pipeline_set_sink(l->s->pipeline, &sink);
    return l;
}

static void end(struct late_stand *l)
{
    stand_free(l->s);
    free(l);
}

static void take(struct late_stand *l, int64_t time_ms, int64_t at_ms)
{
    const struct sample sample = {.value = 5};
    pipeline_sample(l->s->pipeline, 0, &sample, instant(start_text) + time_ms,
                    instant(start_text) + at_ms);
}

static void run(struct late_stand *l, int64_t from_ms, int64_t to_ms)
{
    for (int64_t t = from_ms; t < to_ms; t += MINUTE)
        take(l, t, t);
}

static void an_old_day_is_asked_for_once_when_things_have_settled(void **state)
{
    (void)state;
    struct late_stand *l = begin();
    run(l, 0, 10 * MINUTE);
    for (int i = 0; i < 5; i++)
        take(l, -26 * HOUR + i * MINUTE, 10 * MINUTE + i * SECOND);
    run(l, 11 * MINUTE, 15 * MINUTE);
    assert_int_equal(l->count, 1);
    assert_int_equal(l->at_ms[0], instant(start_text) + 10 * MINUTE + 64 * SECOND);
    assert_int_equal(l->asked[0].day_ms, instant("2026-11-23T00:00:00+08:00"));
    assert_int_equal(l->asked[0].until_ms, instant("2026-11-24T00:00:00+08:00"));
    assert_string_equal(l->asked[0].reason, "backfill");
    assert_int_equal(pipeline_get_late(l->s->pipeline).samples, 5);
    end(l);
}

static void the_open_day_is_asked_for_up_to_its_closed_hours_and_once_more_at_its_end(void **state)
{
    (void)state;
    struct late_stand *l = begin();
    run(l, 0, 30 * MINUTE);
    take(l, 10 * MINUTE + SECOND, 30 * MINUTE);
    run(l, 31 * MINUTE, 59 * MINUTE);
    assert_int_equal(l->count, 0); /* its hour is open */
    run(l, 59 * MINUTE, 65 * MINUTE);
    assert_int_equal(l->count, 1);
    assert_string_equal(l->asked[0].reason, "late");
    assert_int_equal(l->asked[0].day_ms, instant("2026-11-24T00:00:00+08:00"));
    assert_int_equal(l->asked[0].until_ms, instant("2026-11-24T11:00:00+08:00"));
    pipeline_reopened(l->s->pipeline, 0, l->asked[0].day_ms, true,
                      instant(start_text) + 65 * MINUTE);
    run(l, 66 * MINUTE, 14 * HOUR + 5 * MINUTE);
    assert_int_equal(l->count, 2);
    assert_int_equal(l->asked[1].until_ms, instant("2026-11-25T00:00:00+08:00"));
    /* The month, when it closes; here with its last day. */
    pipeline_reopened(l->s->pipeline, 0, l->asked[1].day_ms, true,
                      instant(start_text) + 14 * HOUR + 5 * MINUTE);
    run(l, 14 * HOUR + 6 * MINUTE, 6 * (int64_t)DAY + 14 * HOUR + 5 * MINUTE);
    assert_int_equal(l->count, 3);
    assert_int_equal(l->asked[2].day_ms, instant("2026-11-30T00:00:00+08:00"));
    end(l);
}

static void who_does_not_answer_is_asked_again_every_ten_minutes(void **state)
{
    (void)state;
    struct late_stand *l = begin();
    run(l, 0, 5 * MINUTE);
    take(l, -26 * HOUR, 5 * MINUTE);
    run(l, 6 * MINUTE, 27 * MINUTE);
    assert_int_equal(l->count, 3);
    assert_int_equal(l->at_ms[1] - l->at_ms[0], 10 * MINUTE);
    pipeline_reopened(l->s->pipeline, 0, l->asked[0].day_ms, false,
                      instant(start_text) + 27 * MINUTE);
    run(l, 28 * MINUTE, 60 * MINUTE);
    assert_int_equal(l->count, 3);
    assert_int_equal(pipeline_get_late(l->s->pipeline).days, 0);
    end(l);
}

static void what_comes_while_a_day_is_computed_makes_it_due_again(void **state)
{
    (void)state;
    struct late_stand *l = begin();
    run(l, 0, 5 * MINUTE);
    take(l, -26 * HOUR, 5 * MINUTE);
    run(l, 6 * MINUTE, 8 * MINUTE);
    take(l, -26 * HOUR + MINUTE, 8 * MINUTE);
    pipeline_reopened(l->s->pipeline, 0, l->asked[0].day_ms, true,
                      instant(start_text) + 8 * MINUTE);
    run(l, 9 * MINUTE, 12 * MINUTE);
    assert_int_equal(l->count, 2);
    end(l);
}

static void samples_older_than_accepted_and_from_the_future_are_counted(void **state)
{
    (void)state;
    struct late_stand *l = begin();
    run(l, 0, 5 * MINUTE);
    take(l, -31 * (int64_t)DAY, 5 * MINUTE);
    take(l, -30 * (int64_t)DAY, 5 * MINUTE);
    take(l, 8 * MINUTE, 5 * MINUTE);
    run(l, 6 * MINUTE, 9 * MINUTE);
    const struct pipeline_late late = pipeline_get_late(l->s->pipeline);
    assert_int_equal(late.too_old, 1);
    assert_int_equal(late.samples, 1);
    assert_int_equal(late.early, 1);
    assert_int_equal(l->count, 1);
    end(l);
}

struct copy {
    struct pipeline *to;
};

static void restore_one(void *ctx, const struct pipeline_object *o)
{
    assert_int_equal(pipeline_restore(((struct copy *)ctx)->to, o), 0);
}

static void what_is_due_goes_over_a_restart(void **state)
{
    (void)state;
    struct late_stand *l = begin();
    struct late_stand *after = begin();
    run(l, 0, 5 * MINUTE);
    take(l, -26 * HOUR, 5 * MINUTE);
    struct copy c = {after->s->pipeline};
    pipeline_restore_clock(c.to, pipeline_get_clock(l->s->pipeline));
    pipeline_snapshot(l->s->pipeline, restore_one, &c);
    run(after, 6 * MINUTE, 8 * MINUTE);
    assert_int_equal(after->count, 1);
    end(l);
    end(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_day_is_asked_for_once_when_things_have_settled),
        cmocka_unit_test(the_open_day_is_asked_for_up_to_its_closed_hours_and_once_more_at_its_end),
        cmocka_unit_test(who_does_not_answer_is_asked_again_every_ten_minutes),
        cmocka_unit_test(what_comes_while_a_day_is_computed_makes_it_due_again),
        cmocka_unit_test(samples_older_than_accepted_and_from_the_future_are_counted),
        cmocka_unit_test(what_is_due_goes_over_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
