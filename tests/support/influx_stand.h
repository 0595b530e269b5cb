/* Three InfluxDB senders, their scripted targets and an archive in memory, on one loop: what a
 * target stored must be exactly what the archive holds, whatever it answered in between. */
#ifndef TESTS_SUPPORT_INFLUX_STAND_H
#define TESTS_SUPPORT_INFLUX_STAND_H

#include "acq/deliver/influx_sender.h"
#include "tests/support/fake_archive.h"
#include "tests/support/http_server.h"

#include <stdbool.h>

enum { STAND_TARGETS = 3 };
enum { STAND_LINES_MAX = 12000, STAND_STEPS = 4, STAND_QUARANTINES = 60 };

struct stand_step {
    int times; /* requests answered so before the next step; 0: stores what comes */
    struct served_answer answer;
};

struct stand_target {
    struct stand *stand;
    struct http_server *server;
    struct stand_step steps[STAND_STEPS];
    int step;
    unsigned most_lines; /* 413 above; 0: no bound */
    bool partial;        /* stores the good lines of a request with bad ones */
    bool names;          /* says which lines are bad, as the target's api does */
    int delay_ms;        /* before every answer */
    unsigned requests;
    char *stored[STAND_LINES_MAX];
    size_t stored_count;
    char url[256];
    char target[256];   /* of the last request */
    char headers[1024]; /* of the last request */
    char answer[16384]; /* its body */
    uint64_t last_request_ms;
    uint64_t longest_pause_ms; /* between two requests */

    struct plant_influx plant;
    struct influx_sender *sender;
    char *cursor; /* members of the last cursor line */
    unsigned cursors;
    char quarantine[STAND_QUARANTINES][3000];
    unsigned quarantines;
};

struct stand {
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct http_client *http;
    struct fake_archive archive;
    struct stand_target targets[STAND_TARGETS]; /* "a", "b", "c" */
    int stopped;
    bool commits_on_cursor; /* each cursor line makes a commit of its own */
};

/* cmocka's set-up and tear-down; the latter stops what runs and closes the loop. */
int stand_set_up(void **state);
int stand_tear_down(void **state);

void stand_start(struct stand *f, int i);
/* Counted in `stopped` when it is done. */
void stand_stop_begin(struct stand *f, int i);
void stand_stop(struct stand *f, int i);
/* Opens the target's server, port 0: any. */
void stand_listen(struct stand_target *t, int port);
/* One more commit (fake_archive_add()), told to every sender that runs. */
void stand_commit(struct stand *f, unsigned raw, unsigned derived, const unsigned *bad);
struct influx_stats stand_stats(const struct stand *f, int i);
bool stand_is_done(const struct stand *f, int i);
void stand_run_ms(struct stand *f, uint64_t ms);
void stand_tick(uv_timer_t *timer);

/* Every good line of the archive is at the target; exactly: and only once. */
void stand_check_stored(struct stand *f, int i, bool exactly);

/* Turns the loop until the condition holds, at most ten seconds. */
#define stand_run_until(f, condition)                                                              \
    do {                                                                                           \
        uint64_t run_begun = uv_hrtime();                                                          \
        uv_timer_start(&(f)->watchdog, stand_tick, 10, 10);                                        \
        while (!(condition)) {                                                                     \
            if (uv_hrtime() - run_begun > 10000000000u)                                            \
                fail_msg("never: %s", #condition);                                                 \
            uv_run(&(f)->loop, UV_RUN_ONCE);                                                       \
        }                                                                                          \
        uv_timer_stop(&(f)->watchdog);                                                             \
    } while (0)

#endif
