#include "acq/record/data_dir.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/strbuf.h"
#include "acq/record/segment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char identity_name[] = "plumewatch.json";

int why_say(const struct why *w, int err, const char *format, ...)
{
    if (!w || !w->text || w->size == 0)
        return err;
    va_list args;
    va_start(args, format);
    vsnprintf(w->text, w->size, format, args);
    va_end(args);
    return err;
}

static int make_folder(const struct files *files, const char *path)
{
    int err = files->make_dir(files->ctx, path);
    if (err == PW_EEXIST)
        return 0;
    if (err)
        return err;
    char parent[FILES_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (!slash)
        return files->sync_dir(files->ctx, ".");
    slash[slash == parent] = '\0';
    return files->sync_dir(files->ctx, parent);
}

/* Every folder above the last slash of path, from the one that begins behind `from`. */
static int make_folders(const struct files *files, const char *path, size_t from)
{
    char folder[FILES_PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof folder)
        return PW_EINVAL;
    for (size_t i = from; i < len; i++) {
        if (path[i] != '/' || i == 0)
            continue;
        memcpy(folder, path, i);
        folder[i] = '\0';
        int err = make_folder(files, folder);
        if (err)
            return err;
    }
    return 0;
}

int data_dir_make_parents(const struct files *files, const char *data_dir, const char *file_path)
{
    return make_folders(files, file_path, strlen(data_dir) + 1);
}

static int take_lock(struct data_dir *d, const struct why *why)
{
    char path[FILES_PATH_MAX];
    int err = files_join(path, d->path, "lock");
    int fd = -1;
    if (!err)
        err = d->files->open(d->files->ctx, path, FILES_WRITE, &fd);
    if (err)
        return why_say(why, err, "%s/lock cannot be opened: %s", d->path, pw_strerror(err));
    err = d->files->lock(d->files->ctx, fd);
    if (err) {
        d->files->close(d->files->ctx, fd);
        return why_say(why, err, "%s is in use by another process (it holds %s/lock)", d->path,
                       d->path);
    }
    d->lock_fd = fd;
    return 0;
}

static int parse_identity(struct data_dir *d, const char *text, size_t len, const struct why *why)
{
    cJSON *tree = NULL;
    int err = json_parse(text, len, &tree, NULL);
    const char *plant = err ? NULL : json_string(tree, "plant");
    int64_t format = err ? 0 : json_int(tree, "format", 0);
    if (format > DATA_DIR_FORMAT)
        err = why_say(why, PW_EVERSION,
                      "%s/%s has format %lld and was written by a newer version; this version "
                      "knows formats up to %d: run the newer version",
                      d->path, identity_name, (long long)format, DATA_DIR_FORMAT);
    else if (err || !plant || format < 1 || strlen(plant) >= sizeof d->plant)
        err = why_say(why, PW_ECORRUPT,
                      "%s/%s is damaged: it must read {\"format\":%d,\"plant\":\"ID\"}; write it "
                      "anew with the plant's id",
                      d->path, identity_name, DATA_DIR_FORMAT);
    else
        snprintf(d->plant, sizeof d->plant, "%s", plant);
    cJSON_Delete(tree);
    return err;
}

static int read_identity(struct data_dir *d, const struct why *why)
{
    char path[FILES_PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    int err = files_join(path, d->path, identity_name);
    if (!err)
        err = files_read_all(d->files, path, 65536, &text, &len);
    if (err == PW_ENOTFOUND)
        return why_say(why, err, "%s is not a data directory: %s is missing", d->path,
                       identity_name);
    if (err)
        return why_say(why, err, "%s cannot be read: %s", path, pw_strerror(err));
    err = parse_identity(d, text, len, why);
    free(text);
    return err;
}

static int write_identity(struct data_dir *d, const char *plant, int64_t now_ms)
{
    char created[CIVIL_ISO_SIZE];
    struct strbuf text;
    civil_format_iso(now_ms, 0, created);
    strbuf_init(&text, 4096);
    strbuf_addf(&text, "{\"format\":%d,\"plant\":", DATA_DIR_FORMAT);
    strbuf_add_json_string(&text, plant);
    strbuf_addf(&text, ",\"created\":\"%s\"}\n", created);
    int err = text.failed ? PW_ENOMEM
                          : files_replace(d->files, d->path, identity_name, text.data, text.len);
    strbuf_deinit(&text);
    snprintf(d->plant, sizeof d->plant, "%s", plant);
    d->created = true;
    return err;
}

static int create_identity(struct data_dir *d, const char *plant, int64_t now_ms,
                           const struct why *why)
{
    struct segment_list list;
    int err = segment_list_read(d->files, d->path, &list);
    size_t segments = err ? 0 : list.count;
    if (!err)
        segment_list_deinit(&list);
    if (segments > 0)
        return why_say(why, PW_ECORRUPT,
                       "%s/%s is missing but there is an archive: write "
                       "{\"format\":%d,\"plant\":\"ID\"} there with the plant's id",
                       d->path, identity_name, DATA_DIR_FORMAT);
    if (!err)
        err = write_identity(d, plant, now_ms);
    return err ? why_say(why, err, "%s/%s cannot be written: %s", d->path, identity_name,
                         pw_strerror(err))
               : 0;
}

static int check_identity(struct data_dir *d, const char *plant, int64_t now_ms,
                          const struct why *why)
{
    int err = read_identity(d, why);
    if (err == PW_ENOTFOUND && plant)
        return create_identity(d, plant, now_ms, why);
    if (err || !plant || strcmp(plant, d->plant) == 0)
        return err;
    return why_say(why, PW_EFOREIGN,
                   "%s belongs to the plant \"%s\" and not to \"%s\": give another server.data_dir "
                   "or correct server.plant",
                   d->path, d->plant, plant);
}

static int begin(struct data_dir *d, const struct files *files, const char *path,
                 const struct why *why)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (len == 0 || len > DATA_DIR_LENGTH_MAX)
        return why_say(why, PW_EINVAL, "the data directory's path is empty or too long");
    *d = (struct data_dir){.files = files, .lock_fd = -1};
    memcpy(d->path, path, len);
    return 0;
}

int data_dir_open(struct data_dir *d, const struct files *files, const char *path,
                  const char *plant, int64_t now_ms, const struct why *why)
{
    int err = begin(d, files, path, why);
    if (err)
        return err;
    if (plant && strlen(plant) >= sizeof d->plant)
        return why_say(why, PW_EINVAL, "the plant's id is too long");
    if (!plant && (err = read_identity(d, why)) != 0)
        return err;
    char inside[FILES_PATH_MAX];
    err = files_join(inside, d->path, "lock");
    if (!err)
        err = make_folders(files, inside, 0);
    if (err)
        return why_say(why, err, "%s cannot be made: %s", d->path, pw_strerror(err));
    err = take_lock(d, why);
    if (!err)
        err = check_identity(d, plant, now_ms, why);
    if (err)
        data_dir_close(d);
    return err;
}

void data_dir_close(struct data_dir *d)
{
    if (d->lock_fd >= 0)
        d->files->close(d->files->ctx, d->lock_fd);
    d->lock_fd = -1;
}

int data_dir_inspect(struct data_dir *d, const struct files *files, const char *path,
                     const struct why *why)
{
    int err = begin(d, files, path, why);
    return err ? err : read_identity(d, why);
}
