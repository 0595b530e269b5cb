/* The plan loader: what it takes, and that every mistake names its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/sim/plan.h"

#include <string.h>

#define UNITS(units) "{\"slaves\":[{\"listen\":\"127.0.0.1:0\",\"units\":" units "}]}"
#define UNIT(members) UNITS("[{\"unit\":1," members "}]")
#define SIGNAL(members) UNIT("\"signals\":[{" members "}]")
#define WAVE(members) SIGNAL("\"table\":\"holding\",\"address\":0,\"signal\":{" members "}")
#define FAULT(members) UNIT("\"faults\":[{" members "}]")

static struct sim_plan *load(const char *text)
{
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    if (sim_plan_parse("plan.json", text, strlen(text), &plan, error))
        fail_msg("%s", error);
    return plan;
}

static void whole_plan_is_taken(void **state)
{
    (void)state;
    struct sim_plan *plan =
        load("{ /* a plan */ \"seed\": 7, \"time_scale\": 60, // minutes\n \"slaves\": ["
             "{\"listen\":\"127.0.0.1:15020\",\"count\":3,\"port_step\":2,"
             "\"unknown_unit\":\"silence\",\"units\":[{\"unit\":5,\"count\":2,"
             "\"registers\":{\"holding\":[90,20],\"coil\":[0,8]},"
             "\"signals\":[{\"table\":\"holding\",\"address\":100,\"type\":\"float64\","
             "\"order\":\"CDAB\",\"count\":4,\"add_per_unit\":1,"
             "\"signal\":{\"kind\":\"steps\",\"steps\":[[0,1],[2,3]]}}],"
             "\"faults\":[{\"kind\":\"late\",\"delay_ms\":50,\"at_s\":1,\"for_s\":2,"
             "\"function\":3,\"address\":10,\"count\":5}]}],"
             "\"faults\":[{\"kind\":\"refused\",\"at_s\":9,\"for_s\":1,\"every_s\":10}]}]}");
    assert_int_equal(plan->seed, 7);
    assert_int_equal(plan->slave_count, 1);
    const struct sim_slave *slave = &plan->slaves[0];
    assert_string_equal(slave->host, "127.0.0.1");
    assert_int_equal(slave->port, 15020);
    assert_int_equal(slave->count, 3);
    assert_int_equal(slave->stranger, STRANGER_SILENCE);
    assert_int_equal(slave->faults[0].kind, FAULT_REFUSED);
    const struct sim_unit *unit = &slave->units[0];
    assert_int_equal(unit->ranges[SIM_HOLDING].first, 90);
    assert_int_equal(unit->ranges[SIM_HOLDING].count, 26); /* 90..109 and the signals' 100..115 */
    assert_int_equal(unit->ranges[SIM_COIL].count, 8);
    assert_int_equal(unit->ranges[SIM_INPUT].count, 0);
    assert_int_equal(unit->signals[0].wave.step_count, 2);
    assert_int_equal(unit->faults[0].first, 10);
    assert_int_equal(unit->faults[0].end, 15);
    sim_plan_free(plan);
}

static void defaults_follow_the_table(void **state)
{
    (void)state;
    struct sim_plan *plan = load(UNITS(
        "[{\"unit\":1,\"signals\":["
        "{\"table\":\"coil\",\"address\":3,\"signal\":{\"kind\":\"constant\",\"value\":1}},"
        "{\"table\":\"input\",\"address\":3,\"signal\":{\"kind\":\"constant\",\"value\":1}}]}]"));
    assert_int_equal(plan->slaves[0].units[0].signals[0].type, CELL_BIT);
    assert_int_equal(plan->slaves[0].units[0].signals[1].type, CELL_UINT16);
    assert_int_equal(plan->slaves[0].stranger, STRANGER_EXCEPTION);
    sim_plan_free(plan);
}

static const struct {
    const char *text;
    const char *error; /* begins with */
} wrong[] = {
    {"{\"slaves\":[}", "plan.json:1: this is not JSON"},
    {"{\n\"a\":1,\n\"a\":1}", "plan.json:"},
    {"{}", "plan.json: /slaves: expected at least one"},
    {"[]", "plan.json: : found something else, expected an object"},
    {"{\"slaves\":{}}", "plan.json: /slaves: expected a list"},
    {"{\"slaves\":[{}]}", "plan.json: /slaves/0/listen: found nothing"},
    {"{\"slaves\":[{\"listen\":\"localhost:1\"}]}", "plan.json: /slaves/0/listen: found localhost"},
    {"{\"slaves\":[{\"listen\":\"127.0.0.1:70000\"}]}", "plan.json: /slaves/0/listen: found 127"},
    {"{\"slaves\":[{\"listen\":\"127.0.0.1:\"}]}", "plan.json: /slaves/0/listen: found 127"},
    {"{\"slaves\":[{\"listen\":\"127.0.0.1:65000\",\"count\":1000}]}",
     "plan.json: /slaves/0/count: found ports above 65535"},
    {"{\"slaves\":[{\"listen\":\"127.0.0.1:5\",\"count\":2,\"port_step\":0}]}",
     "plan.json: /slaves/0/port_step: found 0"},
    {"{\"slaves\":[{\"listen\":\"127.0.0.1:0\"}],\"sede\":1}",
     "plan.json: /sede: found an unknown key"},
    {UNITS("[{\"unit\":256}]"), "plan.json: /slaves/0/units/0/unit: found 256"},
    {UNITS("[{\"unit\":1.5}]"), "plan.json: /slaves/0/units/0/unit: found 1.5"},
    {UNITS("[{\"unit\":1,\"count\":3},{\"unit\":3}]"), "plan.json: /slaves/0/units: found unit 3"},
    {UNITS("[{\"unit\":200,\"count\":100}]"), "plan.json: /slaves/0/units: found unit 256"},
    {UNIT("\"registers\":{\"holding\":[1]}"),
     "plan.json: /slaves/0/units/0/registers/holding: expected [first, count]"},
    {UNIT("\"registers\":{\"holding\":[65000,1000]}"),
     "plan.json: /slaves/0/units/0/registers/holding: expected [first, count]"},
    {UNIT("\"registers\":{\"holdings\":[0,1]}"),
     "plan.json: /slaves/0/units/0/registers/holdings: found an unknown key"},
    {SIGNAL("\"table\":\"holdng\""), "plan.json: /slaves/0/units/0/signals/0/table: found holdng"},
    {SIGNAL("\"table\":\"coil\",\"address\":0,\"type\":\"int16\""),
     "plan.json: /slaves/0/units/0/signals/0/type: expected bit"},
    {SIGNAL("\"table\":\"input\",\"address\":65535,\"type\":\"int32\""),
     "plan.json: /slaves/0/units/0/signals/0/address: found cells behind"},
    {SIGNAL("\"table\":\"input\",\"address\":5,\"bit\":3"),
     "plan.json: /slaves/0/units/0/signals/0/bit: expected only with"},
    {SIGNAL("\"table\":\"input\",\"address\":5,\"scale\":0"),
     "plan.json: /slaves/0/units/0/signals/0/scale: found 0"},
    {SIGNAL("\"table\":\"input\",\"address\":5"),
     "plan.json: /slaves/0/units/0/signals/0/signal: found something else"},
    {WAVE("\"kind\":\"square\""),
     "plan.json: /slaves/0/units/0/signals/0/signal/kind: found square"},
    {WAVE("\"kind\":\"ramp\",\"from\":0,\"to\":1"),
     "plan.json: /slaves/0/units/0/signals/0/signal/period_s: found nothing"},
    {WAVE("\"kind\":\"constant\",\"value\":\"1\""),
     "plan.json: /slaves/0/units/0/signals/0/signal/value: expected a number"},
    {WAVE("\"kind\":\"steps\",\"steps\":[]"),
     "plan.json: /slaves/0/units/0/signals/0/signal/steps: expected at least"},
    {WAVE("\"kind\":\"steps\",\"steps\":[[1,1],[0,1]]"),
     "plan.json: /slaves/0/units/0/signals/0/signal/steps/1: expected [seconds"},
    {WAVE("\"kind\":\"constant\",\"value\":1,\"mean\":1"),
     "plan.json: /slaves/0/units/0/signals/0/signal/mean: found an unknown key"},
    {FAULT("\"kind\":\"noise\""), "plan.json: /slaves/0/units/0/faults/0/kind: found noise"},
    {FAULT("\"kind\":\"late\""), "plan.json: /slaves/0/units/0/faults/0/delay_ms: found nothing"},
    {FAULT("\"kind\":\"refused\""), "plan.json: /slaves/0/units/0/faults/0/kind: found refused"},
    {FAULT("\"kind\":\"foreign\",\"id\":\"other\""),
     "plan.json: /slaves/0/units/0/faults/0/other: found nothing"},
    {FAULT("\"kind\":\"silence\",\"chance\":1.5"),
     "plan.json: /slaves/0/units/0/faults/0/chance: found 1.5"},
    {FAULT("\"kind\":\"silence\",\"delay_ms\":1"),
     "plan.json: /slaves/0/units/0/faults/0/delay_ms: found an unknown key"},
};

static void every_mistake_names_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct sim_plan *plan = NULL;
        char error[PLAN_ERROR_SIZE] = "";
        int rc = sim_plan_parse("plan.json", wrong[i].text, strlen(wrong[i].text), &plan, error);
        if (rc == 0 || plan || strncmp(error, wrong[i].error, strlen(wrong[i].error)) != 0)
            fail_msg("%s\n  gave: %s\n  want: %s", wrong[i].text, error, wrong[i].error);
    }
}

static void missing_file_is_named(void **state)
{
    (void)state;
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    assert_int_equal(sim_plan_load("/nonexistent/plan.json", &plan, error), PW_EIO);
    assert_string_equal(error, "/nonexistent/plan.json: No such file or directory");
}

static void demo_plan_loads(void **state)
{
    (void)state;
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    if (sim_plan_load(PW_SOURCE_DIR "/config/examples/demo.sim.json", &plan, error))
        fail_msg("%s", error);
    sim_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_plan_is_taken),
        cmocka_unit_test(defaults_follow_the_table),
        cmocka_unit_test(every_mistake_names_its_place),
        cmocka_unit_test(missing_file_is_named),
        cmocka_unit_test(demo_plan_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
