/* A file of the data directory that only we may read: mode 0600, replaced as a whole. */
#ifndef ACQ_APP_SECRET_FILE_H
#define ACQ_APP_SECRET_FILE_H

#include "acq/core/err.h"

/* A file beside it, synced, renamed over it. Blocking: on a worker. */
PW_MUST_CHECK int secret_file_replace(const char *dir, const char *name, const char *text);

#endif
