#include "acq/replay/rows.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/num.h"
#include "acq/plant/plant.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_LEAST = 4, COLUMNS_MOST = 5, NAME_MAX = 2 * PLANT_ID_MAX + 2, SHOWN_MAX = 80 };

/* The year 9999, and a year: a time that is off must not make the clock run for ages. */
static const int64_t AT_MAX_MS = INT64_C(253402300799999);
static const int64_t GAP_MAX_MS = INT64_C(366) * 86400000;

struct name {
    char text[NAME_MAX]; /* device.signal */
    uint32_t signal;
};

struct rows {
    const struct plant *plant;
    struct name *names; /* sorted */
    uint32_t *place;    /* of each signal in names */
    uint32_t expected;  /* signal: mostly the one behind the last */
    struct csv_reader *csv;
    size_t columns;
    int64_t last_at_ms; /* -1: no row yet */
    uint64_t line;
    char problem[240];
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

int rows_new(const struct plant *plant, struct rows **out)
{
    struct rows *r = calloc(1, sizeof *r);
    if (!r)
        return PW_ENOMEM;
    r->plant = plant;
    r->last_at_ms = -1;
    r->names = calloc((size_t)plant->signal_count + 1, sizeof *r->names);
    r->place = calloc((size_t)plant->signal_count + 1, sizeof *r->place);
    if (!r->names || !r->place) {
        rows_free(r);
        return PW_ENOMEM;
    }
    for (uint32_t i = 0; i < plant->signal_count; i++) {
        const struct plant_signal *signal = &plant->signals[i];
        snprintf(r->names[i].text, NAME_MAX, "%s.%s", plant->devices[signal->device].id,
                 signal->id);
        r->names[i].signal = i;
    }
    qsort(r->names, plant->signal_count, sizeof *r->names, compare_names);
    for (uint32_t i = 0; i < plant->signal_count; i++)
        r->place[r->names[i].signal] = i;
    *out = r;
    return 0;
}

void rows_free(struct rows *r)
{
    if (!r)
        return;
    csv_free(r->csv);
    free(r->names);
    free(r->place);
    free(r);
}

const char *rows_problem(const struct rows *r)
{
    return r->problem;
}

uint64_t rows_line(const struct rows *r)
{
    return r->line;
}

static int refuse(struct rows *r, const char *format, ...) PW_PRINTF(2, 3);
static int refuse(struct rows *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->problem, sizeof r->problem, format, args);
    va_end(args);
    return PW_ESYNTAX;
}

static int next_record(struct rows *r, struct csv_record *record)
{
    int err = csv_next(r->csv, record);
    r->line = record->line;
    return err == PW_ESYNTAX ? refuse(r, "%s", csv_problem(r->csv)) : err;
}

static bool is_header(const struct csv_record *record)
{
    static const char *const columns[COLUMNS_MOST] = {"time", "signal", "value", "quality", "at"};
    if (record->count < COLUMNS_LEAST || record->count > COLUMNS_MOST)
        return false;
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->fields[i].text, columns[i]) != 0)
            return false;
    return true;
}

int rows_open(struct rows *r, FILE *in)
{
    struct csv_record header;
    csv_free(r->csv);
    r->csv = NULL;
    int err = csv_new(in, &r->csv);
    if (err)
        return err;
    err = next_record(r, &header);
    if (err && err != PW_ENOTFOUND)
        return err;
    if (err || !is_header(&header)) {
        r->line = 1;
        return refuse(r, "expected the header time,signal,value,quality or the same with at");
    }
    r->columns = header.count;
    return 0;
}

static const char *text_of(const struct csv_record *record, size_t i)
{
    return i < record->count ? record->fields[i].text : "";
}

static int take_instant(struct rows *r, const char *column, const char *text, int64_t *out)
{
    if (civil_parse(text, out) != 0 || *out > AT_MAX_MS)
        return refuse(r, "%s: found \"%.*s\", expected ISO 8601 with offset or epoch milliseconds",
                      column, SHOWN_MAX, text);
    return 0;
}

static int take_times(struct rows *r, const struct csv_record *record, struct row *out)
{
    const char *at = text_of(record, 4);
    int err = take_instant(r, "time", text_of(record, 0), &out->time_ms);
    out->at_ms = out->time_ms;
    if (!err && at[0] != '\0')
        err = take_instant(r, "at", at, &out->at_ms);
    if (err)
        return err;
    if (r->last_at_ms >= 0 && out->at_ms < r->last_at_ms)
        return refuse(r, "%s \"%s\" is earlier than the row before", at[0] != '\0' ? "at" : "time",
                      at[0] != '\0' ? at : text_of(record, 0));
    if (r->last_at_ms >= 0 && out->at_ms - r->last_at_ms > GAP_MAX_MS)
        return refuse(r, "time goes on by more than 366 days from the row before");
    return 0;
}

static int take_signal(struct rows *r, const char *text, uint32_t *out)
{
    struct name key;
    uint32_t count = r->plant->signal_count;
    if (r->expected < count && strcmp(r->names[r->place[r->expected]].text, text) == 0) {
        *out = r->expected++;
        return 0;
    }
    const struct name *found = NULL;
    if (strlen(text) < NAME_MAX) {
        memcpy(key.text, text, strlen(text) + 1);
        found = bsearch(&key, r->names, count, sizeof key, compare_names);
    }
    if (!found)
        return refuse(r, "signal: \"%.*s\" is not in the configuration", SHOWN_MAX, text);
    *out = found->signal;
    r->expected = found->signal + 1 < count ? found->signal + 1 : 0;
    return 0;
}

/* The word decides: one that tells of no measurement leaves no value, and without a value there is
 * none to be good. */
static int take_sample(struct rows *r, const struct csv_record *record, struct sample *out)
{
    const struct csv_field *value = &record->fields[2];
    const struct csv_field *word = &record->fields[3];
    struct sample s = {0};
    if (quality_parse(word->text, word->len, &s.quality) != 0)
        return refuse(r, "quality: \"%.*s\" is no word for it", SHOWN_MAX, word->text);
    if (value->len > 0 && num_parse_double(value->text, value->len, &s.value) != 0)
        return refuse(r, "value: found \"%.*s\", expected a number", SHOWN_MAX, value->text);
    if (value->len == 0 && quality_has_value(s.quality))
        s.quality = quality_make(QUALITY_NO_VALUE, 0);
    if (!quality_has_value(s.quality))
        s.value = 0;
    *out = s;
    return 0;
}

static int take_declaration(struct rows *r, const struct csv_field *value, struct declaration *out)
{
    cJSON *tree = NULL;
    char why[160];
    if (json_parse(value->text, value->len, &tree, NULL) != 0)
        return refuse(r, "value: a declaration is one JSON object");
    int err = declaration_read(tree, out, why, sizeof why);
    cJSON_Delete(tree);
    return err ? refuse(r, "declaration %s", why) : 0;
}

static int take_row(struct rows *r, const struct csv_record *record, struct row *out)
{
    if (record->count != r->columns && record->count != COLUMNS_LEAST)
        return refuse(r, "%zu fields, expected %zu", record->count, r->columns);
    int err = take_times(r, record, out);
    if (err)
        return err;
    const char *signal = record->fields[1].text;
    out->kind = strcmp(signal, "!declare") == 0 ? ROW_DECLARATION : ROW_SAMPLE;
    if (out->kind == ROW_DECLARATION)
        return take_declaration(r, &record->fields[2], &out->declaration);
    err = take_signal(r, signal, &out->signal);
    return err ? err : take_sample(r, record, &out->sample);
}

int rows_next(struct rows *r, struct row *out)
{
    struct csv_record record;
    int err = next_record(r, &record);
    if (err)
        return err;
    out->line = record.line;
    err = take_row(r, &record, out);
    if (!err)
        r->last_at_ms = out->at_ms;
    return err;
}
