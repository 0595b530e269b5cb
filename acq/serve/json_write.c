#include "acq/serve/json_write.h"

#include "acq/core/civil.h"

#include <inttypes.h>
#include <string.h>

static void put_key(struct strbuf *b, const char *key)
{
    char last = b->len ? b->data[b->len - 1] : '{';
    if (last != '{' && last != '[')
        strbuf_addc(b, ',');
    if (!key)
        return;
    strbuf_add_json_string(b, key);
    strbuf_addc(b, ':');
}

void json_open(struct strbuf *b, const char *key, char bracket)
{
    put_key(b, key);
    strbuf_addc(b, bracket);
}

void json_close(struct strbuf *b, char bracket)
{
    strbuf_addc(b, bracket);
}

void json_put_text(struct strbuf *b, const char *key, const char *text)
{
    put_key(b, key);
    strbuf_add_json_string(b, text);
}

void json_put_bool(struct strbuf *b, const char *key, bool value)
{
    put_key(b, key);
    strbuf_adds(b, value ? "true" : "false");
}

void json_put_uint(struct strbuf *b, const char *key, uint64_t value)
{
    put_key(b, key);
    strbuf_addf(b, "%" PRIu64, value);
}

void json_put_int(struct strbuf *b, const char *key, int64_t value)
{
    put_key(b, key);
    strbuf_add_int(b, value);
}

void json_put_double(struct strbuf *b, const char *key, double value)
{
    put_key(b, key);
    strbuf_add_json_double(b, value);
}

void json_put_time(struct strbuf *b, const char *key, int64_t time_ms, int zone_offset_min)
{
    char text[CIVIL_ISO_SIZE];
    if (time_ms == 0) {
        put_key(b, key);
        strbuf_adds(b, "null");
        return;
    }
    civil_format_iso(time_ms, zone_offset_min, text);
    json_put_text(b, key, text);
}

void json_put_fields(struct strbuf *b, const struct json_field *fields, size_t count,
                     const void *base)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 0;
        memcpy(&value, (const char *)base + fields[i].offset, sizeof value);
        json_put_uint(b, fields[i].name, value);
    }
}
