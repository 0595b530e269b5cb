#include "acq/record/gentle.h"

#include "acq/core/clock.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

enum { NICE = 10 };

/* Sleeps until what was read so far is due. */
static void pace(struct gentle *g, size_t len)
{
    int64_t now_us = pw_clock_measure_us();
    if (g->since_us == 0)
        g->since_us = now_us;
    g->bytes += (int64_t)len;
    int64_t due_us = g->since_us + (int64_t)((double)g->bytes * 1e6 / (double)g->bytes_s);
    if (due_us <= now_us)
        return;
    struct timespec wait = {.tv_sec = (due_us - now_us) / 1000000,
                            .tv_nsec = (due_us - now_us) % 1000000 * 1000};
    nanosleep(&wait, NULL);
}

static int gentle_read_at(void *ctx, int fd, void *data, size_t len, int64_t offset,
                          size_t *out_len)
{
    struct gentle *g = ctx;
    int err = files_system()->read_at(NULL, fd, data, len, offset, out_len);
    if (err)
        return err;
    (void)posix_fadvise(fd, (off_t)offset, (off_t)*out_len, POSIX_FADV_DONTNEED);
    if (g->bytes_s > 0)
        pace(g, *out_len);
    return 0;
}

void gentle_init(struct gentle *g, int64_t bytes_s)
{
    *g = (struct gentle){.files = *files_system(), .bytes_s = bytes_s};
    g->files.ctx = g;
    g->files.read_at = gentle_read_at;
    (void)setpriority(PRIO_PROCESS, 0, NICE);
}
