#include "acq/serve/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 16384 };

struct view_chunk {
    struct view_chunk *next;
    size_t used, size;
    char data[];
};

static bool take_arrays(struct serve_view *v)
{
    /* One more than asked for: calloc(0) may return NULL. */
    v->links = calloc(v->count.links + 1, sizeof *v->links);
    v->devices = calloc(v->count.devices + 1, sizeof *v->devices);
    v->signals = calloc(v->count.signals + 1, sizeof *v->signals);
    v->targets = calloc(v->count.targets + 1, sizeof *v->targets);
    v->totals = calloc(v->count.totals + 1, sizeof *v->totals);
    v->rates = calloc(v->count.rates + 1, sizeof *v->rates);
    v->findings = calloc(v->count.findings + 1, sizeof *v->findings);
    v->states = calloc(v->count.states + 1, sizeof *v->states);
    v->unknown = calloc(v->count.unknown + 1, sizeof *v->unknown);
    v->stations = calloc(v->count.stations + 1, sizeof *v->stations);
    v->outlets = calloc(v->count.outlets + 1, sizeof *v->outlets);
    v->series = calloc(v->count.series + 1, sizeof *v->series);
    return v->outlets && v->series && v->links && v->devices && v->signals && v->targets &&
           v->findings && v->totals && v->rates && v->states && v->unknown && v->stations;
}

static void set_absent_outlets(struct serve_view *v)
{
    const struct serve_mean none = {.avg = NAN, .corrected = NAN, .amount = NAN, .source = ""};
    for (size_t i = 0; i < v->count.outlets; i++)
        v->outlets[i] = (struct serve_outlet){.id = "", .name = "", .site = "", .means_from = ""};
    for (size_t i = 0; i < v->count.series; i++)
        v->series[i] = (struct serve_factor){.factor = "",
                                             .name_zh = "",
                                             .name_en = "",
                                             .unit = "",
                                             .unit_amount = "",
                                             .hour = none,
                                             .day = none};
}

static void set_absent(struct serve_view *v)
{
    set_absent_outlets(v);
    v->version = v->plant = v->name = "";
    for (size_t i = 0; i < v->count.links; i++)
        v->links[i].id = "";
    for (size_t i = 0; i < v->count.unknown; i++)
        v->unknown[i].mn = v->unknown[i].link = "";
    for (size_t i = 0; i < v->count.stations; i++)
        v->stations[i].id = v->stations[i].mn = "";
    for (size_t i = 0; i < v->count.devices; i++) {
        struct serve_device *d = &v->devices[i];
        d->id = d->link = "";
        for (size_t k = 0; k < SERVE_BAD_FRAMES; k++)
            d->bad_frames[k] = "";
    }
    for (size_t i = 0; i < v->count.signals; i++)
        v->signals[i] = (struct serve_signal){.id = "", .name = "", .unit = "", .value = NAN};
    for (size_t i = 0; i < v->count.targets; i++)
        v->targets[i].id = v->targets[i].kind = v->targets[i].last_error = "";
    for (size_t i = 0; i < v->count.totals; i++)
        v->totals[i] = (struct serve_total){.site = "",
                                            .outlet = "",
                                            .factor = "",
                                            .period = "",
                                            .effective_rate = NAN,
                                            .compliance_rate = NAN,
                                            .permit_kg = NAN};
    for (size_t i = 0; i < v->count.rates; i++)
        v->rates[i] = (struct serve_rate){
            .site = "", .object = "", .factor = "", .what = "", .period = "", .rate = NAN};
    for (size_t i = 0; i < v->count.findings; i++)
        v->findings[i] = (struct serve_finding){.id = "",
                                                .kind = "",
                                                .site = "",
                                                .object = "",
                                                .factor = "",
                                                .signal = "",
                                                .value = NAN,
                                                .threshold = NAN,
                                                .class_word = "",
                                                .zh = "",
                                                .en = ""};
    for (size_t i = 0; i < v->count.states; i++)
        v->states[i] = (struct serve_object_state){
            .site = "", .object = "", .state = "", .confidence = NAN, .power_kw = NAN};
}

struct serve_view *serve_view_new(const struct serve_counts *count)
{
    struct serve_view *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->count = *count;
    if (!take_arrays(v)) {
        serve_view_free(v);
        return NULL;
    }
    set_absent(v);
    return v;
}

static struct view_chunk *chunk_with_room(struct serve_view *v, size_t size)
{
    struct view_chunk *c = v->chunks;
    if (c && c->size - c->used >= size)
        return c;
    size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    c = malloc(sizeof *c + room);
    if (!c)
        return NULL;
    c->used = 0;
    c->size = room;
    c->next = v->chunks;
    v->chunks = c;
    return c;
}

const char *serve_view_text(struct serve_view *v, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 1;
    struct view_chunk *c = size > 1 ? chunk_with_room(v, size) : NULL;
    if (!c)
        return "";
    char *copy = c->data + c->used;
    memcpy(copy, text, size);
    c->used += size;
    return copy;
}

void serve_view_free(struct serve_view *v)
{
    if (!v)
        return;
    for (struct view_chunk *c = v->chunks; c;) {
        struct view_chunk *next = c->next;
        free(c);
        c = next;
    }
    free(v->links);
    free(v->devices);
    free(v->signals);
    free(v->targets);
    free(v->findings);
    free(v->totals);
    free(v->rates);
    free(v->states);
    free(v->unknown);
    free(v->stations);
    free(v->outlets);
    free(v->series);
    free(v);
}
