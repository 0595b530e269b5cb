/* A snapshot line: {"type":"snapshot","at":A,"n":N,"version":1,"config":DIGEST,"ticked":T,
 * "offset_ms":O,"objects":[{"k":KIND,"i":ID,"d":DIGEST,"z":SIZE,"v":VERSION,"s":STATE in hex,
 * without the zeros at its end},...]}; without "z" the state is whole. */
#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"
#include "acq/replay/feed_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_VERSION = 1, STATE_MAX = 65536 };

static void add_hex(struct strbuf *out, const uint8_t *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        char pair[2] = {digits[data[i] >> 4], digits[data[i] & 15]};
        strbuf_add(out, pair, 2);
    }
}

static size_t size_without_zeros(const uint8_t *data, size_t size)
{
    while (size > 1 && data[size - 1] == 0)
        size--;
    return size;
}

struct writing {
    struct strbuf *out;
    bool some;
};

static void write_object(void *ctx, const struct pipeline_object *o)
{
    struct writing *w = ctx;
    char hex[SM3_HEX_SIZE];
    strbuf_adds(w->out, w->some ? ",{\"k\":\"" : "{\"k\":\"");
    strbuf_adds(w->out, o->kind);
    strbuf_adds(w->out, "\",\"i\":");
    strbuf_add_json_string(w->out, o->id);
    strbuf_addf(w->out, ",\"d\":\"%s\",\"z\":%zu,\"v\":%u,\"s\":\"", sm3_hex(o->digest, hex),
                o->size, o->version);
    add_hex(w->out, o->state, size_without_zeros(o->state, o->size));
    strbuf_adds(w->out, "\"}");
    w->some = true;
}

void snapshot_write_members(const struct pipeline *p, const char *config_digest, struct strbuf *out)
{
    struct pipeline_clock clock = pipeline_get_clock(p);
    strbuf_addf(out,
                "\"version\":%d,\"config\":\"%s\",\"ticked\":%" PRId64 ",\"offset_ms\":%" PRId64
                ",\"objects\":[",
                SNAPSHOT_VERSION, config_digest, clock.ticked_at_ms, clock.offset_ms);
    struct writing w = {out, false};
    pipeline_snapshot(p, write_object, &w);
    strbuf_adds(out, "],\"declared\":[");
    const struct declarations *declared = pipeline_declared(p);
    for (uint32_t i = 0; i < declared->count; i++) {
        strbuf_adds(out, i ? ",{" : "{");
        declaration_write_members(&declared->items[i], 0, out);
        strbuf_addf(out, ",\"made_ms\":%" PRId64 "}", declared->items[i].made_ms);
    }
    strbuf_addc(out, ']');
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes written, or 0 when text is no hex or longer than size bytes. */
static size_t read_hex(const char *text, uint8_t *out, size_t size)
{
    size_t len = strlen(text);
    if (len % 2 || len / 2 > size)
        return 0;
    for (size_t i = 0; i < len; i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return len / 2;
}

static int read_object(const cJSON *item, uint8_t *state, struct pipeline_object *out)
{
    const char *digest = json_string(item, "d");
    const char *hex = json_string(item, "s");
    *out = (struct pipeline_object){.kind = json_string(item, "k"),
                                    .id = json_string(item, "i"),
                                    .version = (uint32_t)json_int(item, "v", 0),
                                    .state = state,
                                    .size = hex ? read_hex(hex, state, STATE_MAX) : 0};
    int64_t whole = json_int(item, "z", (int64_t)out->size);
    if (whole < (int64_t)out->size || whole > STATE_MAX)
        return PW_ESYNTAX;
    memset(state + out->size, 0, (size_t)whole - out->size);
    if (!out->kind || !out->id || !digest || out->size == 0 ||
        read_hex(digest, out->digest, SM3_SIZE) != SM3_SIZE)
        return PW_ESYNTAX;
    out->size = (size_t)whole;
    return 0;
}

/* An object that is gone, or changed since, starts anew: the reload behind says so. */
static int restore_object(struct feed *f, const cJSON *item, uint8_t *state, bool strict)
{
    struct pipeline_object o;
    int err = read_object(item, state, &o);
    if (!err)
        err = pipeline_restore(f->pipeline, &o);
    if (err == PW_EVERSION)
        return strict ? PW_ENOTFOUND : 0;
    return err == PW_ENOTFOUND || err == PW_EFOREIGN ? 0 : err;
}

static int restore_all(struct feed *f, const cJSON *tree, bool strict)
{
    uint8_t *state = malloc(STATE_MAX);
    if (!state)
        return PW_ENOMEM;
    int err = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(tree, "objects"))
    {
        err = restore_object(f, item, state, strict);
        if (err)
            break;
    }
    free(state);
    return err;
}

static int restore_declared(struct feed *f, const cJSON *tree)
{
    const cJSON *item = NULL;
    int err = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(tree, "declared"))
    {
        struct declaration d;
        char why[160];
        err = declaration_read(item, &d, why, sizeof why);
        if (!err)
            d.made_ms = json_int(item, "made_ms", 0);
        if (!err)
            err = pipeline_restore_declaration(f->pipeline, &d);
        if (err)
            break;
    }
    return err;
}

static int restore(struct feed *f, const struct journal_line *line, bool strict)
{
    int64_t ticked_ms = json_int(line->tree, "ticked", -1);
    if (ticked_ms < 0 || ticked_ms > line->at_ms)
        return PW_ESYNTAX;
    f->offset_ms = json_int(line->tree, "offset_ms", 0);
    f->offset_known = true;
    f->counts.last_at_ms = line->at_ms;
    pipeline_restore_clock(f->pipeline, (struct pipeline_clock){ticked_ms, f->offset_ms});
    int err = restore_all(f, line->tree, strict);
    return err ? err : restore_declared(f, line->tree);
}

int snapshot_read(struct feed *f, const struct journal_line *line, bool strict)
{
    const char *digest = json_string(line->tree, "config");
    if (json_int(line->tree, "version", 0) != SNAPSHOT_VERSION)
        return strict ? PW_ENOTFOUND : 0;
    if (!digest)
        return PW_ESYNTAX;
    int err = input_config(f, digest, NULL, line->at_ms);
    if (err == PW_ENOTFOUND && !strict)
        return 0;
    return err ? err : restore(f, line, strict);
}
