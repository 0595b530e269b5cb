#include "acq/refine/transmission.h"

#include <math.h>

void transmission_add(struct transmission *to, const struct transmission *from)
{
    to->hours += from->hours;
    to->stopped += from->stopped;
    to->received += from->received;
    to->valid += from->valid;
    to->outside += from->outside;
}

uint32_t transmission_due(const struct transmission *t)
{
    return t->hours - t->stopped;
}

static double share(uint32_t part, uint32_t whole)
{
    return whole == 0 ? (double)NAN : (double)part / whole;
}

double transmission_received(const struct transmission *t)
{
    return share(t->received, transmission_due(t));
}

double transmission_valid(const struct transmission *t)
{
    return share(t->valid, t->received - t->outside);
}

double transmission_effective(const struct transmission *t)
{
    return transmission_received(t) * transmission_valid(t);
}
