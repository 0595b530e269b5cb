#include "acq/plant/read.h"

#include "acq/plant/arena.h"
#include "acq/plant/nearest.h"
#include "acq/plant/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_keys(const void *a, const void *b)
{
    const cJSON *const *x = a;
    const cJSON *const *y = b;
    return strcmp((*x)->string, (*y)->string);
}

static void report_duplicate(const struct reader *r, const struct place *at, const cJSON *second)
{
    const struct place member = {at->source, at, second};
    char key[REPORT_VALUE_SIZE];
    char found[2 * REPORT_VALUE_SIZE];
    report_quote(second->string, key);
    snprintf(found, sizeof found, "the key %s a second time", key);
    report_error(r->report, &member, found, "each key once");
}

/* Sorting only tells that some key stands twice; which of two is the later one, the list tells. */
static const cJSON *later_of(const cJSON *a, const cJSON *b)
{
    for (const cJSON *n = a; n; n = n->next)
        if (n == b)
            return b;
    return a;
}

static void check_duplicates(const struct reader *r, const struct place *at)
{
    int count = cJSON_GetArraySize(at->node);
    if (count < 2)
        return;
    const cJSON **sorted = malloc((size_t)count * sizeof(cJSON *));
    pw_require(sorted != NULL);
    size_t n = 0;
    const cJSON *node;
    cJSON_ArrayForEach(node, at->node) sorted[n++] = node;
    qsort(sorted, n, sizeof(cJSON *), compare_keys);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1]->string, sorted[i]->string) == 0)
            report_duplicate(r, at, later_of(sorted[i - 1], sorted[i]));
    free(sorted);
}

static bool is_secret(const char *key)
{
    return strcmp(key, "password") == 0 || strcmp(key, "token") == 0;
}

static void report_unknown(const struct reader *r, const struct place *at, enum option_scope scope)
{
    char found[2 * REPORT_VALUE_SIZE];
    char key[REPORT_VALUE_SIZE];
    char with_file[32];
    snprintf(with_file, sizeof with_file, "%.20s_file", at->node->string);
    if (is_secret(at->node->string) && option_find(scope, with_file)) {
        report_error(r->report, at, "a secret in the configuration",
                     "the name of a file with it in \"%s\"", with_file);
        return;
    }
    struct nearest nearest;
    nearest_init(&nearest, at->node->string);
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (option_is_in(&table[i], scope))
            nearest_offer(&nearest, table[i].key);
    report_quote(at->node->string, key);
    snprintf(found, sizeof found, "the unknown key %s", key);
    report_error(r->report, at, found, "a key of %s, nearest \"%s\"", option_scope_title(scope),
                 nearest.best);
}

static void report_missing(const struct reader *r, const struct place *at, const struct option *o)
{
    char found[REPORT_VALUE_SIZE];
    char expected[OPTION_TEXT_SIZE];
    snprintf(found, sizeof found, "no \"%s\"", o->key);
    option_expected(o, expected);
    report_error(r->report, at, found, "%s", expected);
}

static void check_required(const struct reader *r, const struct place *at, enum option_scope scope)
{
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (option_is_in(&table[i], scope) && table[i].required &&
            !cJSON_GetObjectItemCaseSensitive(at->node, table[i].key))
            report_missing(r, at, &table[i]);
}

static void read_option(const struct reader *r, const struct place *at, const struct option *o,
                        void *draft)
{
    if (value_read(r->arena, o, at->node, (char *)draft + o->offset))
        return;
    char expected[OPTION_TEXT_SIZE];
    option_expected(o, expected);
    report_error(r->report, at, NULL, "%s", expected);
}

bool read_object(const struct reader *r, const struct place *at, enum option_scope scope,
                 void *draft)
{
    size_t errors = r->report->errors;
    if (!cJSON_IsObject(at->node)) {
        report_error(r->report, at, NULL, "an object: %s", option_scope_title(scope));
        return false;
    }
    check_duplicates(r, at);
    const cJSON *node;
    cJSON_ArrayForEach(node, at->node)
    {
        const struct place member = {at->source, at, node};
        const struct option *o = option_find(scope, node->string);
        if (o)
            read_option(r, &member, o, draft);
        else
            report_unknown(r, &member, scope);
    }
    check_required(r, at, scope);
    return r->report->errors == errors;
}

void read_defaults(const struct reader *r, enum option_scope scope, void *draft)
{
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!option_is_in(&table[i], scope) || !table[i].fallback)
            continue;
        cJSON *node = cJSON_Parse(table[i].fallback);
        pw_require(value_read(r->arena, &table[i], node, (char *)draft + table[i].offset));
        cJSON_Delete(node);
    }
}

struct place read_member(const struct place *at, const char *key)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(at->node, key);
    return node ? (struct place){at->source, at, node} : *at;
}
