/* What is known of a period that is still open, of a minute as of a month, and what is said of it
 * in the end. Plain memory, part of a machine's state. A plain input has a struct reach, one of a
 * regulated outlet the same with what stands beside the value. */
#ifndef ACQ_REFINE_REACH_H
#define ACQ_REFINE_REACH_H

#include "acq/plant/plant.h"
#include "acq/refine/convert.h"
#include "acq/refine/mean.h"
#include "acq/refine/period.h"

struct reach {
    int64_t start_ms; /* UTC; 0: none is open */
    struct total value;
    uint16_t flags[FLAG_COUNT]; /* parts of each, 65535 at most */
    union {
        /* Of a minute: those with a sample that counts, a bit each; in the four highest bits how
         * long before it the last one was, 0..6 s, where that is no gap of the minute before. */
        uint64_t seconds;
        struct { /* of longer periods: more than 5 s without one */
            uint32_t gaps, longest_gap_s;
        };
    };
};

struct reach_gas {
    struct reach reach; /* first */
    struct total oxygen, flow, corrected;
    double cou;
    uint32_t cou_parts;
};

/* How many parts are due and how many must be good, of the value and of what stands beside it. */
struct reach_rule {
    uint32_t parts, value_good, oxygen_good, flow_good;
};

/* Of a minute, by what its devices are asked; of longer periods by HJ 76-2017. */
struct reach_rule reach_rule(const struct plant *plant, uint32_t input, enum mean_period period,
                             int64_t start_ms, int64_t offset_ms);

static inline void reach_count_flag(struct reach *r, enum flag flag)
{
    r->flags[flag] = (uint16_t)(r->flags[flag] + (r->flags[flag] < UINT16_MAX));
}

struct reach_sample {
    int64_t time_ms;
    bool is_counted, untrusted;
    enum flag flag;
    double value;
};

static inline uint64_t reach_second_bit(const struct reach *minute, int64_t time_ms)
{
    return UINT64_C(1) << ((uint64_t)(time_ms - minute->start_ms) / 1000 & 63);
}

static inline bool reach_has_second(const struct reach *minute, int64_t time_ms)
{
    return minute->seconds & reach_second_bit(minute, time_ms);
}

/* A sample's share of its minute, of a plain input. */
static inline void reach_add_plain(struct reach *r, const struct reach_sample *s)
{
    reach_count_flag(r, s->flag);
    r->value.untrusted += s->untrusted;
    if (!s->is_counted)
        return;
    r->seconds |= reach_second_bit(r, s->time_ms);
    total_add(&r->value, s->value, s->value, s->value);
}

/* The same of an input of a regulated outlet. */
void reach_add_sample(struct reach_gas *r, const struct plant *plant, uint32_t input,
                      const struct convert_result *sample);

/* Is r part of a struct reach_gas? So it is of inputs of regulated outlets. */
bool reach_is_gas(const struct plant *plant, uint32_t input);
/* Of a minute that ends: how long before its end the last sample was, 0 when more than 5 s, which
 * has been counted; and the same told to the next. */
uint32_t reach_tail_s(const struct reach *minute);
static inline void reach_set_before(struct reach *minute, uint32_t tail_s)
{
    minute->seconds |= (uint64_t)tail_s << 60;
}
/* The mean of a period that ends. */
struct mean reach_conclude(const struct reach *r, const struct plant *plant, uint32_t input,
                           enum mean_period period, const struct reach_rule *rule);
/* A period's share of the next longer one. */
void reach_add_part(struct reach *longer, const struct reach *part, const struct mean *m,
                    const struct plant *plant, const struct reach_rule *rule);
/* A sample by itself. */
struct mean reach_realtime(const struct plant *plant, uint32_t input,
                           const struct convert_result *sample);

/* Start of the month that time_ms lies in, and of the one after it. */
int64_t reach_month_start(int64_t time_ms, int offset_min, int64_t *out_next_ms);

#endif
