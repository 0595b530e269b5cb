/* Inside of the platforms of the running server: uplinks.c is their life, uplinks_values.c realtime
 * packets, uplinks_settings.c what platforms changed, over restarts. */
#ifndef ACQ_APP_UPLINKS_PRIVATE_H
#define ACQ_APP_UPLINKS_PRIVATE_H

#include "acq/app/state.h"
#include "acq/app/uplinks.h"
#include "acq/deliver/uplink.h"

/* The last realtime value of a regulated outlet's input. */
struct uplink_value {
    int64_t time_ms;         /* 0: none */
    double value, corrected; /* NAN */
    char flag;
};

struct uplinks {
    struct app *app;
    struct uplink **list; /* NULL: closed */
    uint32_t count, open;
    struct uplink_value *values; /* by input */
    uint32_t value_count;
    struct hj212_workspace work;
    bool stopping, reopening;
    struct worker_job job;  /* writes the file of settings */
    char *text;             /* being written */
    char *lines;            /* as it stands in the file */
    struct uplink *keeping; /* waits for it */
    int err;
};

/* uplinks_values.c */
bool uplinks_realtime(void *ctx, const struct uplink_plan *plan, struct hj212_cp *cp);

/* uplinks_settings.c */
void uplinks_settings_load(struct uplinks *u);
/* What platform p changed; as configured when it changed nothing since the configuration did. */
void uplinks_settings_of(const struct uplinks *u, const struct plant_platform *p,
                         struct uplink_settings *out);
void uplinks_settings_keep(void *ctx, struct uplink *up, const struct uplink_settings *s,
                           bool secret);
void uplinks_settings_forget(struct uplinks *u, const struct uplink *up);
void uplinks_settings_free(struct uplinks *u);

#endif
