/* Driven by the option table: for every option values on and beyond its borders, put into a
 * configuration that is otherwise good. Loader and schema must both take or both refuse them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/plant/load.h"
#include "acq/plant/option.h"
#include "acq/plant/plant.h"
#include "tests/support/support.h"
#include "tests/unit/schema_check.h"

#include <stdlib.h>

static const char sample[] =
    "{\"plumewatch\":1,"
    "\"server\":{\"plant\":\"p\",\"http\":{},\"time\":{},\"retention\":{}},"
    "\"templates\":[{\"id\":\"t\",\"signals\":{\"s\":{\"address\":\"40001\"}}}],"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"},"
    "{\"id\":\"n\",\"listen\":\"127.0.0.1:9\",\"framing\":\"hj212\"}],"
    "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,"
    "\"forbidden\":[{\"table\":\"holding\",\"first\":7}],"
    "\"signals\":{\"s\":{\"table\":\"holding\",\"address\":0,"
    "\"map\":{\"from\":[4,20],\"to\":[0,1]}},"
    "\"c\":{\"table\":\"holding\",\"address\":1,\"counter\":{\"as\":\"rate\"}}}},"
    "{\"id\":\"g\",\"link\":\"n\",\"protocol\":\"hj212\",\"mn\":\"M\",\"password_file\":\"/"
    "pw\",\"ask\":{},"
    "\"signals\":{\"a21026\":{}}}],"
    "\"sites\":[{\"id\":\"site\",\"equipment\":[{\"id\":\"e\",\"kind\":\"treatment\","
    "\"power\":\"d.s\",\"rated_kw\":100,\"parameters\":[{\"signal\":\"d.s\",\"min\":-1e12,"
    "\"max\":1e12}]}],"
    "\"outlets\":[{\"id\":\"o\",\"inputs\":{\"a1\":{\"signal\":\"d.s\"}},"
    "\"mark_rules\":[{\"class\":\"production\",\"at\":\"02:00\",\"last_min\":30}],"
    "\"limits\":[{\"factor\":\"a1\",\"period\":\"realtime\",\"max\":5}]},"
    "{\"id\":\"b\",\"kind\":\"bypass\",\"evidence\":[{\"channel\":\"position\","
    "\"signal\":\"d.s\"}],\"fusion\":{},\"register\":{\"seal\":{\"number\":\"1\"}}},"
    "{\"id\":\"f\",\"kind\":\"flare\",\"tip_diameter_m\":1,\"flare\":{}}]}],"
    "\"limit_library\":[{\"id\":\"L1\",\"certainty\":\"T\"}],"
    "\"influx\":[{\"id\":\"i\",\"url\":\"http://h\",\"database\":\"db\"}],"
    "\"gateways\":[{\"id\":\"w\",\"kind\":\"http\",\"url\":\"http://h/{to}\"}],"
    "\"anchors\":[{\"via\":\"file\",\"path\":\"/anchors\"}],"
    "\"alarms\":{\"rules\":[{\"kind\":\"limit\"}]},"
    "\"people\":[{\"id\":\"p\",\"phone\":\"13800000000\",\"email\":\"p@h\"}],"
    "\"rotas\":[{\"id\":\"r\",\"shifts\":[{\"people\":[\"p\"]}],\"exceptions\":[{\"from\":"
    "\"2026-10-01T08:00\",\"to\":\"2026-10-02T08:00\",\"people\":[]}]}],"
    "\"routes\":[{\"id\":\"u\",\"to\":[\"p\",\"r\"],\"via\":[\"sms\"],\"from\":\"08:00\","
    "\"until\":\"09:00\",\"quiet_from\":\"22:00\",\"quiet_to\":\"06:00\"}],"
    "\"platforms\":[{\"id\":\"u\",\"address\":\"h:9\",\"mn\":\"M\",\"outlets\":[\"o\"],"
    "\"password_file\":\"/pw\",\"factors\":[{\"factor\":\"a1\"}]}]}";

/* Where each scope stands in the sample, in the order of option_scopes(). */
static const char *const places[SCOPE_COUNT] = {
    "",
    "/server",
    "/server/http",
    "/server/time",
    "/server/retention",
    "/links/0",
    "/templates/0",
    "/devices/0",
    "/devices/0/signals/s",
    "/devices/0/forbidden/0",
    "/devices/1/ask",
    "/devices/0/signals/s/map",
    "/devices/0/signals/c/counter",
    "/sites/0",
    "/sites/0/equipment/0",
    "/sites/0/equipment/0/parameters/0",
    "/sites/0/outlets/0",
    "/sites/0/outlets/0/inputs/a1",
    "/sites/0/outlets/1/evidence/0",
    "/sites/0/outlets/1/fusion",
    "/sites/0/outlets/1/register",
    "/sites/0/outlets/1/register/seal",
    "/sites/0/outlets/2/flare",
    "/sites/0/outlets/0/mark_rules/0",
    "/sites/0/outlets/0/limits/0",
    "/limit_library/0",
    "/influx/0",
    "/anchors/0",
    "/platforms/0",
    "/platforms/0/factors/0",
    "/gateways/0",
    "/alarms",
    "/alarms/rules/0",
    "/people/0",
    "/rotas/0",
    "/rotas/0/shifts/0",
    "/rotas/0/exceptions/0",
    "/routes/0",
};

struct stand {
    cJSON *schema_tree;
    struct schema schema;
    unsigned checks;
};

static int set_up(void **state)
{
    static struct stand stand;
    char *text = support_read_file(PW_SOURCE_DIR "/config/schema/plumewatch.schema.json", NULL);
    stand.schema_tree = cJSON_Parse(text);
    stand.schema.root = stand.schema_tree;
    free(text);
    *state = &stand;
    return stand.schema_tree ? 0 : -1;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;
    cJSON_Delete(stand->schema_tree);
    return 0;
}

static cJSON *find(cJSON *root, const char *pointer)
{
    while (*pointer) {
        char key[64];
        size_t len = strcspn(++pointer, "/");
        snprintf(key, sizeof key, "%.*s", (int)len, pointer);
        root = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, atoi(key))
                                   : cJSON_GetObjectItemCaseSensitive(root, key);
        pointer += len;
    }
    assert_non_null(root);
    return root;
}

static bool says(const struct plant_problems *problems, const char *pointer, const char *expected)
{
    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->items[i].pointer, pointer) == 0 &&
            (!expected || strcmp(problems->items[i].expected, expected) == 0))
            return true;
    return false;
}

static bool loader_says(const cJSON *tree, const char *pointer, const char *expected)
{
    struct plant *p = NULL;
    struct plant_problems problems;
    char *text = cJSON_PrintUnformatted(tree);
    int err = plant_load_text("sample", text, strlen(text), &p, &problems);
    assert_int_equal(err == 0, p != NULL);
    bool found = says(&problems, pointer, expected);
    plant_problems_deinit(&problems);
    plant_free(p);
    cJSON_free(text);
    return found;
}

enum judge { BY_BOTH, BY_LOADER };

static void check(struct stand *stand, size_t scope, const struct option *o, const char *value,
                  bool good, enum judge judge)
{
    cJSON *tree = cJSON_Parse(sample);
    cJSON *object = find(tree, places[scope]);
    cJSON *node = cJSON_Parse(value);
    assert_non_null(node);
    cJSON_DeleteItemFromObjectCaseSensitive(object, o->key);
    cJSON_AddItemToObject(object, o->key, node);
    char pointer[256];
    char expected[OPTION_TEXT_SIZE];
    snprintf(pointer, sizeof pointer, "%s/%s", places[scope], o->key);
    option_expected(o, expected);
    if (loader_says(tree, pointer, expected) == good)
        fail_msg("%s = %.60s: the loader is wrong, expected is %s", pointer, value, expected);
    if (judge == BY_BOTH && schema_allows(&stand->schema, stand->schema.root, tree) != good)
        fail_msg("%s = %.60s: the schema is wrong, expected is %s", pointer, value, expected);
    cJSON_Delete(tree);
    stand->checks++;
}

static void check_list(struct stand *stand, size_t scope, const struct option *o, bool good,
                       const char *const *values)
{
    for (; *values; values++)
        check(stand, scope, o, *values, good, BY_BOTH);
}

static void check_number(struct stand *stand, size_t scope, const struct option *o, double value,
                         bool good)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", value);
    check(stand, scope, o, text, good, BY_BOTH);
}

static void check_numbers(struct stand *stand, size_t scope, const struct option *o)
{
    double step = o->kind == KIND_INT ? 1 : 1 + fabs(o->max) * 1e-6;
    check_number(stand, scope, o, o->min, true);
    check_number(stand, scope, o, o->max, true);
    check_number(stand, scope, o, o->min - step, false);
    check_number(stand, scope, o, o->max + step, false);
    if (o->kind == KIND_INT)
        check_number(stand, scope, o, o->min + 0.5, false);
    if (o->kind == KIND_NONZERO)
        check_number(stand, scope, o, 0, false);
    check_list(stand, scope, o, false,
               (const char *const[]){"\"1\"", "null", "true", "[1]", "{}", NULL});
}

static void check_pairs(struct stand *stand, size_t scope, const struct option *o)
{
    char text[128];
    snprintf(text, sizeof text, "[%.17g,%.17g]", o->min, o->max);
    check(stand, scope, o, text, true, BY_BOTH);
    snprintf(text, sizeof text, "[%.17g,%.17g]", o->min * 1.1, o->max);
    check(stand, scope, o, text, false, BY_BOTH);
    snprintf(text, sizeof text, "[%.17g,%.17g]", o->min, o->max * 1.1);
    check(stand, scope, o, text, false, BY_BOTH);
    check_list(stand, scope, o, false,
               (const char *const[]){"[0]", "[0,1,2]", "[0,\"1\"]", "5", "null", NULL});
    check(stand, scope, o, "[1,0]", o->kind == KIND_SPAN, BY_LOADER);
    check(stand, scope, o, "[1,1]", false, BY_LOADER);
}

static void check_number_lists(struct stand *stand, size_t scope, const struct option *o)
{
    check_list(stand, scope, o, true,
               (const char *const[]){"[]", "[65535]", "[-1,1.5]", "[1,2,3,4,5,6,7,8]", NULL});
    check_list(stand, scope, o, false,
               (const char *const[]){"[1,2,3,4,5,6,7,8,9]", "[\"1\"]", "[1,null]", "5", "{}",
                                     "null", NULL});
}

static void check_length(struct stand *stand, size_t scope, const struct option *o, double len,
                         bool good)
{
    char text[8192];
    pw_require(len + 3 < sizeof text);
    memset(text, 'x', sizeof text);
    text[0] = '"';
    text[(size_t)len + 1] = '"';
    text[(size_t)len + 2] = '\0';
    check(stand, scope, o, text, good, BY_BOTH);
}

static void check_texts(struct stand *stand, size_t scope, const struct option *o)
{
    check_length(stand, scope, o, o->min, true);
    check_length(stand, scope, o, o->max, true);
    check_length(stand, scope, o, o->max + 1, false);
    if (o->min > 0)
        check_length(stand, scope, o, o->min - 1, false);
    check_list(stand, scope, o, false,
               (const char *const[]){"5", "null", "[]", "\"a\\u0007\"", "\"a\\nb\"", NULL});
}

static void check_words(struct stand *stand, size_t scope, const struct option *o)
{
    char text[64];
    for (const struct option_word *w = o->words; w->text; w++) {
        snprintf(text, sizeof text, "\"%s\"", w->text);
        check(stand, scope, o, text, true, BY_BOTH);
        snprintf(text, sizeof text, "\"%sx\"", w->text);
        check(stand, scope, o, text, false, BY_BOTH);
    }
    check_list(stand, scope, o, false, (const char *const[]){"0", "\"\"", "null", "true", NULL});
}

static void check_ids(struct stand *stand, size_t scope, const struct option *o)
{
    check_length(stand, scope, o, 1, true);
    check_length(stand, scope, o, 64, true);
    check_length(stand, scope, o, 65, false);
    check(stand, scope, o, "\"A-z_9\"", true, BY_BOTH);
    check(stand, scope, o, "\"a.b\"", o->kind == KIND_ID, BY_BOTH);
    check_list(stand, scope, o, false,
               (const char *const[]){"\"\"", "\"_a\"", "\"#a\"", "\"a b\"", "\"a,b\"", "\"a=b\"",
                                     "\"\xC3\xA9\"", "\"a/b\"", "5", "null", NULL});
}

static void check_addresses(struct stand *stand, size_t scope, const struct option *o)
{
    check_list(stand, scope, o, true,
               (const char *const[]){"0", "65535", "\"40001\"", "\"465536\"", "\"00001\"",
                                     "\"19999\"", "\"300001\"", NULL});
    check_list(stand, scope, o, false,
               (const char *const[]){"-1", "65536", "1.5", "\"20001\"", "\"4001\"", "\"4000x\"",
                                     "\"4000001\"", "\"\"", "null", "[]", NULL});
    check(stand, scope, o, "\"40000\"", false, BY_LOADER);
    check(stand, scope, o, "\"465537\"", false, BY_LOADER);
}

static void check_endpoints(struct stand *stand, size_t scope, const struct option *o)
{
    check_list(stand, scope, o, true,
               (const char *const[]){"\"h:502\"", "\"[::1]:502\"", "\"10.0.0.1:65535\"",
                                     "\"[fe80::1%eth0]:1\"", NULL});
    check_list(stand, scope, o, false,
               (const char *const[]){"\"h\"", "\"h:\"", "\":502\"", "\"h:x\"", "\"::1:502\"",
                                     "\"\"", "\"a b:1\"", "\"h:502 \"", "502", "null", NULL});
    check(stand, scope, o, "\"h:65536\"", false, BY_LOADER);
    check(stand, scope, o, "\"h:0\"", o->min == 0, BY_LOADER);
}

static void check_urls(struct stand *stand, size_t scope, const struct option *o)
{
    check_list(stand, scope, o, true,
               (const char *const[]){"\"http://h\"", "\"https://h:8086/\"", "\"http://[::1]:8086\"",
                                     "\"http://h/influx\"", NULL});
    check_list(stand, scope, o, false,
               (const char *const[]){"\"ftp://h\"", "\"h:8086\"", "\"http://\"", "\"http://u@h\"",
                                     "\"http://h?db=x\"", "\"http://h#a\"", "\"http://h x\"", "5",
                                     NULL});
}

/* One element more than may be; none of them is looked at. */
static void check_count(struct stand *stand, size_t scope, const struct option *o)
{
    cJSON *many = o->kind == KIND_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
    for (unsigned i = 0; i <= o->max; i++) {
        char key[32];
        snprintf(key, sizeof key, "k%u", i);
        cJSON *one = o->kind == KIND_TEXT_LIST ? cJSON_CreateString(key) : cJSON_CreateObject();
        if (o->kind == KIND_MAP)
            cJSON_AddItemToObject(many, key, one);
        else
            cJSON_AddItemToArray(many, one);
    }
    char *text = cJSON_PrintUnformatted(many);
    check(stand, scope, o, text, false, BY_BOTH);
    cJSON_free(text);
    cJSON_Delete(many);
}

static bool needs_members(const struct option *o)
{
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (o->kind == KIND_OBJECT && option_is_in(&table[i], o->child) && table[i].required)
            return true;
    return false;
}

static void check_containers(struct stand *stand, size_t scope, const struct option *o)
{
    bool object = o->kind == KIND_OBJECT || o->kind == KIND_MAP;
    check(stand, scope, o, "{}", object, needs_members(o) ? BY_LOADER : BY_BOTH);
    check(stand, scope, o, "[]", !object, BY_BOTH);
    check_list(stand, scope, o, false, (const char *const[]){"5", "\"x\"", "null", "true", NULL});
    if (o->kind == KIND_TEXT_LIST) {
        check(stand, scope, o, "[\"*.json\"]", true, BY_BOTH);
        check_list(stand, scope, o, false, (const char *const[]){"[1]", "[\"\"]", NULL});
    }
    if (o->kind != KIND_OBJECT)
        check_count(stand, scope, o);
}

static void check_number_map(struct stand *stand, size_t scope, const struct option *o)
{
    char text[128];
    snprintf(text, sizeof text, "{\"a\":%.17g,\"b\":%.17g}", o->min, o->max);
    check(stand, scope, o, text, true, BY_BOTH);
    snprintf(text, sizeof text, "{\"a\":%.17g}", o->max * 1.1);
    check(stand, scope, o, text, false, BY_BOTH);
    check_list(stand, scope, o, false,
               (const char *const[]){"{\"a\":\"1\"}", "{\"a\":-1}", "[]", "5", "null", NULL});
}

static void check_signal_map(struct stand *stand, size_t scope, const struct option *o)
{
    cJSON *many = cJSON_CreateObject();
    for (unsigned i = 0; i <= o->max; i++) {
        char key[32];
        snprintf(key, sizeof key, "k%u", i);
        cJSON_AddItemToObject(many, key, cJSON_CreateString("d.s"));
    }
    char *text = cJSON_PrintUnformatted(many);
    check(stand, scope, o, text, false, BY_BOTH);
    cJSON_free(text);
    cJSON_Delete(many);
    bool also_others = o->kind == KIND_INPUT_MAP;
    check(stand, scope, o, "{\"a\":\"d.s\"}", true, BY_BOTH);
    check(stand, scope, o, "{\"a\":{\"signal\":\"d.s\"}}", also_others, BY_BOTH);
    check(stand, scope, o, "{\"a\":[\"d.s\",\"d.c\"]}", also_others, BY_BOTH);
    check_list(stand, scope, o, false,
               (const char *const[]){"{\"a\":5}", "{\"a\":[5]}", "[]", "5", "null", NULL});
}

static void check_option(struct stand *stand, size_t scope, const struct option *o)
{
    static const char *const not_texts[] = {"5", "null", "[]", "{}", "true", NULL};
    switch (o->kind) {
    case KIND_INT:
    case KIND_NUMBER:
    case KIND_NONZERO:
        check_numbers(stand, scope, o);
        break;
    case KIND_PAIR:
    case KIND_SPAN:
        check_pairs(stand, scope, o);
        break;
    case KIND_NUMBERS:
        check_number_lists(stand, scope, o);
        break;
    case KIND_NUMBER_MAP:
        check_number_map(stand, scope, o);
        break;
    case KIND_SIGNAL_MAP:
    case KIND_INPUT_MAP:
        check_signal_map(stand, scope, o);
        break;
    case KIND_BOOL:
        check_list(stand, scope, o, true, (const char *const[]){"true", "false", NULL});
        check_list(stand, scope, o, false, (const char *const[]){"0", "\"true\"", "null", NULL});
        break;
    case KIND_TEXT:
    case KIND_PATH:
        check_texts(stand, scope, o);
        break;
    case KIND_WORD:
        check_words(stand, scope, o);
        break;
    case KIND_ID:
    case KIND_NAME:
        check_ids(stand, scope, o);
        break;
    case KIND_REF:
    case KIND_SIGNAL:
        check_list(stand, scope, o, false, not_texts);
        break;
    case KIND_ZONE:
        check_list(stand, scope, o, true, (const char *const[]){"\"UTC\"", "\"+08:00\"", NULL});
        check_list(stand, scope, o, false, not_texts);
        check(stand, scope, o, "\"Europe/Berlin\"", false, BY_LOADER);
        break;
    case KIND_ADDRESS:
        check_addresses(stand, scope, o);
        break;
    case KIND_ENDPOINT:
        check_endpoints(stand, scope, o);
        break;
    case KIND_URL:
        check_urls(stand, scope, o);
        break;
    default:
        check_containers(stand, scope, o);
        break;
    }
}

static void the_sample_is_good(void **state)
{
    const struct stand *stand = *state;
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(plant_load_text("sample", sample, strlen(sample), &p, &problems), 0);
    assert_int_equal(problems.count, 0);
    cJSON *tree = cJSON_Parse(sample);
    assert_true(schema_allows(&stand->schema, stand->schema.root, tree));
    cJSON_Delete(tree);
    plant_problems_deinit(&problems);
    plant_free(p);
}

static void loader_and_schema_agree_on_every_value_of_every_option(void **state)
{
    struct stand *stand = *state;
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t scope = 0; scope < SCOPE_COUNT; scope++)
        for (size_t i = 0; i < count; i++)
            if (option_is_in(&table[i], option_scopes()[scope].scope))
                check_option(stand, scope, &table[i]);
    print_message("%u values\n", stand->checks);
    assert_true(stand->checks > 500);
}

static void loader_and_schema_refuse_what_is_not_in_the_table(void **state)
{
    struct stand *stand = *state;
    for (size_t scope = 0; scope < SCOPE_COUNT; scope++) {
        cJSON *tree = cJSON_Parse(sample);
        cJSON_AddNumberToObject(find(tree, places[scope]), "surprise", 1);
        char pointer[256];
        snprintf(pointer, sizeof pointer, "%s/surprise", places[scope]);
        assert_true(loader_says(tree, pointer, NULL));
        assert_false(schema_allows(&stand->schema, stand->schema.root, tree));
        cJSON_Delete(tree);
    }
}

static void loader_and_schema_miss_what_is_required(void **state)
{
    struct stand *stand = *state;
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t scope = 0; scope < SCOPE_COUNT; scope++) {
        for (size_t i = 0; i < count; i++) {
            if (!option_is_in(&table[i], option_scopes()[scope].scope) || !table[i].required)
                continue;
            cJSON *tree = cJSON_Parse(sample);
            cJSON_DeleteItemFromObjectCaseSensitive(find(tree, places[scope]), table[i].key);
            char expected[OPTION_TEXT_SIZE];
            option_expected(&table[i], expected);
            assert_true(loader_says(tree, places[scope], expected));
            assert_false(schema_allows(&stand->schema, stand->schema.root, tree));
            cJSON_Delete(tree);
        }
    }
}

static void every_default_is_a_value_that_may_be_given(void **state)
{
    struct stand *stand = *state;
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t scope = 0; scope < SCOPE_COUNT; scope++)
        for (size_t i = 0; i < count; i++)
            if (option_is_in(&table[i], option_scopes()[scope].scope) && table[i].fallback)
                check(stand, scope, &table[i], table[i].fallback, true, BY_BOTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_good),
        cmocka_unit_test(loader_and_schema_agree_on_every_value_of_every_option),
        cmocka_unit_test(loader_and_schema_refuse_what_is_not_in_the_table),
        cmocka_unit_test(loader_and_schema_miss_what_is_required),
        cmocka_unit_test(every_default_is_a_value_that_may_be_given),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
