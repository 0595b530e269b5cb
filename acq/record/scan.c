#include "acq/record/scan.h"

#include "acq/core/json.h"
#include "acq/record/journal_line.h"

#include <string.h>

enum { CHECKED_BYTES = 8 << 20 };

static void settle_doubt(struct scan *s, const cJSON *gap)
{
    char day[SEGMENT_NAME_SIZE];
    const char *segment = json_string(gap, "segment");
    for (size_t i = 0; segment && i < s->doubt_count; i++) {
        const struct journal_gap *doubt = &s->doubts[i].gap;
        if (strcmp(segment, segment_name(doubt->day, day)) == 0 &&
            json_int(gap, "from", -1) == doubt->from_offset) {
            s->doubts[i] = s->doubts[--s->doubt_count];
            return;
        }
    }
}

/* Lines `gap`: they stand behind what they tell of. */
static void read_gaps(struct scan *s, const struct stored_commit *c)
{
    static const char begin[] = "{\"type\":\"gap\",";
    const char *at = c->text[MEMBER_J];
    const char *end = at ? at + c->head.plain[MEMBER_J] : NULL;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = stop ? (size_t)(stop - at) : (size_t)(end - at);
        struct journal_line line;
        if (len >= sizeof begin && memcmp(at, begin, sizeof begin - 1) == 0 &&
            journal_line_parse(at, len, &line) == 0) {
            settle_doubt(s, line.tree);
            journal_line_deinit(&line);
        }
        at += len + 1;
    }
}

static int scan_commit(void *ctx, const struct stored_commit *c)
{
    struct scan *s = ctx;
    journal_end_pass(&s->end, c);
    if (s->doubt_count > 0)
        read_gaps(s, c);
    return 0;
}

static int scan_damage(void *ctx, const struct walk_damage *d)
{
    struct scan *s = ctx;
    if (d->tail && d->err != PW_EVERSION) {
        s->torn = true;
        s->torn_day = d->gap.day;
        s->torn_offset = d->gap.from_offset;
        return 0;
    }
    if (s->projection && projection_has_gap(s->projection, d->gap.day, d->gap.from_offset))
        return 0;
    if (d->err == PW_EVERSION || s->doubt_count == SCAN_DOUBTS_MAX)
        return walk_say_damage(s->why, PW_ECORRUPT, s->dir->path, d);
    s->doubts[s->doubt_count++] = *d;
    return 0;
}

/* Whether the headers can be followed behind what cannot be read: it was accepted as lost. */
static bool passes_gap(const struct scan *s, struct segment *from, int32_t day, uint64_t seq)
{
    return s->projection && projection_has_gap(s->projection, day, segment_offset(from)) &&
           segment_resync(from, seq) == 0;
}

/* As far as the headers make sense; out is where the whole check begins. */
static void skim(const struct scan *s, struct segment *from, int32_t day, struct journal_end *out)
{
    struct journal_end end = {0};
    struct journal_end mark = {0};
    bool passed = false;
    for (;;) {
        struct stored_commit c;
        int err = segment_next_head(from, &c);
        if (err && err != PW_ENOTFOUND && passes_gap(s, from, day, end.seq)) {
            passed = true;
            continue;
        }
        if (err || (end.seq > 0 && !passed && c.head.seq != end.seq + 1))
            return;
        passed = false;
        journal_end_pass(&end, &c);
        if (end.totals.plain_bytes - mark.totals.plain_bytes >= CHECKED_BYTES) {
            *out = mark;
            mark = end;
        }
    }
}

static int begin_of_check(struct scan *s, int32_t day, struct walk *w)
{
    struct segment *from = NULL;
    int err = segment_open(s->dir->files, s->dir->path, day, &from);
    if (err)
        return err;
    s->end = (struct journal_end){0};
    s->torn = false;
    s->doubt_count = 0;
    skim(s, from, day, &s->end);
    segment_close(from);
    s->skimmed_day = day;
    s->skimmed_seq = s->end.seq;
    w->seq = s->end.seq;
    return 0;
}

/* The newest segment, and older ones only as far as none of its commits is whole. */
static int scan_newest(struct scan *s, const struct segment_list *list)
{
    const struct walk_visitor visitor = {scan_commit, scan_damage, s};
    for (size_t first = list->count; first-- > 0;) {
        struct walk w = {.files = s->dir->files, .data_dir = s->dir->path};
        int err = begin_of_check(s, list->days[first], &w);
        if (!err)
            err = walk_list_from(&w, list, first, s->end.offset, &visitor);
        if (!err && s->doubt_count > 0)
            err = walk_say_damage(s->why, PW_ECORRUPT, s->dir->path, &s->doubts[0]);
        if (err || s->end.seq > 0)
            return err;
    }
    return 0;
}

static void finish_end(struct scan *s, const struct segment_list *list)
{
    int32_t newest = list->count ? list->days[list->count - 1] : 0;
    if (list->count == 0 || (s->end.has_segment && s->end.day == newest))
        return;
    /* The newest segment holds no whole commit: it is written from its beginning. */
    s->end.has_segment = true;
    s->end.closed = false;
    s->end.day = newest;
    s->end.offset = 0;
    s->end.totals = (struct segment_totals){0};
}

int scan_end(struct scan *s, const struct segment_list *list)
{
    int err = scan_newest(s, list);
    if (!err)
        finish_end(s, list);
    return err;
}
