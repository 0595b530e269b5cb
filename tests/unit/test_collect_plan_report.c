#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/plan_report.h"
#include "acq/core/json.h"
#include "tests/unit/collect_plant.h"

#include <stdlib.h>

static struct test_plant plant;

/* Two links: one at rest, and one with 10 devices that each ask 3 requests every 100 ms. */
static void begin(void)
{
    test_plant_init(&plant);
    test_plant_add_link(&plant, 502)->gap_ms = 5;
    test_plant_add_device(&plant, 1);
    for (uint16_t i = 0; i < 10; i++)
        test_plant_add_signal(&plant, TABLE_HOLDING, (uint16_t)(100 + i), TYPE_FLOAT32);
    test_plant_add_signal(&plant, TABLE_COIL, 9, TYPE_BIT);
    test_plant_add_link(&plant, 503);
    for (uint8_t unit = 1; unit <= 10; unit++) {
        test_plant_add_device(&plant, unit)->every_ms = 100;
        for (uint16_t i = 0; i < 3; i++)
            test_plant_add_signal(&plant, TABLE_INPUT, (uint16_t)(i * 1000), TYPE_UINT16);
    }
}

static char *report(bool json, double round_trip_ms, int expected)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(plan_report_write_assuming(&plant.plant, json, round_trip_ms, f), expected);
    fclose(f);
    return text;
}

static void a_check_says_which_link_by_how_much_and_what_would_fit(void **state)
{
    (void)state;
    begin();
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(plan_report_check(&plant.plant, "plant.json", f), 1);
    fclose(f);
    assert_string_equal(text,
                        "plant.json: /links/1: found 150 % of the time of link \"link-1\" for "
                        "its 10 devices, expected at most 100 %: every \"every_ms\" times 1.5 "
                        "would fit, or fewer signals\n");
    free(text);
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void the_numbers_follow_from_the_plan(void **state)
{
    (void)state;
    begin();
    char *text = report(true, 5, 1);
    cJSON *root = NULL;
    assert_int_equal(json_parse(text, strlen(text), &root, NULL), 0);
    const cJSON *links = cJSON_GetObjectItemCaseSensitive(root, "links");
    const cJSON *calm = cJSON_GetArrayItem(links, 0);
    assert_int_equal(number(calm, "requests"), 2);
    assert_int_equal(number(calm, "bytes"), 12 + 9 + 1 + 12 + 9 + 22);
    assert_true(number(calm, "bus_ms") == 20);
    assert_true(number(calm, "share") == 0.02);
    assert_true(number(calm, "requests_per_s") == 2);
    assert_false(json_bool(calm, "over_committed", true));
    const cJSON *full = cJSON_GetArrayItem(links, 1);
    assert_int_equal(number(full, "requests"), 30);
    assert_true(number(full, "requests_per_s") > 299.99);
    assert_true(number(full, "share") > 1.49 && number(full, "share") < 1.51);
    assert_true(json_bool(full, "over_committed", false));
    const cJSON *device = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(calm, "devices"), 0);
    const cJSON *request =
        cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(device, "requests"), 1);
    assert_string_equal(json_string(request, "table"), "holding");
    assert_int_equal(number(request, "address"), 100);
    assert_int_equal(number(request, "count"), 11);
    assert_int_equal(number(request, "signals"), 10);
    cJSON_Delete(root);
    free(text);
}

static void another_round_trip_gives_another_verdict(void **state)
{
    (void)state;
    begin();
    free(report(true, 3, 0));
    free(report(true, 3.4, 1));
}

static void a_window_shares_the_round_trips(void **state)
{
    (void)state;
    begin();
    plant.links[1].window = 2;
    char *text = report(true, 5, 0);
    assert_non_null(strstr(text, "\"gap_ms\":0,\"window\":2,\"requests\":30,"));
    assert_non_null(strstr(text, "\"bus_ms\":75,\"share\":0.7"));
    free(text);
    plant.links[0].window = 5; /* two requests with a gap of 5 ms each */
    text = report(false, 5, 0);
    assert_non_null(strstr(text, "gap 5 ms  window 5  devices 1\n"));
    assert_non_null(strstr(text, "requests 2  bytes 65  bus 12.0 ms  share 1.20 %\n"));
    free(text);
}

static void the_text_says_assumption_requests_and_verdict(void **state)
{
    (void)state;
    begin();
    char *text = report(false, 5, 1);
    assert_non_null(strstr(text, "5 ms from a request to its reply"));
    assert_non_null(strstr(text, "holding 100..110  registers 11  signals 10\n"));
    assert_non_null(strstr(text, "coil 9..9  bits 1  signals 1\n"));
    assert_non_null(strstr(text, "share 150.00 %  OVER-COMMITTED\n"));
    free(text);
}

static void a_device_that_cannot_be_planned_is_an_error(void **state)
{
    (void)state;
    begin();
    test_plant_add_signal(&plant, TABLE_INPUT, 65535, TYPE_UINT32);
    free(report(false, 5, PW_EINVAL));
}

static void a_line_is_shown_with_its_speed_and_counts_its_bytes(void **state)
{
    (void)state;
    test_plant_init(&plant);
    struct plant_link *l = test_plant_add_link(&plant, 0);
    l->medium = MEDIUM_SERIAL;
    l->framing = FRAMING_RTU;
    l->serial = "/dev/line";
    l->baud = 9600;
    l->data_bits = 8;
    l->parity = PARITY_EVEN;
    l->stop_bits = 1;
    test_plant_add_device(&plant, 1);
    for (uint16_t i = 0; i < 100; i++)
        test_plant_add_signal(&plant, TABLE_HOLDING, i, TYPE_UINT16);
    char *text = report(false, 5, 0);
    assert_non_null(strstr(text, "serial /dev/line  rtu  9600 8E1"));
    free(text);
    text = report(true, 5, 0);
    cJSON *root = NULL;
    assert_int_equal(json_parse(text, strlen(text), &root, NULL), 0);
    const cJSON *line = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "links"), 0);
    assert_string_equal(json_string(line, "serial"), "/dev/line");
    assert_string_equal(json_string(line, "framing"), "rtu");
    assert_int_equal(number(line, "baud"), 9600);
    assert_int_equal(number(line, "bytes"), 8 + 205);
    double bytes_ms = 213 * 11 * 1000.0 / 9600;
    assert_true(number(line, "bus_ms") > bytes_ms + 5 + 4);
    assert_true(number(line, "bus_ms") < bytes_ms + 5 + 6);
    cJSON_Delete(root);
    free(text);
    l->baud = 2400;
    free(report(true, 5, 0));
    l->baud = 1200;
    free(report(true, 5, 1)); /* 2 s a second */
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    begin();
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    assert_int_equal(plan_report_write(&plant.plant, false, full), PW_EIO);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_says_which_link_by_how_much_and_what_would_fit),
        cmocka_unit_test(the_numbers_follow_from_the_plan),
        cmocka_unit_test(another_round_trip_gives_another_verdict),
        cmocka_unit_test(a_window_shares_the_round_trips),
        cmocka_unit_test(the_text_says_assumption_requests_and_verdict),
        cmocka_unit_test(a_device_that_cannot_be_planned_is_an_error),
        cmocka_unit_test(a_line_is_shown_with_its_speed_and_counts_its_bytes),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
