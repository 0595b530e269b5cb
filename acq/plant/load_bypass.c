/* A bypass: its neighbours, what leaves through it, its evidence, and its entry in the register. */
#include "acq/plant/loader.h"

#include "acq/core/civil.h"
#include "acq/core/machine.h"

#include <math.h>
#include <stdio.h>

uint32_t load_equipment_ref(struct loader *l, const struct place *at, const char *key,
                            const char *id)
{
    const struct place member = read_member(at, key);
    if (!id)
        return PLANT_NONE;
    return load_resolve(l, &member, &l->equipment, sizeof(struct plant_equipment), id, "equipment");
}

void load_check_outlet_kind(struct loader *l, const struct place *at, enum outlet_kind kind)
{
    static const struct {
        const char *key;
        enum outlet_kind kind, other; /* the same when only one has it */
    } keys[] = {
        {"beside", OUTLET_BYPASS, OUTLET_BYPASS},
        {"treatment", OUTLET_BYPASS, OUTLET_BYPASS},
        {"standby", OUTLET_BYPASS, OUTLET_BYPASS},
        {"design_flow_m3h", OUTLET_BYPASS, OUTLET_BYPASS},
        {"efficiency_pct", OUTLET_BYPASS, OUTLET_BYPASS},
        {"orifice_m2", OUTLET_BYPASS, OUTLET_BYPASS},
        {"orifice_cd", OUTLET_BYPASS, OUTLET_BYPASS},
        {"inlet_mg_m3", OUTLET_BYPASS, OUTLET_BYPASS},
        {"inlet", OUTLET_BYPASS, OUTLET_BYPASS},
        {"evidence", OUTLET_BYPASS, OUTLET_BYPASS},
        {"fusion", OUTLET_BYPASS, OUTLET_BYPASS},
        {"register", OUTLET_BYPASS, OUTLET_BYPASS},
        {"tip_diameter_m", OUTLET_FLARE, OUTLET_FLARE},
        {"assist", OUTLET_FLARE, OUTLET_FLARE},
        {"purge_m3h", OUTLET_FLARE, OUTLET_FLARE},
        {"flare", OUTLET_FLARE, OUTLET_FLARE},
        {"production", OUTLET_BYPASS, OUTLET_FLARE},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct place member = read_member(at, keys[i].key);
        if (member.node == at->node || kind == keys[i].kind || kind == keys[i].other)
            continue;
        report_error(&l->report, &member, NULL, "none: only an outlet of kind \"%s\" has one",
                     keys[i].kind == OUTLET_FLARE ? "flare" : "bypass");
    }
}

static struct plant_released *released_of(struct plant_bypass *b, struct arena *arena,
                                          const char *factor)
{
    for (uint32_t i = 0; i < b->released_count; i++)
        if (strcmp(b->released[i].factor, factor) == 0)
            return &b->released[i];
    if (b->released_count == BYPASS_FACTORS_MAX)
        return NULL;
    b->released[b->released_count] = (struct plant_released){
        .factor = arena_strdup(arena, factor), .inlet_mg_m3 = (double)NAN, .inlet = PLANT_NONE};
    return &b->released[b->released_count++];
}

static void load_released(struct loader *l, const struct place *at, const struct watch_draft *w,
                          struct plant_bypass *b)
{
    const struct place permit = {at->source, at, w->inlet_mg_m3};
    const struct place inlet = {at->source, at, w->inlet};
    const cJSON *node;
    cJSON_ArrayForEach(node, w->inlet_mg_m3)
    {
        struct plant_released *r = released_of(b, l->arena, node->string);
        if (!r)
            report_error(&l->report, &permit, NULL, "at most %d factors", BYPASS_FACTORS_MAX);
        else
            r->inlet_mg_m3 = node->valuedouble;
    }
    cJSON_ArrayForEach(node, w->inlet)
    {
        const struct place signal = {at->source, &inlet, node};
        struct plant_released *r = released_of(b, l->arena, node->string);
        if (!r)
            report_error(&l->report, &inlet, NULL,
                         "at most %d factors with those of "
                         "\"inlet_mg_m3\"",
                         BYPASS_FACTORS_MAX);
        else
            r->inlet = load_resolve_number(l, &signal, node->valuestring);
    }
}

static void load_fusion(struct loader *l, const struct place *parent, const cJSON *node,
                        struct plant_fusion *f)
{
    const struct place at = {parent->source, parent, node};
    read_defaults(&l->reader, IN_FUSION, f);
    if (!node || !read_object(&l->reader, &at, IN_FUSION, f))
        return;
    if (f->prior >= f->closing || f->closing >= f->suspect || f->suspect >= f->open)
        report_error(&l->report, &at, NULL,
                     "\"prior\" < \"closing\" < \"suspect\" < \"open\": %g, %g, %g, %g", f->prior,
                     f->closing, f->suspect, f->open);
}

/* "2026-11-01": the start of that day; 0 when it is none. */
static int64_t day_of(const char *text, int zone_min)
{
    char instant[32];
    int64_t ms = 0;
    snprintf(instant, sizeof instant, "%.10sT00:00:00Z", text);
    if (strlen(text) != 10 || civil_parse(instant, &ms) != 0)
        return 0;
    return ms - (int64_t)zone_min * 60000;
}

static void load_seal(struct loader *l, const struct place *parent, const cJSON *node,
                      struct plant_seal *out)
{
    const struct place at = {parent->source, parent, node};
    struct seal_draft d = {0};
    read_defaults(&l->reader, IN_SEAL, &d);
    read_object(&l->reader, &at, IN_SEAL, &d);
    *out = d.seal;
    if (!d.checked_on)
        return;
    const struct place day = read_member(&at, "checked_on");
    out->checked_ms = day_of(d.checked_on, l->server.zone_offset_min);
    if (out->checked_ms == 0)
        report_error(&l->report, &day, NULL, "a day such as \"2026-11-01\"");
}

static void load_cameras(struct loader *l, const cJSON *list, struct plant_register *out)
{
    size_t count = 0;
    const char **own = arena_alloc(l->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *own);
    const cJSON *item;
    cJSON_ArrayForEach(item, list) own[count++] = arena_strdup(l->arena, item->valuestring);
    out->cameras = own;
}

static void load_register(struct loader *l, const struct place *parent, const cJSON *node,
                          struct plant_register *out)
{
    const struct place at = {parent->source, parent, node};
    struct register_draft d = {0};
    read_defaults(&l->reader, IN_REGISTER, &d);
    if (node)
        read_object(&l->reader, &at, IN_REGISTER, &d);
    *out = d.reg;
    if (d.reg.filed_on && d.reg.filed_on[0] &&
        day_of(d.reg.filed_on, l->server.zone_offset_min) == 0) {
        const struct place filed = read_member(&at, "filed_on");
        report_error(&l->report, &filed, NULL, "a day such as \"2026-01-31\", or \"\"");
    }
    if (d.cameras)
        load_cameras(l, d.cameras, out);
    out->has_seal = d.seal != NULL;
    if (d.seal)
        load_seal(l, &at, d.seal, &out->seal);
}

static void load_all_evidence(struct loader *l, const struct place *at, const cJSON *list,
                              struct plant_bypass *b)
{
    const struct place all = {at->source, at, list};
    struct plant_evidence *own =
        arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    const cJSON *node;
    cJSON_ArrayForEach(node, list)
    {
        if (load_evidence(l, &(struct place){at->source, &all, node}, &own[b->evidence_count]))
            b->evidence_count++;
    }
    b->evidence = own;
}

static void add_signal(uint32_t *list, uint32_t *count, uint32_t signal)
{
    if (signal == PLANT_NONE || *count > MACHINE_INPUTS_MAX)
        return;
    for (uint32_t i = 0; i < *count; i++)
        if (list[i] == signal)
            return;
    list[(*count)++] = signal;
}

uint32_t bypass_signals(const struct plant_bypass *b, uint32_t *out, uint32_t max)
{
    uint32_t list[MACHINE_INPUTS_MAX + 1];
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->evidence_count; i++)
        for (int k = 0; k < EVIDENCE_SIGNALS; k++)
            add_signal(list, &count, b->evidence[i].signal[k]);
    for (uint32_t i = 0; i < b->released_count; i++)
        add_signal(list, &count, b->released[i].inlet);
    for (uint32_t i = 0; i < count && i < max; i++)
        out[i] = list[i];
    return count;
}

static uint32_t beside_of(struct loader *l, const struct place *at, const char *id)
{
    const struct place member = read_member(at, "beside");
    if (!id)
        return PLANT_NONE;
    return load_resolve(l, &member, &l->outlets, sizeof(struct plant_outlet), id, "an outlet");
}

static void load_bypass(struct loader *l, const struct place *at, const struct watch_draft *w,
                        uint32_t outlet)
{
    uint32_t signals[MACHINE_INPUTS_MAX];
    struct plant_bypass b = {
        .outlet = outlet,
        .beside = beside_of(l, at, w->beside),
        .treatment = load_equipment_ref(l, at, "treatment", w->treatment),
        .production = load_equipment_ref(l, at, "production", w->production),
        .standby = load_equipment_ref(l, at, "standby", w->standby),
        .design_flow_m3h = isnan(w->design_flow_m3h) ? 0 : w->design_flow_m3h,
        .efficiency_pct = w->efficiency_pct,
        .orifice_m2 = isnan(w->orifice_m2) ? 0 : w->orifice_m2,
        .orifice_cd = w->orifice_cd,
    };
    load_released(l, at, w, &b);
    load_fusion(l, at, w->fusion, &b.fusion);
    load_register(l, at, w->reg, &b.reg);
    load_all_evidence(l, at, w->evidence, &b);
    if (bypass_signals(&b, signals, MACHINE_INPUTS_MAX) > MACHINE_INPUTS_MAX)
        report_error(&l->report, at, "more signals in \"evidence\" and \"inlet\"",
                     "at most %d different ones", MACHINE_INPUTS_MAX);
    vec_add(&l->bypasses, &b, sizeof b);
}

void load_watch_later(struct loader *l, const struct place *at, const struct watch_draft *w)
{
    const struct bypass_draft draft = {at->node, *w, l->outlets.count};
    vec_add(&l->bypass_drafts, &draft, sizeof draft);
}

void load_bypasses(struct loader *l, const struct place *at)
{
    const struct bypass_draft *drafts = l->bypass_drafts.items;
    const struct place list = {at->source, at,
                               cJSON_GetObjectItemCaseSensitive(at->node, "outlets")};
    for (uint32_t i = 0; i < l->bypass_drafts.count; i++) {
        const struct place outlet = {at->source, &list, drafts[i].node};
        load_bypass(l, &outlet, &drafts[i].watch, drafts[i].outlet);
    }
    l->bypass_drafts.count = 0;
}
