/* The defaults of every channel of evidence in one table: engineering defaults, each a setting of
 * the channel (docs/detection.md prints the table). */
#ifndef ACQ_PLANT_THRESHOLDS_H
#define ACQ_PLANT_THRESHOLDS_H

#include "acq/plant/bypass.h"

struct channel_defaults {
    const char *word; /* "limit-switch": its name in the configuration and in findings */
    const char *zh;   /* its name for an officer */
    enum evidence_group group;
    const char *of;                   /* what open_at and closed_at are held against */
    const char *unit;                 /* of them, "" = none */
    double open_at, closed_at;        /* NAN: by base */
    bool is_falling;                  /* open is below open_at, closed above closed_at */
    uint32_t on_delay_s, off_delay_s; /* 0: two cycles of the instrument */
    double lr_open, lr_closed;
    bool is_direct;    /* opens the bypass by itself */
    uint32_t smooth_s; /* noise shorter than this is evened out */
};

/* Static. */
const struct channel_defaults *channel_defaults(enum evidence_channel channel);
/* "position", "flow", "thermal", "chemical", "power", "human". Static. */
const char *evidence_group_name(enum evidence_group group);

#endif
