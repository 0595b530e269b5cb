/* Inside of replay's player: play.c its life and the kinds of inputs, play_csv.c rows,
 * play_archive.c segments. */
#ifndef ACQ_REPLAY_PLAY_PRIVATE_H
#define ACQ_REPLAY_PLAY_PRIVATE_H

#include "acq/replay/feed.h"
#include "acq/replay/play.h"

struct play {
    struct play_options options;
    struct play_counts counts;
    struct pipeline *pipeline; /* of CSV */
    struct feed *feed;         /* of archives */
    const char *data_dir;      /* of the input that is being played, or NULL */
};

/* The sentence "PATH:LINE: what" (line 0: "PATH: what"); returns err. */
int play_say(char *why, size_t size, int err, const char *path, uint64_t line, const char *what);

PW_MUST_CHECK int play_csv(struct play *p, char *why, size_t size);
PW_MUST_CHECK int play_archives(struct play *p, char *why, size_t size);

#endif
