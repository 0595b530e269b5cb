#include "acq/collect/collector.h"

#include "acq/collect/dial.h"
#include "acq/collect/link_runner.h"
#include "acq/loop/descriptors.h"
#include "acq/plant/plant.h"

#include <stdbool.h>
#include <stdlib.h>

struct collector {
    struct collector_options options;
    struct dial_hub *hub;
    struct link_runner **links; /* in the plant's order; NULL where HJ 212 stations report */
    uint32_t link_count;
    uint32_t running;  /* links started and not yet stopped, those of older plants included */
    uv_timer_t anchor; /* never fires: its close callback makes even an empty stop late */
    bool anchor_closed;
    uint64_t seed;
    void (*on_stopped)(void *ctx);
    void *stopped_ctx;
};

static void finish_if_idle(struct collector *c)
{
    if (!c->anchor_closed || c->running > 0)
        return;
    void (*on_stopped)(void *) = c->on_stopped;
    void *ctx = c->stopped_ctx;
    dial_hub_free(c->hub);
    free(c->links);
    free(c);
    if (on_stopped)
        on_stopped(ctx);
}

static void on_reading(void *ctx, const struct reading *r)
{
    struct collector *c = ctx;
    c->options.on_reading(c->options.ctx, r);
}

static void on_link_stopped(void *ctx)
{
    struct collector *c = ctx;
    c->running--;
    finish_if_idle(c);
}

static void on_anchor_closed(uv_handle_t *handle)
{
    struct collector *c = handle->data;
    c->anchor_closed = true;
    finish_if_idle(c);
}

static void on_written(void *ctx, const struct collect_write_result *r)
{
    struct collector *c = ctx;
    if (c->options.on_written)
        c->options.on_written(c->options.ctx, r);
}

static void on_learned(void *ctx, const struct collect_learned *l)
{
    struct collector *c = ctx;
    if (c->options.on_learned)
        c->options.on_learned(c->options.ctx, l);
}

static const struct link_runner_events link_events = {.on_reading = on_reading,
                                                      .on_written = on_written,
                                                      .on_learned = on_learned,
                                                      .on_stopped = on_link_stopped};

static int make_link(struct collector *c, const struct plant *plant, uint32_t link,
                     struct link_runner **out)
{
    uint64_t seed = ++c->seed * 0x9e3779b97f4a7c15u;
    const struct link_runner_setting setting = {.loop = c->options.loop,
                                                .hub = c->hub,
                                                .time = c->options.time,
                                                .events = &link_events,
                                                .ctx = c};
    return link_runner_new(&setting, plant, link, seed, out);
}

static void start_link(struct collector *c, struct link_runner *r)
{
    c->running++;
    link_runner_start(r);
}

static bool is_ours(const struct plant *plant, uint32_t link)
{
    return plant->links[link].framing != FRAMING_HJ212;
}

/* NULL: none of ours. */
static struct link_runner *runner_of(const struct collector *c, uint32_t device)
{
    const struct plant *plant = c->options.plant;
    return device < plant->device_count ? c->links[plant->devices[device].link] : NULL;
}

static struct link_runner **new_list(uint32_t count)
{
    return calloc(count ? count : 1, sizeof(struct link_runner *));
}

static void free_list(struct link_runner **links, uint32_t count)
{
    for (uint32_t i = 0; links && i < count; i++)
        link_runner_free(links[i]);
    free(links);
}

int collector_start(const struct collector_options *options, struct collector **out)
{
    const struct plant *plant = options->plant;
    struct collector *c = calloc(1, sizeof *c);
    if (!c)
        return PW_ENOMEM;
    c->options = *options;
    c->seed = options->seed;
    c->link_count = plant->link_count;
    c->links = new_list(c->link_count);
    c->hub = dial_hub_new(options->loop);
    int err = c->links && c->hub ? 0 : PW_ENOMEM;
    for (uint32_t i = 0; i < c->link_count && err == 0; i++)
        if (is_ours(plant, i))
            err = make_link(c, plant, i, &c->links[i]);
    if (err) {
        free_list(c->links, c->link_count);
        dial_hub_free(c->hub);
        free(c);
        return err;
    }
    (void)descriptors_raise(); /* a link is one */
    uv_timer_init(options->loop, &c->anchor);
    c->anchor.data = c;
    for (uint32_t i = 0; i < c->link_count; i++)
        if (c->links[i])
            start_link(c, c->links[i]);
    *out = c;
    return 0;
}

static struct link_runner *find_kept(const struct collector *c, const struct plant *plant,
                                     uint32_t link)
{
    for (uint32_t i = 0; i < c->link_count; i++)
        if (c->links[i] && link_runner_fits(c->links[i], plant, link))
            return c->links[i];
    return NULL;
}

/* made[i] is a new runner for each link of the plant that has none to keep, else NULL. */
static int make_missing(struct collector *c, const struct plant *plant, struct link_runner **made)
{
    int err = 0;
    for (uint32_t i = 0; i < plant->link_count && err == 0; i++) {
        if (!is_ours(plant, i) || find_kept(c, plant, i))
            continue;
        err = make_link(c, plant, i, &made[i]);
        for (uint32_t k = 0; k < c->link_count && err == 0; k++)
            if (c->links[k])
                link_runner_adopt(made[i], c->links[k]);
    }
    return err;
}

static bool is_listed(struct link_runner *const *list, uint32_t count, const struct link_runner *r)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == r)
            return true;
    return false;
}

/* next[i]: the kept runner or the new one, so that those to stop are the ones not listed. */
static void swap_links(struct collector *c, const struct plant *plant, struct link_runner **next)
{
    struct link_runner **old = c->links;
    uint32_t old_count = c->link_count;
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i] && !is_listed(next, plant->link_count, old[i]))
            link_runner_stop(old[i]);
    c->links = next;
    c->link_count = plant->link_count;
    c->options.plant = plant;
    for (uint32_t i = 0; i < c->link_count; i++) {
        if (next[i] && is_listed(old, old_count, next[i]))
            link_runner_rebind(next[i], plant, i);
        else if (next[i])
            start_link(c, next[i]);
    }
    free(old);
}

int collector_reload(struct collector *c, const struct plant *new_plant)
{
    struct link_runner **next = new_list(new_plant->link_count);
    if (!next)
        return PW_ENOMEM;
    int err = make_missing(c, new_plant, next);
    if (err) {
        free_list(next, new_plant->link_count);
        return err;
    }
    for (uint32_t i = 0; i < new_plant->link_count; i++)
        if (!next[i])
            next[i] = find_kept(c, new_plant, i);
    swap_links(c, new_plant, next);
    return 0;
}

uint32_t collector_link_count(const struct collector *c)
{
    return c->link_count;
}

int collector_link_get(const struct collector *c, uint32_t link, struct collect_link_stats *out)
{
    if (link >= c->link_count || !c->links[link])
        return PW_ENOTFOUND;
    link_runner_get_stats(c->links[link], out);
    return 0;
}

int collector_device_get(const struct collector *c, uint32_t device,
                         struct collect_device_stats *out)
{
    struct link_runner *r = runner_of(c, device);
    return r ? link_runner_get_device_stats(r, device, out) : PW_ENOTFOUND;
}

int collector_write(struct collector *c, uint32_t signal, double value, uint64_t token)
{
    const struct plant *plant = c->options.plant;
    if (signal >= plant->signal_count)
        return PW_ENOTFOUND;
    struct link_runner *r = runner_of(c, plant->signals[signal].device);
    return r ? link_runner_write(r, signal, value, token) : PW_ENOTFOUND;
}

int collector_may_write(const struct collector *c, uint32_t signal, double value)
{
    const struct plant *plant = c->options.plant;
    if (signal >= plant->signal_count)
        return PW_ENOTFOUND;
    struct link_runner *r = runner_of(c, plant->signals[signal].device);
    return r ? link_runner_may_write(r, signal, value) : PW_ENOTFOUND;
}

int collector_learned(const struct collector *c, uint32_t device,
                      void (*on_range)(void *ctx, const struct collect_range *range), void *ctx)
{
    struct link_runner *r = runner_of(c, device);
    return r ? link_runner_learned(r, device, on_range, ctx) : PW_ENOTFOUND;
}

int collector_recall(struct collector *c, const struct collect_learned *l)
{
    struct link_runner *r = runner_of(c, l->device);
    return r ? link_runner_recall(r, l) : PW_ENOTFOUND;
}

int collector_forget(struct collector *c, uint32_t device)
{
    struct link_runner *r = runner_of(c, device);
    return r ? link_runner_forget(r, device) : PW_ENOTFOUND;
}

int64_t collector_overdue_ms(const struct collector *c)
{
    int64_t worst_ms = 0;
    for (uint32_t i = 0; i < c->link_count; i++) {
        int64_t overdue_ms = c->links[i] ? link_runner_overdue_ms(c->links[i]) : 0;
        if (overdue_ms > worst_ms)
            worst_ms = overdue_ms;
    }
    return worst_ms;
}

void collector_stop(struct collector *c, void (*on_stopped)(void *ctx), void *ctx)
{
    c->on_stopped = on_stopped;
    c->stopped_ctx = ctx;
    for (uint32_t i = 0; i < c->link_count; i++)
        if (c->links[i])
            link_runner_stop(c->links[i]);
    uv_close((uv_handle_t *)&c->anchor, on_anchor_closed);
}
