/* What is held against marks of an outlet (acq/detect/false_mark.h). */
#ifndef ACQ_PLANT_STOP_CHECK_H
#define ACQ_PLANT_STOP_CHECK_H

#include <stdint.h>

enum { STOP_EQUIPMENT_MAX = 16, SERVICE_SIGNALS_MAX = 16 };

struct plant_stop_check {
    double flow_max_m3h, temperature_max_c, o2_min_pct; /* NAN: not tested */
    uint32_t hold_s;                                    /* a contradiction lasts so long */
    const uint32_t *equipment;                          /* plant->equipment */
    uint32_t equipment_count;
    const uint32_t *service; /* plant->signals */
    uint32_t service_count;
};

#endif
