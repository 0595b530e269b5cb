#include "protocols/hj212/cp.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"
#include "protocols/hj212/digits.h"
#include "protocols/hj212/value.h"

void hj212_cp_init(struct hj212_cp *cp, const struct hj212_profile *profile, char *storage,
                   size_t size)
{
    cp->profile = profile;
    cp->text = storage;
    cp->size = size;
    cp->len = 0;
    cp->group_count = 0;
    cp->fresh = cp->repeat_first = false;
    cp->err = 0;
}

static void add(struct hj212_cp *cp, const char *data, size_t len)
{
    if (cp->err)
        return;
    if (len > cp->size - cp->len) {
        cp->err = PW_EFULL;
        return;
    }
    if (len)
        memcpy(cp->text + cp->len, data, len);
    cp->len += len;
}

static void begin_group(struct hj212_cp *cp)
{
    if (cp->group_count == HJ212_GROUPS_MAX)
        cp->err = PW_EFULL;
    if (cp->group_count)
        add(cp, ";", 1);
    if (!cp->err)
        cp->starts[cp->group_count++] = cp->len;
    cp->fresh = false;
}

void hj212_cp_new_group(struct hj212_cp *cp)
{
    cp->fresh = true;
}

static bool in_group_of(const struct hj212_cp *cp, const char *code)
{
    const char *at = cp->text + cp->starts[cp->group_count - 1];
    size_t left = cp->len - cp->starts[cp->group_count - 1];
    size_t len = strlen(code);
    return len > 0 && left > len && memcmp(at, code, len) == 0 && at[len] == '-';
}

static void begin_item(struct hj212_cp *cp, const char *code, enum hj212_field field)
{
    if (!cp->group_count || cp->fresh || !in_group_of(cp, code))
        begin_group(cp);
    else
        add(cp, ",", 1);
    if (code[0]) {
        add(cp, code, strlen(code));
        add(cp, "-", 1);
    }
    const char *name = hj212_field_name(field);
    add(cp, name, strlen(name));
    add(cp, "=", 1);
}

static bool plain(struct hj212_text t, const char *forbidden)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c < 0x20 || c == 0x7F || strchr(forbidden, c))
            return false;
    }
    return hj212_text_find(t, "&&") == t.len && utf8_is_valid(t.at, t.len);
}

static bool name_is_plain(const char *code)
{
    for (const char *p = code; *p; p++)
        if (*p <= ' ' || *p > 0x7E || strchr(";,=&#", *p))
            return false;
    return true;
}

void hj212_cp_text(struct hj212_cp *cp, const char *code, enum hj212_field field,
                   struct hj212_text value)
{
    bool opaque = field == HJ212_INFO && value.len >= 2 && memcmp(value.at, "//", 2) == 0;
    if (field == HJ212_FIELD_OTHER || opaque || !name_is_plain(code) || !plain(value, ";,"))
        cp->err = cp->err ? cp->err : PW_EINVAL;
    if (!cp->err && code[0] == '\0')
        cp->err = hj212_field_check(cp->profile->edition, field, value);
    if (cp->err)
        return;
    if (field == HJ212_DATA_TIME && cp->group_count == 0)
        cp->repeat_first = true;
    begin_item(cp, code, field);
    add(cp, value.at, value.len);
}

void hj212_cp_number(struct hj212_cp *cp, const char *code, enum hj212_field field, double value)
{
    char text[HJ212_NUMBER_SIZE];
    struct hj212_digits digits = hj212_digits_of(cp->profile, hj212_text_of(code), field);
    int err = hj212_number_format(digits, cp->profile->cap_over_range, value, text);
    if (err && !cp->err)
        cp->err = err;
    if (!cp->err)
        hj212_cp_text(cp, code, field, hj212_text_of(text));
}

void hj212_cp_int(struct hj212_cp *cp, const char *code, enum hj212_field field, int value)
{
    char text[NUM_INT_SIZE];
    num_format_int(value, text);
    hj212_cp_text(cp, code, field, hj212_text_of(text));
}

void hj212_cp_time(struct hj212_cp *cp, const char *code, enum hj212_field field, int64_t time_ms)
{
    char text[HJ212_QN_SIZE];
    if (field == HJ212_SKCREATE_TIME || field == HJ212_QN)
        hj212_qn_format(time_ms, cp->profile->zone_min, text);
    else
        hj212_time_format(time_ms, cp->profile->zone_min, text);
    hj212_cp_text(cp, code, field, hj212_text_of(text));
}

static void add_log_text(struct hj212_cp *cp, struct hj212_text t)
{
    char last = '/';
    for (size_t i = 0; i < t.len; i++) {
        char c = (unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7F ? ' ' : t.at[i];
        if ((c == '/' || c == '&') && c == last)
            add(cp, " ", 1);
        add(cp, &c, 1);
        last = c;
    }
    if (last == '/' && t.len)
        add(cp, " ", 1);
}

void hj212_cp_log(struct hj212_cp *cp, const char *code, struct hj212_text text)
{
    if (!name_is_plain(code) || code[0] == '\0')
        cp->err = cp->err ? cp->err : PW_EINVAL;
    if (cp->err)
        return;
    begin_item(cp, code, HJ212_INFO);
    add(cp, "//", 2);
    size_t from = cp->len;
    size_t len = utf8_valid_prefix(text.at, text.len < HJ212_LOG_MAX ? text.len : HJ212_LOG_MAX);
    add_log_text(cp, (struct hj212_text){text.at, len});
    size_t most = HJ212_LOG_MAX - 1 - 4; /* below 890 with its slashes */
    if (!cp->err && cp->len - from > most) {
        cp->len = from + utf8_valid_prefix(cp->text + from, most - 1);
        if (cp->text[cp->len - 1] == '/')
            add(cp, " ", 1);
    }
    add(cp, "//", 2);
}

void hj212_cp_raw(struct hj212_cp *cp, struct hj212_text group)
{
    if (group.len == 0 || !plain(group, ""))
        cp->err = cp->err ? cp->err : PW_EINVAL;
    if (cp->err)
        return;
    if (cp->group_count == 0 && group.len > 9 && memcmp(group.at, "DataTime=", 9) == 0)
        cp->repeat_first = true;
    begin_group(cp);
    add(cp, group.at, group.len);
}
