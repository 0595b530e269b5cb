/* Simulated platforms over real sockets: what a logger sends stands here as text, with the sum of
 * the codec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/clock.h"
#include "acq/sim/sim.h"
#include "protocols/hj212/crc.h"
#include "protocols/hj212/write.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, TEXT_SIZE = 8192 };

#define MN "010000A8900016F000169DC0"
#define HEAD(cn, pw) ";ST=31;CN=" cn ";PW=" pw ";MN=" MN ";Flag=5;CP=&&"
#define MINUTE(qn, at)                                                                             \
    "QN=" qn HEAD("2051", "123456") "DataTime=" at ";a21026-Avg=1.0,a21026-Flag=N&&"

struct fixture {
    uv_loop_t loop;
    struct manual_clock clock;
    struct sim_plan *plan;
    struct sim *sim;
    int fd;
    char got[TEXT_SIZE];
    size_t len;
};

static int64_t now_ms(void)
{
    return pw_clock_mono_ms(pw_clock_system());
}

static void dial(struct fixture *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_port =
        htons((uint16_t)strtoul(strchr(sim_platform_listen(f->sim, 0), ':') + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f->fd = socket(AF_INET, SOCK_STREAM, 0);
    f->len = 0;
    f->got[0] = '\0';
    assert_true(f->fd >= 0);
    assert_int_equal(connect(f->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static struct fixture *start(const char *members)
{
    struct fixture *f = calloc(1, sizeof *f);
    char text[2048];
    char error[PLAN_ERROR_SIZE] = "";
    assert_non_null(f);
    snprintf(text, sizeof text, "{\"platforms\":[{\"listen\":\"127.0.0.1:0\"%s}]}", members);
    manual_clock_init(&f->clock, 1700000000000);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    if (sim_plan_parse("plan", text, strlen(text), &f->plan, error) ||
        sim_start(&f->loop, &f->clock.clock, f->plan, &f->sim, error))
        fail_msg("%s", error);
    dial(f);
    return f;
}

static void stop(struct fixture *f)
{
    (void)close(f->fd);
    sim_stop(f->sim);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    sim_free(f->sim);
    sim_plan_free(f->plan);
    free(f);
}

static void say(struct fixture *f, const char *segment)
{
    char frame[1100];
    int n = snprintf(frame, sizeof frame, "##%04zu%s%04X\r\n", strlen(segment), segment,
                     hj212_crc(segment, strlen(segment)));
    assert_int_equal(send(f->fd, frame, (size_t)n, MSG_NOSIGNAL), n);
}

/* One turn of the loop; false at the end of the stream. */
static bool turn(struct fixture *f)
{
    (void)uv_run(&f->loop, UV_RUN_NOWAIT);
    ssize_t n = recv(f->fd, f->got + f->len, sizeof f->got - f->len - 1, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return false;
    f->len += n > 0 ? (size_t)n : 0;
    f->got[f->len] = '\0';
    return true;
}

static void hear(struct fixture *f, const char *text)
{
    int64_t end = now_ms() + PATIENCE_MS;
    while (!strstr(f->got, text)) {
        bool open = turn(f);
        if (!open || now_ms() > end)
            fail_msg("%s: not within time, but: %s", text, f->got);
    }
}

static void hear_nothing(struct fixture *f)
{
    int64_t end = now_ms() + 150;
    while (now_ms() < end)
        assert_true(turn(f));
    assert_int_equal(f->len, 0);
}

static void pass(struct fixture *f, int64_t ms)
{
    int64_t end = now_ms() + 100;
    manual_clock_advance(&f->clock, ms);
    while (now_ms() < end)
        (void)uv_run(&f->loop, UV_RUN_NOWAIT);
}

static void forget(struct fixture *f)
{
    f->len = 0;
    f->got[0] = '\0';
}

static void assert_counted(struct fixture *f, const char *text)
{
    char *printed = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&printed, &len);
    assert_non_null(out);
    sim_print_counts(f->sim, out);
    assert_int_equal(fclose(out), 0);
    if (!strstr(printed, text))
        fail_msg("%s is not in %s", text, printed);
    free(printed);
}

static void data_is_acknowledged_and_counted_by_command_and_period(void **state)
{
    (void)state;
    struct fixture *f = start("");
    say(f, MINUTE("20260801085001001", "20260801084000"));
    hear(f, "QN=20260801085001001;ST=91;CN=9014;PW=123456;MN=" MN ";Flag=4;CP=&&&&");
    say(f, MINUTE("20260801085001001", "20260801084000"));
    say(f, MINUTE("20260801090001002", "20260801083000"));
    hear(f, "QN=20260801090001002;ST=91;CN=9014");
    assert_counted(f, "\"cn\":2051,\"packets\":3,\"resent\":1,\"periods\":2,\"backfill\":0,"
                      "\"oldest\":\"20260801083000\",\"newest\":\"20260801084000\"}");
    stop(f);
}

static void each_edition_is_acknowledged_in_its_form(void **state)
{
    (void)state;
    struct fixture *f = start(",\"edition\":\"2005\"");
    say(f, "QN=20260801085001001;ST=31;CN=2051;PW=123456;MN=88888880000001;Flag=1;"
           "CP=&&DataTime=20260801084000;01-Avg=1.0&&");
    hear(f, "ST=91;CN=9014;CP=&&QN=20260801085001001;CN=2051&&");
    stop(f);
    f = start(",\"edition\":\"2025\"");
    say(f, "QN=20260801085001001;ST=31;CN=9015;PW=123456;MN=" MN ";Flag=8;CP=&&&&");
    hear(f, "QN=20260801085001001;ST=91;CN=9013;PW=123456;MN=" MN ";Flag=8;CP=&&&&");
    say(f, "QN=20260801085001002;ST=31;CN=2051;PW=123456;MN=" MN
           ";Flag=9;RF=1;CP=&&DataTime=20260801084000;a21026-Avg=1.0&&");
    hear(f, "QN=20260801085001002;ST=91;CN=9014");
    assert_counted(f, "\"cn\":2051,\"packets\":1,\"resent\":0,\"periods\":1,\"backfill\":1");
    stop(f);
}

static void a_wrong_password_is_counted_and_gets_no_answer(void **state)
{
    (void)state;
    struct fixture *f = start("");
    say(f, "QN=20260801085001001" HEAD("2051", "000000") "DataTime=20260801084000&&");
    hear_nothing(f);
    say(f, MINUTE("20260801085001002", "20260801084000"));
    hear(f, "9014");
    forget(f);
    say(f, "QN=20260801085001003" HEAD("2051", "000000") "DataTime=20260801084000&&");
    hear_nothing(f);
    assert_counted(f, "\"strangers\":1,\"wrong_password\":1,\"acknowledged\":1");
    stop(f);
}

static void acknowledgements_are_withheld_delayed_doubled_and_made_for_others(void **state)
{
    (void)state;
    struct fixture *f =
        start(",\"late_s\":5,\"faults\":["
              "{\"kind\":\"withhold\",\"cn\":2051},{\"kind\":\"late\",\"cn\":2061},"
              "{\"kind\":\"twice\",\"cn\":2031},{\"kind\":\"other-qn\",\"cn\":2041},"
              "{\"kind\":\"wrong-crc\",\"cn\":2021}]");
    say(f, MINUTE("20260801085001001", "20260801084000"));
    say(f, "QN=20260801085001002" HEAD("2061", "123456") "DataTime=20260801080000&&");
    hear_nothing(f);
    manual_clock_advance(&f->clock, 5000);
    hear(f, "QN=20260801085001002;ST=91;CN=9014");
    forget(f);
    say(f, "QN=20260801085001003" HEAD("2031", "123456") "DataTime=20260801000000&&");
    hear(f, "QN=20260801085001003;ST=91;CN=9014");
    hear(f, "\r\n##");
    forget(f);
    say(f, "QN=20260801085001004" HEAD("2041", "123456") "DataTime=20260801000000&&");
    hear(f, "QN=20260801085001005;ST=91;CN=9014");
    forget(f);
    say(f, "QN=20260801085001006" HEAD("2021", "123456") "DataTime=20260801000000&&");
    hear(f, "\r\n");
    uint16_t sum = hj212_crc(f->got + 6, f->len - 12);
    assert_int_not_equal(strtoul(f->got + f->len - 6, NULL, 16), sum);
    assert_counted(f, "\"withheld\":1");
    stop(f);
}

static void a_connection_is_cut_and_the_port_refuses_for_a_while(void **state)
{
    (void)state;
    struct fixture *f = start(",\"faults\":[{\"kind\":\"cut\",\"for_s\":5},"
                              "{\"kind\":\"refused\",\"at_s\":10,\"for_s\":10}]");
    say(f, MINUTE("20260801085001001", "20260801084000"));
    int64_t end = now_ms() + PATIENCE_MS;
    while (turn(f))
        assert_true(now_ms() < end);
    (void)close(f->fd);
    manual_clock_advance(&f->clock, 6000);
    dial(f);
    say(f, MINUTE("20260801085001001", "20260801084000"));
    hear(f, "9014");
    manual_clock_advance(&f->clock, 6000);
    while (turn(f))
        assert_true(now_ms() < end);
    (void)close(f->fd);
    pass(f, 10000);
    dial(f);
    say(f, MINUTE("20260801085001002", "20260801084000"));
    hear(f, "9014");
    assert_counted(f, "\"connects\":3");
    stop(f);
}

/* The QN of the request that was heard. */
static void answer(struct fixture *f, const char *request, const char *cn, const char *cp)
{
    char segment[512];
    const char *at = strstr(f->got, request);
    assert_non_null(at);
    while (strncmp(at, "QN=", 3) != 0)
        at--;
    snprintf(segment, sizeof segment, "%.20s;ST=91;CN=%s;PW=123456;MN=" MN ";Flag=4;CP=&&%s&&", at,
             cn, cp);
    say(f, segment);
}

static void commands_go_one_at_a_time_and_again_without_an_answer(void **state)
{
    (void)state;
    struct fixture *f = start(
        ",\"answer_s\":2,\"resends\":1,\"commands\":[{\"cn\":1012,\"cp\":\"SystemTime={now}\"},"
        "{\"cn\":2051,\"cp\":\"BeginTime={now-600};EndTime={now}\"},{\"cn\":3011,"
        "\"cp\":\"PolId=a21026\"}]");
    say(f, MINUTE("20260801085001001", "20260801084000"));
    hear(f, "CN=1012;PW=123456;MN=" MN ";Flag=5;CP=&&SystemTime=20231115061320&&");
    forget(f);
    manual_clock_advance(&f->clock, 2500);
    hear(f, "CN=1012");
    assert_null(strstr(f->got, "CN=2051"));
    answer(f, "CN=1012", "9011", "QnRtn=2");
    hear(f, "CN=2051;PW=123456;MN=" MN
            ";Flag=5;CP=&&BeginTime=20231115060322;EndTime=20231115061322&&");
    answer(f, "CN=2051;PW", "9011", "QnRtn=1");
    say(f, "QN=20260801085001077" HEAD("2051", "123456") "DataTime=20231115060500&&");
    answer(f, "CN=2051;PW", "9012", "ExeRtn=1");
    hear(f, "CN=3011");
    assert_counted(f, "\"cn\":1012,\"sent\":1,\"resent\":1,\"done\":0,\"refused\":1");
    assert_counted(f, "\"cn\":2051,\"sent\":1,\"resent\":0,\"done\":1,\"refused\":0,"
                      "\"unanswered\":0,\"records\":1,\"QnRtn\":1,\"ExeRtn\":1}");
    pass(f, 2500);
    pass(f, 2500);
    assert_counted(f, "\"cn\":3011,\"sent\":1,\"resent\":1,\"done\":0,\"refused\":0,"
                      "\"unanswered\":1");
    stop(f);
}

static void a_new_password_counts_from_its_success_on(void **state)
{
    (void)state;
    struct fixture *f = start(",\"commands\":[{\"cn\":1072,\"cp\":\"NewPW=654321\"},"
                              "{\"cn\":1061,\"at_s\":100}]");
    say(f, MINUTE("20260801085001001", "20260801084000"));
    hear(f, "CN=1072;PW=123456");
    answer(f, "CN=1072", "9011", "QnRtn=1");
    answer(f, "CN=1072", "9012", "ExeRtn=1");
    say(f, "QN=20260801085001009" HEAD("2051", "654321") "DataTime=20260801084000&&");
    hear(f, "QN=20260801085001009;ST=91;CN=9014");
    manual_clock_advance(&f->clock, 101000);
    hear(f, "CN=1061;PW=654321");
    assert_counted(f, "\"old_passwords\":0");
    stop(f);
}

static void say_encrypted(struct fixture *f, const char *qn, const char *key_text)
{
    const struct hj212_profile profile = hj212_profile_default(HJ212_2025);
    const struct hj212_head head = {.qn = hj212_text_of(qn),
                                    .st = hj212_text_of("31"),
                                    .pw = hj212_text_of("123456"),
                                    .mn = hj212_text_of(MN),
                                    .cn = 2051,
                                    .answer_wanted = true};
    uint8_t bytes[SM4_KEY_SIZE];
    char frame[HJ212_FRAME_SIZE];
    size_t len;
    memcpy(bytes, key_text, sizeof bytes);
    struct sm4 *key = sm4_new(bytes);
    assert_int_equal(hj212_write(&profile, &head,
                                 hj212_text_of("DataTime=20260801084000;a21026-Avg=1.0"), key,
                                 frame, sizeof frame, &len),
                     0);
    assert_null(strstr(frame, "DataTime"));
    sm4_free(key);
    assert_int_equal(send(f->fd, frame, len, MSG_NOSIGNAL), len);
}

static void a_logger_that_asks_gets_a_new_key_and_uses_it(void **state)
{
    (void)state;
    static const char first[] = "0123456789abcdef";
    char next[SM4_KEY_SIZE + 1];
    struct fixture *f = start(",\"edition\":\"2025\",\"sm4_key\":\"0123456789abcdef\"");
    say_encrypted(f, "20260801085001001", first);
    hear(f, "QN=20260801085001001;ST=91;CN=9014");
    say(f, "QN=20260801085001002" HEAD("1014", "123456") "SKCreateTime=20260801085001002&&");
    hear(f, "QN=20260801085001002;ST=91;CN=9013");
    hear(f, "CN=1014;PW=123456");
    hear(f, "NewSK=");
    const char *at = strstr(f->got, "NewSK=");
    assert_non_null(at);
    snprintf(next, sizeof next, "%s", at + 6);
    answer(f, "CN=1014;PW", "9011", "QnRtn=1");
    answer(f, "CN=1014;PW", "9012", "ExeRtn=1");
    say_encrypted(f, "20260801085001003", next);
    hear(f, "QN=20260801085001003;ST=91;CN=9014");
    say_encrypted(f, "20260801085001004", first); /* still read */
    hear(f, "QN=20260801085001004;ST=91;CN=9014");
    assert_counted(f, "\"decrypted\":2");
    stop(f);
}

static void a_plan_that_is_wrong_names_the_member(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"{\"platforms\":[{}]}", "/platforms/0/listen"},
        {"{\"platforms\":[{\"listen\":\"127.0.0.1:0\",\"edition\":\"1999\"}]}",
         "/platforms/0/edition"},
        {"{\"platforms\":[{\"listen\":\"127.0.0.1:0\",\"sm4_key\":\"short\"}]}",
         "/platforms/0/sm4_key"},
        {"{\"platforms\":[{\"listen\":\"127.0.0.1:0\",\"commands\":[{\"cp\":\"\"}]}]}",
         "/platforms/0/commands/0/cn"},
        {"{\"platforms\":[{\"listen\":\"127.0.0.1:0\",\"faults\":[{\"kind\":\"silence\"}]}]}",
         "/platforms/0/faults/0/kind"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sim_plan *plan = NULL;
        char error[PLAN_ERROR_SIZE] = "";
        assert_int_not_equal(
            sim_plan_parse("plan", cases[i].text, strlen(cases[i].text), &plan, error), 0);
        if (!strstr(error, cases[i].error))
            fail_msg("%s is not in %s", cases[i].error, error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_is_acknowledged_and_counted_by_command_and_period),
        cmocka_unit_test(each_edition_is_acknowledged_in_its_form),
        cmocka_unit_test(a_wrong_password_is_counted_and_gets_no_answer),
        cmocka_unit_test(acknowledgements_are_withheld_delayed_doubled_and_made_for_others),
        cmocka_unit_test(a_connection_is_cut_and_the_port_refuses_for_a_while),
        cmocka_unit_test(commands_go_one_at_a_time_and_again_without_an_answer),
        cmocka_unit_test(a_new_password_counts_from_its_success_on),
        cmocka_unit_test(a_logger_that_asks_gets_a_new_key_and_uses_it),
        cmocka_unit_test(a_plan_that_is_wrong_names_the_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
