#include "protocols/hj212/write_private.h"

enum { MARKS = 7 };

static int most_parts(const struct hj212_profile *p)
{
    static const int most[] = {9999, 9, 99, 999};
    return most[p->edition == HJ212_2025 ? p->parts_digits & 3 : 0];
}

static struct hj212_text group_at(const struct hj212_cp *cp, size_t i)
{
    size_t end = i + 1 < cp->group_count ? cp->starts[i + 1] - 1 : cp->len;
    return (struct hj212_text){cp->text + cp->starts[i], end - cp->starts[i]};
}

/* Of a part's header, its numbers as long as they can become. */
static size_t header_len(const struct hj212_split *s, bool split)
{
    struct hj212_head head = s->head;
    if (s->profile->edition != HJ212_2005)
        head.qn = hj212_text_of("20000101000000000");
    head.pnum = head.pno = split ? most_parts(s->profile) : 0;
    return hj212_header_len(s->profile, &head);
}

/* Bytes of CP's text that a part may hold. */
static size_t room(const struct hj212_split *s, bool split)
{
    size_t by_cp = hj212_cp_max(s->profile->edition) - MARKS;
    size_t by_segment = HJ212_SEGMENT_MAX - MARKS - header_len(s, split);
    return by_cp < by_segment ? by_cp : by_segment;
}

/* The first group behind those that fit beside the repeated DataTime; `from` when none fits. */
static size_t part_end(const struct hj212_split *s, size_t from, size_t most)
{
    const struct hj212_cp *cp = s->cp;
    size_t used = cp->repeat_first && from > 0 ? group_at(cp, 0).len : 0;
    size_t at = from;
    for (; at < cp->group_count; at++) {
        size_t more = group_at(cp, at).len + (used ? 1 : 0);
        if (used + more > most)
            break;
        used += more;
    }
    return at;
}

static int count_parts(const struct hj212_split *s, int *out)
{
    size_t most = room(s, true);
    size_t from = 0;
    int count = 0;
    while (from < s->cp->group_count) {
        size_t end = part_end(s, from, most);
        bool only_time = from == 0 && end == 1 && s->cp->repeat_first;
        if (end == from || only_time || ++count > most_parts(s->profile))
            return PW_EFULL;
        from = end;
    }
    *out = count;
    return 0;
}

int hj212_split_begin(struct hj212_split *s, const struct hj212_profile *profile,
                      const struct hj212_head *head, const struct hj212_cp *cp)
{
    if (cp->err)
        return cp->err;
    if (head->st.len > 5 || head->pw.len > HJ212_PW_MAX || head->mn.len > HJ212_MN_MAX)
        return PW_EINVAL;
    struct hj212_split split = {.profile = profile, .cp = cp, .head = *head, .count = 1};
    if (cp->len > room(&split, false)) {
        int err = count_parts(&split, &split.count);
        if (err)
            return err;
    }
    *s = split;
    return 0;
}

static struct hj212_text part_text(struct hj212_split *s, char *storage)
{
    const struct hj212_cp *cp = s->cp;
    if (s->count == 1) {
        s->next = cp->group_count;
        return (struct hj212_text){cp->text, cp->len};
    }
    size_t end = part_end(s, s->next, room(s, true));
    size_t from = cp->starts[s->next];
    struct hj212_text last = group_at(cp, end - 1);
    size_t len = (size_t)(last.at + last.len - (cp->text + from));
    size_t before = 0;
    if (cp->repeat_first && s->next > 0) {
        struct hj212_text time = group_at(cp, 0);
        memcpy(storage, time.at, time.len);
        storage[time.len] = ';';
        before = time.len + 1;
    }
    memcpy(storage + before, cp->text + from, len);
    s->next = end;
    return (struct hj212_text){storage, before + len};
}

int hj212_split_next(struct hj212_split *s, struct hj212_qn *qn, int64_t now_ms, struct sm4 *key,
                     char *out, size_t size, size_t *out_len)
{
    if (s->written == s->count)
        return PW_ENOTFOUND;
    char digits[HJ212_QN_SIZE];
    char storage[HJ212_SEGMENT_MAX];
    struct hj212_head head = s->head;
    if (s->profile->edition != HJ212_2005) {
        hj212_qn_format(hj212_qn_next(qn, now_ms), s->profile->zone_min, digits);
        head.qn = hj212_text_of(digits);
    }
    struct hj212_text text = part_text(s, storage);
    s->written++;
    if (s->count > 1) {
        head.pnum = s->count;
        head.pno = s->written;
    }
    return hj212_write(s->profile, &head, text, key, out, size, out_len);
}
