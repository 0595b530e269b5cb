/* A platform that we report to: its outlets' inputs and the codes by which it knows them. */
#include "acq/plant/limits.h"
#include "acq/plant/loader.h"
#include "acq/plant/value.h"
#include "protocols/hj212/crypt.h"
#include "protocols/hj212/factor.h"

#include <stdio.h>
#include <stdlib.h>

static const uint16_t reading[] = {1011, 1061, 1063, 2011, 2012};
static const uint16_t commands[] = {1000, 1011, 1012, 1014, 1061, 1062, 1063, 1064, 1072, 2011,
                                    2012, 2021, 2022, 2031, 2041, 2051, 2061, 3011, 3012, 3013,
                                    3014, 3015, 3016, 3017, 3018, 3019, 3020, 3021, 3022, 3024};

bool plant_platform_accepts(const struct plant_platform *p, int cn)
{
    for (uint32_t i = 0; i < p->accept_count; i++)
        if (p->accept[i] == cn)
            return true;
    return false;
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

static void load_address(struct loader *l, const struct platform_draft *d, struct plant_platform *p)
{
    char host[VALUE_HOST_SIZE];
    p->host = "";
    if (d->address && value_split_endpoint(d->address, host, &p->port))
        p->host = arena_strdup(l->arena, host);
}

static uint32_t list_size(const cJSON *list)
{
    return list ? (uint32_t)cJSON_GetArraySize(list) : 0;
}

/* Indexes of what the list's texts name. */
static const uint32_t *load_refs(struct loader *l, const struct place *at, const cJSON *list,
                                 const struct vec *v, size_t size, const char *kind,
                                 uint32_t *out_count)
{
    const struct place place = {at->source, at, list};
    uint32_t *refs = arena_alloc(l->arena, (list_size(list) + 1) * sizeof *refs);
    const cJSON *item;
    uint32_t n = 0;
    cJSON_ArrayForEach(item, list)
    {
        const struct place one = {at->source, &place, item};
        uint32_t i = load_resolve(l, &one, v, size, item->valuestring, kind);
        for (uint32_t k = 0; k < n && i != PLANT_NONE; k++)
            if (refs[k] == i)
                report_error(&l->report, &one, NULL, "each once");
        if (i != PLANT_NONE)
            refs[n++] = i;
    }
    *out_count = n;
    return refs;
}

static bool is_command(const char *text, uint16_t *out)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char known[8];
        snprintf(known, sizeof known, "%u", commands[i]);
        *out = commands[i];
        if (strcmp(known, text) == 0)
            return true;
    }
    return false;
}

static void load_accept(struct loader *l, const struct place *at, const cJSON *list,
                        struct plant_platform *p)
{
    const struct place place = {at->source, at, list};
    uint16_t *accept = arena_alloc(l->arena, (list_size(list) + 1) * sizeof *accept);
    const cJSON *item;
    p->accept = list ? accept : reading;
    p->accept_count = list ? 0 : sizeof reading / sizeof *reading;
    cJSON_ArrayForEach(item, list)
    {
        const struct place one = {at->source, &place, item};
        if (is_command(item->valuestring, &accept[p->accept_count]))
            p->accept_count++;
        else
            report_error(&l->report, &one, NULL,
                         "a command that a platform may send, such as \"1062\" or \"3011\"");
    }
}

static bool is_meant(const struct loader *l, const struct platform_factor_draft *f,
                     const struct plant_input *input)
{
    const struct plant_outlet *outlets = l->outlets.items;
    return f->factor && strcmp(f->factor, input->factor) == 0 &&
           (!f->outlet || strcmp(f->outlet, outlets[input->outlet].id) == 0);
}

/* What the list says of an input; one that names the outlet goes before one that does not. */
static struct platform_factor_draft find_factor(struct loader *l, const cJSON *list,
                                                const struct plant_input *input)
{
    struct platform_factor_draft found = {.send = true};
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct platform_factor_draft f = {
            .outlet = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "outlet")),
            .factor = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "factor")),
            .code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "code")),
            .unit = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "unit")),
            .send = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(item, "send")),
        };
        if (is_meant(l, &f, input) && (f.outlet || !found.outlet))
            found = f;
    }
    return found;
}

/* NULL: the edition's table has none for it. */
static const char *code_of(const struct plant_platform *p, const char *factor)
{
    enum hj212_edition edition = (enum hj212_edition)p->edition;
    const struct hj212_factor *f = hj212_factor_find(edition, hj212_text_of(factor));
    if (f || edition != HJ212_2005)
        return factor;
    f = hj212_factor_find(HJ212_2017, hj212_text_of(factor));
    return f && f->code_other[0] ? f->code_other : NULL;
}

static const struct hj212_factor *row_of(const struct plant_platform *p, const char *code)
{
    const struct hj212_factor *f =
        hj212_factor_find((enum hj212_edition)p->edition, hj212_text_of(code));
    return f ? f : hj212_factor_find(HJ212_EDITION_AUTO, hj212_text_of(code));
}

/* As the input's means have it. */
static const char *unit_of(const struct loader *l, const struct plant_input *input)
{
    const struct plant_signal *signals = l->signals.items;
    const char *own = input->signal == PLANT_NONE ? "" : signals[input->signal].unit;
    return input->is_plain && own[0] ? own : measure_unit(input->measure);
}

static double scale_of(struct loader *l, const struct place *at, const char *from, const char *to,
                       const char *factor)
{
    double scale = 1;
    if (!from[0] || !to[0] || hj212_unit_scale(from, to, &scale) == 0)
        return scale;
    char found[160];
    snprintf(found, sizeof found, "%.60s in \"%.20s\"", factor, from);
    report_warning(&l->report, at, found,
                   "a unit that can be told in \"%s\": its numbers go as they are, unless "
                   "\"factors\" names another \"unit\"",
                   to);
    return 1;
}

static bool is_taken(const struct loader *l, const struct plant_platform *p, const char *code)
{
    const struct plant_platform_code *codes = l->platform_codes.items;
    for (uint32_t i = 0; i < p->code_count; i++)
        if (strcmp(codes[p->codes + i].code, code) == 0)
            return true;
    return false;
}

static void add_input(struct loader *l, const struct place *at, const cJSON *list, uint32_t index,
                      struct plant_platform *p)
{
    const struct plant_input *input = &((const struct plant_input *)l->inputs.items)[index];
    const struct platform_factor_draft f = find_factor(l, list, input);
    const char *code = f.code ? f.code : code_of(p, input->factor);
    if (!f.send)
        return;
    if (!code || is_taken(l, p, code)) {
        char found[200];
        snprintf(found, sizeof found, "%s for %.100s", code ? "a code that is taken" : "no code",
                 input->id);
        report_error(&l->report, at, found,
                     "a \"code\" of its own, or \"send\": false, in "
                     "\"factors\"");
        return;
    }
    const struct hj212_factor *row = row_of(p, code);
    const char *unit = f.unit ? f.unit : row && !row->doubtful ? row->unit : "";
    const char *amount = row && row->unit_amount[0] ? row->unit_amount : "";
    const char *own_amount = input->measure == MEASURE_FLOW ? "m3" : "kg";
    const struct plant_platform_code c = {
        .input = index,
        .code = arena_strdup(l->arena, code),
        .scale = scale_of(l, at, unit_of(l, input), unit, input->factor),
        .amount_scale = scale_of(l, at, own_amount, amount, input->factor),
    };
    vec_add(&l->platform_codes, &c, sizeof c);
    p->code_count++;
}

static void add_outlets(struct loader *l, const struct place *at, const cJSON *factors,
                        struct plant_platform *p)
{
    const struct plant_outlet *outlets = l->outlets.items;
    p->codes = l->platform_codes.count;
    for (uint32_t i = 0; i < p->outlet_count; i++) {
        const struct plant_outlet *o = &outlets[p->outlets[i]];
        for (uint32_t k = 0; k < o->input_count; k++)
            add_input(l, at, factors, o->first_input + k, p);
    }
    if (p->code_count == 0 || p->code_count > PLANT_PLATFORM_CODES_MAX)
        report_error(&l->report, at, p->code_count ? "too many factors" : "no factor to report",
                     "1 to %d factors under one MN", PLANT_PLATFORM_CODES_MAX);
}

/* Each entry must fit one input at least. */
static void check_factor(struct loader *l, const struct place *at)
{
    struct platform_factor_draft f = {0};
    read_defaults(&l->reader, IN_PLATFORM_FACTOR, &f);
    if (!read_object(&l->reader, at, IN_PLATFORM_FACTOR, &f))
        return;
    const struct plant_input *inputs = l->inputs.items;
    for (uint32_t i = 0; i < l->inputs.count; i++)
        if (is_meant(l, &f, &inputs[i]))
            return;
    report_error(&l->report, at, NULL, "a factor of an outlet's input");
}

static void check_platform(struct loader *l, const struct place *at, const struct plant_platform *p)
{
    static const uint8_t minutes[] = {0, 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30};
    const struct place minute = read_member(at, "minute");
    const struct place mn = read_member(at, "mn");
    const struct place realtime = read_member(at, "realtime_s");
    bool good = false;
    for (size_t i = 0; i < sizeof minutes; i++)
        good = good || minutes[i] == p->minute_min;
    if (!good)
        report_error(&l->report, &minute, NULL, "0, 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30");
    if (p->mn && !is_mn(p->mn))
        report_error(&l->report, &mn, NULL, "1 to 40 letters, digits, '-' and '_'");
    if (p->realtime_s > 0 && p->realtime_s < 30)
        report_warning(&l->report, &realtime, NULL, "30 s at least, as the standard has it");
    if (!p->password_file[0])
        report_warning(&l->report, at, "no \"password_file\"",
                       "one: a platform asks for a password as a rule");
}

static void load_key(struct loader *l, const struct place *at, struct plant_platform *p)
{
    uint8_t key[SM4_KEY_SIZE];
    p->sm4_key = load_secret(l, at, "sm4_key_file", &p->sm4_key_file);
    if (!p->sm4_key[0] || hj212_key_parse(hj212_text_of(p->sm4_key), key) == 0)
        return;
    const struct place member = read_member(at, "sm4_key_file");
    report_error(&l->report, &member, "a file with another line",
                 "one line of 16 characters or 32 hexadecimal digits");
}

void load_platform(struct loader *l, const struct place *at)
{
    struct platform_draft d = {0};
    read_defaults(&l->reader, IN_PLATFORM, &d);
    if (!read_object(&l->reader, at, IN_PLATFORM, &d))
        return;
    struct plant_platform *p = &d.platform;
    load_check_unique(l, at, &l->platforms, sizeof *p, p->id);
    load_address(l, &d, p);
    p->outlets = load_refs(l, at, d.outlets, &l->outlets, sizeof(struct plant_outlet), "an outlet",
                           &p->outlet_count);
    p->facilities = load_refs(l, at, d.facilities, &l->equipment, sizeof(struct plant_equipment),
                              "equipment", &p->facility_count);
    const struct place factors = {at->source, at, d.factors};
    const cJSON *item;
    cJSON_ArrayForEach(item, d.factors)
    {
        const struct place one = {at->source, &factors, item};
        check_factor(l, &one);
    }
    load_accept(l, at, d.accept, p);
    check_platform(l, at, p);
    if (p->outlet_count == list_size(d.outlets))
        add_outlets(l, at, d.factors, p);
    p->password = load_secret(l, at, "password_file", &p->password_file);
    load_key(l, at, p);
    vec_add(&l->platforms, p, sizeof *p);
}
