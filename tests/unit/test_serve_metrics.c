/* /metrics, read by a strict reader of Prometheus' text format 0.0.4: every family once, help and
 * type before its samples, names and labels by the grammar, no series twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/serve/routes.h"
#include "tests/support/sample_view.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 4096, FAMILIES_MAX = 256, NAME_MAX_LEN = 128 };

struct exposition {
    char families[FAMILIES_MAX][NAME_MAX_LEN];
    size_t family_count;
    char type[16]; /* of the last family */
    char *series[SERIES_MAX];
    double values[SERIES_MAX];
    size_t series_count;
};

static size_t name_len(const char *text)
{
    size_t n = 0;
    while (isalpha((unsigned char)text[n]) || text[n] == '_' || text[n] == ':' ||
           (n > 0 && isdigit((unsigned char)text[n])))
        n++;
    return n;
}

static void begin_family(struct exposition *e, const char *rest)
{
    size_t n = name_len(rest);
    assert_true(n > 0 && n < NAME_MAX_LEN && rest[n] == ' ' && strlen(rest + n + 1) > 3);
    assert_true(e->family_count < FAMILIES_MAX);
    char *name = e->families[e->family_count];
    memcpy(name, rest, n);
    name[n] = '\0';
    for (size_t i = 0; i < e->family_count; i++)
        assert_string_not_equal(e->families[i], name);
    assert_int_equal(strncmp(name, "plumewatch_", 11), 0);
    e->family_count++;
    e->type[0] = '\0';
}

static void take_type(struct exposition *e, const char *rest)
{
    const char *name = e->families[e->family_count - 1];
    size_t n = strlen(name);
    assert_int_equal(strncmp(rest, name, n), 0);
    assert_true(rest[n] == ' ');
    assert_true(strcmp(rest + n + 1, "counter") == 0 || strcmp(rest + n + 1, "gauge") == 0 ||
                strcmp(rest + n + 1, "histogram") == 0);
    (void)snprintf(e->type, sizeof e->type, "%s", rest + n + 1);
    bool is_total = n > 6 && strcmp(name + n - 6, "_total") == 0;
    assert_int_equal(is_total, strcmp(e->type, "counter") == 0);
}

/* Returns what stands behind the closing brace. */
static const char *skip_labels(const char *at)
{
    assert_true(*at == '{');
    do {
        at++;
        size_t n = name_len(at);
        assert_true(n > 0);
        at += n;
        assert_true(at[0] == '=' && at[1] == '"');
        for (at += 2; *at != '"'; at++) {
            assert_true(*at != '\0');
            if (*at == '\\') {
                at++;
                assert_true(*at == '\\' || *at == '"' || *at == 'n');
            }
        }
        at++;
    } while (*at == ',');
    assert_true(*at == '}');
    return at + 1;
}

/* Of a histogram the series have the family's name and one of three endings. */
static bool is_of_family(const struct exposition *e, const char *line, size_t len)
{
    const char *name = e->families[e->family_count - 1];
    size_t n = strlen(name);
    if (len < n || memcmp(line, name, n) != 0)
        return false;
    if (strcmp(e->type, "histogram") != 0)
        return len == n;
    return (len - n == 7 && memcmp(line + n, "_bucket", 7) == 0) ||
           (len - n == 4 && memcmp(line + n, "_sum", 4) == 0) ||
           (len - n == 6 && memcmp(line + n, "_count", 6) == 0);
}

static void take_sample(struct exposition *e, const char *line)
{
    size_t n = name_len(line);
    assert_true(e->type[0] != '\0');
    assert_true(is_of_family(e, line, n));
    const char *at = line[n] == '{' ? skip_labels(line + n) : line + n;
    assert_true(*at == ' ');
    char *end = NULL;
    assert_true(isdigit((unsigned char)at[1]) || at[1] == '-');
    double value = strtod(at + 1, &end);
    assert_true(end > at + 1 && *end == '\0' && isfinite(value));
    assert_true(e->series_count < SERIES_MAX);
    char *series = strndup(line, (size_t)(at - line));
    for (size_t i = 0; i < e->series_count; i++)
        assert_string_not_equal(e->series[i], series);
    e->values[e->series_count] = value;
    e->series[e->series_count++] = series;
}

static void read_exposition(struct exposition *e, char *text)
{
    assert_true(*text && text[strlen(text) - 1] == '\n');
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        *end = '\0';
        if (strncmp(line, "# HELP ", 7) == 0)
            begin_family(e, line + 7);
        else if (strncmp(line, "# TYPE ", 7) == 0)
            take_type(e, line + 7);
        else
            take_sample(e, line);
    }
}

static struct exposition *scrape(const struct serve_view *view)
{
    struct http_counts counts = {.responses = {[2] = 41, [4] = 3}};
    struct request q = {.method = "GET",
                        .raw_path = "/metrics",
                        .view = view,
                        .view_age_ms = 1500,
                        .counts = &counts};
    struct exposition *e = calloc(1, sizeof *e);
    struct reply r;
    assert_non_null(e);
    reply_init(&r);
    routes_answer(&q, &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.content_type, "text/plain; version=0.0.4; charset=utf-8");
    read_exposition(e, r.body.data);
    reply_deinit(&r);
    return e;
}

static void drop(struct exposition *e)
{
    for (size_t i = 0; i < e->series_count; i++)
        free(e->series[i]);
    free(e);
}

static double value_of(const struct exposition *e, const char *series)
{
    for (size_t i = 0; i < e->series_count; i++)
        if (strcmp(e->series[i], series) == 0)
            return e->values[i];
    fail_msg("no series %s", series);
    return 0;
}

static void expect(const struct exposition *e, const char *series, double value)
{
    double found = value_of(e, series);
    if (found != value)
        fail_msg("%s is %.17g, not %.17g", series, found, value);
}

static void every_number_of_the_view_stands_under_its_name(void **state)
{
    (void)state;
    struct serve_view *v = sample_view_new(1795507200000);
    struct exposition *e = scrape(v);
    expect(e, "plumewatch_build_info{version=\"0.1.0\",plant=\"demo\"}", 1);
    expect(e, "plumewatch_view_age_seconds", 1.5);
    expect(e, "plumewatch_http_responses_total{class=\"2xx\"}", 41);
    expect(e, "plumewatch_samples_total", 46865);
    expect(e, "plumewatch_bad_samples_total", 131);
    expect(e, "plumewatch_findings_open", 1);
    expect(e, "plumewatch_record_last_sequence", 3605);
    expect(e, "plumewatch_record_lines_total{kind=\"journal\"}", 9);
    expect(e, "plumewatch_record_bytes_total{form=\"stored\"}", 345678);
    expect(e, "plumewatch_record_lost_lines_total", 0);
    expect(e, "plumewatch_record_sync_max_seconds", 0.004321);
    expect(e, "plumewatch_link_up{link=\"plc\"}", 0);
    expect(e, "plumewatch_link_bytes_total{link=\"cems\",direction=\"in\"}", 123456);
    expect(e, "plumewatch_device_good{device=\"cems-1\"}", 0);
    expect(e, "plumewatch_device_good{device=\"plc\"}", 1);
    expect(e, "plumewatch_device_results_total{device=\"meter-rto\",result=\"timeout\"}", 10);
    expect(e, "plumewatch_device_backoff_skips_total{device=\"meter-rto\"}", 6);
    expect(e, "plumewatch_device_last_reading_timestamp_seconds{device=\"plc\"}", 1795507199.6);
    expect(e, "plumewatch_target_state{target=\"county\",state=\"unreachable\"}", 1);
    expect(e, "plumewatch_target_state{target=\"county\",state=\"ok\"}", 0);
    expect(e, "plumewatch_target_backlog_commits{target=\"county\"}", 2401);
    expect(e, "plumewatch_target_quarantined_lines_total{target=\"county\"}", 2);
    drop(e);
    serve_view_free(v);
}

static void replies_are_a_histogram_and_exceptions_have_their_codes(void **state)
{
    (void)state;
    static const uint32_t bounds_ms[SERVE_REPLY_BOUNDS] = {1,   2,   5,   10,   20,  50,
                                                           100, 200, 500, 1000, 2000};
    struct serve_view *v = sample_view_new(1795507200000);
    struct serve_device *d = &v->devices[0];
    d->id = serve_view_text(v, "x");
    d->reply_bounds_ms = bounds_ms;
    d->replies[0] = 5;
    d->replies[3] = 2;
    d->replies[SERVE_REPLY_BOUNDS] = 1;
    d->reply_ms = 2500;
    d->exception_codes[2] = 7;
    d->proposed_timeout_ms = 450;
    struct exposition *e = scrape(v);
    expect(e, "plumewatch_device_reply_seconds_bucket{device=\"x\",le=\"0.001\"}", 5);
    expect(e, "plumewatch_device_reply_seconds_bucket{device=\"x\",le=\"0.01\"}", 7);
    expect(e, "plumewatch_device_reply_seconds_bucket{device=\"x\",le=\"2\"}", 7);
    expect(e, "plumewatch_device_reply_seconds_bucket{device=\"x\",le=\"+Inf\"}", 8);
    expect(e, "plumewatch_device_reply_seconds_count{device=\"x\"}", 8);
    expect(e, "plumewatch_device_reply_seconds_sum{device=\"x\"}", 2.5);
    expect(e, "plumewatch_device_exceptions_total{device=\"x\",code=\"2\"}", 7);
    expect(e, "plumewatch_device_proposed_timeout_ms{device=\"x\"}", 450);
    drop(e);
    serve_view_free(v);
}

static void ids_are_escaped_in_labels(void **state)
{
    (void)state;
    struct serve_view *v = sample_view_new(1795507200000);
    v->devices[0].id = serve_view_text(v, "a\"b\\c\nd");
    v->devices[1].id = serve_view_text(v, "罐区{7},=");
    struct exposition *e = scrape(v);
    expect(e, "plumewatch_device_requests_total{device=\"a\\\"b\\\\c\\nd\"}", 3605);
    expect(e, "plumewatch_device_requests_total{device=\"罐区{7},=\"}", 3605);
    drop(e);
    serve_view_free(v);
}

static void large_counts_keep_every_digit(void **state)
{
    (void)state;
    struct serve_view *v = sample_view_new(1795507200000);
    v->counters.samples = UINT64_MAX;
    struct request q = {
        .method = "GET", .raw_path = "/metrics", .view = v, .counts = &(struct http_counts){{0}}};
    struct reply r;
    reply_init(&r);
    routes_answer(&q, &r);
    assert_non_null(strstr(r.body.data, "\nplumewatch_samples_total 18446744073709551615\n"));
    reply_deinit(&r);
    serve_view_free(v);
}

static void an_empty_plant_has_its_families(void **state)
{
    (void)state;
    struct serve_view *v = serve_view_new(&(struct serve_counts){0});
    struct exposition *e = scrape(v);
    expect(e, "plumewatch_findings_open", 0);
    expect(e, "plumewatch_start_time_seconds", 0);
    drop(e);
    serve_view_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_the_view_stands_under_its_name),
        cmocka_unit_test(replies_are_a_histogram_and_exceptions_have_their_codes),
        cmocka_unit_test(ids_are_escaped_in_labels),
        cmocka_unit_test(large_counts_keep_every_digit),
        cmocka_unit_test(an_empty_plant_has_its_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
