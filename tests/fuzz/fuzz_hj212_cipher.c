/* The first byte says how: bit 0, the rest is a byte stream for a reader that has a key; else it is
 * a plain segment that is encrypted, framed and must come back as it was when it is a clean packet.
 * Bit 1 is the cipher's form on the wire. */
#include "acq/core/err.h"
#include "protocols/hj212/crypt.h"
#include "protocols/hj212/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1024 };

static struct hj212_workspace work;
static char wire[6 * LIMIT + 64];
static char buffer[5 * LIMIT + 64];

struct stand {
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_reader reader;
};

static void open_stand(struct stand *s, struct sm4 *key, unsigned form)
{
    memset(s, 0, sizeof *s);
    s->profile = hj212_profile_default(HJ212_2025);
    s->profile.segment_max_in = LIMIT;
    s->profile.cipher_form = form ? HJ212_CIPHER_LITERAL : HJ212_CIPHER_RAW;
    s->peer.profile = &s->profile;
    s->peer.key = key;
    hj212_reader_init(&s->reader, &s->peer, buffer, sizeof buffer, &work, NULL, NULL);
}

static int read_all(struct stand *s, const char *data, size_t len)
{
    struct hj212_received got;
    int good = 0;
    int err;
    while ((err = hj212_reader_next(&s->reader, &data, &len, &got)) != PW_EMORE)
        good += err == 0;
    pw_require(len == 0);
    return good;
}

static void expire_all(struct stand *s)
{
    while (hj212_framer_waits(&s->reader.framer)) {
        hj212_framer_expire(&s->reader.framer);
        read_all(s, "", 0);
    }
}

static void round_trip(struct stand *s, const char *data, size_t size, struct sm4 *key)
{
    struct hj212_text segment = {data, size};
    if (size > LIMIT || hj212_packet_parse(segment, &work.packet) != 0 || !work.packet.clean ||
        hj212_text_find(segment, "{0x") < size || memchr(data, '#', size))
        return;
    size_t len = size;
    int head = snprintf(wire, sizeof wire, "##%04zu", size);
    memcpy(wire + head, data, size);
    pw_require(hj212_encrypt(key, wire + head, size) == 0);
    if (s->profile.cipher_form == HJ212_CIPHER_LITERAL)
        pw_require(hj212_cipher_to_literal(wire + head, size, sizeof wire - 16, &len) == 0);
    snprintf(wire + head + len, 16, "%04X\r\n", hj212_crc(data, size));
    int good = read_all(s, wire, (size_t)head + len + 6);
    bool letter = hj212_fold(data[0]) >= 'a' && hj212_fold(data[0]) <= 'z';
    if (!letter || s->peer.counts.bad_length)
        return;
    pw_require(good == 1);
    /* One raw sum in 256 fits the cipher too; then a packet that is not clean would be tried first,
     * but decrypting it gives a clean one, which wins. */
    pw_require(hj212_text_equal(work.packet.segment, segment));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t text[SM4_KEY_SIZE + 1] = "0123456789abcdef";
    if (size == 0)
        return 0;
    struct sm4 *key = sm4_new(text);
    struct stand s;
    open_stand(&s, key, data[0] >> 1 & 1);
    if (data[0] & 1)
        read_all(&s, (const char *)data + 1, size - 1);
    else
        round_trip(&s, (const char *)data + 1, size - 1, key);
    expire_all(&s);
    sm4_free(key);
    return 0;
}
