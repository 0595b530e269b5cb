/* HTTP requests on the loop: libcurl's multi interface driven by libuv. One client per loop, which
 * keeps connections alive between requests. Loop thread. Nothing here blocks: names are resolved by
 * libcurl's own thread. Only http and https, certificates checked, no redirects, no proxy from the
 * environment. */
#ifndef ACQ_LOOP_HTTP_H
#define ACQ_LOOP_HTTP_H

#include "acq/core/bytes.h"
#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { HTTP_ANSWER_MAX = 32768, HTTP_RETRY_AFTER_MAX_S = 600 };

struct http_client;
struct http_call; /* one request under way */

/* Everything is copied, of the body a reference is taken. */
struct http_request {
    const char *method; /* "GET", "POST", ... */
    const char *url;
    const char *const *headers; /* "Name: value", the last one NULL; may be NULL */
    struct bytes *body;         /* NULL: none */
    const char *user;           /* Basic authentication; NULL or "": none */
    const char *password;
    const char *ca_file; /* PEM; NULL or "": the system's authorities */
    uint32_t timeout_ms; /* of the whole request */
    uint32_t connect_timeout_ms;
};

/* Borrowed by on_done until it returns. */
struct http_answer {
    int error; /* 0: there is a status; else PW_ETIMEOUT, PW_EHTTP, PW_ENOMEM or UV_ECANCELED */
    const char *error_text; /* libcurl's sentence, "" without an error */
    int status;
    int last_code; /* what the server said last, also before an error; 0: nothing. Of letters too */
    bool was_sent; /* after an error: the request, or some of it, may have arrived */
    const char *body; /* at most HTTP_ANSWER_MAX bytes of it, NUL-terminated */
    size_t body_len;
    uint32_t retry_after_s; /* at most HTTP_RETRY_AFTER_MAX_S; 0 when the server named none */
};

PW_MUST_CHECK int http_client_open(uv_loop_t *loop, struct http_client **out);

/* on_done comes later, exactly once, unless the call is cancelled. *out is valid until then. */
PW_MUST_CHECK int http_send(struct http_client *c, const struct http_request *request,
                            void (*on_done)(void *ctx, const struct http_answer *answer), void *ctx,
                            struct http_call **out);

/* Gives the request up; on_done is not called. */
void http_cancel(struct http_call *call);

/* Closes connections and handles. What is under way is given up: its on_done comes with
 * UV_ECANCELED from a close callback. The client is freed in the last one, which then calls
 * on_closed. */
void http_client_close(struct http_client *c, void (*on_closed)(void *ctx), void *ctx);

#endif
