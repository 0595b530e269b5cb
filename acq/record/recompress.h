/* A closed segment compressed better: written anew beside the old one, one commit a step, then read
 * back commit by commit against the old one, then put in its place. The chain covers uncompressed
 * bytes and does not change. Recorder's thread. */
#ifndef ACQ_RECORD_RECOMPRESS_H
#define ACQ_RECORD_RECOMPRESS_H

#include "acq/record/segment.h"

#include <stdbool.h>

struct recompress {
    const struct files *files;
    const char *data_dir;         /* borrowed */
    struct member_packer *packer; /* some MiB, while it is active */
    bool active;
    int32_t day;
    struct segment *from;
    struct segment *written; /* NULL while it is being written */
    int fd;
    int64_t offset;
    char path[FILES_PATH_MAX];
    char beside[FILES_PATH_MAX];
};

enum recompress_outcome { RECOMPRESS_MORE, RECOMPRESS_DONE, RECOMPRESS_FAILED };

void recompress_init(struct recompress *rc, const struct files *files, const char *data_dir);
/* Gives up what is under way. */
void recompress_deinit(struct recompress *rc);

PW_MUST_CHECK int recompress_begin(struct recompress *rc, int32_t day);
/* One commit further. Done: out_before and out_after are the file's sizes. Failed: the old one is
 * untouched, the reason was logged. */
enum recompress_outcome recompress_step(struct recompress *rc, int64_t *out_before,
                                        int64_t *out_after);

#endif
