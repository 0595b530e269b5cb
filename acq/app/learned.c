/* What exceptions taught of devices' ranges, over a restart: a journal line `learned` whenever it
 * changes, the newest of each device taken up at the start. */
#include "acq/app/state.h"

#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/record/db.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4 * 1024 * 1024, LINES_MAX = 20000 };
enum { FUNCTIONS_MAX = 4, COUNT_MAX = 2000, ADDRESS_MAX = 65535, EXCEPTION_MAX = 3 };

void learned_add_range(struct strbuf *out, const struct collect_range *r)
{
    strbuf_addf(out, "{\"function\":%u,\"address\":%u,\"count\":%u,\"signals\":%u,\"exception\":",
                r->function, r->address, r->count, r->signals);
    if (r->exception)
        strbuf_addf(out, "%u}", r->exception);
    else
        strbuf_adds(out, "null}");
}

void learned_on_learned(void *app, const struct collect_learned *l)
{
    struct app *a = app;
    struct strbuf members;
    strbuf_init(&members, TEXT_MAX);
    strbuf_adds(&members, "\"device\":");
    strbuf_add_json_string(&members, a->plant->devices[l->device].id);
    strbuf_addf(&members, ",\"digest\":\"%s\",\"ranges\":[", l->digest);
    for (uint32_t i = 0; i < l->range_count; i++) {
        strbuf_adds(&members, i ? "," : "");
        learned_add_range(&members, &l->ranges[i]);
    }
    strbuf_addc(&members, ']');
    flow_journal(a, "learned", plant_time_at_ms(&a->time), &members, true);
    strbuf_deinit(&members);
}

static bool take_number(const cJSON *object, const char *key, int64_t min, int64_t max,
                        int64_t *out)
{
    *out = json_int(object, key, -1);
    return *out >= min && *out <= max;
}

static bool take_range(const cJSON *object, struct collect_range *out)
{
    int64_t function, address, count, signals;
    int64_t exception = 0;
    bool asked = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, "exception"));
    if (!take_number(object, "function", 1, FUNCTIONS_MAX, &function) ||
        !take_number(object, "address", 0, ADDRESS_MAX, &address) ||
        !take_number(object, "count", 1, COUNT_MAX, &count) ||
        !take_number(object, "signals", 1, UINT16_MAX, &signals) ||
        (!asked && !take_number(object, "exception", 1, EXCEPTION_MAX, &exception)))
        return false;
    *out = (struct collect_range){.function = (uint8_t)function,
                                  .address = (uint16_t)address,
                                  .count = (uint16_t)count,
                                  .signals = (uint32_t)signals,
                                  .exception = (uint8_t)exception};
    return true;
}

struct recalling {
    struct app *app;
    bool *seen; /* by device: its newest line was taken */
    uint32_t recalled;
};

static int recall(struct recalling *r, const cJSON *tree, uint32_t device)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(tree, "ranges");
    const char *digest = json_string(tree, "digest");
    struct collect_learned l = {.device = device};
    int size = cJSON_GetArraySize(list);
    if (size <= 0)
        return 0;
    struct collect_range *ranges = calloc((size_t)size, sizeof *ranges);
    bool good = ranges && digest && strlen(digest) < sizeof l.digest;
    const cJSON *item;
    if (good)
        memcpy(l.digest, digest, strlen(digest) + 1);
    cJSON_ArrayForEach(item, list) good = good && take_range(item, &ranges[l.range_count++]);
    l.ranges = ranges;
    int err = good ? collector_recall(r->app->collector, &l) : PW_EINVAL;
    r->recalled += err == 0;
    free(ranges);
    return err;
}

static void take_line(void *ctx, const char *json)
{
    struct recalling *r = ctx;
    const struct plant *plant = r->app->plant;
    cJSON *tree = NULL;
    if (json_parse(json, strlen(json), &tree, NULL) != 0)
        return;
    const char *id = json_string(tree, "device");
    uint32_t device = id ? plant_find_device(plant, id) : PLANT_NONE;
    if (device != PLANT_NONE && !r->seen[device]) {
        r->seen[device] = true;
        if (recall(r, tree, device) != 0)
            log_info("modbus",
                     "device=%s: what was learned is of other settings, it is searched again", id);
    }
    cJSON_Delete(tree);
}

int learned_restore(struct app *a)
{
    struct recalling r = {.app = a, .seen = calloc(a->plant->device_count + 1u, sizeof *r.seen)};
    if (!r.seen)
        return PW_ENOMEM;
    int err = record_newest_lines(a->data_dir, "learned", LINES_MAX, take_line, &r);
    if (err)
        log_warn("modbus", "what was learned cannot be read, it is searched again: %s",
                 pw_strerror(err));
    if (r.recalled > 0)
        log_info("modbus", "devices=%u: their ranges are known from before", r.recalled);
    free(r.seen);
    return 0;
}
