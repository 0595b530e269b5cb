#include "acq/collect/bus_impl.h"

static bool is_taken(const struct modbus_bus *b, uint16_t transaction)
{
    if (transaction == 0 || (b->given_up_count > 0 && bus_is_given_up(b, transaction)))
        return true;
    for (unsigned i = 0; i < b->flight_count; i++)
        if (b->flights[i].frame.transaction == transaction)
            return true;
    return false;
}

static uint16_t next_transaction(struct modbus_bus *b)
{
    do
        b->transaction++;
    while (is_taken(b, b->transaction));
    return b->transaction;
}

struct bus_flight *bus_flight_add(struct modbus_bus *b, struct bus_request *r)
{
    pw_require(b->flight_count < b->window);
    const struct modbus_request read = {
        .function = r->plan.function, .address = r->plan.address, .count = r->plan.count};
    struct bus_flight f = {.request = r, .stale_bytes = !b->rtu.used && b->parser.len > 0};
    f.frame = bus_write_is(b, r) ? bus_write_frame(b) : read;
    f.frame.transaction = b->rtu.used ? 0 : next_transaction(b);
    f.frame.unit = r->device->unit_id;
    b->flights[b->flight_count] = f;
    return &b->flights[b->flight_count++];
}

void bus_flight_remove(struct modbus_bus *b, struct bus_flight *f)
{
    b->flight_count--;
    for (; f < &b->flights[b->flight_count]; f++)
        *f = f[1];
}

struct bus_flight *bus_flight_find(struct modbus_bus *b, uint16_t transaction)
{
    for (unsigned i = 0; i < b->flight_count; i++)
        if (b->flights[i].frame.transaction == transaction)
            return &b->flights[i];
    return NULL;
}

struct bus_flight *bus_flight_over(struct modbus_bus *b, int64_t at_ms)
{
    for (unsigned i = 0; i < b->flight_count; i++)
        if (at_ms >= b->flights[i].deadline_ms)
            return &b->flights[i];
    return NULL;
}

bool bus_flight_of_unit(const struct modbus_bus *b, const struct bus_unit *u)
{
    for (unsigned i = 0; i < b->flight_count; i++)
        if (b->flights[i].request->device->unit == u)
            return true;
    return false;
}

int64_t bus_flight_deadline_ms(const struct modbus_bus *b)
{
    int64_t first_ms = INT64_MAX;
    for (unsigned i = 0; i < b->flight_count; i++)
        if (b->flights[i].deadline_ms < first_ms)
            first_ms = b->flights[i].deadline_ms;
    return first_ms;
}

void bus_flight_bytes_taken(struct modbus_bus *b)
{
    for (unsigned i = 0; i < b->flight_count; i++)
        b->flights[i].stale_bytes = false;
}
