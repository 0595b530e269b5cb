/* HJ 212 frames through the codec beside a bare "CRC and split": hj212_bench. For each kind of
 * frame the CPU time of both, best of five rounds, one JSON object a line; last the bytes a station
 * costs. */
#include "protocols/hj212/factor.h"
#include "protocols/hj212/reader.h"
#include "protocols/hj212/write.h"
#include "tests/bench/common.h"
#include "tests/support/xorshift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 2000, ROUNDS = 5, PASSES = 20, STREAM = FRAMES * (HJ212_SEGMENT_MAX + 12) };

struct stream {
    char *data;
    size_t len;
    size_t values;
};

static const char *const codes[] = {"a01011", "a01012", "a01013", "a01014", "a19001", "a21002",
                                    "a21026", "a34013", "a21005", "a00000", "a20057", "a21024"};

static void fill_cp(struct hj212_cp *cp, size_t factors, bool minute, uint64_t *seed)
{
    hj212_cp_time(cp, "", HJ212_DATA_TIME, 1717200000000);
    for (size_t i = 0; i < factors; i++) {
        double value = (double)(xorshift_next(seed) % 9000) / 1000;
        hj212_cp_number(cp, codes[i], minute ? HJ212_MIN : HJ212_RTD, value);
        if (minute) {
            hj212_cp_number(cp, codes[i], HJ212_AVG, value);
            hj212_cp_number(cp, codes[i], HJ212_MAX, value);
        }
        hj212_cp_text(cp, codes[i], HJ212_FLAG, hj212_text_of("N"));
    }
}

static void make_stream(struct stream *s, size_t factors, bool minute)
{
    static struct hj212_cp cp;
    char text[HJ212_SEGMENT_MAX];
    struct hj212_profile profile = hj212_profile_default(HJ212_2017);
    uint64_t seed = 0x212;
    int64_t now_ms = 1717200000000;
    *s = (struct stream){.data = malloc(STREAM), .values = factors * (minute ? 3 : 1)};
    if (!s->data)
        bench_fail("malloc");
    for (int i = 0; i < FRAMES; i++) {
        char qn[HJ212_QN_SIZE];
        hj212_qn_format(now_ms + i, profile.zone_min, qn);
        hj212_cp_init(&cp, &profile, text, sizeof text);
        fill_cp(&cp, factors, minute, &seed);
        struct hj212_head head = {.qn = hj212_text_of(qn),
                                  .st = hj212_text_of("31"),
                                  .pw = hj212_text_of("123456"),
                                  .mn = hj212_text_of("010000A8900016F000169DC0"),
                                  .cn = minute ? 2051 : 2011,
                                  .answer_wanted = true};
        size_t len = 0;
        if (cp.err || hj212_write(&profile, &head, (struct hj212_text){cp.text, cp.len}, NULL,
                                  s->data + s->len, STREAM - s->len, &len) != 0)
            bench_fail("hj212_write");
        s->len += len;
    }
}

static uint16_t table[256];

static void make_table(void)
{
    for (unsigned i = 0; i < 256; i++) {
        unsigned crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
        table[i] = (uint16_t)crc;
    }
}

static uint16_t bare_crc(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < len; i++)
        crc = table[(crc >> 8) ^ p[i]];
    return crc;
}

/* Length, sum, items cut at their separators; nothing is named, checked or converted. */
static size_t bare(const struct stream *s, uint16_t (*crc)(const void *data, size_t len))
{
    size_t items = 0;
    for (const char *p = s->data; p < s->data + s->len;) {
        size_t len =
            (size_t)((p[2] - '0') * 1000 + (p[3] - '0') * 100 + (p[4] - '0') * 10 + p[5] - '0');
        const char *segment = p + 6;
        char *end = NULL;
        char digits[5] = {segment[len], segment[len + 1], segment[len + 2], segment[len + 3], 0};
        if (strtoul(digits, &end, 16) != crc(segment, len))
            bench_fail("bare sum");
        const char *last = segment;
        for (size_t i = 0; i < len; i++) {
            if (segment[i] == ';' || segment[i] == ',') {
                items += memchr(last, '=', (size_t)(segment + i - last)) != NULL;
                last = segment + i + 1;
            }
        }
        p = segment + len + 6;
    }
    return items;
}

struct ours {
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_reader reader;
    struct hj212_workspace work;
    char buffer[HJ212_RECEIVE_MAX + HJ212_OVERHEAD];
};

/* As from a socket, in pieces of 4 KiB: every packet, its command's answer, every value as number.
 */
static size_t codec(struct ours *o, const struct stream *s, double *sum)
{
    size_t values = 0;
    struct hj212_received got;
    for (size_t at = 0; at < s->len; at += 4096) {
        const char *data = s->data + at;
        size_t len = s->len - at < 4096 ? s->len - at : 4096;
        while (hj212_reader_next(&o->reader, &data, &len, &got) == 0) {
            for (size_t i = 0; i < got.packet->item_count; i++) {
                const struct hj212_item *item = &got.packet->items[i];
                double value = 0;
                if (item->code.len == 0 || item->field == HJ212_FLAG ||
                    hj212_number(item->value, &value) != 0)
                    continue;
                *sum += value;
                values++;
            }
        }
    }
    return values;
}

enum contender { BARE, BARE_WITH_OUR_SUM, OURS };

static double best_us(enum contender which, struct ours *o, const struct stream *s)
{
    static volatile double sink;
    double best = 1e30;
    for (int round = 0; round < ROUNDS; round++) {
        double sum = 0;
        int64_t since_us = bench_cpu_us();
        for (int pass = 0; pass < PASSES; pass++) {
            size_t n =
                which == OURS ? codec(o, s, &sum) : bare(s, which == BARE ? bare_crc : hj212_crc);
            if (n < FRAMES * s->values)
                bench_fail("frames were lost");
        }
        double us = (double)(bench_cpu_us() - since_us) / ((double)FRAMES * PASSES);
        best = us < best ? us : best;
        sink = sum;
    }
    (void)sink;
    return best;
}

static void compare(const char *what, size_t factors, bool minute, struct ours *o)
{
    struct stream s;
    make_stream(&s, factors, minute);
    printf("{\"what\":\"%s\",\"bytes\":%.0f,\"values\":%zu,\"bare_us\":%.3f,\"sum_us\":%.3f,"
           "\"ours_us\":%.3f}\n",
           what, (double)s.len / FRAMES, s.values, best_us(BARE, o, &s),
           best_us(BARE_WITH_OUR_SUM, o, &s), best_us(OURS, o, &s));
    free(s.data);
}

int main(void)
{
    struct ours *o = calloc(1, sizeof *o);
    if (!o)
        bench_fail("calloc");
    make_table();
    o->profile = hj212_profile_default(HJ212_2017);
    o->peer.profile = &o->profile;
    hj212_reader_init(&o->reader, &o->peer, o->buffer, sizeof o->buffer, &o->work, NULL, NULL);
    compare("heartbeat-sized", 1, false, o);
    compare("realtime", 12, false, o);
    compare("minute", 10, true, o);
    printf("{\"what\":\"memory\",\"station_bytes\":%zu,\"thread_bytes\":%zu}\n",
           sizeof o->peer + sizeof o->reader + sizeof o->buffer, sizeof o->work);
    free(o);
    return 0;
}
