#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acq/record/export.h"
#include "acq/record/means_read.h"
#include "tests/unit/means_support.h"

struct taken {
    size_t count;
    char last[256];
    bool rising;
};

static int on_row(void *ctx, const struct mean_row *row)
{
    struct taken *t = ctx;
    char key[256];
    snprintf(key, sizeof key, "%s %014lld %lld", row->factor, (long long)row->start_ms,
             (long long)row->revision);
    t->rising = t->rising && strcmp(t->last, key) < 0;
    memcpy(t->last, key, sizeof key);
    t->count++;
    return 0;
}

static const struct means_query everything = {.to_ms = INT64_MAX, .all_revisions = true};

static struct means_query of(const char *period)
{
    struct means_query q = everything;
    q.period = period;
    return q;
}

/* All rows, in pages of that many; one page more than needed would say so. */
static size_t read_all(const struct record_bench *b, const struct means_query *q, size_t page,
                       bool *rising)
{
    struct taken t = {.rising = true};
    char at[MEANS_CURSOR_SIZE] = "";
    do {
        char next[MEANS_CURSOR_SIZE];
        size_t before = t.count;
        assert_int_equal(means_read(b->data, q, at, page, on_row, &t, next), 0);
        assert_true(t.count - before <= page);
        assert_true(!*next || t.count - before == page);
        memcpy(at, next, sizeof at);
    } while (*at);
    if (rising)
        *rising = t.rising;
    return t.count;
}

static void begin(struct record_bench *b, unsigned minutes)
{
    record_bench_init(b);
    assert_int_equal(record_bench_open(b), 0);
    means_live(b, minutes);
}

static void pages_of_any_size_give_every_row_once(void **state)
{
    static const size_t sizes[] = {1, 2, 7, 59, 60, 1000000};
    (void)state;
    struct record_bench b;
    bool rising = false;
    begin(&b, 190);
    const struct means_query hours = of("hour");
    const struct means_query minutes = of("minute");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(read_all(&b, &hours, sizes[i], NULL), 4);
        assert_int_equal(read_all(&b, &minutes, sizes[i], &rising), 3 * 190);
        assert_true(rising);
    }
    record_bench_deinit(&b);
}

static void minutes_go_on_over_the_border_of_months(void **state)
{
    (void)state;
    struct record_bench b;
    record_bench_init(&b);
    b.clock.wall_ms += 6 * RECORD_DAY_MS + 15 * means_hour_ms; /* 2026-11-30T23:00Z */
    assert_int_equal(record_bench_open(&b), 0);
    means_live(&b, 120);
    struct means_query q = of("minute");
    assert_int_equal(read_all(&b, &q, 1000, NULL), 3 * 120);
    assert_int_equal(read_all(&b, &q, 11, NULL), 3 * 120);
    q.from_ms = RECORD_START_MS + 6 * RECORD_DAY_MS + 15 * means_hour_ms + 50 * means_minute_ms;
    q.to_ms = q.from_ms + 20 * means_minute_ms;
    assert_int_equal(read_all(&b, &q, 1000, NULL), 3 * 20);
    assert_int_equal(read_all(&b, &q, 1, NULL), 3 * 20);
    q.factor = "a21021";
    assert_int_equal(read_all(&b, &q, 7, NULL), 20);
    record_bench_deinit(&b);
}

static void names_and_times_choose(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b, 190);
    struct means_query q = of("minute");
    q.source = "station";
    assert_int_equal(read_all(&b, &q, 100, NULL), 190);
    q.factor = "a21020";
    assert_int_equal(read_all(&b, &q, 100, NULL), 0);
    q = of("hour");
    q.outlet = "DA001";
    q.from_ms = RECORD_START_MS;
    q.to_ms = RECORD_START_MS + 2 * means_hour_ms;
    assert_int_equal(read_all(&b, &q, 100, NULL), 2);
    q.outlet = "DA002";
    assert_int_equal(read_all(&b, &q, 100, NULL), 0);
    q = of("day");
    assert_int_equal(read_all(&b, &q, 100, NULL), 0);
    record_bench_deinit(&b);
}

static void the_last_revision_or_all_of_them(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b, 190);
    for (unsigned revision = 1; revision < 4; revision++) {
        means_tell(&b, "hour", 0, RECORD_START_MS, revision);
        means_tell(&b, "minute", 1, RECORD_START_MS + 7 * means_minute_ms, revision);
    }
    record_bench_commit(&b);
    struct means_query q = of("hour");
    assert_int_equal(read_all(&b, &q, 2, NULL), 4 + 3);
    q.all_revisions = false;
    assert_int_equal(read_all(&b, &q, 2, NULL), 4);
    q.period = "minute";
    assert_int_equal(read_all(&b, &q, 13, NULL), 3 * 190);
    q.all_revisions = true;
    assert_int_equal(read_all(&b, &q, 13, NULL), 3 * 190 + 3);
    struct taken t = {.rising = true};
    char next[MEANS_CURSOR_SIZE];
    q.all_revisions = false;
    q.factor = "a21021";
    q.from_ms = RECORD_START_MS + 7 * means_minute_ms;
    q.to_ms = q.from_ms + 1;
    assert_int_equal(means_read(b.data, &q, "", 10, on_row, &t, next), 0);
    assert_int_equal(t.count, 1);
    assert_non_null(strstr(t.last, " 3"));
    record_bench_deinit(&b);
}

static void what_cannot_be_read_is_refused(void **state)
{
    static const char *const cursors[] = {"x",       "1",      "1.2",  "1.2.3.4",       "0.1.1",
                                          "-1.2.3",  "1.2.3 ", "1..3", "2026-11.1.2.3", "1.2.x",
                                          "1.2.3\n", "99999x", "."};
    (void)state;
    struct record_bench b;
    struct taken t = {.rising = true};
    char next[MEANS_CURSOR_SIZE];
    begin(&b, 3);
    struct means_query q = of("hour");
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++)
        assert_int_equal(means_read(b.data, &q, cursors[i], 1, on_row, &t, next), PW_ESYNTAX);
    q.period = "minute";
    assert_int_equal(means_read(b.data, &q, "1.2.3", 1, on_row, &t, next), PW_ESYNTAX);
    assert_int_equal(means_read(b.data, &q, "2026-11.1.2", 1, on_row, &t, next), PW_ESYNTAX);
    q.period = "fortnight";
    assert_int_equal(means_read(b.data, &q, "", 1, on_row, &t, next), PW_ENOTFOUND);
    q.period = "hour";
    assert_int_equal(means_read(b.root, &q, "", 1, on_row, &t, next), PW_ENOTFOUND);
    record_bench_deinit(&b);
}

static char *export_text(const struct record_bench *b, struct export_options o)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    o.data_dir = b->data;
    o.to_ms = INT64_MAX;
    assert_int_equal(record_export(&o, f), 0);
    fclose(f);
    return text;
}

static void an_export_out_of_sqlite_says_what_was_told(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b, 62);
    struct export_options o = {.what = EXPORT_MEANS, .format = EXPORT_JSONL, .period = "hour"};
    char *kept = export_text(&b, o);
    o.what = EXPORT_TOLD;
    char *told = export_text(&b, o);
    assert_string_equal(kept, told);
    assert_non_null(strstr(kept, "\"period\":\"hour\",\"site\":\"demo\",\"outlet\":\"DA001\","
                                 "\"factor\":\"a21020\",\"source\":\"own\",\"revision\":0,"
                                 "\"start\":\"2026-11-24T07:00:00.000Z\",\"avg\":2"));
    assert_non_null(strstr(kept, "\"corrected_max\":33.75,\"cou\":11.5,\"flag\":\"N\","
                                 "\"valid\":true,\"parts\":24,\"good\":20}\n"));
    free(kept);
    free(told);
    o = (struct export_options){
        .what = EXPORT_MEANS, .format = EXPORT_CSV, .period = "minute", .factor = "a21022"};
    means_tell(&b, "minute", 2, RECORD_START_MS, 1);
    record_bench_commit(&b);
    kept = export_text(&b, o);
    assert_memory_equal(kept, "period,site,outlet,factor,source,revision,start,avg,", 51);
    assert_non_null(strstr(kept, ",19.5,31.25,true,24,22,"));
    assert_non_null(strstr(kept, ",N,,late-data,\n"));
    size_t rows = 0;
    for (const char *at = kept; (at = strchr(at, '\n')); at++)
        rows++;
    assert_int_equal(rows, 1 + 62 + 1);
    free(kept);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_any_size_give_every_row_once),
        cmocka_unit_test(minutes_go_on_over_the_border_of_months),
        cmocka_unit_test(names_and_times_choose),
        cmocka_unit_test(the_last_revision_or_all_of_them),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(an_export_out_of_sqlite_says_what_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
