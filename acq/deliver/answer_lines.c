#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/core/utf8.h"
#include "acq/deliver/answer.h"

#include <string.h>

enum { BODY_MAX = 1 << 17 };

/* A body that was cut inside its last text is closed again: what stands before the cut counts. */
static cJSON *parse_cut(const char *body)
{
    static const char *const ends[] = {"", "\"}", "}", "\"}]}", "}]}", "]}"};
    cJSON *tree = NULL;
    struct strbuf text;
    strbuf_init(&text, BODY_MAX);
    size_t len = utf8_valid_prefix(body, strlen(body));
    while (len > 0 && body[len - 1] == '\\')
        len--;
    for (size_t i = 0; !tree && i < sizeof ends / sizeof *ends; i++) {
        strbuf_reset(&text);
        strbuf_add(&text, body, len);
        strbuf_adds(&text, ends[i]);
        if (text.failed || json_parse(strbuf_text(&text), text.len, &tree, NULL) != 0)
            tree = NULL;
    }
    strbuf_deinit(&text);
    return tree;
}

/* "LINE': REASON", where LINE may hold that mark too: the last one counts. */
static void tell_sentence(char *sentence, void (*one)(void *ctx, const struct answer_line *line),
                          void *ctx)
{
    static const char mark[] = "': ";
    char *end = NULL;
    for (char *p = sentence; (p = strstr(p, mark)); p++)
        end = p;
    if (!end)
        return;
    *end = '\0';
    char *reason = end + sizeof mark - 1;
    reason[strcspn(reason, "\n")] = '\0';
    one(ctx, &(struct answer_line){.text = sentence, .reason = reason});
}

static void each_sentence(char *text, void (*one)(void *ctx, const struct answer_line *line),
                          void *ctx)
{
    static const char begin[] = "unable to parse '";
    char *p = strstr(text, begin);
    while (p) {
        char *sentence = p + sizeof begin - 1;
        p = strstr(sentence, begin);
        if (p)
            p[-1] = '\0';
        tell_sentence(sentence, one, ctx);
    }
}

static void tell_item(const cJSON *item, void (*one)(void *ctx, const struct answer_line *line),
                      void *ctx)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, "line_number");
    const char *text = json_string(item, "original_line");
    const char *reason = json_string(item, "error_message");
    struct answer_line line = {.text = text ? text : "", .reason = reason ? reason : ""};
    if (cJSON_IsNumber(number) && number->valuedouble >= 1 && number->valuedouble < 1e9)
        line.number = (size_t)number->valuedouble;
    if (cJSON_IsObject(item))
        one(ctx, &line);
}

static void each_item(const cJSON *data, void (*one)(void *ctx, const struct answer_line *line),
                      void *ctx)
{
    const cJSON *item = NULL;
    if (cJSON_IsObject(data))
        tell_item(data, one, ctx);
    else
        cJSON_ArrayForEach(item, data) tell_item(item, one, ctx);
}

void answer_each_line(enum influx_api api, const char *body,
                      void (*one)(void *ctx, const struct answer_line *line), void *ctx)
{
    cJSON *tree = parse_cut(body);
    const char *key = api == INFLUX_V1 ? "error" : "message";
    cJSON *text = cJSON_GetObjectItemCaseSensitive(tree, key);
    if (api == INFLUX_V3)
        each_item(cJSON_GetObjectItemCaseSensitive(tree, "data"), one, ctx);
    else if (cJSON_IsString(text))
        each_sentence(text->valuestring, one, ctx);
    cJSON_Delete(tree);
}
