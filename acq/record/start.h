/* What happens before the recorder's thread runs: the open segment is checked, a torn tail is kept
 * aside and cut off, SQLite is brought up to date or made anew. */
#ifndef ACQ_RECORD_START_H
#define ACQ_RECORD_START_H

#include "acq/record/data_dir.h"
#include "acq/record/journal.h"
#include "acq/record/projection.h"

struct start_result {
    struct journal_end end;
    struct projection *projection; /* caller closes */
    uint64_t torn_bytes;
    int32_t torn_day; /* with torn_bytes: where they stood */
    int64_t torn_offset;
    uint64_t replayed;
    bool rebuilt;
};

PW_MUST_CHECK int start_journal(const struct data_dir *d, struct start_result *out,
                                const struct why *why);

/* Makes path (which must not exist) from the whole journal. Damage is PW_ECORRUPT, or with
 * accept_gap recorded as gaps; an unfinished tail of the newest segment is passed over. */
PW_MUST_CHECK int start_build_projection(const struct data_dir *d, const char *path,
                                         bool accept_gap, uint64_t *out_commits,
                                         const struct why *why);
/* The same, beside the present database and then in its place; the old one becomes .bak. */
PW_MUST_CHECK int start_rebuild(const struct data_dir *d, bool accept_gap, uint64_t *out_commits,
                                const struct why *why);

/* Applies what the journal holds behind the projection's last commit, at most `most` commits, from
 * the segment that holds it on. */
PW_MUST_CHECK int start_catch_up(const struct files *files, const char *data_dir,
                                 struct projection *p, uint64_t most, uint64_t *out_commits);

#endif
