/* The flare: discharges, pilots, blocks and what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/detect/flare.h"
#include "acq/detect/object_state.h"
#include "tests/unit/pipeline_stand.h"

#include <math.h>
#include <stdio.h>

enum fl_signal {
    FL_VENT,
    FL_NHV,
    FL_STEAM,
    FL_AIR,
    FL_SUPPLEMENT,
    FL_PILOT_1,
    FL_PILOT_2,
    FL_ION,
    FL_TIP,
    FL_FLAME,
    FL_HEADER,
    FL_SEAL,
    FL_VALVE,
    FL_IGNITER,
    FL_LINE,
    FL_SIGNALS
};

#define SIGNAL(name, n, unit)                                                                      \
    "\"" name "\":{\"table\":\"input\",\"address\":" #n ",\"unit\":\"" unit "\"}"
#define FL_HEAD                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                \
    "{\"plumewatch\":1,\"server\":{\"timezone\":\"+08:00\"},"                                                                                                                                                                                                                                                                                                                                                                                                                                                                  \
    "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"                                                                                                                                                                                                                                                                                                                                                                                                                                                                            \
    "\"devices\":[{\"id\":\"p\",\"link\":\"l\",\"unit\":1,\"signals\":{" SIGNAL("vent",                                                                                                                                                                                                                                                                                                                                                                                                                                        \
                                                                                0, "m3/h") "," SIGNAL("nhv", 1, "MJ/m3") "," SIGNAL("steam", 2, "t/h") "," SIGNAL("air", 3, "m3/h") "," SIGNAL("fuel", 4, "m3/h") "," SIGNAL("pilot_1", 5, "degC") "," SIGNAL("pilot_2", 6, "degC") "," SIGNAL("ion", 7, "") "," SIGNAL("tip", 8, "degC") "," SIGNAL("flame",                                                                                                                                                                  \
                                                                                                                                                                                                                                                                                                                                                     9,                                                                                                                                                                        \
                                                                                                                                                                                                                                                                                                                                                     "") "," SIGNAL("header",                                                                                                                                                  \
                                                                                                                                                                                                                                                                                                                                                                    10,                                                                                                                                                        \
                                                                                                                                                                                                                                                                                                                                                                    "kPa") "," SIGNAL("seal",                                                                                                                                  \
                                                                                                                                                                                                                                                                                                                                                                                      11,                                                                                                                                      \
                                                                                                                                                                                                                                                                                                                                                                                      "m") "," SIGNAL("valve", 12,                                                                                                             \
                                                                                                                                                                                                                                                                                                                                                                                                      "%") "," SIGNAL("igniter",                                                                                               \
                                                                                                                                                                                                                                                                                                                                                                                                                      13,                                                                                                      \
                                                                                                                                                                                                                                                                                                                                                                                                                      "") "," SIGNAL("line",                                                                                   \
                                                                                                                                                                                                                                                                                                                                                                                                                                     14,                                                                                       \
                                                                                                                                                                                                                                                                                                                                                                                                                                     "kW") "}}],"                                                                              \
                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"sites\":[{\"id\":\"s\",\"equipment\":[{\"id\":\"line\",\"kind\":\"production\"," \
                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"power\":\"p.line\",\"rated_kw\":200}],"                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"outlets\":[{\"id\":\"FL001\",\"kind\":\"flare\",\"tip_diameter_m\":0.6,\"purge_m3h\":50,"
#define FL_TAIL "}]}]}"
#define STEAM_FLARE                                                                                \
    "\"assist\":\"steam\",\"production\":\"line\",\"inputs\":{\"vent_flow\":\"p.vent\","           \
    "\"vent_nhv\":\"p.nhv\",\"steam\":\"p.steam\",\"supplement\":\"p.fuel\","                      \
    "\"pilots\":[\"p.pilot_1\",\"p.pilot_2\"],\"tip_temperature\":\"p.tip\","                      \
    "\"header_pressure\":\"p.header\",\"seal_level\":\"p.seal\",\"igniter\":\"p.igniter\"}"

enum { FL_BLOCKS_MAX = 4096, FL_SAID_MAX = 256 };

struct fl_said {
    char kind[24], class_word[24], id[FINDING_ID_SIZE], part[24];
    enum finding_state state;
    uint8_t priority;
    int64_t start_ms, raised_ms, end_ms;
    double value, threshold, kg;
    bool late;
};

struct fl {
    struct stand *stand;
    double value[FL_SIGNALS];
    bool silent[FL_SIGNALS];
    int64_t at_ms;
    char word[24];
    struct flare_block blocks[FL_BLOCKS_MAX];
    struct fl_said said[FL_SAID_MAX];
    size_t block_count, count;
};

enum { FL_AT_MS = 1000000 };
/* The first second is 10:00:00 of the plant's zone. */
static const int64_t fl_start_ms = INT64_C(1764036000000) - 1000;

static void on_state(void *ctx, const struct object_state *s)
{
    struct fl *f = ctx;
    if (strcmp(s->object, "FL001") == 0)
        snprintf(f->word, sizeof f->word, "%s", s->word);
}

static void on_block(void *ctx, const struct flare_block *b)
{
    struct fl *f = ctx;
    assert_true(f->block_count < FL_BLOCKS_MAX);
    f->blocks[f->block_count++] = *b;
}

static void on_finding(void *ctx, const struct finding *f)
{
    struct fl *fl = ctx;
    assert_true(fl->count < FL_SAID_MAX);
    struct fl_said *s = &fl->said[fl->count++];
    *s = (struct fl_said){.state = f->state,
                          .priority = f->priority,
                          .start_ms = f->start_ms,
                          .raised_ms = f->raised_ms,
                          .end_ms = f->end_ms,
                          .value = f->value,
                          .threshold = f->threshold,
                          .kg = f->released_count ? f->released[0].kg : 0,
                          .late = f->is_late};
    finding_id(f, s->id);
    snprintf(s->kind, sizeof s->kind, "%s", f->kind);
    snprintf(s->part, sizeof s->part, "%s", f->part);
    snprintf(s->class_word, sizeof s->class_word, "%s", f->class_word ? f->class_word : "");
    struct strbuf text;
    strbuf_init(&text, 65536);
    finding_write_chinese(f, 480, &text);
    finding_write_english(f, 480, &text);
    assert_false(text.failed);
    strbuf_deinit(&text);
}

static void on_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

static struct fl *fl_new(const char *members)
{
    struct fl *f = calloc(1, sizeof *f);
    char text[8192];
    assert_non_null(f);
    snprintf(text, sizeof text, "%s%s%s", FL_HEAD, members, FL_TAIL);
    f->stand = stand_new(text, FL_AT_MS, fl_start_ms - FL_AT_MS);
    f->at_ms = FL_AT_MS;
    const struct machine_sink sink = {.on_finding = on_finding,
                                      .on_mean = on_mean,
                                      .ctx = f,
                                      .on_state = on_state,
                                      .on_flare = on_block};
    pipeline_set_sink(f->stand->pipeline, &sink);
    const double rest[FL_SIGNALS] = {
        [FL_VENT] = 50, [FL_NHV] = 22.232, [FL_PILOT_1] = 650, [FL_PILOT_2] = 640, [FL_ION] = 1,
        [FL_TIP] = 60,  [FL_HEADER] = 2,   [FL_SEAL] = 1.5,    [FL_LINE] = 160};
    memcpy(f->value, rest, sizeof rest);
    return f;
}

static void fl_free(struct fl *f)
{
    stand_free(f->stand);
    free(f);
}

static int64_t utc(const struct fl *f)
{
    return f->at_ms + fl_start_ms - FL_AT_MS;
}

static void fl_run(struct fl *f, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        f->at_ms += 1000;
        for (uint32_t k = 0; k < FL_SIGNALS; k++) {
            const struct sample s = {.value = f->value[k],
                                     .quality = f->silent[k] ? QUALITY_TIMEOUT : QUALITY_GOOD};
            pipeline_sample(f->stand->pipeline, k, &s, utc(f), f->at_ms);
        }
    }
}

static const struct fl_said *said(const struct fl *f, const char *kind, enum finding_state state,
                                  size_t nth)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->said[i].kind, kind) == 0 && f->said[i].state == state && nth-- == 0)
            return &f->said[i];
    return NULL;
}

static void declare(struct fl *f, int from_s, int to_s)
{
    char from[CIVIL_ISO_SIZE];
    char to[CIVIL_ISO_SIZE];
    char text[512];
    char why[160];
    struct declaration d;
    civil_format_iso(utc(f) + (int64_t)from_s * 1000, 480, from);
    civil_format_iso(utc(f) + (int64_t)to_s * 1000, 480, to);
    snprintf(text, sizeof text,
             "{\"kind\":\"window\",\"object\":\"FL001\",\"start\":\"%s\",\"end\":\"%s\","
             "\"reason\":\"start-up\"}",
             from, to);
    cJSON *tree = cJSON_Parse(text);
    assert_int_equal(declaration_read(tree, &d, why, sizeof why), 0);
    cJSON_Delete(tree);
    assert_int_equal(pipeline_declare(f->stand->pipeline, &d, f->at_ms), 0);
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 0.002 * fabs(expected)))
        fail_msg("%g is not %g", value, expected);
}

static void purge_alone_says_nothing(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    f->value[FL_STEAM] = 3; /* far too much for so little gas */
    fl_run(f, 7200);
    assert_int_equal(f->count, 0);
    assert_string_equal(f->word, "purge");
    assert_int_equal(f->block_count, 8);
    assert_int_equal((f->blocks[1].start_ms + 28800000) % FLARE_BLOCK_MS, 0);
    assert_true(f->blocks[1].valid && !f->blocks[1].judged);
    near(f->blocks[1].vent_m3, 12.5);
    near(f->blocks[1].steam_kg, 750);
    near(f->blocks[1].pilot_min, 15);
    fl_free(f);
}

/* FL2 and FL3: 4000 m3/h of FL1's gas with 2 t/h of steam, then 4.8 t/h. */
static void an_over_steamed_block_is_found_at_its_end(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 900);
    f->value[FL_VENT] = 4000;
    f->value[FL_STEAM] = 2;
    fl_run(f, 1800);
    fl_run(f, 2);
    const struct flare_block *good = &f->blocks[f->block_count - 1];
    assert_true(good->judged);
    assert_string_equal(good->verdict, "good");
    near(good->nhv_cz, 13.332);
    assert_null(said(f, "flare-combustion", FINDING_OPEN, 0));
    f->value[FL_STEAM] = 4.8;
    fl_run(f, 120);
    fl_run(f, 778);
    assert_string_equal(f->word, "over-steamed");
    fl_run(f, 900);
    const struct flare_block *poor = &f->blocks[f->block_count - 1];
    assert_string_equal(poor->verdict, "over-steamed");
    near(poor->nhv_cz, 8.543);
    near(poor->steam_kg, 1200);
    assert_true(poor->dre == 0.93);
    const struct fl_said *open = said(f, "flare-combustion", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_string_equal(open->class_word, "over-steamed");
    assert_int_equal(open->priority, 2);
    assert_int_equal((open->start_ms + 28800000) % FLARE_BLOCK_MS, 0);
    assert_in_range(open->raised_ms - open->start_ms, FLARE_BLOCK_MS, FLARE_BLOCK_MS + 2000);
    near(open->threshold, 10.06);
    f->value[FL_STEAM] = 2;
    fl_run(f, 1800);
    const struct fl_said *closed = said(f, "flare-combustion", FINDING_CLOSED, 0);
    assert_non_null(closed);
    assert_string_equal(closed->id, open->id);
    fl_free(f);
}

static void make_up_fuel_brings_the_heat(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 900);
    f->value[FL_VENT] = 4000;
    f->value[FL_NHV] = 7;
    fl_run(f, 1802);
    assert_string_equal(said(f, "flare-combustion", FINDING_OPEN, 0)->class_word, "low-heat");
    f->value[FL_SUPPLEMENT] = 700;
    fl_run(f, 1800);
    const struct flare_block *b = &f->blocks[f->block_count - 1];
    near(b->nhv_vg, (4000 * 7 + 700 * 33.384) / 4700);
    assert_string_equal(b->verdict, "good");
    assert_non_null(said(f, "flare-combustion", FINDING_CLOSED, 0));
    fl_free(f);
}

static void blocks_count_from_the_fifteenth_minute(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 1200); /* the discharge begins five minutes into a block */
    f->value[FL_VENT] = 4000;
    f->value[FL_NHV] = 7;
    fl_run(f, 602);
    assert_false(f->blocks[f->block_count - 1].judged);
    assert_true(f->blocks[f->block_count - 1].flaring_min > 8);
    fl_run(f, 900);
    assert_true(f->blocks[f->block_count - 1].judged);
    fl_free(f);
}

static void a_discharge_has_start_end_volume_and_class(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE ",\"flare\":{\"voc_pct\":20,\"vent_g_mol\":35.07}");
    fl_run(f, 300);
    f->value[FL_VENT] = 4000;
    fl_run(f, 1);
    int64_t start_ms = utc(f);
    fl_run(f, 899);
    f->value[FL_VENT] = 50;
    fl_run(f, 1);
    int64_t end_ms = utc(f);
    fl_run(f, 400);
    const struct fl_said *open = said(f, "flare-event", FINDING_OPEN, 0);
    const struct fl_said *closed = said(f, "flare-event", FINDING_CLOSED, 0);
    assert_non_null(closed);
    assert_string_equal(open->class_word, "undeclared");
    assert_in_range(open->start_ms, start_ms, start_ms + 1000);
    assert_in_range(open->raised_ms, start_ms + 60000, start_ms + 62000);
    assert_in_range(closed->end_ms, end_ms, end_ms + 1000);
    /* FL7: 1000 m3 with 20 % of 35.07 g/mol, 98 % destroyed; the first minute is not counted */
    assert_true(closed->kg > 5.3 && closed->kg < 5.9);
    fl_free(f);
}

static void a_declared_discharge_is_declared_and_so_is_a_late_one(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 300);
    declare(f, 0, 3600);
    f->value[FL_VENT] = 4000;
    fl_run(f, 900);
    assert_string_equal(said(f, "flare-event", FINDING_OPEN, 0)->class_word, "declared");
    f->value[FL_VENT] = 50;
    fl_run(f, 4000);
    f->value[FL_VENT] = 4000;
    fl_run(f, 1000);
    assert_string_equal(said(f, "flare-event", FINDING_OPEN, 1)->class_word, "undeclared");
    declare(f, -1100, 3600);
    fl_run(f, 10);
    const struct fl_said *again = said(f, "flare-event", FINDING_OPEN, 2);
    assert_string_equal(again->class_word, "declared");
    assert_true(again->late);
    fl_free(f);
}

static void a_seal_and_a_valve_tell_a_discharge_without_flow(void **state)
{
    (void)state;
    struct fl *f = fl_new("\"inputs\":{\"header_pressure\":\"p.header\",\"seal_level\":\"p.seal\","
                          "\"valves\":[\"p.valve\"]},\"flare\":{\"seal_m\":1.5}");
    fl_run(f, 100);
    f->value[FL_HEADER] = 13.9; /* FL11: 14.71 kPa less 5 % */
    fl_run(f, 100);
    assert_null(said(f, "flare-event", FINDING_OPEN, 0));
    f->value[FL_HEADER] = 14.1;
    fl_run(f, 100);
    assert_non_null(said(f, "flare-event", FINDING_OPEN, 0));
    f->value[FL_HEADER] = 2;
    fl_run(f, 400);
    f->value[FL_VALVE] = 40;
    fl_run(f, 100);
    assert_non_null(said(f, "flare-event", FINDING_OPEN, 1));
    f->value[FL_VALVE] = 0;
    fl_run(f, 400);
    f->value[FL_SEAL] = 1.35;
    fl_run(f, 100);
    assert_non_null(said(f, "flare-event", FINDING_OPEN, 2));
    fl_free(f);
}

static void pilots_that_are_all_out_are_urgent_when_gas_flows(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 900);
    f->value[FL_PILOT_1] = 60;
    fl_run(f, 300);
    assert_int_equal(f->count, 0); /* the other one is lit */
    f->value[FL_PILOT_2] = 50;
    fl_run(f, 62);
    const struct fl_said *open = said(f, "flare-pilot", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_string_equal(open->class_word, "out");
    assert_int_equal(open->priority, 2);
    assert_string_equal(f->word, "pilot-out");
    f->value[FL_VENT] = 4000;
    fl_run(f, 5);
    const struct fl_said *again = said(f, "flare-pilot", FINDING_OPEN, 1);
    assert_int_equal(again->priority, 1);
    assert_string_equal(again->id, open->id);
    f->value[FL_PILOT_1] = 500;
    fl_run(f, 65);
    assert_non_null(said(f, "flare-pilot", FINDING_CLOSED, 0));
    fl_free(f);
}

static void a_pilot_that_cools_fast_is_out_before_it_is_cold(void **state)
{
    (void)state;
    struct fl *f = fl_new("\"inputs\":{\"vent_flow\":\"p.vent\",\"pilots\":[\"p.pilot_1\"]}");
    fl_run(f, 900);
    for (int i = 0; i < 150; i++) {
        f->value[FL_PILOT_1] = 15 + 635 * exp(-i / 200.0);
        fl_run(f, 1);
    }
    assert_true(f->value[FL_PILOT_1] > 115 + 100);
    assert_non_null(said(f, "flare-pilot", FINDING_OPEN, 0));
    fl_free(f);
}

static void what_is_not_known_is_neither_lit_nor_out(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 900);
    f->silent[FL_PILOT_1] = f->silent[FL_PILOT_2] = true;
    fl_run(f, 1200);
    assert_null(said(f, "flare-pilot", FINDING_OPEN, 0));
    f->value[FL_VENT] = 4000;
    fl_run(f, 1800);
    const struct fl_said *open = said(f, "flare-pilot", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_string_equal(open->class_word, "pilot-not-proven");
    fl_free(f);
}

static void a_flame_without_flow_is_a_failed_meter(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 300);
    f->value[FL_TIP] = 900;
    fl_run(f, 590);
    assert_null(said(f, "flare-meter", FINDING_OPEN, 0));
    fl_run(f, 20);
    assert_string_equal(said(f, "flare-meter", FINDING_OPEN, 0)->class_word, "unmetered");
    fl_free(f);
}

static void too_fast_a_tip(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 900);
    f->value[FL_VENT] = 20000; /* FL5: 19.649 m/s of at most 40.92 */
    fl_run(f, 1802);
    near(f->blocks[f->block_count - 1].tip_velocity, 19.649);
    near(f->blocks[f->block_count - 1].velocity_max, 40.92);
    assert_null(said(f, "flare-velocity", FINDING_OPEN, 0));
    f->value[FL_VENT] = 45000;
    fl_run(f, 1802);
    assert_non_null(said(f, "flare-velocity", FINDING_OPEN, 0));
    assert_string_equal(f->blocks[f->block_count - 1].verdict, "too-fast");
    fl_free(f);
}

static void perimeter_air_dilutes(void **state)
{
    (void)state;
    struct fl *f = fl_new("\"assist\":\"air\",\"inputs\":{\"vent_flow\":\"p.vent\","
                          "\"vent_nhv\":\"p.nhv\",\"perimeter_air\":\"p.air\"}");
    fl_run(f, 900);
    f->value[FL_VENT] = 4000; /* FL4 */
    f->value[FL_AIR] = 16000;
    fl_run(f, 1802);
    near(f->blocks[f->block_count - 1].nhv_dil, 2.668);
    assert_null(said(f, "flare-combustion", FINDING_OPEN, 0));
    f->value[FL_AIR] = 250000;
    fl_run(f, 1802);
    const struct fl_said *open = said(f, "flare-combustion", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_string_equal(open->class_word, "over-aired");
    near(open->threshold, 0.2498);
    fl_free(f);
}

static void a_bleeder_that_is_open_and_not_lit(void **state)
{
    (void)state;
    struct fl *f = fl_new("\"inputs\":{\"valves\":[\"p.valve\"],\"flame\":\"p.flame\"},"
                          "\"flare\":{\"bleeder\":true}");
    f->value[FL_FLAME] = 0;
    fl_run(f, 300);
    assert_int_equal(f->count, 0);
    f->value[FL_VALVE] = 100;
    f->value[FL_FLAME] = 1;
    fl_run(f, 300);
    assert_null(said(f, "bleeder", FINDING_OPEN, 0));
    f->value[FL_FLAME] = 0;
    fl_run(f, 62);
    const struct fl_said *open = said(f, "bleeder", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_int_equal(open->priority, 1);
    fl_free(f);
}

static void flaring_every_day_is_routine_unless_declared(void **state)
{
    (void)state;
    for (int declared = 0; declared < 2; declared++) {
        struct fl *f = fl_new(STEAM_FLARE);
        for (int day = 0; day < 4; day++) {
            if (declared)
                declare(f, 0, 8000);
            f->value[FL_VENT] = 4000;
            fl_run(f, 7200);
            f->value[FL_VENT] = 50;
            fl_run(f, 86400 - 7200);
        }
        const struct fl_said *open = said(f, "flare-routine", FINDING_OPEN, 0);
        assert_true((open != NULL) == !declared);
        if (open)
            assert_string_equal(open->class_word, "routine-days");
        fl_free(f);
    }
}

static void an_instrument_that_is_away_too_long_is_told(void **state)
{
    (void)state;
    struct fl *f = fl_new(STEAM_FLARE);
    fl_run(f, 3600);
    f->silent[FL_NHV] = true;
    fl_run(f, 35 * 3600);
    assert_null(said(f, "flare-meter", FINDING_OPEN, 0));
    fl_run(f, 3 * 3600); /* more than 5 % of a month of 30 days: 144 blocks */
    const struct fl_said *open = said(f, "flare-meter", FINDING_OPEN, 0);
    assert_non_null(open);
    assert_string_equal(open->class_word, "availability");
    assert_string_equal(open->part, "vent_nhv");
    assert_int_equal(open->priority, 3);
    fl_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(purge_alone_says_nothing),
        cmocka_unit_test(an_over_steamed_block_is_found_at_its_end),
        cmocka_unit_test(make_up_fuel_brings_the_heat),
        cmocka_unit_test(blocks_count_from_the_fifteenth_minute),
        cmocka_unit_test(a_discharge_has_start_end_volume_and_class),
        cmocka_unit_test(a_declared_discharge_is_declared_and_so_is_a_late_one),
        cmocka_unit_test(a_seal_and_a_valve_tell_a_discharge_without_flow),
        cmocka_unit_test(pilots_that_are_all_out_are_urgent_when_gas_flows),
        cmocka_unit_test(a_pilot_that_cools_fast_is_out_before_it_is_cold),
        cmocka_unit_test(what_is_not_known_is_neither_lit_nor_out),
        cmocka_unit_test(a_flame_without_flow_is_a_failed_meter),
        cmocka_unit_test(too_fast_a_tip),
        cmocka_unit_test(perimeter_air_dilutes),
        cmocka_unit_test(a_bleeder_that_is_open_and_not_lit),
        cmocka_unit_test(flaring_every_day_is_routine_unless_declared),
        cmocka_unit_test(an_instrument_that_is_away_too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
