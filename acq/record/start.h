/* What happens before the recorder's thread runs: the end of the open segment is checked, a torn
 * tail is kept aside and cut off, SQLite is brought up to date or made anew. */
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
    int32_t skimmed_day;  /* of the open segment, the commits up to skimmed_seq were passed by */
    uint64_t skimmed_seq; /* their headers alone; 0: none */
    uint64_t replayed;
    bool rebuilt;
    bool
        behind; /* more than at_once commits are to be applied yet; DATA/plumewatch.db.tail helps */
};

/* A projection that is missing, damaged (then kept as plumewatch.db.damaged-N) or of another schema
 * version (kept as .bak) begins anew. What it lacks is applied here when that is at most at_once
 * commits, else left to start_catch_up() while the recorder runs. */
PW_MUST_CHECK int start_journal(const struct data_dir *d, uint64_t at_once,
                                struct start_result *out, const struct why *why);

/* Makes the projection from the whole journal beside the present one, then puts it in its place;
 * the old one becomes .bak. Damage is PW_ECORRUPT, or with accept_gap recorded as gaps; an
 * unfinished tail of the newest segment is passed over. */
PW_MUST_CHECK int start_rebuild(const struct data_dir *d, bool accept_gap, uint64_t *out_commits,
                                const struct why *why);

/* An empty database takes the place of the present one, which becomes .bak. */
PW_MUST_CHECK int start_begin_anew(const struct data_dir *d, const struct why *why);

/* DATA/plumewatch.db.tail: a projection of the two newest segments alone, for what a start asks of
 * the end of the journal (db.h) as long as the whole one is not up to date. */
PW_MUST_CHECK int start_make_tail(const struct data_dir *d, const struct why *why);
void start_remove_tail(const struct files *files, const char *data_dir);

/* Applies what the journal holds behind the projection's last commit, at most `most` commits, from
 * the segment that holds it on. Damage that is not an accepted gap is PW_ECORRUPT and told; without
 * why it is passed over. */
PW_MUST_CHECK int start_catch_up(const struct files *files, const char *data_dir,
                                 struct projection *p, uint64_t most, const struct why *why,
                                 uint64_t *out_commits);

#endif
