/* Letters over SMTP, on the same client as HTTP requests (http.h). Loop thread. The letter's text
 * is plain; lines of any length, "\n" between them. */
#ifndef ACQ_LOOP_MAIL_H
#define ACQ_LOOP_MAIL_H

#include "acq/loop/http.h"

#include <stdbool.h>

/* Everything is copied. Addresses and subject without control characters, the latter ASCII. */
struct mail {
    const char *url; /* smtp://host:port or smtps://host:port */
    bool starttls;   /* of smtp://: nothing is sent before the connection is encrypted */
    const char *user;
    const char *password;
    const char *ca_file; /* NULL or "": the system's authorities */
    const char *from;
    const char *const *to; /* NULL behind the last */
    const char *subject;
    const char *text;
    int64_t time_ms; /* UTC */
    uint32_t timeout_ms;
};

/* on_done comes later, exactly once, unless the call is cancelled (http_cancel()): taken when there
 * is no error, and status is the server's last code. */
PW_MUST_CHECK int mail_send(struct http_client *c, const struct mail *mail,
                            void (*on_done)(void *ctx, const struct http_answer *answer), void *ctx,
                            struct http_call **out);

#endif
