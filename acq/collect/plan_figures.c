#include "acq/collect/plan_figures.h"

#include "acq/collect/bus_timing.h"
#include "acq/plant/plant.h"
#include "protocols/modbus/rtu.h"

#include <stdlib.h>

enum { TCP_OVERHEAD = MBAP_HEADER_SIZE + 2 /* function, byte count */ };

/* Request and reply. */
static uint32_t request_bytes(const struct plant_link *link, const struct modbus_request_plan *r)
{
    const struct modbus_request request = {.function = r->function, .count = r->count};
    if (link->framing == FRAMING_RTU)
        return (uint32_t)(RTU_REQUEST_SIZE + rtu_reply_size(&request));
    return (uint32_t)(MBAP_REQUEST_SIZE + TCP_OVERHEAD +
                      modbus_reply_data_len(r->function, r->count));
}

static void add_costs(struct device_figures *f, const struct plant_link *link, double every_s,
                      double round_trip_ms)
{
    struct bus_timing timing;
    bus_timing_init(&timing, link);
    double wait_ms = round_trip_ms / (link->window > 1 ? link->window : 1);
    for (uint32_t i = 0; i < f->plan.request_count; i++) {
        uint32_t bytes = request_bytes(link, &f->plan.requests[i]);
        f->bytes += bytes;
        f->bus_ms += wait_ms + timing.mean_quiet_ms + timing.latency_ms + bytes * timing.byte_ms;
    }
    f->share = f->bus_ms / 1000.0 / every_s;
    f->requests_per_s = f->plan.request_count / every_s;
    f->bytes_per_s = f->bytes / every_s;
}

static void add_device(struct link_figures *f, const struct device_figures *d)
{
    f->requests += d->plan.request_count;
    f->bytes += d->bytes;
    f->bus_ms += d->bus_ms;
    f->share += d->share;
    f->requests_per_s += d->requests_per_s;
    f->bytes_per_s += d->bytes_per_s;
}

static void note_group(struct link_figures *f, const struct plant *plant,
                       const struct plant_link *l, const uint32_t *group, uint32_t count)
{
    for (uint32_t i = 0; i < l->device_count; i++)
        for (uint32_t k = 0; k < count; k++)
            if (plant->link_devices[l->first_device + i] == group[k])
                f->devices[i].read_with = group[0];
}

static int fill_devices(struct link_figures *f, const struct plant *plant, uint32_t link,
                        double round_trip_ms, uint32_t *group)
{
    const struct plant_link *l = &plant->links[link];
    for (uint32_t i = 0; i < l->device_count; i++) {
        uint32_t count = planner_group(plant, link, i, group);
        if (count == 0)
            continue;
        note_group(f, plant, l, group, count);
        int err = shared_plan_init(&f->devices[i].plan, plant, group, count);
        if (err)
            return err;
        add_costs(&f->devices[i], l, plant->devices[group[0]].every_ms / 1000.0, round_trip_ms);
        add_device(f, &f->devices[i]);
    }
    return 0;
}

int link_figures_init(struct link_figures *f, const struct plant *plant, uint32_t link,
                      double round_trip_ms)
{
    const struct plant_link *l = &plant->links[link];
    uint32_t room = l->device_count ? l->device_count : 1;
    struct link_figures made = {.device_count = l->device_count};
    uint32_t *group = calloc(room, sizeof *group);
    made.devices = calloc(room, sizeof *made.devices);
    int err =
        made.devices && group ? fill_devices(&made, plant, link, round_trip_ms, group) : PW_ENOMEM;
    free(group);
    if (err)
        link_figures_deinit(&made);
    else
        *f = made;
    return err;
}

void link_figures_deinit(struct link_figures *f)
{
    for (uint32_t i = 0; f->devices && i < f->device_count; i++)
        device_plan_deinit(&f->devices[i].plan);
    free(f->devices);
    *f = (struct link_figures){0};
}
