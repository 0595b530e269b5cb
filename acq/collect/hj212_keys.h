/* The SM4 keys of one station (HJ 212-2025 6.4): the one in force, the one that it replaced for a
 * grace time, and one that the station was offered by 1014 and has not taken yet. The reader tries
 * the first, then the second: the offered key, else the replaced one. So whichever key a station
 * has after a change that was cut short, by us or by it, its packets are read, and the first of
 * them tells which one it is.
 *
 * A change begins from the key that is configured; it is forgotten when another one is configured.
 * Keys never stand in a log, a journal or a status: only in the key file and in what is kept of it,
 * hj212_keys_write(). No clock, no socket. */
#ifndef ACQ_COLLECT_HJ212_KEYS_H
#define ACQ_COLLECT_HJ212_KEYS_H

#include "acq/core/sm4.h"
#include "acq/core/strbuf.h"
#include "protocols/hj212/reader.h"

#include <stdbool.h>
#include <stdint.h>

enum { HJ212_NEW_KEY_SIZE = SM4_KEY_SIZE + 1 };

enum hj212_key_event {
    HJ212_KEY_NOTHING,
    HJ212_KEY_OFFERED,  /* a new key is ready; keep it before it is sent */
    HJ212_KEY_IN_FORCE, /* the station has it */
    HJ212_KEY_DECLINED, /* it said no */
};

struct hj212_keys {
    bool used;     /* a key is configured */
    uint64_t base; /* a digest of it */
    uint8_t key[SM4_KEY_SIZE], old[SM4_KEY_SIZE], next[SM4_KEY_SIZE];
    bool has_next;
    int64_t since_ms;     /* UTC since when the key is in force; 0: as configured */
    int64_t old_until_ms; /* UTC; 0: no old one is tried */
    struct sm4 *first, *second;
};

/* As configured: 16 characters or 32 hexadecimal digits; "": none. A change of before is kept when
 * it began from the same key. The text must be good. */
void hj212_keys_set(struct hj212_keys *k, const char *configured);
void hj212_keys_deinit(struct hj212_keys *k);
/* Takes what another had, when both are configured alike. */
void hj212_keys_copy(struct hj212_keys *k, const struct hj212_keys *from);
/* The peer reads with them from now on. */
void hj212_keys_bind(const struct hj212_keys *k, struct hj212_peer *peer);

/* A new key of 16 letters and digits, from the system's chance; the same one again as long as it
 * was neither taken nor declined. PW_EIO when the system has none. */
PW_MUST_CHECK int hj212_keys_offer(struct hj212_keys *k, char out[HJ212_NEW_KEY_SIZE]);
/* The station says yes, or a packet came that the second key decrypted. */
enum hj212_key_event hj212_keys_confirm(struct hj212_keys *k, int64_t utc_ms, uint32_t grace_min);
enum hj212_key_event hj212_keys_decline(struct hj212_keys *k);
/* Ends the old key's time. */
void hj212_keys_tick(struct hj212_keys *k, int64_t utc_ms);

/* One line for the file of keys; nothing when the key is as configured. */
void hj212_keys_write(const struct hj212_keys *k, const char *mn, struct strbuf *out);
/* The members of such a line behind its MN. PW_ESYNTAX; PW_ENOTFOUND when it began from another
 * configured key. */
PW_MUST_CHECK int hj212_keys_read(struct hj212_keys *k, const char *line);

#endif
