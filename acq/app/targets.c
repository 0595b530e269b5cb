#include "acq/app/state.h"

#include "acq/core/log.h"
#include "acq/record/db.h"

#include <stdlib.h>
#include <string.h>

static void free_texts(struct target *t)
{
    for (size_t i = 0; i < TARGET_TEXTS; i++)
        free(t->texts[i]);
}

/* The texts belong to the target: a reload's new plant does not carry the old one's on. */
static int copy_config(struct target *t, const struct plant_influx *from)
{
    struct plant_influx *to = &t->config;
    const char **const texts[TARGET_TEXTS] = {
        &to->id,   &to->url,           &to->database, &to->retention_policy,
        &to->user, &to->password_file, &to->password, &to->bucket,
        &to->org,  &to->token_file,    &to->token,    &to->tls_ca_file,
    };
    *to = *from;
    for (size_t i = 0; i < TARGET_TEXTS; i++) {
        t->texts[i] = strdup(*texts[i]);
        if (!t->texts[i])
            return PW_ENOMEM;
        *texts[i] = t->texts[i];
    }
    return 0;
}

void known_deinit(struct known *k)
{
    for (uint32_t i = 0; i < k->count; i++)
        free(k->cursors[i]);
    free(k->cursors);
    *k = (struct known){0};
}

int known_load(struct known *k, const char *data_dir, const struct plant *plant)
{
    char hex[SM3_HEX_SIZE];
    *k = (struct known){.cursors = calloc(plant->influx_count + 1u, sizeof *k->cursors),
                        .count = plant->influx_count};
    if (!k->cursors)
        return PW_ENOMEM;
    int err = record_has_config(data_dir, sm3_hex(plant->digest, hex), &k->config);
    for (uint32_t i = 0; !err && i < k->count; i++)
        err = record_load_cursor(data_dir, plant->influx[i].id, &k->cursors[i]);
    if (err)
        known_deinit(k);
    return err;
}

static void note(struct app *a, const char *type, const char *members)
{
    if (a->recorder)
        (void)recorder_add_journal(a->recorder, type, plant_time_at_ms(&a->time), members, false);
}

static void write_cursor(void *ctx, const char *target, const char *members)
{
    (void)target;
    struct target *t = ctx;
    char *copy = strdup(members);
    if (copy) {
        free(t->cursor);
        t->cursor = copy;
    }
    note(t->app, "cursor", members);
}

static void quarantine(void *ctx, const char *target, const char *members)
{
    struct target *t = ctx;
    log_error("influx", "target=%s: a line was refused and put into quarantine", target);
    note(t->app, "quarantine", members);
}

static struct target *free_slot(struct app *a)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        if (!a->targets[i].used)
            return &a->targets[i];
    return NULL;
}

static int start_sender(struct app *a, struct target *t)
{
    struct recorder_stats record;
    recorder_get_stats(a->recorder, &record);
    struct influx_sender_options o = {
        .loop = &a->loop,
        .http = a->http,
        .target = &t->config,
        .clock = pw_clock_system(),
        .source = archive_source_new(a->data_dir),
        .cursor = t->cursor,
        .last_seq = record.last_seq,
        .write_cursor = write_cursor,
        .quarantine = quarantine,
        .ctx = t,
    };
    int err = o.source ? influx_sender_start(&o, &t->sender) : PW_ENOMEM;
    if (err && o.source)
        o.source->close(o.source);
    return err;
}

static void target_deinit(struct target *t)
{
    free_texts(t);
    free(t->cursor);
    *t = (struct target){.app = t->app};
}

/* cursor: taken over by copy; NULL: a new target. */
static int start_target(struct app *a, const struct plant_influx *config, const char *cursor)
{
    struct target *t = free_slot(a);
    if (!t) {
        log_error("influx", "target=%s: more than %d targets at once", config->id, APP_TARGETS_MAX);
        return PW_EFULL;
    }
    *t = (struct target){.app = a};
    int err = copy_config(t, config);
    t->used = true;
    t->cursor = cursor ? strdup(cursor) : NULL;
    if (cursor && !t->cursor)
        err = PW_ENOMEM;
    if (!err)
        err = start_sender(a, t);
    if (err) {
        log_error("influx", "target=%s: %s", config->id, pw_strerror(err));
        target_deinit(t);
        return err;
    }
    log_info("influx", "target=%s url=%s database=%s", config->id, config->url, config->database);
    return 0;
}

int targets_start(struct app *a, const struct known *known)
{
    for (uint32_t i = 0; i < a->plant->influx_count; i++) {
        int err = start_target(a, &a->plant->influx[i], known->cursors[i]);
        if (err)
            return err;
    }
    return 0;
}

static const struct plant_influx *configured(const struct app *a, const char *id)
{
    for (uint32_t i = 0; i < a->plant->influx_count; i++)
        if (strcmp(a->plant->influx[i].id, id) == 0)
            return &a->plant->influx[i];
    return NULL;
}

/* A changed target begins again only when its old sender has gone: two would send the same. */
static void on_stopped(void *ctx)
{
    struct target *t = ctx;
    struct app *a = t->app;
    const struct plant_influx *config = t->restart ? configured(a, t->config.id) : NULL;
    char *cursor = t->cursor;
    t->cursor = NULL;
    target_deinit(t);
    if (config && a->phase == STOP_RUNNING)
        (void)start_target(a, config, cursor);
    free(cursor);
    if (a->phase != STOP_RUNNING)
        stop_step(a);
}

static void stop_target(struct target *t, bool restart)
{
    t->restart = restart;
    if (t->stopping)
        return;
    t->stopping = true;
    struct influx_stats stats;
    influx_sender_get_stats(t->sender, &stats);
    t->app->sent_lines += stats.lines;
    influx_sender_stop(t->sender, on_stopped, t);
}

static struct target *running(struct app *a, const char *id)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        if (a->targets[i].used && strcmp(a->targets[i].config.id, id) == 0)
            return &a->targets[i];
    return NULL;
}

void targets_reload(struct app *a, const struct known *known)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++) {
        struct target *t = &a->targets[i];
        if (!t->used)
            continue;
        const struct plant_influx *config = configured(a, t->config.id);
        if (!config || memcmp(config->digest, t->config.digest, SM3_SIZE) != 0)
            stop_target(t, config != NULL);
    }
    for (uint32_t i = 0; i < a->plant->influx_count; i++)
        if (!running(a, a->plant->influx[i].id))
            (void)start_target(a, &a->plant->influx[i], known->cursors[i]);
}

void targets_on_commit(struct app *a, const struct commit *c)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        if (a->targets[i].used && !a->targets[i].stopping)
            influx_sender_on_commit(a->targets[i].sender, c);
}

void targets_stop(struct app *a)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        if (a->targets[i].used)
            stop_target(&a->targets[i], false);
}

bool targets_have_confirmed(const struct app *a, const char *id, uint64_t seq)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++) {
        const struct target *t = &a->targets[i];
        if (t->used && strcmp(t->config.id, id) == 0)
            return influx_sender_has_confirmed(t->sender, seq);
    }
    return false;
}

bool targets_are_stopped(const struct app *a)
{
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        if (a->targets[i].used)
            return false;
    return true;
}
