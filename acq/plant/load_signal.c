#include "acq/plant/loader.h"

#include <stdio.h>

static const struct option *option_of(const char *key)
{
    return option_find(IN_SIGNAL, key);
}

static const char *word_of(const char *key, int value)
{
    for (const struct option_word *w = option_of(key)->words; w->text; w++)
        if (w->value == value)
            return w->text;
    return "";
}

static bool is_bit_table(int table)
{
    return table == TABLE_COIL || table == TABLE_DISCRETE;
}

static uint8_t register_count(const struct signal_draft *d)
{
    switch (d->type) {
    case TYPE_STRING:
        return d->length == DRAFT_NOT_GIVEN ? 1 : (uint8_t)d->length;
    case TYPE_INT32:
    case TYPE_UINT32:
    case TYPE_FLOAT32:
    case TYPE_BCD32:
        return 2;
    case TYPE_INT64:
    case TYPE_UINT64:
    case TYPE_FLOAT64:
        return 4;
    default:
        return 1;
    }
}

static bool refuse_missing(struct loader *l, const struct place *at, const char *key,
                           const char *also)
{
    char found[64];
    char expected[OPTION_TEXT_SIZE];
    snprintf(found, sizeof found, "no \"%s\"", key);
    option_expected(option_of(key), expected);
    report_error(&l->report, at, found, "%s%s", expected, also);
    return false;
}

/* An address such as "40101" names its table, which a table given beside it must not contradict. */
static bool settle_table(struct loader *l, const struct place *at, struct signal_draft *d)
{
    int named = d->address.table;
    d->address.table = -1;
    if (named >= 0) {
        const struct place address = read_member(at, "address");
        if (cJSON_GetObjectItemCaseSensitive(at->node, "table") && d->table != named) {
            char found[REPORT_VALUE_SIZE];
            snprintf(found, sizeof found, "\"%.6s\", table \"%s\"", address.node->valuestring,
                     word_of("table", named));
            report_error(&l->report, &address, found, "an address of table \"%s\"",
                         word_of("table", d->table));
            return false;
        }
        d->table = named;
    }
    if (d->address.number == DRAFT_NOT_GIVEN)
        return refuse_missing(l, at, "address", "");
    if (d->table < 0)
        return refuse_missing(l, at, "table", ", or an address such as \"40101\"");
    return true;
}

static bool settle_bits(struct loader *l, const struct place *at, struct signal_draft *d)
{
    const struct place type = read_member(at, "type");
    const struct place bit = read_member(at, "bit");
    char found[64];
    snprintf(found, sizeof found, "type \"%s\" in table \"%s\"",
             d->type < 0 ? "" : word_of("type", d->type), word_of("table", d->table));
    if (d->type >= 0 && d->type != TYPE_BIT) {
        report_error(&l->report, &type, found, "\"bit\"");
        return false;
    }
    if (d->bit != DRAFT_NOT_GIVEN) {
        snprintf(found, sizeof found, "a bit number in table \"%s\"", word_of("table", d->table));
        report_error(&l->report, &bit, found, "none, as its items are single bits");
        return false;
    }
    d->type = TYPE_BIT;
    return true;
}

static bool settle_registers(struct loader *l, const struct place *at, struct signal_draft *d)
{
    const struct place type = read_member(at, "type");
    bool has_bit = d->bit != DRAFT_NOT_GIVEN;
    if (d->type < 0)
        d->type = has_bit ? TYPE_BIT : TYPE_UINT16;
    if (!has_bit && d->type == TYPE_BIT) {
        report_error(&l->report, &type, "type \"bit\" without \"bit\"",
                     "\"bit\" from 0 to 15, the bit of the register");
        return false;
    }
    if (has_bit && d->type != TYPE_BIT && d->type != TYPE_INT16 && d->type != TYPE_UINT16) {
        char found[64];
        snprintf(found, sizeof found, "type \"%s\" with \"bit\"", word_of("type", d->type));
        report_error(&l->report, &type, found, "one of \"bit\", \"int16\", \"uint16\"");
        return false;
    }
    if (has_bit)
        d->type = TYPE_BIT;
    return true;
}

static bool settle_order(struct loader *l, const struct place *at, struct signal_draft *d)
{
    if (d->order < ORDER_WORD_64_BIT)
        return true;
    if (d->type == TYPE_STRING || register_count(d) != 4) {
        const struct place order = read_member(at, "order");
        char found[64];
        snprintf(found, sizeof found, "\"%s\" for type \"%s\"", word_of("order", d->order),
                 word_of("type", d->type));
        report_error(&l->report, &order, found, "four letters, or a 64-bit type");
        return false;
    }
    d->order -= ORDER_WORD_64_BIT;
    return true;
}

static bool check_end(struct loader *l, const struct place *at, const struct signal_draft *d)
{
    uint32_t count = register_count(d);
    if (d->address.number + count - 1 <= UINT16_MAX)
        return true;
    const struct place address = read_member(at, "address");
    char found[64];
    snprintf(found, sizeof found, "address %u", d->address.number);
    report_error(&l->report, &address, found, "at most %u, as \"%s\" takes %u registers",
                 UINT16_MAX + 1 - count, word_of("type", d->type), count);
    return false;
}

static void complete(const struct signal_draft *d, struct plant_signal *s)
{
    s->table = (enum modbus_table)d->table;
    s->address = (uint16_t)d->address.number;
    s->type = (enum value_type)d->type;
    s->register_count = register_count(d);
    s->order = (enum value_order)d->order;
    s->bit = d->bit == DRAFT_NOT_GIVEN ? -1 : (int8_t)d->bit;
    s->has_range = d->range[0] < d->range[1];
    s->range_min = s->has_range ? d->range[0] : 0;
    s->range_max = s->has_range ? d->range[1] : 0;
}

static bool check_id(struct loader *l, const struct place *at, const char *id)
{
    if (signal_id_is_valid(id))
        return true;
    char found[REPORT_VALUE_SIZE];
    report_quote(id, found);
    report_error(&l->report, at, found,
                 "a signal id: 1 to 64 letters, digits, '_' and '-', not beginning with '_', not "
                 "\"time\" or \"at\", not ending in _why, _text or _raw");
    return false;
}

void load_signal(struct loader *l, const struct place *at, struct signal_draft *draft)
{
    draft->signal.id = arena_strdup(l->arena, at->node->string);
    bool good = check_id(l, at, draft->signal.id);
    if (!read_object(&l->reader, at, IN_SIGNAL, draft) || !settle_table(l, at, draft) || !good)
        return;
    struct signal_draft settled = *draft;
    bool bits = is_bit_table(settled.table);
    good = bits ? settle_bits(l, at, &settled) : settle_registers(l, at, &settled);
    if (!good || !settle_order(l, at, &settled) || !check_end(l, at, &settled))
        return;
    complete(&settled, &draft->signal);
    load_signal_extras(l, at, &settled, &draft->signal);
}
