/* Error codes. A function that can fail returns int: 0 good, negative bad. libuv's codes are
 * -1..-4095 (negated errno); ours start at -10001 and never meet them. The world's fault (wire,
 * disk, configuration) is a code; our own fault stops the process through pw_require(). */
#ifndef ACQ_CORE_ERR_H
#define ACQ_CORE_ERR_H

#if defined(__GNUC__)
#define PW_MUST_CHECK __attribute__((warn_unused_result))
#define PW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PW_MUST_CHECK
#define PW_PRINTF(fmt, args)
#endif

enum pw_err {
    PW_EINVAL = -10001,  /* an argument or option is out of its range */
    PW_ESYNTAX = -10002, /* text or bytes do not follow their grammar */
    PW_EFULL = -10003,   /* a bounded buffer or queue is full */
    PW_ENOTFOUND = -10004,
    PW_EEXIST = -10005,
    PW_EBUSY = -10006,    /* in use by another process */
    PW_EVERSION = -10007, /* written by a newer version */
    PW_EFOREIGN = -10008, /* belongs to another plant, unit or request */
    PW_ECORRUPT = -10009, /* a stored byte is not what was written */
    PW_ETORN = -10010,    /* the end of a file is an unfinished write */
    PW_EIO = -10011,      /* the system refused; errno was logged where it happened */
    PW_EMORE = -10012,    /* good so far, more bytes are needed */
    PW_ESTATE = -10013,   /* not allowed in this state */
    PW_EDB = -10014,      /* SQLite refused */
    PW_EHTTP = -10015,    /* an HTTP transfer failed before there was a status */
    PW_ETIMEOUT = -10016,
    PW_ENOMEM = -10017,
};

/* A short English text for one of ours or for a negated errno. Never NULL; static storage. */
const char *pw_strerror(int err);

/* Stops the process with file and line when our own code broke a promise. */
#define pw_require(x) ((x) ? (void)0 : pw_require_failed(#x, __FILE__, __LINE__))
_Noreturn void pw_require_failed(const char *what, const char *file, int line);

#endif
