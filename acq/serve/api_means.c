/* GET /api/v1/means out of the record, GET /api/v1/outlets out of the view. */
#include "acq/core/civil.h"
#include "acq/serve/json_write.h"
#include "acq/serve/means.h"
#include "acq/serve/routes.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 200, PAGE_MAX = 1000, NAME_SIZE = 160 };

struct texts {
    char period[NAME_SIZE], site[NAME_SIZE], outlet[NAME_SIZE], factor[NAME_SIZE];
    char source[NAME_SIZE], revisions[NAME_SIZE], from[NAME_SIZE], to[NAME_SIZE];
    char limit[NAME_SIZE], cursor[SERVE_CURSOR_SIZE];
};

static bool refuse(struct reply *r, const char *pointer, const char *message)
{
    reply_error(r, HTTP_BAD_REQUEST, "bad_parameter", message, pointer);
    return false;
}

static bool read_texts(const struct request *q, struct reply *r, struct texts *out)
{
    const struct {
        const char *key;
        char *to;
        size_t size;
    } all[] = {
        {"period", out->period, NAME_SIZE}, {"site", out->site, NAME_SIZE},
        {"outlet", out->outlet, NAME_SIZE}, {"factor", out->factor, NAME_SIZE},
        {"source", out->source, NAME_SIZE}, {"revisions", out->revisions, NAME_SIZE},
        {"from", out->from, NAME_SIZE},     {"to", out->to, NAME_SIZE},
        {"limit", out->limit, NAME_SIZE},   {"cursor", out->cursor, sizeof out->cursor},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (request_query(q, all[i].key, all[i].to, all[i].size) != 0)
            return refuse(r, all[i].key, "this cannot be read or is too long");
    return true;
}

static bool read_limit(struct reply *r, const char *text, size_t *out)
{
    char *end = NULL;
    unsigned long value = *text ? strtoul(text, &end, 10) : PAGE_DEFAULT;
    if (*text && (*text < '0' || *text > '9' || *end || value < 1 || value > PAGE_MAX))
        return refuse(r, "limit", "limit is a number from 1 to 1000");
    *out = value;
    return true;
}

static bool read_instants(struct reply *r, const struct texts *t, struct serve_means_query *out)
{
    out->from_ms = 0;
    out->to_ms = INT64_MAX;
    if (*t->from && civil_parse(t->from, &out->from_ms) != 0)
        return refuse(r, "from", "from is ISO 8601 with an offset, or UTC milliseconds");
    if (*t->to && civil_parse(t->to, &out->to_ms) != 0)
        return refuse(r, "to", "to is ISO 8601 with an offset, or UTC milliseconds");
    return true;
}

/* What is left out follows the outlet: the means that its limits and totals take. */
static bool choose_source(const struct request *q, struct reply *r, const struct texts *t,
                          struct serve_means_query *out)
{
    out->source = t->source;
    if (strcmp(t->source, "any") == 0)
        out->source = "";
    else if (*t->source && strcmp(t->source, "own") != 0 && strcmp(t->source, "station") != 0)
        return refuse(r, "source", "source is own, station or any");
    if (*t->source || !*t->outlet)
        return true;
    for (size_t i = 0; i < q->view->count.outlets; i++) {
        const struct serve_outlet *o = &q->view->outlets[i];
        if (strcmp(o->id, t->outlet) != 0)
            continue;
        out->station_else_own = strcmp(o->means_from, "station-else-own") == 0;
        out->source = out->station_else_own ? "" : o->means_from;
    }
    return true;
}

static bool read_query(const struct request *q, struct reply *r, struct texts *t,
                       struct serve_means_query *out)
{
    *out = (struct serve_means_query){.period = t->period,
                                      .site = t->site,
                                      .outlet = t->outlet,
                                      .factor = t->factor,
                                      .cursor = t->cursor,
                                      .zone_offset_min = q->view->zone_offset_min};
    if (!read_texts(q, r, t))
        return false;
    if (!*t->period)
        return refuse(r, "period", "period is minute, hour, day, month, quarter or year");
    if (*t->revisions && strcmp(t->revisions, "all") != 0 && strcmp(t->revisions, "last") != 0)
        return refuse(r, "revisions", "revisions is all or last");
    out->all_revisions = strcmp(t->revisions, "all") == 0;
    return read_limit(r, t->limit, &out->limit) && read_instants(r, t, out) &&
           choose_source(q, r, t, out);
}

static void say_failure(struct reply *r, int err)
{
    if (err == PW_ENOTFOUND)
        (void)refuse(r, "period", "there are no means of such a period");
    else if (err == PW_ESYNTAX)
        (void)refuse(r, "cursor", "cursor is not one that was given out");
    else
        reply_error(r, HTTP_UNAVAILABLE, "record_unreadable", "the record cannot be read now", "");
}

void api_means(const struct request *q, struct reply *r)
{
    struct texts t;
    struct serve_means_query query;
    char next[SERVE_CURSOR_SIZE] = "";
    if (!read_query(q, r, &t, &query))
        return;
    json_open(&r->body, NULL, '{');
    json_put_time(&r->body, "now", q->view->now_ms, q->view->zone_offset_min);
    json_open(&r->body, "means", '[');
    int err = q->means ? q->means->read(q->means->ctx, &query, &r->body, next) : PW_EDB;
    if (err) {
        say_failure(r, err);
        return;
    }
    json_close(&r->body, ']');
    if (*next)
        json_put_text(&r->body, "next", next);
    json_close(&r->body, '}');
}

static void put_mean(struct strbuf *b, const char *key, const struct serve_mean *m, int zone)
{
    const char flag[2] = {m->flag, '\0'};
    if (m->start_ms == 0)
        return;
    json_open(b, key, '{');
    json_put_time(b, "start", m->start_ms, zone);
    json_put_double(b, "avg", m->avg);
    if (m->is_corrected)
        json_put_double(b, "corrected", m->corrected);
    if (m->has_amount)
        json_put_double(b, "cou", m->amount);
    if (m->flag)
        json_put_text(b, "flag", flag);
    json_put_bool(b, "valid", m->valid);
    json_put_uint(b, "parts", m->parts);
    json_put_uint(b, "good", m->good);
    json_put_text(b, "source", m->source);
    json_put_uint(b, "revision", m->revision);
    json_close(b, '}');
}

static void put_series(struct strbuf *b, const struct serve_factor *s, int zone)
{
    json_open(b, NULL, '{');
    json_put_text(b, "factor", s->factor);
    json_put_text(b, "name_zh", s->name_zh);
    json_put_text(b, "name_en", s->name_en);
    json_put_text(b, "unit", s->unit);
    json_put_text(b, "unit_amount", s->unit_amount);
    json_put_uint(b, "digits", s->fraction);
    put_mean(b, "hour", &s->hour, zone);
    put_mean(b, "day", &s->day, zone);
    json_close(b, '}');
}

void api_outlets(const struct request *q, struct reply *r)
{
    const struct serve_view *v = q->view;
    struct strbuf *b = &r->body;
    json_open(b, NULL, '{');
    json_put_time(b, "now", v->now_ms, v->zone_offset_min);
    json_open(b, "outlets", '[');
    for (size_t i = 0; i < v->count.outlets; i++) {
        const struct serve_outlet *o = &v->outlets[i];
        json_open(b, NULL, '{');
        json_put_text(b, "id", o->id);
        json_put_text(b, "name", o->name);
        json_put_text(b, "site", o->site);
        json_put_text(b, "means_from", o->means_from);
        json_open(b, "factors", '[');
        for (size_t k = 0; k < o->series_count && o->first_series + k < v->count.series; k++)
            put_series(b, &v->series[o->first_series + k], v->zone_offset_min);
        json_close(b, ']');
        json_close(b, '}');
    }
    json_close(b, ']');
    json_put_uint(b, "total", v->count.outlets);
    json_close(b, '}');
}
