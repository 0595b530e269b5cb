/* The lists of the API: links, devices, targets, findings, states. */
#include "acq/core/num.h"
#include "acq/serve/json_write.h"
#include "acq/serve/routes.h"
#include "acq/serve/words.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 200, PAGE_MAX = 1000, QUERY_SIZE = 32 };

struct page {
    size_t first, end; /* [first, end) of the list */
    size_t total;
};

/* A plain decimal up to max; the fallback for "". */
static int read_size(const char *text, size_t fallback, size_t max, size_t *out)
{
    size_t value = 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || value > max)
            return PW_ESYNTAX;
        value = value * 10 + (size_t)(*p - '0');
    }
    if (value > max)
        return PW_EINVAL;
    *out = *text ? value : fallback;
    return 0;
}

/* ?limit= and ?cursor=; false when the reply is an error already. */
static bool read_page(const struct request *q, struct reply *r, size_t total, struct page *out)
{
    char text[QUERY_SIZE];
    size_t limit = 0;
    int err = request_query(q, "limit", text, sizeof text);
    if (!err)
        err = read_size(text, PAGE_DEFAULT, PAGE_MAX, &limit);
    if (err || limit == 0) {
        reply_error(r, HTTP_BAD_REQUEST, "bad_parameter", "limit is a number from 1 to 1000",
                    "limit");
        return false;
    }
    err = request_query(q, "cursor", text, sizeof text);
    if (!err)
        err = read_size(text, 0, UINT32_MAX, &out->first);
    if (err) {
        reply_error(r, HTTP_BAD_REQUEST, "bad_parameter", "cursor is not one that was given out",
                    "cursor");
        return false;
    }
    if (out->first > total)
        out->first = total;
    out->end = total - out->first > limit ? out->first + limit : total;
    out->total = total;
    return true;
}

static void open_list(struct strbuf *b, const struct serve_view *v, const char *key)
{
    json_open(b, NULL, '{');
    json_put_time(b, "now", v->now_ms, v->zone_offset_min);
    json_open(b, key, '[');
}

static void close_list(struct strbuf *b, const struct page *page)
{
    char cursor[NUM_INT_SIZE];
    json_close(b, ']');
    json_put_uint(b, "total", page->total);
    if (page->end < page->total) {
        num_format_int((int64_t)page->end, cursor);
        json_put_text(b, "next", cursor);
    }
    json_close(b, '}');
}

void api_links(const struct request *q, struct reply *r)
{
    static const struct json_field fields[] = {
        {"connects", offsetof(struct serve_link, connects)},
        {"disconnects", offsetof(struct serve_link, disconnects)},
        {"bytes_in", offsetof(struct serve_link, bytes_in)},
        {"bytes_out", offsetof(struct serve_link, bytes_out)},
    };
    struct page page;
    if (!read_page(q, r, q->view->count.links, &page))
        return;
    open_list(&r->body, q->view, "links");
    for (size_t i = page.first; i < page.end; i++) {
        const struct serve_link *l = &q->view->links[i];
        json_open(&r->body, NULL, '{');
        json_put_text(&r->body, "id", l->id);
        json_put_text(&r->body, "state", serve_link_word(l->state));
        json_put_fields(&r->body, fields, sizeof fields / sizeof *fields, l);
        json_close(&r->body, '}');
    }
    close_list(&r->body, &page);
}

static void put_fullness(struct strbuf *b, const char *key, const struct serve_fullness *days)
{
    static const char *const names[SERVE_SERIES] = {"minute", "hour", "day"};
    json_open(b, key, '{');
    for (unsigned i = 0; i < SERVE_SERIES; i++) {
        json_open(b, names[i], '{');
        json_put_uint(b, "expected", days[i].expected);
        json_put_uint(b, "have", days[i].have);
        json_put_uint(b, "lost", days[i].lost);
        json_close(b, '}');
    }
    json_close(b, '}');
}

void api_stations(const struct request *q, struct reply *r)
{
    static const struct json_field fields[] = {
        {"packets", offsetof(struct serve_station, packets)},
        {"resends", offsetof(struct serve_station, resends)},
        {"revisions", offsetof(struct serve_station, revisions)},
        {"answers_late", offsetof(struct serve_station, answers_late)},
        {"asked", offsetof(struct serve_station, asked)},
        {"ask_refused", offsetof(struct serve_station, ask_refused)},
        {"ask_silent", offsetof(struct serve_station, ask_silent)},
    };
    struct page page;
    if (!read_page(q, r, q->view->count.stations, &page))
        return;
    open_list(&r->body, q->view, "stations");
    for (size_t i = page.first; i < page.end; i++) {
        const struct serve_station *s = &q->view->stations[i];
        json_open(&r->body, NULL, '{');
        json_put_text(&r->body, "id", s->id);
        json_put_text(&r->body, "mn", s->mn);
        json_put_time(&r->body, "last", s->last_ms, q->view->zone_offset_min);
        json_put_fields(&r->body, fields, sizeof fields / sizeof *fields, s);
        put_fullness(&r->body, "today", s->today);
        put_fullness(&r->body, "yesterday", s->yesterday);
        json_close(&r->body, '}');
    }
    close_list(&r->body, &page);
}

void api_unknown_stations(const struct request *q, struct reply *r)
{
    struct page page;
    if (!read_page(q, r, q->view->count.unknown, &page))
        return;
    open_list(&r->body, q->view, "unknown_stations");
    for (size_t i = page.first; i < page.end; i++) {
        const struct serve_unknown *u = &q->view->unknown[i];
        json_open(&r->body, NULL, '{');
        json_put_text(&r->body, "mn", u->mn);
        json_put_text(&r->body, "link", u->link);
        json_put_uint(&r->body, "packets", u->packets);
        json_put_uint(&r->body, "set_aside", u->set_aside);
        json_put_time(&r->body, "first", u->first_ms, q->view->zone_offset_min);
        json_put_time(&r->body, "last", u->last_ms, q->view->zone_offset_min);
        json_close(&r->body, '}');
    }
    close_list(&r->body, &page);
}

static void put_quality(struct strbuf *b, quality q)
{
    char word[QUALITY_TEXT_SIZE];
    quality_format(q, word);
    json_put_text(b, "quality", *word ? word : "good");
}

static void put_signals(struct strbuf *b, const struct serve_view *v, const struct serve_device *d)
{
    size_t first = d->first_signal < v->count.signals ? d->first_signal : v->count.signals;
    size_t left = v->count.signals - first;
    size_t count = d->signal_count < left ? d->signal_count : left;
    json_open(b, "signals", '[');
    for (size_t i = first; i < first + count; i++) {
        const struct serve_signal *s = &v->signals[i];
        json_open(b, NULL, '{');
        json_put_text(b, "id", s->id);
        json_put_text(b, "name", s->name);
        json_put_text(b, "unit", s->unit);
        json_put_double(b, "value", s->value);
        if (s->time_ms)
            put_quality(b, s->quality);
        json_put_time(b, "time", s->time_ms, v->zone_offset_min);
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void put_bad_frames(struct strbuf *b, const struct serve_device *d)
{
    json_open(b, "bad_frames", '[');
    for (size_t i = 0; i < SERVE_BAD_FRAMES && d->bad_frames[i][0]; i++)
        json_put_text(b, NULL, d->bad_frames[i]);
    json_close(b, ']');
}

static void put_device(struct strbuf *b, const struct serve_view *v, const struct serve_device *d,
                       bool with_signals)
{
    static const struct json_field fields[] = {
        {"readings", offsetof(struct serve_device, readings)},
        {"requests", offsetof(struct serve_device, requests)},
        {"good", offsetof(struct serve_device, good)},
        {"late", offsetof(struct serve_device, late)},
        {"foreign", offsetof(struct serve_device, foreign)},
        {"length", offsetof(struct serve_device, length)},
        {"crc", offsetof(struct serve_device, crc)},
        {"timeouts", offsetof(struct serve_device, timeouts)},
        {"exceptions", offsetof(struct serve_device, exceptions)},
        {"missed_cycles", offsetof(struct serve_device, missed_cycles)},
        {"backoff_skips", offsetof(struct serve_device, backoff_skips)},
    };
    json_open(b, NULL, '{');
    json_put_text(b, "id", d->id);
    json_put_text(b, "link", d->link);
    json_put_uint(b, "unit", d->unit);
    json_put_uint(b, "every_ms", d->every_ms);
    if (d->last_ms)
        put_quality(b, d->quality);
    json_put_time(b, "last", d->last_ms, v->zone_offset_min);
    json_open(b, "counts", '{');
    json_put_fields(b, fields, sizeof fields / sizeof *fields, d);
    json_close(b, '}');
    if (d->proposed_timeout_ms)
        json_put_uint(b, "proposed_timeout_ms", d->proposed_timeout_ms);
    if (with_signals)
        put_bad_frames(b, d);
    if (with_signals)
        put_signals(b, v, d);
    json_close(b, '}');
}

void api_devices(const struct request *q, struct reply *r)
{
    char with[QUERY_SIZE];
    struct page page;
    if (request_query(q, "with", with, sizeof with) || (*with && strcmp(with, "signals") != 0)) {
        reply_error(r, HTTP_BAD_REQUEST, "bad_parameter", "with knows only: signals", "with");
        return;
    }
    if (!read_page(q, r, q->view->count.devices, &page))
        return;
    open_list(&r->body, q->view, "devices");
    for (size_t i = page.first; i < page.end; i++)
        put_device(&r->body, q->view, &q->view->devices[i], *with != '\0');
    close_list(&r->body, &page);
}

void api_device(const struct request *q, struct reply *r)
{
    const struct serve_view *v = q->view;
    for (size_t i = 0; i < v->count.devices; i++) {
        if (strcmp(v->devices[i].id, q->id) == 0) {
            put_device(&r->body, v, &v->devices[i], true);
            return;
        }
    }
    reply_error(r, HTTP_NOT_FOUND, "not_found", "there is no such device", "");
}

void api_targets(const struct request *q, struct reply *r)
{
    static const struct json_field fields[] = {
        {"backlog_commits", offsetof(struct serve_target, backlog_commits)},
        {"sent_lines", offsetof(struct serve_target, sent_lines)},
        {"requests", offsetof(struct serve_target, requests)},
        {"partial", offsetof(struct serve_target, partial)},
        {"quarantined", offsetof(struct serve_target, quarantined)},
        {"expired", offsetof(struct serve_target, expired)},
    };
    struct page page;
    if (!read_page(q, r, q->view->count.targets, &page))
        return;
    open_list(&r->body, q->view, "targets");
    for (size_t i = page.first; i < page.end; i++) {
        const struct serve_target *t = &q->view->targets[i];
        json_open(&r->body, NULL, '{');
        json_put_text(&r->body, "id", t->id);
        json_put_text(&r->body, "kind", t->kind);
        json_put_text(&r->body, "state", serve_target_word(t->state));
        json_put_fields(&r->body, fields, sizeof fields / sizeof *fields, t);
        json_put_text(&r->body, "last_error", t->last_error);
        json_put_time(&r->body, "last_ok", t->last_ok_ms, q->view->zone_offset_min);
        json_close(&r->body, '}');
    }
    close_list(&r->body, &page);
}

static void put_finding(struct strbuf *b, const struct serve_finding *f, int zone_offset_min)
{
    json_open(b, NULL, '{');
    json_put_text(b, "id", f->id);
    json_put_text(b, "kind", f->kind);
    json_put_text(b, "site", f->site);
    json_put_text(b, "object", f->object);
    json_put_text(b, "factor", f->factor);
    json_put_text(b, "signal", f->signal);
    json_put_text(b, "state", "open");
    if (f->priority)
        json_put_uint(b, "priority", f->priority);
    json_put_time(b, "start", f->start_ms, zone_offset_min);
    json_put_double(b, "value", f->value);
    json_put_double(b, "threshold", f->threshold);
    if (f->class_word[0])
        json_put_text(b, "class", f->class_word);
    if (f->confidence > 0)
        json_put_double(b, "confidence", f->confidence);
    json_put_text(b, "zh", f->zh);
    json_put_text(b, "en", f->en);
    json_close(b, '}');
}

void api_findings(const struct request *q, struct reply *r)
{
    char state[QUERY_SIZE];
    struct page page;
    if (request_query(q, "state", state, sizeof state) || (*state && strcmp(state, "open") != 0)) {
        reply_error(r, HTTP_BAD_REQUEST, "bad_parameter",
                    "state knows only: open; closed findings are in plumewatch export", "state");
        return;
    }
    if (!read_page(q, r, q->view->count.findings, &page))
        return;
    open_list(&r->body, q->view, "findings");
    for (size_t i = page.first; i < page.end; i++)
        put_finding(&r->body, &q->view->findings[i], q->view->zone_offset_min);
    close_list(&r->body, &page);
}

void api_states(const struct request *q, struct reply *r)
{
    struct page page;
    if (!read_page(q, r, q->view->count.states, &page))
        return;
    open_list(&r->body, q->view, "states");
    for (size_t i = page.first; i < page.end; i++) {
        const struct serve_object_state *s = &q->view->states[i];
        json_open(&r->body, NULL, '{');
        json_put_text(&r->body, "site", s->site);
        json_put_text(&r->body, "object", s->object);
        json_put_text(&r->body, "state", s->state);
        json_put_uint(&r->body, "code", s->code);
        json_put_double(&r->body, "confidence", s->confidence);
        json_put_double(&r->body, "power_kw", s->power_kw);
        json_put_time(&r->body, "since", s->since_ms, q->view->zone_offset_min);
        json_close(&r->body, '}');
    }
    close_list(&r->body, &page);
}

static void put_total(struct strbuf *b, const struct serve_total *t, int zone_offset_min)
{
    static const struct json_field fields[] = {
        {"substituted_hours", offsetof(struct serve_total, substituted_hours)},
        {"missing_hours", offsetof(struct serve_total, missing_hours)},
    };
    json_open(b, NULL, '{');
    json_put_text(b, "site", t->site);
    json_put_text(b, "outlet", t->outlet);
    json_put_text(b, "factor", t->factor);
    json_put_text(b, "period", t->period);
    json_put_time(b, "start", t->start_ms, zone_offset_min);
    json_put_time(b, "until", t->until_ms, zone_offset_min);
    json_put_double(b, "cou", t->measured_kg);
    json_put_double(b, "cou_substituted", t->substituted_kg);
    json_put_fields(b, fields, sizeof fields / sizeof *fields, t);
    json_put_double(b, "effective_rate", t->effective_rate);
    json_put_double(b, "compliance_rate", t->compliance_rate);
    json_put_double(b, "permit", t->permit_kg);
    json_put_time(b, "exhausted", t->exhausted_ms, zone_offset_min);
    json_close(b, '}');
}

void api_totals(const struct request *q, struct reply *r)
{
    struct page page;
    if (!read_page(q, r, q->view->count.totals, &page))
        return;
    open_list(&r->body, q->view, "totals");
    for (size_t i = page.first; i < page.end; i++)
        put_total(&r->body, &q->view->totals[i], q->view->zone_offset_min);
    close_list(&r->body, &page);
}

static void put_rate(struct strbuf *b, const struct serve_rate *t, int zone_offset_min)
{
    json_open(b, NULL, '{');
    json_put_text(b, "site", t->site);
    json_put_text(b, "object", t->object);
    json_put_text(b, "factor", t->factor);
    json_put_text(b, "what", t->what);
    json_put_text(b, "period", t->period);
    json_put_time(b, "start", t->start_ms, zone_offset_min);
    json_put_time(b, "until", t->until_ms, zone_offset_min);
    json_put_double(b, "rate", t->rate);
    json_put_double(b, "part", t->part);
    json_put_double(b, "whole", t->whole);
    json_put_uint(b, "due", t->due);
    json_put_uint(b, "known", t->known);
    if (t->has_starts) {
        json_put_uint(b, "starts", t->starts);
        json_put_uint(b, "on_time", t->on_time);
    }
    json_close(b, '}');
}

void api_rates(const struct request *q, struct reply *r)
{
    struct page page;
    if (!read_page(q, r, q->view->count.rates, &page))
        return;
    open_list(&r->body, q->view, "rates");
    for (size_t i = page.first; i < page.end; i++)
        put_rate(&r->body, &q->view->rates[i], q->view->zone_offset_min);
    close_list(&r->body, &page);
}
