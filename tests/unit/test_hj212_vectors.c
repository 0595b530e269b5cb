/* The published frames and those made after the standards' examples: read to the last field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"

static void all_published_frames_are_read(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const cJSON *v;
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(tree, "frames"))
    {
        const char *frame = json_string(v, "frame");
        struct stand s;
        stand_open(&s, hj212_profile_default(HJ212_2017));
        assert_int_equal(stand_feed_text(&s, frame), 0);
        const struct hj212_packet *p = s.got.packet;
        assert_true(p->clean);
        assert_int_equal(p->edition, json_int(v, "edition", 0) == 2005   ? HJ212_2005
                                     : json_int(v, "edition", 0) == 2017 ? HJ212_2017
                                                                         : HJ212_2025);
        assert_int_equal(s.got.crc, HJ212_CRC_STANDARD);
        if (json_bool(v, "strict", false) && strcmp(json_string(v, "id"), "D13") != 0)
            assert_int_equal(s.got.deviations, 0);
        stand_close(&s);
    }
    cJSON_Delete(tree);
}

static const struct hj212_packet *read_vector(struct stand *s, const char *id)
{
    cJSON *tree = load_vectors();
    const cJSON *v;
    int err = PW_ENOTFOUND;
    stand_open(s, hj212_profile_default(HJ212_2017));
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(tree, "frames"))
    {
        if (strcmp(json_string(v, "id"), id) == 0)
            err = stand_feed_text(s, json_string(v, "frame"));
    }
    cJSON_Delete(tree);
    assert_int_equal(err, 0);
    return s->got.packet;
}

static void assert_text(struct hj212_text t, const char *expected)
{
    if (!hj212_text_is(t, expected))
        fail_msg("'%.*s' is not '%s'", (int)t.len, t.at, expected);
}

static void the_example_of_2017_says_what_it_says(void **state)
{
    (void)state;
    struct stand s;
    const struct hj212_packet *p = read_vector(&s, "S1");
    assert_text(p->qn, "20160801085857223");
    assert_text(p->st, "32");
    assert_int_equal(p->cn, 1062);
    assert_text(p->pw, "100000");
    assert_text(p->mn, "010000A8900016F000169DC0");
    assert_int_equal(p->flag, 5);
    int interval = 0;
    assert_int_equal(hj212_packet_int(p, HJ212_RTD_INTERVAL, &interval), 0);
    assert_int_equal(interval, 30);
    int64_t ms;
    assert_int_equal(hj212_time_parse(p->qn, 480, &ms), 0);
    assert_int_equal(ms, 1470013137223);
    stand_close(&s);
}

static void a_minute_of_2025_keeps_order_groups_and_text(void **state)
{
    (void)state;
    struct stand s;
    const struct hj212_packet *p = read_vector(&s, "S3");
    assert_int_equal(p->item_count, 13);
    assert_text(p->items[0].name, "DataTime");
    assert_text(p->items[0].code, "");
    assert_int_equal(p->items[0].field, HJ212_DATA_TIME);
    assert_text(p->items[1].raw, "a01011-Min=1.35");
    assert_text(p->items[1].code, "a01011");
    assert_int_equal(p->items[1].field, HJ212_MIN);
    assert_int_equal(p->items[1].group, 1);
    assert_int_equal(p->items[4].field, HJ212_FLAG);
    assert_text(p->items[4].value, "N");
    assert_int_equal(p->items[5].group, 2);
    assert_int_equal(p->items[12].group, 3);
    double value = 0;
    const struct hj212_item *item = hj212_packet_find_of(p, hj212_text_of("a01014"), HJ212_AVG);
    assert_non_null(item);
    assert_int_equal(hj212_number(item->value, &value), 0);
    assert_true(value == 3.211);
    assert_int_equal(hj212_number(p->items[4].value, &value), PW_ESYNTAX);
    stand_close(&s);
}

static void chinese_text_counts_in_bytes(void **state)
{
    (void)state;
    struct stand s;
    const struct hj212_packet *p = read_vector(&s, "D10");
    const struct hj212_item *log = hj212_packet_find_of(p, hj212_text_of("i11001"), HJ212_INFO);
    assert_non_null(log);
    assert_text(log->value, "//清洗管路//");
    assert_text(hj212_info_text(log->value), "清洗管路");
    assert_int_equal(p->segment.len, 152);
    stand_close(&s);
}

static void parts_of_a_split_packet_are_numbered(void **state)
{
    (void)state;
    struct stand s;
    const struct hj212_packet *p = read_vector(&s, "D8");
    assert_int_equal(p->pnum, 2);
    assert_int_equal(p->pno, 1);
    stand_close(&s);
    p = read_vector(&s, "D9");
    assert_int_equal(p->pno, 2);
    assert_text(p->qn, "20160801085857535");
    stand_close(&s);
}

static void answers_of_2005_name_their_packet_in_cp(void **state)
{
    (void)state;
    struct stand s;
    const struct hj212_packet *p = read_vector(&s, "D14");
    assert_int_equal(p->cn, 9014);
    assert_text(p->mn, "");
    assert_text(hj212_packet_qn(p), "20040516010101001");
    int cn = 0;
    assert_int_equal(hj212_packet_int(p, HJ212_CN, &cn), 0);
    assert_int_equal(cn, 2051);
    assert_int_equal(s.got.deviations,
                     hj212_dev_bit(HJ212_DEV_EMPTY_ITEM) | hj212_dev_bit(HJ212_DEV_NO_QN_OR_FLAG));
    stand_close(&s);
}

static void the_other_order_of_2005_is_read_and_named(void **state)
{
    (void)state;
    struct stand s;
    const struct hj212_packet *p = read_vector(&s, "D15");
    assert_text(p->qn, "20040516010101001");
    assert_int_equal(p->pnum, 1);
    assert_int_equal(p->edition, HJ212_2005);
    assert_true(s.got.deviations & hj212_dev_bit(HJ212_DEV_ORDER));
    assert_true(s.got.deviations & hj212_dev_bit(HJ212_DEV_NO_QN_OR_FLAG));
    stand_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_published_frames_are_read),
        cmocka_unit_test(the_example_of_2017_says_what_it_says),
        cmocka_unit_test(a_minute_of_2025_keeps_order_groups_and_text),
        cmocka_unit_test(chinese_text_counts_in_bytes),
        cmocka_unit_test(parts_of_a_split_packet_are_numbered),
        cmocka_unit_test(answers_of_2005_name_their_packet_in_cp),
        cmocka_unit_test(the_other_order_of_2005_is_read_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
