/* What the parts of the InfluxDB sender share: influx_sender.c (life, cursor, retries, which commit
 * next), influx_slot.c (one commit on its way: members, pieces, answers), influx_read.c (the jobs
 * on the worker). */
#ifndef ACQ_DELIVER_INFLUX_PRIVATE_H
#define ACQ_DELIVER_INFLUX_PRIVATE_H

#include "acq/deliver/answer.h"
#include "acq/deliver/cursor.h"
#include "acq/deliver/influx_sender.h"
#include "acq/deliver/split.h"
#include "acq/loop/backoff.h"
#include "acq/loop/worker.h"

enum { QUARANTINE_TEXT_MAX = 1024 };

enum slot_state {
    SLOT_IDLE,
    SLOT_WORKING, /* a job of the worker */
    SLOT_SENDING,
    SLOT_WAITING /* for the next attempt */
};

/* First the slots for what comes, then those for what was missed. */
enum { SLOTS_LIVE_MAX = 3, SLOTS_BACKLOG_MAX = 8, SLOTS = SLOTS_LIVE_MAX + SLOTS_BACKLOG_MAX };

/* A commit on its way. */
struct influx_slot {
    struct influx_sender *sender;
    enum slot_state state;
    struct worker_job job;
    struct http_call *call;

    struct commit commit;
    enum member_kind kind; /* the member under way */
    bool looks;            /* whether it revises is asked, as gaps lie before it */
    bool revises;
    bool splitting;
    struct split split;
    size_t sent_bytes; /* of the request under way */
    uint64_t sent_at_ms;
    uint64_t rest_until_ms; /* of a slot for what was missed: leaves the target to live data */

    /* of a reading job, one at a time: looks through first..last for a commit with lines */
    uint64_t first, last;
    uint64_t reached; /* first..reached-1 hold none */
    bool reading;
    bool found;
    uint64_t kept_first, kept_last; /* the archive's bounds, after PW_ENOTFOUND */
    /* of an inflating job */
    size_t from_line;
    enum answer_action refused_by; /* why it is split; ANSWER_STORED: to go on at from_line */
    char reason[QUARANTINE_TEXT_MAX + 1]; /* of the refusal */
    char *refusal;                        /* its whole body, until the member is inflated */
    char *text;
    size_t text_len;
    int job_result;
};

struct influx_sender {
    struct influx_sender_options options;
    char *url;
    char *authorization; /* a header line, NULL: none */
    struct cursor cursor;
    struct influx_slot slots[SLOTS];
    int live_slots, slot_count;
    unsigned refused_in_row; /* single lines, with nothing stored in between */
    uint64_t live_at_ms;     /* when the last commit with lines came, 0: none */
    struct influx_stats stats;
    struct backoff backoff;
    bool failing; /* the last attempt failed: one request at a time, after retry_timer */
    bool dirty;   /* confirmed something since the last cursor line */
    bool stopping;
    uint64_t cursor_written_ms;
    unsigned handles;
    uv_timer_t retry_timer;
    uv_timer_t rest_timer;
    uv_timer_t cursor_timer;
    uv_timer_t stop_timer;
    void (*on_stopped)(void *ctx);
    void *stopped_ctx;
};

/* influx_sender.c */
bool influx_wants(const struct influx_sender *s, const struct commit *c, enum member_kind kind);
bool influx_wants_any(const struct influx_sender *s, const struct commit *c);
/* Whether this slot may send now: always while healthy, else alone and not before the timer. */
bool influx_may_send(const struct influx_sender *s, const struct influx_slot *slot);
void influx_worked(struct influx_sender *s);
void influx_failed(struct influx_sender *s, enum answer_action action, uint32_t retry_after_s,
                   const char *why);
/* No reading of the archive for a while, without a failure of the target. */
void influx_pause(struct influx_sender *s, uint32_t ms);
void influx_mark_dirty(struct influx_sender *s);
void influx_pump(struct influx_sender *s);
/* A slot became idle. */
void influx_slot_free(struct influx_sender *s);

bool influx_slot_is_live(const struct influx_slot *slot);

/* influx_request.c */
/* "URL/write?..." and "Authorization: ..."; NULL when there is no memory; free(). */
char *influx_build_url(const struct plant_influx *t);
/* *out NULL: the target has no token. */
PW_MUST_CHECK int influx_build_authorization(const struct plant_influx *t, char **out);
PW_MUST_CHECK int influx_send(struct influx_slot *slot, struct bytes *body, bool gzip,
                              void (*on_answer)(void *ctx, const struct http_answer *answer));

/* influx_slot.c */
void slot_begin(struct influx_slot *slot); /* slot->commit holds references */
void slot_resume(struct influx_slot *slot);
void slot_split(struct influx_slot *slot);   /* slot->text was inflated */
void slot_give_up(struct influx_slot *slot); /* drops what it holds; idle */
/* influx_quarantine.c */
void slot_quarantine(struct influx_slot *slot, size_t line, size_t lines, const char *reason,
                     const char *text, size_t text_len);
/* Lines that a partial write named, each with its reason; false: it named none. */
bool slot_quarantine_dropped(struct influx_slot *slot, const char *body);
/* Takes the lines that a refusal names out of the piece and puts them into quarantine; returns how
 * many. */
unsigned slot_take_out_named(struct influx_slot *slot, const char *body);
/* Without the line end that servers put behind their sentence. */
size_t influx_trimmed_length(const char *text);

/* influx_read.c */
/* Looks whether slot->commit revises, then slot_begin(). */
void slot_look(struct influx_slot *slot);
void slot_read(struct influx_slot *slot, uint64_t first, uint64_t last);
void slot_inflate(struct influx_slot *slot, enum answer_action refused_by, size_t from_line);
void commit_release(struct commit *c);

#endif
