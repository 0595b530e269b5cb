#include "acq/deliver/gateway_private.h"

#include "acq/core/utf8.h"

#include <stdlib.h>
#include <string.h>

int gateway_open(const struct gateway_options *options, struct gateway **out)
{
    struct gateway *g = calloc(1, sizeof *g);
    if (!g)
        return PW_ENOMEM;
    g->driver = options->config->kind == GATEWAY_SMPP ? &gateway_smpp : &gateway_http;
    g->options = *options;
    int err = g->driver->open(g);
    if (err) {
        free(g);
        return err;
    }
    *out = g;
    return 0;
}

bool gateway_can_take(const struct gateway *g)
{
    return !g->closing && g->driver->can_take(g);
}

int gateway_send(struct gateway *g, const struct gateway_message *m)
{
    if (!gateway_can_take(g))
        return PW_ESTATE;
    int err = g->driver->send(g, m);
    if (!err)
        g->stats.sent++;
    return err;
}

void gateway_on_durable(struct gateway *g, uint32_t ticket)
{
    if (!g->closing && g->driver->on_durable)
        g->driver->on_durable(g, ticket);
}

void gateway_get_stats(const struct gateway *g, struct gateway_stats *out)
{
    *out = g->stats;
}

void gateway_tell(struct gateway *g, const struct gateway_result *r)
{
    g->stats.ends[r->end]++;
    if (r->end == GATEWAY_ACCEPTED)
        g->stats.last_error[0] = '\0';
    else
        memcpy(g->stats.last_error, r->said, sizeof g->stats.last_error);
    g->options.events->on_result(g->options.ctx, r);
}

void gateway_note(struct gateway_result *r, const char *text)
{
    size_t len = strlen(text);
    len = len < sizeof r->said - 1 ? len : sizeof r->said - 1;
    len = utf8_valid_prefix(text, len);
    memcpy(r->said, text, len);
    r->said[len] = '\0';
}

void gateway_close(struct gateway *g, void (*on_closed)(void *ctx), void *ctx)
{
    g->closing = true;
    g->on_closed = on_closed;
    g->closed_ctx = ctx;
    g->driver->close(g);
}

void gateway_closed(struct gateway *g)
{
    void (*on_closed)(void *ctx) = g->on_closed;
    void *ctx = g->closed_ctx;
    free(g);
    if (on_closed)
        on_closed(ctx);
}

const char *gateway_end_word(enum gateway_end end)
{
    static const char *const words[] = {"accepted",   "busy",          "failed",
                                        "unanswered", "bad-recipient", "refused"};
    return words[end];
}
