#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/app/disk.h"

static enum disk_change after(struct disk_watch *w, const struct recorder_stats *s, int64_t now_s,
                              enum disk_part part)
{
    enum disk_change out[DISK_PARTS];
    disk_watch_take(w, s, now_s * 1000, out);
    return out[part];
}

static void a_disk_that_refuses_opens_at_once_and_closes_when_it_is_good(void **state)
{
    (void)state;
    struct disk_watch w = {0};
    struct recorder_stats s = {.free_bytes = 3 << 20};
    assert_int_equal(after(&w, &s, 1, DISK_PART_DISK), DISK_SAME);
    s.disk = RECORDER_DISK_REFUSES;
    assert_int_equal(after(&w, &s, 2, DISK_PART_DISK), DISK_OPENED);
    assert_int_equal(w.part[DISK_PART_DISK].start_ms, 2000);
    s.disk = RECORDER_DISK_LOW;
    assert_int_equal(after(&w, &s, 3, DISK_PART_DISK), DISK_SAME);
    s.disk = RECORDER_DISK_GOOD;
    assert_int_equal(after(&w, &s, 4, DISK_PART_DISK), DISK_CLOSED);
    assert_int_equal(w.part[DISK_PART_DISK].last_ms, 3000);
    assert_int_equal(after(&w, &s, 5, DISK_PART_DISK), DISK_SAME);
}

static void a_loss_is_one_finding_with_its_own_count(void **state)
{
    (void)state;
    struct disk_watch w = {0};
    struct recorder_stats s = {.lost_lines = 10};
    assert_int_equal(after(&w, &s, 1, DISK_PART_LOSS), DISK_OPENED);
    s.lost_lines = 30;
    assert_int_equal(after(&w, &s, 2, DISK_PART_LOSS), DISK_SAME);
    assert_true(w.part[DISK_PART_LOSS].value == 30);
    assert_int_equal(after(&w, &s, 6, DISK_PART_LOSS), DISK_SAME);
    assert_int_equal(after(&w, &s, 7, DISK_PART_LOSS), DISK_CLOSED);
    s.lost_lines = 35;
    assert_int_equal(after(&w, &s, 8, DISK_PART_LOSS), DISK_OPENED);
    assert_true(w.part[DISK_PART_LOSS].value == 5);
}

static void only_new_commits_can_be_slow(void **state)
{
    (void)state;
    struct disk_watch w = {0};
    struct recorder_stats s = {.sync_last_us = 2500000, .commits = 1};
    assert_int_equal(after(&w, &s, 1, DISK_PART_SLOW), DISK_OPENED);
    assert_int_equal(after(&w, &s, 60, DISK_PART_SLOW), DISK_SAME);
    assert_int_equal(after(&w, &s, 61, DISK_PART_SLOW), DISK_CLOSED);
    s.commits = 2;
    s.sync_last_us = 1999999;
    assert_int_equal(after(&w, &s, 62, DISK_PART_SLOW), DISK_SAME);
}

static void damage_of_the_record_holds_until_all_was_read_again(void **state)
{
    (void)state;
    struct disk_watch w = {0};
    struct recorder_stats s = {.rechecking = true};
    assert_int_equal(after(&w, &s, 1, DISK_PART_CHAIN), DISK_SAME);
    s.damages = 1;
    assert_int_equal(after(&w, &s, 2, DISK_PART_CHAIN), DISK_OPENED);
    s.rechecking = false;
    assert_int_equal(after(&w, &s, 3, DISK_PART_CHAIN), DISK_SAME);
    /* The next start. */
    s.damages = 0;
    s.rechecking = true;
    assert_int_equal(after(&w, &s, 4, DISK_PART_CHAIN), DISK_SAME);
    s.rechecking = false;
    assert_int_equal(after(&w, &s, 5, DISK_PART_CHAIN), DISK_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_that_refuses_opens_at_once_and_closes_when_it_is_good),
        cmocka_unit_test(a_loss_is_one_finding_with_its_own_count),
        cmocka_unit_test(only_new_commits_can_be_slow),
        cmocka_unit_test(damage_of_the_record_holds_until_all_was_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
