/* When a simulated device misbehaves, and how: a pure function of the plan's time and the request.
 * Only the chance of a fault that does not always act draws on a generator, seeded by the plan. */
#ifndef ACQ_SIM_FAULT_H
#define ACQ_SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_request;

enum fault_kind {
    FAULT_NONE,
    FAULT_SILENCE,      /* no answer */
    FAULT_LATE,         /* the right answer, delay_ms later */
    FAULT_FOREIGN,      /* the right answer under another transaction id */
    FAULT_FOREIGN_UNIT, /* ... under another unit */
    FAULT_EXCEPTION,    /* exception `code` */
    FAULT_WRONG_COUNT,  /* a well-formed answer with another number of registers */
    FAULT_CUT,          /* the connection is closed instead of an answer */
    FAULT_CRC,          /* RTU: a wrong CRC; else a header that is none */
    FAULT_SPLIT,        /* the right answer in two parts, delay_ms apart */
    FAULT_SLOW,         /* ... byte by byte, delay_ms apart */
    FAULT_ECHO,         /* the request comes back before the answer */
    FAULT_HALF_OPEN,    /* no answer on this connection any more, though it stays open */
    FAULT_STUCK,        /* the values of the moment when the fault's window began */
    FAULT_REFUSED       /* slave only: nothing is there, open connections are cut */
};

enum fault_id { FAULT_ID_ZERO, FAULT_ID_NEXT, FAULT_ID_OTHER };

struct fault {
    enum fault_kind kind;
    double at_s;
    double for_s;     /* < 0: for ever */
    double every_s;   /* the window comes again; 0: once */
    double chance;    /* of a request inside the window; 1 = always */
    uint8_t function; /* 0 = every one */
    uint32_t first;   /* only requests that touch [first, end) of the table */
    uint32_t end;
    uint32_t delay_ms;
    uint8_t code;
    enum fault_id id; /* FAULT_FOREIGN */
    uint16_t other;   /* the foreign id or unit */
};

/* Whether t_s lies in one of the fault's windows. */
bool fault_in_window(const struct fault *f, double t_s);
/* When the window that t_s lies in began. */
double fault_window_start(const struct fault *f, double t_s);

/* The first of the faults that acts on the request; NULL when all is well. */
const struct fault *fault_find(const struct fault *faults, size_t count, double t_s,
                               const struct frame_request *request, uint64_t *random);

/* Makes a right reply wrong as `f` says (foreign, foreign unit, wrong count, broken header);
 * returns the new length. `reply` has room for FRAME_MAX bytes. */
size_t fault_spoil(const struct fault *f, uint8_t *reply, size_t len);

#endif
