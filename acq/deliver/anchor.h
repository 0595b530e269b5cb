/* The head of the record's chain leaves the machine: to a file, a program, by e-mail, and as a line
 * to time-series targets. Whoever keeps it can prove with `verify --anchor` that nothing up to it
 * was rewritten. What fails is tried again with backoff until a newer head takes its place. Loop
 * thread; files are written by a worker, programs are started without a shell. */
#ifndef ACQ_DELIVER_ANCHOR_H
#define ACQ_DELIVER_ANCHOR_H

#include "acq/core/clock.h"
#include "acq/core/err.h"
#include "acq/core/sm2.h"
#include "acq/loop/http.h"
#include "acq/plant/plant.h"

#include <stdbool.h>

enum { ANCHOR_DIGEST_SIZE = 65, ANCHOR_TO_SIZE = 200, ANCHOR_ERROR_SIZE = 256 };
enum { ANCHOR_TEXT_SIZE = 300 }; /* "TIME SEQ:DIGEST SIGNATURE" */

struct anchor_head {
    uint64_t seq;
    char digest[ANCHOR_DIGEST_SIZE]; /* hex */
    int64_t time_ms;                 /* UTC, of the sending */
    char signature[SM2_TEXT_SIZE];   /* filled in when it is sent, "" without a key */
};

struct anchors_options {
    uv_loop_t *loop;
    struct http_client *http;  /* borrowed until closed; closing it first gives letters up */
    const struct plant *plant; /* borrowed until closed */
    uint32_t retry_first_ms;   /* of the backoff; 0: 5 000 */
    /* Adds a derived line of measurement self; returns the commit that will hold it. */
    uint64_t (*write_line)(void *ctx, const struct anchor_head *head);
    /* Whether that target has all of that commit. */
    bool (*is_confirmed)(void *ctx, const char *target, uint64_t seq);
    /* Members of a journal line of type "anchor". */
    void (*journal)(void *ctx, const char *members);
    void *ctx;
};

struct anchors;

/* A signing key that cannot be used any more is logged; loading the plant has checked it. */
PW_MUST_CHECK int anchors_open(const struct anchors_options *options, struct anchors **out);

/* "TIME SEQ:DIGEST", with the signature over that behind it, if there is one; the form in files and
 * letters. Returns out. */
const char *anchor_format(const struct anchor_head *head, char out[ANCHOR_TEXT_SIZE]);

/* Over every anchor; one that is still at work takes it afterwards. */
void anchors_send(struct anchors *a, struct anchor_head *head);
/* Only the line for time-series targets, at a stop: before the last commit. */
void anchors_send_line(struct anchors *a, struct anchor_head *head);
/* The others, at a stop: nothing is tried again; then, later, on_idle, once. */
void anchors_finish(struct anchors *a, struct anchor_head *head, void (*on_idle)(void *ctx),
                    void *ctx);
/* Whether a head waits that some anchor does not have. */
bool anchors_are_behind(const struct anchors *a);

struct anchor_stats {
    enum anchor_via via;
    const char *to;                /* "local", a path, a program, addresses; the anchors' own */
    uint64_t sent, failed;         /* attempts since the start */
    uint64_t last_seq;             /* of the last head that went out, 0: none */
    int64_t last_ms;               /* when */
    bool behind;                   /* a newer one waits */
    char error[ANCHOR_ERROR_SIZE]; /* of the last failed attempt, "" since the last good one */
};

uint32_t anchors_count(const struct anchors *a);
void anchors_get(const struct anchors *a, uint32_t i, struct anchor_stats *out);

/* Gives up what is under way, kills programs; freed in the last close callback. NULL is fine. */
void anchors_close(struct anchors *a);

/* "influx", "file", "command", "email". */
const char *anchor_via_word(enum anchor_via via);

#endif
