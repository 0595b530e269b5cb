#include "acq/app/state.h"

#include "acq/collect/hj212_hub.h"

#include <math.h>
#include <string.h>

/* A station sends more codes than its table has room for: P3, from the first value that was left
 * out until the table has room again. */
static struct finding describe(const struct app *a, const struct hj212_station_stats *s,
                               int64_t start_ms)
{
    const struct plant *plant = a->plant;
    return (struct finding){
        .kind = "system",
        .site = plant->site_count ? plant->sites[0].id : "",
        .object = plant->devices[s->index].id,
        .part = "factors",
        .priority = 3,
        .start_ms = start_ms,
        .raised_ms = start_ms,
        .value = s->factors,
        .threshold = s->factors_max,
        .worst = (double)NAN,
    };
}

/* Its start, when such a finding is open; else 0. */
static int64_t open_since(const struct app *a, const struct hj212_station_stats *s)
{
    char id[FINDING_ID_SIZE];
    for (size_t i = 0; i < a->open_count; i++) {
        const struct open_finding *o = &a->open[i];
        if (strcmp(o->kind, "system") != 0 || strcmp(o->object, s->device) != 0)
            continue;
        const struct finding f = describe(a, s, o->start_ms);
        if (strcmp(finding_id(&f, id), o->id) == 0)
            return o->start_ms;
    }
    return 0;
}

static void watch(struct app *a, const struct hj212_station_stats *s, int64_t now_ms)
{
    bool full = s->factors == s->factors_max && s->factors_dropped > 0;
    bool room = s->factors < s->factors_max;
    if (!full && (!room || a->open_count == 0))
        return;
    int64_t since_ms = open_since(a, s);
    if (full == (since_ms != 0))
        return;
    struct finding f = describe(a, s, full ? now_ms : since_ms);
    f.state = full ? FINDING_OPEN : FINDING_CLOSED;
    f.raised_ms = now_ms;
    f.end_ms = full ? 0 : now_ms;
    findings_on_finding(a, &f);
}

void stations_second(struct app *a, int64_t at_ms)
{
    int64_t now_ms = plant_time_utc_ms(&a->time, at_ms);
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++) {
        const struct hj212_desk *desk = hj212_hub_desk(a->stations, i);
        for (uint32_t n = 0; n < hj212_desk_station_count(desk); n++) {
            struct hj212_station_stats s;
            hj212_desk_station(desk, n, &s);
            watch(a, &s, now_ms);
        }
    }
}
