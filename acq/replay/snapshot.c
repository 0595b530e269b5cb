/* A snapshot line: {"type":"snapshot","at":A,"n":N,"version":1,"config":DIGEST,"ticked":T,
 * "offset_ms":O,"objects":[{"k":KIND,"i":ID,"d":DIGEST,"v":VERSION,"s":STATE in hex},...]} */
#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"
#include "acq/record/journal_line.h"
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
    strbuf_addf(w->out, ",\"d\":\"%s\",\"v\":%u,\"s\":\"", sm3_hex(o->digest, hex), o->version);
    add_hex(w->out, o->state, o->size);
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
        strbuf_addc(out, '}');
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

/* An object that is gone, or changed since, starts anew: the reload behind says so. */
static int restore_object(struct feed *f, const cJSON *item, uint8_t *state)
{
    const char *kind = json_string(item, "k");
    const char *id = json_string(item, "i");
    const char *digest = json_string(item, "d");
    const char *hex = json_string(item, "s");
    if (!kind || !id || !digest || !hex)
        return PW_ESYNTAX;
    struct pipeline_object o = {.kind = kind,
                                .id = id,
                                .version = (uint32_t)json_int(item, "v", 0),
                                .state = state,
                                .size = read_hex(hex, state, STATE_MAX)};
    if (o.size == 0 || read_hex(digest, o.digest, SM3_SIZE) != SM3_SIZE)
        return PW_ESYNTAX;
    int err = pipeline_restore(f->pipeline, &o);
    return err == PW_ENOTFOUND || err == PW_EFOREIGN ? 0 : err;
}

static int restore_all(struct feed *f, const cJSON *tree)
{
    uint8_t *state = malloc(STATE_MAX);
    if (!state)
        return PW_ENOMEM;
    int err = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(tree, "objects"))
    {
        err = restore_object(f, item, state);
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
            err = pipeline_restore_declaration(f->pipeline, &d);
        if (err)
            break;
    }
    return err;
}

static int use_config(struct feed *f, const struct journal_line *line)
{
    const char *digest = json_string(line->tree, "config");
    char config[SM3_HEX_SIZE + 64];
    if (!digest || strlen(digest) != SM3_HEX_SIZE - 1)
        return PW_ESYNTAX;
    struct strbuf text;
    strbuf_init_fixed(&text, config, sizeof config);
    strbuf_addf(&text, "{\"type\":\"config\",\"at\":0,\"n\":0,\"digest\":\"%s\"}", digest);
    return text.failed ? PW_ESYNTAX : input_journal(f, text.data, text.len);
}

int snapshot_read(struct feed *f, const char *text, size_t len)
{
    struct journal_line line;
    int err = journal_line_parse(text, len, &line);
    if (err)
        return err;
    if (json_int(line.tree, "version", 0) != SNAPSHOT_VERSION)
        err = PW_ENOTFOUND;
    if (!err)
        err = use_config(f, &line);
    if (!err) {
        f->offset_ms = json_int(line.tree, "offset_ms", 0);
        pipeline_restore_clock(
            f->pipeline, (struct pipeline_clock){json_int(line.tree, "ticked", 0), f->offset_ms});
        err = restore_all(f, line.tree);
        if (!err)
            err = restore_declared(f, line.tree);
        f->counts.last_at_ms = line.at_ms;
    }
    journal_line_deinit(&line);
    return err == PW_EVERSION ? PW_ENOTFOUND : err;
}
