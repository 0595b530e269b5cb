/* The record's means for the API (acq/serve/means.h). HTTP thread. */
#ifndef ACQ_APP_READ_MEANS_H
#define ACQ_APP_READ_MEANS_H

#include "acq/serve/means.h"

/* data_dir: the path, borrowed. */
struct serve_means read_means_from(char *data_dir);

#endif
