/* The data directory: whose it is, of which format, and that one process writes it.
 *     DATA/plumewatch.json   {"format":1,"plant":"demo","created":"2026-11-24T08:00:00.000Z"}
 *     DATA/lock              flock, held as long as the directory is in use
 *     DATA/archive/          the journal        DATA/torn/   tails that were cut off
 *     DATA/plumewatch.db     SQLite, a projection of the journal */
#ifndef ACQ_RECORD_DATA_DIR_H
#define ACQ_RECORD_DATA_DIR_H

#include "acq/record/files.h"

#include <stdbool.h>

enum { DATA_DIR_FORMAT = 1, DATA_DIR_LENGTH_MAX = 3800 };

struct data_dir {
    const struct files *files;
    int lock_fd; /* -1: not locked */
    bool created;
    char plant[128];
    char path[DATA_DIR_LENGTH_MAX + 1];
};

/* A sentence that names file, cause and cure, for people. */
struct why {
    char *text;
    size_t size;
};
/* Writes the sentence and returns err; w may be NULL. */
int why_say(const struct why *w, int err, const char *format, ...) PW_PRINTF(3, 4);

/* Makes the directory when it is missing, takes the lock, checks the identity or writes it (plant
 * NULL: whichever it is; then a missing directory is PW_ENOTFOUND). PW_EBUSY, PW_EFOREIGN,
 * PW_EVERSION, PW_ECORRUPT, PW_EIO. */
PW_MUST_CHECK int data_dir_open(struct data_dir *d, const struct files *files, const char *path,
                                const char *plant, int64_t now_ms, const struct why *why);
/* Gives the lock back. */
void data_dir_close(struct data_dir *d);

/* Only reads the identity, beside a running server. out->lock_fd is -1. */
PW_MUST_CHECK int data_dir_inspect(struct data_dir *d, const struct files *files, const char *path,
                                   const struct why *why);

/* Makes archive/YYYY/MM (or torn) with whatever is missing above; each new folder is synced into
 * its parent. */
PW_MUST_CHECK int data_dir_make_parents(const struct files *files, const char *data_dir,
                                        const char *file_path);

#endif
