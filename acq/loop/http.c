#include "acq/loop/http_private.h"

#include <stdlib.h>
#include <string.h>

struct socket_watch {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t fd;
};

static void release_handle(struct http_client *c)
{
    if (--c->handles > 0 || c->multi)
        return;
    void (*on_closed)(void *ctx) = c->on_closed;
    void *ctx = c->closed_ctx;
    free(c);
    curl_global_cleanup();
    if (on_closed)
        on_closed(ctx);
}

static void call_link(struct http_client *c, struct http_call *call)
{
    call->next = c->calls;
    if (call->next)
        call->next->previous = call;
    c->calls = call;
}

static void call_unlink(struct http_call *call)
{
    if (call->previous)
        call->previous->next = call->next;
    else
        call->client->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
}

void http_call_free(struct http_call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    bytes_unref(call->body);
    free(call);
}

static int translate(CURLcode result)
{
    if (result == CURLE_OPERATION_TIMEDOUT)
        return PW_ETIMEOUT;
    return result == CURLE_OUT_OF_MEMORY ? PW_ENOMEM : PW_EHTTP;
}

static void describe_end(struct http_call *call, struct http_answer *out)
{
    long code = 0;
    long request_bytes = 0;
    curl_off_t body_bytes = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
    out->last_code = (int)code;
    out->was_sent = request_bytes > 0 || body_bytes > 0;
}

/* A connection that ends inside the status line is no error to libcurl, but there is no status. */
static void describe_answer(struct http_call *call, CURLcode result, struct http_answer *out)
{
    long status = 0;
    curl_off_t retry_after = 0;
    call->answer[call->answer_len] = '\0';
    *out =
        (struct http_answer){.error_text = "", .body = call->answer, .body_len = call->answer_len};
    describe_end(call, out);
    if (result == CURLE_OK)
        status = out->last_code;
    if (result == CURLE_OK && status == 0)
        result = CURLE_GOT_NOTHING;
    if (result != CURLE_OK) {
        out->error = translate(result);
        out->error_text = call->error[0] ? call->error : curl_easy_strerror(result);
        return;
    }
    curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > HTTP_RETRY_AFTER_MAX_S)
        retry_after = HTTP_RETRY_AFTER_MAX_S;
    out->status = (int)status;
    out->retry_after_s = retry_after > 0 ? (uint32_t)retry_after : 0;
}

/* Runs outside of libcurl's own callbacks, so on_done may send, cancel and close. */
static void finish_done(struct http_client *c)
{
    CURLMsg *message = NULL;
    int left = 0;
    while (c->multi && (message = curl_multi_info_read(c->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        struct http_call *call = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        curl_multi_remove_handle(c->multi, call->easy);
        struct http_answer answer;
        describe_answer(call, result, &answer);
        call_unlink(call);
        call->on_done(call->ctx, &answer);
        http_call_free(call);
    }
}

static void time_is_up(struct http_client *c)
{
    int running = 0;
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(c);
}

static void on_timer(uv_timer_t *timer)
{
    time_is_up(timer->data);
}

static void on_next_turn(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    time_is_up(idle->data);
}

/* libcurl forbids its functions inside this callback, so 0 ms is the loop's next turn: not a timer
 * of 1 ms, which every request would wait for, nor one of 0, which could starve the sockets. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct http_client *c = ctx;
    (void)multi;
    uv_timer_stop(&c->timer);
    uv_idle_stop(&c->idle);
    if (timeout_ms < 0 || uv_is_closing((uv_handle_t *)&c->timer))
        return 0;
    if (timeout_ms == 0)
        uv_idle_start(&c->idle, on_next_turn);
    else
        uv_timer_start(&c->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct socket_watch *watch = poll->data;
    struct http_client *c = watch->client;
    int running = 0;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(c->multi, watch->fd, flags, &running);
    finish_done(c);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct socket_watch *watch = handle->data;
    struct http_client *c = watch->client;
    free(watch);
    release_handle(c);
}

static void watch_remove(struct socket_watch *watch)
{
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static struct socket_watch *watch_new(struct http_client *c, curl_socket_t fd)
{
    struct socket_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    if (uv_poll_init_socket(c->loop, &watch->poll, fd)) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->client = c;
    watch->fd = fd;
    c->handles++;
    return watch;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct http_client *c = ctx;
    struct socket_watch *watch = socket_ctx;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            watch_remove(watch);
        if (c->multi)
            curl_multi_assign(c->multi, fd, NULL);
        return 0;
    }
    if (!watch) {
        watch = watch_new(c, fd);
        if (!watch)
            return -1;
        curl_multi_assign(c->multi, fd, watch);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->poll, events, on_poll) ? -1 : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct http_call *call = ctx;
    size_t len = size * count;
    size_t room = HTTP_ANSWER_MAX - call->answer_len;
    size_t taken = len < room ? len : room;
    memcpy(call->answer + call->answer_len, data, taken);
    call->answer_len += taken;
    return len;
}

int http_client_open(uv_loop_t *loop, struct http_client **out)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return PW_EHTTP;
    struct http_client *c = calloc(1, sizeof *c);
    CURLM *multi = curl_multi_init();
    if (!c || !multi || uv_timer_init(loop, &c->timer) || uv_idle_init(loop, &c->idle)) {
        free(c);
        curl_multi_cleanup(multi);
        curl_global_cleanup();
        return PW_ENOMEM;
    }
    c->loop = loop;
    c->multi = multi;
    c->timer.data = c;
    c->idle.data = c;
    c->handles = 2;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, c);
    *out = c;
    return 0;
}

bool http_call_add_header(struct http_call *call, const char *text)
{
    struct curl_slist *headers = curl_slist_append(call->headers, text);
    if (headers)
        call->headers = headers;
    return headers != NULL;
}

static bool set_headers(struct http_call *call, const struct http_request *request)
{
    bool good = http_call_add_header(call, "Expect:");
    for (const char *const *h = request->headers; good && h && *h; h++)
        good = http_call_add_header(call, *h);
    return good && curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK;
}

static bool set_method(struct http_call *call, const struct http_request *request)
{
    CURL *e = call->easy;
    CURLcode rc = CURLE_OK;
    if (request->body || strcmp(request->method, "POST") == 0) {
        const void *data = request->body ? (const void *)bytes_data(request->body) : "";
        curl_off_t len = request->body ? (curl_off_t)bytes_len(request->body) : 0;
        call->body = request->body ? bytes_ref(request->body) : NULL;
        rc = curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, len);
        if (rc == CURLE_OK)
            rc = curl_easy_setopt(e, CURLOPT_POSTFIELDS, data);
    }
    if (rc == CURLE_OK && strcmp(request->method, "POST") != 0 &&
        (request->body || strcmp(request->method, "GET") != 0))
        rc = curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, request->method);
    return rc == CURLE_OK;
}

bool http_call_set_login(struct http_call *call, const char *user, const char *password)
{
    if (!user || !*user)
        return true;
    return curl_easy_setopt(call->easy, CURLOPT_USERNAME, user) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_PASSWORD, password ? password : "") == CURLE_OK;
}

/* The system's directory of authorities would count beside the file. */
static bool set_authorities(CURL *e, const char *ca_file)
{
    if (!ca_file || !*ca_file)
        return true;
    return curl_easy_setopt(e, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK;
}

/* QUICK_EXIT: giving up a request must not wait for the thread that still resolves its name. */
bool http_call_set(struct http_call *call, const char *url, const char *protocols,
                   const char *ca_file, uint32_t timeout_ms, uint32_t connect_timeout_ms)
{
    CURL *e = call->easy;
    return curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           set_authorities(e, ca_file) && curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_timeout_ms) == CURLE_OK;
}

static bool set_request(struct http_call *call, const struct http_request *r)
{
    CURL *e = call->easy;
    return http_call_set(call, r->url, "http,https", r->ca_file, r->timeout_ms,
                         r->connect_timeout_ms) &&
           curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USERAGENT, "plumewatch/" PW_VERSION) == CURLE_OK &&
           http_call_set_login(call, r->user, r->password) && set_headers(call, r) &&
           set_method(call, r);
}

static bool set_callbacks(struct http_call *call)
{
    CURL *e = call->easy;
    return curl_easy_setopt(e, CURLOPT_PRIVATE, call) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->error) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEDATA, call) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
}

struct http_call *http_call_new(struct http_client *c,
                                void (*on_done)(void *ctx, const struct http_answer *answer),
                                void *ctx)
{
    pw_require(c->multi);
    struct http_call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->client = c;
    call->on_done = on_done;
    call->ctx = ctx;
    call->easy = curl_easy_init();
    if (call->easy && set_callbacks(call))
        return call;
    http_call_free(call);
    return NULL;
}

int http_call_start(struct http_call *call, struct http_call **out)
{
    if (curl_multi_add_handle(call->client->multi, call->easy) != CURLM_OK) {
        http_call_free(call);
        return PW_ENOMEM;
    }
    call_link(call->client, call);
    *out = call;
    return 0;
}

int http_send(struct http_client *c, const struct http_request *request,
              void (*on_done)(void *ctx, const struct http_answer *answer), void *ctx,
              struct http_call **out)
{
    struct http_call *call = http_call_new(c, on_done, ctx);
    if (!call)
        return PW_ENOMEM;
    if (!set_request(call, request)) {
        http_call_free(call);
        return PW_ENOMEM;
    }
    return http_call_start(call, out);
}

void http_cancel(struct http_call *call)
{
    if (call->client->multi)
        curl_multi_remove_handle(call->client->multi, call->easy);
    call_unlink(call);
    http_call_free(call);
}

static struct http_call *take_first(struct http_client *c)
{
    struct http_call *call = c->calls;
    if (!call)
        return NULL;
    c->calls = call->next;
    if (call->next)
        call->next->previous = NULL;
    return call;
}

static void on_idle_closed(uv_handle_t *handle)
{
    release_handle(handle->data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct http_client *c = handle->data;
    struct http_call *call = NULL;
    while ((call = take_first(c))) {
        const struct http_answer answer = {
            .error = UV_ECANCELED, .error_text = "given up", .body = ""};
        call->on_done(call->ctx, &answer);
        http_call_free(call);
    }
    release_handle(c);
}

void http_client_close(struct http_client *c, void (*on_closed)(void *ctx), void *ctx)
{
    pw_require(c->multi);
    for (struct http_call *call = c->calls; call; call = call->next)
        curl_multi_remove_handle(c->multi, call->easy);
    c->on_closed = on_closed;
    c->closed_ctx = ctx;
    CURLM *multi = c->multi;
    c->multi = NULL;
    curl_multi_cleanup(multi);
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
    uv_close((uv_handle_t *)&c->idle, on_idle_closed);
}
