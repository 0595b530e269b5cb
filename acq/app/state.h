/* The running server's own struct, shared by the files of this folder that make it up:
 *   server.c   opening in order, running, closing in reverse
 *   flow.c     what a reading, a mean, a commit and a second lead to
 *   findings.c what a finding leads to
 *   alarms.c   alarms, and what people do with them
 *   bus_report.c  what is known of a device's bus, in JSON
 *   ctl_bus.c  the control socket's commands to devices
 *   ctl_station.c  ... and its requests to HJ 212 stations
 *   learned.c  what was learned of devices' ranges, over restarts
 *   notes.c    the server's own journal lines and time series
 *   targets.c  the senders of the configured time-series targets
 *   anchors.c  the chain's head leaving the machine
 *   reload.c   SIGHUP
 *   stop.c     the order of a clean stop
 *   uplinks.c  the platforms that we report to
 *   restore.c  the state of the pipeline over a restart
 *   gateways.c  messages to people: the outbox and its gateways; gateways_watch.c whether they work
 *   ctl_message.c  a test message
 *   ctl.c      the control socket; ctl_commands.c what it answers
 *   station_watch.c  whether stations get their answers in time
 *   station_means.c  what HJ 212 stations computed
 *   station_memory.c  what a start knows of HJ 212 stations
 *   stations.c HJ 212 stations: their packets into the journal, answers out of commits
 *   station_findings.c  what is wrong with a station
 *   station_keys.c  SM4 keys that stations were given since they were configured
 *   live.c     the last reading of each device
 *   revisions.c   late data: days computed again
 *   states.c   what the state of an object leads to
 *   disk.c     findings about the record's own disk
 *   shown_means.c  the last hour and day of each input
 *   read_means.c   the API's way to the record
 *   publish.c  the view for the HTTP thread
 * Everything here belongs to the loop thread. */
#ifndef ACQ_APP_STATE_H
#define ACQ_APP_STATE_H

#include "acq/app/disk.h"
#include "acq/app/freeze.h"
#include "acq/app/gateways.h"
#include "acq/app/handover.h"
#include "acq/app/overload.h"
#include "acq/app/server.h"
#include "acq/app/shown_means.h"
#include "acq/app/station_watch.h"
#include "acq/app/uplinks.h"

#include "acq/collect/collector.h"
#include "acq/collect/hj212_keys.h"
#include "acq/collect/hj212_plan.h"
#include "acq/core/civil.h"
#include "acq/core/plant_time.h"
#include "acq/core/sample.h"
#include "acq/core/strbuf.h"
#include "acq/deliver/anchor.h"
#include "acq/deliver/influx_sender.h"
#include "acq/detect/finding.h"
#include "acq/detect/rate.h"
#include "acq/loop/http.h"
#include "acq/loop/worker.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/plant.h"
#include "acq/record/raw_line.h"
#include "acq/record/recorder.h"
#include "acq/refine/account.h"
#include "acq/refine/mean.h"
#include "acq/serve/server.h"

#include <uv.h>

enum {
    APP_OPEN_FINDINGS_MAX = 1000,
    APP_SENTENCES_MAX = 1000,
    APP_LINE_MAX = 262144, /* a device of 1,000 signals, each with its reason and registers */
    APP_SELF_EVERY_S = 60,
    APP_FACTORS_MAX = 1000, /* of one packet that are no signal */
    APP_STOP_LIMIT_MS = 4500,
};

struct app;
struct ctl;
struct alarms;
struct hj212_hub;

/* A finding that is open now, for the view. */
struct open_finding {
    char id[FINDING_ID_SIZE];
    char kind[32];
    char site[PLANT_ID_MAX + 1];
    char object[PLANT_ID_MAX + 1];
    char factor[16];
    char signal[2 * PLANT_ID_MAX + 2];
    uint8_t priority;
    int64_t start_ms;
    double value;
    double threshold;
    double confidence; /* 0: not said */
    char class_word[24];
    char zh[FINDING_SENTENCE_SIZE], en[FINDING_SENTENCE_SIZE];
};

/* The last reading of a device, for the view. */
struct last_reading {
    int64_t time_ms; /* 0: none yet */
    int64_t at_ms;   /* when it came, on the journal clock */
    quality quality; /* the worst of its samples: good only when all are */
    uint64_t readings;
};

/* The last state of equipment, of a bypass or a flare, for the view. */
struct shown_state {
    char object[PLANT_ID_MAX + 1]; /* "": none is known from here on */
    char site[PLANT_ID_MAX + 1];
    const char *word; /* static */
    uint32_t code;
    double confidence, power_kw; /* NAN: not told */
    int64_t since_ms;
};

/* The last word on a rate; the texts are the plant's. */
struct shown_rate {
    struct rate rate;
    const char *site, *object, *factor; /* object NULL: none is known from here on */
};

/* What the view shows of devices and signals, by index in the plant, and of states. */
struct live {
    struct last_reading *last;  /* by device */
    struct sample *samples;     /* by signal: of the last reading; valid once last says so */
    struct sample *scratch;     /* room for the largest device */
    struct account *accounts;   /* by input and period: the last told; until_ms 0: none yet */
    struct shown_state *states; /* in the order in which they were first told */
    uint32_t state_count;       /* room: one for each object that can have one */
    struct shown_rate *rates;   /* likewise */
    uint32_t rate_count;
};

enum { TARGET_TEXTS = 12 };

struct target {
    struct app *app;
    bool used;
    struct influx_sender *sender;
    struct plant_influx config;
    char *texts[TARGET_TEXTS]; /* of config, the target's own */
    char *cursor;              /* the last that was written, NULL: none */
    bool stopping;
    bool restart; /* begin again from the plant once stopped */
};

/* The file of changed keys. */
struct station_keys {
    struct worker_job job;
    char *text;             /* being written */
    char *kept;             /* as it stands in the file */
    uint64_t saving, saved; /* versions of the hub's keys */
    int err;
    bool failed; /* said already */
};

enum { APP_TARGETS_MAX = 32 };

enum stop_phase {
    STOP_RUNNING,
    STOP_COLLECTING, /* the collector closes its connections */
    STOP_DELIVERING, /* the last commit goes out, senders finish */
    STOP_CLOSING,    /* the record is closed, handles close */
};

/* A write to a device that is under way. */
struct pending_write {
    uint64_t token;    /* 0: free */
    uint64_t wait_seq; /* the commit that must be durable before it goes out; 0: it went */
    int64_t at_ms;
    char who[64];
    char signal[2 * PLANT_ID_MAX + 2];
    double value;
};

enum { APP_WRITES_MAX = 16 };

/* A person's request to a station: waits for its line in the audit, then for the station. */
struct pending_ask {
    uint64_t token; /* 0: free */
    uint64_t seq;   /* of the commit that holds its line; 0: it went out */
    int64_t at_ms;
    char who[64];
    char device[PLANT_ID_MAX + 1];
    struct hj212_request request;
};

enum { APP_ASKS_MAX = 8 };

struct app_counters {
    uint64_t readings;
    uint64_t samples;
    uint64_t bad; /* samples without a good or uncertain value */
    uint64_t findings;
    uint64_t means;
    uint64_t written;   /* lines durable: R and D */
    uint64_t unwritten; /* raw lines longer than APP_LINE_MAX: lost, beside the recorder's own */
};

struct app {
    struct server_options options;
    char *data_dir;
    char *http_listen;
    uv_loop_t loop;
    struct plant *plant;
    struct plant_time time;
    struct recorder_start started;
    struct recorder *recorder;
    struct handover handover;
    struct pipeline *pipeline;
    struct raw_encoder *encoder;
    struct collector *collector;
    struct hj212_hub *stations; /* that report by HJ 212 */
    struct station_keys station_keys;
    struct http_client *http;
    struct target targets[APP_TARGETS_MAX];
    struct anchors *anchors;   /* NULL before the start and after the stop */
    struct uplinks *uplinks;   /* NULL before the start */
    struct gateways *gateways; /* NULL before the start and after the stop */
    int64_t anchor_time;       /* UTC in units of anchor_every_s, of the last ones */
    bool anchors_finished;     /* stopping: they have the last head, or gave up */
    bool anchors_finishing;
    struct server *serve;
    struct live live;
    struct freeze *freeze; /* NULL: no memory was left for it after a reload */
    struct revisions *revisions;
    struct shown_means shown;
    struct open_finding *open; /* APP_OPEN_FINDINGS_MAX */
    size_t open_count;
    char **sentences; /* findings in words, for the summary */
    size_t sentence_count;
    struct app_counters counters;
    struct disk_watch disk;
    char line[APP_LINE_MAX]; /* the line that is being written */
    struct strbuf text;      /* fixed, over line */
    uv_timer_t record_timer, second_timer, seconds_timer, stop_timer;
    uv_signal_t on_term, on_int, on_hup;
    int64_t started_ms; /* UTC */
    uint32_t seconds_to_self;
    int64_t snapshot_hour; /* UTC hour of the last snapshot */
    int64_t watchdog_ms;   /* 0: nobody asked for it */
    struct ctl *ctl;
    struct alarms *alarms;
    struct pending_write writes[APP_WRITES_MAX];
    struct pending_ask asks[APP_ASKS_MAX];
    uint64_t last_token;
    struct overload overload;
    struct station_watch station_watch;
    enum stop_phase phase;
    uint64_t last_wanted_seq; /* delivering: the commit that must be durable */
    bool reloading;
    bool failed;         /* exit status 1 */
    uint64_t lost_lines; /* of the closed record, for the summary */
    uint64_t sent_lines; /* by senders that were stopped */
};

/* flow.c */
void flow_on_reading(void *app, const struct reading *r);
/* The same for a sender that is told when the record could not take it: then nothing was taken. */
int flow_take_reading(struct app *a, const struct reading *r);
void flow_on_mean(void *app, const struct mean *m);
/* marks.c: what a rule sets. */
void marks_on_mark(void *app, const struct declaration *d);
/* flow_account.c */
void flow_on_account(void *app, const struct account *account);
/* flow_rate.c */
void flow_on_rate(void *app, const struct rate *r);
void flow_on_commit(void *app, const struct commit *c);
void flow_second(struct app *a);
/* Seconds without an input. When one of them made means, a journal line says so: else a record that
 * ends here would hold means that neither a replay nor the next start knows of. */
void flow_tick(struct app *a, int64_t at_ms);
/* Values beside the device's signals: kept and delivered, but no input of the pipeline. */
PW_MUST_CHECK int flow_take_extras(struct app *a, uint32_t device, int64_t time_ms, int64_t at_ms,
                                   const struct raw_value *values, size_t count);
void flow_arm_record(struct app *a, uint32_t in_ms);
/* A part of an event's evidence, into the journal. */
void flow_on_evidence(void *app, const struct strbuf *members);
/* A journal line; at_ms on the journal clock. */
void flow_journal(struct app *a, const char *type, int64_t at_ms, const struct strbuf *members,
                  bool urgent);
/* An empty text over a->line: one at a time. */
struct strbuf *flow_fresh_text(struct app *a);

/* findings.c */
void findings_on_finding(void *app, const struct finding *f);
/* One that was open before this start, as its journal line's JSON. */
void findings_know_open(struct app *a, const char *json);

/* states.c */
struct object_state;
void states_on_state(void *app, const struct object_state *s);
struct flare_block;
/* flares.c: a block of a flare becomes a line. */
void flares_on_block(void *app, const struct flare_block *b);
/* A member of the status object. */
void states_status(const struct app *a, struct strbuf *out);

/* disk.c: once a second. */
void disk_second(struct app *a, int64_t at_ms);

/* bus_report.c: members that follow others. Once an hour and at the stop each device's
 * go into the journal. */
void bus_report_write(const struct app *a, uint32_t device, const struct collect_device_stats *s,
                      struct strbuf *out);
void bus_note(struct app *a, int64_t at_ms);
/* Once a second: says when something due is not settled for far too long. */
void bus_watch(struct app *a);

/* learned.c */
void learned_on_learned(void *app, const struct collect_learned *l);
void learned_add_range(struct strbuf *out, const struct collect_range *r);
/* Right behind the collector's start. */
PW_MUST_CHECK int learned_restore(struct app *a);

/* notes.c */
void note_start(struct app *a, int64_t at_ms);
void note_config(struct app *a, int64_t at_ms, bool text_is_known);
void note_snapshot(struct app *a, int64_t at_ms);
void note_stop(struct app *a);

/* self.c: the measurement `self`: counters of the server, its record, devices, links and targets.
 */
void self_write(struct app *a, int64_t time_ms);

/* shares.c: the measurement `limit`: each limit of the mean's input, with the share of it that a
 * minute reaches now and that the limit's own period reached. */
void shares_on_mean(struct app *a, const struct mean *m);

/* targets.c */
/* What SQLite knows that a plant needs: read before the loop runs, or by a reload's worker. */
struct known {
    bool config;    /* the journal has this configuration's text */
    char **cursors; /* by plant->influx; NULL: none */
    uint32_t count;
};
PW_MUST_CHECK int known_load(struct known *k, const char *data_dir, const struct plant *plant);
void known_deinit(struct known *k);

PW_MUST_CHECK int targets_start(struct app *a, const struct known *known);
void targets_reload(struct app *a, const struct known *known);
void targets_on_commit(struct app *a, const struct commit *c);
void targets_stop(struct app *a);
bool targets_are_stopped(const struct app *a);
/* Whether that target has all of that commit. */
bool targets_have_confirmed(const struct app *a, const char *id, uint64_t seq);

/* anchors.c */
PW_MUST_CHECK int anchors_start(struct app *a);
/* a->plant is another one; the old one is freed only after this. */
PW_MUST_CHECK int anchors_reload(struct app *a);
/* Sends the head when it is due (anchor_every_s). Once a second. */
void anchors_second(struct app *a, int64_t at_ms);
/* Sends the head now; false when the record is empty. */
bool anchors_now(struct app *a, struct anchor_head *out);
/* Stopping: before the last commit, and when it is durable. */
void anchors_note_stop(struct app *a);
void anchors_stop(struct app *a);
void anchors_write_status(const struct app *a, struct strbuf *out);
void anchors_count_all(const struct app *a, struct serve_counters *out);

/* reload.c */
void reload_begin(struct app *a);

/* live.c: for `to`, with what `old` (of plant `from`) knew of devices that did not change; both may
 * be NULL. */
PW_MUST_CHECK int live_init(struct live *live, const struct plant *to, const struct live *old,
                            const struct plant *from);
/* What the books said last; both plants as the account's indexes are meant. */
void live_take_account(struct live *live, const struct account *a);
/* live_rates.c: likewise of rates. */
PW_MUST_CHECK int live_init_rates(struct live *live, const struct plant *to,
                                  const struct live *old);
void live_take_rate(struct live *live, const struct plant *plant, const struct rate *r);
size_t live_count_rates(const struct live *live);
void live_fill_rates(const struct live *live, struct serve_view *v);
void live_deinit(struct live *live);
/* Returns how many samples of r speak neither good nor uncertain. */
uint32_t live_take(struct live *live, const struct plant *plant, const struct reading *r);
/* A station is never asked, so that no reading says that it is silent. */
bool live_is_silent(const struct app *a, uint32_t device);

/* ctl.c: what a person may ask of the running server over DATA/control.sock. One JSON object in,
 * one out, a line each; what changes something is answered when its journal line is durable. */
PW_MUST_CHECK int ctl_open(struct app *a);
void ctl_close(struct app *a);
void ctl_on_written(void *app, const struct collect_write_result *r);
void ctl_on_commit(struct app *a, uint64_t seq);
/* A packet that a person's request brought, and how a request to a station ended. */
void ctl_on_station_packet(struct app *a, uint64_t token, const struct hj212_packet *p);
void ctl_on_asked(void *app, const struct hj212_asked *asked);
/* Sends the writes that this commit tells of. */
void ctl_bus_on_commit(struct app *a, uint64_t seq);
/* answer: members of the JSON object for whoever asked for the reload. */
void ctl_on_reloaded(struct app *a, const char *answer);
/* Gives up on clients that neither ask nor go. Once a second. */
void ctl_second(struct app *a);

/* stop.c */
void stop_begin(struct app *a, const char *why);
void stop_step(struct app *a);
/* The start failed half-way: closes what was opened. */
void stop_abort(struct app *a);

/* restore.c: the pipeline as it was at the end of the journal, then moved to this start: the lines
 * `start` and `config` are written, what happened meanwhile is said. */
PW_MUST_CHECK int restore_pipeline(struct app *a, bool text_is_known);

/* revisions.c */
struct revisions_stats {
    uint32_t waiting;
    uint64_t days, revised; /* days computed again, and means told again */
    uint64_t failures, overflows;
};
PW_MUST_CHECK int revisions_open(struct app *a);
void revisions_free(struct app *a);
/* A job under way ends soon, and is not told. */
void revisions_stop(struct app *a);
void revisions_on_reopen(void *app, const struct reopen *asked);
/* Begins the next that can. Once a second. */
void revisions_second(struct app *a);
struct revisions_stats revisions_get_stats(const struct app *a);
/* A member of the status object, behind others. */
void revisions_status(const struct app *a, struct strbuf *out);

/* stations.c */
PW_MUST_CHECK int stations_open(struct app *a);
/* station_watch.c: once a second. */
void stations_watch(struct app *a, int64_t at_ms);

/* station_means.c: what a station computed becomes means beside our own, by a journal line `means`
 * of which a replay makes them again; states and run times of its facilities become time series. */
void station_means_take(void *app, const struct hj212_period *p);
void station_facilities_take(struct app *a, uint32_t device, const struct hj212_packet *p);

/* station_memory.c: at a start, what stations sent before it. */
void stations_remember(struct app *a);
/* Which periods of each station are there, as journal lines: once an hour and at the stop. */
void stations_on_state(void *app, uint32_t device);
/* Findings about full tables of factors. Once a second. */
void stations_second(struct app *a, int64_t at_ms);
void stations_note(struct app *a, int64_t at_ms);
/* A member of the status object. */
void stations_status(const struct app *a, struct strbuf *out);

/* station_keys.c: the file is read at the start, and written within a second of a change. */
void station_keys_load(struct app *a);
void station_keys_second(struct app *a);
void station_keys_close(struct app *a);
void station_keys_note(void *app, uint32_t device, enum hj212_key_event event);

/* publish.c */
void publish_view(struct app *a);

#endif
