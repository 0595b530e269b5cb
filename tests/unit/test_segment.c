#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "acq/record/journal_line.h"
#include "acq/record/le.h"
#include "acq/record/segment.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct commit_head sample_head = {
    .seq = 7,
    .time_ms = 1795507200123,
    .at_ms = 42,
    .plain = {6, 0, 8},
    .lines = {1, 0, 2},
    .time_min_ms = 1795507200000,
    .time_max_ms = 1795507200000,
    .prev = {1, 2, 3},
};

static void a_commit_head_reads_back_as_written(void **state)
{
    (void)state;
    uint8_t bytes[FORMAT_HEAD_SIZE];
    struct commit_head back;
    memset(&back, 0, sizeof back);
    commit_head_encode(&sample_head, bytes);
    assert_int_equal(commit_head_decode(bytes, &back), 0);
    assert_int_equal(back.seq, 7);
    assert_int_equal(back.time_ms, sample_head.time_ms);
    assert_int_equal(back.lines[MEMBER_J], 2);
    assert_memory_equal(back.prev, sample_head.prev, SM3_SIZE);
    assert_int_equal(le_get16(bytes), 1);
    assert_int_equal(le_get16(bytes + 2), 5);
}

static void a_head_of_a_newer_version_is_told_apart_from_a_damaged_one(void **state)
{
    (void)state;
    uint8_t bytes[FORMAT_HEAD_SIZE];
    struct commit_head back;
    commit_head_encode(&sample_head, bytes);
    le_put16(bytes, 2);
    assert_int_equal(commit_head_decode(bytes, &back), PW_EVERSION);
    le_put16(bytes, 0);
    assert_int_equal(commit_head_decode(bytes, &back), PW_ECORRUPT);
    le_put16(bytes, 1);
    le_put16(bytes + 2, 7);
    assert_int_equal(commit_head_decode(bytes, &back), PW_ECORRUPT);
}

static struct bytes *pack(enum member_kind kind, const struct commit_head *head, const char *text)
{
    struct member_packer *p = member_packer_new();
    struct bytes *b = NULL;
    assert_non_null(p);
    assert_int_equal(member_pack(p, kind, head, text, strlen(text), &b), 0);
    member_packer_free(p);
    return b;
}

static void a_member_unpacks_to_its_lines(void **state)
{
    (void)state;
    struct bytes *b = pack(MEMBER_J, NULL, "one\ntwo\n");
    struct member_header h;
    char text[8];
    assert_int_equal(member_header_parse(bytes_data(b), bytes_len(b), &h), 0);
    assert_int_equal(h.kind, MEMBER_J);
    assert_false(h.first);
    assert_int_equal(h.size, bytes_len(b));
    assert_int_equal(member_plain_len(bytes_data(b), bytes_len(b)), 8);
    assert_int_equal(member_unpack(bytes_data(b), bytes_len(b), &h, text, 8), 0);
    assert_memory_equal(text, "one\ntwo\n", 8);
    bytes_unref(b);
}

static void a_header_is_incomplete_until_its_last_byte(void **state)
{
    (void)state;
    struct bytes *b = pack(MEMBER_R, &sample_head, "a b=1\n");
    struct member_header h;
    for (size_t len = 0; len < FORMAT_MEMBER_HEADER_MAX; len++)
        assert_int_equal(member_header_parse(bytes_data(b), len, &h), PW_EMORE);
    assert_int_equal(member_header_parse(bytes_data(b), FORMAT_MEMBER_HEADER_MAX, &h), 0);
    assert_true(h.first);
    assert_int_equal(h.head.seq, 7);
    bytes_unref(b);
}

/* A repetitive text has matches that could point elsewhere and unpack to the same bytes. */
static void every_flipped_bit_of_a_member_is_noticed(void **state)
{
    (void)state;
    char text[600];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 20 == 19 ? '\n' : (char)('a' + i % 20 % 3);
    text[sizeof text - 1] = '\0';
    text[sizeof text - 2] = '\n';
    struct bytes *b = pack(MEMBER_D, NULL, text);
    size_t len = bytes_len(b);
    uint8_t *copy = malloc(len);
    char out[sizeof text];
    for (size_t bit = 0; bit < len * 8; bit++) {
        struct member_header h;
        memcpy(copy, bytes_data(b), len);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int err = member_header_parse(copy, len, &h);
        if (err == 0)
            err = member_unpack(copy, len, &h, out, sizeof text - 1);
        assert_int_not_equal(err, 0);
    }
    free(copy);
    bytes_unref(b);
}

static void a_day_is_a_path_and_back(void **state)
{
    (void)state;
    char path[FILES_PATH_MAX];
    char name[SEGMENT_NAME_SIZE];
    int32_t day = segment_day_of(1795507200000);
    assert_int_equal(segment_path(path, "/data", day), 0);
    assert_string_equal(path, "/data/archive/2026/11/24.gz");
    assert_string_equal(segment_name(day, name), "2026-11-24");
    assert_int_equal(segment_day_of(1795507200000 + 57600000 - 1), day);
    assert_int_equal(segment_day_of(1795507200000 + 57600000), day + 1);
    assert_int_equal(segment_day_of(-1), -1);
}

static void only_days_that_exist_are_listed_in_order(void **state)
{
    (void)state;
    char *root = support_temp_dir();
    char command[1024];
    struct segment_list list;
    snprintf(command, sizeof command,
             "cd '%s' && mkdir -p archive/2026/11 archive/2025/02 archive/x archive/2026/1 && "
             "touch archive/2026/11/24.gz archive/2026/11/03.gz archive/2025/02/30.gz "
             "archive/2025/02/28.gz archive/2026/11/24.gz.bak archive/2026/11/5.gz archive/12.gz",
             root);
    assert_int_equal(system(command), 0);
    assert_int_equal(segment_list_read(files_system(), root, &list), 0);
    char name[SEGMENT_NAME_SIZE];
    assert_int_equal(list.count, 3);
    assert_string_equal(segment_name(list.days[0], name), "2025-02-28");
    assert_string_equal(segment_name(list.days[1], name), "2026-11-03");
    assert_string_equal(segment_name(list.days[2], name), "2026-11-24");
    segment_list_deinit(&list);
    support_remove_dir(root);
}

static void an_order_line_gives_back_every_instant(void **state)
{
    (void)state;
    static const int64_t instants[] = {1000, 1000, 1007, 900000000001, 900000000002};
    struct strbuf line;
    int64_t back[5];
    strbuf_init(&line, 1000);
    for (size_t i = 0; i < 5; i++)
        order_line_add(&line, instants[i], i ? instants[i - 1] : 0);
    order_line_end(&line);
    assert_string_equal(line.data,
                        "{\"type\":\"order\",\"at\":1000,\"n\":0,\"d\":[0,7,899999998994,1]}\n");
    assert_int_equal(journal_line_order(line.data, line.len - 1, back, 5), 0);
    assert_memory_equal(back, instants, sizeof instants);
    assert_int_equal(journal_line_order(line.data, line.len - 1, back, 4), PW_ECORRUPT);
    assert_int_equal(journal_line_order(line.data, line.len - 2, back, 5), PW_ECORRUPT);
    assert_int_equal(journal_line_order("{\"type\":\"start\"}", 16, back, 1), PW_ESYNTAX);
    strbuf_deinit(&line);
}

static void the_members_of_a_journal_line_come_back_as_given(void **state)
{
    (void)state;
    struct strbuf line;
    const char *members = NULL;
    size_t len = 0;
    strbuf_init(&line, 1000);
    journal_line_write(&line, "a\"b", -5, 3, "\"x\":{\"n\":1}");
    assert_string_equal(line.data, "{\"type\":\"a\\\"b\",\"at\":-5,\"n\":3,\"x\":{\"n\":1}}\n");
    assert_int_equal(journal_line_members(line.data, line.len - 1, &members, &len), 0);
    assert_int_equal(len, 11);
    assert_memory_equal(members, "\"x\":{\"n\":1}", 11);
    strbuf_reset(&line);
    journal_line_write(&line, "stop", 5, 0, "");
    assert_int_equal(journal_line_members(line.data, line.len - 1, &members, &len), 0);
    assert_int_equal(len, 0);
    assert_int_equal(journal_line_members("{\"type\":\"x\"}", 12, &members, &len), PW_ESYNTAX);
    strbuf_deinit(&line);
}

static void a_member_cannot_pass_for_the_lines_own(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"cursor\",\"at\":5,\"n\":2,\"at\":[1],\"type\":\"x\"}";
    struct journal_line line;
    assert_int_equal(journal_line_parse(text, sizeof text - 1, &line), 0);
    assert_string_equal(line.type, "cursor");
    assert_int_equal(line.at_ms, 5);
    assert_int_equal(line.n, 2);
    journal_line_deinit(&line);
    assert_int_equal(journal_line_parse(text, sizeof text - 2, &line), PW_ESYNTAX);
    assert_int_equal(journal_line_parse("{\"type\":\"x\",\"at\":1,\"n\":0} ", 27, &line),
                     PW_ESYNTAX);
    assert_int_equal(journal_line_parse("{\"type\":\"x\",\"at\":1}", 20, &line), PW_ESYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_head_reads_back_as_written),
        cmocka_unit_test(a_head_of_a_newer_version_is_told_apart_from_a_damaged_one),
        cmocka_unit_test(a_member_unpacks_to_its_lines),
        cmocka_unit_test(a_header_is_incomplete_until_its_last_byte),
        cmocka_unit_test(every_flipped_bit_of_a_member_is_noticed),
        cmocka_unit_test(a_day_is_a_path_and_back),
        cmocka_unit_test(only_days_that_exist_are_listed_in_order),
        cmocka_unit_test(an_order_line_gives_back_every_instant),
        cmocka_unit_test(the_members_of_a_journal_line_come_back_as_given),
        cmocka_unit_test(a_member_cannot_pass_for_the_lines_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
