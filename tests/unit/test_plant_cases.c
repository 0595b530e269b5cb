/* Every folder of tests/cases/config is a configuration, input.json, and what loading it says,
 * expect: the problems one a line, behind a line "good" when it is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "tests/support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES_MAX = 1000, CASES_BAD_LEAST = 40 };

struct tally {
    unsigned good;
    unsigned bad;
    unsigned wrong;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_cases(char *names[CASES_MAX])
{
    size_t count = 0;
    DIR *dir = opendir(PW_SOURCE_DIR "/tests/cases/config");
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) && count < CASES_MAX;)
        if (e->d_name[0] != '.')
            names[count++] = strdup(e->d_name);
    closedir(dir);
    qsort(names, count, sizeof names[0], by_name);
    return count;
}

static void add_problems(struct strbuf *out, const struct plant_problems *problems)
{
    char line[4096];
    for (size_t i = 0; i < problems->count; i++) {
        plant_problem_format(&problems->items[i], line, sizeof line);
        strbuf_addf(out, "%s\n", line);
    }
}

/* The accepted text says the same again, without the files. */
static void check_accepted_text(const struct plant *p)
{
    struct plant *again = NULL;
    struct plant_problems problems;
    assert_int_equal(plant_load_text("text", p->text, p->text_len, &again, &problems), 0);
    assert_memory_equal(again->digest, p->digest, SM3_SIZE);
    assert_int_equal(again->device_count, p->device_count);
    for (uint32_t i = 0; i < p->device_count; i++)
        assert_memory_equal(again->devices[i].digest, p->devices[i].digest, SM3_SIZE);
    for (uint32_t i = 0; i < p->link_count; i++)
        assert_memory_equal(again->links[i].digest, p->links[i].digest, SM3_SIZE);
    for (uint32_t i = 0; i < p->limit_count; i++)
        assert_memory_equal(again->limits[i].digest, p->limits[i].digest, SM3_SIZE);
    plant_problems_deinit(&problems);
    plant_free(again);
}

static void print_lines(char sign, const char *text)
{
    while (*text) {
        int len = (int)strcspn(text, "\n");
        print_error("%c %.*s\n", sign, len, text);
        text += len + (text[len] == '\n');
    }
}

static void run_case(const char *name, struct tally *tally)
{
    struct plant *p = NULL;
    struct plant_problems problems;
    struct strbuf got;
    strbuf_init(&got, 1 << 20);
    int err = plant_load("input.json", &p, &problems);
    if (err == 0) {
        strbuf_adds(&got, "good\n");
        check_accepted_text(p);
    }
    add_problems(&got, &problems);
    char *expected = support_read_file("expect", NULL);
    if (!expected || strcmp(expected, strbuf_text(&got)) != 0) {
        print_error("%s: expected (-) and found (+) differ\n", name);
        print_lines('-', expected ? expected : "");
        print_lines('+', strbuf_text(&got));
        tally->wrong++;
    }
    tally->good += err == 0;
    tally->bad += err != 0;
    free(expected);
    strbuf_deinit(&got);
    plant_problems_deinit(&problems);
    plant_free(p);
}

static void every_case_says_what_is_expected(void **state)
{
    (void)state;
    static char *names[CASES_MAX];
    struct tally tally = {0};
    size_t count = list_cases(names);
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/tests/cases/config/%s", PW_SOURCE_DIR, names[i]);
        assert_int_equal(chdir(path), 0);
        run_case(names[i], &tally);
        free(names[i]);
    }
    print_message("%u good and %u malformed configurations\n", tally.good, tally.bad);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.bad >= CASES_BAD_LEAST);
    assert_true(tally.good >= 5);
}

static void the_examples_load(void **state)
{
    (void)state;
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(plant_load(PW_SOURCE_DIR "/config/examples/gateway.json", &p, &problems), 0);
    assert_int_equal(problems.count, 0);
    assert_int_equal(p->device_count, 2);
    assert_int_equal(p->limit_count, 1);
    assert_int_equal(p->influx_count, 1);
    check_accepted_text(p);
    plant_problems_deinit(&problems);
    plant_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_says_what_is_expected),
        cmocka_unit_test(the_examples_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
