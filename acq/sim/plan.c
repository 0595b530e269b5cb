#include "acq/sim/plan.h"

#include "acq/core/json_scan.h"
#include "acq/sim/hj212_plan.h"
#include "acq/sim/hj212_platform_plan.h"
#include "acq/sim/plan_parts.h"
#include "acq/sim/plan_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PLAN_BYTES_MAX = 64 * 1024 * 1024 };

static const char *const STRANGERS[] = {"exception", "silence", NULL};

static void check_units(struct plan_object *o, const struct sim_slave *slave)
{
    bool taken[PLAN_UNITS_MAX] = {false};
    for (size_t i = 0; i < slave->unit_count; i++)
        for (unsigned n = 0; n < slave->units[i].count; n++) {
            unsigned id = slave->units[i].unit + n;
            if (id >= PLAN_UNITS_MAX || taken[id])
                plan_fail(o->reader, "units", "found unit %u %s", id,
                          id < PLAN_UNITS_MAX ? "twice" : ", expected at most 255");
            else
                taken[id] = true;
        }
}

static void read_slave(struct plan_reader *r, const cJSON *json, struct sim_slave *slave)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    plan_read_place(&o, slave);
    slave->count = (uint32_t)plan_whole(&o, "count", 1, PLAN_SLAVES_MAX, 1);
    slave->port_step = (uint16_t)plan_whole(&o, "port_step", 0, 1000, 1);
    slave->stranger = (enum sim_stranger)plan_word(&o, "unknown_unit", STRANGERS, slave->rtu);
    if (slave->port && slave->port + (slave->count - 1) * (uint32_t)slave->port_step > UINT16_MAX)
        plan_fail(r, "count", "found ports above 65535");
    if (slave->count > 1 && slave->medium != SIM_LISTEN)
        plan_fail(r, "count", "found several on one line, expected them beside \"listen\"");
    if (slave->port && slave->count > 1 && slave->port_step == 0)
        plan_fail(r, "port_step", "found 0 with several slaves, expected 1 or more");
    const cJSON *units = plan_member(&o, "units");
    slave->units = plan_new_array(r, "units", units, sizeof *slave->units, &slave->unit_count);
    for (size_t i = 0; i < slave->unit_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "units", (int)i);
        plan_read_unit(r, cJSON_GetArrayItem(units, (int)i), &slave->units[i]);
        plan_leave(r, mark);
    }
    if (!r->failed)
        check_units(&o, slave);
    plan_read_faults(&o, true, &slave->faults, &slave->fault_count);
    plan_object_end(&o);
}

static void read_stations(struct plan_object *o, struct sim_plan *plan)
{
    struct plan_reader *r = o->reader;
    const cJSON *stations = plan_member(o, "stations");
    plan->stations =
        plan_new_array(r, "stations", stations, sizeof *plan->stations, &plan->station_count);
    for (size_t i = 0; i < plan->station_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "stations", (int)i);
        plan_read_station(r, cJSON_GetArrayItem(stations, (int)i), &plan->stations[i]);
        plan_leave(r, mark);
    }
}

static void read_platforms(struct plan_object *o, struct sim_plan *plan)
{
    struct plan_reader *r = o->reader;
    const cJSON *platforms = plan_member(o, "platforms");
    plan->platforms =
        plan_new_array(r, "platforms", platforms, sizeof *plan->platforms, &plan->platform_count);
    for (size_t i = 0; i < plan->platform_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "platforms", (int)i);
        plan_read_platform(r, cJSON_GetArrayItem(platforms, (int)i), &plan->platforms[i]);
        plan_leave(r, mark);
    }
}

static void read_plan(struct plan_reader *r, const cJSON *json, struct sim_plan *plan)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    plan->seed = (uint64_t)plan_whole(&o, "seed", 0, 9007199254740992.0, 1);
    plan->time_scale = plan_number(&o, "time_scale", 0.001, 100000, 1);
    const cJSON *slaves = plan_member(&o, "slaves");
    plan->slaves = plan_new_array(r, "slaves", slaves, sizeof *plan->slaves, &plan->slave_count);
    for (size_t i = 0; i < plan->slave_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "slaves", (int)i);
        read_slave(r, cJSON_GetArrayItem(slaves, (int)i), &plan->slaves[i]);
        plan_leave(r, mark);
    }
    read_stations(&o, plan);
    read_platforms(&o, plan);
    if (plan->slave_count == 0 && plan->station_count == 0 && plan->platform_count == 0)
        plan_fail(r, "slaves", "expected at least one slave");
    plan_object_end(&o);
}

static unsigned line_of(const char *text, size_t offset)
{
    unsigned line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static int parse_owned(const char *name, char *text, size_t len, struct sim_plan **out, char *error)
{
    struct plan_reader r = {.name = name, .error = error};
    cJSON *json = NULL;
    size_t offset = 0;
    struct json_fault fault;
    int rc = json_blank_comments(text, len, &fault);
    if (rc) {
        snprintf(error, PLAN_ERROR_SIZE, "%.120s:%u: found %s, expected %s", name,
                 line_of(text, fault.offset), fault.found ? fault.found : "something else",
                 fault.expected);
        return rc;
    }
    rc = json_parse(text, len, &json, &offset);
    if (rc) {
        snprintf(error, PLAN_ERROR_SIZE, "%.120s:%u: %s", name, line_of(text, offset),
                 rc == PW_EEXIST ? "a key stands twice in one object" : "this is not JSON");
        return rc;
    }
    struct sim_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        plan_fail(&r, NULL, "out of memory");
    else
        read_plan(&r, json, plan);
    cJSON_Delete(json);
    if (r.failed) {
        sim_plan_free(plan);
        return PW_EINVAL;
    }
    *out = plan;
    return 0;
}

int sim_plan_parse(const char *name, const char *text, size_t len, struct sim_plan **out,
                   char error[PLAN_ERROR_SIZE])
{
    char *copy = malloc(len + 1);
    if (!copy) {
        snprintf(error, PLAN_ERROR_SIZE, "%.120s: out of memory", name);
        return PW_ENOMEM;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    int rc = parse_owned(name, copy, len, out, error);
    free(copy);
    return rc;
}

static int read_file(const char *path, char **out, size_t *out_len, char *error)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    bool fits = f && fstat(fileno(f), &st) == 0 && st.st_size < PLAN_BYTES_MAX;
    char *text = fits ? malloc((size_t)st.st_size + 1) : NULL;
    size_t len = text ? fread(text, 1, (size_t)st.st_size, f) : 0;
    bool good = text && !ferror(f);
    if (good) {
        *out = text;
        *out_len = len;
    } else {
        snprintf(error, PLAN_ERROR_SIZE, "%.200s: %s", path,
                 errno ? strerror(errno) : "longer than 64 MiB");
        free(text);
    }
    if (f)
        (void)fclose(f);
    return good ? 0 : PW_EIO;
}

int sim_plan_load(const char *path, struct sim_plan **out, char error[PLAN_ERROR_SIZE])
{
    char *text = NULL;
    size_t len = 0;
    errno = 0;
    int rc = read_file(path, &text, &len, error);
    if (rc)
        return rc;
    rc = sim_plan_parse(path, text, len, out, error);
    free(text);
    return rc;
}

void sim_plan_free(struct sim_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->slave_count; i++) {
        struct sim_slave *slave = &plan->slaves[i];
        for (size_t u = 0; u < slave->unit_count; u++)
            plan_free_unit(&slave->units[u]);
        free(slave->units);
        free(slave->faults);
    }
    for (size_t i = 0; i < plan->station_count; i++)
        plan_free_station(&plan->stations[i]);
    for (size_t i = 0; i < plan->platform_count; i++)
        plan_free_platform(&plan->platforms[i]);
    free(plan->platforms);
    free(plan->stations);
    free(plan->slaves);
    free(plan);
}
