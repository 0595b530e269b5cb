/* One file of a backup: copied beside its place, synced, renamed; not at all when it is there. */
#ifndef ACQ_RECORD_BACKUP_COPY_H
#define ACQ_RECORD_BACKUP_COPY_H

#include "acq/core/sm3.h"
#include "acq/record/data_dir.h"

struct copied {
    bool was_there;
    int64_t bytes;
    char sm3[SM3_HEX_SIZE];
};

/* The first `most` bytes of FROM/name as TO/name. out may be NULL. */
PW_MUST_CHECK int copy_file(const struct files *files, const char *from, const char *to,
                            const char *name, int64_t most, struct copied *out);

#endif
