/* What the channels of a bypass say together (domain, fusion): log-odds, summed over groups, of
 * each group its strongest member. Pure. */
#ifndef ACQ_DETECT_FUSION_H
#define ACQ_DETECT_FUSION_H

#include "acq/detect/channel.h"

/* What people declared of it: marks `seal-broken` and `video-open` in force. */
struct fusion_marks {
    bool seal_broken, video_open;
};

struct fused {
    double p;             /* that it is open, contradicted groups left out */
    uint32_t usable;      /* channels that say something, declared marks included */
    uint32_t speaking;    /* ... that say open or closed */
    bool is_direct;       /* a position or flow says open by itself */
    bool is_held;         /* what keeps an event from ending says open, or no more what it is */
    bool is_contradicted; /* the flow says open, the position closed */
};

struct fused fusion_fuse(const struct plant_bypass *b, const struct channel_state *channels,
                         struct fusion_marks marks);
/* Whether that channel's word is left out as contradicted. */
bool fusion_leaves_out(const struct plant_bypass *b, const struct fused *f, uint32_t channel);

#endif
