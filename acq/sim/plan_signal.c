#include "acq/sim/plan_parts.h"
#include "acq/sim/recording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 1200, PROBLEM_SIZE = 320 };

static const char *const TABLES[] = {"coil", "discrete", "holding", "input", NULL};
static const char *const TYPES[] = {"bit",   "int16",  "uint16",  "int32",   "uint32",
                                    "int64", "uint64", "float32", "float64", NULL};
static const char *const ORDERS[] = {"ABCD", "CDAB", "BADC", "DCBA", NULL};
static const char *const KINDS[] = {"constant", "ramp", "sine", "noise", "steps", "csv", NULL};
static const char *const AFTER[] = {"hold", "loop", NULL};

/* Of the plan; a recording is a wave of steps. */
enum { KIND_CSV = WAVE_STEPS + 1 };

static const double BIG = 1e300;
static const double YEAR_S = 31536000;

static void read_step(struct plan_reader *r, const cJSON *json, double after_s,
                      struct wave_step *step)
{
    const cJSON *at = cJSON_GetArrayItem(json, 0);
    const cJSON *value = cJSON_GetArrayItem(json, 1);
    if (cJSON_GetArraySize(json) != 2 || !cJSON_IsNumber(at) || !cJSON_IsNumber(value) ||
        !(at->valuedouble >= after_s)) {
        plan_fail(r, NULL, "expected [seconds, value] with rising seconds from 0");
        return;
    }
    *step = (struct wave_step){.at_s = at->valuedouble, .value = value->valuedouble};
}

static void read_steps(struct plan_object *o, struct wave *w)
{
    const cJSON *list = plan_member(o, "steps");
    w->period_s = plan_number(o, "period_s", 0, YEAR_S, 0);
    w->steps = plan_new_array(o->reader, "steps", list, sizeof *w->steps, &w->step_count);
    if (w->step_count == 0)
        plan_fail(o->reader, "steps", "expected at least one step");
    double after_s = 0;
    for (size_t i = 0; i < w->step_count && !o->reader->failed; i++) {
        size_t mark = plan_enter(o->reader, "steps", (int)i);
        read_step(o->reader, cJSON_GetArrayItem(list, (int)i), after_s, &w->steps[i]);
        after_s = w->steps[i].at_s;
        plan_leave(o->reader, mark);
    }
}

static const char *read_text(struct plan_object *o, const char *key, bool must)
{
    const cJSON *item = plan_member(o, key);
    const char *text = cJSON_GetStringValue(item);
    if ((item && (!text || !text[0])) || (!item && must))
        plan_fail(o->reader, key, "expected a text");
    return text;
}

/* Beside the plan, unless it begins at the root. */
static void make_path(const char *plan, const char *file, char out[PATH_SIZE])
{
    const char *slash = file[0] == '/' ? NULL : strrchr(plan, '/');
    int folder = slash ? (int)(slash - plan) + 1 : 0;
    snprintf(out, PATH_SIZE, "%.*s%s", folder, plan, file);
}

static void read_csv(struct plan_object *o, struct wave *w)
{
    struct plan_reader *r = o->reader;
    const char *file = read_text(o, "file", true);
    struct recording_choice choice = {.column = read_text(o, "column", true),
                                      .time = read_text(o, "time", false)};
    bool has_rate = plan_has(o, "every_s");
    choice.every_s = plan_number(o, "every_s", 0.001, YEAR_S, 1);
    choice.loop = plan_word(o, "after", AFTER, 0) == 1;
    if (has_rate == (choice.time != NULL))
        plan_fail(r, "time", "expected either it or every_s");
    if (r->failed)
        return;
    char path[PATH_SIZE];
    char problem[PROBLEM_SIZE];
    make_path(r->name, file, path);
    if (recording_load(path, &choice, w, problem, sizeof problem) != 0)
        plan_fail(r, "file", "%s", problem);
}

void plan_read_wave(struct plan_reader *r, const cJSON *json, struct wave *w)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    int kind = plan_word(&o, "kind", KINDS, -1);
    w->kind = kind == KIND_CSV ? WAVE_CONSTANT : (enum wave_kind)kind;
    switch (kind) {
    case KIND_CSV:
        read_csv(&o, w);
        break;
    case WAVE_RAMP:
        w->value = plan_number(&o, "from", -BIG, BIG, NAN);
        w->extent = plan_number(&o, "to", -BIG, BIG, NAN);
        w->period_s = plan_number(&o, "period_s", 0.001, YEAR_S, NAN);
        break;
    case WAVE_SINE:
        w->value = plan_number(&o, "mean", -BIG, BIG, NAN);
        w->extent = plan_number(&o, "amplitude", -BIG, BIG, NAN);
        w->period_s = plan_number(&o, "period_s", 0.001, YEAR_S, NAN);
        w->phase = plan_number(&o, "phase", -1, 1, 0);
        break;
    case WAVE_NOISE:
        w->value = plan_number(&o, "mean", -BIG, BIG, NAN);
        w->extent = plan_number(&o, "sd", 0, BIG, NAN);
        break;
    case WAVE_STEPS:
        read_steps(&o, w);
        break;
    case WAVE_CONSTANT:
    default:
        w->value = plan_number(&o, "value", -BIG, BIG, NAN);
        break;
    }
    plan_object_end(&o);
}

static bool holds_bits(enum sim_table table)
{
    return table == SIM_COIL || table == SIM_DISCRETE;
}

static void read_cell(struct plan_object *o, struct sim_signal *s)
{
    s->table = (enum sim_table)plan_word(o, "table", TABLES, -1);
    s->type =
        (enum cell_type)plan_word(o, "type", TYPES, holds_bits(s->table) ? CELL_BIT : CELL_UINT16);
    s->order = (enum cell_order)plan_word(o, "order", ORDERS, CELL_ABCD);
    s->bit = (uint8_t)plan_whole(o, "bit", 0, 15, 0);
    s->address = (uint16_t)plan_whole(o, "address", 0, 65535, NAN);
    s->count = (uint16_t)plan_whole(o, "count", 1, 65535, 1);
    if (holds_bits(s->table) && s->type != CELL_BIT)
        plan_fail(o->reader, "type", "expected bit in a table of bits");
    if (plan_has(o, "bit") && (s->type != CELL_BIT || holds_bits(s->table)))
        plan_fail(o->reader, "bit", "expected only with type bit in a table of registers");
    if (s->address + (uint32_t)s->count * sim_signal_cells(s) > 65536)
        plan_fail(o->reader, "address", "found cells behind address 65535");
}

void plan_read_signal(struct plan_reader *r, const cJSON *json, struct sim_signal *s)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    read_cell(&o, s);
    s->scale = plan_number(&o, "scale", -BIG, BIG, 1);
    s->offset = plan_number(&o, "offset", -BIG, BIG, 0);
    if (s->scale == 0)
        plan_fail(r, "scale", "found 0, expected another number");
    s->add_per_slave = plan_number(&o, "add_per_slave", -BIG, BIG, 0);
    s->add_per_unit = plan_number(&o, "add_per_unit", -BIG, BIG, 0);
    s->add_per_signal = plan_number(&o, "add_per_signal", -BIG, BIG, 0);
    const cJSON *wave = plan_member(&o, "signal");
    size_t mark = plan_enter(r, "signal", -1);
    plan_read_wave(r, wave, &s->wave);
    plan_leave(r, mark);
    plan_object_end(&o);
}

unsigned sim_signal_cells(const struct sim_signal *s)
{
    return cell_words(s->type);
}
