/* Inside of modbus_bus: its parts, and the calls between its sources. modbus_bus.c: inputs and the
 * order of work. bus_flight.c: requests on their way. bus_cycle.c: cycles, units, back-off.
 * bus_reply.c: what a reply means. bus_rtu.c: what differs where frames have no header.
 * bus_signals.c: registers to samples. bus_ranges.c: with which requests a device is asked;
 * bus_memory.c: what of that outlives the bus. bus_write.c: writes. bus_build.c: making, rebinding,
 * statistics. */
#ifndef ACQ_COLLECT_BUS_IMPL_H
#define ACQ_COLLECT_BUS_IMPL_H

#include "acq/collect/bus_timing.h"
#include "acq/collect/io_map.h"
#include "acq/collect/modbus_bus.h"
#include "acq/collect/planner.h"
#include "protocols/modbus/decode.h"
#include "protocols/modbus/mbap.h"
#include "protocols/modbus/rtu.h"

enum { BUS_UNITS = 256, BUS_TRANSACTIONS = 65536, BUS_WINDOW_MAX = 16 };

enum request_state {
    REQUEST_SETTLED,
    REQUEST_HELD, /* waits for the probe's outcome */
    REQUEST_QUEUED,
    REQUEST_SENT
};

struct bus_backoff {
    uint32_t failures; /* in a row */
    int64_t resume_ms; /* due times before it are skipped */
    quality reason;    /* of the last failure */
};

struct bus_request {
    struct modbus_request_plan plan;
    struct bus_device *device;
    struct bus_request *next; /* in its queue */
    enum request_state state;
    uint32_t tries_left;        /* after the current one */
    struct bus_backoff backoff; /* silent while its unit answers others */
    quality silence; /* why it has no answer in this cycle, its last try over; else good */
    int64_t queued_ms;
    bool promoted;    /* waited a whole period: no longer asked last */
    bool saw_foreign; /* a bad reply with the right transaction, in the current try */
    bool saw_length;
    bool saw_crc;
    uint32_t origin; /* the planned request that it is, or is a part of */
    uint8_t refused; /* the exception, 1 to 3, that it was last answered with */
};

/* A planned request, and what exceptions 1 to 3 taught of its range: halved until the registers
 * that are there are found, asked once more, then kept. */
enum origin_state {
    ORIGIN_WHOLE,
    ORIGIN_SEARCHING,
    ORIGIN_CONFIRMING, /* the parts are asked a second time */
    ORIGIN_LEARNED
};

struct bus_origin {
    struct modbus_request_plan plan;
    enum origin_state state;
    uint8_t searches;
    bool disturbed;   /* a part stayed without answer: nothing can be said */
    bool had_refused; /* the search found parts that are not there */
    bool barren;      /* all of it was refused: not searched again until it answers */
};

/* Signals that are not asked any more. */
struct bus_dead {
    struct modbus_request_plan plan;
    uint32_t origin;
    uint8_t exception;
};

struct bus_text {
    uint32_t ref;
    char text[MODBUS_TEXT_SIZE];
};

struct bus_map {
    uint32_t ref, signal;
    struct io_map map;
};

/* One unit id on this link, shared by its devices. */
struct bus_unit {
    struct bus_backoff backoff; /* whole cycles without any answer of the unit */
    uint32_t probes;            /* turn of the next probe among a device's requests */
    uint32_t slowest_ms;        /* good reply, slowly forgotten */
    bool suspect;               /* timed out last: asked last */
    bool patient;               /* the next probe waits the whole time-out */
    /* RTU: an answer may still come that nothing tells from the next one's: not asked until then */
    bool owes;
    int64_t owes_since_ms, owes_until_ms;
    uint32_t latest_ms; /* of its late replies */
};

/* A device of the plant: its part of what is read together. */
struct bus_member {
    uint32_t index;        /* in plant->devices */
    uint32_t first, count; /* of its samples among all */
    bool has_texts;
};

/* What is read together: one device of the plant as a rule, several where they share a unit, its
 * instants and its settings. Signals are counted through all members. */
struct bus_device {
    struct bus_member *members;
    uint32_t member_count;
    char digest[SM3_HEX_SIZE]; /* of all their settings */
    uint8_t unit_id;
    struct bus_unit *unit;
    uint32_t every_ms, phase_ms, timeout_ms, retries;
    int64_t backoff_max_ms;
    enum id_policy id_policy;
    uint32_t write_gap_ms;
    struct bus_request *requests; /* room for one of each signal */
    uint32_t request_count;
    struct bus_origin *origins;
    uint32_t origin_count;
    struct bus_dead *dead;
    uint32_t dead_count;
    struct collect_range *ranges;    /* room for what on_learned() tells */
    bool forget;                     /* what was learned, when the cycle is over */
    uint16_t *addresses;             /* of each decoder */
    struct modbus_decoder *decoders; /* in the order of the plan's refs */
    uint32_t *targets;               /* of each decoder: the signal in its device */
    struct sample *samples;
    uint32_t signal_count;
    double *codes; /* of all decoders */
    struct bus_text *texts;
    const char **text_of; /* by signal */
    uint32_t text_count;
    struct bus_map *maps;
    uint32_t map_count;
    int64_t next_due_ms; /* journal clock */
    int64_t due_ms;      /* of the cycle under way */
    int64_t time_ms;     /* the same in UTC */
    uint32_t unsettled;  /* requests of the cycle under way; 0: idle */
    bool probing;        /* the others are held until one request is answered */
    bool answered;       /* the unit itself answered in this cycle */
    quality failure;     /* of this cycle's last request without an answer */
    struct collect_device_stats stats;
};

enum write_phase { WRITE_NONE, WRITE_SENDING, WRITE_READING };

struct bus_write {
    enum write_phase phase;
    struct bus_request request; /* the reading back */
    struct modbus_request frame;
    uint8_t bytes[MODBUS_WRITE_DATA_MAX];
    size_t len;
    struct modbus_decoder decoder;
    uint64_t token;
    int64_t queued_ms;
};

struct bus_queue {
    struct bus_request *first, *last;
};

/* A request on its way. */
struct bus_flight {
    struct bus_request *request;
    struct modbus_request frame;
    int64_t sent_ms, deadline_ms;
    bool stale_bytes; /* what the parser holds came before it was sent */
};

/* Of a link with RTU framing. */
struct bus_rtu {
    bool used;
    bool echo; /* the adapter returns what is sent */
    struct rtu_parser parser;
    size_t sent_len, echo_left;
    size_t burst_len;
    uint8_t sent[RTU_ADU_MAX];
    uint8_t burst[RTU_ADU_MAX]; /* what came since the last silence */
    bool receiving;             /* the reply in flight has begun */
    bool spoiled;               /* it came, and is no good: only the silence behind it is awaited */
    int64_t last_byte_ms, noise_since_ms;
    int64_t first_byte_ms; /* until when the reply in flight must have begun */
    int64_t whole_ms;      /* until when it must be over, whatever comes */
};

struct modbus_bus {
    const struct plant *plant;
    uint32_t link;
    struct modbus_bus_ops ops;
    void *ctx;
    struct bus_timing timing;
    struct bus_rtu rtu;
    unsigned silences_max;
    struct bus_device *devices;
    uint32_t device_count;
    struct bus_device *by_unit[BUS_UNITS]; /* the first device of each unit id */
    struct bus_unit units[BUS_UNITS];

    bool started; /* the grid runs */
    bool connected;
    bool alive;
    enum quality_word down_reason;
    unsigned silences; /* time-outs in a row */
    struct bus_queue normal, last;
    struct bus_write write;                    /* ahead of both */
    struct bus_flight flights[BUS_WINDOW_MAX]; /* oldest first */
    unsigned flight_count;
    unsigned window;       /* most of them; 1 with RTU framing */
    int64_t silence_at_ms; /* of the newest silence: what was sent before it is part of it */
    int64_t looked_ms;     /* when it was last looked for what is to be sent */
    int64_t quiet_until_ms;
    int64_t held_until_ms; /* all that waits is of units that owe an answer */
    int64_t next_due_ms;   /* the least of all devices' */
    uint16_t transaction;
    struct mbap_parser parser;
    /* Transactions given up on this connection and not answered since: never used again on it. */
    uint32_t given_up_count;
    uint32_t given_up[BUS_TRANSACTIONS / 32];
    uint32_t slowest_ms;
    struct collect_link_stats stats;
};

/* bus_flight.c: up to `window` requests on their way. A flight that is removed moves those behind
 * it. */
/* Transactions are unique among the flights. */
struct bus_flight *bus_flight_add(struct modbus_bus *b, struct bus_request *r);
void bus_flight_remove(struct modbus_bus *b, struct bus_flight *f);
/* NULL: none of that transaction. */
struct bus_flight *bus_flight_find(struct modbus_bus *b, uint16_t transaction);
/* NULL: none that is over. */
struct bus_flight *bus_flight_over(struct modbus_bus *b, int64_t at_ms);
bool bus_flight_of_unit(const struct modbus_bus *b, const struct bus_unit *u);
/* INT64_MAX: none is on its way. */
int64_t bus_flight_deadline_ms(const struct modbus_bus *b);
/* All that the parser held was taken. */
void bus_flight_bytes_taken(struct modbus_bus *b);

/* bus_build.c: that which reads the plant's device, or NULL. */
struct bus_device *bus_device_find(const struct modbus_bus *b, uint32_t device);

/* bus_cycle.c */
void bus_start_grid(struct modbus_bus *b, struct bus_time now);
void bus_start_due_cycles(struct modbus_bus *b, struct bus_time now);
void bus_settle(struct modbus_bus *b, struct bus_request *r, quality why, struct bus_time now);
/* The unit itself answered r, with a value or with an exception of its own. */
void bus_unit_answered(struct modbus_bus *b, struct bus_device *d, struct bus_time now);
void bus_abort_cycles(struct modbus_bus *b, quality why, struct bus_time now);
uint32_t bus_timeout_ms(const struct modbus_bus *b, const struct bus_device *d);

/* modbus_bus.c */
void bus_enqueue(struct modbus_bus *b, struct bus_request *r, bool asked_last, struct bus_time now);
void bus_promote(struct modbus_bus *b, const struct bus_device *d, struct bus_time now);
void bus_close_connection(struct modbus_bus *b, struct bus_time now);

/* bus_reply.c */
void bus_take_reply(struct modbus_bus *b, const struct mbap_adu *adu, struct bus_time now);
/* check: good or an exception, of that request, which is no longer in flight then. */
void bus_take_answer(struct modbus_bus *b, struct bus_flight *f, enum modbus_check check,
                     const struct modbus_reply *reply, struct bus_time now);
/* Any other check: counted, discarded, waited on. */
void bus_count_bad(struct modbus_bus *b, struct bus_request *r, const struct mbap_adu *adu,
                   enum modbus_check check);
/* The unit is there after all, only slower than its time-out. */
void bus_unit_was_late(struct bus_device *d);
/* d: whose it seems to be, or NULL. */
void bus_keep_bad_frame(struct modbus_bus *b, struct bus_device *d, const uint8_t *frame,
                        size_t len);
bool bus_is_given_up(const struct modbus_bus *b, uint16_t transaction);
void bus_set_given_up(struct modbus_bus *b, uint16_t transaction, bool given_up);

/* bus_signals.c: from the registers of a reply to samples. */
int bus_signals_init(struct bus_device *d, const struct plant_signal *const *signals,
                     const struct device_plan *plan);
void bus_signals_deinit(struct bus_device *d);
void bus_signals_take(struct bus_request *r, const struct modbus_reply *reply, int64_t at_ms);
const char *const *bus_signals_texts(struct bus_device *d);

/* codes: room for the signal's codes, or NULL: they are left out. */
struct modbus_decode_spec bus_signal_spec(const struct plant_signal *s, uint16_t place,
                                          double *codes);

/* bus_write.c */
bool bus_write_is(const struct modbus_bus *b, const struct bus_request *r);
/* Whether something has to be sent for it. */
bool bus_write_waits(const struct modbus_bus *b);
struct modbus_request bus_write_frame(const struct modbus_bus *b);
void bus_write_answered(struct modbus_bus *b, const struct modbus_reply *reply,
                        struct bus_time now);
/* Nothing happens when there is none. */
void bus_write_failed(struct modbus_bus *b, quality why);

/* bus_ranges.c: with which requests a device is asked. */
int bus_ranges_init(struct bus_device *d, const struct device_plan *plan);
void bus_ranges_deinit(struct bus_device *d);
/* r was answered with an exception. True: its halves are asked instead, r being one of them. */
bool bus_ranges_refused(struct modbus_bus *b, struct bus_request *r, uint8_t code,
                        struct bus_time now);
void bus_ranges_settled(struct bus_request *r, quality why);
/* Nothing of d is asked now: requests may come and go. */
void bus_ranges_cycle_over(const struct modbus_bus *b, struct bus_device *d);
void bus_ranges_mark_dead(struct bus_device *d);
/* From the first to the last address that these signals need. */
struct modbus_request_plan bus_ranges_plan(const struct bus_device *d, uint8_t function,
                                           uint32_t first, uint32_t len);
/* While nothing of d is asked: an origin loses all its parts, gets one, or is asked as planned. */
void bus_ranges_clear(struct bus_device *d, uint32_t origin);
void bus_ranges_add(struct bus_device *d, const struct modbus_request_plan *plan, uint32_t origin,
                    uint8_t exception);
void bus_ranges_make_whole(struct bus_device *d, uint32_t origin);

/* bus_memory.c: what was learned goes out through on_learned(). */
void bus_memory_tell(const struct modbus_bus *b, struct bus_device *d);

/* bus_rtu.c: one request in flight, b->flights[0]. */
size_t bus_rtu_write(struct modbus_bus *b, uint8_t out[RTU_ADU_MAX]);
/* The request in flight went out now: sets its deadline. */
void bus_rtu_sent(struct modbus_bus *b, struct bus_time now);
void bus_rtu_received(struct modbus_bus *b, const uint8_t *data, size_t len, struct bus_time now);
/* The request in flight is about to be given up; false: something came, so its unit is not silent.
 */
bool bus_rtu_gave_up(struct modbus_bus *b, struct bus_time now);
/* Whether the unit of r must not be asked yet. */
bool bus_rtu_holds(const struct modbus_bus *b, const struct bus_request *r, struct bus_time now);
void bus_rtu_reset(struct modbus_bus *b, struct bus_time now);

#endif
