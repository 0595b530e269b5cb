#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/influx_stand.h"

#include "acq/core/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void store_line(struct stand_target *t, const char *line, size_t len)
{
    pw_require(t->stored_count < sizeof t->stored / sizeof *t->stored);
    t->stored[t->stored_count++] = strndup(line, len);
}

static bool line_is_bad(const char *line, const char *end)
{
    const char *bad = strstr(line, ",bad ");
    return bad && bad < end;
}

static void name_line(const struct stand_target *t, struct strbuf *b, unsigned number,
                      const char *line, size_t len)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%.*s", (int)len, line);
    if (t->plant.api == INFLUX_V3)
        strbuf_addf(b, "%s{\"error_message\":\"bad\",\"line_number\":%u,\"original_line\":\"%s\"}",
                    b->data[b->len - 1] == '}' ? "," : "", number, copy);
    else
        strbuf_addf(b, "unable to parse '%s': bad\\n", copy);
}

/* As InfluxDB 2.7 and 3 do; the latter names only the first one when it stores nothing. */
static void answer_by_name(struct stand_target *t, const char *text, struct served_answer *out)
{
    struct strbuf b;
    unsigned number = 0;
    bool v3 = t->plant.api == INFLUX_V3;
    strbuf_init_fixed(&b, t->answer, sizeof t->answer);
    strbuf_adds(&b, !v3 ? "{\"code\":\"invalid\",\"message\":\""
                    : t->partial
                        ? "{\"error\":\"partial write of line protocol occurred\",\"data\":["
                        : "{\"error\":\"line protocol parsing error\",\"data\":");
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        number++;
        if (!line_is_bad(line, end))
            continue;
        name_line(t, &b, number, line, (size_t)(end - line));
        if (v3 && !t->partial)
            break;
    }
    strbuf_adds(&b, v3 ? t->partial ? "]}" : "}" : "\"}");
    pw_require(!b.failed);
    *out = (struct served_answer){.status = 400, .body = t->answer};
}

static void take_lines(struct stand_target *t, const char *text, struct served_answer *out)
{
    unsigned lines = 0;
    bool bad = strstr(text, ",bad ") != NULL;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    if (t->most_lines && lines > t->most_lines) {
        *out = (struct served_answer){.status = 413, .body = "Request Entity Too Large"};
        return;
    }
    if (bad && t->names) {
        answer_by_name(t, text, out);
        if (!t->partial)
            return;
    } else if (bad && !t->partial) {
        *out = (struct served_answer){.status = 400,
                                      .body = "{\"error\":\"unable to parse 'x': missing\"}"};
        return;
    }
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        if (!line_is_bad(line, end))
            store_line(t, line, (size_t)(end - line));
        line = end + 1;
    }
    if (!bad)
        *out = (struct served_answer){.status = 204};
    else if (!t->names)
        *out = (struct served_answer){
            .status = 400,
            .body = "{\"error\":\"partial write: unable to parse 'x': missing dropped=0\"}"};
}

static void on_request(void *ctx, const struct served_request *r, struct served_answer *out)
{
    struct stand_target *t = ctx;
    char encoding[32];
    char *text = NULL;
    size_t len = 0;
    uint64_t now = uv_now(&t->stand->loop);
    if (t->requests && now - t->last_request_ms > t->longest_pause_ms)
        t->longest_pause_ms = now - t->last_request_ms;
    t->last_request_ms = now;
    t->requests++;
    assert_string_equal(r->method, "POST");
    snprintf(t->target, sizeof t->target, "%s", r->target);
    snprintf(t->headers, sizeof t->headers, "%s", r->headers);
    struct stand_step *step = &t->steps[t->step];
    if (step->times > 0) {
        if (--step->times == 0)
            t->step++;
        *out = step->answer;
        return;
    }
    if (served_header(r, "Content-Encoding", encoding, sizeof encoding)) {
        assert_string_equal(encoding, "gzip");
        assert_int_equal(gunzip(r->body, r->body_len, &text, &len), 0);
        take_lines(t, text, out);
        free(text);
    } else {
        take_lines(t, r->body, out);
    }
    out->delay_ms = t->delay_ms;
}

static void on_write_cursor(void *ctx, const char *id, const char *members)
{
    struct stand *f = ctx;
    struct stand_target *t = &f->targets[id[0] - 'a'];
    free(t->cursor);
    t->cursor = strdup(members);
    t->cursors++;
    if (f->commits_on_cursor)
        influx_sender_on_commit(t->sender, fake_archive_add(&f->archive, 0, 0, NULL));
}

static void on_quarantine(void *ctx, const char *id, const char *members)
{
    struct stand *f = ctx;
    struct stand_target *t = &f->targets[id[0] - 'a'];
    pw_require(t->quarantines < STAND_QUARANTINES);
    snprintf(t->quarantine[t->quarantines++], sizeof t->quarantine[0], "%s", members);
}

void stand_listen(struct stand_target *t, int port)
{
    t->server = http_server_start(&t->stand->loop, port, on_request, t);
    snprintf(t->url, sizeof t->url, "http://127.0.0.1:%d", http_server_port(t->server));
}

int stand_set_up(void **state)
{
    struct stand *f = calloc(1, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    uv_timer_init(&f->loop, &f->watchdog);
    assert_int_equal(http_client_open(&f->loop, &f->http), 0);
    fake_archive_init(&f->archive);
    static const char *const ids[STAND_TARGETS] = {"a", "b", "c"};
    for (int i = 0; i < STAND_TARGETS; i++) {
        struct stand_target *t = &f->targets[i];
        t->stand = f;
        stand_listen(t, 0);
        t->plant = (struct plant_influx){.id = ids[i],
                                         .url = t->url,
                                         .database = "pl ume&1",
                                         .retention_policy = "",
                                         .user = "",
                                         .password = "",
                                         .send_raw = true,
                                         .send_derived = true,
                                         .history = true,
                                         .timeout_ms = 5000,
                                         .retry_max_s = 1};
    }
    *state = f;
    return 0;
}

void stand_start(struct stand *f, int i)
{
    struct stand_target *t = &f->targets[i];
    struct influx_sender_options o = {.loop = &f->loop,
                                      .http = f->http,
                                      .target = &t->plant,
                                      .clock = pw_clock_system(),
                                      .source = fake_archive_source_new(&f->archive),
                                      .cursor = t->cursor,
                                      .last_seq = f->archive.last,
                                      .retry_first_ms = 10,
                                      .hold_ms = 30,
                                      .write_cursor = on_write_cursor,
                                      .quarantine = on_quarantine,
                                      .ctx = f};
    assert_int_equal(influx_sender_start(&o, &t->sender), 0);
}

static void count_stopped(void *ctx)
{
    struct stand *f = ctx;
    f->stopped++;
}

void stand_tick(uv_timer_t *timer)
{
    (void)timer;
}

void stand_stop_begin(struct stand *f, int i)
{
    int before = f->stopped;
    influx_sender_stop(f->targets[i].sender, count_stopped, f);
    f->targets[i].sender = NULL;
    assert_int_equal(f->stopped, before);
}

void stand_stop(struct stand *f, int i)
{
    int before = f->stopped;
    stand_stop_begin(f, i);
    while (f->stopped == before)
        uv_run(&f->loop, UV_RUN_ONCE);
}

int stand_tear_down(void **state)
{
    struct stand *f = *state;
    for (int i = 0; i < STAND_TARGETS; i++)
        if (f->targets[i].sender)
            stand_stop(f, i);
    if (f->http)
        http_client_close(f->http, NULL, NULL);
    uv_close((uv_handle_t *)&f->watchdog, NULL);
    for (int i = 0; i < STAND_TARGETS; i++) {
        struct stand_target *t = &f->targets[i];
        if (t->server)
            http_server_stop(t->server);
        for (size_t n = 0; n < t->stored_count; n++)
            free(t->stored[n]);
        free(t->cursor);
    }
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    fake_archive_deinit(&f->archive);
    free(f);
    return 0;
}

struct influx_stats stand_stats(const struct stand *f, int i)
{
    struct influx_stats stats;
    influx_sender_get_stats(f->targets[i].sender, &stats);
    return stats;
}

bool stand_is_done(const struct stand *f, int i)
{
    return stand_stats(f, i).backlog == 0;
}

void stand_run_ms(struct stand *f, uint64_t ms)
{
    uint64_t end = uv_hrtime() + ms * 1000000;
    stand_run_until(f, uv_hrtime() > end);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t collect_member(const struct bytes *member, char **lines)
{
    char *text = NULL;
    char *rest = NULL;
    size_t len = 0;
    size_t count = 0;
    if (!member)
        return 0;
    assert_int_equal(gunzip(bytes_data(member), bytes_len(member), &text, &len), 0);
    for (char *p = strtok_r(text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest))
        if (!strstr(p, ",bad "))
            lines[count++] = strdup(p);
    free(text);
    return count;
}

static size_t collect_archive(const struct fake_archive *a, char **lines)
{
    size_t count = 0;
    for (uint64_t seq = a->first; seq <= a->last; seq++) {
        count += collect_member(a->commits[seq].member[MEMBER_R], lines + count);
        count += collect_member(a->commits[seq].member[MEMBER_D], lines + count);
    }
    return count;
}

static size_t without_repeats(char **lines, size_t count)
{
    size_t kept = 0;
    for (size_t n = 0; n < count; n++) {
        if (kept && strcmp(lines[n], lines[kept - 1]) == 0)
            free(lines[n]);
        else
            lines[kept++] = lines[n];
    }
    return kept;
}

void stand_check_stored(struct stand *f, int i, bool exactly)
{
    static char *wanted[STAND_LINES_MAX];
    struct stand_target *t = &f->targets[i];
    size_t count = collect_archive(&f->archive, wanted);
    qsort(wanted, count, sizeof *wanted, compare_lines);
    qsort(t->stored, t->stored_count, sizeof *t->stored, compare_lines);
    if (!exactly)
        t->stored_count = without_repeats(t->stored, t->stored_count);
    for (size_t n = 0; n < count; n++) {
        assert_true(n < t->stored_count);
        assert_string_equal(t->stored[n], wanted[n]);
        free(wanted[n]);
    }
    assert_int_equal(t->stored_count, count);
}

void stand_commit(struct stand *f, unsigned raw, unsigned derived, const unsigned *bad)
{
    const struct commit *c = fake_archive_add(&f->archive, raw, derived, bad);
    for (int i = 0; i < STAND_TARGETS; i++)
        if (f->targets[i].sender)
            influx_sender_on_commit(f->targets[i].sender, c);
}
