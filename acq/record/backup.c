#include "acq/record/backup.h"

#include "acq/core/civil.h"
#include "acq/core/strbuf.h"
#include "acq/record/backup_copy.h"
#include "acq/record/backup_minutes.h"
#include "acq/record/db.h"
#include "acq/record/gentle.h"
#include "acq/record/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct backup {
    const struct files *files;
    struct data_dir from;
    const char *to;
    FILE *out;
    struct strbuf manifest;
    uint64_t copied, kept;
    uint64_t last_seq;
    char head[SM3_HEX_SIZE];
};

enum { MANIFEST_MAX = 16 << 20 };

static int say(const struct backup *b, int err, const char *what)
{
    fprintf(b->out, "not finished: %s: %s\n", what, pw_strerror(err));
    return err;
}

static int claim_target(struct backup *b)
{
    char text[1024] = "";
    const struct why why = {text, sizeof text};
    struct data_dir there;
    char inside[FILES_PATH_MAX];
    int err = files_join(inside, b->to, "x");
    if (!err)
        err = data_dir_make_parents(b->files, "", inside);
    if (err)
        return say(b, err, b->to);
    err = data_dir_inspect(&there, b->files, b->to, &why);
    if (err == PW_ENOTFOUND)
        return copy_file(b->files, b->from.path, b->to, "plumewatch.json", INT64_MAX, NULL);
    if (!err && strcmp(there.plant, b->from.plant) != 0) {
        fprintf(b->out, "refused: %s holds a copy of the plant \"%s\", not of \"%s\"\n", b->to,
                there.plant, b->from.plant);
        return PW_EFOREIGN;
    }
    if (err)
        fprintf(b->out, "refused: %s\n", text);
    return err;
}

/* SQLite goes first: it must not know a commit that the copied journal has not. */
static int backup_sqlite(struct backup *b)
{
    char from[FILES_PATH_MAX];
    char part[FILES_PATH_MAX];
    char path[FILES_PATH_MAX];
    int err = files_join(from, b->from.path, "plumewatch.db");
    if (!err)
        err = files_join(part, b->to, "plumewatch.db.part");
    if (!err)
        err = files_join(path, b->to, "plumewatch.db");
    if (err)
        return err;
    err = backup_sqlite_file(b->files, from, part, path);
    if (!err)
        return 0;
    fprintf(b->out, "SQLite was not copied (%s): `plumewatch rebuild` makes it from the journal\n",
            pw_strerror(err));
    return 0;
}

/* How much of the newest segment is whole commits, and with which commit it ends. */
static int measure_open(struct backup *b, int32_t day, int64_t *out_len)
{
    struct segment *s = NULL;
    struct stored_commit c;
    int err = segment_open(b->files, b->from.path, day, &s);
    if (err)
        return err;
    while ((err = segment_next(s, &c)) == 0) {
        b->last_seq = c.head.seq;
        sm3_hex(c.digest, b->head);
    }
    *out_len = segment_offset(s);
    segment_close(s);
    return err == PW_ENOTFOUND || err == PW_ETORN ? 0 : err;
}

static int backup_segment(struct backup *b, int32_t day, bool newest)
{
    char name[FILES_PATH_MAX];
    char text[SEGMENT_NAME_SIZE];
    struct copied done = {0};
    int64_t len = INT64_MAX;
    int err = segment_path(name, ".", day);
    if (!err && newest)
        err = measure_open(b, day, &len);
    if (!err)
        err = copy_file(b->files, b->from.path, b->to, name + 2, len, &done);
    if (err)
        return say(b, err, name + 2);
    b->copied += !done.was_there;
    b->kept += done.was_there;
    strbuf_addf(&b->manifest, "%s{\"day\":\"%s\",\"bytes\":%lld,\"sm3\":\"%s\"}",
                b->copied + b->kept > 1 ? "," : "", segment_name(day, text), (long long)done.bytes,
                done.sm3);
    return 0;
}

static int backup_segments(struct backup *b)
{
    struct segment_list list;
    int err = segment_list_read(b->files, b->from.path, &list);
    if (err)
        return say(b, err, "archive");
    strbuf_adds(&b->manifest, ",\"segments\":[");
    for (size_t i = 0; !err && i < list.count; i++)
        err = backup_segment(b, list.days[i], i + 1 == list.count);
    segment_list_deinit(&list);
    strbuf_addc(&b->manifest, ']');
    return err;
}

static int backup_config(struct backup *b)
{
    char *digest = NULL;
    char *text = NULL;
    char folder[FILES_PATH_MAX];
    char name[SM3_HEX_SIZE + 8];
    int err = record_last_config(b->to, &digest);
    if (!err && digest)
        err = record_load_config(b->to, digest, &text);
    if (!err && text) {
        snprintf(name, sizeof name, "%.64s.json", digest);
        err = files_join(folder, b->to, "config/x");
        if (!err)
            err = data_dir_make_parents(b->files, b->to, folder);
        if (!err)
            err = files_join(folder, b->to, "config");
        if (!err)
            err = files_replace(b->files, folder, name, text, strlen(text));
    }
    if (err || !text)
        fprintf(b->out, "no configuration was copied: SQLite does not name one\n");
    free(text);
    free(digest);
    return err == PW_EDB ? 0 : err;
}

static int write_manifest(struct backup *b)
{
    strbuf_addf(&b->manifest, ",\"last_seq\":%llu,\"head\":\"%s\"}\n",
                (unsigned long long)b->last_seq, b->head);
    if (b->manifest.failed)
        return PW_ENOMEM;
    return files_replace(b->files, b->to, "backup.json", b->manifest.data, b->manifest.len);
}

static int copy_all(struct backup *b)
{
    int err = claim_target(b);
    if (!err)
        err = backup_sqlite(b);
    if (!err)
        err = backup_minutes(b->files, b->from.path, b->to, &b->manifest, b->out);
    if (!err)
        err = backup_segments(b);
    if (!err)
        err = backup_config(b);
    if (!err && (err = write_manifest(b)) != 0)
        return say(b, err, "backup.json");
    return err;
}

int record_backup(const char *data_dir, const char *to, int64_t now_ms, FILE *out)
{
    char text[1024] = "";
    char time[CIVIL_ISO_SIZE];
    const struct why why = {text, sizeof text};
    struct gentle gentle;
    struct backup b = {.to = to, .out = out};
    gentle_init(&gentle, GENTLE_BYTES_S);
    b.files = &gentle.files;
    int err = data_dir_inspect(&b.from, b.files, data_dir, &why);
    if (err) {
        fprintf(out, "refused: %s\n", text);
        return err;
    }
    civil_format_iso(now_ms, 0, time);
    strbuf_init(&b.manifest, MANIFEST_MAX);
    strbuf_adds(&b.manifest, "{\"format\":1,\"plant\":");
    strbuf_add_json_string(&b.manifest, b.from.plant);
    strbuf_addf(&b.manifest, ",\"time\":\"%s\"", time);
    err = copy_all(&b);
    strbuf_deinit(&b.manifest);
    if (!err)
        fprintf(out, "%llu segments copied, %llu were there already, up to commit %llu: %s\n",
                (unsigned long long)b.copied, (unsigned long long)b.kept,
                (unsigned long long)b.last_seq, b.head);
    return err;
}
