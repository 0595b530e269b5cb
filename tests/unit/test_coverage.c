/* What is said to be missing is what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "acq/detect/coverage.h"
#include "tests/unit/bypass_stand.h"

struct rule {
    bool is_told, runs;
    char by[256], missing[256];
};

static struct rule rule_of(const char *members, const char *outlet, const char *rule)
{
    struct bp *b = bp_new(members);
    struct strbuf text;
    cJSON *tree = NULL;
    struct rule found = {0};
    strbuf_init(&text, 1 << 20);
    coverage_write(b->stand->plant, &text);
    assert_int_equal(json_parse(text.data, text.len, &tree, NULL), 0);
    const cJSON *item;
    cJSON_ArrayForEach(item, tree)
    {
        if (strcmp(json_string(item, "outlet"), outlet) != 0 ||
            strcmp(json_string(item, "rule"), rule) != 0)
            continue;
        found.is_told = true;
        found.runs = json_bool(item, "runs", false);
        snprintf(found.by, sizeof found.by, "%s", json_string(item, "by"));
        snprintf(found.missing, sizeof found.missing, "%s", json_string(item, "missing"));
    }
    cJSON_Delete(tree);
    strbuf_deinit(&text);
    bp_free(b);
    return found;
}

static void direct_evidence_runs_and_lists_its_channels(void **state)
{
    (void)state;
    struct rule r = rule_of("\"evidence\":[" BP_SWITCH "," BP_VEL "]", "BP001", "bypass");
    assert_true(r.runs);
    assert_string_equal(r.by, "limit-switch, velocity");
    assert_string_equal(r.missing, "");
    assert_true(rule_of("\"evidence\":[" BP_SWITCH "," BP_VEL "]", "BP001", "integrity").runs);
}

static void a_switch_alone_can_be_detached(void **state)
{
    (void)state;
    struct rule r = rule_of("\"evidence\":[" BP_SWITCH "]", "BP001", "bypass");
    assert_true(r.runs);
    assert_non_null(strstr(r.missing, "velocity or flow"));
    assert_false(rule_of("\"evidence\":[" BP_SWITCH "]", "BP001", "integrity").runs);
}

static void weak_channels_say_how_far_they_reach(void **state)
{
    (void)state;
    struct rule r = rule_of("\"evidence\":[" BP_TEMP "," BP_POWER "]", "BP001", "bypass");
    assert_false(r.runs);
    assert_non_null(strstr(r.missing, "only 0.23"));
    r = rule_of("\"evidence\":[" BP_TEMP "," BP_CONC "," BP_MAIN "]", "BP001", "bypass");
    assert_true(r.runs);
    assert_non_null(strstr(r.missing, "suspected at most"));
    r = rule_of("\"evidence\":[" BP_TEMP "," BP_CONC "," BP_PRES "," BP_POWER "]", "BP001",
                "bypass");
    assert_true(r.runs);
    assert_null(strstr(r.missing, "reach"));
}

static void nothing_at_all_cannot_run(void **state)
{
    (void)state;
    struct rule r = rule_of("\"evidence\":[]", "BP001", "bypass");
    assert_false(r.runs);
    r = rule_of("\"evidence\":[]", "BP001", "register");
    assert_false(r.runs);
    assert_non_null(strstr(r.missing, "a seal or a blind plate"));
    assert_false(rule_of("\"evidence\":[]", "BP001", "bypass-standby").runs);
    assert_true(rule_of("\"evidence\":[],\"standby\":\"box\"", "BP001", "bypass-standby").runs);
}

static void mass_says_its_best_grade(void **state)
{
    (void)state;
    assert_string_equal(rule_of("\"evidence\":[" BP_VEL "]", "BP001", "mass").by, "A: velocity");
    assert_string_equal(rule_of("\"evidence\":[" BP_SWITCH "]", "BP001", "mass").by,
                        "E: design flow");
}

static void a_stack_without_limits_says_so(void **state)
{
    (void)state;
    struct rule r = rule_of("\"evidence\":[]", "DA001", "limit");
    assert_true(r.is_told);
    assert_false(r.runs);
    assert_string_equal(r.missing, "limits");
}

#define FLARE(inputs)                                                                              \
    "\"evidence\":[]},{\"id\":\"FL001\",\"kind\":\"flare\",\"tip_diameter_m\":1,\"assist\":"       \
    "\"steam\","                                                                                   \
    "\"inputs\":{" inputs "}"

static void a_flare_says_which_rules_can_run(void **state)
{
    (void)state;
    struct rule r = rule_of(FLARE("\"vent_flow\":\"p.main\",\"methane\":\"p.position\""), "FL001",
                            "flare-combustion");
    assert_true(r.runs);
    assert_non_null(strstr(r.missing, "steam, without which over-steaming is not seen"));
    r = rule_of(FLARE("\"vent_flow\":\"p.main\""), "FL001", "flare-combustion");
    assert_false(r.runs);
    assert_non_null(strstr(r.missing, "vent_nhv or a composition"));
    assert_false(rule_of(FLARE("\"vent_flow\":\"p.main\""), "FL001", "flare-pilot").runs);
    assert_true(rule_of(FLARE("\"pilots\":[\"p.temperature\"]"), "FL001", "flare-pilot").runs);
    assert_false(rule_of(FLARE("\"pilots\":[\"p.temperature\"]"), "FL001", "flare-event").runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_evidence_runs_and_lists_its_channels),
        cmocka_unit_test(a_switch_alone_can_be_detached),
        cmocka_unit_test(weak_channels_say_how_far_they_reach),
        cmocka_unit_test(nothing_at_all_cannot_run),
        cmocka_unit_test(mass_says_its_best_grade),
        cmocka_unit_test(a_stack_without_limits_says_so),
        cmocka_unit_test(a_flare_says_which_rules_can_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
