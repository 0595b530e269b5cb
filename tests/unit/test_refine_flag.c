/* Flags: where they come from, and how a period gets one at the border of three quarters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/refine/flag.h"

#include <string.h>

static void every_quality_has_its_letter(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        char letter;
    } cases[] = {
        {"", 'N'},
        {"held", 'N'},
        {"clock-untrusted", 'N'},
        {"over-range", 'T'},
        {"under-range", 'D'},
        {"calibrating", 'C'},
        {"maintenance", 'M'},
        {"fault", 'D'},
        {"blow-back", 'C'},
        {"standby", 'F'},
        {"power-fault", 'D'},
        {"manual", 'S'},
        {"flag-F", 'F'},
        {"flag-T", 'T'},
        {"flag-N", 'N'},
        {"timeout", 'B'},
        {"exception-2", 'B'},
        {"crc", 'B'},
        {"length", 'B'},
        {"foreign", 'B'},
        {"refused", 'B'},
        {"link", 'B'},
        {"busy", 'B'},
        {"no-value", 'D'},
        {"wire-break", 'D'},
        {"not-a-number", 'B'},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        quality q = 0;
        assert_int_equal(quality_parse(cases[i].word, strlen(cases[i].word), &q), 0);
        assert_int_equal(flag_letter(flag_of_quality(q)), cases[i].letter);
    }
}

static void a_mark_has_the_letter_of_its_class_and_kind(void **state)
{
    (void)state;
    static const struct {
        const char *mark_class, *kind;
        char letter;
    } cases[] = {
        {"maintenance", "", 'M'},
        {"maintenance", "calibration", 'C'},
        {"maintenance", "standard", 'C'},
        {"maintenance", "fault", 'D'},
        {"maintenance", "routine", 'M'},
        {"link", "", 'B'},
        {"production", "stop", 'F'},
        {"production", "start-up", 'N'},
        {"production", "shutdown", 'N'},
        {"production", "grid", 'N'},
        {"production", "accident", 'N'},
        {"treatment", "fault", 'N'},
        {"force", "majeure", 'M'},
        {"force", "long-stop", 'F'},
        {"manual", "", 'S'},
        {"switch", "", 'M'},
        {"calibration", "", 'C'},
        {"fault", "", 'D'},
        {"stop", "", 'F'},
        {"standby", "", 'F'},
        {"start-up", "", 'N'},
        {"something else", "", 'M'},
        {"maintenance", "something else", 'M'},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(flag_letter(flag_of_mark(cases[i].mark_class, cases[i].kind)),
                         cases[i].letter);
    assert_int_equal(flag_of_letter('Q'), FLAG_D);
}

/* For every flag and every period: one part below three quarters it names the period, at three
 * quarters it does not. */
static void three_quarters_of_normal_parts_make_a_period_normal(void **state)
{
    (void)state;
    static const uint32_t parts[] = {12, 24, 60, 7, 1, 30};
    for (int f = 0; f < FLAG_N; f++) {
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            uint32_t least = (3 * parts[i] + 3) / 4;
            uint32_t counts[FLAG_COUNT] = {0};
            counts[FLAG_N] = least;
            counts[f] = parts[i] - least;
            assert_int_equal(flag_roll_up(counts, parts[i]), FLAG_N);
            counts[FLAG_N]--;
            counts[f]++;
            assert_int_equal(flag_roll_up(counts, parts[i]), f);
        }
    }
}

static void of_two_flags_the_graver_names_the_period(void **state)
{
    (void)state;
    static const char order[] = "FDBCMTS";
    for (size_t a = 0; a < 7; a++) {
        for (size_t b = a + 1; b < 7; b++) {
            uint32_t counts[FLAG_COUNT] = {0};
            counts[FLAG_N] = 40;
            counts[flag_of_letter(order[a])] = 1;
            counts[flag_of_letter(order[b])] = 19;
            assert_int_equal(flag_letter(flag_roll_up(counts, 60)), order[a]);
        }
    }
}

/* All 127 mixtures of the seven other flags: one normal part short of three quarters the first of
 * them names the period, with it none does. */
static void every_mixture_is_decided_at_three_quarters(void **state)
{
    (void)state;
    static const uint32_t parts[] = {60, 24, 30, 31};
    for (unsigned mixture = 1; mixture < 1u << FLAG_N; mixture++) {
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            uint32_t least = (3 * parts[i] + 3) / 4;
            uint32_t counts[FLAG_COUNT] = {0};
            int first = FLAG_N;
            uint32_t others = 0;
            for (int f = FLAG_N - 1; f >= 0; f--) {
                counts[f] = mixture >> f & 1;
                others += counts[f];
                first = counts[f] ? f : first;
            }
            if (others > parts[i] - least)
                continue;
            counts[FLAG_N] = least;
            counts[first] += parts[i] - least - others;
            assert_int_equal(flag_roll_up(counts, parts[i]), FLAG_N);
            counts[FLAG_N]--;
            counts[first]++;
            assert_int_equal(flag_roll_up(counts, parts[i]), first);
        }
    }
}

static void parts_that_never_came_are_a_lost_link(void **state)
{
    (void)state;
    uint32_t counts[FLAG_COUNT] = {0};
    assert_int_equal(flag_letter(flag_roll_up(counts, 60)), 'B');
    counts[FLAG_N] = 44;
    assert_int_equal(flag_letter(flag_roll_up(counts, 60)), 'B');
    counts[FLAG_N] = 45;
    assert_int_equal(flag_letter(flag_roll_up(counts, 60)), 'N');
    counts[FLAG_N] = 0;
    counts[FLAG_C] = 1;
    assert_int_equal(flag_letter(flag_roll_up(counts, 60)), 'B');
    counts[FLAG_D] = 1;
    assert_int_equal(flag_letter(flag_roll_up(counts, 60)), 'D');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_quality_has_its_letter),
        cmocka_unit_test(a_mark_has_the_letter_of_its_class_and_kind),
        cmocka_unit_test(three_quarters_of_normal_parts_make_a_period_normal),
        cmocka_unit_test(of_two_flags_the_graver_names_the_period),
        cmocka_unit_test(every_mixture_is_decided_at_three_quarters),
        cmocka_unit_test(parts_that_never_came_are_a_lost_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
