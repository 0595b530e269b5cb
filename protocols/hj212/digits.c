#include "protocols/hj212/digits.h"

#include "acq/core/num.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { DEFAULT_WHOLE = 14, DEFAULT_FRACTION = 2 };

static const struct hj212_factor *factor_of(const struct hj212_profile *profile,
                                            struct hj212_text code)
{
    if (profile->edition == HJ212_2025 && !profile->digits_2025) {
        const struct hj212_factor *f = hj212_factor_find(HJ212_2017, code);
        if (f)
            return f;
    }
    return hj212_factor_find(profile->edition, code);
}

struct hj212_digits hj212_digits_of(const struct hj212_profile *profile, struct hj212_text code,
                                    enum hj212_field field)
{
    const struct hj212_factor *f = factor_of(profile, code);
    struct hj212_digits d = {DEFAULT_WHOLE, DEFAULT_FRACTION};
    if (!f || f->kind != 'N')
        return d;
    d.fraction = f->fraction;
    if (field != HJ212_COU)
        d.whole = f->whole;
    return d;
}

/* The digits of a plain decimal without its point; *out_point is how many stand before it. */
static size_t plain_digits(const char *text, char *out, size_t *out_point)
{
    size_t n = 0;
    size_t point = SIZE_MAX;
    for (; *text; text++) {
        if (*text == '.')
            point = n;
        else
            out[n++] = *text;
    }
    *out_point = point == SIZE_MAX ? n : point;
    return n;
}

/* Cuts digits[0..n) to `keep` of them, half to even; true when a digit 1 carries out in front. */
static bool round_digits(char *digits, size_t n, size_t keep)
{
    if (keep >= n)
        return false;
    char next = digits[keep];
    bool rest = false;
    for (size_t i = keep + 1; i < n; i++)
        rest = rest || digits[i] != '0';
    bool odd = keep > 0 && (digits[keep - 1] - '0') % 2 == 1;
    if (next < '5' || (next == '5' && !rest && !odd))
        return false;
    for (size_t i = keep; i > 0; i--) {
        if (digits[i - 1] != '9') {
            digits[i - 1]++;
            return false;
        }
        digits[i - 1] = '0';
    }
    return true;
}

static int print(struct hj212_digits d, bool minus, const char *digits, size_t point,
                 char out[HJ212_NUMBER_SIZE])
{
    bool zero = strspn(digits, "0") == strlen(digits);
    int used = snprintf(out, HJ212_NUMBER_SIZE, "%s%.*s%s%.*s", minus && !zero ? "-" : "",
                        (int)point, digits, d.fraction ? "." : "", (int)d.fraction, digits + point);
    return used < HJ212_NUMBER_SIZE ? 0 : PW_EFULL;
}

int hj212_number_format(struct hj212_digits d, bool cap, double value, char out[HJ212_NUMBER_SIZE])
{
    enum { NINES = 32 };
    if (!isfinite(value) || d.fraction > HJ212_FRACTION_MAX || d.whole > NINES / 2)
        return PW_EINVAL;
    char digits[1 + NUM_DOUBLE_SIZE + HJ212_FRACTION_MAX] = "0"; /* room for a carry */
    char text[NUM_DOUBLE_SIZE];
    num_format_double(fabs(value), text);
    if (fabs(value) < 1 && strchr(text, 'e'))
        snprintf(text, sizeof text, "%.20f", fabs(value));
    size_t point = d.whole + 2;
    if (!strchr(text, 'e')) {
        size_t n = plain_digits(text, digits + 1, &point);
        size_t keep = point + d.fraction;
        bool carry = round_digits(digits + 1, n, keep);
        digits[0] = carry ? '1' : '0';
        for (size_t i = n; i < keep; i++)
            digits[1 + i] = '0';
        digits[1 + keep] = '\0';
        point++;
    }
    const char *first = digits;
    for (; point > 1 && *first == '0'; first++)
        point--;
    if (point <= d.whole)
        return print(d, value < 0, first, point, out);
    if (!cap)
        return PW_EFULL;
    char nines[NINES];
    memset(nines, '9', d.whole + d.fraction);
    nines[d.whole + d.fraction] = '\0';
    return print(d, value < 0, nines, d.whole, out);
}
