/* The plant as configured: sites, outlets, links, devices, signals, limits, targets. Loaded once
 * (load.h), then immutable; whoever holds it on several threads shares it freely. All arrays are
 * flat and ordered as in the files; references are indexes into them. Every string is UTF-8 and
 * belongs to the plant. What each option means, its range and its default stand in the option table
 * (options.c) and on the page made from it, docs/configuration.md. */
#ifndef ACQ_PLANT_PLANT_H
#define ACQ_PLANT_PLANT_H

#include "acq/core/err.h"
#include "acq/core/plant_time.h"
#include "acq/core/sm3.h"
#include "acq/plant/alarm.h"
#include "acq/plant/bypass.h"
#include "acq/plant/equipment.h"
#include "acq/plant/flare.h"
#include "acq/plant/gateway.h"
#include "acq/plant/mark_rule.h"
#include "acq/plant/measure.h"
#include "acq/plant/platform.h"
#include "acq/plant/stop_check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { PLANT_ID_MAX = 64 };
#define PLANT_NONE UINT32_MAX

enum modbus_table { TABLE_COIL, TABLE_DISCRETE, TABLE_HOLDING, TABLE_INPUT };

enum value_type {
    TYPE_BIT, /* a coil or discrete input, or with `bit` one bit of a register */
    TYPE_INT16,
    TYPE_UINT16,
    TYPE_INT32,
    TYPE_UINT32,
    TYPE_INT64,
    TYPE_UINT64,
    TYPE_FLOAT32,
    TYPE_FLOAT64,
    TYPE_BCD16, /* four decimal digits */
    TYPE_BCD32,
    TYPE_STRING, /* text of register_count registers */
};

/* How the bytes A (most significant), B, C, D stand on the wire; for 64 bits likewise by words. */
enum value_order { ORDER_ABCD, ORDER_CDAB, ORDER_BADC, ORDER_DCBA };

struct plant_retention {
    uint32_t raw_days;
    uint32_t min_days;
    uint32_t minute_days, hour_days, event_days; /* rows of SQLite */
    uint32_t minute_series_max;                  /* beyond: no minutes of stations there */
    uint32_t warn_gib;
    bool recompress;
};

struct plant_server {
    const char *plant; /* identity of the data directory: server.plant, else the first site's id */
    const char *data_dir;
    int zone_offset_min; /* server.timezone */
    enum plant_time_trust trust;
    uint32_t commit_min_ms;
    uint32_t commit_max_ms;
    uint32_t ballast_mib;
    uint32_t anchor_every_s;
    uint32_t late_accept_days; /* later samples are archived and in no mean */
    uint32_t late_settle_s;
    struct plant_retention retention;
    const char *http_listen;      /* "host:port" */
    const char *signing_key_file; /* absolute, or "": anchors are not signed */
};

enum link_framing { FRAMING_TCP, FRAMING_RTU, FRAMING_HJ212 };
enum link_medium { MEDIUM_TCP, MEDIUM_SERIAL, MEDIUM_LISTEN /* the device connects to us */ };
enum link_parity { PARITY_NONE, PARITY_EVEN, PARITY_ODD };

/* Bounds of a link that HJ 212 stations dial in to. */
struct plant_stations {
    uint32_t connections_max;
    uint32_t silence_s;        /* a connection without a good packet for so long is closed */
    uint32_t frame_timeout_ms; /* the rest of a frame may take so long */
    uint32_t segment_max;      /* bytes of the longest data segment that is read */
    uint32_t garbage_max;      /* bytes without a good packet that close a connection */
    uint32_t unknown_max;      /* MNs of no device that are listed */
};

struct plant_link {
    const char *id;
    enum link_medium medium;
    const char *host; /* name or address, without the port; IPv6 without brackets; "" if serial */
    uint16_t port;
    const char *serial; /* the port's path, else "" */
    enum link_framing framing;
    uint32_t gap_ms; /* quiet time between a reply and the next request */
    uint32_t window; /* requests on their way at once, 1..16; 1 unless FRAMING_TCP */
    uint32_t connect_timeout_ms;
    uint32_t baud; /* of the serial line, ours or behind a gateway; 0: not known */
    uint8_t data_bits, stop_bits;
    enum link_parity parity;
    bool rs485;                  /* the kernel turns the driver round */
    bool echo;                   /* the adapter returns what is sent */
    uint32_t latency_ms;         /* of the adapter, for each reply */
    const uint8_t *registration; /* of MEDIUM_LISTEN: the first bytes that tell who connects */
    const uint8_t *heartbeat;    /* to be swallowed */
    size_t registration_len, heartbeat_len; /* 0: none */
    uint32_t pending_max;
    uint32_t registration_timeout_ms;
    struct plant_stations stations; /* of FRAMING_HJ212 */
    uint32_t first_device;          /* into plant->link_devices */
    uint32_t device_count;
    uint8_t digest[SM3_SIZE]; /* over this link's settings and all of its devices' */
};

enum counter_as { COUNTER_NONE, COUNTER_TOTAL, COUNTER_RATE };

/* What stands between the decoded number and the value, in this order (io_map.h). */
struct plant_io {
    bool ne43; /* the number is a current in mA */
    bool has_map;
    double map_from[2]; /* different */
    double map_to[2];
    bool square_root; /* of the place between the two points */
    bool invert;      /* of a bit */
    uint32_t debounce_ms;
    enum counter_as counter;
    double modulo;   /* counts after which the counter begins again */
    double max_step; /* counts between two readings; more is a restart */
    double per_pulse;
    uint32_t rate_ms; /* COUNTER_RATE: per so much time */
};

struct plant_signal {
    const char *id;
    const char *name; /* "" when not given */
    const char *unit; /* "" when not given */
    uint32_t device;
    const char *factor; /* HJ 212: its code; NULL of a Modbus signal, which the rest is of */
    enum modbus_table table;
    uint16_t address;       /* 0-based, as on the wire */
    uint8_t register_count; /* 1, 2 or 4; 1 for a coil or discrete input; 1..32 of a text */
    enum value_type type;
    enum value_order order;
    int8_t bit;   /* 0 (least significant)..15 of one register, or -1 */
    double scale; /* value = raw * scale + offset */
    double offset;
    bool has_range;
    double range_min; /* in the signal's unit, after scaling */
    double range_max;
    bool writable;
    uint8_t no_value_count;
    const double *no_value; /* raw numbers that mean that there is no value */
    bool has_io;
    struct plant_io io;
};

/* Addresses of a table, ends included. */
struct plant_range {
    enum modbus_table table;
    uint16_t first, last;
};

/* Which transaction ids of a reply are taken (Modbus TCP): the request's; also 0; any. */
enum id_policy { ID_STRICT, ID_ZERO, ID_IGNORE };

enum plant_protocol { PROTOCOL_MODBUS, PROTOCOL_HJ212 };

enum station_intervals { INTERVALS_LEAVE, INTERVALS_ASK, INTERVALS_SET };
enum station_switch { SWITCH_LEAVE, SWITCH_ON, SWITCH_OFF };
/* What a station can be asked for again and again, as bits 1 << n of poll and fill. */
enum station_series {
    SERIES_REALTIME, /* 2011; not in fill */
    SERIES_MINUTE,   /* 2051 */
    SERIES_HOUR,     /* 2061 */
    SERIES_DAY,      /* 2031 */
    SERIES_RUN_TIME, /* 2041 */
    SERIES_COUNT
};

/* Requests to a station (docs/stations.md). */
struct plant_asking {
    bool given;                   /* the members below are set */
    uint32_t over_time_s;         /* without an answer the request is sent again */
    uint32_t resends;             /* then it is given up */
    uint32_t total_s;             /* the most for one request with all its records */
    bool set_timeouts;            /* 1000 with the two above */
    int intervals;                /* enum station_intervals */
    uint32_t realtime_interval_s; /* of 1062 */
    uint32_t minute_interval_min; /* of 1064, and of what 2051 is expected for */
    int realtime, states;         /* enum station_switch: 2011, 2012; 2021, 2022 */
    uint32_t clock_check_h;       /* 1011 so often; 0: never */
    uint32_t clock_off_s;         /* with set_clock 1012 follows when it is off by more */
    bool controls;                /* a person may send what changes or moves something */
    unsigned poll, fill;          /* bits of enum station_series */
    uint32_t fill_back_d;         /* missing periods are asked for so far back */
    uint32_t fill_gap_s;          /* between two such requests */
    uint32_t fill_records;        /* periods in one of them */
    uint32_t fill_tries;          /* for the same period */
    uint32_t fill_after_s;        /* from a period's end until it counts as missing */
};

/* A device that reports by itself. What it shares with the codec is kept in the codec's numbers. */
struct plant_station {
    const char *mn;
    const char *password;      /* never logged or printed; "": none is asked for */
    const char *password_file; /* absolute, or "" */
    const char *st;            /* "": any */
    int edition;               /* enum hj212_edition */
    int crc;                   /* enum hj212_crc_variant */
    uint32_t ack_max_s;
    bool set_clock;           /* answer 1013 with the time */
    const char *sm4_key;      /* as configured, never logged or printed; "": none */
    const char *sm4_key_file; /* absolute, or "" */
    int cipher, cipher_form;  /* enum hj212_cipher_use, enum hj212_cipher_form */
    bool cipher_new_key;      /* 1014 downward encrypted with the key it replaces */
    uint32_t max_factors;     /* codes that are no signal and whose values are kept */
    uint32_t key_grace_min;   /* the replaced key is still read */
    struct plant_asking asking;
};

struct plant_device {
    const char *id;
    const char *template_id; /* NULL when the signals are the device's own */
    const char *measurement; /* "raw_<template>" or "raw_<device>" */
    uint32_t link;
    uint8_t unit;
    uint32_t every_ms;
    uint32_t phase_ms; /* offset of the due times in the period; given or spread, see phase.c */
    uint32_t timeout_ms;
    uint32_t retries;
    uint16_t max_registers;
    uint16_t max_gap; /* registers (bits / 16) that a joined request may read in vain */
    uint32_t backoff_max_s;
    enum id_policy id_policy;
    uint32_t write_gap_ms;               /* quiet time after a write */
    bool write_multiple;                 /* functions 15 and 16 also for one */
    const struct plant_range *forbidden; /* never read */
    uint32_t forbidden_count;
    uint32_t first_signal; /* its signals are contiguous in plant->signals */
    uint32_t signal_count;
    enum plant_protocol protocol;
    struct plant_station station; /* of PROTOCOL_HJ212 */
    uint8_t digest[SM3_SIZE];
};

struct plant_site {
    const char *id;
    const char *name;
    uint32_t first_outlet;
    uint32_t outlet_count;
};

/* What stands beside an input's own signal when its quantity is worked out. */
enum plant_slot {
    SLOT_OWN,
    SLOT_SECOND, /* what is added or taken off */
    SLOT_TEMPERATURE,
    SLOT_STATIC,
    SLOT_MOISTURE,
    SLOT_AMBIENT,
    SLOT_OXYGEN,
    SLOT_FLOW,
    SLOT_STATE, /* the state word */
    SLOT_COUNT
};

struct plant_input {
    const char *id;     /* "DA001/a21026": outlet, factor */
    const char *factor; /* HJ 212 factor code */
    uint32_t outlet;
    uint32_t signal;
    uint32_t second; /* a signal that is added or taken off, or PLANT_NONE */
    enum measure measure;
    enum measure source; /* what the signal itself measures: a flow may be made of a velocity */
    /* In the measure's unit: signal * scale + second * second_scale + offset. */
    double scale, second_scale, offset;
    bool is_actual; /* at the duct's state, not the standard one */
    bool is_wet;
    bool is_plain;        /* the value is the signal's number */
    uint32_t min_samples; /* that make a minute valid */
    uint32_t cycle_ms;    /* a value holds for so long; 0: it is a sample of its instant */
    /* By slot, or PLANT_NONE: the input whose units it has, and its signal. */
    uint32_t slot_inputs[SLOT_COUNT], slot_signals[SLOT_COUNT];
    uint32_t inlet;       /* the input that says what goes into treatment, or PLANT_NONE */
    bool equal_flow;      /* removal by concentration: as much gas comes out as goes in */
    double permit_kg;     /* a year; 0: none */
    double equivalent_kg; /* that are one pollution equivalent; 0: not known */
    uint8_t digest[SM3_SIZE];
    uint8_t account_digest[SM3_SIZE]; /* of what its books depend on besides */
};

enum zs_from { ZS_FROM_HOUR_MEANS, ZS_FROM_MINUTE_VALUES };

/* Whose means an outlet's limits and totals take; both are recorded. */
enum means_from { MEANS_FROM_OWN, MEANS_FROM_STATION, MEANS_FROM_STATION_ELSE_OWN };

/* What stands for missing masses in a quarter with less than 75 % of valid data. */
enum substitute_low_capture { LOW_CAPTURE_MANUAL, LOW_CAPTURE_MAX_2160 };

/* A share of what may be emitted in a year; three of them for each input with a permit. */
struct plant_permit {
    const char *id; /* "DA001/a21026/total/80" */
    uint32_t input;
    double limit_kg; /* the share */
    uint8_t percent;
    uint8_t priority;
    uint8_t digest[SM3_SIZE];
};

/* A state word's number and HJ 212's letter for it. */
struct plant_state_word {
    uint32_t code;
    char flag;
};

enum outlet_kind { OUTLET_STACK, OUTLET_BYPASS, OUTLET_FLARE };

struct plant_outlet {
    const char *id;
    const char *name;
    enum outlet_kind kind;
    uint32_t site;
    uint32_t first_input;
    uint32_t input_count;
    uint32_t first_limit;
    uint32_t limit_count;
    /* Something is said of its gas or state: its means carry corrected values, masses and flags. */
    bool is_regulated;
    double height_m, area_m2; /* 0: not given */
    double velocity_factor, pitot_factor;
    double ambient_kpa;  /* NAN: not given */
    double moisture_pct; /* likewise */
    double reference_o2; /* likewise: no correction; also of an excess air */
    enum zs_from zs_from;
    enum means_from means_from;
    uint32_t station_wait_min;   /* MEANS_FROM_STATION_ELSE_OWN: how long its mean is waited for */
    uint32_t gas[MEASURE_COUNT]; /* the input that measures it, or PLANT_NONE */
    uint32_t flow;               /* the input that the flow comes of, or PLANT_NONE */
    uint32_t state;              /* the signal with the state word, or PLANT_NONE */
    const struct plant_state_word *state_words;
    uint32_t state_word_count;
    const char *const
        *state_factors; /* that the state speaks for, NULL behind the last; NULL: all */
    enum substitute_low_capture substitute_low;
    const char *outside_flags;  /* letters of hours that are not held against validity */
    double compliance_target;   /* % of a month's valid hours within their limits; 0: none */
    double transmission_target; /* effective transmission rate of a day, 0..1 */
    struct plant_stop_check stop;
    uint8_t stop_digest[SM3_SIZE];
};

enum limit_period { PERIOD_REALTIME, PERIOD_MINUTE, PERIOD_HOUR, PERIOD_DAY };
enum limit_basis { BASIS_CORRECTED, BASIS_MEASURED };

enum { PLANT_FORECAST_WINDOW_MAX = 30 };

struct plant_limit {
    const char *id; /* "DA001/a21026/realtime/0": outlet, factor, period, place in the list */
    const char *factor;
    const char *source; /* "permit", a standard's number; "" when not given */
    uint32_t outlet;
    uint32_t input;  /* of that outlet */
    uint32_t signal; /* the input's */
    enum limit_period period;
    enum limit_basis basis;
    bool has_min, has_max;
    double min, max;     /* in the unit of the outlet's input */
    double deadband;     /* same unit, >= 0 */
    const char *library; /* the row of the limits library it was taken from; "" = its own */
    bool is_unconfirmed; /* a row that nobody confirmed: it judges nothing */
    uint32_t on_delay_s;
    uint32_t off_delay_s;
    /* Of an hour with a max: when its mean is foreseen to exceed it (acq/detect/forecast.h). */
    double severity_middle, severity_high; /* times max: classes of hours and days */
    double forecast_pct;                   /* 0: never */
    uint32_t forecast_for_min, forecast_window_min;
    uint8_t priority; /* 1..3 */
    uint8_t digest[SM3_SIZE];
};

/* Which of InfluxDB's write endpoints: /write, /api/v2/write, /api/v3/write_lp. */
enum influx_api { INFLUX_V1, INFLUX_V2, INFLUX_V3 };

struct plant_influx {
    const char *id;
    const char *url; /* without a trailing slash */
    enum influx_api api;
    const char *database;         /* v1, v3; "" for v2 */
    const char *bucket;           /* v2; "" for the others */
    const char *org;              /* v2; "" = none said */
    const char *retention_policy; /* "" = the database's default */
    const char *user;             /* "" = none */
    const char *password_file;    /* absolute, or "" */
    const char *password;         /* read from it at load; never logged or printed */
    const char *token_file;       /* absolute, or "" */
    const char *token;            /* likewise */
    const char *tls_ca_file;      /* absolute; "" = the system's authorities */
    bool accept_partial;          /* v3 */
    double backfill_share;        /* of the time, for what was missed, while new data comes */
    uint32_t backfill_requests;   /* of what was missed, at once */
    uint32_t hold_s;              /* between attempts at a target that refuses */
    bool send_raw;
    bool send_derived;
    bool history; /* a new target gets the whole kept record, not only what comes */
    uint32_t timeout_ms;
    uint32_t retry_max_s;
    uint8_t digest[SM3_SIZE];
};

enum anchor_via { ANCHOR_INFLUX, ANCHOR_FILE, ANCHOR_COMMAND, ANCHOR_EMAIL };
enum anchor_tls { ANCHOR_TLS_NONE, ANCHOR_STARTTLS };

/* Where the chain's head goes. What another `via` would need is NULL. */
struct plant_anchor {
    enum anchor_via via;
    const char *target;     /* id of the InfluxDB target */
    const char *path;       /* of the file, absolute or as the working directory has it */
    const char *const *run; /* words of the command, NULL behind the last */
    const char *smtp;       /* URL without a trailing slash */
    const char *from;
    const char *const *to; /* NULL behind the last */
    const char *user;      /* "" = none */
    const char *password_file;
    const char *password; /* read from it at load; never logged or printed */
    const char *tls_ca_file;
    enum anchor_tls tls; /* of smtp://; smtps:// has it anyway */
    uint32_t timeout_s;
    uint8_t digest[SM3_SIZE];
};

struct plant {
    struct plant_server server;
    struct plant_link *links;
    uint32_t *link_devices; /* device indexes grouped by link, in file order */
    struct plant_device *devices;
    struct plant_signal *signals;
    struct plant_site *sites;
    struct plant_outlet *outlets;
    struct plant_input *inputs;
    uint32_t *plain, *regulated; /* inputs of outlets that are not, and that are regulated */
    uint32_t *cyclic;            /* inputs with a cycle, in neither of the two */
    uint32_t *chosen;            /* inputs of outlets with MEANS_FROM_STATION_ELSE_OWN */
    uint32_t chosen_count;
    uint32_t plain_count, regulated_count, cyclic_count;
    uint32_t *removals;  /* inputs with an inlet */
    uint32_t *treatment; /* equipment of that kind */
    uint32_t removal_count, treatment_count;
    struct plant_permit *permits;
    uint32_t permit_count;
    struct plant_limit *limits;
    struct plant_equipment *equipment;
    struct plant_bypass *bypasses; /* of outlets of that kind */
    struct plant_flare *flares;    /* likewise */
    struct plant_influx *influx;
    struct plant_anchor *anchors;
    uint32_t link_count, device_count, signal_count, site_count;
    uint32_t outlet_count, input_count, limit_count, influx_count, anchor_count;
    uint32_t equipment_count, bypass_count, flare_count;
    struct plant_alarms alarms;
    struct plant_person *people;
    struct plant_rota *rotas;
    struct plant_route *routes;
    uint32_t person_count, rota_count, route_count;
    struct plant_gateway *gateways;
    uint32_t gateway_count;
    struct plant_mark_rule *mark_rules;
    uint32_t mark_rule_count;
    struct plant_platform *platforms;
    struct plant_platform_code *platform_codes; /* grouped by platform */
    uint32_t platform_count, platform_code_count;
    /* The accepted text: the main file and everything it includes, each file introduced by a line
     * "// file: NAME", secrets' files not among them. */
    const char *text;
    size_t text_len;
    uint8_t digest[SM3_SIZE]; /* SM3 of text */
    struct arena *arena;      /* owns all of the above and the plant itself */
};

/* Linear look-ups for loading and commands; PLANT_NONE when absent. "device.signal" for a signal.
 */
uint32_t plant_find_equipment(const struct plant *p, const char *id);
uint32_t plant_find_outlet(const struct plant *p, const char *id);
uint32_t plant_find_device(const struct plant *p, const char *id);
uint32_t plant_find_signal(const struct plant *p, const char *device_dot_signal);

/* Whether an hour of that input has a mass: a concentration of a regulated outlet with a flow. */
bool plant_has_mass(const struct plant *p, uint32_t input);

/* Whether both are read together, with the same requests: one unit of one link at the same
 * instants, with equal settings. The second leaves the instants out. */
bool plant_shares_reads(const struct plant_device *a, const struct plant_device *b);
bool plant_may_share_reads(const struct plant_device *a, const struct plant_device *b);

/* NULL is fine. */
void plant_free(struct plant *p);

#endif
