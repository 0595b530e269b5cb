/* Findings of the record for the HTTP thread (serve/events.h). */
#ifndef ACQ_APP_READ_FINDING_H
#define ACQ_APP_READ_FINDING_H

#include "acq/serve/events.h"

/* data_dir is borrowed as long as the server runs. */
struct serve_events read_findings_from(char *data_dir);

#endif
