#include "acq/deliver/gateway_private.h"

#include "acq/core/log.h"
#include "acq/deliver/smpp_session.h"
#include "acq/loop/backoff.h"
#include "acq/loop/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 10000 };
enum { TICKETS = 64, MESSAGES = GATEWAY_WINDOW_MAX, INBOUND_MAX = 1024 };
enum { CODING_DEFAULT = 0, CODING_UCS2 = 8 };

/* A message whose parts are on their way, or wait for room in the window. */
struct letter {
    bool used;
    char *text;
    struct sms_split split;
    struct smpp_submit head; /* but for part and text */
    uint32_t submitted;      /* parts */
    uint32_t answered;
    struct gateway_result result;
};

struct smpp_state {
    struct gateway *gateway;
    struct stream *stream;
    struct smpp_session_config config;
    struct smpp_session session;
    struct backoff backoff;
    uv_timer_t timer; /* of the session, and of the next attempt */
    bool connected;
    bool refused; /* the centre refused our login: try rarely */
    bool was_full;
    uint32_t letter_count;
    struct letter letters[MESSAGES];
    uint32_t tickets[TICKETS]; /* sequence numbers of what waits to be durable; 0: free */
    uint32_t sessions;         /* so far: a ticket of an earlier one means nothing */
};

static void connect_now(struct smpp_state *s);

static int64_t now_ms(const struct smpp_state *s)
{
    return (int64_t)uv_now(s->gateway->options.loop);
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct smpp_state *s, int64_t at_ms)
{
    int64_t in_ms = at_ms - now_ms(s);
    if (s->gateway->closing)
        return;
    if (at_ms == INT64_MAX)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_timer, in_ms > 0 ? (uint64_t)in_ms : 0, 0);
}

static void tick(struct smpp_state *s)
{
    int64_t next_ms = 0;
    if (smpp_session_tick(&s->session, now_ms(s), &next_ms) != 0)
        stream_close(s->stream);
    else
        set_timer(s, next_ms);
}

/* The token of a part: which letter, and which part of it. */
static uint64_t token_of(const struct smpp_state *s, const struct letter *letter, uint32_t part)
{
    return (uint64_t)(letter - s->letters) * SMS_PARTS_MAX + part;
}

static void finish(struct smpp_state *s, struct letter *letter)
{
    struct gateway *g = s->gateway;
    struct gateway_result result = letter->result;
    free(letter->text);
    *letter = (struct letter){0};
    s->letter_count--;
    gateway_tell(g, &result);
}

/* A message is as good as its worst part. Unanswered comes before busy and failed: some of it may
 * have arrived. */
static void worsen(struct letter *letter, enum gateway_end end, const char *said)
{
    static const uint8_t weight[] = {
        [GATEWAY_ACCEPTED] = 0,   [GATEWAY_BUSY] = 1,    [GATEWAY_FAILED] = 2,
        [GATEWAY_UNANSWERED] = 3, [GATEWAY_REFUSED] = 4, [GATEWAY_BAD_RECIPIENT] = 5};
    if (weight[end] <= weight[letter->result.end])
        return;
    letter->result.end = end;
    gateway_note(&letter->result, said);
}

static enum gateway_end end_of(uint32_t status)
{
    switch (smpp_action_of(status)) {
    case SMPP_ACCEPTED:
        return GATEWAY_ACCEPTED;
    case SMPP_SLOW_DOWN:
        return GATEWAY_BUSY;
    case SMPP_BAD_RECIPIENT:
        return GATEWAY_BAD_RECIPIENT;
    case SMPP_REFUSED_LOGIN:
    case SMPP_GIVE_MESSAGE_UP:
        return GATEWAY_REFUSED;
    case SMPP_TRY_AGAIN:
    case SMPP_BIND_AGAIN:
        break;
    }
    return GATEWAY_FAILED;
}

static void submit_part(struct smpp_state *s, struct letter *letter)
{
    uint8_t octets[SMS_PART_OCTETS_MAX];
    uint32_t part = letter->submitted++;
    struct smpp_submit message = letter->head;
    message.part = (uint8_t)(part + 1);
    message.text = octets;
    message.text_len =
        sms_text_encode(letter->text, &letter->split.parts[part], letter->split.alphabet, octets);
    if (smpp_session_submit(&s->session, &message, token_of(s, letter, part), now_ms(s)) == 0)
        return;
    letter->answered++;
    worsen(letter, GATEWAY_REFUSED, "the message is longer than the protocol allows");
}

/* Parts of letters already begun go first, so that a long one is not half a message for long. */
static void submit_more(struct smpp_state *s)
{
    for (size_t i = 0; i < MESSAGES && smpp_session_can_submit(&s->session); i++) {
        struct letter *letter = &s->letters[i];
        while (letter->used && letter->submitted < letter->split.count &&
               smpp_session_can_submit(&s->session))
            submit_part(s, letter);
        if (letter->used && letter->answered == letter->split.count)
            finish(s, letter);
    }
}

static void say_ready(struct smpp_state *s)
{
    struct gateway *g = s->gateway;
    if (g->closing || !gateway_can_take(g) || !s->was_full)
        return;
    s->was_full = false;
    if (g->options.events->on_ready)
        g->options.events->on_ready(g->options.ctx);
}

static void on_timer(uv_timer_t *timer)
{
    struct smpp_state *s = timer->data;
    if (!s->connected) {
        connect_now(s);
        return;
    }
    tick(s);
    submit_more(s);
    say_ready(s);
}

static void on_bytes(void *ctx, const uint8_t *data, size_t len)
{
    struct smpp_state *s = ctx;
    if (stream_write(s->stream, data, len) != 0)
        stream_close(s->stream);
}

static void on_bound(void *ctx, uint32_t status)
{
    struct smpp_state *s = ctx;
    struct gateway *g = s->gateway;
    if (status == SMPP_OK) {
        backoff_reset(&s->backoff);
        g->stats.is_up = true;
        g->stats.last_error[0] = '\0';
        s->was_full = true;
        log_info("gateway", "%s: bound", g->options.config->id);
        return;
    }
    s->refused = smpp_action_of(status) == SMPP_REFUSED_LOGIN;
    snprintf(g->stats.last_error, sizeof g->stats.last_error,
             "the centre refused the login with status 0x%02x", (unsigned)status);
    log_warn("gateway", "%s: %s", g->options.config->id, g->stats.last_error);
    stream_close(s->stream);
}

static void on_answer(void *ctx, const struct smpp_answer *answer)
{
    struct smpp_state *s = ctx;
    struct letter *letter = &s->letters[answer->token / SMS_PARTS_MAX];
    size_t part = answer->token % SMS_PARTS_MAX;
    char said[GATEWAY_SAID_SIZE] = "no answer";
    if (answer->answered)
        snprintf(said, sizeof said, "status 0x%02x", (unsigned)answer->status);
    worsen(letter, answer->answered ? end_of(answer->status) : GATEWAY_UNANSWERED, said);
    if (answer->answered && answer->status == SMPP_OK) {
        snprintf(letter->result.ids[part], SMPP_ID_SIZE, "%s", answer->id);
        letter->result.parts++;
    }
    letter->answered++;
    if (letter->answered == letter->split.count)
        finish(s, letter);
}

/* 0 when too much waits already: the centre then tells it again. */
static uint32_t take_ticket(struct smpp_state *s, uint32_t sequence)
{
    for (uint32_t i = 0; i < TICKETS; i++) {
        if (s->tickets[i])
            continue;
        s->tickets[i] = sequence;
        return s->sessions * TICKETS + i + 1;
    }
    return 0;
}

static void on_deliver(void *ctx, const struct smpp_deliver *d, uint32_t sequence)
{
    struct smpp_state *s = ctx;
    struct gateway *g = s->gateway;
    struct sms_receipt receipt;
    uint32_t ticket = take_ticket(s, sequence);
    if (!ticket)
        return;
    if (!smpp_is_receipt(d)) {
        char storage[INBOUND_MAX];
        struct strbuf text;
        strbuf_init_fixed(&text, storage, sizeof storage);
        smpp_deliver_text(d, &text);
        g->stats.inbound++;
        g->options.events->on_inbound(g->options.ctx, d->from.text, strbuf_text(&text), ticket);
    } else if (sms_receipt_read(d, &receipt) == 0) {
        g->stats.receipts++;
        g->options.events->on_receipt(g->options.ctx, &receipt, ticket);
    } else {
        g->stats.strange++;
        gateway_on_durable(g, ticket);
    }
}

static const struct smpp_session_events session_events = {on_bytes, on_bound, on_answer,
                                                          on_deliver};

static void on_open(void *ctx)
{
    struct smpp_state *s = ctx;
    s->connected = true;
    s->sessions++;
    if (smpp_session_begin(&s->session, now_ms(s)) != 0)
        stream_close(s->stream);
    else
        tick(s);
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct smpp_state *s = ctx;
    int err = smpp_session_take(&s->session, data, len, now_ms(s));
    s->gateway->stats.strange += s->session.strange;
    s->session.strange = 0;
    if (err) {
        stream_close(s->stream);
        return;
    }
    submit_more(s);
    tick(s);
    say_ready(s);
}

static void close_timer(struct smpp_state *s);

/* Parts that were never sent do not make a message unanswered. */
static void give_letters_up(struct smpp_state *s, const char *why)
{
    smpp_session_end(&s->session);
    for (size_t i = 0; i < MESSAGES; i++) {
        struct letter *letter = &s->letters[i];
        if (!letter->used)
            continue;
        worsen(letter, letter->submitted ? GATEWAY_UNANSWERED : GATEWAY_FAILED, why);
        finish(s, letter);
    }
}

static void on_close(void *ctx, int why)
{
    struct smpp_state *s = ctx;
    struct gateway *g = s->gateway;
    const struct gateway_config *config = g->options.config;
    const char *text = why ? pw_strerror(why) : "the connection was closed";
    bool was_up = g->stats.is_up;
    s->connected = false;
    g->stats.is_up = false;
    memset(s->tickets, 0, sizeof s->tickets);
    give_letters_up(s, text);
    s->was_full = true;
    if (g->closing) {
        close_timer(s);
        return;
    }
    if (was_up || !*g->stats.last_error)
        snprintf(g->stats.last_error, sizeof g->stats.last_error, "%s", text);
    if (was_up)
        log_warn("gateway", "%s: lost: %s", config->id, text);
    uint32_t wait_ms = backoff_next_ms(&s->backoff);
    set_timer(s, now_ms(s) + (s->refused ? config->pause_ms : wait_ms));
    s->refused = false;
}

static const struct stream_events stream_events = {on_open, on_data, on_close};

static void connect_now(struct smpp_state *s)
{
    const struct gateway_config *config = s->gateway->options.config;
    if (stream_open(s->stream, config->host, config->port, CONNECT_MS) != 0)
        set_timer(s, now_ms(s) + backoff_next_ms(&s->backoff));
}

static void smpp_configure(struct smpp_state *s)
{
    const struct gateway_config *config = s->gateway->options.config;
    s->config = (struct smpp_session_config){
        .bind = {config->user, config->password, config->smpp.system_type},
        .window = config->window,
        .bind_timeout_ms = CONNECT_MS,
        .response_timeout_ms = config->timeout_ms,
        .enquire_ms = config->smpp.enquire_ms,
    };
    smpp_session_init(&s->session, &s->config, &session_events, s);
    backoff_init(&s->backoff, config->retry_first_ms, config->retry_max_ms,
                 s->gateway->options.seed);
}

static int smpp_open(struct gateway *g)
{
    struct smpp_state *s = calloc(1, sizeof *s);
    if (!s)
        return PW_ENOMEM;
    s->gateway = g;
    s->stream = stream_new(g->options.loop, &stream_events, s);
    if (!s->stream || uv_timer_init(g->options.loop, &s->timer) != 0) {
        stream_free(s->stream);
        free(s);
        return PW_ENOMEM;
    }
    s->timer.data = s;
    s->was_full = true;
    g->state = s;
    smpp_configure(s);
    set_timer(s, 0);
    return 0;
}

static bool smpp_can_take(const struct gateway *g)
{
    const struct smpp_state *s = g->state;
    return s->session.phase == SMPP_BOUND && s->letter_count < g->options.config->window &&
           smpp_session_can_submit(&s->session);
}

static int smpp_send(struct gateway *g, const struct gateway_message *m)
{
    struct smpp_state *s = g->state;
    const struct gateway_config *config = g->options.config;
    struct letter *letter = s->letters;
    while (letter->used)
        letter++;
    *letter = (struct letter){.used = true,
                              .result = {.token = m->token, .end = GATEWAY_ACCEPTED},
                              .head = {.reference = m->reference, .how = config->smpp.parts}};
    letter->text = strdup(m->text);
    int err = letter->text ? 0 : PW_ENOMEM;
    if (!err)
        err = smpp_address_set(&letter->head.to, m->to);
    if (!err)
        err = smpp_address_set(&letter->head.from, config->from);
    if (err) {
        free(letter->text);
        *letter = (struct letter){0};
        return err;
    }
    sms_text_split(m->text, strlen(m->text), &letter->split);
    letter->head.parts = (uint8_t)letter->split.count;
    letter->head.data_coding = letter->split.alphabet == SMS_UCS2 ? CODING_UCS2 : CODING_DEFAULT;
    s->letter_count++;
    submit_more(s);
    tick(s);
    s->was_full = s->was_full || !smpp_can_take(g);
    return 0;
}

static void smpp_on_durable(struct gateway *g, uint32_t ticket)
{
    struct smpp_state *s = g->state;
    uint32_t slot = (ticket - 1) % TICKETS;
    if (ticket == 0 || (ticket - 1) / TICKETS != s->sessions || !s->tickets[slot])
        return;
    smpp_session_acknowledge(&s->session, s->tickets[slot]);
    s->tickets[slot] = 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct smpp_state *s = handle->data;
    struct gateway *g = s->gateway;
    stream_free(s->stream);
    free(s);
    gateway_closed(g);
}

static void close_timer(struct smpp_state *s)
{
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

static void smpp_close(struct gateway *g)
{
    struct smpp_state *s = g->state;
    bool waits = !s->connected && uv_is_active((uv_handle_t *)&s->timer);
    uv_timer_stop(&s->timer);
    if (waits) {
        close_timer(s);
        return;
    }
    smpp_session_unbind(&s->session);
    stream_close(s->stream);
    give_letters_up(s, "given up at the stop");
}

const struct gateway_driver gateway_smpp = {
    .open = smpp_open,
    .can_take = smpp_can_take,
    .send = smpp_send,
    .on_durable = smpp_on_durable,
    .close = smpp_close,
};
