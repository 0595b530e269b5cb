#include "acq/sim/fault.h"

#include "acq/sim/frame.h"

#include <math.h>

bool fault_in_window(const struct fault *f, double t_s)
{
    double since = t_s - f->at_s;
    if (since < 0)
        return false;
    if (f->every_s > 0)
        since = fmod(since, f->every_s);
    return f->for_s < 0 || since < f->for_s;
}

double fault_window_start(const struct fault *f, double t_s)
{
    double since = t_s - f->at_s;
    return t_s - (f->every_s > 0 ? fmod(since, f->every_s) : since);
}

static bool touches(const struct fault *f, const struct frame_request *r)
{
    if (f->function && f->function != r->function)
        return false;
    uint32_t count = r->count ? r->count : 1;
    return r->address < f->end && r->address + count > f->first;
}

/* xorshift64* of Vigna; `state` is never 0. */
static double draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * 0x2545f4914f6cdd1du) >> 11) / 9007199254740992.0;
}

const struct fault *fault_find(const struct fault *faults, size_t count, double t_s,
                               const struct frame_request *request, uint64_t *random)
{
    for (size_t i = 0; i < count; i++) {
        const struct fault *f = &faults[i];
        if (!fault_in_window(f, t_s) || !touches(f, request))
            continue;
        if (f->chance >= 1 || draw(random) < f->chance)
            return f;
    }
    return NULL;
}

static uint16_t foreign_id(const struct fault *f, uint16_t id)
{
    switch (f->id) {
    case FAULT_ID_NEXT:
        return (uint16_t)(id + 1);
    case FAULT_ID_OTHER:
        return f->other;
    case FAULT_ID_ZERO:
    default:
        return 0;
    }
}

size_t fault_spoil(const struct fault *f, uint8_t *reply, size_t len)
{
    if (f->kind == FAULT_FOREIGN)
        frame_set_transaction(reply, foreign_id(f, frame_transaction(reply)));
    if (f->kind == FAULT_FOREIGN_UNIT)
        frame_set_unit(reply, (uint8_t)f->other);
    if (f->kind == FAULT_CRC)
        frame_break(reply);
    if (f->kind == FAULT_WRONG_COUNT)
        return frame_set_wrong_count(reply, len);
    return len;
}
