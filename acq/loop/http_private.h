/* What http.c (client, requests) and mail.c (letters) share: one call on the client's multi handle.
 */
#ifndef ACQ_LOOP_HTTP_PRIVATE_H
#define ACQ_LOOP_HTTP_PRIVATE_H

#include "acq/loop/http.h"

#include <curl/curl.h>
#include <stdbool.h>

struct http_client {
    uv_loop_t *loop;
    CURLM *multi; /* NULL once closing */
    uv_timer_t timer;
    uv_idle_t idle; /* for what is due at once */
    unsigned handles;
    struct http_call *calls;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

struct http_call {
    struct http_client *client;
    struct http_call *next, *previous;
    CURL *easy;
    struct curl_slist *headers; /* of a letter: its receivers */
    struct bytes *body;
    size_t body_sent; /* of a letter */
    void (*on_done)(void *ctx, const struct http_answer *answer);
    void *ctx;
    size_t answer_len;
    char answer[HTTP_ANSWER_MAX + 1];
    char error[CURL_ERROR_SIZE];
};

/* With an easy handle that has only its callbacks; NULL: no memory. */
struct http_call *http_call_new(struct http_client *c,
                                void (*on_done)(void *ctx, const struct http_answer *answer),
                                void *ctx);
void http_call_free(struct http_call *call);
/* Hands it to libcurl; on failure it is freed. */
PW_MUST_CHECK int http_call_start(struct http_call *call, struct http_call **out);

/* What every transfer has: no proxy, no signal, certificates checked. protocols: "smtp,smtps".
 * ca_file: NULL or "": the system's authorities. */
bool http_call_set(struct http_call *call, const char *url, const char *protocols,
                   const char *ca_file, uint32_t timeout_ms, uint32_t connect_timeout_ms);
bool http_call_set_login(struct http_call *call, const char *user, const char *password);
bool http_call_add_header(struct http_call *call, const char *text);

#endif
