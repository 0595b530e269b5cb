/* What a station is asked for next, of its own accord: what the platform does when it begins to
 * report (HJ 212-2017 6.7), its clock, what is polled, what is missing. Pure over what was heard,
 * what was asked and the moment; one plan for a station. It says one request at a time; the caller
 * sends it and tells how it ended. */
#ifndef ACQ_COLLECT_HJ212_PLAN_H
#define ACQ_COLLECT_HJ212_PLAN_H

#include "acq/collect/hj212_gaps.h"
#include "acq/collect/hj212_period.h"
#include "acq/collect/hj212_reading.h"

struct hj212_plan;

enum { HJ212_REQUEST_CP = 256 };

enum hj212_purpose {
    HJ212_FOR_START, /* it began to report */
    HJ212_FOR_CLOCK,
    HJ212_FOR_POLL,
    HJ212_FOR_FILL,
    HJ212_FOR_PERSON, /* who waits for the answer */
    HJ212_PURPOSES
};

/* Before it is sent: without QN. */
struct hj212_request {
    int cn;
    bool notice; /* answered by 9013 alone */
    enum hj212_purpose purpose;
    uint64_t token; /* of HJ212_FOR_PERSON */
    char cp[HJ212_REQUEST_CP];
};

enum hj212_asked_end {
    HJ212_ASKED_DONE,    /* result is ExeRtn, of a notice 1 */
    HJ212_ASKED_REFUSED, /* result is QnRtn */
    HJ212_ASKED_SILENCE, /* no answer, or none behind 9011 */
    HJ212_ASKED_UNSENT   /* its connection did not take it or went away */
};

struct hj212_asked {
    uint32_t device; /* index in the plant */
    const struct hj212_request *request;
    const char *qn;
    enum hj212_asked_end end;
    int result;
    unsigned packets; /* of data */
};

struct hj212_plan_stats {
    struct hj212_gaps *gaps; /* borrowed */
    bool started;            /* the start-up sequence is through */
    bool clock_known;
    int64_t clock_off_ms;    /* the station's clock less ours, when it was asked last */
    int realtime_interval_s; /* as it said; 0: it did not */
    int minute_interval_min;
};

/* PW_ENOMEM. The plant is borrowed until a rebind or the end. */
PW_MUST_CHECK int hj212_plan_new(const struct plant *plant, uint32_t device,
                                 struct hj212_plan **out);
void hj212_plan_free(struct hj212_plan *p);
void hj212_plan_rebind(struct hj212_plan *p, const struct plant *plant, uint32_t device);
void hj212_plan_inherit(struct hj212_plan *p, const struct hj212_plan *from);

/* What is to be asked for now; false: nothing. edition: the station's, never AUTO. */
bool hj212_plan_next(struct hj212_plan *p, enum hj212_edition edition,
                     const struct hj212_moment *now, struct hj212_request *out);
/* How the last one, or a person's, ended. */
void hj212_plan_asked(struct hj212_plan *p, const struct hj212_asked *a,
                      const struct hj212_moment *now);
/* A packet of it that was stored. */
void hj212_plan_heard(struct hj212_plan *p, const struct hj212_packet *packet,
                      const struct hj212_map *map, const struct hj212_moment *now);
/* The same for one of before this start: only which periods are there. */
void hj212_plan_recall(struct hj212_plan *p, const struct hj212_packet *packet,
                       const struct hj212_map *map, int64_t utc_ms);

struct hj212_gaps *hj212_plan_gaps(struct hj212_plan *p);
void hj212_plan_get_stats(const struct hj212_plan *p, struct hj212_plan_stats *out);

/* "start", "clock", "poll", "fill", "person"; "done", "refused", "silence", "unsent". Static. */
const char *hj212_purpose_name(enum hj212_purpose purpose);
const char *hj212_asked_end_name(enum hj212_asked_end end);

#endif
