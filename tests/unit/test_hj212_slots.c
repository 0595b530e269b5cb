/* Codes of no signal: their slots, the pool of their names, and what becomes of their values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"

#include "acq/collect/hj212_slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_SIZE = 4096, SLOTS = 3 };

static const char plant_text[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"listen\":\"127.0.0.1:9\",\"framing\":\"hj212\"}],"
    "\"devices\":[{\"id\":\"gc\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN1\","
    "\"signals\":{\"nmhc\":{\"factor\":\"a24088\"}}}]}";

struct stand {
    struct plant *plant;
    struct hj212_map *map;
    struct hj212_slots slots;
    struct hj212_names *names;
    struct hj212_extra_room *room;
    struct hj212_packet *packet;
    struct hj212_moment now;
    char notes[NOTES_SIZE];
    struct strbuf said;
    uint32_t fresh;
    int refuse;
};

static int on_extras(void *ctx, const struct hj212_extras *e)
{
    struct stand *s = ctx;
    strbuf_addf(&s->said, "@%lld", (long long)(e->time_ms - s->now.utc_ms));
    for (uint32_t i = 0; i < e->count; i++) {
        char word[QUALITY_TEXT_SIZE];
        const struct hj212_extra *x = &e->list[i];
        strbuf_addf(&s->said, " %s=", x->code);
        if (x->text)
            strbuf_addf(&s->said, "\"%s\"", x->text);
        else if (quality_has_value(x->sample.quality))
            strbuf_add_double(&s->said, x->sample.value);
        strbuf_addf(&s->said, "(%s)", quality_format(x->sample.quality, word));
    }
    strbuf_addc(&s->said, '\n');
    return s->refuse;
}

static int set_up(void **state)
{
    struct stand *s = calloc(1, sizeof *s);
    struct plant_problems problems;
    assert_non_null(s);
    assert_int_equal(plant_load_text("t", plant_text, strlen(plant_text), &s->plant, &problems), 0);
    plant_problems_deinit(&problems);
    strbuf_init_fixed(&s->said, s->notes, sizeof s->notes);
    assert_int_equal(hj212_map_new(s->plant, 0, &s->map), 0);
    assert_int_equal(hj212_slots_init(&s->slots, SLOTS), 0);
    s->names = hj212_names_new(8);
    s->room = hj212_extra_room_new(SLOTS);
    s->packet = malloc(sizeof *s->packet);
    s->now = (struct hj212_moment){.at_ms = 1, .utc_ms = 1795478400000, .trusted = true};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *s = *state;
    hj212_map_free(s->map);
    hj212_slots_deinit(&s->slots);
    hj212_names_free(s->names);
    hj212_extra_room_free(s->room);
    plant_free(s->plant);
    free(s->packet);
    free(s);
    return 0;
}

static int read_cp(struct stand *s, const char *cp)
{
    char segment[1024];
    const struct hj212_extra_reading x = {
        .slots = &s->slots, .names = s->names, .room = s->room, .plant = s->plant, .map = s->map};
    snprintf(segment, sizeof segment, "ST=31;CN=2011;PW=1;MN=MN1;CP=&&%s&&", cp);
    assert_int_equal(hj212_packet_parse(hj212_text_of(segment), s->packet), 0);
    strbuf_reset(&s->said);
    s->fresh = 0;
    return hj212_extras_read(&x, s->packet, &s->now, on_extras, s, &s->fresh);
}

static void each_code_takes_a_slot_once_and_signals_take_none(void **state)
{
    struct stand *s = *state;
    assert_int_equal(read_cp(s, "a24088-Rtd=1;zz1-Rtd=2.50,zz1-Flag=N;zz2-Rtd=3,zz2-Flag=D"), 0);
    assert_string_equal(strbuf_text(&s->said), "@0 zz1=2.5() zz2=3(flag-D)\n");
    assert_int_equal(s->fresh, 2);
    assert_int_equal(read_cp(s, "zz2-Rtd=4;nmhc-Rtd=9;zz1-Rtd=5"), 0);
    assert_string_equal(strbuf_text(&s->said), "@0 zz1=5() zz2=4()\n");
    assert_int_equal(s->fresh, 0);
    assert_int_equal(s->slots.count, 2);
}

static void what_is_no_number_is_a_text_and_never_zero(void **state)
{
    struct stand *s = *state;
    assert_int_equal(read_cp(s, "zz1-Rtd=St,zz1-Flag=N;zz2-Rtd=;zz3-Rtd=0"), 0);
    assert_string_equal(strbuf_text(&s->said),
                        "@0 zz1=\"St\"(not-a-number) zz2=(no-value) zz3=0()\n");
}

static void a_full_table_leaves_out_and_counts(void **state)
{
    struct stand *s = *state;
    assert_int_equal(read_cp(s, "zz1-Rtd=1;zz2-Rtd=2;zz3-Rtd=3;zz4-Rtd=4;zz1-Rtd=9"), 0);
    assert_string_equal(strbuf_text(&s->said), "@0 zz1=1() zz2=2() zz3=3()\n");
    assert_int_equal(s->slots.dropped, 1);
    assert_int_equal(s->slots.count, SLOTS);
}

static void codes_that_cannot_be_names_take_no_slot(void **state)
{
    struct stand *s = *state;
    assert_int_equal(read_cp(s, "at-Rtd=1;time-Rtd=2;a_why-Rtd=3;a b-Rtd=4;"
                                "abcdefghijklmnopqrstu-Rtd=5"),
                     0);
    assert_string_equal(strbuf_text(&s->said), "");
    assert_int_equal(s->slots.count, 0);
    assert_int_equal(s->slots.dropped, 5);
}

static void each_sample_time_is_an_instant_of_its_own(void **state)
{
    struct stand *s = *state;
    assert_int_equal(read_cp(s, "DataTime=20261124080000;zz1-SampleTime=20261124075900,zz1-Rtd=1;"
                                "zz2-Rtd=2;zz3-SampleTime=20190101000000,zz3-Rtd=3"),
                     0);
    assert_string_equal(strbuf_text(&s->said), "@-60000 zz1=1()\n@0 zz2=2()\n");
}

static void an_error_is_handed_back(void **state)
{
    struct stand *s = *state;
    s->refuse = PW_EFULL;
    assert_int_equal(read_cp(s, "zz1-Rtd=1"), PW_EFULL);
    assert_int_equal(read_cp(s, "a24088-Rtd=1"), 0);
}

static void names_are_shared_and_bounded(void **state)
{
    struct hj212_names *names = hj212_names_new(2);
    struct hj212_slots a;
    struct hj212_slots b;
    (void)state;
    assert_int_equal(hj212_slots_init(&a, 4), 0);
    assert_int_equal(hj212_slots_init(&b, 4), 0);
    assert_int_equal(hj212_slots_take(&a, names, hj212_text_of("x1")), 0);
    assert_int_equal(hj212_slots_take(&b, names, hj212_text_of("x2")), 0);
    assert_int_equal(hj212_slots_take(&b, names, hj212_text_of("x1")), 1);
    assert_int_equal(hj212_slots_take(&a, names, hj212_text_of("x3")), UINT32_MAX);
    assert_ptr_equal(hj212_slots_code(&a, names, 0), hj212_slots_code(&b, names, 1));
    hj212_slots_deinit(&a);
    hj212_slots_deinit(&b);
    hj212_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_code_takes_a_slot_once_and_signals_take_none, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_number_is_a_text_and_never_zero, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_table_leaves_out_and_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes_that_cannot_be_names_take_no_slot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_sample_time_is_an_instant_of_its_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_error_is_handed_back, set_up, tear_down),
        cmocka_unit_test(names_are_shared_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
