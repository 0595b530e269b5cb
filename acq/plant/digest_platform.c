#include "acq/plant/digest_text.h"
#include "acq/plant/loader.h"

#include <string.h>

static void add_secret_digest(struct strbuf *b, const char *key, const char *secret)
{
    uint8_t digest[SM3_SIZE];
    sm3_once(secret, strlen(secret), digest);
    add_digest(b, key, digest);
}

static void add_codes(struct strbuf *b, const struct plant *p, const struct plant_platform *t)
{
    for (uint32_t i = 0; i < t->code_count; i++) {
        const struct plant_platform_code *c = &p->platform_codes[t->codes + i];
        add_text(b, "code", c->code);
        add_text(b, "input", p->inputs[c->input].id);
        add_digest(b, "means", p->inputs[c->input].digest);
        add_double(b, "scale", c->scale);
        add_double(b, "amount_scale", c->amount_scale);
    }
    for (uint32_t i = 0; i < t->outlet_count; i++)
        add_int(b, "means_from", p->outlets[t->outlets[i]].means_from);
    for (uint32_t i = 0; i < t->facility_count; i++)
        add_text(b, "facility", p->equipment[t->facilities[i]].id);
    for (uint32_t i = 0; i < t->accept_count; i++)
        add_int(b, "accept", t->accept[i]);
}

static void add_numbers(struct strbuf *b, const struct plant_platform *t)
{
    const int64_t numbers[] = {
        t->edition,       t->crc,         t->realtime_s,       t->minute_min,
        t->hour,          t->day,         t->run_time,         t->states,
        t->boot,          t->ack,         t->timeout_s,        t->resends,
        t->heartbeat_s,   t->spread_s,    t->wait_s,           t->backfill_days,
        t->connect_s,     t->retry_max_s, t->backfill_history, t->resend_revised,
        t->wait_clock,    t->silence_h,   t->cipher_form,      t->cipher_new_key,
        t->key_grace_min, t->key_days,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_int(b, "n", numbers[i]);
    add_double(b, "backfill_share", t->backfill_share);
}

void digest_platform(const struct plant *p, struct plant_platform *t)
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "platform", t->id);
    add_text(&b, "host", t->host);
    add_int(&b, "port", t->port);
    add_text(&b, "mn", t->mn);
    add_text(&b, "st", t->st);
    add_secret_digest(&b, "password", t->password);
    add_secret_digest(&b, "sm4_key", t->sm4_key);
    add_numbers(&b, t);
    add_codes(&b, p, t);
    finish(&b, t->digest);
}
