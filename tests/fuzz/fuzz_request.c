/* One request line by line: method, path, query key, query value, If-None-Match, listening address.
 * Every reply must have a status that is documented and, when it is JSON, be read by the strict
 * reader. */
#include "acq/core/json.h"
#include "acq/serve/listen.h"
#include "acq/serve/routes.h"
#include "acq/serve/validators.h"
#include "tests/support/sample_view.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 6 };

static const char *find_query(void *ctx, const char *key)
{
    char *const *lines = ctx;
    return strcmp(key, lines[2]) == 0 ? lines[3] : NULL;
}

static bool is_documented(unsigned status)
{
    static const unsigned statuses[] = {200, 400, 404, 405, 414, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (status == statuses[i])
            return true;
    return false;
}

static void answer(char **lines, const struct serve_view *view)
{
    const struct http_counts counts = {{0}};
    struct request q = {.method = lines[0],
                        .raw_path = lines[1],
                        .query = find_query,
                        .query_ctx = lines,
                        .view = view,
                        .counts = &counts};
    struct reply r;
    reply_init(&r);
    routes_answer(&q, &r);
    pw_require(is_documented(r.status));
    pw_require(!r.body.failed && r.body.len > 0);
    pw_require((r.status == HTTP_METHOD_NOT_ALLOWED) == (r.allow[0] != '\0'));
    if (strncmp(r.content_type, "application/json", 16) == 0) {
        cJSON *tree = NULL;
        pw_require(json_parse(r.body.data, r.body.len, &tree, NULL) == 0);
        cJSON_Delete(tree);
    }
    reply_deinit(&r);
}

static void parse_alone(char **lines)
{
    char host[LISTEN_HOST_SIZE];
    unsigned port = 0;
    struct path path;
    if (path_parse(lines[1], &path) == 0)
        for (size_t i = 0; i < path.count; i++)
            pw_require(path.segments[i][0] && !strpbrk(path.segments[i], "/\\") &&
                       strcmp(path.segments[i], "..") != 0);
    (void)etag_matches(lines[4], "\"1-2\"");
    if (listen_split(lines[5], host, &port) == 0)
        pw_require(host[0] && port <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    struct serve_view *view = sample_view_new(1795507200000);
    char *lines[LINES];
    if (!text)
        return 0;
    memcpy(text, data, size);
    char *at = text;
    for (size_t i = 0; i < LINES; i++) {
        lines[i] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    answer(lines, view);
    answer(lines, NULL);
    parse_alone(lines);
    serve_view_free(view);
    free(text);
    return 0;
}
