#include "acq/sim/hj212_plan.h"

#include "acq/sim/plan_parts.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_S = 366 * 86400, STATIONS_MAX = 20000 };

static const char *const EDITIONS[] = {"2005", "2017", "2025", NULL};
static const char *const SUMS[] = {"standard", "modbus", "modbus-swapped", NULL};
static const char *const KINDS[] = {
    "no-tail",      "length-3", "wrong-crc", "modbus-crc",   "swapped",   "lower-case",
    "split",        "slow",     "duplicate", "silence",      "reconnect", "wrong-password",
    "out-of-order", "parts",    "half-open", "late-answers", "storm",     NULL};

void plan_read_endpoint(struct plan_object *o, const char *key, unsigned least_port,
                        char host[PLAN_HOST_SIZE], uint16_t *out_port)
{
    const char *text = cJSON_GetStringValue(plan_member(o, key));
    const char *colon = text ? strrchr(text, ':') : NULL;
    struct in_addr address;
    char *end = NULL;
    if (colon && colon - text < PLAN_HOST_SIZE)
        memcpy(host, text, (size_t)(colon - text));
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
    if (!colon || *end || port < least_port || port > UINT16_MAX ||
        inet_pton(AF_INET, host, &address) != 1)
        plan_fail(o->reader, key, "found %.60s, expected an IPv4 address and port",
                  text ? text : "nothing");
    *out_port = (uint16_t)port;
}

void plan_read_text(struct plan_object *o, const char *key, const char *fallback, char *out,
                    size_t size)
{
    const cJSON *member = plan_member(o, key);
    const char *text = member ? cJSON_GetStringValue(member) : fallback;
    if (!text || strlen(text) >= size)
        plan_fail(o->reader, key, "expected a text of at most %zu bytes", size - 1);
    else
        snprintf(out, size, "%s", text);
}

void plan_read_window(struct plan_object *o, struct fault *f)
{
    f->at_s = plan_number(o, "at_s", 0, YEAR_S, 0);
    f->for_s = plan_number(o, "for_s", 0, YEAR_S, -1);
    f->every_s = plan_number(o, "every_s", 0, YEAR_S, 0);
    f->chance = plan_number(o, "chance", 0, 1, 1);
}

static void read_fault(struct plan_reader *r, const cJSON *json, struct sim_report_when *f)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    f->kind = (enum sim_report_fault)plan_word(&o, "kind", KINDS, -1);
    plan_read_window(&o, &f->window);
    plan_object_end(&o);
}

static void read_factors(struct plan_object *o, struct sim_station *s)
{
    const cJSON *all = plan_member(o, "factors");
    const cJSON *one;
    size_t count = cJSON_IsObject(all) ? (size_t)cJSON_GetArraySize(all) : 0;
    s->factors = count ? calloc(count, sizeof *s->factors) : NULL;
    if (!s->factors) {
        plan_fail(o->reader, "factors", "expected an object with at least one factor");
        return;
    }
    size_t mark = plan_enter(o->reader, "factors", -1);
    cJSON_ArrayForEach(one, all)
    {
        struct sim_factor *f = &s->factors[s->factor_count++];
        if (strlen(one->string) >= sizeof f->code)
            plan_fail(o->reader, one->string, "expected a code of at most 23 bytes");
        snprintf(f->code, sizeof f->code, "%.23s", one->string);
        size_t inner = plan_enter(o->reader, f->code, -1);
        plan_read_wave(o->reader, one, &f->wave);
        plan_leave(o->reader, inner);
    }
    plan_leave(o->reader, mark);
}

static void read_times(struct plan_object *o, struct sim_station *s)
{
    s->realtime_s = plan_number(o, "realtime_s", 0, YEAR_S, 0);
    s->minute_s = plan_number(o, "minute_s", 0, YEAR_S, 0);
    s->heartbeat_s = plan_number(o, "heartbeat_s", 0, YEAR_S, 0);
    s->answer_s = plan_number(o, "answer_s", 0.1, 3600, 10);
    s->redial_s = plan_number(o, "redial_s", 0.01, 3600, 1);
    s->history_h = plan_number(o, "history_h", 0, 8784, 24);
    s->late_s = plan_number(o, "late_s", 0, 3600, 12);
    s->resends = (uint32_t)plan_whole(o, "resends", 0, 100, 3);
}

void plan_read_station(struct plan_reader *r, const cJSON *json, struct sim_station *s)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    plan_read_endpoint(&o, "connect", 1, s->host, &s->port);
    s->count = (uint32_t)plan_whole(&o, "count", 1, STATIONS_MAX, 1);
    plan_read_text(&o, "mn", NULL, s->mn, sizeof s->mn);
    plan_read_text(&o, "password", "123456", s->password, sizeof s->password);
    plan_read_text(&o, "st", "31", s->st, sizeof s->st);
    int edition = plan_word(&o, "edition", EDITIONS, 1);
    s->profile = hj212_profile_default((enum hj212_edition)(HJ212_2005 + edition));
    s->profile.crc_out =
        (enum hj212_crc_variant)(HJ212_CRC_STANDARD + plan_word(&o, "crc", SUMS, 0));
    read_times(&o, s);
    if (!r->failed)
        read_factors(&o, s);
    const cJSON *faults = plan_member(&o, "faults");
    s->faults = plan_new_array(r, "faults", faults, sizeof *s->faults, &s->fault_count);
    for (size_t i = 0; i < s->fault_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "faults", (int)i);
        read_fault(r, cJSON_GetArrayItem(faults, (int)i), &s->faults[i]);
        plan_leave(r, mark);
    }
    plan_object_end(&o);
}

void plan_free_station(struct sim_station *s)
{
    for (size_t i = 0; i < s->factor_count; i++)
        free(s->factors[i].wave.steps);
    free(s->factors);
    free(s->faults);
}
