/* What the parts of one load share: load.c runs them in an order in which every reference points
 * back to something that was loaded before. An object with errors is loaded all the same, so that
 * references to it do not become errors too; the plant is thrown away in the end. */
#ifndef ACQ_PLANT_LOADER_H
#define ACQ_PLANT_LOADER_H

#include "acq/plant/draft.h"
#include "acq/plant/read.h"
#include "acq/plant/source.h"
#include "acq/plant/vec.h"

struct loader {
    struct arena *arena;
    struct report report;
    struct reader reader;
    struct sources sources;
    bool reads_secrets;
    bool partial; /* a file is missing or not JSON: what it may hold is not missed */
    struct plant_server server;
    const struct source *server_source; /* where it was given; NULL: nowhere */
    bool names_plant;                   /* server.plant was given, if only a wrong one */
    struct device_draft device_defaults;
    struct signal_draft signal_defaults;
    struct vec templates;        /* struct template_entry */
    struct vec template_signals; /* struct signal_draft */
    struct vec links, devices, signals, sites, outlets, inputs, limits, influx; /* of the plant */
    struct vec anchors;
    struct vec gateways;
    struct vec people, rotas, routes;
    struct plant_alarms alarms;
    const struct source *alarms_source; /* where it was given; NULL: nowhere */
    struct vec platforms, platform_codes;
    struct vec equipment, bypasses, flares;
    struct vec mark_rules;
    struct vec bypass_drafts; /* struct bypass_draft: of the site that is loaded */
    struct vec library;       /* struct library_draft */
    struct vec phases;        /* uint32_t by device: as given, or DRAFT_NOT_GIVEN */
};

/* A bypass that waits for the outlets of its site. */
struct bypass_draft {
    const cJSON *node;
    struct watch_draft watch;
    uint32_t outlet;
};

/* The id comes first, as in all of the plant's structs that have one. */
struct template_entry {
    const char *id;
    struct device_draft draft;
    uint32_t first_signal;
    uint32_t signal_count;
};

/* One object each; at is its place. */
void load_server(struct loader *l, const struct place *at);
void load_template(struct loader *l, const struct place *at);
void load_link(struct loader *l, const struct place *at);
void load_device(struct loader *l, const struct place *at);
void load_library(struct loader *l, const struct place *at);
void load_site(struct loader *l, const struct place *at);
void load_influx(struct loader *l, const struct place *at);
void load_anchor(struct loader *l, const struct place *at); /* after every target */
void load_gateway(struct loader *l, const struct place *at);
/* NULL: the defaults. After every site. */
void load_alarms(struct loader *l, const struct place *at);
void load_person(struct loader *l, const struct place *at);
void load_rota(struct loader *l, const struct place *at);     /* after every person */
void load_route(struct loader *l, const struct place *at);    /* after every rota and site */
void load_platform(struct loader *l, const struct place *at); /* after every site */

/* Of an input: how its signal's numbers become its measure's; its signal is known by now. */
void load_input_units(struct loader *l, const struct place *at, const struct input_draft *d,
                      struct plant_input *input);
/* Of an outlet whose inputs are loaded: what it says of its gas, and what its inputs need of it. */
/* The rules that mark an outlet by themselves. */
void load_mark_rules(struct loader *l, const struct place *at, const cJSON *list,
                     const struct plant_outlet *o);
/* A signal and its bounds. */
void load_parameter(struct loader *l, const struct place *at, struct plant_parameter *out);
/* What its books need: equivalents, what stands for missing masses, the target. */
void load_input_books(const struct input_draft *d, struct plant_input *input);
void load_outlet_books(struct loader *l, const struct place *at, const struct outlet_draft *d,
                       struct plant_outlet *o);
void load_outlet_gas(struct loader *l, const struct place *at, const struct outlet_draft *d,
                     struct plant_outlet *o);

/* Equipment of a site; then, when all of it is known, what treatment serves: first is the index of
 * the site's first. */
void load_equipment(struct loader *l, const struct place *at);
void load_all_serves(struct loader *l, const struct place *site, uint32_t first);
/* PLANT_NONE when id is NULL, or reported. */
uint32_t load_equipment_ref(struct loader *l, const struct place *at, const char *key,
                            const char *id);
/* Reports what only outlets of another kind have. */
void load_check_outlet_kind(struct loader *l, const struct place *at, enum outlet_kind kind);
/* Of an outlet that is about to be added: a bypass waits until its site's outlets are known. */
void load_watch_later(struct loader *l, const struct place *at, const struct watch_draft *w);
void load_bypasses(struct loader *l, const struct place *site);
void load_flare(struct loader *l, const struct place *at, const struct outlet_draft *d,
                const cJSON *inputs);
/* False, and nothing in out, when it cannot even be read. */
bool load_evidence(struct loader *l, const struct place *at, struct plant_evidence *out);

/* Fills in a limit from the row that it names, if it names one; says whether it judges. */
void load_limit_row(struct loader *l, const struct place *at, const struct plant_outlet *outlet,
                    struct limit_draft *d);

/* The one line of the file that the member `key` of at names, *path of it; *path becomes absolute.
 * "" when *path is, or when files are not read. */
const char *load_secret(struct loader *l, const struct place *at, const char *key,
                        const char **path);
/* *path becomes absolute, if it is not ""; must_exist: reported when it cannot be read. */
void load_path(struct loader *l, const struct place *at, const char *key, bool must_exist,
               const char **path);

/* A signal over its basis, which is the draft: what is given here goes before it. The draft's
 * signal is complete unless something was reported; what implies something (type from the table)
 * stays open in the draft itself, so that a device may change what implies it. */
void load_signal(struct loader *l, const struct place *at, struct signal_draft *draft);

/* The same for a factor of a HJ 212 station. */
void load_factor(struct loader *l, const struct place *at, const struct device_draft *device,
                 struct signal_draft *draft);
/* What the device's protocol asks for and what it has no use for. */
void load_station(struct loader *l, const struct place *at, struct plant_device *d);

/* A station's requests over what *out has; node: the object at at, or NULL. */
void load_asking(struct loader *l, const struct place *at, const cJSON *node,
                 struct plant_asking *out);

/* The second half of load_signal(), over a signal whose register and type are settled: text length,
 * codes for "no value", what an I/O module's input needs. Reports and returns false. */
bool load_signal_extras(struct loader *l, const struct place *at,
                        const struct signal_draft *settled, struct plant_signal *s);
/* The member `forbidden` of at, if it is there. */
void load_forbidden(struct loader *l, const struct place *at, struct plant_device *d);
/* Reports a setting of the unit itself that an earlier device of the same unit has otherwise. */
void load_check_same_unit(struct loader *l, const struct place *at, const struct plant_device *d);
/* Reports the first two signals of the device of which one begins inside the other and ends behind
 * it. */
void load_check_overlap(struct loader *l, const struct place *at, const struct plant_device *d);
/* Reports the first signal of the device that lies in one of its forbidden ranges. */
void load_check_forbidden(struct loader *l, const struct place *at, const struct plant_device *d);

/* Calls one() for each element of the list or object `node`, which is a child of at; node may be
 * NULL. */
void load_each(struct loader *l, const struct place *at, const cJSON *node,
               void (*one)(struct loader *l, const struct place *at));

/* Index of the item whose first member is this id, or PLANT_NONE. */
uint32_t load_find(const struct vec *v, size_t size, const char *id);
/* Reports an id that another item of the list has already. */
void load_check_unique(struct loader *l, const struct place *at, const struct vec *v, size_t size,
                       const char *id);
/* Looks up a reference; reports one to nothing with the nearest that exists. `kind`: "a link". */
uint32_t load_resolve(struct loader *l, const struct place *at, const struct vec *v, size_t size,
                      const char *id, const char *kind);
uint32_t load_resolve_signal(struct loader *l, const struct place *at, const char *text);
/* Likewise, but of a signal that is a number. */
uint32_t load_resolve_number(struct loader *l, const struct place *at, const char *text);

/* SM3 over the effective settings in a fixed order, the phase as given. */
void digest_device(const struct plant_device *d, const struct plant_link *link,
                   const struct plant_signal *signals, uint32_t given_phase_ms,
                   uint8_t out[SM3_SIZE]);
void digest_link(const struct plant *p, const struct plant_link *link, uint8_t out[SM3_SIZE]);
void digest_input(const struct plant *p, const struct plant_input *input, uint8_t out[SM3_SIZE]);
/* Of what is held against its marks. */
void digest_stop(const struct plant *p, const struct plant_outlet *o, uint8_t out[SM3_SIZE]);
void digest_mark_rule(const struct plant *p, const struct plant_mark_rule *r,
                      uint8_t out[SM3_SIZE]);
void digest_account(const struct plant *p, const struct plant_input *input, uint8_t out[SM3_SIZE]);
void digest_limit(const struct plant *p, const struct plant_limit *limit, uint8_t out[SM3_SIZE]);
void digest_permit(const struct plant *p, const struct plant_permit *permit, uint8_t out[SM3_SIZE]);
void digest_equipment(const struct plant *p, const struct plant_equipment *e,
                      uint8_t out[SM3_SIZE]);
void digest_bypass(const struct plant *p, const struct plant_bypass *b, uint8_t out[SM3_SIZE]);
void digest_flare(const struct plant *p, const struct plant_flare *f, uint8_t out[SM3_SIZE]);
void digest_influx(const struct plant_influx *t, const struct plant_influx *written,
                   uint8_t out[SM3_SIZE]);
void digest_platform(const struct plant *p, struct plant_platform *t);
void digest_gateway(const struct plant_gateway *g, const struct plant_gateway *written,
                    uint8_t out[SM3_SIZE]);
void digest_anchor(const struct plant_anchor *a, const struct plant_anchor *written,
                   uint8_t out[SM3_SIZE]);

/* Fills in phase_ms of every device that has none given. */
void phase_spread(struct plant *p, const uint32_t *given_ms);

/* slots.c: what each input's quantity is worked out of, once outlets and inputs are whole. */
void load_slots(struct plant *p);

#endif
