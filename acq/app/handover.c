#include "acq/app/handover.h"

static void unref_members(struct commit *c)
{
    for (int k = 0; k < MEMBER_KINDS; k++) {
        bytes_unref(c->member[k]);
        c->member[k] = NULL;
    }
}

static void on_async(uv_async_t *async)
{
    handover_drain(async->data);
}

int handover_init(struct handover *h, uv_loop_t *loop,
                  void (*on_commit)(void *ctx, const struct commit *c), void *ctx)
{
    *h = (struct handover){.on_commit = on_commit, .ctx = ctx};
    h->async.data = h;
    int err = uv_mutex_init(&h->lock);
    if (err)
        return err;
    err = uv_async_init(loop, &h->async, on_async);
    if (err)
        uv_mutex_destroy(&h->lock);
    return err;
}

void handover_put(struct handover *h, const struct commit *c)
{
    struct commit own = *c;
    for (int k = 0; k < MEMBER_KINDS; k++)
        if (own.member[k])
            bytes_ref(own.member[k]);
    uv_mutex_lock(&h->lock);
    if (h->count == HANDOVER_MAX) {
        unref_members(&h->waiting[h->first]);
        h->first = (h->first + 1) % HANDOVER_MAX;
        h->count--;
    }
    h->waiting[(h->first + h->count++) % HANDOVER_MAX] = own;
    uv_mutex_unlock(&h->lock);
    uv_async_send(&h->async);
}

static bool take(struct handover *h, struct commit *out)
{
    uv_mutex_lock(&h->lock);
    bool some = h->count > 0;
    if (some) {
        *out = h->waiting[h->first];
        h->first = (h->first + 1) % HANDOVER_MAX;
        h->count--;
    }
    uv_mutex_unlock(&h->lock);
    return some;
}

void handover_drain(struct handover *h)
{
    struct commit c;
    while (take(h, &c)) {
        h->on_commit(h->ctx, &c);
        unref_members(&c);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct handover *h = handle->data;
    struct commit c;
    while (take(h, &c))
        unref_members(&c);
    uv_mutex_destroy(&h->lock);
}

void handover_close(struct handover *h)
{
    uv_close((uv_handle_t *)&h->async, on_closed);
}
