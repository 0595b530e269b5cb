/* The answers of the API, without a socket: one request, one reply, read back as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/json.h"
#include "acq/serve/routes.h"
#include "tests/support/sample_view.h"

#include <stdio.h>
#include <string.h>

/* 2026-11-24T08:00:00Z */
static const int64_t now_ms = 1795507200000;

struct fixture {
    struct serve_view *view;
    struct http_counts counts;
    int64_t view_age_ms;
    const char *key, *value; /* the one query parameter */
};

static int make_fixture(void **state)
{
    static struct fixture f;
    f = (struct fixture){.view = sample_view_new(now_ms)};
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
    return f->key && strcmp(f->key, key) == 0 ? f->value : NULL;
}

/* The caller deletes the tree; NULL is never returned. */
static cJSON *ask(struct fixture *f, const char *method, const char *path, unsigned status)
{
    struct request q = {.method = method,
                        .raw_path = path,
                        .query = find_query,
                        .query_ctx = f,
                        .view = f->view,
                        .view_age_ms = f->view_age_ms,
                        .counts = &f->counts};
    struct reply r;
    cJSON *tree = NULL;
    reply_init(&r);
    routes_answer(&q, &r);
    assert_int_equal(r.status, status);
    assert_false(r.body.failed);
    assert_string_equal(r.content_type, "application/json; charset=utf-8");
    assert_int_equal(json_parse(r.body.data, r.body.len, &tree, NULL), 0);
    reply_deinit(&r);
    return tree;
}

static cJSON *ask_with(struct fixture *f, const char *path, const char *key, const char *value,
                       unsigned status)
{
    f->key = key;
    f->value = value;
    cJSON *tree = ask(f, "GET", path, status);
    f->key = NULL;
    return tree;
}

static const cJSON *item(const cJSON *tree, const char *list, int i)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(tree, list);
    assert_true(cJSON_IsArray(array));
    const cJSON *found = cJSON_GetArrayItem(array, i);
    assert_non_null(found);
    return found;
}

static int size(const cJSON *tree, const char *list)
{
    return cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(tree, list));
}

static void expect_error(cJSON *tree, const char *code, const char *pointer)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(tree, "error");
    assert_string_equal(json_string(error, "code"), code);
    assert_non_null(json_string(error, "message"));
    assert_string_equal(json_string(error, "pointer"), pointer);
    cJSON_Delete(tree);
}

static void a_sound_server_is_ok(void **state)
{
    struct fixture *f = *state;
    f->view->targets[1].state = SERVE_TARGET_BEHIND;
    cJSON *tree = ask(f, "GET", "/api/v1/health", 200);
    assert_string_equal(json_string(tree, "status"), "ok");
    assert_int_equal(size(tree, "reasons"), 0);
    assert_string_equal(json_string(tree, "plant"), "demo");
    assert_string_equal(json_string(tree, "now"), "2026-11-24T16:00:00.000+08:00");
    assert_int_equal(json_int(tree, "findings_open", -1), 1);
    const cJSON *devices = cJSON_GetObjectItemCaseSensitive(tree, "devices");
    assert_int_equal(json_int(devices, "total", -1), SAMPLE_VIEW_DEVICES);
    assert_int_equal(json_int(devices, "good", -1), 2);
    const cJSON *links = cJSON_GetObjectItemCaseSensitive(tree, "links");
    assert_int_equal(json_int(links, "connected", -1), 2);
    const cJSON *record = cJSON_GetObjectItemCaseSensitive(tree, "record");
    assert_int_equal(json_int(record, "last_seq", -1), 3605);
    assert_int_equal(json_int(record, "sync_max_us", -1), 4321);
    assert_int_equal(strlen(json_string(record, "head")), 64);
    cJSON_Delete(tree);
}

static void every_reason_is_named(void **state)
{
    struct fixture *f = *state;
    f->view->record.commit_errors = 2;
    f->view->record.lost_lines = 7;
    f->view->targets[0].state = SERVE_TARGET_REFUSED;
    cJSON *tree = ask(f, "GET", "/api/v1/health", 200);
    assert_string_equal(json_string(tree, "status"), "degraded");
    assert_int_equal(size(tree, "reasons"), 4);
    assert_string_equal(json_string(item(tree, "reasons", 0), "code"), "record-commit-errors");
    assert_int_equal(json_int(item(tree, "reasons", 0), "count", 0), 2);
    assert_string_equal(json_string(item(tree, "reasons", 1), "code"), "record-lost-lines");
    assert_string_equal(json_string(item(tree, "reasons", 1), "message"), "record: lost lines");
    assert_string_equal(json_string(item(tree, "reasons", 2), "code"), "target-refused");
    assert_string_equal(json_string(item(tree, "reasons", 2), "object"), "local");
    assert_string_equal(json_string(item(tree, "reasons", 3), "code"), "target-unreachable");
    cJSON_Delete(tree);
}

static void a_loop_that_stands_still_is_503(void **state)
{
    struct fixture *f = *state;
    f->view_age_ms = 10000;
    cJSON_Delete(ask(f, "GET", "/api/v1/health", 200));
    f->view_age_ms = 12345;
    cJSON *tree = ask(f, "GET", "/api/v1/health", 503);
    assert_string_equal(json_string(tree, "status"), "stalled");
    assert_int_equal(json_int(item(tree, "reasons", 0), "count", 0), 12);
    cJSON_Delete(tree);
}

static void before_the_first_view_all_is_503(void **state)
{
    struct fixture *f = *state;
    struct serve_view *view = f->view;
    f->view = NULL;
    cJSON *tree = ask(f, "GET", "/api/v1/health", 503);
    assert_string_equal(json_string(tree, "status"), "starting");
    cJSON_Delete(tree);
    expect_error(ask(f, "GET", "/api/v1/devices", 503), "starting", "");
    expect_error(ask(f, "GET", "/metrics", 503), "starting", "");
    f->view = view;
}

static void devices_tell_quality_counts_and_values(void **state)
{
    struct fixture *f = *state;
    cJSON *tree = ask_with(f, "/api/v1/devices", "with", "signals", 200);
    assert_int_equal(size(tree, "devices"), SAMPLE_VIEW_DEVICES);
    assert_null(cJSON_GetObjectItemCaseSensitive(tree, "next"));
    const cJSON *cems = item(tree, "devices", 0);
    assert_string_equal(json_string(cems, "quality"), "over-range");
    assert_int_equal(json_int(cJSON_GetObjectItemCaseSensitive(cems, "counts"), "exceptions", -1),
                     2);
    assert_int_equal(size(cems, "signals"), 5);
    const cJSON *so2 = item(cems, "signals", 0);
    assert_string_equal(json_string(so2, "name"), "二氧化硫");
    assert_true(cJSON_GetObjectItemCaseSensitive(so2, "value")->valuedouble == 41.27);
    const cJSON *silent = item(item(tree, "devices", 3), "signals", 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(silent, "value")));
    assert_string_equal(json_string(silent, "quality"), "timeout");
    cJSON_Delete(tree);
    tree = ask(f, "GET", "/api/v1/devices", 200);
    assert_null(cJSON_GetObjectItemCaseSensitive(item(tree, "devices", 0), "signals"));
    cJSON_Delete(tree);
}

static void a_device_that_was_never_read_has_no_quality(void **state)
{
    struct fixture *f = *state;
    f->view->devices[0].last_ms = 0;
    f->view->signals[0].time_ms = 0;
    cJSON *tree = ask(f, "GET", "/api/v1/devices/cems-1", 200);
    assert_null(cJSON_GetObjectItemCaseSensitive(tree, "quality"));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(tree, "last")));
    assert_null(cJSON_GetObjectItemCaseSensitive(item(tree, "signals", 0), "quality"));
    cJSON_Delete(tree);
}

static void one_device_is_found_by_its_decoded_id(void **state)
{
    struct fixture *f = *state;
    f->view->devices[1].id = serve_view_text(f->view, "罐区 \"7\"");
    cJSON *tree = ask(f, "GET", "/api/v1/devices/%E7%BD%90%E5%8C%BA%20%227%22", 200);
    assert_string_equal(json_string(tree, "id"), "罐区 \"7\"");
    cJSON_Delete(tree);
    expect_error(ask(f, "GET", "/api/v1/devices/nobody", 404), "not_found", "");
}

static void signals_outside_of_the_view_are_not_read(void **state)
{
    struct fixture *f = *state;
    f->view->devices[0].first_signal = SAMPLE_VIEW_SIGNALS - 1;
    f->view->devices[0].signal_count = 1000;
    f->view->devices[1].first_signal = UINT32_MAX;
    cJSON *tree = ask_with(f, "/api/v1/devices", "with", "signals", 200);
    assert_int_equal(size(item(tree, "devices", 0), "signals"), 1);
    assert_int_equal(size(item(tree, "devices", 1), "signals"), 0);
    cJSON_Delete(tree);
}

static void lists_go_on_behind_their_cursor(void **state)
{
    struct fixture *f = *state;
    cJSON *tree = ask_with(f, "/api/v1/devices", "limit", "3", 200);
    assert_int_equal(size(tree, "devices"), 3);
    assert_int_equal(json_int(tree, "total", 0), SAMPLE_VIEW_DEVICES);
    assert_string_equal(json_string(tree, "next"), "3");
    cJSON_Delete(tree);
    tree = ask_with(f, "/api/v1/devices", "cursor", "%33", 200);
    assert_int_equal(size(tree, "devices"), 1);
    assert_string_equal(json_string(item(tree, "devices", 0), "id"), "meter-rto");
    cJSON_Delete(tree);
    tree = ask_with(f, "/api/v1/devices", "cursor", "4000000000", 200);
    assert_int_equal(size(tree, "devices"), 0);
    cJSON_Delete(tree);
}

static void bad_parameters_are_named(void **state)
{
    struct fixture *f = *state;
    static const char *const limits[] = {"0",   "1001", "-1",  "x",
                                         "1e2", "%",    "%00", "99999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        expect_error(ask_with(f, "/api/v1/targets", "limit", limits[i], 400), "bad_parameter",
                     "limit");
    expect_error(ask_with(f, "/api/v1/links", "cursor", "4294967296", 400), "bad_parameter",
                 "cursor");
    expect_error(ask_with(f, "/api/v1/findings", "state", "closed", 400), "bad_parameter", "state");
    expect_error(ask_with(f, "/api/v1/devices", "with", "all", 400), "bad_parameter", "with");
}

static void targets_links_and_findings_are_listed(void **state)
{
    struct fixture *f = *state;
    cJSON *tree = ask(f, "GET", "/api/v1/targets", 200);
    assert_string_equal(json_string(item(tree, "targets", 1), "state"), "unreachable");
    assert_int_equal(json_int(item(tree, "targets", 1), "backlog_commits", 0), 2401);
    assert_string_equal(json_string(item(tree, "targets", 1), "last_error"),
                        "connect: connection refused");
    cJSON_Delete(tree);
    tree = ask(f, "GET", "/api/v1/links", 200);
    assert_string_equal(json_string(item(tree, "links", 1), "state"), "down");
    cJSON_Delete(tree);
    tree = ask(f, "GET", "/api/v1/stations", 200);
    const cJSON *station = item(tree, "stations", 0);
    assert_string_equal(json_string(station, "id"), "gc-1");
    assert_int_equal(json_int(station, "packets", 0), 1441);
    const cJSON *today = cJSON_GetObjectItem(cJSON_GetObjectItem(station, "today"), "minute");
    assert_int_equal(json_int(today, "expected", 0), 96);
    assert_int_equal(json_int(today, "have", 0), 90);
    assert_int_equal(json_int(today, "lost", 0), 2);
    cJSON_Delete(tree);
    tree = ask(f, "GET", "/api/v1/unknown-stations", 200);
    assert_string_equal(json_string(item(tree, "unknown_stations", 0), "mn"), "STRANGER");
    assert_int_equal(json_int(item(tree, "unknown_stations", 0), "packets", 0), 41);
    cJSON_Delete(tree);
    tree = ask_with(f, "/api/v1/findings", "state", "open", 200);
    const cJSON *finding = item(tree, "findings", 0);
    assert_string_equal(json_string(finding, "kind"), "limit");
    assert_string_equal(json_string(finding, "factor"), "a21026");
    assert_string_equal(json_string(finding, "start"), "2026-11-24T15:59:43.000+08:00");
    assert_string_equal(json_string(finding, "en"), "exceedance at DA001");
    assert_null(json_string(finding, "class"));
    cJSON_Delete(tree);
}

static void states_are_listed_with_what_is_known_of_them(void **state)
{
    struct fixture *f = *state;
    cJSON *tree = ask(f, "GET", "/api/v1/states", 200);
    const cJSON *line = item(tree, "states", 0);
    assert_string_equal(json_string(line, "object"), "line-1");
    assert_string_equal(json_string(line, "state"), "run");
    assert_int_equal(json_int(line, "code", 9), 1);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(line, "confidence")));
    const cJSON *bypass = item(tree, "states", 1);
    assert_string_equal(json_string(bypass, "state"), "suspect");
    assert_true(cJSON_GetObjectItem(bypass, "confidence")->valuedouble == 0.86);
    cJSON_Delete(tree);
}

static void texts_that_are_no_json_come_out_escaped(void **state)
{
    struct fixture *f = *state;
    f->view->targets[0].last_error = serve_view_text(f->view, "<b>\"\\\x01\xff\n");
    cJSON *tree = ask(f, "GET", "/api/v1/targets", 200);
    assert_string_equal(json_string(item(tree, "targets", 0), "last_error"),
                        "<b>\"\\\x01\xef\xbf\xbd\n");
    cJSON_Delete(tree);
}

static void unknown_paths_are_404_and_other_methods_405(void **state)
{
    struct fixture *f = *state;
    expect_error(ask(f, "GET", "/api/v1/nothing", 404), "not_found", "");
    expect_error(ask(f, "GET", "/api/v1/health/", 404), "not_found", "");
    expect_error(ask(f, "GET", "/api/../api/v1/health", 404), "not_found", "");
    expect_error(ask(f, "POST", "/api/v1/nothing", 404), "not_found", "");
    expect_error(ask(f, "DELETE", "/api/v1/health", 405), "method_not_allowed", "");
    expect_error(ask(f, "get", "/metrics", 405), "method_not_allowed", "");
    cJSON_Delete(ask(f, "HEAD", "/api/v1/health", 200));
}

static void totals_say_what_is_measured_and_what_is_substituted(void **state)
{
    cJSON *tree = ask(*state, "GET", "/api/v1/totals", 200);
    const cJSON *total = item(tree, "totals", 0);
    assert_string_equal(json_string(total, "outlet"), "DA001");
    assert_string_equal(json_string(total, "period"), "month");
    assert_true(cJSON_GetObjectItemCaseSensitive(total, "cou")->valuedouble == 240.5);
    assert_true(cJSON_GetObjectItemCaseSensitive(total, "cou_substituted")->valuedouble == 21);
    assert_int_equal(json_int(total, "substituted_hours", -1), 2);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(total, "compliance_rate")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(total, "exhausted")));
    cJSON_Delete(tree);
}

int main(void)
{
#define WITH_VIEW(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)
    const struct CMUnitTest tests[] = {
        WITH_VIEW(totals_say_what_is_measured_and_what_is_substituted),
        WITH_VIEW(a_sound_server_is_ok),
        WITH_VIEW(every_reason_is_named),
        WITH_VIEW(a_loop_that_stands_still_is_503),
        WITH_VIEW(before_the_first_view_all_is_503),
        WITH_VIEW(devices_tell_quality_counts_and_values),
        WITH_VIEW(a_device_that_was_never_read_has_no_quality),
        WITH_VIEW(one_device_is_found_by_its_decoded_id),
        WITH_VIEW(signals_outside_of_the_view_are_not_read),
        WITH_VIEW(lists_go_on_behind_their_cursor),
        WITH_VIEW(bad_parameters_are_named),
        WITH_VIEW(states_are_listed_with_what_is_known_of_them),
        WITH_VIEW(targets_links_and_findings_are_listed),
        WITH_VIEW(texts_that_are_no_json_come_out_escaped),
        WITH_VIEW(unknown_paths_are_404_and_other_methods_405),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
