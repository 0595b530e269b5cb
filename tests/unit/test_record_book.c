/* The books and marks in SQLite and in an export. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acq/record/export.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

/* 2026-11-23T16:00:00Z: the 24th begins here. */
#define DAY "1795449600000"

static const char hour_line[] =
    "total,factor=a21026,outlet=DA001,period=hour,site=demo hours=1i,stopped=0i,due=1i,received=1i,"
    "valid=0i,outside=1i,received_rate=1,cou=0,cou_substituted=11.5,substituted_hours=1i,"
    "missing_hours=0i,method=\"max-180\",short_history=true,capture=0.95,start=" DAY
    "i,closed=true,revision=0i " DAY;
static const char year_line[] =
    "total,factor=a21026,outlet=DA001,period=year,site=demo hours=24i,stopped=0i,due=24i,"
    "received=23i,valid=22i,outside=0i,received_rate=0.9583333333333334,"
    "valid_rate=0.9565217391304348,effective_rate=0.9166666666666667,judged=22i,compliant=11i,"
    "compliance_rate=0.5,cou=240.5,cou_substituted=21,substituted_hours=2i,missing_hours=0i,"
    "method=\"max-180\",capture=0.9,permit=1000,used=0.2615,exhausted=1796054400000i,start=" DAY
    "i,closed=false,revision=0i " DAY;
static const char rate_line[] =
    "rate,object=rto,period=day,site=demo,what=run rate=0.75,part=360,whole=480,due=1440i,"
    "known=1440i,starts=2i,on_time=1i,start=" DAY "i,closed=true,revision=0i " DAY;
static const char mark_members[] =
    "\"id\":\"0123456789abcdef\",\"kind\":\"mark\",\"object\":\"DA001\",\"class\":\"production\","
    "\"mark_kind\":\"stop\",\"start\":\"2026-11-24T00:00:00.000Z\",\"end\":null,\"reason\":\"r\","
    "\"who\":\"uid 0\",\"late\":true";

static void add_all(struct record_bench *b)
{
    int64_t start_ms = strtoll(DAY, NULL, 10);
    record_bench_init(b);
    assert_int_equal(record_bench_open(b), 0);
    assert_int_equal(recorder_add_derived(b->recorder, hour_line, strlen(hour_line), start_ms), 0);
    assert_int_equal(recorder_add_derived(b->recorder, year_line, strlen(year_line), start_ms), 0);
    assert_int_equal(recorder_add_derived(b->recorder, rate_line, strlen(rate_line), start_ms), 0);
    assert_int_equal(
        recorder_add_journal(b->recorder, "declare", record_bench_at(b), mark_members, true), 0);
    assert_int_equal(recorder_add_journal(b->recorder, "withdraw", record_bench_at(b),
                                          "\"id\":\"0123456789abcdef\"", true),
                     0);
    record_bench_commit(b);
    record_bench_close(b);
}

static char *export_text(const struct record_bench *b, enum export_what what,
                         enum export_format format)
{
    const struct export_options o = {.data_dir = b->data,
                                     .what = what,
                                     .to_ms = INT64_MAX,
                                     .format = format,
                                     .zone_offset_min = 480};
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(record_export(&o, f), 0);
    fclose(f);
    return text;
}

static void says(const struct record_bench *b, enum export_what what, enum export_format format,
                 const char *expected)
{
    char *text = export_text(b, what, format);
    if (!strstr(text, expected))
        fail_msg("%s\nis not in\n%s", expected, text);
    free(text);
}

static void totals_are_exported_as_a_replay_says_them(void **state)
{
    (void)state;
    struct record_bench b;
    add_all(&b);
    says(&b, EXPORT_TOTALS, EXPORT_JSONL,
         "{\"type\":\"total\",\"period\":\"hour\",\"site\":\"demo\",\"outlet\":\"DA001\","
         "\"factor\":\"a21026\",\"revision\":0,\"start\":\"2026-11-24T00:00:00.000+08:00\","
         "\"until\":\"2026-11-24T01:00:00.000+08:00\",\"closed\":true,\"hours\":1,\"stopped\":0,"
         "\"due\":1,\"received\":1,\"valid\":0,\"outside\":1,\"received_rate\":1,"
         "\"valid_rate\":null,\"effective_rate\":null,\"cou\":0,\"cou_substituted\":11.5,"
         "\"substituted_hours\":1,\"missing_hours\":0,\"method\":\"max-180\","
         "\"short_history\":true,\"capture\":0.95}\n");
    says(&b, EXPORT_TOTALS, EXPORT_JSONL,
         "\"judged\":22,\"compliant\":11,\"compliance_rate\":0.5,\"cou\":240.5,"
         "\"cou_substituted\":21,\"substituted_hours\":2,\"missing_hours\":0,"
         "\"method\":\"max-180\",\"capture\":0.9,\"permit\":1000,\"used\":0.2615,"
         "\"exhausted\":\"2026-12-01T00:00:00.000+08:00\"}\n");
    says(&b, EXPORT_TOTALS, EXPORT_CSV,
         "\nhour,demo,DA001,a21026,0,2026-11-24T00:00:00.000+08:00,2026-11-24T01:00:00.000+08:00,"
         "true,1,0,1,1,0,1,1,,,,,,0,11.5,1,0,max-180,true,0.95,,,,\n");
    record_bench_deinit(&b);
}

static void rates_are_exported_as_a_replay_says_them(void **state)
{
    (void)state;
    struct record_bench b;
    add_all(&b);
    says(&b, EXPORT_RATES, EXPORT_JSONL,
         "{\"type\":\"rate\",\"what\":\"run\",\"period\":\"day\",\"site\":\"demo\","
         "\"object\":\"rto\",\"factor\":\"\",\"revision\":0,"
         "\"start\":\"2026-11-24T00:00:00.000+08:00\",\"until\":\"2026-11-25T00:00:00.000+08:00\","
         "\"closed\":true,\"rate\":0.75,\"part\":360,\"whole\":480,\"due\":1440,\"known\":1440,"
         "\"starts\":2,\"on_time\":1}\n");
    says(&b, EXPORT_RATES, EXPORT_CSV,
         "\nrun,day,demo,rto,,0,2026-11-24T00:00:00.000+08:00,2026-11-25T00:00:00.000+08:00,true,"
         "0.75,360,480,1440,1440,2,1\n");
    record_bench_deinit(&b);
}

static void expect_number(sqlite3 *db, const char *sql, double expected)
{
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    if (sqlite3_column_double(s, 0) != expected)
        fail_msg("%s: %g is not %g", sql, sqlite3_column_double(s, 0), expected);
    sqlite3_finalize(s);
}

static void sqlite_has_rates_and_what_outlets_and_sites_transmit(void **state)
{
    (void)state;
    struct record_bench b;
    char path[700];
    sqlite3 *db = NULL;
    add_all(&b);
    snprintf(path, sizeof path, "%s/plumewatch.db", b.data);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    expect_number(db, "SELECT rate FROM rate WHERE object = 'rto' AND what = 'run'", 0.75);
    expect_number(db, "SELECT on_time FROM rate", 1);
    expect_number(db, "SELECT until_ms - start_ms FROM rate", 86400000);
    expect_number(db, "SELECT judged - compliant FROM total WHERE period = 'year'", 11);
    expect_number(db, "SELECT count(*) FROM total WHERE period = 'hour' AND judged IS NULL", 1);
    expect_number(db, "SELECT valid FROM transmission WHERE outlet = 'DA001'", 22);
    expect_number(db, "SELECT received FROM transmission WHERE site = 'demo' AND outlet = ''", 23);
    sqlite3_close(db);
    record_bench_deinit(&b);
}

static void marks_are_exported_with_what_became_of_them(void **state)
{
    (void)state;
    struct record_bench b;
    add_all(&b);
    says(&b, EXPORT_MARKS, EXPORT_JSONL, "{\"type\":\"mark\",\"id\":\"0123456789abcdef\"");
    says(&b, EXPORT_MARKS, EXPORT_JSONL, ",\"withdrawn\":\"2026-11-24T");
    says(&b, EXPORT_MARKS, EXPORT_CSV,
         "\n0123456789abcdef,DA001,,production,stop,2026-11-24T00:00:00.000Z,,person,uid 0,r,,"
         "true,2026-11-24T");
    record_bench_deinit(&b);
}

static void sqlite_has_the_last_word(void **state)
{
    (void)state;
    struct record_bench b;
    char path[700];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    add_all(&b);
    snprintf(path, sizeof path, "%s/plumewatch.db", b.data);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    static const char sql[] = "SELECT cou, cou_substituted, due, valid, exhausted_ms FROM total"
                              " WHERE outlet = 'DA001' AND period = 'year'";
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_true(sqlite3_column_double(s, 0) == 240.5);
    assert_true(sqlite3_column_double(s, 1) == 21);
    assert_int_equal(sqlite3_column_int(s, 2), 24);
    assert_int_equal(sqlite3_column_int(s, 3), 22);
    assert_int_equal(sqlite3_column_int64(s, 4), 1796054400000);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
    sqlite3_close(db);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_exported_as_a_replay_says_them),
        cmocka_unit_test(rates_are_exported_as_a_replay_says_them),
        cmocka_unit_test(sqlite_has_rates_and_what_outlets_and_sites_transmit),
        cmocka_unit_test(marks_are_exported_with_what_became_of_them),
        cmocka_unit_test(sqlite_has_the_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
