/* Between the socket (ctl.c) and the commands (ctl_commands.c). */
#ifndef ACQ_APP_CTL_PRIVATE_H
#define ACQ_APP_CTL_PRIVATE_H

#include "acq/app/state.h"

#include "acq/core/json.h"

enum { CTL_CLIENTS_MAX = 8, CTL_REQUEST_MAX = 65536, CTL_ANSWER_MAX = 4 * 1024 * 1024 };

enum ctl_wait {
    CTL_ANSWERED,
    CTL_UNTIL_DURABLE,
    CTL_UNTIL_RELOADED,
    CTL_UNTIL_WRITTEN,
    CTL_UNTIL_ASKED
};

struct ctl_client {
    uv_pipe_t pipe;
    uv_write_t write;
    struct ctl *ctl;
    bool used;
    int64_t since_ms; /* monotonic: when it came */
    char *request;    /* CTL_REQUEST_MAX bytes */
    size_t len;
    struct strbuf answer;
    enum ctl_wait wait;
    uint64_t wait_seq;
    uint64_t wait_token;
    uint32_t records; /* of a station, in the answer already */
    char who[64];     /* "uid:0 pid:123", of the peer */
};

/* Takes the request (a line without its newline), fills client->answer with a JSON object's
 * members, and says what has to happen before it goes out. */
enum ctl_wait ctl_command(struct app *a, struct ctl_client *client, const char *text, size_t len);

/* ctl_commands.c */
enum ctl_wait ctl_refuse(struct ctl_client *c, const char *why);
/* Who asked for what, in the chain. */
void ctl_audit(struct app *a, const struct ctl_client *c, const char *command, int64_t at_ms,
               const char *subject);
enum ctl_wait ctl_until_durable(struct app *a, struct ctl_client *c);

/* ctl.c: who waits for that write or that station's answer, or NULL. */
struct ctl_client *ctl_find_waiting(struct app *a, enum ctl_wait wait, uint64_t token);
/* The client's answer is complete. */
void ctl_finish(struct ctl_client *c);

/* ctl_station.c */
enum ctl_wait ctl_ask(struct app *a, struct ctl_client *c, const cJSON *request);
/* Requests whose audit lines are durable go out. */
void ctl_ask_on_commit(struct app *a, uint64_t seq);

/* ctl_bus.c */
void ctl_bus_status(struct app *a, struct strbuf *out);
enum ctl_wait ctl_forget(struct app *a, struct ctl_client *c, const cJSON *request);
enum ctl_wait ctl_write(struct app *a, struct ctl_client *c, const cJSON *request);

/* alarms.c */
enum ctl_wait ctl_alarm(struct app *a, struct ctl_client *c, const cJSON *request);
enum ctl_wait ctl_alarms(struct app *a, struct ctl_client *c, const cJSON *request);
/* ctl_message.c: a test message. */
enum ctl_wait ctl_notify(struct app *a, struct ctl_client *c, const cJSON *request);

/* ctl_unknown.c: an unknown station's packets, and a draft of its device. */
enum ctl_wait ctl_unknown(struct app *a, struct ctl_client *c, const cJSON *request);

#endif
