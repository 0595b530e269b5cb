/* Between the sources of a simulated station: its connection and what it says and hears
 * (hj212_station.c), its packets and what is wrong with them (hj212_report.c), and what it answers
 * when it is asked (hj212_history.c). */
#ifndef ACQ_SIM_HJ212_STATION_PRIVATE_H
#define ACQ_SIM_HJ212_STATION_PRIVATE_H

#include "acq/sim/hj212_station.h"

#include "protocols/hj212/write.h"

struct stream;

enum {
    QUEUE_SIZE = 64, /* packets not acknowledged yet; more push the oldest out */
    FRAME_SIZE = HJ212_SEGMENT_MAX + HJ212_OVERHEAD,
    LATE_FRAME = 320,
    LATE_MAX = 8, /* answers that wait to be late */
    ORPHANS_MAX = 8,
    SECOND_MS = 1000
};

struct report {
    char frame[FRAME_SIZE];
    size_t len;
    char qn[HJ212_QN_SIZE];
    double made_s;
    bool behind_next;
};

/* An answer that is held back. */
struct late_answer {
    char frame[LATE_FRAME];
    size_t len; /* 0: none */
    double due_s;
};

/* A connection that its station has forgotten, and that nobody closes. */
struct orphan {
    struct stream *stream; /* NULL: none */
    struct sim_reporter *station;
};

/* A request for minute data that is being answered, a record at a time. */
struct sim_history {
    bool runs;
    int64_t next_ms, end_ms, step_ms; /* beginnings of periods */
    char done[LATE_FRAME];            /* 9012 */
    size_t done_len;
};

struct sim_reporter {
    struct sim_reports *all;
    const struct sim_station *plan;
    char mn[HJ212_MN_MAX + 1];
    uint64_t seed;
    struct stream *stream;
    bool open, closing, dialled;
    double redial_s, realtime_s, minute_s, heartbeat_s; /* due then */
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_reader reader;
    char *buffer;
    struct hj212_qn qn;
    struct report *queue;
    size_t first, count;
    bool sent; /* the first in the queue */
    double sent_s;
    unsigned tries;
    char out[2 * FRAME_SIZE]; /* on its way */
    size_t out_len, out_at, out_step;
    bool close_behind;
    struct late_answer late[LATE_MAX];
    struct orphan orphans[ORPHANS_MAX];
    struct sim_history history;
    uint64_t made, sent_count, acknowledged, resent, overrun, connects, heartbeats_answered,
        requests, forgotten;
};

/* hj212_report.c */
double sim_reporter_now_s(const struct sim_reporter *s);
/* Whether that is wrong now, by the plan's windows and chances. */
bool sim_reporter_fails(struct sim_reporter *s, enum sim_report_fault kind);
/* Queues a packet of now, or its parts. DataTime is the beginning of the period, now for realtime
 * data. */
void sim_reporter_make(struct sim_reporter *s, int cn, double t_s, double period_s);
/* Of the factors, at t_s since the start. */
void sim_reporter_add_values(struct sim_reporter *s, struct hj212_cp *cp, int cn, double t_s);
/* The instant, since the start, whose values a period has. */
double sim_reporter_period_s(const struct sim_reporter *s, int64_t begin_ms);
/* The frame as a faulty machine sends it, in place; what is queued stays right. The new length. */
size_t sim_reporter_spoil(struct sim_reporter *s, char *frame, size_t len);

/* hj212_history.c: the frame that answers a request beside 9011 and 9012, in out; 0: there is none.
 */
size_t sim_history_reply(struct sim_reporter *s, const struct hj212_packet *p, char *out,
                         size_t size);
/* Whether the request is for history, whose records and 9012 sim_history_next() gives one by one.
 */
bool sim_history_begin(struct sim_reporter *s, const struct hj212_packet *p);
size_t sim_history_next(struct sim_reporter *s, char *out, size_t size);

#endif
