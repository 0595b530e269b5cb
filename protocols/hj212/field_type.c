/* Types of the whole names in CP (HJ 212-2017 table 4, HJ/T 212-2005 table 4). */
#include "protocols/hj212/cp.h"
#include "protocols/hj212/value.h"

enum kind { ANY, DIGITS, TIME, TIME_17, NUMBER };

struct type {
    enum kind kind;
    size_t len; /* most bytes; of DIGITS with least = 0 too */
    int least, most;
};

static const struct type types[HJ212_FIELD_COUNT] = {
    [HJ212_QN] = {TIME_17, 17, 0, 0},
    [HJ212_CN] = {DIGITS, 4, 1000, 9999},
    [HJ212_PW] = {ANY, 6, 0, 0},
    [HJ212_PNO] = {DIGITS, 4, 1, 9999},
    [HJ212_PNUM] = {DIGITS, 4, 1, 9999},
    [HJ212_SYSTEM_TIME] = {TIME, 14, 0, 0},
    [HJ212_QN_RTN] = {DIGITS, 3, 0, 999},
    [HJ212_EXE_RTN] = {DIGITS, 3, 0, 999},
    [HJ212_RTD_INTERVAL] = {DIGITS, 4, 30, 3600},
    [HJ212_MIN_INTERVAL] = {DIGITS, 2, 1, 30},
    [HJ212_RESTART_TIME] = {TIME, 14, 0, 0},
    [HJ212_ALARM_TIME] = {TIME, 14, 0, 0},
    [HJ212_ALARM_TYPE] = {DIGITS, 1, 0, 1},
    [HJ212_REPORT_TARGET] = {ANY, 20, 0, 0},
    [HJ212_ALARM_TARGET] = {ANY, 20, 0, 0},
    [HJ212_REPORT_TIME] = {DIGITS, 4, 0, 2359},
    [HJ212_WARN_TIME] = {DIGITS, 5, 0, 99999},
    [HJ212_DAY_STD_VALUE] = {NUMBER, 14, 0, 0},
    [HJ212_NIGHT_STD_VALUE] = {NUMBER, 14, 0, 0},
    [HJ212_POL_ID] = {ANY, 6, 0, 0},
    [HJ212_BEGIN_TIME] = {TIME, 14, 0, 0},
    [HJ212_END_TIME] = {TIME, 14, 0, 0},
    [HJ212_DATA_TIME] = {TIME, 14, 0, 0},
    [HJ212_NEW_PW] = {ANY, 6, 0, 0},
    [HJ212_OVER_TIME] = {DIGITS, 2, 1, 99},
    [HJ212_RE_COUNT] = {DIGITS, 2, 1, 99},
    [HJ212_VASE_NO] = {DIGITS, 2, 1, 99},
    [HJ212_CSTART_TIME] = {DIGITS, 6, 0, 235959},
    [HJ212_CTIME] = {DIGITS, 2, 0, 24},
    [HJ212_STIME] = {DIGITS, 4, 1, 120},
    [HJ212_INFO_ID] = {ANY, 6, 0, 0},
    [HJ212_SKCREATE_TIME] = {TIME_17, 17, 0, 0},
    [HJ212_NEW_SK] = {ANY, 16, 0, 0},
    [HJ212_CALIBRATION_TYPE] = {DIGITS, 1, 0, 1},
};

static bool is_minute_interval(int value)
{
    return value <= 30 && (60 % value == 0);
}

static int check_digits(const struct type *type, enum hj212_edition edition, enum hj212_field field,
                        struct hj212_text value)
{
    int number = 0;
    bool wide = edition == HJ212_2005 && field == HJ212_OVER_TIME; /* N5 */
    bool free = edition == HJ212_2005 && field == HJ212_RTD_INTERVAL;
    if (value.len > (wide ? 5 : type->len) || hj212_whole_number(value, &number) != 0)
        return PW_EINVAL;
    if (free || wide)
        return number > 0 ? 0 : PW_EINVAL;
    if (number < type->least || number > type->most)
        return PW_EINVAL;
    if (field == HJ212_MIN_INTERVAL && !is_minute_interval(number))
        return PW_EINVAL;
    return field == HJ212_CSTART_TIME && value.len != 6 ? PW_EINVAL : 0;
}

int hj212_field_check(enum hj212_edition edition, enum hj212_field field, struct hj212_text value)
{
    const struct type *type = &types[field];
    int64_t ms;
    double number;
    if (type->len == 0) /* a name that stands behind a code only */
        return PW_EINVAL;
    if (type->kind == DIGITS)
        return check_digits(type, edition, field, value);
    if (value.len == 0 || value.len > type->len)
        return PW_EINVAL;
    if (type->kind == TIME || type->kind == TIME_17)
        return value.len == type->len && hj212_time_parse(value, 0, &ms) == 0 ? 0 : PW_EINVAL;
    if (type->kind == NUMBER)
        return hj212_number(value, &number) == 0 ? 0 : PW_EINVAL;
    if (field == HJ212_NEW_SK && value.len != 16)
        return PW_EINVAL;
    return edition == HJ212_2005 && field == HJ212_POL_ID && value.len > 3 ? PW_EINVAL : 0;
}
