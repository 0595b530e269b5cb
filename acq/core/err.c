#include "acq/core/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *pw_strerror(int err)
{
    switch (err) {
    case 0:
        return "no error";
    case PW_EINVAL:
        return "value out of range";
    case PW_ESYNTAX:
        return "malformed input";
    case PW_EFULL:
        return "queue or buffer full";
    case PW_ENOTFOUND:
        return "not found";
    case PW_EEXIST:
        return "exists already";
    case PW_EBUSY:
        return "in use by another process";
    case PW_EVERSION:
        return "written by a newer version";
    case PW_EFOREIGN:
        return "belongs to another";
    case PW_ECORRUPT:
        return "stored data is damaged";
    case PW_ETORN:
        return "unfinished write";
    case PW_EIO:
        return "input/output error";
    case PW_EMORE:
        return "more bytes needed";
    case PW_ESTATE:
        return "not allowed in this state";
    case PW_EDB:
        return "database error";
    case PW_EHTTP:
        return "transfer failed";
    case PW_ETIMEOUT:
        return "timed out";
    case PW_ENOMEM:
        return "out of memory";
    default:
        break;
    }
    /* libuv's own codes, which are no negated errno: uv.h stays out of core. */
    if (err == -4095)
        return "closed by the other side";
    if (err <= -3000 && err > -3020)
        return "the name cannot be resolved";
    return err < 0 && err > -4096 ? strerror(-err) : "unknown error";
}

_Noreturn void pw_require_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "fatal: %s:%d: broken promise: %s\n", file, line, what);
    abort();
}
