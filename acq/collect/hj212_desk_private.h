/* Between the desk's two sources: who is who and what is stored (hj212_desk.c), and what is said
 * back (hj212_answers.c). */
#ifndef ACQ_COLLECT_HJ212_DESK_PRIVATE_H
#define ACQ_COLLECT_HJ212_DESK_PRIVATE_H

#include "acq/collect/hj212_desk.h"

struct plant_device;

struct hj212_station {
    struct hj212_peer peer; /* first: what hj212_desk_find_peer() gives is the station */
    struct hj212_profile profile;
    struct hj212_crc_state proven; /* as packets with the right password left it */
    const struct plant_device *device;
    uint32_t index; /* of the device */
    struct hj212_map *map;
    struct hj212_memory *memory;
    struct hj212_qn qn;
    struct hj212_station_stats stats; /* its borrowed members are filled in when asked for */
    char *refused;                    /* HJ212_KEPT_FRAME bytes */
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
    struct hj212_unknown *unknown;
    uint32_t unknown_count;
    uint64_t unlisted;
    struct hj212_answer *answers; /* a ring */
    size_t answers_size, first, waiting;
    uint64_t durable;
};

/* Answers the packet, with cn, now or once seq is durable. */
void hj212_answer_after(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                        const struct hj212_received *got, int cn, uint64_t seq, int64_t at_ms);
/* 1012 with the time of now. */
void hj212_send_clock(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                      const struct hj212_received *got, const struct hj212_moment *now);

#endif
