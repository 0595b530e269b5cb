/* DATA/platform-settings, mode 0600: a line for each platform that changed something by a command.
 * It holds as long as what the configuration says of the same is as it was then. */
#include "acq/app/secret_file.h"
#include "acq/app/uplinks_private.h"

#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/core/sm3.h"
#include "acq/record/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024 * 1024 };

static const char file_name[] = "platform-settings";

static void forget(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

/* Of what is configured. */
static void base_of(const struct plant_platform *p, char out[SM3_HEX_SIZE])
{
    uint8_t digest[SM3_SIZE];
    char text[1024];
    snprintf(text, sizeof text, "%s\n%s\n%s\n%u %u %u %u", p->mn, p->password, p->sm4_key,
             p->realtime_s, p->minute_min, p->timeout_s, p->resends);
    sm3_once(text, strlen(text), digest);
    explicit_bzero(text, sizeof text);
    sm3_hex(digest, out);
}

void uplinks_settings_load(struct uplinks *u)
{
    char path[FILES_PATH_MAX];
    size_t len = 0;
    int err = files_join(path, u->app->data_dir, file_name);
    if (!err)
        err = files_read_all(files_system(), path, TEXT_MAX, &u->lines, &len);
    if (err && err != PW_ENOTFOUND)
        log_error("uplink", "%s cannot be read: platforms are spoken with as configured: %s", path,
                  pw_strerror(err));
}

static void copy_text(char *out, size_t size, const cJSON *tree, const char *key)
{
    const char *text = json_string(tree, key);
    if (text && strlen(text) < size)
        memcpy(out, text, strlen(text) + 1);
}

static void read_settings(const cJSON *tree, struct uplink_settings *s)
{
    s->realtime_s = (uint32_t)json_int(tree, "realtime_s", s->realtime_s);
    s->minute_min = (uint32_t)json_int(tree, "minute", s->minute_min);
    s->timeout_s = (uint32_t)json_int(tree, "timeout_s", s->timeout_s);
    s->resends = (uint32_t)json_int(tree, "resends", s->resends);
    s->realtime_on = json_bool(tree, "realtime", true);
    s->states_on = json_bool(tree, "states", true);
    copy_text(s->password, sizeof s->password, tree, "password");
    copy_text(s->key, sizeof s->key, tree, "key");
    copy_text(s->old_key, sizeof s->old_key, tree, "old_key");
    s->old_until_ms = json_int(tree, "old_until", 0);
    s->key_since_ms = json_int(tree, "key_since", 0);
}

static bool is_of(const cJSON *tree, const char *id)
{
    const char *of = json_string(tree, "platform");
    return of && strcmp(of, id) == 0;
}

static const char *next_line(const char *at, size_t *out_len)
{
    *out_len = strcspn(at, "\n");
    return at + *out_len + (at[*out_len] == '\n');
}

void uplinks_settings_of(const struct uplinks *u, const struct plant_platform *p,
                         struct uplink_settings *out)
{
    char base[SM3_HEX_SIZE];
    size_t len;
    base_of(p, base);
    uplink_settings_init(out, p);
    for (const char *at = u->lines, *next; at && *at; at = next) {
        cJSON *tree = NULL;
        next = next_line(at, &len);
        if (json_parse(at, len, &tree, NULL) != 0)
            continue;
        const char *then = json_string(tree, "base");
        if (is_of(tree, p->id) && then && strcmp(then, base) == 0)
            read_settings(tree, out);
        cJSON_Delete(tree);
    }
}

static void add_line(struct strbuf *b, const struct plant_platform *p,
                     const struct uplink_settings *s)
{
    char base[SM3_HEX_SIZE];
    base_of(p, base);
    strbuf_adds(b, "{\"platform\":");
    strbuf_add_json_string(b, p->id);
    strbuf_addf(b,
                ",\"base\":\"%s\",\"realtime_s\":%u,\"minute\":%u,\"timeout_s\":%u,\"resends\":%u"
                ",\"realtime\":%s,\"states\":%s,\"old_until\":%" PRId64 ",\"key_since\":%" PRId64,
                base, s->realtime_s, s->minute_min, s->timeout_s, s->resends,
                s->realtime_on ? "true" : "false", s->states_on ? "true" : "false", s->old_until_ms,
                s->key_since_ms);
    strbuf_adds(b, ",\"password\":");
    strbuf_add_json_string(b, s->password);
    strbuf_adds(b, ",\"key\":");
    strbuf_add_json_string(b, s->key);
    strbuf_adds(b, ",\"old_key\":");
    strbuf_add_json_string(b, s->old_key);
    strbuf_adds(b, "}\n");
}

static void add_others(struct strbuf *b, const char *lines, const char *id)
{
    size_t len;
    for (const char *at = lines, *next; at && *at; at = next) {
        cJSON *tree = NULL;
        next = next_line(at, &len);
        if (json_parse(at, len, &tree, NULL) != 0)
            continue;
        if (!is_of(tree, id)) {
            strbuf_add(b, at, len);
            strbuf_addc(b, '\n');
        }
        cJSON_Delete(tree);
    }
}

static struct uplinks *of_job(struct worker_job *job)
{
    return (struct uplinks *)(void *)((char *)job - offsetof(struct uplinks, job));
}

static void run_save(struct worker_job *job)
{
    struct uplinks *u = of_job(job);
    u->err = secret_file_replace(u->app->data_dir, file_name, u->text);
}

static void on_saved(struct worker_job *job, int status)
{
    struct uplinks *u = of_job(job);
    struct app *a = u->app;
    int err = status < 0 ? status : u->err;
    int64_t utc_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
    if (err)
        log_error("uplink", "%s/%s cannot be written: %s", a->data_dir, file_name,
                  pw_strerror(err));
    else {
        forget(&u->lines);
        u->lines = u->text;
        u->text = NULL;
    }
    forget(&u->text);
    struct uplink *done = u->keeping;
    u->keeping = NULL;
    if (done)
        uplink_session_kept(uplink_session(done), err, utc_ms);
    if (u->stopping)
        stop_step(a);
}

/* One at a time: a second platform that comes meanwhile is told of a fault, and asks again. */
void uplinks_settings_keep(void *ctx, struct uplink *up, const struct uplink_settings *s,
                           bool secret)
{
    struct uplinks *u = ((struct app *)ctx)->uplinks;
    const struct plant_platform *p = &uplink_get_plan(up)->platform;
    struct strbuf b;
    (void)secret;
    if (u->job.busy || u->stopping) {
        uplink_session_kept(uplink_session(up), PW_EBUSY, 0);
        return;
    }
    strbuf_init(&b, TEXT_MAX);
    add_others(&b, u->lines, p->id);
    add_line(&b, p, s);
    u->text = b.failed ? NULL : strdup(strbuf_text(&b));
    if (b.data)
        explicit_bzero(b.data, b.len);
    strbuf_deinit(&b);
    u->keeping = up;
    if (u->text && worker_start(&u->job, &u->app->loop, run_save, on_saved) == 0)
        return;
    forget(&u->text);
    u->keeping = NULL;
    uplink_session_kept(uplink_session(up), PW_ENOMEM, 0);
}

void uplinks_settings_forget(struct uplinks *u, const struct uplink *up)
{
    if (u->keeping == up)
        u->keeping = NULL;
}

void uplinks_settings_free(struct uplinks *u)
{
    forget(&u->lines);
    forget(&u->text);
}
