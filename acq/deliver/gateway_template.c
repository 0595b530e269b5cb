#include "acq/deliver/gateway_template.h"

#include "acq/plant/gateway.h"

#include <inttypes.h>
#include <string.h>

/* In the order of plant_gateway_fields. */
enum field { TO, TEXT, SUBJECT, KEY, FROM, TIME, CALLBACK, ALARM, AGAIN, FIELD_COUNT };

static enum field field_of(const char *name, size_t len)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if (strlen(plant_gateway_fields[f]) == len &&
            memcmp(plant_gateway_fields[f], name, len) == 0)
            return (enum field)f;
    return FIELD_COUNT;
}

bool gateway_template_check(const char *template, char *out_field, size_t size)
{
    return plant_template_check(template, plant_gateway_fields, out_field, size);
}

void gateway_add_escaped(struct strbuf *out, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++) {
        if (strchr(plain, *text))
            strbuf_addc(out, *text);
        else
            strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

static void add_value(struct strbuf *out, const char *text, enum gateway_escape escape)
{
    if (escape == GATEWAY_ESCAPE_URL) {
        gateway_add_escaped(out, text);
    } else if (escape == GATEWAY_ESCAPE_NONE) {
        strbuf_adds(out, text);
    } else {
        size_t start = out->len;
        strbuf_add_json_string(out, text);
        if (out->failed)
            return;
        memmove(out->data + start, out->data + start + 1, out->len - start - 2);
        strbuf_truncate(out, out->len - 2);
    }
}

static void add_field(enum field field, const struct gateway_config *config,
                      const struct gateway_message *m, enum gateway_escape escape,
                      struct strbuf *out)
{
    const char *const values[] = {m->to, m->text, m->subject, m->key, config->from};
    if (field == TIME)
        strbuf_addf(out, "%" PRId64, m->time_ms);
    else if (field == ALARM)
        add_value(out, *m->json ? m->json : "null",
                  escape == GATEWAY_ESCAPE_JSON ? GATEWAY_ESCAPE_NONE : escape);
    else if (field == AGAIN)
        strbuf_adds(out, m->again ? "true" : "false");
    else if (field == CALLBACK)
        add_value(out, config->callback_url, escape);
    else
        add_value(out, values[field], escape);
}

void gateway_template_fill(const char *template, const struct gateway_config *config,
                           const struct gateway_message *m, enum gateway_escape escape,
                           struct strbuf *out)
{
    for (const char *p = template; *p; p++) {
        const char *end = *p == '{' && p[1] != '{' ? strchr(p, '}') : NULL;
        if (!end) {
            strbuf_addc(out, *p);
            p += p[0] == '{' && p[1] == '{';
            continue;
        }
        enum field field = field_of(p + 1, (size_t)(end - p - 1));
        if (field < FIELD_COUNT)
            add_field(field, config, m, escape, out);
        p = end;
    }
}

enum gateway_escape gateway_escape_of(const char *content_type)
{
    if (strstr(content_type, "json"))
        return GATEWAY_ESCAPE_JSON;
    return strstr(content_type, "form-urlencoded") ? GATEWAY_ESCAPE_URL : GATEWAY_ESCAPE_NONE;
}
