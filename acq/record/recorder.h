/* The record: one durable commit holds what happened together (docs/architecture.md, "Durability";
 * docs/journal-format.md). The loop thread adds lines; the recorder's own thread compresses,
 * appends, syncs, and keeps SQLite as a projection. All recorder_* functions belong to the loop
 * thread unless they say otherwise; on_commit comes on the recorder thread. */
#ifndef ACQ_RECORD_RECORDER_H
#define ACQ_RECORD_RECORDER_H

#include "acq/core/bytes.h"
#include "acq/core/clock.h"
#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct files; /* files.h: the replaceable file layer */
struct recorder;

enum member_kind { MEMBER_R, MEMBER_D, MEMBER_J, MEMBER_KINDS };

/* What one durable commit held. member[k] is the gzip member exactly as archived, or NULL. */
struct commit {
    uint64_t seq; /* 1, 2, 3, ... without a gap */
    struct bytes *member[MEMBER_KINDS];
    uint32_t lines[MEMBER_KINDS];
};

struct recorder_options {
    const char *data_dir;
    const char *plant; /* identity; another plant's directory is refused */
    uint32_t commit_min_ms;
    uint32_t commit_max_ms;
    size_t commit_bytes; /* start a commit at this many uncompressed bytes */
    size_t queue_bytes;  /* bound of what waits while a commit runs; beyond it: counted loss */
    bool recompress;     /* closed segments are compressed better between 1 and 5 at night */
    int zone_offset_min; /* whose night */
    uint32_t keep_days;  /* closed segments older than this are removed; 0: none */
    uint32_t minute_days, hour_days, event_days; /* rows of SQLite likewise; 0: for ever */
    uint64_t catch_up_at_once; /* commits that SQLite may lack before it catches up while running
                                  instead of at the start; 0: 20,000 */
    size_t ballast_bytes;      /* kept free in a file, given up when the disk is full; 0: none */
    const struct files *files; /* NULL: the system's */
    const struct pw_clock *clock;
    /* Durable: called on the recorder thread once per commit, in order. The commit is borrowed;
     * take references with bytes_ref(). The callee must only hand over (queue, uv_async_send). */
    void (*on_commit)(void *ctx, const struct commit *c);
    void *ctx;
};

/* What the start found, for the log and the start line. */
struct recorder_start {
    uint64_t last_seq;   /* 0 in an empty record */
    int64_t last_at_ms;  /* journal clock of the last commit, 0 in an empty record */
    uint64_t torn_bytes; /* cut from the tail and kept in DATA/torn/ */
    uint64_t replayed;   /* commits applied again to SQLite */
    bool created;        /* the directory was new */
    bool rebuilt;        /* SQLite was missing, damaged or of another version: made anew */
    bool behind;         /* SQLite is brought up to date while the recorder runs */
};

/* Takes the directory's lock, cuts a torn tail, brings SQLite up to date, starts the thread. On
 * failure: PW_EBUSY (in use), PW_EVERSION, PW_EFOREIGN (another plant), PW_ECORRUPT, PW_EDB,
 * PW_EIO; why (size bytes) then says in one sentence which file, what is wrong and which command
 * repairs. */
PW_MUST_CHECK int recorder_open(const struct recorder_options *options, struct recorder **out,
                                struct recorder_start *start, char *why, size_t why_size);

/* One line without its newline. time_ms: data time in UTC (bounds the member for queries by time);
 * at_ms: arrival on the journal clock, not less than any before. Returns 0, or PW_EFULL: dropped,
 * counted in recorder_stats.lost_lines. */
int recorder_add_raw(struct recorder *r, const char *line, size_t len, int64_t time_ms,
                     int64_t at_ms);
int recorder_add_derived(struct recorder *r, const char *line, size_t len, int64_t time_ms);
/* A journal line {"type":TYPE,"at":at_ms,"n":N,MEMBERS}: N, the raw lines before it in the commit,
 * is filled in here; members is JSON without the braces, may be "". urgent: commit soon. */
int recorder_add_journal(struct recorder *r, const char *type, int64_t at_ms, const char *members,
                         bool urgent);

/* The sequence number of the commit that will hold what is added now. */
uint64_t recorder_next_seq(const struct recorder *r);

/* Starts a commit if the rules say so; returns ms until it should be called again at the latest. */
uint32_t recorder_tick(struct recorder *r);

enum recorder_disk {
    RECORDER_DISK_GOOD,
    RECORDER_DISK_LOW,     /* written, but only since the ballast was given up */
    RECORDER_DISK_REFUSES, /* nothing can be written: full, read-only or broken */
};

struct recorder_stats {
    uint64_t last_seq;                  /* newest durable */
    uint64_t lines[MEMBER_KINDS];       /* durable since start */
    uint64_t bytes_plain, bytes_stored; /* since start */
    uint64_t lost_lines;                /* since start: refused by a full queue or a failed write */
    uint64_t commits, commit_errors;
    uint32_t sync_last_us, sync_max_us;
    uint64_t queue_bytes; /* waiting now */
    uint64_t torn_bytes;
    uint64_t projected_seq; /* SQLite is up to here */
    char head[65];          /* chain digest of last_seq, hex */
    enum recorder_disk disk;
    bool rechecking;      /* what the start did not read of the open segment is being checked */
    uint64_t damages;     /* places of closed commits found damaged since the start */
    char damage[1024];    /* the first of them: file, offset, command; "": none */
    uint64_t free_bytes;  /* of the disk; 0 until it was asked */
    uint64_t bytes_day;   /* the journal's growth a day, from up to the last 24 hours */
    uint64_t written_day; /* all that this process gave the disk, likewise; 0: not known */
};
void recorder_get_stats(struct recorder *r, struct recorder_stats *out);

/* The end is near: the rest of the ballast is given up if the last lines need it. */
void recorder_will_close(struct recorder *r);

/* Commits what waits, writes nothing after it, joins the thread, closes files. r may be NULL. */
void recorder_close(struct recorder *r);

#endif
