#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"
#include "protocols/hj212/digits.h"
#include "protocols/hj212/write.h"
#include "tests/support/xorshift.h"

static struct hj212_head head_of_packet(const struct hj212_packet *p)
{
    bool request = p->edition == HJ212_2005 && p->cn < 9000 && p->item_count > 0 &&
                   p->items[0].field != HJ212_DATA_TIME;
    return (struct hj212_head){.qn = p->qn,
                               .st = p->st,
                               .pw = p->pw,
                               .mn = p->mn,
                               .cn = p->cn,
                               .request = request,
                               .answer_wanted = (p->flag & HJ212_FLAG_ANSWER) && !request,
                               .backfill = p->backfill,
                               .pnum = p->pnum,
                               .pno = p->pno};
}

static void copy_cp(struct hj212_cp *cp, const struct hj212_packet *p)
{
    for (size_t i = 0; i < p->item_count;) {
        const struct hj212_item *first = &p->items[i];
        const struct hj212_item *last = first;
        while (i < p->item_count && p->items[i].group == first->group)
            last = &p->items[i++];
        size_t len = (size_t)(last->raw.at + last->raw.len - first->raw.at);
        hj212_cp_raw(cp, (struct hj212_text){first->raw.at, len});
    }
    assert_int_equal(cp->err, 0);
}

static void strict_vectors_are_written_byte_for_byte(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const cJSON *v;
    int written = 0;
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(tree, "frames"))
    {
        if (!json_bool(v, "strict", false))
            continue;
        int64_t year = json_int(v, "edition", 0);
        struct hj212_profile profile = hj212_profile_default(year == 2005   ? HJ212_2005
                                                             : year == 2017 ? HJ212_2017
                                                                            : HJ212_2025);
        struct stand s;
        stand_open(&s, profile);
        assert_int_equal(stand_feed_text(&s, json_string(v, "frame")), 0);
        static struct hj212_cp cp;
        char storage[HJ212_SEGMENT_MAX];
        char out[HJ212_FRAME_SIZE + 1];
        size_t len = 0;
        hj212_cp_init(&cp, &profile, storage, sizeof storage);
        copy_cp(&cp, s.got.packet);
        struct hj212_head head = head_of_packet(s.got.packet);
        struct hj212_text text = {cp.text, cp.len};
        assert_int_equal(hj212_write(&profile, &head, text, NULL, out, sizeof out - 1, &len), 0);
        out[len - 2] = '\0';
        assert_string_equal(out, json_string(v, "frame"));
        written++;
        stand_close(&s);
    }
    assert_int_equal(written, 18);
    cJSON_Delete(tree);
}

static void answer_is(enum hj212_edition edition, const char *segment, int cn, int result,
                      const char *expected)
{
    struct hj212_profile profile = hj212_profile_default(edition);
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    assert_int_equal(hj212_packet_parse(hj212_text_of(segment), p), 0);
    char out[HJ212_FRAME_SIZE];
    size_t len = 0;
    assert_int_equal(hj212_write_answer(&profile, p, cn, result, out, sizeof out, &len), 0);
    char frame[400];
    frame_of(expected, frame, sizeof frame - 2);
    strcat(frame, "\r\n");
    assert_int_equal(len, strlen(frame));
    assert_memory_equal(out, frame, len);
    free(p);
}

static void answers_have_the_form_of_their_edition(void **state)
{
    (void)state;
    static const char new[] = "QN=20160801085857223;ST=32;CN=2051;PW=123456;"
                              "MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801084000&&";
    static const char old[] = "QN=20040516010101001;PNUM=2;PNO=1;ST=32;CN=2051;PW=123456;"
                              "MN=88888880000001;Flag=3;CP=&&DataTime=20040516021000&&";
#define NEW(cn, flag, cp)                                                                          \
    "QN=20160801085857223;ST=91;CN=" cn ";PW=123456;MN=010000A8900016F000169DC0;Flag=" flag        \
    ";CP=&&" cp "&&"
    answer_is(HJ212_2017, new, 9014, 0, NEW("9014", "4", ""));
    answer_is(HJ212_2025, new, 9014, 0, NEW("9014", "8", ""));
    answer_is(HJ212_2017, new, 9013, 0, NEW("9013", "4", ""));
    answer_is(HJ212_2017, new, 9011, 1, NEW("9011", "4", "QnRtn=1"));
    answer_is(HJ212_2017, new, 9012, 100, NEW("9012", "4", "ExeRtn=100"));
    answer_is(HJ212_2005, old, 9014, 0,
              "ST=91;CN=9014;CP=&&QN=20040516010101001;CN=2051;PNO=1;PNUM=2&&");
    answer_is(HJ212_2005, old, 9011, 1,
              "ST=91;CN=9011;PW=123456;MN=88888880000001;Flag=0;"
              "CP=&&QN=20040516010101001;QnRtn=1&&");
    answer_is(HJ212_2005, old, 9012, 1,
              "ST=91;CN=9012;PW=123456;MN=88888880000001;CP=&&QN=20040516010101001;ExeRtn=1&&");
    answer_is(HJ212_2005, old, 9013, 0,
              "ST=91;CN=9013;PW=123456;MN=88888880000001;CP=&&QN=20040516010101001&&");
}

static struct hj212_head upload_head(enum hj212_edition edition)
{
    return (struct hj212_head){.qn = edition == HJ212_2005 ? hj212_text_of("20040516010101001")
                                                           : (struct hj212_text){"", 0},
                               .st = hj212_text_of("31"),
                               .pw = hj212_text_of("123456"),
                               .mn = hj212_text_of("010000A8900016F000169DC0"),
                               .cn = 2051,
                               .answer_wanted = true};
}

/* What one split message said, as its parts were read again. */
struct told {
    int parts;
    size_t items;
    char text[1 << 16];
    size_t len;
};

static void read_part(struct told *t, const struct hj212_split *split, const char *out, size_t len)
{
    assert_memory_equal(out + len - 2, "\r\n", 2);
    struct stand s;
    stand_open(&s, *split->profile);
    assert_int_equal(stand_feed(&s, out, len), 0);
    const struct hj212_packet *p = s.got.packet;
    assert_true(p->clean);
    assert_true(p->segment.len <= 1024);
    assert_true(p->cp.len + 7 <= (split->profile->edition == HJ212_2005 ? 960 : 950));
    assert_int_equal(p->pnum, split->count > 1 ? split->count : 0);
    assert_int_equal(p->pno, split->count > 1 ? t->parts + 1 : 0);
    assert_int_equal(!!(p->flag & HJ212_FLAG_SPLIT), split->count > 1);
    assert_true(p->flag & HJ212_FLAG_ANSWER);
    assert_int_equal(p->items[0].field, HJ212_DATA_TIME);
    size_t before = strlen("DataTime=20240520210600;");
    size_t more = p->cp.len - before;
    if (t->len)
        t->text[t->len++] = ';';
    memcpy(t->text + t->len, p->cp.at + before, more);
    t->len += more;
    t->items += p->item_count - 1;
    t->parts++;
    stand_close(&s);
}

static void random_messages_never_pass_a_limit_and_lose_nothing(void **state)
{
    (void)state;
    static struct hj212_cp cp;
    static char storage[1 << 16];
    static struct told told;
    uint64_t seed = 7;
    int split_ones = 0;
    for (int round = 0; round < 1500; round++) {
        enum hj212_edition edition = (enum hj212_edition)(HJ212_2005 + round % 3);
        struct hj212_profile profile = hj212_profile_default(edition);
        profile.parts_padded = round % 5 == 0 && edition != HJ212_2025;
        hj212_cp_init(&cp, &profile, storage, sizeof storage);
        hj212_cp_time(&cp, "", HJ212_DATA_TIME, 1716210360000);
        size_t factors = 1 + xorshift_next(&seed) % 60;
        for (size_t i = 0; i < factors; i++) {
            char code[16];
            snprintf(code, sizeof code, "a%05u", (unsigned)(xorshift_next(&seed) % 100000));
            double value = (double)(xorshift_next(&seed) % 100000) / 100;
            hj212_cp_number(&cp, code, HJ212_MIN, value / 1000);
            hj212_cp_number(&cp, code, HJ212_COU, value * 3);
            if (xorshift_next(&seed) % 2)
                hj212_cp_number(&cp, code, HJ212_ZS_AVG, value / 10000);
            hj212_cp_text(&cp, code, HJ212_FLAG, hj212_text_of("N"));
        }
        if (cp.err == PW_EFULL)
            continue; /* a digit too many for a code of the table: refused, see below */
        assert_int_equal(cp.err, 0);
        struct hj212_head head = upload_head(edition);
        struct hj212_split split;
        struct hj212_qn qn = {0};
        int err = hj212_split_begin(&split, &profile, &head, &cp);
        if (err == PW_EFULL && edition == HJ212_2025)
            continue; /* more than nine parts */
        assert_int_equal(err, 0);
        told.parts = 0;
        told.items = told.len = 0;
        char out[HJ212_FRAME_SIZE];
        size_t len;
        while ((err = hj212_split_next(&split, &qn, 1716210420000, NULL, out, sizeof out, &len)) ==
               0)
            read_part(&told, &split, out, len);
        assert_int_equal(err, PW_ENOTFOUND);
        assert_int_equal(told.parts, split.count);
        assert_int_equal(told.len, cp.len - strlen("DataTime=20240520210600;"));
        assert_memory_equal(told.text, cp.text + strlen("DataTime=20240520210600;"), told.len);
        if (edition != HJ212_2005)
            assert_int_equal(qn.last_ms, 1716210420000 + split.count - 1);
        split_ones += split.count > 1;
    }
    assert_true(split_ones > 300);
}

static void a_message_that_just_fits_is_not_split(void **state)
{
    (void)state;
    struct hj212_profile profile = hj212_profile_default(HJ212_2017);
    static struct hj212_cp cp;
    char storage[2000];
    for (size_t len = 800; len < 1000; len++) {
        hj212_cp_init(&cp, &profile, storage, sizeof storage);
        hj212_cp_time(&cp, "", HJ212_DATA_TIME, 1716210360000);
        char value[1000];
        memset(value, 'x', len - 24 - strlen("i11001-Info="));
        hj212_cp_text(&cp, "i11001", HJ212_INFO,
                      (struct hj212_text){value, len - 24 - strlen("i11001-Info=")});
        assert_int_equal(cp.err, 0);
        assert_int_equal(cp.len, len);
        struct hj212_head head = upload_head(HJ212_2017);
        struct hj212_split split;
        /* Header: 21 + 6 + 8 + 10 + 28 + 7 = 80 bytes; 937 bytes are left for the text. */
        int err = hj212_split_begin(&split, &profile, &head, &cp);
        assert_int_equal(err, len <= 937 ? 0 : PW_EFULL);
        if (err == 0) {
            assert_int_equal(split.count, 1);
            char out[HJ212_FRAME_SIZE];
            size_t out_len;
            struct hj212_qn qn = {0};
            assert_int_equal(
                hj212_split_next(&split, &qn, 1716210420000, NULL, out, sizeof out, &out_len), 0);
        }
    }
}

static void limits_hold_for_single_frames_too(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text);
    memcpy(text, "i11001-Info=", 12);
    struct hj212_head head = upload_head(HJ212_2005);
    char out[HJ212_FRAME_SIZE];
    size_t len;
    for (unsigned e = HJ212_2005; e <= HJ212_2025; e++) {
        struct hj212_profile profile = hj212_profile_default((enum hj212_edition)e);
        size_t most = (e == HJ212_2005 ? 960 : 950) - 7;
        struct hj212_text cp = {text, most + 1};
        assert_int_equal(hj212_write(&profile, &head, cp, NULL, out, sizeof out, &len), PW_EFULL);
        head.pw.len = 0;
        head.mn.len = 3;
        cp.len = most;
        assert_int_equal(hj212_write(&profile, &head, cp, NULL, out, sizeof out, &len), 0);
        assert_true(len <= 1024 + 12);
        for (size_t size = 0; size < len; size += 13)
            assert_int_equal(hj212_write(&profile, &head, cp, NULL, out, size, &len), PW_EFULL);
        head = upload_head(HJ212_2005);
    }
}

static void numbers_have_the_digits_of_their_factor(void **state)
{
    (void)state;
    static const struct {
        enum hj212_edition edition;
        const char *code;
        enum hj212_field field;
        double value;
        const char *text;
    } cases[] = {
        {HJ212_2017, "a21026", HJ212_RTD, 35.678, "35.68"},
        {HJ212_2017, "a21002", HJ212_AVG, 99999.94, "99999.9"},
        {HJ212_2017, "a34013", HJ212_AVG, 7.5, "8"},
        {HJ212_2017, "a34013", HJ212_AVG, 8.5, "8"},
        {HJ212_2025, "a34013", HJ212_AVG, 7.55, "7.6"},
        {HJ212_2025, "a34013", HJ212_AVG, 7.45, "7.4"},
        {HJ212_2025, "a01013", HJ212_RTD, -0.0004, "0.000"},
        {HJ212_2025, "a01013", HJ212_RTD, -1.0625, "-1.062"},
        {HJ212_2025, "a21002", HJ212_ZS_AVG, 123456, "9999.99"},
        {HJ212_2025, "a21002", HJ212_ZS_AVG, 9999.996, "9999.99"},
        {HJ212_2025, "a21002", HJ212_ZS_AVG, -1e300, "-9999.99"},
        {HJ212_2025, "a21002", HJ212_COU, 123456.7, "123456.70"},
        {HJ212_2017, "a20007", HJ212_AVG, 0.00005, "0.000050"},
        {HJ212_2005, "02", HJ212_RTD, 0.000001, "0.00"},
        {HJ212_2017, "zz9999", HJ212_RTD, 0.125, "0.12"},
        {HJ212_2017, "e10102", HJ212_RTD, 12.345, "12.34"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hj212_profile profile = hj212_profile_default(cases[i].edition);
        char text[HJ212_NUMBER_SIZE];
        struct hj212_digits d =
            hj212_digits_of(&profile, hj212_text_of(cases[i].code), cases[i].field);
        assert_int_equal(hj212_number_format(d, profile.cap_over_range, cases[i].value, text), 0);
        assert_string_equal(text, cases[i].text);
    }
}

static void numbers_out_of_range_are_refused_unless_capped(void **state)
{
    (void)state;
    char text[HJ212_NUMBER_SIZE];
    struct hj212_digits d = {3, 1};
    assert_int_equal(hj212_number_format(d, false, 1000, text), PW_EFULL);
    assert_int_equal(hj212_number_format(d, false, 999.95, text), PW_EFULL);
    assert_int_equal(hj212_number_format(d, false, 999.94, text), 0);
    assert_string_equal(text, "999.9");
    assert_int_equal(hj212_number_format(d, true, 999.95, text), 0);
    assert_string_equal(text, "999.9");
    assert_int_equal(hj212_number_format(d, true, 1.0 / 0.0, text), PW_EINVAL);
    assert_int_equal(hj212_number_format(d, true, 0.0 / 0.0, text), PW_EINVAL);
}

static void values_are_held_against_their_types(void **state)
{
    (void)state;
    static const struct {
        enum hj212_edition edition;
        enum hj212_field field;
        const char *value;
        int err;
    } cases[] = {
        {HJ212_2017, HJ212_RTD_INTERVAL, "30", 0},
        {HJ212_2017, HJ212_RTD_INTERVAL, "29", PW_EINVAL},
        {HJ212_2005, HJ212_RTD_INTERVAL, "10", 0},
        {HJ212_2017, HJ212_RTD_INTERVAL, "3601", PW_EINVAL},
        {HJ212_2017, HJ212_MIN_INTERVAL, "10", 0},
        {HJ212_2017, HJ212_MIN_INTERVAL, "7", PW_EINVAL},
        {HJ212_2017, HJ212_MIN_INTERVAL, "60", PW_EINVAL},
        {HJ212_2017, HJ212_OVER_TIME, "0", PW_EINVAL},
        {HJ212_2005, HJ212_OVER_TIME, "500", 0},
        {HJ212_2017, HJ212_OVER_TIME, "500", PW_EINVAL},
        {HJ212_2017, HJ212_SYSTEM_TIME, "20160230000000", PW_EINVAL},
        {HJ212_2017, HJ212_SYSTEM_TIME, "20160229000000", 0},
        {HJ212_2017, HJ212_DATA_TIME, "201602290000", PW_EINVAL},
        {HJ212_2017, HJ212_POL_ID, "w01018", 0},
        {HJ212_2005, HJ212_POL_ID, "w01018", PW_EINVAL},
        {HJ212_2017, HJ212_NEW_PW, "1234567", PW_EINVAL},
        {HJ212_2025, HJ212_NEW_SK, "0123456789abcdef", 0},
        {HJ212_2025, HJ212_NEW_SK, "0123456789abcde", PW_EINVAL},
        {HJ212_2017, HJ212_CSTART_TIME, "0", PW_EINVAL},
        {HJ212_2017, HJ212_AVG, "1", PW_EINVAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            hj212_field_check(cases[i].edition, cases[i].field, hj212_text_of(cases[i].value)),
            cases[i].err);
}

static void no_value_can_break_out_of_its_item(void **state)
{
    (void)state;
    static const char *const bad[] = {"1;b=2", "1,b=2", "1&&", "a\r\n##", "\x01", "\xff"};
    struct hj212_profile profile = hj212_profile_default(HJ212_2017);
    static struct hj212_cp cp;
    char storage[500];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hj212_cp_init(&cp, &profile, storage, sizeof storage);
        hj212_cp_text(&cp, "a01011", HJ212_RTD, hj212_text_of(bad[i]));
        assert_int_equal(cp.err, PW_EINVAL);
        assert_int_equal(cp.len, 0);
    }
    hj212_cp_init(&cp, &profile, storage, sizeof storage);
    hj212_cp_text(&cp, "i11001", HJ212_INFO, hj212_text_of("//open"));
    assert_int_equal(cp.err, PW_EINVAL);
    hj212_cp_init(&cp, &profile, storage, sizeof storage);
    hj212_cp_text(&cp, "a;b", HJ212_RTD, hj212_text_of("1"));
    assert_int_equal(cp.err, PW_EINVAL);
}

static void logs_come_back_whole_whatever_they_hold(void **state)
{
    (void)state;
    static const char *const logs[] = {
        "清洗管路", "a;b,c=d", "x//y", "&&", "/", "//", "a/", "&", "", "http://a/b?c=1&&d=2;e//"};
    struct hj212_profile profile = hj212_profile_default(HJ212_2017);
    static struct hj212_cp cp;
    char storage[1200];
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        hj212_cp_init(&cp, &profile, storage, sizeof storage);
        hj212_cp_time(&cp, "", HJ212_DATA_TIME, 1716210360000);
        hj212_cp_log(&cp, "i11001", hj212_text_of(logs[i]));
        hj212_cp_text(&cp, "i12001", HJ212_INFO, hj212_text_of("0"));
        assert_int_equal(cp.err, 0);
        struct hj212_head head = upload_head(HJ212_2017);
        char out[HJ212_FRAME_SIZE];
        size_t len;
        struct hj212_text text = {cp.text, cp.len};
        assert_int_equal(hj212_write(&profile, &head, text, NULL, out, sizeof out, &len), 0);
        assert_int_equal(hj212_packet_parse((struct hj212_text){out + 6, len - 12}, p), 0);
        assert_true(p->clean);
        assert_int_equal(p->item_count, 3);
        struct hj212_text log = hj212_info_text(p->items[1].value);
        size_t at = 0;
        for (const char *c = logs[i]; *c; c++) { /* all but added blanks */
            while (at < log.len && log.at[at] == ' ' && *c != ' ')
                at++;
            assert_true(at < log.len && log.at[at] == *c);
            at++;
        }
    }
    free(p);
}

static void long_logs_are_cut_at_a_character(void **state)
{
    (void)state;
    struct hj212_profile profile = hj212_profile_default(HJ212_2017);
    static struct hj212_cp cp;
    char storage[1200];
    char log[3001];
    for (size_t i = 0; i < 1000; i++)
        memcpy(log + 3 * i, "清", 3);
    hj212_cp_init(&cp, &profile, storage, sizeof storage);
    hj212_cp_log(&cp, "i11001", (struct hj212_text){log, 3000});
    assert_int_equal(cp.err, 0);
    size_t value = cp.len - strlen("i11001-Info=");
    assert_true(value < 890 && value > 880);
    assert_int_equal((value - 4) % 3, 0);
}

static void a_late_packet_is_marked_in_2025_only(void **state)
{
    (void)state;
    for (unsigned e = HJ212_2005; e <= HJ212_2025; e++) {
        struct hj212_profile profile = hj212_profile_default((enum hj212_edition)e);
        struct hj212_head head = upload_head((enum hj212_edition)e);
        head.backfill = true;
        char out[HJ212_FRAME_SIZE];
        size_t len;
        struct hj212_text none = {"", 0};
        assert_int_equal(hj212_write(&profile, &head, none, NULL, out, sizeof out, &len), 0);
        struct hj212_text text = {out, len};
        assert_int_equal(hj212_text_find(text, ";RF=1;CP=") < len, e == HJ212_2025);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_vectors_are_written_byte_for_byte),
        cmocka_unit_test(answers_have_the_form_of_their_edition),
        cmocka_unit_test(random_messages_never_pass_a_limit_and_lose_nothing),
        cmocka_unit_test(a_message_that_just_fits_is_not_split),
        cmocka_unit_test(limits_hold_for_single_frames_too),
        cmocka_unit_test(numbers_have_the_digits_of_their_factor),
        cmocka_unit_test(numbers_out_of_range_are_refused_unless_capped),
        cmocka_unit_test(values_are_held_against_their_types),
        cmocka_unit_test(no_value_can_break_out_of_its_item),
        cmocka_unit_test(logs_come_back_whole_whatever_they_hold),
        cmocka_unit_test(long_logs_are_cut_at_a_character),
        cmocka_unit_test(a_late_packet_is_marked_in_2025_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
