#include "acq/deliver/uplink_period.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *word;
    int cn;
} kinds[UPLINK_KINDS] = {{"minute", 2051}, {"hour", 2061}, {"day", 2031}, {"run-time", 2041}};

const char *uplink_kind_word(enum uplink_kind kind)
{
    return kinds[kind].word;
}

bool uplink_kind_find(const char *word, enum uplink_kind *out)
{
    for (int k = 0; k < UPLINK_KINDS; k++) {
        if (strcmp(kinds[k].word, word) != 0)
            continue;
        *out = (enum uplink_kind)k;
        return true;
    }
    return false;
}

int uplink_kind_cn(enum uplink_kind kind)
{
    return kinds[kind].cn;
}

/* Of an outlet that is not regulated no letter is recorded. */
static enum flag flag_of_row(const struct mean_row *row)
{
    if (row->flag)
        return flag_of_letter(row->flag);
    return row->good == 0 ? FLAG_B : row->valid ? FLAG_N : FLAG_D;
}

static void widen(double *min, double *max, bool first, double low, double high)
{
    *min = first || low < *min ? low : *min;
    *max = first || high > *max ? high : *max;
}

static void forget_values(struct uplink_sum *to)
{
    to->values = to->zs_values = 0;
    to->avg = to->zs = 0;
}

static void add_values(struct uplink_sum *to, const struct mean_row *row)
{
    const double *v = row->value;
    if (isnan(v[ROW_AVG]) || (to->is_of_valid && !row->valid))
        return;
    if (row->valid && !to->is_of_valid) {
        forget_values(to);
        to->is_of_valid = true;
    }
    widen(&to->min, &to->max, to->values++ == 0, v[ROW_MIN], v[ROW_MAX]);
    to->avg += v[ROW_AVG];
    if (isnan(v[ROW_CORRECTED]))
        return;
    widen(&to->zs_min, &to->zs_max, to->zs_values++ == 0, v[ROW_CORRECTED_MIN],
          v[ROW_CORRECTED_MAX]);
    to->zs += v[ROW_CORRECTED];
}

void uplink_period_add(struct uplink_period *p, struct uplink_sum *to, const struct mean_row *row)
{
    p->any = true;
    if (row->revision > p->revision)
        p->revision = row->revision;
    to->rows++;
    to->valid_rows += row->valid;
    to->flags[flag_of_row(row)]++;
    add_values(to, row);
    if (isnan(row->value[ROW_COU]))
        return;
    to->cou += row->value[ROW_COU];
    to->cous++;
}

static void add_number(struct hj212_cp *cp, const char *code, enum hj212_field field, double value)
{
    if (isfinite(value))
        hj212_cp_number(cp, code, field, value);
}

/* 2005 has no mark for a link that is broken. */
static char letter_of(const struct hj212_profile *profile, enum flag flag)
{
    return profile->edition == HJ212_2005 && flag == FLAG_B ? 'D' : flag_letter(flag);
}

static void write_code(const struct uplink_plan *plan, const struct uplink_code *c,
                       const struct uplink_sum *s, uint32_t parts, struct hj212_cp *cp)
{
    const char letter = letter_of(&plan->profile, flag_roll_up(s->flags, parts));
    if (s->cous)
        add_number(cp, c->code, HJ212_COU, s->cou * c->amount_scale);
    if (s->values) {
        add_number(cp, c->code, HJ212_MIN, s->min * c->scale);
        add_number(cp, c->code, HJ212_AVG, s->avg / s->values * c->scale);
        add_number(cp, c->code, HJ212_MAX, s->max * c->scale);
    }
    if (s->zs_values) {
        add_number(cp, c->code, HJ212_ZS_MIN, s->zs_min * c->scale);
        add_number(cp, c->code, HJ212_ZS_AVG, s->zs / s->zs_values * c->scale);
        add_number(cp, c->code, HJ212_ZS_MAX, s->zs_max * c->scale);
    }
    if (plan->profile.edition != HJ212_2005)
        hj212_cp_text(cp, c->code, HJ212_FLAG, (struct hj212_text){&letter, 1});
}

void uplink_period_write(const struct uplink_period *p, const struct uplink_plan *plan,
                         struct hj212_cp *cp)
{
    uint32_t parts = p->kind == UPLINK_MINUTE ? p->minutes : 1;
    hj212_cp_time(cp, "", HJ212_DATA_TIME, p->start_ms);
    for (uint32_t i = 0; i < plan->code_count; i++) {
        if (p->sums[i].rows == 0)
            continue;
        hj212_cp_new_group(cp);
        write_code(plan, &plan->codes[i], &p->sums[i], parts, cp);
    }
}
