/* A way out for alarm texts: an SMS gateway (Kannel, SMPP 3.4, any HTTP API), a web hook, e-mail.
 * Each kind is a driver behind this contract. A driver sends what it is given once and says what
 * became of it; queue, retries, rates and fail-over are its owner's (outbox.h), which keeps them
 * durable.
 *
 * Loop thread. Callbacks are late: never from inside the call that caused them, except that
 * gateway_close() tells what was under way. */
#ifndef ACQ_DELIVER_GATEWAY_H
#define ACQ_DELIVER_GATEWAY_H

#include "acq/core/err.h"
#include "acq/loop/http.h"
#include "protocols/sms/receipt.h"
#include "protocols/sms/smpp.h"
#include "protocols/sms/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gateway_kind { GATEWAY_KANNEL, GATEWAY_SMPP, GATEWAY_HTTP, GATEWAY_MAIL };

enum { GATEWAY_SAID_SIZE = 256, GATEWAY_KEY_MAX = 64, GATEWAY_WINDOW_MAX = 64 };

/* All texts are borrowed until the gateway is closed; "" where there is none. */
struct gateway_config {
    const char *id;
    enum gateway_kind kind;
    const char *url;  /* kannel: .../sendsms; http: with fields; mail: smtp:// or smtps:// */
    const char *host; /* smpp */
    uint16_t port;
    const char *user, *password;
    const char *from; /* sender: a number, a name, an address */
    const char *ca_file;
    uint32_t timeout_ms; /* of an answer */
    uint32_t window;     /* messages under way, 1..GATEWAY_WINDOW_MAX */
    /* smpp: between attempts to connect, and after a refused login. */
    uint32_t retry_first_ms, retry_max_ms, pause_ms;
    /* Where the gateway reports to, without the parameters (kannel, http): "" = no receipts wanted.
     */
    const char *callback_url;
    struct {
        const char *system_type;
        enum smpp_parts parts;
        uint32_t enquire_ms;
    } smpp;
    struct {
        const char *method;
        const char *content_type;
        const char *body;             /* with fields, see gateway_template.h */
        const char *const *headers;   /* "Name: value", NULL behind the last; may be NULL */
        const char *success_contains; /* what the answer must hold beside a 2xx status */
        const char *hmac_key;         /* "" = not signed */
        const char *hmac_header;      /* HMAC-SHA256 of the body, in hex */
    } http;
    bool starttls; /* mail */
};

struct gateway_message {
    uint64_t token;      /* the owner's, comes back with the result */
    const char *key;     /* ours, the same whenever this message is sent: [0-9a-f-] */
    const char *to;      /* a number in international form with '+', or an address */
    const char *subject; /* mail, web hooks */
    const char *text; /* clean (sms_text_clean()), at most SMS_PARTS_MAX parts where it is an SMS */
    const char *json; /* the alarm as a JSON object, for {alarm} in an HTTP body; "" = null */
    uint16_t reference; /* of its parts: another for each message to the same number */
    bool again;         /* it may have arrived before */
    int64_t time_ms;    /* UTC */
};

enum gateway_end {
    GATEWAY_ACCEPTED,      /* the gateway has it */
    GATEWAY_BUSY,          /* not taken: slow down, then the same again */
    GATEWAY_FAILED,        /* not taken: later, or elsewhere */
    GATEWAY_UNANSWERED,    /* sent, but no answer came: the gateway may have it */
    GATEWAY_BAD_RECIPIENT, /* this number is none */
    GATEWAY_REFUSED        /* somebody must change something: login, account, our request */
};

struct gateway_result {
    uint64_t token;
    enum gateway_end end;
    uint32_t parts; /* short messages it took */
    /* The gateway's names of the parts, for receipts; "" where it gives none. */
    char ids[SMS_PARTS_MAX][SMPP_ID_SIZE];
    char said[GATEWAY_SAID_SIZE]; /* what it answered, as it stands */
};

struct gateway_events {
    void (*on_result)(void *ctx, const struct gateway_result *r);
    /* What became of a part, named by the gateway's id (smpp). on_durable must be called when the
     * owner has stored it: only then the centre hears that we have it. */
    void (*on_receipt)(void *ctx, const struct sms_receipt *r, uint32_t ticket);
    /* A message from a phone; likewise. */
    void (*on_inbound)(void *ctx, const char *from, const char *text, uint32_t ticket);
    /* It can take a message again after gateway_can_take() was false. */
    void (*on_ready)(void *ctx);
};

struct gateway;

struct gateway_options {
    uv_loop_t *loop;
    struct http_client *http; /* borrowed until closed */
    const struct gateway_config *config;
    const struct gateway_events *events;
    void *ctx;
    uint64_t seed; /* of the reconnecting backoff */
};

PW_MUST_CHECK int gateway_open(const struct gateway_options *options, struct gateway **out);

/* Connected where it needs to be, and its window is not full. */
bool gateway_can_take(const struct gateway *g);

/* PW_ESTATE unless gateway_can_take(). on_result() follows exactly once. */
PW_MUST_CHECK int gateway_send(struct gateway *g, const struct gateway_message *m);

/* What came with that ticket is durable. */
void gateway_on_durable(struct gateway *g, uint32_t ticket);

struct gateway_stats {
    bool is_up;    /* smpp: bound; the others: no request since the last answer went without */
    uint64_t sent; /* messages handed to it */
    uint64_t ends[GATEWAY_REFUSED + 1];
    uint64_t receipts, inbound, strange;
    char last_error[GATEWAY_SAID_SIZE]; /* "" since the last accepted message or login */
};
void gateway_get_stats(const struct gateway *g, struct gateway_stats *out);

/* Whatever is under way is told as GATEWAY_UNANSWERED from inside; on_closed is called when its
 * handles are gone and it is freed. Not from inside a callback of the gateway. */
void gateway_close(struct gateway *g, void (*on_closed)(void *ctx), void *ctx);

/* "accepted", "busy", "failed", "unanswered", "bad-recipient", "refused". */
const char *gateway_end_word(enum gateway_end end);

#endif
