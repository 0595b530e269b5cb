/* One input's day computed again from the archive, late samples and all: its samples in the order
 * of their own time through a machine of their own, the same that makes means while they come, with
 * the configuration that was in force at the day's end and what is declared by now. What differs
 * from what was told (the derived lines of the same archive) comes out as revisions. The same
 * archive up to the same commit gives the same means, live and in a replay.
 *
 * Blocking; any thread, one reopener per thread. Reads headers of all segments since the day, and
 * whole only the commits that hold lines of it. */
#ifndef ACQ_REPLAY_REOPEN_H
#define ACQ_REPLAY_REOPEN_H

#include "acq/core/declaration.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"

enum {
    REOPEN_MEANS_MAX = 1440 + 24 + 1 + 1, /* minutes, hours, the day, its month */
    REOPEN_SAMPLES_MAX = 4000000,         /* of a day, of all signals that the input needs */
};

struct reopen_request {
    char input[2 * PLANT_ID_MAX + 2];
    int64_t day_ms;    /* UTC: its start */
    int64_t until_ms;  /* UTC: what ends later is open */
    uint64_t through;  /* the last commit that is read */
    int64_t offset_ms; /* UTC less journal clock, for what was due when */
    const char *reason;
    const char *digest; /* of the configuration now, where the day has none of its own */
};

struct reopen_mean {
    struct mean mean; /* input and outlet are not set */
    bool was_told;
    bool had_avg;
    double old_avg;
};

struct reopen_result {
    struct reopen_mean *means; /* in the order minutes, hours, day, month; rising */
    size_t count;
    uint64_t samples; /* that were read */
};
void reopen_result_deinit(struct reopen_result *r);

struct reopener;
/* data_dir, or segments by their paths when it is NULL; borrowed. find_config: the text of a
 * configuration by digest, to be freed with free(), or NULL. */
PW_MUST_CHECK int reopener_new(const char *data_dir, const char *const *paths, size_t path_count,
                               char *(*find_config)(void *ctx, const char *digest), void *ctx,
                               struct reopener **out);
void reopener_free(struct reopener *r);

/* What is being computed ends soon with PW_ESTATE, and so does what begins later. Any thread. */
void reopener_cancel(struct reopener *r);

/* PW_ENOTFOUND: the configuration of that day is not known, or has no such input; PW_EFULL: more
 * samples than REOPEN_SAMPLES_MAX; PW_ECORRUPT, PW_EIO, PW_ENOMEM. */
PW_MUST_CHECK int reopen_compute(struct reopener *r, const struct reopen_request *q,
                                 const struct declarations *declared, struct reopen_result *out);

/* By its id; PLANT_NONE. */
uint32_t reopen_find_input(const struct plant *plant, const char *id);
/* Tells the means as those of that input of the plant in effect; the answer to on_reopen, with a
 * result without means too. */
struct pipeline;
void reopen_tell(struct pipeline *p, uint32_t input, const struct reopen_request *q,
                 struct reopen_result *result, int64_t at_ms);

/* The journal line `reopen`, behind which its means are told. */
struct strbuf;
void reopen_write_members(const struct reopen_request *q, size_t count, struct strbuf *out);

#endif
