#include "acq/core/civil.h"
#include "acq/plant/loader.h"

#include <stdio.h>

static void check_commit(struct loader *l, const struct place *at)
{
    if (l->server.commit_min_ms <= l->server.commit_max_ms)
        return;
    const struct place min = read_member(at, "commit_min_ms");
    char found[64];
    snprintf(found, sizeof found, "%u ms", l->server.commit_min_ms);
    report_error(&l->report, &min, found, "at most \"commit_max_ms\", %u ms",
                 l->server.commit_max_ms);
}

void load_server(struct loader *l, const struct place *at)
{
    if (l->server_source) {
        char found[REPORT_VALUE_SIZE];
        snprintf(found, sizeof found, "\"server\" a second time, after %.100s",
                 l->server_source->file);
        report_error(&l->report, at, found, "it in one file only");
        return;
    }
    l->server_source = at->source;
    l->names_plant = cJSON_GetObjectItemCaseSensitive(at->node, "plant") != NULL;
    struct server_draft draft = {.server = l->server};
    bool good = read_object(&l->reader, at, IN_SERVER, &draft);
    if (draft.http) {
        const struct place http = {at->source, at, draft.http};
        good = read_object(&l->reader, &http, IN_HTTP, &draft) && good;
    }
    if (draft.time) {
        const struct place time = {at->source, at, draft.time};
        good = read_object(&l->reader, &time, IN_TIME, &draft) && good;
    }
    if (draft.time && good)
        draft.server.trust = (enum plant_time_trust)draft.trust;
    if (draft.timezone)
        pw_require(civil_zone_parse(draft.timezone, &draft.server.zone_offset_min) == 0);
    l->server = draft.server;
    if (good)
        check_commit(l, at);
}
