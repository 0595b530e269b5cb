/* Bytes of a connection through reader and desk, with a station whose MN is MN1. The first byte
 * says how: bit 0, the rest is a byte stream; else it is one data segment behind MN1's header, with
 * a good frame around it. A reading must be of the plant and its numbers finite; an answer must be
 * a whole frame. Meanwhile the station is asked for all that can be configured, a second passing
 * with each packet. */
#include "acq/collect/hj212_desk.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plant_text[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"listen\":\"127.0.0.1:9\",\"framing\":\"hj212\"}],"
    "\"devices\":[{\"id\":\"gc\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN1\","
    "\"set_clock\":true,\"max_factors\":3,\"ask\":{\"intervals\":\"ask\",\"realtime\":\"on\","
    "\"states\":\"off\","
    "\"clock_check_h\":1,\"poll\":[\"2011\",\"2051\",\"2041\"],\"over_time_s\":2,\"fill_gap_s\":1},"
    "\"signals\":{\"a24088\":{\"range\":[0,9]},\"a21026\":{\"unit\":\"ug/m3\"},"
    "\"a19001\":{\"scale\":2}}}]}";

static struct hj212_workspace work;
static struct plant *plant;
static char segment[HJ212_RECEIVE_MAX + 1];
static char frame[HJ212_RECEIVE_MAX + HJ212_OVERHEAD + 1];

static int on_reading(void *ctx, const struct reading *r)
{
    (void)ctx;
    bool some = false;
    pw_require(r->device == 0 && r->count == 3);
    for (uint32_t i = 0; i < r->count; i++) {
        some = some || !r->samples[i].absent;
        pw_require(!r->texts[i] || strlen(r->texts[i]) < HJ212_TEXT_SIZE);
        pw_require(!quality_has_value(r->samples[i].quality) || isfinite(r->samples[i].value));
    }
    pw_require(some);
    return 0;
}

static int on_packet(void *ctx, const struct hj212_entry *e, uint64_t *out_seq)
{
    char copy[HJ212_KEPT_FRAME];
    uint64_t *seq = ctx;
    pw_require(e->device == 0 && e->key != 0);
    pw_require(hj212_strike_out(e->packet->segment, e->packet->pw, copy, sizeof copy) <
               sizeof copy);
    *out_seq = ++*seq;
    return e->packet->cn == 2081 ? PW_EFULL : 0;
}

static int on_send(void *ctx, uint64_t connection, const char *bytes, size_t len)
{
    (void)ctx;
    pw_require(connection == 1 && len > HJ212_OVERHEAD && memcmp(bytes, "##", 2) == 0 &&
               memcmp(bytes + len - 2, "\r\n", 2) == 0);
    return 0;
}

static void on_asked(void *ctx, const struct hj212_asked *a)
{
    (void)ctx;
    pw_require(a->device == 0 && a->request->cn >= 1000 && strlen(a->qn) == 17);
}

static int on_extras(void *ctx, const struct hj212_extras *e)
{
    (void)ctx;
    pw_require(e->device == 0 && e->count > 0 && e->count <= 3);
    for (uint32_t i = 0; i < e->count; i++) {
        const struct sample *s = &e->list[i].sample;
        pw_require(e->list[i].code[0] && strlen(e->list[i].code) <= HJ212_CODE_MAX);
        pw_require(!e->list[i].text || strlen(e->list[i].text) < HJ212_TEXT_SIZE);
        pw_require(!quality_has_value(s->quality) || isfinite(s->value));
    }
    return 0;
}

static void on_state(void *ctx, uint32_t device)
{
    (void)ctx;
    pw_require(device == 0);
}

static const struct hj212_desk_ops ops = {.on_reading = on_reading,
                                          .on_packet = on_packet,
                                          .send = on_send,
                                          .on_extras = on_extras,
                                          .on_state = on_state,
                                          .on_asked = on_asked};

static void pass_second(struct hj212_desk *desk, struct hj212_moment *now)
{
    now->at_ms += 1000;
    now->utc_ms += 1000;
    hj212_desk_tick(desk, now);
}

static void feed(const char *data, size_t len)
{
    uint64_t seq = 0;
    struct hj212_desk *desk = NULL;
    struct hj212_profile profile = hj212_profile_default(HJ212_EDITION_AUTO);
    struct hj212_peer link = {.profile = &profile};
    struct hj212_reader reader;
    struct hj212_received got;
    struct hj212_moment now = {.at_ms = 1, .utc_ms = 1795478400000, .trusted = true};
    size_t size = hj212_reader_size(&profile);
    char *buffer = malloc(size);
    pw_require(buffer && hj212_desk_new(plant, 0, &ops, &seq, &desk) == 0);
    hj212_reader_init(&reader, &link, buffer, size, &work, hj212_desk_find_peer, desk);
    hj212_desk_attach(desk, 1);
    pass_second(desk, &now);
    int err;
    while ((err = hj212_reader_next(&reader, &data, &len, &got)) != PW_EMORE) {
        if (err != 0)
            continue;
        (void)hj212_desk_take(desk, 1, &got, &now);
        pass_second(desk, &now);
    }
    hj212_desk_durable(desk, seq, 2);
    pw_require(hj212_desk_waiting(desk) == 0);
    hj212_desk_free(desk);
    free(buffer);
}

static void feed_segment(const uint8_t *data, size_t size)
{
    int head = snprintf(segment, sizeof segment, "QN=20261124080000001;PW=1;MN=MN1;Flag=5;");
    size_t most = HJ212_RECEIVE_MAX - (size_t)head;
    size = size < most ? size : most;
    memcpy(segment + head, data, size);
    size_t len = (size_t)head + size;
    int at = snprintf(frame, sizeof frame, "##%04zu", len);
    memcpy(frame + at, segment, len);
    snprintf(frame + at + len, sizeof frame - (size_t)at - len, "%04X\r\n",
             hj212_crc(segment, len));
    feed(frame, (size_t)at + len + 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plant_problems problems;
    if (!plant) {
        pw_require(plant_load_text("t", plant_text, strlen(plant_text), &plant, &problems) == 0);
        plant_problems_deinit(&problems);
    }
    if (size == 0)
        return 0;
    if (data[0] & 1)
        feed((const char *)data + 1, size - 1);
    else
        feed_segment(data + 1, size - 1);
    return 0;
}
