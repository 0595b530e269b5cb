#include "acq/plant/loader.h"
#include "acq/plant/value.h"

#include <stdio.h>
#include <strings.h>

enum { PACKET_MAX = 128, BAUD_DEFAULT = 9600 };

enum { ON_TCP = 1 << MEDIUM_TCP, ON_SERIAL = 1 << MEDIUM_SERIAL, ON_LISTEN = 1 << MEDIUM_LISTEN };

enum {
    AS_TCP = 1 << FRAMING_TCP,
    AS_RTU = 1 << FRAMING_RTU,
    AS_HJ212 = 1 << FRAMING_HJ212,
    AS_MODBUS = AS_TCP | AS_RTU,
    AS_LINE = AS_RTU | AS_HJ212, /* has a serial line behind it, or may */
    AS_ANY = AS_MODBUS | AS_HJ212
};
enum { ON_ANY = ON_TCP | ON_SERIAL | ON_LISTEN };

/* Settings that mean something on some media, or with some framing, only. */
static const struct {
    const char *key;
    unsigned media;
    unsigned framings;
} homes[] = {
    {"connect_timeout_ms", ON_TCP, AS_ANY},
    {"gap_ms", ON_ANY, AS_MODBUS},
    {"window", ON_ANY, AS_MODBUS},
    {"baud", ON_ANY, AS_LINE},
    {"data_bits", ON_ANY, AS_LINE},
    {"parity", ON_ANY, AS_LINE},
    {"stop_bits", ON_ANY, AS_LINE},
    {"rs485", ON_SERIAL, AS_LINE},
    {"echo", ON_ANY, AS_RTU},
    {"latency_ms", ON_ANY, AS_RTU},
    {"registration", ON_LISTEN, AS_MODBUS},
    {"heartbeat", ON_LISTEN, AS_MODBUS},
    {"pending_max", ON_LISTEN, AS_ANY},
    {"registration_timeout_ms", ON_LISTEN, AS_ANY},
    {"connections_max", ON_LISTEN, AS_HJ212},
    {"silence_s", ON_ANY, AS_HJ212},
    {"frame_timeout_ms", ON_ANY, AS_HJ212},
    {"segment_max", ON_ANY, AS_HJ212},
    {"garbage_max", ON_ANY, AS_HJ212},
    {"max_unknown_stations", ON_ANY, AS_HJ212},
};

static const char *const medium_keys[] = {
    [MEDIUM_TCP] = "tcp", [MEDIUM_SERIAL] = "serial", [MEDIUM_LISTEN] = "listen"};

static void report_taken(struct loader *l, const struct place *at, const struct plant_link *link,
                         const struct plant_link *other, const char *expected)
{
    const struct place member = read_member(at, medium_keys[link->medium]);
    char found[REPORT_VALUE_SIZE];
    char text[REPORT_VALUE_SIZE + 64];
    report_quote(member.node->valuestring, found);
    snprintf(text, sizeof text, "%s, the %s of link \"%.64s\"", found,
             link->medium == MEDIUM_SERIAL ? "port" : "endpoint", other->id ? other->id : "");
    report_error(&l->report, &member, text, "%s", expected);
}

static bool same_place(const struct plant_link *a, const struct plant_link *b)
{
    if (a->medium != b->medium)
        return false;
    if (a->medium == MEDIUM_SERIAL)
        return strcmp(a->serial, b->serial) == 0;
    return a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

static bool begins_with(const struct plant_link *a, const struct plant_link *b)
{
    return a->registration_len >= b->registration_len &&
           (b->registration_len == 0 ||
            memcmp(a->registration, b->registration, b->registration_len) == 0);
}

/* false: reported. */
static bool check_registration(struct loader *l, const struct place *at,
                               const struct plant_link *link, const struct plant_link *other)
{
    if (link->framing == other->framing && !begins_with(link, other) && !begins_with(other, link))
        return true;
    const struct place member = read_member(at, "registration");
    char found[REPORT_VALUE_SIZE + 32];
    snprintf(found, sizeof found, "the endpoint of link \"%.64s\"", other->id ? other->id : "");
    report_error(&l->report, link->registration_len ? &member : at, found,
                 "the same \"framing\", and a \"registration\" in each of which none begins with "
                 "the other");
    return false;
}

static bool check_against(struct loader *l, const struct place *at, const struct plant_link *link,
                          const struct plant_link *other)
{
    if (!same_place(other, link))
        return true;
    if (link->medium == MEDIUM_LISTEN)
        return check_registration(l, at, link, other);
    report_taken(l, at, link, other,
                 link->medium == MEDIUM_SERIAL ? "one link for one port"
                                               : "one link for one endpoint");
    return false;
}

/* Whether another link has the place already; said once. */
static void check_place(struct loader *l, const struct place *at, const struct plant_link *link)
{
    const struct plant_link *all = l->links.items;
    for (uint32_t i = 0; i < l->links.count && check_against(l, at, link, &all[i]); i++)
        continue;
}

/* What is listened at is not looked up. IPv6 was checked for its letters. */
static bool is_address(const char *host)
{
    size_t dots = 0;
    if (strchr(host, ':'))
        return true;
    for (const char *c = host; *c; c++) {
        dots += *c == '.';
        if (!strchr("0123456789.", *c))
            return false;
    }
    return dots == 3;
}

static void set_endpoint(struct loader *l, const struct place *at, struct plant_link *link,
                         const char *endpoint)
{
    char host[VALUE_HOST_SIZE];
    pw_require(value_split_endpoint(endpoint, host, &link->port));
    link->host = arena_strdup(l->arena, host);
    if (link->medium != MEDIUM_LISTEN || is_address(host))
        return;
    const struct place member = read_member(at, "listen");
    report_error(&l->report, &member, NULL, "an address and a port, such as \"0.0.0.0:4001\"");
}

/* false: reported, or a value that was reported when it was read. */
static bool set_medium(struct loader *l, const struct place *at, struct link_draft *draft)
{
    struct plant_link *link = &draft->link;
    unsigned given = 0;
    for (int i = 0; i <= MEDIUM_LISTEN; i++) {
        if (!cJSON_GetObjectItemCaseSensitive(at->node, medium_keys[i]))
            continue;
        given++;
        link->medium = (enum link_medium)i;
    }
    if (given != 1) {
        if (cJSON_IsObject(at->node))
            report_error(&l->report, at, given ? "more than one of them" : "none of them",
                         "one of \"tcp\", \"serial\" and \"listen\"");
        return false;
    }
    const char *endpoint = link->medium == MEDIUM_LISTEN ? draft->listen : draft->tcp;
    if (link->medium == MEDIUM_SERIAL)
        return link->serial != NULL;
    if (endpoint)
        set_endpoint(l, at, link, endpoint);
    return endpoint != NULL;
}

static void set_framing(struct loader *l, const struct place *at, struct link_draft *draft)
{
    struct plant_link *link = &draft->link;
    bool serial = link->medium == MEDIUM_SERIAL;
    link->framing = draft->framing >= 0 ? (enum link_framing)draft->framing
                    : serial            ? FRAMING_RTU
                                        : FRAMING_TCP;
    link->parity = (enum link_parity)draft->parity;
    const struct place member = read_member(at, "framing");
    if (serial && link->framing == FRAMING_TCP)
        report_error(&l->report, &member, "\"tcp\" on a serial line", "\"rtu\" or \"hj212\"");
    if (serial && link->baud == 0)
        link->baud = BAUD_DEFAULT;
}

static void report_home(struct loader *l, const struct place *member, unsigned media,
                        unsigned framings)
{
    if (media)
        report_error(&l->report, member, NULL, "it only beside %s",
                     media == ON_TCP      ? "\"tcp\""
                     : media == ON_SERIAL ? "\"serial\""
                                          : "\"listen\"");
    else
        report_error(&l->report, member, NULL, "it only with \"framing\" %s",
                     framings == AS_RTU     ? "\"rtu\""
                     : framings == AS_LINE  ? "\"rtu\" or, on a serial line, \"hj212\""
                     : framings == AS_HJ212 ? "\"hj212\""
                                            : "\"tcp\" or \"rtu\"");
}

static void check_homes(struct loader *l, const struct place *at, const struct plant_link *link)
{
    for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
        if (!cJSON_GetObjectItemCaseSensitive(at->node, homes[i].key))
            continue;
        bool here = homes[i].media & 1u << link->medium;
        bool line = homes[i].framings != AS_LINE || link->framing != FRAMING_HJ212 ||
                    link->medium == MEDIUM_SERIAL;
        if (here && line && homes[i].framings & 1u << link->framing)
            continue;
        const struct place member = read_member(at, homes[i].key);
        report_home(l, &member, here ? 0 : homes[i].media, homes[i].framings);
    }
}

/* The rates that termios knows, up to where RTU is in use. */
static void check_baud(struct loader *l, const struct place *at, const struct plant_link *link)
{
    static const uint32_t known[] = {0,       110,     300,     600,     1200,    2400,    4800,
                                     9600,    19200,   38400,   57600,   115200,  230400,  460800,
                                     500000,  576000,  921600,  1000000, 1152000, 1500000, 2000000,
                                     2500000, 3000000, 3500000, 4000000};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i] == link->baud)
            return;
    const struct place member = read_member(at, "baud");
    char found[32];
    snprintf(found, sizeof found, "%u", link->baud);
    report_error(&l->report, &member, found, "a usual rate, such as 9600, 19200 or 115200");
}

/* Nothing in an RTU frame tells which request it answers. */
static void check_window(struct loader *l, const struct place *at, const struct plant_link *link)
{
    if (link->framing != FRAMING_RTU || link->window == 1)
        return;
    const struct place member = read_member(at, "window");
    report_error(&l->report, &member, NULL, "1 with \"framing\" \"rtu\"");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_hex(const char *text, uint8_t out[PACKET_MAX], size_t *out_len)
{
    size_t len = 0;
    for (; text[0]; text += 2) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || len == PACKET_MAX)
            return false;
        out[len++] = (uint8_t)(high << 4 | low);
    }
    *out_len = len;
    return len > 0;
}

/* A text, or "hex:" and pairs of digits. */
static void set_packet(struct loader *l, const struct place *at, const char *key, const char *text,
                       const uint8_t **out, size_t *out_len)
{
    static const char mark[] = "hex:";
    uint8_t bytes[PACKET_MAX];
    size_t len = text ? strlen(text) : 0;
    if (len == 0)
        return;
    bool hex = strncmp(text, mark, sizeof mark - 1) == 0;
    bool good = hex ? parse_hex(text + sizeof mark - 1, bytes, &len) : len <= PACKET_MAX;
    if (!good) {
        const struct place member = read_member(at, key);
        report_error(&l->report, &member, NULL,
                     "1 to %d bytes as a text, or \"hex:\" and pairs of hexadecimal digits",
                     PACKET_MAX);
        return;
    }
    uint8_t *copy = arena_alloc(l->arena, len);
    memcpy(copy, hex ? (const void *)bytes : (const void *)text, len);
    *out = copy;
    *out_len = len;
}

void load_link(struct loader *l, const struct place *at)
{
    struct link_draft draft = {.framing = -1};
    struct plant_link *link = &draft.link;
    read_defaults(&l->reader, IN_LINK, &draft);
    read_object(&l->reader, at, IN_LINK, &draft);
    load_check_unique(l, at, &l->links, sizeof *link, link->id);
    bool placed = set_medium(l, at, &draft);
    set_packet(l, at, "registration", draft.registration, &link->registration,
               &link->registration_len);
    set_packet(l, at, "heartbeat", draft.heartbeat, &link->heartbeat, &link->heartbeat_len);
    link->host = link->host ? link->host : "";
    link->serial = link->serial ? link->serial : "";
    if (placed) {
        set_framing(l, at, &draft);
        check_homes(l, at, link);
        check_baud(l, at, link);
        check_window(l, at, link);
        check_place(l, at, link);
    }
    vec_add(&l->links, link, sizeof *link);
}
