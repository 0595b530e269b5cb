#include "acq/plant/loader.h"
#include "acq/plant/value.h"

#include <stdio.h>
#include <strings.h>

static void check_endpoint(struct loader *l, const struct place *at, const struct plant_link *link)
{
    const struct plant_link *all = l->links.items;
    for (uint32_t i = 0; i < l->links.count; i++) {
        if (!all[i].host || strcasecmp(all[i].host, link->host) != 0 || all[i].port != link->port)
            continue;
        const struct place tcp = read_member(at, "tcp");
        char found[REPORT_VALUE_SIZE];
        char text[REPORT_VALUE_SIZE + 64];
        report_quote(tcp.node->valuestring, found);
        snprintf(text, sizeof text, "%s, the endpoint of link \"%.64s\"", found,
                 all[i].id ? all[i].id : "");
        report_error(&l->report, &tcp, text, "one link for one endpoint");
        return;
    }
}

void load_link(struct loader *l, const struct place *at)
{
    struct link_draft draft = {0};
    read_defaults(&l->reader, IN_LINK, &draft);
    read_object(&l->reader, at, IN_LINK, &draft);
    load_check_unique(l, at, &l->links, sizeof draft.link, draft.link.id);
    if (draft.endpoint) {
        char host[VALUE_HOST_SIZE];
        pw_require(value_split_endpoint(draft.endpoint, host, &draft.link.port));
        draft.link.host = arena_strdup(l->arena, host);
        check_endpoint(l, at, &draft.link);
    }
    vec_add(&l->links, &draft.link, sizeof draft.link);
}
