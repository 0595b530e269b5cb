/* The last hour and day of every input, for the status page: from SQLite at the start, then as they
 * are told. Loop thread. */
#ifndef ACQ_APP_SHOWN_MEANS_H
#define ACQ_APP_SHOWN_MEANS_H

#include "acq/core/err.h"
#include "acq/refine/mean.h"

struct plant;
struct serve_view;

enum shown_period { SHOWN_HOUR, SHOWN_DAY, SHOWN_PERIODS };

struct shown_mean {
    int64_t start_ms;           /* 0: none yet */
    double avg, corrected, cou; /* NAN: there is none */
    uint32_t parts, good, revision;
    char flag; /* '\0': not regulated */
    bool valid;
};

struct shown_means {
    struct shown_mean (*by_input)[MEAN_SOURCES][SHOWN_PERIODS];
    uint32_t count;
};

/* For `to`, with what `old` (of plant `from`) knew of inputs that are still there; both may be
 * NULL. */
PW_MUST_CHECK int shown_means_init(struct shown_means *s, const struct plant *to,
                                   const struct shown_means *old, const struct plant *from);
void shown_means_deinit(struct shown_means *s);

/* What the record's last days say. */
void shown_means_load(struct shown_means *s, const struct plant *plant, const char *data_dir,
                      int64_t now_ms);
/* Any mean; those of other periods are passed by. */
void shown_means_take(struct shown_means *s, const struct mean *m);

/* Outlets and series of the view, which was made with as many as the plant has. */
void shown_means_fill(const struct shown_means *s, const struct plant *plant, struct serve_view *v);

#endif
