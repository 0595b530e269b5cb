/* What a whole packet tells about its sender: the edition, and the deviations that no single item
 * shows. */
#include "protocols/hj212/factor.h"
#include "protocols/hj212/packet_private.h"

enum { FILTER_WORDS = 16, FLAG_2017 = 1, FLAG_2025 = 2, FIRST_YEAR_OF_2025 = 2024 };

/* Which tables know the codes of a packet. */
struct codes {
    unsigned old;
    unsigned new;
};

static bool is_facility(struct hj212_text code)
{
    if (code.len < 3 || hj212_fold(code.at[0]) != 's' || hj212_fold(code.at[1]) != 'b')
        return false;
    for (size_t i = 2; i < code.len; i++)
        if (!hj212_is_digit(code.at[i]))
            return false;
    return true;
}

static void notice_old(struct hj212_packet *p, const struct hj212_factor *f, struct codes *codes)
{
    if (f->class == HJ212_CLASS_NOISE)
        return; /* the same in all editions */
    codes->old++;
    if (f->doubtful)
        hj212_note(p, HJ212_DEV_UNITS);
}

static bool other_case(const struct hj212_factor *f, struct hj212_text code)
{
    for (size_t i = 0; i < code.len; i++)
        if (f->code[i] != 'x' && f->code[i] != code.at[i])
            return true;
    return false;
}

static void notice_code(struct hj212_packet *p, struct hj212_text code, struct codes *codes)
{
    if (is_facility(code))
        return;
    const struct hj212_factor *f = hj212_factor_find(HJ212_2005, code);
    if (f) {
        notice_old(p, f, codes);
    } else {
        f = hj212_factor_find(HJ212_2025, code);
        codes->new += f != NULL;
    }
    if (!f)
        hj212_note(p, HJ212_DEV_CODES);
    else if (other_case(f, code))
        hj212_note(p, HJ212_DEV_NAME_CASE);
}

static uint32_t hash_of(struct hj212_text name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (uint8_t)name.at[i]) * 16777619u;
    return hash;
}

/* Whether an earlier item has the same name. The filter spares the search in most packets. */
static bool seen_before(struct hj212_packet *p, size_t at, uint64_t filter[FILTER_WORDS])
{
    struct hj212_text name = p->items[at].name;
    uint32_t hash = hash_of(name);
    p->hashes[at] = hash;
    uint64_t bit = (uint64_t)1 << (hash & 63);
    uint64_t *word = &filter[hash >> 6 & (FILTER_WORDS - 1)];
    if (!(*word & bit)) {
        *word |= bit;
        return false;
    }
    for (size_t i = 0; i < at; i++)
        if (p->hashes[i] == hash && hj212_text_equal(p->items[i].name, name))
            return true;
    return false;
}

static void notice_times(struct hj212_packet *p, const struct hj212_item *item,
                         const struct hj212_item *before)
{
    if (item->field == HJ212_DATA_TIME && item->value.len != 14)
        hj212_note(p, HJ212_DEV_TIME_DIGITS);
    if (before && before->group == item->group && item->code.len == 0 &&
        (item->field == HJ212_END_TIME || before->field == HJ212_BEGIN_TIME))
        hj212_note(p, HJ212_DEV_COMMA_TIMES);
}

static void notice_items(struct hj212_packet *p, struct codes *codes)
{
    uint64_t filter[FILTER_WORDS] = {0};
    struct hj212_text last = {"", 0};
    for (size_t i = 0; i < p->item_count; i++) {
        const struct hj212_item *item = &p->items[i];
        if (item->code.len == 0) {
            notice_times(p, item, i ? item - 1 : NULL);
            if (item->field == HJ212_FIELD_OTHER || item->field == HJ212_CTIME ||
                item->field == HJ212_POL_ID)
                continue; /* 2005 repeats these two */
        } else if (!hj212_text_equal(item->code, last)) {
            last = item->code;
            notice_code(p, last, codes);
        }
        if (seen_before(p, i, filter))
            hj212_note(p, HJ212_DEV_CODES);
    }
}

/* Four digits of QN or DataTime; 0 when there are none. */
static int year_of(const struct hj212_packet *p)
{
    struct hj212_text qn = hj212_packet_qn(p);
    const struct hj212_item *item = qn.len ? NULL : hj212_packet_find(p, HJ212_DATA_TIME);
    struct hj212_text t = item ? item->value : qn;
    int year = 0;
    if (t.len < 4 || hj212_whole_number((struct hj212_text){t.at, 4}, &year) != 0)
        return 0;
    return year;
}

static enum hj212_edition edition_of(const struct codes *codes, int flag_edition)
{
    if (codes->old > codes->new)
        return HJ212_2005;
    if (flag_edition == FLAG_2025)
        return HJ212_2025;
    return flag_edition == FLAG_2017 || codes->new ? HJ212_2017 : HJ212_2005;
}

void hj212_packet_judge(struct hj212_packet *p)
{
    struct codes codes = {0, 0};
    notice_items(p, &codes);
    int flag_edition = p->flag >> HJ212_FLAG_EDITION_SHIFT;
    bool codes_differ = (codes.old && flag_edition) || (codes.new && p->has_flag && !flag_edition);
    int year = year_of(p);
    bool too_early = flag_edition == FLAG_2025 && year && year < FIRST_YEAR_OF_2025;
    if (codes_differ || too_early || flag_edition > FLAG_2025)
        hj212_note(p, HJ212_DEV_FLAG_EDITION);
    p->edition = edition_of(&codes, too_early ? FLAG_2017 : flag_edition);
}
