#include "acq/sim/plan_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const TABLES[] = {"coil", "discrete", "holding", "input", NULL};
static const char *const FAULTS[] = {
    "silence", "late", "foreign", "foreign-unit", "exception", "wrong-count", "cut", "crc",
    "split",   "slow", "echo",    "half-open",    "stuck",     "refused",     NULL};
static const char *const IDS[] = {"zero", "next", "other", NULL};

static const double YEAR_S = 31536000;

void *plan_new_array(struct plan_reader *r, const char *key, const cJSON *json, size_t size,
                     size_t *out_count)
{
    *out_count = 0;
    if (json && !cJSON_IsArray(json))
        plan_fail(r, key, "expected a list");
    size_t count = cJSON_IsArray(json) ? (size_t)cJSON_GetArraySize(json) : 0;
    if (count == 0)
        return NULL;
    void *items = calloc(count, size);
    if (!items)
        plan_fail(r, key, "out of memory");
    else
        *out_count = count;
    return items;
}

static void read_fault_detail(struct plan_object *o, struct fault *f)
{
    if (f->kind == FAULT_LATE || f->kind == FAULT_SPLIT || f->kind == FAULT_SLOW)
        f->delay_ms = (uint32_t)plan_whole(o, "delay_ms", 1, 600000, NAN);
    if (f->kind == FAULT_EXCEPTION)
        f->code = (uint8_t)plan_whole(o, "code", 1, 255, NAN);
    if (f->kind == FAULT_FOREIGN_UNIT)
        f->other = (uint16_t)plan_whole(o, "unit", 0, 255, NAN);
    if (f->kind != FAULT_FOREIGN)
        return;
    f->id = (enum fault_id)plan_word(o, "id", IDS, FAULT_ID_NEXT);
    if (f->id == FAULT_ID_OTHER)
        f->other = (uint16_t)plan_whole(o, "other", 0, 65535, NAN);
}

static void read_fault_scope(struct plan_object *o, struct fault *f)
{
    f->function = (uint8_t)plan_whole(o, "function", 0, 127, 0);
    f->first = (uint32_t)plan_whole(o, "address", 0, 65535, 0);
    f->end = f->first + (uint32_t)plan_whole(o, "count", 1, 65536, 65536);
    f->chance = plan_number(o, "chance", 0, 1, 1);
}

static void read_fault(struct plan_reader *r, const cJSON *json, bool of_slave, struct fault *f)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    f->kind = (enum fault_kind)(plan_word(&o, "kind", FAULTS, -1) + FAULT_SILENCE);
    f->at_s = plan_number(&o, "at_s", 0, YEAR_S, 0);
    f->for_s = plan_number(&o, "for_s", 0, YEAR_S, -1);
    f->every_s = plan_number(&o, "every_s", 0, YEAR_S, 0);
    read_fault_detail(&o, f);
    if (f->kind == FAULT_REFUSED && !of_slave)
        plan_fail(r, "kind", "found refused at a unit, expected it at the slave");
    if (f->kind != FAULT_REFUSED)
        read_fault_scope(&o, f);
    plan_object_end(&o);
}

void plan_read_faults(struct plan_object *owner, bool of_slave, struct fault **out,
                      size_t *out_count)
{
    struct plan_reader *r = owner->reader;
    const cJSON *list = plan_member(owner, "faults");
    *out = plan_new_array(r, "faults", list, sizeof **out, out_count);
    for (size_t i = 0; i < *out_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "faults", (int)i);
        read_fault(r, cJSON_GetArrayItem(list, (int)i), of_slave, &(*out)[i]);
        plan_leave(r, mark);
    }
}

static void include_cells(struct sim_range *range, uint32_t first, uint32_t end)
{
    uint32_t old_end = range->first + range->count;
    if (range->count == 0 || first < range->first)
        range->first = first;
    if (range->count > 0 && old_end > end)
        end = old_end;
    range->count = end - range->first;
}

/* "registers": {"holding": [first, count]} makes cells exist that no signal needs. */
static void read_range(struct plan_object *o, const char *table, struct sim_range *range)
{
    const cJSON *pair = plan_member(o, table);
    const cJSON *first = cJSON_GetArrayItem(pair, 0);
    const cJSON *count = cJSON_GetArrayItem(pair, 1);
    if (!pair)
        return;
    if (cJSON_GetArraySize(pair) != 2 || !cJSON_IsNumber(first) || !cJSON_IsNumber(count) ||
        !(first->valuedouble >= 0 && first->valuedouble <= 65535) ||
        !(count->valuedouble >= 1 && first->valuedouble + count->valuedouble <= 65536)) {
        plan_fail(o->reader, table, "expected [first, count] inside 0..65535");
        return;
    }
    uint32_t from = (uint32_t)first->valuedouble;
    include_cells(range, from, from + (uint32_t)count->valuedouble);
}

static void read_ranges(struct plan_object *unit_object, struct sim_unit *unit)
{
    struct plan_reader *r = unit_object->reader;
    for (size_t i = 0; i < unit->signal_count; i++) {
        const struct sim_signal *s = &unit->signals[i];
        include_cells(&unit->ranges[s->table], s->address,
                      s->address + s->count * sim_signal_cells(s));
    }
    const cJSON *json = plan_member(unit_object, "registers");
    if (!json)
        return;
    struct plan_object o;
    size_t mark = plan_enter(r, "registers", -1);
    plan_object_begin(&o, r, json);
    for (int table = 0; table < SIM_TABLE_COUNT; table++)
        read_range(&o, TABLES[table], &unit->ranges[table]);
    plan_object_end(&o);
    plan_leave(r, mark);
}

void plan_read_unit(struct plan_reader *r, const cJSON *json, struct sim_unit *unit)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    unit->unit = (uint8_t)plan_whole(&o, "unit", 0, 255, 1);
    unit->count = (uint16_t)plan_whole(&o, "count", 1, PLAN_UNITS_MAX, 1);
    const cJSON *list = plan_member(&o, "signals");
    unit->signals = plan_new_array(r, "signals", list, sizeof *unit->signals, &unit->signal_count);
    for (size_t i = 0; i < unit->signal_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "signals", (int)i);
        plan_read_signal(r, cJSON_GetArrayItem(list, (int)i), &unit->signals[i]);
        plan_leave(r, mark);
    }
    read_ranges(&o, unit);
    plan_read_faults(&o, false, &unit->faults, &unit->fault_count);
    plan_object_end(&o);
}

void plan_free_unit(struct sim_unit *unit)
{
    for (size_t i = 0; i < unit->signal_count; i++)
        free(unit->signals[i].wave.steps);
    free(unit->signals);
    free(unit->faults);
}
