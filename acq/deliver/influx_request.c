#include "acq/deliver/influx_private.h"

#include <stdio.h>
#include <string.h>

enum { URL_MAX = 8192, HEADER_MAX = 2048, CONNECT_MAX_MS = 5000 };

static void add_query(struct strbuf *url, const char *name, const char *value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    strbuf_adds(url, name);
    for (; *value; value++) {
        if (strchr(plain, *value))
            strbuf_addc(url, *value);
        else
            strbuf_addf(url, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

/* The precision is always said: without it v1 and v2 take nanoseconds and v3 guesses. */
static void add_path(struct strbuf *url, const struct plant_influx *t)
{
    switch (t->api) {
    case INFLUX_V1:
        add_query(url, "/write?db=", t->database);
        if (*t->retention_policy)
            add_query(url, "&rp=", t->retention_policy);
        strbuf_adds(url, "&precision=ms");
        break;
    case INFLUX_V2:
        add_query(url, "/api/v2/write?bucket=", t->bucket);
        if (*t->org)
            add_query(url, "&org=", t->org);
        strbuf_adds(url, "&precision=ms");
        break;
    case INFLUX_V3:
        add_query(url, "/api/v3/write_lp?db=", t->database);
        strbuf_addf(url, "&precision=millisecond&accept_partial=%s",
                    t->accept_partial ? "true" : "false");
        break;
    }
}

char *influx_build_url(const struct plant_influx *t)
{
    struct strbuf url;
    strbuf_init(&url, URL_MAX);
    strbuf_adds(&url, t->url);
    add_path(&url, t);
    if (url.failed)
        strbuf_deinit(&url);
    return url.data;
}

int influx_build_authorization(const struct plant_influx *t, char **out)
{
    struct strbuf line;
    *out = NULL;
    if (t->api == INFLUX_V1 || !t->token || !*t->token)
        return 0;
    strbuf_init(&line, HEADER_MAX);
    strbuf_addf(&line, "Authorization: %s %s", t->api == INFLUX_V2 ? "Token" : "Bearer", t->token);
    if (line.failed) {
        strbuf_deinit(&line);
        return PW_ENOMEM;
    }
    *out = line.data;
    return 0;
}

int influx_send(struct influx_slot *slot, struct bytes *body, bool gzip,
                void (*on_answer)(void *ctx, const struct http_answer *answer))
{
    const struct influx_sender *s = slot->sender;
    const struct plant_influx *t = s->options.target;
    const char *headers[4] = {"Content-Type: text/plain; charset=utf-8"};
    size_t n = 1;
    if (gzip)
        headers[n++] = "Content-Encoding: gzip";
    if (s->authorization)
        headers[n++] = s->authorization;
    struct http_request request = {
        .method = "POST",
        .url = s->url,
        .headers = headers,
        .body = body,
        .user = t->user,
        .password = t->password,
        .ca_file = t->tls_ca_file,
        .timeout_ms = t->timeout_ms,
        .connect_timeout_ms = t->timeout_ms < CONNECT_MAX_MS ? t->timeout_ms : CONNECT_MAX_MS};
    slot->sent_bytes = bytes_len(body);
    slot->sent_at_ms = uv_now(s->options.loop);
    return http_send(s->options.http, &request, on_answer, slot, &slot->call);
}
