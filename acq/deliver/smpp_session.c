#include "acq/deliver/smpp_session.h"

#include <string.h>

enum { OUTPUT_MAX = 512, UNHEARD_MAX = 2 };

void smpp_session_init(struct smpp_session *s, const struct smpp_session_config *config,
                       const struct smpp_session_events *events, void *ctx)
{
    pw_require(config->window >= 1 && config->window <= SMPP_WINDOW_MAX);
    *s = (struct smpp_session){.config = config, .events = events, .ctx = ctx};
}

static uint32_t next_sequence(struct smpp_session *s)
{
    s->sequence = s->sequence == SMPP_SEQUENCE_MAX ? 1 : s->sequence + 1;
    return s->sequence;
}

static void send_text(struct smpp_session *s, const struct strbuf *out)
{
    pw_require(!out->failed);
    s->events->on_bytes(s->ctx, (const uint8_t *)out->data, out->len);
}

static void send_bare(struct smpp_session *s, uint32_t command, uint32_t status, uint32_t sequence)
{
    char storage[OUTPUT_MAX];
    struct strbuf out;
    strbuf_init_fixed(&out, storage, sizeof storage);
    smpp_write(&out, command, status, sequence);
    send_text(s, &out);
}

int smpp_session_begin(struct smpp_session *s, int64_t now_ms)
{
    char storage[OUTPUT_MAX];
    struct strbuf out;
    strbuf_init_fixed(&out, storage, sizeof storage);
    int err = smpp_write_bind(&out, &s->config->bind, next_sequence(s));
    if (err)
        return err;
    s->phase = SMPP_BINDING;
    s->input_len = 0;
    s->unheard = 0;
    s->heard_ms = now_ms;
    s->bind_until_ms = now_ms + s->config->bind_timeout_ms;
    send_text(s, &out);
    return 0;
}

static struct smpp_flight *find_flight(struct smpp_session *s, uint32_t sequence)
{
    for (uint32_t i = 0; i < s->config->window; i++)
        if (s->flights[i].sequence == sequence)
            return &s->flights[i];
    return NULL;
}

static void tell(struct smpp_session *s, struct smpp_flight *flight, struct smpp_answer answer)
{
    answer.token = flight->token;
    *flight = (struct smpp_flight){0};
    s->in_flight--;
    s->events->on_answer(s->ctx, &answer);
}

/* An answer to a submit, or generic_nack in place of one. A late one finds no flight. */
static void take_answer(struct smpp_session *s, const struct smpp_pdu *pdu)
{
    char id[SMPP_ID_SIZE] = "";
    struct smpp_flight *flight = pdu->sequence ? find_flight(s, pdu->sequence) : NULL;
    if (!flight) {
        s->strange++;
        return;
    }
    if (pdu->command == smpp_response_to(SMPP_SUBMIT_SM))
        smpp_read_id(pdu, id);
    tell(s, flight, (struct smpp_answer){.answered = true, .status = pdu->status, .id = id});
}

static void take_bound(struct smpp_session *s, const struct smpp_pdu *pdu)
{
    if (s->phase != SMPP_BINDING) {
        s->strange++;
        return;
    }
    s->phase = pdu->status == SMPP_OK ? SMPP_BOUND : SMPP_CLOSED;
    s->events->on_bound(s->ctx, pdu->status);
}

static void take_deliver(struct smpp_session *s, const struct smpp_pdu *pdu)
{
    struct smpp_deliver d;
    if (s->phase == SMPP_BOUND && smpp_read_deliver(pdu, &d) == 0) {
        s->events->on_deliver(s->ctx, &d, pdu->sequence);
        return;
    }
    s->strange++;
    send_bare(s, smpp_response_to(SMPP_DELIVER_SM), SMPP_SYSTEM_ERROR, pdu->sequence);
}

static int take_unit(struct smpp_session *s, const struct smpp_pdu *pdu)
{
    if (pdu->command == smpp_response_to(SMPP_BIND_TRANSCEIVER))
        take_bound(s, pdu);
    else if (pdu->command == smpp_response_to(SMPP_SUBMIT_SM) ||
             pdu->command == smpp_response_to(0))
        take_answer(s, pdu);
    else if (pdu->command == SMPP_DELIVER_SM)
        take_deliver(s, pdu);
    else if (pdu->command == SMPP_ENQUIRE_LINK)
        send_bare(s, smpp_response_to(SMPP_ENQUIRE_LINK), SMPP_OK, pdu->sequence);
    else if (pdu->command == SMPP_UNBIND) {
        send_bare(s, smpp_response_to(SMPP_UNBIND), SMPP_OK, pdu->sequence);
        return PW_ESTATE;
    } else if (!(pdu->command & smpp_response_to(0))) {
        s->strange++;
        send_bare(s, smpp_response_to(0), SMPP_UNKNOWN_COMMAND, pdu->sequence);
    }
    return 0;
}

static int take_units(struct smpp_session *s)
{
    size_t at = 0;
    int err = 0;
    while (!err) {
        struct smpp_pdu pdu;
        size_t used = 0;
        err = smpp_next(s->input + at, s->input_len - at, &pdu, &used);
        if (err)
            break;
        at += used;
        err = take_unit(s, &pdu);
    }
    s->input_len -= at;
    memmove(s->input, s->input + at, s->input_len);
    return err == PW_EMORE ? 0 : err;
}

int smpp_session_take(struct smpp_session *s, const uint8_t *data, size_t len, int64_t now_ms)
{
    s->heard_ms = now_ms;
    s->unheard = 0;
    int err = 0;
    while (!err && len > 0) {
        size_t room = sizeof s->input - s->input_len;
        size_t taken = len < room ? len : room;
        memcpy(s->input + s->input_len, data, taken);
        s->input_len += taken;
        data += taken;
        len -= taken;
        err = take_units(s);
    }
    return err;
}

bool smpp_session_can_submit(const struct smpp_session *s)
{
    return s->phase == SMPP_BOUND && s->in_flight < s->config->window;
}

int smpp_session_submit(struct smpp_session *s, const struct smpp_submit *message, uint64_t token,
                        int64_t now_ms)
{
    char storage[OUTPUT_MAX];
    struct strbuf out;
    if (!smpp_session_can_submit(s))
        return PW_ESTATE;
    strbuf_init_fixed(&out, storage, sizeof storage);
    uint32_t sequence = next_sequence(s);
    int err = smpp_write_submit(&out, message, sequence);
    if (err)
        return err;
    *find_flight(s, 0) = (struct smpp_flight){
        .sequence = sequence,
        .token = token,
        .until_ms = now_ms + s->config->response_timeout_ms,
    };
    s->in_flight++;
    send_text(s, &out);
    return 0;
}

void smpp_session_acknowledge(struct smpp_session *s, uint32_t sequence)
{
    if (s->phase == SMPP_BOUND)
        send_bare(s, smpp_response_to(SMPP_DELIVER_SM), SMPP_OK, sequence);
}

static void earliest(int64_t *next_ms, int64_t at_ms)
{
    if (at_ms < *next_ms)
        *next_ms = at_ms;
}

static void time_out_flights(struct smpp_session *s, int64_t now_ms, int64_t *next_ms)
{
    for (uint32_t i = 0; i < s->config->window; i++) {
        struct smpp_flight *flight = &s->flights[i];
        if (flight->sequence && flight->until_ms <= now_ms)
            tell(s, flight, (struct smpp_answer){.id = ""});
        else if (flight->sequence)
            earliest(next_ms, flight->until_ms);
    }
}

/* Asks after a silence, and after each further one as long. */
static int enquire(struct smpp_session *s, int64_t now_ms, int64_t *next_ms)
{
    int64_t since_ms = s->unheard ? s->asked_ms : s->heard_ms;
    if (now_ms - since_ms >= s->config->enquire_ms) {
        if (s->unheard == UNHEARD_MAX)
            return PW_ETIMEOUT;
        s->unheard++;
        s->asked_ms = since_ms = now_ms;
        send_bare(s, SMPP_ENQUIRE_LINK, SMPP_OK, next_sequence(s));
    }
    earliest(next_ms, since_ms + s->config->enquire_ms);
    return 0;
}

int smpp_session_tick(struct smpp_session *s, int64_t now_ms, int64_t *out_next_ms)
{
    *out_next_ms = INT64_MAX;
    if (s->phase == SMPP_BINDING) {
        *out_next_ms = s->bind_until_ms;
        return now_ms >= s->bind_until_ms ? PW_ETIMEOUT : 0;
    }
    if (s->phase == SMPP_CLOSED)
        return 0;
    time_out_flights(s, now_ms, out_next_ms);
    return enquire(s, now_ms, out_next_ms);
}

void smpp_session_end(struct smpp_session *s)
{
    s->phase = SMPP_CLOSED;
    for (uint32_t i = 0; i < s->config->window; i++)
        if (s->flights[i].sequence)
            tell(s, &s->flights[i], (struct smpp_answer){.id = ""});
}

void smpp_session_unbind(struct smpp_session *s)
{
    if (s->phase == SMPP_BOUND)
        send_bare(s, SMPP_UNBIND, SMPP_OK, next_sequence(s));
}
