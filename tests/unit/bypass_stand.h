/* A bypass under all kinds of evidence, run second by second; what is said of it is kept. */
#ifndef TESTS_UNIT_BYPASS_STAND_H
#define TESTS_UNIT_BYPASS_STAND_H

#include "acq/detect/object_state.h"
#include "tests/unit/pipeline_stand.h"

#include <stdio.h>

/* The signals, in the order of the device. */
enum bp_signal {
    BP_LINE,
    BP_RTO,
    BP_BOX,
    BP_SWITCH_OPEN,
    BP_SWITCH_CLOSED,
    BP_POSITION,
    BP_VELOCITY,
    BP_PRESSURE,
    BP_TEMPERATURE,
    BP_MAIN_TEMPERATURE,
    BP_AMBIENT,
    BP_NMHC,
    BP_MAIN_FLOW,
    BP_INLET,
    BP_SEAL,
    BP_SIGNALS
};

#define BP_HEAD                                                                                    \
    "{\"plumewatch\":1,\"server\":{\"timezone\":\"+08:00\"},"                                      \
    "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"                                                \
    "\"devices\":[{\"id\":\"p\",\"link\":\"l\",\"unit\":1,\"signals\":{"                           \
    "\"line\":{\"table\":\"holding\",\"address\":0,\"unit\":\"kW\"},"                              \
    "\"rto\":{\"table\":\"holding\",\"address\":1,\"unit\":\"kW\"},"                               \
    "\"box\":{\"table\":\"holding\",\"address\":2,\"unit\":\"kW\"},"                               \
    "\"open\":{\"table\":\"discrete\",\"address\":0},"                                             \
    "\"closed\":{\"table\":\"discrete\",\"address\":1},"                                           \
    "\"position\":{\"table\":\"input\",\"address\":0,\"unit\":\"%\"},"                             \
    "\"velocity\":{\"table\":\"input\",\"address\":1,\"unit\":\"m/s\"},"                           \
    "\"pressure\":{\"table\":\"input\",\"address\":2,\"unit\":\"Pa\"},"                            \
    "\"temperature\":{\"table\":\"input\",\"address\":3,\"unit\":\"degC\"},"                       \
    "\"main_t\":{\"table\":\"input\",\"address\":4,\"unit\":\"degC\"},"                            \
    "\"ambient\":{\"table\":\"input\",\"address\":5,\"unit\":\"degC\"},"                           \
    "\"nmhc\":{\"table\":\"input\",\"address\":6,\"unit\":\"mg/m3\"},"                             \
    "\"main\":{\"table\":\"input\",\"address\":7,\"unit\":\"m3/s\"},"                              \
    "\"inlet\":{\"table\":\"input\",\"address\":8,\"unit\":\"mg/m3\"},"                            \
    "\"seal\":{\"table\":\"discrete\",\"address\":2}}}],"                                          \
    "\"sites\":[{\"id\":\"s\",\"equipment\":["                                                     \
    "{\"id\":\"line\",\"kind\":\"production\",\"power\":\"p.line\",\"rated_kw\":200,"              \
    "\"hold_s\":10},"                                                                              \
    "{\"id\":\"rto\",\"kind\":\"treatment\",\"power\":\"p.rto\",\"rated_kw\":75,"                  \
    "\"serves\":[\"line\"],\"hold_s\":10},"                                                        \
    "{\"id\":\"box\",\"kind\":\"treatment\",\"power\":\"p.box\",\"rated_kw\":5,\"hold_s\":10}],"   \
    "\"outlets\":[{\"id\":\"DA001\",\"inputs\":{\"a00000\":{\"signal\":\"p.main\"}}},"             \
    "{\"id\":\"BP001\",\"kind\":\"bypass\",\"beside\":\"DA001\",\"treatment\":\"rto\","            \
    "\"production\":\"line\",\"design_flow_m3h\":30000,\"inlet_mg_m3\":{\"a24088\":1200},"
#define BP_TAIL "}]}]}"

#define BP_SWITCH "{\"channel\":\"limit-switch\",\"open\":\"p.open\",\"closed\":\"p.closed\"}"
#define BP_POS "{\"channel\":\"position\",\"signal\":\"p.position\"}"
#define BP_VEL "{\"channel\":\"velocity\",\"signal\":\"p.velocity\",\"area_m2\":0.5}"
#define BP_TEMP                                                                                    \
    "{\"channel\":\"temperature\",\"signal\":\"p.temperature\",\"main\":\"p.main_t\","             \
    "\"ambient\":\"p.ambient\"}"
#define BP_CONC                                                                                    \
    "{\"channel\":\"concentration\",\"signal\":\"p.nmhc\",\"open_at\":20,\"factor\":\"a24088\"}"
#define BP_MAIN "{\"channel\":\"main-flow\",\"outlet\":\"DA001\",\"load\":\"line\"}"
#define BP_POWER "{\"channel\":\"treatment-power\",\"equipment\":\"rto\"}"
#define BP_PRES "{\"channel\":\"pressure\",\"signal\":\"p.pressure\",\"base\":300}"

enum { BP_SAID_MAX = 256 };

struct bp_said {
    char kind[24], class_word[24], id[FINDING_ID_SIZE];
    enum finding_state state;
    uint8_t priority;
    int64_t start_ms, raised_ms, end_ms;
    double confidence, kg, outside_s;
    char grade;
    bool late;
};

struct bp {
    struct stand *stand;
    double value[BP_SIGNALS];
    bool silent[BP_SIGNALS];
    int64_t at_ms;
    char word[16];
    double confidence;
    struct bp_said said[BP_SAID_MAX];
    size_t count;
};

enum { BP_AT_MS = 1000000 };
static const int64_t bp_offset_ms = INT64_C(1764000000000);

static inline void bp_on_state(void *ctx, const struct object_state *s)
{
    struct bp *b = ctx;
    if (strcmp(s->object, "BP001") != 0)
        return;
    snprintf(b->word, sizeof b->word, "%s", s->word);
    b->confidence = s->confidence;
}

static inline void bp_on_finding(void *ctx, const struct finding *f)
{
    struct bp *b = ctx;
    assert_true(b->count < BP_SAID_MAX);
    struct bp_said *s = &b->said[b->count++];
    *s = (struct bp_said){.state = f->state,
                          .priority = f->priority,
                          .start_ms = f->start_ms,
                          .raised_ms = f->raised_ms,
                          .end_ms = f->end_ms,
                          .confidence = f->confidence,
                          .outside_s = f->outside_s,
                          .late = f->is_late};
    finding_id(f, s->id);
    snprintf(s->kind, sizeof s->kind, "%s", f->kind);
    snprintf(s->class_word, sizeof s->class_word, "%s", f->class_word ? f->class_word : "");
    if (f->released_count) {
        s->kg = f->released[0].kg;
        s->grade = f->released[0].grade;
    }
}

static inline void bp_on_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

/* members: those of the bypass behind "inlet_mg_m3", its closing brace not among them. */
static inline struct bp *bp_new(const char *members)
{
    struct bp *b = calloc(1, sizeof *b);
    assert_non_null(b);
    char text[8192];
    snprintf(text, sizeof text, "%s%s%s", BP_HEAD, members, BP_TAIL);
    b->stand = stand_new(text, BP_AT_MS, bp_offset_ms);
    b->at_ms = BP_AT_MS;
    const struct machine_sink sink = {
        .on_finding = bp_on_finding, .on_mean = bp_on_mean, .ctx = b, .on_state = bp_on_state};
    pipeline_set_sink(b->stand->pipeline, &sink);
    const double rest[BP_SIGNALS] = {[BP_LINE] = 160,       [BP_RTO] = 60,
                                     [BP_BOX] = 0,          [BP_SWITCH_CLOSED] = 1,
                                     [BP_VELOCITY] = 0.1,   [BP_PRESSURE] = 300,
                                     [BP_TEMPERATURE] = 20, [BP_MAIN_TEMPERATURE] = 150,
                                     [BP_AMBIENT] = 15,     [BP_NMHC] = 1,
                                     [BP_MAIN_FLOW] = 40,   [BP_INLET] = 1100};
    memcpy(b->value, rest, sizeof rest);
    return b;
}

static inline void bp_free(struct bp *b)
{
    stand_free(b->stand);
    free(b);
}

static inline int64_t bp_utc(const struct bp *b)
{
    return b->at_ms + bp_offset_ms;
}

/* One value of each signal that is not silent, each second for so long. */
static inline void bp_run(struct bp *b, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        b->at_ms += 1000;
        for (uint32_t k = 0; k < BP_SIGNALS; k++) {
            const struct sample s = {.value = b->value[k],
                                     .quality = b->silent[k] ? QUALITY_TIMEOUT : QUALITY_GOOD};
            pipeline_sample(b->stand->pipeline, k, &s, bp_utc(b), b->at_ms);
        }
    }
}

static inline void bp_switch(struct bp *b, bool open)
{
    b->value[BP_SWITCH_OPEN] = open;
    b->value[BP_SWITCH_CLOSED] = !open;
}

/* The nth that was said of that kind and state, NULL when there are fewer. */
static inline const struct bp_said *bp_said(const struct bp *b, const char *kind,
                                            enum finding_state state, size_t nth)
{
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->said[i].kind, kind) == 0 && b->said[i].state == state && nth-- == 0)
            return &b->said[i];
    return NULL;
}

static inline size_t bp_count(const struct bp *b, const char *kind, enum finding_state state)
{
    size_t n = 0;
    while (bp_said(b, kind, state, n))
        n++;
    return n;
}

/* Declared now: a window of the bypass, from and to in seconds from now. */
static inline void bp_declare(struct bp *b, const char *kind, const char *class_word, int from_s,
                              int to_s)
{
    char from[CIVIL_ISO_SIZE];
    char to[CIVIL_ISO_SIZE];
    char text[512];
    char why[160];
    struct declaration d;
    civil_format_iso(bp_utc(b) + (int64_t)from_s * 1000, 480, from);
    civil_format_iso(bp_utc(b) + (int64_t)to_s * 1000, 480, to);
    snprintf(text, sizeof text,
             "{\"kind\":\"%s\",\"object\":\"BP001\",%s%s%s\"start\":\"%s\",\"end\":\"%s\","
             "\"reason\":\"test\"}",
             kind, class_word ? "\"class\":\"" : "", class_word ? class_word : "",
             class_word ? "\"," : "", from, to);
    cJSON *tree = cJSON_Parse(text);
    assert_non_null(tree);
    assert_int_equal(declaration_read(tree, &d, why, sizeof why), 0);
    cJSON_Delete(tree);
    assert_int_equal(pipeline_declare(b->stand->pipeline, &d, b->at_ms), 0);
}

#endif
