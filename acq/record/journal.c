#include "acq/record/journal.h"

#include "acq/core/strbuf.h"
#include "acq/record/data_dir.h"
#include "acq/record/journal_line.h"

#include <string.h>

static void pass_totals(struct segment_totals *t, const struct commit_head *h)
{
    if (t->commits++ == 0)
        t->first_seq = h->seq;
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        t->lines[k] += h->lines[k];
        t->plain_bytes += h->plain[k];
    }
    if (!commit_head_has_time(h))
        return;
    if (!t->has_time || h->time_min_ms < t->time_min_ms)
        t->time_min_ms = h->time_min_ms;
    if (!t->has_time || h->time_max_ms > t->time_max_ms)
        t->time_max_ms = h->time_max_ms;
    t->has_time = true;
}

static bool closes_segment(const struct stored_commit *c)
{
    static const char begin[] = "{\"type\":\"segment\",";
    return c->text[MEMBER_J] && c->head.lines[MEMBER_R] == 0 && c->head.lines[MEMBER_D] == 0 &&
           c->head.lines[MEMBER_J] == 1 && c->head.plain[MEMBER_J] > sizeof begin &&
           memcmp(c->text[MEMBER_J], begin, sizeof begin - 1) == 0;
}

void journal_end_pass(struct journal_end *end, const struct stored_commit *c)
{
    if (!end->has_segment || end->day != c->day)
        end->totals = (struct segment_totals){0};
    end->has_segment = true;
    end->day = c->day;
    end->offset = stored_commit_end(c);
    end->seq = c->head.seq;
    memcpy(end->head, c->digest, SM3_SIZE);
    if (c->head.at_ms > end->at_ms)
        end->at_ms = c->head.at_ms;
    end->closed = closes_segment(c);
    pass_totals(&end->totals, &c->head);
}

int32_t journal_end_day(const struct journal_end *end, int64_t time_ms, bool *out_roll)
{
    int32_t today = segment_day_of(time_ms);
    *out_roll = false;
    if (!end->has_segment)
        return today;
    if (end->closed)
        return today > end->day ? today : end->day + 1;
    *out_roll = today > end->day && end->totals.commits > 0;
    return today > end->day ? today : end->day;
}

int journal_init(struct journal *j, const struct files *files, const char *data_dir,
                 const struct journal_end *end)
{
    *j = (struct journal){.files = files, .data_dir = data_dir, .end = *end, .fd = -1};
    j->packer = member_packer_new();
    if (!j->packer)
        return PW_ENOMEM;
    j->sm3 = sm3_new();
    return 0;
}

void journal_deinit(struct journal *j)
{
    if (j->fd >= 0)
        j->files->close(j->files->ctx, j->fd);
    j->fd = -1;
    member_packer_free(j->packer);
    sm3_free(j->sm3);
    j->packer = NULL;
    j->sm3 = NULL;
}

int journal_pack(struct journal *j, const struct commit_text *in, struct packed_commit *out)
{
    struct packed_commit p = {.stored.head = {.seq = j->end.seq + 1,
                                              .time_ms = in->time_ms,
                                              .at_ms = in->at_ms,
                                              .time_min_ms = in->time_min_ms,
                                              .time_max_ms = in->time_max_ms}};
    struct commit_head *head = &p.stored.head;
    memcpy(head->prev, j->end.head, SM3_SIZE);
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        head->plain[k] = in->len[k];
        head->lines[k] = in->lines[k];
        p.stored.text[k] = in->text[k];
    }
    const struct commit_head *first = head;
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        if (in->len[k] == 0)
            continue;
        int err = member_pack(j->packer, (enum member_kind)k, first, in->text[k], in->len[k],
                              &p.member[k]);
        if (err) {
            packed_commit_deinit(&p);
            return err;
        }
        p.stored.stored[k] = (uint32_t)bytes_len(p.member[k]);
        first = NULL;
    }
    commit_digest(j->sm3, head, p.stored.text, p.stored.digest);
    *out = p;
    return 0;
}

void packed_commit_deinit(struct packed_commit *p)
{
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        bytes_unref(p->member[k]);
    *p = (struct packed_commit){0};
}

/* The folder of path, made with whatever is missing above it. */
static int prepare_folder(const struct journal *j, const char *path, char folder[FILES_PATH_MAX])
{
    size_t len = (size_t)(strrchr(path, '/') - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
    return data_dir_make_parents(j->files, j->data_dir, path);
}

static int open_segment(struct journal *j, int32_t day)
{
    char path[FILES_PATH_MAX];
    char folder[FILES_PATH_MAX];
    if (j->fd >= 0 && j->fd_day == day)
        return 0;
    int fd = -1;
    int err = segment_path(path, j->data_dir, day);
    if (!err)
        err = prepare_folder(j, path, folder);
    if (!err)
        err = j->files->open(j->files->ctx, path, FILES_WRITE, &fd);
    if (!err && (err = j->files->sync_dir(j->files->ctx, folder)) != 0)
        j->files->close(j->files->ctx, fd);
    if (err)
        return err;
    if (j->fd >= 0)
        j->files->close(j->files->ctx, j->fd);
    j->fd = fd;
    j->fd_day = day;
    /* Whatever a failed attempt left there goes away before the first write. */
    j->dirty = true;
    return 0;
}

static int clear_behind(struct journal *j, int64_t end)
{
    if (!j->dirty)
        return 0;
    int err = j->files->truncate(j->files->ctx, j->fd, end);
    j->dirty = err != 0;
    return err;
}

static int write_members(struct journal *j, const struct packed_commit *p, int64_t offset)
{
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        if (!p->member[k])
            continue;
        size_t len = bytes_len(p->member[k]);
        int err = j->files->write_at(j->files->ctx, j->fd, bytes_data(p->member[k]), len, offset);
        if (err)
            return err;
        offset += (int64_t)len;
    }
    return j->files->sync(j->files->ctx, j->fd);
}

int journal_append(struct journal *j, int32_t day, struct packed_commit *p)
{
    bool same = j->end.has_segment && j->end.day == day;
    pw_require(p->stored.head.seq == j->end.seq + 1);
    pw_require(!j->end.has_segment || (same && !j->end.closed) || day > j->end.day);
    int64_t offset = same ? j->end.offset : 0;
    int err = open_segment(j, day);
    if (!err)
        err = clear_behind(j, offset);
    if (!err && (err = write_members(j, p, offset)) != 0)
        j->dirty = true;
    if (err)
        return err;
    p->stored.day = day;
    p->stored.offset = offset;
    journal_end_pass(&j->end, &p->stored);
    return 0;
}

static void add_time(struct strbuf *out, const char *key, bool has, int64_t ms)
{
    strbuf_addf(out, ",\"%s\":", key);
    if (has)
        strbuf_add_int(out, ms);
    else
        strbuf_adds(out, "null");
}

void journal_write_closing(const struct journal *j, struct strbuf *out)
{
    const struct segment_totals *t = &j->end.totals;
    char members[1024];
    char day[SEGMENT_NAME_SIZE];
    char head[SM3_HEX_SIZE];
    struct strbuf m;
    strbuf_init_fixed(&m, members, sizeof members);
    strbuf_addf(&m, "\"day\":\"%s\",\"first_seq\":%llu,\"last_seq\":%llu,\"commits\":%llu",
                segment_name(j->end.day, day), (unsigned long long)t->first_seq,
                (unsigned long long)j->end.seq, (unsigned long long)t->commits);
    strbuf_addf(&m, ",\"lines\":[%llu,%llu,%llu],\"plain_bytes\":%llu",
                (unsigned long long)t->lines[MEMBER_R], (unsigned long long)t->lines[MEMBER_D],
                (unsigned long long)t->lines[MEMBER_J], (unsigned long long)t->plain_bytes);
    add_time(&m, "time_min", t->has_time, t->time_min_ms);
    add_time(&m, "time_max", t->has_time, t->time_max_ms);
    strbuf_addf(&m, ",\"head\":\"%s\"", sm3_hex(j->end.head, head));
    journal_line_write(out, "segment", j->end.at_ms, 0, members);
}
