/* What the option table (option.h) writes into: the plant's structs together with what is only
 * needed while loading, such as references by name. A draft begins with its defaults; a value that
 * was never given and has no default keeps the mark that its comment names. */
#ifndef ACQ_PLANT_DRAFT_H
#define ACQ_PLANT_DRAFT_H

#include "acq/plant/option.h"
#include "acq/plant/plant.h"

#include <cjson/cJSON.h>

#define DRAFT_NOT_GIVEN UINT32_MAX

struct top_draft {
    uint32_t version; /* 0 */
    const char *schema;
    const cJSON *server;
    const cJSON *include;
    const cJSON *templates;
    const cJSON *links;
    const cJSON *devices;
    const cJSON *sites;
    const cJSON *library;
    const cJSON *influx;
    const cJSON *anchors;
    const cJSON *gateways;
    const cJSON *alarms, *people, *rotas, *routes;
    const cJSON *platforms;
};

struct server_draft {
    struct plant_server server;
    const char *timezone;
    int trust;
    const cJSON *time;
    const cJSON *http;
    const cJSON *retention;
};

struct link_draft {
    struct plant_link link;
    const char *tcp;
    const char *listen;
    int framing; /* enum link_framing, or -1 */
    int parity;
    const char *registration;
    const char *heartbeat;
};

struct asking_draft {
    struct plant_asking asking;
    const cJSON *poll;
    const cJSON *fill;
};

struct device_draft {
    struct plant_device device;
    const char *link_id;
    const cJSON *signals;
    const cJSON *forbidden;
    const cJSON *ask;
    int id_policy;
    uint32_t phase_ms; /* DRAFT_NOT_GIVEN */
    int protocol;
};

/* "40101" stands for two things at once. */
struct address_draft {
    uint32_t number; /* DRAFT_NOT_GIVEN */
    int table;       /* enum modbus_table, or -1 for a plain number */
};

enum order_word {
    ORDER_WORD_ABCD,
    ORDER_WORD_CDAB,
    ORDER_WORD_BADC,
    ORDER_WORD_DCBA,
    ORDER_WORD_64_BIT, /* first of the four that only 64-bit types have */
};

struct signal_draft {
    struct plant_signal signal;
    struct address_draft address;
    int table; /* enum modbus_table, or -1 */
    int type;  /* enum value_type, or -1 */
    int order; /* enum order_word, or one of the 64-bit orders behind them */
    uint32_t bit;
    double range[2]; /* NAN */
    uint32_t length; /* DRAFT_NOT_GIVEN */
    struct option_numbers no_value;
    const cJSON *map;
    const cJSON *counter;
};

struct map_draft {
    double from[2], to[2];
};

struct counter_draft {
    int as;
    int per;                 /* ms */
    double modulo, max_step; /* NAN */
    double per_pulse;
};

struct range_draft {
    int table;
    uint32_t first;
    uint32_t last; /* DRAFT_NOT_GIVEN */
};

struct site_draft {
    struct plant_site site;
    const cJSON *equipment;
    const cJSON *outlets;
};

struct equipment_draft {
    struct plant_equipment equipment;
    int kind; /* -1 */
    const char *power, *capture_flow;
    const cJSON *serves, *parameters;
};

struct parameter_draft {
    const char *signal, *unit;
    double min, max; /* NAN */
};

struct evidence_draft {
    int channel;                                                     /* -1 */
    const char *signal, *open, *closed, *main, *ambient, *set_point; /* signals */
    const char *outlet, *load, *equipment, *factor;
    double area_m2, base, lod; /* NAN */
    double open_at, closed_at; /* NAN */
    double lr_open, lr_closed; /* NAN */
    double span_k;
    uint32_t on_delay_s, off_delay_s, stale_s, smooth_s; /* DRAFT_NOT_GIVEN */
    uint32_t travel_s;
};

struct register_draft {
    struct plant_register reg;
    const cJSON *cameras, *seal;
};

struct seal_draft {
    struct plant_seal seal;
    const char *checked_on;
};

/* What only a bypass has, then what only a flare has, then what both have. */
struct watch_draft {
    const char *beside, *treatment, *standby;
    double design_flow_m3h, efficiency_pct, orifice_m2, orifice_cd; /* NAN */
    const cJSON *inlet_mg_m3, *inlet, *evidence, *fusion, *reg;
    double tip_diameter_m, purge_m3h; /* NAN */
    int assist;                       /* -1 */
    const cJSON *flare;
    const char *production;
};

struct flare_draft {
    struct plant_flare_rules rules;
    const cJSON *nhv;
};

struct outlet_draft {
    struct plant_outlet outlet;
    int kind;
    int zs_from;
    int means_from;
    double area_m2, excess_air; /* NAN */
    int substitute_low;
    double transmission_target_pct; /* NAN */
    const cJSON *mark_rules;
    const cJSON *stop_equipment, *service_signals;
    const char *state;
    const cJSON *state_words;
    const cJSON *state_factors;
    const cJSON *permit;
    const cJSON *inputs;
    const cJSON *limits;
    struct watch_draft watch;
};

struct mark_rule_draft {
    struct plant_mark_rule rule;
    const cJSON *when;
    const char *at;
    uint32_t last_min; /* 0 */
};

struct input_draft {
    const char *signal;
    const char *plus;
    const char *minus;
    const char *unit;
    int as;
    int state;
    int moisture;
    double molar_g_mol; /* NAN */
    double carbon_atoms;
    double equivalent_kg; /* NAN */
    uint32_t min_samples;
    uint32_t cycle_s;
    const char *inlet;
    bool equal_flow;
};

/* How sure a row of the library is: its text was read, several sources agree, one source, from
 * memory, unsure. */
enum certainty {
    CERTAIN_TEXT,
    CERTAIN_SOURCES,
    CERTAIN_ONE,
    CERTAIN_MEMORY,
    CERTAIN_UNSURE,
};

struct library_draft {
    const char *id; /* first, see load_find() */
    const char *factor, *pollutant, *industry, *facility;
    const char *unit, *averaging, *standard, *clause, *kind, *note;
    double max, min, reference_o2; /* NAN */
    int certainty;
};

struct limit_draft {
    struct plant_limit limit;
    const char *library, *confirmed_by, *confirmed_on;
    int period;
    int basis;
    int priority;
    double max, min; /* NAN */
};

enum influx_send { SEND_RAW, SEND_DERIVED, SEND_BOTH };

struct influx_draft {
    struct plant_influx influx;
    int api;
    int send;
    uint32_t backfill_requests; /* 0 */
};

struct platform_draft {
    struct plant_platform platform;
    const char *address;
    const cJSON *outlets, *factors, *facilities, *accept;
};

struct platform_factor_draft {
    const char *outlet, *factor, *code, *unit;
    bool send;
};

struct gateway_draft {
    struct plant_gateway gateway;
    int kind; /* -1 */
    int parts, tls;
    const char *connect;
    const cJSON *headers;
};

struct anchor_draft {
    struct plant_anchor anchor;
    int via; /* -1 */
    int tls;
    const cJSON *run;
    const cJSON *to;
};

#endif
