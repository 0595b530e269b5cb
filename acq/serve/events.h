/* One finding of the record for the API, with its frozen evidence. Whoever starts the server says
 * how it is read. Called on the HTTP thread. */
#ifndef ACQ_SERVE_EVENTS_H
#define ACQ_SERVE_EVENTS_H

#include "acq/core/strbuf.h"

#include <stddef.h>

struct serve_events {
    /* Appends the finding as a JSON object, its closing brace not among it, then the parts of its
     * evidence from the skip-th on, at most max, as `,"frozen":[...]`; how many there were in
     * *out_parts. PW_ENOTFOUND: no such finding. */
    int (*read)(void *ctx, const char *id, size_t skip, size_t max, struct strbuf *out,
                size_t *out_parts);
    void *ctx;
};

#endif
