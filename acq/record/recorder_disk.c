#include "acq/core/log.h"
#include "acq/record/recorder_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_EVERY_US = 10000000 };

static enum recorder_disk get_state(struct recorder *r, bool *out_ending)
{
    pthread_mutex_lock(&r->mutex);
    enum recorder_disk state = r->stats.disk;
    *out_ending = r->ending || r->closing;
    pthread_mutex_unlock(&r->mutex);
    return state;
}

static void set_state(struct recorder *r, enum recorder_disk state)
{
    pthread_mutex_lock(&r->mutex);
    r->stats.disk = state;
    pthread_mutex_unlock(&r->mutex);
}

void recorder_disk_refused(struct recorder *r)
{
    bool ending = false;
    (void)get_state(r, &ending);
    set_state(r, RECORDER_DISK_REFUSES);
    (void)ballast_give_up(&r->ballast, ending);
}

void recorder_disk_accepted(struct recorder *r)
{
    bool ending = false;
    if (get_state(r, &ending) != RECORDER_DISK_REFUSES)
        return;
    log_warn("record", "the disk takes what is written again");
    bool whole = r->ballast.held_bytes >= r->ballast.full_bytes;
    set_state(r, whole ? RECORDER_DISK_GOOD : RECORDER_DISK_LOW);
}

/* What this process gave to the disk so far, SQLite included; 0 where the kernel does not say. */
static uint64_t read_written(void)
{
    char line[128];
    uint64_t bytes = 0;
    FILE *f = fopen("/proc/self/io", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "write_bytes: %" SCNu64, &bytes) == 1)
            break;
    if (f)
        fclose(f);
    return bytes;
}

static void measure(struct recorder *r, int64_t now_us)
{
    int64_t room = 0;
    uint64_t day[GROWTH_COUNTERS];
    (void)r->options.files->free_bytes(r->options.files->ctx, r->dir.path, &room);
    const uint64_t value[GROWTH_COUNTERS] = {r->stats.bytes_stored, read_written()};
    growth_take(&r->growth, now_us, value, day);
    pthread_mutex_lock(&r->mutex);
    r->stats.free_bytes = (uint64_t)(room > 0 ? room : 0);
    r->stats.bytes_day = day[0];
    r->stats.written_day = day[1];
    pthread_mutex_unlock(&r->mutex);
}

void recorder_disk_look(struct recorder *r)
{
    bool ending = false;
    int64_t now_us = pw_clock_measure_us();
    if (r->looked_us != 0 && now_us - r->looked_us < LOOK_EVERY_US)
        return;
    r->looked_us = now_us;
    measure(r, now_us);
    enum recorder_disk state = get_state(r, &ending);
    if (ending || state == RECORDER_DISK_REFUSES || r->options.ballast_bytes == 0)
        return;
    bool whole = ballast_restore(&r->ballast);
    if (state == RECORDER_DISK_LOW && whole)
        set_state(r, RECORDER_DISK_GOOD);
    else if (state == RECORDER_DISK_GOOD && !whole)
        set_state(r, RECORDER_DISK_LOW);
}
