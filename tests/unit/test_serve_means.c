/* The means and outlets of the API, without a socket and without a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "acq/serve/routes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t now_ms = 1795507200000;

struct fixture {
    struct serve_view *view;
    const char *pairs[16]; /* key, value, ... NULL */
    /* What was asked of the record, and what it answers. */
    struct serve_means_query asked;
    char texts[6][64];
    int calls;
    int answer;
    struct serve_means means;
};

static int on_read(void *ctx, const struct serve_means_query *q, struct strbuf *rows,
                   char next[SERVE_CURSOR_SIZE])
{
    struct fixture *f = ctx;
    f->asked = *q;
    const char *const texts[] = {q->period, q->site, q->outlet, q->factor, q->source, q->cursor};
    for (int i = 0; i < 6; i++)
        snprintf(f->texts[i], sizeof f->texts[i], "%s", texts[i]);
    f->calls++;
    strbuf_adds(rows, "{\"avg\":1},{\"avg\":2}");
    snprintf(next, SERVE_CURSOR_SIZE, "7.8.9");
    return f->answer;
}

static int make_fixture(void **state)
{
    static struct fixture f;
    f = (struct fixture){.view = serve_view_new(&(struct serve_counts){.outlets = 2, .series = 3})};
    f.means = (struct serve_means){on_read, &f};
    f.view->now_ms = now_ms;
    f.view->zone_offset_min = 480;
    f.view->outlets[0] =
        (struct serve_outlet){"DA001", "焦炉烟囱", "demo", "station-else-own", 0, 2};
    f.view->outlets[1] = (struct serve_outlet){"DA002", "", "demo", "station", 2, 1};
    f.view->series[0].factor = "a21026";
    f.view->series[0].fraction = 2;
    f.view->series[0].hour = (struct serve_mean){.start_ms = now_ms - 3600000,
                                                 .avg = 28.125,
                                                 .corrected = (double)NAN,
                                                 .amount = 11.5,
                                                 .is_corrected = true,
                                                 .has_amount = true,
                                                 .flag = 'N',
                                                 .valid = true,
                                                 .parts = 60,
                                                 .good = 58,
                                                 .source = "own"};
    *state = &f;
    return 0;
}

static int drop_fixture(void **state)
{
    struct fixture *f = *state;
    serve_view_free(f->view);
    return 0;
}

static const char *find_query(void *ctx, const char *key)
{
    struct fixture *f = ctx;
    for (int i = 0; f->pairs[i]; i += 2)
        if (strcmp(f->pairs[i], key) == 0)
            return f->pairs[i + 1];
    return NULL;
}

static cJSON *ask(struct fixture *f, const char *path, unsigned status)
{
    struct http_counts counts = {0};
    struct request q = {.method = "GET",
                        .raw_path = path,
                        .query = find_query,
                        .query_ctx = f,
                        .view = f->view,
                        .means = f->means.read ? &f->means : NULL,
                        .counts = &counts};
    struct reply r;
    cJSON *tree = NULL;
    reply_init(&r);
    routes_answer(&q, &r);
    if (r.status != status)
        fail_msg("%u: %s", r.status, strbuf_text(&r.body));
    assert_int_equal(json_parse(r.body.data, r.body.len, &tree, NULL), 0);
    reply_deinit(&r);
    return tree;
}

#define ASK(f, status, ...)                                                                        \
    (memcpy((f)->pairs, (const char *[16]){__VA_ARGS__}, sizeof(f)->pairs),                        \
     ask(f, "/api/v1/means", status))

static void a_page_of_means_carries_the_next_cursor(void **state)
{
    struct fixture *f = *state;
    cJSON *tree =
        ASK(f, 200, "period", "hour", "factor", "a21026", "from", "2026-11-24T00:00:00+08:00", "to",
            "1795507200000", "limit", "2", "cursor", "1.2.3");
    const cJSON *means = cJSON_GetObjectItemCaseSensitive(tree, "means");
    assert_int_equal(cJSON_GetArraySize(means), 2);
    assert_string_equal(json_string(tree, "next"), "7.8.9");
    assert_string_equal(f->texts[0], "hour");
    assert_string_equal(f->texts[3], "a21026");
    assert_string_equal(f->texts[5], "1.2.3");
    assert_int_equal(f->asked.limit, 2);
    assert_int_equal(f->asked.from_ms, 1795449600000);
    assert_int_equal(f->asked.to_ms, 1795507200000);
    assert_int_equal(f->asked.zone_offset_min, 480);
    assert_false(f->asked.all_revisions);
    cJSON_Delete(tree);
}

static void a_source_that_is_left_out_is_the_outlets(void **state)
{
    struct fixture *f = *state;
    cJSON_Delete(ASK(f, 200, "period", "day", "outlet", "DA002"));
    assert_string_equal(f->texts[4], "station");
    assert_false(f->asked.station_else_own);
    cJSON_Delete(ASK(f, 200, "period", "day", "outlet", "DA001"));
    assert_string_equal(f->texts[4], "");
    assert_true(f->asked.station_else_own);
    cJSON_Delete(ASK(f, 200, "period", "day", "outlet", "DA001", "source", "own"));
    assert_string_equal(f->texts[4], "own");
    assert_false(f->asked.station_else_own);
    cJSON_Delete(ASK(f, 200, "period", "day", "outlet", "DA001", "source", "any"));
    assert_string_equal(f->texts[4], "");
    assert_false(f->asked.station_else_own);
    cJSON_Delete(ASK(f, 200, "period", "day", "revisions", "all"));
    assert_string_equal(f->texts[4], "");
    assert_true(f->asked.all_revisions);
}

static void a_bad_parameter_is_named(void **state)
{
    static const char *const cases[][4] = {
        {"factor", "a21026", NULL, "period"},       {"limit", "0", "hour", "limit"},
        {"limit", "1001", "hour", "limit"},         {"limit", "7x", "hour", "limit"},
        {"limit", "-1", "hour", "limit"},           {"from", "yesterday", "hour", "from"},
        {"to", "2026-11-24", "hour", "to"},         {"source", "both", "hour", "source"},
        {"revisions", "some", "hour", "revisions"}, {"outlet", "%zz", "hour", "outlet"},
        {"cursor", "1%002", "hour", "cursor"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *tree = cases[i][2] ? ASK(f, 400, "period", cases[i][2], cases[i][0], cases[i][1])
                                  : ASK(f, 400, cases[i][0], cases[i][1]);
        const cJSON *error = cJSON_GetObjectItemCaseSensitive(tree, "error");
        assert_string_equal(json_string(error, "pointer"), cases[i][3]);
        cJSON_Delete(tree);
    }
    assert_int_equal(f->calls, 0);
}

static void what_the_record_refuses_is_told(void **state)
{
    static const struct {
        int answer;
        unsigned status;
        const char *pointer;
    } cases[] = {{PW_ENOTFOUND, 400, "period"}, {PW_ESYNTAX, 400, "cursor"}, {PW_EDB, 503, ""}};
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        f->answer = cases[i].answer;
        cJSON *tree = ASK(f, cases[i].status, "period", "hour");
        const cJSON *error = cJSON_GetObjectItemCaseSensitive(tree, "error");
        assert_string_equal(json_string(error, "pointer"), cases[i].pointer);
        assert_null(cJSON_GetObjectItemCaseSensitive(tree, "means"));
        cJSON_Delete(tree);
    }
    f->means.read = NULL;
    cJSON_Delete(ASK(f, 503, "period", "hour"));
}

static void an_outlet_shows_the_last_hour_of_its_factors(void **state)
{
    struct fixture *f = *state;
    cJSON *tree = ask(f, "/api/v1/outlets", 200);
    const cJSON *outlets = cJSON_GetObjectItemCaseSensitive(tree, "outlets");
    assert_int_equal(cJSON_GetArraySize(outlets), 2);
    const cJSON *first = cJSON_GetArrayItem(outlets, 0);
    assert_string_equal(json_string(first, "means_from"), "station-else-own");
    const cJSON *factors = cJSON_GetObjectItemCaseSensitive(first, "factors");
    assert_int_equal(cJSON_GetArraySize(factors), 2);
    const cJSON *so2 = cJSON_GetArrayItem(factors, 0);
    assert_int_equal(json_int(so2, "digits", -1), 2);
    const cJSON *hour = cJSON_GetObjectItemCaseSensitive(so2, "hour");
    assert_true(cJSON_GetObjectItemCaseSensitive(hour, "avg")->valuedouble == 28.125);
    /* A value that is missing is null, never 0; one that there never is, is not named. */
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(hour, "corrected")));
    assert_string_equal(json_string(hour, "flag"), "N");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(hour, "valid")));
    assert_null(cJSON_GetObjectItemCaseSensitive(so2, "day"));
    cJSON_Delete(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_of_means_carries_the_next_cursor, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(a_source_that_is_left_out_is_the_outlets, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(a_bad_parameter_is_named, make_fixture, drop_fixture),
        cmocka_unit_test_setup_teardown(what_the_record_refuses_is_told, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(an_outlet_shows_the_last_hour_of_its_factors, make_fixture,
                                        drop_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
