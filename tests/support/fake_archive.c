#include "tests/support/fake_archive.h"

#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct bytes *gzip_text(const char *text, size_t len)
{
    z_stream z = {0};
    pw_require(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t cap = deflateBound(&z, len) + 64;
    Bytef *out = malloc(cap);
    char *in = malloc(len ? len : 1);
    memcpy(in, text, len);
    z.next_in = (Bytef *)in;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    pw_require(deflate(&z, Z_FINISH) == Z_STREAM_END);
    struct bytes *b = bytes_new(out, z.total_out);
    deflateEnd(&z);
    free(out);
    free(in);
    return b;
}

int gunzip(const void *data, size_t len, char **out_text, size_t *out_len)
{
    enum { CAP = 1 << 20 };
    z_stream z = {0};
    Bytef *in = malloc(len ? len : 1);
    char *text = malloc(CAP + 1);
    memcpy(in, data, len);
    pw_require(inflateInit2(&z, 15 + 16) == Z_OK);
    z.next_in = in;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)text;
    z.avail_out = CAP;
    int rc = inflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : PW_ECORRUPT;
    text[z.total_out] = '\0';
    if (rc == 0) {
        *out_len = z.total_out;
        *out_text = text;
    } else {
        free(text);
    }
    inflateEnd(&z);
    free(in);
    return rc;
}

static int inflate_member(const struct bytes *member, char **out_text, size_t *out_len)
{
    return gunzip(bytes_data(member), bytes_len(member), out_text, out_len);
}

struct fake_source {
    struct influx_source source;
    struct fake_archive *archive;
};

static int fake_bounds(struct influx_source *source, uint64_t *first, uint64_t *last)
{
    const struct fake_archive *archive = ((struct fake_source *)source)->archive;
    *first = archive->first;
    *last = archive->last;
    return 0;
}

static int fake_read(struct influx_source *source, uint64_t seq, struct commit *out)
{
    const struct fake_archive *archive = ((struct fake_source *)source)->archive;
    if (seq < archive->first || seq > archive->last)
        return PW_ENOTFOUND;
    if (seq == archive->corrupt)
        return PW_ECORRUPT;
    *out = archive->commits[seq];
    for (int k = 0; k < MEMBER_KINDS; k++)
        if (out->member[k])
            bytes_ref(out->member[k]);
    return 0;
}

static void fake_close(struct influx_source *source)
{
    free(source);
}

struct influx_source *fake_archive_source_new(struct fake_archive *archive)
{
    struct fake_source *s = calloc(1, sizeof *s);
    s->source = (struct influx_source){
        .bounds = fake_bounds, .read = fake_read, .inflate = inflate_member, .close = fake_close};
    s->archive = archive;
    return &s->source;
}

static struct bytes *make_member(char kind, uint64_t seq, unsigned lines, const unsigned *bad)
{
    struct strbuf b;
    strbuf_init(&b, 1u << 20);
    for (unsigned n = 1; n <= lines; n++) {
        bool is_bad = false;
        for (size_t i = 0; bad && bad[i]; i++)
            is_bad = is_bad || bad[i] == n;
        strbuf_addf(&b, "%c v=%llu.%04u,%s 1\n", kind, (unsigned long long)seq, n,
                    is_bad ? "bad" : "w=1");
    }
    struct bytes *member = gzip_text(strbuf_text(&b), b.len);
    strbuf_deinit(&b);
    return member;
}

static struct commit *next_commit(struct fake_archive *a)
{
    pw_require(a->last < FAKE_COMMITS_MAX);
    struct commit *c = &a->commits[++a->last];
    c->seq = a->last;
    c->lines[MEMBER_J] = 1;
    c->member[MEMBER_J] = gzip_text("{}\n", 3);
    return c;
}

const struct commit *fake_archive_add(struct fake_archive *a, unsigned raw, unsigned derived,
                                      const unsigned *bad)
{
    struct commit *c = next_commit(a);
    c->lines[MEMBER_R] = raw;
    c->lines[MEMBER_D] = derived;
    if (raw)
        c->member[MEMBER_R] = make_member('r', c->seq, raw, bad);
    if (derived)
        c->member[MEMBER_D] = make_member('d', c->seq, derived, NULL);
    return c;
}

static const struct commit *add_text(struct fake_archive *a, enum member_kind kind,
                                     const char *text)
{
    struct commit *c = next_commit(a);
    for (const char *p = text; *p; p++)
        c->lines[kind] += *p == '\n';
    c->member[kind] = gzip_text(text, strlen(text));
    return c;
}

const struct commit *fake_archive_add_text(struct fake_archive *a, const char *raw)
{
    return add_text(a, MEMBER_R, raw);
}

const struct commit *fake_archive_add_derived(struct fake_archive *a, const char *derived)
{
    return add_text(a, MEMBER_D, derived);
}

void fake_archive_init(struct fake_archive *a)
{
    memset(a, 0, sizeof *a);
    a->first = 1;
}

void fake_archive_deinit(struct fake_archive *a)
{
    for (uint64_t seq = 1; seq <= a->last; seq++)
        for (int k = 0; k < MEMBER_KINDS; k++)
            bytes_unref(a->commits[seq].member[k]);
}
