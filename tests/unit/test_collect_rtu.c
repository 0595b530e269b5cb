/* The bus with RTU framing, on a line whose bytes take their time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/plan_figures.h"
#include "acq/core/log.h"
#include "tests/support/xorshift.h"
#include "tests/unit/line_stand.h"

static struct line_stand *one_unit(uint32_t baud, unsigned count)
{
    log_set_level(LOG_ERROR);
    struct line_stand *s = line_new(baud);
    struct plant_device *d = line_add_device(s, 7, 100, count);
    d->retries = 0;
    d->backoff_max_s = 1;
    return s;
}

static void until_asked(struct line_stand *s)
{
    for (int i = 0; i < 20000 && s->sent == s->looked_at; i++)
        line_run(s, 1);
    assert_true(s->sent > s->looked_at);
    s->looked_at = s->sent;
}

static void expect_reason(struct line_stand *s, enum quality_word word)
{
    uint64_t before = s->readings[0];
    for (int i = 0; i < 20000 && s->readings[0] == before; i++)
        line_run(s, 1);
    assert_int_equal(quality_word(s->last_quality[0]), word);
}

static void hear(struct line_stand *s, const uint8_t *bytes, size_t len)
{
    s->busy_until_us = s->now_us;
    modbus_bus_received(s->bus, bytes, len, line_time(s));
}

static void a_unit_is_read_at_every_speed(void **state)
{
    (void)state;
    static const uint32_t bauds[] = {1200, 9600, 19200, 38400, 115200};
    for (size_t i = 0; i < sizeof bauds / sizeof bauds[0]; i++) {
        struct line_stand *s = one_unit(bauds[i], 20);
        s->by_pieces = i % 2 == 0;
        line_start(s);
        line_run(s, 60000);
        assert_int_equal(s->good[0], 60);
        assert_int_equal(s->sent, 60);
        line_free(s);
    }
}

/* Work without end, so that requests follow each other at once; the time from the first to the last
 * is what the plan says of as many. */
static double measured_to_planned(uint32_t baud, unsigned count, bool by_pieces)
{
    struct line_stand *s = one_unit(baud, count);
    s->by_pieces = by_pieces;
    s->units[7].reaction_us = 0;
    s->plant.devices[0].every_ms = 1;
    struct link_figures f;
    assert_int_equal(link_figures_init(&f, &s->plant.plant, 0, 0), 0);
    double planned_ms = f.bus_ms;
    link_figures_deinit(&f);
    line_start(s);
    line_run(s, 60000);
    uint64_t done = s->good[0];
    line_run(s, 600000);
    done = s->good[0] - done;
    line_free(s);
    assert_true(done > 100);
    return 600000.0 / (double)done / planned_ms;
}

static void a_line_keeps_its_time_budget_within_5_percent_of_the_plan(void **state)
{
    (void)state;
    static const uint32_t bauds[] = {2400, 9600, 115200};
    static const unsigned counts[] = {20, 60, 100, 125};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 4; k++) {
            double ratio = measured_to_planned(bauds[i], counts[k], k % 2);
            if (!(ratio > 0.95 && ratio < 1.05))
                fail_msg("%u baud, %u registers: %.3f of the plan", bauds[i], counts[k], ratio);
        }
}

static void a_hundred_registers_at_9600_baud_take_230_ms(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 100);
    struct link_figures f;
    assert_int_equal(link_figures_init(&f, &s->plant.plant, 0, 5), 0);
    assert_true(f.bus_ms > 225 && f.bus_ms < 235);
    assert_true(f.share > 0.225 && f.share < 0.235);
    double plain_ms = f.bus_ms;
    link_figures_deinit(&f);
    s->plant.links[0].latency_ms = 16;
    assert_int_equal(link_figures_init(&f, &s->plant.plant, 0, 5), 0);
    assert_true(f.bus_ms - plain_ms > 15.9 && f.bus_ms - plain_ms < 16.1);
    link_figures_deinit(&f);
    line_free(s);
}

static void one_time_out_serves_every_speed(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(1200, 125); /* the reply alone takes 2.1 s */
    s->plant.devices[0].timeout_ms = 100;
    s->plant.devices[0].every_ms = 5000;
    s->by_pieces = true;
    s->units[7].reaction_us = 90000;
    line_start(s);
    line_run(s, 60000);
    assert_int_equal(s->good[0], 12);
    s->units[7].reaction_us = 130000;
    line_run(s, 60000);
    assert_int_equal(s->good[0], 12);
    assert_true(line_stats(s, 0).timeouts > 0);
    line_free(s);
}

static void a_late_reply_never_answers_the_next_request(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    line_add_device(s, 7, 300, 4)->retries = 0; /* the same shape of the same unit */
    s->plant.devices[0].timeout_ms = s->plant.devices[1].timeout_ms = 200;
    for (int64_t reaction_ms = 150; reaction_ms < 900; reaction_ms += 7) {
        s->units[7].reaction_us = reaction_ms * 1000;
        if (!s->bus)
            line_start(s);
        line_run(s, 30000);
    }
    assert_true(line_stats(s, 0).late > 0);
    assert_true(line_stats(s, 0).timeouts > 0);
    assert_true(s->values_checked > 0);
    line_free(s);
}

static void the_others_go_on_while_one_unit_may_still_answer(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    line_add_device(s, 8, 100, 4);
    s->plant.devices[1].every_ms = 200;
    s->plant.devices[0].timeout_ms = 500;
    s->units[7].dead = true;
    s->mute = false;
    line_start(s);
    line_run(s, 60000);
    assert_true(s->good[1] > 270);
    assert_int_equal(s->good[0], 0);
    line_free(s);
}

static void a_wrong_crc_is_no_value_and_says_so(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    s->mute = true;
    line_start(s);
    until_asked(s);
    uint8_t reply[RTU_ADU_MAX];
    size_t len = line_answer(s->request, reply);
    reply[4] ^= 1;
    line_run(s, 20);
    int64_t heard_us = s->now_us;
    hear(s, reply, len);
    expect_reason(s, QUALITY_CRC);
    assert_true(s->now_us - heard_us < 100000); /* silence was awaited, not the time-out */
    assert_int_equal(line_stats(s, 0).crc, 1);
    assert_int_equal(line_stats(s, 0).timeouts, 0);
    char hex[2 * RTU_ADU_MAX + 1];
    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", reply[i]);
    assert_string_equal(line_link_stats(s).last_bad_frame, hex);
    line_free(s);
}

static void half_a_reply_is_of_the_wrong_length(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    s->mute = true;
    line_start(s);
    until_asked(s);
    uint8_t reply[RTU_ADU_MAX];
    line_answer(s->request, reply);
    line_run(s, 20);
    int64_t heard_us = s->now_us;
    hear(s, reply, 7);
    expect_reason(s, QUALITY_LENGTH);
    assert_true(s->now_us - heard_us < 100000);
    assert_int_equal(line_stats(s, 0).length, 1);
    line_free(s);
}

static void another_units_reply_is_foreign_and_the_wait_goes_on(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    s->mute = true;
    line_start(s);
    until_asked(s);
    uint8_t reply[RTU_ADU_MAX];
    uint8_t foreign[RTU_REQUEST_SIZE];
    memcpy(foreign, s->request, sizeof foreign);
    foreign[0] = 9;
    line_run(s, 20);
    hear(s, reply, line_answer(foreign, reply));
    line_run(s, 300);
    assert_int_equal(s->readings[0], 0);
    hear(s, reply, line_answer(s->request, reply));
    assert_int_equal(s->good[0], 1);
    assert_int_equal(line_link_stats(s).stray, 1);
    until_asked(s);
    hear(s, reply, line_answer(foreign, reply));
    expect_reason(s, QUALITY_FOREIGN);
    line_free(s);
}

static void another_function_or_length_is_no_value(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    s->mute = true;
    line_start(s);
    uint8_t frame[RTU_ADU_MAX];
    until_asked(s);
    const uint8_t input[] = {4, 8, 0, 1, 0, 2, 0, 3, 0, 4};
    hear(s, frame, rtu_write_frame(7, input, sizeof input, frame));
    expect_reason(s, QUALITY_FOREIGN);
    until_asked(s);
    const uint8_t less[] = {3, 6, 0, 1, 0, 2, 0, 3};
    hear(s, frame, rtu_write_frame(7, less, sizeof less, frame));
    expect_reason(s, QUALITY_LENGTH);
    until_asked(s);
    const uint8_t exception[] = {0x83, 4};
    hear(s, frame, rtu_write_frame(7, exception, sizeof exception, frame));
    assert_int_equal(quality_word(s->last_quality[0]), QUALITY_EXCEPTION);
    assert_int_equal(quality_parameter(s->last_quality[0]), 4);
    line_free(s);
}

static void noise_before_the_reply_costs_one_reading_at_most(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    s->mute = true;
    line_start(s);
    until_asked(s);
    uint8_t reply[RTU_ADU_MAX] = {0};
    size_t len = line_answer(s->request, reply);
    const uint8_t noise[] = {0, 0};
    hear(s, noise, sizeof noise); /* and then silence: the reply behind it counts */
    line_run(s, 30);
    hear(s, reply, len);
    assert_int_equal(s->good[0], 1);
    until_asked(s);
    memmove(reply + 1, reply, len);
    reply[0] = 0; /* at once: it cannot be told where the reply begins */
    hear(s, reply, len + 1);
    expect_reason(s, QUALITY_CRC);
    until_asked(s);
    hear(s, reply + 1, len);
    assert_int_equal(s->good[0], 2);
    line_free(s);
}

static void an_echo_is_taken_off(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 10);
    s->echo = s->by_pieces = true;
    s->plant.links[0].echo = true;
    line_start(s);
    line_run(s, 30000);
    assert_int_equal(s->good[0], 30);
    assert_int_equal(line_link_stats(s).echoes, 0);
    line_free(s);
}

static void an_echo_that_nobody_configured_is_noticed(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 10);
    s->echo = true;
    line_start(s);
    line_run(s, 5000);
    assert_true(line_link_stats(s).echoes > 0);
    assert_int_equal(line_link_stats(s).other_master, 0);
    line_free(s);
}

static void two_masters_on_one_line_are_noticed(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    line_start(s);
    uint8_t frame[RTU_ADU_MAX];
    const uint8_t read[] = {3, 0, 10, 0, 2};
    size_t len = rtu_write_frame(9, read, sizeof read, frame);
    for (int i = 0; i < 50; i++) {
        line_run(s, 377);
        if (s->now_us - s->busy_until_us > s->quiet_us)
            hear(s, frame, len);
    }
    assert_true(line_link_stats(s).other_master > 20);
    assert_true(s->good[0] > 10);
    line_free(s);
}

static void bytes_that_nobody_asked_for_pass_before_a_request(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    line_start(s);
    line_run(s, 490);
    const uint8_t byte = 0x55;
    for (int i = 0; i < 100; i++) { /* 200 ms of noise around the due time */
        hear(s, &byte, 1);
        line_run(s, 2);
    }
    line_run(s, 100);
    assert_int_equal(s->good[0], 1);
    line_free(s);
}

static void a_line_that_never_falls_silent_is_closed(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    line_start(s);
    const uint8_t byte = 0x55;
    for (int i = 0; i < 4000 && s->closed == 0; i++) {
        hear(s, &byte, 1);
        line_run(s, 2);
    }
    assert_int_equal(s->closed, 1);
    assert_int_equal(line_link_stats(s).framing_lost, 1);
    line_free(s);
}

/* 30 units of 10 registers every 3 s use about half of 9600 baud. */
static void one_dead_unit_of_30_costs_the_others_less_than_1_percent(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    struct line_stand *s = line_new(9600);
    for (unsigned i = 0; i < 30; i++) {
        struct plant_device *d = line_add_device(s, (uint8_t)(i + 1), 0, 10);
        d->every_ms = 3000;
        d->phase_ms = 100 * i;
        d->timeout_ms = 500;
    }
    s->by_pieces = true;
    s->units[13].dead = true;
    line_start(s);
    line_run(s, 1800000);
    uint64_t good = 0;
    for (unsigned i = 0; i < 30; i++)
        good += i == 12 ? 0 : s->good[i];
    assert_true((double)good > 0.99 * 29 * 600);
    assert_int_equal(s->good[12], 0);
    assert_int_equal(s->closed, 0);
    s->units[13].dead = false;
    line_run(s, 300000);
    assert_true(s->good[12] > 60);
    line_free(s);
}

static void a_dead_line_is_opened_anew_after_many_silences(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 4);
    s->units[7].dead = true;
    line_start(s);
    line_run(s, 600000);
    assert_int_equal(line_link_stats(s).silences, s->closed);
    assert_true(s->closed == 1);
    line_free(s);
}

/* Also in the middle of a reply, whose rest then comes over the new connection. */
static void a_line_cut_and_restored_a_hundred_times_recovers(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(9600, 20);
    s->by_pieces = true;
    line_start(s);
    uint64_t seed = 5;
    for (int i = 0; i < 100; i++) {
        line_run(s, 1500 + (int64_t)(xorshift_next(&seed) % 100));
        modbus_bus_disconnected(s->bus, QUALITY_LINK, line_time(s));
        line_run(s, (int64_t)(xorshift_next(&seed) % 1200));
        modbus_bus_connected(s->bus, line_time(s));
        if (s->now_us - s->busy_until_us < s->quiet_us)
            s->busy_until_us = s->now_us - s->quiet_us; /* whoever opens a line cannot know */
    }
    uint64_t good = s->good[0];
    line_run(s, 60000);
    assert_true(s->good[0] - good >= 58);
    assert_true(good > 100);
    line_free(s);
}

/* What the wire holds while a request is in flight, changed at random: nothing but the true reply
 * becomes a value, and the bus goes on. */
static void spoiled_replies_never_become_values(void **state)
{
    (void)state;
    struct line_stand *s = one_unit(115200, 8);
    s->plant.devices[0].every_ms = 100;
    s->plant.devices[0].timeout_ms = 50;
    s->mute = true;
    line_start(s);
    uint64_t seed = 99;
    for (int round = 0; round < 4000; round++) {
        s->looked_at = s->sent;
        for (int i = 0; i < 3000 && s->sent == s->looked_at; i++)
            line_run(s, 1);
        if (s->sent == s->looked_at) { /* closed after silences */
            modbus_bus_connected(s->bus, line_time(s));
            continue;
        }
        uint8_t reply[2 * RTU_ADU_MAX];
        size_t len = line_answer(s->request, reply);
        uint64_t dice = xorshift_next(&seed);
        if (dice % 4 > 0)
            reply[(dice >> 8) % len] ^= (uint8_t)(1 << (dice >> 20) % 8);
        if (dice % 8 == 5)
            len = (dice >> 30) % (len + 1);
        line_run(s, (int64_t)((dice >> 40) % 5));
        if (len > 0)
            hear(s, reply, len);
    }
    assert_true(s->values_checked > 1000);
    assert_true(line_stats(s, 0).crc > 1000);
    line_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_is_read_at_every_speed),
        cmocka_unit_test(a_line_keeps_its_time_budget_within_5_percent_of_the_plan),
        cmocka_unit_test(a_hundred_registers_at_9600_baud_take_230_ms),
        cmocka_unit_test(one_time_out_serves_every_speed),
        cmocka_unit_test(a_late_reply_never_answers_the_next_request),
        cmocka_unit_test(the_others_go_on_while_one_unit_may_still_answer),
        cmocka_unit_test(a_wrong_crc_is_no_value_and_says_so),
        cmocka_unit_test(half_a_reply_is_of_the_wrong_length),
        cmocka_unit_test(another_units_reply_is_foreign_and_the_wait_goes_on),
        cmocka_unit_test(another_function_or_length_is_no_value),
        cmocka_unit_test(noise_before_the_reply_costs_one_reading_at_most),
        cmocka_unit_test(an_echo_is_taken_off),
        cmocka_unit_test(an_echo_that_nobody_configured_is_noticed),
        cmocka_unit_test(two_masters_on_one_line_are_noticed),
        cmocka_unit_test(bytes_that_nobody_asked_for_pass_before_a_request),
        cmocka_unit_test(a_line_that_never_falls_silent_is_closed),
        cmocka_unit_test(one_dead_unit_of_30_costs_the_others_less_than_1_percent),
        cmocka_unit_test(a_dead_line_is_opened_anew_after_many_silences),
        cmocka_unit_test(a_line_cut_and_restored_a_hundred_times_recovers),
        cmocka_unit_test(spoiled_replies_never_become_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
