#include "acq/app/secret_file.h"

#include "acq/record/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return PW_EIO;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

int secret_file_replace(const char *dir, const char *name, const char *text)
{
    char path[FILES_PATH_MAX];
    char beside[FILES_PATH_MAX];
    char new_name[64];
    const struct files *f = files_system();
    snprintf(new_name, sizeof new_name, "%s.new", name);
    int err = files_join(path, dir, name);
    if (!err)
        err = files_join(beside, dir, new_name);
    if (err)
        return err;
    (void)unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return PW_EIO;
    err = write_all(fd, text, strlen(text));
    if (!err && fdatasync(fd) != 0)
        err = PW_EIO;
    if (close(fd) != 0)
        err = PW_EIO;
    if (!err)
        err = f->rename(f->ctx, beside, path);
    return err ? err : f->sync_dir(f->ctx, dir);
}
