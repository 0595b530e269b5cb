/* Reads a segment again beside the running recorder, a little at a time between its commits: what a
 * start passed by its headers alone, and a closed segment that could not be read at night. Damage
 * that is not an accepted gap is kept in words for whoever tells people. Recorder's thread. */
#ifndef ACQ_RECORD_RECHECK_H
#define ACQ_RECORD_RECHECK_H

#include "acq/record/projection.h"
#include "acq/record/walk.h"

enum { RECHECK_WORDS = 1024 };

struct recheck {
    const struct files *files;
    const char *data_dir; /* borrowed */
    bool active;
    int32_t day;
    uint64_t until_seq; /* the last that is checked; UINT64_MAX: to the end */
    int64_t offset;     /* where the next step begins */
    struct walk walk;
    size_t budget;                 /* plain bytes that this step may still read */
    uint64_t damages;              /* found since the start */
    char words[RECHECK_WORDS];     /* the first of them: file, offset, command; "": none */
    struct projection *projection; /* of this step */
};

/* From the segment's first commit on. */
void recheck_begin(struct recheck *rc, int32_t day, uint64_t until_seq);

/* Checks some more while it is active; p knows the accepted gaps. True: a place was found damaged.
 */
bool recheck_step(struct recheck *rc, struct projection *p);

#endif
