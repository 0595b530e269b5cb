/* The session with a platform over a virtual clock: what it answers, and what becomes of uploads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/uplink_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mn[] = "010000A8900016F000169DC0";
static const uint16_t accepted[] = {1000, 1011, 1012, 1061, 1062, 1064, 1072, 2012, 2051};
enum { START_MS = 1000 };
static const int64_t utc_ms = INT64_C(1795500000000);

struct stand {
    struct uplink_plan plan;
    struct uplink_session *session;
    struct hj212_packet packet;
    char sent[16384]; /* segments, a line each */
    unsigned closes, ends[3], keeps, handled;
    unsigned last_resends;
    int exe; /* of the handler */
    bool keeps_at_once;
    int keep_err;
    char segment[1024];
};

static int on_send(void *ctx, const char *frame, size_t len)
{
    struct stand *s = ctx;
    size_t used = strlen(s->sent);
    int n = snprintf(s->sent + used, sizeof s->sent - used, "%.*s\n", (int)len - 12, frame + 6);
    return n > 0 ? 0 : PW_EFULL;
}

static void on_close(void *ctx, const char *why)
{
    (void)why;
    ((struct stand *)ctx)->closes++;
}

static void on_end(void *ctx, enum uplink_lane lane, enum uplink_end end, unsigned resends)
{
    struct stand *s = ctx;
    (void)lane;
    s->ends[end]++;
    s->last_resends = resends;
}

static void on_keep(void *ctx, const struct uplink_settings *settings, bool secret)
{
    struct stand *s = ctx;
    (void)settings;
    (void)secret;
    s->keeps++;
}

static void on_request(void *ctx, const struct uplink_request *r)
{
    (void)ctx;
    (void)r;
}

static int on_clock(void *ctx, int64_t time_ms)
{
    (void)ctx;
    return time_ms == utc_ms / 1000 * 1000 ? UPLINK_SUCCESS : UPLINK_FAILED;
}

static int on_handle(void *ctx, const struct uplink_request *r)
{
    struct stand *s = ctx;
    (void)r;
    s->handled++;
    return s->exe;
}

static void on_gone(void *ctx)
{
    (void)ctx;
}

static void open_stand(struct stand *s, enum hj212_edition edition)
{
    struct uplink_settings settings;
    const struct uplink_session_ops ops = {.send = on_send,
                                           .close = on_close,
                                           .on_end = on_end,
                                           .keep = on_keep,
                                           .on_request = on_request,
                                           .set_clock = on_clock,
                                           .handle = on_handle,
                                           .on_gone = on_gone,
                                           .ctx = s};
    memset(s, 0, sizeof *s);
    s->plan.platform = (struct plant_platform){.id = "city",
                                               .mn = mn,
                                               .st = "31",
                                               .password = "123456",
                                               .sm4_key = "",
                                               .edition = (int)edition,
                                               .ack = true,
                                               .timeout_s = 5,
                                               .resends = 3,
                                               .realtime_s = 60,
                                               .minute_min = 10,
                                               .accept = accepted,
                                               .accept_count = sizeof accepted / sizeof *accepted};
    s->plan.profile = hj212_profile_default(edition);
    uplink_settings_init(&settings, &s->plan.platform);
    assert_int_equal(uplink_session_new(&s->plan, &settings, &ops, &s->session), 0);
    uplink_session_opened(s->session, START_MS);
}

static struct stand *new_stand(enum hj212_edition edition)
{
    struct stand *s = malloc(sizeof *s);
    assert_non_null(s);
    open_stand(s, edition);
    return s;
}

static void free_stand(struct stand *s)
{
    uplink_session_free(s->session);
    free(s);
}

static void take(struct stand *s, const char *segment)
{
    s->sent[0] = '\0';
    snprintf(s->segment, sizeof s->segment, "%s", segment);
    assert_int_equal(hj212_packet_parse(hj212_text_of(s->segment), &s->packet), 0);
    uplink_session_take(s->session, &s->packet, START_MS, utc_ms);
}

/* A request of 2017 with those header fields. */
static void ask(struct stand *s, const char *qn, int cn, const char *cp)
{
    char text[512];
    snprintf(text, sizeof text, "QN=%s;ST=31;CN=%d;PW=123456;MN=%s;Flag=5;CP=&&%s&&", qn, cn, mn,
             cp);
    take(s, text);
}

static void assert_sent(const struct stand *s, const char *piece)
{
    if (!strstr(s->sent, piece))
        fail_msg("no \"%s\" in: %s", piece, s->sent);
}

static void every_wrong_header_has_its_number(void **state)
{
    (void)state;
    static const struct {
        const char *head, *in_2017, *in_2005;
    } rows[] = {
        {"QN=20260801085857223;ST=31;CN=1061;PW=000000;MN=%s;Flag=%d", "QnRtn=3", "QnRtn=3"},
        {"QN=20260801085857223;ST=31;CN=1061;PW=123456;MN=X%s;Flag=%d", "QnRtn=4", "QnRtn=2"},
        {"QN=20260801085857223;ST=32;CN=1061;PW=123456;MN=%s;Flag=%d", "QnRtn=5", "QnRtn=2"},
        {"QN=2026080108585722;ST=31;CN=1061;PW=123456;MN=%s;Flag=%d", "QnRtn=7", "QnRtn=2"},
        {"QN=20260801085857223;ST=31;CN=1999;PW=123456;MN=%s;Flag=%d", "QnRtn=8", "QnRtn=2"},
        {"QN=20260801085857223;ST=31;CN=3012;PW=123456;MN=%s;Flag=%d", "QnRtn=2", "QnRtn=2"},
        {"QN=20260801085857223;ST=31;CN=1061;PW=123456;MN=%s;Flag=%d", "QnRtn=1", "QnRtn=1"},
    };
    for (int old = 0; old < 2; old++) {
        struct stand *s = new_stand(old ? HJ212_2005 : HJ212_2017);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            char head[256];
            char text[512];
            const char *wrong_mn = strstr(rows[i].head, "MN=X");
            snprintf(head, sizeof head, "%.*s", (int)strcspn(rows[i].head, "%"), rows[i].head);
            snprintf(text, sizeof text, "%s%s;Flag=%d;CP=&&&&", head, wrong_mn ? "" : mn,
                     old ? 3 : 5);
            take(s, text);
            assert_sent(s, old ? rows[i].in_2005 : rows[i].in_2017);
            assert_sent(s, "CN=9011");
        }
        free_stand(s);
    }
    struct stand *s = new_stand(HJ212_2017);
    take(s, "QN=20260801085857223;ST=31;CN=1061;PW=123456;MN=010000A8900016F000169DC0;Flag=9;"
            "CP=&&&&");
    assert_sent(s, "QnRtn=6");
    free_stand(s);
}

static void a_parameter_is_told_between_9011_and_9012(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2017);
    ask(s, "20260801085857223", 1061, "");
    const char *first = strstr(s->sent, "QnRtn=1");
    const char *second = strstr(s->sent, "QN=20260801085857223;ST=31;CN=1061");
    const char *third = strstr(s->sent, "ExeRtn=1");
    assert_true(first && second && third && first < second && second < third);
    assert_sent(s, "RtdInterval=60");
    free_stand(s);
}

static void a_setting_is_in_force_once_it_is_kept(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2017);
    ask(s, "20260801085857223", 1062, "RtdInterval=45");
    assert_sent(s, "QnRtn=1");
    assert_null(strstr(s->sent, "ExeRtn"));
    assert_int_equal(uplink_session_settings(s->session)->realtime_s, 60);
    ask(s, "20260801085857224", 1064, "MinInterval=5"); /* meanwhile */
    assert_sent(s, "ExeRtn=5");
    s->sent[0] = '\0';
    uplink_session_kept(s->session, 0, utc_ms);
    assert_sent(s, "QN=20260801085857223;ST=91;CN=9012");
    assert_sent(s, "ExeRtn=1");
    assert_int_equal(uplink_session_settings(s->session)->realtime_s, 45);
    ask(s, "20260801085857225", 1062, "RtdInterval=60");
    uplink_session_kept(s->session, PW_EIO, utc_ms);
    assert_sent(s, "ExeRtn=6");
    assert_int_equal(uplink_session_settings(s->session)->realtime_s, 45);
    free_stand(s);
}

static void values_out_of_range_change_nothing(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2017);
    ask(s, "20260801085857001", 1062, "RtdInterval=5");
    assert_sent(s, "ExeRtn=3");
    ask(s, "20260801085857002", 1064, "MinInterval=7");
    assert_sent(s, "ExeRtn=3");
    ask(s, "20260801085857003", 1000, "OverTime=0;ReCount=3");
    assert_sent(s, "ExeRtn=3");
    ask(s, "20260801085857004", 1072, "");
    assert_sent(s, "ExeRtn=3");
    assert_int_equal(s->keeps, 0);
    free_stand(s);
}

static void a_new_password_is_the_one_that_counts(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2017);
    ask(s, "20260801085857223", 1072, "NewPW=654321");
    uplink_session_kept(s->session, 0, utc_ms);
    assert_sent(s, "ExeRtn=1");
    ask(s, "20260801085857224", 1061, "");
    assert_sent(s, "QnRtn=3");
    free_stand(s);
}

static void a_request_that_comes_again_is_not_done_again(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2017);
    ask(s, "20260801085857223", 1062, "RtdInterval=45");
    uplink_session_kept(s->session, 0, utc_ms);
    ask(s, "20260801085857223", 1062, "RtdInterval=45");
    assert_sent(s, "QnRtn=1");
    assert_sent(s, "ExeRtn=1");
    assert_int_equal(s->keeps, 1);
    free_stand(s);
}

static void upload(struct stand *s, enum uplink_lane lane, bool late)
{
    struct hj212_cp *cp = uplink_session_cp(s->session, lane);
    hj212_cp_time(cp, "", HJ212_DATA_TIME, utc_ms);
    hj212_cp_number(cp, "a21026", HJ212_AVG, 12.5);
    s->sent[0] = '\0';
    assert_int_equal(uplink_session_upload(s->session, lane, 2051, late, START_MS, utc_ms), 0);
}

/* Of the last packet that was sent. */
static void answer(struct stand *s, const char *qn)
{
    char text[256];
    snprintf(text, sizeof text, "QN=%s;ST=91;CN=9014;PW=123456;MN=%s;Flag=4;CP=&&&&", qn, mn);
    take(s, text);
}

static void qn_of(const struct stand *s, char out[HJ212_QN_SIZE])
{
    const char *at = strstr(s->sent, "QN=");
    assert_non_null(at);
    snprintf(out, HJ212_QN_SIZE, "%s", at + 3);
}

static void late_and_foreign_answers_are_told_apart(void **state)
{
    (void)state;
    char qn[HJ212_QN_SIZE];
    struct uplink_session_stats stats;
    struct stand *s = new_stand(HJ212_2017);
    upload(s, UPLINK_LIVE, false);
    qn_of(s, qn);
    answer(s, "20260801085857999");
    assert_int_equal(s->ends[UPLINK_ACKNOWLEDGED], 0);
    s->sent[0] = '\0';
    (void)uplink_session_tick(s->session, START_MS + 5000, utc_ms);
    assert_sent(s, qn); /* the same bytes */
    answer(s, qn);
    assert_int_equal(s->ends[UPLINK_ACKNOWLEDGED], 1);
    assert_int_equal(s->last_resends, 1);
    answer(s, qn); /* twice */
    assert_int_equal(s->ends[UPLINK_ACKNOWLEDGED], 1);
    uplink_session_get_stats(s->session, &stats);
    assert_int_equal(stats.strays, 2);
    free_stand(s);
}

static void without_answers_the_connection_is_given_up(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2017);
    upload(s, UPLINK_LIVE, false);
    for (int i = 1; i <= 4; i++)
        (void)uplink_session_tick(s->session, START_MS + i * 5000, utc_ms);
    assert_int_equal(s->closes, 1);
    uplink_session_closed(s->session);
    assert_int_equal(s->ends[UPLINK_UNANSWERED], 1);
    assert_int_equal(s->last_resends, 3);
    free_stand(s);
}

static void live_data_does_not_wait_for_what_is_late(void **state)
{
    (void)state;
    struct stand *s = new_stand(HJ212_2025);
    upload(s, UPLINK_BACKFILL, true);
    assert_sent(s, "RF=1");
    assert_true(uplink_session_is_free(s->session, UPLINK_LIVE));
    upload(s, UPLINK_LIVE, false);
    assert_null(strstr(s->sent, "RF=1"));
    assert_sent(s, "Flag=9");
    free_stand(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_header_has_its_number),
        cmocka_unit_test(a_parameter_is_told_between_9011_and_9012),
        cmocka_unit_test(a_setting_is_in_force_once_it_is_kept),
        cmocka_unit_test(values_out_of_range_change_nothing),
        cmocka_unit_test(a_new_password_is_the_one_that_counts),
        cmocka_unit_test(a_request_that_comes_again_is_not_done_again),
        cmocka_unit_test(late_and_foreign_answers_are_told_apart),
        cmocka_unit_test(without_answers_the_connection_is_given_up),
        cmocka_unit_test(live_data_does_not_wait_for_what_is_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
