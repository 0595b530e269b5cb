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

#include "acq/record/archive.h"
#include "tests/support/power_vfs.h"
#include "tests/unit/means_support.h"
#include "tests/unit/record_files.h"

#define DATA "/disk/data"

enum { CUTS = 400, OLD_CUTS = 150, CUTS_A_DISK = 12, KEEP_DAYS = 3 };

struct power_bench {
    struct record_bench b;
    struct power_disk *disk;
    uint64_t random;
    uint64_t commits_a_run, day_of, operations; /* at most, one commit in, at most until the cut */
    uint64_t next_line;                         /* raw lines are numbered through */
    atomic_uint_least64_t lines;                /* durable, as told by on_commit */
    uint64_t durable_seq, durable_lines;        /* at the cut */
    atomic_bool cut;
};

static uint64_t draw(struct power_bench *p, uint64_t below)
{
    p->random = p->random * 6364136223846793005u + 1442695040888963407u;
    return (p->random >> 33) % below;
}

static void on_commit(void *ctx, const struct commit *c)
{
    struct power_bench *p = ctx;
    atomic_store(&p->b.committed, c->seq);
    atomic_fetch_add(&p->lines, c->lines[MEMBER_R]);
}

static void on_cut(void *ctx)
{
    struct power_bench *p = ctx;
    p->durable_seq = atomic_load(&p->b.committed);
    p->durable_lines = atomic_load(&p->lines);
    atomic_store(&p->cut, true);
}

static void power_bench_init(struct power_bench *p, uint64_t seed)
{
    memset(p, 0, sizeof *p);
    record_bench_init(&p->b);
    p->random = seed;
    p->b.options.data_dir = DATA;
    p->b.options.recompress = true;
    p->b.options.zone_offset_min = -360; /* 2 at night */
    p->b.options.on_commit = on_commit;
    p->b.options.ctx = p;
}

static void power_bench_deinit(struct power_bench *p)
{
    power_vfs_use(NULL);
    power_disk_free(p->disk);
    record_bench_deinit(&p->b);
}

static void start_on(struct power_bench *p, struct power_disk *d)
{
    power_vfs_use(d);
    p->b.options.files = power_disk_files(d);
    p->b.clock.wall_ms += 1000;
    int err = recorder_open(&p->b.options, &p->b.recorder, &p->b.start, p->b.why, sizeof p->b.why);
    if (err)
        print_error("%d: %s\n", err, p->b.why);
    assert_int_equal(err, 0);
    if (p->b.clock.mono_ms <= p->b.start.last_at_ms)
        p->b.clock.mono_ms = p->b.start.last_at_ms + 1;
}

static void add_some(struct power_bench *p)
{
    for (uint64_t i = draw(p, 4) + 1; i > 0; i--) {
        char line[100];
        char members[100];
        int len = snprintf(line, sizeof line, "raw_x,device=A n=%llu %lld",
                           (unsigned long long)p->next_line++, (long long)p->b.clock.wall_ms);
        assert_int_equal(recorder_add_raw(p->b.recorder, line, (size_t)len, p->b.clock.wall_ms,
                                          p->b.clock.mono_ms),
                         0);
        snprintf(members, sizeof members, "\"target\":\"t%u\",\"seq\":%llu", (unsigned)draw(p, 3),
                 (unsigned long long)p->next_line);
        (void)recorder_add_journal(p->b.recorder, "cursor", p->b.clock.mono_ms, members, false);
        int64_t minute_ms = p->b.clock.wall_ms - p->b.clock.wall_ms % means_minute_ms;
        means_tell(&p->b, "minute", (unsigned)draw(p, 3), minute_ms, (unsigned)draw(p, 2));
        means_tell(&p->b, "hour", 0, minute_ms - minute_ms % means_hour_ms, (unsigned)draw(p, 3));
        manual_clock_advance(&p->b.clock, 5);
    }
}

static void work(struct power_bench *p)
{
    uint64_t commits = draw(p, p->commits_a_run) + 1;
    for (uint64_t i = 0; i < commits && !atomic_load(&p->cut); i++) {
        if (draw(p, p->day_of) == 0)
            p->b.clock.wall_ms += RECORD_DAY_MS;
        if (draw(p, 4) == 0)
            p->b.clock.wall_ms += means_hour_ms;
        if (draw(p, 24) == 0)
            p->b.clock.wall_ms += 35 * RECORD_DAY_MS;
        add_some(p);
        record_bench_commit(&p->b);
    }
}

/* The raw lines of the record below data_dir are N, N + 1, ..., N being 0 unless retention removed
 * the beginning; the number behind the last. */
static uint64_t count_numbered(const char *data_dir, uint64_t *out_last)
{
    struct archive *a = NULL;
    uint64_t first = 0;
    uint64_t lines = 0;
    bool begun = false;
    assert_int_equal(archive_open(data_dir, &a), 0);
    assert_int_equal(archive_bounds(a, &first, out_last), 0);
    begun = first == 1;
    for (uint64_t seq = first; seq > 0 && seq <= *out_last; seq++) {
        struct commit c;
        char *text = NULL;
        size_t len = 0;
        assert_int_equal(archive_read(a, seq, &c), 0);
        if (c.member[MEMBER_R])
            assert_int_equal(archive_inflate(c.member[MEMBER_R], &text, &len), 0);
        for (const char *at = text; at && *at; at = strchr(at, '\n') + 1) {
            char expect[64];
            if (!begun)
                lines = strtoull(strstr(at, " n=") + 3, NULL, 10);
            begun = true;
            snprintf(expect, sizeof expect, "raw_x,device=A n=%llu ", (unsigned long long)lines++);
            assert_int_equal(strncmp(at, expect, strlen(expect)), 0);
        }
        free(text);
        for (unsigned k = 0; k < MEMBER_KINDS; k++)
            bytes_unref(c.member[k]);
    }
    archive_close(a);
    return lines;
}

static void check_whole(struct power_bench *p, struct power_disk *d)
{
    char *dir = support_temp_dir();
    char *words = NULL;
    uint64_t last = 0;
    power_disk_export(d, DATA, dir);
    power_vfs_use(NULL);
    if (record_verify_text(dir, NULL, &words) != 0)
        fail_msg("%s", words);
    free(words);
    p->next_line = count_numbered(dir, &last);
    assert_true(last >= p->durable_seq);
    assert_true(p->next_line >= p->durable_lines);
    support_remove_dir(dir);
}

/* The commit that a start with a torn tail writes names it. */
static void check_torn_is_told(struct power_disk *d, uint64_t bytes)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    power_vfs_use(d);
    assert_int_equal(sqlite3_open(DATA "/plumewatch.db", &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT count(*) FROM line WHERE type = 'torn' AND seq ="
                                        " (SELECT value + 0 FROM meta WHERE key = 'last_seq')"
                                        " AND json_extract(json, '$.bytes') = ?1",
                                        -1, &s, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(s, 1, (sqlite3_int64)bytes);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(s, 0), bytes > 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

/* What is left starts without a hand and holds all that was said to be durable. */
static uint64_t check_survivor(struct power_bench *p)
{
    struct power_disk *d = power_disk_clone(p->disk, p->random | 1);
    uint64_t torn = power_disk_bytes_below(d, DATA "/torn/");
    start_on(p, d);
    assert_true(p->b.start.last_seq >= p->durable_seq);
    assert_int_equal(power_disk_bytes_below(d, DATA "/torn/"), torn + p->b.start.torn_bytes);
    uint64_t bytes = p->b.start.torn_bytes;
    record_bench_close(&p->b);
    check_torn_is_told(d, bytes);
    check_whole(p, d);
    power_disk_free(d);
    return bytes;
}

static void run_until_cut(struct power_bench *p)
{
    atomic_store(&p->cut, false);
    atomic_store(&p->b.committed, p->durable_seq);
    atomic_store(&p->lines, p->durable_lines);
    power_disk_arm(p->disk, draw(p, 1 + draw(p, p->operations)) + 1, on_cut, p);
    start_on(p, p->disk);
    work(p);
    record_bench_close(&p->b);
    struct power_disk *left = power_disk_take_survivor(p->disk);
    power_disk_free(p->disk);
    p->disk = left;
}

static void a_fresh_disk(struct power_bench *p)
{
    power_disk_free(p->disk);
    p->disk = power_disk_new(p->random | 1);
    p->next_line = 0;
    p->durable_seq = 0;
    p->durable_lines = 0;
    p->b.clock.wall_ms = RECORD_START_MS;
}

struct cut_counts {
    unsigned cuts, torn;
    uint64_t torn_bytes;
    unsigned anew;    /* in the middle of compressing a segment anew */
    unsigned removed; /* with at least a segment gone */
};

static bool holds_unfinished(struct power_disk *d)
{
    char path[100];
    for (int day = 24; day <= 30; day++) {
        snprintf(path, sizeof path, DATA "/archive/2026/11/%02d.gz.new", day);
        if (power_disk_find(d, path))
            return true;
    }
    return false;
}

static unsigned cuts_of(unsigned usual)
{
    const char *given = getenv("PW_CUTS");
    return given ? (unsigned)atoi(given) : usual;
}

static void cut_again_and_again(struct power_bench *p, struct cut_counts *counts)
{
    for (unsigned i = 0; i < counts->cuts; i++) {
        if (i % CUTS_A_DISK == 0)
            a_fresh_disk(p);
        run_until_cut(p);
        counts->anew += holds_unfinished(p->disk);
        counts->removed += power_disk_find(p->disk, DATA "/archive/2026/11/24.gz") == NULL;
        uint64_t bytes = check_survivor(p);
        counts->torn_bytes += bytes;
        counts->torn += bytes > 0;
        /* What was found whole is durable from now on. */
        p->durable_lines = p->next_line;
        p->durable_seq = p->b.start.last_seq;
    }
}

static void no_cut_loses_what_was_durable_and_every_start_needs_no_hand(void **state)
{
    (void)state;
    struct cut_counts counts = {.cuts = cuts_of(CUTS)};
    struct power_bench p;
    power_bench_init(&p, getenv("PW_CUTS") ? (uint64_t)getpid() : 20261124);
    p.commits_a_run = 10;
    p.day_of = 12;
    p.operations = 400;
    cut_again_and_again(&p, &counts);
    print_message("%u cuts, %u of them left a torn tail, %llu bytes\n", counts.cuts, counts.torn,
                  (unsigned long long)counts.torn_bytes);
    assert_true(counts.torn > counts.cuts / 50);
    power_bench_deinit(&p);
}

static void nor_while_old_segments_are_compressed_anew_and_removed(void **state)
{
    (void)state;
    struct cut_counts counts = {.cuts = cuts_of(OLD_CUTS)};
    struct power_bench p;
    power_bench_init(&p, getenv("PW_CUTS") ? (uint64_t)getpid() : 20261125);
    p.b.options.keep_days = KEEP_DAYS;
    p.commits_a_run = 40;
    p.day_of = 4;
    p.operations = 1200;
    cut_again_and_again(&p, &counts);
    print_message("%u cuts, %u while a segment was made anew, %u with segments removed\n",
                  counts.cuts, counts.anew, counts.removed);
    assert_true(counts.anew > counts.cuts / 20);
    assert_true(counts.removed > counts.cuts / 3);
    power_bench_deinit(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cut_loses_what_was_durable_and_every_start_needs_no_hand),
        cmocka_unit_test(nor_while_old_segments_are_compressed_anew_and_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
