/* One simulated slave at run time: its listener, its connections, its units. Private to acq/sim;
 * loop thread. */
#ifndef ACQ_SIM_SLAVE_H
#define ACQ_SIM_SLAVE_H

#include "acq/core/clock.h"
#include "acq/sim/plan.h"

#include <stdbool.h>
#include <uv.h>

struct conn;
struct counts;
struct line;
struct engine;
struct unit;

enum { SLAVE_LISTEN_SIZE = PLAN_PATH_SIZE + 8 };

/* What all slaves of one simulator share. */
struct world {
    uv_loop_t *loop;
    const struct pw_clock *clock;
    const struct sim_plan *plan;
    struct engine *engine;
    int64_t start_ms;
    uint64_t random;
    uint32_t conn_count;
    uint32_t conn_max;
    uint64_t conn_refused; /* beyond conn_max, or with a descriptor that select() cannot take */
    uint64_t faults;       /* requests that a fault acted on */
    uint64_t broken;       /* connections closed because they did not speak Modbus TCP */
    uint32_t handles;      /* open libuv handles */
};

struct listener;

struct slave {
    struct world *world;
    const struct sim_slave *plan;
    uint16_t port;
    char listen[SLAVE_LISTEN_SIZE];
    int fd; /* bound: listened on, or only held while the slave refuses connections */
    struct listener *listener; /* NULL while it refuses */
    struct conn *conns;
    struct line *lines; /* RTU connections, and what is no connection */
    int keeper;         /* the other side of a pseudo-terminal: it never hangs up by itself */
    double next_try_s;  /* to open a port or to dial, seconds since the start */
    struct counts *counts;
    struct unit *units[PLAN_UNITS_MAX];
};

/* Seconds of the plan since the start. */
double world_now_s(const struct world *w);

/* Makes units, binds and listens; no handle yet. `repetition` counts from 0 within the plan's
 * entry. On failure the slave is to be given to slave_deinit() all the same. */
PW_MUST_CHECK int slave_init(struct slave *s, struct world *w, const struct sim_slave *plan,
                             uint32_t repetition);
/* Listens or refuses as the plan says for t_s; call at the start and every few milliseconds. */
void slave_tick(struct slave *s, double t_s);
/* Closes listener and connections; they are gone when the loop has run. */
void slave_stop(struct slave *s);
void slave_deinit(struct slave *s);

#endif
