#include "acq/plant/limits.h"
#include "acq/plant/loader.h"

#include <math.h>
#include <stdio.h>

/* The member's place, or the object's when a template gave it. */
static bool refuse(struct loader *l, const struct place *at, const char *key, const char *found,
                   const char *expected)
{
    const struct place member = read_member(at, key);
    report_error(&l->report, &member, found, "%s", expected);
    return false;
}

static bool read_map(struct loader *l, const struct place *at, struct plant_io *io)
{
    const struct place map = read_member(at, "map");
    struct map_draft draft;
    if (map.node == at->node)
        return true; /* the template's stays */
    if (!read_object(&l->reader, &map, IN_MAP, &draft))
        return false;
    io->has_map = true;
    memcpy(io->map_from, draft.from, sizeof io->map_from);
    memcpy(io->map_to, draft.to, sizeof io->map_to);
    return true;
}

/* What the type can hold; 0: it cannot count. */
static double type_modulo(enum value_type type)
{
    switch (type) {
    case TYPE_UINT16:
        return 65536;
    case TYPE_UINT32:
        return 4294967296;
    case TYPE_UINT64:
        return 18446744073709551616.0;
    case TYPE_BCD16:
        return 1e4;
    case TYPE_BCD32:
        return 1e8;
    default:
        return 0;
    }
}

static bool read_counter(struct loader *l, const struct place *at, const struct plant_signal *s,
                         struct plant_io *io)
{
    const struct place counter = read_member(at, "counter");
    struct counter_draft draft = {.modulo = (double)NAN, .max_step = (double)NAN};
    if (counter.node == at->node)
        return true;
    read_defaults(&l->reader, IN_COUNTER, &draft);
    if (!read_object(&l->reader, &counter, IN_COUNTER, &draft))
        return false;
    io->counter = (enum counter_as)draft.as;
    io->per_pulse = draft.per_pulse;
    io->rate_ms = (uint32_t)draft.per;
    io->modulo = isnan(draft.modulo) ? type_modulo(s->type) : draft.modulo;
    io->max_step = isnan(draft.max_step) ? io->modulo / 2 : draft.max_step;
    if (io->modulo > 0 && io->max_step >= io->modulo)
        return refuse(l, &counter, "max_step", NULL, "less than \"modulo\"");
    return true;
}

static bool is_bit(const struct plant_signal *s)
{
    return s->type == TYPE_BIT;
}

static bool check_counter(struct loader *l, const struct place *at, const struct plant_signal *s)
{
    const struct plant_io *io = &s->io;
    if (io->counter == COUNTER_NONE)
        return true;
    double most = type_modulo(s->type);
    if (most == 0)
        return refuse(l, at, "counter", "a counter of a type that does not count",
                      "type \"uint16\", \"uint32\", \"uint64\", \"bcd16\" or \"bcd32\"");
    if (io->modulo > most)
        return refuse(l, at, "counter", "a \"modulo\" that the type cannot hold",
                      "at most what it can: 65536, 4294967296, 10000 for \"bcd16\", ...");
    if (io->has_map || io->ne43 || s->scale != 1 || s->offset != 0)
        return refuse(l, at, "counter", "a counter with \"scale\", \"offset\", \"map\" or \"ne43\"",
                      "\"per_pulse\" alone");
    return true;
}

static bool check_io(struct loader *l, const struct place *at, const struct plant_signal *s)
{
    const struct plant_io *io = &s->io;
    if (io->square_root && !io->has_map)
        return refuse(l, at, "sqrt", "\"sqrt\" without \"map\"", "\"map\" with the two points");
    if (io->invert && !is_bit(s))
        return refuse(l, at, "invert", "\"invert\" of a number", "a bit");
    if (io->debounce_ms > 0 && !is_bit(s))
        return refuse(l, at, "debounce_ms", "\"debounce_ms\" of a number", "a bit");
    if ((io->has_map || io->ne43) && is_bit(s))
        return refuse(l, at, io->has_map ? "map" : "ne43", "a mapping of a bit", "a number");
    return check_counter(l, at, s);
}

static bool check_text(struct loader *l, const struct place *at, const struct signal_draft *d,
                       const struct plant_signal *s)
{
    if (d->type != TYPE_STRING)
        return d->length == DRAFT_NOT_GIVEN ||
               refuse(l, at, "length", "a length", "none, as only type \"string\" has one");
    if (d->length == DRAFT_NOT_GIVEN)
        return refuse(l, at, "type", "type \"string\" without \"length\"",
                      "\"length\", registers from 1 to 32");
    if (s->order != ORDER_ABCD && s->order != ORDER_BADC)
        return refuse(l, at, "order", NULL, "\"ABCD\" or \"BADC\" for type \"string\"");
    if (s->has_io || s->has_range || s->no_value_count > 0)
        return refuse(l, at, "type",
                      "a text with \"range\", \"no_value\" or what only numbers have",
                      "none of them");
    return true;
}

static bool check_writable(struct loader *l, const struct place *at, const struct plant_signal *s)
{
    if (!s->writable)
        return true;
    if (s->table != TABLE_COIL && s->table != TABLE_HOLDING)
        return refuse(l, at, "writable", "a writable signal in a table that is only read",
                      "table \"coil\" or \"holding\"");
    if (s->has_io || s->bit >= 0 || s->type == TYPE_STRING)
        return refuse(l, at, "writable", "a writable bit of a register, text or mapped input",
                      "a coil or a whole number of registers");
    return true;
}

static void take_codes(struct loader *l, const struct signal_draft *d, struct plant_signal *s)
{
    size_t size = d->no_value.count * sizeof *s->no_value;
    double *codes = arena_alloc(l->arena, size);
    memcpy(codes, d->no_value.values, size);
    s->no_value = codes;
    s->no_value_count = (uint8_t)d->no_value.count;
}

bool load_signal_extras(struct loader *l, const struct place *at,
                        const struct signal_draft *settled, struct plant_signal *s)
{
    take_codes(l, settled, s);
    bool read = read_map(l, at, &s->io);
    read = read_counter(l, at, s, &s->io) && read;
    const struct plant_io *io = &s->io;
    s->has_io = io->ne43 || io->has_map || io->square_root || io->invert || io->debounce_ms > 0 ||
                io->counter != COUNTER_NONE;
    return read && check_io(l, at, s) && check_text(l, at, settled, s) && check_writable(l, at, s);
}

static bool read_range(struct loader *l, const struct place *at, struct plant_range *out)
{
    struct range_draft draft = {.last = DRAFT_NOT_GIVEN};
    if (!read_object(&l->reader, at, IN_FORBIDDEN, &draft))
        return false;
    if (draft.last == DRAFT_NOT_GIVEN)
        draft.last = draft.first;
    if (draft.last < draft.first)
        return refuse(l, at, "last", NULL, "not less than \"first\"");
    *out = (struct plant_range){.table = (enum modbus_table)draft.table,
                                .first = (uint16_t)draft.first,
                                .last = (uint16_t)draft.last};
    return true;
}

void load_forbidden(struct loader *l, const struct place *at, struct plant_device *d)
{
    const struct place list = read_member(at, "forbidden");
    int count = list.node == at->node ? 0 : cJSON_GetArraySize(list.node);
    if (list.node == at->node || !cJSON_IsArray(list.node) || count > PLANT_FORBIDDEN_MAX)
        return; /* the template's, or reported */
    struct plant_range *ranges = arena_alloc(l->arena, (size_t)count * sizeof *ranges);
    uint32_t n = 0;
    const cJSON *node;
    cJSON_ArrayForEach(node, list.node)
    {
        const struct place one = {at->source, &list, node};
        n += read_range(l, &one, &ranges[n]);
    }
    d->forbidden = ranges;
    d->forbidden_count = n;
}

static const struct plant_range *range_over(const struct plant_device *d,
                                            const struct plant_signal *s)
{
    uint32_t last = s->address + (uint32_t)s->register_count - 1;
    for (uint32_t i = 0; i < d->forbidden_count; i++) {
        const struct plant_range *f = &d->forbidden[i];
        if (f->table == s->table && f->first <= last && s->address <= f->last)
            return f;
    }
    return NULL;
}

void load_check_forbidden(struct loader *l, const struct place *at, const struct plant_device *d)
{
    const struct plant_signal *all = l->signals.items;
    for (uint32_t i = d->first_signal; i < d->first_signal + d->signal_count; i++) {
        const struct plant_range *f = range_over(d, &all[i]);
        if (!f)
            continue;
        const struct place forbidden = read_member(at, "forbidden");
        char found[64];
        snprintf(found, sizeof found, "%u to %u forbidden", f->first, f->last);
        report_error(&l->report, &forbidden, found, "no range over signal \"%.64s\"", all[i].id);
        return;
    }
}
