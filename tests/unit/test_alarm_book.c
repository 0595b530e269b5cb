#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alarm_stand.h"

enum { MINUTE = 60000, LINE_MAX = 8192 };

struct stand {
    struct plant *plant;
    struct book *book;
    struct machine_now now;
    unsigned changes[ALARM_CHANGES];
    char line[LINE_MAX]; /* of the last change */
};

static void on_change(void *ctx, const struct alarm *a, enum alarm_change change, int64_t at_ms)
{
    struct stand *s = ctx;
    struct strbuf out;
    assert_true(at_ms <= s->now.at_ms);
    s->changes[change]++;
    strbuf_init_fixed(&out, s->line, sizeof s->line);
    strbuf_addc(&out, '{');
    alarm_write_members(a, s->now.offset_ms, 480, &out);
    strbuf_addc(&out, '}');
    assert_false(out.failed);
}

static void open_stand(struct stand *s, const char *sections)
{
    *s = (struct stand){.plant = alarm_stand_plant(sections),
                        .now = {alarm_stand_ms("2026-11-24T00:00:00Z"), 0}};
    const struct alarm_sink sink = {on_change, s};
    assert_int_equal(book_new(s->plant, &sink, &s->book), 0);
}

static void close_stand(struct stand *s)
{
    book_free(s->book);
    plant_free(s->plant);
}

static void find(struct stand *s, const char *kind, const char *object, int64_t start, bool open)
{
    const struct finding f = alarm_stand_finding(kind, object, start, open);
    book_finding(s->book, &f, s->now);
}

static void pass(struct stand *s, int64_t ms)
{
    for (int64_t end = s->now.at_ms + ms; s->now.at_ms < end;) {
        s->now.at_ms += 1000;
        book_second(s->book, s->now);
    }
}

static int command(struct stand *s, enum alarm_change verb, const char *ref, const char *why,
                   uint32_t minutes)
{
    const char *refusal = NULL;
    const struct alarm_command c = {verb, ref, "uid:1", why, minutes};
    int err = book_command(s->book, &c, s->now, &refusal);
    assert_int_equal(err != 0, refusal != NULL);
    return err;
}

static enum alarm_state state_of(const struct stand *s, const char *ref)
{
    const struct alarm *a = book_find(s->book, ref);
    return a ? alarm_state(a) : ALARM_NORMAL;
}

static void an_alarm_goes_through_its_states(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "");
    find(&s, "link", "d1", 1000, true);
    assert_int_equal(state_of(&s, "1"), ALARM_UNACKNOWLEDGED);
    find(&s, "link", "d1", 1000, true);
    assert_int_equal(s.changes[ALARM_RAISED], 1);
    assert_int_equal(command(&s, ALARM_ACK, "1", "", 0), 0);
    assert_int_equal(state_of(&s, "1"), ALARM_ACKNOWLEDGED);
    assert_int_equal(command(&s, ALARM_ACK, "1", "", 0), PW_ESTATE);
    find(&s, "link", "d1", 1000, false);
    assert_int_equal(state_of(&s, "1"), ALARM_NORMAL);
    pass(&s, 11 * MINUTE);
    assert_int_equal(book_count(s.book), 0);
    find(&s, "link", "d1", 9000, true);
    find(&s, "link", "d1", 9000, false);
    assert_int_equal(state_of(&s, "2"), ALARM_RETURNED);
    assert_int_equal(command(&s, ALARM_ACK, book_get(s.book, 0)->id, "", 0), 0);
    assert_int_equal(state_of(&s, "2"), ALARM_NORMAL);
    assert_int_equal(command(&s, ALARM_ACK, "77", "", 0), PW_ENOTFOUND);
    assert_int_equal(command(&s, ALARM_ACK, "0", "", 0), PW_ENOTFOUND);
    close_stand(&s);
}

static void an_alarm_lasts_while_one_of_its_findings_does(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "");
    find(&s, "link", "d1", 1000, true);
    find(&s, "link", "d1", 2000, true);
    find(&s, "link", "d1", 1000, false);
    assert_int_equal(state_of(&s, "1"), ALARM_UNACKNOWLEDGED);
    find(&s, "link", "d1", 500, false);
    assert_int_equal(state_of(&s, "1"), ALARM_UNACKNOWLEDGED);
    find(&s, "link", "d1", 2000, false);
    assert_int_equal(state_of(&s, "1"), ALARM_RETURNED);
    assert_int_equal(s.changes[ALARM_RAISED], 1);
    close_stand(&s);
}

static void delays_swallow_what_is_short(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "\"alarms\":{\"rules\":[{\"kind\":\"link\",\"on_delay_s\":60,\"off_delay_s\":30,"
                   "\"priority\":\"P2\"}]}");
    find(&s, "link", "d1", 1000, true);
    pass(&s, 59000);
    assert_int_equal(s.changes[ALARM_RAISED], 0);
    find(&s, "link", "d1", 1000, false);
    pass(&s, 5 * MINUTE);
    assert_int_equal(s.changes[ALARM_RAISED], 0);
    assert_int_equal(book_count(s.book), 0);
    find(&s, "link", "d1", 3000, true);
    pass(&s, 60000);
    assert_int_equal(s.changes[ALARM_RAISED], 1);
    assert_int_equal(book_get(s.book, 0)->priority, 2);
    find(&s, "link", "d1", 3000, false);
    pass(&s, 29000);
    find(&s, "link", "d1", 4000, true);
    pass(&s, 29000);
    find(&s, "link", "d1", 4000, false);
    pass(&s, 29000);
    assert_int_equal(s.changes[ALARM_OVER], 0);
    pass(&s, 1000);
    assert_int_equal(s.changes[ALARM_OVER], 1);
    close_stand(&s);
}

static void a_shelf_ends_by_itself_and_a_legal_alarm_has_none(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "");
    find(&s, "link", "d1", 1000, true);
    assert_int_equal(command(&s, ALARM_SHELVE, "1", "", 60), PW_ESTATE);
    assert_int_equal(command(&s, ALARM_SHELVE, "1", "line is rebuilt", 481), PW_ESTATE);
    assert_int_equal(command(&s, ALARM_SHELVE, "1", "line is rebuilt", 60), 0);
    assert_int_equal(state_of(&s, "1"), ALARM_SHELVED);
    pass(&s, 60 * MINUTE - 1000);
    assert_int_equal(state_of(&s, "1"), ALARM_SHELVED);
    pass(&s, 1000);
    assert_int_equal(state_of(&s, "1"), ALARM_UNACKNOWLEDGED);
    assert_int_equal(command(&s, ALARM_TAKE_OUT, "1", "device is sold", 0), 0);
    assert_int_equal(state_of(&s, "1"), ALARM_OUT_OF_SERVICE);
    assert_int_equal(command(&s, ALARM_TAKE_IN, "1", "", 0), 0);
    const char *const legal[] = {"limit", "bypass", "integrity", "plan-broken"};
    for (size_t i = 0; i < 4; i++) {
        char ref[8];
        find(&s, legal[i], "DA001", 1000, true);
        snprintf(ref, sizeof ref, "%zu", i + 2);
        assert_int_equal(command(&s, ALARM_SHELVE, ref, "why", 60), PW_ESTATE);
        assert_int_equal(command(&s, ALARM_TAKE_OUT, ref, "why", 0), PW_ESTATE);
        assert_int_equal(command(&s, ALARM_COMMENT, ref, "valve is looked at", 0), 0);
        assert_int_equal(command(&s, ALARM_ACK, ref, "", 0), 0);
    }
    close_stand(&s);
}

static void what_another_alarm_explains_is_suppressed(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "\"alarms\":{\"rules\":[{\"kind\":\"device\",\"suppressed_by\":[\"link\"]},"
                   "{\"kind\":\"limit\",\"suppressed_by\":[\"link\"]}]}");
    find(&s, "link", "l1", 1000, true);
    find(&s, "device", "d1", 1000, true);
    find(&s, "limit", "DA001", 1000, true);
    assert_int_equal(state_of(&s, "2"), ALARM_SUPPRESSED);
    assert_int_equal(state_of(&s, "3"), ALARM_UNACKNOWLEDGED);
    find(&s, "link", "l1", 1000, false);
    pass(&s, 1000);
    assert_int_equal(state_of(&s, "2"), ALARM_UNACKNOWLEDGED);
    assert_int_equal(s.changes[ALARM_UNSUPPRESS], 1);
    close_stand(&s);
}

static void three_activations_in_ten_minutes_are_chattering(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "");
    for (int i = 0; i < 3; i++) {
        find(&s, "link", "d1", 1000 * (i + 1), true);
        pass(&s, MINUTE);
        find(&s, "link", "d1", 1000 * (i + 1), false);
    }
    assert_int_equal(s.changes[ALARM_CHATTERS], 1);
    assert_true(book_get(s.book, 0)->chattering);
    assert_int_equal(book_get(s.book, 0)->count, 3);
    pass(&s, 11 * MINUTE);
    assert_int_equal(s.changes[ALARM_CALMS], 1);
    close_stand(&s);
}

static void a_full_book_counts_what_it_cannot_take(void **state)
{
    (void)state;
    struct stand s;
    struct book_stats stats;
    open_stand(&s, "\"alarms\":{\"max\":100}");
    for (int i = 0; i < 10000; i++) {
        char object[16];
        snprintf(object, sizeof object, "d%d", i);
        find(&s, "link", object, 1000, true);
    }
    book_get_stats(s.book, s.now.at_ms, &stats);
    assert_int_equal(book_count(s.book), 100);
    assert_int_equal(stats.states[ALARM_UNACKNOWLEDGED], 100);
    assert_int_equal(stats.overflows, 9900);
    assert_true(stats.in_flood);
    assert_int_equal(command(&s, ALARM_ACK, "1", "", 0), 0);
    find(&s, "link", "d0", 1000, false);
    find(&s, "link", "d9999", 2000, true);
    assert_int_equal(book_count(s.book), 100);
    assert_non_null(book_find(s.book, "101"));
    close_stand(&s);
}

/* After a line is read back, the next line of the same change is the same, byte for byte. */
static void a_book_that_is_read_back_goes_on_the_same(void **state)
{
    (void)state;
    struct stand s;
    struct stand t;
    struct alarm a;
    open_stand(&s, "");
    open_stand(&t, "");
    find(&s, "link", "d1", 1000, true);
    pass(&s, 5000);
    assert_int_equal(command(&s, ALARM_SHELVE, "1", "引号\" 和换行\n", 60), 0);
    assert_int_equal(alarm_read(s.line, strlen(s.line), &a), 0);
    book_restore(t.book, &a);
    t.now = s.now;
    pass(&s, 70 * MINUTE);
    pass(&t, 70 * MINUTE);
    assert_string_equal(s.line, t.line);
    find(&s, "link", "d1", 1000, false);
    find(&t, "link", "d1", 1000, false);
    find(&s, "link", "d2", 1000, true);
    find(&t, "link", "d2", 1000, true);
    assert_string_equal(s.line, t.line);
    assert_non_null(book_find(t.book, "2"));
    assert_int_equal(alarm_read("{}", 2, &a), PW_ESYNTAX);
    assert_int_equal(alarm_read("[1", 2, &a), PW_ESYNTAX);
    close_stand(&s);
    close_stand(&t);
}

static void what_is_not_normal_is_said_again_each_day(void **state)
{
    (void)state;
    struct stand s;
    open_stand(&s, "");
    find(&s, "link", "d1", 1000, true);
    find(&s, "link", "d2", 1000, true);
    assert_int_equal(command(&s, ALARM_ACK, "2", "", 0), 0);
    find(&s, "link", "d2", 1000, false);
    pass(&s, 24 * 60 * MINUTE);
    assert_int_equal(s.changes[ALARM_KEPT], 1);
    close_stand(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_goes_through_its_states),
        cmocka_unit_test(an_alarm_lasts_while_one_of_its_findings_does),
        cmocka_unit_test(delays_swallow_what_is_short),
        cmocka_unit_test(a_shelf_ends_by_itself_and_a_legal_alarm_has_none),
        cmocka_unit_test(what_another_alarm_explains_is_suppressed),
        cmocka_unit_test(three_activations_in_ten_minutes_are_chattering),
        cmocka_unit_test(a_full_book_counts_what_it_cannot_take),
        cmocka_unit_test(a_book_that_is_read_back_goes_on_the_same),
        cmocka_unit_test(what_is_not_normal_is_said_again_each_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
