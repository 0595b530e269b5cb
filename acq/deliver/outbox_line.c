#include "acq/core/json.h"
#include "acq/deliver/outbox_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_text(struct strbuf *out, const char *name, const char *text)
{
    strbuf_addf(out, ",\"%s\":", name);
    strbuf_add_json_string(out, text);
}

static void add_int(struct strbuf *out, const char *name, int64_t value)
{
    strbuf_addf(out, ",\"%s\":%" PRId64, name, value);
}

static void add_route(struct strbuf *out, const struct outbox_entry *e,
                      const struct outbox_options *options)
{
    strbuf_adds(out, ",\"gateways\":[");
    for (uint32_t i = 0; i < e->route_count; i++) {
        if (i > 0)
            strbuf_addc(out, ',');
        strbuf_add_json_string(out, options->gateways[e->route[i]].id);
    }
    strbuf_addc(out, ']');
}

static void add_ids(struct strbuf *out, const struct outbox_entry *e)
{
    strbuf_adds(out, ",\"ids\":[");
    for (uint32_t i = 0; i < e->part_count; i++) {
        if (i > 0)
            strbuf_addc(out, ',');
        strbuf_add_json_string(out, e->ids[i]);
    }
    strbuf_addc(out, ']');
}

void outbox_write_members(const struct outbox_entry *e, const struct outbox_options *options,
                          int64_t now_ms, struct strbuf *out)
{
    strbuf_adds(out, "\"key\":");
    strbuf_add_json_string(out, e->key);
    add_text(out, "state", outbox_state_word(e->state));
    add_text(out, "why", notice_why_word(e->why));
    add_int(out, "priority", e->priority);
    add_text(out, "alarm", e->alarm);
    add_text(out, "person", e->person);
    add_text(out, "to", e->to);
    add_route(out, e, options);
    add_text(out, "gateway", e->route_count ? options->gateways[e->route[e->at]].id : "");
    add_int(out, "attempts", e->attempts);
    strbuf_addf(out, ",\"again\":%s", e->again ? "true" : "false");
    if (*e->said)
        add_text(out, "said", e->said);
    if (e->part_count > 0)
        add_ids(out, e);
    if (e->parts_done > 0)
        add_int(out, "done", e->parts_done);
    add_int(out, "reference", e->reference);
    add_int(out, "time", now_ms);
    add_int(out, "made", e->made_ms);
    add_int(out, "give_up", e->give_up_ms);
    add_text(out, "subject", e->subject);
    add_text(out, "text", e->text);
    if (*e->json)
        add_text(out, "json", e->json);
}

static bool copy_text(const cJSON *tree, const char *name, char *out, size_t size)
{
    const char *text = json_string(tree, name);
    if (!text || strlen(text) >= size)
        return false;
    snprintf(out, size, "%s", text);
    return true;
}

static bool read_word(const cJSON *tree, const char *name, const char *(*word)(int), int count,
                      int *out)
{
    const char *text = json_string(tree, name);
    for (*out = 0; text && *out < count; ++*out)
        if (strcmp(text, word(*out)) == 0)
            return true;
    return false;
}

static const char *state_word(int i)
{
    return outbox_state_word((enum outbox_state)i);
}

static const char *why_word(int i)
{
    return notice_why_word((enum notice_why)i);
}

/* A gateway that is configured no longer has no turn. */
static void read_route(const cJSON *tree, const struct outbox_options *options,
                       struct outbox_entry *e)
{
    const char *last = json_string(tree, "gateway");
    const cJSON *id = NULL;
    cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(tree, "gateways"))
    {
        for (uint32_t g = 0; g < options->gateway_count; g++) {
            const char *name = cJSON_GetStringValue(id);
            if (!name || strcmp(name, options->gateways[g].id) != 0 ||
                e->route_count == NOTICE_GATEWAYS_MAX)
                continue;
            if (last && strcmp(name, last) == 0)
                e->at = e->route_count;
            e->route[e->route_count++] = g;
        }
    }
}

static void read_ids(const cJSON *tree, struct outbox_entry *e)
{
    const cJSON *id = NULL;
    cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(tree, "ids"))
    {
        const char *text = cJSON_GetStringValue(id);
        if (text && e->part_count < SMS_PARTS_MAX)
            snprintf(e->ids[e->part_count++], SMPP_ID_SIZE, "%s", text);
    }
}

static char *copy_or_empty(const char *text)
{
    return strdup(text ? text : "");
}

static int read_tree(const cJSON *tree, const struct outbox_options *options,
                     struct outbox_entry *e)
{
    int state = 0;
    int why = 0;
    if (!read_word(tree, "state", state_word, OUTBOX_FAILED + 1, &state) ||
        !read_word(tree, "why", why_word, NOTICE_TEST + 1, &why) ||
        !copy_text(tree, "key", e->key, sizeof e->key) || !*e->key ||
        !copy_text(tree, "alarm", e->alarm, sizeof e->alarm) ||
        !copy_text(tree, "person", e->person, sizeof e->person) ||
        !copy_text(tree, "to", e->to, sizeof e->to) || !json_string(tree, "text"))
        return PW_ESYNTAX;
    e->state = (enum outbox_state)state;
    e->why = (enum notice_why)why;
    e->priority = (uint8_t)json_int(tree, "priority", 3);
    e->attempts = (uint32_t)json_int(tree, "attempts", 0);
    e->again = json_bool(tree, "again", false);
    e->parts_done = (uint32_t)json_int(tree, "done", 0);
    e->reference = (uint16_t)json_int(tree, "reference", 0);
    e->made_ms = json_int(tree, "made", 0);
    e->give_up_ms = json_int(tree, "give_up", 0);
    read_route(tree, options, e);
    read_ids(tree, e);
    e->subject = copy_or_empty(json_string(tree, "subject"));
    e->text = copy_or_empty(json_string(tree, "text"));
    e->json = copy_or_empty(json_string(tree, "json"));
    return e->subject && e->text && e->json ? 0 : PW_ENOMEM;
}

int outbox_read_entry(const char *json, size_t len, const struct outbox_options *options,
                      struct outbox_entry *out)
{
    cJSON *tree = NULL;
    *out = (struct outbox_entry){0};
    int err = json_parse(json, len, &tree, NULL);
    if (!err)
        err = read_tree(tree, options, out);
    cJSON_Delete(tree);
    if (err)
        outbox_entry_deinit(out);
    return err;
}

void outbox_entry_deinit(struct outbox_entry *e)
{
    free(e->subject);
    free(e->text);
    free(e->json);
    e->subject = e->text = e->json = NULL;
}
