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
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

static char *export_text(const struct record_bench *b, struct export_options o, int expect)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    o.data_dir = b->data;
    assert_int_equal(record_export(&o, f), expect);
    fclose(f);
    return text;
}

static const struct export_options everything = {.to_ms = INT64_MAX, .zone_offset_min = 480};

static void add_raw(struct record_bench *b, const char *fields)
{
    char line[256];
    int len = snprintf(line, sizeof line, "raw_stack,device=A1 %s %lld", fields,
                       (long long)b->clock.wall_ms);
    assert_int_equal(
        recorder_add_raw(b->recorder, line, (size_t)len, b->clock.wall_ms, record_bench_at(b)), 0);
}

/* Journal clock 1000000 is 08:00:00Z; 20 ms later the offset grows by a second. */
static void open_with_lines(struct record_bench *b)
{
    char members[64];
    record_bench_init(b);
    assert_int_equal(record_bench_open(b), 0);
    int64_t offset = RECORD_START_MS - record_bench_at(b);
    snprintf(members, sizeof members, "\"offset_ms\":%lld", (long long)offset);
    assert_int_equal(recorder_add_journal(b->recorder, "start", record_bench_at(b), members, false),
                     0);
    add_raw(b, "so2=12.5,nox_why=\"exception-2\"");
    manual_clock_advance(&b->clock, 20);
    snprintf(members, sizeof members, "\"offset_ms\":%lld", (long long)offset + 1000);
    assert_int_equal(recorder_add_journal(b->recorder, "clock", record_bench_at(b), members, false),
                     0);
    add_raw(b, "so2=-1,so2_why=\"held\",t_why=\"crc\",t_raw=\"0001\"");
    record_bench_commit(b);
    add_raw(b, "so2=3,so2_why=\"over-range\",at=1795507209000i");
    record_bench_commit(b);
}

static void raw_values_come_as_csv_with_their_reasons(void **state)
{
    (void)state;
    struct record_bench b;
    struct export_options o = everything;
    o.format = EXPORT_CSV;
    open_with_lines(&b);
    char *text = export_text(&b, o, 0);
    assert_string_equal(
        text, "time,at,device,signal,value,quality,reason\n"
              "2026-11-24T16:00:00.000+08:00,2026-11-24T16:00:00.000+08:00,A1,so2,12.5,good,\n"
              "2026-11-24T16:00:00.000+08:00,2026-11-24T16:00:00.000+08:00,A1,nox,,bad,"
              "exception-2\n"
              "2026-11-24T16:00:00.020+08:00,2026-11-24T16:00:01.020+08:00,A1,so2,-1,uncertain,"
              "held\n"
              "2026-11-24T16:00:00.020+08:00,2026-11-24T16:00:01.020+08:00,A1,t,,bad,crc\n"
              "2026-11-24T16:00:01.020+08:00,2026-11-24T16:00:09.000+08:00,A1,so2,3,bad,"
              "over-range\n");
    free(text);
    record_bench_deinit(&b);
}

static void raw_values_come_as_json_lines_of_the_asked_range(void **state)
{
    (void)state;
    struct record_bench b;
    struct export_options o = everything;
    o.format = EXPORT_JSONL;
    o.zone_offset_min = 0;
    o.from_ms = RECORD_START_MS + 20;
    o.to_ms = RECORD_START_MS + 1020;
    open_with_lines(&b);
    char *text = export_text(&b, o, 0);
    assert_string_equal(
        text, "{\"time\":\"2026-11-24T08:00:00.020Z\",\"at\":\"2026-11-24T08:00:01.020Z\","
              "\"device\":\"A1\",\"signal\":\"so2\",\"value\":-1,\"quality\":\"uncertain\","
              "\"reason\":\"held\"}\n"
              "{\"time\":\"2026-11-24T08:00:00.020Z\",\"at\":\"2026-11-24T08:00:01.020Z\","
              "\"device\":\"A1\",\"signal\":\"t\",\"value\":null,\"quality\":\"bad\","
              "\"reason\":\"crc\"}\n");
    free(text);
    record_bench_deinit(&b);
}

static void a_damaged_commit_is_passed_over_and_told(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file segment;
    struct export_options o = everything;
    o.format = EXPORT_CSV;
    open_with_lines(&b);
    record_bench_close(&b);
    record_file_load(&segment, b.data, "archive/2026/11/24.gz");
    segment.data[150] ^= 1;
    record_file_restore(&segment);
    char *text = export_text(&b, o, PW_ECORRUPT);
    assert_null(strstr(text, "12.5"));
    assert_non_null(strstr(text, "over-range"));
    free(text);
    free(segment.data);
    record_bench_deinit(&b);
}

static void add_finding(struct record_bench *b, const char *id, const char *state,
                        const char *start, const char *end)
{
    char members[400];
    snprintf(members, sizeof members,
             "\"id\":\"%s\",\"kind\":\"limit\",\"site\":\"demo\",\"object\":\"DA001, east\","
             "\"state\":\"%s\",\"start\":\"%s\",\"raised\":\"%s\",\"end\":%s,\"value\":41.5",
             id, state, start, start, end);
    assert_int_equal(
        recorder_add_journal(b->recorder, "finding", record_bench_at(b), members, true), 0);
}

static void findings_come_once_as_their_last_line_says(void **state)
{
    (void)state;
    struct record_bench b;
    struct export_options o = everything;
    o.what = EXPORT_FINDINGS;
    o.format = EXPORT_CSV;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    add_finding(&b, "f1", "open", "2026-11-24T08:00:00Z", "null");
    add_finding(&b, "f2", "open", "2026-11-24T09:00:00Z", "null");
    record_bench_commit(&b);
    add_finding(&b, "f1", "closed", "2026-11-24T08:00:00Z", "\"2026-11-24T08:10:00Z\"");
    record_bench_commit(&b);
    char *text = export_text(&b, o, 0);
    assert_string_equal(text,
                        "id,kind,site,object,outlet,factor,signal,state,start,priority,raised,end,"
                        "value,threshold,worst,reason\n"
                        "f1,limit,demo,\"DA001, east\",,,,closed,2026-11-24T08:00:00Z,,"
                        "2026-11-24T08:00:00Z,2026-11-24T08:10:00Z,41.5,,,\n"
                        "f2,limit,demo,\"DA001, east\",,,,open,2026-11-24T09:00:00Z,,"
                        "2026-11-24T09:00:00Z,,41.5,,,\n");
    free(text);
    o.format = EXPORT_JSONL;
    o.from_ms = RECORD_START_MS + 700000; /* f1 ended before */
    text = export_text(&b, o, 0);
    assert_ptr_equal(strstr(text, "{\"type\":\"finding\",\"id\":\"f2\",\"kind\":\"limit\""), text);
    assert_null(strstr(text, "f1"));
    free(text);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_values_come_as_csv_with_their_reasons),
        cmocka_unit_test(raw_values_come_as_json_lines_of_the_asked_range),
        cmocka_unit_test(a_damaged_commit_is_passed_over_and_told),
        cmocka_unit_test(findings_come_once_as_their_last_line_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
