/* Preloaded by a test: the wall clock of this process, and only of it, is CLOCK_SHIFT_MS ahead
 * (negative: behind). A program under test lives through the border of a month when the test likes.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int err = (int)syscall(SYS_clock_gettime, clock, out);
    const char *shift_ms = getenv("CLOCK_SHIFT_MS");
    if (err || clock != CLOCK_REALTIME || !shift_ms)
        return err;
    long long ns = out->tv_nsec + atoll(shift_ms) % 1000 * 1000000;
    out->tv_sec += (time_t)(atoll(shift_ms) / 1000 + ns / 1000000000);
    out->tv_nsec = (long)(ns % 1000000000);
    if (out->tv_nsec < 0) {
        out->tv_nsec += 1000000000;
        out->tv_sec--;
    }
    return 0;
}
