#include "acq/deliver/anchor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct anchor_item *item_of(struct worker_job *job)
{
    return (struct anchor_item *)((char *)job - offsetof(struct anchor_item, file.job));
}

/* A line that an earlier failure left unfinished is ended first. */
static bool ends_in_a_line(int fd)
{
    char last = '\n';
    off_t size = lseek(fd, 0, SEEK_END);
    return size <= 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static int append(int fd, const char *line)
{
    char text[ANCHOR_TEXT_SIZE + 2];
    int len = snprintf(text, sizeof text, "%s%s", ends_in_a_line(fd) ? "" : "\n", line);
    ssize_t written = write(fd, text, (size_t)len);
    if (written != len)
        return written < 0 ? errno : ENOSPC;
    return fsync(fd) == 0 ? 0 : errno;
}

static void run(struct worker_job *job)
{
    struct anchor_file_job *file = &item_of(job)->file;
    int fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
    file->system_error = fd < 0 ? errno : append(fd, file->line);
    if (fd >= 0)
        close(fd);
}

static void on_done(struct worker_job *job, int status)
{
    struct anchor_item *item = item_of(job);
    struct anchors *a = item->owner;
    int error = status ? ECANCELED : item->file.system_error;
    free(item->file.path);
    if (!a->closing)
        anchor_done(item, error ? pw_strerror(-error) : "");
    anchors_release(a);
}

int anchor_file_begin(struct anchor_item *item)
{
    struct anchor_file_job *file = &item->file;
    char text[ANCHOR_TEXT_SIZE];
    snprintf(file->line, sizeof file->line, "%s\n", anchor_format(&item->head, text));
    file->path = strdup(item->config->path);
    if (!file->path)
        return PW_ENOMEM;
    int err = worker_start(&file->job, item->owner->options.loop, run, on_done);
    if (err)
        free(file->path);
    else
        item->owner->handles++;
    return err;
}

void anchor_file_cancel(struct anchor_item *item)
{
    worker_cancel(&item->file.job);
}
