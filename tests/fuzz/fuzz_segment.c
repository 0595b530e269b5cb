/* The bytes of a segment file, walked as start and verify walk them: next, resynchronise, heads
 * alone. The first member is tried once more with its check sum made right, so that what lies
 * behind the check sum is reached too. */
#include "acq/record/files.h"
#include "acq/record/format.h"
#include "acq/record/le.h"
#include "acq/record/segment.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    const uint8_t *data;
    size_t size;
};

static int memory_open(void *ctx, const char *path, enum files_mode mode, int *out_fd)
{
    (void)ctx;
    (void)path;
    (void)mode;
    *out_fd = 3;
    return 0;
}

static void memory_close(void *ctx, int fd)
{
    (void)ctx;
    (void)fd;
}

static int memory_read_at(void *ctx, int fd, void *out, size_t len, int64_t offset, size_t *out_len)
{
    const struct memory *m = ctx;
    (void)fd;
    size_t at = (size_t)offset < m->size ? (size_t)offset : m->size;
    size_t n = len < m->size - at ? len : m->size - at;
    if (n > 0)
        memcpy(out, m->data + at, n);
    *out_len = n;
    return 0;
}

static int memory_size(void *ctx, int fd, int64_t *out)
{
    const struct memory *m = ctx;
    (void)fd;
    *out = (int64_t)m->size;
    return 0;
}

static void walk(const struct files *files)
{
    struct segment *s = NULL;
    struct stored_commit c;
    uint64_t last = 0;
    if (segment_open(files, "d", 20000, &s) != 0)
        return;
    for (;;) {
        int err = segment_next(s, &c);
        if (err == 0) {
            last = c.head.seq;
            continue;
        }
        if (err == PW_ENOTFOUND || segment_resync(s, last) != 0)
            break;
    }
    segment_seek(s, 0);
    while (segment_next_head(s, &c) == 0) {
        struct bytes *member[MEMBER_KINDS] = {0};
        if (segment_load(s, &c, member) == 0)
            for (unsigned k = 0; k < MEMBER_KINDS; k++)
                bytes_unref(member[k]);
    }
    segment_close(s);
}

static void unpack_first(const uint8_t *data, size_t size)
{
    enum { CRC_AT = 22, PLAIN_MOST = 1 << 20 };
    struct member_header h;
    if (member_header_parse(data, size, &h) != 0 || h.size > size)
        return;
    uint8_t *copy = malloc(h.size);
    if (!copy)
        abort();
    memcpy(copy, data, h.size);
    le_put32(copy + CRC_AT, 0);
    le_put32(copy + CRC_AT, (uint32_t)crc32(0, copy, h.size));
    uint32_t plain = member_plain_len(copy, h.size);
    char *text = plain <= PLAIN_MOST ? malloc(plain + 1u) : NULL;
    if (text)
        (void)!member_unpack(copy, h.size, &h, text, plain);
    free(text);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory m = {data, size};
    const struct files files = {
        .ctx = &m,
        .open = memory_open,
        .close = memory_close,
        .read_at = memory_read_at,
        .size = memory_size,
    };
    walk(&files);
    unpack_first(data, size);
    return 0;
}
