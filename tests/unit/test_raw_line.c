#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/plant/plant.h"
#include "acq/record/raw_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two devices; the second one's names need escaping. */
static struct plant_signal signals[] = {
    {.id = "so2"},
    {.id = "nox"},
    {.id = "t"},
    {.id = "a b=c"},
};
static struct plant_device devices[] = {
    {.id = "A1",
     .measurement = "raw_stack",
     .every_ms = 1000,
     .first_signal = 0,
     .signal_count = 3},
    {.id = "dev 2,x",
     .measurement = "raw_a b",
     .every_ms = 500,
     .first_signal = 3,
     .signal_count = 1},
};
static const struct plant plant = {
    .devices = devices, .signals = signals, .device_count = 2, .signal_count = 4};

static char text[512];

static int encode(const struct reading *r, int64_t arrived_ms)
{
    struct raw_encoder *e = NULL;
    struct strbuf out;
    strbuf_init_fixed(&out, text, sizeof text);
    assert_int_equal(raw_encoder_new(&plant, &e), 0);
    int err = raw_encoder_write(e, r, arrived_ms, &out);
    raw_encoder_free(e);
    return err;
}

static const struct sample mixed[] = {
    {.value = 12.5, .quality = QUALITY_GOOD, .raw_count = 2, .raw = {0x4148, 0}},
    {.quality = QUALITY_TIMEOUT},
    {.quality = QUALITY_NO_VALUE, .raw_count = 2, .raw = {0x7FC0, 0x0001}},
};

static void a_reading_is_one_line_with_a_reason_for_each_missing_value(void **state)
{
    (void)state;
    struct reading r = {.device = 0, .count = 3, .time_ms = 1795507200000, .samples = mixed};
    assert_int_equal(encode(&r, 1795507201000), 0);
    assert_string_equal(text, "raw_stack,device=A1 so2=12.5,nox_why=\"timeout\","
                              "t_why=\"no-value\",t_raw=\"7FC00001\" 1795507200000");
}

static void a_text_stands_for_the_value_and_reads_back_as_no_number(void **state)
{
    (void)state;
    struct sample s[3] = {
        {.value = 1}, {.quality = QUALITY_NOT_A_NUMBER, .raw_count = 1}, {.value = 0}};
    const char *const texts[] = {NULL, "AF \"7\"", NULL};
    struct reading r = {
        .device = 0, .count = 3, .time_ms = 1795507200000, .samples = s, .texts = texts};
    assert_int_equal(encode(&r, 1795507200000), 0);
    assert_string_equal(text,
                        "raw_stack,device=A1 so2=1,nox_text=\"AF \\\"7\\\"\",t=0 1795507200000");
    struct raw_reader *reader = raw_reader_new();
    struct raw_line line;
    assert_int_equal(raw_line_read(reader, text, strlen(text), &line), 0);
    assert_int_equal(line.count, 3);
    assert_string_equal(line.values[1].text, "AF \"7\"");
    assert_int_equal(line.values[1].sample.quality, QUALITY_NOT_A_NUMBER);
    raw_reader_free(reader);
}

static void a_late_reading_carries_its_arrival(void **state)
{
    (void)state;
    struct reading r = {.device = 0, .count = 3, .time_ms = 1795507200000, .samples = mixed};
    assert_int_equal(encode(&r, 1795507201001), 0);
    assert_non_null(strstr(text, ",at=1795507201001i 1795507200000"));
}

static void a_bad_but_measured_value_keeps_its_number(void **state)
{
    (void)state;
    struct sample s = {
        .value = -3, .quality = quality_make(QUALITY_FLAG, 'T'), .raw_count = 1, .raw = {7}};
    struct reading r = {.device = 1, .count = 1, .time_ms = 5, .samples = &s};
    assert_int_equal(encode(&r, 5), 0);
    assert_string_equal(text,
                        "raw_a\\ b,device=dev\\ 2\\,x a\\ b\\=c=-3,a\\ b\\=c_why=\"flag-T\" 5");
}

static void a_buffer_that_is_too_small_stays_as_it_was(void **state)
{
    (void)state;
    struct reading r = {.device = 0, .count = 3, .time_ms = 5, .samples = mixed};
    struct raw_encoder *e = NULL;
    char small[40];
    struct strbuf out;
    strbuf_init_fixed(&out, small, sizeof small);
    strbuf_adds(&out, "before");
    assert_int_equal(raw_encoder_new(&plant, &e), 0);
    assert_int_equal(raw_encoder_write(e, &r, 5, &out), PW_EFULL);
    assert_string_equal(small, "before");
    raw_encoder_free(e);
}

static void a_line_reads_back_as_the_samples_it_was_made_from(void **state)
{
    (void)state;
    struct reading r = {.device = 0, .count = 3, .time_ms = 1795507200000, .samples = mixed};
    struct raw_reader *reader = raw_reader_new();
    struct raw_line line;
    assert_int_equal(encode(&r, 1795507209000), 0);
    assert_int_equal(raw_line_read(reader, text, strlen(text), &line), 0);
    assert_string_equal(line.measurement, "raw_stack");
    assert_string_equal(line.device, "A1");
    assert_int_equal(line.time_ms, 1795507200000);
    assert_true(line.has_arrived);
    assert_int_equal(line.arrived_ms, 1795507209000);
    assert_int_equal(line.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(line.values[i].signal, signals[i].id);
        assert_int_equal(line.values[i].sample.quality, mixed[i].quality);
        assert_true(line.values[i].sample.value == mixed[i].value);
        assert_null(line.values[i].text);
    }
    assert_int_equal(line.values[0].sample.raw_count, 0);
    assert_int_equal(line.values[2].sample.raw_count, 2);
    assert_int_equal(line.values[2].sample.raw[0], 0x7FC0);
    assert_int_equal(line.values[2].sample.raw[1], 1);
    raw_reader_free(reader);
}

static void escaped_names_read_back(void **state)
{
    (void)state;
    struct sample s = {.value = 1e-7, .quality = QUALITY_OVER_RANGE};
    struct reading r = {.device = 1, .count = 1, .time_ms = 5, .samples = &s};
    struct raw_reader *reader = raw_reader_new();
    struct raw_line line;
    assert_int_equal(encode(&r, 5), 0);
    assert_int_equal(raw_line_read(reader, text, strlen(text), &line), 0);
    assert_string_equal(line.device, "dev 2,x");
    assert_string_equal(line.values[0].signal, "a b=c");
    assert_true(line.values[0].sample.value == 1e-7);
    assert_int_equal(line.values[0].sample.quality, QUALITY_OVER_RANGE);
    assert_false(line.has_arrived);
    raw_reader_free(reader);
}

static void what_the_encoder_never_writes_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "raw_x v=1 5",                                  /* no device */
        "mean,device=A v=1 5",                          /* another measurement */
        "raw_x,device=A v=1i 5",                        /* an integer as a value */
        "raw_x,device=A v_why=\"strange\" 5",           /* no quality word */
        "raw_x,device=A v=1,v_why=\"timeout\" 5",       /* a number that was not measured */
        "raw_x,device=A v_why=\"over-range\" 5",        /* measured, but where is it */
        "raw_x,device=A v_raw=\"0001\" 5",              /* no reason */
        "raw_x,device=A v_why=\"crc\",v_raw=\"001\" 5", /* half a register */
        "raw_x,device=A v_why=\"crc\",v_raw=\"00G1\" 5",
        "raw_x,device=A a_why=\"over-range\",b=1 5",
        "",
    };
    struct raw_reader *reader = raw_reader_new();
    struct raw_line line;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (raw_line_read(reader, bad[i], strlen(bad[i]), &line) != PW_ESYNTAX)
            fail_msg("taken: %s", bad[i]);
    raw_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reading_is_one_line_with_a_reason_for_each_missing_value),
        cmocka_unit_test(a_text_stands_for_the_value_and_reads_back_as_no_number),
        cmocka_unit_test(a_late_reading_carries_its_arrival),
        cmocka_unit_test(a_bad_but_measured_value_keeps_its_number),
        cmocka_unit_test(a_buffer_that_is_too_small_stays_as_it_was),
        cmocka_unit_test(a_line_reads_back_as_the_samples_it_was_made_from),
        cmocka_unit_test(escaped_names_read_back),
        cmocka_unit_test(what_the_encoder_never_writes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
