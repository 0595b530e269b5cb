#include "acq/app/state.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/core/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
    if (e->asked)
        strbuf_adds(out, ",\"asked\":true");
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
    station_facilities_take(a, e->device, e->packet);
    if (e->token)
        ctl_on_station_packet(a, e->token, e->packet);
    if (e->urgent)
        flow_arm_record(a, 0);
    return 0;
}

static int on_reading(void *ctx, const struct reading *r)
{
    return flow_take_reading(ctx, r);
}

/* Values of factors that are no signal: a raw line of their own, which no limit or mean sees. */
static int on_extras(void *ctx, const struct hj212_extras *e)
{
    struct app *a = ctx;
    struct raw_value values[APP_FACTORS_MAX];
    uint32_t count = e->count < APP_FACTORS_MAX ? e->count : APP_FACTORS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct hj212_extra *x = &e->list[i];
        values[i] = (struct raw_value){.signal = x->code, .sample = x->sample, .text = x->text};
        if (!a->time.trusted && quality_is_good(x->sample.quality))
            values[i].sample.quality = QUALITY_CLOCK_UNTRUSTED;
    }
    return flow_take_extras(a, e->device, e->time_ms, e->at_ms, values, count);
}

int stations_open(struct app *a)
{
    const struct hj212_hub_options o = {.loop = &a->loop,
                                        .plant = a->plant,
                                        .time = &a->time,
                                        .on_reading = on_reading,
                                        .on_packet = on_packet,
                                        .on_key = station_keys_note,
                                        .on_period = station_means_take,
                                        .on_extras = on_extras,
                                        .on_state = stations_on_state,
                                        .on_asked = ctl_on_asked,
                                        .ctx = a};
    int err = hj212_hub_start(&o, &a->stations);
    if (err)
        return err;
    stations_remember(a);
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

static const char *const series_names[SERIES_COUNT] = {"realtime", "minute", "hour", "day",
                                                       "run_time"};

static void add_fullness(struct strbuf *out, const struct hj212_fullness *f)
{
    strbuf_addf(out, "{\"expected\":%u,\"have\":%u,\"lost\":%u}", f->expected, f->have, f->lost);
}

/* How complete each day is of each series, today first; days of which nothing is expected are left
 * out. */
static void add_days(struct strbuf *out, const struct hj212_gaps *gaps, uint32_t back_d,
                     int64_t utc_ms)
{
    bool some = false;
    strbuf_adds(out, ",\"days\":[");
    for (uint32_t ago = 0; ago <= back_d; ago++) {
        bool open = false;
        for (int i = SERIES_MINUTE; i < SERIES_COUNT; i++) {
            struct hj212_fullness f;
            hj212_gaps_day(gaps, (enum station_series)i, ago, utc_ms, &f);
            if (f.expected == 0)
                continue;
            if (!open)
                strbuf_addf(out, "%s{\"ago\":%u", some ? "," : "", ago);
            strbuf_addf(out, ",\"%s\":", series_names[i]);
            add_fullness(out, &f);
            some = open = true;
        }
        strbuf_adds(out, open ? "}" : "");
    }
    strbuf_addc(out, ']');
}

/* What it is asked for, and how complete its periods are. */
static void add_asking(struct strbuf *out, const struct hj212_station_stats *s,
                       const struct plant_device *d, int64_t utc_ms)
{
    strbuf_addf(out, ",\"asking\":%d,\"asked\":{", s->asking);
    for (int i = 0; i < HJ212_PURPOSES; i++)
        strbuf_addf(out, "%s\"%s\":%" PRIu64, i ? "," : "",
                    hj212_purpose_name((enum hj212_purpose)i), s->asked[i]);
    strbuf_addf(out,
                "},\"ask_resends\":%" PRIu64 ",\"ask_refused\":%" PRIu64 ",\"ask_silent\":%" PRIu64
                ",\"ask_unsent\":%" PRIu64 ",\"started\":%s,\"realtime_interval_s\":%d"
                ",\"minute_interval_min\":%d",
                s->ask_resends, s->ask_refused, s->ask_silent, s->ask_unsent,
                s->plan.started ? "true" : "false", s->plan.realtime_interval_s,
                s->plan.minute_interval_min);
    if (s->plan.clock_known)
        strbuf_addf(out, ",\"clock_off_ms\":%" PRId64, s->plan.clock_off_ms);
    add_days(out, s->plan.gaps, d->station.asking.fill_back_d, utc_ms);
}

static void add_station(struct strbuf *out, const struct hj212_station_stats *s,
                        const struct plant_device *d, int64_t utc_ms)
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
    strbuf_addf(out, ",\"factors\":%u,\"factors_max\":%u,\"factors_dropped\":%" PRIu64, s->factors,
                s->factors_max, s->factors_dropped);
    if (s->has_key)
        strbuf_addf(out, ",\"key_since\":%" PRId64 ",\"key_offered\":%s", s->key_since_ms,
                    s->key_is_offered ? "true" : "false");
    add_counts(out, s->counts);
    add_asking(out, s, d, utc_ms);
    strbuf_addc(out, '}');
}

static void add_unknown(struct strbuf *out, const struct hj212_desk *desk)
{
    const struct hj212_strangers *list = hj212_desk_strangers(desk);
    strbuf_adds(out, ",\"unknown\":[");
    for (uint32_t i = 0; i < hj212_strangers_count(list); i++) {
        struct hj212_stranger u;
        hj212_strangers_get(list, i, &u);
        strbuf_adds(out, i ? ",{\"mn\":" : "{\"mn\":");
        strbuf_add_json_string(out, u.mn);
        strbuf_addf(
            out,
            ",\"packets\":%" PRIu64 ",\"set_aside\":%u,\"gone\":%" PRIu64
            ",\"edition\":\"%s\",\"first_at\":%" PRId64 ",\"last_at\":%" PRId64 ",\"last\":",
            u.packets, u.kept, u.gone, edition_names[u.edition], u.first_at_ms, u.last_at_ms);
        strbuf_add_json_string(out, u.last);
        strbuf_addc(out, '}');
    }
    strbuf_addf(out, "],\"unlisted\":%" PRIu64, hj212_strangers_unlisted(list));
}

static void add_link(struct strbuf *out, const struct app *a, uint32_t i)
{
    const struct hj212_hub *h = a->stations;
    int64_t utc_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
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
        add_station(out, &s, &a->plant->devices[s.index], utc_ms);
    }
    strbuf_adds(out, "]}");
}

void stations_status(const struct app *a, struct strbuf *out)
{
    strbuf_adds(out, ",\"hj212\":[");
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++) {
        strbuf_adds(out, i ? "," : "");
        add_link(out, a, i);
    }
    strbuf_addc(out, ']');
}
