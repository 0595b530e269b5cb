/* The whole simulator on a loop, asked over real sockets by libmodbus's client side's bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/clock.h"
#include "acq/sim/sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
    uv_loop_t loop;
    struct manual_clock clock;
    struct sim_plan *plan;
    struct sim *sim;
};

static struct fixture *start(const char *text)
{
    struct fixture *f = calloc(1, sizeof *f);
    char error[PLAN_ERROR_SIZE] = "";
    assert_non_null(f);
    manual_clock_init(&f->clock, 1700000000000);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    if (sim_plan_parse("plan", text, strlen(text), &f->plan, error) ||
        sim_start(&f->loop, &f->clock.clock, f->plan, &f->sim, error))
        fail_msg("%s", error);
    return f;
}

static void stop(struct fixture *f)
{
    sim_stop(f->sim);
    assert_int_equal(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    sim_free(f->sim);
    sim_plan_free(f->plan);
    free(f);
}

static void turn(struct fixture *f, int64_t ms)
{
    const struct pw_clock *clock = pw_clock_system();
    int64_t end = pw_clock_mono_ms(clock) + ms;
    do
        (void)uv_run(&f->loop, UV_RUN_NOWAIT);
    while (pw_clock_mono_ms(clock) < end);
}

static int dial(const struct fixture *f, size_t slave)
{
    const char *listen = sim_slave_listen(f->sim, slave);
    struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_port = htons((uint16_t)strtoul(strchr(listen, ':') + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    int err = errno;
    (void)close(fd);
    return -err;
}

static void ask(int fd, uint8_t unit, uint8_t function, uint8_t address, uint8_t count)
{
    uint8_t request[] = {0xAB, 0xCD, 0, 0, 0, 6, unit, function, 0, address, 0, count};
    assert_int_equal(send(fd, request, sizeof request, MSG_NOSIGNAL), sizeof request);
}

/* Runs the loop until bytes came; 0: end of the stream; -1: nothing within `patience` ms. */
static ssize_t answer_within(struct fixture *f, int fd, uint8_t *out, size_t size, int64_t patience)
{
    const struct pw_clock *clock = pw_clock_system();
    int64_t end = pw_clock_mono_ms(clock) + patience;
    while (pw_clock_mono_ms(clock) < end) {
        ssize_t n = recv(fd, out, size, MSG_DONTWAIT);
        if (n >= 0)
            return n;
        if (errno != EAGAIN)
            return 0;
        (void)uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    return -1;
}

static void assert_answer(struct fixture *f, int fd, const uint8_t *want, size_t len)
{
    uint8_t got[300];
    assert_int_equal(answer_within(f, fd, got, sizeof got, 5000), len);
    assert_memory_equal(got, want, len);
}

#define SEVEN                                                                                      \
    "\"signals\":[{\"table\":\"holding\",\"address\":0,\"count\":4,"                               \
    "\"signal\":{\"kind\":\"constant\",\"value\":7}}]"
#define SLAVE(rest) "{\"slaves\":[{\"listen\":\"127.0.0.1:0\"," rest "}]}"

static const uint8_t GOOD[] = {0xAB, 0xCD, 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 7};

static void values_follow_the_clock(void **state)
{
    (void)state;
    struct fixture *f =
        start(SLAVE("\"units\":[{\"unit\":1,\"count\":2,\"signals\":["
                    "{\"table\":\"input\",\"address\":3,\"type\":\"uint16\",\"add_per_unit\":1000,"
                    "\"signal\":{\"kind\":\"ramp\",\"from\":0,\"to\":100,\"period_s\":100}},"
                    "{\"table\":\"discrete\",\"address\":9,\"signal\":{\"kind\":\"steps\","
                    "\"steps\":[[0,0],[10,1]]}},"
                    "{\"table\":\"holding\",\"address\":0,\"type\":\"bit\",\"bit\":15,"
                    "\"signal\":{\"kind\":\"constant\",\"value\":1}}]}]"));
    int fd = dial(f, 0);
    manual_clock_advance(&f->clock, 42000);
    ask(fd, 1, 4, 3, 1);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 5, 1, 4, 2, 0, 42}, 11);
    ask(fd, 2, 4, 3, 1);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 5, 2, 4, 2, 0x04, 0x12}, 11);
    ask(fd, 1, 2, 9, 1);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 4, 1, 2, 1, 1}, 10);
    ask(fd, 1, 3, 0, 1);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 5, 1, 3, 2, 0x80, 0}, 11);
    assert_int_equal(sim_requests(f->sim), 4);
    (void)close(fd);
    stop(f);
}

static void what_is_not_there_gets_an_exception(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}]"));
    int fd = dial(f, 0);
    ask(fd, 1, 3, 3, 2);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 3, 1, 0x83, 2}, 9);
    ask(fd, 1, 4, 0, 1);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 3, 1, 0x84, 2}, 9);
    ask(fd, 9, 3, 0, 1);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 3, 9, 0x83, 11}, 9);
    ask(fd, 1, 3, 0, 200);
    assert_answer(f, fd, (uint8_t[]){0xAB, 0xCD, 0, 0, 0, 3, 1, 0x83, 3}, 9);
    ask(fd, 1, 3, 0, 2);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    (void)close(fd);
    stop(f);
}

static void request_in_pieces_is_answered_once_whole(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}]"));
    int fd = dial(f, 0);
    uint8_t got[300];
    static const uint8_t request[] = {0xAB, 0xCD, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2};
    for (size_t i = 0; i + 1 < sizeof request; i++) {
        assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
        assert_int_equal(answer_within(f, fd, got, sizeof got, 4), -1);
    }
    assert_int_equal(send(fd, request + 11, 1, MSG_NOSIGNAL), 1);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    (void)close(fd);
    stop(f);
}

static void what_is_not_modbus_closes_the_connection(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}]"));
    int fd = dial(f, 0);
    uint8_t got[8];
    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    assert_int_equal(answer_within(f, fd, got, sizeof got, 5000), 0);
    (void)close(fd);
    stop(f);
}

static void late_reply_comes_later_and_whole(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN
                                    ",\"faults\":[{\"kind\":\"late\",\"delay_ms\":80}]},"
                                    "{\"unit\":2," SEVEN "}]"));
    int fd = dial(f, 0);
    static const uint8_t other[] = {0xAB, 0xCD, 0, 0, 0, 7, 2, 3, 4, 0, 7, 0, 7};
    ask(fd, 1, 3, 0, 2);
    ask(fd, 2, 3, 0, 2);
    assert_answer(f, fd, other, sizeof other);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    ask(fd, 1, 3, 0, 2); /* the client leaves before its answer comes */
    turn(f, 20);
    (void)close(fd);
    turn(f, 120);
    stop(f);
}

static void reply_faults_show_on_the_wire(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        uint8_t want[16];
        size_t len;
    } cases[] = {
        {"\"kind\":\"foreign\"", {0xAB, 0xCE, 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 7}, 13},
        {"\"kind\":\"foreign\",\"id\":\"zero\"", {0, 0, 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 7}, 13},
        {"\"kind\":\"foreign-unit\",\"unit\":9", {0xAB, 0xCD, 0, 0, 0, 7, 9, 3, 4, 0, 7, 0, 7}, 13},
        {"\"kind\":\"exception\",\"code\":6", {0xAB, 0xCD, 0, 0, 0, 3, 1, 0x83, 6}, 9},
        {"\"kind\":\"wrong-count\"", {0xAB, 0xCD, 0, 0, 0, 5, 1, 3, 2, 0, 7}, 11},
        {"\"kind\":\"cut\"", {0}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, SLAVE("\"units\":[{\"unit\":1," SEVEN ",\"faults\":[{%s}]}]"),
                 cases[i].fault);
        struct fixture *f = start(text);
        int fd = dial(f, 0);
        ask(fd, 1, 3, 0, 2);
        assert_answer(f, fd, cases[i].want, cases[i].len);
        (void)close(fd);
        stop(f);
    }
}

static void silence_counts_what_it_does_not_answer(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}],\"faults\":["
                                    "{\"kind\":\"silence\",\"at_s\":5,\"for_s\":5}]"));
    int fd = dial(f, 0);
    uint8_t got[300];
    ask(fd, 1, 3, 0, 2);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    manual_clock_advance(&f->clock, 5000);
    ask(fd, 1, 3, 0, 2);
    assert_int_equal(answer_within(f, fd, got, sizeof got, 60), -1);
    assert_int_equal(sim_requests(f->sim), 2);
    manual_clock_advance(&f->clock, 5000);
    ask(fd, 1, 3, 0, 2);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    (void)close(fd);
    stop(f);
}

static void refused_slave_comes_back_on_its_port(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}],\"faults\":["
                                    "{\"kind\":\"refused\",\"at_s\":5,\"for_s\":5}]"));
    int fd = dial(f, 0);
    uint8_t got[300];
    ask(fd, 1, 3, 0, 2);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    manual_clock_advance(&f->clock, 5000);
    assert_int_equal(answer_within(f, fd, got, sizeof got, 5000), 0);
    (void)close(fd);
    turn(f, 30);
    assert_int_equal(dial(f, 0), -ECONNREFUSED);
    manual_clock_advance(&f->clock, 5000);
    turn(f, 30);
    fd = dial(f, 0);
    ask(fd, 1, 3, 0, 2);
    assert_answer(f, fd, GOOD, sizeof GOOD);
    (void)close(fd);
    stop(f);
}

static void counts_tell_ranges_apart(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}]"));
    int fd = dial(f, 0);
    uint8_t got[300];
    for (uint8_t i = 0; i < 6; i++) {
        ask(fd, 1, 3, i % 2, 2);
        assert_true(answer_within(f, fd, got, sizeof got, 5000) > 0);
    }
    char text[2000] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    sim_print_counts(f->sim, out);
    (void)fclose(out);
    assert_non_null(
        strstr(text, "\"unit\":1,\"function\":3,\"address\":0,\"count\":2,\"requests\":3}"));
    assert_non_null(
        strstr(text, "\"unit\":1,\"function\":3,\"address\":1,\"count\":2,\"requests\":3}"));
    assert_non_null(strstr(text, "{\"type\":\"total\",\"requests\":6,"));
    (void)close(fd);
    stop(f);
}

static void taken_port_is_named(void **state)
{
    (void)state;
    struct fixture *f = start(SLAVE("\"units\":[{\"unit\":1," SEVEN "}]"));
    char text[256];
    char error[PLAN_ERROR_SIZE] = "";
    struct sim_plan *plan = NULL;
    struct sim *second = NULL;
    snprintf(text, sizeof text, "{\"slaves\":[{\"listen\":\"%s\"}]}", sim_slave_listen(f->sim, 0));
    assert_int_equal(sim_plan_parse("plan", text, strlen(text), &plan, error), 0);
    assert_int_equal(sim_start(&f->loop, &f->clock.clock, plan, &second, error), -EADDRINUSE);
    assert_null(second);
    assert_non_null(strstr(error, sim_slave_listen(f->sim, 0)));
    sim_plan_free(plan);
    stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_the_clock),
        cmocka_unit_test(what_is_not_there_gets_an_exception),
        cmocka_unit_test(request_in_pieces_is_answered_once_whole),
        cmocka_unit_test(what_is_not_modbus_closes_the_connection),
        cmocka_unit_test(late_reply_comes_later_and_whole),
        cmocka_unit_test(reply_faults_show_on_the_wire),
        cmocka_unit_test(silence_counts_what_it_does_not_answer),
        cmocka_unit_test(refused_slave_comes_back_on_its_port),
        cmocka_unit_test(counts_tell_ranges_apart),
        cmocka_unit_test(taken_port_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
