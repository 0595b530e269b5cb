#include "acq/alarm/book.h"

#include "acq/alarm/book_private.h"
#include "acq/alarm/catalogue.h"
#include "acq/core/sm3.h"
#include "acq/core/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_DIGITS = 9 };

static const int64_t DAY_MS = 86400000;

int book_new(const struct plant *plant, const struct alarm_sink *sink, struct book **out)
{
    struct book *b = calloc(1, sizeof *b);
    if (!b)
        return PW_ENOMEM;
    b->max = plant->alarms.max;
    b->items = calloc(b->max, sizeof *b->items);
    if (!b->items) {
        free(b);
        return PW_ENOMEM;
    }
    b->plant = plant;
    b->sink = *sink;
    *out = b;
    return 0;
}

void book_free(struct book *b)
{
    if (!b)
        return;
    free(b->items);
    free(b);
}

void book_set_plant(struct book *b, const struct plant *plant)
{
    b->plant = plant;
}

void book_copy(char *out, size_t size, const char *text)
{
    size_t len = strlen(text ? text : "");
    len = len < size ? len : utf8_valid_prefix(text, size - 1);
    memcpy(out, text ? text : "", len);
    out[len] = '\0';
}

/* Of rule, outlet and object: the same whenever it is raised. */
static void make_id(const struct finding *f, char out[ALARM_ID_SIZE])
{
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    char text[512];
    int len = snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%s\n%s\n%s", f->kind,
                       f->test ? f->test : "", f->part ? f->part : "", f->site,
                       f->outlet ? f->outlet : "", f->object, f->factor ? f->factor : "");
    sm3_once(text, len < (int)sizeof text ? (size_t)len : sizeof text - 1, digest);
    snprintf(out, ALARM_ID_SIZE, "%.16s", sm3_hex(digest, hex));
}

static struct alarm *find_id(struct book *b, const char *id)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (strcmp(b->items[i].id, id) == 0)
            return &b->items[i];
    return NULL;
}

static bool is_forgotten(const struct alarm *a)
{
    return alarm_state(a) == ALARM_NORMAL && !a->chattering && !a->on_at;
}

static void drop(struct book *b, uint32_t i)
{
    b->items[i] = b->items[--b->count];
}

/* A place for another one: where one was that is normal, when the book is full. */
static struct alarm *make_room(struct book *b)
{
    for (uint32_t i = 0; b->count == b->max && i < b->count; i++)
        if (is_forgotten(&b->items[i]))
            drop(b, i);
    if (b->count == b->max)
        return NULL;
    struct alarm *a = &b->items[b->count++];
    *a = (struct alarm){.value = (double)NAN, .threshold = (double)NAN};
    return a;
}

static void describe(struct alarm *a, const struct finding *f, const struct plant_alarm_rule *rule)
{
    book_copy(a->kind, sizeof a->kind, f->kind);
    book_copy(a->test, sizeof a->test, f->test);
    book_copy(a->part, sizeof a->part, f->part);
    book_copy(a->site, sizeof a->site, f->site);
    book_copy(a->outlet, sizeof a->outlet, f->outlet);
    book_copy(a->object, sizeof a->object, f->object);
    book_copy(a->factor, sizeof a->factor, f->factor);
    book_copy(a->unit, sizeof a->unit, f->unit);
    book_copy(a->name, sizeof a->name, f->name);
    a->priority = rule && rule->priority ? rule->priority : f->priority;
    a->value = f->value;
    a->threshold = f->threshold;
}

void book_tell(struct book *b, const struct alarm *a, enum alarm_change change, int64_t at_ms)
{
    b->sink.on_change(b->sink.ctx, a, change, at_ms);
}

static void note_flood(struct book *b, int64_t at_ms)
{
    b->raised++;
    b->flood_at[b->flood_next] = at_ms;
    b->flood_next = (b->flood_next + 1) % BOOK_FLOOD_MAX;
}

static uint32_t count_recent(const struct book *b, const struct alarm *a, int64_t at_ms)
{
    int64_t since_ms = at_ms - (int64_t)b->plant->alarms.chatter_min * 60000;
    uint32_t n = 0;
    while (n < ALARM_RECENT_MAX && a->recent_at[n] && a->recent_at[n] > since_ms)
        n++;
    return n;
}

static void raise_now(struct book *b, struct alarm *a, int64_t at_ms)
{
    if (alarm_state(a) == ALARM_NORMAL) {
        a->number = ++b->last_number;
        a->count = 0;
        a->who[0] = a->why[0] = '\0';
    }
    a->active = true;
    a->acknowledged = false;
    a->told_grouped = false;
    a->count++;
    a->on_at = a->off_at = a->over_at = a->ack_at = 0;
    a->raised_at = at_ms;
    memmove(&a->recent_at[1], &a->recent_at[0], sizeof a->recent_at - sizeof a->recent_at[0]);
    a->recent_at[0] = at_ms;
    note_flood(b, at_ms);
    a->suppressed = book_is_suppressed(b, a);
    bool chatters = count_recent(b, a, at_ms) >= b->plant->alarms.chatter_count;
    bool begins = chatters && !a->chattering;
    a->chattering = chatters;
    a->told_at = chatters && !begins ? at_ms : 0;
    book_tell(b, a, ALARM_RAISED, at_ms);
    if (begins)
        book_tell(b, a, ALARM_CHATTERS, at_ms);
}

static void end_now(struct book *b, struct alarm *a, int64_t at_ms)
{
    a->active = false;
    a->over_at = at_ms;
    a->off_at = 0;
    book_tell(b, a, ALARM_OVER, at_ms);
}

static bool knows_finding(const struct alarm *a, const char *id)
{
    for (int i = 0; i < ALARM_FINDINGS_MAX; i++)
        if (strcmp(a->findings[i], id) == 0)
            return true;
    return false;
}

static void add_finding(struct alarm *a, const char *id)
{
    memmove(a->findings[1], a->findings[0], sizeof a->findings - sizeof a->findings[0]);
    book_copy(a->findings[0], sizeof a->findings[0], id);
}

/* Whether none is left. */
static bool remove_finding(struct alarm *a, const char *id)
{
    int kept = 0;
    for (int i = 0; i < ALARM_FINDINGS_MAX; i++)
        if (a->findings[i][0] && strcmp(a->findings[i], id) != 0)
            memmove(a->findings[kept++], a->findings[i], FINDING_ID_SIZE);
    for (int i = kept; i < ALARM_FINDINGS_MAX; i++)
        a->findings[i][0] = '\0';
    return kept == 0;
}

static void open_finding(struct book *b, const struct finding *f, const char *id, int64_t at_ms)
{
    char alarm_id[ALARM_ID_SIZE];
    make_id(f, alarm_id);
    struct alarm *a = find_id(b, alarm_id);
    if (!a && !(a = make_room(b))) {
        b->overflows++;
        return;
    }
    const struct plant_alarm_rule *rule = catalogue_rule(b->plant, f->kind, f->object);
    uint8_t before = a->priority;
    book_copy(a->id, sizeof a->id, alarm_id);
    describe(a, f, rule);
    a->off_at = 0;
    if (knows_finding(a, id)) {
        if (a->active && before != a->priority)
            book_tell(b, a, ALARM_CHANGED, at_ms);
        return;
    }
    add_finding(a, id);
    if (a->active)
        return;
    a->start_ms = f->start_ms;
    if (rule && rule->on_delay_s)
        a->on_at = at_ms + (int64_t)rule->on_delay_s * 1000;
    else
        raise_now(b, a, at_ms);
}

static void close_finding(struct book *b, const struct finding *f, const char *id, int64_t at_ms)
{
    char alarm_id[ALARM_ID_SIZE];
    make_id(f, alarm_id);
    struct alarm *a = find_id(b, alarm_id);
    if (!a || !knows_finding(a, id) || !remove_finding(a, id))
        return;
    const struct plant_alarm_rule *rule = catalogue_rule(b->plant, a->kind, a->object);
    a->on_at = 0;
    if (!a->active)
        return;
    if (rule && rule->off_delay_s)
        a->off_at = at_ms + (int64_t)rule->off_delay_s * 1000;
    else
        end_now(b, a, at_ms);
}

void book_finding(struct book *b, const struct finding *f, struct machine_now now)
{
    char id[FINDING_ID_SIZE];
    finding_id(f, id);
    if (f->state == FINDING_OPEN)
        open_finding(b, f, id, now.at_ms);
    else
        close_finding(b, f, id, now.at_ms);
}

static void second_of(struct book *b, struct alarm *a, int64_t at_ms)
{
    if (a->on_at && at_ms >= a->on_at)
        raise_now(b, a, at_ms);
    if (a->off_at && at_ms >= a->off_at)
        end_now(b, a, at_ms);
    if (a->shelved && at_ms >= a->until_at) {
        a->shelved = false;
        a->who[0] = '\0';
        book_tell(b, a, ALARM_UNSHELVE, at_ms);
    }
    if (a->chattering && count_recent(b, a, at_ms) == 0) {
        a->chattering = false;
        book_tell(b, a, ALARM_CALMS, at_ms);
    }
    bool suppressed = a->active && book_is_suppressed(b, a);
    if (suppressed != a->suppressed) {
        a->suppressed = suppressed;
        book_tell(b, a, suppressed ? ALARM_SUPPRESS : ALARM_UNSUPPRESS, at_ms);
    }
}

void book_second(struct book *b, struct machine_now now)
{
    int64_t local_ms = machine_utc_ms(now) + (int64_t)b->plant->server.zone_offset_min * 60000;
    int64_t day = local_ms / DAY_MS;
    bool is_new_day = b->day && day != b->day;
    b->day = day;
    for (uint32_t i = b->count; i-- > 0;) {
        struct alarm *a = &b->items[i];
        second_of(b, a, now.at_ms);
        if (is_new_day && alarm_state(a) != ALARM_NORMAL)
            book_tell(b, a, ALARM_KEPT, now.at_ms);
        if (is_forgotten(a) && count_recent(b, a, now.at_ms) == 0)
            drop(b, i);
    }
}

bool book_is_suppressed(const struct book *b, const struct alarm *a)
{
    const struct plant_alarm_rule *rule = catalogue_rule(b->plant, a->kind, a->object);
    if (!rule || catalogue_find(a->kind)->is_legal)
        return false;
    for (const char *const *kind = rule->suppressed_by; *kind; kind++)
        for (uint32_t i = 0; i < b->count; i++) {
            const struct alarm *other = &b->items[i];
            if (other != a && other->active && strcmp(other->kind, *kind) == 0 &&
                strcmp(other->site, a->site) == 0)
                return true;
        }
    return false;
}

void book_restore(struct book *b, const struct alarm *a)
{
    book_skip_numbers(b, a->number);
    struct alarm *place = find_id(b, a->id);
    if (is_forgotten(a)) {
        if (place)
            drop(b, (uint32_t)(place - b->items));
        return;
    }
    if (!place && !(place = make_room(b))) {
        b->overflows++;
        return;
    }
    *place = *a;
}

void book_skip_numbers(struct book *b, uint32_t number)
{
    b->last_number = number > b->last_number ? number : b->last_number;
}

void book_set_told(struct book *b, const char *id, bool grouped, int64_t at_ms)
{
    struct alarm *a = find_id(b, id);
    if (!a)
        return;
    a->told_grouped = grouped;
    a->told_at = at_ms;
    book_tell(b, a, ALARM_TOLD, at_ms);
}

void book_forget_groups(struct book *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (b->items[i].told_grouped && !b->items[i].acknowledged)
            b->items[i].told_at = 0;
}

uint32_t book_count(const struct book *b)
{
    return b->count;
}

const struct alarm *book_get(const struct book *b, uint32_t i)
{
    return &b->items[i];
}

/* "12"; 0 when it is none. */
static uint32_t read_number(const char *text)
{
    uint32_t number = 0;
    size_t len = strlen(text);
    if (len == 0 || len > NUMBER_DIGITS || strspn(text, "0123456789") != len)
        return 0;
    for (; *text; text++)
        number = number * 10 + (uint32_t)(*text - '0');
    return number;
}

const struct alarm *book_find(const struct book *b, const char *ref)
{
    uint32_t number = read_number(ref);
    for (uint32_t i = 0; i < b->count; i++)
        if (strcmp(b->items[i].id, ref) == 0 || (number && b->items[i].number == number))
            return &b->items[i];
    return NULL;
}

void book_get_stats(const struct book *b, int64_t at_ms, struct book_stats *out)
{
    int64_t since_ms = at_ms - (int64_t)b->plant->alarms.flood_min * 60000;
    *out = (struct book_stats){.raised = b->raised, .overflows = b->overflows};
    for (uint32_t i = 0; i < b->count; i++)
        out->states[alarm_state(&b->items[i])]++;
    for (size_t i = 0; i < BOOK_FLOOD_MAX; i++)
        out->flood += b->flood_at[i] && b->flood_at[i] > since_ms;
    out->in_flood = out->flood > b->plant->alarms.flood_count;
}
