#include "acq/plant/loader.h"
#include "acq/plant/value.h"

#include <stdio.h>

enum { SMPP_USER_MAX = 15, SMPP_PASSWORD_MAX = 8, SMPP_FROM_MAX = 20, FIELD_SIZE = 40 };

static bool begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

static const char *const kind_words[] = {"kannel", "smpp", "http", "mail"};

/* What one kind has and another has not. */
static void check_members(struct loader *l, const struct place *at, enum plant_gateway_kind kind)
{
    enum { KANNEL = 1 << PLANT_KANNEL, SMPP = 1 << PLANT_SMPP };
    enum { HTTP = 1 << PLANT_HTTP, MAIL = 1 << PLANT_MAIL };
    static const struct {
        const char *key;
        unsigned kinds, needed;
    } members[] = {{"url", KANNEL | HTTP | MAIL, KANNEL | HTTP | MAIL},
                   {"connect", SMPP, SMPP},
                   {"user", ~0u, KANNEL | SMPP},
                   {"password_file", ~0u, KANNEL | SMPP},
                   {"from", ~0u, MAIL},
                   {"tls_ca_file", KANNEL | HTTP | MAIL, 0},
                   {"system_type", SMPP, 0},
                   {"parts", SMPP, 0},
                   {"enquire_s", SMPP, 0},
                   {"method", HTTP, 0},
                   {"content_type", HTTP, 0},
                   {"body", HTTP, 0},
                   {"headers", HTTP, 0},
                   {"success_contains", HTTP, 0},
                   {"hmac_key_file", HTTP, 0},
                   {"hmac_header", HTTP, 0},
                   {"tls", MAIL, 0}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct place member = read_member(at, members[i].key);
        bool given = cJSON_GetObjectItemCaseSensitive(at->node, members[i].key) != NULL;
        char found[64];
        snprintf(found, sizeof found, "%s \"%s\"", given ? "a" : "no", members[i].key);
        if (given && !(members[i].kinds & 1u << kind))
            report_error(&l->report, &member, found, "none for \"kind\": \"%s\"", kind_words[kind]);
        if (!given && (members[i].needed & 1u << kind))
            report_error(&l->report, at, found, "it, for \"kind\": \"%s\"", kind_words[kind]);
    }
}

static void check_url(struct loader *l, const struct place *at, const struct plant_gateway *g)
{
    const struct place url = read_member(at, "url");
    const struct place ca = read_member(at, "tls_ca_file");
    const char *rest = strstr(g->url, "://");
    bool is_mail = begins(g->url, "smtp://") || begins(g->url, "smtps://");
    bool is_web = begins(g->url, "http://") || begins(g->url, "https://");
    if (!*g->url)
        return;
    if (strchr(g->url, ' ') || !rest || !rest[3] || !(g->kind == PLANT_MAIL ? is_mail : is_web))
        report_error(&l->report, &url, NULL, "%s",
                     g->kind == PLANT_MAIL ? "a mail server such as \"smtp://127.0.0.1:25\""
                                           : "a URL that begins with http:// or https://");
    if (g->kind == PLANT_KANNEL && strpbrk(g->url, "?{#"))
        report_error(&l->report, &url, NULL, "Kannel's sendsms without parameters");
    if (*g->tls_ca_file && begins(g->url, "http://"))
        report_error(&l->report, &ca, "a \"tls_ca_file\" for a URL without TLS",
                     "a \"url\" that begins with https://");
}

static void check_template(struct loader *l, const struct place *at, const char *key,
                           const char *template)
{
    const struct place member = read_member(at, key);
    char field[FIELD_SIZE];
    char found[FIELD_SIZE + 40];
    if (plant_template_check(template, plant_gateway_fields, field, sizeof field))
        return;
    snprintf(found, sizeof found, "the field %s%s%s", *field == '{' ? "" : "{", field,
             *field == '{' ? ", not closed" : "}");
    report_error(&l->report, &member, found,
                 "{to}, {text}, {subject}, {key}, {from}, {time}, {callback}, {again} or {alarm}; "
                 "\"{{\" is a brace");
}

static const char *const *copy_headers(struct loader *l, const struct place *at, const cJSON *list)
{
    const struct place member = read_member(at, "headers");
    size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0;
    const char **texts = arena_alloc(l->arena, (count + 1) * sizeof *texts);
    size_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const char *text = item->valuestring;
        const struct place place = {at->source, &member, item};
        if (!strchr(text, ':') || text[0] == ':' || strpbrk(text, "\r\n") || strlen(text) > 500)
            report_error(&l->report, &place, NULL, "a header such as \"X-Api-Key: abc\"");
        texts[n++] = arena_strdup(l->arena, text);
    }
    return texts;
}

static void check_length(struct loader *l, const struct place *at, const char *key,
                         const char *text, size_t max)
{
    const struct place member = read_member(at, key);
    if (strlen(text) > max)
        report_error(&l->report, &member, "more bytes than SMPP has room for", "at most %zu", max);
}

static void check_smpp(struct loader *l, const struct place *at, struct plant_gateway *g,
                       const char *endpoint)
{
    char host[VALUE_HOST_SIZE];
    check_length(l, at, "user", g->user, SMPP_USER_MAX);
    check_length(l, at, "password_file", g->password, SMPP_PASSWORD_MAX);
    check_length(l, at, "from", g->from, SMPP_FROM_MAX);
    if (endpoint && value_split_endpoint(endpoint, host, &g->port))
        g->host = arena_strdup(l->arena, host);
}

static void check_values(struct loader *l, const struct place *at, const struct plant_gateway *g)
{
    const struct place retry = read_member(at, "retry_max_s");
    const struct place from = read_member(at, "from");
    if (g->retry_first_s > g->retry_max_s)
        report_error(&l->report, &retry, NULL, "not less than \"retry_first_s\"");
    if (g->kind == PLANT_MAIL && *g->from && !strchr(g->from, '@'))
        report_error(&l->report, &from, NULL, "an address such as \"plant@example.org\"");
}

void load_gateway(struct loader *l, const struct place *at)
{
    struct gateway_draft draft = {.kind = -1};
    read_defaults(&l->reader, IN_GATEWAY, &draft);
    read_object(&l->reader, at, IN_GATEWAY, &draft);
    struct plant_gateway *g = &draft.gateway;
    if (draft.kind < 0 || !g->id)
        return;
    load_check_unique(l, at, &l->gateways, sizeof *g, g->id);
    g->kind = (enum plant_gateway_kind)draft.kind;
    g->parts_by_sar = draft.parts != 0;
    g->starttls = draft.tls == ANCHOR_STARTTLS;
    g->host = "";
    check_members(l, at, g->kind);
    g->headers = copy_headers(l, at, draft.headers);
    const struct plant_gateway written = *g;
    g->password = load_secret(l, at, "password_file", &g->password_file);
    g->hmac_key = load_secret(l, at, "hmac_key_file", &g->hmac_key_file);
    load_path(l, at, "tls_ca_file", true, &g->tls_ca_file);
    check_url(l, at, g);
    check_values(l, at, g);
    if (g->kind == PLANT_SMPP)
        check_smpp(l, at, g, draft.connect);
    if (g->kind == PLANT_HTTP) {
        check_template(l, at, "url", g->url);
        check_template(l, at, "body", g->body);
    }
    digest_gateway(g, &written, g->digest);
    vec_add(&l->gateways, g, sizeof *g);
}
