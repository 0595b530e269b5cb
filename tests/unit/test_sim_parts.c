/* The pure parts of the simulator: cells, waves, frames, faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/sim/cell.h"
#include "acq/sim/fault.h"
#include "acq/sim/frame.h"
#include "acq/sim/wave.h"

#include <math.h>
#include <string.h>

static void assert_cells(enum cell_type type, enum cell_order order, double value, unsigned count,
                         const uint16_t *want)
{
    uint16_t got[CELL_WORDS_MAX] = {0};
    cell_encode(type, order, value, got);
    assert_int_equal(cell_words(type), count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(got[i], want[i]);
}

static void float_stands_in_every_order(void **state)
{
    (void)state;
    /* 123456.789 is 0x47F12065 as IEEE 754 single. */
    assert_cells(CELL_FLOAT32, CELL_ABCD, 123456.789, 2, (uint16_t[]){0x47F1, 0x2065});
    assert_cells(CELL_FLOAT32, CELL_CDAB, 123456.789, 2, (uint16_t[]){0x2065, 0x47F1});
    assert_cells(CELL_FLOAT32, CELL_BADC, 123456.789, 2, (uint16_t[]){0xF147, 0x6520});
    assert_cells(CELL_FLOAT32, CELL_DCBA, 123456.789, 2, (uint16_t[]){0x6520, 0xF147});
}

static void sixty_four_bits_are_ordered_by_words(void **state)
{
    (void)state;
    double value = 0x0001000200030004;
    assert_cells(CELL_INT64, CELL_ABCD, value, 4, (uint16_t[]){1, 2, 3, 4});
    assert_cells(CELL_INT64, CELL_CDAB, value, 4, (uint16_t[]){4, 3, 2, 1});
    assert_cells(CELL_INT64, CELL_BADC, value, 4, (uint16_t[]){0x100, 0x200, 0x300, 0x400});
    assert_cells(CELL_INT64, CELL_DCBA, value, 4, (uint16_t[]){0x400, 0x300, 0x200, 0x100});
    /* 1.5 is 0x3FF8000000000000. */
    assert_cells(CELL_FLOAT64, CELL_ABCD, 1.5, 4, (uint16_t[]){0x3FF8, 0, 0, 0});
    assert_cells(CELL_FLOAT64, CELL_CDAB, 1.5, 4, (uint16_t[]){0, 0, 0, 0x3FF8});
}

static void integers_are_rounded_and_held_at_their_ends(void **state)
{
    (void)state;
    assert_cells(CELL_INT16, CELL_ABCD, -2.6, 1, (uint16_t[]){0xFFFD});
    assert_cells(CELL_INT16, CELL_ABCD, 1e9, 1, (uint16_t[]){0x7FFF});
    assert_cells(CELL_INT16, CELL_ABCD, -1e9, 1, (uint16_t[]){0x8000});
    assert_cells(CELL_UINT16, CELL_ABCD, -1, 1, (uint16_t[]){0});
    assert_cells(CELL_UINT16, CELL_ABCD, 65534.5, 1, (uint16_t[]){0xFFFF});
    assert_cells(CELL_UINT32, CELL_ABCD, INFINITY, 2, (uint16_t[]){0xFFFF, 0xFFFF});
    assert_cells(CELL_INT32, CELL_ABCD, NAN, 2, (uint16_t[]){0, 0});
    assert_cells(CELL_UINT64, CELL_ABCD, 1e30, 4, (uint16_t[]){0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF});
    assert_cells(CELL_INT64, CELL_ABCD, -1e30, 4, (uint16_t[]){0x8000, 0, 0, 0});
    assert_cells(CELL_BIT, CELL_ABCD, 1, 1, (uint16_t[]){1});
    assert_cells(CELL_BIT, CELL_ABCD, 0.4, 1, (uint16_t[]){0});
}

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("got %.17g, want %.17g", got, want);
}

static void waves_follow_their_formula(void **state)
{
    (void)state;
    struct wave ramp = {.kind = WAVE_RAMP, .value = 10, .extent = 20, .period_s = 4};
    assert_near(wave_at(&ramp, 0, 0), 10, 1e-12);
    assert_near(wave_at(&ramp, 3, 0), 17.5, 1e-12);
    assert_near(wave_at(&ramp, 9, 0), 12.5, 1e-12);
    struct wave sine = {.kind = WAVE_SINE, .value = 5, .extent = 2, .period_s = 8, .phase = 0.25};
    assert_near(wave_at(&sine, 0, 0), 7, 1e-12);
    assert_near(wave_at(&sine, 4, 0), 3, 1e-12);
    struct wave_step list[] = {{1, 10}, {3, 20}};
    struct wave steps = {.kind = WAVE_STEPS, .steps = list, .step_count = 2};
    assert_near(wave_at(&steps, 0, 0), 10, 0);
    assert_near(wave_at(&steps, 2.999, 0), 10, 0);
    assert_near(wave_at(&steps, 3, 0), 20, 0);
    assert_near(wave_at(&steps, 1e6, 0), 20, 0);
    steps.period_s = 5;
    assert_near(wave_at(&steps, 6, 0), 10, 0);
}

static void noise_has_its_mean_and_deviation_and_repeats(void **state)
{
    (void)state;
    struct wave noise = {.kind = WAVE_NOISE, .value = 50, .extent = 3};
    double sum = 0;
    double squares = 0;
    int n = 20000;
    for (int i = 0; i < n; i++) {
        double x = wave_at(&noise, i * 0.001, 7);
        assert_true(x == wave_at(&noise, i * 0.001, 7));
        sum += x;
        squares += (x - 50) * (x - 50);
    }
    assert_near(sum / n, 50, 0.1);
    assert_near(sqrt(squares / n), 3, 0.1);
    assert_true(wave_at(&noise, 1, 7) != wave_at(&noise, 1, 8));
}

static const uint8_t READ_TEN[] = {0x12, 0x34, 0, 0, 0, 6, 9, 3, 0, 100, 0, 10};

static void request_is_known_only_when_it_is_whole(void **state)
{
    (void)state;
    struct frame_request r;
    for (size_t len = 0; len < sizeof READ_TEN; len++)
        assert_int_equal(frame_look(READ_TEN, len, &r), FRAME_PARTIAL);
    assert_int_equal(frame_look(READ_TEN, sizeof READ_TEN, &r), FRAME_REQUEST);
    assert_int_equal(r.unit, 9);
    assert_int_equal(r.function, 3);
    assert_int_equal(r.address, 100);
    assert_int_equal(r.count, 10);
    assert_int_equal(r.len, 12);
    assert_int_equal(r.exception, 0);
}

static void what_is_not_modbus_tcp_is_broken(void **state)
{
    (void)state;
    struct frame_request r;
    uint8_t wrong[sizeof READ_TEN];
    memcpy(wrong, READ_TEN, sizeof wrong);
    wrong[3] = 1;
    assert_int_equal(frame_look(wrong, sizeof wrong, &r), FRAME_BROKEN);
    memcpy(wrong, READ_TEN, sizeof wrong);
    wrong[4] = 1;
    assert_int_equal(frame_look(wrong, sizeof wrong, &r), FRAME_BROKEN);
    wrong[4] = 0;
    wrong[5] = 1;
    assert_int_equal(frame_look(wrong, sizeof wrong, &r), FRAME_BROKEN);
    assert_int_equal(frame_look((const uint8_t *)"GET / HTTP/1.1", 14, &r), FRAME_BROKEN);
}

/* Such a frame would make libmodbus read too little or too much of the stream. */
static void misshapen_request_gets_an_exception(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[20];
        size_t len;
        uint8_t exception;
    } cases[] = {
        {{0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 126}, 12, 3},         /* too many registers */
        {{0, 1, 0, 0, 0, 6, 1, 1, 0, 0, 7, 0xD1}, 12, 3},        /* 2001 bits */
        {{0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, 0}, 12, 3},           /* none */
        {{0, 1, 0, 0, 0, 7, 1, 3, 0, 0, 0, 1, 0}, 13, 3},        /* a byte too much */
        {{0, 1, 0, 0, 0, 4, 1, 3, 0, 0}, 10, 3},                 /* too short */
        {{0, 1, 0, 0, 0, 9, 1, 16, 0, 0, 0, 1, 3, 0, 0}, 15, 3}, /* byte count is not 2 */
        {{0, 1, 0, 0, 0, 9, 1, 16, 0, 0, 0, 2, 2, 0, 0}, 15, 3}, /* 2 registers, bytes of 1 */
        {{0, 1, 0, 0, 0, 5, 1, 0x2B, 14, 1, 0}, 11, 1},          /* unknown function */
        {{0, 1, 0, 0, 0, 2, 1, 0}, 8, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame_request r;
        assert_int_equal(frame_look(cases[i].bytes, cases[i].len, &r), FRAME_UNKNOWN);
        assert_int_equal(r.exception, cases[i].exception);
        assert_int_equal(r.len, cases[i].len);
    }
}

static void exception_repeats_the_header(void **state)
{
    (void)state;
    uint8_t out[FRAME_MAX];
    static const uint8_t want[] = {0x12, 0x34, 0, 0, 0, 3, 9, 0x83, 11};
    assert_int_equal(frame_exception(READ_TEN, 11, out), sizeof want);
    assert_memory_equal(out, want, sizeof want);
}

static void wrong_count_keeps_lengths_in_step(void **state)
{
    (void)state;
    uint8_t two[FRAME_MAX] = {0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2};
    static const uint8_t one[] = {0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 1};
    assert_int_equal(frame_set_wrong_count(two, 13), sizeof one);
    assert_memory_equal(two, one, sizeof one);
    static const uint8_t more[] = {0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 0};
    assert_int_equal(frame_set_wrong_count(two, sizeof one), sizeof more);
    assert_memory_equal(two, more, sizeof more);
    uint8_t exception[FRAME_MAX] = {0, 1, 0, 0, 0, 3, 1, 0x83, 2};
    assert_int_equal(frame_set_wrong_count(exception, 9), 9);
}

static void window_opens_closes_and_comes_again(void **state)
{
    (void)state;
    struct fault f = {.kind = FAULT_SILENCE, .at_s = 10, .for_s = 5};
    assert_false(fault_in_window(&f, 9.99));
    assert_true(fault_in_window(&f, 10));
    assert_true(fault_in_window(&f, 14.99));
    assert_false(fault_in_window(&f, 15));
    assert_false(fault_in_window(&f, 70));
    f.every_s = 60;
    assert_true(fault_in_window(&f, 70));
    assert_false(fault_in_window(&f, 75));
    f.every_s = 0;
    f.for_s = -1;
    assert_true(fault_in_window(&f, 1e9));
}

static void fault_touches_only_its_range(void **state)
{
    (void)state;
    uint64_t random = 1;
    struct fault f = {
        .kind = FAULT_SILENCE, .for_s = -1, .chance = 1, .function = 3, .first = 10, .end = 20};
    struct frame_request r = {.function = 3, .address = 5, .count = 5};
    assert_null(fault_find(&f, 1, 0, &r, &random));
    r.count = 6;
    assert_ptr_equal(fault_find(&f, 1, 0, &r, &random), &f);
    r.address = 19;
    assert_ptr_equal(fault_find(&f, 1, 0, &r, &random), &f);
    r.address = 20;
    assert_null(fault_find(&f, 1, 0, &r, &random));
    r.address = 10;
    r.function = 4;
    assert_null(fault_find(&f, 1, 0, &r, &random));
}

static void chance_is_about_what_it_says(void **state)
{
    (void)state;
    uint64_t random = 1;
    int hits = 0;
    struct fault f = {.kind = FAULT_CUT, .for_s = -1, .chance = 0.3, .end = 65536};
    struct frame_request r = {.function = 3, .count = 1};
    for (int i = 0; i < 10000; i++)
        hits += fault_find(&f, 1, 0, &r, &random) != NULL;
    assert_in_range(hits, 2800, 3200);
}

static void foreign_replies_differ_only_in_their_header(void **state)
{
    (void)state;
    uint8_t reply[FRAME_MAX] = {0xFF, 0xFF, 0, 0, 0, 5, 1, 3, 2, 0, 1};
    struct fault f = {.kind = FAULT_FOREIGN, .id = FAULT_ID_NEXT};
    assert_int_equal(fault_spoil(&f, reply, 11), 11);
    assert_int_equal(frame_transaction(reply), 0);
    f.id = FAULT_ID_OTHER;
    f.other = 0xBEEF;
    assert_int_equal(fault_spoil(&f, reply, 11), 11);
    assert_int_equal(frame_transaction(reply), 0xBEEF);
    f = (struct fault){.kind = FAULT_FOREIGN_UNIT, .other = 77};
    assert_int_equal(fault_spoil(&f, reply, 11), 11);
    assert_int_equal(reply[6], 77);
    assert_int_equal(reply[10], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(float_stands_in_every_order),
        cmocka_unit_test(sixty_four_bits_are_ordered_by_words),
        cmocka_unit_test(integers_are_rounded_and_held_at_their_ends),
        cmocka_unit_test(waves_follow_their_formula),
        cmocka_unit_test(noise_has_its_mean_and_deviation_and_repeats),
        cmocka_unit_test(request_is_known_only_when_it_is_whole),
        cmocka_unit_test(what_is_not_modbus_tcp_is_broken),
        cmocka_unit_test(misshapen_request_gets_an_exception),
        cmocka_unit_test(exception_repeats_the_header),
        cmocka_unit_test(wrong_count_keeps_lengths_in_step),
        cmocka_unit_test(window_opens_closes_and_comes_again),
        cmocka_unit_test(fault_touches_only_its_range),
        cmocka_unit_test(chance_is_about_what_it_says),
        cmocka_unit_test(foreign_replies_differ_only_in_their_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
