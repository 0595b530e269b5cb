#include "acq/app/ctl_private.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/utf8.h"
#include "protocols/hj212/factor.h"

#include <stdlib.h>
#include <string.h>

enum { CODES_MAX = 200, CODE_SIZE = 24 };

/* The codes of realtime values in what was set aside. */
struct codes {
    char list[CODES_MAX][CODE_SIZE];
    uint32_t count;
    bool has_password;
};

static void add_code(struct codes *c, struct hj212_text code)
{
    if (code.len == 0 || code.len >= CODE_SIZE || c->count == CODES_MAX)
        return;
    for (uint32_t i = 0; i < c->count; i++)
        if (hj212_text_is(code, c->list[i]))
            return;
    memcpy(c->list[c->count], code.at, code.len);
    c->list[c->count++][code.len] = '\0';
}

static void add_frame(struct strbuf *out, const struct hj212_packet *p)
{
    char copy[HJ212_KEPT_FRAME + 1];
    size_t len = hj212_strike_out(p->segment, p->pw, copy, sizeof copy);
    for (size_t i = 0; !utf8_is_valid(copy, len) && i < len; i++)
        if ((unsigned char)copy[i] > '~')
            copy[i] = '?';
    strbuf_add_json_string(out, copy);
}

static void add_frames(struct strbuf *out, const struct hj212_strangers *list, uint32_t i,
                       struct codes *codes)
{
    struct hj212_stranger u;
    bool some = false;
    struct hj212_packet *p = malloc(sizeof *p);
    hj212_strangers_get(list, i, &u);
    strbuf_adds(out, ",\"frames\":[");
    for (uint32_t n = 0; p && n < u.kept; n++) {
        enum hj212_crc_variant crc;
        if (hj212_packet_parse(hj212_strangers_packet(list, i, n, &crc), p) != 0)
            continue;
        strbuf_adds(out, some ? "," : "");
        some = true;
        add_frame(out, p);
        codes->has_password = codes->has_password || p->pw.len > 0;
        for (size_t k = 0; p->cn == 2011 && k < p->item_count; k++)
            if (p->items[k].field == HJ212_RTD)
                add_code(codes, p->items[k].code);
    }
    strbuf_addc(out, ']');
    free(p);
}

static void add_signals(struct strbuf *out, enum hj212_edition edition, const struct codes *codes)
{
    strbuf_adds(out, ",\"signals\":{");
    for (uint32_t i = 0; i < codes->count; i++) {
        struct hj212_text code = hj212_text_of(codes->list[i]);
        const struct hj212_factor *f = hj212_factor_find(edition, code);
        strbuf_adds(out, i ? "," : "");
        strbuf_add_json_string(out, codes->list[i]);
        strbuf_adds(out, ":{");
        if (f) {
            strbuf_adds(out, "\"name\":");
            strbuf_add_json_string(out, f->name_zh);
            if (f->unit[0] && !f->doubtful) {
                strbuf_adds(out, ",\"unit\":");
                strbuf_add_json_string(out, f->unit);
            }
        }
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, '}');
}

/* What an operator puts into the configuration; units are the tables' and may be others. */
static void add_draft(struct strbuf *out, const char *link, const struct hj212_stranger *u,
                      const struct codes *codes)
{
    strbuf_adds(out, ",\"draft\":{\"id\":");
    strbuf_add_json_string(out, u->mn);
    strbuf_adds(out, ",\"protocol\":\"hj212\",\"link\":");
    strbuf_add_json_string(out, link);
    strbuf_adds(out, ",\"mn\":");
    strbuf_add_json_string(out, u->mn);
    if (codes->has_password)
        strbuf_adds(out, ",\"password_file\":\"station.pw\"");
    strbuf_adds(out, ",\"st\":");
    strbuf_add_json_string(out, u->st);
    add_signals(out, u->edition, codes);
    strbuf_addc(out, '}');
}

enum ctl_wait ctl_unknown(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *mn = json_string(request, "id");
    for (uint32_t l = 0; mn && l < hj212_hub_link_count(a->stations); l++) {
        const struct hj212_strangers *list = hj212_desk_strangers(hj212_hub_desk(a->stations, l));
        uint32_t i = hj212_strangers_find(list, hj212_text_of(mn));
        struct hj212_link_stats link;
        struct hj212_stranger u;
        struct codes codes = {.count = 0};
        if (i == UINT32_MAX)
            continue;
        hj212_hub_link(a->stations, l, &link);
        hj212_strangers_get(list, i, &u);
        strbuf_adds(&c->answer, "\"ok\":true,\"mn\":");
        strbuf_add_json_string(&c->answer, u.mn);
        add_frames(&c->answer, list, i, &codes);
        add_draft(&c->answer, link.id, &u, &codes);
        return CTL_ANSWERED;
    }
    return ctl_refuse(c, "/id: no unknown station of that MN has reported");
}
