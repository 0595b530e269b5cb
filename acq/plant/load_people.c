/* People, rotas and routes. */
#include "acq/core/civil.h"
#include "acq/plant/draft_alarm.h"
#include "acq/plant/loader.h"

#include <stdio.h>
#include <string.h>

enum { MINUTES_A_DAY = 1440, MINUTES_AN_HOUR = 60, PHONE_MIN = 5, PHONE_MAX = 15 };

/* E.164: '+' and 7 to 15 digits of which the first is no zero; or a local number. */
static bool is_phone(const char *text)
{
    bool is_global = *text == '+';
    const char *digits = text + is_global;
    size_t len = strspn(digits, "0123456789");
    return digits[len] == '\0' && len >= (is_global ? PHONE_MIN + 2 : PHONE_MIN) &&
           len <= PHONE_MAX && !(is_global && *digits == '0');
}

static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strchr(at + 1, '@'))
        return false;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("<>,;:\"()[]\\", *p))
            return false;
    return true;
}

void load_person(struct loader *l, const struct place *at)
{
    struct person_draft draft = {.person = {.id = ""}};
    read_defaults(&l->reader, IN_PERSON, &draft);
    read_object(&l->reader, at, IN_PERSON, &draft);
    struct plant_person *p = &draft.person;
    const struct place phone = read_member(at, "phone");
    const struct place email = read_member(at, "email");
    p->language = (enum person_language)draft.language;
    if (*p->phone && !is_phone(p->phone))
        report_error(&l->report, &phone, NULL,
                     "a number such as \"+8613800000000\" or \"13800000000\"");
    if (*p->email && !is_address(p->email))
        report_error(&l->report, &email, NULL, "an address such as \"duty@example.org\"");
    if (*p->id)
        load_check_unique(l, at, &l->people, sizeof *p, p->id);
    vec_add(&l->people, p, sizeof *p);
}

static uint8_t load_days(struct loader *l, const struct place *at, const cJSON *list)
{
    static const char *const words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const struct place days = {at->source, at, list};
    unsigned mask = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct place day = {at->source, &days, item};
        size_t i = 0;
        while (i < sizeof words / sizeof *words && strcmp(words[i], item->valuestring) != 0)
            i++;
        if (i == sizeof words / sizeof *words)
            report_error(&l->report, &day, NULL, "mon, tue, wed, thu, fri, sat or sun");
        mask |= 1U << i;
    }
    return (uint8_t)(list ? mask & ALARM_DAYS_ALL : ALARM_DAYS_ALL);
}

static uint16_t load_time(struct loader *l, const struct place *at, const char *key,
                          const char *text)
{
    const struct place member = read_member(at, key);
    unsigned hour = 0;
    unsigned minute = 0;
    if (!text)
        return MINUTE_NONE;
    if (strlen(text) == 5 && strspn(text, "0123456789") == 2 && text[2] == ':' &&
        strspn(text + 3, "0123456789") == 2 && sscanf(text, "%2u:%2u", &hour, &minute) == 2 &&
        hour * MINUTES_AN_HOUR < MINUTES_A_DAY && minute < MINUTES_AN_HOUR)
        return (uint16_t)(hour * MINUTES_AN_HOUR + minute);
    report_error(&l->report, &member, NULL, "a time of day such as \"08:00\"");
    return MINUTE_NONE;
}

static int64_t load_instant(struct loader *l, const struct place *at, const char *key,
                            const char *text)
{
    const struct place member = read_member(at, key);
    struct civil c = {0};
    int64_t ms = 0;
    int used = 0;
    if (text && strlen(text) == 16 &&
        sscanf(text, "%4d-%2d-%2dT%2d:%2d%n", &c.year, &c.month, &c.day, &c.hour, &c.minute,
               &used) == 5 &&
        used == 16 && civil_to_ms(&c, l->server.zone_offset_min, &ms) == 0)
        return ms;
    if (text)
        report_error(&l->report, &member, NULL, "a time such as \"2026-10-01T08:00\"");
    return 0;
}

static const uint32_t *load_crew(struct loader *l, const struct place *at, const cJSON *list,
                                 uint32_t *out_count)
{
    const struct place crew = {at->source, at, list};
    size_t room = list ? (size_t)cJSON_GetArraySize(list) : 0;
    uint32_t *people = arena_alloc(l->arena, (room + 1) * sizeof *people);
    const cJSON *item;
    *out_count = 0;
    cJSON_ArrayForEach(item, list)
    {
        const struct place one = {at->source, &crew, item};
        uint32_t i = load_resolve(l, &one, &l->people, sizeof(struct plant_person),
                                  item->valuestring, "a person");
        if (i != PLANT_NONE)
            people[(*out_count)++] = i;
    }
    return people;
}

static struct rota_shift load_shift(struct loader *l, const struct place *at)
{
    struct shift_draft draft = {.days = NULL};
    struct rota_shift s = {0};
    read_defaults(&l->reader, IN_SHIFT, &draft);
    read_object(&l->reader, at, IN_SHIFT, &draft);
    s.days = load_days(l, at, draft.days);
    s.from_min = load_time(l, at, "from", draft.from);
    s.to_min = load_time(l, at, "to", draft.to);
    s.people = load_crew(l, at, draft.people, &s.people_count);
    return s;
}

static struct rota_exception load_exception(struct loader *l, const struct place *at)
{
    struct exception_draft draft = {.from = NULL};
    struct rota_exception e = {0};
    read_defaults(&l->reader, IN_EXCEPTION, &draft);
    read_object(&l->reader, at, IN_EXCEPTION, &draft);
    e.from_ms = load_instant(l, at, "from", draft.from);
    e.to_ms = load_instant(l, at, "to", draft.to);
    e.people = load_crew(l, at, draft.people, &e.people_count);
    if (e.from_ms && e.to_ms && e.to_ms <= e.from_ms)
        report_error(&l->report, at, "an end that is not behind the begin", "a later \"to\"");
    return e;
}

void load_rota(struct loader *l, const struct place *at)
{
    struct rota_draft draft = {.rota = {.id = ""}};
    read_defaults(&l->reader, IN_ROTA, &draft);
    read_object(&l->reader, at, IN_ROTA, &draft);
    struct plant_rota *r = &draft.rota;
    const struct place shifts = {at->source, at, draft.shifts};
    const struct place exceptions = {at->source, at, draft.exceptions};
    int room = draft.shifts ? cJSON_GetArraySize(draft.shifts) : 0;
    struct rota_shift *own = arena_alloc(l->arena, (size_t)(room + 1) * sizeof *own);
    const cJSON *node;
    cJSON_ArrayForEach(node, draft.shifts) own[r->shift_count++] =
        load_shift(l, &(struct place){at->source, &shifts, node});
    room = draft.exceptions ? cJSON_GetArraySize(draft.exceptions) : 0;
    struct rota_exception *others = arena_alloc(l->arena, (size_t)(room + 1) * sizeof *others);
    cJSON_ArrayForEach(node, draft.exceptions) others[r->exception_count++] =
        load_exception(l, &(struct place){at->source, &exceptions, node});
    r->shifts = own;
    r->exceptions = others;
    if (*r->id) {
        load_check_unique(l, at, &l->rotas, sizeof *r, r->id);
        load_check_unique(l, at, &l->people, sizeof(struct plant_person), r->id);
    }
    vec_add(&l->rotas, r, sizeof *r);
}

/* A person or a rota. */
static const struct route_to *load_to(struct loader *l, const struct place *at, const cJSON *list,
                                      uint32_t *out_count)
{
    const struct place all = {at->source, at, list};
    size_t room = list ? (size_t)cJSON_GetArraySize(list) : 0;
    struct route_to *to = arena_alloc(l->arena, (room + 1) * sizeof *to);
    const cJSON *item;
    *out_count = 0;
    cJSON_ArrayForEach(item, list)
    {
        const struct place one = {at->source, &all, item};
        uint32_t i = load_find(&l->rotas, sizeof(struct plant_rota), item->valuestring);
        bool is_rota = i != PLANT_NONE;
        if (!is_rota)
            i = load_resolve(l, &one, &l->people, sizeof(struct plant_person), item->valuestring,
                             "a person or a rota");
        if (i != PLANT_NONE)
            to[(*out_count)++] = (struct route_to){is_rota, i};
    }
    return to;
}

static const char *const *load_words(struct loader *l, const cJSON *list)
{
    size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0;
    const char **words = arena_alloc(l->arena, (count + 1) * sizeof *words);
    const cJSON *item;
    size_t n = 0;
    cJSON_ArrayForEach(item, list) words[n++] = arena_strdup(l->arena, item->valuestring);
    return words;
}

static uint8_t load_priorities(struct loader *l, const struct place *at, const cJSON *list)
{
    const struct place all = {at->source, at, list};
    unsigned mask = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct place one = {at->source, &all, item};
        const char *text = item->valuestring;
        if (text[0] == 'P' && text[1] >= '1' && text[1] <= '3' && text[2] == '\0')
            mask |= 1U << (text[1] - '0');
        else
            report_error(&l->report, &one, NULL, "\"P1\", \"P2\" or \"P3\"");
    }
    return (uint8_t)(list ? mask : 1U << 1 | 1U << 2 | 1U << 3);
}

static void check_sites(struct loader *l, const struct place *at, const cJSON *list)
{
    const struct place all = {at->source, at, list};
    const cJSON *item;
    cJSON_ArrayForEach(item, list)(void)
        load_resolve(l, &(struct place){at->source, &all, item}, &l->sites,
                     sizeof(struct plant_site), item->valuestring, "a site");
}

/* Whoever is told must have what the gateways need. */
static void check_reach(struct loader *l, const struct place *at, const struct plant_route *r)
{
    const struct plant_person *people = l->people.items;
    for (uint32_t i = 0; i < r->to_count; i++) {
        if (r->to[i].is_rota)
            continue;
        const struct plant_person *p = &people[r->to[i].index];
        if (r->by == BY_PHONE && !*p->phone)
            report_error(&l->report, at, "a person without \"phone\"", "one for \"%s\"", p->id);
        if (r->by == BY_EMAIL && !*p->email)
            report_error(&l->report, at, "a person without \"email\"", "one for \"%s\"", p->id);
    }
}

static void load_times(struct loader *l, const struct place *at, const struct route_draft *d,
                       struct plant_route *r)
{
    r->from_min = load_time(l, at, "from", d->from);
    r->to_min = load_time(l, at, "until", d->until);
    r->quiet_from_min = load_time(l, at, "quiet_from", d->quiet_from);
    r->quiet_to_min = load_time(l, at, "quiet_to", d->quiet_to);
    r->digest_min = load_time(l, at, "digest_at", d->digest_at);
    r->heartbeat_min = load_time(l, at, "heartbeat_at", d->heartbeat_at);
    if (!d->from != !d->until)
        report_error(&l->report, at, NULL, "both \"from\" and \"until\", or neither");
    if (!d->quiet_from != !d->quiet_to)
        report_error(&l->report, at, NULL, "both \"quiet_from\" and \"quiet_to\", or neither");
}

void load_route(struct loader *l, const struct place *at)
{
    struct route_draft draft = {.route = {.id = ""}};
    read_defaults(&l->reader, IN_ROUTE, &draft);
    read_object(&l->reader, at, IN_ROUTE, &draft);
    struct plant_route *r = &draft.route;
    r->by = (enum route_by)draft.by;
    r->priorities = load_priorities(l, at, draft.priorities);
    r->kinds = load_words(l, draft.kinds);
    r->sites = load_words(l, draft.sites);
    check_sites(l, at, draft.sites);
    r->days = load_days(l, at, draft.days);
    r->to = load_to(l, at, draft.to, &r->to_count);
    r->escalate_to = load_to(l, at, draft.escalate_to, &r->escalate_to_count);
    load_times(l, at, &draft, r);
    const char *const *via = load_words(l, draft.via);
    for (size_t i = 0; via[i] && i < ALARM_GATEWAYS_MAX; i++)
        r->via[i] = via[i];
    check_reach(l, at, r);
    if (*r->id)
        load_check_unique(l, at, &l->routes, sizeof *r, r->id);
    vec_add(&l->routes, r, sizeof *r);
}
