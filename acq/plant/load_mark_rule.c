/* The rules that mark an outlet by themselves. */
#include "acq/core/mark.h"
#include "acq/plant/loader.h"

#include <stdio.h>
#include <string.h>

enum { MINUTES_A_DAY = 1440, MINUTES_AN_HOUR = 60 };

static void check_words(struct loader *l, const struct place *at, const struct plant_mark_rule *r)
{
    const struct place mark_class = read_member(at, "class");
    const struct place kind = read_member(at, "mark_kind");
    if (!mark_is_known(r->mark_class, ""))
        report_error(&l->report, &mark_class, NULL,
                     "a class of marks: production, treatment, maintenance, link, force, manual or "
                     "switch");
    else if (!mark_is_known(r->mark_class, r->mark_kind))
        report_error(&l->report, &kind, NULL, "a kind of that class of marks");
}

static void check_factor(struct loader *l, const struct place *at, const struct plant_outlet *o,
                         const char *code)
{
    const struct plant_input *inputs = l->inputs.items;
    const struct place factor = read_member(at, "factor");
    for (uint32_t i = 0; i < o->input_count; i++)
        if (strcmp(inputs[o->first_input + i].factor, code) == 0)
            return;
    report_error(&l->report, &factor, NULL, "a factor of the outlet's inputs");
}

/* "02:00"; false when it is none. */
static bool read_time_of_day(const char *text, uint32_t *out_min)
{
    unsigned hour = 0;
    unsigned minute = 0;
    if (strlen(text) != 5 || strspn(text, "0123456789") != 2 || text[2] != ':' ||
        strspn(text + 3, "0123456789") != 2 || sscanf(text, "%2u:%2u", &hour, &minute) != 2 ||
        hour * MINUTES_AN_HOUR + minute >= MINUTES_A_DAY || minute >= MINUTES_AN_HOUR)
        return false;
    *out_min = hour * MINUTES_AN_HOUR + minute;
    return true;
}

static void load_time(struct loader *l, const struct place *at, struct mark_rule_draft *d)
{
    const struct place time = read_member(at, "at");
    d->rule.last_min = d->last_min;
    if (!d->at)
        return;
    if (!read_time_of_day(d->at, &d->rule.at_min))
        report_error(&l->report, &time, NULL, "a time of day such as \"02:00\"");
    if (d->last_min == 0)
        report_error(&l->report, at, NULL, "\"last_min\" beside \"at\"");
}

static void load_when(struct loader *l, const struct place *at, const cJSON *list,
                      struct plant_mark_rule *r)
{
    const struct place conditions = {at->source, at, list};
    struct plant_parameter *own =
        arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    const cJSON *node;
    cJSON_ArrayForEach(node, list)
        load_parameter(l, &(struct place){at->source, &conditions, node}, &own[r->when_count++]);
    r->when = own;
}

static void load_mark_rule(struct loader *l, const struct place *at, const struct plant_outlet *o,
                           uint32_t nth)
{
    struct mark_rule_draft draft = {.rule = {.outlet = l->outlets.count}};
    struct plant_mark_rule *r = &draft.rule;
    char id[2 * PLANT_ID_MAX];
    read_defaults(&l->reader, IN_MARK_RULE, &draft);
    if (!read_object(&l->reader, at, IN_MARK_RULE, &draft))
        return;
    check_words(l, at, r);
    if (r->factor[0])
        check_factor(l, at, o, r->factor);
    if (!draft.when == !draft.at)
        report_error(&l->report, at, draft.at ? "\"when\" and \"at\"" : NULL,
                     "one of \"when\" and \"at\"");
    load_time(l, at, &draft);
    load_when(l, at, draft.when, r);
    snprintf(id, sizeof id, "%.64s/mark/%u", o->id ? o->id : "", nth);
    r->id = arena_strdup(l->arena, id);
    vec_add(&l->mark_rules, r, sizeof *r);
}

void load_mark_rules(struct loader *l, const struct place *at, const cJSON *list,
                     const struct plant_outlet *o)
{
    const struct place all = {at->source, at, list};
    uint32_t nth = 0;
    const cJSON *node;
    cJSON_ArrayForEach(node, list)
        load_mark_rule(l, &(struct place){at->source, &all, node}, o, nth++);
}
