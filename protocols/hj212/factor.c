#include "protocols/hj212/factor.h"

#include "protocols/hj212/factor_private.h"

enum { CODE_MAX = 6, PROCESS_PREFIX = 4, FURNACE_PREFIX = 5 };

static bool matches(const struct hj212_factor *f, struct hj212_text code, size_t prefix)
{
    size_t len = strlen(f->code);
    if (len != code.len)
        return false;
    for (size_t i = 0; i < prefix; i++)
        if (hj212_fold(f->code[i]) != hj212_fold(code.at[i]))
            return false;
    return prefix == len || f->code[prefix] == 'x';
}

/* The row whose first `prefix` bytes are those of code and whose others are x. */
static const struct hj212_factor *look(const struct hj212_factor *rows, const uint16_t *index,
                                       unsigned bits, struct hj212_text code, size_t prefix)
{
    uint64_t key = 0;
    for (size_t i = prefix; i > 0; i--)
        key = key << 8 | (uint8_t)hj212_fold(code.at[i - 1]);
    uint64_t at = key * 0x9E3779B97F4A7C15u >> (64 - bits);
    for (; index[at]; at = (at + 1) & (((uint64_t)1 << bits) - 1))
        if (matches(&rows[index[at] - 1], code, prefix))
            return &rows[index[at] - 1];
    return NULL;
}

static const struct hj212_factor *find_2005(struct hj212_text code)
{
    return look(hj212_factors_2005, hj212_factor_index_2005, HJ212_INDEX_2005_BITS, code, code.len);
}

static const struct hj212_factor *find_2017(struct hj212_text code)
{
    const struct hj212_factor *f =
        look(hj212_factors_2017, hj212_factor_index_2017, HJ212_INDEX_2017_BITS, code, code.len);
    if (f || code.len != CODE_MAX || !hj212_is_digit(code.at[5]))
        return f;
    char class = hj212_fold(code.at[0]);
    if ((class == 'e' || class == 'g') && hj212_is_digit(code.at[4]))
        return look(hj212_factors_2017, hj212_factor_index_2017, HJ212_INDEX_2017_BITS, code,
                    PROCESS_PREFIX);
    if (class == 'i')
        return look(hj212_factors_2017, hj212_factor_index_2017, HJ212_INDEX_2017_BITS, code,
                    FURNACE_PREFIX);
    return NULL;
}

static const struct hj212_factor *find_2025(const struct hj212_factor *base)
{
    for (size_t i = 0; base && i < hj212_factors_2025_count; i++)
        if (strcmp(hj212_factors_2025[i].code, base->code) == 0)
            return &hj212_factors_2025[i];
    return base;
}

const struct hj212_factor *hj212_factor_find(enum hj212_edition edition, struct hj212_text code)
{
    if (code.len == 0 || code.len > CODE_MAX)
        return NULL;
    if (edition == HJ212_2005)
        return find_2005(code);
    const struct hj212_factor *f = find_2017(code);
    if (edition == HJ212_2017)
        return f && f->since <= HJ212_2017 ? f : NULL;
    if (edition == HJ212_2025)
        return find_2025(f);
    return f ? f : find_2005(code);
}

const struct hj212_factor *hj212_factor_second(const struct hj212_factor *f)
{
    const struct hj212_factor *rows = hj212_factors_2017;
    for (size_t i = 0; i + 1 < hj212_factors_2017_count; i++)
        if (&rows[i] == f)
            return strcmp(f->code, rows[i + 1].code) == 0 ? &rows[i + 1] : NULL;
    return NULL;
}

const char *hj212_factor_st(enum hj212_factor_class class)
{
    switch (class) {
    case HJ212_CLASS_WATER:
        return "32";
    case HJ212_CLASS_NOISE:
        return "23";
    case HJ212_CLASS_PROCESS_FLUE_GAS:
        return "51";
    case HJ212_CLASS_PROCESS_WATER:
        return "52";
    case HJ212_CLASS_ELECTRICITY:
        return "44";
    case HJ212_CLASS_PRODUCTION_CONDITION:
        return "45";
    case HJ212_CLASS_INFO_LOG:
    case HJ212_CLASS_INFO_STATE:
    case HJ212_CLASS_INFO_PARAM:
    case HJ212_CLASS_INFO_FURNACE:
    case HJ212_CLASS_INFO_ELECTRICITY:
    case HJ212_CLASS_FIELD_SEEN:
        return "";
    default:
        return "31";
    }
}

int hj212_unit_scale(const char *from, const char *to, double *out)
{
    static const struct {
        const char *from, *to;
        double scale;
    } table[] = {
        {"mg/L", "ug/L", 1e3},   {"mg/L", "ng/L", 1e6},   {"ug/L", "ng/L", 1e3},
        {"mg/m3", "ug/m3", 1e3}, {"mg/m3", "ng/m3", 1e6}, {"ug/m3", "ng/m3", 1e3},
        {"MPa", "kPa", 1e3},     {"kPa", "Pa", 1e3},      {"MPa", "Pa", 1e6},
        {"m3/s", "m3/h", 3600},  {"m3/s", "L/s", 1e3},    {"kg", "g", 1e3},
        {"g", "mg", 1e3},        {"kg", "mg", 1e6},       {"min", "s", 60},
    };
    if (from[0] == '\0' || to[0] == '\0')
        return PW_EINVAL;
    if (strcmp(from, to) == 0) {
        *out = 1;
        return 0;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool down = strcmp(table[i].from, from) == 0 && strcmp(table[i].to, to) == 0;
        bool up = strcmp(table[i].from, to) == 0 && strcmp(table[i].to, from) == 0;
        if (down || up) {
            *out = down ? table[i].scale : 1 / table[i].scale;
            return 0;
        }
    }
    return PW_EINVAL;
}

int hj212_factor_scale(const struct hj212_factor *from, const struct hj212_factor *to, double *out)
{
    if (from->doubtful || to->doubtful)
        return PW_EINVAL;
    return hj212_unit_scale(from->unit, to->unit, out);
}
