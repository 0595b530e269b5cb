#include "acq/record/follow.h"

#include "acq/core/log.h"
#include "acq/record/start.h"

/* So that a long backlog does not keep the journal waiting. */
enum { CATCH_UP_MOST = 256 };

static int follow_or_catch_up(struct follow *f, const struct stored_commit *c)
{
    uint64_t applied = 0;
    if (projection_least_seq(f->projection) + 1 == c->head.seq)
        return projection_apply(f->projection, c);
    return start_catch_up(f->files, f->data_dir, f->projection, CATCH_UP_MOST, NULL, &applied);
}

void follow_commit(struct follow *f, const struct stored_commit *c)
{
    int err = follow_or_catch_up(f, c);
    if (!err)
        return;
    f->failures++;
    log_warn("record", "seq=%llu: SQLite was not brought up to date and will be later: %s",
             (unsigned long long)c->head.seq, pw_strerror(err));
}

bool follow_more(struct follow *f, uint64_t last_seq)
{
    uint64_t applied = 0;
    if (projection_least_seq(f->projection) < last_seq &&
        start_catch_up(f->files, f->data_dir, f->projection, CATCH_UP_MOST, NULL, &applied) != 0)
        return false;
    if (projection_least_seq(f->projection) < last_seq)
        return applied > 0;
    if (f->behind) {
        log_info("record", "SQLite is up to date with commit %llu", (unsigned long long)last_seq);
        start_remove_tail(f->files, f->data_dir);
        f->behind = false;
    }
    return false;
}
