#include "acq/alarm/route.h"

#include "acq/alarm/book_private.h"
#include "acq/alarm/rota.h"
#include "acq/alarm/text.h"
#include "acq/core/sm3.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECENT_MAX = 128, CREW_MAX = 256, JSON_MAX = 16384 };

static const int64_t MINUTE_MS = 60000;

/* What one person was told lately, and what waits for a message of many. */
struct told {
    int64_t recent_at[RECENT_MAX];
    size_t next;
    uint32_t waiting[4]; /* by priority */
    uint32_t newest;     /* number of an alarm */
    uint32_t route;      /* of the newest */
    int64_t group_at;    /* the last one left; 0: none */
};

struct router {
    const struct plant *plant;
    struct book *book;
    struct router_sink sink;
    struct told *people;          /* by the plant's */
    int64_t *digest_at, *beat_at; /* local minute of the last one, by route */
    struct router_stats stats;
    struct machine_now now; /* of the call that is under way */
};

static int make_room(struct router *r, const struct plant *plant)
{
    struct told *people = calloc(plant->person_count + 1, sizeof *people);
    int64_t *digest_at = calloc(plant->route_count + 1, sizeof *digest_at);
    int64_t *beat_at = calloc(plant->route_count + 1, sizeof *beat_at);
    if (!people || !digest_at || !beat_at) {
        free(people);
        free(digest_at);
        free(beat_at);
        return PW_ENOMEM;
    }
    free(r->people);
    free(r->digest_at);
    free(r->beat_at);
    r->people = people;
    r->digest_at = digest_at;
    r->beat_at = beat_at;
    r->plant = plant;
    return 0;
}

int router_new(const struct plant *plant, struct book *book, const struct router_sink *sink,
               struct router **out)
{
    struct router *r = calloc(1, sizeof *r);
    if (!r || make_room(r, plant) != 0) {
        free(r);
        return PW_ENOMEM;
    }
    r->book = book;
    r->sink = *sink;
    book_forget_groups(book);
    *out = r;
    return 0;
}

void router_free(struct router *r)
{
    if (!r)
        return;
    free(r->people);
    free(r->digest_at);
    free(r->beat_at);
    free(r);
}

int router_set_plant(struct router *r, const struct plant *plant)
{
    int err = make_room(r, plant);
    if (!err)
        book_forget_groups(r->book);
    return err;
}

static int zone(const struct router *r)
{
    return r->plant->server.zone_offset_min;
}

static bool has_word(const char *const *words, const char *word)
{
    for (const char *const *w = words; *w; w++)
        if (strcmp(*w, word) == 0)
            return true;
    return !*words;
}

static bool takes(const struct router *r, const struct plant_route *route, const struct alarm *a)
{
    int64_t utc_ms = machine_utc_ms(r->now);
    uint16_t from = route->from_min == MINUTE_NONE ? 0 : route->from_min;
    uint16_t to = route->from_min == MINUTE_NONE ? 0 : route->to_min;
    return (route->priorities >> a->priority & 1) && has_word(route->kinds, a->kind) &&
           has_word(route->sites, a->site) && rota_covers(route->days, from, to, utc_ms, zone(r));
}

static bool is_quiet(const struct router *r, const struct plant_route *route, const struct alarm *a)
{
    return a->priority == 3 && route->quiet_from_min != MINUTE_NONE &&
           rota_covers(ALARM_DAYS_ALL, route->quiet_from_min, route->quiet_to_min,
                       machine_utc_ms(r->now), zone(r));
}

static const char *address_of(const struct plant_route *route, const struct plant_person *p)
{
    return route->by == BY_PHONE ? p->phone : route->by == BY_EMAIL ? p->email : "";
}

/* The same after a restart: of what it is about, who gets it, why and which time. */
static void make_key(const char *about, const char *person, const char *route, enum notice_why why,
                     int64_t which, char out[NOTICE_KEY_SIZE])
{
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    char text[512];
    int len = snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%" PRId64, about, person, route,
                       notice_why_word(why), which);
    sm3_once(text, (size_t)len, digest);
    snprintf(out, NOTICE_KEY_SIZE, "%.32s", sm3_hex(digest, hex));
}

static void send(struct router *r, const struct plant_route *route, uint32_t person,
                 const struct notice *draft, const char *about, int64_t which)
{
    const struct plant_person *p = &r->plant->people[person];
    struct notice n = *draft;
    char key[NOTICE_KEY_SIZE];
    make_key(about, p->id, route->id, n.why, which, key);
    n.key = key;
    n.person = p->id;
    n.to = address_of(route, p);
    memcpy(n.gateways, route->via, sizeof n.gateways);
    n.made_ms = machine_utc_ms(r->now);
    n.give_up_ms = n.made_ms + (int64_t)route->give_up_min * MINUTE_MS;
    if (route->by != BY_HOOK && !*n.to)
        return;
    struct told *told = &r->people[person];
    told->recent_at[told->next] = r->now.at_ms;
    told->next = (told->next + 1) % RECENT_MAX;
    r->stats.notices++;
    r->sink.on_notice(r->sink.ctx, &n);
}

static bool has_enough(const struct router *r, const struct told *t)
{
    int64_t since_ms = r->now.at_ms - (int64_t)r->plant->alarms.flood_min * MINUTE_MS;
    uint32_t count = 0;
    for (size_t i = 0; i < RECENT_MAX; i++)
        count += t->recent_at[i] && t->recent_at[i] > since_ms;
    return count >= r->plant->alarms.flood_count;
}

/* False: it waits for a message of many. */
static bool tell(struct router *r, const struct plant_route *route, uint32_t person,
                 const struct alarm *a, enum notice_why why)
{
    struct told *t = &r->people[person];
    if (has_enough(r, t)) {
        t->waiting[a->priority]++;
        t->newest = a->number;
        t->route = (uint32_t)(route - r->plant->routes);
        r->stats.grouped++;
        return false;
    }
    char text_storage[ALARM_TEXT_MAX];
    char json_storage[JSON_MAX];
    struct strbuf text;
    struct strbuf json;
    strbuf_init_fixed(&text, text_storage, sizeof text_storage);
    strbuf_init_fixed(&json, json_storage, sizeof json_storage);
    alarm_text(r->plant, a, why, r->plant->people[person].language, r->now, &text);
    strbuf_addc(&json, '{');
    alarm_write_members(a, r->now.offset_ms, zone(r), &json);
    strbuf_addc(&json, '}');
    struct notice n = {.why = why,
                       .priority = a->priority,
                       .alarm = a->id,
                       .subject = strbuf_text(&text),
                       .text = strbuf_text(&text),
                       .json = json.failed ? "" : strbuf_text(&json)};
    char about[64];
    snprintf(about, sizeof about, "%s/%" PRId64, a->id, a->raised_at);
    send(r, route, person, &n, about, why == NOTICE_RAISED ? 0 : r->now.at_ms / MINUTE_MS);
    return true;
}

/* Everybody of the list, nobody twice. */
static uint32_t crew(const struct router *r, const struct route_to *to, uint32_t count,
                     uint32_t out[CREW_MAX])
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t some[CREW_MAX];
        uint32_t n = 1;
        some[0] = to[i].index;
        if (to[i].is_rota)
            n = rota_on_duty(&r->plant->rotas[to[i].index], machine_utc_ms(r->now), zone(r), some,
                             CREW_MAX);
        for (uint32_t k = 0; k < n; k++) {
            uint32_t seen = 0;
            while (seen < found && out[seen] != some[k])
                seen++;
            if (seen == found && found < CREW_MAX)
                out[found++] = some[k];
        }
    }
    return found;
}

struct outcome {
    uint32_t people;
    bool told, grouped, held;
};

static void tell_all(struct router *r, const struct plant_route *route, const struct alarm *a,
                     enum notice_why why, struct outcome *o)
{
    uint32_t people[CREW_MAX];
    bool escalates = why == NOTICE_ESCALATED;
    uint32_t n = crew(r, escalates ? route->escalate_to : route->to,
                      escalates ? route->escalate_to_count : route->to_count, people);
    o->people += n;
    o->told = true;
    for (uint32_t i = 0; i < n; i++)
        o->grouped |= !tell(r, route, people[i], a, why);
}

/* What this route has to say of an alarm that nobody has acknowledged, between its ages (since it
 * was raised) of the last look and now. */
static void tell_active(struct router *r, const struct plant_route *route, const struct alarm *a,
                        struct outcome *o)
{
    int64_t age = r->now.at_ms - a->raised_at;
    int64_t before = a->told_at - a->raised_at;
    int64_t again = (int64_t)route->again_min * MINUTE_MS;
    int64_t escalate = (int64_t)route->escalate_min * MINUTE_MS;
    if (a->told_at == 0) {
        tell_all(r, route, a, NOTICE_RAISED, o);
        before = 0;
    } else if (again && age / again > before / again && age / again <= route->again_max) {
        tell_all(r, route, a, NOTICE_AGAIN, o);
    }
    if (escalate && route->escalate_to_count && before < escalate && age >= escalate)
        tell_all(r, route, a, NOTICE_ESCALATED, o);
}

static bool is_silent(const struct alarm *a)
{
    return a->shelved || a->suppressed || a->out_of_service || a->raised_at == 0;
}

static void look_at(struct router *r, const struct alarm *a)
{
    struct outcome o = {0};
    bool is_over = a->over_at && !a->active;
    bool clears = is_over && a->told_at && a->told_at < a->over_at && !a->chattering;
    bool calls = a->active ? !a->acknowledged : a->told_at == 0 && !a->acknowledged;
    if (is_silent(a) || !(clears || calls))
        return;
    for (uint32_t i = 0; i < r->plant->route_count; i++) {
        const struct plant_route *route = &r->plant->routes[i];
        if (!takes(r, route, a))
            continue;
        o.held |= is_quiet(r, route, a);
    }
    for (uint32_t i = 0; !o.held && i < r->plant->route_count; i++) {
        const struct plant_route *route = &r->plant->routes[i];
        if (!takes(r, route, a))
            continue;
        if (clears && route->clear)
            tell_all(r, route, a, NOTICE_CLEARED, &o);
        else if (calls)
            tell_active(r, route, a, &o);
    }
    r->stats.unrouted += o.told && o.people == 0;
    if (o.told && o.people)
        book_set_told(r->book, a->id, o.grouped, r->now.at_ms);
}

static uint32_t waiting_of(const struct told *t)
{
    return t->waiting[1] + t->waiting[2] + t->waiting[3];
}

static void send_group(struct router *r, uint32_t person)
{
    struct told *t = &r->people[person];
    char storage[ALARM_TEXT_MAX];
    char plain[256];
    struct strbuf text;
    bool is_zh = r->plant->people[person].language == LANGUAGE_ZH;
    snprintf(plain, sizeof plain,
             is_zh ? "告警较多：另有%" PRIu32 "条消息合并 P1:%" PRIu32 " P2:%" PRIu32 " P3:%" PRIu32
                     "，最近为告警%" PRIu32 "，请查看平台"
                   : "Many alarms: %" PRIu32 " more messages in one, P1:%" PRIu32 " P2:%" PRIu32
                     " P3:%" PRIu32 ", the newest is alarm %" PRIu32,
             waiting_of(t), t->waiting[1], t->waiting[2], t->waiting[3], t->newest);
    strbuf_init_fixed(&text, storage, sizeof storage);
    alarm_text_sign(r->plant, plain, &text);
    struct notice n = {.why = NOTICE_GROUPED,
                       .priority = t->waiting[1]   ? 1
                                   : t->waiting[2] ? 2
                                                   : 3,
                       .alarm = "",
                       .subject = strbuf_text(&text),
                       .text = strbuf_text(&text),
                       .json = ""};
    send(r, &r->plant->routes[t->route], person, &n, "", r->now.at_ms);
    memset(t->waiting, 0, sizeof t->waiting);
    t->group_at = r->now.at_ms;
}

static void send_groups(struct router *r)
{
    int64_t every_ms = (int64_t)r->plant->alarms.group_every_min * MINUTE_MS;
    for (uint32_t i = 0; i < r->plant->person_count; i++) {
        const struct told *t = &r->people[i];
        if (waiting_of(t) && (!t->group_at || r->now.at_ms - t->group_at >= every_ms))
            send_group(r, i);
    }
}

static void send_daily(struct router *r, const struct plant_route *route, enum notice_why why,
                       int64_t minute)
{
    uint32_t people[CREW_MAX];
    struct book_stats s;
    uint32_t n = crew(r, route->to, route->to_count, people);
    book_get_stats(r->book, r->now.at_ms, &s);
    uint32_t open = s.states[ALARM_UNACKNOWLEDGED] + s.states[ALARM_RETURNED];
    for (uint32_t i = 0; i < n; i++) {
        bool is_zh = r->plant->people[people[i]].language == LANGUAGE_ZH;
        char storage[ALARM_TEXT_MAX];
        char plain[256];
        struct strbuf text;
        if (why == NOTICE_HEARTBEAT)
            snprintf(plain, sizeof plain, "%s",
                     is_zh ? "监控系统运行正常，每日心跳" : "The server runs: daily heartbeat");
        else
            snprintf(plain, sizeof plain,
                     is_zh ? "每日汇总：未确认%" PRIu32 " 已确认%" PRIu32 " 搁置%" PRIu32
                           : "Digest: %" PRIu32 " unacknowledged, %" PRIu32
                             " acknowledged, %" PRIu32 " shelved",
                     open, s.states[ALARM_ACKNOWLEDGED], s.states[ALARM_SHELVED]);
        strbuf_init_fixed(&text, storage, sizeof storage);
        alarm_text_sign(r->plant, plain, &text);
        struct notice notice = {.why = why,
                                .priority = 3,
                                .alarm = "",
                                .subject = strbuf_text(&text),
                                .text = strbuf_text(&text),
                                .json = ""};
        send(r, route, people[i], &notice, "", minute);
    }
}

static void run_daily(struct router *r)
{
    int64_t utc_ms = machine_utc_ms(r->now);
    int64_t minute = utc_ms / MINUTE_MS;
    uint16_t of_day = rota_minute(utc_ms, zone(r));
    for (uint32_t i = 0; i < r->plant->route_count; i++) {
        const struct plant_route *route = &r->plant->routes[i];
        if (of_day == route->digest_min && r->digest_at[i] != minute) {
            r->digest_at[i] = minute;
            send_daily(r, route, NOTICE_DIGEST, minute);
        }
        if (of_day == route->heartbeat_min && r->beat_at[i] != minute) {
            r->beat_at[i] = minute;
            send_daily(r, route, NOTICE_HEARTBEAT, minute);
        }
    }
}

void router_run(struct router *r, struct machine_now now)
{
    r->now = now;
    for (uint32_t i = 0; i < book_count(r->book); i++)
        look_at(r, book_get(r->book, i));
    send_groups(r);
    run_daily(r);
}

void router_get_stats(const struct router *r, struct router_stats *out)
{
    *out = r->stats;
}
