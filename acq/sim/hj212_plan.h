/* The stations of a plan: field machines that report by HJ 212 to a server (docs/simulator.md). */
#ifndef ACQ_SIM_HJ212_PLAN_H
#define ACQ_SIM_HJ212_PLAN_H

#include "acq/sim/fault.h"
#include "acq/sim/plan_read.h"
#include "acq/sim/wave.h"
#include "protocols/hj212/profile.h"

enum sim_report_fault {
    REPORT_NO_TAIL,        /* no CR LF */
    REPORT_LENGTH_3,       /* length of three digits, where it has no more */
    REPORT_WRONG_CRC,      /* once: the resend is right */
    REPORT_MODBUS,         /* Modbus CRC */
    REPORT_SWAPPED,        /* ... with its bytes swapped */
    REPORT_LOWER,          /* CRC digits in lower case */
    REPORT_SPLIT,          /* in two parts */
    REPORT_SLOW,           /* a few bytes at a time */
    REPORT_DUPLICATE,      /* twice */
    REPORT_SILENCE,        /* nothing is sent, though packets are made */
    REPORT_RECONNECT,      /* the connection is closed behind the packet */
    REPORT_WRONG_PASSWORD, /* once, as the CRC */
    REPORT_OUT_OF_ORDER,   /* the next packet before it */
    REPORT_PARTS,          /* PNUM and PNO: split over two packets, each with a QN of its own */
    REPORT_HALF_OPEN,      /* dials again and forgets the old connection, which nobody closes */
    REPORT_LATE_ANSWER,    /* requests are answered after late_s */
    REPORT_STORM           /* each connection is closed at once and dialled again at once */
};

struct sim_factor {
    char code[24];
    struct wave wave;
};

struct sim_report_when {
    enum sim_report_fault kind;
    struct fault window;
};

struct sim_station {
    char host[PLAN_HOST_SIZE]; /* numeric IPv4 */
    uint16_t port;
    uint32_t count; /* stations alike; more than one have their number behind `mn` */
    char mn[28];
    char password[32];
    char st[4];
    struct hj212_profile profile;
    double realtime_s, minute_s, heartbeat_s; /* 0: never */
    double answer_s;                          /* how long an answer may take */
    double history_h;                         /* so far back it knows its minute data */
    uint32_t resends;                         /* then the connection is given up */
    double redial_s;
    double late_s;
    struct sim_factor *factors;
    size_t factor_count;
    struct sim_report_when *faults;
    size_t fault_count;
};

void plan_read_station(struct plan_reader *r, const cJSON *json, struct sim_station *out);
void plan_free_station(struct sim_station *s);

#endif
