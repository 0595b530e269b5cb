/* Which periods of a station are there, and which are missing: a bit for each period of minute,
 * hour and day data and each signal, as far back as the configuration says. Pure; memory is taken
 * in hj212_gaps_new() only.
 *
 * A signal is expected in a series from the first period on in which it was seen there; what a
 * station never sent is not missed. A period is missing when an expected signal is not in it, its
 * end is fill_after_s past, and it was not asked for fill_tries times in vain: then it is lost.
 * Periods are named by their beginning (HJ 212-2017 App. C); days have their borders in the plant's
 * zone. */
#ifndef ACQ_COLLECT_HJ212_GAPS_H
#define ACQ_COLLECT_HJ212_GAPS_H

#include "acq/core/err.h"
#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"

struct hj212_gaps;

enum { HJ212_GAPS_RUNS = 64 /* of one signal's bits in a text; older ones are forgotten */ };

/* Periods of one series that follow each other. */
struct hj212_run {
    enum station_series series;
    int64_t begin_ms; /* UTC: beginning of the first */
    int64_t last_ms;  /* beginning of the last */
    uint32_t periods;
};

/* Of a day and a series, over all expected signals. */
struct hj212_fullness {
    uint32_t expected; /* periods that ended, times signals */
    uint32_t have;
    uint32_t lost; /* asked for in vain */
};

/* PW_ENOMEM. asking and the signals are borrowed until a rebind or the end. */
PW_MUST_CHECK int hj212_gaps_new(const struct plant_asking *asking, int zone_min,
                                 const struct plant_signal *signals, uint32_t count,
                                 struct hj212_gaps **out);
void hj212_gaps_free(struct hj212_gaps *g);
/* Equal ones of a newer plant. */
void hj212_gaps_rebind(struct hj212_gaps *g, const struct plant_asking *asking,
                       const struct plant_signal *signals);
/* What another one of the same reach knows of signals of the same id. */
void hj212_gaps_inherit(struct hj212_gaps *g, const struct hj212_gaps *from);

/* Another interval of minute data; what was known of it is forgotten. Nothing when it is the same
 * or none of 1 to 30 that divides an hour. */
void hj212_gaps_set_minutes(struct hj212_gaps *g, int minutes);
int hj212_gaps_minutes(const struct hj212_gaps *g);

/* The series is expected from that instant on even if nothing of it ever comes. */
void hj212_gaps_expect(struct hj212_gaps *g, enum station_series series, int64_t from_ms);
/* A period that begins at begin_ms came, with that signal; PLANT_NONE: only the packet itself.
 * Beginnings that are none of a period, too old or to come are nothing. True when more is expected
 * than before: it is the signal's oldest. */
bool hj212_gaps_have(struct hj212_gaps *g, enum station_series series, uint32_t signal,
                     int64_t begin_ms, int64_t now_ms);

/* The newest missing periods of the series that are to be asked for, at most fill_records. */
bool hj212_gaps_find(struct hj212_gaps *g, enum station_series series, int64_t now_ms,
                     struct hj212_run *out);
/* They were asked for, and the station said that it was done. */
void hj212_gaps_tried(struct hj212_gaps *g, const struct hj212_run *run);
/* When the next period of the series counts as missing if it does not come. */
int64_t hj212_gaps_next_ms(const struct hj212_gaps *g, enum station_series series, int64_t now_ms);

/* Of the day that many days ago. */
void hj212_gaps_day(const struct hj212_gaps *g, enum station_series series, uint32_t days_ago,
                    int64_t now_ms, struct hj212_fullness *out);
/* Missing and lost periods of all signals, as far back as is known. */
void hj212_gaps_total(const struct hj212_gaps *g, enum station_series series, int64_t now_ms,
                      struct hj212_fullness *out);

/* Both days and all of it, for whoever asks every second: counted anew only when something came or
 * another period is due. */
struct hj212_summary {
    struct hj212_fullness today, yesterday, all;
};
void hj212_gaps_summary(struct hj212_gaps *g, enum station_series series, int64_t now_ms,
                        struct hj212_summary *out);

/* The state as a JSON array, and back: what is not of this size and interval is left out. */
void hj212_gaps_write(const struct hj212_gaps *g, struct strbuf *out);
void hj212_gaps_read(struct hj212_gaps *g, const cJSON *list);

#endif
