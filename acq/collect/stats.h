/* What collection counts, as plain numbers for metrics, the API and the log. Counters run from the
 * start of the process; a reload keeps those of links that did not change. */
#ifndef ACQ_COLLECT_STATS_H
#define ACQ_COLLECT_STATS_H

#include "acq/core/quality.h"
#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STATS_EXCEPTION_CODES = 12, /* [1]..[11] by code, [0] any other */
    STATS_FRAME_HEX_SIZE = 129, /* 64 bytes and NUL */
    STATS_REPLY_BOUNDS = 11,
    STATS_BAD_FRAMES = 4
};

/* Upper bounds, in ms, of the histogram of reply times; what is slower counts in the last bucket.
 */
extern const uint32_t stats_reply_bounds_ms[STATS_REPLY_BOUNDS];

enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_CONNECTED };

struct collect_link_stats {
    enum link_state state;
    uint64_t connects;
    uint64_t connect_failures;
    uint64_t disconnects;
    uint64_t bytes_in, bytes_out;
    uint64_t stray;         /* replies with a unit that no device of the link has */
    uint64_t framing_lost;  /* each closed the connection */
    uint64_t silences;      /* connections closed after time-outs in a row */
    uint64_t other_master;  /* RTU: read requests heard that are not ours */
    uint64_t echoes;        /* RTU: our own requests heard where no echo is configured */
    uint64_t dial_unknown;  /* dial-in: connections to its address that registered as nobody's */
    uint64_t dial_refused;  /* ... that were more than pending_max */
    uint64_t dial_replaced; /* the device dialled in again while its connection stood */
    int64_t overdue_ms;     /* age of the oldest due cycle that is not settled; 0 when none */
    int last_error;         /* why the last connection ended or failed; pw_strerror() */
    char last_bad_frame[STATS_FRAME_HEX_SIZE]; /* hex, "" when there was none */
};

/* Of a device's reads. Devices that are read together have the same. */
struct collect_device_stats {
    uint32_t read_with; /* the first of them, index in the plant: itself as a rule */
    uint8_t unit;
    bool backing_off;          /* the unit is not asked at every due time */
    uint32_t failures;         /* cycles of the unit that failed in a row */
    uint32_t requests_a_cycle; /* as planned */
    uint32_t slowest_ms;       /* good reply */
    uint64_t requests;         /* sent, retries included */
    uint64_t good;
    uint64_t late;    /* of requests given up before: discarded */
    uint64_t foreign; /* of another unit, function or transaction: discarded */
    uint64_t length;  /* of the wrong length, or cut off: discarded */
    uint64_t crc;     /* RTU: with a wrong CRC, or no frame at all: discarded */
    uint64_t timeouts;
    uint64_t exceptions[STATS_EXCEPTION_CODES];
    uint64_t cycles;  /* readings handed on, with values or without */
    uint64_t missed;  /* due while the one before was not settled, or while nobody looked */
    uint64_t skipped; /* due while the unit was backing off */
    uint64_t requests_skipped;                /* left out because they alone stay unanswered */
    uint64_t unlinked;                        /* due or cut off while there was no connection */
    uint64_t reply_ms;                        /* sum over good replies */
    uint64_t replies[STATS_REPLY_BOUNDS + 1]; /* good ones, by the time they took */
    char bad_frames[STATS_BAD_FRAMES]
                   [STATS_FRAME_HEX_SIZE]; /* newest first; "" when there is none */
};

/* A time-out that leaves room above what 999 of 1,000 replies took, and above the slowest; 0 while
 * too few replies came to say. */
uint32_t stats_propose_timeout_ms(const struct collect_device_stats *s);

/* A part of a planned request, as exceptions have taught it. */
struct collect_range {
    uint8_t function;
    uint16_t address;
    uint16_t count; /* registers or bits */
    uint32_t signals;
    uint8_t exception; /* it was refused with, and is not asked any more; 0: it is asked */
};

/* All that is known of what devices that are read together have. */
struct collect_learned {
    uint32_t device;           /* the first of them, index in the plant */
    char digest[SM3_HEX_SIZE]; /* of their settings: it is true of no other */
    const struct collect_range *ranges;
    uint32_t range_count; /* 0: they are asked as planned */
};

/* What became of a write. */
enum collect_write_end {
    COLLECT_WRITTEN,         /* and read back the same */
    COLLECT_WRITTEN_DIFFERS, /* acknowledged, but something else is read back */
    COLLECT_NOT_READ_BACK,   /* acknowledged; the reading failed */
    COLLECT_NOT_WRITTEN      /* no acknowledgement: a time-out leaves open whether it was done */
};

struct collect_write_result {
    uint64_t token;
    enum collect_write_end end;
    quality why;      /* of what was read back, or of the failure */
    double read_back; /* NAN when nothing was */
};

#endif
