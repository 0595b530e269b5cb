#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alarm_stand.h"

#include "acq/alarm/rota.h"
#include "acq/alarm/route.h"
#include "protocols/sms/text.h"

enum { MINUTE = 60000, SENT_MAX = 4000, LINE_MAX = 8192 };

#define PEOPLE                                                                                     \
    "\"people\":[{\"id\":\"li\",\"phone\":\"13800000001\"},{\"id\":\"wang\",\"phone\":"            \
    "\"13800000002\",\"language\":\"en\"},{\"id\":\"zhao\",\"phone\":\"13800000003\"}],"           \
    "\"rotas\":[{\"id\":\"duty\",\"shifts\":[{\"from\":\"08:00\",\"to\":\"20:00\",\"people\":"     \
    "[\"li\"]},{\"from\":\"20:00\",\"to\":\"08:00\",\"people\":[\"wang\"]}],\"exceptions\":[{"     \
    "\"from\":\"2026-12-31T22:00\",\"to\":\"2027-01-01T12:00\",\"people\":[\"zhao\"]}]}]"

struct sent {
    enum notice_why why;
    char key[NOTICE_KEY_SIZE], person[16], text[400];
    int64_t at_ms;
};

struct stand {
    struct plant *plant;
    struct book *book;
    struct router *router;
    struct machine_now now;
    struct sent sent[SENT_MAX];
    size_t count;
    char line[LINE_MAX];
};

static void on_change(void *ctx, const struct alarm *a, enum alarm_change change, int64_t at_ms)
{
    struct stand *s = ctx;
    struct strbuf out;
    (void)change;
    (void)at_ms;
    strbuf_init_fixed(&out, s->line, sizeof s->line);
    strbuf_addc(&out, '{');
    alarm_write_members(a, s->now.offset_ms, 480, &out);
    strbuf_addc(&out, '}');
}

static void on_notice(void *ctx, const struct notice *n)
{
    struct stand *s = ctx;
    assert_true(s->count < SENT_MAX);
    struct sent *sent = &s->sent[s->count++];
    sent->why = n->why;
    sent->at_ms = s->now.at_ms;
    snprintf(sent->key, sizeof sent->key, "%s", n->key);
    snprintf(sent->person, sizeof sent->person, "%s", n->person);
    snprintf(sent->text, sizeof sent->text, "%s", n->text);
    assert_string_equal(n->gateways[0], "sms");
    assert_true(*n->to);
    for (size_t i = 0; i + 1 < s->count; i++)
        assert_string_not_equal(s->sent[i].key, n->key);
}

static struct stand *open_stand(const char *sections, const char *now)
{
    static struct stand stands[2];
    static int turn;
    struct stand *s = &stands[turn++ % 2];
    memset(s, 0, sizeof *s);
    s->plant = alarm_stand_plant(sections);
    s->now.at_ms = alarm_stand_ms(now);
    const struct alarm_sink changes = {on_change, s};
    const struct router_sink notices = {on_notice, s};
    assert_int_equal(book_new(s->plant, &changes, &s->book), 0);
    assert_int_equal(router_new(s->plant, s->book, &notices, &s->router), 0);
    return s;
}

static void close_stand(struct stand *s)
{
    router_free(s->router);
    book_free(s->book);
    plant_free(s->plant);
}

static void find(struct stand *s, const char *kind, const char *object, bool open)
{
    const struct finding f = alarm_stand_finding(kind, object, 1000, open);
    book_finding(s->book, &f, s->now);
    router_run(s->router, s->now);
}

static void pass(struct stand *s, int64_t ms)
{
    for (int64_t end = s->now.at_ms + ms; s->now.at_ms < end;) {
        s->now.at_ms += 5000;
        book_second(s->book, s->now);
        router_run(s->router, s->now);
    }
}

static void acknowledge(struct stand *s, const char *ref)
{
    const char *refusal = NULL;
    const struct alarm_command c = {ALARM_ACK, ref, "person:li", "", 0};
    assert_int_equal(book_command(s->book, &c, s->now, &refusal), 0);
    router_run(s->router, s->now);
}

static size_t count_why(const struct stand *s, enum notice_why why)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->sent[i].why == why;
    return n;
}

static void it_is_told_again_and_to_others_until_somebody_acknowledges(void **state)
{
    (void)state;
    struct stand *s = open_stand(
        PEOPLE ",\"routes\":[{\"id\":\"r\",\"to\":[\"li\"],\"via\":[\"sms\"],\"again_min\":30,"
               "\"escalate_min\":15,\"escalate_to\":[\"wang\",\"li\"]}]",
        "2026-11-24T00:00:00Z");
    find(s, "limit", "DA001", true);
    assert_int_equal(s->count, 1);
    assert_string_equal(s->sent[0].person, "li");
    pass(s, 14 * MINUTE);
    assert_int_equal(s->count, 1);
    pass(s, 2 * MINUTE);
    assert_int_equal(count_why(s, NOTICE_ESCALATED), 2);
    pass(s, 45 * MINUTE);
    assert_int_equal(count_why(s, NOTICE_AGAIN), 2);
    acknowledge(s, "1");
    pass(s, 120 * MINUTE);
    assert_int_equal(s->count, 5);
    find(s, "limit", "DA001", false);
    assert_int_equal(count_why(s, NOTICE_CLEARED), 1);
    pass(s, 120 * MINUTE);
    assert_int_equal(s->count, 6);
    close_stand(s);
}

static void whoever_is_on_duty_is_told_over_a_new_year(void **state)
{
    (void)state;
    static const struct {
        const char *local, *person;
    } expected[] = {{"2026-12-31T07:59:00+08:00", "wang"}, {"2026-12-31T08:00:00+08:00", "li"},
                    {"2026-12-31T21:59:00+08:00", "wang"}, {"2026-12-31T22:00:00+08:00", "zhao"},
                    {"2027-01-01T00:00:00+08:00", "zhao"}, {"2027-01-01T12:00:00+08:00", "li"},
                    {"2027-01-01T20:00:00+08:00", "wang"}, {"2027-01-02T03:00:00+08:00", "wang"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct stand *s =
            open_stand(PEOPLE ",\"routes\":[{\"id\":\"r\",\"to\":[\"duty\"],\"via\":[\"sms\"]}]",
                       expected[i].local);
        find(s, "limit", "DA001", true);
        assert_int_equal(s->count, 1);
        assert_string_equal(s->sent[0].person, expected[i].person);
        close_stand(s);
    }
    assert_true(rota_covers(1, 480, 1200, alarm_stand_ms("2026-11-23T10:00:00Z"), 0));
    assert_false(rota_covers(1, 480, 1200, alarm_stand_ms("2026-11-24T10:00:00Z"), 0));
    assert_true(rota_covers(1, 1200, 480, alarm_stand_ms("2026-11-24T03:00:00Z"), 0));
    assert_false(rota_covers(1, 1200, 480, alarm_stand_ms("2026-11-23T03:00:00Z"), 0));
}

static void p3_waits_until_it_is_no_longer_quiet(void **state)
{
    (void)state;
    struct stand *s = open_stand(PEOPLE ",\"routes\":[{\"id\":\"r\",\"to\":[\"li\"],\"via\":[\"sms"
                                        "\"],\"quiet_from\":\"22:00\",\"quiet_to\":\"06:00\"}]",
                                 "2026-11-24T23:00:00+08:00");
    find(s, "link", "d1", true);
    find(s, "limit", "DA001", true);
    assert_int_equal(s->count, 1);
    acknowledge(s, "2");
    pass(s, 7 * 60 * MINUTE - 5000);
    assert_int_equal(s->count, 1);
    pass(s, 5000);
    assert_int_equal(s->count, 2);
    assert_int_equal(s->sent[1].why, NOTICE_RAISED);
    close_stand(s);
}

static void ten_thousand_findings_in_a_minute_are_few_messages(void **state)
{
    (void)state;
    struct router_stats stats;
    struct stand *s = open_stand(
        "\"alarms\":{\"max\":20000}," PEOPLE
        ",\"routes\":[{\"id\":\"r\",\"to\":[\"li\",\"wang\"],\"via\":[\"sms\"],\"again_min\":0}]",
        "2026-11-24T00:00:00Z");
    for (int i = 0; i < 10000; i++) {
        char object[16];
        snprintf(object, sizeof object, "d%d", i);
        const struct finding f = alarm_stand_finding("link", object, 1000, true);
        book_finding(s->book, &f, s->now);
        if (i % 500 == 0)
            pass(s, 5000);
    }
    pass(s, 10 * MINUTE);
    router_get_stats(s->router, &stats);
    assert_int_equal(count_why(s, NOTICE_RAISED), 20);
    assert_true(count_why(s, NOTICE_GROUPED) >= 2 && count_why(s, NOTICE_GROUPED) <= 8);
    assert_int_equal(stats.grouped, 2 * 10000 - 20);
    for (size_t i = 0; i < s->count; i++) {
        struct sms_split split;
        sms_text_split(s->sent[i].text, strlen(s->sent[i].text), &split);
        if (strcmp(s->sent[i].person, "li") == 0)
            assert_true(split.units <= SMS_UCS2_SINGLE);
    }
    close_stand(s);
}

static void what_was_told_is_not_told_again_after_a_restart(void **state)
{
    (void)state;
    struct alarm a;
    static const char sections[] =
        PEOPLE ",\"routes\":[{\"id\":\"r\",\"to\":[\"li\"],\"via\":[\"sms\"],\"again_min\":60}]";
    struct stand *s = open_stand(sections, "2026-11-24T00:00:00Z");
    find(s, "limit", "DA001", true);
    assert_int_equal(alarm_read(s->line, strlen(s->line), &a), 0);
    struct stand *t = open_stand(sections, "2026-11-24T00:10:00Z");
    book_restore(t->book, &a);
    pass(t, 49 * MINUTE);
    assert_int_equal(t->count, 0);
    pass(t, MINUTE);
    assert_int_equal(count_why(t, NOTICE_AGAIN), 1);
    close_stand(s);
    close_stand(t);
}

static void a_chinese_text_is_one_short_message(void **state)
{
    (void)state;
    struct stand *s =
        open_stand("\"alarms\":{\"sign\":\"烟羽监控\",\"link\":\"https://h/a/\"}," PEOPLE
                   ",\"routes\":[{\"id\":\"r\",\"to\":[\"li\"],\"via\":[\"sms\"]}]",
                   "2026-11-24T00:00:00Z");
    struct finding f = alarm_stand_finding("limit", "DA001", 1764000000000, true);
    f.name = "某某钢铁有限公司焦化厂一号焦炉机侧地面站烟囱排放口（在线监测）";
    book_finding(s->book, &f, s->now);
    router_run(s->router, s->now);
    assert_int_equal(s->count, 1);
    char *link = strstr(s->sent[0].text, " https://h/a/");
    assert_non_null(link);
    *link = '\0';
    struct sms_split split;
    sms_text_split(s->sent[0].text, strlen(s->sent[0].text), &split);
    print_message("%s\n", s->sent[0].text);
    assert_int_equal(split.units, SMS_UCS2_SINGLE);
    assert_ptr_equal(strstr(s->sent[0].text, "【烟羽监控】"), s->sent[0].text);
    assert_non_null(strstr(s->sent[0].text, "排放超标 SO2 52.3>35mg/m3"));
    close_stand(s);
}

static void a_day_has_one_digest_and_one_heartbeat(void **state)
{
    (void)state;
    struct stand *s = open_stand(PEOPLE ",\"routes\":[{\"id\":\"r\",\"to\":[\"li\"],\"via\":[\"sms"
                                        "\"],\"digest_at\":\"08:00\",\"heartbeat_at\":\"09:00\"}]",
                                 "2026-12-31T00:00:00+08:00");
    pass(s, 2 * 24 * 60 * MINUTE);
    assert_int_equal(count_why(s, NOTICE_DIGEST), 2);
    assert_int_equal(count_why(s, NOTICE_HEARTBEAT), 2);
    assert_int_equal(s->count, 4);
    close_stand(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_again_and_to_others_until_somebody_acknowledges),
        cmocka_unit_test(whoever_is_on_duty_is_told_over_a_new_year),
        cmocka_unit_test(p3_waits_until_it_is_no_longer_quiet),
        cmocka_unit_test(ten_thousand_findings_in_a_minute_are_few_messages),
        cmocka_unit_test(what_was_told_is_not_told_again_after_a_restart),
        cmocka_unit_test(a_chinese_text_is_one_short_message),
        cmocka_unit_test(a_day_has_one_digest_and_one_heartbeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
