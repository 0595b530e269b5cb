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
#include <sys/stat.h>
#include <unistd.h>

#include "acq/record/db.h"
#include "acq/record/rebuild.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

#define SEGMENT "archive/2026/11/24.gz"

/* Two commits that SQLite knows and a third that it does not. */
struct torn_bench {
    struct record_bench b;
    struct record_file segment, db;
    int64_t third; /* offset */
};

static void torn_bench_init(struct torn_bench *t)
{
    struct segment *s = NULL;
    struct stored_commit c;
    record_bench_init(&t->b);
    assert_int_equal(record_bench_open(&t->b), 0);
    record_bench_fill(&t->b, 2);
    record_bench_close(&t->b);
    record_file_load(&t->db, t->b.data, "plumewatch.db");
    assert_int_equal(record_bench_open(&t->b), 0);
    record_bench_fill(&t->b, 1);
    record_bench_close(&t->b);
    record_file_load(&t->segment, t->b.data, SEGMENT);
    assert_int_equal(segment_open(files_system(), t->b.data, segment_day_of(RECORD_START_MS), &s),
                     0);
    assert_int_equal(segment_next(s, &c), 0);
    assert_int_equal(segment_next(s, &c), 0);
    t->third = segment_offset(s);
    segment_close(s);
}

static void torn_bench_cut(struct torn_bench *t, size_t len)
{
    record_file_write(t->segment.path, t->segment.data, len);
    record_file_restore(&t->db);
}

static void torn_bench_deinit(struct torn_bench *t)
{
    free(t->segment.data);
    free(t->db.data);
    record_bench_deinit(&t->b);
}

static void a_tail_torn_at_any_byte_is_cut_kept_and_counted(void **state)
{
    (void)state;
    struct torn_bench t;
    torn_bench_init(&t);
    for (size_t len = (size_t)t.third; len < t.segment.len; len++) {
        char path[700];
        size_t kept_len = 0;
        size_t torn = len - (size_t)t.third;
        torn_bench_cut(&t, len);
        assert_int_equal(record_bench_open(&t.b), 0);
        assert_int_equal(t.b.start.last_seq, 2);
        assert_int_equal(t.b.start.torn_bytes, torn);
        record_bench_close(&t.b);
        char *now = support_read_file(t.segment.path, &kept_len);
        /* With a torn tail the line that tells of it follows. */
        assert_int_equal(kept_len > (size_t)t.third, torn > 0);
        assert_memory_equal(now, t.segment.data, (size_t)t.third);
        free(now);
        if (torn == 0)
            continue;
        snprintf(path, sizeof path, "%s/torn/2026-11-24-%lld-%zu", t.b.data, (long long)t.third,
                 torn);
        char *kept = support_read_file(path, &kept_len);
        assert_non_null(kept);
        assert_int_equal(kept_len, torn);
        assert_memory_equal(kept, t.segment.data + t.third, torn);
        free(kept);
    }
    torn_bench_deinit(&t);
}

static void after_a_torn_tail_the_journal_goes_on(void **state)
{
    (void)state;
    struct torn_bench t;
    torn_bench_init(&t);
    torn_bench_cut(&t, t.segment.len - 5);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_int_equal(recorder_next_seq(t.b.recorder), 3);
    record_bench_fill(&t.b, 3);
    record_bench_close(&t.b);
    assert_int_equal(record_verify_quietly(t.b.data), 0);
    torn_bench_deinit(&t);
}

static void a_whole_tail_that_sqlite_missed_is_applied_again(void **state)
{
    (void)state;
    struct torn_bench t;
    torn_bench_init(&t);
    torn_bench_cut(&t, t.segment.len);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_int_equal(t.b.start.last_seq, 3);
    assert_int_equal(t.b.start.replayed, 1);
    assert_false(t.b.start.rebuilt);
    record_bench_close(&t.b);
    assert_int_equal(record_verify_quietly(t.b.data), 0);
    torn_bench_deinit(&t);
}

static void a_lost_tail_that_sqlite_knows_is_refused_and_nothing_is_cut(void **state)
{
    (void)state;
    struct torn_bench t;
    struct record_file db;
    char *words = NULL;
    size_t len = 0;
    torn_bench_init(&t);
    record_file_load(&db, t.b.data, "plumewatch.db");
    torn_bench_cut(&t, t.segment.len - 1);
    record_file_restore(&db);
    assert_int_equal(record_bench_open(&t.b), PW_EDB);
    assert_non_null(strstr(t.b.why, "plumewatch rebuild --data "));
    free(support_read_file(t.segment.path, &len));
    assert_int_equal(len, t.segment.len - 1);
    assert_int_equal(record_verify_text(t.b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "BROKEN"));
    free(words);
    assert_int_equal(record_rebuild(t.b.data, false, stdout), 0);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_int_equal(t.b.start.last_seq, 2);
    free(db.data);
    torn_bench_deinit(&t);
}

static void any_flipped_byte_is_found_by_verify_and_by_start(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file segment, db;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 3);
    record_bench_close(&b);
    record_file_load(&segment, b.data, SEGMENT);
    record_file_load(&db, b.data, "plumewatch.db");
    assert_int_equal(record_verify_quietly(b.data), 0);
    for (size_t i = 0; i < segment.len; i++) {
        segment.data[i] ^= i % 3 ? 1 : 0x55;
        record_file_restore(&segment);
        assert_int_equal(record_verify_quietly(b.data), PW_ECORRUPT);
        if (i % 5 == 0) {
            int err = record_bench_open(&b);
            assert_true(err == PW_ECORRUPT || err == PW_EDB || err == PW_EVERSION);
            assert_non_null(strstr(b.why, "plumewatch rebuild --data "));
        }
        segment.data[i] ^= i % 3 ? 1 : 0x55;
    }
    record_file_restore(&segment);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_close(&b);
    free(segment.data);
    free(db.data);
    record_bench_deinit(&b);
}

static void damage_in_the_middle_is_refused_until_the_gap_is_accepted(void **state)
{
    (void)state;
    struct torn_bench t;
    char *words = NULL;
    torn_bench_init(&t);
    t.segment.data[t.third - 20] ^= 1; /* in the second of three commits */
    record_file_restore(&t.segment);
    assert_int_equal(record_bench_open(&t.b), PW_ECORRUPT);
    assert_non_null(strstr(t.b.why, SEGMENT));
    assert_non_null(strstr(t.b.why, "behind commit 1"));
    assert_non_null(strstr(t.b.why, "--accept-gap"));
    assert_int_equal(record_rebuild(t.b.data, false, stdout), PW_ECORRUPT);
    assert_int_equal(record_rebuild(t.b.data, true, stdout), 0);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_int_equal(t.b.start.last_seq, 3);
    record_bench_fill(&t.b, 2);
    record_bench_close(&t.b);
    /* The gap stands in the journal once, and the broken member is still named. */
    assert_int_equal(record_bench_open(&t.b), 0);
    record_bench_fill(&t.b, 1);
    record_bench_close(&t.b);
    assert_int_equal(record_verify_text(t.b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "member J of commit 2"));
    assert_non_null(strstr(words, "SQLite equals the journal"));
    free(words);
    char command[900];
    snprintf(command, sizeof command,
             "test \"$(tail -c +%lld '%s' | zcat | grep -c '\"type\":\"gap\"')\" = 1",
             (long long)t.third + 1, t.segment.path);
    assert_int_equal(system(command), 0);
    torn_bench_deinit(&t);
}

/* Writes the segment with a digit of commit seq's first raw line changed and every check sum right.
 */
static void forge(const struct record_bench *b, const struct record_file *segment, uint64_t seq)
{
    struct segment *s = NULL;
    struct stored_commit c;
    struct member_packer *packer = member_packer_new();
    assert_int_equal(segment_open(files_system(), b->data, segment_day_of(RECORD_START_MS), &s), 0);
    do
        assert_int_equal(segment_next(s, &c), 0);
    while (c.head.seq != seq);
    FILE *f = fopen(segment->path, "wb");
    assert_non_null(f);
    fwrite(segment->data, 1, (size_t)c.offset, f);
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        char *text = malloc(c.head.plain[k]);
        struct bytes *member = NULL;
        memcpy(text, c.text[k], c.head.plain[k]);
        if (k == MEMBER_R)
            *strpbrk(strchr(text, '='), "0123456789") ^= 1;
        assert_int_equal(member_pack(packer, (enum member_kind)k, k == MEMBER_R ? &c.head : NULL,
                                     text, c.head.plain[k], &member),
                         0);
        fwrite(bytes_data(member), 1, bytes_len(member), f);
        bytes_unref(member);
        free(text);
    }
    size_t end = (size_t)stored_commit_end(&c);
    fwrite(segment->data + end, 1, segment->len - end, f);
    fclose(f);
    segment_close(s);
    member_packer_free(packer);
}

static void a_forged_commit_with_right_check_sums_breaks_the_chain(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file segment;
    char *words = NULL;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 4);
    record_bench_close(&b);
    record_file_load(&segment, b.data, SEGMENT);
    forge(&b, &segment, 2);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "commit 2 is not the one that commit 3 was chained to"));
    free(words);
    assert_int_equal(record_bench_open(&b), PW_ECORRUPT);
    record_file_restore(&segment);
    /* Nothing is chained to the last one, but SQLite knows its digest. */
    forge(&b, &segment, 4);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "table meta"));
    free(words);
    assert_int_equal(record_bench_open(&b), PW_EDB);
    record_file_restore(&segment);
    assert_int_equal(record_verify_quietly(b.data), 0);
    free(segment.data);
    record_bench_deinit(&b);
}

static void a_deleted_database_is_made_anew_equal(void **state)
{
    (void)state;
    struct record_bench b;
    char path[700];
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 4);
    manual_clock_advance(&b.clock, RECORD_DAY_MS);
    (void)recorder_tick(b.recorder);
    record_bench_fill(&b, 4);
    record_bench_close(&b);
    snprintf(path, sizeof path, "%s/plumewatch.db", b.data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(record_bench_open(&b), 0);
    assert_true(b.start.rebuilt);
    assert_int_equal(b.start.replayed, 9);
    record_bench_fill(&b, 1);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_corrupt_database_is_kept_and_made_anew(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file db;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 3);
    record_bench_close(&b);
    record_file_load(&db, b.data, "plumewatch.db");
    memset(db.data + 4096, 0x5a, 4096);
    record_file_restore(&db);
    assert_int_equal(record_bench_open(&b), 0);
    assert_true(b.start.rebuilt);
    record_bench_close(&b);
    record_file_write(db.path, "this is no database at all, only text", 37);
    assert_int_equal(record_verify_quietly(b.data), PW_ECORRUPT);
    assert_int_equal(record_bench_open(&b), 0);
    assert_true(b.start.rebuilt);
    assert_int_equal(b.start.last_seq, 3);
    record_bench_fill(&b, 1);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    struct record_file kept;
    record_file_load(&kept, b.data, "plumewatch.db.damaged-1");
    assert_memory_equal(kept.data + 4096, db.data + 4096, 4096);
    free(kept.data);
    record_file_load(&kept, b.data, "plumewatch.db.damaged-2");
    assert_int_equal(kept.len, 37);
    free(kept.data);
    free(db.data);
    record_bench_deinit(&b);
}

static void change_version(const struct record_bench *b)
{
    sqlite3 *db = NULL;
    char path[700];
    snprintf(path, sizeof path, "%s/plumewatch.db", b->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "UPDATE meta SET value = '99' WHERE key = 'schema'", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
}

static void count_finding(void *ctx, const char *json)
{
    (void)json;
    ++*(unsigned *)ctx;
}

static void a_database_of_another_version_is_made_anew_while_commits_go_on(void **state)
{
    (void)state;
    struct record_bench b;
    struct recorder_stats stats;
    char path[700];
    char *cursor = NULL;
    unsigned findings = 0;
    unsigned expected = 0;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 700);
    record_bench_close(&b);
    assert_int_equal(record_open_findings(b.data, count_finding, &expected), 0);
    change_version(&b);
    b.options.catch_up_at_once = 10;
    assert_int_equal(record_bench_open(&b), 0);
    assert_true(b.start.rebuilt);
    assert_true(b.start.behind);
    assert_int_equal(b.start.last_seq, 700);
    /* What a start asks is there, from the end of the journal. */
    assert_int_equal(record_load_cursor(b.data, "main", &cursor), 0);
    assert_string_equal(cursor, "\"target\":\"main\",\"seq\":699");
    free(cursor);
    assert_int_equal(record_open_findings(b.data, count_finding, &findings), 0);
    assert_true(expected > 0);
    assert_int_equal(findings, expected);
    assert_int_equal(record_bench_add_raw(&b, 1), 0);
    manual_clock_advance(&b.clock, 1000);
    while (recorder_next_seq(b.recorder) == 701)
        (void)recorder_tick(b.recorder);
    while (atomic_load(&b.committed) != 701)
        usleep(200);
    do
        recorder_get_stats(b.recorder, &stats);
    while (stats.projected_seq < 701);
    record_bench_close(&b);
    snprintf(path, sizeof path, "%s/plumewatch.db.tail", b.data);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_row_that_was_changed_is_found_by_verify(void **state)
{
    (void)state;
    struct record_bench b;
    char *words = NULL;
    char command[900];
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 3);
    record_bench_close(&b);
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"import sqlite3; d = sqlite3.connect('%s/plumewatch.db'); "
             "d.execute('UPDATE finding SET start_ms = start_ms + 1'); d.commit()\"",
             b.data);
    assert_int_equal(system(command), 0);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "table finding"));
    assert_non_null(strstr(words, "start_ms"));
    free(words);
    record_bench_deinit(&b);
}

static void an_anchor_is_proven_or_not(void **state)
{
    (void)state;
    struct record_bench b;
    struct recorder_stats stats;
    char anchor[100];
    char *words = NULL;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 3);
    recorder_get_stats(b.recorder, &stats);
    record_bench_fill(&b, 2);
    record_bench_close(&b);
    snprintf(anchor, sizeof anchor, "3:%s", stats.head);
    assert_int_equal(record_verify_text(b.data, anchor, &words), 0);
    assert_non_null(strstr(words, "anchor 3: proven"));
    free(words);
    anchor[2] = anchor[2] == '0' ? '1' : '0';
    assert_int_equal(record_verify_text(b.data, anchor, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "another digest"));
    free(words);
    assert_int_equal(record_verify_text(b.data, "3:abc", &words), PW_EINVAL);
    free(words);
    assert_int_equal(record_verify_text(b.data, NULL, &words), 0);
    assert_non_null(strstr(words, "no anchor was given"));
    free(words);
    record_bench_deinit(&b);
}

static void a_directory_in_use_of_another_plant_or_newer_is_refused(void **state)
{
    (void)state;
    struct record_bench b;
    struct recorder *second = NULL;
    struct recorder_start start;
    char why[500] = "";
    char path[700];
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(recorder_open(&b.options, &second, &start, why, sizeof why), PW_EBUSY);
    assert_non_null(strstr(why, "in use"));
    assert_int_equal(record_rebuild(b.data, false, stdout), PW_EBUSY);
    record_bench_close(&b);
    b.options.plant = "other";
    assert_int_equal(record_bench_open(&b), PW_EFOREIGN);
    assert_non_null(strstr(b.why, "\"demo\""));
    b.options.plant = "demo";
    snprintf(path, sizeof path, "%s/plumewatch.json", b.data);
    static const char newer[] = "{\"format\":2,\"plant\":\"demo\"}";
    record_file_write(path, newer, sizeof newer - 1);
    assert_int_equal(record_bench_open(&b), PW_EVERSION);
    assert_non_null(strstr(b.why, "newer version"));
    record_file_write(path, "{\"format\"", 9);
    assert_int_equal(record_bench_open(&b), PW_ECORRUPT);
    record_bench_deinit(&b);
}

static void a_new_directory_is_private_and_says_whose_it_is(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file identity;
    struct stat st;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 1);
    assert_int_equal(stat(b.data, &st), 0);
    assert_int_equal(st.st_mode & 07027, 0);
    record_file_load(&identity, b.data, "plumewatch.json");
    assert_string_equal(identity.data, "{\"format\":1,\"plant\":\"demo\",\"created\":"
                                       "\"2026-11-24T08:00:00.000Z\"}\n");
    free(identity.data);
    record_file_load(&identity, b.data, SEGMENT);
    assert_int_equal(stat(identity.path, &st), 0);
    assert_int_equal(st.st_mode & 07137, 0);
    free(identity.data);
    record_file_load(&identity, b.data, "plumewatch.db");
    assert_int_equal(stat(identity.path, &st), 0);
    assert_int_equal(st.st_mode & 07137, 0);
    free(identity.data);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tail_torn_at_any_byte_is_cut_kept_and_counted),
        cmocka_unit_test(after_a_torn_tail_the_journal_goes_on),
        cmocka_unit_test(a_whole_tail_that_sqlite_missed_is_applied_again),
        cmocka_unit_test(a_lost_tail_that_sqlite_knows_is_refused_and_nothing_is_cut),
        cmocka_unit_test(any_flipped_byte_is_found_by_verify_and_by_start),
        cmocka_unit_test(damage_in_the_middle_is_refused_until_the_gap_is_accepted),
        cmocka_unit_test(a_forged_commit_with_right_check_sums_breaks_the_chain),
        cmocka_unit_test(a_deleted_database_is_made_anew_equal),
        cmocka_unit_test(a_corrupt_database_is_kept_and_made_anew),
        cmocka_unit_test(a_database_of_another_version_is_made_anew_while_commits_go_on),
        cmocka_unit_test(a_row_that_was_changed_is_found_by_verify),
        cmocka_unit_test(an_anchor_is_proven_or_not),
        cmocka_unit_test(a_directory_in_use_of_another_plant_or_newer_is_refused),
        cmocka_unit_test(a_new_directory_is_private_and_says_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
