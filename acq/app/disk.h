/* What the server thinks of its own disk: findings of kind `system`, parts `disk` (nothing can be
 * written, or only since the ballast was given up), `loss` (lines were refused) and `disk-slow`
 * (commits take longer than two seconds) and `chain` (a commit of the record cannot be read any
 * more: file, offset and command are its reason). Pure but for the words; see
 * docs/adr/0007-findings-about-the-server.md. */
#ifndef ACQ_APP_DISK_H
#define ACQ_APP_DISK_H

#include "acq/record/recorder.h"

enum disk_part { DISK_PART_DISK, DISK_PART_LOSS, DISK_PART_SLOW, DISK_PART_CHAIN, DISK_PARTS };

struct disk_watch {
    struct {
        bool open;
        int64_t start_ms; /* UTC, of the finding that is open */
        int64_t last_ms;  /* UTC, when the condition was last seen */
        double value;
    } part[DISK_PARTS];
    uint64_t lost_lines;  /* seen so far */
    uint64_t lost_before; /* when the open finding of loss began */
    uint64_t commits;
    bool adopted; /* what was open before this start is known */
};

enum disk_change { DISK_SAME, DISK_OPENED, DISK_CLOSED };

/* One second's figures; out says of each part what became of it. */
void disk_watch_take(struct disk_watch *w, const struct recorder_stats *stats, int64_t now_ms,
                     enum disk_change out[DISK_PARTS]);

#endif
