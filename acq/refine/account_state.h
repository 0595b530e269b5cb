/* Inside of the books: account.c takes hours and keeps the sums, account_tell.c says them. */
#ifndef ACQ_REFINE_ACCOUNT_STATE_H
#define ACQ_REFINE_ACCOUNT_STATE_H

#include "acq/refine/account.h"
#include "acq/refine/window.h"

enum { QUARTER_MONTHS = 3, FORECAST_DAYS = 7, ACCOUNT_GAPS = 64, ACCOUNT_DAYS = 64 };

/* What gaps may come to, by the class that the quarter turns out to be of. */
struct account_sums {
    struct transmission parts;
    uint32_t gap_hours;  /* without a measured mass, and not stopped */
    uint32_t bare_hours; /* of those: nothing was measured before them */
    uint32_t measured_hours;
    uint32_t judged, compliant;
    uint32_t unused;
    double measured_kg;
    double by_length_kg; /* 180 or 720 */
    double by_2160_kg;
};

/* The same when the class is known. */
struct account_result {
    struct transmission parts;
    uint32_t substituted_hours, missing_hours;
    uint32_t judged, compliant;
    uint32_t unused;
    double measured_kg, substituted_kg;
};

/* The newest gaps: what one hour of each is substituted by. */
struct account_gap {
    int64_t start_ms, last_ms; /* UTC: its first and last hour */
    double by_length_kg, by_2160_kg;
};

struct account_state {
    int64_t last_ms; /* UTC: start of the last hour taken; 0: none yet */
    struct account_sums day, month, quarter;
    struct account_sums months[QUARTER_MONTHS]; /* of the quarter; those that are over */
    double told_kg[QUARTER_MONTHS];             /* what they were told to be substituted by */
    struct account_result year;                 /* its quarters that are over */
    double days_kg[FORECAST_DAYS];              /* of the last valid days, any order */
    uint32_t valid_days;
    uint32_t gap_hours; /* of the gap that is open */
    int64_t gap_first_ms[SUBSTITUTE_SHORT_GAP_HOURS];
    uint32_t gap_count; /* so far */
    uint8_t methods[4]; /* of the year's quarters that are over */
    struct account_gap gaps[ACCOUNT_GAPS];
    struct account_sums days[ACCOUNT_DAYS]; /* that are over, by number; of what has a mass */
    struct window window;                   /* last: mostly zero */
};

/* What is known of the hour that was taken last. */
struct account_hour {
    struct transmission parts;
    bool is_measured, is_gap;
    bool is_judged, is_compliant;
    double kg; /* measured */
};

/* Tells the hour that s->last_ms begins and that the sums hold already, and its day, month, quarter
 * and year as far as they are; those that end with it begin anew. */
void account_tell(struct machine_self self, const struct account_hour *hour,
                  const struct machine_sink *sink);

/* Where the day of that instant stands in days[]. */
uint32_t account_day_slot(const struct plant *plant, int64_t time_ms);
/* Late data changed an hour of the current year that was taken before: what it adds up to changes
 * and is told again. Years that are over stay. Of gaps older than the newest ACCOUNT_GAPS the
 * substituted mass stays. */
void account_revise(struct machine_self self, int64_t start_ms, uint32_t revision,
                    const struct account_hour *before, const struct account_hour *after,
                    const struct machine_sink *sink);

#endif
