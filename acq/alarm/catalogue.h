/* What each kind of finding means as an alarm: the catalogue that is shipped (docs/alarms.md). The
 * configuration may differ from it by `alarms.rules`. */
#ifndef ACQ_ALARM_CATALOGUE_H
#define ACQ_ALARM_CATALOGUE_H

#include "acq/plant/plant.h"

struct alarm_kind {
    const char *kind;
    /* Exceedance, bypass, tampering, production in a stop window: can be acknowledged and commented
     * on, but neither shelved nor suppressed nor taken out of service. */
    bool is_legal;
    const char *zh, *en; /* what it is, short enough for a message */
    const char *consequence_zh, *consequence_en;
    const char *response_zh, *response_en;
};

/* Never NULL: an unknown kind has a row of its own. */
const struct alarm_kind *catalogue_find(const char *kind);
/* How many rows there are, and one of them. */
size_t catalogue_count(void);
const struct alarm_kind *catalogue_get(size_t i);

/* The last rule for that kind and object; NULL: none. */
const struct plant_alarm_rule *catalogue_rule(const struct plant *plant, const char *kind,
                                              const char *object);

#endif
