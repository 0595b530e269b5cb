#include "acq/record/segment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    char *data;
    size_t cap;
};

struct segment {
    const struct files *files;
    int fd;
    int32_t day;
    int64_t size;
    int64_t offset;
    struct buffer stored;
    struct buffer plain[MEMBER_KINDS];
    struct sm3 *sm3;
    char problem[200];
};

int64_t stored_commit_end(const struct stored_commit *c)
{
    return c->offset + c->stored[MEMBER_R] + c->stored[MEMBER_D] + c->stored[MEMBER_J];
}

static int buffer_reserve(struct buffer *b, size_t len)
{
    if (len <= b->cap)
        return 0;
    char *more = realloc(b->data, len);
    if (!more)
        return PW_ENOMEM;
    b->data = more;
    b->cap = len;
    return 0;
}

int segment_open_file(const struct files *files, const char *path, struct segment **out)
{
    struct segment *s = calloc(1, sizeof *s);
    if (!s)
        return PW_ENOMEM;
    s->files = files;
    int err = files->open(files->ctx, path, FILES_READ, &s->fd);
    if (err) {
        free(s);
        return err;
    }
    s->sm3 = sm3_new();
    err = segment_refresh(s);
    if (err) {
        segment_close(s);
        return err;
    }
    *out = s;
    return 0;
}

int segment_open(const struct files *files, const char *data_dir, int32_t day, struct segment **out)
{
    char path[FILES_PATH_MAX];
    struct segment *s = NULL;
    int err = segment_path(path, data_dir, day);
    if (!err)
        err = segment_open_file(files, path, &s);
    if (err)
        return err;
    s->day = day;
    *out = s;
    return 0;
}

void segment_close(struct segment *s)
{
    if (!s)
        return;
    s->files->close(s->files->ctx, s->fd);
    sm3_free(s->sm3);
    free(s->stored.data);
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        free(s->plain[k].data);
    free(s);
}

int64_t segment_size(const struct segment *s)
{
    return s->size;
}

int segment_refresh(struct segment *s)
{
    return s->files->size(s->files->ctx, s->fd, &s->size);
}

int64_t segment_offset(const struct segment *s)
{
    return s->offset;
}

void segment_seek(struct segment *s, int64_t offset)
{
    s->offset = offset;
}

const char *segment_problem(const struct segment *s)
{
    return s->problem;
}

static int problem(struct segment *s, int err, const char *format, ...) PW_PRINTF(3, 4);
static int problem(struct segment *s, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->problem, sizeof s->problem, format, args);
    va_end(args);
    return err;
}

static int read_header(struct segment *s, int64_t offset, struct member_header *out)
{
    uint8_t head[FORMAT_MEMBER_HEADER_MAX];
    size_t got = 0;
    int64_t left = s->size - offset;
    size_t want = left < (int64_t)sizeof head ? (size_t)left : sizeof head;
    int err = s->files->read_at(s->files->ctx, s->fd, head, want, offset, &got);
    if (err)
        return err;
    err = member_header_parse(head, got, out);
    if (err == PW_EMORE)
        return problem(s, PW_ETORN, "the file ends inside a member's header");
    if (err == PW_EVERSION)
        return problem(s, err, "a member was written by a newer version");
    if (err)
        return problem(s, err, "a member's header is damaged");
    if (out->size > left)
        return problem(s, PW_ETORN, "the file ends inside a member");
    return 0;
}

static int read_headers(struct segment *s, struct stored_commit *c,
                        struct member_header headers[MEMBER_KINDS])
{
    struct member_header h;
    int64_t at = s->offset;
    int err = read_header(s, at, &h);
    if (err)
        return err;
    if (!h.first)
        return problem(s, PW_ECORRUPT, "a commit's first member is missing");
    *c = (struct stored_commit){.head = h.head, .day = s->day, .offset = at};
    bool first = true;
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        if (c->head.plain[k] == 0)
            continue;
        if (!first && at >= s->size)
            return problem(s, PW_ETORN, "the file ends inside commit %llu",
                           (unsigned long long)c->head.seq);
        if (!first && (err = read_header(s, at, &h)) != 0)
            return err;
        if (h.kind != k || h.first != first)
            return problem(s, PW_ECORRUPT, "commit %llu lacks a member",
                           (unsigned long long)c->head.seq);
        headers[k] = h;
        c->stored[k] = h.size;
        at += h.size;
        first = false;
    }
    return 0;
}

static int read_stored(struct segment *s, int64_t offset, uint32_t len)
{
    size_t got = 0;
    int err = buffer_reserve(&s->stored, len);
    if (!err)
        err = s->files->read_at(s->files->ctx, s->fd, s->stored.data, len, offset, &got);
    if (!err && got != len)
        return problem(s, PW_ETORN, "the file ends inside a member");
    return err;
}

static uint32_t count_lines(const char *text, size_t len)
{
    uint32_t lines = 0;
    for (const char *p = text; (p = memchr(p, '\n', len - (size_t)(p - text))) != NULL; p++)
        lines++;
    return lines;
}

static int unpack_member(struct segment *s, struct stored_commit *c, enum member_kind kind,
                         const struct member_header *h, int64_t offset)
{
    static const char letters[] = "RDJ";
    uint32_t plain = c->head.plain[kind];
    int err = read_stored(s, offset, h->size);
    if (!err)
        err = buffer_reserve(&s->plain[kind], plain);
    if (err)
        return err;
    char *text = s->plain[kind].data;
    err = member_unpack((const uint8_t *)s->stored.data, h->size, h, text, plain);
    if (!err && count_lines(text, plain) != c->head.lines[kind])
        err = PW_ECORRUPT;
    if (err == PW_ECORRUPT)
        return problem(s, err, "member %c of commit %llu is damaged", letters[kind],
                       (unsigned long long)c->head.seq);
    c->text[kind] = text;
    return err;
}

int segment_next(struct segment *s, struct stored_commit *out)
{
    if (s->offset >= s->size)
        return PW_ENOTFOUND;
    struct stored_commit c = {0};
    struct member_header headers[MEMBER_KINDS];
    int err = read_headers(s, &c, headers);
    int64_t at = s->offset;
    for (unsigned k = 0; !err && k < MEMBER_KINDS; k++) {
        if (c.stored[k] == 0)
            continue;
        err = unpack_member(s, &c, (enum member_kind)k, &headers[k], at);
        at += c.stored[k];
    }
    if (err)
        return err;
    commit_digest(s->sm3, &c.head, c.text, c.digest);
    s->offset = at;
    *out = c;
    return 0;
}

int segment_next_head(struct segment *s, struct stored_commit *out)
{
    if (s->offset >= s->size)
        return PW_ENOTFOUND;
    struct stored_commit c;
    struct member_header headers[MEMBER_KINDS];
    int err = read_headers(s, &c, headers);
    if (err)
        return err;
    s->offset = stored_commit_end(&c);
    *out = c;
    return 0;
}

static bool is_commit_above(struct segment *s, int64_t offset, uint64_t after_seq)
{
    struct stored_commit c;
    s->offset = offset;
    return segment_next(s, &c) == 0 && c.head.seq > after_seq;
}

static int64_t find_in_window(struct segment *s, const uint8_t *window, size_t len, int64_t base,
                              uint64_t after_seq)
{
    const uint8_t *p = window;
    while (len >= 2 && (p = memchr(p, 0x1f, len - 1 - (size_t)(p - window))) != NULL) {
        int64_t at = base + (p - window);
        if (p[1] == 0x8b && is_commit_above(s, at, after_seq))
            return at;
        p++;
    }
    return -1;
}

int segment_resync(struct segment *s, uint64_t after_seq)
{
    enum { WINDOW = 65536 };
    int64_t start = s->offset;
    char said[sizeof s->problem];
    memcpy(said, s->problem, sizeof said);
    uint8_t *window = malloc(WINDOW);
    int err = window ? PW_ENOTFOUND : PW_ENOMEM;
    int64_t found = -1;
    for (int64_t base = start + 1; window && found < 0 && base < s->size; base += WINDOW - 1) {
        size_t got = 0;
        int64_t left = s->size - base;
        err = s->files->read_at(s->files->ctx, s->fd, window, left < WINDOW ? (size_t)left : WINDOW,
                                base, &got);
        if (err)
            break;
        found = find_in_window(s, window, got, base, after_seq);
        err = PW_ENOTFOUND;
    }
    free(window);
    memcpy(s->problem, said, sizeof said);
    s->offset = found >= 0 ? found : start;
    return found >= 0 ? 0 : err;
}

int segment_load(struct segment *s, const struct stored_commit *c, struct bytes *out[MEMBER_KINDS])
{
    struct bytes *loaded[MEMBER_KINDS] = {0};
    int64_t at = c->offset;
    int err = 0;
    for (unsigned k = 0; !err && k < MEMBER_KINDS; k++) {
        if (c->stored[k] == 0)
            continue;
        err = read_stored(s, at, c->stored[k]);
        if (!err)
            err = member_check((const uint8_t *)s->stored.data, c->stored[k]);
        if (!err && !(loaded[k] = bytes_new(s->stored.data, c->stored[k])))
            err = PW_ENOMEM;
        at += c->stored[k];
    }
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        if (err)
            bytes_unref(loaded[k]);
        else
            out[k] = loaded[k];
    }
    return err;
}
