#include "acq/core/civil.h"
#include "acq/record/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000 };

int32_t segment_day_of(int64_t time_ms)
{
    int64_t day = time_ms / DAY_MS;
    if (time_ms % DAY_MS < 0)
        day--;
    return (int32_t)day;
}

static struct civil civil_of(int32_t day)
{
    struct civil c;
    civil_from_ms((int64_t)day * DAY_MS, 0, &c);
    return c;
}

const char *segment_name(int32_t day, char out[SEGMENT_NAME_SIZE])
{
    struct civil c = civil_of(day);
    snprintf(out, SEGMENT_NAME_SIZE, "%04u-%02u-%02u", (unsigned)c.year % 10000,
             (unsigned)c.month % 100, (unsigned)c.day % 100);
    return out;
}

int segment_path(char out[FILES_PATH_MAX], const char *data_dir, int32_t day)
{
    struct civil c = civil_of(day);
    int n = snprintf(out, FILES_PATH_MAX, "%s/archive/%04d/%02d/%02d.gz", data_dir, c.year, c.month,
                     c.day);
    return n > 0 && n < FILES_PATH_MAX ? 0 : PW_EINVAL;
}

struct names {
    int *items;
    size_t count;
    size_t digits;
    const char *suffix;
    int err;
};

static void collect_number(void *arg, const char *name)
{
    struct names *n = arg;
    int value = 0;
    for (size_t i = 0; i < n->digits; i++) {
        if (name[i] < '0' || name[i] > '9')
            return;
        value = value * 10 + (name[i] - '0');
    }
    if (strcmp(name + n->digits, n->suffix) != 0 || n->err)
        return;
    int *more = realloc(n->items, (n->count + 1) * sizeof *more);
    if (!more) {
        n->err = PW_ENOMEM;
        return;
    }
    n->items = more;
    n->items[n->count++] = value;
}

static int list_numbers(const struct files *files, const char *path, size_t digits,
                        const char *suffix, struct names *out)
{
    *out = (struct names){.digits = digits, .suffix = suffix};
    int err = files->list(files->ctx, path, collect_number, out);
    return err == PW_ENOTFOUND ? 0 : err ? err : out->err;
}

static int add_day(struct segment_list *list, struct civil c)
{
    int64_t ms = 0;
    if (civil_to_ms(&c, 0, &ms) != 0)
        return 0;
    int32_t *more = realloc(list->days, (list->count + 1) * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    list->days = more;
    list->days[list->count++] = segment_day_of(ms);
    return 0;
}

static int list_month(const struct files *files, const char *root, int year, int month,
                      struct segment_list *list)
{
    char path[FILES_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%04d/%02d", root, year, month);
    if (n <= 0 || (size_t)n >= sizeof path)
        return PW_EINVAL;
    struct names days;
    int err = list_numbers(files, path, 2, ".gz", &days);
    for (size_t i = 0; !err && i < days.count; i++)
        err = add_day(list, (struct civil){.year = year, .month = month, .day = days.items[i]});
    free(days.items);
    return err;
}

static int list_year(const struct files *files, const char *root, int year,
                     struct segment_list *list)
{
    char path[FILES_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%04d", root, year);
    if (n <= 0 || (size_t)n >= sizeof path)
        return PW_EINVAL;
    struct names months;
    int err = list_numbers(files, path, 2, "", &months);
    for (size_t i = 0; !err && i < months.count; i++)
        err = list_month(files, root, year, months.items[i], list);
    free(months.items);
    return err;
}

static int compare_days(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int segment_list_read(const struct files *files, const char *data_dir, struct segment_list *out)
{
    char root[FILES_PATH_MAX];
    struct segment_list list = {0};
    struct names years = {0};
    int err = files_join(root, data_dir, "archive");
    if (!err)
        err = list_numbers(files, root, 4, "", &years);
    for (size_t i = 0; !err && i < years.count; i++)
        err = list_year(files, root, years.items[i], &list);
    free(years.items);
    if (err) {
        segment_list_deinit(&list);
        return err;
    }
    if (list.count > 1)
        qsort(list.days, list.count, sizeof *list.days, compare_days);
    *out = list;
    return 0;
}

void segment_list_deinit(struct segment_list *list)
{
    free(list->days);
    *list = (struct segment_list){0};
}
