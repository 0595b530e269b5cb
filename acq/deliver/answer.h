/* What an answer of InfluxDB's write endpoint means for the lines that were sent. Pure. */
#ifndef ACQ_DELIVER_ANSWER_H
#define ACQ_DELIVER_ANSWER_H

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
struct answer answer_judge(int status, const char *body);

#endif
