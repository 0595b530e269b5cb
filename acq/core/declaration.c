#include "acq/core/declaration.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/mark.h"
#include "acq/core/sm3.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_words[] = {"window", "mark", "level"};

static int refuse(char *why, size_t size, const char *member, const char *found,
                  const char *expected)
{
    snprintf(why, size, "/%s: found %s, expected %s", member, found ? found : "nothing", expected);
    return PW_ESYNTAX;
}

static int read_text(const cJSON *object, const char *member, bool required, char *out,
                     size_t out_size, char *why, size_t size)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);
    out[0] = '\0';
    if (!item || cJSON_IsNull(item))
        return required ? refuse(why, size, member, NULL, "a text") : 0;
    if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
        return refuse(why, size, member, "no text", "a text that is not empty");
    if (strlen(item->valuestring) >= out_size)
        return refuse(why, size, member, "a longer text", "at most 64 bytes (a reason: 256)");
    memcpy(out, item->valuestring, strlen(item->valuestring) + 1);
    return 0;
}

static int read_time(const cJSON *object, const char *member, int64_t *out, char *why, size_t size)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);
    if (!item || cJSON_IsNull(item))
        return 0;
    if (!cJSON_IsString(item) || civil_parse(item->valuestring, out) != 0)
        return refuse(why, size, member, cJSON_IsString(item) ? item->valuestring : "no text",
                      "an instant such as 2026-11-24T08:00:00+08:00");
    return 0;
}

static int read_kind(const cJSON *object, enum declaration_kind *out, char *why, size_t size)
{
    const char *kind = json_string(object, "kind");
    for (unsigned i = 0; kind && i < 3; i++) {
        if (strcmp(kind, kind_words[i]) == 0) {
            *out = (enum declaration_kind)i;
            return 0;
        }
    }
    return refuse(why, size, "kind", kind, "window, mark or level");
}

static int read_mark(const cJSON *object, struct declaration *d, char *why, size_t size)
{
    const char *by = json_string(object, "by");
    int err = read_text(object, "mark_kind", false, d->mark_kind, sizeof d->mark_kind, why, size);
    d->is_auto = by && strcmp(by, "rule") == 0;
    if (!err && d->mark_kind[0] && !mark_is_known(d->word, d->mark_kind))
        return refuse(why, size, "mark_kind", d->mark_kind, "a kind of that class of marks");
    return err;
}

static int read_subject(const cJSON *object, struct declaration *d, char *why, size_t size)
{
    bool is_level = d->kind == DECLARATION_LEVEL;
    int err = read_text(object, is_level ? "site" : "object", true, d->object, sizeof d->object,
                        why, size);
    if (!err && d->kind == DECLARATION_MARK)
        err = read_text(object, "factor", false, d->factor, sizeof d->factor, why, size);
    if (!err && d->kind != DECLARATION_WINDOW)
        err = read_text(object, is_level ? "level" : "class", true, d->word, sizeof d->word, why,
                        size);
    if (!err && d->kind == DECLARATION_MARK)
        err = read_mark(object, d, why, size);
    if (!err)
        err = read_text(object, "reason", !is_level, d->reason, sizeof d->reason, why, size);
    return err;
}

/* Content: what is said of whom from when. The end and the reason may be said better later. */
void declaration_make_id(struct declaration *d)
{
    char storage[512];
    struct strbuf text;
    strbuf_init_fixed(&text, storage, sizeof storage);
    strbuf_addf(&text, "%s\n%s\n%s\n%s\n%" PRId64, kind_words[d->kind], d->object, d->factor,
                d->word, d->start_ms);
    if (d->mark_kind[0] || d->is_auto)
        strbuf_addf(&text, "\n%s\n%s", d->mark_kind, d->is_auto ? "rule" : "");
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    sm3_once(text.data, text.len, digest);
    memcpy(d->id, sm3_hex(digest, hex), DECLARATION_ID_SIZE - 1);
    d->id[DECLARATION_ID_SIZE - 1] = '\0';
}

int declaration_read(const cJSON *object, struct declaration *out, char *why, size_t size)
{
    struct declaration d;
    memset(&d, 0, sizeof d);
    d.start_ms = INT64_MIN;
    d.end_ms = INT64_MAX;
    if (!cJSON_IsObject(object))
        return refuse(why, size, "", "no object", "an object with a kind");
    int err = read_kind(object, &d.kind, why, size);
    if (!err)
        err = read_subject(object, &d, why, size);
    if (!err)
        err = read_time(object, "start", &d.start_ms, why, size);
    if (!err)
        err = read_time(object, "end", &d.end_ms, why, size);
    if (!err)
        err = read_time(object, "declared", &d.made_ms, why, size);
    if (err)
        return err;
    if (d.start_ms == INT64_MIN)
        return refuse(why, size, "start", NULL, "an instant");
    if (d.kind == DECLARATION_WINDOW && d.end_ms == INT64_MAX)
        return refuse(why, size, "end", NULL, "an instant: a window has an end");
    if (d.end_ms <= d.start_ms)
        return refuse(why, size, "end", "an end before the start", "an instant after it");
    declaration_make_id(&d);
    *out = d;
    return 0;
}

static void add_text(struct strbuf *out, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_string(out, value);
}

static void add_time(struct strbuf *out, const char *key, int64_t time_ms, int zone_offset_min)
{
    char iso[CIVIL_ISO_SIZE];
    if (time_ms == INT64_MAX) {
        strbuf_addf(out, ",\"%s\":null", key);
        return;
    }
    civil_format_iso(time_ms, zone_offset_min, iso);
    strbuf_addf(out, ",\"%s\":\"%s\"", key, iso);
}

void declaration_write_members(const struct declaration *d, int zone_offset_min, struct strbuf *out)
{
    strbuf_addf(out, "\"id\":\"%s\",\"kind\":\"%s\"", d->id, kind_words[d->kind]);
    add_text(out, d->kind == DECLARATION_LEVEL ? "site" : "object", d->object);
    add_text(out, "factor", d->factor);
    add_text(out, d->kind == DECLARATION_LEVEL ? "level" : "class", d->word);
    add_text(out, "mark_kind", d->mark_kind);
    add_text(out, "by", d->is_auto ? "rule" : "");
    add_time(out, "start", d->start_ms, zone_offset_min);
    add_time(out, "end", d->end_ms, zone_offset_min);
    add_text(out, "reason", d->reason);
    if (d->made_ms != 0)
        add_time(out, "declared", d->made_ms, zone_offset_min);
}

static bool replaces(const struct declaration *d, const struct declaration *old)
{
    if (strcmp(d->id, old->id) == 0)
        return true;
    return d->kind == DECLARATION_LEVEL && old->kind == DECLARATION_LEVEL &&
           d->end_ms != INT64_MAX && old->end_ms == INT64_MAX &&
           strcmp(d->object, old->object) == 0 && strcmp(d->word, old->word) == 0;
}

int declarations_add(struct declarations *all, const struct declaration *d)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (replaces(d, &all->items[i])) {
            all->items[i] = *d;
            return 0;
        }
    }
    if (all->count == DECLARATIONS_MAX)
        return PW_EFULL;
    all->items[all->count++] = *d;
    return 0;
}

static void drop(struct declarations *all, uint32_t i)
{
    all->count--;
    memmove(&all->items[i], &all->items[i + 1], (all->count - i) * sizeof all->items[0]);
}

int declarations_withdraw(struct declarations *all, const char *id)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i].id, id) == 0) {
            drop(all, i);
            return 0;
        }
    }
    return PW_ENOTFOUND;
}

void declarations_forget(struct declarations *all, int64_t before_ms)
{
    for (uint32_t i = all->count; i-- > 0;)
        if (all->items[i].end_ms <= before_ms)
            drop(all, i);
}

static bool is_mark_on(const struct declaration *d, const char *object, const char *factor)
{
    return d->kind == DECLARATION_MARK && strcmp(d->object, object) == 0 &&
           (d->factor[0] == '\0' || strcmp(d->factor, factor) == 0);
}

const struct declaration *declarations_find_mark(const struct declarations *all, const char *object,
                                                 const char *factor, int64_t time_ms)
{
    const struct declaration *found = NULL;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct declaration *d = &all->items[i];
        if (d->start_ms > time_ms || time_ms >= d->end_ms || !is_mark_on(d, object, factor) ||
            mark_meaning(d->word, d->mark_kind)->flag == 0)
            continue;
        if (!d->is_auto)
            return d;
        found = found ? found : d;
    }
    return found;
}

/* The end of the stop marks that cover time_ms or touch one another from there on; time_ms when
 * there is none. */
static int64_t stopped_until(const struct declarations *all, const char *object, const char *factor,
                             int64_t time_ms)
{
    int64_t until_ms = time_ms;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct declaration *d = &all->items[i];
        if (d->start_ms <= time_ms && d->end_ms > until_ms && is_mark_on(d, object, factor) &&
            mark_meaning(d->word, d->mark_kind)->is_stop)
            until_ms = d->end_ms;
    }
    return until_ms;
}

static int64_t next_start(const struct declarations *all, const char *object, const char *factor,
                          int64_t after_ms)
{
    int64_t next_ms = INT64_MAX;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct declaration *d = &all->items[i];
        if (d->start_ms > after_ms && d->start_ms < next_ms && is_mark_on(d, object, factor) &&
            mark_meaning(d->word, d->mark_kind)->is_stop)
            next_ms = d->start_ms;
    }
    return next_ms;
}

int64_t declarations_stopped_ms(const struct declarations *all, const char *object,
                                const char *factor, int64_t from_ms, int64_t to_ms)
{
    int64_t sum_ms = 0;
    for (int64_t at_ms = from_ms; at_ms < to_ms;) {
        int64_t until_ms = stopped_until(all, object, factor, at_ms);
        if (until_ms > at_ms) {
            sum_ms += (until_ms < to_ms ? until_ms : to_ms) - at_ms;
            at_ms = until_ms;
        } else {
            at_ms = next_start(all, object, factor, at_ms);
        }
    }
    return sum_ms;
}
