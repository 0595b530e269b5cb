#include "protocols/hj212/value.h"

#include "acq/core/civil.h"
#include "acq/core/num.h"

#include <stdbool.h>

enum { NUMBER_MAX = 40, EXACT_DIGITS = 15, EXACT_POWER = 22 };

struct digits {
    uint64_t value;
    size_t count;    /* significant ones */
    size_t fraction; /* behind the point */
    size_t all;      /* leading zeros too */
};

static size_t read_digits(struct hj212_text t, size_t at, bool fraction, struct digits *d)
{
    for (; at < t.len && hj212_is_digit(t.at[at]); at++) {
        if (d->count < EXACT_DIGITS)
            d->value = d->value * 10 + (uint64_t)(t.at[at] - '0');
        d->count += d->count || t.at[at] != '0';
        d->fraction += fraction;
        d->all++;
    }
    return at;
}

/* What JSON's grammar does not have is put right: a plus sign, leading zeros, a point alone. */
static int read_slowly(struct hj212_text t, double *out)
{
    char text[NUMBER_MAX + 4];
    size_t n = 0;
    size_t at = 0;
    if (t.len > NUMBER_MAX)
        return PW_ESYNTAX;
    if (t.at[0] == '-' || t.at[0] == '+')
        at++;
    if (t.at[0] == '-')
        text[n++] = '-';
    while (at + 1 < t.len && t.at[at] == '0' && hj212_is_digit(t.at[at + 1]))
        at++;
    if (at < t.len && t.at[at] == '.')
        text[n++] = '0';
    for (; at < t.len; at++) {
        if (n + 2 > sizeof text)
            return PW_ESYNTAX;
        text[n++] = t.at[at];
        if (t.at[at] == '.' && (at + 1 == t.len || !hj212_is_digit(t.at[at + 1])))
            text[n++] = '0';
    }
    return num_parse_double(text, n, out);
}

int hj212_number(struct hj212_text t, double *out)
{
    static const double power[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct digits d = {0};
    size_t at = t.len && (t.at[0] == '-' || t.at[0] == '+');
    at = read_digits(t, at, false, &d);
    if (at < t.len && t.at[at] == '.')
        at = read_digits(t, at + 1, true, &d);
    if (d.all == 0)
        return PW_ESYNTAX;
    if (at < t.len || d.count > EXACT_DIGITS || d.fraction > EXACT_POWER)
        return read_slowly(t, out);
    /* Both are exact, so that one division rounds once. */
    double value = (double)d.value / power[d.fraction];
    *out = t.at[0] == '-' ? -value : value;
    return 0;
}

int hj212_whole_number(struct hj212_text t, int *out)
{
    int value = 0;
    if (t.len == 0 || t.len > 9)
        return PW_ESYNTAX;
    for (size_t i = 0; i < t.len; i++) {
        if (!hj212_is_digit(t.at[i]))
            return PW_ESYNTAX;
        value = value * 10 + (t.at[i] - '0');
    }
    *out = value;
    return 0;
}

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + p[1] - '0';
}

int hj212_time_parse(struct hj212_text t, int zone_min, int64_t *out_ms)
{
    if (t.len != 12 && t.len != 14 && t.len != 17)
        return PW_ESYNTAX;
    for (size_t i = 0; i < t.len; i++)
        if (!hj212_is_digit(t.at[i]))
            return PW_ESYNTAX;
    struct civil c = {.year = two_digits(t.at) * 100 + two_digits(t.at + 2),
                      .month = two_digits(t.at + 4),
                      .day = two_digits(t.at + 6),
                      .hour = two_digits(t.at + 8),
                      .minute = two_digits(t.at + 10)};
    if (t.len >= 14)
        c.second = two_digits(t.at + 12);
    if (t.len == 17)
        c.ms = two_digits(t.at + 14) * 10 + t.at[16] - '0';
    return civil_to_ms(&c, zone_min, out_ms) == 0 ? 0 : PW_ESYNTAX;
}

/* The last n decimal digits of value. */
static void put_digits(char *out, int value, int n)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

const char *hj212_time_format(int64_t time_ms, int zone_min, char out[HJ212_TIME_SIZE])
{
    struct civil c;
    civil_from_ms(time_ms, zone_min, &c);
    put_digits(out, c.year, 4);
    put_digits(out + 4, c.month, 2);
    put_digits(out + 6, c.day, 2);
    put_digits(out + 8, c.hour, 2);
    put_digits(out + 10, c.minute, 2);
    put_digits(out + 12, c.second, 2);
    out[14] = '\0';
    return out;
}

const char *hj212_qn_format(int64_t time_ms, int zone_min, char out[HJ212_QN_SIZE])
{
    struct civil c;
    civil_from_ms(time_ms, zone_min, &c);
    hj212_time_format(time_ms, zone_min, out);
    put_digits(out + 14, c.ms, 3);
    out[17] = '\0';
    return out;
}

int64_t hj212_qn_next(struct hj212_qn *q, int64_t now_ms)
{
    q->last_ms = now_ms > q->last_ms ? now_ms : q->last_ms + 1;
    return q->last_ms;
}
