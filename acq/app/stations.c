#include "acq/app/state.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/core/utf8.h"
#include "acq/record/archive.h"
#include "acq/record/journal_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How far back a start looks for what stations sent last. */
enum { REMEMBER_COMMITS = 4096, KEY_DIGITS = 16 };

static const char *const edition_names[HJ212_EDITION_COUNT] = {"auto", "2005", "2017", "2025"};

static void add_text(struct strbuf *out, const char *key, struct hj212_text value)
{
    char copy[HJ212_RECEIVE_MAX + 1];
    size_t len = value.len < sizeof copy ? value.len : sizeof copy - 1;
    if (len)
        memcpy(copy, value.at, len);
    copy[len] = '\0';
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_string(out, copy);
}

static void add_hex(struct strbuf *out, const char *key, const char *bytes, size_t len)
{
    strbuf_addf(out, ",\"%s\":\"", key);
    for (size_t i = 0; i < len; i++)
        strbuf_addf(out, "%02x", (unsigned char)bytes[i]);
    strbuf_addc(out, '"');
}

/* The segment with its password struck out; bytes that are no UTF-8 text go as hex. */
static void add_segment(struct strbuf *out, const struct hj212_packet *p)
{
    char copy[HJ212_RECEIVE_MAX + 1];
    size_t len = hj212_strike_out(p->segment, p->pw, copy, sizeof copy);
    if (!utf8_is_valid(copy, len) || memchr(copy, '\0', len))
        add_hex(out, "raw_hex", copy, len);
    else
        add_text(out, "raw", (struct hj212_text){copy, len});
}

static void add_members(const struct app *a, const struct hj212_entry *e, struct strbuf *out)
{
    const struct hj212_packet *p = e->packet;
    const struct plant_device *d = &a->plant->devices[e->device];
    int64_t time_ms = 0;
    strbuf_adds(out, "\"device\":");
    strbuf_add_json_string(out, d->id);
    add_text(out, "mn", p->mn);
    strbuf_addf(out, ",\"cn\":%d", p->cn);
    add_text(out, "st", p->st);
    add_text(out, "qn", hj212_packet_qn(p));
    if (hj212_packet_time(p, HJ212_DATA_TIME, a->plant->server.zone_offset_min, &time_ms) == 0)
        strbuf_addf(out, ",\"time\":%" PRId64, time_ms);
    if (p->pnum)
        strbuf_addf(out, ",\"pnum\":%d,\"pno\":%d", p->pnum, p->pno);
    strbuf_addf(out, ",\"edition\":\"%s\",\"crc\":\"%s\",\"key\":\"%016" PRIx64 "\"",
                edition_names[p->edition], hj212_crc_variant_name(e->crc), e->key);
    if (e->unknown)
        strbuf_addf(out, ",\"unknown\":%u", e->unknown);
    if (e->bad_time)
        strbuf_addf(out, ",\"bad_time\":%u", e->bad_time);
    if (e->revision)
        strbuf_adds(out, ",\"revision\":true");
    if (p->backfill)
        strbuf_adds(out, ",\"backfill\":true");
    add_segment(out, p);
}

static int on_packet(void *ctx, const struct hj212_entry *e, uint64_t *out_seq)
{
    struct app *a = ctx;
    struct strbuf *text = flow_fresh_text(a);
    add_members(a, e, text);
    int err = text->failed ? PW_EFULL
                           : recorder_add_journal(a->recorder, "station", e->at_ms,
                                                  strbuf_text(text), e->urgent);
    if (err) {
        log_error("record", "device=%s: a packet is lost and stays without an answer: %s",
                  a->plant->devices[e->device].id, pw_strerror(err));
        return err;
    }
    *out_seq = recorder_next_seq(a->recorder);
    if (e->urgent)
        flow_arm_record(a, 0);
    return 0;
}

static int on_reading(void *ctx, const struct reading *r)
{
    return flow_take_reading(ctx, r);
}

static bool read_key(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (!text || strlen(text) != KEY_DIGITS)
        return false;
    *out = strtoull(text, &end, 16);
    return *end == '\0' && *out != 0;
}

struct kept {
    char mn[HJ212_MN_MAX + 1];
    uint64_t key;
    enum hj212_crc_variant crc;
};

/* false: no line of a station. */
static bool read_line(const char *text, size_t len, struct kept *out)
{
    struct journal_head head;
    struct journal_line line;
    if (journal_line_head(text, len, &head) != 0 || head.type_len != strlen("station") ||
        memcmp(head.type, "station", head.type_len) != 0 ||
        journal_line_parse(text, len, &line) != 0)
        return false;
    const char *mn = json_string(line.tree, "mn");
    const char *crc = json_string(line.tree, "crc");
    bool good =
        mn && strlen(mn) <= HJ212_MN_MAX && read_key(json_string(line.tree, "key"), &out->key);
    if (good)
        memcpy(out->mn, mn, strlen(mn) + 1);
    if (!crc || hj212_crc_variant_parse(crc, &out->crc) != 0)
        out->crc = HJ212_CRC_UNKNOWN;
    journal_line_deinit(&line);
    return good;
}

static void remember_lines(struct app *a, const char *text, size_t len)
{
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        struct kept kept;
        if (read_line(text, line, &kept))
            (void)hj212_hub_remember(a->stations, kept.mn, kept.key, kept.crc);
        size_t used = end ? line + 1 : len;
        text += used;
        len -= used;
    }
}

static int remember_commit(struct app *a, struct archive *archive, uint64_t seq)
{
    struct commit c;
    int err = archive_read(archive, seq, &c);
    if (err)
        return err;
    char *text = NULL;
    size_t len = 0;
    if (c.member[MEMBER_J] && archive_inflate(c.member[MEMBER_J], &text, &len) == 0)
        remember_lines(a, text, len);
    free(text);
    for (int k = 0; k < MEMBER_KINDS; k++)
        bytes_unref(c.member[k]);
    return 0;
}

/* What stations sent last before this start. A commit that cannot be read costs no more than that a
 * packet of it would be stored a second time. */
static void remember_packets(struct app *a)
{
    struct archive *archive = NULL;
    uint64_t first = 0;
    uint64_t last = 0;
    if (hj212_hub_link_count(a->stations) == 0 || archive_open(a->data_dir, &archive) != 0)
        return;
    if (archive_bounds(archive, &first, &last) == 0 && last > 0) {
        if (last > REMEMBER_COMMITS && last - REMEMBER_COMMITS > first)
            first = last - REMEMBER_COMMITS;
        for (uint64_t seq = first ? first : 1; seq <= last; seq++)
            if (remember_commit(a, archive, seq) != 0)
                log_warn("hj212", "commit %" PRIu64 " cannot be read for packet keys", seq);
    }
    archive_close(archive);
}

int stations_open(struct app *a)
{
    const struct hj212_hub_options o = {.loop = &a->loop,
                                        .plant = a->plant,
                                        .time = &a->time,
                                        .on_reading = on_reading,
                                        .on_packet = on_packet,
                                        .on_key = station_keys_note,
                                        .ctx = a};
    int err = hj212_hub_start(&o, &a->stations);
    if (err)
        return err;
    remember_packets(a);
    station_keys_load(a);
    return 0;
}

static void add_counts(struct strbuf *out, const struct hj212_counts *c)
{
    bool some = false;
    strbuf_addf(out,
                ",\"frames\":%" PRIu64 ",\"bad_crc\":%" PRIu64 ",\"bad_content\":%" PRIu64
                ",\"bad_length\":%" PRIu64 ",\"skipped_bytes\":%" PRIu64 ",\"expired\":%" PRIu64
                ",\"decrypted\":%" PRIu64 ",\"plain_refused\":%" PRIu64 ",\"deviations\":{",
                c->frames, c->bad_crc, c->bad_content, c->bad_length, c->skipped_bytes, c->expired,
                c->decrypted, c->plain_refused);
    for (int i = 1; i < HJ212_DEV_COUNT; i++) {
        if (!c->deviation[i])
            continue;
        strbuf_addf(out, "%s\"%s\":%" PRIu64, some ? "," : "",
                    hj212_deviation_key((enum hj212_deviation)i), c->deviation[i]);
        some = true;
    }
    strbuf_addc(out, '}');
}

static void add_station(struct strbuf *out, const struct hj212_station_stats *s)
{
    char crc[HJ212_CRC_STATE_SIZE];
    strbuf_adds(out, "{\"device\":");
    strbuf_add_json_string(out, s->device);
    strbuf_addf(out,
                ",\"mn\":\"%s\",\"edition\":\"%s\",\"crc\":\"%s\",\"packets\":%" PRIu64
                ",\"resends\":%" PRIu64 ",\"revisions\":%" PRIu64 ",\"wrong_password\":%" PRIu64
                ",\"other_st\":%" PRIu64 ",\"unknown_values\":%" PRIu64 ",\"bad_times\":%" PRIu64
                ",\"lost\":%" PRIu64 ",\"answers\":%" PRIu64 ",\"answers_late\":%" PRIu64
                ",\"answers_unsent\":%" PRIu64 ",\"heartbeats\":%" PRIu64 ",\"clock_asks\":%" PRIu64
                ",\"clock_sets\":%" PRIu64 ",\"last_result\":%d,\"last_at\":%" PRId64
                ",\"refused\":",
                s->mn, edition_names[s->edition], hj212_crc_state_format(s->crc, crc), s->packets,
                s->resends, s->revisions, s->wrong_password, s->other_st, s->unknown_values,
                s->bad_times, s->lost, s->answers, s->late, s->unsent, s->heartbeats, s->clock_asks,
                s->clock_sets, s->last_result, s->last_at_ms);
    strbuf_add_json_string(out, s->refused);
    if (s->has_key)
        strbuf_addf(out, ",\"key_since\":%" PRId64 ",\"key_offered\":%s", s->key_since_ms,
                    s->key_is_offered ? "true" : "false");
    add_counts(out, s->counts);
    strbuf_addc(out, '}');
}

static void add_unknown(struct strbuf *out, const struct hj212_desk *desk)
{
    uint32_t count = 0;
    const struct hj212_unknown *u = hj212_desk_unknown(desk, &count);
    strbuf_adds(out, ",\"unknown\":[");
    for (uint32_t i = 0; i < count; i++) {
        strbuf_adds(out, i ? ",{\"mn\":" : "{\"mn\":");
        strbuf_add_json_string(out, u[i].mn);
        strbuf_addf(out,
                    ",\"packets\":%" PRIu64 ",\"first_at\":%" PRId64 ",\"last_at\":%" PRId64
                    ",\"last\":",
                    u[i].packets, u[i].first_at_ms, u[i].last_at_ms);
        strbuf_add_json_string(out, u[i].frame);
        strbuf_addc(out, '}');
    }
    strbuf_addf(out, "],\"unlisted\":%" PRIu64, hj212_desk_unlisted(desk));
}

static void add_link(struct strbuf *out, const struct hj212_hub *h, uint32_t i)
{
    struct hj212_link_stats l;
    const struct hj212_desk *desk = hj212_hub_desk(h, i);
    hj212_hub_link(h, i, &l);
    strbuf_adds(out, "{\"link\":");
    strbuf_add_json_string(out, l.id);
    strbuf_addf(out,
                ",\"port\":%u,\"listening\":%s,\"connections\":%u,\"strangers\":%u"
                ",\"accepted\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"silent\":%" PRIu64
                ",\"endless\":%" PRIu64 ",\"disconnects\":%" PRIu64 ",\"waiting\":%zu",
                l.port, l.listens && !l.error ? "true" : "false", l.connections, l.strangers,
                l.accepted, l.refused, l.silent, l.endless, l.disconnects,
                hj212_desk_waiting(desk));
    strbuf_adds(out, ",\"error\":");
    strbuf_add_json_string(out, l.error ? pw_strerror(l.error) : "");
    add_counts(out, &l.counts);
    add_unknown(out, desk);
    strbuf_adds(out, ",\"stations\":[");
    for (uint32_t n = 0; n < hj212_desk_station_count(desk); n++) {
        struct hj212_station_stats s;
        hj212_desk_station(desk, n, &s);
        strbuf_adds(out, n ? "," : "");
        add_station(out, &s);
    }
    strbuf_adds(out, "]}");
}

void stations_status(const struct app *a, struct strbuf *out)
{
    strbuf_adds(out, ",\"hj212\":[");
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++) {
        strbuf_adds(out, i ? "," : "");
        add_link(out, a->stations, i);
    }
    strbuf_addc(out, ']');
}
