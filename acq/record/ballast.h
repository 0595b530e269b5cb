/* Room that is kept for bad days: DATA/ballast, whose blocks are really there. When the disk is
 * full most of it is given up so that the alarm fits, the rest when the server stops. One thread.
 */
#ifndef ACQ_RECORD_BALLAST_H
#define ACQ_RECORD_BALLAST_H

#include "acq/record/files.h"

#include <stdbool.h>

struct ballast {
    const struct files *files;
    const char *data_dir; /* borrowed */
    int64_t full_bytes;   /* 0: there is to be none */
    int64_t held_bytes;   /* what it has now */
};

/* Looks what is there; makes or removes nothing. */
void ballast_init(struct ballast *b, const struct files *files, const char *data_dir,
                  int64_t full_bytes);

/* Gives up what is not needed for a stop, or with `all` the whole. True when that freed anything.
 */
bool ballast_give_up(struct ballast *b, bool all);

/* Before a start: gives up most of it when the disk has no room for what a start writes. */
void ballast_make_room(struct ballast *b);

/* Makes it whole when there is room for it twice. True when it is whole. */
bool ballast_restore(struct ballast *b);

#endif
