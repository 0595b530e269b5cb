/* How far a delivery target is: the first commit that was never offered to it, and which ones
 * before are not confirmed yet. Bounded: beyond CURSOR_GAPS the two nearest gaps are joined, which
 * sends confirmed commits once more and changes nothing at the target. Pure; kept as the members of
 * a journal line. */
#ifndef ACQ_DELIVER_CURSOR_H
#define ACQ_DELIVER_CURSOR_H

#include "acq/core/strbuf.h"
#include "acq/record/recorder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CURSOR_GAPS = 1000, CURSOR_AGAIN = 100, CURSOR_PLACES = 12 };

struct cursor_gap {
    uint64_t first, last; /* both in it */
};

/* Inside a commit that is sent in pieces: members before kind and lines before line are done. */
struct cursor_place {
    uint64_t seq; /* 0: none */
    enum member_kind kind;
    size_t line;
};

struct cursor {
    uint64_t next;
    struct cursor_gap gaps[CURSOR_GAPS + 2]; /* rising, not touching, all before next */
    size_t count;
    /* Sent while gaps lay before them, and revising what those may hold: to be sent once more when
     * these are closed. Rising, not touching. */
    struct cursor_gap again[CURSOR_AGAIN + 1];
    size_t again_count;
    uint64_t revived; /* up to here commits are sent one after the other; not kept */
    struct cursor_place places[CURSOR_PLACES];
};

void cursor_init(struct cursor *c, uint64_t next);

/* Every commit up to and with last counts as offered and not confirmed. */
void cursor_offer(struct cursor *c, uint64_t last);
/* The commit `next` holds nothing for the target: passed over. */
void cursor_pass(struct cursor *c);
/* The commits first..last are confirmed; those that were already stay so. */
void cursor_confirm(struct cursor *c, uint64_t first, uint64_t last);

/* Everything before seq is gone for ever: passed over. Returns how many commits of it were never
 * confirmed. */
uint64_t cursor_expire(struct cursor *c, uint64_t seq);

/* Whether a commit before seq is not confirmed. */
bool cursor_has_gap_before(const struct cursor *c, uint64_t seq);
/* Whether seq was offered and is confirmed, once and for all. */
bool cursor_is_confirmed(const struct cursor *c, uint64_t seq);

/* The commit seq is to be sent once more when no gap before it is left. */
void cursor_send_again(struct cursor *c, uint64_t seq);
/* Makes the first commits that are to be sent once more a gap, when nothing before them is missing:
 * one after the other, so that the last revision comes last. */
void cursor_revive(struct cursor *c);

/* Commits to be sent, those once more among them. */
uint64_t cursor_backlog(const struct cursor *c);
/* The oldest unconfirmed commit, 0 when there is none. */
uint64_t cursor_oldest(const struct cursor *c);
/* What to send next: the lowest commit of the newest gap that is in none of busy[0..n). false when
 * there is none. *out_last is the end of that gap, or where the first busy one follows. */
bool cursor_pick(const struct cursor *c, const struct cursor_gap *busy, size_t n,
                 uint64_t *out_first, uint64_t *out_last);

/* "raw" or "derived". */
const char *cursor_kind_word(enum member_kind kind);

/* The place inside commit seq, or NULL. A place with seq 0 is free. */
struct cursor_place *cursor_find_place(struct cursor *c, uint64_t seq);

/* "next":N,"gaps":[[a,b],...], "again":[[a,b],...] when there are any, and "places":[...] when
 * there is a place. */
void cursor_write(const struct cursor *c, struct strbuf *out);
/* The inverse, from the members of a journal line (unknown ones are passed over). PW_ESYNTAX when
 * they are none of ours. Then everything after last is forgotten and everything from next to last
 * becomes a gap. */
PW_MUST_CHECK int cursor_read(const char *members, uint64_t last, struct cursor *out);

#endif
