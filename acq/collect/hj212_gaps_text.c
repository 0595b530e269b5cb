#include "acq/collect/hj212_gaps_private.h"

#include "acq/core/json.h"

#include <inttypes.h>

static const int64_t minute_ms = 60000;

/* The bits of a signal as [first, length] of what is there, newest first. */
static void write_runs(const struct hj212_gaps *g, const struct hj212_series *s, uint32_t slot,
                       struct strbuf *out)
{
    int64_t oldest = s->top - s->size + 1;
    int runs = 0;
    if (s->first[slot] > oldest)
        oldest = s->first[slot];
    strbuf_adds(out, "{\"signal\":");
    strbuf_add_json_string(out, hj212_gaps_name(g, slot));
    strbuf_addf(out, ",\"first\":%" PRId64 ",\"have\":[", s->first[slot]);
    for (int64_t n = s->top; n >= oldest && runs < HJ212_GAPS_RUNS;) {
        int64_t end = n;
        while (n >= oldest && hj212_series_has(s, slot, n))
            n--;
        if (n < end) {
            strbuf_addf(out, "%s[%" PRId64 ",%" PRId64 "]", runs ? "," : "", n + 1, end - n);
            runs++;
        }
        while (n >= oldest && !hj212_series_has(s, slot, n))
            n--;
    }
    strbuf_adds(out, "]}");
}

static void write_series(const struct hj212_gaps *g, int series, struct strbuf *out)
{
    const struct hj212_series *s = &g->series[series];
    bool some = false;
    strbuf_addf(out, "{\"series\":%d,\"step_ms\":%" PRId64 ",\"top\":%" PRId64 ",\"signals\":[",
                series, s->step_ms, s->top);
    for (uint32_t i = 0; i < g->slots; i++) {
        if (s->first[i] == INT64_MAX)
            continue;
        strbuf_adds(out, some ? "," : "");
        write_runs(g, s, i, out);
        some = true;
    }
    strbuf_adds(out, "],\"lost\":[");
    int runs = 0;
    for (int64_t n = s->top; n > s->top - s->size && runs < HJ212_GAPS_RUNS; n--) {
        int64_t end = n;
        while (n > s->top - s->size && s->tries[hj212_series_place(s, n)] >= g->asking->fill_tries)
            n--;
        if (n < end)
            strbuf_addf(out, "%s[%" PRId64 ",%" PRId64 "]", runs++ ? "," : "", n + 1, end - n);
    }
    strbuf_adds(out, "]}");
}

void hj212_gaps_write(const struct hj212_gaps *g, struct strbuf *out)
{
    bool some = false;
    strbuf_addc(out, '[');
    for (int i = SERIES_MINUTE; i < SERIES_COUNT; i++) {
        if (g->series[i].top == INT64_MIN)
            continue;
        strbuf_adds(out, some ? "," : "");
        write_series(g, i, out);
        some = true;
    }
    strbuf_addc(out, ']');
}

static bool read_whole(const cJSON *node, int64_t *out)
{
    if (!cJSON_IsNumber(node) || !(node->valuedouble > -9e15 && node->valuedouble < 9e15))
        return false;
    *out = (int64_t)node->valuedouble;
    return true;
}

/* [first, length] inside the ring; false for what is none. */
static bool read_run(const struct hj212_series *s, const cJSON *run, int64_t *from, int64_t *to)
{
    int64_t length = 0;
    if (!read_whole(cJSON_GetArrayItem(run, 0), from) ||
        !read_whole(cJSON_GetArrayItem(run, 1), &length) || length < 1 || length > s->size)
        return false;
    *to = *from + length - 1;
    return *from > s->top - s->size && *to <= s->top;
}

static void read_signal(const struct hj212_gaps *g, struct hj212_series *s, const cJSON *node)
{
    int64_t first = 0;
    const cJSON *run;
    const char *name = json_string(node, "signal");
    uint32_t slot = name ? hj212_gaps_slot(g, name) : PLANT_NONE;
    if (slot == PLANT_NONE || !read_whole(cJSON_GetObjectItemCaseSensitive(node, "first"), &first))
        return;
    s->first[slot] = first;
    s->changed = true;
    cJSON_ArrayForEach(run, cJSON_GetObjectItemCaseSensitive(node, "have"))
    {
        int64_t from = 0;
        int64_t to = -1;
        if (!read_run(s, run, &from, &to))
            continue;
        for (int64_t n = from; n <= to; n++) {
            hj212_series_set(s, slot, n);
        }
    }
}

static void read_series(struct hj212_gaps *g, const cJSON *node)
{
    int64_t series = 0;
    int64_t step_ms = 0;
    int64_t top = 0;
    const cJSON *one;
    if (!read_whole(cJSON_GetObjectItemCaseSensitive(node, "series"), &series) ||
        !read_whole(cJSON_GetObjectItemCaseSensitive(node, "step_ms"), &step_ms) ||
        !read_whole(cJSON_GetObjectItemCaseSensitive(node, "top"), &top) ||
        series < SERIES_MINUTE || series >= SERIES_COUNT)
        return;
    struct hj212_series *s = &g->series[series];
    if (series == SERIES_MINUTE && step_ms % minute_ms == 0 && step_ms <= 30 * minute_ms)
        hj212_gaps_set_minutes(g, (int)(step_ms / minute_ms));
    if (s->step_ms != step_ms)
        return;
    hj212_series_clear(s, g->slots);
    s->top = top;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(node, "signals"))
        read_signal(g, s, one);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(node, "lost"))
    {
        int64_t from = 0;
        int64_t to = -1;
        if (read_run(s, one, &from, &to))
            for (int64_t n = from; n <= to; n++)
                s->tries[hj212_series_place(s, n)] = (uint8_t)g->asking->fill_tries;
    }
}

void hj212_gaps_read(struct hj212_gaps *g, const cJSON *list)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, list) read_series(g, one);
}
