#include "acq/sim/recording.h"

#include "acq/core/civil.h"
#include "acq/core/csv.h"
#include "acq/core/num.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROWS_FIRST = 1024 };

struct loading {
    const struct recording_choice *choice;
    char *problem;
    size_t size;
    size_t value_place, time_place;
    double begin_s; /* of the first row, as the file has it */
    struct wave_step *steps;
    size_t count, cap;
    size_t numbers;
};

static int fail(const struct loading *l, const struct csv_record *at, const char *what)
{
    if (at)
        snprintf(l->problem, l->size, "line %" PRIu64 ": %s", at->line, what);
    else
        snprintf(l->problem, l->size, "%s", what);
    return PW_EINVAL;
}

static int find_column(const struct loading *l, const struct csv_record *head, const char *name,
                       size_t *out)
{
    for (size_t i = 0; i < head->count; i++) {
        if (strcmp(head->fields[i].text, name) != 0)
            continue;
        *out = i;
        return 0;
    }
    snprintf(l->problem, l->size, "no column %.100s", name);
    return PW_EINVAL;
}

static int read_head(struct loading *l, struct csv_reader *csv)
{
    struct csv_record head;
    int err = csv_next(csv, &head);
    if (err == PW_ENOTFOUND)
        return fail(l, NULL, "the file is empty");
    if (err)
        return fail(l, NULL, csv_problem(csv));
    err = find_column(l, &head, l->choice->column, &l->value_place);
    if (!err && l->choice->time)
        err = find_column(l, &head, l->choice->time, &l->time_place);
    return err;
}

static int make_room(struct loading *l)
{
    if (l->count < l->cap)
        return 0;
    size_t cap = l->cap ? 2 * l->cap : ROWS_FIRST;
    struct wave_step *more = realloc(l->steps, cap * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    l->steps = more;
    l->cap = cap;
    return 0;
}

static bool parse_time(const struct csv_field *f, double *out_s)
{
    int64_t ms = 0;
    if (num_parse_double(f->text, f->len, out_s) == 0)
        return true;
    if (civil_parse(f->text, &ms) != 0)
        return false;
    *out_s = (double)ms / 1000;
    return true;
}

/* Since the first row. */
static int row_time(struct loading *l, const struct csv_record *row, double *out_s)
{
    double at_s = (double)l->count * l->choice->every_s;
    if (l->choice->time) {
        if (l->time_place >= row->count || !parse_time(&row->fields[l->time_place], &at_s))
            return fail(l, row, "the time is neither seconds nor ISO 8601");
        if (l->count == 0)
            l->begin_s = at_s;
        at_s -= l->begin_s;
    }
    if (l->count > 0 && !(at_s >= l->steps[l->count - 1].at_s))
        return fail(l, row, "the time goes back");
    *out_s = at_s;
    return 0;
}

static int take_row(struct loading *l, const struct csv_record *row)
{
    double at_s = 0;
    double value = (double)NAN;
    if (l->count == RECORDING_ROWS_MAX)
        return fail(l, row, "more rows than may be");
    int err = row_time(l, row, &at_s);
    if (!err)
        err = make_room(l);
    if (err)
        return err;
    const struct csv_field *f = &row->fields[l->value_place];
    if (l->value_place < row->count && num_parse_double(f->text, f->len, &value) == 0)
        l->numbers++;
    l->steps[l->count++] = (struct wave_step){.at_s = at_s, .value = value};
    return 0;
}

static int read_rows(struct loading *l, struct csv_reader *csv)
{
    struct csv_record row;
    int err;
    while ((err = csv_next(csv, &row)) == 0) {
        err = take_row(l, &row);
        if (err)
            return err;
    }
    if (err == PW_ESYNTAX)
        return fail(l, &row, csv_problem(csv));
    if (err != PW_ENOTFOUND)
        return err;
    return l->numbers > 0 ? 0 : fail(l, NULL, "no number in the column");
}

/* The last row lasts as long as the one before. */
static double whole_s(const struct loading *l)
{
    double last_s = l->steps[l->count - 1].at_s;
    return l->count > 1 ? 2 * last_s - l->steps[l->count - 2].at_s : 0;
}

static int load(struct loading *l, FILE *in)
{
    struct csv_reader *csv = NULL;
    int err = csv_new(in, &csv);
    if (!err)
        err = read_head(l, csv);
    if (!err)
        err = read_rows(l, csv);
    csv_free(csv);
    return err;
}

static bool is_small_file(FILE *in)
{
    struct stat st;
    return fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= RECORDING_BYTES_MAX;
}

int recording_load(const char *path, const struct recording_choice *choice, struct wave *out,
                   char *problem, size_t size)
{
    struct loading l = {.choice = choice, .problem = problem, .size = size};
    FILE *in = fopen(path, "rb");
    if (!in) {
        snprintf(problem, size, "%.200s: %s", path, strerror(errno));
        return PW_EIO;
    }
    snprintf(problem, size, "out of memory, or not readable");
    int err = is_small_file(in) ? load(&l, in) : fail(&l, NULL, "no file, or longer than 256 MiB");
    (void)fclose(in);
    if (err) {
        free(l.steps);
        return err;
    }
    *out = (struct wave){.kind = WAVE_STEPS,
                         .period_s = choice->loop ? whole_s(&l) : 0,
                         .steps = l.steps,
                         .step_count = l.count};
    return 0;
}
