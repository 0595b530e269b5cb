/* Drafts of the sections `alarms`, `people`, `rotas` and `routes` (draft.h). */
#ifndef ACQ_PLANT_DRAFT_ALARM_H
#define ACQ_PLANT_DRAFT_ALARM_H

#include "acq/plant/alarm.h"

#include <cjson/cJSON.h>

struct alarms_draft {
    struct plant_alarms alarms;
    const cJSON *rules;
    const char *raised_zh, *raised_en, *cleared_zh, *cleared_en;
};

struct alarm_rule_draft {
    struct plant_alarm_rule rule;
    int priority; /* 0 */
    const cJSON *suppressed_by;
};

struct person_draft {
    struct plant_person person;
    int language;
};

struct rota_draft {
    struct plant_rota rota;
    const cJSON *shifts, *exceptions;
};

struct shift_draft {
    const cJSON *days, *people;
    const char *from, *to;
};

struct exception_draft {
    const char *from, *to;
    const cJSON *people;
};

struct route_draft {
    struct plant_route route;
    const cJSON *priorities, *kinds, *sites, *days, *to, *escalate_to, *via;
    const char *from, *until, *quiet_from, *quiet_to, *digest_at, *heartbeat_at;
    int by;
};

#endif
