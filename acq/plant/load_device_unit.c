#include "acq/plant/loader.h"

#include <stdio.h>

static const char *policy_word(enum id_policy policy)
{
    for (const struct option_word *w = option_find(IN_DEVICE, "id_policy")->words; w->text; w++)
        if (w->value == (int)policy)
            return w->text;
    return "";
}

static void report(struct loader *l, const struct place *at, const struct plant_device *other,
                   const char *key, const char *found, const char *expected)
{
    const struct place member = read_member(at, key);
    char text[64];
    snprintf(text, sizeof text, "\"%s\" %s", key, found);
    report_error(&l->report, &member, text,
                 "%s, as device \"%.64s\" of the same unit has, or one device for the unit",
                 expected, other->id);
}

static void compare(struct loader *l, const struct place *at, const struct plant_device *d,
                    const struct plant_device *other)
{
    char mine[16];
    char theirs[16];
    if (d->id_policy != other->id_policy)
        report(l, at, other, "id_policy", policy_word(d->id_policy), policy_word(other->id_policy));
    if (d->write_multiple != other->write_multiple)
        report(l, at, other, "write_multiple", d->write_multiple ? "true" : "false",
               other->write_multiple ? "true" : "false");
    if (d->max_registers != other->max_registers) {
        snprintf(mine, sizeof mine, "%u", d->max_registers);
        snprintf(theirs, sizeof theirs, "%u", other->max_registers);
        report(l, at, other, "max_registers", mine, theirs);
    }
}

/* Several replies are told apart by their ids, or not at all. */
static void check_window(struct loader *l, const struct place *at, const struct plant_device *d)
{
    const struct plant_link *link = &((const struct plant_link *)l->links.items)[d->link];
    if (link->window == 1 || d->id_policy == ID_STRICT)
        return;
    const struct place member = read_member(at, "id_policy");
    char found[64];
    snprintf(found, sizeof found, "\"id_policy\" %s", policy_word(d->id_policy));
    report_error(&l->report, &member, found,
                 "strict, as the \"window\" of link \"%.64s\" is %u, or a \"window\" of 1",
                 link->id ? link->id : "", link->window);
}

/* With the first that has the unit: the others were compared with it. */
void load_check_same_unit(struct loader *l, const struct place *at, const struct plant_device *d)
{
    const struct plant_device *all = l->devices.items;
    if (d->protocol != PROTOCOL_MODBUS || d->link == PLANT_NONE)
        return;
    check_window(l, at, d);
    for (uint32_t i = 0; i < l->devices.count; i++) {
        if (all[i].link != d->link || all[i].unit != d->unit || all[i].protocol != d->protocol)
            continue;
        compare(l, at, d, &all[i]);
        return;
    }
}
