#include "acq/core/civil.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/* Days since 1970-01-01 of a civil date; eras of 400 years keep the arithmetic exact. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void civil_from_ms(int64_t time_ms, int offset_min, struct civil *out)
{
    int64_t local_ms = time_ms + (int64_t)offset_min * MINUTE_MS;
    int64_t days = floor_div(local_ms, DAY_MS);
    int64_t rest = local_ms - days * DAY_MS;
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_index = (5 * day_of_year + 2) / 153;
    int month = (int)(month_index < 10 ? month_index + 3 : month_index - 9);
    *out = (struct civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * month_index + 2) / 5 + 1),
        .hour = (int)(rest / 3600000),
        .minute = (int)(rest / 60000 % 60),
        .second = (int)(rest / 1000 % 60),
        .ms = (int)(rest % 1000),
    };
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int in_range(int value, int least, int most)
{
    return value >= least && value <= most;
}

int civil_to_ms(const struct civil *c, int offset_min, int64_t *out)
{
    if (!in_range(c->year, 1970, 9999) || !in_range(c->month, 1, 12) ||
        !in_range(c->day, 1, days_in_month(c->year, c->month)) || !in_range(c->hour, 0, 23) ||
        !in_range(c->minute, 0, 59) || !in_range(c->second, 0, 59) || !in_range(c->ms, 0, 999))
        return PW_EINVAL;
    int64_t days = days_from_civil(c->year, c->month, c->day);
    int64_t seconds = c->hour * 3600 + (c->minute - offset_min) * 60 + c->second;
    *out = days * DAY_MS + seconds * 1000 + c->ms;
    return 0;
}

void civil_format_iso(int64_t time_ms, int offset_min, char out[CIVIL_ISO_SIZE])
{
    struct civil c;
    civil_from_ms(time_ms, offset_min, &c);
    int used = snprintf(out, CIVIL_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03d", c.year % 10000,
                        c.month, c.day, c.hour, c.minute, c.second, c.ms);
    int size = CIVIL_ISO_SIZE - used;
    if (offset_min == 0)
        snprintf(out + used, (size_t)size, "Z");
    else
        snprintf(out + used, (size_t)size, "%c%02d:%02d", offset_min < 0 ? '-' : '+',
                 (offset_min < 0 ? -offset_min : offset_min) / 60 % 100,
                 (offset_min < 0 ? -offset_min : offset_min) % 60);
}

/* Takes exactly n digits; -1 when there are fewer. */
static int take_digits(const char **p, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return -1;
        value = value * 10 + (**p - '0');
    }
    return value;
}

static int take_char(const char **p, char c)
{
    if (**p != c)
        return 0;
    (*p)++;
    return 1;
}

static int take_offset(const char **p, int *out_min)
{
    if (take_char(p, 'Z')) {
        *out_min = 0;
        return 0;
    }
    int sign = **p == '-' ? -1 : 1;
    if (!take_char(p, '+') && !take_char(p, '-'))
        return PW_ESYNTAX;
    int hour = take_digits(p, 2);
    take_char(p, ':');
    int minute = take_digits(p, 2);
    if (!in_range(hour, 0, 14) || !in_range(minute, 0, 59))
        return PW_ESYNTAX;
    *out_min = sign * (hour * 60 + minute);
    return 0;
}

static int take_fraction_ms(const char **p)
{
    if (!take_char(p, '.'))
        return 0;
    int ms = 0;
    int digits = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++, digits++)
        if (digits < 3)
            ms = ms * 10 + (**p - '0');
    if (digits == 0)
        return -1;
    for (; digits < 3; digits++)
        ms *= 10;
    return ms;
}

static int parse_epoch(const char *text, int64_t *out)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 15 || text[len] != '\0')
        return PW_ESYNTAX;
    int64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (text[i] - '0');
    *out = value;
    return 0;
}

int civil_parse(const char *text, int64_t *out)
{
    if (parse_epoch(text, out) == 0)
        return 0;
    const char *p = text;
    struct civil c = {0};
    c.year = take_digits(&p, 4);
    int ok = take_char(&p, '-');
    c.month = take_digits(&p, 2);
    ok = take_char(&p, '-') && ok;
    c.day = take_digits(&p, 2);
    ok = (take_char(&p, 'T') || take_char(&p, ' ')) && ok;
    c.hour = take_digits(&p, 2);
    ok = take_char(&p, ':') && ok;
    c.minute = take_digits(&p, 2);
    ok = take_char(&p, ':') && ok;
    c.second = take_digits(&p, 2);
    c.ms = take_fraction_ms(&p);
    int offset_min = 0;
    if (!ok || take_offset(&p, &offset_min) != 0 || *p != '\0')
        return PW_ESYNTAX;
    return civil_to_ms(&c, offset_min, out) == 0 ? 0 : PW_ESYNTAX;
}

int civil_zone_parse(const char *name, int *out_offset_min)
{
    static const struct {
        const char *name;
        int offset_min;
    } zones[] = {
        {"Asia/Shanghai", 480},
        {"Asia/Chongqing", 480},
        {"Asia/Hong_Kong", 480},
        {"Asia/Macau", 480},
        {"Asia/Taipei", 480},
        {"Asia/Urumqi", 360},
        {"PRC", 480},
        {"UTC", 0},
        {"Etc/UTC", 0},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (strcmp(name, zones[i].name) == 0) {
            *out_offset_min = zones[i].offset_min;
            return 0;
        }
    }
    const char *p = name;
    int offset_min = 0;
    if (take_offset(&p, &offset_min) != 0 || *p != '\0')
        return PW_EINVAL;
    *out_offset_min = offset_min;
    return 0;
}
