/* Between the sources of a simulated platform: its port and connections (hj212_platform.c), what it
 * says (hj212_platform_talk.c, hj212_platform_ask.c), what it counts (hj212_platform_count.c). */
#ifndef ACQ_SIM_HJ212_PLATFORM_PRIVATE_H
#define ACQ_SIM_HJ212_PLATFORM_PRIVATE_H

#include "acq/sim/hj212_platform.h"

#include "protocols/hj212/reader.h"
#include "protocols/hj212/session.h"
#include "protocols/hj212/write.h"

struct stream;

enum {
    REPORTERS_MAX = 256,
    CALLS_MAX = 512,
    ROWS_MAX = 24,
    LATE_ANSWERS_MAX = 64,
    ANSWER_SIZE = 320,
    COMMAND_SIZE = HJ212_SEGMENT_MAX + HJ212_OVERHEAD,
    OUT_SIZE = 16384,
    RESULTS = 101 /* QnRtn and ExeRtn: 0 to 100 */
};

struct held_answer {
    char frame[ANSWER_SIZE];
    size_t len; /* 0: none */
    double due_s;
};

/* A connection. */
struct platform_call {
    struct platform *platform;
    struct platform_call *next;
    struct stream *stream;
    struct hj212_peer link;
    struct hj212_reader reader;
    char *buffer;
    char out[OUT_SIZE];
    size_t out_len, out_at;
    struct held_answer held[LATE_ANSWERS_MAX];
    bool closing, pause; /* pause: the second piece goes with the next tick */
};

/* What came of one command of an MN. */
struct platform_row {
    int cn;
    uint64_t packets;
    uint64_t resent;   /* under a QN that had come */
    uint64_t periods;  /* different DataTimes */
    uint64_t backfill; /* RF=1 */
    char oldest[HJ212_TIME_SIZE], newest[HJ212_TIME_SIZE];
};

struct platform_asked {
    int cn; /* 0: never asked */
    double due_s;
    uint64_t sent, resent, done, refused, unanswered, records;
    int qn_rtn, exe_rtn; /* the last ones; 0: none */
};

/* Marks of packets that came. */
struct platform_seen {
    uint64_t *marks;
    size_t room, count;
};

struct reporter {
    struct platform *platform;
    char mn[HJ212_MN_MAX + 1];
    char st[6];
    char password[32], old_password[32], next_password[32];
    char next_key[SM4_KEY_SIZE + 1];
    struct hj212_peer peer;
    struct platform_call *call; /* the last one that it spoke on; NULL: none */
    struct platform_asked *asked;
    struct hj212_ask ask;
    size_t asking; /* index in asked; the last one is what notices call for */
    int owed_cn;   /* what a notice calls for; 0: nothing */
    char frame[COMMAND_SIZE];
    size_t frame_len;
    struct platform_row rows[ROWS_MAX];
    struct platform_seen seen;
    uint64_t old_passwords, results[2][RESULTS];
};

struct platform {
    struct sim_platforms *all;
    const struct sim_platform *plan;
    struct hj212_profile profile;
    char listen[PLAN_HOST_SIZE + 8];
    uint16_t port;
    int fd;           /* bound, not listened on; -1: none */
    uv_tcp_t *server; /* NULL: nobody listens */
    struct platform_call *calls;
    size_t call_count;
    struct sm4 *key; /* as configured */
    struct reporter *reporters[REPORTERS_MAX];
    size_t reporter_count;
    struct hj212_qn qn;
    uint64_t random;
    uint64_t connects, refused, wrong_password, strangers, acknowledged, withheld, unsent;
};

/* hj212_platform.c */
double platform_now_s(const struct platform *p);
int64_t platform_wall_ms(const struct platform *p);
/* Whether that is wrong now, for a packet of that command. */
bool platform_fails(struct platform *p, enum sim_platform_fault kind, int cn);
void platform_cut(struct platform_call *c);
void platform_send(struct platform_call *c, const char *data, size_t len);

/* hj212_platform_talk.c: any good packet. */
void platform_take(struct platform_call *c, const struct hj212_received *got);
struct reporter *platform_find(const struct platform *p, struct hj212_text mn);

/* hj212_platform_ask.c */
void platform_ask_tick(struct reporter *r);
/* The connection is gone. */
void platform_ask_forget(struct reporter *r);
void platform_ask_input(struct reporter *r, const struct hj212_packet *packet);

/* hj212_platform_count.c */
void platform_count(struct reporter *r, const struct hj212_packet *packet);
void platform_print(const struct platform *p, FILE *out);

#endif
