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
#include <sys/wait.h>
#include <unistd.h>

#include "acq/record/backup.h"
#include "acq/record/rebuild.h"
#include "tests/unit/means_support.h"
#include "tests/unit/record_files.h"

static void path_of(const struct record_bench *b, const char *name, char out[700])
{
    snprintf(out, 700, "%s/%s", b->data, name);
}

static int64_t ask(const struct record_bench *b, const char *file, const char *sql)
{
    char path[700];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    path_of(b, file, path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return value;
}

static void change(const struct record_bench *b, const char *file, const char *sql)
{
    char path[700];
    char *why = NULL;
    sqlite3 *db = NULL;
    path_of(b, file, path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static void begin(struct record_bench *b)
{
    record_bench_init(b);
    assert_int_equal(record_bench_open(b), 0);
}

static void hours_are_rows_and_minutes_are_packed(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    means_live(&b, 190);
    record_bench_close(&b);
    assert_int_equal(ask(&b, "plumewatch.db", "SELECT count(*) FROM mean"), 4);
    assert_int_equal(ask(&b, "plumewatch.db", "SELECT min(avg) > 19 AND max(seq) > 1 FROM mean"),
                     1);
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM series"), 3);
    /* 07:59 to 11:07: three hours are packed, the one before the last waits for what is late. */
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM pack"), 3 * 3);
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM minute"), 3 * 69);
    assert_in_range(ask(&b, "minutes-2026-11.db", "SELECT max(length(data)) FROM pack"), 200, 778);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void every_revision_is_kept_with_its_reason(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    means_live(&b, 190);
    int64_t hour = RECORD_START_MS;
    for (unsigned revision = 1; revision < 4; revision++) {
        means_tell(&b, "hour", 0, hour, revision);
        means_tell(&b, "minute", 1, hour + 7 * means_minute_ms, revision);
    }
    record_bench_commit(&b);
    means_live(&b, 130);
    record_bench_close(&b);
    assert_int_equal(
        ask(&b, "plumewatch.db", "SELECT count(*) FROM mean WHERE start_ms = 1795507200000"), 4);
    assert_int_equal(
        ask(&b, "plumewatch.db", "SELECT count(*) FROM mean WHERE reason = 'late-data'"), 3);
    assert_int_equal(
        ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM minute WHERE reason = 'late-data'"), 3);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_late_minute_goes_into_its_packed_hour(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    manual_clock_advance(&b.clock, means_hour_ms);
    means_live(&b, 190);
    means_tell(&b, "minute", 0, RECORD_START_MS + 3 * means_minute_ms, 0);
    means_tell(&b, "minute", 0, RECORD_START_MS + means_hour_ms + 4 * means_minute_ms, 0);
    record_bench_commit(&b);
    means_live(&b, 130);
    record_bench_close(&b);
    assert_int_equal(
        ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM pack WHERE hour_ms = 1795507200000"),
        3);
    assert_int_equal(
        ask(&b, "minutes-2026-11.db",
            "SELECT max(length(data)) > min(length(data)) FROM pack WHERE hour_ms = 1795507200000"),
        1);
    assert_int_equal(
        ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM minute WHERE start_ms < 1795514400000"),
        0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

/* Two months and some days: November's file is closed by then. */
static void live_until_november_is_closed(struct record_bench *b)
{
    means_live(b, 100);
    for (unsigned day = 0; day < 41; day++) {
        manual_clock_advance(&b->clock, RECORD_DAY_MS);
        means_live(b, 2);
    }
}

static void a_month_is_closed_when_nothing_is_revised_any_more(void **state)
{
    (void)state;
    struct record_bench b;
    char log[700];
    begin(&b);
    live_until_november_is_closed(&b);
    path_of(&b, "minutes-2026-11.db-wal", log);
    assert_int_not_equal(access(log, F_OK), 0);
    record_bench_close(&b);
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT value FROM meta WHERE key = 'closed'"),
                     1);
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM minute"), 0);
    assert_int_equal(
        ask(&b, "minutes-2026-12.db", "SELECT count(*) FROM meta WHERE key = 'closed'"), 0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_minute_far_ahead_or_too_old_is_the_journals_only(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    means_tell(&b, "minute", 0, RECORD_START_MS + 3 * RECORD_DAY_MS, 0);
    means_tell(&b, "minute", 0, RECORD_START_MS - 90 * RECORD_DAY_MS, 0);
    means_tell(&b, "minute", 0, 0, 0);
    means_tell(&b, "minute", 0, RECORD_START_MS - 20 * RECORD_DAY_MS, 0);
    record_bench_commit(&b);
    record_bench_close(&b);
    assert_int_equal(ask(&b, "plumewatch.db", "SELECT count(*) FROM month"), 1);
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM minute"), 1);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static char *dump(const struct record_bench *b)
{
    static const char sql[] =
        "SELECT group_concat(quote(s.outlet) || quote(s.factor) || quote(s.source) || hour_ms ||"
        " hex(data) || p.seq, char(10)) FROM pack p JOIN series s ON s.id = p.series";
    char path[700];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    path_of(b, "minutes-2026-11.db", path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    char *text = strdup((const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return text;
}

static void a_rebuild_makes_the_same_rows(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    live_until_november_is_closed(&b);
    means_tell(&b, "hour", 0, b.clock.wall_ms - 7 * means_hour_ms, 1);
    record_bench_commit(&b);
    record_bench_close(&b);
    char *before = dump(&b);
    int64_t means = ask(&b, "plumewatch.db", "SELECT count(*) FROM mean");
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    char *after = dump(&b);
    assert_string_equal(before, after);
    assert_int_equal(ask(&b, "plumewatch.db", "SELECT count(*) FROM mean"), means);
    assert_int_equal(record_verify_quietly(b.data), 0);
    free(before);
    free(after);
    assert_int_equal(record_bench_open(&b), 0);
    means_live(&b, 3);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void assert_broken(const struct record_bench *b, const char *expect)
{
    char *words = NULL;
    assert_int_equal(record_verify_text(b->data, NULL, &words), PW_ECORRUPT);
    if (!strstr(words, expect))
        fail_msg("%s", words);
    free(words);
}

/* As a kill leaves a month file that is being made: the journal of the write stays beside it. */
static void write_and_die(const struct record_bench *b, const char *file)
{
    /* More than its cache holds: the file has changed already. */
    static const char sql[] = "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN;"
                              "UPDATE meta SET value = value + 1;"
                              "CREATE TABLE more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                              " SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n";
    char path[700];
    sqlite3 *db = NULL;
    int status = -1;
    path_of(b, file, path);
    pid_t child = fork();
    if (child == 0) {
        bool wrote = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                     sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
        _exit(wrote ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_write_that_was_cut_short_is_no_damage(void **state)
{
    (void)state;
    struct record_bench b;
    char *words = NULL;
    begin(&b);
    means_live(&b, 70);
    record_bench_close(&b);
    write_and_die(&b, "minutes-2026-11.db");
    assert_int_equal(record_verify_text(b.data, NULL, &words), 0);
    if (!strstr(words, "minutes-2026-11.db holds a write that was cut short"))
        fail_msg("%s", words);
    free(words);
    assert_int_equal(record_bench_open(&b), 0);
    means_live(&b, 1);
    record_bench_close(&b);
    assert_int_equal(record_verify_text(b.data, NULL, &words), 0);
    assert_non_null(strstr(words, "1 month files equal the journal"));
    free(words);
    record_bench_deinit(&b);
}

static void verify_finds_what_is_not_the_journals(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    means_live(&b, 190);
    record_bench_close(&b);
    change(&b, "plumewatch.db", "UPDATE mean SET avg = avg + 1e-9 WHERE revision = 0");
    assert_broken(&b,
                  "BROKEN plumewatch.db table mean: row DA001: differs from the journal in avg");
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    change(&b, "minutes-2026-11.db", "UPDATE minute SET good = 3 WHERE start_ms % 600000 = 0");
    assert_broken(&b, "BROKEN minutes-2026-11.db table minute: row DA001: differs");
    change(&b, "minutes-2026-11.db", "DELETE FROM pack WHERE series = 2");
    assert_broken(&b, "BROKEN minutes-2026-11.db table pack: row DA001: ");
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_month_file_that_is_gone_or_damaged_comes_back_at_the_start(void **state)
{
    (void)state;
    struct record_bench b;
    char path[700];
    begin(&b);
    means_live(&b, 190);
    record_bench_close(&b);
    path_of(&b, "minutes-2026-11.db", path);
    assert_int_equal(unlink(path), 0);
    assert_broken(&b, "BROKEN minutes-2026-11.db: it is missing");
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(b.start.replayed, b.start.last_seq);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    for (int i = 0; i < 3000; i++)
        fputc("damage"[i % 6], f);
    fclose(f);
    assert_broken(&b, "BROKEN minutes-2026-11.db: it cannot be read");
    assert_int_equal(record_bench_open(&b), 0);
    means_live(&b, 2);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    path_of(&b, "minutes-2026-11.db.damaged-1", path);
    assert_int_equal(access(path, F_OK), 0);
    record_bench_deinit(&b);
}

static void a_start_after_a_clean_stop_has_nothing_to_apply_again(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    means_live(&b, 70);
    record_bench_fill(&b, 20);
    record_bench_close(&b);
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(b.start.replayed, 0);
    record_bench_deinit(&b);
}

static void stations_minutes_stay_out_where_there_are_too_many_series(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    (void)recorder_add_journal(b.recorder, "config", record_bench_at(&b),
                               "\"digest\":\"x\",\"minute_series_max\":2", false);
    record_bench_commit(&b);
    means_live(&b, 5);
    record_bench_close(&b);
    assert_int_equal(ask(&b, "minutes-2026-11.db",
                         "SELECT count(*) FROM minute m JOIN series s ON s.id = m.series WHERE "
                         "s.source = 'own'"),
                     10);
    assert_int_equal(ask(&b, "minutes-2026-11.db",
                         "SELECT count(*) FROM minute m JOIN series s ON s.id = m.series WHERE "
                         "s.source = 'station'"),
                     0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    assert_int_equal(ask(&b, "minutes-2026-11.db", "SELECT count(*) FROM minute"), 10);
    record_bench_deinit(&b);
}

static int64_t months(const struct record_bench *b)
{
    return ask(b, "plumewatch.db", "SELECT count(*) FROM month WHERE removed_at IS NULL");
}

static void old_rows_go_and_come_back_neither_by_a_rebuild_nor_a_start(void **state)
{
    static const char old_hours[] = "SELECT count(*) FROM mean WHERE period = 'hour' AND start_ms <"
                                    " (SELECT max(start_ms) FROM mean) - 6 * 86400000";
    static const char old_lines[] = "SELECT count(*) FROM line WHERE type = 'note'";
    (void)state;
    struct record_bench b;
    char path[700];
    begin(&b);
    (void)recorder_add_journal(b.recorder, "note", record_bench_at(&b), "", false);
    live_until_november_is_closed(&b);
    means_tell(&b, "day", 0, RECORD_START_MS, 0);
    record_bench_commit(&b);
    record_bench_close(&b);
    assert_true(ask(&b, "plumewatch.db", old_hours) > 0);
    assert_int_equal(ask(&b, "plumewatch.db", old_lines), 1);
    assert_int_equal(months(&b), 3);
    b.options.minute_days = 10;
    b.options.hour_days = b.options.event_days = 5;
    assert_int_equal(record_bench_open(&b), 0);
    for (int i = 0; i < 1000 && (months(&b) > 2 || ask(&b, "plumewatch.db", old_lines) > 0); i++) {
        manual_clock_advance(&b.clock, 1000);
        (void)recorder_tick(b.recorder);
        usleep(10000);
    }
    record_bench_close(&b);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(ask(&b, "plumewatch.db", old_hours), 0);
        assert_int_equal(ask(&b, "plumewatch.db", old_lines), 0);
        assert_int_equal(months(&b), 2);
        assert_int_equal(ask(&b, "plumewatch.db", "SELECT count(*) FROM mean WHERE period = 'day'"),
                         1);
        assert_int_equal(
            ask(&b, "plumewatch.db", "SELECT count(*) FROM line WHERE type = 'expired'"), 3);
        path_of(&b, "minutes-2026-11.db", path);
        assert_int_not_equal(access(path, F_OK), 0);
        assert_int_equal(record_verify_quietly(b.data), 0);
        assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    }
    assert_int_equal(record_bench_open(&b), 0);
    means_live(&b, 1);
    record_bench_deinit(&b);
}

static void a_rebuild_keeps_what_the_journal_no_longer_holds(void **state)
{
    (void)state;
    struct record_bench b;
    begin(&b);
    live_until_november_is_closed(&b);
    record_bench_close(&b);
    int64_t means = ask(&b, "plumewatch.db", "SELECT count(*) FROM mean");
    b.options.keep_days = 5;
    assert_int_equal(record_bench_open(&b), 0);
    static const char kept[] = "SELECT count(*) FROM segment WHERE removed_at IS NULL";
    for (int i = 0; i < 4000 && ask(&b, "plumewatch.db", kept) > 6; i++) {
        manual_clock_advance(&b.clock, 1000);
        (void)recorder_tick(b.recorder);
        usleep(5000);
    }
    assert_in_range(ask(&b, "plumewatch.db", kept), 1, 6);
    record_bench_close(&b);
    char *before = dump(&b);
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    assert_int_equal(ask(&b, "plumewatch.db", "SELECT count(*) FROM mean"), means);
    assert_int_equal(months(&b), 3);
    char *after = dump(&b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    char *words = NULL;
    if (record_verify_text(b.data, NULL, &words) != 0)
        fail_msg("%s", strstr(words, "BROKEN"));
    assert_non_null(strstr(words, "minutes-2026-11.db begins before the kept journal"));
    free(words);
    assert_int_equal(record_bench_open(&b), 0);
    means_live(&b, 3);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_backup_takes_the_month_files_and_restores_them(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_bench other;
    char to[700];
    begin(&b);
    live_until_november_is_closed(&b);
    snprintf(to, sizeof to, "%s/copy", b.root);
    /* Beside the writer, then again with more. */
    assert_int_equal(record_backup(b.data, to, b.clock.wall_ms, stdout), 0);
    means_live(&b, 70);
    assert_int_equal(record_backup(b.data, to, b.clock.wall_ms, stdout), 0);
    record_bench_close(&b);
    memset(&other, 0, sizeof other);
    snprintf(other.data, sizeof other.data, "%s/again", b.root);
    assert_int_equal(record_restore(to, other.data, stdout), 0);
    char *before = dump(&b);
    char *after = dump(&other);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_int_equal(ask(&other, "minutes-2027-01.db", "SELECT count(*) > 100 FROM minute"), 1);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_rows_and_minutes_are_packed),
        cmocka_unit_test(every_revision_is_kept_with_its_reason),
        cmocka_unit_test(a_late_minute_goes_into_its_packed_hour),
        cmocka_unit_test(a_month_is_closed_when_nothing_is_revised_any_more),
        cmocka_unit_test(a_minute_far_ahead_or_too_old_is_the_journals_only),
        cmocka_unit_test(a_rebuild_makes_the_same_rows),
        cmocka_unit_test(verify_finds_what_is_not_the_journals),
        cmocka_unit_test(a_write_that_was_cut_short_is_no_damage),
        cmocka_unit_test(a_month_file_that_is_gone_or_damaged_comes_back_at_the_start),
        cmocka_unit_test(a_start_after_a_clean_stop_has_nothing_to_apply_again),
        cmocka_unit_test(old_rows_go_and_come_back_neither_by_a_rebuild_nor_a_start),
        cmocka_unit_test(a_rebuild_keeps_what_the_journal_no_longer_holds),
        cmocka_unit_test(a_backup_takes_the_month_files_and_restores_them),
        cmocka_unit_test(stations_minutes_stay_out_where_there_are_too_many_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
