#include "acq/plant/loader.h"

#include <stdio.h>

enum { BACKFILL_REQUESTS = 1, BACKFILL_REQUESTS_V3 = 6 };

static const char *without_slashes(struct loader *l, const char *url)
{
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    return arena_copy(l->arena, url, len);
}

static void need(struct loader *l, const struct place *at, const char *key, const char *why)
{
    char found[64];
    snprintf(found, sizeof found, "no \"%s\"", key);
    if (!cJSON_GetObjectItemCaseSensitive(at->node, key))
        report_error(&l->report, at, found, "%s", why);
}

static void forbid(struct loader *l, const struct place *at, const char *key, const char *found,
                   const char *why)
{
    const struct place member = read_member(at, key);
    if (cJSON_GetObjectItemCaseSensitive(at->node, key))
        report_error(&l->report, &member, found, "%s", why);
}

/* What each API has, and what it has not. */
static void check_api(struct loader *l, const struct place *at, enum influx_api api)
{
    switch (api) {
    case INFLUX_V1:
        need(l, at, "database", "a text, for \"api\": \"v1\"");
        forbid(l, at, "bucket", "a \"bucket\" for v1", "\"database\", or \"api\": \"v2\"");
        forbid(l, at, "org", "an \"org\" for v1", "it with \"api\": \"v2\" only");
        forbid(l, at, "token_file", "a token for v1",
               "\"user\" and \"password_file\"; InfluxDB 1.8 takes a token with \"api\": \"v2\"");
        break;
    case INFLUX_V2:
        need(l, at, "bucket", "a text, for \"api\": \"v2\"");
        forbid(l, at, "database", "a \"database\" for v2", "\"bucket\"");
        break;
    case INFLUX_V3:
        need(l, at, "database", "a text, for \"api\": \"v3\"");
        forbid(l, at, "bucket", "a \"bucket\" for v3", "\"database\"");
        forbid(l, at, "org", "an \"org\" for v3", "it with \"api\": \"v2\" only");
        break;
    }
    if (api != INFLUX_V1)
        forbid(l, at, "retention_policy", "a \"retention_policy\" for v2 or v3",
               "it with \"api\": \"v1\" only");
    if (api != INFLUX_V3)
        forbid(l, at, "accept_partial", "\"accept_partial\" for v1 or v2",
               "it with \"api\": \"v3\" only");
}

static void check_sign_in(struct loader *l, const struct place *at, const struct plant_influx *t)
{
    const struct place token = read_member(at, "token_file");
    const struct place password = read_member(at, "password_file");
    const struct place ca = read_member(at, "tls_ca_file");
    if (t->password_file[0] && !t->user[0])
        report_error(&l->report, &password, "a \"password_file\" without \"user\"",
                     "both or neither");
    if (t->token_file[0] && t->user[0])
        report_error(&l->report, &token, "a \"token_file\" beside \"user\"", "one of the two");
    if (t->tls_ca_file[0] && t->url && strncmp(t->url, "https://", 8) != 0)
        report_error(&l->report, &ca, "a \"tls_ca_file\" for a URL without TLS",
                     "a \"url\" that begins with https://");
}

static void load_secrets(struct loader *l, const struct place *at, struct plant_influx *t)
{
    t->password = load_secret(l, at, "password_file", &t->password_file);
    t->token = load_secret(l, at, "token_file", &t->token_file);
    load_path(l, at, "tls_ca_file", true, &t->tls_ca_file);
}

void load_influx(struct loader *l, const struct place *at)
{
    struct influx_draft draft = {.influx = {.database = "", .bucket = ""}};
    read_defaults(&l->reader, IN_INFLUX, &draft);
    read_object(&l->reader, at, IN_INFLUX, &draft);
    struct plant_influx *t = &draft.influx;
    load_check_unique(l, at, &l->influx, sizeof *t, t->id);
    t->api = (enum influx_api)draft.api;
    check_api(l, at, t->api);
    check_sign_in(l, at, t);
    t->send_raw = draft.send != SEND_DERIVED;
    t->send_derived = draft.send != SEND_RAW;
    t->backfill_requests = draft.backfill_requests ? draft.backfill_requests
                           : t->api == INFLUX_V3   ? BACKFILL_REQUESTS_V3
                                                   : BACKFILL_REQUESTS;
    const struct plant_influx written = *t;
    load_secrets(l, at, t);
    if (t->url && t->id) {
        t->url = without_slashes(l, t->url);
        digest_influx(t, &written, t->digest);
    }
    vec_add(&l->influx, t, sizeof *t);
}
