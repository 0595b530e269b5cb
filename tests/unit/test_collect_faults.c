/* Whatever comes back from the wire, only the answer to the request in flight becomes a value: the
 * stand compares every value with the scripted registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/log.h"
#include "tests/unit/bus_stand.h"

static int set_up(void **state)
{
    log_set_level(LOG_ERROR);
    struct bus_stand *s = stand_new();
    struct plant_device *d = stand_add_device(s, 7, 100, 4);
    d->retries = 0;
    d->backoff_max_s = 1;
    s->mute = true;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    stand_free(*state);
    return 0;
}

/* Until a request is in flight that the test has not looked at yet. */
static void until_asked(struct bus_stand *s)
{
    for (int i = 0; i < 5000 && s->sent == s->looked_at; i++)
        stand_run(s, 1);
    assert_true(s->sent > s->looked_at);
    s->looked_at = s->sent;
}

static void expect_reason(struct bus_stand *s, enum quality_word word)
{
    uint64_t before = s->readings[0];
    while (s->readings[0] == before)
        stand_run(s, 1);
    assert_int_equal(quality_word(s->last_quality[0]), word);
}

static void a_wrong_unit_or_function_is_foreign(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    for (size_t place = 6; place <= 7; place++) {
        uint8_t reply[STAND_FRAME];
        until_asked(s);
        size_t len = stand_answer(s->last_request, reply);
        reply[place]++;
        stand_receive(s, reply, len);
        expect_reason(s, QUALITY_FOREIGN);
        modbus_bus_connected(s->bus, stand_time(s));
    }
    assert_int_equal(stand_stats(s, 0).foreign, 2);
    assert_int_equal(stand_stats(s, 0).timeouts, 2);
}

static void a_reply_of_the_wrong_length_says_length(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    uint8_t reply[STAND_FRAME];
    until_asked(s);
    stand_answer(s->last_request, reply);
    reply[5] = 9; /* three registers, consistently */
    reply[8] = 6;
    stand_receive(s, reply, 15);
    expect_reason(s, QUALITY_LENGTH);
    modbus_bus_connected(s->bus, stand_time(s));

    until_asked(s);
    size_t len = stand_answer(s->last_request, reply);
    reply[8] = 6; /* byte count at odds with the length */
    stand_receive(s, reply, len);
    expect_reason(s, QUALITY_LENGTH);
    assert_int_equal(stand_stats(s, 0).length, 2);
    assert_memory_equal(stand_link_stats(s).last_bad_frame + 4, "0000000b070306", 14);
}

static void another_transaction_is_waited_out(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    uint8_t reply[STAND_FRAME];
    until_asked(s);
    size_t len = stand_answer(s->last_request, reply);
    reply[1] ^= 0x40;
    stand_receive(s, reply, len);
    assert_int_equal(s->readings[0], 0);
    reply[1] ^= 0x40;
    stand_receive(s, reply, len);
    assert_int_equal(s->good[0], 1);
    stand_receive(s, reply, len); /* once more the same */
    assert_int_equal(stand_stats(s, 0).foreign, 2);
    assert_int_equal(stand_stats(s, 0).good, 1);
}

static void a_late_reply_never_answers_the_next_request(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    uint8_t late[STAND_FRAME];
    uint8_t reply[STAND_FRAME];
    until_asked(s);
    size_t late_len = stand_answer(s->last_request, late);
    for (size_t i = 9; i < late_len; i++)
        late[i] ^= 0xFF; /* other contents: the stand would notice */
    expect_reason(s, QUALITY_TIMEOUT);
    until_asked(s);
    stand_receive(s, late, late_len);
    assert_int_equal(s->readings[0], 1);
    stand_receive(s, reply, stand_answer(s->last_request, reply));
    assert_int_equal(s->good[0], 1);
    struct collect_device_stats stats = stand_stats(s, 0);
    assert_int_equal(stats.late, 1);
    assert_int_equal(stats.foreign, 0);
    assert_int_equal(stats.timeouts, 1);
}

static void a_reply_sent_ahead_is_not_taken(void **state)
{
    struct bus_stand *s = *state;
    for (uint16_t i = 0; i < 4; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(1000 + i), TYPE_UINT16);
    stand_start(s, 500);
    until_asked(s);
    uint8_t bytes[2 * STAND_FRAME];
    size_t len = stand_answer(s->last_request, bytes);
    memcpy(bytes + len, bytes, len); /* what the next request would be answered with */
    bytes[len + 1]++;
    stand_receive(s, bytes, 2 * len);
    assert_int_equal(s->sent, 2);
    assert_int_equal(s->readings[0], 0);
    assert_int_equal(stand_stats(s, 0).foreign, 1);
    uint8_t reply[STAND_FRAME];
    stand_receive(s, reply, stand_answer(s->last_request, reply));
    assert_int_equal(s->good[0], 1);
}

static void the_first_half_of_a_reply_sent_ahead_is_not_taken(void **state)
{
    struct bus_stand *s = *state;
    for (uint16_t i = 0; i < 4; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(1000 + i), TYPE_UINT16);
    stand_start(s, 500);
    until_asked(s);
    uint8_t bytes[2 * STAND_FRAME];
    size_t len = stand_answer(s->last_request, bytes);
    memcpy(bytes + len, bytes, len);
    bytes[len + 1]++;
    stand_receive(s, bytes, len + 5);
    assert_int_equal(s->sent, 2);
    stand_receive(s, bytes + len + 5, len - 5);
    assert_int_equal(s->readings[0], 0);
    uint8_t reply[STAND_FRAME];
    stand_receive(s, reply, stand_answer(s->last_request, reply));
    assert_int_equal(s->good[0], 1);
}

static void lost_framing_closes_the_connection(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    static const uint8_t places[] = {2, 3, 4, 5};
    for (unsigned i = 0; i < sizeof places; i++) {
        uint8_t reply[STAND_FRAME];
        until_asked(s);
        size_t len = stand_answer(s->last_request, reply);
        reply[places[i]] = places[i] == 5 ? 1 : 0x40;
        stand_receive(s, reply, len);
        assert_int_equal(s->closed, i + 1);
        assert_int_equal(s->last_quality[0], QUALITY_LINK);
        stand_receive(s, reply, len); /* what is still in the pipe */
        modbus_bus_connected(s->bus, stand_time(s));
    }
    assert_int_equal(stand_link_stats(s).framing_lost, sizeof places);
    assert_int_equal(s->good[0], 0);
}

static void byte_by_byte_is_a_value_with_the_last_byte(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    until_asked(s);
    uint8_t reply[STAND_FRAME];
    size_t len = stand_answer(s->last_request, reply);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(s->good[0], 0);
        stand_receive(s, reply + i, 1);
    }
    assert_int_equal(s->good[0], 1);
}

static void a_unit_nobody_has_is_counted_on_the_link(void **state)
{
    struct bus_stand *s = *state;
    stand_start(s, 500);
    until_asked(s);
    uint8_t reply[STAND_FRAME];
    size_t len = stand_answer(s->last_request, reply);
    reply[0] ^= 1;
    reply[6] = 99;
    stand_receive(s, reply, len);
    assert_int_equal(stand_link_stats(s).stray, 1);
    assert_int_equal(stand_stats(s, 0).foreign, 0);
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* A reply to the request in flight or to an older one, damaged in its header, function or byte
 * count, cut, lengthened or doubled. Two things nothing can notice, as Modbus TCP protects neither
 * contents nor address, are left out: damage that gives an older reply the id in flight, and a cut
 * reply that is filled up with the beginning of the next while its request still waits. */
static size_t damaged(uint64_t *random, const uint8_t *request, bool older, uint8_t *out)
{
    size_t len = next_random(random) % 8 == 0
                     ? stand_exception(request, (uint8_t)next_random(random), out)
                     : stand_answer(request, out);
    unsigned hits = next_random(random) % 3;
    unsigned first = older ? 2 : 0;
    for (unsigned i = 0; i < hits; i++)
        out[first + next_random(random) % (9 - first)] ^= (uint8_t)(1u << next_random(random) % 8);
    switch (next_random(random) % 8) {
    case 0:
        len = next_random(random) % (len + 1);
        break;
    case 1:
        len += next_random(random) % 9;
        break;
    case 2:
        memcpy(out + len, out, len);
        len *= 2;
        break;
    default:
        break;
    }
    return len;
}

static void random_damage_never_becomes_a_value(void **state)
{
    struct bus_stand *s = *state;
    for (uint16_t i = 0; i < 3; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(2000 * i), TYPE_UINT16);
    stand_add_device(s, 6, 100, 4)->backoff_max_s = 1;
    for (unsigned i = 0; i < 2; i++) {
        s->plant.devices[i].timeout_ms = 100;
        s->plant.devices[i].every_ms = 200;
    }
    stand_start(s, 65530);
    uint64_t random = 2024;
    uint8_t older[MBAP_REQUEST_SIZE] = {0};
    for (int round = 0; round < 100000; round++) {
        uint8_t bytes[2 * STAND_FRAME] = {0};
        bool late = next_random(&random) % 4 == 0;
        size_t len = damaged(&random, late ? older : s->last_request, late, bytes);
        if (next_random(&random) % 16 == 0)
            memcpy(older, s->last_request, sizeof older);
        size_t half = next_random(&random) % (len + 1);
        stand_receive(s, bytes, half);
        stand_receive(s, bytes + half, len - half);
        stand_run(s, 100 + next_random(&random) % 100);
        if (next_random(&random) % 32 == 0 || s->closed > 0)
            modbus_bus_connected(s->bus, stand_time(s));
        s->closed = 0;
    }
    assert_true(s->values_checked > 10000);
    assert_true(s->bad[0] > 1000 && s->bad[1] > 1000);
    struct collect_device_stats stats = stand_stats(s, 0);
    assert_true(stats.late > 10 && stats.foreign > 100 && stats.length > 100);
}

/* Two units: one silent, so that its transactions are given up, one fast, so that ids come round.
 */
static void an_id_given_up_is_never_used_again(void **state)
{
    struct bus_stand *s = *state;
    s->units[7].dead = true;
    s->plant.devices[0].timeout_ms = 50;
    stand_add_device(s, 8, 0, 1)->every_ms = 50;
    s->units[8].delay_ms = 0;
    s->mute = false;
    s->watch_ids = true;
    stand_start(s, 1);
    while (s->sent < 200000)
        stand_run(s, 1000);
    uint64_t silences = stand_stats(s, 0).timeouts;
    assert_true(silences > 5000);
    assert_int_equal(s->closed, 0);
    unsigned forbidden = 0;
    uint16_t one = 0;
    for (unsigned id = 0; id < 65536; id++) {
        forbidden += s->unanswered[id];
        one = s->unanswered[id] ? (uint16_t)id : one;
    }
    assert_int_equal(forbidden, silences);
    uint8_t late[] = {(uint8_t)(one >> 8), (uint8_t)one, 0, 0, 0, 5, 7, 3, 2, 0xAA, 0xBB};
    stand_receive(s, late, sizeof late);
    assert_int_equal(stand_stats(s, 0).late, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_unit_or_function_is_foreign),
        TEST(a_reply_of_the_wrong_length_says_length),
        TEST(another_transaction_is_waited_out),
        TEST(a_late_reply_never_answers_the_next_request),
        TEST(a_reply_sent_ahead_is_not_taken),
        TEST(the_first_half_of_a_reply_sent_ahead_is_not_taken),
        TEST(lost_framing_closes_the_connection),
        TEST(byte_by_byte_is_a_value_with_the_last_byte),
        TEST(a_unit_nobody_has_is_counted_on_the_link),
        TEST(random_damage_never_becomes_a_value),
        TEST(an_id_given_up_is_never_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
