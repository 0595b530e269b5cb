/* One request and its reply as the handlers see them: no socket, no microhttpd. A handler reads the
 * request, writes the reply, and does nothing else, so that every one runs in a unit test. */
#ifndef ACQ_SERVE_EXCHANGE_H
#define ACQ_SERVE_EXCHANGE_H

#include "acq/core/strbuf.h"
#include "acq/serve/events.h"
#include "acq/serve/means.h"
#include "acq/serve/path.h"
#include "acq/serve/view.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_OK = 200,
    HTTP_NOT_MODIFIED = 304,
    HTTP_BAD_REQUEST = 400,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_CONTENT_TOO_LARGE = 413,
    HTTP_URI_TOO_LONG = 414,
    HTTP_INTERNAL_ERROR = 500,
    HTTP_UNAVAILABLE = 503,
};

enum { REPLY_BODY_MAX = 32 * 1024 * 1024, ETAG_SIZE = 40, HTTP_DATE_SIZE = 32, ALLOW_SIZE = 64 };

/* What the server itself counts and shows in /metrics. HTTP thread only. */
struct http_counts {
    uint64_t responses[6]; /* by the status's first digit */
};

struct request {
    const char *method;
    const char *raw_path; /* not decoded, without the query */
    /* The value of a query parameter, not decoded; NULL when absent. */
    const char *(*query)(void *ctx, const char *key);
    void *query_ctx;
    const char *if_none_match;         /* NULL when absent */
    const char *if_modified_since;     /* NULL when absent */
    const struct serve_view *view;     /* NULL before the first */
    int64_t view_age_ms;               /* since it was published */
    const char *web_dir;               /* NULL: no static files */
    const struct serve_means *means;   /* NULL: none can be read */
    const struct serve_events *events; /* likewise */
    const struct http_counts *counts;
    struct path path; /* filled by routes_answer() */
    const char *id;   /* the route's {id}, or NULL */
};

struct reply {
    unsigned status;
    const char *content_type;  /* static */
    const char *cache_control; /* static */
    char allow[ALLOW_SIZE];    /* of a 405; else "" */
    char etag[ETAG_SIZE];      /* else "" */
    char last_modified[HTTP_DATE_SIZE];
    struct strbuf body;
    int file; /* an open file that is the body instead; -1: none */
    uint64_t file_size;
};

/* 200, application/json, an empty body. */
void reply_init(struct reply *r);
/* Closes a file that was not taken. */
void reply_deinit(struct reply *r);

/* {"error":{"code","message","pointer"}} instead of what was written so far. pointer: the query
 * parameter or JSON pointer at fault; "" when the whole request is. */
void reply_error(struct reply *r, unsigned status, const char *code, const char *message,
                 const char *pointer);

/* A query parameter, decoded into out; "" when absent. PW_ESYNTAX or PW_EFULL when it is none. */
PW_MUST_CHECK int request_query(const struct request *q, const char *key, char *out, size_t size);

#endif
