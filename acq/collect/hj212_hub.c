#include "acq/collect/hj212_hub.h"

#include "acq/collect/hj212_link.h"
#include "acq/core/plant_time.h"
#include "acq/loop/descriptors.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

struct hj212_hub {
    struct hj212_hub_options options;
    struct hj212_link_setting setting;
    struct hj212_workspace *work;
    struct hj212_link **links;
    uint32_t link_count;
    uint64_t gone_versions; /* of the keys of desks that are no more */
    uint32_t running;       /* links not yet stopped, those of older plants included */
    uv_timer_t anchor;      /* never fires: its close callback makes even an empty stop late */
    bool anchor_closed;
    void (*on_stopped)(void *ctx);
    void *stopped_ctx;
};

static void finish_if_idle(struct hj212_hub *h)
{
    if (!h->anchor_closed || h->running > 0)
        return;
    void (*on_stopped)(void *) = h->on_stopped;
    void *ctx = h->stopped_ctx;
    free(h->links);
    free(h->work);
    free(h);
    if (on_stopped)
        on_stopped(ctx);
}

static void on_link_stopped(void *ctx)
{
    struct hj212_hub *h = ctx;
    h->running--;
    finish_if_idle(h);
}

static void on_anchor_closed(uv_handle_t *handle)
{
    struct hj212_hub *h = handle->data;
    h->anchor_closed = true;
    finish_if_idle(h);
}

static struct hj212_link *find_kept(const struct hj212_hub *h, const struct plant *plant,
                                    uint32_t link)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        if (hj212_link_fits(h->links[i], plant, link))
            return h->links[i];
    return NULL;
}

/* What the links of a plant will be: kept ones and new ones, which made[] marks. */
struct links {
    struct hj212_link **links;
    bool *made;
    uint32_t *index; /* in the plant */
    uint32_t count;
};

static void links_deinit(struct links *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->made[i])
            hj212_link_free(l->links[i]);
    free(l->links);
    free(l->made);
    free(l->index);
}

static int links_add(struct hj212_hub *h, const struct plant *plant, uint32_t link,
                     struct links *out)
{
    uint32_t n = out->count;
    out->links[n] = find_kept(h, plant, link);
    out->index[n] = link;
    out->made[n] = !out->links[n];
    int err = out->made[n] ? hj212_link_new(&h->setting, plant, link, &out->links[n]) : 0;
    out->count += err == 0;
    return err;
}

static int links_init(struct hj212_hub *h, const struct plant *plant, struct links *out)
{
    size_t most = (size_t)plant->link_count + 1;
    *out = (struct links){.links = calloc(most, sizeof(struct hj212_link *)),
                          .made = calloc(most, sizeof *out->made),
                          .index = calloc(most, sizeof *out->index)};
    int err = out->links && out->made && out->index ? 0 : PW_ENOMEM;
    for (uint32_t i = 0; !err && i < plant->link_count; i++)
        if (plant->links[i].framing == FRAMING_HJ212)
            err = links_add(h, plant, i, out);
    if (err)
        links_deinit(out);
    return err;
}

static bool is_listed(const struct links *l, const struct hj212_link *link)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->links[i] == link)
            return true;
    return false;
}

static void inherit(struct hj212_link *to, struct hj212_link *from)
{
    struct hj212_link_stats a;
    struct hj212_link_stats b;
    hj212_desk_inherit(hj212_link_desk(to), hj212_link_desk(from));
    hj212_link_get_stats(to, &a);
    hj212_link_get_stats(from, &b);
    if (strcmp(a.id, b.id) == 0)
        hj212_desk_inherit_strangers(hj212_link_desk(to), hj212_link_desk(from));
}

/* The old ones let go of their addresses first. */
static void use_links(struct hj212_hub *h, const struct plant *plant, struct links *next)
{
    struct hj212_link **old = h->links;
    uint32_t old_count = h->link_count;
    for (uint32_t i = 0; i < next->count; i++)
        for (uint32_t k = 0; next->made[i] && k < old_count; k++)
            inherit(next->links[i], old[k]);
    for (uint32_t i = 0; i < old_count; i++) {
        if (is_listed(next, old[i]))
            continue;
        h->gone_versions += hj212_desk_keys_version(hj212_link_desk(old[i])) + 1;
        hj212_link_stop(old[i]);
    }
    for (uint32_t i = 0; i < next->count; i++) {
        if (!next->made[i]) {
            hj212_link_rebind(next->links[i], plant, next->index[i]);
            continue;
        }
        h->running++;
        hj212_link_start(next->links[i]);
    }
    h->links = next->links;
    h->link_count = next->count;
    h->options.plant = plant;
    free(next->made);
    free(next->index);
    free(old);
}

int hj212_hub_start(const struct hj212_hub_options *options, struct hj212_hub **out)
{
    struct hj212_hub *h = calloc(1, sizeof *h);
    if (!h)
        return PW_ENOMEM;
    h->options = *options;
    h->work = calloc(1, sizeof *h->work);
    h->setting = (struct hj212_link_setting){&h->options, h->work, on_link_stopped, h};
    struct links links;
    int err = h->work ? links_init(h, options->plant, &links) : PW_ENOMEM;
    if (err) {
        free(h->work);
        free(h);
        return err;
    }
    uv_timer_init(options->loop, &h->anchor);
    h->anchor.data = h;
    if (links.count)
        (void)descriptors_raise(); /* a station is one */
    use_links(h, options->plant, &links);
    *out = h;
    return 0;
}

int hj212_hub_reload(struct hj212_hub *h, const struct plant *plant)
{
    struct links links;
    int err = links_init(h, plant, &links);
    if (!err)
        use_links(h, plant, &links);
    return err;
}

void hj212_hub_durable(struct hj212_hub *h, uint64_t seq)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        hj212_desk_durable(hj212_link_desk(h->links[i]), seq, plant_time_at_ms(h->options.time));
}

bool hj212_hub_remember(struct hj212_hub *h, const char *mn, uint64_t key)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        if (hj212_desk_remember(hj212_link_desk(h->links[i]), mn, key))
            return true;
    return false;
}

void hj212_hub_recall(struct hj212_hub *h, const struct hj212_packet *p)
{
    int64_t utc_ms = plant_time_utc_ms(h->options.time, plant_time_at_ms(h->options.time));
    for (uint32_t i = 0; i < h->link_count; i++)
        hj212_desk_recall(hj212_link_desk(h->links[i]), p, utc_ms);
}

int hj212_hub_want(struct hj212_hub *h, uint32_t device, const struct hj212_request *r)
{
    int err = PW_ENOTFOUND;
    for (uint32_t i = 0; err == PW_ENOTFOUND && i < h->link_count; i++)
        err = hj212_desk_want(hj212_link_desk(h->links[i]), device, r);
    return err;
}

enum hj212_edition hj212_hub_edition(const struct hj212_hub *h, uint32_t device)
{
    enum hj212_edition edition = HJ212_EDITION_AUTO;
    for (uint32_t i = 0; edition == HJ212_EDITION_AUTO && i < h->link_count; i++)
        edition = hj212_desk_edition(hj212_link_desk(h->links[i]), device);
    return edition;
}

struct hj212_gaps *hj212_hub_gaps(struct hj212_hub *h, uint32_t device)
{
    struct hj212_gaps *gaps = NULL;
    for (uint32_t i = 0; !gaps && i < h->link_count; i++)
        gaps = hj212_desk_gaps(hj212_link_desk(h->links[i]), device);
    return gaps;
}

bool hj212_hub_state_write(const struct hj212_hub *h, uint32_t device, struct strbuf *out)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        if (hj212_desk_state_write(hj212_link_desk(h->links[i]), device, out))
            return true;
    return false;
}

void hj212_hub_state_crc(struct hj212_hub *h, uint32_t device, const char *state)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        hj212_desk_state_crc(hj212_link_desk(h->links[i]), device, state);
}

void hj212_hub_state_code(struct hj212_hub *h, uint32_t device, const char *code)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        hj212_desk_state_code(hj212_link_desk(h->links[i]), device, code);
}

bool hj212_hub_forget_crc(struct hj212_hub *h, uint32_t device)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        if (hj212_desk_forget_crc(hj212_link_desk(h->links[i]), device))
            return true;
    return false;
}

uint64_t hj212_hub_keys_version(const struct hj212_hub *h)
{
    uint64_t version = h->gone_versions;
    for (uint32_t i = 0; i < h->link_count; i++)
        version += hj212_desk_keys_version(hj212_link_desk(h->links[i]));
    return version;
}

void hj212_hub_keys_write(const struct hj212_hub *h, struct strbuf *out)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        hj212_desk_keys_write(hj212_link_desk(h->links[i]), out);
}

void hj212_hub_keys_saved(struct hj212_hub *h, uint64_t version)
{
    if (hj212_hub_keys_version(h) != version)
        return;
    for (uint32_t i = 0; i < h->link_count; i++) {
        struct hj212_desk *desk = hj212_link_desk(h->links[i]);
        hj212_desk_keys_saved(desk, hj212_desk_keys_version(desk));
    }
}

bool hj212_hub_has(const struct hj212_hub *h, const char *mn)
{
    for (uint32_t i = 0; i < h->link_count; i++)
        if (hj212_desk_has(hj212_link_desk(h->links[i]), mn))
            return true;
    return false;
}

int hj212_hub_keys_read(struct hj212_hub *h, const char *mn, const char *line)
{
    int err = PW_ENOTFOUND;
    for (uint32_t i = 0; err == PW_ENOTFOUND && i < h->link_count; i++)
        err = hj212_desk_keys_read(hj212_link_desk(h->links[i]), mn, line);
    return err;
}

uint32_t hj212_hub_link_count(const struct hj212_hub *h)
{
    return h->link_count;
}

void hj212_hub_link(const struct hj212_hub *h, uint32_t i, struct hj212_link_stats *out)
{
    hj212_link_get_stats(h->links[i], out);
}

const struct hj212_desk *hj212_hub_desk(const struct hj212_hub *h, uint32_t i)
{
    return hj212_link_desk(h->links[i]);
}

bool hj212_hub_connected(const struct hj212_hub *h, const char *link)
{
    for (uint32_t i = 0; i < h->link_count; i++) {
        struct hj212_link_stats s;
        hj212_link_get_stats(h->links[i], &s);
        if (strcmp(s.id, link) == 0)
            return s.connections > s.strangers;
    }
    return false;
}

void hj212_hub_stop(struct hj212_hub *h, void (*on_stopped)(void *ctx), void *ctx)
{
    h->on_stopped = on_stopped;
    h->stopped_ctx = ctx;
    for (uint32_t i = 0; i < h->link_count; i++)
        hj212_link_stop(h->links[i]);
    uv_close((uv_handle_t *)&h->anchor, on_anchor_closed);
}
