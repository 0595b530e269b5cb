/* A bypass: an outlet of kind `bypass`, through which gas may pass its treatment by, and the
 * evidence by which it is known whether it is open. Part of struct plant (plant.h). */
#ifndef ACQ_PLANT_BYPASS_H
#define ACQ_PLANT_BYPASS_H

#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stdint.h>

enum evidence_channel {
    CHANNEL_LIMIT_SWITCH,
    CHANNEL_POSITION,
    CHANNEL_VELOCITY,
    CHANNEL_FLOW,
    CHANNEL_PRESSURE, /* across the closed damper */
    CHANNEL_TEMPERATURE,
    CHANNEL_CONCENTRATION,
    CHANNEL_MAIN_FLOW, /* of the outlet beside, by what its load lets expect */
    CHANNEL_TREATMENT_POWER,
    CHANNEL_FAN,
    CHANNEL_SEAL,
    CHANNEL_VIDEO,
    CHANNEL_COUNT
};

/* Members of one group are not independent: only the strongest counts. */
enum evidence_group {
    GROUP_POSITION,
    GROUP_FLOW,
    GROUP_THERMAL,
    GROUP_CHEMICAL,
    GROUP_POWER,
    GROUP_HUMAN,
    GROUP_COUNT
};

/* One channel. What the signals mean depends on it:
 *   limit switch: [0] open, [1] closed; temperature: [0] bypass, [1] main, [2] ambient;
 *   fan: [0] current, [1] set point; else [0]. PLANT_NONE where there is none. */
enum { EVIDENCE_SIGNALS = 3 };

struct plant_evidence {
    enum evidence_channel channel;
    uint32_t signal[EVIDENCE_SIGNALS];
    uint32_t outlet; /* main flow: the outlet; its flow's input in `input` */
    uint32_t input;
    uint32_t equipment; /* main flow: the load; treatment power: the treatment; else PLANT_NONE */
    const char *factor; /* concentration: HJ 212 code, or "" */
    double area_m2;     /* velocity: of the duct; 0: not known */
    double base;        /* NAN: learned, where the channel has one */
    double lod;         /* concentration: limit of detection, 0: not given */
    double open_at, closed_at; /* thresholds.h says of what; NAN: by base */
    uint32_t on_delay_s, off_delay_s;
    uint32_t stale_ms;         /* without a good value for so long the channel says nothing */
    uint32_t smooth_s;         /* noise shorter than this is evened out */
    double span_k;             /* temperature: less between main and ambient says nothing */
    uint32_t travel_s;         /* limit switch: neither for longer is a fault */
    double ln_open, ln_closed; /* of the likelihood ratios */
};

/* How evidence becomes a state (domain: bypass, fusion). */
struct plant_fusion {
    double prior, suspect, open, closing; /* probabilities */
    uint32_t suspect_s;                   /* on-delay of SUSPECT */
    uint32_t suspected_s;                 /* SUSPECT for so long is a finding */
    uint32_t off_delay_s; /* CLOSING for so long is CLOSED; shorter gaps are no end */
    uint32_t min_event_s;
    uint32_t unwatched_s; /* nothing usable for so long is a finding */
    uint32_t margin_s;    /* of a declared window */
    uint32_t late_max_s;  /* a window may be declared so long after the start */
    uint32_t standby_s;   /* the standby unit must run within so long */
};

/* What the register says of it (domain: register fields). Texts are "" when not given. */
struct plant_seal {
    const char *number, *photo;
    int64_t checked_ms; /* UTC, start of the day of the last look; 0: never */
    uint32_t due_days;
};

struct plant_register {
    const char *from, *to, *reason, *filed, *filed_on, *damper, *size, *owner;
    bool normally_closed, blind_plate;
    bool has_seal;
    struct plant_seal seal;
    const char *const *cameras; /* NULL behind the last; NULL: none */
};

/* A factor that leaves through it. */
struct plant_released {
    const char *factor;
    double inlet_mg_m3; /* of the permit; NAN: not known */
    uint32_t inlet;     /* a signal before the treatment, in mg/m3, or PLANT_NONE */
};
enum { BYPASS_FACTORS_MAX = 4, BYPASS_EVIDENCE_MAX = 16 };

struct plant_bypass {
    uint32_t outlet;        /* plant->outlets: its id and name */
    uint32_t beside;        /* outlet; PLANT_NONE: not said, as with the next three */
    uint32_t treatment;     /* equipment */
    uint32_t production;    /* equipment */
    uint32_t standby;       /* equipment */
    double design_flow_m3h; /* 0: not known */
    double efficiency_pct;  /* of the treatment; NAN: not said */
    double orifice_m2, orifice_cd;
    struct plant_released released[BYPASS_FACTORS_MAX];
    uint32_t released_count;
    const struct plant_evidence *evidence;
    uint32_t evidence_count;
    struct plant_fusion fusion;
    struct plant_register reg;
    uint8_t digest[SM3_SIZE];
};

/* The different signals that it looks at: how many, of which at most max are written. */
uint32_t bypass_signals(const struct plant_bypass *b, uint32_t *out, uint32_t max);

#endif
