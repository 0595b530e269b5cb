#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/loop/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "health [--address HOST:PORT]";

enum { PATIENCE_MS = 3000, VIEW_AGE_MAX_MS = 10000 };

struct health {
    uv_loop_t loop;
    struct http_client *client;
    int exit_status;
};

static int refuse(const char *what)
{
    fprintf(stderr, "plumewatch health: %s\n", what);
    return APP_FAILED;
}

/* A server that is degraded works, and starting it again would not help it; one whose loop does not
 * publish any more does not. */
static int judge_tree(const cJSON *tree)
{
    const char *state = json_string(tree, "state");
    const char *status = json_string(tree, "status");
    int64_t age_ms = json_int(tree, "view_age_ms", INT64_MAX);
    if (!state || !status || strcmp(state, "running") != 0)
        return refuse("the server does not say that it is running");
    if (age_ms > VIEW_AGE_MAX_MS)
        return refuse("the event loop has published nothing for more than 10 s");
    printf("%s, published %" PRId64 " ms ago\n", status, age_ms);
    return APP_OK;
}

static int judge(const struct http_answer *answer)
{
    if (answer->error)
        return refuse(answer->error_text);
    if (answer->status != 200)
        return refuse("the status of the answer is not 200");
    cJSON *tree = NULL;
    if (json_parse(answer->body, answer->body_len, &tree, NULL) != 0)
        return refuse("the answer is no JSON");
    int status = judge_tree(tree);
    cJSON_Delete(tree);
    return status;
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct health *h = ctx;
    h->exit_status = judge(answer);
    http_client_close(h->client, NULL, NULL);
}

static int send_request(struct health *h, const char *address)
{
    char url[300];
    struct strbuf text;
    strbuf_init_fixed(&text, url, sizeof url);
    strbuf_addf(&text, "http://%s/api/v1/health", address);
    if (text.failed)
        return PW_EINVAL;
    const struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = PATIENCE_MS, .connect_timeout_ms = PATIENCE_MS};
    struct http_call *call = NULL;
    return http_send(h->client, &request, on_answer, h, &call);
}

static int ask(struct health *h, const char *address)
{
    if (http_client_open(&h->loop, &h->client) != 0)
        return refuse("no memory");
    if (send_request(h, address) != 0) {
        http_client_close(h->client, NULL, NULL);
        h->exit_status = refuse("the address cannot be asked");
    }
    uv_run(&h->loop, UV_RUN_DEFAULT);
    return h->exit_status;
}

int cmd_health(int argc, char **argv)
{
    const char *address = "127.0.0.1:8600";
    const struct arg_option options[] = {{"--address", &address, NULL, false}};
    int err = args_parse(argc, argv, options, 1, usage, NULL, 0, NULL);
    if (err)
        return err;
    struct health h = {.exit_status = APP_FAILED};
    if (uv_loop_init(&h.loop) != 0)
        return refuse("no memory");
    int status = ask(&h, address);
    uv_loop_close(&h.loop);
    return status;
}
