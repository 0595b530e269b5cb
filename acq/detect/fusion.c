#include "acq/detect/fusion.h"

#include "acq/plant/thresholds.h"

#include <math.h>

static enum channel_word says(const struct channel_state *c)
{
    return (enum channel_word)c->says;
}

static bool is_flow_meter(const struct plant_evidence *e)
{
    return e->channel == CHANNEL_VELOCITY || e->channel == CHANNEL_FLOW;
}

/* During a delay, or between its thresholds, a channel contradicts nothing. */
static bool is_settled(const struct channel_state *c, enum channel_word word)
{
    return says(c) == word && (enum channel_word)c->word == word && c->is_firm;
}

static bool is_contradicted(const struct plant_bypass *b, const struct channel_state *channels)
{
    bool flows = false;
    bool is_shut = false;
    bool is_open = false;
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct plant_evidence *e = &b->evidence[i];
        bool is_position = channel_defaults(e->channel)->group == GROUP_POSITION;
        flows = flows || (is_flow_meter(e) && is_settled(&channels[i], CHANNEL_OPEN));
        is_shut = is_shut || (is_position && is_settled(&channels[i], CHANNEL_CLOSED));
        is_open = is_open || (is_position && says(&channels[i]) == CHANNEL_OPEN);
    }
    return flows && is_shut && !is_open;
}

bool fusion_leaves_out(const struct plant_bypass *b, const struct fused *f, uint32_t channel)
{
    return f->is_contradicted &&
           channel_defaults(b->evidence[channel].channel)->group == GROUP_POSITION;
}

static void offer(double *strongest, double ln)
{
    if (fabs(ln) > fabs(*strongest))
        *strongest = ln;
}

static void offer_marks(struct fused *f, double *groups, struct fusion_marks marks)
{
    if (marks.seal_broken)
        offer(&groups[GROUP_HUMAN], log(channel_defaults(CHANNEL_SEAL)->lr_open));
    if (marks.video_open)
        offer(&groups[GROUP_HUMAN], log(channel_defaults(CHANNEL_VIDEO)->lr_open));
    f->usable += marks.seal_broken || marks.video_open;
    f->speaking += marks.seal_broken || marks.video_open;
}

/* Direct channels keep an event from ending; where none is usable, all of them. One that said open
 * and has fallen silent since is no witness that it closed. */
static bool is_held(const struct plant_bypass *b, const struct channel_state *channels,
                    const struct fused *f)
{
    bool any_open = false;
    bool direct_open = false;
    bool direct_closed = false;
    bool direct_lost = false;
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        bool is_direct = channel_defaults(b->evidence[i].channel)->is_direct;
        enum channel_word word = says(&channels[i]);
        if (fusion_leaves_out(b, f, i))
            continue;
        any_open = any_open || word == CHANNEL_OPEN;
        direct_open = direct_open || (is_direct && word == CHANNEL_OPEN);
        direct_closed = direct_closed || (is_direct && word == CHANNEL_CLOSED);
        direct_lost = direct_lost || (is_direct && channels[i].was_open && word < CHANNEL_BETWEEN);
    }
    if (direct_open)
        return true;
    return direct_closed ? false : any_open || direct_lost;
}

struct fused fusion_fuse(const struct plant_bypass *b, const struct channel_state *channels,
                         struct fusion_marks marks)
{
    struct fused f = {.is_contradicted = is_contradicted(b, channels)};
    double groups[GROUP_COUNT] = {0};
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct plant_evidence *e = &b->evidence[i];
        const struct channel_defaults *c = channel_defaults(e->channel);
        enum channel_word word = says(&channels[i]);
        f.usable += word >= CHANNEL_BETWEEN;
        f.speaking += word > CHANNEL_BETWEEN;
        if (fusion_leaves_out(b, &f, i) || word <= CHANNEL_BETWEEN)
            continue;
        f.is_direct = f.is_direct || (c->is_direct && word == CHANNEL_OPEN);
        offer(&groups[c->group], word == CHANNEL_OPEN ? e->ln_open : e->ln_closed);
    }
    offer_marks(&f, groups, marks);
    double logit = log(b->fusion.prior / (1 - b->fusion.prior));
    for (int g = 0; g < GROUP_COUNT; g++)
        logit += groups[g];
    f.p = 1 / (1 + exp(-logit));
    f.is_held = is_held(b, channels, &f);
    return f;
}
