#include "acq/sim/counts.h"

#include "acq/sim/frame.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

struct range_count {
    uint8_t function;
    uint16_t address;
    uint16_t count;
    uint64_t requests;
};

struct unit_counts {
    struct range_count *ranges;
    size_t len, cap;
    uint64_t other;
    uint64_t total;
};

struct counts {
    struct unit_counts *units[256]; /* NULL: that unit was never asked */
    uint64_t lost;                  /* counted in the total only, for want of memory */
    uint64_t total;
};

struct counts *counts_new(void)
{
    return calloc(1, sizeof(struct counts));
}

void counts_free(struct counts *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < 256; i++) {
        if (c->units[i])
            free(c->units[i]->ranges);
        free(c->units[i]);
    }
    free(c);
}

static bool make_room(struct unit_counts *u)
{
    if (u->len < u->cap)
        return true;
    size_t cap = u->cap ? u->cap * 2 : 4;
    struct range_count *ranges =
        cap <= COUNTS_RANGES_MAX ? realloc(u->ranges, cap * sizeof *ranges) : NULL;
    if (!ranges)
        return false;
    u->ranges = ranges;
    u->cap = cap;
    return true;
}

static uint64_t *find_range(struct unit_counts *u, const struct frame_request *r)
{
    for (size_t i = 0; i < u->len; i++) {
        struct range_count *c = &u->ranges[i];
        if (c->function == r->function && c->address == r->address && c->count == r->count)
            return &c->requests;
    }
    if (!make_room(u))
        return &u->other;
    u->ranges[u->len] =
        (struct range_count){.function = r->function, .address = r->address, .count = r->count};
    return &u->ranges[u->len++].requests;
}

void counts_add(struct counts *c, const struct frame_request *request)
{
    struct unit_counts **slot = &c->units[request->unit];
    c->total++;
    if (!*slot)
        *slot = calloc(1, sizeof **slot);
    if (!*slot) {
        c->lost++;
        return;
    }
    ++*find_range(*slot, request);
    (*slot)->total++;
}

uint64_t counts_total(const struct counts *c)
{
    return c->total;
}

static void print_unit(const struct unit_counts *u, unsigned unit, const char *listen, FILE *out)
{
    for (size_t i = 0; i < u->len; i++)
        fprintf(out,
                "{\"type\":\"received\",\"listen\":\"%s\",\"unit\":%u,\"function\":%u,"
                "\"address\":%u,\"count\":%u,\"requests\":%" PRIu64 "}\n",
                listen, unit, u->ranges[i].function, u->ranges[i].address, u->ranges[i].count,
                u->ranges[i].requests);
    fprintf(out,
            "{\"type\":\"unit\",\"listen\":\"%s\",\"unit\":%u,\"requests\":%" PRIu64
            ",\"other\":%" PRIu64 "}\n",
            listen, unit, u->total, u->other);
}

void counts_print(const struct counts *c, const char *listen, FILE *out)
{
    for (unsigned i = 0; i < 256; i++)
        if (c->units[i])
            print_unit(c->units[i], i, listen, out);
    if (c->lost)
        fprintf(out, "{\"type\":\"lost\",\"listen\":\"%s\",\"requests\":%" PRIu64 "}\n", listen,
                c->lost);
}
