#include "acq/deliver/outbox_private.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 32768, MINUTE_MS = 60000, EARLY_MAX = 64, EARLY_MS = 60000 };

/* A gateway as the outbox sees it: a bucket of messages that refills over a minute, and a pause. */
struct valve {
    double tokens;
    int64_t filled_ms;
    int64_t closed_until_ms;
};

/* A receipt of a part that no gateway has named yet: it overtook the answer to the submit. */
struct early_receipt {
    char id[SMPP_ID_SIZE]; /* "": none */
    char state[16];
    enum sms_fate fate;
    int64_t until_ms;
};

struct outbox {
    struct outbox_options options;
    struct outbox_entry *first, *last;
    uint32_t count; /* of the list */
    uint64_t token;
    uint16_t reference;
    struct outbox_counters counters;
    struct valve valves[OUTBOX_GATEWAYS_MAX];
    struct early_receipt early[EARLY_MAX];
    uint32_t early_next;
    struct strbuf line;
};

int outbox_new(const struct outbox_options *options, struct outbox **out)
{
    pw_require(options->gateway_count <= OUTBOX_GATEWAYS_MAX && options->max >= 1 &&
               options->max <= OUTBOX_MAX);
    struct outbox *o = calloc(1, sizeof *o);
    if (!o)
        return PW_ENOMEM;
    o->options = *options;
    for (uint32_t i = 0; i < options->gateway_count; i++)
        o->valves[i].tokens = options->gateways[i].per_minute;
    strbuf_init(&o->line, LINE_BYTES);
    *out = o;
    return 0;
}

static void unlink_entry(struct outbox *o, struct outbox_entry *e)
{
    *(e->previous ? &e->previous->next : &o->first) = e->next;
    *(e->next ? &e->next->previous : &o->last) = e->previous;
    o->count--;
    outbox_entry_deinit(e);
    free(e);
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    for (struct outbox_entry *e = o->first, *next = NULL; e; e = next) {
        next = e->next;
        outbox_entry_deinit(e);
        free(e);
    }
    strbuf_deinit(&o->line);
    free(o);
}

static void link_entry(struct outbox *o, struct outbox_entry *e)
{
    e->previous = o->last;
    *(o->last ? &o->last->next : &o->first) = e;
    o->last = e;
    o->count++;
}

static bool waits(const struct outbox_entry *e)
{
    return e->state == OUTBOX_QUEUED || e->state == OUTBOX_SENDING;
}

static void write_line(struct outbox *o, struct outbox_entry *e, int64_t now_ms, bool is_awaited)
{
    strbuf_reset(&o->line);
    outbox_write_members(e, &o->options, now_ms, &o->line);
    pw_require(!o->line.failed);
    uint64_t seq = o->options.journal(o->options.ctx, &o->line, is_awaited);
    if (is_awaited)
        e->wait_seq = seq;
}

/* Over, one way or the other: a line says so, and it is forgotten. */
static void conclude(struct outbox *o, struct outbox_entry *e, enum outbox_state state,
                     const char *said, int64_t now_ms)
{
    e->state = state;
    if (said) {
        strncpy(e->said, said, sizeof e->said - 1);
        e->said[sizeof e->said - 1] = '\0';
    }
    if (state == OUTBOX_DELIVERED)
        o->counters.delivered++;
    else
        o->counters.failed++;
    write_line(o, e, now_ms, false);
    unlink_entry(o, e);
}

static const char no_gateway[] = "none of its gateways is configured any more";

static void lose(struct outbox *o, struct outbox_entry *e, const char *why, int64_t now_ms)
{
    o->counters.lost += waits(e);
    conclude(o, e, OUTBOX_FAILED, why, now_ms);
}

static struct outbox_entry *find_key(const struct outbox *o, const char *key)
{
    for (struct outbox_entry *e = o->last; e; e = e->previous)
        if (strcmp(e->key, key) == 0)
            return e;
    return NULL;
}

/* The one to be missed least: of the lowest priority, and among those the first to be given up.
 * What a gateway has already goes before all that nobody has. */
static struct outbox_entry *least_wanted(const struct outbox *o)
{
    struct outbox_entry *least = NULL;
    for (struct outbox_entry *e = o->first; e; e = e->next) {
        if (e->state == OUTBOX_SENDING)
            continue;
        bool is_less = !least || (waits(least) && !waits(e)) ||
                       (waits(least) == waits(e) &&
                        (e->priority > least->priority ||
                         (e->priority == least->priority && e->give_up_ms < least->give_up_ms)));
        if (is_less)
            least = e;
    }
    return least;
}

/* False: everything that is there matters more. */
static bool make_room(struct outbox *o, uint8_t priority, int64_t now_ms)
{
    if (o->count < o->options.max)
        return true;
    struct outbox_entry *least = least_wanted(o);
    if (!least || (waits(least) && least->priority < priority))
        return false;
    lose(o, least, waits(least) ? "made room" : "no receipt came", now_ms);
    return true;
}

static bool find_gateway(const struct outbox *o, const char *id, uint32_t *out)
{
    for (*out = 0; *out < o->options.gateway_count; ++*out)
        if (strcmp(o->options.gateways[*out].id, id) == 0)
            return true;
    return false;
}

static bool fill_texts(struct outbox_entry *e, const struct notice *n)
{
    const struct {
        char *to;
        const char *from;
        size_t size;
    } texts[] = {{e->key, n->key, sizeof e->key},
                 {e->alarm, n->alarm, sizeof e->alarm},
                 {e->person, n->person, sizeof e->person},
                 {e->to, n->to, sizeof e->to}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i].from);
        if (len >= texts[i].size)
            return false;
        memcpy(texts[i].to, texts[i].from, len + 1);
    }
    e->subject = strdup(n->subject);
    e->text = strdup(n->text);
    e->json = strdup(n->json);
    return e->subject && e->text && e->json;
}

static struct outbox_entry *entry_of(struct outbox *o, const struct notice *n)
{
    struct outbox_entry *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->why = n->why;
    e->priority = n->priority;
    e->made_ms = n->made_ms;
    e->give_up_ms = n->give_up_ms;
    for (size_t i = 0; i < NOTICE_GATEWAYS_MAX && n->gateways[i]; i++)
        e->route_count += find_gateway(o, n->gateways[i], &e->route[e->route_count]);
    if (e->route_count > 0 && fill_texts(e, n))
        return e;
    outbox_entry_deinit(e);
    free(e);
    return NULL;
}

int outbox_add(struct outbox *o, const struct notice *n, int64_t now_ms)
{
    if (find_key(o, n->key))
        return 0;
    struct outbox_entry *e = entry_of(o, n);
    if (!e)
        return PW_ENOMEM;
    if (!make_room(o, n->priority, now_ms)) {
        o->counters.lost++;
        e->state = OUTBOX_FAILED;
        memcpy(e->said, "made room", sizeof "made room");
        write_line(o, e, now_ms, false);
        outbox_entry_deinit(e);
        free(e);
        return 0;
    }
    e->reference = ++o->reference;
    link_entry(o, e);
    o->counters.queued++;
    write_line(o, e, now_ms, true);
    return 0;
}

/* What waited or was being sent when the server ended may have arrived: the line that it was handed
 * over is not waited for. */
int outbox_restore(struct outbox *o, const char *json, size_t len, int64_t now_ms)
{
    struct outbox_entry *e = malloc(sizeof *e);
    if (!e)
        return PW_ENOMEM;
    int err = outbox_read_entry(json, len, &o->options, e);
    if (err) {
        free(e);
        return err;
    }
    if (e->state >= OUTBOX_DELIVERED || (e->route_count == 0 && !waits(e)) || find_key(o, e->key) ||
        !make_room(o, e->priority, now_ms)) {
        outbox_entry_deinit(e);
        free(e);
        return 0;
    }
    if (waits(e)) {
        e->state = OUTBOX_QUEUED;
        e->again = true;
    }
    if (e->reference > o->reference)
        o->reference = e->reference;
    link_entry(o, e);
    if (e->route_count == 0)
        lose(o, e, no_gateway, now_ms);
    return 0;
}

/* Its turn stays with the gateway that had it, if that is still there. */
static void route_anew(struct outbox *o, struct outbox_entry *e,
                       const struct outbox_gateway *gateways, uint32_t count)
{
    struct outbox_entry old = *e;
    e->route_count = e->at = 0;
    for (uint32_t i = 0; i < old.route_count; i++) {
        const char *id = o->options.gateways[old.route[i]].id;
        for (uint32_t g = 0; g < count; g++) {
            if (strcmp(id, gateways[g].id) != 0)
                continue;
            if (i == old.at)
                e->at = e->route_count;
            e->route[e->route_count++] = g;
        }
    }
}

void outbox_set_gateways(struct outbox *o, const struct outbox_gateway *gateways, uint32_t count,
                         int64_t now_ms)
{
    pw_require(count <= OUTBOX_GATEWAYS_MAX);
    for (struct outbox_entry *e = o->first; e; e = e->next)
        route_anew(o, e, gateways, count);
    o->options.gateways = gateways;
    o->options.gateway_count = count;
    memset(o->valves, 0, sizeof o->valves);
    for (uint32_t i = 0; i < count; i++)
        o->valves[i].tokens = gateways[i].per_minute;
    for (struct outbox_entry *e = o->first, *next = NULL; e; e = next) {
        next = e->next;
        if (e->route_count == 0)
            lose(o, e, no_gateway, now_ms);
    }
}

bool outbox_is_sending(const struct outbox *o)
{
    for (const struct outbox_entry *e = o->first; e; e = e->next)
        if (e->state == OUTBOX_SENDING)
            return true;
    return false;
}

void outbox_on_commit(struct outbox *o, uint64_t seq)
{
    for (struct outbox_entry *e = o->first; e; e = e->next)
        if (e->wait_seq && e->wait_seq <= seq)
            e->wait_seq = 0;
}

static void refill(struct valve *v, uint32_t per_minute, int64_t now_ms)
{
    if (v->filled_ms)
        v->tokens += (double)(now_ms - v->filled_ms) * per_minute / MINUTE_MS;
    if (v->tokens > per_minute)
        v->tokens = per_minute;
    v->filled_ms = now_ms;
}

static bool may_go(const struct outbox_entry *e, uint32_t gateway, int64_t now_ms)
{
    return e->state == OUTBOX_QUEUED && e->wait_seq == 0 && e->route[e->at] == gateway &&
           e->not_before_ms <= now_ms && e->give_up_ms > now_ms;
}

/* P1 before the others, in each the order they came. */
static struct outbox_entry *best(const struct outbox *o, uint32_t gateway, int64_t now_ms)
{
    struct outbox_entry *found = NULL;
    for (struct outbox_entry *e = o->first; e; e = e->next)
        if (may_go(e, gateway, now_ms) && (!found || e->priority < found->priority))
            found = e;
    return found;
}

bool outbox_take(struct outbox *o, uint32_t gateway, int64_t now_ms, struct gateway_message *out)
{
    struct valve *v = &o->valves[gateway];
    uint32_t per_minute = o->options.gateways[gateway].per_minute;
    refill(v, per_minute, now_ms);
    if (v->closed_until_ms > now_ms || (per_minute > 0 && v->tokens < 1))
        return false;
    struct outbox_entry *e = best(o, gateway, now_ms);
    if (!e)
        return false;
    v->tokens -= per_minute > 0;
    e->state = OUTBOX_SENDING;
    e->token = ++o->token;
    e->attempts++;
    o->counters.attempts++;
    o->counters.again += e->again;
    /* Not waited for: should it be missing after a crash, the line before says QUEUED and the
     * message goes once more, as after any crash in between. */
    write_line(o, e, now_ms, false);
    *out = (struct gateway_message){.token = e->token,
                                    .key = e->key,
                                    .to = e->to,
                                    .subject = e->subject,
                                    .text = e->text,
                                    .json = e->json,
                                    .reference = e->reference,
                                    .time_ms = e->made_ms,
                                    .again = e->again};
    return true;
}

static uint32_t backoff_ms(const struct outbox_gateway *g, uint32_t tries)
{
    uint64_t wait_ms = g->retry_first_ms;
    for (uint32_t i = 1; i < tries && wait_ms < g->retry_max_ms; i++)
        wait_ms *= 2;
    return wait_ms < g->retry_max_ms ? (uint32_t)wait_ms : g->retry_max_ms;
}

/* Its turn goes to the next gateway, after a whole circle with a pause. */
static void next_gateway(const struct outbox *o, struct outbox_entry *e, int64_t now_ms)
{
    e->at = (e->at + 1) % e->route_count;
    e->tries = 0;
    e->not_before_ms = e->at == 0 ? now_ms + o->options.gateways[e->route[0]].retry_max_ms : now_ms;
}

static void send_again(struct outbox *o, struct outbox_entry *e, uint32_t gateway, int64_t now_ms)
{
    const struct outbox_gateway *g = &o->options.gateways[gateway];
    e->state = OUTBOX_QUEUED;
    e->tries++;
    if (e->tries >= g->tries)
        next_gateway(o, e, now_ms);
    else
        e->not_before_ms = now_ms + backoff_ms(g, e->tries);
}

static void take_accepted(struct outbox_entry *e, const struct gateway_result *r)
{
    e->state = OUTBOX_ACCEPTED;
    e->part_count = r->parts < SMS_PARTS_MAX ? r->parts : SMS_PARTS_MAX;
    e->parts_done = 0;
    memcpy(e->ids, r->ids, sizeof e->ids);
}

static struct outbox_entry *find_token(const struct outbox *o, uint64_t token)
{
    for (struct outbox_entry *e = o->first; e; e = e->next)
        if (e->state == OUTBOX_SENDING && e->token == token)
            return e;
    return NULL;
}

/* Receipts that came before this answer. */
static void settle_early(struct outbox *o, const struct gateway_result *r, int64_t now_ms)
{
    for (uint32_t i = 0; i < EARLY_MAX; i++) {
        struct early_receipt early = o->early[i];
        uint32_t part = 0;
        while (part < SMS_PARTS_MAX && !sms_id_matches(r->ids[part], early.id))
            part++;
        if (part == SMS_PARTS_MAX)
            continue;
        o->early[i].id[0] = '\0';
        if (early.until_ms > now_ms)
            (void)outbox_on_receipt(o, early.id, NULL, early.fate, early.state, now_ms);
    }
}

void outbox_on_result(struct outbox *o, uint32_t gateway, const struct gateway_result *r,
                      int64_t now_ms)
{
    const struct outbox_gateway *g = &o->options.gateways[gateway];
    struct valve *v = &o->valves[gateway];
    struct outbox_entry *e = find_token(o, r->token);
    if (!e)
        return;
    memcpy(e->said, r->said, sizeof e->said);
    switch (r->end) {
    case GATEWAY_ACCEPTED:
        take_accepted(e, r);
        o->counters.accepted++;
        break;
    case GATEWAY_BUSY:
        e->state = OUTBOX_QUEUED;
        v->closed_until_ms = now_ms + g->retry_first_ms;
        break;
    case GATEWAY_FAILED:
        send_again(o, e, gateway, now_ms);
        break;
    case GATEWAY_UNANSWERED:
        e->again = true;
        send_again(o, e, gateway, now_ms);
        break;
    case GATEWAY_REFUSED:
        v->closed_until_ms = now_ms + g->pause_ms;
        e->state = OUTBOX_QUEUED;
        next_gateway(o, e, now_ms);
        break;
    case GATEWAY_BAD_RECIPIENT:
        conclude(o, e, OUTBOX_FAILED, NULL, now_ms);
        return;
    }
    write_line(o, e, now_ms, false);
    if (r->end == GATEWAY_ACCEPTED)
        settle_early(o, r, now_ms);
}

/* The part of e with that id; part_count when there is none. */
static uint32_t find_part(const struct outbox_entry *e, const char *id)
{
    uint32_t part = 0;
    while (part < e->part_count && !sms_id_matches(e->ids[part], id))
        part++;
    return part;
}

static struct outbox_entry *find_receipted(const struct outbox *o, const char *id, const char *key,
                                           uint32_t *out_part)
{
    for (struct outbox_entry *e = o->first; e; e = e->next) {
        *out_part = 0;
        if (e->state != OUTBOX_ACCEPTED)
            continue;
        if (key && strcmp(e->key, key) == 0)
            return e;
        *out_part = id ? find_part(e, id) : e->part_count;
        if (*out_part < e->part_count)
            return e;
    }
    return NULL;
}

static void keep_early(struct outbox *o, const char *id, enum sms_fate fate, const char *state,
                       int64_t now_ms)
{
    struct early_receipt *early = &o->early[o->early_next++ % EARLY_MAX];
    *early = (struct early_receipt){.fate = fate, .until_ms = now_ms + EARLY_MS};
    strncpy(early->id, id, sizeof early->id - 1);
    strncpy(early->state, state, sizeof early->state - 1);
}

bool outbox_on_receipt(struct outbox *o, const char *id, const char *key, enum sms_fate fate,
                       const char *state, int64_t now_ms)
{
    uint32_t part = 0;
    struct outbox_entry *e = find_receipted(o, id, key, &part);
    if (!e && id && *id && fate != SMS_UNDER_WAY)
        keep_early(o, id, fate, state, now_ms);
    if (!e)
        return false;
    if (fate == SMS_UNDER_WAY)
        return true;
    if (fate == SMS_DELIVERED) {
        e->parts_done |= 1u << part;
        uint32_t all = key ? 1u : (1u << e->part_count) - 1;
        if ((e->parts_done & all) == all)
            conclude(o, e, OUTBOX_DELIVERED, state, now_ms);
        else
            write_line(o, e, now_ms, false);
        return true;
    }
    strncpy(e->said, state, sizeof e->said - 1);
    e->state = OUTBOX_QUEUED;
    e->part_count = 0;
    next_gateway(o, e, now_ms);
    write_line(o, e, now_ms, false);
    return true;
}

/* What was accepted and has no receipt when its time is over counts as done: the gateway had it. */
static void expire(struct outbox *o, struct outbox_entry *e, int64_t now_ms)
{
    if (e->state == OUTBOX_ACCEPTED) {
        unlink_entry(o, e);
        return;
    }
    lose(o, e, "its time is over", now_ms);
}

static int64_t wake_of(const struct outbox *o, const struct outbox_entry *e, int64_t now_ms)
{
    if (e->state != OUTBOX_QUEUED || e->wait_seq != 0)
        return e->give_up_ms;
    int64_t open_ms = o->valves[e->route[e->at]].closed_until_ms;
    int64_t wake_ms = e->not_before_ms > open_ms ? e->not_before_ms : open_ms;
    return wake_ms > now_ms && wake_ms < e->give_up_ms ? wake_ms : e->give_up_ms;
}

int64_t outbox_tick(struct outbox *o, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;
    for (struct outbox_entry *e = o->first, *next = NULL; e; e = next) {
        next = e->next;
        if (e->give_up_ms <= now_ms && e->state != OUTBOX_SENDING) {
            expire(o, e, now_ms);
            continue;
        }
        int64_t wake_ms = wake_of(o, e, now_ms);
        if (wake_ms < next_ms)
            next_ms = wake_ms;
    }
    return next_ms;
}

void outbox_get_counters(const struct outbox *o, struct outbox_counters *out)
{
    *out = o->counters;
    for (const struct outbox_entry *e = o->first; e; e = e->next) {
        out->waiting += waits(e);
        out->open += e->state == OUTBOX_ACCEPTED;
    }
}

const char *outbox_state_word(enum outbox_state state)
{
    static const char *const words[] = {"queued", "sending", "accepted", "delivered", "failed"};
    return words[state];
}
