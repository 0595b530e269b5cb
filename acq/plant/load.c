#include "acq/plant/load.h"

#include "acq/core/civil.h"
#include "acq/plant/loader.h"

#include <math.h>
#include <stdio.h>

enum { PERMIT_SHARES = 3 };

static struct loader *loader_new(bool reads_secrets)
{
    struct loader *l = calloc(1, sizeof *l);
    pw_require(l != NULL);
    l->arena = arena_new();
    l->reads_secrets = reads_secrets;
    l->reader = (struct reader){.arena = l->arena, .report = &l->report};
    sources_init(&l->sources, l->arena, &l->report);
    struct server_draft server = {0};
    read_defaults(&l->reader, IN_SERVER, &server);
    read_defaults(&l->reader, IN_TIME, &server);
    read_defaults(&l->reader, IN_HTTP, &server);
    read_defaults(&l->reader, IN_RETENTION, &server);
    pw_require(civil_zone_parse(server.timezone, &server.server.zone_offset_min) == 0);
    l->server = server.server;
    l->device_defaults = (struct device_draft){.phase_ms = DRAFT_NOT_GIVEN};
    read_defaults(&l->reader, IN_DEVICE, &l->device_defaults);
    l->signal_defaults = (struct signal_draft){.address = {.number = DRAFT_NOT_GIVEN, .table = -1},
                                               .table = -1,
                                               .type = -1,
                                               .bit = DRAFT_NOT_GIVEN,
                                               .length = DRAFT_NOT_GIVEN,
                                               .range = {(double)NAN, (double)NAN}};
    read_defaults(&l->reader, IN_SIGNAL, &l->signal_defaults);
    return l;
}

/* The arena is the plant's by now, or freed. */
static void loader_free(struct loader *l)
{
    struct vec *all[] = {
        &l->templates,  &l->template_signals, &l->links,         &l->devices,   &l->signals,
        &l->sites,      &l->outlets,          &l->inputs,        &l->limits,    &l->influx,
        &l->phases,     &l->anchors,          &l->library,       &l->equipment, &l->bypasses,
        &l->mark_rules, &l->flares,           &l->bypass_drafts, &l->platforms, &l->platform_codes,
        &l->gateways};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->items);
    free(l->people.items);
    free(l->rotas.items);
    free(l->routes.items);
    free(l);
}

void load_each(struct loader *l, const struct place *at, const cJSON *node,
               void (*one)(struct loader *l, const struct place *at))
{
    const struct place list = {at->source, at, node};
    const cJSON *item;
    cJSON_ArrayForEach(item, node)
    {
        const struct place place = {at->source, &list, item};
        one(l, &place);
    }
}

static void load_top(struct loader *l, const struct place *at, struct top_draft *out)
{
    if (!at->node || (!read_object(&l->reader, at, IN_TOP, out) && !cJSON_IsObject(at->node)))
        return;
    bool is_main = at->source->index == 0;
    if (is_main && !cJSON_GetObjectItemCaseSensitive(at->node, "plumewatch"))
        report_error(&l->report, at, "no \"plumewatch\"", "1");
    if (out->server) {
        const struct place server = {at->source, at, out->server};
        load_server(l, &server);
    }
}

static void load_part(struct loader *l, const struct top_draft *tops, size_t offset,
                      void (*one)(struct loader *l, const struct place *at))
{
    for (unsigned i = 0; i < l->sources.count; i++) {
        const struct source *s = l->sources.items[i];
        const struct place root = {s, NULL, s->tree};
        const cJSON *list;
        memcpy(&list, (const char *)&tops[i] + offset, sizeof(const cJSON *));
        load_each(l, &root, list, one);
    }
}

static void load_plant_id(struct loader *l)
{
    const struct plant_site *sites = l->sites.items;
    const struct source *s = l->sources.items[0];
    const struct place root = {s, NULL, s->tree};
    if (l->names_plant || l->partial || !cJSON_IsObject(root.node))
        return;
    if (l->sites.count == 0)
        report_error(&l->report, &root, "no \"plant\" in \"server\"",
                     "an id, as there is no site to take it from");
    else
        l->server.plant = sites[0].id;
}

static void load_alarms_of(struct loader *l, const struct top_draft *tops)
{
    load_alarms(l, NULL);
    for (unsigned i = 0; i < l->sources.count; i++) {
        const struct place root = {l->sources.items[i], NULL, l->sources.items[i]->tree};
        const struct place at = {l->sources.items[i], &root, tops[i].alarms};
        if (at.node)
            load_alarms(l, &at);
    }
    load_part(l, tops, offsetof(struct top_draft, people), load_person);
    load_part(l, tops, offsetof(struct top_draft, rotas), load_rota);
    load_part(l, tops, offsetof(struct top_draft, routes), load_route);
}

static void load_all(struct loader *l)
{
    struct top_draft *tops = calloc(l->sources.count, sizeof *tops);
    pw_require(tops != NULL);
    for (unsigned i = 0; i < l->sources.count; i++) {
        const struct place root = {l->sources.items[i], NULL, l->sources.items[i]->tree};
        load_top(l, &root, &tops[i]);
    }
    load_part(l, tops, offsetof(struct top_draft, templates), load_template);
    load_part(l, tops, offsetof(struct top_draft, links), load_link);
    load_part(l, tops, offsetof(struct top_draft, devices), load_device);
    load_part(l, tops, offsetof(struct top_draft, library), load_library);
    load_part(l, tops, offsetof(struct top_draft, sites), load_site);
    load_part(l, tops, offsetof(struct top_draft, influx), load_influx);
    load_part(l, tops, offsetof(struct top_draft, anchors), load_anchor);
    load_part(l, tops, offsetof(struct top_draft, gateways), load_gateway);
    load_alarms_of(l, tops);
    load_part(l, tops, offsetof(struct top_draft, platforms), load_platform);
    load_plant_id(l);
    free(tops);
}

static void group_devices(struct plant *p)
{
    uint32_t next = 0;
    p->link_devices = arena_alloc(p->arena, p->device_count * sizeof *p->link_devices);
    for (uint32_t i = 0; i < p->link_count; i++) {
        p->links[i].first_device = next;
        for (uint32_t k = 0; k < p->device_count; k++)
            if (p->devices[k].link == i)
                p->link_devices[next++] = k;
        p->links[i].device_count = next - p->links[i].first_device;
    }
}

static void divide_inputs(struct plant *p)
{
    p->plain = arena_alloc(p->arena, p->input_count * sizeof *p->plain);
    p->regulated = arena_alloc(p->arena, p->input_count * sizeof *p->regulated);
    p->cyclic = arena_alloc(p->arena, p->input_count * sizeof *p->cyclic);
    for (uint32_t i = 0; i < p->input_count; i++) {
        if (p->inputs[i].cycle_ms > 0)
            p->cyclic[p->cyclic_count++] = i;
        else if (p->outlets[p->inputs[i].outlet].is_regulated)
            p->regulated[p->regulated_count++] = i;
        else
            p->plain[p->plain_count++] = i;
    }
}

static void list_chosen(struct plant *p)
{
    p->chosen = arena_alloc(p->arena, p->input_count * sizeof *p->chosen);
    for (uint32_t i = 0; i < p->input_count; i++)
        if (p->outlets[p->inputs[i].outlet].means_from == MEANS_FROM_STATION_ELSE_OWN)
            p->chosen[p->chosen_count++] = i;
}

static void list_rates(struct plant *p)
{
    p->removals = arena_alloc(p->arena, p->input_count * sizeof *p->removals);
    p->treatment = arena_alloc(p->arena, p->equipment_count * sizeof *p->treatment);
    for (uint32_t i = 0; i < p->input_count; i++)
        if (p->inputs[i].inlet != PLANT_NONE)
            p->removals[p->removal_count++] = i;
    for (uint32_t i = 0; i < p->equipment_count; i++)
        if (p->equipment[i].kind == EQUIPMENT_TREATMENT)
            p->treatment[p->treatment_count++] = i;
}

static void add_permits(struct plant *p, uint32_t input)
{
    static const struct {
        uint8_t percent, priority;
    } shares[PERMIT_SHARES] = {{80, 3}, {90, 2}, {100, 1}};
    for (size_t i = 0; i < PERMIT_SHARES; i++) {
        char id[3 * PLANT_ID_MAX];
        snprintf(id, sizeof id, "%s/total/%u", p->inputs[input].id, shares[i].percent);
        struct plant_permit *permit = &p->permits[p->permit_count++];
        permit->id = arena_strdup(p->arena, id);
        permit->input = input;
        permit->percent = shares[i].percent;
        permit->priority = shares[i].priority;
        permit->limit_kg = p->inputs[input].permit_kg * shares[i].percent / 100;
    }
}

static void make_permits(struct plant *p)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->input_count; i++)
        count += p->inputs[i].permit_kg > 0;
    p->permits = arena_alloc(p->arena, (size_t)PERMIT_SHARES * count * sizeof *p->permits);
    for (uint32_t i = 0; i < p->input_count; i++)
        if (p->inputs[i].permit_kg > 0)
            add_permits(p, i);
}

static void digest_all(struct plant *p, const uint32_t *phases)
{
    for (uint32_t i = 0; i < p->device_count; i++) {
        struct plant_device *d = &p->devices[i];
        digest_device(d, &p->links[d->link], &p->signals[d->first_signal], phases[i], d->digest);
    }
    for (uint32_t i = 0; i < p->link_count; i++)
        digest_link(p, &p->links[i], p->links[i].digest);
    for (uint32_t i = 0; i < p->input_count; i++) {
        digest_input(p, &p->inputs[i], p->inputs[i].digest);
        digest_account(p, &p->inputs[i], p->inputs[i].account_digest);
    }
    for (uint32_t i = 0; i < p->limit_count; i++)
        digest_limit(p, &p->limits[i], p->limits[i].digest);
    for (uint32_t i = 0; i < p->permit_count; i++)
        digest_permit(p, &p->permits[i], p->permits[i].digest);
    for (uint32_t i = 0; i < p->outlet_count; i++)
        digest_stop(p, &p->outlets[i], p->outlets[i].stop_digest);
    for (uint32_t i = 0; i < p->mark_rule_count; i++)
        digest_mark_rule(p, &p->mark_rules[i], p->mark_rules[i].digest);
    for (uint32_t i = 0; i < p->equipment_count; i++)
        digest_equipment(p, &p->equipment[i], p->equipment[i].digest);
    for (uint32_t i = 0; i < p->bypass_count; i++)
        digest_bypass(p, &p->bypasses[i], p->bypasses[i].digest);
    for (uint32_t i = 0; i < p->flare_count; i++)
        digest_flare(p, &p->flares[i], p->flares[i].digest);
    for (uint32_t i = 0; i < p->platform_count; i++)
        digest_platform(p, &p->platforms[i]);
    sm3_once(p->text, p->text_len, p->digest);
}

#define TAKE(list)                                                                                 \
    p->list##_count = l->list##s.count;                                                            \
    p->list##s = vec_take(&l->list##s, l->arena, sizeof *p->list##s)

static struct plant *build_plant(struct loader *l)
{
    struct plant *p = arena_alloc(l->arena, sizeof *p);
    p->arena = l->arena;
    p->server = l->server;
    TAKE(link);
    TAKE(device);
    TAKE(signal);
    TAKE(site);
    TAKE(outlet);
    TAKE(input);
    TAKE(limit);
    TAKE(flare);
    TAKE(mark_rule);
    p->equipment_count = l->equipment.count;
    p->equipment = vec_take(&l->equipment, l->arena, sizeof *p->equipment);
    p->bypass_count = l->bypasses.count;
    p->bypasses = vec_take(&l->bypasses, l->arena, sizeof *p->bypasses);
    p->influx_count = l->influx.count;
    p->influx = vec_take(&l->influx, l->arena, sizeof *p->influx);
    TAKE(anchor);
    TAKE(gateway);
    p->alarms = l->alarms;
    p->person_count = l->people.count;
    p->people = vec_take(&l->people, l->arena, sizeof *p->people);
    TAKE(rota);
    TAKE(route);
    TAKE(platform);
    TAKE(platform_code);
    p->text = sources_join(&l->sources, &p->text_len);
    const uint32_t *phases = l->phases.items;
    group_devices(p);
    divide_inputs(p);
    load_slots(p);
    list_chosen(p);
    list_rates(p);
    make_permits(p);
    phase_spread(p, phases);
    digest_all(p, phases);
    return p;
}

static int finish(struct loader *l, bool parsed, struct plant **out,
                  struct plant_problems *problems)
{
    l->partial = !parsed;
    if (l->sources.count)
        load_all(l);
    bool good = l->report.errors == 0;
    report_take(&l->report, problems);
    if (good)
        *out = build_plant(l);
    sources_deinit(&l->sources);
    if (!good)
        arena_free(l->arena);
    loader_free(l);
    return good ? 0 : parsed ? PW_EINVAL : PW_ESYNTAX;
}

int plant_load(const char *path, struct plant **out, struct plant_problems *problems)
{
    struct loader *l = loader_new(true);
    return finish(l, sources_read(&l->sources, path), out, problems);
}

int plant_load_text(const char *name, const char *text, size_t len, struct plant **out,
                    struct plant_problems *problems)
{
    struct loader *l = loader_new(false);
    return finish(l, sources_split(&l->sources, name, text, len), out, problems);
}
