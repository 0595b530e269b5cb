/* MNs that nobody knows: how many, how many packets of each, in which order, and that no password
 * is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/hj212_strangers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct hj212_strangers *s, const char *mn, int n, const char *more)
{
    char segment[4096];
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    snprintf(segment, sizeof segment, "ST=31;CN=2011;PW=secret;MN=%s;Flag=4;CP=&&n=%d%s&&", mn, n,
             more);
    assert_int_equal(hj212_packet_parse(hj212_text_of(segment), p), 0);
    const struct hj212_received got = {.packet = p, .crc = HJ212_CRC_MODBUS};
    hj212_strangers_note(s, &got, 1000 + n);
    free(p);
}

static void the_last_packets_are_set_aside_in_order(void **state)
{
    struct hj212_strangers *s = hj212_strangers_new(2);
    struct hj212_stranger u;
    enum hj212_crc_variant crc;
    (void)state;
    for (int n = 0; n < HJ212_KEPT_PACKETS + 5; n++)
        note(s, "A", n, "");
    hj212_strangers_get(s, hj212_strangers_find(s, hj212_text_of("A")), &u);
    assert_int_equal(u.packets, HJ212_KEPT_PACKETS + 5);
    assert_int_equal(u.kept, HJ212_KEPT_PACKETS);
    assert_int_equal(u.gone, 5);
    assert_int_equal(u.first_at_ms, 1000);
    assert_string_equal(u.st, "31");
    assert_null(strstr(u.last, "secret"));
    for (uint32_t n = 0; n < u.kept; n++) {
        char mark[16];
        struct hj212_text t = hj212_strangers_packet(s, 0, n, &crc);
        snprintf(mark, sizeof mark, "&&n=%u&&", n + 5);
        assert_true(hj212_text_find(t, mark) < t.len);
        assert_int_equal(crc, HJ212_CRC_MODBUS);
    }
    hj212_strangers_free(s);
}

static void a_packet_too_long_to_keep_is_counted_and_shown_cut(void **state)
{
    struct hj212_strangers *s = hj212_strangers_new(1);
    struct hj212_stranger u;
    char more[2000];
    (void)state;
    memset(more, 'x', sizeof more - 1);
    more[sizeof more - 1] = '\0';
    note(s, "A", 1, more);
    hj212_strangers_get(s, 0, &u);
    assert_int_equal(u.kept, 0);
    assert_int_equal(u.gone, 1);
    assert_int_equal(strlen(u.last), HJ212_KEPT_FRAME - 1);
    hj212_strangers_free(s);
}

static void a_full_list_only_counts_and_one_that_leaves_makes_room(void **state)
{
    struct hj212_strangers *s = hj212_strangers_new(2);
    (void)state;
    note(s, "A", 1, "");
    note(s, "B", 2, "");
    note(s, "C", 3, "");
    note(s, "A", 4, "");
    assert_int_equal(hj212_strangers_count(s), 2);
    assert_int_equal(hj212_strangers_unlisted(s), 1);
    assert_int_equal(hj212_strangers_find(s, hj212_text_of("C")), UINT32_MAX);
    hj212_strangers_remove(s, 0);
    note(s, "C", 5, "");
    assert_int_equal(hj212_strangers_find(s, hj212_text_of("B")), 0);
    assert_int_equal(hj212_strangers_find(s, hj212_text_of("C")), 1);
    hj212_strangers_free(s);
}

static void a_list_moves_as_far_as_there_is_room(void **state)
{
    struct hj212_strangers *from = hj212_strangers_new(3);
    struct hj212_strangers *to = hj212_strangers_new(2);
    struct hj212_stranger u;
    (void)state;
    note(from, "A", 1, "");
    note(from, "B", 2, "");
    note(from, "C", 3, "");
    hj212_strangers_move(to, from);
    assert_int_equal(hj212_strangers_count(to), 2);
    assert_int_equal(hj212_strangers_count(from), 0);
    hj212_strangers_get(to, 1, &u);
    assert_string_equal(u.mn, "B");
    assert_int_equal(u.kept, 1);
    hj212_strangers_free(from);
    hj212_strangers_free(to);
}

static void none_may_be_listed(void **state)
{
    struct hj212_strangers *s = hj212_strangers_new(0);
    (void)state;
    note(s, "A", 1, "");
    assert_int_equal(hj212_strangers_count(s), 0);
    assert_int_equal(hj212_strangers_unlisted(s), 1);
    hj212_strangers_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_packets_are_set_aside_in_order),
        cmocka_unit_test(a_packet_too_long_to_keep_is_counted_and_shown_cut),
        cmocka_unit_test(a_full_list_only_counts_and_one_that_leaves_makes_room),
        cmocka_unit_test(a_list_moves_as_far_as_there_is_room),
        cmocka_unit_test(none_may_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
