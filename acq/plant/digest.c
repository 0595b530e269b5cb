#include "acq/plant/digest_text.h"
#include "acq/plant/loader.h"
#include "protocols/hj212/profile.h"

#include <math.h>

enum {
    WRITE_GAP_DEFAULT_MS = 25,
    KEY_GRACE_DEFAULT_MIN = 10,
    UNKNOWN_MAX_DEFAULT = 64,
    FACTORS_DEFAULT = 128
};

static void add_bytes(struct strbuf *b, const char *key, const uint8_t *bytes, size_t len)
{
    strbuf_addf(b, "%s=", key);
    for (size_t i = 0; i < len; i++)
        strbuf_addf(b, "%02x", bytes[i]);
    strbuf_addc(b, '\n');
}

void digest_permit(const struct plant *p, const struct plant_permit *permit, uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "permit", permit->id);
    add_double(&b, "limit_kg", permit->limit_kg);
    add_digest(&b, "input", p->inputs[permit->input].digest);
    finish(&b, out);
}

static void add_secret(struct strbuf *b, const char *key, const char *secret)
{
    uint8_t digest[SM3_SIZE];
    sm3_once(secret, strlen(secret), digest);
    add_digest(b, key, digest);
}

static void add_io(struct strbuf *b, const struct plant_io *io)
{
    add_int(b, "ne43", io->ne43);
    for (unsigned i = 0; io->has_map && i < 2; i++) {
        add_double(b, "from", io->map_from[i]);
        add_double(b, "to", io->map_to[i]);
    }
    add_int(b, "sqrt", io->square_root);
    add_int(b, "invert", io->invert);
    add_int(b, "debounce_ms", io->debounce_ms);
    if (io->counter == COUNTER_NONE)
        return;
    add_int(b, "counter", io->counter);
    add_double(b, "modulo", io->modulo);
    add_double(b, "max_step", io->max_step);
    add_double(b, "per_pulse", io->per_pulse);
    add_int(b, "rate_ms", io->rate_ms);
}

static void add_signal(struct strbuf *b, const struct plant_signal *s)
{
    add_text(b, "signal", s->id);
    add_text(b, "name", s->name);
    add_text(b, "unit", s->unit);
    add_int(b, "table", s->table);
    add_int(b, "address", s->address);
    add_int(b, "type", s->type);
    add_int(b, "order", s->order);
    add_int(b, "bit", s->bit);
    add_double(b, "scale", s->scale);
    add_double(b, "offset", s->offset);
    if (s->has_range) {
        add_double(b, "range_min", s->range_min);
        add_double(b, "range_max", s->range_max);
    }
    if (s->type == TYPE_STRING)
        add_int(b, "length", s->register_count);
    for (uint32_t i = 0; i < s->no_value_count; i++)
        add_double(b, "no_value", s->no_value[i]);
    if (s->factor)
        add_text(b, "factor", s->factor);
    if (s->writable)
        add_int(b, "writable", 1);
    if (s->has_io)
        add_io(b, &s->io);
}

/* What was not there before `id_policy` came is left out where it has its default, so that digests
 * of older configurations stay. */
static void add_device_extras(struct strbuf *b, const struct plant_device *d)
{
    if (d->id_policy != ID_STRICT)
        add_int(b, "id_policy", d->id_policy);
    if (d->write_gap_ms != WRITE_GAP_DEFAULT_MS)
        add_int(b, "write_gap_ms", d->write_gap_ms);
    if (d->write_multiple)
        add_int(b, "write_multiple", 1);
    for (uint32_t i = 0; i < d->forbidden_count; i++) {
        add_int(b, "forbidden", d->forbidden[i].table);
        add_int(b, "first", d->forbidden[i].first);
        add_int(b, "last", d->forbidden[i].last);
    }
}

/* Without password and key: they are no part of the accepted text, and a reload takes new ones. */
static void add_station(struct strbuf *b, const struct plant_station *s)
{
    add_text(b, "mn", s->mn);
    add_text(b, "st", s->st);
    add_int(b, "edition", s->edition);
    add_int(b, "crc", s->crc);
    add_int(b, "ack_max_s", s->ack_max_s);
    add_int(b, "set_clock", s->set_clock);
    if (s->max_factors != FACTORS_DEFAULT)
        add_int(b, "max_factors", s->max_factors);
    if (s->cipher_form != HJ212_CIPHER_RAW)
        add_int(b, "cipher_form", s->cipher_form);
    if (s->cipher != HJ212_CIPHER_ACCEPT)
        add_int(b, "cipher", s->cipher);
    if (s->cipher_new_key)
        add_int(b, "cipher_new_key", 1);
    if (s->key_grace_min != KEY_GRACE_DEFAULT_MIN)
        add_int(b, "key_grace_min", s->key_grace_min);
}

static void add_asking(struct strbuf *b, const struct plant_asking *a)
{
    add_int(b, "over_time_s", a->over_time_s);
    add_int(b, "resends", a->resends);
    add_int(b, "total_s", a->total_s);
    add_int(b, "set_timeouts", a->set_timeouts);
    add_int(b, "intervals", a->intervals);
    add_int(b, "realtime_interval_s", a->realtime_interval_s);
    add_int(b, "minute_interval_min", a->minute_interval_min);
    add_int(b, "realtime", a->realtime);
    add_int(b, "states", a->states);
    add_int(b, "clock_check_h", a->clock_check_h);
    add_int(b, "clock_off_s", a->clock_off_s);
    add_int(b, "controls", a->controls);
    add_int(b, "poll", a->poll);
    add_int(b, "fill", a->fill);
    add_int(b, "fill_back_d", a->fill_back_d);
    add_int(b, "fill_gap_s", a->fill_gap_s);
    add_int(b, "fill_records", a->fill_records);
    add_int(b, "fill_tries", a->fill_tries);
    add_int(b, "fill_after_s", a->fill_after_s);
}

void digest_device(const struct plant_device *d, const struct plant_link *link,
                   const struct plant_signal *signals, uint32_t given_phase_ms,
                   uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "device", d->id);
    add_text(&b, "measurement", d->measurement);
    add_text(&b, "link", link->id);
    add_int(&b, "unit", d->unit);
    add_int(&b, "every_ms", d->every_ms);
    if (given_phase_ms != DRAFT_NOT_GIVEN)
        add_int(&b, "phase_ms", given_phase_ms);
    add_int(&b, "timeout_ms", d->timeout_ms);
    add_int(&b, "retries", d->retries);
    add_int(&b, "max_registers", d->max_registers);
    add_int(&b, "max_gap", d->max_gap);
    add_int(&b, "backoff_max_s", d->backoff_max_s);
    add_device_extras(&b, d);
    if (d->protocol == PROTOCOL_HJ212) {
        add_station(&b, &d->station);
        add_asking(&b, &d->station.asking);
    }
    for (uint32_t i = 0; i < d->signal_count; i++)
        add_signal(&b, &signals[i]);
    finish(&b, out);
}

/* What a Modbus TCP link does not have. */
static void add_line(struct strbuf *b, const struct plant_link *link)
{
    add_int(b, "medium", link->medium);
    add_text(b, "serial", link->serial);
    add_int(b, "baud", link->baud);
    add_int(b, "data_bits", link->data_bits);
    add_int(b, "parity", link->parity);
    add_int(b, "stop_bits", link->stop_bits);
    add_int(b, "rs485", link->rs485);
    add_int(b, "echo", link->echo);
    add_int(b, "latency_ms", link->latency_ms);
    add_bytes(b, "registration", link->registration, link->registration_len);
    add_bytes(b, "heartbeat", link->heartbeat, link->heartbeat_len);
    add_int(b, "pending_max", link->pending_max);
    add_int(b, "registration_timeout_ms", link->registration_timeout_ms);
}

static void add_stations(struct strbuf *b, const struct plant_stations *s)
{
    add_int(b, "connections_max", s->connections_max);
    add_int(b, "silence_s", s->silence_s);
    add_int(b, "frame_timeout_ms", s->frame_timeout_ms);
    add_int(b, "segment_max", s->segment_max);
    add_int(b, "garbage_max", s->garbage_max);
    if (s->unknown_max != UNKNOWN_MAX_DEFAULT)
        add_int(b, "max_unknown_stations", s->unknown_max);
}

void digest_link(const struct plant *p, const struct plant_link *link, uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "link", link->id);
    add_text(&b, "host", link->host);
    add_int(&b, "port", link->port);
    add_int(&b, "framing", link->framing);
    add_int(&b, "gap_ms", link->gap_ms);
    add_int(&b, "connect_timeout_ms", link->connect_timeout_ms);
    if (link->window != 1)
        add_int(&b, "window", link->window);
    if (link->medium != MEDIUM_TCP || link->framing != FRAMING_TCP)
        add_line(&b, link);
    if (link->framing == FRAMING_HJ212)
        add_stations(&b, &link->stations);
    for (uint32_t i = 0; i < link->device_count; i++)
        add_digest(&b, "device", p->devices[p->link_devices[link->first_device + i]].digest);
    finish(&b, out);
}

/* Of a regulated outlet: all that its means depend on. */
static void add_gas(struct strbuf *b, const struct plant *p, const struct plant_outlet *o)
{
    add_double(b, "area_m2", o->area_m2);
    add_double(b, "velocity_factor", o->velocity_factor);
    add_double(b, "pitot_factor", o->pitot_factor);
    if (!isnan(o->ambient_kpa))
        add_double(b, "ambient_kpa", o->ambient_kpa);
    if (!isnan(o->moisture_pct))
        add_double(b, "moisture_pct", o->moisture_pct);
    if (!isnan(o->reference_o2))
        add_double(b, "reference_o2", o->reference_o2);
    add_int(b, "zs_from", o->zs_from);
    for (int m = 0; m < MEASURE_COUNT; m++)
        if (o->gas[m] != PLANT_NONE)
            add_text(b, "gas", p->inputs[o->gas[m]].id);
    if (o->state == PLANT_NONE)
        return;
    add_text(b, "state_device", p->devices[p->signals[o->state].device].id);
    add_text(b, "state", p->signals[o->state].id);
    for (uint32_t i = 0; i < o->state_word_count; i++) {
        add_int(b, "code", o->state_words[i].code);
        add_int(b, "flag", o->state_words[i].flag);
    }
    for (const char *const *f = o->state_factors; f && *f; f++)
        add_text(b, "state_factor", *f);
}

static void add_units(struct strbuf *b, const struct plant *p, const struct plant_input *input)
{
    add_int(b, "source", input->source);
    add_double(b, "scale", input->scale);
    add_double(b, "offset", input->offset);
    if (input->second != PLANT_NONE) {
        add_text(b, "second_device", p->devices[p->signals[input->second].device].id);
        add_text(b, "second", p->signals[input->second].id);
        add_double(b, "second_scale", input->second_scale);
    }
    add_int(b, "is_actual", input->is_actual);
    add_int(b, "is_wet", input->is_wet);
    add_int(b, "min_samples", input->min_samples);
    if (input->cycle_ms > 0)
        add_int(b, "cycle_ms", input->cycle_ms);
}

void digest_input(const struct plant *p, const struct plant_input *input, uint8_t out[SM3_SIZE])
{
    const struct plant_signal *s = &p->signals[input->signal];
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "input", input->id);
    add_text(&b, "device", p->devices[s->device].id);
    add_text(&b, "signal", s->id);
    if (p->outlets[input->outlet].is_regulated) {
        add_units(&b, p, input);
        add_gas(&b, p, &p->outlets[input->outlet]);
    }
    finish(&b, out);
}

void digest_stop(const struct plant *p, const struct plant_outlet *o, uint8_t out[SM3_SIZE])
{
    const struct plant_stop_check *stop = &o->stop;
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "outlet", o->id);
    if (!isnan(stop->flow_max_m3h))
        add_double(&b, "flow_max_m3h", stop->flow_max_m3h);
    if (!isnan(stop->temperature_max_c))
        add_double(&b, "temperature_max_c", stop->temperature_max_c);
    if (!isnan(stop->o2_min_pct))
        add_double(&b, "o2_min_pct", stop->o2_min_pct);
    add_int(&b, "hold_s", stop->hold_s);
    for (uint32_t i = 0; i < stop->equipment_count; i++)
        add_text(&b, "equipment", p->equipment[stop->equipment[i]].id);
    for (uint32_t i = 0; i < stop->service_count; i++) {
        const struct plant_signal *s = &p->signals[stop->service[i]];
        add_text(&b, "device", p->devices[s->device].id);
        add_text(&b, "signal", s->id);
    }
    finish(&b, out);
}

void digest_mark_rule(const struct plant *p, const struct plant_mark_rule *r, uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "mark_rule", r->id);
    add_text(&b, "class", r->mark_class);
    add_text(&b, "mark_kind", r->mark_kind);
    add_text(&b, "factor", r->factor);
    for (uint32_t i = 0; i < r->when_count; i++) {
        const struct plant_signal *s = &p->signals[r->when[i].signal];
        add_text(&b, "device", p->devices[s->device].id);
        add_text(&b, "signal", s->id);
        add_double(&b, "min", r->when[i].has_min ? r->when[i].min : -1e300);
        add_double(&b, "max", r->when[i].has_max ? r->when[i].max : 1e300);
    }
    add_int(&b, "for_s", r->for_s);
    add_int(&b, "at_min", r->at_min);
    add_int(&b, "every_days", r->every_days);
    add_int(&b, "last_min", r->last_min);
    finish(&b, out);
}

void digest_account(const struct plant *p, const struct plant_input *input, uint8_t out[SM3_SIZE])
{
    const struct plant_outlet *o = &p->outlets[input->outlet];
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_digest(&b, "input", input->digest);
    add_double(&b, "permit_kg", input->permit_kg);
    add_double(&b, "equivalent_kg", input->equivalent_kg);
    add_int(&b, "substitute_low", o->substitute_low);
    add_text(&b, "outside_flags", o->outside_flags);
    finish(&b, out);
}

void digest_limit(const struct plant *p, const struct plant_limit *limit, uint8_t out[SM3_SIZE])
{
    const struct plant_signal *s = &p->signals[limit->signal];
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "limit", limit->id);
    add_text(&b, "device", p->devices[s->device].id);
    add_text(&b, "signal", s->id);
    add_text(&b, "source", limit->source);
    add_int(&b, "basis", limit->basis);
    if (limit->has_min)
        add_double(&b, "min", limit->min);
    if (limit->has_max)
        add_double(&b, "max", limit->max);
    add_double(&b, "deadband", limit->deadband);
    add_int(&b, "on_delay_s", limit->on_delay_s);
    add_int(&b, "off_delay_s", limit->off_delay_s);
    add_int(&b, "priority", limit->priority);
    if (limit->period == PERIOD_HOUR || limit->period == PERIOD_DAY) {
        add_double(&b, "severity_middle", limit->severity_middle);
        add_double(&b, "severity_high", limit->severity_high);
    }
    if (limit->period == PERIOD_HOUR) {
        add_double(&b, "forecast_pct", limit->forecast_pct);
        add_int(&b, "forecast_window_min", limit->forecast_window_min);
        add_int(&b, "forecast_for_min", limit->forecast_for_min);
    }
    if (p->outlets[limit->outlet].means_from != MEANS_FROM_OWN)
        add_int(&b, "means_from", p->outlets[limit->outlet].means_from);
    if (limit->library[0]) {
        add_text(&b, "library", limit->library);
        add_int(&b, "is_unconfirmed", limit->is_unconfirmed);
    }
    if (p->outlets[limit->outlet].is_regulated)
        add_digest(&b, "input", p->inputs[limit->input].digest);
    finish(&b, out);
}

/* Files as written: where the configuration lies does not change what it says. */
void digest_influx(const struct plant_influx *t, const struct plant_influx *written,
                   uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "influx", t->id);
    add_text(&b, "url", t->url);
    add_int(&b, "api", t->api);
    add_text(&b, "database", t->database);
    add_text(&b, "bucket", t->bucket);
    add_text(&b, "org", t->org);
    add_text(&b, "retention_policy", t->retention_policy);
    add_text(&b, "user", t->user);
    add_text(&b, "password_file", written->password_file);
    add_secret(&b, "password", t->password);
    add_text(&b, "token_file", written->token_file);
    add_secret(&b, "token", t->token);
    add_text(&b, "tls_ca_file", written->tls_ca_file);
    add_int(&b, "accept_partial", t->accept_partial);
    add_double(&b, "backfill_share", t->backfill_share);
    add_int(&b, "backfill_requests", t->backfill_requests);
    add_int(&b, "hold_s", t->hold_s);
    add_int(&b, "send_raw", t->send_raw);
    add_int(&b, "send_derived", t->send_derived);
    add_int(&b, "history", t->history);
    add_int(&b, "timeout_ms", t->timeout_ms);
    add_int(&b, "retry_max_s", t->retry_max_s);
    finish(&b, out);
}

static void add_texts(struct strbuf *b, const char *key, const char *const *texts)
{
    for (; *texts; texts++)
        add_text(b, key, *texts);
}

void digest_gateway(const struct plant_gateway *g, const struct plant_gateway *written,
                    uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "gateway", g->id);
    add_int(&b, "kind", g->kind);
    add_text(&b, "url", g->url);
    add_text(&b, "host", g->host);
    add_int(&b, "port", g->port);
    add_text(&b, "user", g->user);
    add_text(&b, "password_file", written->password_file);
    add_secret(&b, "password", g->password);
    add_text(&b, "from", g->from);
    add_text(&b, "tls_ca_file", written->tls_ca_file);
    add_int(&b, "timeout_s", g->timeout_s);
    add_int(&b, "window", g->window);
    add_int(&b, "per_minute", g->per_minute);
    add_int(&b, "tries", g->tries);
    add_int(&b, "retry_first_s", g->retry_first_s);
    add_int(&b, "retry_max_s", g->retry_max_s);
    add_int(&b, "pause_s", g->pause_s);
    add_int(&b, "down_after_s", g->down_after_s);
    add_text(&b, "system_type", g->system_type);
    add_int(&b, "parts_by_sar", g->parts_by_sar);
    add_int(&b, "enquire_s", g->enquire_s);
    add_text(&b, "method", g->method);
    add_text(&b, "content_type", g->content_type);
    add_text(&b, "body", g->body);
    add_texts(&b, "headers", g->headers);
    add_text(&b, "success_contains", g->success_contains);
    add_text(&b, "hmac_key_file", written->hmac_key_file);
    add_secret(&b, "hmac_key", g->hmac_key);
    add_text(&b, "hmac_header", g->hmac_header);
    add_int(&b, "starttls", g->starttls);
    finish(&b, out);
}

void digest_anchor(const struct plant_anchor *a, const struct plant_anchor *written,
                   uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_int(&b, "anchor", a->via);
    add_text(&b, "target", a->target ? a->target : "");
    add_text(&b, "path", written->path ? written->path : "");
    add_texts(&b, "run", a->run);
    add_text(&b, "smtp", a->smtp ? a->smtp : "");
    add_text(&b, "from", a->from ? a->from : "");
    add_texts(&b, "to", a->to);
    add_text(&b, "user", a->user);
    add_text(&b, "password_file", written->password_file);
    add_secret(&b, "password", a->password);
    add_text(&b, "tls_ca_file", written->tls_ca_file);
    add_int(&b, "tls", a->tls);
    add_int(&b, "timeout_s", a->timeout_s);
    finish(&b, out);
}
