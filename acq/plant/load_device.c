#include "acq/plant/limits.h"
#include "acq/plant/loader.h"

#include <stdio.h>

static void warn_of_many(struct loader *l, const struct place *at, uint32_t count)
{
    const struct place signals = read_member(at, "signals");
    char found[64];
    snprintf(found, sizeof found, "%u signals in one measurement", count);
    if (count > PLANT_DEVICE_SIGNALS_MANY)
        report_warning(&l->report, &signals, found, "at most %d", PLANT_DEVICE_SIGNALS_MANY);
}

static void check_phase(struct loader *l, const struct place *at, const struct device_draft *d)
{
    if (d->phase_ms == DRAFT_NOT_GIVEN || d->phase_ms < d->device.every_ms)
        return;
    const struct place phase = read_member(at, "phase_ms");
    char found[64];
    snprintf(found, sizeof found, "%u ms", d->phase_ms);
    report_error(&l->report, &phase, found, "less than \"every_ms\", %u ms", d->device.every_ms);
}

static void load_one_signal(struct loader *l, const struct place *at,
                            const struct device_draft *device, struct signal_draft *draft)
{
    if (device->protocol == PROTOCOL_HJ212)
        load_factor(l, at, device, draft);
    else
        load_signal(l, at, draft);
}

void load_template(struct loader *l, const struct place *at)
{
    struct template_entry t = {.draft = l->device_defaults,
                               .first_signal = l->template_signals.count};
    if (read_object(&l->reader, at, IN_TEMPLATE, &t.draft))
        check_phase(l, at, &t.draft);
    load_forbidden(l, at, &t.draft.device);
    load_asking(l, at, t.draft.ask, &t.draft.device.station.asking);
    t.draft.ask = NULL;
    t.id = t.draft.device.id;
    load_check_unique(l, at, &l->templates, sizeof t, t.id);
    const struct place signals = {at->source, at, t.draft.signals};
    const cJSON *node;
    cJSON_ArrayForEach(node, t.draft.signals)
    {
        const struct place one = {at->source, &signals, node};
        struct signal_draft draft = l->signal_defaults;
        load_one_signal(l, &one, &t.draft, &draft);
        vec_add(&l->template_signals, &draft, sizeof draft);
        t.signal_count++;
    }
    warn_of_many(l, at, t.signal_count);
    vec_add(&l->templates, &t, sizeof t);
}

static const struct template_entry *find_template(struct loader *l, const struct place *at)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(at->node, "template");
    if (!cJSON_IsString(node))
        return NULL;
    const struct place place = {at->source, at, node};
    uint32_t index = load_resolve(l, &place, &l->templates, sizeof(struct template_entry),
                                  node->valuestring, "a template");
    return index == PLANT_NONE ? NULL : (const struct template_entry *)l->templates.items + index;
}

static void add_signal(struct loader *l, const struct signal_draft *draft, struct plant_device *d)
{
    struct plant_signal s = draft->signal;
    s.device = l->devices.count;
    vec_add(&l->signals, &s, sizeof s);
    d->signal_count++;
}

static void add_own_signal(struct loader *l, const struct place *at, struct signal_draft basis,
                           struct device_draft *device)
{
    load_one_signal(l, at, device, &basis);
    add_signal(l, &basis, &device->device);
}

static const struct signal_draft *template_signal(const struct loader *l,
                                                  const struct template_entry *t, const char *id)
{
    const struct signal_draft *all = l->template_signals.items;
    for (uint32_t i = 0; t && i < t->signal_count; i++)
        if (strcmp(all[t->first_signal + i].signal.id, id) == 0)
            return &all[t->first_signal + i];
    return NULL;
}

/* The template's signals in its order, then the device's own. */
static void add_signals(struct loader *l, const struct place *at, const struct template_entry *t,
                        struct device_draft *device)
{
    const cJSON *own = device->signals;
    const struct place signals = {at->source, at, own};
    const struct signal_draft *all = l->template_signals.items;
    for (uint32_t i = 0; t && i < t->signal_count; i++) {
        const struct signal_draft *basis = &all[t->first_signal + i];
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(own, basis->signal.id);
        const struct place one = {at->source, &signals, node};
        if (node)
            add_own_signal(l, &one, *basis, device);
        else
            add_signal(l, basis, &device->device);
    }
    const cJSON *node;
    cJSON_ArrayForEach(node, own)
    {
        const struct place one = {at->source, &signals, node};
        if (!template_signal(l, t, node->string))
            add_own_signal(l, &one, l->signal_defaults, device);
    }
}

static void check_signals(struct loader *l, const struct place *at, const struct plant_device *d)
{
    const struct plant_signal *all = l->signals.items;
    char found[2 * REPORT_VALUE_SIZE];
    for (uint32_t i = d->first_signal; i < d->first_signal + d->signal_count; i++) {
        if (all[i].register_count <= d->max_registers)
            continue;
        const struct place max = read_member(at, "max_registers");
        snprintf(found, sizeof found, "max_registers %u", d->max_registers);
        report_error(&l->report, &max, found, "at least %u, as signal \"%.64s\" takes so many",
                     all[i].register_count, all[i].id);
        break;
    }
    load_check_forbidden(l, at, d);
    load_check_overlap(l, at, d);
    const struct place signals = read_member(at, "signals");
    snprintf(found, sizeof found, "%u signals", d->signal_count);
    if (d->signal_count == 0)
        report_error(&l->report, at, "no signal", "\"signals\", or a \"template\" that has some");
    else if (d->signal_count > PLANT_DEVICE_SIGNALS_MAX)
        report_error(&l->report, &signals, found, "at most %d of a device",
                     PLANT_DEVICE_SIGNALS_MAX);
}

/* MODBUS over Serial Line V1.02, 2.2: units of a line are 1 to 247, and nobody answers a broadcast.
 */
static void check_unit(struct loader *l, const struct place *at, const struct plant_device *d)
{
    const struct plant_link *links = l->links.items;
    if (d->protocol == PROTOCOL_MODBUS && !cJSON_GetObjectItemCaseSensitive(at->node, "unit")) {
        char expected[OPTION_TEXT_SIZE];
        option_expected(option_find(IN_DEVICE, "unit"), expected);
        report_error(&l->report, at, "no \"unit\"", "%s", expected);
        return;
    }
    if (d->link == PLANT_NONE || links[d->link].framing != FRAMING_RTU)
        return;
    unsigned most = links[d->link].medium == MEDIUM_SERIAL ? 247 : 255;
    if (d->unit >= 1 && d->unit <= most)
        return;
    const struct place unit = read_member(at, "unit");
    report_error(&l->report, &unit, NULL, "a unit from 1 to %u, as link \"%.64s\" has RTU framing",
                 most, links[d->link].id ? links[d->link].id : "");
}

/* A link's framing and its devices' protocol say the same, as do a template's and a device's. */
static void check_protocol(struct loader *l, const struct place *at, const struct template_entry *t,
                           struct plant_device *d)
{
    const struct plant_link *links = l->links.items;
    const struct place protocol = read_member(at, "protocol");
    bool hj212 = d->protocol == PROTOCOL_HJ212;
    if (t && t->draft.protocol != (int)d->protocol)
        report_error(&l->report, &protocol, NULL, "the protocol of its template");
    else if (d->link != PLANT_NONE && (links[d->link].framing == FRAMING_HJ212) != hj212)
        report_error(&l->report, &protocol, hj212 ? "\"hj212\"" : "\"modbus\"",
                     "that of its link, whose \"framing\" is %s\"hj212\"", hj212 ? "not " : "");
    load_station(l, at, d);
}

static const char *measurement_of(struct loader *l, const struct plant_device *d)
{
    char text[PLANT_ID_MAX + 8];
    const char *id = d->template_id ? d->template_id : d->id;
    snprintf(text, sizeof text, "raw_%.64s", id);
    return arena_strdup(l->arena, text);
}

static bool has_room(struct loader *l, const struct place *at)
{
    const char *found = l->devices.count >= PLANT_DEVICES_MAX   ? "one more device"
                        : l->signals.count >= PLANT_SIGNALS_MAX ? "one more signal"
                                                                : NULL;
    if (found)
        report_error(&l->report, at, found, "at most %d devices with %d signals in all",
                     PLANT_DEVICES_MAX, PLANT_SIGNALS_MAX);
    return !found;
}

void load_device(struct loader *l, const struct place *at)
{
    if (!has_room(l, at))
        return;
    const struct template_entry *t = find_template(l, at);
    struct device_draft draft = t ? t->draft : l->device_defaults;
    draft.device.id = NULL;
    draft.signals = NULL;
    bool good = read_object(&l->reader, at, IN_DEVICE, &draft) && (t || !draft.device.template_id);
    struct plant_device *d = &draft.device;
    load_check_unique(l, at, &l->devices, sizeof *d, d->id);
    d->id = d->id ? d->id : ""; /* reported */
    d->id_policy = (enum id_policy)draft.id_policy;
    d->protocol = (enum plant_protocol)draft.protocol;
    load_forbidden(l, at, d);
    load_asking(l, at, draft.ask, &d->station.asking);
    if (draft.link_id) {
        const struct place link = read_member(at, "link");
        d->link =
            load_resolve(l, &link, &l->links, sizeof(struct plant_link), draft.link_id, "a link");
    }
    if (good) {
        check_phase(l, at, &draft);
        check_unit(l, at, d);
        check_protocol(l, at, t, d);
        load_check_same_unit(l, at, d);
    }
    d->measurement = measurement_of(l, d);
    d->first_signal = l->signals.count;
    size_t errors = l->report.errors;
    add_signals(l, at, t, &draft);
    if (good && errors == l->report.errors)
        check_signals(l, at, d);
    if (!d->template_id)
        warn_of_many(l, at, d->signal_count);
    vec_add(&l->devices, d, sizeof *d);
    vec_add(&l->phases, &draft.phase_ms, sizeof draft.phase_ms);
}
