#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "acq/record/minute_pack.h"

static uint64_t seed = 1;

static double draw(double least, double most)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return least + (most - least) * (double)(seed >> 11) / 9007199254740992.0;
}

/* A stack's concentration as it is measured and converted: every digit of a double in use. */
static void fill_regulated(struct minute_pack *p)
{
    *p = (struct minute_pack){0};
    for (int i = 0; i < PACK_MINUTES; i++) {
        struct packed_minute *m = &p->minutes[i];
        double level = draw(27, 29);
        const double values[ROW_VALUES] = {level,
                                           level * draw(0.9, 1),
                                           level * draw(1, 1.1),
                                           level * 1.3,
                                           level * 1.3 * draw(0.9, 1),
                                           level * 1.3 * draw(1, 1.1),
                                           level * draw(6e-3, 6.3e-3)};
        memcpy(m->value, values, sizeof values);
        m->flag = 'N';
        m->valid = true;
        m->parts = 24;
        m->good = draw(0, 1) > 0.9 ? 23 : 24;
        p->has[i] = true;
    }
}

/* One of an input without a conversion: the least and most are the analyser's own numbers. */
static void fill_plain(struct minute_pack *p)
{
    *p = (struct minute_pack){0};
    for (int i = 0; i < PACK_MINUTES; i++) {
        struct packed_minute *m = &p->minutes[i];
        for (int v = 0; v < ROW_VALUES; v++)
            m->value[v] = (double)NAN;
        m->value[ROW_AVG] = draw(118, 122);
        m->value[ROW_MIN] = floor(draw(1160, 1170)) / 10;
        m->value[ROW_MAX] = floor(draw(1230, 1240)) / 10;
        m->valid = true;
        m->parts = m->good = 24;
        p->has[i] = true;
    }
}

static size_t round_trip(const struct minute_pack *p, struct minute_pack *out)
{
    struct strbuf b;
    strbuf_init(&b, 1 << 16);
    minute_pack_write(p, &b);
    assert_false(b.failed);
    assert_int_equal(minute_pack_read(b.data, b.len, out), 0);
    size_t len = b.len;
    strbuf_deinit(&b);
    return len;
}

static void assert_close(const struct minute_pack *a, const struct minute_pack *b)
{
    for (int v = 0; v < ROW_VALUES; v++) {
        double most = 0;
        for (int i = 0; i < PACK_MINUTES; i++)
            if (a->has[i] && fabs(a->minutes[i].value[v]) > most)
                most = fabs(a->minutes[i].value[v]);
        for (int i = 0; i < PACK_MINUTES; i++) {
            assert_int_equal(a->has[i], b->has[i]);
            if (!a->has[i])
                continue;
            const struct packed_minute *m = &a->minutes[i];
            const struct packed_minute *n = &b->minutes[i];
            assert_int_equal(isnan(m->value[v]), isnan(n->value[v]));
            if (!isnan(m->value[v]) && fabs(m->value[v] - n->value[v]) > most * 5.1e-7)
                fail_msg("minute %d value %d: %.17g became %.17g", i, v, m->value[v], n->value[v]);
            assert_int_equal(m->flag, n->flag);
            assert_int_equal(m->why, n->why);
            assert_int_equal(m->valid, n->valid);
            assert_int_equal(m->parts, n->parts);
            assert_int_equal(m->good, n->good);
            assert_int_equal(m->gaps, n->gaps);
            assert_int_equal(m->longest_gap_s, n->longest_gap_s);
        }
    }
}

static void an_hour_comes_back_to_seven_digits(void **state)
{
    struct minute_pack a;
    struct minute_pack b;
    (void)state;
    fill_regulated(&a);
    size_t regulated = round_trip(&a, &b);
    assert_close(&a, &b);
    fill_plain(&a);
    size_t plain = round_trip(&a, &b);
    assert_close(&a, &b);
    print_message("an hour: %zu bytes of a corrected concentration, %zu of a plain input\n",
                  regulated, plain);
    assert_true(regulated < 1500);
    assert_true(plain < 500);
}

static void numbers_of_few_digits_come_back_as_they_were(void **state)
{
    struct minute_pack a;
    struct minute_pack b;
    (void)state;
    fill_plain(&a);
    a.minutes[7].value[ROW_MIN] = -0.1;
    a.minutes[8].value[ROW_MIN] = 12345678.9;
    (void)round_trip(&a, &b);
    for (int i = 0; i < PACK_MINUTES; i++) {
        assert_true(a.minutes[i].value[ROW_MIN] == b.minutes[i].value[ROW_MIN]);
        assert_true(a.minutes[i].value[ROW_MAX] == b.minutes[i].value[ROW_MAX]);
    }
}

static void what_is_written_again_stays_what_it_was(void **state)
{
    struct minute_pack a;
    struct minute_pack b;
    struct minute_pack c;
    (void)state;
    for (int n = 0; n < 200; n++) {
        fill_regulated(&a);
        (void)round_trip(&a, &b);
        (void)round_trip(&b, &c);
        assert_memory_equal(&b, &c, sizeof b);
    }
}

static void minutes_and_values_that_are_not_there_stay_away(void **state)
{
    struct minute_pack a;
    struct minute_pack b;
    (void)state;
    fill_regulated(&a);
    for (int i = 0; i < PACK_MINUTES; i++) {
        a.has[i] = i % 3 != 0;
        if (i % 7 == 0)
            for (int v = 0; v < ROW_VALUES; v++)
                a.minutes[i].value[v] = (double)NAN;
        a.minutes[i].why = i % 11 == 0;
        a.minutes[i].gaps = (uint32_t)(i % 4);
        a.minutes[i].longest_gap_s = (uint32_t)(i % 4) * 9;
        a.minutes[i].flag = "NDT"[i % 3];
        a.minutes[i].good = (uint32_t)i;
    }
    (void)round_trip(&a, &b);
    assert_close(&a, &b);
    a = (struct minute_pack){0};
    (void)round_trip(&a, &b);
    assert_close(&a, &b);
}

static void numbers_beyond_any_instrument_are_kept_as_they_are(void **state)
{
    static const double odd[] = {1e300, -1e300, 5e-324, 1e-30, 0, -0.0, 9007199254740993.0, 1e29};
    struct minute_pack a;
    struct minute_pack b;
    (void)state;
    fill_plain(&a);
    for (int i = 0; i < 8; i++)
        a.minutes[i].value[ROW_AVG] = odd[i];
    (void)round_trip(&a, &b);
    for (int i = 0; i < PACK_MINUTES; i++)
        assert_true(a.minutes[i].value[ROW_AVG] == b.minutes[i].value[ROW_AVG]);
}

static void a_damaged_text_is_refused_or_read_within_its_bounds(void **state)
{
    struct minute_pack a;
    struct minute_pack b;
    struct strbuf text;
    (void)state;
    fill_regulated(&a);
    strbuf_init(&text, 1 << 16);
    minute_pack_write(&a, &text);
    for (size_t len = 0; len < text.len; len++) {
        char *part = malloc(len + 1);
        assert_non_null(part);
        memcpy(part, text.data, len);
        assert_int_equal(minute_pack_read(part, len, &b), PW_ECORRUPT);
        free(part);
    }
    for (int n = 0; n < 20000; n++) {
        size_t at = (size_t)draw(0, (double)text.len);
        char was = text.data[at];
        text.data[at] = (char)(uint8_t)draw(0, 256);
        int err = minute_pack_read(text.data, text.len, &b);
        assert_true(err == 0 || err == PW_ECORRUPT);
        text.data[at] = was;
    }
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_comes_back_to_seven_digits),
        cmocka_unit_test(numbers_of_few_digits_come_back_as_they_were),
        cmocka_unit_test(what_is_written_again_stays_what_it_was),
        cmocka_unit_test(minutes_and_values_that_are_not_there_stay_away),
        cmocka_unit_test(numbers_beyond_any_instrument_are_kept_as_they_are),
        cmocka_unit_test(a_damaged_text_is_refused_or_read_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
