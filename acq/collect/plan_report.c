#include "acq/collect/plan_report.h"

#include "acq/collect/plan_figures.h"
#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"

#include "protocols/modbus/mbap.h"
#include <math.h>

enum { REPORT_MAX = 256 * 1024 * 1024 };

static const char *table_word(uint8_t function)
{
    switch (function) {
    case MODBUS_READ_COILS:
        return "coil";
    case MODBUS_READ_DISCRETE_INPUTS:
        return "discrete";
    case MODBUS_READ_HOLDING_REGISTERS:
        return "holding";
    default:
        return "input";
    }
}

static const struct plant_device *device_of(const struct plant *p, const struct plant_link *l,
                                            uint32_t i)
{
    return &p->devices[p->link_devices[l->first_device + i]];
}

static unsigned window_of(const struct plant_link *l)
{
    return l->window > 1 ? l->window : 1;
}

static void text_head(struct strbuf *b, double round_trip_ms)
{
    strbuf_addf(
        b,
        "Assumed: %g ms from a request to its reply, plus the link's gap_ms; as many requests at "
        "a time on a link as its window says.\nOn a serial line the time of the bytes, the silence "
        "between frames and "
        "the adapter's latency_ms are added.\nBytes, bus time and share are of one cycle of each "
        "device; bytes are Modbus frames both ways, without TCP and IP.\n",
        round_trip_ms);
}

static void text_device(struct strbuf *b, const struct plant *p, const struct plant_device *d,
                        const struct device_figures *f)
{
    if (&p->devices[f->read_with] != d) {
        strbuf_addf(b, "  device %s  unit %u  every %u ms  read with %s\n", d->id, d->unit,
                    d->every_ms, p->devices[f->read_with].id);
        return;
    }
    strbuf_addf(b,
                "  device %s  unit %u  every %u ms  requests %u  bytes %u  bus %.1f ms  "
                "share %.2f %%\n",
                d->id, d->unit, d->every_ms, f->plan.request_count, f->bytes, f->bus_ms,
                f->share * 100);
    for (uint32_t i = 0; i < f->plan.request_count; i++) {
        const struct modbus_request_plan *r = &f->plan.requests[i];
        bool bits = r->function <= MODBUS_READ_DISCRETE_INPUTS;
        strbuf_addf(b, "    %s %u..%u  %s %u  signals %u\n", table_word(r->function), r->address,
                    r->address + r->count - 1u, bits ? "bits" : "registers", r->count, r->len);
    }
}

static void text_place(struct strbuf *b, const struct plant_link *l)
{
    static const char parities[] = {'N', 'E', 'O'};
    if (l->medium == MEDIUM_SERIAL)
        strbuf_addf(b, "serial %s", l->serial);
    else
        strbuf_addf(b, "%s %s  port %u", l->medium == MEDIUM_LISTEN ? "listen" : "host", l->host,
                    l->port);
    if (l->framing == FRAMING_RTU)
        strbuf_adds(b, "  rtu");
    if (l->baud)
        strbuf_addf(b, "  %u %u%c%u", l->baud, l->data_bits, parities[l->parity], l->stop_bits);
}

static void text_link(struct strbuf *b, const struct plant *p, const struct plant_link *l,
                      const struct link_figures *f)
{
    strbuf_addf(b, "\nlink %s  ", l->id);
    text_place(b, l);
    strbuf_addf(b, "  gap %u ms  window %u  devices %u\n", l->gap_ms, window_of(l),
                l->device_count);
    for (uint32_t i = 0; i < f->device_count; i++)
        text_device(b, p, device_of(p, l, i), &f->devices[i]);
    strbuf_addf(b,
                "  all  requests %u  bytes %u  bus %.1f ms  requests/s %.1f  bytes/s %.0f  "
                "share %.2f %%%s\n",
                f->requests, f->bytes, f->bus_ms, f->requests_per_s, f->bytes_per_s, f->share * 100,
                f->share > 1 ? "  OVER-COMMITTED" : "");
}

static void text_foot(struct strbuf *b, uint32_t over_committed)
{
    if (over_committed > 0)
        strbuf_addf(b,
                    "\nOver-committed links: %u. They will miss cycles: ask less often, or spread "
                    "the devices over more links.\n",
                    over_committed);
}

static void json_number(struct strbuf *b, const char *key, double value)
{
    strbuf_addf(b, ",\"%s\":", key);
    strbuf_add_json_double(b, value);
}

static void json_costs(struct strbuf *b, uint32_t bytes, double bus_ms, double share,
                       double requests_per_s, double bytes_per_s)
{
    strbuf_addf(b, ",\"bytes\":%u", bytes);
    json_number(b, "bus_ms", bus_ms);
    json_number(b, "share", share);
    json_number(b, "requests_per_s", requests_per_s);
    json_number(b, "bytes_per_s", bytes_per_s);
}

static void json_device(struct strbuf *b, const struct plant *p, const struct plant_device *d,
                        const struct device_figures *f)
{
    strbuf_adds(b, "{\"id\":");
    strbuf_add_json_string(b, d->id);
    strbuf_addf(b, ",\"unit\":%u,\"every_ms\":%u,\"read_with\":", d->unit, d->every_ms);
    if (&p->devices[f->read_with] == d)
        strbuf_adds(b, "null");
    else
        strbuf_add_json_string(b, p->devices[f->read_with].id);
    json_costs(b, f->bytes, f->bus_ms, f->share, f->requests_per_s, f->bytes_per_s);
    strbuf_adds(b, ",\"requests\":[");
    for (uint32_t i = 0; i < f->plan.request_count; i++) {
        const struct modbus_request_plan *r = &f->plan.requests[i];
        strbuf_addf(b, "%s{\"table\":\"%s\",\"address\":%u,\"count\":%u,\"signals\":%u}",
                    i ? "," : "", table_word(r->function), r->address, r->count, r->len);
    }
    strbuf_adds(b, "]}");
}

static void json_place(struct strbuf *b, const struct plant_link *l)
{
    if (l->medium == MEDIUM_SERIAL) {
        strbuf_adds(b, ",\"serial\":");
        strbuf_add_json_string(b, l->serial);
    } else {
        strbuf_adds(b, l->medium == MEDIUM_LISTEN ? ",\"listen\":" : ",\"host\":");
        strbuf_add_json_string(b, l->host);
        strbuf_addf(b, ",\"port\":%u", l->port);
    }
    strbuf_addf(b, ",\"framing\":\"%s\"", l->framing == FRAMING_RTU ? "rtu" : "tcp");
    if (l->baud)
        strbuf_addf(b, ",\"baud\":%u", l->baud);
}

static void json_link(struct strbuf *b, const struct plant *p, const struct plant_link *l,
                      const struct link_figures *f)
{
    bool first = strbuf_text(b)[b->len - 1] == '[';
    strbuf_adds(b, first ? "{\"id\":" : ",{\"id\":");
    strbuf_add_json_string(b, l->id);
    json_place(b, l);
    strbuf_addf(b, ",\"gap_ms\":%u,\"window\":%u,\"requests\":%u", l->gap_ms, window_of(l),
                f->requests);
    json_costs(b, f->bytes, f->bus_ms, f->share, f->requests_per_s, f->bytes_per_s);
    strbuf_addf(b, ",\"over_committed\":%s,\"devices\":[", f->share > 1 ? "true" : "false");
    for (uint32_t i = 0; i < f->device_count; i++) {
        if (i > 0)
            strbuf_addc(b, ',');
        json_device(b, p, device_of(p, l, i), &f->devices[i]);
    }
    strbuf_adds(b, "]}");
}

static void json_head(struct strbuf *b, double round_trip_ms)
{
    strbuf_adds(b, "{\"round_trip_ms\":");
    strbuf_add_json_double(b, round_trip_ms);
    strbuf_adds(b, ",\"links\":[");
}

static void json_foot(struct strbuf *b, uint32_t over_committed)
{
    strbuf_addf(b, "],\"over_committed\":%u}\n", over_committed);
}

static int write_out(const struct strbuf *b, FILE *out)
{
    if (b->failed)
        return PW_ENOMEM;
    if (fwrite(strbuf_text(b), 1, b->len, out) != b->len || fflush(out) != 0)
        return PW_EIO;
    return 0;
}

int plan_report_write_assuming(const struct plant *plant, bool json, double round_trip_ms,
                               FILE *out)
{
    struct strbuf b;
    strbuf_init(&b, REPORT_MAX);
    (json ? json_head : text_head)(&b, round_trip_ms);
    uint32_t over_committed = 0;
    int err = 0;
    for (uint32_t i = 0; i < plant->link_count && err == 0; i++) {
        struct link_figures f = {0};
        if (plant->links[i].framing == FRAMING_HJ212)
            continue; /* nothing is asked there */
        err = link_figures_init(&f, plant, i, round_trip_ms);
        if (err == 0)
            (json ? json_link : text_link)(&b, plant, &plant->links[i], &f);
        over_committed += f.share > 1;
        link_figures_deinit(&f);
    }
    (json ? json_foot : text_foot)(&b, over_committed);
    if (err == 0)
        err = write_out(&b, out);
    strbuf_deinit(&b);
    return err ? err : over_committed > 0;
}

int plan_report_write(const struct plant *plant, bool json, FILE *out)
{
    return plan_report_write_assuming(plant, json, PLAN_ROUND_TRIP_MS, out);
}

/* Periods of all devices stretched alike: what a person can do about it first. */
static void write_over_committed(const struct plant_link *l, uint32_t index, double share,
                                 const char *name, FILE *out)
{
    fprintf(out,
            "%s: /links/%u: found %.0f %% of the time of link \"%s\" for its %u devices, expected "
            "at most 100 %%: every \"every_ms\" times %.1f would fit, or fewer signals\n",
            name, index, 100 * share, l->id, l->device_count, ceil(share * 10) / 10);
}

int plan_report_check(const struct plant *plant, const char *name, FILE *out)
{
    int over_committed = 0;
    for (uint32_t i = 0; i < plant->link_count; i++) {
        struct link_figures f = {0};
        if (plant->links[i].framing == FRAMING_HJ212)
            continue;
        int err = link_figures_init(&f, plant, i, PLAN_ROUND_TRIP_MS);
        if (err)
            return err;
        if (f.share > 1) {
            write_over_committed(&plant->links[i], i, f.share, name, out);
            over_committed++;
        }
        link_figures_deinit(&f);
    }
    return over_committed;
}
