/* Limits from the library: a row that nobody is sure of judges nothing until it is confirmed. The
 * shipped library is loaded as an outlet would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"
#include "tests/unit/quantity_stand.h"

static struct plant *load(const char *certainty, const char *confirmed)
{
    static char text[8192];
    const char *stack =
        stack_config(60000, "\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\","
                            "\"library\":\"L\"%CONFIRMED%}]," STACK_USUAL);
    const char *mark = strstr(stack, "%CONFIRMED%");
    assert_non_null(mark);
    snprintf(text, sizeof text,
             "{\"limit_library\":[{\"id\":\"L\",\"certainty\":\"%s\",\"factor\":\"a21026\","
             "\"max\":30,\"reference_o2\":6}],%.*s%s%s",
             certainty, (int)(mark - stack - 1), stack + 1, confirmed,
             mark + strlen("%CONFIRMED%"));
    return stand_load(text);
}

static size_t findings_of(const char *certainty, const char *confirmed)
{
    int64_t start = instant("2026-11-24T10:00:00+08:00");
    struct stack *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->plant = load(certainty, confirmed);
    s->every_ms = 60000;
    stack_set_sound(s);
    const struct machine_sink sink = {
        .on_finding = stack_on_finding, .on_mean = stack_on_mean, .ctx = s};
    assert_int_equal(pipeline_new(s->plant, start, 0, &sink, &s->pipeline), 0);
    stack_run(s, start, HOUR);
    pipeline_tick_to(s->pipeline, start + HOUR + MINUTE);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->corrected, 35);
    size_t count = s->finding_count;
    stack_free(s);
    return count;
}

static void only_what_somebody_is_sure_of_judges(void **state)
{
    (void)state;
    static const char confirmed[] = ",\"confirmed_by\":\"a\",\"confirmed_on\":\"2026-11-24\"";
    static const struct {
        const char *certainty;
        size_t alone;
    } cases[] = {{"T", 1}, {"S", 1}, {"1", 0}, {"M", 0}, {"U", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(findings_of(cases[i].certainty, ""), cases[i].alone);
        assert_int_equal(findings_of(cases[i].certainty, confirmed), 1);
    }
}

static void the_shipped_library_is_loaded_row_by_row(void **state)
{
    (void)state;
    size_t len = 0;
    char *text = support_read_file(PW_SOURCE_DIR "/config/limits/limits.json", &len);
    assert_non_null(text);
    const char *list = strstr(text, "\"limit_library\"");
    assert_non_null(list);
    size_t rows = 0;
    for (const char *at = list; (at = strstr(at, "\"certainty\"")); at++)
        rows++;
    assert_int_equal(rows, 340);
    size_t size = len + 8192;
    char *joined = malloc(size);
    assert_non_null(joined);
    snprintf(joined, size, "{%.*s,%s", (int)(strrchr(list, '}') - list), list,
             stack_config(60000, "\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\","
                                 "\"library\":\"L002\"}]," STACK_USUAL) +
                 1);
    struct plant *plant = stand_load(joined);
    assert_int_equal(plant->limit_count, 1);
    assert_true(plant->limits[0].has_max && plant->limits[0].max == 35);
    assert_string_equal(plant->limits[0].library, "L002");
    assert_false(plant->limits[0].is_unconfirmed);
    plant_free(plant);
    free(joined);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_somebody_is_sure_of_judges),
        cmocka_unit_test(the_shipped_library_is_loaded_row_by_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
