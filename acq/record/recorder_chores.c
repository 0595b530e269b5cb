#include "acq/record/recorder_private.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum {
    IDLE_US = 1000000,
    PACE_US = 5000, /* between two commits that are compressed anew */
    NIGHT_FROM_H = 1,
    NIGHT_TO_H = 5,
};

void recorder_publish_projected(struct recorder *r)
{
    uint64_t seq = projection_seq(r->follow.projection);
    pthread_mutex_lock(&r->mutex);
    r->stats.projected_seq = seq;
    pthread_mutex_unlock(&r->mutex);
}

static bool note_waits(struct recorder *r)
{
    pthread_mutex_lock(&r->mutex);
    bool waits = r->note_type != NULL;
    pthread_mutex_unlock(&r->mutex);
    return waits;
}

static void put_note(struct recorder *r, const char *type, const char *members)
{
    pthread_mutex_lock(&r->mutex);
    strbuf_reset(&r->note);
    strbuf_adds(&r->note, members);
    r->note_type = r->note.failed ? NULL : type;
    r->note.failed = false;
    pthread_mutex_unlock(&r->mutex);
}

static void retain(struct recorder *r)
{
    struct strbuf lines;
    strbuf_init(&lines, RECORDER_NOTE_MAX);
    r->retention.now_ms = pw_clock_wall_ms(r->options.clock);
    struct projection *p = r->follow.projection;
    const char *type = retention_look(&r->retention, p, r->journal.end.day, &lines);
    if (!type)
        strbuf_reset(&lines);
    if (!type && means_retention_look(&r->means_retention, p, r->journal.end.day, &lines))
        type = "expired";
    if (type)
        put_note(r, type, strbuf_text(&lines));
    strbuf_deinit(&lines);
}

static bool is_night(const struct recorder *r)
{
    int64_t local_ms =
        pw_clock_wall_ms(r->options.clock) + (int64_t)r->options.zone_offset_min * 60000;
    int64_t hour = local_ms / 3600000 % 24;
    return hour >= NIGHT_FROM_H && hour < NIGHT_TO_H;
}

/* The oldest closed segment of which no line `recompressed` tells. */
static bool find_loose(struct recorder *r, int32_t *out_day)
{
    static const char sql[] =
        "SELECT CAST(julianday(day) - 2440587.5 AS INTEGER) FROM segment"
        " WHERE closed AND removed_at IS NULL AND day NOT IN"
        " (SELECT json_extract(json, '$.segment') FROM line WHERE type = 'recompressed')"
        " AND CAST(julianday(day) - 2440587.5 AS INTEGER) > ?1 ORDER BY day LIMIT 1";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(projection_handle(r->follow.projection), sql, -1, &s, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_int(s, 1, r->recompressed_day);
    bool found = sqlite3_step(s) == SQLITE_ROW;
    if (found)
        *out_day = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return found;
}

/* What the start left, and closed segments in which a commit could not be read. */
static int64_t recheck(struct recorder *r)
{
    bool found = recheck_step(&r->recheck, r->follow.projection);
    if (found || !r->recheck.active) {
        pthread_mutex_lock(&r->mutex);
        r->stats.damages = r->recheck.damages;
        memcpy(r->stats.damage, r->recheck.words, sizeof r->stats.damage);
        r->stats.rechecking = r->recheck.active;
        pthread_mutex_unlock(&r->mutex);
    }
    return PACE_US;
}

static int64_t recompress_more(struct recorder *r)
{
    int64_t before = 0;
    int64_t after = 0;
    char day[SEGMENT_NAME_SIZE];
    char members[160];
    enum recompress_outcome outcome = recompress_step(&r->recompress, &before, &after);
    if (outcome == RECOMPRESS_MORE)
        return PACE_US;
    r->recompressed_day = r->recompress.day;
    snprintf(members, sizeof members,
             "\"segment\":\"%s\",\"before\":%" PRId64 ",\"after\":%" PRId64,
             segment_name(r->recompress.day, day), before, after < before ? after : before);
    if (outcome == RECOMPRESS_FAILED)
        recheck_begin(&r->recheck, r->recompressed_day, UINT64_MAX);
    if (outcome == RECOMPRESS_DONE)
        put_note(r, "recompressed", members);
    return PACE_US;
}

static int64_t recompress(struct recorder *r)
{
    int32_t day = 0;
    if (r->recompress.active)
        return recompress_more(r);
    if (!r->options.recompress || !is_night(r) || !find_loose(r, &day))
        return IDLE_US;
    r->recompressed_day = day;
    return recompress_begin(&r->recompress, day) == 0 ? PACE_US : IDLE_US;
}

int64_t recorder_chores(struct recorder *r)
{
    const struct journal_end *end = &r->journal.end;
    recorder_disk_look(r);
    bool more = follow_more(&r->follow, end->seq);
    recorder_publish_projected(r);
    if (more)
        return 0;
    if (!end->has_segment || projection_seq(r->follow.projection) != end->seq || note_waits(r))
        return IDLE_US;
    if (r->recheck.active)
        return recheck(r);
    if (!r->recompress.active)
        retain(r);
    return note_waits(r) ? IDLE_US : recompress(r);
}
