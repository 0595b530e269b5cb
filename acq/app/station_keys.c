#include "acq/app/secret_file.h"
#include "acq/app/state.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"
#include "acq/record/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DATA/station-keys, mode 0600: a line for each station whose key 1014 has changed. */
enum { TEXT_MAX = 4 * 1024 * 1024, LINE_SIZE = 512 };

static const char file_name[] = "station-keys";

static void forget(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

static struct app *of_job(struct worker_job *job)
{
    return (struct app *)(void *)((char *)job - offsetof(struct app, station_keys.job));
}

static void run_save(struct worker_job *job)
{
    struct app *a = of_job(job);
    a->station_keys.err = secret_file_replace(a->data_dir, file_name, a->station_keys.text);
}

static void on_saved(struct worker_job *job, int status)
{
    struct app *a = of_job(job);
    struct station_keys *k = &a->station_keys;
    int err = status < 0 ? PW_EIO : k->err;
    if (err && !k->failed)
        log_error("hj212", "%s/%s cannot be written: no new key is sent: %s", a->data_dir,
                  file_name, pw_strerror(err));
    k->failed = err != 0;
    if (!err) {
        k->saved = k->saving;
        if (a->stations)
            hj212_hub_keys_saved(a->stations, k->saved);
    }
    forget(&k->kept);
    k->kept = k->text;
    k->text = NULL;
}

static bool read_mn(const char *line, char mn[HJ212_MN_MAX + 1])
{
    size_t len = strcspn(line, " ");
    if (len == 0 || len > HJ212_MN_MAX || line[len] != ' ')
        return false;
    memcpy(mn, line, len);
    mn[len] = '\0';
    return true;
}

/* Lines of stations that the plant does not have now: one may come back. */
static void add_strangers(struct app *a, struct strbuf *out)
{
    for (const char *line = a->station_keys.kept; line && *line;) {
        const char *end = strchr(line, '\n');
        char mn[HJ212_MN_MAX + 1];
        if (!end)
            return;
        if (read_mn(line, mn) && !hj212_hub_has(a->stations, mn))
            strbuf_add(out, line, (size_t)(end - line) + 1);
        line = end + 1;
    }
}

void station_keys_second(struct app *a)
{
    struct station_keys *k = &a->station_keys;
    if (!a->stations || k->job.busy)
        return;
    uint64_t version = hj212_hub_keys_version(a->stations);
    if (version == k->saved)
        return;
    struct strbuf out;
    strbuf_init(&out, TEXT_MAX);
    hj212_hub_keys_write(a->stations, &out);
    add_strangers(a, &out);
    k->text = out.failed ? NULL : strdup(strbuf_text(&out));
    if (out.data)
        explicit_bzero(out.data, out.len);
    strbuf_deinit(&out);
    k->saving = version;
    if (k->text && worker_start(&k->job, &a->loop, run_save, on_saved) != 0)
        forget(&k->text);
}

static void read_line(struct app *a, const char *text)
{
    char mn[HJ212_MN_MAX + 1];
    int err = read_mn(text, mn) ? hj212_hub_keys_read(a->stations, mn, text + strlen(mn) + 1)
                                : PW_ESYNTAX;
    if (err == PW_ESYNTAX)
        log_warn("hj212", "%s/%s: a line is left out: %s", a->data_dir, file_name,
                 pw_strerror(err));
}

void station_keys_load(struct app *a)
{
    char path[FILES_PATH_MAX];
    size_t len = 0;
    int err = files_join(path, a->data_dir, file_name);
    if (!err)
        err = files_read_all(files_system(), path, TEXT_MAX, &a->station_keys.kept, &len);
    a->station_keys.saved = hj212_hub_keys_version(a->stations);
    if (err && err != PW_ENOTFOUND)
        log_error("hj212", "%s cannot be read: stations are read with their configured keys: %s",
                  path, pw_strerror(err));
    for (const char *at = err ? NULL : a->station_keys.kept; at && *at;) {
        char line[LINE_SIZE];
        size_t n = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(n < LINE_SIZE ? n : LINE_SIZE - 1), at);
        read_line(a, line);
        explicit_bzero(line, sizeof line);
        at += n + (at[n] == '\n');
    }
}

void station_keys_close(struct app *a)
{
    forget(&a->station_keys.kept);
    forget(&a->station_keys.text);
}

void station_keys_note(void *app, uint32_t device, enum hj212_key_event event)
{
    static const char *const words[] = {"", "offered", "in-force", "declined"};
    struct app *a = app;
    const struct plant_device *d = &a->plant->devices[device];
    struct strbuf *text = flow_fresh_text(a);
    log_info("hj212", "device=%s: a new key is %s", d->id, words[event]);
    strbuf_adds(text, "\"device\":");
    strbuf_add_json_string(text, d->id);
    strbuf_addf(text, ",\"mn\":\"%s\",\"key\":\"%s\"", d->station.mn, words[event]);
    flow_journal(a, "station-key", plant_time_at_ms(&a->time), text, false);
}
