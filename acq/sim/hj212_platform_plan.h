/* The platforms of a plan: hosts that data loggers report to by HJ 212 (docs/simulator.md). */
#ifndef ACQ_SIM_HJ212_PLATFORM_PLAN_H
#define ACQ_SIM_HJ212_PLATFORM_PLAN_H

#include "acq/sim/fault.h"
#include "acq/sim/plan_read.h"
#include "protocols/hj212/profile.h"

enum sim_platform_fault {
    PLATFORM_WITHHOLD, /* no 9013, no 9014 */
    PLATFORM_LATE,     /* ... after late_s */
    PLATFORM_TWICE,
    PLATFORM_OTHER_QN, /* for a packet that never was */
    PLATFORM_WRONG_CRC,
    PLATFORM_SPLIT,          /* in two pieces */
    PLATFORM_CUT,            /* the connection is closed instead */
    PLATFORM_REFUSED,        /* connections are cut, and nobody listens */
    PLATFORM_WRONG_PASSWORD, /* of commands, as the two below */
    PLATFORM_WRONG_MN,
    PLATFORM_WRONG_ST
};

enum { PLATFORM_CP_SIZE = 256, PLATFORM_KEY_SIZE = 33 };

struct sim_platform_when {
    enum sim_platform_fault kind;
    int cn; /* only to packets of this command; 0: to any */
    struct fault window;
};

/* What every MN is asked, once its time has come and it is there. */
struct sim_platform_command {
    int cn;
    char cp[PLATFORM_CP_SIZE]; /* {now}, {now-600}: times; {key}: a new key of 16 characters */
    char mn[28];               /* only this one; "": all */
    double at_s, every_s;      /* 0: once */
    uint32_t burst;            /* so often, without waiting for an answer */
};

struct sim_platform {
    char host[PLAN_HOST_SIZE]; /* numeric IPv4 */
    uint16_t port;             /* 0: the system chooses */
    char password[32];
    char sm4_key[PLATFORM_KEY_SIZE]; /* "": none */
    struct hj212_profile profile;
    double over_s; /* a command is sent again, the same bytes, */
    uint32_t resends;
    double late_s;
    struct sim_platform_command *commands;
    size_t command_count;
    struct sim_platform_when *faults;
    size_t fault_count;
};

void plan_read_platform(struct plan_reader *r, const cJSON *json, struct sim_platform *out);
void plan_free_platform(struct sim_platform *p);

#endif
