#include "acq/app/state.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/record/archive.h"
#include "acq/record/journal_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How far back a start looks for what stations sent last, and for the last lines `periods`, of
 * which there are some every hour. */
enum { REMEMBER_COMMITS = 4096, SEARCH_COMMITS = 100000, KEY_DIGITS = 16 };

static bool read_key(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (!text || strlen(text) != KEY_DIGITS)
        return false;
    *out = strtoull(text, &end, 16);
    return *end == '\0' && *out != 0;
}

static bool is_type(const char *text, size_t len, const char *type)
{
    struct journal_head head;
    return journal_line_head(text, len, &head) == 0 && head.type_len == strlen(type) &&
           memcmp(head.type, type, head.type_len) == 0;
}

static void recall_packet(struct app *a, const cJSON *line, struct hj212_packet *work)
{
    const char *raw = json_string(line, "raw");
    if (raw && hj212_packet_parse(hj212_text_of(raw), work) == 0)
        hj212_hub_recall(a->stations, work);
}

static void recall_periods(struct app *a, const cJSON *line)
{
    const char *id = json_string(line, "device");
    uint32_t device = id ? plant_find_device(a->plant, id) : PLANT_NONE;
    struct hj212_gaps *gaps = device == PLANT_NONE ? NULL : hj212_hub_gaps(a->stations, device);
    if (gaps)
        hj212_gaps_read(gaps, cJSON_GetObjectItemCaseSensitive(line, "series"));
}

static void recall_state(struct app *a, const cJSON *line)
{
    const char *id = json_string(line, "device");
    const char *crc = json_string(line, "crc");
    uint32_t device = id ? plant_find_device(a->plant, id) : PLANT_NONE;
    const cJSON *codes = cJSON_GetObjectItemCaseSensitive(line, "factors");
    const cJSON *code;
    if (device == PLANT_NONE)
        return;
    if (crc)
        hj212_hub_state_crc(a->stations, device, crc);
    cJSON_ArrayForEach(code, codes)
    {
        if (cJSON_IsString(code))
            hj212_hub_state_code(a->stations, device, code->valuestring);
    }
}

static void remember_key(struct app *a, const cJSON *line)
{
    const char *mn = json_string(line, "mn");
    uint64_t key = 0;
    if (!mn || strlen(mn) > HJ212_MN_MAX || !read_key(json_string(line, "key"), &key))
        return;
    (void)hj212_hub_remember(a->stations, mn, key);
}

struct memory {
    struct app *app;
    struct archive *archive;
    struct hj212_packet *work;
    bool saw_periods; /* in the commit that was read last */
};

static void take_line(struct memory *m, const char *text, size_t len)
{
    struct journal_line line;
    bool packet = is_type(text, len, "station");
    bool periods = !packet && is_type(text, len, "periods");
    bool state = !packet && !periods && is_type(text, len, "station-state");
    if ((!packet && !periods && !state) || journal_line_parse(text, len, &line) != 0)
        return;
    if (periods) {
        recall_periods(m->app, line.tree);
    } else if (state) {
        recall_state(m->app, line.tree);
    } else {
        remember_key(m->app, line.tree);
        recall_packet(m->app, line.tree, m->work);
    }
    journal_line_deinit(&line);
}

static void look_at_line(struct memory *m, const char *text, size_t len)
{
    m->saw_periods = m->saw_periods || is_type(text, len, "periods");
}

/* Calls one() for each journal line of the commit. */
static int read_commit(struct memory *m, uint64_t seq,
                       void (*one)(struct memory *m, const char *text, size_t len))
{
    struct commit c;
    char *text = NULL;
    size_t len = 0;
    int err = archive_read(m->archive, seq, &c);
    if (err)
        return err;
    if (c.member[MEMBER_J] && archive_inflate(c.member[MEMBER_J], &text, &len) == 0) {
        for (size_t at = 0; at < len;) {
            const char *end = memchr(text + at, '\n', len - at);
            size_t line = end ? (size_t)(end - text) - at : len - at;
            one(m, text + at, line);
            at += line + 1;
        }
    }
    free(text);
    for (int k = 0; k < MEMBER_KINDS; k++)
        bytes_unref(c.member[k]);
    return 0;
}

/* The newest commit with lines `periods`: what is before it they tell. */
static uint64_t find_periods(struct memory *m, uint64_t first, uint64_t last)
{
    uint64_t least = last > SEARCH_COMMITS ? last - SEARCH_COMMITS : first;
    least = least < first ? first : least;
    for (uint64_t seq = last; seq >= least; seq--)
        if (read_commit(m, seq, look_at_line) == 0 && m->saw_periods)
            return seq;
    return least;
}

/* A commit that cannot be read costs no more than that a packet of it would be stored a second time
 * and its periods asked for again. */
static void read_all(struct memory *m)
{
    uint64_t first = 0;
    uint64_t last = 0;
    if (archive_bounds(m->archive, &first, &last) != 0 || last == 0)
        return;
    first = first ? first : 1;
    uint64_t from = last > REMEMBER_COMMITS ? last - REMEMBER_COMMITS : first;
    uint64_t periods = find_periods(m, first, last);
    from = from < first ? first : from;
    for (uint64_t seq = from < periods ? from : periods; seq <= last; seq++)
        if (read_commit(m, seq, take_line) != 0)
            log_warn("hj212", "commit %" PRIu64 " cannot be read for packets of stations", seq);
}

void stations_remember(struct app *a)
{
    struct memory m = {.app = a, .work = malloc(sizeof *m.work)};
    if (m.work && hj212_hub_link_count(a->stations) > 0 &&
        archive_open(a->data_dir, &m.archive) == 0) {
        read_all(&m);
        archive_close(m.archive);
    }
    free(m.work);
}

static void note_state(struct app *a, uint32_t device, int64_t at_ms)
{
    const struct plant_device *d = &a->plant->devices[device];
    struct strbuf *text = flow_fresh_text(a);
    strbuf_adds(text, "\"device\":");
    strbuf_add_json_string(text, d->id);
    strbuf_adds(text, ",\"mn\":");
    strbuf_add_json_string(text, d->station.mn);
    strbuf_addc(text, ',');
    if (hj212_hub_state_write(a->stations, device, text))
        flow_journal(a, "station-state", at_ms, text, false);
}

void stations_on_state(void *app, uint32_t device)
{
    struct app *a = app;
    note_state(a, device, plant_time_at_ms(&a->time));
}

void stations_note(struct app *a, int64_t at_ms)
{
    for (uint32_t d = 0; a->stations && d < a->plant->device_count; d++) {
        struct hj212_gaps *gaps = hj212_hub_gaps(a->stations, d);
        if (!gaps || a->plant->devices[d].protocol != PROTOCOL_HJ212)
            continue;
        note_state(a, d, at_ms);
        struct strbuf *text = flow_fresh_text(a);
        strbuf_adds(text, "\"device\":");
        strbuf_add_json_string(text, a->plant->devices[d].id);
        strbuf_adds(text, ",\"series\":");
        hj212_gaps_write(gaps, text);
        flow_journal(a, "periods", at_ms, text, false);
    }
}
