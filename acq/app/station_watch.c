#include "acq/app/station_watch.h"

#include "acq/app/state.h"
#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

bool station_watch_take(struct station_watch *w, uint64_t late, int64_t now_ms)
{
    bool more = late > w->seen;
    if (late < w->seen)
        w->before = 0;
    if (more && !w->open)
        w->before = w->seen;
    w->seen = late;
    if (more)
        w->last_ms = now_ms;
    bool open = more || (w->open && now_ms - w->last_ms < STATION_WATCH_OVER_MS);
    bool turned = open != w->open;
    if (open && !w->open)
        w->start_ms = now_ms;
    w->open = open;
    return turned;
}

static uint64_t count_late(const struct hj212_hub *h)
{
    uint64_t late = 0;
    for (uint32_t i = 0; i < hj212_hub_link_count(h); i++) {
        const struct hj212_desk *desk = hj212_hub_desk(h, i);
        for (uint32_t n = 0; n < hj212_desk_station_count(desk); n++) {
            struct hj212_station_stats s;
            hj212_desk_station(desk, n, &s);
            late += s.late;
        }
    }
    return late;
}

static struct finding describe(const struct app *a)
{
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct station_watch *w = &a->station_watch;
    double value = (double)(w->seen - w->before);
    return (struct finding){
        .kind = "system",
        .site = plant->site_count ? plant->sites[0].id : "",
        .object = "server",
        .part = "disk-slow-stations",
        .priority = 2,
        .start_ms = w->start_ms,
        .value = value,
        .threshold = (double)NAN,
        .worst = value,
    };
}

/* An id follows from kind, object, part and start. */
static void adopt(struct app *a)
{
    char id[FINDING_ID_SIZE];
    a->station_watch.adopted = true;
    for (size_t i = 0; i < a->open_count; i++) {
        struct finding f = describe(a);
        f.start_ms = a->open[i].start_ms;
        if (strcmp(a->open[i].kind, "system") != 0 ||
            strcmp(finding_id(&f, id), a->open[i].id) != 0)
            continue;
        a->station_watch.open = true;
        a->station_watch.start_ms = a->station_watch.last_ms = f.start_ms;
    }
}

void stations_watch(struct app *a, int64_t at_ms)
{
    struct station_watch *w = &a->station_watch;
    int64_t now_ms = plant_time_utc_ms(&a->time, at_ms);
    if (!a->stations)
        return;
    if (!w->adopted)
        adopt(a);
    if (!station_watch_take(w, count_late(a->stations), now_ms))
        return;
    if (w->open)
        log_error("hj212", "answers to stations are late: commits take longer than ack_max_s");
    struct finding f = describe(a);
    f.state = w->open ? FINDING_OPEN : FINDING_CLOSED;
    f.raised_ms = now_ms;
    f.end_ms = w->open ? 0 : w->last_ms;
    findings_on_finding(a, &f);
}
