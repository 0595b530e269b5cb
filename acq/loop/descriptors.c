#include "acq/loop/descriptors.h"

#include <sys/resource.h>

enum { NOT_TOLD = 256 };

uint64_t descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return NOT_TOLD;
    uint64_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) != 0 ? before : limit.rlim_cur;
}
