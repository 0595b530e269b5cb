/* Immutable bytes with a reference count, for what two threads look at (an archived member is
 * compressed once, written once and sent by several targets). */
#ifndef ACQ_CORE_BYTES_H
#define ACQ_CORE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes;

/* A copy of data with one reference; NULL when there is no memory. */
struct bytes *bytes_new(const void *data, size_t len);
/* One more reference; returns b. Any thread. */
struct bytes *bytes_ref(struct bytes *b);
/* Gives one reference back; the last one frees. b may be NULL. Any thread. */
void bytes_unref(struct bytes *b);

const uint8_t *bytes_data(const struct bytes *b);
size_t bytes_len(const struct bytes *b);

#endif
