#include "acq/plant/loader.h"
#include "acq/plant/value.h"

#include <stdio.h>

static const char *const *copy_texts(struct loader *l, const cJSON *list, size_t *out_count)
{
    size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0;
    const char **texts = arena_alloc(l->arena, (count + 1) * sizeof *texts);
    const cJSON *item;
    size_t n = 0;
    cJSON_ArrayForEach(item, list) texts[n++] = arena_strdup(l->arena, item->valuestring);
    *out_count = n;
    return texts;
}

static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strchr(at + 1, '@') || strlen(text) > 254)
        return false;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("<>,;:\"()[]\\", *p))
            return false;
    return true;
}

static bool is_mail_server(const char *text)
{
    char host[VALUE_HOST_SIZE];
    uint16_t port;
    const char *end = strncmp(text, "smtp://", 7) == 0    ? text + 7
                      : strncmp(text, "smtps://", 8) == 0 ? text + 8
                                                          : NULL;
    return end && value_split_endpoint(end, host, &port) && port > 0;
}

static void need(struct loader *l, const struct place *at, const char *key, const char *via)
{
    char found[64];
    snprintf(found, sizeof found, "no \"%s\"", key);
    if (!cJSON_GetObjectItemCaseSensitive(at->node, key))
        report_error(&l->report, at, found, "it, for \"via\": \"%s\"", via);
}

static void check_target(struct loader *l, const struct place *at, const struct plant_anchor *a)
{
    need(l, at, "target", "influx");
    if (!a->target)
        return;
    const struct place member = read_member(at, "target");
    uint32_t i = load_resolve(l, &member, &l->influx, sizeof(struct plant_influx), a->target,
                              "an InfluxDB target");
    const struct plant_influx *targets = l->influx.items;
    if (i != PLANT_NONE && !targets[i].send_derived)
        report_error(&l->report, &member, NULL, "a target that gets derived lines");
}

static void check_addresses(struct loader *l, const struct place *at, const struct plant_anchor *a)
{
    const struct place from = read_member(at, "from");
    if (a->from && !is_address(a->from))
        report_error(&l->report, &from, NULL, "an address such as \"plant@example.org\"");
    const struct place list = read_member(at, "to");
    const cJSON *item;
    if (list.node == at->node || !cJSON_IsArray(list.node))
        return;
    cJSON_ArrayForEach(item, list.node)
    {
        const struct place to = {at->source, &list, item};
        if (cJSON_IsString(item) && !is_address(item->valuestring))
            report_error(&l->report, &to, NULL, "an address such as \"bureau@example.org\"");
    }
}

static void check_email(struct loader *l, const struct place *at, const struct plant_anchor *a)
{
    need(l, at, "smtp", "email");
    need(l, at, "from", "email");
    need(l, at, "to", "email");
    const struct place smtp = read_member(at, "smtp");
    const struct place password = read_member(at, "password_file");
    const struct place to = read_member(at, "to");
    if (a->smtp && !is_mail_server(a->smtp))
        report_error(&l->report, &smtp, NULL, "a mail server such as \"smtp://127.0.0.1:25\"");
    if (a->password_file[0] && !a->user[0])
        report_error(&l->report, &password, "a \"password_file\" without \"user\"",
                     "both or neither");
    if (cJSON_IsArray(to.node) && cJSON_GetArraySize(to.node) == 0)
        report_error(&l->report, &to, "nobody", "at least one address");
    check_addresses(l, at, a);
}

static void check_run(struct loader *l, const struct place *at, size_t words)
{
    const struct place run = read_member(at, "run");
    need(l, at, "run", "command");
    if (cJSON_IsArray(run.node) && words == 0)
        report_error(&l->report, &run, "no word", "the program at least");
}

static void check(struct loader *l, const struct place *at, const struct plant_anchor *a,
                  size_t words)
{
    switch (a->via) {
    case ANCHOR_INFLUX:
        check_target(l, at, a);
        break;
    case ANCHOR_FILE:
        need(l, at, "path", "file");
        break;
    case ANCHOR_COMMAND:
        check_run(l, at, words);
        break;
    case ANCHOR_EMAIL:
        check_email(l, at, a);
        break;
    }
}

void load_anchor(struct loader *l, const struct place *at)
{
    struct anchor_draft draft = {.via = -1};
    size_t words = 0;
    size_t addresses = 0;
    read_defaults(&l->reader, IN_ANCHOR, &draft);
    read_object(&l->reader, at, IN_ANCHOR, &draft);
    if (draft.via < 0)
        return;
    struct plant_anchor *a = &draft.anchor;
    a->via = (enum anchor_via)draft.via;
    a->tls = (enum anchor_tls)draft.tls;
    a->run = copy_texts(l, draft.run, &words);
    a->to = copy_texts(l, draft.to, &addresses);
    check(l, at, a, words);
    const struct plant_anchor written = *a;
    a->password = load_secret(l, at, "password_file", &a->password_file);
    load_path(l, at, "tls_ca_file", true, &a->tls_ca_file);
    if (a->path)
        load_path(l, at, "path", false, &a->path);
    digest_anchor(a, &written, a->digest);
    vec_add(&l->anchors, a, sizeof *a);
}
