/* Every row of the command table, in every edition that has it: its example passes the strict
 * types, is written, read again without a deviation and recognised as that row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"
#include "protocols/hj212/command.h"
#include "protocols/hj212/write.h"

static void each_item_has_its_type(const struct hj212_packet *p, enum hj212_edition edition)
{
    for (size_t i = 0; i < p->item_count; i++) {
        const struct hj212_item *item = &p->items[i];
        if (item->field == HJ212_FIELD_OTHER)
            fail_msg("%.*s is no name of the standard", (int)item->name.len, item->name.at);
        if (item->code.len == 0 && hj212_field_check(edition, item->field, item->value) != 0)
            fail_msg("%.*s is against its type", (int)item->raw.len, item->raw.at);
    }
}

static struct hj212_head head_of_row(const struct hj212_command *c, enum hj212_edition edition)
{
    bool old = edition == HJ212_2005;
    return (struct hj212_head){
        .qn = hj212_text_of(edition == HJ212_2025 ? "20260801085857223" : "20160801085857223"),
        .st = hj212_text_of(c->st[0] ? c->st : "31"),
        .pw = hj212_text_of("123456"),
        .mn = hj212_text_of(old ? "88888880000001" : "010000A8900016F000169DC0"),
        .cn = c->cn,
        .request = c->direction == HJ212_DOWN,
        .answer_wanted = c->kind == HJ212_UPLOAD || c->kind == HJ212_NOTICE};
}

static void row_in_edition(const struct hj212_command *c, enum hj212_edition edition)
{
    struct hj212_profile profile = hj212_profile_default(edition);
    struct stand s;
    stand_open(&s, profile);
    struct hj212_head head = head_of_row(c, edition);
    char out[HJ212_FRAME_SIZE];
    size_t len = 0;
    assert_int_equal(
        hj212_write(&profile, &head, hj212_text_of(c->cp), NULL, out, sizeof out, &len), 0);
    assert_int_equal(stand_feed(&s, out, len), 0);
    const struct hj212_packet *p = s.got.packet;
    assert_true(p->clean);
    uint32_t allowed = edition == HJ212_2005 ? hj212_dev_bit(HJ212_DEV_NO_QN_OR_FLAG) : 0;
    for (unsigned d = 1; d < HJ212_DEV_COUNT; d++)
        if (s.got.deviations & ~allowed & hj212_dev_bit((enum hj212_deviation)d))
            fail_msg("CN=%d in edition %d: %s", c->cn, (int)edition,
                     hj212_deviation_text((enum hj212_deviation)d));
    assert_true(hj212_text_is(p->cp, c->cp));
    each_item_has_its_type(p, edition);
    const struct hj212_command *found = hj212_command_find(edition, c->direction, p);
    assert_non_null(found);
    assert_int_equal(found->cn, c->cn);
    assert_int_equal(found->kind, c->kind);
    assert_true(found->editions >> edition & 1);
    if (c->direction == HJ212_UP)
        assert_int_equal(hj212_answer_owed(p), c->kind == HJ212_NOTICE   ? 9013
                                               : c->kind == HJ212_UPLOAD ? 9014
                                                                         : 0);
    stand_close(&s);
}

static void every_row_is_written_and_read_in_every_edition(void **state)
{
    (void)state;
    size_t count;
    const struct hj212_command *table = hj212_commands(&count);
    int tested = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true((table[i].reason != NULL) == (table[i].editions == 0));
        for (unsigned e = HJ212_2005; e <= HJ212_2025; e++) {
            if (table[i].editions >> e & 1) {
                row_in_edition(&table[i], (enum hj212_edition)e);
                tested++;
            }
        }
    }
    assert_true(tested > 150);
}

static void numbers_that_clash_are_told_apart_by_edition(void **state)
{
    (void)state;
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    assert_int_equal(hj212_packet_parse(hj212_text_of("ST=31;CN=1001;CP=&&WarnTime=5&&"), p), 0);
    const struct hj212_command *c = hj212_command_find(HJ212_2005, HJ212_DOWN, p);
    assert_string_equal(c->name, "set alarm delay");
    c = hj212_command_find(HJ212_2025, HJ212_UP, p);
    assert_string_equal(c->name, "tell hardware serial numbers");
    assert_int_equal(hj212_packet_parse(hj212_text_of("ST=31;CN=4022;CP=&&&&"), p), 0);
    assert_null(hj212_command_find(HJ212_2017, HJ212_DOWN, p));
    free(p);
}

static void an_upload_is_answered_only_when_it_asks(void **state)
{
    (void)state;
    static const struct {
        const char *segment;
        int answer;
    } cases[] = {
        {"ST=31;CN=2011;Flag=4;CP=&&DataTime=20160801085857&&", 0},
        {"ST=31;CN=2011;Flag=5;CP=&&DataTime=20160801085857&&", 9014},
        {"ST=31;CN=2011;Flag=7;CP=&&DataTime=20160801085857&&", 9014},
        {"ST=31;CN=9015;Flag=8;CP=&&&&", 9013},
        {"ST=31;CN=1013;Flag=4;CP=&&&&", 9013},
        {"ST=91;CN=9011;Flag=5;CP=&&QnRtn=1&&", 0},
        {"ST=91;CN=9012;Flag=1;CP=&&QN=20160801085857223;ExeRtn=1&&", 9014},
        {"ST=91;CN=9012;Flag=5;CP=&&ExeRtn=1&&", 0},
        {"ST=31;CN=4999;Flag=5;CP=&&x=1&&", 9014},
    };
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hj212_packet_parse(hj212_text_of(cases[i].segment), p), 0);
        assert_int_equal(hj212_answer_owed(p), cases[i].answer);
    }
    free(p);
}

static void results_have_words(void **state)
{
    (void)state;
    assert_string_equal(hj212_qn_rtn_text(3), "wrong password");
    assert_string_equal(hj212_qn_rtn_text(100), "unknown error");
    assert_string_equal(hj212_qn_rtn_text(-5), "unknown result");
    assert_string_equal(hj212_exe_rtn_text(100), "no data");
    assert_string_equal(hj212_exe_rtn_text(7), "unknown result");
}

static void every_row_says_which_end_uses_it_or_why_none_does(void **state)
{
    size_t count;
    const struct hj212_command *table = hj212_commands(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const char *use = table[i].reason ? table[i].reason : table[i].end;
        assert_non_null(use);
        assert_true(strlen(use) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_which_end_uses_it_or_why_none_does),
        cmocka_unit_test(every_row_is_written_and_read_in_every_edition),
        cmocka_unit_test(numbers_that_clash_are_told_apart_by_edition),
        cmocka_unit_test(an_upload_is_answered_only_when_it_asks),
        cmocka_unit_test(results_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
