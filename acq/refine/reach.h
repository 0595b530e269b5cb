/* What is known of a period that is still open, of a minute as of a month, and what is said of it
 * in the end. Plain memory, part of a machine's state. */
#ifndef ACQ_REFINE_REACH_H
#define ACQ_REFINE_REACH_H

#include "acq/plant/plant.h"
#include "acq/refine/convert.h"
#include "acq/refine/mean.h"
#include "acq/refine/period.h"

struct reach {
    int64_t start_ms; /* UTC; 0: none is open */
    struct total value, oxygen, flow, corrected;
    double cou;
    uint32_t cou_parts;
    uint32_t flags[FLAG_COUNT];
};

/* How many parts are due and how many must be good, of the value and of what stands beside it. */
struct reach_rule {
    uint32_t parts, value_good, oxygen_good, flow_good;
};

/* Of a minute, by what its devices are asked; of longer periods by HJ 76-2017. */
struct reach_rule reach_rule(const struct plant *plant, uint32_t input, enum mean_period period,
                             int64_t start_ms, int64_t offset_ms);

/* A sample's share of its minute. */
void reach_add_sample(struct reach *r, const struct plant *plant, uint32_t input,
                      const struct convert_result *sample);
/* The mean of a period that ends. */
struct mean reach_conclude(const struct reach *r, const struct plant *plant, uint32_t input,
                           enum mean_period period, const struct reach_rule *rule);
/* A period's share of the next longer one. */
void reach_add_part(struct reach *longer, const struct reach *part, const struct mean *m,
                    const struct reach_rule *rule);
/* A sample by itself. */
struct mean reach_realtime(const struct plant *plant, uint32_t input,
                           const struct convert_result *sample);

/* Start of the month that time_ms lies in, and of the one after it. */
int64_t reach_month_start(int64_t time_ms, int offset_min, int64_t *out_next_ms);

#endif
