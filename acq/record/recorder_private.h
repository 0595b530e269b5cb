/* The recorder's two halves: recorder.c runs on the loop thread, recorder_thread.c on its own. */
#ifndef ACQ_RECORD_RECORDER_PRIVATE_H
#define ACQ_RECORD_RECORDER_PRIVATE_H

#include "acq/record/ballast.h"
#include "acq/record/batch.h"
#include "acq/record/follow.h"
#include "acq/record/growth.h"
#include "acq/record/means_retention.h"
#include "acq/record/recheck.h"
#include "acq/record/recompress.h"
#include "acq/record/recorder.h"
#include "acq/record/retention.h"

#include <pthread.h>

enum { RECORDER_NOTE_MAX = 20 << 20 };

struct recorder {
    struct recorder_options options;
    struct data_dir dir;

    /* The loop thread's. */
    struct batch *filling;
    struct journal_end planned; /* where the journal will end when all that was sealed is written */
    bool began;                 /* a commit was begun since the start */
    int64_t last_begin_mono_ms;
    int64_t at_ms;
    uint64_t lost_lines;

    /* The recorder thread's. */
    struct journal journal;
    struct follow follow;
    struct ballast ballast;
    struct growth growth;
    struct retention retention;
    struct means_retention means_retention;
    struct recompress recompress;
    struct recheck recheck;
    int32_t recompressed_day; /* the last that was done or failed since the start; 0: none */
    int64_t looked_us;        /* when the disk was last asked */
    pthread_t thread;

    /* Between them, under the mutex. */
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* sealed, stopping or spare */
    struct batch *sealed;   /* being written; NULL: the thread is idle */
    size_t sealed_bytes;
    struct batch *spare;   /* NULL while the thread has it */
    const char *note_type; /* of journal lines that the thread wants added; NULL: none */
    struct strbuf note;    /* their members, a newline behind each */
    bool ending;           /* the whole ballast may go */
    bool closing;          /* what cannot be written soon is given up */
    bool stopping;         /* nothing more will be sealed */
    struct recorder_stats stats;

    struct batch batches[2];
};

/* recorder_disk.c, on the recorder's thread: what a failed and a good write mean for the ballast,
 * and now and then how much room there is. */
void recorder_disk_refused(struct recorder *r);
void recorder_disk_accepted(struct recorder *r);
void recorder_disk_look(struct recorder *r);

/* recorder_chores.c: what the thread does between commits. How long it may wait for the next one
 * before it does more, in us. */
int64_t recorder_chores(struct recorder *r);
void recorder_publish_projected(struct recorder *r);

/* The thread: writes what is sealed until the recorder is stopping. */
void *recorder_thread(void *recorder);

#endif
