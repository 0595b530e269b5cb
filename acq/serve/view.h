/* What the HTTP thread shows: one immutable picture of the server, filled by the loop thread and
 * handed over with serve_publish(). Plain data: no library's types, no pointer into the plant,
 * which a reload may free. Make one with the counts it needs, fill every entry, publish it:
 *
 *     struct serve_view *v = serve_view_new(&(struct serve_counts){.devices = 4, .signals = 17});
 *     v->devices[0].id = serve_view_text(v, device->id);
 *     serve_publish(server, v);
 *
 * Everything is zero at first; an absent text is "" (all texts of a new view are), an absent
 * instant 0, an absent number NAN. All instants are UTC, ms since 1970; all counters count since
 * start. */
#ifndef ACQ_SERVE_VIEW_H
#define ACQ_SERVE_VIEW_H

#include "acq/core/quality.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum serve_state { SERVE_STARTING, SERVE_RUNNING, SERVE_STOPPING };
enum serve_link_state { SERVE_LINK_DOWN, SERVE_LINK_CONNECTING, SERVE_LINK_CONNECTED };
enum serve_target_state {
    SERVE_TARGET_OK,
    SERVE_TARGET_BEHIND,
    SERVE_TARGET_REFUSED,
    SERVE_TARGET_UNREACHABLE
};

/* As struct recorder_stats (acq/record/recorder.h). */
struct serve_record {
    uint64_t last_seq;
    char head[65];
    uint64_t raw_lines, derived_lines, journal_lines;
    uint64_t bytes_plain, bytes_stored;
    uint64_t lost_lines;
    uint64_t commits, commit_errors;
    uint64_t sync_last_us, sync_max_us;
    uint64_t queue_bytes;
    uint64_t torn_bytes;
    uint64_t projected_seq;
    uint64_t disk_free_bytes, disk_days_left; /* the latter at the rate of bytes_day; 0: unknown */
    uint64_t bytes_day, written_day;          /* growth of the journal; all writes: the wear */
    uint64_t disk_refuses, disk_low;          /* 1: nothing can be written; no ballast */
};

struct serve_counters {
    uint64_t readings, samples, bad_samples, findings;
    uint64_t anchors_sent, anchors_failed, anchors_behind; /* the last: how many anchors are */
    uint64_t messages_queued, messages_accepted, messages_delivered, messages_failed;
    uint64_t messages_lost, messages_again, messages_waiting;
    uint64_t gateways_down; /* how many do not work */
};

struct serve_link {
    const char *id;
    enum serve_link_state state;
    uint64_t connects, disconnects;
    uint64_t bytes_in, bytes_out;
    uint64_t stray, framing_lost, silences, other_master, echoes;
    uint64_t dial_unknown, dial_refused; /* of its address, which others may share */
    uint64_t dial_replaced;
    int64_t overdue_ms; /* of the oldest cycle that is due and not settled */
};

enum { SERVE_EXCEPTION_CODES = 12, SERVE_REPLY_BOUNDS = 11, SERVE_BAD_FRAMES = 4 };

struct serve_device {
    const char *id;
    const char *link;
    uint32_t unit;
    uint32_t every_ms;
    int64_t last_ms;                     /* time of the last reading, good or not; 0: none yet */
    quality quality;                     /* of the last reading */
    uint32_t first_signal, signal_count; /* its part of view->signals */
    uint64_t readings, requests;
    uint64_t good, late, foreign, length, timeouts, exceptions;
    uint64_t crc;
    uint64_t missed_cycles, backoff_skips;
    uint64_t exception_codes[SERVE_EXCEPTION_CODES]; /* [1]..[11] by code, [0] any other */
    const uint32_t *reply_bounds_ms;                 /* SERVE_REPLY_BOUNDS, static; NULL: none */
    uint64_t replies[SERVE_REPLY_BOUNDS + 1];        /* good ones by the time they took */
    uint64_t reply_ms;                               /* sum */
    uint64_t proposed_timeout_ms;                    /* 0: not known */
    const char *bad_frames[SERVE_BAD_FRAMES];        /* hex, newest first */
};

/* Who reports without being a device: an HJ 212 MN of none. */
struct serve_unknown {
    const char *mn;
    const char *link;
    uint64_t packets, set_aside;
    int64_t first_ms, last_ms;
};

/* How complete something is: periods of a station, times their signals. */
struct serve_fullness {
    uint64_t expected, have, lost; /* the last: asked for in vain */
};

enum serve_series { SERVE_MINUTE, SERVE_HOUR, SERVE_DAY, SERVE_SERIES };

/* A device that reports by HJ 212. */
struct serve_station {
    const char *id; /* of the device */
    const char *mn;
    int64_t last_ms; /* of the last good packet; 0: none yet */
    uint64_t packets, resends, revisions;
    uint64_t answers_late;
    uint64_t asked, ask_refused, ask_silent; /* requests of ours */
    struct serve_fullness today[SERVE_SERIES], yesterday[SERVE_SERIES];
    uint64_t missing[SERVE_SERIES]; /* as far back as is known, and still to be asked for */
    uint64_t lost[SERVE_SERIES];
};

struct serve_signal {
    const char *id;
    const char *name;
    const char *unit;
    double value; /* NAN when the reading has none */
    quality quality;
    int64_t time_ms; /* 0: never read */
};

struct serve_target {
    const char *id;
    const char *kind; /* "influx" */
    enum serve_target_state state;
    uint64_t sent_lines, requests, partial, quarantined;
    uint64_t expired, resent; /* commits */
    uint64_t backlog_commits;
    const char *last_error;
    int64_t last_ok_ms;
};

/* An open one. */
struct serve_finding {
    const char *id;
    const char *kind;
    const char *site;
    const char *object;
    const char *factor;
    const char *signal; /* "device.signal" */
    uint32_t priority;  /* 1..3; 0: not said */
    int64_t start_ms;
    double value, threshold;
    double confidence;      /* 0: not said */
    const char *class_word; /* "" when it has none */
    const char *zh, *en;    /* a sentence for people */
};

/* The state of equipment, of a bypass, of a flare. */
struct serve_object_state {
    const char *site;
    const char *object;
    const char *state; /* "run", "open", ... */
    uint32_t code;     /* as measurement `state` has it */
    int64_t since_ms;
    double confidence, power_kw;
};

/* The last mean of an hour or a day, of those that count at the outlet. */
struct serve_mean {
    int64_t start_ms;              /* 0: none yet */
    double avg;                    /* NAN: there is none */
    double corrected, amount;      /* likewise */
    bool is_corrected, has_amount; /* the outlet corrects; it has a flow: NAN is a missing value */
    char flag;                     /* HJ 212's letter; '\0': the outlet is not regulated */
    bool valid;
    uint32_t parts, good; /* due; counted */
    uint64_t revision;
    const char *source; /* "own", "station" */
};

/* A factor of an outlet. */
struct serve_factor {
    const char *factor;
    const char *name_zh, *name_en;
    const char *unit, *unit_amount;
    uint32_t fraction; /* digits behind the point, for people */
    struct serve_mean hour, day;
};

struct serve_outlet {
    const char *id, *name, *site;
    const char *means_from; /* "own", "station", "station-else-own" */
    uint32_t first_series, series_count;
};

/* The books of an input that has a mass: what its day, month, quarter or year is so far. */
struct serve_total {
    const char *site, *outlet, *factor;
    const char *period;
    int64_t start_ms, until_ms;
    int64_t exhausted_ms; /* the day on which the permit is used up; 0: not in this year */
    double measured_kg, substituted_kg;
    double effective_rate, compliance_rate; /* 0..1; NAN: does not apply */
    double permit_kg;                       /* a year; NAN: none */
    uint64_t substituted_hours, missing_hours;
};

/* How well treatment is used: a rate of equipment, or of an outlet's factor. */
struct serve_rate {
    const char *site, *object, *factor; /* factor "" of equipment */
    const char *what;                   /* "run", "capture", "removal" */
    const char *period;
    int64_t start_ms, until_ms;
    double rate; /* NAN: of nothing */
    double part, whole;
    uint64_t due, known;
    uint64_t starts, on_time;
    bool has_starts;
};

struct serve_counts {
    size_t rates;
    size_t links, devices, signals, targets, findings, totals, states, unknown, stations, outlets;
    size_t series;
};

struct serve_view {
    const char *version;
    const char *plant; /* id */
    const char *name;  /* for people: the site's name */
    int zone_offset_min;
    enum serve_state state;
    int64_t started_ms;
    int64_t now_ms;
    struct serve_record record;
    struct serve_counters counters;
    struct serve_counts count;
    struct serve_link *links;
    struct serve_device *devices;
    struct serve_signal *signals; /* grouped by device */
    struct serve_target *targets;
    struct serve_finding *findings;
    struct serve_total *totals;
    struct serve_rate *rates;
    struct serve_object_state *states;
    struct serve_unknown *unknown;
    struct serve_station *stations;
    struct serve_outlet *outlets;
    struct serve_factor *series; /* grouped by outlet */
    struct view_chunk *chunks;   /* owns the texts */
};

/* NULL when there is no memory. */
struct serve_view *serve_view_new(const struct serve_counts *count);
/* A copy that lives as long as the view; NULL gives "". Out of memory gives "" too: a view without
 * a name is better than none. */
const char *serve_view_text(struct serve_view *v, const char *text);
/* Only of a view that was not published. v may be NULL. */
void serve_view_free(struct serve_view *v);

#endif
