/* What exceptions teach of a device's ranges, on the test stand: whatever comes out as a value was
 * compared with the unit's content there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/bus_stand.h"

struct ranges {
    uint32_t count, asked, refused, signals, longest;
};

static void on_range(void *ctx, const struct collect_range *range)
{
    struct ranges *n = ctx;
    n->count++;
    n->asked += range->exception == 0;
    n->refused += range->exception ? range->signals : 0;
    n->signals += range->signals;
    if (range->exception == 0 && range->count > n->longest)
        n->longest = range->count;
}

static struct ranges learned(const struct bus_stand *s)
{
    struct ranges n = {0};
    assert_int_equal(modbus_bus_learned(s->bus, 0, on_range, &n), 0);
    return n;
}

static void a_hole_in_a_range_is_found_once_and_never_asked_again(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 64);
    s->units[1].missing_from = 20;
    s->units[1].missing_to = 22;
    stand_start(s, 0);
    stand_run(s, 2000); /* one cycle searches, the next confirms */
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(s->last_quality[i],
                         i == 20 || i == 21 ? quality_make(QUALITY_EXCEPTION, 2) : QUALITY_GOOD);
    uint64_t exceptions = stand_stats(s, 0).exceptions[2];
    assert_true(exceptions > 2);
    struct ranges n = learned(s);
    assert_int_equal(n.signals, 64);
    assert_int_equal(n.refused, 2);
    stand_run(s, 100000);
    assert_int_equal(stand_stats(s, 0).exceptions[2], exceptions);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, n.asked);
    assert_int_equal(s->last_quality[20], quality_make(QUALITY_EXCEPTION, 2));
    assert_int_equal(s->last_quality[19], QUALITY_GOOD);
    assert_int_equal(s->last_quality[63], QUALITY_GOOD);
    assert_int_equal(s->readings[0], 102);
    assert_int_equal(stand_stats(s, 0).missed, 0);
}

static void a_device_that_takes_fewer_registers_is_asked_in_parts(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 100, 100);
    s->units[1].most = 40;
    stand_start(s, 0);
    stand_run(s, 10000);
    struct ranges n = learned(s);
    assert_int_equal(n.asked, 4);
    assert_int_equal(n.refused, 0);
    assert_true(n.longest <= 40);
    assert_int_equal(s->good[0], 10);
    assert_int_equal(stand_stats(s, 0).exceptions[3], 3);
}

static void what_was_learned_is_forgotten_by_hand(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 10);
    s->units[1].missing_from = 4;
    s->units[1].missing_to = 5;
    stand_start(s, 0);
    stand_run(s, 3000);
    assert_int_equal(learned(s).refused, 1);
    s->units[1].missing_from = s->units[1].missing_to =
        0; /* the maker's update brings the register */
    stand_run(s, 3000);
    assert_int_equal(s->last_quality[4], quality_make(QUALITY_EXCEPTION, 2));
    assert_int_equal(modbus_bus_forget(s->bus, 0), 0);
    assert_int_equal(learned(s).count, 0);
    assert_int_equal(modbus_bus_forget(s->bus, 7), PW_ENOTFOUND);
    stand_run(s, 1000);
    assert_int_equal(s->last_quality[4], QUALITY_GOOD);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, 1);
}

static void a_device_that_refuses_everything_is_asked_as_planned(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 16);
    s->units[1].exception = 2;
    stand_start(s, 0);
    stand_run(s, 1000);
    uint64_t searched = stand_stats(s, 0).requests;
    assert_int_equal(searched, 31);
    stand_run(s, 10000);
    assert_int_equal(stand_stats(s, 0).requests, searched + 10);
    assert_int_equal(learned(s).count, 0);
    s->units[1].exception = 0;
    stand_run(s, 1000);
    assert_int_equal(s->good[0], 1);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, 1);
}

static void an_exception_that_passes_teaches_nothing(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 16);
    s->units[1].missing_from = 0;
    s->units[1].missing_to = 8;
    stand_start(s, 0);
    stand_run(s, 1000);
    assert_int_equal(learned(s).count, 0); /* to be confirmed */
    s->units[1].missing_to = 0;
    stand_run(s, 2000);
    assert_int_equal(learned(s).count, 0);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, 1);
    assert_int_equal(s->good[0], 2);
}

static void a_search_that_is_disturbed_begins_again_but_not_for_ever(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 16)->retries = 0;
    s->units[1].missing_from = 2;
    s->units[1].missing_to = 3;
    s->units[1].silent_from = 8;
    s->units[1].silent_to = 9;
    stand_start(s, 0);
    stand_run(s, 200000);
    uint64_t exceptions = stand_stats(s, 0).exceptions[2];
    assert_int_equal(learned(s).count, 0);
    stand_run(s, 100000);
    /* From the third on, a cycle brings one exception: that of the whole request. */
    assert_true(stand_stats(s, 0).exceptions[2] - exceptions <= 100);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, 1);
}

static void a_connection_lost_in_a_search_leaves_the_plan_as_it_was(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 16);
    s->units[1].missing_from = 2;
    s->units[1].missing_to = 3;
    s->units[1].delay_ms = 50;
    stand_start(s, 0);
    stand_run(s, 620);
    assert_int_equal(s->readings[0], 0);
    modbus_bus_disconnected(s->bus, QUALITY_LINK, stand_time(s));
    assert_int_equal(s->readings[0], 1);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, 1);
    s->reply_count = 0;
    modbus_bus_connected(s->bus, stand_time(s));
    stand_run(s, 5000);
    assert_int_equal(learned(s).refused, 1);
}

static void one_register_alone_is_not_searched(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 0);
    for (unsigned bit = 0; bit < 16; bit++) {
        struct plant_signal *signal = test_plant_add_signal(&s->plant, TABLE_HOLDING, 0, TYPE_BIT);
        signal->bit = (int8_t)bit;
    }
    s->units[1].exception = 2;
    stand_start(s, 0);
    stand_run(s, 10000);
    assert_int_equal(stand_stats(s, 0).requests, 10);
    assert_int_equal(s->last_quality[15], quality_make(QUALITY_EXCEPTION, 2));
}

static void what_was_learned_goes_to_the_bus_that_follows(void **state)
{
    struct bus_stand *s = *state;
    stand_add_device(s, 1, 0, 32);
    s->units[1].missing_from = 30;
    s->units[1].missing_to = 32;
    stand_start(s, 0);
    stand_run(s, 5000);
    struct ranges before = learned(s);
    struct modbus_bus *old = s->bus;
    s->reply_count = 0;
    uint64_t sent = s->sent;
    stand_start(s, 100);
    modbus_bus_adopt(s->bus, old);
    modbus_bus_free(old);
    stand_run(s, 5000);
    struct ranges after = learned(s);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(s->sent - sent, 5 * before.asked);
    assert_int_equal(s->last_quality[31], quality_make(QUALITY_EXCEPTION, 2));
    assert_int_equal(s->last_quality[29], QUALITY_GOOD);
}

static struct collect_range kept[64];
static struct collect_learned told;
static unsigned tellings;

static void on_learned(void *ctx, const struct collect_learned *l)
{
    (void)ctx;
    assert_true(l->range_count <= 64);
    told = *l;
    memcpy(kept, l->ranges, l->range_count * sizeof *kept);
    told.ranges = kept;
    tellings++;
}

static void make_bus(struct bus_stand *s)
{
    static const struct modbus_bus_ops ops = {.send = stand_send,
                                              .close_connection = stand_close,
                                              .on_reading = stand_on_reading,
                                              .on_learned = on_learned};
    modbus_bus_free(s->bus);
    s->reply_count = 0;
    assert_int_equal(modbus_bus_new(&s->plant.plant, 0, 7, &ops, s, &s->bus), 0);
}

static void run_bus(struct bus_stand *s)
{
    modbus_bus_connected(s->bus, stand_time(s));
    stand_run(s, 5000);
}

static void learn_a_hole(struct bus_stand *s)
{
    stand_add_device(s, 1, 0, 32);
    test_plant_add_signal(&s->plant, TABLE_HOLDING, 1000, TYPE_UINT16);
    s->units[1].missing_from = 12;
    s->units[1].missing_to = 14;
    tellings = 0;
    make_bus(s);
    run_bus(s);
    assert_int_equal(tellings, 1);
    assert_true(told.range_count > 2);
}

static void what_was_told_is_recalled_by_another_run(void **state)
{
    struct bus_stand *s = *state;
    learn_a_hole(s);
    struct ranges before = learned(s);
    make_bus(s);
    assert_int_equal(modbus_bus_recall(s->bus, &told), 0);
    uint64_t sent = s->sent;
    uint32_t a_cycle = stand_stats(s, 0).requests_a_cycle;
    assert_int_equal(a_cycle, before.asked + 1);
    run_bus(s);
    struct ranges after = learned(s);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(s->sent - sent, 5 * a_cycle);
    assert_int_equal(stand_stats(s, 0).exceptions[2], 0);
    assert_int_equal(s->last_quality[12], quality_make(QUALITY_EXCEPTION, 2));
    assert_int_equal(s->last_quality[14], QUALITY_GOOD);
    assert_int_equal(s->last_quality[32], QUALITY_GOOD);
    assert_int_equal(tellings, 1);
}

static void forgetting_is_told_at_once(void **state)
{
    struct bus_stand *s = *state;
    learn_a_hole(s);
    s->units[1].delay_ms = 100;
    stand_run(s, 550); /* a cycle is under way */
    assert_int_equal(modbus_bus_forget(s->bus, 0), 0);
    assert_int_equal(tellings, 2);
    assert_int_equal(told.range_count, 0);
    make_bus(s);
    assert_int_equal(modbus_bus_recall(s->bus, &told), 0);
    assert_int_equal(learned(s).count, 0);
    assert_int_equal(stand_stats(s, 0).requests_a_cycle, 2);
}

/* Whatever a journal holds: taken whole or not at all, and every signal fed once. */
static void what_is_not_true_is_not_recalled(void **state)
{
    struct bus_stand *s = *state;
    learn_a_hole(s);
    const struct collect_learned good = told;
    struct collect_range sound[64];
    memcpy(sound, kept, sizeof sound);
    uint64_t random = 1;
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(kept, sound, sizeof sound);
        told = good;
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint32_t which = (uint32_t)(random >> 33) % good.range_count;
        struct collect_range *r = &kept[which];
        uint8_t by = (uint8_t)(1 + (random >> 50) % 3);
        switch ((random >> 40) % 6) {
        case 0:
            r->address = (uint16_t)(r->address + by);
            break;
        case 1:
            r->count = (uint16_t)(r->count + by);
            break;
        case 2:
            r->signals -= r->signals >= by ? by : 0;
            r->signals += r->signals == sound[which].signals;
            break;
        case 3:
            r->function = (uint8_t)(r->function + by);
            break;
        case 4:
            *r = kept[--told.range_count];
            break;
        default:
            told.digest[by] ^= 1;
            break;
        }
        make_bus(s);
        assert_int_equal(modbus_bus_recall(s->bus, &told), PW_EINVAL);
        assert_int_equal(learned(s).count, 0);
        assert_int_equal(stand_stats(s, 0).requests_a_cycle, 2);
    }
    s->units[1].missing_to = 0;
    run_bus(s);
    assert_int_equal(s->last_quality[12], QUALITY_GOOD);
    assert_int_equal(s->last_quality[31], QUALITY_GOOD);
    told.device = 9;
    make_bus(s);
    assert_int_equal(modbus_bus_recall(s->bus, &told), PW_ENOTFOUND);
}

static void run_policy(struct bus_stand *s, enum id_policy policy, uint64_t good)
{
    struct plant_device *d = stand_add_device(s, 1, 0, 3);
    d->id_policy = policy;
    stand_start(s, 0);
    stand_run(s, 5000);
    assert_int_equal(s->good[0], good);
}

static void a_strict_device_must_answer_with_the_id_it_was_asked_with(void **state)
{
    struct bus_stand *s = *state;
    s->units[1].id_shift = 1;
    run_policy(s, ID_STRICT, 0);
    assert_true(stand_stats(s, 0).foreign > 0);
}

static void zero_takes_the_id_0_and_no_other(void **state)
{
    struct bus_stand *s = *state;
    s->units[1].id_zero = true;
    run_policy(s, ID_ZERO, 5);
    s->units[1].id_zero = false;
    s->units[1].id_shift = 1;
    stand_run(s, 1000);
    assert_int_equal(s->good[0], 5);
}

static void ignore_takes_any_id_but_no_other_unit_function_or_length(void **state)
{
    struct bus_stand *s = *state;
    s->units[1].id_shift = 1;
    run_policy(s, ID_IGNORE, 5);
    s->mute = true;
    stand_run(s, 600);
    uint8_t reply[STAND_FRAME];
    size_t len = stand_answer(s->last_request, reply);
    reply[0] = 77;
    reply[6] = 2;
    stand_receive(s, reply, len);
    reply[6] = 1;
    reply[7] = 4;
    stand_receive(s, reply, len);
    assert_int_equal(s->readings[0], 5);
    reply[7] = 3;
    stand_receive(s, reply, len);
    assert_int_equal(s->good[0], 6);
}

static void a_time_out_where_ids_do_not_tell_closes_the_connection(void **state)
{
    struct bus_stand *s = *state;
    s->units[1].id_zero = true;
    run_policy(s, ID_ZERO, 5);
    s->units[1].dead = true;
    stand_run(s, 2500);
    assert_int_equal(s->closed, 1);
    assert_int_equal(s->last_quality[0], QUALITY_LINK);
    uint8_t reply[STAND_FRAME];
    stand_receive(s, reply, stand_answer(s->last_request, reply));
    assert_int_equal(s->good[0], 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hole_in_a_range_is_found_once_and_never_asked_again,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(a_device_that_takes_fewer_registers_is_asked_in_parts,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(what_was_learned_is_forgotten_by_hand, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_device_that_refuses_everything_is_asked_as_planned,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(an_exception_that_passes_teaches_nothing, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_search_that_is_disturbed_begins_again_but_not_for_ever,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(a_connection_lost_in_a_search_leaves_the_plan_as_it_was,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(one_register_alone_is_not_searched, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(what_was_learned_goes_to_the_bus_that_follows, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(what_was_told_is_recalled_by_another_run, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(forgetting_is_told_at_once, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_true_is_not_recalled, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(a_strict_device_must_answer_with_the_id_it_was_asked_with,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(zero_takes_the_id_0_and_no_other, stand_set_up,
                                        stand_tear_down),
        cmocka_unit_test_setup_teardown(ignore_takes_any_id_but_no_other_unit_function_or_length,
                                        stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(a_time_out_where_ids_do_not_tell_closes_the_connection,
                                        stand_set_up, stand_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
