#include "acq/plant/loader.h"
#include "protocols/hj212/crypt.h"
#include "protocols/hj212/factor.h"
#include "protocols/hj212/text.h"

#include <stdio.h>
#include <string.h>

/* What is usual for a device that is asked, and for one that reports. */
enum { EVERY_MODBUS_MS = 1000, EVERY_MS = 60000 };

static const char *const modbus_keys[] = {"unit",          "timeout_ms",    "retries",  "max_gap",
                                          "max_registers", "backoff_max_s", "phase_ms", "id_policy",
                                          "forbidden",     "write_gap_ms"};
static const char *const station_keys[] = {"mn",
                                           "password_file",
                                           "edition",
                                           "crc",
                                           "st",
                                           "ack_max_s",
                                           "set_clock",
                                           "ask",
                                           "max_factors",
                                           "sm4_key_file",
                                           "cipher",
                                           "cipher_form",
                                           "cipher_new_key",
                                           "key_grace_min"};
static const char *const register_keys[] = {
    "table", "address", "type",   "order",       "bit",     "length",   "ne43",
    "map",   "sqrt",    "invert", "debounce_ms", "counter", "writable", "no_value"};

static void refuse_keys(struct loader *l, const struct place *at, const char *const *keys,
                        size_t count, const char *protocol)
{
    for (size_t i = 0; i < count; i++) {
        if (!cJSON_GetObjectItemCaseSensitive(at->node, keys[i]))
            continue;
        const struct place member = read_member(at, keys[i]);
        report_error(&l->report, &member, NULL, "it only with \"protocol\" \"%s\"", protocol);
    }
}

static bool is_mn(const char *text)
{
    for (; *text; text++) {
        char c = hj212_fold(*text);
        if (!hj212_is_digit(c) && (c < 'a' || c > 'z') && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool is_taken(const struct loader *l, const char *mn)
{
    const struct plant_device *all = l->devices.items;
    for (uint32_t i = 0; i < l->devices.count; i++)
        if (all[i].protocol == PROTOCOL_HJ212 && all[i].station.mn &&
            strcmp(all[i].station.mn, mn) == 0)
            return true;
    return false;
}

static void check_mn(struct loader *l, const struct place *at, const char *mn)
{
    const struct place member = read_member(at, "mn");
    if (!mn)
        report_error(&l->report, at, "no \"mn\"", "the station's MN");
    else if (!is_mn(mn))
        report_error(&l->report, &member, NULL, "1 to 40 letters, digits, '-' and '_'");
    else if (is_taken(l, mn))
        report_error(&l->report, &member, "the MN of another device", "each MN once");
}

struct series_code {
    const char *code;
    enum station_series series;
};
static const struct series_code series_codes[] = {{"2011", SERIES_REALTIME},
                                                  {"2051", SERIES_MINUTE},
                                                  {"2061", SERIES_HOUR},
                                                  {"2031", SERIES_DAY},
                                                  {"2041", SERIES_RUN_TIME}};

static unsigned series_of(struct loader *l, const struct place *at, unsigned allowed)
{
    const char *text = cJSON_GetStringValue(at->node);
    for (size_t i = 0; i < sizeof series_codes / sizeof *series_codes; i++)
        if (strcmp(series_codes[i].code, text) == 0 && (allowed >> series_codes[i].series & 1))
            return 1u << series_codes[i].series;
    report_error(&l->report, at, NULL, "%s\"2051\", \"2061\", \"2031\" or \"2041\"",
                 allowed & 1u << SERIES_REALTIME ? "\"2011\", " : "");
    return 0;
}

/* NULL: *out stays. */
static void load_series(struct loader *l, const struct place *ask, const cJSON *list,
                        unsigned allowed, unsigned *out)
{
    const struct place at = {ask->source, ask, list};
    const cJSON *node;
    if (!list)
        return;
    *out = 0;
    cJSON_ArrayForEach(node, list)
    {
        const struct place one = {at.source, &at, node};
        *out |= series_of(l, &one, allowed);
    }
}

static void check_interval(struct loader *l, const struct place *ask, uint32_t minutes)
{
    static const uint8_t good[] = {1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30};
    const struct place at = read_member(ask, "minute_interval_min");
    for (size_t i = 0; i < sizeof good; i++)
        if (good[i] == minutes)
            return;
    report_error(&l->report, &at, NULL, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30");
}

void load_asking(struct loader *l, const struct place *at, const cJSON *node,
                 struct plant_asking *out)
{
    enum { PERIODS = 1 << SERIES_MINUTE | 1 << SERIES_HOUR | 1 << SERIES_DAY };
    const struct place ask = {at->source, at, node};
    struct asking_draft draft = {.asking = *out};
    if (!out->given) {
        read_defaults(&l->reader, IN_ASK, &draft);
        draft.asking.given = true;
        draft.asking.fill = PERIODS;
    }
    if (node && read_object(&l->reader, &ask, IN_ASK, &draft)) {
        load_series(l, &ask, draft.poll, PERIODS | 1u << SERIES_REALTIME | 1u << SERIES_RUN_TIME,
                    &draft.asking.poll);
        load_series(l, &ask, draft.fill, PERIODS | 1u << SERIES_RUN_TIME, &draft.asking.fill);
        check_interval(l, &ask, draft.asking.minute_interval_min);
    }
    *out = draft.asking;
}

/* The key itself is not shown. */
static void load_sm4_key(struct loader *l, const struct place *at, struct plant_station *s)
{
    uint8_t key[SM4_KEY_SIZE];
    s->sm4_key = load_secret(l, at, "sm4_key_file", &s->sm4_key_file);
    if (!s->sm4_key[0] || hj212_key_parse(hj212_text_of(s->sm4_key), key) == 0)
        return;
    const struct place member = read_member(at, "sm4_key_file");
    report_error(&l->report, &member, "a file with another line",
                 "one line of 16 characters or 32 hexadecimal digits");
}

void load_station(struct loader *l, const struct place *at, struct plant_device *d)
{
    if (d->protocol == PROTOCOL_MODBUS) {
        refuse_keys(l, at, station_keys, sizeof station_keys / sizeof *station_keys, "hj212");
        return;
    }
    struct plant_station *s = &d->station;
    refuse_keys(l, at, modbus_keys, sizeof modbus_keys / sizeof *modbus_keys, "modbus");
    check_mn(l, at, s->mn);
    if (d->every_ms == EVERY_MODBUS_MS && !cJSON_GetObjectItemCaseSensitive(at->node, "every_ms"))
        d->every_ms = EVERY_MS;
    if (!s->password_file[0])
        report_warning(&l->report, at, "no \"password_file\"",
                       "one: without it whoever knows the MN can report as this station");
    s->password = load_secret(l, at, "password_file", &s->password_file);
    load_sm4_key(l, at, s);
}

static bool check_id(struct loader *l, const struct place *at, const char *id)
{
    if (signal_id_is_valid(id))
        return true;
    char found[REPORT_VALUE_SIZE];
    report_quote(id, found);
    report_error(&l->report, at, found,
                 "a signal id: 1 to 64 letters, digits, '_' and '-', not beginning with '_', not "
                 "\"time\" or \"at\", not ending in _why, _text or _raw");
    return false;
}

static void check_factor(struct loader *l, const struct place *at, int edition, const char *code)
{
    struct hj212_text text = hj212_text_of(code);
    if (hj212_factor_find((enum hj212_edition)edition, text) ||
        hj212_factor_find(HJ212_EDITION_AUTO, text))
        return;
    const struct place member = read_member(at, "factor");
    char found[REPORT_VALUE_SIZE];
    report_quote(code, found);
    report_warning(&l->report, &member, found, "a factor code that an edition of HJ 212 has");
}

void load_factor(struct loader *l, const struct place *at, const struct device_draft *device,
                 struct signal_draft *draft)
{
    struct plant_signal *s = &draft->signal;
    s->id = arena_strdup(l->arena, at->node->string);
    bool good = check_id(l, at, s->id);
    if (!read_object(&l->reader, at, IN_SIGNAL, draft) || !good)
        return;
    refuse_keys(l, at, register_keys, sizeof register_keys / sizeof *register_keys, "modbus");
    s->factor = s->factor ? s->factor : s->id;
    check_factor(l, at, device->device.station.edition, s->factor);
    s->register_count = 1;
    s->bit = -1;
    s->has_range = draft->range[0] < draft->range[1];
    s->range_min = s->has_range ? draft->range[0] : 0;
    s->range_max = s->has_range ? draft->range[1] : 0;
}
