#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"
#include "tests/support/xorshift.h"

#define S1                                                                                         \
    "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"       \
    "CP=&&RtdInterval=30&&1C80"
#define S2                                                                                         \
    "##0087QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;"       \
    "CP=&&&&2200"

static void open_2017(struct stand *s)
{
    stand_open(s, hj212_profile_default(HJ212_2017));
}

static void a_frame_cut_at_every_byte_is_one_frame(void **state)
{
    (void)state;
    static const char text[] = S1 "\r\n";
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct stand s;
        open_2017(&s);
        int good = stand_count(&s, text, cut);
        good += stand_count(&s, text + cut, sizeof text - 1 - cut);
        assert_int_equal(good, 1);
        assert_int_equal(s.peer.counts.skipped_bytes, 0);
        assert_int_equal(s.peer.counts.deviation[HJ212_DEV_TAIL], 0);
        assert_false(hj212_framer_waits(&s.reader.framer));
        stand_close(&s);
    }
}

static void bytes_that_come_one_by_one_are_one_frame(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    static const char text[] = S1 "\r\n" S2 "\r\n";
    int good = 0;
    for (size_t i = 0; i + 1 < sizeof text; i++)
        good += stand_count(&s, text + i, 1);
    assert_int_equal(good, 2);
    assert_int_equal(s.peer.counts.bytes, sizeof text - 1);
    stand_close(&s);
}

static void two_frames_glued_are_two(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    assert_int_equal(stand_count(&s, S1 S2, sizeof S1 S2 - 1), 2);
    assert_int_equal(s.peer.counts.skipped_bytes, 0);
    assert_int_equal(s.peer.counts.deviation[HJ212_DEV_TAIL], 1);
    stand_close(&s);
}

static void garbage_between_frames_costs_only_itself(void **state)
{
    (void)state;
    static const char *const garbage[] = {
        "x",      "#",      "###",    "##",  "##12",   "\r\n",     "##abcd",       "##0000",
        "##9999", "&&ABCD", "##0003", "# #", "\n\n\n", "##0101QN", "##0101QN=2016"};
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        char text[400];
        int len = snprintf(text, sizeof text, "%s\r\n%s%s\r\n", S1, garbage[i], S2);
        struct stand s;
        open_2017(&s);
        int good = stand_count(&s, text, (size_t)len);
        for (int timer = 0; timer < 5 && hj212_framer_waits(&s.reader.framer); timer++) {
            hj212_framer_expire(&s.reader.framer);
            good += stand_count(&s, "", 0);
        }
        assert_int_equal(good, 2);
        assert_int_equal(s.peer.counts.skipped_bytes, strlen(garbage[i]));
        stand_close(&s);
    }
}

static void a_wrong_sum_costs_one_frame_and_none_inside_it(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    char text[400];
    int len = snprintf(text, sizeof text, "##0133QN=1;CP=&&%s\r\n&&&&&&&&&&ABCD" S2 "\r\n", S1);
    assert_int_equal(stand_count(&s, text, (size_t)len), 2);
    assert_int_equal(s.peer.counts.bad_crc, 1);
    stand_close(&s);
}

static void a_changed_byte_never_passes_as_the_same_packet(void **state)
{
    (void)state;
    static const char text[] = S1 "\r\n";
    int passed = 0;
    for (size_t at = 6; at < 107; at++) {
        for (int bit = 0; bit < 8; bit++) {
            struct stand s;
            open_2017(&s);
            char bad[sizeof text];
            memcpy(bad, text, sizeof text);
            bad[at] = (char)(bad[at] ^ 1 << bit);
            passed += stand_count(&s, bad, sizeof text - 1);
            stand_close(&s);
        }
    }
    /* One wrong bit always changes the sum; a Modbus sum that fits by chance would show here. */
    assert_int_equal(passed, 0);
}

static void an_unfinished_frame_waits_until_it_expires(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    assert_int_equal(stand_feed_text(&s, "##0300QN=20160801085857223;ST=32;" S1 "\r\n"), PW_EMORE);
    assert_true(hj212_framer_waits(&s.reader.framer));
    hj212_framer_expire(&s.reader.framer);
    assert_int_equal(s.peer.counts.expired, 1);
    assert_int_equal(stand_feed(&s, "", 0), 0);
    assert_int_equal(s.got.packet->cn, 1062);
    assert_int_equal(stand_feed(&s, "", 0), PW_EMORE);
    assert_false(hj212_framer_waits(&s.reader.framer));
    stand_close(&s);
}

static void expiring_with_nothing_waiting_does_nothing(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    hj212_framer_expire(&s.reader.framer);
    assert_int_equal(s.peer.counts.expired, 0);
    assert_int_equal(stand_feed_text(&s, "#"), PW_EMORE);
    hj212_framer_expire(&s.reader.framer);
    assert_int_equal(s.peer.counts.expired, 1);
    assert_int_equal(stand_count(&s, S1, sizeof S1 - 1), 1);
    stand_close(&s);
}

static void every_form_of_tail_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *tail;
        int deviations;
        int skipped;
    } cases[] = {{"\r\n", 0, 0}, {"", 1, 0},         {"\r", 1, 0},    {"\n", 1, 0},
                 {"\n\r", 1, 1}, {"\r\n\r\n", 0, 2}, {"\r\r\n", 1, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        int len = snprintf(text, sizeof text, "%s%s%s\r\n", S1, cases[i].tail, S2);
        struct stand s;
        open_2017(&s);
        assert_int_equal(stand_count(&s, text, (size_t)len), 2);
        assert_int_equal(s.peer.counts.deviation[HJ212_DEV_TAIL], cases[i].deviations);
        assert_int_equal(s.peer.counts.skipped_bytes, cases[i].skipped);
        stand_close(&s);
    }
}

static void a_missing_tail_is_told_with_the_next_frame(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    assert_int_equal(stand_feed_text(&s, S1), 0);
    assert_int_equal(s.got.deviations & hj212_dev_bit(HJ212_DEV_TAIL), 0);
    hj212_framer_expire(&s.reader.framer);
    assert_int_equal(s.peer.counts.expired, 0);
    assert_int_equal(stand_feed_text(&s, S2 "\r\n"), 0);
    assert_int_equal(s.got.deviations, hj212_dev_bit(HJ212_DEV_TAIL));
    stand_close(&s);
}

static void lengths_of_three_digits_are_a_setting(void **state)
{
    (void)state;
    static const char text[] = "##101"
                               "QN=20160801085857223;ST=32;CN=1062;PW=100000;"
                               "MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n";
    struct hj212_profile p = hj212_profile_default(HJ212_2017);
    for (int on = 0; on < 2; on++) {
        p.length_3 = on;
        struct stand s;
        stand_open(&s, p);
        assert_int_equal(stand_count(&s, text, sizeof text - 1), on);
        assert_int_equal(s.peer.counts.deviation[HJ212_DEV_LENGTH_3], on);
        assert_int_equal(s.peer.counts.bad_length, !on);
        stand_close(&s);
    }
}

static char *long_frame(size_t segment_len)
{
    char *segment = malloc(segment_len + 1);
    char *frame = malloc(segment_len + 16);
    int head = snprintf(segment, segment_len + 1,
                        "QN=20160801085857223;ST=32;CN=3020;PW=100000;"
                        "MN=010000A8900016F000169DC0;Flag=4;CP=&&"
                        "i11001-Info=");
    memset(segment + head, 'x', segment_len - (size_t)head - 2);
    memcpy(segment + segment_len - 2, "&&", 3);
    frame_of(segment, frame, segment_len + 16);
    free(segment);
    return frame;
}

static void the_longest_length_is_a_setting(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint16_t max;
        int good, over;
    } cases[] = {{1024, 1024, 1, 0},
                 {1025, 1024, 0, 0},
                 {1025, 9999, 1, 1},
                 {1623, 9999, 1, 1},
                 {9999, 9999, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hj212_profile p = hj212_profile_default(HJ212_2017);
        p.segment_max_in = cases[i].max;
        struct stand s;
        stand_open(&s, p);
        char *frame = long_frame(cases[i].len);
        assert_int_equal(stand_count(&s, frame, strlen(frame)), cases[i].good);
        assert_int_equal(s.peer.counts.deviation[HJ212_DEV_OVERSIZE], cases[i].over);
        free(frame);
        stand_close(&s);
    }
}

static void random_bytes_between_frames_lose_none(void **state)
{
    (void)state;
    struct stand s;
    open_2017(&s);
    uint64_t seed = 42;
    int good = 0;
    enum { FRAMES = 3000 };
    for (int i = 0; i < FRAMES; i++) {
        char text[300];
        size_t len = xorshift_next(&seed) % 40;
        for (size_t k = 0; k < len; k++)
            text[k] = (char)xorshift_next(&seed);
        memcpy(text + len, S1 "\r\n", sizeof S1 + 1);
        good += stand_count(&s, text, len + sizeof S1 + 1);
    }
    while (hj212_framer_waits(&s.reader.framer)) {
        hj212_framer_expire(&s.reader.framer);
        good += stand_count(&s, "", 0);
    }
    assert_int_equal(good, FRAMES);
    stand_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_cut_at_every_byte_is_one_frame),
        cmocka_unit_test(bytes_that_come_one_by_one_are_one_frame),
        cmocka_unit_test(two_frames_glued_are_two),
        cmocka_unit_test(garbage_between_frames_costs_only_itself),
        cmocka_unit_test(a_wrong_sum_costs_one_frame_and_none_inside_it),
        cmocka_unit_test(a_changed_byte_never_passes_as_the_same_packet),
        cmocka_unit_test(an_unfinished_frame_waits_until_it_expires),
        cmocka_unit_test(expiring_with_nothing_waiting_does_nothing),
        cmocka_unit_test(every_form_of_tail_is_read),
        cmocka_unit_test(a_missing_tail_is_told_with_the_next_frame),
        cmocka_unit_test(lengths_of_three_digits_are_a_setting),
        cmocka_unit_test(the_longest_length_is_a_setting),
        cmocka_unit_test(random_bytes_between_frames_lose_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
