/* One link of HJ 212 stations: its connections, that they make or that it makes, and its desk.
 * Inside of the hub. */
#ifndef ACQ_COLLECT_HJ212_LINK_H
#define ACQ_COLLECT_HJ212_LINK_H

#include "acq/collect/hj212_hub.h"

struct hj212_link;

/* What a link is made for; borrowed. */
struct hj212_link_setting {
    const struct hj212_hub_options *options;
    struct hj212_workspace *work;
    void (*on_stopped)(void *ctx); /* all handles closed and the link freed */
    void *ctx;
};

/* Nothing is listened at yet. setting is borrowed for as long as the link lives. PW_ENOMEM. */
PW_MUST_CHECK int hj212_link_new(const struct hj212_link_setting *setting,
                                 const struct plant *plant, uint32_t link, struct hj212_link **out);
/* Only while it was never started. */
void hj212_link_free(struct hj212_link *l);
void hj212_link_start(struct hj212_link *l);
bool hj212_link_fits(const struct hj212_link *l, const struct plant *plant, uint32_t link);
void hj212_link_rebind(struct hj212_link *l, const struct plant *plant, uint32_t link);
/* Asynchronous: on_stopped() follows; the address is free at once. */
void hj212_link_stop(struct hj212_link *l);

struct hj212_desk *hj212_link_desk(const struct hj212_link *l);
void hj212_link_get_stats(const struct hj212_link *l, struct hj212_link_stats *out);

#endif
