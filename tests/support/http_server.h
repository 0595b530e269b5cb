/* A small strict HTTP/1.1 server on the loop, for tests of clients: every request is handed to a
 * script that says what is answered. Requests need a Content-Length when they have a body; what is
 * malformed stops the test. */
#ifndef TESTS_SUPPORT_HTTP_SERVER_H
#define TESTS_SUPPORT_HTTP_SERVER_H

#include <stddef.h>
#include <uv.h>

struct http_server;

struct served_request {
    const char *method;
    const char *target;  /* path and query */
    const char *headers; /* all lines, "\r\n" behind each */
    const char *body;    /* NUL behind the last byte */
    size_t body_len;
    unsigned connection; /* 1, 2, ... in the order of their acceptance */
};

enum served_how { SERVE_ANSWER, SERVE_CUT, SERVE_HANG };

/* SERVE_CUT sends the first cut_at bytes of the answer and closes; SERVE_HANG never answers. */
struct served_answer {
    enum served_how how;
    int status;
    int delay_ms; /* before the answer */
    int cut_at;
    const char *headers; /* more lines, each with "\r\n"; may be NULL */
    const char *body;    /* may be NULL */
};

/* On 127.0.0.1; stops the test when it cannot. port 0: any free one. */
struct http_server *http_server_start(uv_loop_t *loop, int port,
                                      void (*on_request)(void *ctx, const struct served_request *r,
                                                         struct served_answer *out),
                                      void *ctx);
int http_server_port(const struct http_server *s);
unsigned http_server_connections(const struct http_server *s);
/* Closes listener and connections; freed in the last close callback. */
void http_server_stop(struct http_server *s);

/* The value of a header line, copied into out (NUL-terminated); NULL when absent. */
const char *served_header(const struct served_request *r, const char *name, char *out, size_t size);

#endif
