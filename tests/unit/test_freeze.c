/* Evidence around an event: what is held before it, what is written while it lasts, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/app/freeze.h"
#include "acq/core/json.h"
#include "tests/unit/bypass_stand.h"

enum { LINES_MAX = 256 };

struct kept {
    char *lines[LINES_MAX];
    size_t count;
};

static void on_line(void *ctx, const struct strbuf *members)
{
    struct kept *k = ctx;
    assert_true(k->count < LINES_MAX);
    size_t size = members->len + 3;
    k->lines[k->count] = malloc(size);
    snprintf(k->lines[k->count++], size, "{%s}", members->data);
}

static void forget(struct kept *k)
{
    while (k->count)
        free(k->lines[--k->count]);
}

/* Every signal once a second from from_s on, its value the second. */
static void feed(struct freeze *f, const struct plant *plant, int64_t from_s, int64_t to_s)
{
    struct sample samples[BP_SIGNALS];
    for (int64_t t = from_s; t < to_s; t++) {
        for (uint32_t i = 0; i < plant->signal_count; i++)
            samples[i] = (struct sample){.value = (double)t, .quality = QUALITY_GOOD};
        if (t % 100 == 7)
            samples[BP_VELOCITY].quality = QUALITY_TIMEOUT;
        const struct reading r = {
            .count = plant->signal_count, .time_ms = t * 1000, .samples = samples};
        freeze_take(f, &r);
        freeze_second(f, t * 1000);
    }
}

struct rows {
    size_t count, missing;
    int64_t first_ms, last_ms;
    bool in_order;
};

static struct rows rows_of(const struct kept *k)
{
    struct rows all = {.in_order = true};
    for (size_t i = 0; i < k->count; i++) {
        cJSON *tree = NULL;
        assert_int_equal(json_parse(k->lines[i], strlen(k->lines[i]), &tree, NULL), 0);
        int64_t from_ms = json_int(tree, "from", -1);
        const cJSON *row;
        cJSON_ArrayForEach(row, cJSON_GetObjectItem(tree, "rows"))
        {
            int64_t ms = from_ms + (int64_t)cJSON_GetArrayItem(row, 0)->valuedouble;
            all.missing += cJSON_IsNull(cJSON_GetArrayItem(row, 2)) ? 1 : 0;
            all.first_ms = all.count ? all.first_ms : ms;
            all.in_order = all.in_order && ms >= all.last_ms;
            all.last_ms = ms;
            all.count++;
        }
        cJSON_Delete(tree);
    }
    return all;
}

static void evidence_reaches_ten_minutes_to_either_side(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_VEL "," BP_POS "]");
    struct kept kept = {0};
    struct freeze *f = NULL;
    assert_int_equal(freeze_new(b->stand->plant, on_line, &kept, &f), 0);
    assert_true(freeze_wants(f, "bypass", "BP001"));
    assert_false(freeze_wants(f, "bypass", "DA001"));
    assert_false(freeze_wants(f, "limit", "BP001"));
    feed(f, b->stand->plant, 0, 2000);
    assert_int_equal(kept.count, 0);
    freeze_begin(f, "0123456789abcdef", "BP001", 1980000 - FREEZE_BEFORE_MS);
    freeze_begin(f, "0123456789abcdef", "BP001", 0); /* told again, as another class */
    feed(f, b->stand->plant, 2000, 2500);
    freeze_end(f, "0123456789abcdef", 2450000);
    feed(f, b->stand->plant, 2500, 4000);
    struct rows all = rows_of(&kept);
    assert_int_equal(all.first_ms, 1380000);
    assert_int_equal(all.last_ms, 3050000);
    assert_int_equal(all.count, 2 * 1671); /* both signals, each second, both ends inside */
    assert_int_equal(all.missing, 17);
    assert_true(all.in_order);
    freeze_free(f);
    forget(&kept);
    bp_free(b);
}

static void more_findings_than_there_is_room_for_are_counted(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_VEL "]");
    struct kept kept = {0};
    struct freeze *f = NULL;
    assert_int_equal(freeze_new(b->stand->plant, on_line, &kept, &f), 0);
    for (int i = 0; i < FREEZE_AT_ONCE_MAX + 3; i++) {
        char id[17];
        snprintf(id, sizeof id, "%016d", i);
        freeze_begin(f, id, "BP001", 0);
    }
    assert_int_equal(freeze_refused(f), 3);
    freeze_free(f);
    forget(&kept);
    bp_free(b);
}

static void a_reload_goes_on_with_what_comes(void **state)
{
    (void)state;
    struct bp *b = bp_new("\"evidence\":[" BP_VEL "]");
    struct bp *other = bp_new("\"evidence\":[" BP_POS "," BP_SWITCH "]");
    struct kept kept = {0};
    struct freeze *f = NULL;
    assert_int_equal(freeze_new(b->stand->plant, on_line, &kept, &f), 0);
    feed(f, b->stand->plant, 0, 700);
    freeze_begin(f, "0123456789abcdef", "BP001", 100000);
    feed(f, b->stand->plant, 700, 730);
    assert_int_equal(freeze_reload(f, other->stand->plant), 0);
    feed(f, other->stand->plant, 730, 900);
    freeze_flush(f, 899000);
    assert_non_null(strstr(kept.lines[kept.count - 1], "p.position"));
    assert_int_equal(rows_of(&kept).last_ms, 899000);
    freeze_free(f);
    forget(&kept);
    bp_free(b);
    bp_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_reaches_ten_minutes_to_either_side),
        cmocka_unit_test(more_findings_than_there_is_room_for_are_counted),
        cmocka_unit_test(a_reload_goes_on_with_what_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
