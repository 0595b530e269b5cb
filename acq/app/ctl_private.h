/* Between the socket (ctl.c) and the commands (ctl_commands.c). */
#ifndef ACQ_APP_CTL_PRIVATE_H
#define ACQ_APP_CTL_PRIVATE_H

#include "acq/app/state.h"

enum { CTL_CLIENTS_MAX = 8, CTL_REQUEST_MAX = 65536, CTL_ANSWER_MAX = 4 * 1024 * 1024 };

enum ctl_wait { CTL_ANSWERED, CTL_UNTIL_DURABLE, CTL_UNTIL_RELOADED };

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
    char who[64]; /* "uid:0 pid:123", of the peer */
};

/* Takes the request (a line without its newline), fills client->answer with a JSON object's
 * members, and says what has to happen before it goes out. */
enum ctl_wait ctl_command(struct app *a, struct ctl_client *client, const char *text, size_t len);

#endif
