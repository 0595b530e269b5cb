/* Sends every durable commit's raw and derived lines to one InfluxDB target (v1, v2 or v3): the
 * archived member is the body. Live first: a commit that comes while the target is idle and healthy
 * goes out at once; what was missed is read from the archive beside it, the newest gap first, in
 * the share of the time that the target gives it. Nothing is dropped but single lines that the
 * target refuses, and these go into quarantine. Loop thread.
 *
 * A commit whose derived lines revise a mean (field revision above 0) and that is sent while older
 * commits are missing is sent once more after them, so that the newest revision is the last one.
 *
 * What is confirmed is kept as journal lines (write_cursor), at most one a second and only after
 * something was confirmed; a commit that holds no lines for the target changes nothing, so cursor
 * lines never beget cursor lines. */
#ifndef ACQ_DELIVER_INFLUX_SENDER_H
#define ACQ_DELIVER_INFLUX_SENDER_H

#include "acq/core/clock.h"
#include "acq/core/err.h"
#include "acq/deliver/source.h"
#include "acq/deliver/stats.h"
#include "acq/loop/http.h"
#include "acq/plant/plant.h"
#include "acq/record/recorder.h"

struct influx_sender;

struct influx_sender_options {
    uv_loop_t *loop;
    struct http_client *http;          /* borrowed until stopped */
    const struct plant_influx *target; /* borrowed until stopped */
    const struct pw_clock *clock;
    /* Taken when the start succeeds; archive_source_new(). */
    struct influx_source *source;
    const char *cursor;      /* record_load_cursor(); NULL: a new target */
    uint64_t last_seq;       /* newest durable commit; later ones come by on_commit */
    uint32_t retry_first_ms; /* of the backoff; 0: 500 */
    uint32_t hold_ms;        /* between attempts at a target that refuses; 0: the target's hold_s */
    /* Members of a journal line of type "cursor" and "quarantine", for recorder_add_journal(). */
    void (*write_cursor)(void *ctx, const char *target, const char *members);
    void (*quarantine)(void *ctx, const char *target, const char *members);
    void *ctx;
};

PW_MUST_CHECK int influx_sender_start(const struct influx_sender_options *options,
                                      struct influx_sender **out);

/* A commit became durable; references are taken. In order; ones that were missed in between are
 * read from the archive, ones that are known already are passed over. */
void influx_sender_on_commit(struct influx_sender *s, const struct commit *c);

/* Whether commit seq and everything that it holds for the target is there. */
bool influx_sender_has_confirmed(const struct influx_sender *s, uint64_t seq);

void influx_sender_get_stats(const struct influx_sender *s, struct influx_stats *out);

/* Waits for the answer under way for at most a second, writes the cursor if it changed, frees
 * everything in the last close callback, then calls on_stopped. */
void influx_sender_stop(struct influx_sender *s, void (*on_stopped)(void *ctx), void *ctx);

#endif
