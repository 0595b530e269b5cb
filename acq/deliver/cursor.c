#include "acq/deliver/cursor.h"

#include "acq/core/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *cursor_kind_word(enum member_kind kind)
{
    return kind == MEMBER_R ? "raw" : "derived";
}

void cursor_init(struct cursor *c, uint64_t next)
{
    memset(c, 0, sizeof *c);
    c->next = next;
}

static void remove_at(struct cursor_gap *list, size_t *count, size_t i)
{
    memmove(&list[i], &list[i + 1], (*count - i - 1) * sizeof list[0]);
    --*count;
}

static void join_nearest(struct cursor_gap *list, size_t *count)
{
    size_t nearest = 0;
    for (size_t i = 1; i + 1 < *count; i++)
        if (list[i + 1].first - list[i].last < list[nearest + 1].first - list[nearest].last)
            nearest = i;
    list[nearest].last = list[nearest + 1].last;
    remove_at(list, count, nearest + 1);
}

static void insert_at(struct cursor_gap *list, size_t *count, size_t most, size_t i,
                      struct cursor_gap gap)
{
    memmove(&list[i + 1], &list[i], (*count - i) * sizeof list[0]);
    list[i] = gap;
    ++*count;
    if (*count > most)
        join_nearest(list, count);
}

static void remove_gap(struct cursor *c, size_t i)
{
    remove_at(c->gaps, &c->count, i);
}

static void insert_gap(struct cursor *c, size_t i, uint64_t first, uint64_t last)
{
    insert_at(c->gaps, &c->count, CURSOR_GAPS, i, (struct cursor_gap){first, last});
}

void cursor_offer(struct cursor *c, uint64_t last)
{
    if (last < c->next)
        return;
    if (c->count && c->gaps[c->count - 1].last + 1 == c->next)
        c->gaps[c->count - 1].last = last;
    else
        insert_gap(c, c->count, c->next, last);
    c->next = last + 1;
}

void cursor_pass(struct cursor *c)
{
    c->next++;
}

static void forget_places(struct cursor *c, uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < CURSOR_PLACES; i++)
        if (c->places[i].seq >= first && c->places[i].seq <= last)
            c->places[i] = (struct cursor_place){0};
}

void cursor_confirm(struct cursor *c, uint64_t first, uint64_t last)
{
    if (last < first)
        return;
    forget_places(c, first, last);
    for (size_t i = c->count; i-- > 0;) {
        struct cursor_gap *gap = &c->gaps[i];
        if (gap->last < first)
            break;
        if (gap->first > last)
            continue;
        const struct cursor_gap whole = *gap;
        if (whole.first >= first && whole.last <= last) {
            remove_gap(c, i);
        } else if (whole.first >= first) {
            gap->first = last + 1;
        } else {
            gap->last = first - 1;
            if (whole.last > last)
                insert_gap(c, i + 1, last + 1, whole.last);
        }
    }
}

bool cursor_has_gap_before(const struct cursor *c, uint64_t seq)
{
    return c->count > 0 && c->gaps[0].first < seq;
}

static bool holds(const struct cursor_gap *list, size_t count, uint64_t seq)
{
    for (size_t i = 0; i < count; i++)
        if (seq >= list[i].first && seq <= list[i].last)
            return true;
    return false;
}

bool cursor_is_confirmed(const struct cursor *c, uint64_t seq)
{
    return seq < c->next && !holds(c->gaps, c->count, seq) && !holds(c->again, c->again_count, seq);
}

void cursor_send_again(struct cursor *c, uint64_t seq)
{
    size_t i = c->again_count;
    while (i > 0 && c->again[i - 1].first > seq)
        i--;
    struct cursor_gap *before = i > 0 ? &c->again[i - 1] : NULL;
    struct cursor_gap *behind = i < c->again_count ? &c->again[i] : NULL;
    if (before && before->last >= seq)
        return;
    if (before && before->last + 1 == seq) {
        before->last = seq;
        if (behind && behind->first == seq + 1) {
            before->last = behind->last;
            remove_at(c->again, &c->again_count, i);
        }
    } else if (behind && behind->first == seq + 1) {
        behind->first = seq;
    } else {
        insert_at(c->again, &c->again_count, CURSOR_AGAIN, i, (struct cursor_gap){seq, seq});
    }
}

/* Gaps that the revived commits touch become one with them. */
void cursor_revive(struct cursor *c)
{
    if (c->again_count == 0 || cursor_has_gap_before(c, c->again[0].first + 1))
        return;
    struct cursor_gap part = c->again[0];
    remove_at(c->again, &c->again_count, 0);
    while (c->count > 0 && c->gaps[0].first <= part.last + 1) {
        if (c->gaps[0].last > part.last)
            part.last = c->gaps[0].last;
        remove_gap(c, 0);
    }
    insert_gap(c, 0, part.first, part.last);
    c->revived = part.last;
}

static uint64_t total_of(const struct cursor_gap *list, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += list[i].last - list[i].first + 1;
    return total;
}

uint64_t cursor_backlog(const struct cursor *c)
{
    return total_of(c->gaps, c->count) + total_of(c->again, c->again_count);
}

uint64_t cursor_expire(struct cursor *c, uint64_t seq)
{
    uint64_t before = total_of(c->gaps, c->count);
    cursor_confirm(c, 1, seq - 1);
    while (c->again_count && c->again[0].last < seq)
        remove_at(c->again, &c->again_count, 0);
    if (c->again_count && c->again[0].first < seq)
        c->again[0].first = seq;
    if (c->next < seq)
        c->next = seq;
    return before - total_of(c->gaps, c->count);
}

uint64_t cursor_oldest(const struct cursor *c)
{
    return c->count ? c->gaps[0].first : 0;
}

/* The lowest part of the gap without a busy commit; false when all of it is busy. */
static bool free_part(const struct cursor_gap *gap, const struct cursor_gap *busy, size_t n,
                      struct cursor_gap *out)
{
    struct cursor_gap part = *gap;
    for (size_t round = 0; round < n; round++)
        for (size_t i = 0; i < n; i++)
            if (busy[i].first <= part.first && busy[i].last >= part.first)
                part.first = busy[i].last + 1;
    if (part.first > part.last)
        return false;
    for (size_t i = 0; i < n; i++)
        if (busy[i].first > part.first && busy[i].first <= part.last)
            part.last = busy[i].first - 1;
    *out = part;
    return true;
}

bool cursor_pick(const struct cursor *c, const struct cursor_gap *busy, size_t n,
                 uint64_t *out_first, uint64_t *out_last)
{
    struct cursor_gap part;
    for (size_t i = c->count; i-- > 0;) {
        if (!free_part(&c->gaps[i], busy, n, &part))
            continue;
        *out_first = part.first;
        *out_last = part.last;
        return true;
    }
    return false;
}

struct cursor_place *cursor_find_place(struct cursor *c, uint64_t seq)
{
    for (size_t i = 0; i < CURSOR_PLACES; i++)
        if (c->places[i].seq == seq)
            return &c->places[i];
    return NULL;
}

static void write_places(const struct cursor *c, struct strbuf *out)
{
    bool any = false;
    for (size_t i = 0; i < CURSOR_PLACES; i++) {
        const struct cursor_place *p = &c->places[i];
        if (p->seq == 0)
            continue;
        strbuf_addf(out, "%s{\"seq\":%" PRIu64 ",\"kind\":\"%s\",\"line\":%zu}",
                    any ? "," : ",\"places\":[", p->seq, cursor_kind_word(p->kind), p->line);
        any = true;
    }
    strbuf_adds(out, any ? "]" : "");
}

static void write_list(const struct cursor_gap *list, size_t count, const char *begin,
                       struct strbuf *out)
{
    strbuf_adds(out, begin);
    for (size_t i = 0; i < count; i++) {
        strbuf_adds(out, i ? ",[" : "[");
        strbuf_add_int(out, (int64_t)list[i].first);
        strbuf_addc(out, ',');
        strbuf_add_int(out, (int64_t)list[i].last);
        strbuf_addc(out, ']');
    }
    strbuf_addc(out, ']');
}

void cursor_write(const struct cursor *c, struct strbuf *out)
{
    strbuf_adds(out, "\"next\":");
    strbuf_add_int(out, (int64_t)c->next);
    write_list(c->gaps, c->count, ",\"gaps\":[", out);
    if (c->again_count)
        write_list(c->again, c->again_count, ",\"again\":[", out);
    write_places(c, out);
}

/* A whole number from 0 to 2^53, exact in a double. */
static bool read_number(const cJSON *item, uint64_t *out)
{
    if (!cJSON_IsNumber(item) ||
        !(item->valuedouble >= 0 && item->valuedouble <= 9007199254740992.0))
        return false;
    if (floor(item->valuedouble) != item->valuedouble)
        return false;
    *out = (uint64_t)item->valuedouble;
    return true;
}

static bool read_list(const cJSON *array, struct cursor_gap *list, size_t most, uint64_t next,
                      size_t *out_count)
{
    size_t n = 0;
    const cJSON *pair = NULL;
    cJSON_ArrayForEach(pair, array)
    {
        struct cursor_gap gap;
        if (n == most || cJSON_GetArraySize(pair) != 2 || !read_number(pair->child, &gap.first) ||
            !read_number(pair->child->next, &gap.last))
            return false;
        uint64_t least = n ? list[n - 1].last + 2 : 1;
        if (gap.first < least || gap.last < gap.first || gap.last >= next)
            return false;
        list[n++] = gap;
    }
    *out_count = n;
    return true;
}

static bool read_places(const cJSON *array, struct cursor *c)
{
    size_t n = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, array)
    {
        struct cursor_place p;
        uint64_t line = 0;
        const char *kind = json_string(item, "kind");
        if (n == CURSOR_PLACES || !kind ||
            !read_number(cJSON_GetObjectItemCaseSensitive(item, "seq"), &p.seq) ||
            !read_number(cJSON_GetObjectItemCaseSensitive(item, "line"), &line))
            return false;
        p.kind = strcmp(kind, cursor_kind_word(MEMBER_R)) == 0 ? MEMBER_R : MEMBER_D;
        p.line = (size_t)line;
        c->places[n++] = p;
    }
    return true;
}

static bool read_tree(const cJSON *tree, struct cursor *c)
{
    const cJSON *gaps = cJSON_GetObjectItemCaseSensitive(tree, "gaps");
    const cJSON *again = cJSON_GetObjectItemCaseSensitive(tree, "again");
    return read_number(cJSON_GetObjectItemCaseSensitive(tree, "next"), &c->next) && c->next > 0 &&
           cJSON_IsArray(gaps) && read_list(gaps, c->gaps, CURSOR_GAPS, c->next, &c->count) &&
           read_list(again, c->again, CURSOR_AGAIN, c->next, &c->again_count) &&
           read_places(cJSON_GetObjectItemCaseSensitive(tree, "places"), c);
}

static void forget_again(struct cursor *c, uint64_t last)
{
    while (c->again_count && c->again[c->again_count - 1].first > last)
        c->again_count--;
    if (c->again_count && c->again[c->again_count - 1].last > last)
        c->again[c->again_count - 1].last = last;
}

int cursor_read(const char *members, uint64_t last, struct cursor *out)
{
    struct strbuf text;
    struct cursor c;
    cJSON *tree = NULL;
    cursor_init(&c, 0);
    strbuf_init(&text, 1u << 20);
    const char *first = members + strspn(members, " \t");
    bool bare = *first != '{';
    strbuf_adds(&text, bare ? "{" : "");
    strbuf_adds(&text, first);
    strbuf_adds(&text, bare ? "}" : "");
    int rc = text.failed ? PW_EFULL : json_parse(strbuf_text(&text), text.len, &tree, NULL);
    if (rc == 0 && !read_tree(tree, &c))
        rc = PW_ESYNTAX;
    if (rc == 0) {
        if (c.next > last + 1) {
            cursor_confirm(&c, last + 1, c.next);
            forget_again(&c, last);
            c.next = last + 1;
        }
        cursor_offer(&c, last);
        *out = c;
    }
    cJSON_Delete(tree);
    strbuf_deinit(&text);
    return rc;
}
