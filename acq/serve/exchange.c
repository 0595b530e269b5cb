#include "acq/serve/exchange.h"

#include "acq/serve/json_write.h"

#include <string.h>
#include <unistd.h>

void reply_init(struct reply *r)
{
    *r = (struct reply){
        .status = HTTP_OK,
        .content_type = "application/json; charset=utf-8",
        .cache_control = "no-store",
        .file = -1,
    };
    strbuf_init(&r->body, REPLY_BODY_MAX);
}

void reply_deinit(struct reply *r)
{
    strbuf_deinit(&r->body);
    if (r->file >= 0)
        close(r->file);
    r->file = -1;
}

void reply_error(struct reply *r, unsigned status, const char *code, const char *message,
                 const char *pointer)
{
    char allow[ALLOW_SIZE];
    memcpy(allow, r->allow, sizeof allow);
    reply_deinit(r);
    reply_init(r);
    memcpy(r->allow, allow, sizeof allow);
    r->status = status;
    json_open(&r->body, NULL, '{');
    json_open(&r->body, "error", '{');
    json_put_text(&r->body, "code", code);
    json_put_text(&r->body, "message", message);
    json_put_text(&r->body, "pointer", pointer);
    json_close(&r->body, '}');
    json_close(&r->body, '}');
}

int request_query(const struct request *q, const char *key, char *out, size_t size)
{
    const char *raw = q->query ? q->query(q->query_ctx, key) : NULL;
    size_t len = 0;
    out[0] = '\0';
    if (!raw)
        return 0;
    int err = percent_decode(raw, strlen(raw), out, size, &len);
    if (err)
        return err;
    return strlen(out) == len ? 0 : PW_ESYNTAX;
}
