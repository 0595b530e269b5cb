#include "acq/serve/server.h"

#include "acq/core/log.h"
#include "acq/serve/listen.h"
#include "acq/serve/routes.h"

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    IDLE_TIMEOUT_S = 30,
    CONNECTIONS_MAX = 256,
    CONNECTIONS_PER_IP_MAX = 64,
    CONNECTION_MEMORY = 16 * 1024, /* holds the request's line and headers */
    REQUEST_BODY_MAX = 64 * 1024,
};

/* A published view, counted by the server (one) and by each request that reads it. */
struct shown {
    struct serve_view *view;
    int64_t at_ms; /* monotonic, when it was published */
    unsigned refs;
};

struct server {
    struct MHD_Daemon *daemon;
    const struct pw_clock *clock;
    char *web_dir;
    struct serve_means means;
    struct serve_events events;
    unsigned port;
    struct http_counts counts; /* HTTP thread only */
    pthread_mutex_t lock;      /* of shown and of its count */
    struct shown *shown;
};

/* What stays between the calls for one request. */
struct pending {
    size_t body_len;
};

static struct shown *take_shown(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    struct shown *shown = s->shown;
    if (shown)
        shown->refs++;
    pthread_mutex_unlock(&s->lock);
    return shown;
}

static void give_shown(struct server *s, struct shown *shown)
{
    if (!shown)
        return;
    pthread_mutex_lock(&s->lock);
    unsigned left = --shown->refs;
    pthread_mutex_unlock(&s->lock);
    if (left)
        return;
    serve_view_free(shown->view);
    free(shown);
}

void serve_publish(struct server *s, struct serve_view *view)
{
    if (!view)
        return;
    struct shown *next = malloc(sizeof *next);
    if (!next) {
        serve_view_free(view);
        return;
    }
    *next = (struct shown){.view = view, .at_ms = pw_clock_mono_ms(s->clock), .refs = 1};
    pthread_mutex_lock(&s->lock);
    struct shown *old = s->shown;
    s->shown = next;
    pthread_mutex_unlock(&s->lock);
    give_shown(s, old);
}

static const char *find_query(void *ctx, const char *key)
{
    return MHD_lookup_connection_value(ctx, MHD_GET_ARGUMENT_KIND, key);
}

static const char *find_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (*value)
        (void)MHD_add_response_header(response, name, value);
}

static void add_headers(struct MHD_Response *response, const struct reply *r)
{
    add_header(response, "Content-Type", r->content_type);
    add_header(response, "Cache-Control", r->cache_control);
    add_header(response, "Allow", r->allow);
    add_header(response, "ETag", r->etag);
    add_header(response, "Last-Modified", r->last_modified);
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "X-Frame-Options", "DENY");
    add_header(response, "Referrer-Policy", "no-referrer");
    add_header(response, "Content-Security-Policy",
               "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

/* Takes the reply's body or file. */
static struct MHD_Response *make_response(struct reply *r)
{
    if (r->file >= 0) {
        struct MHD_Response *response = MHD_create_response_from_fd64(r->file_size, r->file);
        if (response)
            r->file = -1;
        return response;
    }
    if (!r->body.data) {
        static char nothing[1];
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(r->body.len, r->body.data, MHD_RESPMEM_MUST_FREE);
    if (response)
        strbuf_init(&r->body, REPLY_BODY_MAX);
    return response;
}

static enum MHD_Result send_reply(struct server *s, struct MHD_Connection *connection,
                                  struct reply *r)
{
    struct MHD_Response *response = make_response(r);
    if (!response)
        return MHD_NO;
    add_headers(response, r);
    s->counts.responses[r->status / 100]++;
    enum MHD_Result result = MHD_queue_response(connection, r->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *connection, const char *url,
                              const char *method)
{
    struct shown *shown = take_shown(s);
    struct request q = {
        .method = method,
        .raw_path = url,
        .query = find_query,
        .query_ctx = connection,
        .if_none_match = find_header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH),
        .if_modified_since = find_header(connection, MHD_HTTP_HEADER_IF_MODIFIED_SINCE),
        .view = shown ? shown->view : NULL,
        .view_age_ms = shown ? pw_clock_mono_ms(s->clock) - shown->at_ms : 0,
        .web_dir = s->web_dir,
        .means = s->means.read ? &s->means : NULL,
        .events = s->events.read ? &s->events : NULL,
        .counts = &s->counts,
    };
    struct reply r;
    reply_init(&r);
    routes_answer(&q, &r);
    if (r.body.failed)
        reply_error(&r, HTTP_INTERNAL_ERROR, "too_large", "the answer does not fit into memory",
                    "");
    log_debug("http", "method=%s path=%s status=%u", method, url, r.status);
    enum MHD_Result result = send_reply(s, connection, &r);
    reply_deinit(&r);
    give_shown(s, shown);
    return result;
}

static enum MHD_Result refuse_body(struct server *s, struct MHD_Connection *connection)
{
    struct reply r;
    reply_init(&r);
    reply_error(&r, HTTP_CONTENT_TOO_LARGE, "body_too_large", "no body is taken here", "");
    enum MHD_Result result = send_reply(s, connection, &r);
    reply_deinit(&r);
    return result;
}

static bool announces_too_much(struct MHD_Connection *connection)
{
    const char *length = find_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length && strtoull(length, NULL, 10) > REQUEST_BODY_MAX;
}

/* Called when the headers are there, once per piece of a body, and at the request's end. No route
 * takes a body yet: a small one is read and dropped, so that its sender gets the answer. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *piece,
                                  size_t *piece_len, void **request)
{
    struct server *s = ctx;
    struct pending *pending = *request;
    (void)version;
    (void)piece;
    if (!pending) {
        *request = pending = calloc(1, sizeof *pending);
        if (!pending)
            return MHD_NO;
        return announces_too_much(connection) ? refuse_body(s, connection) : MHD_YES;
    }
    if (*piece_len) {
        pending->body_len += *piece_len;
        *piece_len = 0;
        return pending->body_len > REQUEST_BODY_MAX ? MHD_NO : MHD_YES;
    }
    return answer(s, connection, url, method);
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)connection;
    (void)why;
    free(*request);
    *request = NULL;
}

/* Escapes stay as they came: path_parse() decodes them once, knowing where the slashes are. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
    (void)ctx;
    (void)connection;
    return strlen(text);
}

static void on_library_log(void *ctx, const char *format, va_list args) PW_PRINTF(2, 0);
static void on_library_log(void *ctx, const char *format, va_list args)
{
    char line[256];
    (void)ctx;
    (void)vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\r\n")] = '\0';
    log_debug("http", "%s", line);
}

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value ? value : fallback;
}

/* The thread is started with every signal blocked: they belong to the loop thread. */
static struct MHD_Daemon *start_daemon(struct server *s, const struct serve_options *o, int fd)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, s,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_TIMEOUT, or_default(o->idle_timeout_s, IDLE_TIMEOUT_S),
        MHD_OPTION_CONNECTION_LIMIT, or_default(o->connections_max, CONNECTIONS_MAX),
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        or_default(o->connections_per_ip_max, CONNECTIONS_PER_IP_MAX),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

static int check_web_dir(const char *web_dir, char *why, size_t why_size)
{
    struct stat st;
    if (!web_dir || (stat(web_dir, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    (void)snprintf(why, why_size, "%s is not a folder of static files", web_dir);
    return PW_EINVAL;
}

static void server_free(struct server *s)
{
    if (s->shown)
        serve_view_free(s->shown->view);
    free(s->shown);
    free(s->web_dir);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct server *server_new(const struct serve_options *o)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->clock = o->clock ? o->clock : pw_clock_system();
    pw_require(pthread_mutex_init(&s->lock, NULL) == 0);
    s->means = o->means;
    s->events = o->events;
    if (o->web_dir && !(s->web_dir = strdup(o->web_dir))) {
        server_free(s);
        return NULL;
    }
    return s;
}

int serve_start(const struct serve_options *options, struct server **out, char *why,
                size_t why_size)
{
    int fd = -1;
    int err = check_web_dir(options->web_dir, why, why_size);
    if (err)
        return err;
    struct server *s = server_new(options);
    if (!s) {
        (void)snprintf(why, why_size, "out of memory");
        return PW_ENOMEM;
    }
    err = listen_open(options->listen, &fd, &s->port, why, why_size);
    if (err)
        goto fail;
    s->daemon = start_daemon(s, options, fd);
    if (!s->daemon) { /* which has closed fd */
        (void)snprintf(why, why_size, "the HTTP thread does not start");
        err = PW_EIO;
        goto fail;
    }
    *out = s;
    return 0;
fail:
    server_free(s);
    return err;
}

unsigned serve_port(const struct server *s)
{
    return s->port;
}

void serve_stop(struct server *s)
{
    if (!s)
        return;
    MHD_stop_daemon(s->daemon);
    server_free(s);
}
