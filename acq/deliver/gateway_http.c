#include "acq/deliver/gateway_private.h"

#include "acq/core/hmac.h"
#include "acq/deliver/gateway_template.h"
#include "acq/loop/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 8192, BODY_MAX = 65536, HEADERS_MAX = 16, HEADER_SIZE = 512 };

struct http_state;

struct letter { /* a message under way */
    struct http_state *owner;
    struct http_call *call; /* NULL: free */
    uint64_t token;
};

struct http_state {
    struct gateway *gateway;
    uint32_t under_way;
    struct letter letters[GATEWAY_WINDOW_MAX];
};

/* What is wrong with every message, until somebody changes something: login, payment, address. The
 * others of 4xx may be this one message's. */
static enum gateway_end judge_client_error(int status)
{
    return status >= 401 && status <= 404 ? GATEWAY_REFUSED : GATEWAY_FAILED;
}

/* Kannel (User Guide, "SMS push reply codes"): 2xx with "0:" taken or "3:" queued. */
static enum gateway_end judge_kannel(const struct http_answer *answer)
{
    bool taken = answer->body[0] == '0' || answer->body[0] == '3';
    if (answer->status / 100 == 2)
        return taken ? GATEWAY_ACCEPTED : GATEWAY_FAILED;
    return judge_client_error(answer->status);
}

static enum gateway_end judge_http(const struct gateway_config *config,
                                   const struct http_answer *answer)
{
    const char *wanted = config->http.success_contains;
    if (answer->status / 100 == 2)
        return !*wanted || strstr(answer->body, wanted) ? GATEWAY_ACCEPTED : GATEWAY_FAILED;
    if (answer->status == 429)
        return GATEWAY_BUSY;
    return judge_client_error(answer->status);
}

/* RFC 5321: 550 to 553 are about the receiver, 530 to 538 about us. */
static enum gateway_end judge_mail_error(const struct http_answer *answer)
{
    int code = answer->last_code;
    if (code >= 550 && code <= 553)
        return GATEWAY_BAD_RECIPIENT;
    if (code / 100 == 5)
        return GATEWAY_REFUSED;
    return answer->was_sent && code / 100 != 4 ? GATEWAY_UNANSWERED : GATEWAY_FAILED;
}

static enum gateway_end judge(const struct gateway_config *config, const struct http_answer *answer)
{
    if (config->kind == GATEWAY_MAIL)
        return answer->error ? judge_mail_error(answer) : GATEWAY_ACCEPTED;
    if (answer->error)
        return answer->was_sent ? GATEWAY_UNANSWERED : GATEWAY_FAILED;
    return config->kind == GATEWAY_KANNEL ? judge_kannel(answer) : judge_http(config, answer);
}

static void release(struct letter *letter)
{
    letter->call = NULL;
    letter->owner->under_way--;
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct letter *letter = ctx;
    struct http_state *s = letter->owner;
    struct gateway *g = s->gateway;
    const struct gateway_config *config = g->options.config;
    struct gateway_result r = {.token = letter->token, .parts = 1};
    bool was_full = s->under_way == config->window;
    r.end = judge(config, answer);
    gateway_note(&r, answer->error ? answer->error_text : answer->body);
    g->stats.is_up = answer->error == 0;
    release(letter);
    gateway_tell(g, &r);
    if (was_full && g->options.events->on_ready)
        g->options.events->on_ready(g->options.ctx);
}

static void add_kannel_field(struct strbuf *url, const char *name, const char *value)
{
    strbuf_addf(url, "%s=", name);
    gateway_add_escaped(url, value);
}

/* Our key stands in the callback's URL: Kannel's answer names the message by nothing else. */
static void write_kannel_url(const struct gateway_config *config, const struct gateway_message *m,
                             struct strbuf *url)
{
    struct sms_split split;
    sms_text_split(m->text, strlen(m->text), &split);
    strbuf_adds(url, config->url);
    add_kannel_field(url, "?username", config->user);
    add_kannel_field(url, "&password", config->password);
    add_kannel_field(url, "&from", config->from);
    add_kannel_field(url, "&to", m->to);
    strbuf_adds(url, split.alphabet == SMS_UCS2 ? "&coding=2" : "&coding=0");
    strbuf_adds(url, "&charset=UTF-8");
    add_kannel_field(url, "&text", m->text);
    if (!*config->callback_url)
        return;
    strbuf_adds(url, "&dlr-mask=31&dlr-url=");
    gateway_add_escaped(url, config->callback_url);
    gateway_add_escaped(url, "?key=");
    gateway_add_escaped(url, m->key);
    gateway_add_escaped(url, "&status=%d&said=%A");
}

struct request_texts {
    struct strbuf url, body;
    char signature[HEADER_SIZE];
    char content_type[HEADER_SIZE];
    const char *headers[HEADERS_MAX + 3];
};

static void write_http(const struct gateway_config *config, const struct gateway_message *m,
                       struct request_texts *t)
{
    char mac[HMAC_SHA256_HEX_SIZE];
    size_t n = 0;
    gateway_template_fill(config->url, config, m, GATEWAY_ESCAPE_URL, &t->url);
    gateway_template_fill(config->http.body, config, m,
                          gateway_escape_of(config->http.content_type), &t->body);
    for (const char *const *h = config->http.headers; h && *h && n < HEADERS_MAX; h++)
        t->headers[n++] = *h;
    if (t->body.len) {
        snprintf(t->content_type, sizeof t->content_type, "Content-Type: %s",
                 config->http.content_type);
        t->headers[n++] = t->content_type;
    }
    if (*config->http.hmac_key && !t->body.failed) {
        snprintf(t->signature, sizeof t->signature, "%s: %s", config->http.hmac_header,
                 hmac_sha256_hex(config->http.hmac_key, strbuf_text(&t->body), t->body.len, mac));
        t->headers[n++] = t->signature;
    }
}

static int send_http(struct gateway *g, const struct gateway_message *m, struct letter *letter)
{
    const struct gateway_config *config = g->options.config;
    bool is_kannel = config->kind == GATEWAY_KANNEL;
    struct request_texts t = {.headers = {NULL}};
    strbuf_init(&t.url, URL_MAX);
    strbuf_init(&t.body, BODY_MAX);
    if (is_kannel)
        write_kannel_url(config, m, &t.url);
    else
        write_http(config, m, &t);
    struct bytes *body = t.body.len ? bytes_new(t.body.data, t.body.len) : NULL;
    int err = t.url.failed || t.body.failed || (t.body.len && !body) ? PW_EFULL : 0;
    const struct http_request request = {
        .method = is_kannel ? "GET" : config->http.method,
        .url = strbuf_text(&t.url),
        .headers = t.headers,
        .body = body,
        .user = is_kannel ? "" : config->user,
        .password = is_kannel ? "" : config->password,
        .ca_file = config->ca_file,
        .timeout_ms = config->timeout_ms,
        .connect_timeout_ms = config->timeout_ms,
    };
    if (!err)
        err = http_send(g->options.http, &request, on_answer, letter, &letter->call);
    bytes_unref(body);
    strbuf_deinit(&t.url);
    strbuf_deinit(&t.body);
    return err;
}

static int send_mail(struct gateway *g, const struct gateway_message *m, struct letter *letter)
{
    const struct gateway_config *config = g->options.config;
    const char *const to[] = {m->to, NULL};
    const struct mail mail = {
        .url = config->url,
        .starttls = config->starttls,
        .user = config->user,
        .password = config->password,
        .ca_file = config->ca_file,
        .from = config->from,
        .to = to,
        .subject = m->subject,
        .text = m->text,
        .time_ms = m->time_ms,
        .timeout_ms = config->timeout_ms,
    };
    return mail_send(g->options.http, &mail, on_answer, letter, &letter->call);
}

static int http_open(struct gateway *g)
{
    struct http_state *s = calloc(1, sizeof *s);
    if (!s)
        return PW_ENOMEM;
    s->gateway = g;
    for (size_t i = 0; i < GATEWAY_WINDOW_MAX; i++)
        s->letters[i].owner = s;
    g->state = s;
    g->stats.is_up = true;
    return 0;
}

static bool http_can_take(const struct gateway *g)
{
    const struct http_state *s = g->state;
    return s->under_way < g->options.config->window;
}

static int http_driver_send(struct gateway *g, const struct gateway_message *m)
{
    struct http_state *s = g->state;
    struct letter *letter = s->letters;
    while (letter->call)
        letter++;
    letter->token = m->token;
    int err =
        g->options.config->kind == GATEWAY_MAIL ? send_mail(g, m, letter) : send_http(g, m, letter);
    if (err)
        letter->call = NULL;
    else
        s->under_way++;
    return err;
}

static void http_close(struct gateway *g)
{
    struct http_state *s = g->state;
    for (size_t i = 0; i < GATEWAY_WINDOW_MAX; i++) {
        struct letter *letter = &s->letters[i];
        if (!letter->call)
            continue;
        struct gateway_result r = {.token = letter->token, .end = GATEWAY_UNANSWERED};
        http_cancel(letter->call);
        release(letter);
        gateway_note(&r, "given up at the stop");
        gateway_tell(g, &r);
    }
    free(s);
    gateway_closed(g);
}

const struct gateway_driver gateway_http = {
    .open = http_open,
    .can_take = http_can_take,
    .send = http_driver_send,
    .close = http_close,
};
