/* What an answer of InfluxDB's write endpoint means for the lines that were sent. Pure. */
#ifndef ACQ_DELIVER_ANSWER_H
#define ACQ_DELIVER_ANSWER_H

#include "acq/plant/plant.h"

#include <stdint.h>

enum answer_action {
    ANSWER_STORED,  /* 2xx */
    ANSWER_PARTIAL, /* stored but for `dropped` lines, which it will never take */
    ANSWER_BISECT,  /* nothing stored because of some line */
    ANSWER_HALVE,   /* too big */
    ANSWER_HOLD,    /* refused for a reason that no line gives: wait for a human, drop nothing */
    ANSWER_BACKOFF  /* may work later */
};

struct answer {
    enum answer_action action;
    uint32_t dropped; /* of ANSWER_PARTIAL: at least 1 */
};

/* status 0: the transfer failed. body is NUL-terminated, perhaps cut. */
struct answer answer_judge(enum influx_api api, int status, const char *body);

/* A line that an answer names as bad. */
struct answer_line {
    size_t number;    /* in the request, from 1; 0: not said */
    const char *text; /* without its newline; "" when not said */
    const char *reason;
};

/* Calls one() for every line that the body names: v1 and v2 in sentences, v3 in `data`. What is cut
 * at the body's end is passed over. */
void answer_each_line(enum influx_api api, const char *body,
                      void (*one)(void *ctx, const struct answer_line *line), void *ctx);

#endif
