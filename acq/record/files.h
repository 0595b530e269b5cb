/* The file layer under the record: everything the journal does to the disk goes through one table
 * of functions, so that a test can refuse, tear or delay any of it. Each returns 0 or PW_EIO (errno
 * was logged), and where named PW_ENOTFOUND, PW_EEXIST, PW_EBUSY. Blocking; any thread. */
#ifndef ACQ_RECORD_FILES_H
#define ACQ_RECORD_FILES_H

#include "acq/core/err.h"

#include <stddef.h>
#include <stdint.h>

enum files_mode {
    FILES_READ,
    FILES_WRITE, /* read and write; created (0640) when missing */
};

struct files {
    void *ctx; /* first argument of every function */
    /* PW_ENOTFOUND when it is missing and mode is FILES_READ. */
    int (*open)(void *ctx, const char *path, enum files_mode mode, int *out_fd);
    void (*close)(void *ctx, int fd);
    /* As many bytes as there are up to len; fewer only at the end of the file. */
    int (*read_at)(void *ctx, int fd, void *data, size_t len, int64_t offset, size_t *out_len);
    /* All of them or an error; after an error any part may have been written. */
    int (*write_at)(void *ctx, int fd, const void *data, size_t len, int64_t offset);
    int (*sync)(void *ctx, int fd); /* fdatasync */
    int (*truncate)(void *ctx, int fd, int64_t size);
    int (*size)(void *ctx, int fd, int64_t *out);
    int (*reserve)(void *ctx, int fd, int64_t size); /* blocks for size bytes, the size set */
    int (*free_bytes)(void *ctx, const char *path, int64_t *out); /* of its disk, for our use */
    int (*lock)(void *ctx, int fd);                               /* exclusive, at once: PW_EBUSY */
    int (*make_dir)(void *ctx, const char *path);                 /* 0750; PW_EEXIST */
    int (*sync_dir)(void *ctx, const char *path);
    int (*rename)(void *ctx, const char *from, const char *to); /* PW_ENOTFOUND */
    int (*remove)(void *ctx, const char *path);                 /* PW_ENOTFOUND */
    /* Every name but "." and ".."; PW_ENOTFOUND when there is no such folder. */
    int (*list)(void *ctx, const char *path, void (*on_name)(void *arg, const char *name),
                void *arg);
};

/* The system's. Static storage. */
const struct files *files_system(void);

enum { FILES_PATH_MAX = 4096 };

/* "DIR/NAME" into out; PW_EINVAL when it does not fit. */
PW_MUST_CHECK int files_join(char out[FILES_PATH_MAX], const char *dir, const char *name);

/* The whole of a small file, NUL behind it; caller frees *out. PW_EFULL above max bytes. */
PW_MUST_CHECK int files_read_all(const struct files *f, const char *path, size_t max, char **out,
                                 size_t *out_len);

/* Replaces path by these bytes: a file beside it, synced, renamed over it, folder synced. */
PW_MUST_CHECK int files_replace(const struct files *f, const char *dir, const char *name,
                                const void *data, size_t len);

#endif
