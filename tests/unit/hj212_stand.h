/* A reader with one peer behind it, the vectors of tests/cases/hj212, and frames made by hand. */
#ifndef TESTS_UNIT_HJ212_STAND_H
#define TESTS_UNIT_HJ212_STAND_H

#include "acq/core/json.h"
#include "protocols/hj212/reader.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HJ212_CASES PW_SOURCE_DIR "/tests/cases/hj212"

struct stand {
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_workspace *work;
    struct hj212_reader reader;
    char *buffer;
    struct hj212_received got;
};

static inline void stand_open(struct stand *s, struct hj212_profile profile)
{
    memset(s, 0, sizeof *s);
    s->profile = profile;
    s->peer.profile = &s->profile;
    s->work = malloc(sizeof *s->work);
    size_t size = hj212_reader_size(&s->profile);
    s->buffer = malloc(size);
    assert_non_null(s->work);
    assert_non_null(s->buffer);
    hj212_reader_init(&s->reader, &s->peer, s->buffer, size, s->work, NULL, NULL);
}

static inline void stand_close(struct stand *s)
{
    sm4_free(s->peer.key);
    sm4_free(s->peer.old_key);
    free(s->buffer);
    free(s->work);
}

/* One call with these bytes, all of which must be taken when it asks for more. */
static inline int stand_feed(struct stand *s, const char *data, size_t len)
{
    int err = hj212_reader_next(&s->reader, &data, &len, &s->got);
    if (err == PW_EMORE)
        assert_int_equal(len, 0);
    return err;
}

static inline int stand_feed_text(struct stand *s, const char *text)
{
    return stand_feed(s, text, strlen(text));
}

/* Good packets in all of data. */
static inline int stand_count(struct stand *s, const char *data, size_t len)
{
    int good = 0;
    int err;
    while ((err = hj212_reader_next(&s->reader, &data, &len, &s->got)) != PW_EMORE)
        good += err == 0;
    return good;
}

/* "##", length, segment and the standard's sum; no CR LF. Returns out. */
static inline char *frame_of(const char *segment, char *out, size_t size)
{
    snprintf(out, size, "##%04zu%s%04X", strlen(segment), segment,
             hj212_crc(segment, strlen(segment)));
    return out;
}

static inline cJSON *load_vectors(void)
{
    size_t len = 0;
    char *text = support_read_file(HJ212_CASES "/vectors.json", &len);
    assert_non_null(text);
    cJSON *tree = NULL;
    assert_int_equal(json_parse(text, len, &tree, NULL), 0);
    free(text);
    return tree;
}

static inline size_t bytes_of_hex(const char *hex, uint8_t *out, size_t size)
{
    size_t n = strlen(hex) / 2;
    assert_true(n <= size);
    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

#endif
