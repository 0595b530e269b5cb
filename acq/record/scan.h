/* Where the journal ends, found in bounded time: the newest segment is passed by its members'
 * headers, and only its last 8 to 16 MiB of lines are read and checked whole. A commit is synced
 * before the next one is written, so a power cut can have torn nothing but the last; what was only
 * passed is checked while the server runs (recheck.h). Blocking, before the recorder's thread. */
#ifndef ACQ_RECORD_SCAN_H
#define ACQ_RECORD_SCAN_H

#include "acq/record/data_dir.h"
#include "acq/record/journal.h"
#include "acq/record/projection.h"
#include "acq/record/walk.h"

/* Damage that a line `gap` behind it may tell of, while SQLite is not there. */
enum { SCAN_DOUBTS_MAX = 64 };

struct scan {
    const struct data_dir *dir;
    const struct why *why;
    struct projection *projection; /* knows the accepted gaps; may be NULL */
    struct walk_damage doubts[SCAN_DOUBTS_MAX];
    size_t doubt_count;
    /* Found: */
    struct journal_end end;
    bool torn;
    int64_t torn_offset;
    int32_t torn_day;
    int32_t skimmed_day;
    uint64_t skimmed_seq; /* the last commit that was passed by its headers alone; 0: none */
};

/* Damage in what is checked, with a valid commit behind it and not an accepted gap: PW_ECORRUPT or
 * PW_EVERSION, and why says where. */
PW_MUST_CHECK int scan_end(struct scan *s, const struct segment_list *list);

#endif
