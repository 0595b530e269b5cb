/* The HTTP server: its own thread (libmicrohttpd, epoll), which renders from the newest view the
 * loop thread published. Read only and without sign-in so far, so it belongs on loopback or behind
 * a proxy that asks who is there. Routes: docs/http-api.md. */
#ifndef ACQ_SERVE_SERVER_H
#define ACQ_SERVE_SERVER_H

#include "acq/core/clock.h"
#include "acq/core/err.h"
#include "acq/serve/events.h"
#include "acq/serve/means.h"
#include "acq/serve/view.h"

#include <stddef.h>
#include <stdint.h>

struct server;

struct serve_options {
    const char *listen;              /* "host:port", "[::1]:8600"; port 0: the system chooses */
    const char *web_dir;             /* folder of static files; NULL: none */
    struct serve_means means;        /* read NULL: there are none */
    struct serve_events events;      /* likewise */
    const struct pw_clock *clock;    /* NULL: the system's */
    unsigned idle_timeout_s;         /* of a connection; 0: 30 */
    unsigned connections_max;        /* 0: 256 */
    unsigned connections_per_ip_max; /* 0: 64 */
};

/* Looks the host up, binds, starts the thread. On failure why (size bytes) says in one sentence
 * what is wrong: PW_EINVAL (options), PW_EIO (the system refused). */
PW_MUST_CHECK int serve_start(const struct serve_options *options, struct server **out, char *why,
                              size_t why_size);

/* The port that is bound. */
unsigned serve_port(const struct server *s);

/* Takes ownership of the view, which must not be changed any more; requests that are being answered
 * keep the one they began with. Never waits for a request. One thread. NULL is ignored. */
void serve_publish(struct server *s, struct serve_view *view);

/* Ends connections, joins the thread, frees the views. s may be NULL. */
void serve_stop(struct server *s);

#endif
