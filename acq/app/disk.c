#include "acq/app/disk.h"

#include "acq/app/state.h"

#include <math.h>
#include <string.h>

enum { SLOW_US = 2000000, SLOW_OVER_MS = 60000, LOSS_OVER_MS = 5000 };

static enum disk_change turn(struct disk_watch *w, enum disk_part part, bool on, int64_t over_ms,
                             int64_t now_ms)
{
    if (on)
        w->part[part].last_ms = now_ms;
    if (on && !w->part[part].open) {
        w->part[part].open = true;
        w->part[part].start_ms = now_ms;
        return DISK_OPENED;
    }
    if (on || !w->part[part].open || now_ms - w->part[part].last_ms < over_ms)
        return DISK_SAME;
    w->part[part].open = false;
    return DISK_CLOSED;
}

/* What was found before this start holds until all has been read again. */
static bool is_damaged(struct disk_watch *w, const struct recorder_stats *stats)
{
    w->part[DISK_PART_CHAIN].value = (double)stats->damages;
    return stats->damages > 0 || (w->part[DISK_PART_CHAIN].open && stats->rechecking);
}

void disk_watch_take(struct disk_watch *w, const struct recorder_stats *stats, int64_t now_ms,
                     enum disk_change out[DISK_PARTS])
{
    bool refuses = stats->disk == RECORDER_DISK_REFUSES;
    bool lost = stats->lost_lines > w->lost_lines;
    bool slow = stats->commits > w->commits && stats->sync_last_us >= SLOW_US;
    if (lost && !w->part[DISK_PART_LOSS].open)
        w->lost_before = w->lost_lines;
    w->lost_lines = stats->lost_lines;
    w->commits = stats->commits;
    w->part[DISK_PART_DISK].value = (double)stats->free_bytes / 1048576.0;
    w->part[DISK_PART_LOSS].value = (double)(stats->lost_lines - w->lost_before);
    if (slow)
        w->part[DISK_PART_SLOW].value = stats->sync_last_us / 1e6;
    out[DISK_PART_DISK] = turn(w, DISK_PART_DISK, stats->disk != RECORDER_DISK_GOOD, 0, now_ms);
    /* Still losing while the disk refuses, even in a second in which nothing came. */
    lost = lost || (refuses && w->part[DISK_PART_LOSS].open);
    out[DISK_PART_LOSS] = turn(w, DISK_PART_LOSS, lost, LOSS_OVER_MS, now_ms);
    out[DISK_PART_SLOW] = turn(w, DISK_PART_SLOW, slow, SLOW_OVER_MS, now_ms);
    out[DISK_PART_CHAIN] = turn(w, DISK_PART_CHAIN, is_damaged(w, stats), 0, now_ms);
}

static struct finding describe(const struct app *a, enum disk_part part)
{
    static const char *const parts[DISK_PARTS] = {"disk", "loss", "disk-slow", "chain"};
    const struct plant *plant = pipeline_plant(a->pipeline);
    double value = a->disk.part[part].value;
    return (struct finding){
        .kind = "system",
        .site = plant->site_count ? plant->sites[0].id : "",
        .object = "server",
        .part = parts[part],
        .priority = part == DISK_PART_SLOW ? 3 : 1,
        .start_ms = a->disk.part[part].start_ms,
        .value = value,
        .threshold = part == DISK_PART_SLOW ? SLOW_US / 1e6 : (double)NAN,
        .worst = value,
    };
}

static void say(struct app *a, enum disk_part part, bool opened, int64_t now_ms,
                const struct recorder_stats *stats)
{
    struct finding f = describe(a, part);
    if (opened && part == DISK_PART_CHAIN)
        f.reason = stats->damage;
    f.state = opened ? FINDING_OPEN : FINDING_CLOSED;
    f.raised_ms = opened ? f.start_ms : now_ms;
    f.end_ms = opened ? 0 : a->disk.part[part].last_ms;
    findings_on_finding(a, &f);
}

/* An id follows from kind, object, part and start: so the ones that were open are known again. */
static void adopt(struct app *a)
{
    char id[FINDING_ID_SIZE];
    for (size_t i = 0; i < a->open_count; i++) {
        if (strcmp(a->open[i].kind, "system") != 0)
            continue;
        for (unsigned p = 0; p < DISK_PARTS; p++) {
            struct finding f = describe(a, (enum disk_part)p);
            f.start_ms = a->open[i].start_ms;
            if (strcmp(finding_id(&f, id), a->open[i].id) != 0)
                continue;
            a->disk.part[p].open = true;
            a->disk.part[p].start_ms = f.start_ms;
            a->disk.part[p].last_ms = f.start_ms;
        }
    }
    a->disk.adopted = true;
}

void disk_second(struct app *a, int64_t at_ms)
{
    enum disk_change changes[DISK_PARTS];
    struct recorder_stats stats;
    int64_t now_ms = plant_time_utc_ms(&a->time, at_ms);
    if (!a->disk.adopted)
        adopt(a);
    recorder_get_stats(a->recorder, &stats);
    disk_watch_take(&a->disk, &stats, now_ms, changes);
    for (unsigned i = 0; i < DISK_PARTS; i++)
        if (changes[i] != DISK_SAME)
            say(a, (enum disk_part)i, changes[i] == DISK_OPENED, now_ms, &stats);
}
