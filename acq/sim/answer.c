#include "acq/sim/answer.h"

#include "acq/sim/engine.h"
#include "acq/sim/slave.h"
#include "acq/sim/unit.h"

const struct fault *answer_find_fault(struct slave *s, const struct unit *unit,
                                      const struct frame_request *r, double t_s)
{
    uint64_t *random = &s->world->random;
    const struct fault *f = fault_find(s->plan->faults, s->plan->fault_count, t_s, r, random);
    if (!f && unit)
        f = fault_find(unit->plan->faults, unit->plan->fault_count, t_s, r, random);
    return f;
}

double answer_instant(const struct fault *f, double t_s)
{
    return f && f->kind == FAULT_STUCK ? fault_window_start(f, t_s) : t_s;
}

size_t answer_build(struct slave *s, const uint8_t *request, const struct frame_request *r,
                    double t_s, uint8_t out[FRAME_MAX])
{
    struct unit *unit = s->units[r->unit];
    size_t len = 0;
    if (!unit)
        return s->plan->stranger == STRANGER_SILENCE
                   ? 0
                   : frame_exception(request, EXCEPTION_GATEWAY_TARGET, out);
    if (r->exception)
        return frame_exception(request, r->exception, out);
    unit_refresh(unit, r, t_s);
    if (engine_build(s->world->engine, request, r->len, unit->cells, out, &len))
        return 0;
    return len;
}
