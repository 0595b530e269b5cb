#include "acq/plant/digits.h"

#include "acq/core/num.h"
#include "acq/plant/measure.h"
#include "protocols/hj212/factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct hj212_factor *find(enum hj212_edition edition, const char *factor)
{
    return hj212_factor_find(edition, (struct hj212_text){factor, strlen(factor)});
}

static int finer(enum hj212_edition edition, const char *factor, int fraction)
{
    const struct hj212_factor *f = find(edition, factor);
    return f && f->kind == 'N' && f->fraction > fraction ? f->fraction : fraction;
}

struct digits digits_of(enum hj212_edition edition, const char *factor)
{
    const struct hj212_factor *f = find(edition, factor);
    struct digits d = {"", "", "", "", DIGITS_USUAL, false};
    if (!f)
        return d;
    d = (struct digits){f->name_zh, f->name_en, f->unit, f->unit_amount, DIGITS_USUAL, false};
    if (f->kind != 'N')
        return d;
    d.is_known = true;
    d.fraction = f->fraction;
    if (edition != HJ212_EDITION_AUTO)
        return d;
    d.fraction = finer(HJ212_2017, factor, finer(HJ212_2025, factor, d.fraction));
    if (d.fraction == 0 && measure_of(factor) == MEASURE_CONCENTRATION)
        d.fraction = 1;
    return d;
}

/* A number as decimal digits: 0.d1d2d3... times ten to the power of point. */
struct decimal {
    char digits[NUM_DOUBLE_SIZE + 1];
    int count;
    int point;
    bool negative;
};

static void read_decimal(double value, struct decimal *out)
{
    char text[NUM_DOUBLE_SIZE];
    num_format_double(value, text);
    const char *at = text;
    bool behind = false;
    *out = (struct decimal){.negative = *at == '-'};
    for (at += out->negative; *at && *at != 'e'; at++) {
        if (*at == '.') {
            behind = true;
            continue;
        }
        if (*at == '0' && out->count == 0) {
            out->point -= behind;
            continue;
        }
        out->digits[out->count++] = *at;
        out->point += !behind;
    }
    if (*at == 'e')
        out->point += (int)strtol(at + 1, NULL, 10);
}

/* Half to even on what stands behind the first `keep` digits. */
static bool rounds_up(const struct decimal *d, int keep)
{
    if (keep < 0 || keep >= d->count || d->digits[keep] < '5')
        return false;
    bool beyond = d->digits[keep] > '5';
    for (int i = keep + 1; i < d->count; i++)
        beyond = beyond || d->digits[i] != '0';
    return beyond || (keep > 0 && (d->digits[keep - 1] - '0') % 2 != 0);
}

static void round_decimal(struct decimal *d, int fraction)
{
    int keep = d->point + fraction;
    bool up = rounds_up(d, keep);
    if (keep < d->count)
        d->count = keep < 0 ? 0 : keep;
    int i = d->count;
    while (up && i > 0) {
        d->digits[i - 1] = (char)(d->digits[i - 1] == '9' ? '0' : d->digits[i - 1] + 1);
        up = d->digits[--i] == '0';
    }
    if (!up)
        return;
    memmove(d->digits + 1, d->digits, (size_t)d->count);
    d->digits[0] = '1';
    d->count++;
    d->point++;
}

static char digit_at(const struct decimal *d, int place)
{
    return place >= 0 && place < d->count ? d->digits[place] : '0';
}

void digits_write(struct strbuf *out, double value, int fraction)
{
    struct decimal d;
    if (!isfinite(value))
        return;
    if (fraction < 0 || fraction > DIGITS_MAX)
        fraction = fraction < 0 ? 0 : DIGITS_MAX;
    read_decimal(value, &d);
    round_decimal(&d, fraction);
    if (d.negative && strspn(d.digits, "0") < (size_t)d.count)
        strbuf_addc(out, '-');
    for (int place = d.point < 1 ? d.point - 1 : 0; place < d.point; place++)
        strbuf_addc(out, digit_at(&d, place));
    if (fraction > 0)
        strbuf_addc(out, '.');
    for (int i = 0; i < fraction; i++)
        strbuf_addc(out, digit_at(&d, d.point + i));
}
