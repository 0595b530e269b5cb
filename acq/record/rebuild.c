#include "acq/record/rebuild.h"

#include "acq/record/start.h"

int record_rebuild(const char *data_dir, bool accept_gap, FILE *out)
{
    char text[1024] = "";
    const struct why why = {text, sizeof text};
    struct data_dir dir;
    uint64_t commits = 0;
    int err = data_dir_open(&dir, files_system(), data_dir, NULL, 0, &why);
    if (!err) {
        err = start_rebuild(&dir, accept_gap, &commits, &why);
        data_dir_close(&dir);
    }
    if (err)
        fprintf(out, "not rebuilt: %s\n", text);
    else
        fprintf(out, "rebuilt %s/plumewatch.db from %llu commits\n", dir.path,
                (unsigned long long)commits);
    return err;
}
