/* A mean that a station computed, as an item of the journal line `means`:
 *
 *     {"type":"means","at":A,"n":N,"device":"gc-1","period":"hour","start":UTC ms,"items":[
 *      {"input":"DA001/a24088","avg":1,"min":1,"max":1,"corrected":2,"corrected_min":2,
 *       "corrected_max":2,"cou":3,"flag":"N","revision":0},...]}
 *
 * Numbers are in the input's unit, cou in kg, of a flow m3; one that the station did not say is
 * left out. Such a mean is valid when its flag is N; parts is 1, as the station does not tell how
 * many it counted. */
#ifndef ACQ_REFINE_STATION_MEAN_H
#define ACQ_REFINE_STATION_MEAN_H

#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/refine/mean.h"

/* What is NAN was not said. */
struct station_numbers {
    double avg, min, max;
    double corrected, corrected_min, corrected_max;
    double cou;
    char flag;
    uint32_t revision;
};

void station_mean_make(const struct plant *plant, uint32_t input, enum mean_period period,
                       int64_t start_ms, const struct station_numbers *numbers, struct mean *out);
/* The item without braces. */
void station_mean_write(const struct mean *m, const struct plant *plant, struct strbuf *out);
/* PW_ESYNTAX; PW_ENOTFOUND: the plant has no such input. */
PW_MUST_CHECK int station_mean_read(const cJSON *line, const cJSON *item, const struct plant *plant,
                                    struct mean *out);

#endif
