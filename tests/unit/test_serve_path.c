/* Paths, conditional requests and listening addresses: what is parsed without a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/serve/listen.h"
#include "acq/serve/path.h"
#include "acq/serve/validators.h"

#include <string.h>

static void segments_are_decoded_once(void **state)
{
    (void)state;
    struct path p;
    assert_int_equal(path_parse("/api/v1/%E7%A4%BA%2541/a%20b", &p), 0);
    assert_int_equal(p.count, 4);
    assert_string_equal(p.segments[0], "api");
    assert_string_equal(p.segments[2], "\xe7\xa4\xba%41");
    assert_string_equal(p.segments[3], "a b");
    assert_false(p.is_folder);
}

static void a_slash_at_the_end_makes_a_folder(void **state)
{
    (void)state;
    struct path p;
    assert_int_equal(path_parse("/", &p), 0);
    assert_int_equal(p.count, 0);
    assert_true(p.is_folder);
    assert_int_equal(path_parse("/a/", &p), 0);
    assert_int_equal(p.count, 1);
    assert_true(p.is_folder);
}

static void what_names_nothing_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "a",       "*",        "http://x/", "//",      "/a//b",
        "/.",        "/..",     "/../a",    "/a/../b",   "/%2e",    "/%2e%2e",
        "/%2E./a",   "/.%2e/a", "/a%2fb",   "/a%2Fb",    "/..%2fa", "/a%5cb",
        "/a\\b",     "/%00",    "/a%00.js", "/%0a",      "/%7f",    "/%",
        "/%1",       "/%zz",    "/%g0",     "/%0",       "/%ff",    "/%c0%ae%c0%ae",
        "/%ed%a0%80"};
    struct path p;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (path_parse(bad[i], &p) != PW_ESYNTAX)
            fail_msg("taken: %s", bad[i]);
}

static void length_and_depth_are_bounded(void **state)
{
    (void)state;
    struct path p;
    char text[PATH_TEXT_MAX + 16];
    memset(text, 'a', sizeof text);
    text[0] = '/';
    text[PATH_TEXT_MAX] = '\0';
    assert_int_equal(path_parse(text, &p), 0);
    text[PATH_TEXT_MAX] = 'a';
    text[PATH_TEXT_MAX + 8] = '\0';
    assert_int_equal(path_parse(text, &p), PW_EFULL);
    for (size_t i = 0; i < 2u * PATH_SEGMENTS_MAX + 2; i++)
        text[i] = i % 2 ? 'a' : '/';
    text[2 * PATH_SEGMENTS_MAX] = '\0';
    assert_int_equal(path_parse(text, &p), 0);
    text[2 * PATH_SEGMENTS_MAX] = '/';
    text[2 * PATH_SEGMENTS_MAX + 2] = '\0';
    assert_int_equal(path_parse(text, &p), PW_EFULL);
}

static void patterns_take_one_segment_per_brace(void **state)
{
    (void)state;
    struct path p;
    const char *id = NULL;
    assert_int_equal(path_parse("/api/v1/devices/cems-1", &p), 0);
    assert_true(path_matches(&p, "/api/v1/devices/{id}", &id));
    assert_string_equal(id, "cems-1");
    assert_false(path_matches(&p, "/api/v1/devices", &id));
    assert_false(path_matches(&p, "/api/v1/devices/{id}/live", NULL));
    assert_false(path_matches(&p, "/api/v1/device/{id}", NULL));
    assert_int_equal(path_parse("/api/v1/devices/", &p), 0);
    assert_false(path_matches(&p, "/api/v1/devices", NULL));
}

static void etag_lists_are_searched(void **state)
{
    (void)state;
    assert_true(etag_matches("\"a\"", "\"a\""));
    assert_true(etag_matches("\"b\", \"a\"", "\"a\""));
    assert_true(etag_matches("W/\"a\"", "\"a\""));
    assert_true(etag_matches(" , *", "\"a\""));
    static const char *const no[] = {"",   "a",    "\"a",     "\"ab\"", "\"b\"",
                                     "W/", "\"\"", "\"b\"\"", ","};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (etag_matches(no[i], "\"a\""))
            fail_msg("matches: %s", no[i]);
}

static void dates_are_written_as_http_wants_them(void **state)
{
    (void)state;
    char date[HTTP_DATE_SIZE];
    http_date(784111777, date);
    assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    http_date(0, date);
    assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT");
    http_date(INT64_MAX, date);
    assert_string_equal(date, "Fri, 31 Dec 9999 23:59:59 GMT");
    http_date(-1, date);
    assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void listening_addresses_are_split(void **state)
{
    (void)state;
    char host[LISTEN_HOST_SIZE];
    unsigned port = 0;
    assert_int_equal(listen_split("127.0.0.1:8600", host, &port), 0);
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 8600);
    assert_int_equal(listen_split("[::1]:65535", host, &port), 0);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 65535);
    assert_int_equal(listen_split("localhost:0", host, &port), 0);
    static const char *const bad[] = {
        "",     ":",      ":80",   "a",       "a:",    "a:65536", "a:-1", "a:1x",
        "a: 1", "::1:80", "[]:80", "[::1:80", "[::1]", "]:80",    "[:80", "a:99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (listen_split(bad[i], host, &port) != PW_EINVAL)
            fail_msg("taken: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_decoded_once),
        cmocka_unit_test(a_slash_at_the_end_makes_a_folder),
        cmocka_unit_test(what_names_nothing_is_refused),
        cmocka_unit_test(length_and_depth_are_bounded),
        cmocka_unit_test(patterns_take_one_segment_per_brace),
        cmocka_unit_test(etag_lists_are_searched),
        cmocka_unit_test(dates_are_written_as_http_wants_them),
        cmocka_unit_test(listening_addresses_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
