#include "acq/collect/hj212_desk_private.h"

#include "acq/plant/plant.h"
#include "protocols/hj212/command.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWERS_LEAST = 256, ANSWERS_A_STATION = 8 };

static int compare_mn(const void *a, const void *b)
{
    const struct hj212_station *x = a;
    const struct hj212_station *y = b;
    return strcmp(x->device->station.mn, y->device->station.mn);
}

static int init_station(struct hj212_station *s, const struct plant *plant, uint32_t device)
{
    const struct plant_device *d = &plant->devices[device];
    s->device = d;
    s->index = device;
    s->profile = hj212_profile_default((enum hj212_edition)d->station.edition);
    s->profile.edition = (enum hj212_edition)d->station.edition;
    s->profile.crc_in = (enum hj212_crc_variant)d->station.crc;
    s->profile.zone_min = (int16_t)plant->server.zone_offset_min;
    s->profile.cipher_in =
        d->station.sm4_key[0] ? (enum hj212_cipher_use)d->station.cipher : HJ212_CIPHER_OFF;
    s->profile.cipher_form = (enum hj212_cipher_form)d->station.cipher_form;
    hj212_keys_set(&s->keys, d->station.sm4_key);
    s->memory = calloc(1, sizeof *s->memory);
    s->refused = calloc(1, HJ212_KEPT_FRAME);
    s->wanted = calloc(HJ212_WANTED_MAX, sizeof *s->wanted);
    if (!s->memory || !s->refused || !s->wanted)
        return PW_ENOMEM;
    int err = hj212_slots_init(&s->slots, d->station.max_factors);
    if (!err)
        err = hj212_map_new(plant, device, &s->map);
    if (!err)
        err = hj212_periods_new(d->signal_count, &s->periods);
    return err ? err : hj212_plan_new(plant, device, &s->plan);
}

static int init_stations(struct hj212_desk *d, const struct plant *plant,
                         const struct plant_link *link)
{
    d->stations = calloc(link->device_count + 1u, sizeof *d->stations);
    d->strangers = hj212_strangers_new(link->stations.unknown_max);
    d->answers_size = ANSWERS_LEAST + (size_t)link->device_count * ANSWERS_A_STATION;
    if (d->answers_size > HJ212_ANSWERS_MAX)
        d->answers_size = HJ212_ANSWERS_MAX;
    d->answers = calloc(d->answers_size, sizeof *d->answers);
    if (!d->stations || !d->strangers || !d->answers)
        return PW_ENOMEM;
    for (uint32_t i = 0; i < link->device_count; i++) {
        struct hj212_station *s = &d->stations[d->station_count++];
        int err = init_station(s, plant, plant->link_devices[link->first_device + i]);
        if (err)
            return err;
    }
    qsort(d->stations, d->station_count, sizeof *d->stations, compare_mn);
    for (uint32_t i = 0; i < d->station_count; i++) {
        d->stations[i].peer.profile = &d->stations[i].profile;
        hj212_keys_bind(&d->stations[i].keys, &d->stations[i].peer);
    }
    return hj212_init_slots(d);
}

int hj212_desk_new(const struct plant *plant, uint32_t link, const struct hj212_desk_ops *ops,
                   void *ctx, struct hj212_desk **out)
{
    struct hj212_desk *d = calloc(1, sizeof *d);
    if (!d)
        return PW_ENOMEM;
    d->plant = plant;
    d->ops = ops;
    d->ctx = ctx;
    d->in_turns = plant->links[link].medium == MEDIUM_SERIAL;
    int err = init_stations(d, plant, &plant->links[link]);
    if (err) {
        hj212_desk_free(d);
        return err;
    }
    *out = d;
    return 0;
}

void hj212_desk_free(struct hj212_desk *d)
{
    if (!d)
        return;
    for (uint32_t i = 0; i < d->station_count; i++) {
        hj212_map_free(d->stations[i].map);
        hj212_plan_free(d->stations[i].plan);
        hj212_periods_free(d->stations[i].periods);
        free(d->stations[i].wanted);
        free(d->stations[i].memory);
        free(d->stations[i].refused);
        hj212_keys_deinit(&d->stations[i].keys);
        hj212_slots_deinit(&d->stations[i].slots);
    }
    free(d->stations);
    hj212_strangers_free(d->strangers);
    hj212_names_free(d->names);
    hj212_extra_room_free(d->room);
    free(d->answers);
    free(d);
}

struct hj212_station *hj212_desk_find(const struct hj212_desk *d, struct hj212_text mn)
{
    uint32_t low = 0;
    uint32_t high = d->station_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct hj212_text own = hj212_text_of(d->stations[middle].device->station.mn);
        size_t len = own.len < mn.len ? own.len : mn.len;
        int order = len ? memcmp(own.at, mn.at, len) : 0;
        if (order == 0)
            order = own.len < mn.len ? -1 : own.len > mn.len;
        if (order == 0)
            return &d->stations[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void hj212_desk_rebind(struct hj212_desk *d, const struct plant *plant, uint32_t link)
{
    const struct plant_link *l = &plant->links[link];
    d->plant = plant;
    for (uint32_t i = 0; i < l->device_count; i++) {
        uint32_t device = plant->link_devices[l->first_device + i];
        const char *mn = plant->devices[device].station.mn;
        struct hj212_station *s = hj212_desk_find(d, hj212_text_of(mn));
        pw_require(s != NULL);
        s->device = &plant->devices[device];
        s->index = device;
        hj212_map_rebind(s->map, plant, device);
        hj212_keys_set(&s->keys, s->device->station.sm4_key);
        hj212_keys_bind(&s->keys, &s->peer);
        hj212_plan_rebind(s->plan, plant, device);
    }
}

void hj212_desk_inherit(struct hj212_desk *d, const struct hj212_desk *from)
{
    for (uint32_t i = 0; i < d->station_count; i++) {
        struct hj212_station *to = &d->stations[i];
        const struct hj212_station *s =
            hj212_desk_find(from, hj212_text_of(to->device->station.mn));
        if (!s)
            continue;
        *to->memory = *s->memory;
        to->peer.crc = to->proven = s->proven;
        to->qn = s->qn;
        hj212_inherit_slots(d, to, from, s);
        hj212_keys_copy(&to->keys, &s->keys);
        hj212_keys_bind(&to->keys, &to->peer);
        hj212_plan_inherit(to->plan, s->plan);
        hj212_periods_inherit(to->periods, s->periods);
    }
    d->durable = from->durable;
}

struct hj212_station *hj212_desk_find_device(const struct hj212_desk *d, uint32_t device)
{
    for (uint32_t i = 0; i < d->station_count; i++)
        if (d->stations[i].index == device)
            return &d->stations[i];
    return NULL;
}

struct hj212_peer *hj212_desk_find_peer(void *desk, struct hj212_text mn)
{
    struct hj212_station *s = hj212_desk_find(desk, mn);
    return s ? &s->peer : NULL;
}

/* Compares all of it, whatever differs first. */
static bool is_password(const struct hj212_station *s, struct hj212_text pw)
{
    const char *own = s->device->station.password;
    size_t len = strlen(own);
    unsigned differs = len != pw.len;
    for (size_t i = 0; i < pw.len; i++)
        differs |= (unsigned char)pw.at[i] ^ (unsigned char)own[len ? i % len : 0];
    return len == 0 || differs == 0;
}

static int store(struct hj212_desk *d, struct hj212_station *s, const struct hj212_received *got,
                 struct hj212_entry *e, const struct hj212_moment *now, uint64_t *out_seq)
{
    struct hj212_taken taken = {0};
    const struct hj212_packet *p = got->packet;
    if (p->cn == 2011)
        hj212_map_read(s->map, p, now, d->ops->on_reading, d->ctx, &taken);
    s->stats.unknown_values += taken.unknown;
    s->stats.bad_times += taken.bad_time;
    if (!taken.lost && p->cn == 2011)
        taken.lost = hj212_take_extras(d, s, p, now);
    if (taken.lost)
        return taken.lost;
    e->device = s->index;
    e->packet = p;
    e->crc = got->crc;
    e->at_ms = now->at_ms;
    e->unknown = taken.unknown;
    e->bad_time = taken.bad_time;
    e->revision = hj212_memory_revises(s->memory, p);
    s->stats.revisions += e->revision;
    return d->ops->on_packet(d->ctx, e, out_seq);
}

static void tell_period(struct hj212_desk *d, struct hj212_station *s, const struct hj212_packet *p,
                        const struct hj212_moment *now)
{
    struct hj212_period period;
    if (!d->ops->on_period ||
        !hj212_periods_read(s->periods, s->map, p, s->profile.zone_min, now, &period))
        return;
    period.device = s->index;
    d->ops->on_period(d->ctx, &period);
}

static void take_data(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                      const struct hj212_received *got, bool asked, const struct hj212_moment *now)
{
    int owed = hj212_answer_owed(got->packet);
    struct hj212_entry e = {
        .key = hj212_key(got->packet->segment),
        .urgent = owed != 0,
        .asked = asked,
        .token = asked ? s->asking.request.token : 0,
    };
    uint64_t seq = 0;
    if (hj212_memory_find(s->memory, e.key, &seq)) {
        s->stats.resends++;
    } else if (store(d, s, got, &e, now, &seq) == 0) {
        s->stats.packets++;
        hj212_memory_keep(s->memory, e.key, seq);
        hj212_plan_heard(s->plan, got->packet, s->map, now);
        tell_period(d, s, got->packet, now);
    } else {
        s->stats.lost++;
        return;
    }
    if (owed)
        hj212_answer_after(d, s, connection, got, owed, seq, now->at_ms);
    if (got->packet->cn == 1014)
        hj212_key_asked(d, s, connection, got, seq);
}

/* What says nothing about the plant: answered at once. false: it is data. */
static bool take_talk(struct hj212_desk *d, struct hj212_station *s, uint64_t connection,
                      const struct hj212_received *got, const struct hj212_moment *now)
{
    const struct hj212_packet *p = got->packet;
    bool answer = p->cn == 9011 || p->cn == 9012;
    if (answer && hj212_packet_int(p, p->cn == 9011 ? HJ212_QN_RTN : HJ212_EXE_RTN,
                                   &s->stats.last_result) != 0)
        s->stats.last_result = 0;
    s->stats.heartbeats += p->cn == 9015;
    s->stats.clock_asks += p->cn == 1013;
    if (!answer && p->cn != 9013 && p->cn != 9014 && p->cn != 9015 && p->cn != 1013)
        return false;
    int owed = hj212_answer_owed(p);
    if (owed)
        hj212_answer_after(d, s, connection, got, owed, 0, now->at_ms);
    if (p->cn == 1013 && s->device->station.set_clock && now->trusted)
        hj212_send_clock(d, s, connection, got, now);
    return true;
}

enum hj212_verdict hj212_desk_take(struct hj212_desk *d, uint64_t connection,
                                   const struct hj212_received *got, const struct hj212_moment *now)
{
    const struct hj212_packet *p = got->packet;
    struct hj212_station *s = hj212_desk_find(d, p->mn);
    if (!s) {
        hj212_strangers_note(d->strangers, got, now->at_ms);
        return HJ212_STRANGER;
    }
    if (!is_password(s, p->pw)) {
        s->stats.wrong_password++;
        s->peer.crc = s->proven;
        (void)hj212_strike_out(p->segment, p->pw, s->refused, HJ212_KEPT_FRAME);
        return HJ212_STRANGER;
    }
    const char *st = s->device->station.st;
    s->stats.other_st += st[0] && !hj212_text_is(p->st, st) && !hj212_text_is(p->st, "91");
    hj212_note_crc(d, s);
    s->stats.edition = p->edition;
    s->stats.last_at_ms = now->at_ms;
    hj212_key_heard(d, s, got, now);
    hj212_asking_note_way(s, connection, p);
    bool asked = hj212_asking_hear(d, s, got, now);
    if (!take_talk(d, s, connection, got, now))
        take_data(d, s, connection, got, asked, now);
    return HJ212_TAKEN;
}

bool hj212_desk_remember(struct hj212_desk *d, const char *mn, uint64_t key)
{
    struct hj212_station *s = hj212_desk_find(d, hj212_text_of(mn));
    uint64_t seq;
    if (!s)
        return false;
    if (!hj212_memory_find(s->memory, key, &seq))
        hj212_memory_keep(s->memory, key, 0);
    return true;
}

bool hj212_desk_has(const struct hj212_desk *d, const char *mn)
{
    return hj212_desk_find(d, hj212_text_of(mn)) != NULL;
}

uint32_t hj212_desk_station_count(const struct hj212_desk *d)
{
    return d->station_count;
}

void hj212_desk_station(const struct hj212_desk *d, uint32_t i, struct hj212_station_stats *out)
{
    const struct hj212_station *s = &d->stations[i];
    *out = s->stats;
    out->index = s->index;
    out->device = s->device->id;
    out->mn = s->device->station.mn;
    out->crc = &s->peer.crc;
    out->counts = &s->peer.counts;
    out->refused = s->refused;
    out->factors = s->slots.count;
    out->factors_max = s->slots.max;
    out->factors_dropped = s->slots.dropped;
    out->has_key = s->keys.used;
    out->key_is_offered = s->keys.has_next;
    out->key_since_ms = s->keys.since_ms;
    out->asking = s->asking.session.state == HJ212_ASK_IDLE ? 0 : s->asking.request.cn;
    hj212_plan_get_stats(s->plan, &out->plan);
}

size_t hj212_desk_waiting(const struct hj212_desk *d)
{
    return d->waiting;
}
