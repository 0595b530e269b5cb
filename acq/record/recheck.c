#include "acq/record/recheck.h"

#include "acq/core/log.h"

#include <string.h>

/* Some milliseconds of unpacking and hashing. */
enum { STEP_BYTES = 256 << 10 };

void recheck_begin(struct recheck *rc, int32_t day, uint64_t until_seq)
{
    rc->active = true;
    rc->day = day;
    rc->until_seq = until_seq;
    rc->offset = 0;
    rc->walk = (struct walk){.files = rc->files, .data_dir = rc->data_dir};
}

/* PW_EMORE: enough for now. PW_ENOTFOUND: all of it. */
static int on_commit(void *ctx, const struct stored_commit *c)
{
    struct recheck *rc = ctx;
    rc->offset = stored_commit_end(c);
    if (c->head.seq >= rc->until_seq)
        return PW_ENOTFOUND;
    size_t plain = 0;
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        plain += c->head.plain[k];
    if (plain >= rc->budget)
        return PW_EMORE;
    rc->budget -= plain;
    return 0;
}

static int on_damage(void *ctx, const struct walk_damage *d)
{
    struct recheck *rc = ctx;
    char words[RECHECK_WORDS] = "";
    const struct why why = {words, sizeof words};
    rc->offset = d->gap.to_offset;
    if (projection_has_gap(rc->projection, d->gap.day, d->gap.from_offset))
        return 0;
    (void)walk_say_damage(&why, d->err, rc->data_dir, d);
    log_error("record", "%s", words);
    if (rc->damages++ == 0)
        memcpy(rc->words, words, sizeof words);
    return 0;
}

bool recheck_step(struct recheck *rc, struct projection *p)
{
    const struct walk_visitor visitor = {on_commit, on_damage, rc};
    uint64_t before = rc->damages;
    rc->projection = p;
    rc->budget = STEP_BYTES;
    int err = walk_segment(&rc->walk, rc->day, rc->offset, false, &visitor);
    rc->projection = NULL;
    if (err == PW_EMORE)
        return rc->damages > before;
    rc->active = false;
    if (err && err != PW_ENOTFOUND)
        log_warn("record", "a segment could not be read again: %s", pw_strerror(err));
    return rc->damages > before;
}
