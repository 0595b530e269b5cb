/* Log lines as they arrive on stderr. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CAPTURE_SIZE = 65536 };

/* What stderr got while write_lines ran. */
static void capture(void (*write_lines)(void), char out[CAPTURE_SIZE])
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int saved = dup(STDERR_FILENO);
    assert_true(saved >= 0);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    write_lines();
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(file);
    out[fread(out, 1, CAPTURE_SIZE - 1, file)] = '\0';
    fclose(file);
}

static size_t count(const char *text, const char *piece)
{
    size_t n = 0;
    for (const char *p = strstr(text, piece); p; p = strstr(p + 1, piece))
        n++;
    return n;
}

static void write_one(void)
{
    log_warn("modbus", "link=%s unit=%d: %s", "plc", 3, "timeout");
}

static void line_holds_time_level_area_and_text(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];
    capture(write_one, text);
    int used = 0;
    int year;
    assert_int_equal(sscanf(text, "%d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ%n", &year, &used), 1);
    assert_int_equal(used, 24);
    assert_string_equal(text + used, " warn  modbus   link=plc unit=3: timeout\n");
}

static void write_controls(void)
{
    log_info("http", "path=%s", "/a\nb\r\x1b[0m");
}

static void controls_cannot_forge_a_line(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];
    capture(write_controls, text);
    assert_int_equal(count(text, "\n"), 1);
    assert_non_null(strstr(text, "path=/a b  [0m\n"));
}

static void write_long(void)
{
    char longest[3000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    log_info("http", "long=%s", longest);
}

static void long_line_is_cut_and_ends(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];
    capture(write_long, text);
    assert_true(strlen(text) < 1024);
    assert_true(strlen(text) > 900);
    assert_string_equal(text + strlen(text) - 2, "x\n");
}

static void write_repeats(void)
{
    for (int i = 0; i < 50; i++)
        log_warn("modbus", "repeated i=%d", i);
    log_warn("modbus", "another message");
}

static void repeated_message_is_held_back_after_ten(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];
    capture(write_repeats, text);
    assert_int_equal(count(text, "repeated i="), 10);
    assert_int_equal(count(text, "another message"), 1);
}

static void write_all_levels(void)
{
    log_set_level(LOG_ERROR);
    log_debug("a", "one");
    log_info("a", "two");
    log_warn("a", "three");
    log_error("a", "four");
    log_set_level(LOG_DEBUG);
    for (int i = 0; i < 15; i++)
        log_debug("a", "frame=%d", i);
    log_set_level(LOG_INFO);
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    char text[CAPTURE_SIZE];
    capture(write_all_levels, text);
    assert_int_equal(count(text, "one") + count(text, "two") + count(text, "three"), 0);
    assert_int_equal(count(text, " error a        four\n"), 1);
    assert_int_equal(count(text, " debug a        frame="), 15);
}

static void level_words_are_parsed(void **state)
{
    (void)state;
    enum log_level level = LOG_INFO;
    assert_int_equal(log_level_parse("error", &level), 0);
    assert_int_equal(level, LOG_ERROR);
    assert_int_equal(log_level_parse("debug", &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_level_parse("Warn", &level), PW_EINVAL);
    assert_int_equal(level, LOG_DEBUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_holds_time_level_area_and_text),
        cmocka_unit_test(controls_cannot_forge_a_line),
        cmocka_unit_test(long_line_is_cut_and_ends),
        cmocka_unit_test(repeated_message_is_held_back_after_ten),
        cmocka_unit_test(lines_below_the_level_are_not_written),
        cmocka_unit_test(level_words_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
