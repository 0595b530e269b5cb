/* The file layer with faults: passes everything on to the system's until told otherwise. Counters
 * and switches are atomic: the test's thread sets them while the recorder's thread works. */
#ifndef TESTS_UNIT_FAULT_FILES_H
#define TESTS_UNIT_FAULT_FILES_H

#include "acq/record/files.h"

#include <stdatomic.h>
#include <time.h>

struct fault_files {
    struct files table;
    atomic_int fail_writes;    /* this many writes fail, each after half of its bytes */
    atomic_int fail_syncs;     /* this many syncs fail, the bytes written */
    atomic_int fail_truncates; /* this many truncations fail */
    atomic_int refuse_all;     /* as on a disk that was mounted read-only */
    atomic_int free_mib;       /* what the disk is said to have left; 0: the truth */
    atomic_int sync_delay_ms;
    atomic_int hold; /* syncs wait while it is set */
    atomic_int syncs, dir_syncs, writes, truncates;
};

static inline void fault_sleep_ms(int ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static inline int fault_take(atomic_int *left)
{
    int n = atomic_load(left);
    while (n > 0)
        if (atomic_compare_exchange_weak(left, &n, n - 1))
            return 1;
    return 0;
}

static inline int fault_open(void *ctx, const char *path, enum files_mode mode, int *out_fd)
{
    struct fault_files *f = ctx;
    if (mode == FILES_WRITE && atomic_load(&f->refuse_all))
        return PW_EIO;
    return files_system()->open(NULL, path, mode, out_fd);
}

static inline void fault_close(void *ctx, int fd)
{
    (void)ctx;
    files_system()->close(NULL, fd);
}

static inline int fault_read_at(void *ctx, int fd, void *data, size_t len, int64_t offset,
                                size_t *out_len)
{
    (void)ctx;
    return files_system()->read_at(NULL, fd, data, len, offset, out_len);
}

static inline int fault_write_at(void *ctx, int fd, const void *data, size_t len, int64_t offset)
{
    struct fault_files *f = ctx;
    atomic_fetch_add(&f->writes, 1);
    if (atomic_load(&f->refuse_all))
        return PW_EIO;
    if (!fault_take(&f->fail_writes))
        return files_system()->write_at(NULL, fd, data, len, offset);
    (void)!files_system()->write_at(NULL, fd, data, len / 2, offset);
    return PW_EIO;
}

static inline int fault_sync(void *ctx, int fd)
{
    struct fault_files *f = ctx;
    atomic_fetch_add(&f->syncs, 1);
    while (atomic_load(&f->hold))
        fault_sleep_ms(1);
    fault_sleep_ms(atomic_load(&f->sync_delay_ms));
    return fault_take(&f->fail_syncs) ? PW_EIO : files_system()->sync(NULL, fd);
}

static inline int fault_truncate(void *ctx, int fd, int64_t size)
{
    struct fault_files *f = ctx;
    atomic_fetch_add(&f->truncates, 1);
    return fault_take(&f->fail_truncates) || atomic_load(&f->refuse_all)
               ? PW_EIO
               : files_system()->truncate(NULL, fd, size);
}

static inline int fault_size(void *ctx, int fd, int64_t *out)
{
    (void)ctx;
    return files_system()->size(NULL, fd, out);
}

static inline int fault_reserve(void *ctx, int fd, int64_t size)
{
    struct fault_files *f = ctx;
    return atomic_load(&f->refuse_all) ? PW_EIO : files_system()->reserve(NULL, fd, size);
}

static inline int fault_free_bytes(void *ctx, const char *path, int64_t *out)
{
    struct fault_files *f = ctx;
    *out = atomic_load(&f->free_mib) * (int64_t)(1 << 20);
    return *out ? 0 : files_system()->free_bytes(NULL, path, out);
}

static inline int fault_lock(void *ctx, int fd)
{
    (void)ctx;
    return files_system()->lock(NULL, fd);
}

static inline int fault_make_dir(void *ctx, const char *path)
{
    (void)ctx;
    return files_system()->make_dir(NULL, path);
}

static inline int fault_sync_dir(void *ctx, const char *path)
{
    struct fault_files *f = ctx;
    atomic_fetch_add(&f->dir_syncs, 1);
    return files_system()->sync_dir(NULL, path);
}

static inline int fault_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return files_system()->rename(NULL, from, to);
}

static inline int fault_remove(void *ctx, const char *path)
{
    (void)ctx;
    return files_system()->remove(NULL, path);
}

static inline int fault_list(void *ctx, const char *path,
                             void (*on_name)(void *arg, const char *name), void *arg)
{
    (void)ctx;
    return files_system()->list(NULL, path, on_name, arg);
}

static inline void fault_files_init(struct fault_files *f)
{
    memset(f, 0, sizeof *f);
    f->table = (struct files){
        .ctx = f,
        .open = fault_open,
        .close = fault_close,
        .read_at = fault_read_at,
        .write_at = fault_write_at,
        .sync = fault_sync,
        .truncate = fault_truncate,
        .size = fault_size,
        .reserve = fault_reserve,
        .free_bytes = fault_free_bytes,
        .lock = fault_lock,
        .make_dir = fault_make_dir,
        .sync_dir = fault_sync_dir,
        .rename = fault_rename,
        .remove = fault_remove,
        .list = fault_list,
    };
}

#endif
