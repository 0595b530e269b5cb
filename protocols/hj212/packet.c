#include "protocols/hj212/packet_private.h"

enum { CP_MARK = 5 /* "CP=&&" */, END_MARK = 2 };

enum { SEPARATOR = 1, EQUALS = 2, CONTROL = 4 };

static inline unsigned class_of(char c)
{
    if (c == ';' || c == ',')
        return SEPARATOR;
    if (c == '=')
        return EQUALS;
    return (unsigned char)c < 0x20 || c == 0x7F ? CONTROL : 0;
}

/* The end of the item that begins at `from`, and its '=' or NULL. */
static size_t item_end(struct hj212_text cp, size_t from, const char **equals, bool *clean)
{
    *equals = NULL;
    for (size_t i = from; i < cp.len; i++) {
        unsigned class = class_of(cp.at[i]);
        if (class == 0)
            continue;
        if (class == SEPARATOR)
            return i;
        if (class == CONTROL)
            *clean = false;
        else if (!*equals)
            *equals = cp.at + i;
    }
    return cp.len;
}

/* Behind the closing "//" of opaque text that begins at `from`; 0 when it is not closed. */
static size_t opaque_end(struct hj212_text cp, size_t from)
{
    for (size_t i = from + 2; i + 2 <= cp.len; i++) {
        if (cp.at[i] != '/' || cp.at[i + 1] != '/')
            continue;
        size_t end = i + 2;
        while (end < cp.len && cp.at[end] == ' ')
            end++;
        if (end == cp.len || cp.at[end] == ';' || cp.at[end] == ',')
            return end;
    }
    return 0;
}

static void set_name(struct hj212_packet *p, struct hj212_item *item)
{
    struct hj212_text last = item->name;
    for (size_t i = item->name.len; i > 0; i--) {
        if (item->name.at[i - 1] == '-') {
            item->code = (struct hj212_text){item->name.at, i - 1};
            last = (struct hj212_text){item->name.at + i, item->name.len - i};
            break;
        }
    }
    item->field = hj212_field_find(last);
    if (item->field != HJ212_FIELD_OTHER && !hj212_text_is(last, hj212_field_name(item->field)))
        hj212_note(p, HJ212_DEV_NAME_CASE);
}

static struct hj212_text trimmed(struct hj212_packet *p, struct hj212_text raw)
{
    struct hj212_text t = hj212_text_trim(raw);
    if (t.len != raw.len)
        hj212_note(p, HJ212_DEV_BLANKS);
    return t;
}

static bool sane_name(struct hj212_text name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] <= ' ' || (unsigned char)name.at[i] > 0x7E)
            return false;
    return name.len > 0;
}

/* An item from `from` on; returns where its separator stands. */
static size_t take_item(struct hj212_packet *p, size_t from, struct hj212_item *item)
{
    const char *equals = NULL;
    size_t end = item_end(p->cp, from, &equals, &p->clean);
    item->raw = (struct hj212_text){p->cp.at + from, end - from};
    if (!equals) {
        item->value = trimmed(p, item->raw);
        item->name = item->code = (struct hj212_text){item->value.at, 0};
        item->field = HJ212_FIELD_OTHER;
        return end;
    }
    size_t name_len = (size_t)(equals - item->raw.at);
    item->name = trimmed(p, (struct hj212_text){item->raw.at, name_len});
    item->code = (struct hj212_text){item->name.at, 0};
    p->clean = p->clean && sane_name(item->name);
    set_name(p, item);
    size_t value_at = from + name_len + 1;
    while (value_at < p->cp.len && p->cp.at[value_at] == ' ')
        value_at++;
    if (item->field == HJ212_INFO && value_at + 2 <= p->cp.len && p->cp.at[value_at] == '/' &&
        p->cp.at[value_at + 1] == '/') {
        size_t closed = opaque_end(p->cp, value_at);
        end = closed ? closed : end;
        item->raw.len = end - from;
    }
    item->value = trimmed(p, (struct hj212_text){equals + 1, item->raw.len - name_len - 1});
    return end;
}

static int split_items(struct hj212_packet *p)
{
    uint16_t group = 0;
    size_t from = 0;
    while (from < p->cp.len) {
        if (p->item_count == HJ212_ITEMS_MAX)
            return PW_EFULL;
        struct hj212_item *item = &p->items[p->item_count];
        size_t end = take_item(p, from, item);
        if (item->raw.len == 0 || (item->name.len == 0 && item->value.len == 0)) {
            hj212_note(p, HJ212_DEV_EMPTY_ITEM);
        } else {
            item->group = group;
            p->clean = p->clean && item->name.len > 0;
            p->item_count++;
        }
        if (end < p->cp.len && p->cp.at[end] == ';')
            group++;
        from = end + 1;
        if (end + 1 == p->cp.len)
            hj212_note(p, HJ212_DEV_EMPTY_ITEM);
    }
    return 0;
}

int hj212_packet_parse(struct hj212_text segment, struct hj212_packet *out)
{
    size_t begin = hj212_text_find(segment, "CP=&&");
    size_t end = hj212_text_find_last(segment, "&&");
    if (begin == segment.len || end < begin + CP_MARK || end == segment.len)
        return PW_ESYNTAX;
    struct hj212_packet *p = out;
    p->segment = segment;
    p->header = (struct hj212_text){segment.at, begin};
    p->cp = (struct hj212_text){segment.at + begin + CP_MARK, end - begin - CP_MARK};
    p->qn = p->st = p->cn_text = p->pw = p->mn = p->flag_text = (struct hj212_text){segment.at, 0};
    p->cn = p->flag = p->pnum = p->pno = 0;
    p->has_flag = p->backfill = false;
    p->clean = end + END_MARK == segment.len;
    p->edition = HJ212_EDITION_AUTO;
    p->deviations = 0;
    p->extra_count = p->item_count = 0;
    int err = hj212_header_parse(p);
    if (!err)
        err = split_items(p);
    if (err)
        return err;
    hj212_packet_judge(p);
    return 0;
}

const struct hj212_item *hj212_packet_find(const struct hj212_packet *p, enum hj212_field field)
{
    return hj212_packet_find_of(p, (struct hj212_text){"", 0}, field);
}

const struct hj212_item *hj212_packet_find_of(const struct hj212_packet *p, struct hj212_text code,
                                              enum hj212_field field)
{
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i].field == field && hj212_text_same_but_case(p->items[i].code, code))
            return &p->items[i];
    return NULL;
}

int hj212_packet_int(const struct hj212_packet *p, enum hj212_field field, int *out)
{
    const struct hj212_item *item = hj212_packet_find(p, field);
    return item ? hj212_whole_number(item->value, out) : PW_ENOTFOUND;
}

int hj212_packet_time(const struct hj212_packet *p, enum hj212_field field, int zone_min,
                      int64_t *out_ms)
{
    const struct hj212_item *item = hj212_packet_find(p, field);
    return item ? hj212_time_parse(item->value, zone_min, out_ms) : PW_ENOTFOUND;
}

struct hj212_text hj212_packet_qn(const struct hj212_packet *p)
{
    const struct hj212_item *item = p->qn.len ? NULL : hj212_packet_find(p, HJ212_QN);
    return item ? item->value : p->qn;
}

struct hj212_text hj212_info_text(struct hj212_text value)
{
    if (value.len >= 4 && memcmp(value.at, "//", 2) == 0 &&
        memcmp(value.at + value.len - 2, "//", 2) == 0)
        return (struct hj212_text){value.at + 2, value.len - 4};
    return value;
}
