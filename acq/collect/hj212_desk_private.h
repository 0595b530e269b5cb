/* Between the desk's sources: who is who and what is stored (hj212_desk.c), what is said back
 * (hj212_answers.c, hj212_key_change.c), and what stations are asked for (hj212_asking.c). */
#ifndef ACQ_COLLECT_HJ212_DESK_PRIVATE_H
#define ACQ_COLLECT_HJ212_DESK_PRIVATE_H

#include "acq/collect/hj212_desk.h"
#include "acq/collect/hj212_keys.h"
#include "acq/collect/hj212_slots.h"

#include "protocols/hj212/session.h"

struct plant_device;

enum { HJ212_ST_MAX = 5 };

/* A request that is under way: all that makes its bytes, for when they are sent again. */
struct hj212_asking {
    struct hj212_ask session;
    struct hj212_request request;
    struct hj212_profile profile;
    uint64_t connection;
    char st[HJ212_ST_MAX + 1];
};

/* A new key (1014) on its way to the station: sent once it is kept and the packet that asked for it
 * is durable, so that 9013 goes before it. */
struct hj212_offer {
    bool waits;
    uint64_t connection;
    uint64_t seq, version;
    enum hj212_crc_variant crc;
    enum hj212_edition edition;
    char qn[HJ212_QN_SIZE]; /* "" before it was sent */
};

struct hj212_station {
    struct hj212_peer peer; /* first: what hj212_desk_find_peer() gives is the station */
    struct hj212_profile profile;
    struct hj212_crc_state proven; /* as packets with the right password left it */
    const struct plant_device *device;
    uint32_t index; /* of the device */
    struct hj212_map *map;
    struct hj212_memory *memory;
    struct hj212_qn qn;
    struct hj212_slots slots;
    struct hj212_keys keys;
    struct hj212_offer offer;
    struct hj212_station_stats stats; /* its borrowed members are filled in when asked for */
    char *refused;                    /* HJ212_KEPT_FRAME bytes */
    struct hj212_plan *plan;
    struct hj212_periods *periods;
    struct hj212_asking asking;
    struct hj212_request *wanted; /* HJ212_WANTED_MAX, the oldest first */
    uint32_t wanted_count;
    int64_t quiet_until_ms;    /* it is not asked before: what was sent last was not taken */
    uint64_t connection;       /* of its last packet, 0: none */
    char st[HJ212_ST_MAX + 1]; /* of its last data, "" before */
    char pw[HJ212_PW_MAX + 1]; /* that it sends while none is configured */
};

struct hj212_answer {
    uint64_t seq;
    uint64_t connection;
    struct hj212_station *station;
    int64_t since_ms;
    uint16_t len;
    char frame[HJ212_ANSWER_SIZE];
};

struct hj212_desk {
    const struct plant *plant;
    const struct hj212_desk_ops *ops;
    void *ctx;
    struct hj212_station *stations; /* by MN */
    uint32_t station_count;
    struct hj212_strangers *strangers;
    struct hj212_names *names;
    struct hj212_extra_room *room; /* for one packet */
    struct hj212_answer *answers;  /* a ring */
    size_t answers_size, first, waiting;
    uint64_t durable;
    uint64_t keys_version, keys_saved;
    uint64_t line;              /* hj212_desk_attach() */
    bool in_turns;              /* a line that carries one dialogue at a time */
    struct hj212_station *turn; /* whose it is */
};

/* NULL: no station of this link. */
struct hj212_station *hj212_desk_find(const struct hj212_desk *d, struct hj212_text mn);

/* Answers the packet, with cn, now or once seq is durable. */
void hj212_answer_after(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                        const struct hj212_received *got, int cn, uint64_t seq, int64_t at_ms);
/* hj212_key_change.c: 1014 upward, whose packet commit seq holds. */
void hj212_key_asked(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                     const struct hj212_received *got, uint64_t seq);
/* Any good packet of the station: the answer to 1014, or one that tells which key it has. */
void hj212_key_heard(struct hj212_desk *d, struct hj212_station *s,
                     const struct hj212_received *got, const struct hj212_moment *now);
struct hj212_station *hj212_desk_find_device(const struct hj212_desk *d, uint32_t device);

/* hj212_asking.c: before a good packet of the station is stored; whether it answers us. */
bool hj212_asking_hear(struct hj212_desk *d, struct hj212_station *s,
                       const struct hj212_received *got, const struct hj212_moment *now);
void hj212_asking_note_way(struct hj212_station *s, uint64_t connection,
                           const struct hj212_packet *p);

/* hj212_state.c: realtime values of codes that are no signal. 0, or the error of who keeps them. */
PW_MUST_CHECK int hj212_take_extras(struct hj212_desk *d, struct hj212_station *s,
                                    const struct hj212_packet *p, const struct hj212_moment *now);
/* Names and room for the slots of all stations. PW_ENOMEM. */
PW_MUST_CHECK int hj212_init_slots(struct hj212_desk *d);
void hj212_inherit_slots(struct hj212_desk *d, struct hj212_station *to,
                         const struct hj212_desk *from, const struct hj212_station *s);
/* The check sums of good packets lead to another state than before. */
void hj212_note_crc(struct hj212_desk *d, struct hj212_station *s);

/* 1012 with the time of now. */
void hj212_send_clock(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                      const struct hj212_received *got, const struct hj212_moment *now);

#endif
