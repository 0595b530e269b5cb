/* Every folder of tests/cases/replay is a configuration, config.json, recorded data, input.csv, and
 * what replay with --averages says of it, expect.jsonl, byte for byte. A bug report becomes a
 * folder. gcc and clang builds are held against the same files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "acq/replay/output.h"
#include "acq/replay/play.h"
#include "tests/support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 1000, CASES_LEAST = 11, PATH_SIZE = 1024 };

#define CASES PW_SOURCE_DIR "/tests/cases/replay"

struct said {
    struct play *play;
    struct strbuf lines;
};

static void keep_finding(void *ctx, const struct finding *f)
{
    struct said *s = ctx;
    output_finding(f, play_plant(s->play), &s->lines);
}

static void keep_mean(void *ctx, const struct mean *m)
{
    struct said *s = ctx;
    output_mean(m, play_plant(s->play), &s->lines);
}

static struct plant *load_config(const char *name)
{
    char path[PATH_SIZE];
    struct plant *plant = NULL;
    struct plant_problems problems;
    snprintf(path, sizeof path, CASES "/%s/config.json", name);
    int err = plant_load(path, &plant, &problems);
    plant_problems_deinit(&problems);
    assert_int_equal(err, 0);
    return plant;
}

static void write_expected(const char *path, const struct strbuf *said)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fwrite(said->data, 1, said->len, out);
    assert_int_equal(fclose(out), 0);
}

static bool is_said(const char *name, const struct strbuf *said)
{
    char path[PATH_SIZE];
    size_t len = 0;
    snprintf(path, sizeof path, CASES "/%s/expect.jsonl", name);
    if (getenv("PW_UPDATE"))
        write_expected(path, said);
    char *expected = support_read_file(path, &len);
    assert_non_null(expected);
    size_t same = 0;
    while (same < len && same < said->len && expected[same] == said->data[same])
        same++;
    bool equal = same == len && len == said->len;
    size_t from = same > 200 ? same - 200 : 0;
    if (!equal)
        print_message("%s: at byte %zu expected\n%.400s\nfound\n%.400s\n", name, same,
                      expected + from, strbuf_text(said) + from);
    free(expected);
    return equal;
}

static bool play_case(const char *name)
{
    char path[PATH_SIZE];
    char why[PATH_SIZE] = "";
    const char *input = path;
    snprintf(path, sizeof path, CASES "/%s/input.csv", name);
    struct plant *plant = load_config(name);
    struct said said = {0};
    strbuf_init(&said.lines, 64u << 20);
    const struct play_options options = {
        .plant = plant,
        .inputs = &input,
        .input_count = 1,
        .sink = {.on_finding = keep_finding, .on_mean = keep_mean, .ctx = &said}};
    assert_int_equal(play_new(&options, &said.play), 0);
    if (play_run(said.play, why, sizeof why) != 0)
        fail_msg("%s", why);
    bool good = is_said(name, &said.lines);
    play_free(said.play);
    strbuf_deinit(&said.lines);
    plant_free(plant);
    return good;
}

static void every_case_says_what_is_expected(void **state)
{
    (void)state;
    DIR *dir = opendir(CASES);
    assert_non_null(dir);
    size_t count = 0;
    size_t wrong = 0;
    for (struct dirent *e; (e = readdir(dir)) && count < CASES_MAX;) {
        if (e->d_name[0] == '.')
            continue;
        count++;
        wrong += !play_case(e->d_name);
    }
    closedir(dir);
    assert_true(count >= CASES_LEAST);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_says_what_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
