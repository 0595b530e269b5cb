/* Stations of one link without a socket: packets in, readings, journal entries and answers out,
 * commits becoming durable when the test says so. */
#ifndef TESTS_UNIT_HJ212_DESK_STAND_H
#define TESTS_UNIT_HJ212_DESK_STAND_H

#include "acq/collect/hj212_desk.h"
#include "acq/core/civil.h"
#include "acq/core/strbuf.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "protocols/hj212/crc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When a stand begins. */
#define NOW "DataTime=20261124080000;"

enum { NOTES_SIZE = 8192, CONNECTION = 7, FRAME_ROOM = 4096 };

/* One station, MN1, with a factor by its code of 2017, one by that of 2005, one scaled. */
static const char stand_plant[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"listen\":\"127.0.0.1:9\",\"framing\":\"hj212\"}],"
    "\"devices\":["
    "{\"id\":\"gc\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN1\",\"ack_max_s\":5,"
    "\"set_clock\":true,\"signals\":{\"nmhc\":{\"factor\":\"a24088\"},"
    "\"so2\":{\"factor\":\"a21026\",\"range\":[0,100]},"
    "\"twice\":{\"factor\":\"a19001\",\"scale\":2,\"offset\":1}}},"
    "{\"id\":\"other\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN0\","
    "\"signals\":{\"a21002\":{}}}]}";

struct stand {
    struct plant *plant;
    struct hj212_desk *desk;
    struct hj212_workspace *work;
    struct hj212_reader reader;
    struct hj212_peer link;
    struct hj212_profile profile;
    char *buffer;
    struct hj212_moment now;
    uint64_t seq;        /* of the commit that is gathered */
    int refuse;          /* what the record answers */
    uint64_t connection; /* that packets come over */
    bool gone;           /* it does not take what is sent */
    char qn[18];         /* of the last request of ours */
    char frame[FRAME_ROOM];
    char notes[NOTES_SIZE];
    struct strbuf said;
};

static inline int on_reading(void *ctx, const struct reading *r)
{
    struct stand *s = ctx;
    if (s->refuse)
        return s->refuse;
    strbuf_addf(&s->said, "reading@%lld", (long long)(r->time_ms - s->now.utc_ms));
    for (uint32_t i = 0; i < r->count; i++) {
        char word[QUALITY_TEXT_SIZE];
        const struct sample *one = &r->samples[i];
        const struct plant_signal *signal =
            &s->plant->signals[s->plant->devices[r->device].first_signal + i];
        if (one->absent)
            continue;
        strbuf_addf(&s->said, " %s=", signal->id);
        if (r->texts[i])
            strbuf_addf(&s->said, "\"%s\"", r->texts[i]);
        else if (quality_has_value(one->quality))
            strbuf_add_double(&s->said, one->value);
        strbuf_addf(&s->said, "(%s)", quality_format(one->quality, word));
    }
    strbuf_addc(&s->said, '\n');
    return 0;
}

static inline int on_packet(void *ctx, const struct hj212_entry *e, uint64_t *out_seq)
{
    struct stand *s = ctx;
    if (s->refuse)
        return s->refuse;
    strbuf_addf(&s->said, "packet %d%s%s%s\n", e->packet->cn, e->revision ? " revision" : "",
                e->unknown ? " unknown" : "", e->asked ? " asked" : "");
    *out_seq = s->seq;
    return 0;
}

/* Of a request of ours also its CP. */
static inline int on_send(void *ctx, uint64_t connection, const char *data, size_t len)
{
    struct stand *s = ctx;
    const char *cn = strstr(data, "CN=");
    const char *cp = strstr(data, "CP=&&");
    const char *qn = strstr(data, "QN=");
    assert_non_null(cn);
    assert_non_null(cp);
    assert_true(len > 12);
    if (s->gone)
        return PW_ENOTFOUND;
    assert_int_equal(connection, s->connection);
    strbuf_addf(&s->said, "sent %.4s", cn + 3);
    if (cn[3] != '9' && cp[5] != '&')
        strbuf_addf(&s->said, " %.*s", (int)strcspn(cp + 5, "&"), cp + 5);
    strbuf_addc(&s->said, '\n');
    if (cn[3] != '9' && qn)
        snprintf(s->qn, sizeof s->qn, "%.17s", qn + 3);
    snprintf(s->frame, sizeof s->frame, "%.*s", (int)len, data);
    return 0;
}

static inline void on_asked(void *ctx, const struct hj212_asked *a)
{
    struct stand *s = ctx;
    strbuf_addf(&s->said, "asked %d %s %s %d %u\n", a->request->cn,
                hj212_purpose_name(a->request->purpose), hj212_asked_end_name(a->end), a->result,
                a->packets);
}

static const struct hj212_desk_ops ops = {
    .on_reading = on_reading, .on_packet = on_packet, .send = on_send, .on_asked = on_asked};

static inline int stand_open(void **state, const char *text)
{
    struct stand *s = calloc(1, sizeof *s);
    struct plant_problems problems;
    assert_non_null(s);
    assert_int_equal(plant_load_text("t", text, strlen(text), &s->plant, &problems), 0);
    plant_problems_deinit(&problems);
    strbuf_init_fixed(&s->said, s->notes, sizeof s->notes);
    assert_int_equal(hj212_desk_new(s->plant, 0, &ops, s, &s->desk), 0);
    s->profile = hj212_profile_default(HJ212_EDITION_AUTO);
    s->link.profile = &s->profile;
    s->work = malloc(sizeof *s->work);
    size_t size = hj212_reader_size(&s->profile);
    s->buffer = malloc(size);
    hj212_reader_init(&s->reader, &s->link, s->buffer, size, s->work, hj212_desk_find_peer,
                      s->desk);
    assert_int_equal(civil_parse("2026-11-24T00:00:00Z", &s->now.utc_ms), 0);
    s->now.at_ms = 1000000;
    s->now.trusted = true;
    s->seq = 1;
    s->connection = CONNECTION;
    *state = s;
    return 0;
}

static inline int stand_set_up(void **state)
{
    return stand_open(state, stand_plant);
}

static inline int stand_tear_down(void **state)
{
    struct stand *s = *state;
    hj212_desk_free(s->desk);
    plant_free(s->plant);
    free(s->buffer);
    free(s->work);
    free(s);
    return 0;
}

/* Takes one segment; returns the verdict. */
static inline enum hj212_verdict take(struct stand *s, const char *segment)
{
    char frame[FRAME_ROOM];
    struct hj212_received got;
    int len = snprintf(frame, sizeof frame, "##%04zu%s%04X\r\n", strlen(segment), segment,
                       hj212_crc(segment, strlen(segment)));
    const char *data = frame;
    size_t left = (size_t)len;
    assert_int_equal(hj212_reader_next(&s->reader, &data, &left, &got), 0);
    enum hj212_verdict verdict = hj212_desk_take(s->desk, s->connection, &got, &s->now);
    assert_int_equal(hj212_reader_next(&s->reader, &data, &left, &got), PW_EMORE);
    return verdict;
}

static inline void expect(struct stand *s, const char *text)
{
    assert_string_equal(strbuf_text(&s->said), text);
    strbuf_reset(&s->said);
}

#endif
