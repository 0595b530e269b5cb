#include "acq/record/recorder_private.h"

#include <string.h>

void recorder_publish_projected(struct recorder *r)
{
    uint64_t seq = projection_seq(r->follow.projection);
    pthread_mutex_lock(&r->mutex);
    r->stats.projected_seq = seq;
    pthread_mutex_unlock(&r->mutex);
}

static void retain(struct recorder *r)
{
    struct strbuf members;
    char text[sizeof r->removal];
    const struct journal_end *end = &r->journal.end;
    if (!end->has_segment || projection_seq(r->follow.projection) != end->seq)
        return;
    strbuf_init_fixed(&members, text, sizeof text);
    if (!retention_look(&r->retention, r->follow.projection, end->day, &members))
        return;
    pthread_mutex_lock(&r->mutex);
    memcpy(r->removal, text, members.len + 1);
    r->removal_waits = true;
    pthread_mutex_unlock(&r->mutex);
}

bool recorder_chores(struct recorder *r)
{
    recorder_disk_look(r);
    bool more = follow_more(&r->follow, r->journal.end.seq);
    recorder_publish_projected(r);
    retain(r);
    return more;
}
