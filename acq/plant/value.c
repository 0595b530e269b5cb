#include "acq/plant/value.h"

#include "acq/core/civil.h"
#include "acq/plant/arena.h"
#include "acq/plant/draft.h"

#include <math.h>
#include <string.h>

static bool in_range(const struct option *o, double value)
{
    return isfinite(value) && value >= o->min && value <= o->max;
}

static bool store_int(const struct option *o, double value, void *out)
{
    uint32_t wide = (uint32_t)value;
    uint16_t half = (uint16_t)wide;
    uint8_t byte = (uint8_t)wide;
    switch (o->size) {
    case sizeof byte:
        memcpy(out, &byte, sizeof byte);
        return true;
    case sizeof half:
        memcpy(out, &half, sizeof half);
        return true;
    default:
        pw_require(o->size == sizeof wide);
        memcpy(out, &wide, sizeof wide);
        return true;
    }
}

static bool read_number(const struct option *o, const cJSON *node, void *out)
{
    if (!cJSON_IsNumber(node) || !in_range(o, node->valuedouble))
        return false;
    double value = node->valuedouble;
    if (o->kind == KIND_INT)
        return value == floor(value) && store_int(o, value, out);
    if (o->kind == KIND_NONZERO && value == 0)
        return false;
    memcpy(out, &value, sizeof value);
    return true;
}

static bool read_pair(const struct option *o, const cJSON *node, void *out)
{
    const cJSON *low = cJSON_IsArray(node) ? node->child : NULL;
    const cJSON *high = low ? low->next : NULL;
    if (!high || high->next || !cJSON_IsNumber(low) || !cJSON_IsNumber(high))
        return false;
    const double pair[2] = {low->valuedouble, high->valuedouble};
    bool apart = o->kind == KIND_SPAN ? pair[0] != pair[1] : pair[0] < pair[1];
    if (!in_range(o, pair[0]) || !in_range(o, pair[1]) || !apart)
        return false;
    memcpy(out, pair, sizeof pair);
    return true;
}

static bool read_numbers(const struct option *o, const cJSON *node, void *out)
{
    struct option_numbers list = {0};
    const cJSON *item;
    if (!cJSON_IsArray(node))
        return false;
    cJSON_ArrayForEach(item, node)
    {
        if (list.count == OPTION_NUMBERS_MAX || !cJSON_IsNumber(item) ||
            !in_range(o, item->valuedouble))
            return false;
        list.values[list.count++] = item->valuedouble;
    }
    memcpy(out, &list, sizeof list);
    return true;
}

static bool read_bool(const cJSON *node, void *out)
{
    bool value = cJSON_IsTrue(node);
    if (!cJSON_IsBool(node))
        return false;
    memcpy(out, &value, sizeof value);
    return true;
}

static bool read_word(const struct option *o, const cJSON *node, void *out)
{
    const char *text = cJSON_GetStringValue(node);
    for (const struct option_word *w = o->words; text && w->text; w++) {
        if (strcmp(w->text, text) != 0)
            continue;
        pw_require(o->size == sizeof w->value);
        memcpy(out, &w->value, sizeof w->value);
        return true;
    }
    return false;
}

static bool is_plain_text(const struct option *o, const char *text)
{
    size_t len = strlen(text);
    if ((double)len < o->min || (double)len > o->max)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return true;
}

/* Letters of host names and of both kinds of address. */
static bool is_host(const char *text, size_t len, bool bracketed)
{
    if (len == 0 || len >= VALUE_HOST_SIZE)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !strchr(bracketed ? ":.%" : "-._", c))
            return false;
    }
    return true;
}

static bool parse_port(const char *text, uint16_t *out)
{
    size_t digits = strspn(text, "0123456789");
    uint32_t value = 0;
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        value = 10 * value + (uint32_t)(text[i] - '0');
    if (value > UINT16_MAX)
        return false;
    *out = (uint16_t)value;
    return true;
}

bool value_split_endpoint(const char *text, char host[VALUE_HOST_SIZE], uint16_t *out_port)
{
    bool bracketed = text[0] == '[';
    const char *colon = bracketed ? strstr(text, "]:") : strchr(text, ':');
    const char *start = bracketed ? text + 1 : text;
    if (!colon || !is_host(start, (size_t)(colon - start), bracketed) ||
        !parse_port(colon + (bracketed ? 2 : 1), out_port))
        return false;
    memcpy(host, start, (size_t)(colon - start));
    host[colon - start] = '\0';
    return true;
}

static bool is_endpoint(const struct option *o, const char *text)
{
    char host[VALUE_HOST_SIZE];
    uint16_t port;
    return value_split_endpoint(text, host, &port) && port >= o->min && port <= o->max;
}

static bool is_url(const char *text)
{
    size_t scheme = strncmp(text, "http://", 7) == 0    ? 7
                    : strncmp(text, "https://", 8) == 0 ? 8
                                                        : 0;
    if (scheme == 0 || strlen(text) > 1000 || strpbrk(text, "@?#\"\\<>^`{|}"))
        return false;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
            return false;
    const char *authority = text + scheme;
    size_t len = strcspn(authority, "/");
    char copy[VALUE_HOST_SIZE + 8];
    if (len == 0 || len >= VALUE_HOST_SIZE)
        return false;
    memcpy(copy, authority, len);
    copy[len] = '\0';
    char host[VALUE_HOST_SIZE];
    uint16_t port = 80;
    if (copy[0] == '[' && copy[len - 1] == ']')
        return is_host(copy + 1, len - 2, true);
    return is_host(copy, len, false) || (value_split_endpoint(copy, host, &port) && port > 0);
}

static bool is_zone(const char *text)
{
    int offset_min;
    return civil_zone_parse(text, &offset_min) == 0;
}

static bool accepts_text(const struct option *o, const char *text)
{
    switch (o->kind) {
    case KIND_TEXT:
    case KIND_PATH:
        return is_plain_text(o, text);
    case KIND_ID:
        return id_is_valid(text);
    case KIND_NAME:
        return name_is_valid(text);
    case KIND_ENDPOINT:
        return is_endpoint(o, text);
    case KIND_URL:
        return is_url(text);
    case KIND_ZONE:
        return is_zone(text);
    default:
        return true; /* references are looked up by the loader */
    }
}

static bool read_text(struct arena *arena, const struct option *o, const cJSON *node, void *out)
{
    if (!cJSON_IsString(node) || !accepts_text(o, node->valuestring))
        return false;
    const char *copy = arena_strdup(arena, node->valuestring);
    memcpy(out, &copy, sizeof copy);
    return true;
}

/* "40101": the first digit is the table, the others count from 1. */
static bool parse_manual_address(const char *text, struct address_draft *out)
{
    static const char tables[] = "0134";
    size_t len = strlen(text);
    const char *table = memchr(tables, text[0], sizeof tables - 1);
    if ((len != 5 && len != 6) || strspn(text, "0123456789") != len || !table)
        return false;
    uint32_t number = 0;
    for (size_t i = 1; i < len; i++)
        number = 10 * number + (uint32_t)(text[i] - '0');
    if (number < 1 || number > 65536)
        return false;
    static const enum modbus_table meaning[] = {TABLE_COIL, TABLE_DISCRETE, TABLE_INPUT,
                                                TABLE_HOLDING};
    *out = (struct address_draft){.number = number - 1, .table = (int)meaning[table - tables]};
    return true;
}

static bool read_address(const struct option *o, const cJSON *node, void *out)
{
    struct address_draft address = {.table = -1};
    if (cJSON_IsString(node)) {
        if (!parse_manual_address(node->valuestring, &address))
            return false;
    } else {
        double value = node->valuedouble;
        if (!cJSON_IsNumber(node) || !in_range(o, value) || value != floor(value))
            return false;
        address.number = (uint32_t)value;
    }
    memcpy(out, &address, sizeof address);
    return true;
}

static bool read_node(const struct option *o, const cJSON *node, void *out)
{
    bool object = o->kind == KIND_OBJECT || o->kind == KIND_MAP;
    if (!(object ? cJSON_IsObject(node) : cJSON_IsArray(node)))
        return false;
    if (o->kind != KIND_OBJECT && cJSON_GetArraySize(node) > o->max)
        return false;
    const cJSON *item;
    if (o->kind == KIND_TEXT_LIST)
        cJSON_ArrayForEach(item,
                           node) if (!cJSON_IsString(item) || !item->valuestring[0]) return false;
    const cJSON **borrowed = out;
    *borrowed = node;
    return true;
}

static bool is_signal_list(const cJSON *node)
{
    const cJSON *item;
    if (!cJSON_IsArray(node))
        return false;
    cJSON_ArrayForEach(item, node) if (!cJSON_IsString(item)) return false;
    return true;
}

/* References are looked up by the loader. */
static bool read_signal_map(const struct option *o, const cJSON *node, void *out)
{
    const cJSON *item;
    if (!cJSON_IsObject(node) || cJSON_GetArraySize(node) > o->max)
        return false;
    cJSON_ArrayForEach(item, node)
    {
        bool is_input = cJSON_IsObject(item) || is_signal_list(item);
        if (!cJSON_IsString(item) && !(o->kind == KIND_INPUT_MAP && is_input))
            return false;
    }
    const cJSON **borrowed = out;
    *borrowed = node;
    return true;
}

static bool read_number_map(const struct option *o, const cJSON *node, void *out)
{
    const cJSON *item;
    if (!cJSON_IsObject(node))
        return false;
    cJSON_ArrayForEach(item, node)
    {
        if (!cJSON_IsNumber(item) || !in_range(o, item->valuedouble))
            return false;
    }
    const cJSON **borrowed = out;
    *borrowed = node;
    return true;
}

bool value_read(struct arena *arena, const struct option *o, const cJSON *node, void *out)
{
    switch (o->kind) {
    case KIND_INT:
    case KIND_NUMBER:
    case KIND_NONZERO:
        return read_number(o, node, out);
    case KIND_PAIR:
    case KIND_SPAN:
        return read_pair(o, node, out);
    case KIND_NUMBERS:
        return read_numbers(o, node, out);
    case KIND_BOOL:
        return read_bool(node, out);
    case KIND_WORD:
        return read_word(o, node, out);
    case KIND_ADDRESS:
        return read_address(o, node, out);
    case KIND_OBJECT:
    case KIND_LIST:
    case KIND_MAP:
    case KIND_TEXT_LIST:
        return read_node(o, node, out);
    case KIND_NUMBER_MAP:
        return read_number_map(o, node, out);
    case KIND_SIGNAL_MAP:
    case KIND_INPUT_MAP:
        return read_signal_map(o, node, out);
    default:
        return read_text(arena, o, node, out);
    }
}
