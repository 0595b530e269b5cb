/* Realtime data of a HJ 212 packet as readings of its device: which items are whose signal, in
 * which unit, of which instant. Pure; one map for a station, made at load. */
#ifndef ACQ_COLLECT_HJ212_READING_H
#define ACQ_COLLECT_HJ212_READING_H

#include "acq/core/sample.h"
#include "protocols/hj212/packet.h"

struct plant;
struct hj212_map;

enum {
    HJ212_TEXT_SIZE = 64,    /* of a value in words, cut to it; the journal keeps it whole */
    HJ212_PAST_DAYS = 400,   /* data before and after this is no sample: the station's clock */
    HJ212_FUTURE_HOURS = 24, /* cannot be right */
};

struct hj212_moment {
    int64_t at_ms;  /* journal clock */
    int64_t utc_ms; /* the same in UTC */
    bool trusted;   /* our own clock */
};

struct hj212_taken {
    uint32_t readings;
    uint32_t unknown;  /* realtime values of codes that are no signal */
    uint32_t bad_time; /* values whose instant cannot be right */
    int lost;          /* an error of on_reading, or 0 */
};

/* PW_ENOMEM. The plant is borrowed until a rebind or the end. */
PW_MUST_CHECK int hj212_map_new(const struct plant *plant, uint32_t device, struct hj212_map **out);
/* The same device in a newer plant. */
void hj212_map_rebind(struct hj212_map *m, const struct plant *plant, uint32_t device);
void hj212_map_free(struct hj212_map *m);

/* The signal of a factor's code, by its place in the device; PLANT_NONE. */
uint32_t hj212_map_find(const struct hj212_map *m, struct hj212_text code);

/* A number of that signal as a packet of the edition holds it, in the signal's unit. */
double hj212_map_value(const struct hj212_map *m, uint32_t signal, enum hj212_edition edition,
                       double number);
/* An amount (Cou) in kg, of a flow in m3; as it stands where the table's unit is neither. */
double hj212_map_amount(const struct hj212_map *m, uint32_t signal, enum hj212_edition edition,
                        double number);
/* What a Flag makes of a value. HJ 212-2017 table 8: N is normal. */
quality hj212_quality_of_flag(struct hj212_text flag);
/* Whether data may be of that instant. */
bool hj212_is_plausible(int64_t time_ms, const struct hj212_moment *now);
/* A value in words, cut at a whole character. */
void hj212_words(struct hj212_text value, char out[HJ212_TEXT_SIZE]);

/* One reading for each instant that the packet speaks of: SampleTime, else DataTime, else the
 * moment. A signal that is not in it is absent. on_reading: 0, or an error: what follows is still
 * handed on. */
void hj212_map_read(struct hj212_map *m, const struct hj212_packet *p,
                    const struct hj212_moment *now,
                    int (*on_reading)(void *ctx, const struct reading *r), void *ctx,
                    struct hj212_taken *out);

#endif
