#include "acq/core/json.h"
#include "acq/record/backup.h"
#include "acq/record/backup_copy.h"
#include "acq/record/backup_minutes.h"
#include "acq/record/segment.h"
#include "acq/record/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX = 16 << 20 };

struct restore {
    const struct files *files;
    const char *from;
    const char *to;
    FILE *out;
};

static void count_name(void *arg, const char *name)
{
    (void)name;
    ++*(size_t *)arg;
}

static int check_empty(const struct restore *r)
{
    size_t names = 0;
    int err = r->files->list(r->files->ctx, r->to, count_name, &names);
    if (err == PW_ENOTFOUND || (!err && names == 0))
        return 0;
    fprintf(r->out, "refused: %s is not empty\n", r->to);
    return err ? err : PW_EEXIST;
}

static int read_manifest(const struct restore *r, cJSON **out)
{
    char path[FILES_PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    int err = files_join(path, r->from, "backup.json");
    if (!err)
        err = files_read_all(r->files, path, MANIFEST_MAX, &text, &len);
    if (!err)
        err = json_parse(text, len, out, NULL);
    free(text);
    if (err)
        fprintf(r->out, "refused: %s is not a finished backup: backup.json: %s\n", r->from,
                pw_strerror(err));
    return err;
}

/* "2026-11-24" as a path; PW_ECORRUPT for anything else. */
static int segment_name_to_path(const char *day, char out[FILES_PATH_MAX])
{
    static const char shape[] = "dddd-dd-dd";
    if (!day || strlen(day) != sizeof shape - 1)
        return PW_ECORRUPT;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? day[i] < '0' || day[i] > '9' : day[i] != shape[i])
            return PW_ECORRUPT;
    int n = snprintf(out, FILES_PATH_MAX, "archive/%.4s/%.2s/%.2s.gz", day, day + 5, day + 8);
    return n > 0 && n < FILES_PATH_MAX ? 0 : PW_EINVAL;
}

static int restore_segment(const struct restore *r, const cJSON *item)
{
    char name[FILES_PATH_MAX];
    struct copied done;
    const char *sm3 = json_string(item, "sm3");
    const char *day = json_string(item, "day");
    int err = segment_name_to_path(day, name);
    if (!err)
        err = copy_file(r->files, r->from, r->to, name, INT64_MAX, &done);
    if (!err && (!sm3 || strcmp(sm3, done.sm3) != 0))
        err = PW_ECORRUPT;
    if (err)
        fprintf(r->out, "BROKEN segment %s of the backup: %s\n", day ? day : "?", pw_strerror(err));
    return err;
}

static int restore_months(const struct restore *r, const cJSON *months)
{
    const cJSON *item = NULL;
    int err = 0;
    cJSON_ArrayForEach(item, months)
    {
        char name[64];
        if (!cJSON_IsString(item) || !backup_is_month(item->valuestring))
            return PW_ECORRUPT;
        snprintf(name, sizeof name, "minutes-%s.db", item->valuestring);
        if (!err)
            err = copy_file(r->files, r->from, r->to, name, INT64_MAX, NULL);
        if (err == PW_ENOTFOUND)
            err = 0;
    }
    return err;
}

static int restore_all(const struct restore *r, const cJSON *manifest)
{
    const cJSON *segments = cJSON_GetObjectItemCaseSensitive(manifest, "segments");
    const cJSON *item = NULL;
    size_t count = 0;
    char inside[FILES_PATH_MAX];
    int err = files_join(inside, r->to, "x");
    if (!err)
        err = data_dir_make_parents(r->files, "", inside);
    cJSON_ArrayForEach(item, segments)
    {
        if (!err && ++count > 0)
            err = restore_segment(r, item);
    }
    if (!err) {
        err = copy_file(r->files, r->from, r->to, "plumewatch.db", INT64_MAX, NULL);
        if (err == PW_ENOTFOUND)
            err = 0;
    }
    if (!err)
        err = restore_months(r, cJSON_GetObjectItemCaseSensitive(manifest, "months"));
    /* Last: only now it is a data directory. */
    if (!err)
        err = copy_file(r->files, r->from, r->to, "plumewatch.json", INT64_MAX, NULL);
    if (err)
        fprintf(r->out, "not restored: %s\n", pw_strerror(err));
    else
        fprintf(r->out, "%zu segments restored to %s\n", count, r->to);
    return err;
}

int record_restore(const char *from, const char *data_dir, FILE *out)
{
    const struct restore r = {files_system(), from, data_dir, out};
    cJSON *manifest = NULL;
    int err = check_empty(&r);
    if (!err)
        err = read_manifest(&r, &manifest);
    if (!err)
        err = restore_all(&r, manifest);
    cJSON_Delete(manifest);
    return err ? err : record_verify(data_dir, NULL, out);
}
