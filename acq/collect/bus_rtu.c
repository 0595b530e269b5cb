/* RTU frames have no transaction: a reply is told from another one's by its unit, function and
 * length alone. So a unit that did not answer is not asked again before its answer cannot come any
 * more, and bytes that nobody waits for are let pass before anything is sent. */
#include "acq/collect/bus_impl.h"
#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <string.h>

enum {
    SILENCE_MS = 50,      /* behind a reply that is no good */
    NOISE_PAUSE_MS = 500, /* bytes further apart are not one noise */
    NOISE_MAX_MS = 3000,  /* then the connection is closed */
    LATE_FACTOR = 2
};

static const char *link_id(const struct modbus_bus *b)
{
    return b->plant->links[b->link].id;
}

/* The unit in flight may still answer, also after the connection was made anew: what lies between
 * may hold bytes back. */
static void owe(struct modbus_bus *b, struct bus_time now)
{
    const struct bus_flight *f = &b->flights[0];
    struct bus_device *d = f->request->device;
    struct bus_unit *u = d->unit;
    uint32_t wait_ms = u->latest_ms * LATE_FACTOR;
    u->owes = true;
    u->owes_since_ms = f->sent_ms;
    u->owes_until_ms = now.at_ms + (wait_ms > d->timeout_ms ? wait_ms : d->timeout_ms);
}

void bus_rtu_reset(struct modbus_bus *b, struct bus_time now)
{
    struct bus_rtu *t = &b->rtu;
    rtu_parser_reset(&t->parser);
    t->burst_len = t->echo_left = 0;
    t->receiving = t->spoiled = false;
    if (t->used && b->flight_count > 0)
        owe(b, now);
}

size_t bus_rtu_write(struct modbus_bus *b, uint8_t out[RTU_ADU_MAX])
{
    struct bus_rtu *t = &b->rtu;
    uint8_t pdu[MODBUS_PDU_MAX];
    size_t len = modbus_write_pdu(&b->flights[0].frame, pdu);
    t->sent_len = rtu_write_frame(b->flights[0].frame.unit, pdu, len, t->sent);
    memcpy(out, t->sent, t->sent_len);
    return t->sent_len;
}

void bus_rtu_sent(struct modbus_bus *b, struct bus_time now)
{
    struct bus_rtu *t = &b->rtu;
    struct bus_flight *f = &b->flights[0];
    f->request->device->unit->owes = false;
    rtu_parser_reset(&t->parser);
    t->burst_len = 0;
    t->echo_left = t->echo ? t->sent_len : 0;
    t->receiving = t->spoiled = false;
    f->deadline_ms += bus_timing_bytes_ms(&b->timing, t->sent_len) + b->timing.latency_ms;
    t->first_byte_ms = f->deadline_ms;
    t->whole_ms = f->deadline_ms + bus_timing_rest_ms(&b->timing, rtu_reply_size(&f->frame));
    t->noise_since_ms = t->last_byte_ms = now.at_ms;
}

bool bus_rtu_holds(const struct modbus_bus *b, const struct bus_request *r, struct bus_time now)
{
    (void)b;
    return r->device->unit->owes && now.at_ms < r->device->unit->owes_until_ms;
}

static void set_deadline(struct modbus_bus *b, int64_t at_ms)
{
    b->flights[0].deadline_ms = at_ms < b->rtu.whole_ms ? at_ms : b->rtu.whole_ms;
}

static bool is_ours(const struct modbus_bus *b, const uint8_t *frame, size_t len)
{
    return b->flight_count > 0 && len >= 2 && frame[0] == b->flights[0].frame.unit &&
           (frame[1] & 0x7f) == b->flights[0].frame.function;
}

/* What came is not the reply, or not all of it, but as much as will come. */
bool bus_rtu_gave_up(struct modbus_bus *b, struct bus_time now)
{
    struct bus_rtu *t = &b->rtu;
    struct bus_request *r = b->flights[0].request;
    bool half = is_ours(b, t->parser.frame, t->parser.len);
    if (half) {
        r->saw_length = true;
        r->device->stats.length++;
        bus_keep_bad_frame(b, r->device, t->burst, t->burst_len);
    }
    rtu_parser_reset(&t->parser);
    if (half || t->spoiled)
        return false;
    owe(b, now);
    return !r->saw_foreign && !r->saw_crc && !r->saw_length;
}

static void take_late(struct bus_device *d, struct bus_time now)
{
    struct bus_unit *u = d->unit;
    uint32_t late_ms = (uint32_t)(now.at_ms - u->owes_since_ms);
    if (late_ms > u->latest_ms)
        u->latest_ms = late_ms;
    u->owes = false;
    bus_unit_was_late(d);
}

/* A frame whose CRC is right and that the request in flight, if there is one, did not ask for. */
static void take_other(struct modbus_bus *b, const struct mbap_adu *adu, struct bus_time now)
{
    struct bus_device *d = b->by_unit[adu->unit];
    if (d && d->unit->owes) {
        take_late(d, now);
        return;
    }
    bus_keep_bad_frame(b, d, adu->frame, adu->frame_len);
    if (d)
        d->stats.foreign++;
    else
        b->stats.stray++;
}

static void take_frame(struct modbus_bus *b, const struct mbap_adu *adu, struct bus_time now)
{
    struct modbus_reply reply;
    if (b->flight_count == 0) {
        take_other(b, adu, now);
        return;
    }
    enum modbus_check check = modbus_reply_check(&b->flights[0].frame, adu, &reply);
    switch (check) {
    case MODBUS_REPLY_GOOD:
    case MODBUS_REPLY_EXCEPTION:
        bus_take_answer(b, &b->flights[0], check, &reply, now);
        return;
    case MODBUS_REPLY_FOREIGN_UNIT:
        b->flights[0].request->saw_foreign = true;
        take_other(b, adu, now);
        break;
    case MODBUS_REPLY_OTHER_TRANSACTION:
    case MODBUS_REPLY_WRONG_FUNCTION:
    case MODBUS_REPLY_WRONG_LENGTH:
        bus_count_bad(b, b->flights[0].request, adu, check);
        break;
    }
    b->rtu.receiving = false;
    set_deadline(b, b->rtu.first_byte_ms);
}

static void take_broken(struct modbus_bus *b, const struct mbap_adu *adu, struct bus_time now)
{
    struct bus_rtu *t = &b->rtu;
    struct bus_request *r = b->flight_count > 0 ? b->flights[0].request : NULL;
    bus_keep_bad_frame(b, r ? r->device : NULL, t->burst, t->burst_len);
    if (!r) {
        b->stats.stray++;
        return;
    }
    r->saw_crc = true;
    r->device->stats.crc++;
    t->spoiled = is_ours(b, adu->frame, adu->frame_len);
    t->receiving = false;
    set_deadline(b, t->spoiled ? now.at_ms + SILENCE_MS : t->first_byte_ms);
}

static void hear_requests(struct modbus_bus *b)
{
    struct bus_rtu *t = &b->rtu;
    if (!rtu_is_read_request(t->burst, t->burst_len))
        return;
    bool own = t->burst_len == t->sent_len && memcmp(t->burst, t->sent, t->sent_len) == 0;
    uint64_t *count = own ? &b->stats.echoes : &b->stats.other_master;
    if (++*count == 1)
        log_warn("modbus", "link=%s: %s", link_id(b),
                 own ? "our own request is heard: set \"echo\" if the adapter returns it"
                     : "another master asks on this line");
}

static void note_bytes(struct modbus_bus *b, const uint8_t *data, size_t len, struct bus_time now)
{
    struct bus_rtu *t = &b->rtu;
    int64_t silent_ms = now.at_ms - t->last_byte_ms;
    if (silent_ms >= b->timing.quiet_ms + b->timing.latency_ms) {
        t->burst_len = 0;
        if (t->parser.lost || b->flight_count == 0)
            rtu_parser_reset(&t->parser);
    }
    if (silent_ms >= NOISE_PAUSE_MS)
        t->noise_since_ms = now.at_ms;
    t->last_byte_ms = now.at_ms;
    size_t room = sizeof t->burst - t->burst_len;
    size_t take = len < room ? len : room;
    memcpy(t->burst + t->burst_len, data, take);
    t->burst_len += take;
}

/* The bytes of an echo that is awaited, taken off; a byte that differs ends the echo. */
static void take_echo(struct bus_rtu *t, const uint8_t **data, size_t *len)
{
    while (t->echo_left > 0 && *len > 0) {
        if (**data != t->sent[t->sent_len - t->echo_left]) {
            t->echo_left = 0;
            return;
        }
        t->echo_left--;
        ++*data;
        --*len;
    }
}

static void parse(struct modbus_bus *b, const uint8_t *data, size_t len, struct bus_time now)
{
    struct mbap_adu adu;
    int err;
    while (b->connected && (err = rtu_parser_next(&b->rtu.parser, &data, &len, &adu)) != PW_EMORE) {
        if (err == 0)
            take_frame(b, &adu, now);
        else
            take_broken(b, &adu, now);
    }
}

static void wait_for_rest(struct modbus_bus *b, struct bus_time now)
{
    struct bus_rtu *t = &b->rtu;
    if (t->spoiled)
        set_deadline(b, now.at_ms + SILENCE_MS);
    if (t->spoiled || t->receiving || t->parser.len == 0)
        return;
    t->receiving = true;
    uint32_t rest_ms = bus_timing_rest_ms(&b->timing, rtu_reply_size(&b->flights[0].frame));
    if (rest_ms > 0)
        set_deadline(b, now.at_ms + rest_ms);
}

/* Nothing is asked while bytes come that nobody asked for; a line that never falls silent is of no
 * use. */
static void wait_for_silence(struct modbus_bus *b, struct bus_time now)
{
    b->quiet_until_ms = now.at_ms + b->timing.quiet_ms;
    if (now.at_ms - b->rtu.noise_since_ms < NOISE_MAX_MS)
        return;
    b->stats.framing_lost++;
    log_warn("modbus", "link=%s: the line does not fall silent, closing it", link_id(b));
    bus_close_connection(b, now);
}

void bus_rtu_received(struct modbus_bus *b, const uint8_t *data, size_t len, struct bus_time now)
{
    take_echo(&b->rtu, &data, &len);
    if (len == 0)
        return;
    note_bytes(b, data, len, now);
    hear_requests(b);
    parse(b, data, len, now);
    if (b->flight_count > 0)
        wait_for_rest(b, now);
    else if (b->connected)
        wait_for_silence(b, now);
}
