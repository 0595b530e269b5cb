#include "acq/core/civil.h"
#include "acq/core/sm2.h"
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

/* What is not said follows the days that nothing removes. */
static void follow_min_days(const struct place *at, const char *key, uint32_t min_days,
                            uint32_t *days)
{
    if (!cJSON_GetObjectItemCaseSensitive(at->node, key) && *days < min_days)
        *days = min_days;
}

static bool load_retention(struct loader *l, const struct place *at, struct server_draft *draft)
{
    const struct place retention = {at->source, at, draft->retention};
    if (!read_object(&l->reader, &retention, IN_RETENTION, draft))
        return false;
    struct plant_retention *r = &draft->server.retention;
    follow_min_days(&retention, "minute_days", r->min_days, &r->minute_days);
    follow_min_days(&retention, "hour_days", r->min_days, &r->hour_days);
    follow_min_days(&retention, "event_days", r->min_days, &r->event_days);
    const struct {
        const char *key;
        uint32_t days;
    } all[] = {{"raw_days", r->raw_days},
               {"minute_days", r->minute_days},
               {"hour_days", r->hour_days},
               {"event_days", r->event_days}};
    bool good = true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct place days = read_member(&retention, all[i].key);
        char found[64];
        if (all[i].days >= r->min_days)
            continue;
        snprintf(found, sizeof found, "%u d", all[i].days);
        report_error(&l->report, &days, found, "at least \"min_days\", %u d", r->min_days);
        good = false;
    }
    return good;
}

static void load_signing_key(struct loader *l, const struct place *at, struct plant_server *server)
{
    char why[80];
    char found[512];
    struct sm2_key *key = NULL;
    const struct place member = read_member(at, "signing_key_file");
    if (!server->signing_key_file[0] || !l->reads_secrets)
        return;
    const char *file = source_sibling(l->arena, at->source->file, server->signing_key_file);
    if (sm2_key_load(file, &key, why, sizeof why) != 0) {
        snprintf(found, sizeof found, "%.300s (%s)", file, why);
        report_error(&l->report, &member, found, "a readable PEM file with an SM2 private key");
    }
    sm2_key_free(key);
    load_path(l, at, "signing_key_file", false, &server->signing_key_file);
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
    if (draft.retention)
        good = load_retention(l, at, &draft) && good;
    if (draft.time) {
        const struct place time = {at->source, at, draft.time};
        good = read_object(&l->reader, &time, IN_TIME, &draft) && good;
    }
    if (draft.time && good)
        draft.server.trust = (enum plant_time_trust)draft.trust;
    if (draft.timezone)
        pw_require(civil_zone_parse(draft.timezone, &draft.server.zone_offset_min) == 0);
    if (draft.server.signing_key_file)
        load_signing_key(l, at, &draft.server);
    l->server = draft.server;
    if (good)
        check_commit(l, at);
}
