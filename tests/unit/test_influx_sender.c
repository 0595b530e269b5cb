/* The InfluxDB sender against a scripted target: what the target stored must be exactly what the
 * archive holds, whatever it answered in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "acq/deliver/influx_sender.h"
#include "tests/support/http_server.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { COMMITS_MAX = 400, LINES_MAX = 1200, STEPS_MAX = 8 };

/* ---- the archive ---- */

struct store {
    struct commit commits[COMMITS_MAX + 1]; /* by sequence number */
    uint64_t first, last;
    uint64_t corrupt; /* this one cannot be read */
};

static struct bytes *compress_text(const char *text, size_t len)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t cap = deflateBound(&z, len) + 64;
    Bytef *out = malloc(cap);
    char *in = malloc(len ? len : 1);
    memcpy(in, text, len);
    z.next_in = (Bytef *)in;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    struct bytes *b = bytes_new(out, z.total_out);
    deflateEnd(&z);
    free(out);
    free(in);
    return b;
}

static int inflate_bytes(const void *data, size_t len, char **out_text, size_t *out_len)
{
    enum { CAP = 1 << 20 };
    z_stream z = {0};
    Bytef *in = malloc(len ? len : 1);
    char *text = malloc(CAP + 1);
    memcpy(in, data, len);
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = in;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)text;
    z.avail_out = CAP;
    int rc = inflate(&z, Z_FINISH);
    *out_len = z.total_out;
    text[z.total_out] = '\0';
    inflateEnd(&z);
    free(in);
    *out_text = text;
    return rc == Z_STREAM_END ? 0 : PW_ECORRUPT;
}

static int inflate_member(const struct bytes *member, char **out_text, size_t *out_len)
{
    return inflate_bytes(bytes_data(member), bytes_len(member), out_text, out_len);
}

struct store_source {
    struct influx_source source;
    struct store *store;
};

static int store_bounds(struct influx_source *source, uint64_t *first, uint64_t *last)
{
    const struct store *store = ((struct store_source *)source)->store;
    *first = store->first;
    *last = store->last;
    return 0;
}

static int store_read(struct influx_source *source, uint64_t seq, struct commit *out)
{
    const struct store *store = ((struct store_source *)source)->store;
    if (seq < store->first || seq > store->last)
        return PW_ENOTFOUND;
    if (seq == store->corrupt)
        return PW_ECORRUPT;
    *out = store->commits[seq];
    for (int k = 0; k < MEMBER_KINDS; k++)
        if (out->member[k])
            bytes_ref(out->member[k]);
    return 0;
}

static void store_close(struct influx_source *source)
{
    free(source);
}

static struct influx_source *store_source_new(struct store *store)
{
    struct store_source *s = calloc(1, sizeof *s);
    s->source = (struct influx_source){.bounds = store_bounds,
                                       .read = store_read,
                                       .inflate = inflate_member,
                                       .close = store_close};
    s->store = store;
    return &s->source;
}

/* Lines "r SEQ.N" of the raw member and "d SEQ.N" of the derived one; bad: numbers (from 1) of raw
 * lines that the target refuses. */
static struct bytes *make_member(char kind, uint64_t seq, unsigned lines, const unsigned *bad)
{
    struct strbuf b;
    strbuf_init(&b, 1u << 20);
    for (unsigned n = 1; n <= lines; n++) {
        bool is_bad = false;
        for (size_t i = 0; bad && bad[i]; i++)
            is_bad = is_bad || bad[i] == n;
        strbuf_addf(&b, "%c v=%llu.%04u,%s 1\n", kind, (unsigned long long)seq, n,
                    is_bad ? "bad" : "w=1");
    }
    struct bytes *member = compress_text(strbuf_text(&b), b.len);
    strbuf_deinit(&b);
    return member;
}

static const struct commit *store_add(struct store *s, unsigned raw, unsigned derived,
                                      const unsigned *bad)
{
    pw_require(s->last < COMMITS_MAX);
    struct commit *c = &s->commits[++s->last];
    c->seq = s->last;
    c->lines[MEMBER_R] = raw;
    c->lines[MEMBER_D] = derived;
    c->lines[MEMBER_J] = 1;
    if (raw)
        c->member[MEMBER_R] = make_member('r', c->seq, raw, bad);
    if (derived)
        c->member[MEMBER_D] = make_member('d', c->seq, derived, NULL);
    c->member[MEMBER_J] = compress_text("{}\n", 3);
    return c;
}

static void store_free(struct store *s)
{
    for (uint64_t seq = 1; seq <= COMMITS_MAX; seq++)
        for (int k = 0; k < MEMBER_KINDS; k++)
            bytes_unref(s->commits[seq].member[k]);
}

/* ---- the target ---- */

struct step {
    int times; /* requests answered so before the next step */
    struct served_answer answer;
};

struct target {
    struct fixture *fixture;
    struct http_server *server;
    struct step steps[STEPS_MAX];
    int step;
    unsigned most_lines; /* 413 above; 0: no bound */
    bool partial;        /* stores the good lines of a request with bad ones */
    unsigned requests;
    unsigned refused;
    char *stored[LINES_MAX * 8];
    size_t stored_count;
    char url[256];
    char target[256];
    char headers[1024];
    uint64_t last_request_ms;
    uint64_t longest_pause_ms;

    struct plant_influx plant;
    struct influx_sender *sender;
    char *cursor;
    unsigned cursors;
    char quarantine[20][3000];
    unsigned quarantines;
};

struct fixture {
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct http_client *http;
    struct store store;
    struct target targets[2];
    int stopped;
    bool commits_on_cursor; /* each cursor line makes a commit of its own */
};

static void store_line(struct target *t, const char *line, size_t len)
{
    pw_require(t->stored_count < sizeof t->stored / sizeof *t->stored);
    t->stored[t->stored_count++] = strndup(line, len);
}

static bool line_is_bad(const char *line, const char *end)
{
    const char *bad = strstr(line, ",bad ");
    return bad && bad < end;
}

static void take_lines(struct target *t, const char *text, struct served_answer *out)
{
    unsigned lines = 0;
    bool bad = strstr(text, ",bad ") != NULL;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    if (t->most_lines && lines > t->most_lines) {
        *out = (struct served_answer){.status = 413, .body = "Request Entity Too Large"};
        return;
    }
    if (bad && !t->partial) {
        t->refused++;
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
    *out = (struct served_answer){.status = 204};
    if (bad)
        *out = (struct served_answer){
            .status = 400,
            .body = "{\"error\":\"partial write: unable to parse 'x': missing dropped=0\"}"};
}

static void on_request(void *ctx, const struct served_request *r, struct served_answer *out)
{
    struct target *t = ctx;
    char encoding[32];
    char *text = NULL;
    size_t len = 0;
    uint64_t now = uv_now(&t->fixture->loop);
    if (t->requests && now - t->last_request_ms > t->longest_pause_ms)
        t->longest_pause_ms = now - t->last_request_ms;
    t->last_request_ms = now;
    t->requests++;
    assert_string_equal(r->method, "POST");
    snprintf(t->target, sizeof t->target, "%s", r->target);
    snprintf(t->headers, sizeof t->headers, "%s", r->headers);
    struct step *step = &t->steps[t->step];
    if (step->times > 0) {
        if (--step->times == 0)
            t->step++;
        *out = step->answer;
        return;
    }
    if (served_header(r, "Content-Encoding", encoding, sizeof encoding)) {
        assert_string_equal(encoding, "gzip");
        assert_int_equal(inflate_bytes(r->body, r->body_len, &text, &len), 0);
        take_lines(t, text, out);
        free(text);
    } else {
        take_lines(t, r->body, out);
    }
}

static void on_write_cursor(void *ctx, const char *id, const char *members)
{
    struct fixture *f = ctx;
    struct target *t = &f->targets[strcmp(id, "b") == 0];
    free(t->cursor);
    t->cursor = strdup(members);
    t->cursors++;
    if (f->commits_on_cursor)
        influx_sender_on_commit(t->sender, store_add(&f->store, 0, 0, NULL));
}

static void on_quarantine(void *ctx, const char *id, const char *members)
{
    struct fixture *f = ctx;
    struct target *t = &f->targets[strcmp(id, "b") == 0];
    pw_require(t->quarantines < 20);
    snprintf(t->quarantine[t->quarantines++], sizeof t->quarantine[0], "%s", members);
}

/* ---- the fixture ---- */

static void listen_again(struct target *t, int port)
{
    t->server = http_server_start(&t->fixture->loop, port, on_request, t);
    snprintf(t->url, sizeof t->url, "http://127.0.0.1:%d", http_server_port(t->server));
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    uv_timer_init(&f->loop, &f->watchdog);
    assert_int_equal(http_client_open(&f->loop, &f->http), 0);
    f->store.first = 1;
    for (int i = 0; i < 2; i++) {
        struct target *t = &f->targets[i];
        t->fixture = f;
        listen_again(t, 0);
        t->plant = (struct plant_influx){.id = i ? "b" : "a",
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

static void start(struct fixture *f, int i)
{
    struct target *t = &f->targets[i];
    struct influx_sender_options o = {.loop = &f->loop,
                                      .http = f->http,
                                      .target = &t->plant,
                                      .clock = pw_clock_system(),
                                      .source = store_source_new(&f->store),
                                      .cursor = t->cursor,
                                      .last_seq = f->store.last,
                                      .retry_first_ms = 10,
                                      .hold_ms = 30,
                                      .write_cursor = on_write_cursor,
                                      .quarantine = on_quarantine,
                                      .ctx = f};
    assert_int_equal(influx_sender_start(&o, &t->sender), 0);
}

static void count_stopped(void *ctx)
{
    struct fixture *f = ctx;
    f->stopped++;
}

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
}

static void stop(struct fixture *f, int i)
{
    int before = f->stopped;
    influx_sender_stop(f->targets[i].sender, count_stopped, f);
    f->targets[i].sender = NULL;
    assert_int_equal(f->stopped, before);
    while (f->stopped == before)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++)
        if (f->targets[i].sender)
            stop(f, i);
    http_client_close(f->http, NULL, NULL);
    uv_close((uv_handle_t *)&f->watchdog, NULL);
    for (int i = 0; i < 2; i++) {
        struct target *t = &f->targets[i];
        if (t->server)
            http_server_stop(t->server);
        for (size_t n = 0; n < t->stored_count; n++)
            free(t->stored[n]);
        free(t->cursor);
    }
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    store_free(&f->store);
    free(f);
    return 0;
}

static struct influx_stats stats_of(struct fixture *f, int i)
{
    struct influx_stats stats;
    influx_sender_get_stats(f->targets[i].sender, &stats);
    return stats;
}

static bool is_done(struct fixture *f, int i)
{
    return stats_of(f, i).backlog == 0;
}

/* Turns the loop until the condition holds, at most ten seconds. */
#define run_until(f, condition)                                                                    \
    do {                                                                                           \
        uint64_t run_begun = uv_hrtime();                                                          \
        uv_timer_start(&(f)->watchdog, on_watchdog, 10, 10);                                       \
        while (!(condition)) {                                                                     \
            if (uv_hrtime() - run_begun > 10000000000u)                                            \
                fail_msg("never: %s", #condition);                                                 \
            uv_run(&(f)->loop, UV_RUN_ONCE);                                                       \
        }                                                                                          \
        uv_timer_stop(&(f)->watchdog);                                                             \
    } while (0)

static void run_for_ms(struct fixture *f, uint64_t ms)
{
    uint64_t end = uv_hrtime() + ms * 1000000;
    run_until(f, uv_hrtime() > end);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every good line of the archive is at the target; exactly: and only once. */
static void check_stored(struct fixture *f, int i, bool exactly)
{
    struct target *t = &f->targets[i];
    struct strbuf wanted;
    struct strbuf got;
    char *lines[LINES_MAX * 8];
    size_t count = 0;
    strbuf_init(&wanted, 4u << 20);
    strbuf_init(&got, 4u << 20);
    for (uint64_t seq = f->store.first; seq <= f->store.last; seq++) {
        for (int k = 0; k < MEMBER_J; k++) {
            char *text = NULL;
            char *rest = NULL;
            size_t len = 0;
            if (!f->store.commits[seq].member[k])
                continue;
            assert_int_equal(inflate_member(f->store.commits[seq].member[k], &text, &len), 0);
            for (char *p = strtok_r(text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest))
                if (!strstr(p, ",bad "))
                    lines[count++] = strdup(p);
            free(text);
        }
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    qsort(t->stored, t->stored_count, sizeof *t->stored, compare_lines);
    for (size_t n = 0; n < count; n++) {
        strbuf_addf(&wanted, "%s\n", lines[n]);
        free(lines[n]);
    }
    for (size_t n = 0; n < t->stored_count; n++)
        if (exactly || n == 0 || strcmp(t->stored[n], t->stored[n - 1]) != 0)
            strbuf_addf(&got, "%s\n", t->stored[n]);
    assert_string_equal(strbuf_text(&got), strbuf_text(&wanted));
    strbuf_deinit(&wanted);
    strbuf_deinit(&got);
}

static void commit(struct fixture *f, unsigned raw, unsigned derived, const unsigned *bad)
{
    const struct commit *c = store_add(&f->store, raw, derived, bad);
    for (int i = 0; i < 2; i++)
        if (f->targets[i].sender)
            influx_sender_on_commit(f->targets[i].sender, c);
}

/* ---- the tests ---- */

static void a_commit_goes_out_at_once_as_it_was_archived(void **state)
{
    struct fixture *f = *state;
    struct target *t = &f->targets[0];
    t->plant.retention_policy = "a/b";
    t->plant.user = "u";
    t->plant.password = "p";
    start(f, 0);
    commit(f, 3, 2, NULL);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_int_equal(t->requests, 2);
    assert_string_equal(t->target, "/write?db=pl%20ume%261&rp=a%2Fb&precision=ms");
    assert_non_null(strstr(t->headers, "Content-Encoding: gzip\r\n"));
    assert_non_null(strstr(t->headers, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_non_null(strstr(t->headers, "Authorization: Basic dTpw\r\n"));
    struct influx_stats stats = stats_of(f, 0);
    assert_int_equal(stats.state, INFLUX_OK);
    assert_int_equal(stats.lines, 5);
    assert_int_equal(stats.requests, 2);
    assert_int_equal(stats.last_status, 204);
    assert_true(stats.last_ok_ms > 0);
}

static void only_the_wanted_members_are_sent(void **state)
{
    struct fixture *f = *state;
    f->targets[0].plant.send_raw = false;
    start(f, 0);
    commit(f, 3, 2, NULL);
    commit(f, 3, 0, NULL);
    run_until(f, is_done(f, 0));
    assert_int_equal(f->targets[0].requests, 1);
    assert_int_equal(f->targets[0].stored_count, 2);
    assert_memory_equal(f->targets[0].stored[0], "d v=1.0001", 10);
}

static void a_new_target_gets_history_or_only_what_comes(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 30; i++)
        store_add(&f->store, 2, i % 3, NULL);
    f->targets[1].plant.history = false;
    start(f, 0);
    start(f, 1);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_int_equal(f->targets[1].requests, 0);
    run_until(f, f->targets[1].cursor);
    assert_string_equal(f->targets[1].cursor, "\"target\":\"b\",\"next\":31,\"gaps\":[]");
    commit(f, 2, 0, NULL);
    run_until(f, is_done(f, 1) && is_done(f, 0));
    assert_int_equal(f->targets[1].stored_count, 2);
    check_stored(f, 0, true);
}

static void live_commits_do_not_wait_for_the_backlog(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 200; i++)
        store_add(&f->store, 5, 0, NULL);
    start(f, 0);
    run_until(f, f->targets[0].stored_count >= 50);
    commit(f, 1, 0, NULL);
    size_t before = f->targets[0].stored_count;
    char wanted[16];
    snprintf(wanted, sizeof wanted, "r v=%d.", 201);
    run_until(f, strncmp(f->targets[0].stored[f->targets[0].stored_count - 1], wanted, 8) == 0);
    assert_true(f->targets[0].stored_count - before <= 3 * 5 + 1);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
}

static void a_partial_write_is_counted_and_quarantined_not_resent(void **state)
{
    struct fixture *f = *state;
    f->targets[0].partial = true;
    start(f, 0);
    commit(f, 10, 0, (const unsigned[]){4, 0});
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_int_equal(f->targets[0].requests, 1);
    struct influx_stats stats = stats_of(f, 0);
    assert_int_equal(stats.partial, 1);
    assert_int_equal(stats.lines, 9);
    assert_int_equal(f->targets[0].quarantines, 1);
    assert_non_null(
        strstr(f->targets[0].quarantine[0], "\"target\":\"a\",\"seq\":1,\"kind\":\"raw\""));
    assert_non_null(strstr(f->targets[0].quarantine[0], "partial write: unable to parse"));
}

static void one_refused_line_among_1000_is_found_and_the_rest_delivered(void **state)
{
    struct fixture *f = *state;
    start(f, 0);
    commit(f, 1000, 3, (const unsigned[]){618, 0});
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_in_range(f->targets[0].requests, 4, 1 + 10 + 2 + 1);
    assert_int_equal(stats_of(f, 0).quarantined, 1);
    assert_int_equal(stats_of(f, 0).lines, 1002);
    assert_int_equal(f->targets[0].quarantines, 1);
    assert_string_equal(f->targets[0].quarantine[0],
                        "\"target\":\"a\",\"seq\":1,\"kind\":\"raw\",\"line\":618,\"lines\":1,"
                        "\"reason\":\"{\\\"error\\\":\\\"unable to parse 'x': missing\\\"}\","
                        "\"text\":\"r v=1.0618,bad 1\"");
}

static void several_refused_lines_and_a_single_one_are_found(void **state)
{
    struct fixture *f = *state;
    start(f, 0);
    commit(f, 50, 0, (const unsigned[]){1, 2, 25, 50, 0});
    commit(f, 1, 1, (const unsigned[]){1, 0});
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_int_equal(stats_of(f, 0).quarantined, 5);
}

static void a_request_that_is_too_big_is_halved(void **state)
{
    struct fixture *f = *state;
    f->targets[0].most_lines = 90;
    start(f, 0);
    commit(f, 1000, 0, (const unsigned[]){500, 0});
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_int_equal(stats_of(f, 0).quarantined, 1);
}

/* The target answers so a few times while commits come, then works: nothing may be missing. */
static void survive(struct fixture *f, int times, struct served_answer answer)
{
    struct target *t = &f->targets[0];
    t->steps[0] = (struct step){.times = times, .answer = answer};
    t->step = 0;
    start(f, 0);
    for (int i = 0; i < 5; i++)
        commit(f, 10, 1, NULL);
    run_until(f, t->step == 1);
    commit(f, 10, 1, NULL);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
    assert_int_equal(stats_of(f, 0).quarantined + stats_of(f, 0).partial, 0);
    assert_int_equal(stats_of(f, 0).state, INFLUX_OK);
    assert_string_equal(stats_of(f, 0).last_error, "");
}

static void wrong_credentials_hold_until_they_are_right(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 401, .body = "authorization failed"});
}

static void a_missing_database_holds_until_it_exists(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 404, .body = "database not found"});
}

static void a_server_error_is_tried_again(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 500, .body = "partial write dropped=3"});
}

static void an_answer_that_is_cut_is_tried_again(void **state)
{
    survive(*state, 2, (struct served_answer){.how = SERVE_CUT, .status = 500, .cut_at = 9});
}

static void a_proxy_page_quarantines_nothing(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 400, .body = "<html>Bad Request</html>"});
}

static void silence_ends_in_a_timeout_and_is_tried_again(void **state)
{
    struct fixture *f = *state;
    f->targets[0].plant.timeout_ms = 100;
    survive(f, 2, (struct served_answer){.how = SERVE_HANG});
}

static void retry_after_is_kept(void **state)
{
    struct fixture *f = *state;
    survive(f, 1, (struct served_answer){.status = 429, .headers = "Retry-After: 1\r\n"});
    assert_true(f->targets[0].longest_pause_ms >= 950);
}

static void a_refusing_target_says_so(void **state)
{
    struct fixture *f = *state;
    f->targets[0].steps[0] = (struct step){.times = 1000, .answer = {.status = 403, .body = "no"}};
    start(f, 0);
    commit(f, 1, 0, NULL);
    run_until(f, stats_of(f, 0).state == INFLUX_REFUSED);
    assert_string_equal(stats_of(f, 0).last_error, "HTTP 403 no");
    assert_int_equal(stats_of(f, 0).oldest, 1);
    assert_int_equal(stats_of(f, 0).backlog, 1);
    assert_int_equal(stats_of(f, 0).last_status, 403);
    unsigned before = f->targets[0].requests;
    for (int i = 0; i < 20; i++)
        commit(f, 1, 0, NULL);
    run_for_ms(f, 300);
    assert_in_range(f->targets[0].requests - before, 3, 11);
}

static void a_dead_target_is_asked_ever_more_rarely(void **state)
{
    struct fixture *f = *state;
    f->targets[0].plant.url = "http://127.0.0.1:1";
    start(f, 0);
    for (int i = 0; i < 50; i++)
        commit(f, 1, 0, NULL);
    run_for_ms(f, 500);
    assert_int_equal(stats_of(f, 0).state, INFLUX_UNREACHABLE);
    assert_in_range(stats_of(f, 0).requests, 3, 9);
    assert_int_equal(stats_of(f, 0).backlog, 50);
}

static void two_targets_with_different_outages_both_get_everything(void **state)
{
    struct fixture *f = *state;
    f->targets[0].steps[0] = (struct step){.times = 4, .answer = {.status = 503}};
    int port = http_server_port(f->targets[1].server);
    start(f, 0);
    start(f, 1);
    for (unsigned i = 0; i < 60; i++) {
        commit(f, 4, i % 2, NULL);
        if (i == 20) {
            http_server_stop(f->targets[1].server);
            f->targets[1].server = NULL;
        }
        if (i == 45)
            listen_again(&f->targets[1], port);
        run_for_ms(f, 5);
    }
    run_until(f, is_done(f, 0) && is_done(f, 1));
    check_stored(f, 0, true);
    check_stored(f, 1, false);
}

static void a_restart_goes_on_at_the_cursor(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 100; i++)
        store_add(&f->store, 5, 0, NULL);
    start(f, 0);
    run_until(f, f->targets[0].stored_count >= 200);
    stop(f, 0);
    size_t stored = f->targets[0].stored_count;
    assert_in_range(stored, 200, 400);
    for (int i = 0; i < 10; i++)
        commit(f, 5, 0, NULL);
    start(f, 0);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
}

static void a_restart_goes_on_inside_a_member(void **state)
{
    struct fixture *f = *state;
    struct target *t = &f->targets[0];
    store_add(&f->store, 400, 2, (const unsigned[]){50, 300, 0});
    t->cursor = strdup("\"target\":\"a\",\"next\":2,\"gaps\":[[1,1]],"
                       "\"at\":[{\"seq\":1,\"kind\":\"raw\",\"line\":120}]");
    start(f, 0);
    run_until(f, is_done(f, 0));
    assert_int_equal(t->stored_count, 400 - 120 - 1 + 2);
    assert_int_equal(stats_of(f, 0).quarantined, 1);
    stop(f, 0);
    assert_string_equal(t->cursor, "\"target\":\"a\",\"next\":2,\"gaps\":[]");
}

static void a_cursor_line_alone_begets_no_other(void **state)
{
    struct fixture *f = *state;
    f->commits_on_cursor = true;
    start(f, 0);
    commit(f, 1, 0, NULL);
    run_until(f, is_done(f, 0) && f->targets[0].cursors >= 1);
    run_for_ms(f, 1200);
    unsigned settled = f->targets[0].cursors;
    assert_in_range(settled, 1, 3);
    run_for_ms(f, 2500);
    assert_int_equal(f->targets[0].cursors, settled);
    assert_int_equal(f->targets[0].requests, 1);
    f->commits_on_cursor = false;
}

static void cursor_lines_come_at_most_once_a_second(void **state)
{
    struct fixture *f = *state;
    start(f, 0);
    for (int i = 0; i < 150; i++) {
        commit(f, 1, 0, NULL);
        run_for_ms(f, 10);
    }
    assert_in_range(f->targets[0].cursors, 1, 4);
}

static void commits_that_retention_removed_are_passed_over(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 150; i++)
        store_add(&f->store, 1, 0, NULL);
    f->store.first = 140;
    start(f, 0);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
}

static void a_damaged_commit_does_not_stop_the_others(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 10; i++)
        store_add(&f->store, 1, 0, NULL);
    f->store.corrupt = 5;
    start(f, 0);
    run_until(f, is_done(f, 0));
    assert_int_equal(f->targets[0].stored_count, 9);
    assert_int_equal(stats_of(f, 0).unreadable, 1);
    assert_int_equal(f->targets[0].quarantines, 1);
}

static void an_unreadable_cursor_sends_everything_again(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++)
        store_add(&f->store, 1, 0, NULL);
    f->targets[0].cursor = strdup("\"next\":oops");
    f->targets[0].plant.history = false;
    start(f, 0);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
}

static void a_stop_waits_for_the_answer_but_not_for_ever(void **state)
{
    struct fixture *f = *state;
    start(f, 0);
    commit(f, 2, 0, NULL);
    stop(f, 0);
    check_stored(f, 0, true);
    assert_string_equal(f->targets[0].cursor, "\"target\":\"a\",\"next\":2,\"gaps\":[]");

    f->targets[0].steps[0] = (struct step){.times = 1, .answer = {.how = SERVE_HANG}};
    start(f, 0);
    commit(f, 2, 0, NULL);
    run_until(f, f->targets[0].requests == 2);
    uint64_t begun = uv_hrtime();
    stop(f, 0);
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    assert_in_range(took_ms, 900, 2000);
    start(f, 0);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, true);
}

static void stopping_at_any_moment_loses_nothing(void **state)
{
    struct fixture *f = *state;
    struct target *t = &f->targets[0];
    for (unsigned round = 0; round < 30; round++) {
        t->steps[0] = (struct step){.times = (int)(round % 4), .answer = {.status = 503}};
        t->step = round % 4 == 0;
        start(f, 0);
        commit(f, 7, round % 2, round % 5 ? NULL : (const unsigned[]){3, 0});
        for (unsigned turn = 0; turn < round; turn++)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        stop(f, 0);
    }
    t->step = 1;
    start(f, 0);
    run_until(f, is_done(f, 0));
    check_stored(f, 0, false);
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_of(a_commit_goes_out_at_once_as_it_was_archived),
        case_of(only_the_wanted_members_are_sent),
        case_of(a_new_target_gets_history_or_only_what_comes),
        case_of(live_commits_do_not_wait_for_the_backlog),
        case_of(a_partial_write_is_counted_and_quarantined_not_resent),
        case_of(one_refused_line_among_1000_is_found_and_the_rest_delivered),
        case_of(several_refused_lines_and_a_single_one_are_found),
        case_of(a_request_that_is_too_big_is_halved),
        case_of(wrong_credentials_hold_until_they_are_right),
        case_of(a_missing_database_holds_until_it_exists),
        case_of(a_server_error_is_tried_again),
        case_of(an_answer_that_is_cut_is_tried_again),
        case_of(a_proxy_page_quarantines_nothing),
        case_of(silence_ends_in_a_timeout_and_is_tried_again),
        case_of(retry_after_is_kept),
        case_of(a_refusing_target_says_so),
        case_of(a_dead_target_is_asked_ever_more_rarely),
        case_of(two_targets_with_different_outages_both_get_everything),
        case_of(a_restart_goes_on_at_the_cursor),
        case_of(a_restart_goes_on_inside_a_member),
        case_of(a_cursor_line_alone_begets_no_other),
        case_of(cursor_lines_come_at_most_once_a_second),
        case_of(commits_that_retention_removed_are_passed_over),
        case_of(a_damaged_commit_does_not_stop_the_others),
        case_of(an_unreadable_cursor_sends_everything_again),
        case_of(a_stop_waits_for_the_answer_but_not_for_ever),
        case_of(stopping_at_any_moment_loses_nothing),
    };
    return cmocka_run_group_tests_name("influx sender", tests, NULL, NULL);
}
