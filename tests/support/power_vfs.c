#include "tests/support/power_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct vfs_file {
    sqlite3_file base;
    struct power_disk *disk;
    struct power_node *node;
    char path[256];
    bool sync_folder; /* new: its name is synced with its first sync, as SQLite's own layer does */
    bool delete_on_close;
    void **shared;
    int shared_count;
};

static sqlite3_vfs *real;
static sqlite3_vfs power;

static int remove_path(struct power_disk *d, const char *path, int sync_folder)
{
    const struct files *f = power_disk_files(d);
    int err = f->remove(f->ctx, path);
    if (err == 0 && sync_folder) {
        char folder[256];
        const char *slash = strrchr(path, '/');
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        err = f->sync_dir(f->ctx, folder);
    }
    return err == PW_ENOTFOUND ? SQLITE_IOERR_DELETE_NOENT : err ? SQLITE_IOERR : SQLITE_OK;
}

static int file_unmap(sqlite3_file *file, int deletes)
{
    struct vfs_file *f = (struct vfs_file *)file;
    (void)deletes;
    for (int i = 0; i < f->shared_count; i++)
        free(f->shared[i]);
    free(f->shared);
    f->shared = NULL;
    f->shared_count = 0;
    return SQLITE_OK;
}

static int file_close(sqlite3_file *file)
{
    struct vfs_file *f = (struct vfs_file *)file;
    if (f->delete_on_close && f->path[0])
        (void)remove_path(f->disk, f->path, 0);
    return file_unmap(file, 0);
}

static int file_read(sqlite3_file *file, void *data, int len, sqlite3_int64 offset)
{
    struct vfs_file *f = (struct vfs_file *)file;
    size_t got = power_node_read(f->disk, f->node, data, (size_t)len, offset);
    if (got == (size_t)len)
        return SQLITE_OK;
    memset((char *)data + got, 0, (size_t)len - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
    struct vfs_file *f = (struct vfs_file *)file;
    power_node_write(f->disk, f->node, data, (size_t)len, offset);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct vfs_file *f = (struct vfs_file *)file;
    power_node_truncate(f->disk, f->node, size);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct vfs_file *f = (struct vfs_file *)file;
    (void)flags;
    power_node_sync(f->disk, f->node);
    if (f->sync_folder) {
        char folder[256];
        const struct files *files = power_disk_files(f->disk);
        const char *slash = strrchr(f->path, '/');
        memcpy(folder, f->path, (size_t)(slash - f->path));
        folder[slash - f->path] = '\0';
        (void)files->sync_dir(files->ctx, folder);
        f->sync_folder = false;
    }
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    struct vfs_file *f = (struct vfs_file *)file;
    *out = power_node_size(f->disk, f->node);
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int file_check_lock(sqlite3_file *file, int *out)
{
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    (void)file;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int file_traits(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    struct vfs_file *f = (struct vfs_file *)file;
    *out = NULL;
    if (region >= f->shared_count && !extend)
        return SQLITE_OK;
    while (region >= f->shared_count) {
        void **more = realloc(f->shared, (size_t)(f->shared_count + 1) * sizeof(void *));
        if (!more)
            return SQLITE_NOMEM;
        f->shared = more;
        f->shared[f->shared_count] = calloc(1, (size_t)size);
        if (!f->shared[f->shared_count])
            return SQLITE_NOMEM;
        f->shared_count++;
    }
    *out = f->shared[region];
    return SQLITE_OK;
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    (void)file;
    (void)offset;
    (void)n;
    (void)flags;
    return SQLITE_OK;
}

static void file_barrier(sqlite3_file *file)
{
    (void)file;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_barrier,
    .xShmUnmap = file_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *out_flags)
{
    struct vfs_file *f = (struct vfs_file *)file;
    struct power_disk *d = vfs->pAppData;
    bool is_new = false;
    memset(f, 0, sizeof *f);
    if (!path)
        f->node = power_disk_scratch(d);
    else if (flags & SQLITE_OPEN_CREATE)
        f->node = power_disk_create(d, path, &is_new);
    else
        f->node = power_disk_find(d, path);
    if (!f->node)
        return SQLITE_CANTOPEN;
    f->disk = d;
    if (path && strlen(path) < sizeof f->path)
        memcpy(f->path, path, strlen(path) + 1);
    const int logs = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    f->sync_folder = path && (flags & logs) && (flags & SQLITE_OPEN_CREATE);
    f->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    f->base.pMethods = &methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    return remove_path(vfs->pAppData, path, sync_folder);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)flags;
    *out = power_disk_find(vfs->pAppData, path) != NULL;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
    (void)vfs;
    if ((int)strlen(path) >= size)
        return SQLITE_CANTOPEN;
    memcpy(out, path, strlen(path) + 1);
    return SQLITE_OK;
}

void power_vfs_use(struct power_disk *d)
{
    if (!real)
        real = sqlite3_vfs_find(NULL);
    if (power.zName)
        sqlite3_vfs_unregister(&power);
    if (!d) {
        sqlite3_vfs_register(real, 1);
        return;
    }
    power = *real;
    power.zName = "power";
    power.szOsFile = sizeof(struct vfs_file);
    power.mxPathname = 255;
    power.pNext = NULL;
    power.pAppData = d;
    power.xOpen = vfs_open;
    power.xDelete = vfs_delete;
    power.xAccess = vfs_access;
    power.xFullPathname = vfs_full_path;
    sqlite3_vfs_register(&power, 1);
}
