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

#include "tests/unit/fault_files.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

#define SEGMENT "archive/2026/11/24.gz"

struct fault_bench {
    struct record_bench b;
    struct fault_files files;
};

static void fault_bench_init(struct fault_bench *f)
{
    record_bench_init(&f->b);
    fault_files_init(&f->files);
    f->b.options.files = &f->files.table;
}

static char *read_lines(const struct fault_bench *f, const char *pattern)
{
    char command[900];
    snprintf(command, sizeof command, "cat '%s'/archive/*/*/*.gz | zcat | grep '%s' || true",
             f->b.data, pattern);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    char *text = calloc(1, 1 << 22);
    size_t len = fread(text, 1, (1 << 22) - 1, p);
    text[len] = '\0';
    assert_int_equal(pclose(p), 0);
    return text;
}

static unsigned count_lines(const struct fault_bench *f, const char *pattern)
{
    char *text = read_lines(f, pattern);
    unsigned lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    free(text);
    return lines;
}

static void a_commit_is_synced_once_and_its_folder_only_when_new(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    int syncs = atomic_load(&f.files.syncs);
    int dir_syncs = atomic_load(&f.files.dir_syncs);
    record_bench_fill(&f.b, 5);
    assert_int_equal(atomic_load(&f.files.syncs), syncs + 5);
    assert_int_equal(atomic_load(&f.files.dir_syncs), dir_syncs);
    record_bench_deinit(&f.b);
}

static void retry_after(struct fault_bench *f, atomic_int *fault, int times)
{
    struct recorder_stats stats;
    struct recorder_stats before;
    assert_int_equal(record_bench_open(&f->b), 0);
    record_bench_fill(&f->b, 2);
    recorder_get_stats(f->b.recorder, &before);
    atomic_store(fault, times);
    record_bench_fill(&f->b, 1);
    assert_int_equal(atomic_load(fault), 0);
    recorder_get_stats(f->b.recorder, &stats);
    assert_int_equal(stats.commit_errors, before.commit_errors + (unsigned)times);
    assert_int_equal(stats.lost_lines, 0);
    assert_int_equal(stats.last_seq, 3);
    record_bench_fill(&f->b, 1);
    record_bench_close(&f->b);
    assert_int_equal(atomic_load(&f->b.commits), 4);
    assert_int_equal(record_verify_quietly(f->b.data), 0);
    assert_int_equal(count_lines(f, "^raw_"), 8);
    record_bench_deinit(&f->b);
}

static void a_write_that_failed_half_way_is_tried_again_and_written_once(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    retry_after(&f, &f.files.fail_writes, 2);
}

static void a_failed_sync_is_not_durable_and_is_tried_again(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    retry_after(&f, &f.files.fail_syncs, 2);
}

static void nothing_is_acknowledged_before_it_is_synced(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    atomic_store(&f.files.hold, 1);
    int syncs = atomic_load(&f.files.syncs);
    assert_int_equal(record_bench_add_raw(&f.b, 1), 0);
    manual_clock_advance(&f.b.clock, 1000);
    (void)recorder_tick(f.b.recorder);
    while (atomic_load(&f.files.syncs) == syncs)
        usleep(200);
    struct recorder_stats stats;
    recorder_get_stats(f.b.recorder, &stats);
    assert_int_equal(stats.last_seq, 1);
    assert_int_equal(atomic_load(&f.b.committed), 1);
    atomic_store(&f.files.hold, 0);
    while (atomic_load(&f.b.committed) != 2)
        usleep(200);
    record_bench_deinit(&f.b);
}

static void a_full_queue_refuses_counts_exactly_and_tells_the_journal(void **state)
{
    (void)state;
    struct fault_bench f;
    struct recorder_stats stats;
    fault_bench_init(&f);
    f.b.options.queue_bytes = 4096;
    f.b.options.commit_bytes = 2048;
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    atomic_store(&f.files.hold, 1);
    unsigned taken = 0;
    unsigned refused = 0;
    for (unsigned i = 0; i < 400; i++) {
        int err = record_bench_add_raw(&f.b, i);
        assert_true(err == 0 || err == PW_EFULL);
        taken += err == 0;
        refused += err != 0;
        (void)recorder_tick(f.b.recorder);
        manual_clock_advance(&f.b.clock, 1);
    }
    recorder_get_stats(f.b.recorder, &stats);
    assert_true(refused > 100);
    assert_int_equal(stats.lost_lines, refused);
    assert_true(stats.queue_bytes <= 2 * 4096);
    atomic_store(&f.files.hold, 0);
    record_bench_commit(&f.b);
    record_bench_close(&f.b);
    assert_int_equal(count_lines(&f, "^raw_"), 2 + taken);
    char expect[64];
    snprintf(expect, sizeof expect, "\"lines\":%u,", refused);
    char *loss = read_lines(&f, "\"type\":\"loss\"");
    assert_non_null(strstr(loss, expect));
    assert_ptr_equal(strstr(loss, "\"type\":\"loss\""), loss + 1);
    free(loss);
    assert_int_equal(record_verify_quietly(f.b.data), 0);
    record_bench_deinit(&f.b);
}

static void on_a_slow_disk_commits_grow_instead_of_piling_up(void **state)
{
    (void)state;
    struct fault_bench f;
    struct recorder_stats stats;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    atomic_store(&f.files.sync_delay_ms, 30);
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(record_bench_add_raw(&f.b, i), 0);
        assert_int_equal(recorder_add_journal(f.b.recorder, "ack", record_bench_at(&f.b), "", true),
                         0);
        manual_clock_advance(&f.b.clock, 200);
        (void)recorder_tick(f.b.recorder);
        usleep(1000);
    }
    record_bench_close(&f.b);
    assert_int_equal(count_lines(&f, "^raw_"), 300);
    unsigned commits = atomic_load(&f.b.commits);
    assert_true(commits > 2 && commits < 60);
    assert_int_equal(record_bench_open(&f.b), 0);
    recorder_get_stats(f.b.recorder, &stats);
    assert_int_equal(stats.last_seq, commits);
    record_bench_deinit(&f.b);
}

static void what_can_never_be_written_is_counted_and_close_ends(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 2);
    atomic_store(&f.files.fail_syncs, 1000000);
    assert_int_equal(record_bench_add_raw(&f.b, 1), 0);
    record_bench_close(&f.b);
    assert_int_equal(atomic_load(&f.b.committed), 2);
    atomic_store(&f.files.fail_syncs, 0);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    record_bench_close(&f.b);
    assert_int_equal(record_verify_quietly(f.b.data), 0);
    record_bench_deinit(&f.b);
}

static void an_urgent_line_waits_only_for_the_spacing_of_commits(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    manual_clock_advance(&f.b.clock, 500);
    assert_int_equal(record_bench_add_raw(&f.b, 1), 0);
    assert_int_equal(recorder_tick(f.b.recorder), 1000);
    manual_clock_advance(&f.b.clock, 400);
    assert_int_equal(recorder_tick(f.b.recorder), 600);
    assert_int_equal(recorder_add_journal(f.b.recorder, "a", record_bench_at(&f.b), "", true), 0);
    assert_int_equal(recorder_next_seq(f.b.recorder), 2);
    (void)recorder_tick(f.b.recorder);
    assert_int_equal(recorder_next_seq(f.b.recorder), 3);
    while (atomic_load(&f.b.committed) != 2)
        usleep(200);
    manual_clock_advance(&f.b.clock, 30);
    assert_int_equal(recorder_add_journal(f.b.recorder, "b", record_bench_at(&f.b), "", true), 0);
    /* The commit was told of a moment before its thread is free again. */
    uint32_t wait_ms = recorder_tick(f.b.recorder);
    for (int i = 0; wait_ms != 70 && i < 10000; i++) {
        usleep(200);
        wait_ms = recorder_tick(f.b.recorder);
    }
    assert_int_equal(wait_ms, 70);
    assert_int_equal(recorder_next_seq(f.b.recorder), 3);
    manual_clock_advance(&f.b.clock, 70);
    while (recorder_next_seq(f.b.recorder) == 3)
        (void)recorder_tick(f.b.recorder);
    record_bench_deinit(&f.b);
}

static void a_later_day_closes_the_segment_and_an_earlier_one_does_not(void **state)
{
    (void)state;
    struct fault_bench f;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 2);
    manual_clock_advance(&f.b.clock, RECORD_DAY_MS);
    (void)recorder_tick(f.b.recorder);
    assert_int_equal(recorder_next_seq(f.b.recorder), 4); /* 3 closes the day before */
    record_bench_fill(&f.b, 2);
    f.b.clock.wall_ms -= 3 * RECORD_DAY_MS;
    (void)recorder_tick(f.b.recorder);
    assert_int_equal(recorder_next_seq(f.b.recorder), 6);
    record_bench_fill(&f.b, 1);
    record_bench_close(&f.b);
    assert_int_equal(atomic_load(&f.b.commits), 6);
    char *line = read_lines(&f, "\"type\":\"segment\"");
    assert_non_null(strstr(line, "\"day\":\"2026-11-24\",\"first_seq\":1,\"last_seq\":2,"
                                 "\"commits\":2,\"lines\":[4,2,6],"));
    free(line);
    struct segment_list list;
    assert_int_equal(segment_list_read(files_system(), f.b.data, &list), 0);
    assert_int_equal(list.count, 2);
    segment_list_deinit(&list);
    assert_int_equal(record_verify_quietly(f.b.data), 0);
    /* A closed segment is not opened again, not even by a start on an earlier day. */
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    record_bench_close(&f.b);
    assert_int_equal(record_verify_quietly(f.b.data), 0);
    record_bench_deinit(&f.b);
}

static void a_start_behind_a_closing_commit_begins_a_new_segment(void **state)
{
    (void)state;
    struct fault_bench f;
    struct record_file second;
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 2);
    manual_clock_advance(&f.b.clock, RECORD_DAY_MS);
    (void)recorder_tick(f.b.recorder);
    record_bench_fill(&f.b, 1);
    record_bench_close(&f.b);
    /* As if the power had gone between the closing commit and the first of the next day. */
    record_file_load(&second, f.b.data, "archive/2026/11/25.gz");
    assert_int_equal(unlink(second.path), 0);
    char path[700];
    snprintf(path, sizeof path, "%s/plumewatch.db", f.b.data);
    assert_int_equal(unlink(path), 0);
    f.b.clock.wall_ms = RECORD_START_MS;
    assert_int_equal(record_bench_open(&f.b), 0);
    assert_int_equal(f.b.start.last_seq, 3);
    assert_int_equal(recorder_next_seq(f.b.recorder), 4);
    record_bench_fill(&f.b, 1);
    record_bench_close(&f.b);
    free(second.data);
    record_file_load(&second, f.b.data, "archive/2026/11/25.gz");
    free(second.data);
    assert_int_equal(record_verify_quietly(f.b.data), 0);
    record_bench_deinit(&f.b);
}

static void a_locked_database_does_not_stop_the_journal(void **state)
{
    (void)state;
    struct fault_bench f;
    char path[700];
    fault_bench_init(&f);
    assert_int_equal(record_bench_open(&f.b), 0);
    record_bench_fill(&f.b, 1);
    snprintf(path, sizeof path,
             "/usr/bin/python3 -c \"import sqlite3, sys; "
             "d = sqlite3.connect('%s/plumewatch.db', isolation_level=None); "
             "d.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read(1)\"",
             f.b.data);
    char fifo[600];
    char command[2200];
    snprintf(fifo, sizeof fifo, "%s/fifo", f.b.root);
    snprintf(command, sizeof command, "mkfifo '%s' && %s < '%s'", fifo, path, fifo);
    FILE *holder = popen(command, "r");
    assert_non_null(holder);
    FILE *release = NULL;
    while (!release) {
        usleep(1000);
        if (access(fifo, F_OK) == 0)
            release = fopen(fifo, "w");
    }
    char word[16];
    assert_non_null(fgets(word, sizeof word, holder));
    for (unsigned i = 0; i < 3; i++) {
        uint64_t seq = recorder_next_seq(f.b.recorder);
        assert_int_equal(record_bench_add_raw(&f.b, i), 0);
        manual_clock_advance(&f.b.clock, 1000);
        while (recorder_next_seq(f.b.recorder) == seq)
            (void)recorder_tick(f.b.recorder);
    }
    while (atomic_load(&f.b.committed) != 4)
        usleep(1000);
    struct recorder_stats stats;
    recorder_get_stats(f.b.recorder, &stats);
    assert_int_equal(stats.last_seq, 4);
    assert_true(stats.projected_seq < 4);
    fclose(release);
    assert_int_equal(pclose(holder), 0);
    record_bench_fill(&f.b, 1);
    recorder_get_stats(f.b.recorder, &stats);
    assert_int_equal(stats.projected_seq, 5);
    record_bench_close(&f.b);
    assert_int_equal(record_verify_quietly(f.b.data), 0);
    record_bench_deinit(&f.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_is_synced_once_and_its_folder_only_when_new),
        cmocka_unit_test(a_write_that_failed_half_way_is_tried_again_and_written_once),
        cmocka_unit_test(a_failed_sync_is_not_durable_and_is_tried_again),
        cmocka_unit_test(nothing_is_acknowledged_before_it_is_synced),
        cmocka_unit_test(a_full_queue_refuses_counts_exactly_and_tells_the_journal),
        cmocka_unit_test(on_a_slow_disk_commits_grow_instead_of_piling_up),
        cmocka_unit_test(what_can_never_be_written_is_counted_and_close_ends),
        cmocka_unit_test(an_urgent_line_waits_only_for_the_spacing_of_commits),
        cmocka_unit_test(a_later_day_closes_the_segment_and_an_earlier_one_does_not),
        cmocka_unit_test(a_start_behind_a_closing_commit_begins_a_new_segment),
        cmocka_unit_test(a_locked_database_does_not_stop_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
