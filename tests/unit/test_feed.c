/* The journal played again: a run is journalled as the server does it, commit by commit, and the
 * feed must say what was said, from the beginning, from a snapshot and from the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/record/format.h"
#include "acq/record/journal_line.h"
#include "acq/record/raw_line.h"
#include "acq/replay/feed.h"
#include "tests/support/xorshift.h"
#include "tests/unit/pipeline_stand.h"

#include <stdio.h>

enum { COMMITS_MAX = 400, WHY_SIZE = 256, MINUTE = 60000 };

#define START_MS INT64_C(1795480000000)

static const char config_a[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],\"devices\":["
    "{\"id\":\"a\",\"link\":\"l\",\"unit\":1,\"every_ms\":1000,\"phase_ms\":0,\"timeout_ms\":500,"
    "\"signals\":{\"x\":{\"address\":\"40001\",\"type\":\"float32\"},"
    "\"y\":{\"address\":\"40003\",\"type\":\"float32\"}}},"
    "{\"id\":\"b\",\"link\":\"l\",\"unit\":2,\"every_ms\":2000,\"phase_ms\":0,\"timeout_ms\":500,"
    "\"signals\":{\"z\":{\"address\":\"40001\",\"type\":\"float32\"}}}],"
    "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\",\"inputs\":{"
    "\"a1\":{\"signal\":\"a.x\"},\"a2\":{\"signal\":\"a.y\"},\"a3\":{\"signal\":\"b.z\"}},"
    "\"limits\":[{\"factor\":\"a1\",\"period\":\"realtime\",\"max\":60,\"on_delay_s\":2},"
    "{\"factor\":\"a2\",\"period\":\"minute\",\"max\":50},"
    "{\"factor\":\"a3\",\"period\":\"realtime\",\"max\":80,\"off_delay_s\":3}]}]}]}";

/* Another limit, and the second device's input is gone. */
static const char config_b[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],\"devices\":["
    "{\"id\":\"b\",\"link\":\"l\",\"unit\":2,\"every_ms\":2000,\"phase_ms\":0,\"timeout_ms\":500,"
    "\"signals\":{\"z\":{\"address\":\"40001\",\"type\":\"float32\"}}},"
    "{\"id\":\"a\",\"link\":\"l\",\"unit\":1,\"every_ms\":1000,\"phase_ms\":0,\"timeout_ms\":500,"
    "\"signals\":{\"x\":{\"address\":\"40001\",\"type\":\"float32\"},"
    "\"y\":{\"address\":\"40003\",\"type\":\"float32\"}}}],"
    "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\",\"inputs\":{"
    "\"a2\":{\"signal\":\"a.y\"},\"a1\":{\"signal\":\"a.x\"}},"
    "\"limits\":[{\"factor\":\"a1\",\"period\":\"realtime\",\"max\":40,\"on_delay_s\":2},"
    "{\"factor\":\"a2\",\"period\":\"minute\",\"max\":50}]}]}]}";

struct written {
    struct strbuf raw, journal;
    size_t raw_lines;
    size_t said; /* bytes of output when it ended */
};

/* A server without a loop: what it takes goes into a commit and into the pipeline. */
struct live {
    struct stand *stand;
    struct plant *plants[16];
    size_t plant_count;
    struct raw_encoder *encoder;
    struct written commits[COMMITS_MAX];
    size_t count; /* the last is being filled */
    struct strbuf order;
    int64_t last_raw_at_ms;
    int64_t offset_ms;
    uint64_t seed;
};

static struct written *filling(struct live *l)
{
    return &l->commits[l->count - 1];
}

static void begin_commit(struct live *l)
{
    assert_true(l->count < COMMITS_MAX);
    struct written *w = &l->commits[l->count++];
    strbuf_init(&w->raw, 1 << 24);
    strbuf_init(&w->journal, 1 << 24);
    strbuf_init(&l->order, 1 << 24);
}

static void end_commit(struct live *l)
{
    struct written *w = filling(l);
    struct strbuf journal = w->journal;
    order_line_end(&l->order);
    strbuf_adds(&l->order, strbuf_text(&journal));
    w->journal = l->order;
    w->said = l->stand->lines.len;
    strbuf_deinit(&journal);
    begin_commit(l);
}

static void note(struct live *l, const char *type, int64_t at_ms, const char *members)
{
    journal_line_write(&filling(l)->journal, type, at_ms, (uint32_t)filling(l)->raw_lines, members);
}

static void note_finding(void *ctx, const struct finding *f)
{
    struct live *l = ctx;
    stand_on_finding(l->stand, f);
    note(l, "finding", pipeline_now(l->stand->pipeline).at_ms, "\"kind\":\"limit\"");
}

static void note_mean(void *ctx, const struct mean *m)
{
    stand_on_mean(((struct live *)ctx)->stand, m);
}

static void note_config(struct live *l, const struct plant *plant, int64_t at_ms, bool with_text)
{
    struct strbuf members;
    char hex[SM3_HEX_SIZE];
    strbuf_init(&members, 1 << 20);
    strbuf_addf(&members, "\"digest\":\"%s\"", sm3_hex(plant->digest, hex));
    if (with_text) {
        strbuf_adds(&members, ",\"text\":");
        strbuf_add_json_string(&members, plant->text);
    }
    note(l, "config", at_ms, members.data);
    strbuf_deinit(&members);
}

static void note_offset(struct live *l, const char *type, int64_t at_ms)
{
    char members[64];
    snprintf(members, sizeof members, "\"offset_ms\":%lld", (long long)l->offset_ms);
    note(l, type, at_ms, members);
}

static void note_snapshot(struct live *l, int64_t at_ms)
{
    struct strbuf members;
    char hex[SM3_HEX_SIZE];
    strbuf_init(&members, 1 << 24);
    const struct pipeline *p = l->stand->pipeline;
    snapshot_write_members(p, sm3_hex(pipeline_plant(p)->digest, hex), &members);
    note(l, "snapshot", at_ms, members.data);
    strbuf_deinit(&members);
}

static struct plant *use_plant(struct live *l, const char *config)
{
    struct plant *plant = stand_load(config);
    l->plants[l->plant_count++] = plant;
    raw_encoder_free(l->encoder);
    assert_int_equal(raw_encoder_new(plant, &l->encoder), 0);
    return plant;
}

static struct live *live_new(uint64_t seed)
{
    struct live *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->seed = seed;
    l->stand = calloc(1, sizeof *l->stand);
    assert_non_null(l->stand);
    strbuf_init(&l->stand->lines, 1 << 28);
    begin_commit(l);
    struct plant *plant = use_plant(l, config_a);
    const struct machine_sink sink = {.on_finding = note_finding, .on_mean = note_mean, .ctx = l};
    note_offset(l, "start", START_MS);
    note_config(l, plant, START_MS, true);
    assert_int_equal(pipeline_new(plant, START_MS, 0, &sink, &l->stand->pipeline), 0);
    return l;
}

static void live_free(struct live *l)
{
    pipeline_free(l->stand->pipeline);
    strbuf_deinit(&l->stand->lines);
    free(l->stand);
    for (size_t i = 0; i < l->plant_count; i++)
        plant_free(l->plants[i]);
    raw_encoder_free(l->encoder);
    for (size_t i = 0; i < l->count; i++) {
        strbuf_deinit(&l->commits[i].raw);
        strbuf_deinit(&l->commits[i].journal);
    }
    strbuf_deinit(&l->order);
    free(l);
}

static void take_reading(struct live *l, const char *id, int64_t time_ms, int64_t at_ms)
{
    const struct plant *plant = pipeline_plant(l->stand->pipeline);
    struct sample samples[4] = {0};
    uint32_t d = plant_find_device(plant, id);
    for (uint32_t i = 0; i < plant->devices[d].signal_count; i++) {
        uint64_t r = xorshift_next(&l->seed);
        double level = (at_ms - START_MS) / 20000 % 3 == 0 ? 75 : 30;
        samples[i].value = level + (double)(r % 1000) / 40;
        if ((r >> 20) % 17 == 0)
            samples[i] = (struct sample){.quality = quality_make(QUALITY_TIMEOUT, 0)};
    }
    struct reading r = {d, plant->devices[d].signal_count, time_ms, at_ms, .samples = samples};
    struct written *w = filling(l);
    assert_int_equal(raw_encoder_write(l->encoder, &r, at_ms + l->offset_ms, &w->raw), 0);
    strbuf_addc(&w->raw, '\n');
    order_line_add(&l->order, at_ms, l->last_raw_at_ms);
    l->last_raw_at_ms = at_ms;
    w->raw_lines++;
    pipeline_input(l->stand->pipeline, &r);
}

static void reload(struct live *l, const char *config, int64_t at_ms)
{
    struct plant *plant = use_plant(l, config);
    assert_int_equal(pipeline_reload(l->stand->pipeline, plant, at_ms), 0);
    note_config(l, plant, at_ms, l->plant_count <= 2);
}

static void step(struct live *l, int64_t at_ms, int64_t offset_ms)
{
    l->offset_ms = offset_ms;
    note_offset(l, "clock", at_ms);
    pipeline_set_offset(l->stand->pipeline, at_ms, offset_ms);
}

static void declare(struct live *l, int64_t at_ms)
{
    struct declaration d = {.kind = DECLARATION_MARK,
                            .start_ms = at_ms + l->offset_ms + 5000,
                            .end_ms = at_ms + l->offset_ms + 20000,
                            .id = "x",
                            .object = "DA001",
                            .word = "maintenance",
                            .reason = "r"};
    char storage[512];
    struct strbuf members;
    strbuf_init_fixed(&members, storage, sizeof storage);
    declaration_write_members(&d, 0, &members);
    note(l, "declare", at_ms, members.data);
    assert_int_equal(pipeline_declare(l->stand->pipeline, &d, at_ms), 0);
}

/* A quarter of an hour with everything in it: steps of the clock, reloads, a declaration,
 * snapshots, seconds that only the timer ticks. */
static void run_from(struct live *l, int from, int seconds)
{
    for (int i = from; i <= seconds; i++) {
        int64_t at_ms = START_MS + i * 1000;
        size_t means = l->stand->mean_count;
        if (i % 50 > 40) {
            pipeline_tick_to(l->stand->pipeline, at_ms);
        } else {
            take_reading(l, "a", at_ms + l->offset_ms - 30, at_ms);
            if (i % 2)
                take_reading(l, "b", at_ms + l->offset_ms - 30, at_ms + 300);
        }
        if (l->stand->mean_count != means)
            note(l, "tick", at_ms + 400, "");
        if (i == 190 || i == 490)
            reload(l, i == 190 ? config_b : config_a, at_ms + 500);
        if (i == 300)
            step(l, at_ms + 500, 90000);
        if (i == 700)
            step(l, at_ms + 500, 88000);
        if (i == 100)
            declare(l, at_ms + 500);
        if (i % 120 == 0)
            note_snapshot(l, at_ms + 600);
        if (xorshift_next(&l->seed) % 3 == 0)
            end_commit(l);
    }
    note(l, "stop", START_MS + seconds * 1000 + 900, "");
    end_commit(l);
}

static void run_live(struct live *l, int seconds)
{
    run_from(l, 1, seconds);
}

/* A start that cannot read what is behind it. */
static void restart_without_history(struct live *l, int64_t at_ms)
{
    const struct machine_sink sink = {.on_finding = note_finding, .on_mean = note_mean, .ctx = l};
    const struct plant *plant = pipeline_plant(l->stand->pipeline);
    note(l, "no-history", at_ms, "");
    note_offset(l, "start", at_ms);
    note_config(l, plant, at_ms, false);
    pipeline_free(l->stand->pipeline);
    assert_int_equal(pipeline_new(plant, at_ms, l->offset_ms, &sink, &l->stand->pipeline), 0);
}

struct said {
    struct feed *feed;
    struct strbuf lines;
    bool silent;
};

static void keep_finding(void *ctx, const struct finding *f)
{
    struct said *s = ctx;
    if (!s->silent)
        output_finding(f, pipeline_plant(feed_pipeline(s->feed)), &s->lines);
}

static void keep_mean(void *ctx, const struct mean *m)
{
    struct said *s = ctx;
    if (!s->silent)
        output_mean(m, pipeline_plant(feed_pipeline(s->feed)), &s->lines);
}

static struct feed_options options_of(struct said *s)
{
    return (struct feed_options){
        .sink = {.on_finding = keep_finding, .on_mean = keep_mean, .ctx = s}, .ctx = s};
}

static void said_begin(struct said *s, const struct feed_options *options)
{
    strbuf_init(&s->lines, 1 << 28);
    assert_int_equal(feed_new(options, &s->feed), 0);
}

static void said_end(struct said *s)
{
    feed_free(s->feed);
    strbuf_deinit(&s->lines);
}

static struct feed_text text_of(const struct live *l, size_t i)
{
    const struct written *w = &l->commits[i];
    return (struct feed_text){.seq = i + 1,
                              .raw = strbuf_text(&w->raw),
                              .raw_len = w->raw.len,
                              .raw_lines = w->raw_lines,
                              .journal = strbuf_text(&w->journal),
                              .journal_len = w->journal.len};
}

static void feed_range(struct said *s, const struct live *l, size_t from, size_t to)
{
    char why[WHY_SIZE] = "";
    for (size_t i = from; i < to; i++) {
        const struct feed_text text = text_of(l, i);
        if (feed_take_text(s->feed, &text, why, sizeof why) != 0)
            fail_msg("%s", why);
    }
}

static struct bytes *packed(enum member_kind kind, const struct strbuf *text)
{
    struct bytes *out = NULL;
    struct member_packer *p = member_packer_new();
    if (text->len)
        assert_int_equal(member_pack(p, kind, NULL, text->data, text->len, &out), 0);
    member_packer_free(p);
    return out;
}

/* The commit as archived. */
static struct commit commit_of(const struct live *l, size_t i)
{
    const struct written *w = &l->commits[i];
    struct commit c = {.seq = i + 1, .lines[MEMBER_R] = (uint32_t)w->raw_lines};
    c.member[MEMBER_R] = packed(MEMBER_R, &w->raw);
    c.member[MEMBER_J] = packed(MEMBER_J, &w->journal);
    return c;
}

static int try_snapshot(struct said *s, const struct live *l, size_t i)
{
    char why[WHY_SIZE] = "";
    struct commit c = commit_of(l, i);
    int err = feed_from_snapshot(s->feed, &c, why, sizeof why);
    bytes_unref(c.member[MEMBER_R]);
    bytes_unref(c.member[MEMBER_J]);
    return err;
}

static void check_same(const char *one, const char *other)
{
    size_t i = 0;
    while (one[i] && one[i] == other[i])
        i++;
    if (one[i] != other[i])
        print_message("differ at byte %zu:\n%.400s\n---\n%.400s\n", i,
                      one + (i > 300 ? i - 300 : 0), other + (i > 300 ? i - 300 : 0));
    assert_true(one[i] == other[i]);
}

static void a_journal_says_again_what_was_said(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct live *l = live_new(seed);
        run_live(l, 900);
        struct said s = {0};
        const struct feed_options options = options_of(&s);
        said_begin(&s, &options);
        feed_range(&s, l, 0, l->count - 1);
        check_same(l->stand->lines.data, s.lines.data);
        assert_non_null(strstr(s.lines.data, "\"reason\":\"reconfigured\""));
        assert_non_null(strstr(s.lines.data, "\"reason\":\"configuration\""));
        struct feed_counts counts = feed_get_counts(s.feed);
        assert_int_equal(counts.orphans, 0);
        assert_int_equal(counts.commits, l->count - 1);
        said_end(&s);
        live_free(l);
    }
}

static char *find_config_text(void *ctx, const char *digest)
{
    char hex[SM3_HEX_SIZE];
    const char *const configs[] = {config_a, config_b};
    (void)ctx;
    for (size_t i = 0; i < 2; i++) {
        struct plant *plant = stand_load(configs[i]);
        bool found = strcmp(sm3_hex(plant->digest, hex), digest) == 0;
        char *text = found ? strdup(plant->text) : NULL;
        plant_free(plant);
        if (found)
            return text;
    }
    return NULL;
}

/* Killed behind commit `cut`: the next start finds the last snapshot, feeds the tail, and goes on.
 */
static void check_cut(const struct live *l, size_t cut)
{
    struct said s = {.silent = true};
    struct feed_options options = options_of(&s);
    options.find_config = find_config_text;
    said_begin(&s, &options);
    size_t from = cut;
    while (from > 0 && try_snapshot(&s, l, from - 1) == PW_ENOTFOUND)
        from--;
    feed_range(&s, l, from, cut);
    s.silent = false;
    feed_range(&s, l, cut, l->count - 1);
    check_same(l->stand->lines.data + (cut ? l->commits[cut - 1].said : 0), strbuf_text(&s.lines));
    said_end(&s);
}

static void a_start_goes_on_from_the_last_snapshot_and_its_tail(void **state)
{
    (void)state;
    struct live *l = live_new(4);
    run_live(l, 900);
    for (size_t cut = 0; cut < l->count - 1; cut += 7)
        check_cut(l, cut);
    live_free(l);
}

static void a_journal_taken_up_in_its_middle_begins_at_a_snapshot(void **state)
{
    (void)state;
    struct live *l = live_new(5);
    run_live(l, 900);
    size_t from = 0;
    while (!strstr(l->commits[from].journal.data, "\"type\":\"snapshot\""))
        from++;
    struct said s = {0};
    struct feed_options options = options_of(&s);
    options.find_config = find_config_text;
    said_begin(&s, &options);
    feed_range(&s, l, from, l->count - 1);
    const char *all = l->stand->lines.data;
    check_same(all + strlen(all) - s.lines.len, s.lines.data);
    assert_true(s.lines.len > strlen(all) / 2);
    said_end(&s);
    live_free(l);
}

static void a_start_without_history_is_one_again(void **state)
{
    (void)state;
    struct live *l = live_new(12);
    run_live(l, 185);
    restart_without_history(l, START_MS + 187500);
    run_from(l, 188, 400);
    struct said s = {0};
    const struct feed_options options = options_of(&s);
    said_begin(&s, &options);
    feed_range(&s, l, 0, l->count - 1);
    check_same(l->stand->lines.data, s.lines.data);
    said_end(&s);
    live_free(l);
}

static void a_given_plant_stays_and_does_not_tick_from_the_epoch(void **state)
{
    (void)state;
    struct live *l = live_new(6);
    run_live(l, 900);
    struct said s = {0};
    struct feed_options options = options_of(&s);
    struct plant *plant = stand_load(config_a);
    options.plant = plant;
    said_begin(&s, &options);
    feed_range(&s, l, 0, l->count - 1);
    assert_ptr_equal(feed_plant(s.feed), plant);
    assert_null(strstr(s.lines.data, "reconfigured"));
    assert_non_null(strstr(s.lines.data, "\"finding\""));
    said_end(&s);
    plant_free(plant);
    live_free(l);
}

/* The first of `text` replaced in place by as many bytes. */
static void spoil(struct strbuf *b, const char *text, const char *with)
{
    char *at = strstr(b->data, text);
    assert_non_null(at);
    assert_int_equal(strlen(text), strlen(with));
    memcpy(at, with, strlen(with));
}

static size_t commit_with(const struct live *l, const char *text)
{
    for (size_t i = 0; i < l->count - 1; i++)
        if (strstr(l->commits[i].journal.data, text))
            return i;
    fail_msg("no commit with %s", text);
    return 0;
}

static void a_snapshot_of_another_version_changes_nothing(void **state)
{
    (void)state;
    static const char *const spoils[][2] = {{"\"version\":1,", "\"version\":9,"},
                                            {"\"v\":1,\"s\"", "\"v\":9,\"s\""}};
    for (size_t i = 0; i < 2; i++) {
        struct live *l = live_new(8);
        run_live(l, 300);
        size_t at = commit_with(l, "\"type\":\"snapshot\"");
        spoil(&l->commits[at].journal, spoils[i][0], spoils[i][1]);
        struct said s = {0};
        struct feed_options options = options_of(&s);
        options.find_config = find_config_text;
        said_begin(&s, &options);
        assert_int_equal(try_snapshot(&s, l, at), PW_ENOTFOUND);
        assert_null(feed_pipeline(s.feed));
        assert_null(feed_plant(s.feed));
        feed_range(&s, l, 0, l->count - 1);
        check_same(l->stand->lines.data, s.lines.data);
        said_end(&s);
        live_free(l);
    }
}

static void check_refused(const char *text, const char *with, int err, const char *why_part)
{
    struct live *l = live_new(9);
    char why[WHY_SIZE] = "";
    run_live(l, 20);
    struct strbuf *where = &l->commits[0].journal;
    if (!strstr(where->data, text))
        where = &l->commits[0].raw;
    spoil(where, text, with);
    struct said s = {0};
    const struct feed_options options = options_of(&s);
    said_begin(&s, &options);
    const struct feed_text first = text_of(l, 0);
    assert_int_equal(feed_take_text(s.feed, &first, why, sizeof why), err);
    if (!strstr(why, why_part))
        fail_msg("%s", why);
    said_end(&s);
    live_free(l);
}

static void what_is_damaged_is_refused_and_named(void **state)
{
    (void)state;
    check_refused("\"d\":[", "\"e\":[", PW_ESYNTAX, "commit 1");
    check_refused("\"digest\":", "\"gidest\":", PW_ESYNTAX, "journal line");
    check_refused(",\"text\":", ",\"txet\":", PW_ECORRUPT, "only named here");
    check_refused("plumewatch", "plumewotch", PW_ECORRUPT, "cannot be read");
    check_refused("raw_a,device", "raw_a device", PW_ESYNTAX, "raw line 1");
    check_refused("config\",\"at\":17", "config\",\"at\":89", PW_ECORRUPT, "journal clock");
    check_refused("\"offset_ms\"", "\"offset_mS\"", PW_ESYNTAX, "journal line");
}

static void bad_lines_are_counted_when_they_are_skipped(void **state)
{
    (void)state;
    struct live *l = live_new(10);
    run_live(l, 20);
    spoil(&l->commits[0].raw, "raw_a,device", "raw_a device");
    struct said s = {0};
    struct feed_options options = options_of(&s);
    options.skip_bad = true;
    said_begin(&s, &options);
    feed_range(&s, l, 0, l->count - 1);
    assert_int_equal(feed_get_counts(s.feed).bad_lines, 1);
    said_end(&s);
    live_free(l);
}

static void a_reading_of_an_unknown_device_is_an_orphan(void **state)
{
    (void)state;
    struct live *l = live_new(11);
    run_live(l, 20);
    spoil(&l->commits[0].raw, "device=a", "device=q");
    struct said s = {0};
    const struct feed_options options = options_of(&s);
    said_begin(&s, &options);
    feed_range(&s, l, 0, l->count - 1);
    assert_int_equal(feed_get_counts(s.feed).orphans, 1);
    said_end(&s);
    live_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_journal_says_again_what_was_said),
        cmocka_unit_test(a_start_goes_on_from_the_last_snapshot_and_its_tail),
        cmocka_unit_test(a_journal_taken_up_in_its_middle_begins_at_a_snapshot),
        cmocka_unit_test(a_start_without_history_is_one_again),
        cmocka_unit_test(a_given_plant_stays_and_does_not_tick_from_the_epoch),
        cmocka_unit_test(a_snapshot_of_another_version_changes_nothing),
        cmocka_unit_test(what_is_damaged_is_refused_and_named),
        cmocka_unit_test(bad_lines_are_counted_when_they_are_skipped),
        cmocka_unit_test(a_reading_of_an_unknown_device_is_an_orphan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
