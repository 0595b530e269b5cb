/* What the ways of an anchor share: anchor.c (life, retries, accounts), anchor_file.c,
 * anchor_command.c, anchor_mail.c. A way has a begin, which leads to anchor_done() later, and a
 * cancel, after which it does not. */
#ifndef ACQ_DELIVER_ANCHOR_PRIVATE_H
#define ACQ_DELIVER_ANCHOR_PRIVATE_H

#include "acq/deliver/anchor.h"
#include "acq/loop/backoff.h"
#include "acq/loop/worker.h"

enum anchor_state {
    ANCHOR_IDLE,
    ANCHOR_BUSY,
    ANCHOR_CONFIRMING, /* influx: until the target has the commit */
    ANCHOR_WAITING     /* for the next attempt */
};

enum { ANCHOR_OUTPUT_MAX = 2048 };

struct anchor_file_job {
    struct worker_job job;
    char *path;
    char line[ANCHOR_TEXT_SIZE + 1];
    int err;
    int system_error;
};

struct anchor_command_run {
    uv_process_t process;
    uv_pipe_t output;
    uv_timer_t limit;
    unsigned handles;
    bool running, timed_out, ended;
    int64_t status;
    int signal;
    char text[ANCHOR_OUTPUT_MAX + 1];
    size_t len;
    bool cancelled;
};

struct anchor_item {
    struct anchors *owner;
    const struct plant_anchor *config;
    enum anchor_state state;
    struct anchor_head head;
    bool newer; /* `next` takes over afterwards */
    struct anchor_head next;
    uint64_t line_seq; /* influx */
    unsigned attempts; /* at this head */
    struct backoff backoff;
    uv_timer_t timer;
    struct anchor_stats stats;
    char to[ANCHOR_TO_SIZE];
    struct anchor_file_job file;
    struct anchor_command_run command;
    struct http_call *mail;
};

struct anchors {
    struct anchors_options options;
    struct sm2_key *key;
    unsigned handles; /* and jobs: what must end before the anchors are freed */
    bool finishing, closing;
    void (*on_idle)(void *ctx);
    void *idle_ctx;
    uv_timer_t idle_timer;
    uint32_t count;
    struct anchor_item items[];
};

/* why: "" when it went out. */
void anchor_done(struct anchor_item *item, const char *why);
/* One handle or job is gone. */
void anchors_release(struct anchors *a);
/* "SEQ:DIGEST" */
enum { ANCHOR_NAME_SIZE = 100 };
const char *anchor_name(const struct anchor_head *head, char out[ANCHOR_NAME_SIZE]);
PW_MUST_CHECK int anchor_file_begin(struct anchor_item *item);
void anchor_file_cancel(struct anchor_item *item);
PW_MUST_CHECK int anchor_command_begin(struct anchor_item *item);
void anchor_command_cancel(struct anchor_item *item);
PW_MUST_CHECK int anchor_mail_begin(struct anchor_item *item);
void anchor_mail_cancel(struct anchor_item *item);

#endif
