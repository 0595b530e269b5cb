/* The plan of a simulated plant (docs/simulator.md): slaves, the units behind each, their signals
 * and their faults. Loaded once, then read-only; a repeated slave or unit (`count`) is one entry
 * here and several in the simulator. */
#ifndef ACQ_SIM_PLAN_H
#define ACQ_SIM_PLAN_H

#include "acq/core/err.h"
#include "acq/sim/cell.h"
#include "acq/sim/fault.h"
#include "acq/sim/wave.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_table { SIM_COIL, SIM_DISCRETE, SIM_HOLDING, SIM_INPUT, SIM_TABLE_COUNT };

enum {
    PLAN_ERROR_SIZE = 512,
    PLAN_HOST_SIZE = 48,
    PLAN_PATH_SIZE = 100,
    PLAN_PACKET_MAX = 128,
    PLAN_UNITS_MAX = 256,
    PLAN_SLAVES_MAX = 10000
};

struct sim_signal {
    enum sim_table table;
    uint16_t address;
    uint16_t count; /* the signal again in the cells behind it */
    enum cell_type type;
    enum cell_order order;
    uint8_t bit;  /* CELL_BIT in a register table: which bit, 0 the least */
    double scale; /* cell = (value - offset) / scale */
    double offset;
    double add_per_slave; /* added to the value per repetition of the slave, the unit, the signal */
    double add_per_unit;
    double add_per_signal;
    struct wave wave;
};

struct sim_range {
    uint32_t first;
    uint32_t count;
};

struct sim_unit {
    uint8_t unit;
    uint16_t count;                           /* units unit, unit + 1, ... alike */
    struct sim_range ranges[SIM_TABLE_COUNT]; /* cells that exist; others answer exception 2 */
    struct sim_signal *signals;
    size_t signal_count;
    struct fault *faults;
    size_t fault_count;
};

enum sim_stranger { STRANGER_EXCEPTION, STRANGER_SILENCE };

enum sim_medium {
    SIM_LISTEN,
    SIM_DIAL,   /* connects to the server, as a modem does */
    SIM_SERIAL, /* a serial port */
    SIM_PTY     /* a pseudo-terminal of its own, under a symbolic link */
};

/* What a line has that a Modbus TCP slave has not. */
struct sim_line {
    char path[PLAN_PATH_SIZE];              /* SIM_SERIAL, SIM_PTY */
    uint32_t baud;                          /* 0: bytes take no time */
    uint32_t bits;                          /* of a byte on the line, start and stop included */
    uint32_t reaction_ms;                   /* from the end of a request to its reply */
    bool echo;                              /* what comes is sent back */
    char registration[PLAN_PACKET_MAX + 1]; /* SIM_DIAL; "" for none */
    char heartbeat[PLAN_PACKET_MAX + 1];
    double heartbeat_s;
    double redial_s; /* also of a port that went away */
};

struct sim_slave {
    enum sim_medium medium;
    bool rtu;                  /* RTU framing */
    char host[PLAN_HOST_SIZE]; /* numeric IPv4; of SIM_DIAL whom it calls */
    uint16_t port;             /* 0: the system chooses */
    uint16_t port_step;
    struct sim_line line;
    uint32_t count;
    enum sim_stranger stranger; /* what a unit that is not there answers */
    struct sim_unit *units;
    size_t unit_count;
    struct fault *faults; /* for every unit, looked at before the unit's own; FAULT_REFUSED */
    size_t fault_count;
};

struct sim_station;  /* hj212_plan.h */
struct sim_platform; /* hj212_platform_plan.h */

struct sim_plan {
    struct sim_slave *slaves;
    size_t slave_count;
    struct sim_station *stations;
    size_t station_count;
    struct sim_platform *platforms;
    size_t platform_count;
    uint64_t seed;
    double time_scale; /* seconds of the plan in one second */
};

/* Reads and checks a plan file. PW_EIO when it cannot be read, PW_ESYNTAX or PW_EINVAL when it is
 * no plan; then `error` says "FILE: /pointer: found X, expected Y". Caller: sim_plan_free(). */
PW_MUST_CHECK int sim_plan_load(const char *path, struct sim_plan **out,
                                char error[PLAN_ERROR_SIZE]);
/* The same from text that stands for the file `name`. */
PW_MUST_CHECK int sim_plan_parse(const char *name, const char *text, size_t len,
                                 struct sim_plan **out, char error[PLAN_ERROR_SIZE]);
void sim_plan_free(struct sim_plan *plan);

/* Cells that one value of the signal takes in its table. */
unsigned sim_signal_cells(const struct sim_signal *s);

#endif
