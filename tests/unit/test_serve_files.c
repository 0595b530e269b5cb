/* Static files over a real socket: what is served, what is not, and what is known already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/serve/server.h"
#include "tests/support/http_ask.h"
#include "tests/support/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char *dir; /* holds secret.txt and web/ */
    char web[512];
    struct server *server;
};

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void make_site(struct fixture *f)
{
    char path[1024];
    assert_int_equal(mkdir(f->web, 0755), 0);
    write_file(f->dir, "secret.txt", "secret");
    write_file(f->web, "index.html", "<p>首页</p>");
    write_file(f->web, "app.js", "let a;");
    write_file(f->web, "style.css", "p{}");
    write_file(f->web, "favicon.svg", "<svg/>");
    write_file(f->web, "data.bin", "bin");
    write_file(f->web, "empty.txt", "");
    write_file(f->web, ".env", "secret");
    (void)snprintf(path, sizeof path, "%s/sub", f->web);
    assert_int_equal(mkdir(path, 0755), 0);
    write_file(path, "index.html", "sub");
    (void)snprintf(path, sizeof path, "%s/.git", f->web);
    assert_int_equal(mkdir(path, 0755), 0);
    write_file(path, "config", "secret");
    (void)snprintf(path, sizeof path, "%s/link.txt", f->web);
    assert_int_equal(symlink("../secret.txt", path), 0);
    (void)snprintf(path, sizeof path, "%s/up", f->web);
    assert_int_equal(symlink("..", path), 0);
    (void)snprintf(path, sizeof path, "%s/pipe", f->web);
    assert_int_equal(mkfifo(path, 0644), 0);
}

static int start_site(void **state)
{
    static struct fixture f;
    char why[256] = "";
    f = (struct fixture){.dir = support_temp_dir()};
    (void)snprintf(f.web, sizeof f.web, "%s/web", f.dir);
    make_site(&f);
    const struct serve_options o = {.listen = "127.0.0.1:0", .web_dir = f.web};
    if (serve_start(&o, &f.server, why, sizeof why))
        fail_msg("%s", why);
    *state = &f;
    return 0;
}

static int stop_site(void **state)
{
    struct fixture *f = *state;
    serve_stop(f->server);
    support_remove_dir(f->dir);
    return 0;
}

static struct http_said get(struct fixture *f, const char *target, const char *headers)
{
    return http_ask(serve_port(f->server), "GET", target, headers);
}

static void files_come_with_their_type(void **state)
{
    static const struct {
        const char *target, *type, *body;
    } rows[] = {
        {"/", "Content-Type: text/html; charset=utf-8", "<p>首页</p>"},
        {"/index.html", "Content-Type: text/html; charset=utf-8", "<p>首页</p>"},
        {"/%61pp.js", "Content-Type: text/javascript; charset=utf-8", "let a;"},
        {"/style.css", "Content-Type: text/css; charset=utf-8", "p{}"},
        {"/favicon.svg", "Content-Type: image/svg+xml; charset=utf-8", "<svg/>"},
        {"/data.bin", "Content-Type: application/octet-stream", "bin"},
        {"/empty.txt", "Content-Type: text/plain; charset=utf-8", ""},
        {"/sub/?a=1", "Content-Type: text/html; charset=utf-8", "sub"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_said said = get(*state, rows[i].target, "");
        assert_int_equal(said.status, 200);
        assert_true(http_has(&said, rows[i].type));
        assert_true(http_has(&said, "Cache-Control: no-cache"));
        assert_true(http_has(&said, "X-Content-Type-Options: nosniff"));
        assert_string_equal(said.body, rows[i].body);
        http_said_free(&said);
    }
}

static void nothing_hidden_linked_or_outside_is_served(void **state)
{
    static const char *const targets[] = {"/.env",
                                          "/%2eenv",
                                          "/.git/config",
                                          "/link.txt",
                                          "/up/secret.txt",
                                          "/up/",
                                          "/../secret.txt",
                                          "/%2e%2e/secret.txt",
                                          "/..%2fsecret.txt",
                                          "/sub/../../secret.txt",
                                          "/sub/%2e%2e/%2e%2e/secret.txt",
                                          "/pipe",
                                          "/sub",
                                          "/nothing",
                                          "/app.js/",
                                          "/app.js/x",
                                          "/index.html%00",
                                          "//index.html",
                                          "/api/index.html"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct http_said said = get(*state, targets[i], "");
        if (said.status != 404 || strstr(said.body, "secret"))
            fail_msg("%s: %d", targets[i], said.status);
        http_said_free(&said);
    }
}

static void a_known_file_is_304_without_a_body(void **state)
{
    struct http_said first = get(*state, "/app.js", "");
    char header[256];
    char tag[128] = "";
    char date[128] = "";
    assert_int_equal(sscanf(strstr(first.head, "\r\nETag: ") + 8, "%127[^\r]", tag), 1);
    assert_int_equal(sscanf(strstr(first.head, "\r\nLast-Modified: ") + 17, "%127[^\r]", date), 1);

    (void)snprintf(header, sizeof header, "If-None-Match: \"x\", %s\r\n", tag);
    struct http_said again = get(*state, "/app.js", header);
    assert_int_equal(again.status, 304);
    assert_int_equal(again.body_len, 0);
    (void)snprintf(header, sizeof header, "ETag: %s", tag);
    assert_true(http_has(&again, header));
    http_said_free(&again);

    (void)snprintf(header, sizeof header, "If-Modified-Since: %s\r\n", date);
    again = get(*state, "/app.js", header);
    assert_int_equal(again.status, 304);
    http_said_free(&again);

    /* If-None-Match decides when both are there. */
    (void)snprintf(header, sizeof header, "If-None-Match: \"x\"\r\nIf-Modified-Since: %s\r\n",
                   date);
    again = get(*state, "/app.js", header);
    assert_int_equal(again.status, 200);
    http_said_free(&again);
    http_said_free(&first);
}

static void a_changed_file_has_another_tag(void **state)
{
    struct fixture *f = *state;
    struct http_said first = get(f, "/app.js", "");
    char header[256] = "If-None-Match: ";
    assert_int_equal(sscanf(strstr(first.head, "\r\nETag: ") + 8, "%127[^\r]", header + 15), 1);
    strcat(header, "\r\n");
    write_file(f->web, "app.js", "let a, b;");
    struct http_said again = get(f, "/app.js", header);
    assert_int_equal(again.status, 200);
    assert_string_equal(again.body, "let a, b;");
    http_said_free(&first);
    http_said_free(&again);
}

static void files_take_get_and_head_only(void **state)
{
    struct fixture *f = *state;
    struct http_said said = http_ask(serve_port(f->server), "DELETE", "/app.js", "");
    assert_int_equal(said.status, 405);
    assert_true(http_has(&said, "Allow: GET, HEAD"));
    http_said_free(&said);
    said = http_ask(serve_port(f->server), "HEAD", "/app.js", "");
    assert_int_equal(said.status, 200);
    assert_true(http_has(&said, "Content-Length: 6"));
    assert_int_equal(said.body_len, 0);
    http_said_free(&said);
}

static void a_large_file_comes_whole(void **state)
{
    struct fixture *f = *state;
    enum { SIZE = 3000000 };
    char *text = malloc(SIZE + 1);
    assert_non_null(text);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (char)('a' + i % 23);
    text[SIZE] = '\0';
    write_file(f->web, "large.txt", text);
    struct http_said said = get(f, "/large.txt", "");
    assert_int_equal(said.body_len, SIZE);
    assert_int_equal(memcmp(said.body, text, SIZE), 0);
    http_said_free(&said);
    free(text);
}

int main(void)
{
#define SITE(name) cmocka_unit_test_setup_teardown(name, start_site, stop_site)
    const struct CMUnitTest tests[] = {
        SITE(files_come_with_their_type),         SITE(nothing_hidden_linked_or_outside_is_served),
        SITE(a_known_file_is_304_without_a_body), SITE(a_changed_file_has_another_tag),
        SITE(files_take_get_and_head_only),       SITE(a_large_file_comes_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
