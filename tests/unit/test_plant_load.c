/* What a good configuration becomes: defaults, templates, order, references, phases, digests,
 * includes, secrets, and the accepted text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD "\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
#define LINK "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"

static struct plant *load_good(const char *text)
{
    struct plant *p = NULL;
    struct plant_problems problems;
    int err = plant_load_text("text", text, strlen(text), &p, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        char line[1024];
        plant_problem_format(&problems.items[i], line, sizeof line);
        print_error("%s\n", line);
    }
    assert_int_equal(problems.count, 0);
    assert_int_equal(err, 0);
    plant_problems_deinit(&problems);
    return p;
}

static void what_is_left_out_has_its_default(void **state)
{
    (void)state;
    struct plant *p =
        load_good("{\"plumewatch\":1," LINK "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":7,"
                  "\"signals\":{\"s\":{\"address\":\"40101\"}}}],"
                  "\"sites\":[{\"id\":\"works\"}]}");
    assert_string_equal(p->server.plant, "works");
    assert_string_equal(p->server.data_dir, "/var/lib/plumewatch");
    assert_int_equal(p->server.zone_offset_min, 480);
    assert_int_equal(p->server.commit_min_ms, 100);
    assert_int_equal(p->server.commit_max_ms, 1000);
    assert_string_equal(p->server.http_listen, "127.0.0.1:8600");
    assert_string_equal(p->links[0].host, "h");
    assert_int_equal(p->links[0].port, 502);
    assert_int_equal(p->links[0].connect_timeout_ms, 3000);
    const struct plant_device *d = &p->devices[0];
    assert_null(d->template_id);
    assert_string_equal(d->measurement, "raw_d");
    assert_int_equal(d->unit, 7);
    assert_int_equal(d->every_ms, 1000);
    assert_int_equal(d->timeout_ms, 1000);
    assert_int_equal(d->retries, 1);
    assert_int_equal(d->max_registers, 125);
    assert_int_equal(d->max_gap, 8);
    assert_int_equal(d->backoff_max_s, 60);
    const struct plant_signal *s = &p->signals[0];
    assert_int_equal(s->table, TABLE_HOLDING);
    assert_int_equal(s->address, 100);
    assert_int_equal(s->type, TYPE_UINT16);
    assert_int_equal(s->register_count, 1);
    assert_int_equal(s->bit, -1);
    assert_true(s->scale == 1 && s->offset == 0);
    assert_false(s->has_range);
    assert_string_equal(s->name, "");
    plant_free(p);
}

static void every_order_and_width_is_understood(void **state)
{
    (void)state;
    struct plant *p =
        load_good("{" HEAD LINK "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"signals\":{"
                  "\"a\":{\"address\":\"300001\",\"type\":\"float64\",\"order\":\"GHEFCDAB\"},"
                  "\"b\":{\"address\":\"40001\",\"type\":\"int64\",\"order\":\"BADC\"},"
                  "\"c\":{\"address\":\"40001\",\"type\":\"uint32\",\"order\":\"DCBA\"},"
                  "\"d\":{\"address\":\"40001\",\"type\":\"int16\",\"bit\":15},"
                  "\"e\":{\"table\":\"coil\",\"address\":65535},"
                  "\"f\":{\"address\":\"10008\"}}}]}");
    static const struct {
        enum modbus_table table;
        unsigned address, count;
        enum value_type type;
        enum value_order order;
        int bit;
    } expected[] = {
        {TABLE_INPUT, 0, 4, TYPE_FLOAT64, ORDER_CDAB, -1},
        {TABLE_HOLDING, 0, 4, TYPE_INT64, ORDER_BADC, -1},
        {TABLE_HOLDING, 0, 2, TYPE_UINT32, ORDER_DCBA, -1},
        {TABLE_HOLDING, 0, 1, TYPE_BIT, ORDER_ABCD, 15},
        {TABLE_COIL, 65535, 1, TYPE_BIT, ORDER_ABCD, -1},
        {TABLE_DISCRETE, 7, 1, TYPE_BIT, ORDER_ABCD, -1},
    };
    assert_int_equal(p->signal_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(p->signals[i].table, expected[i].table);
        assert_int_equal(p->signals[i].address, expected[i].address);
        assert_int_equal(p->signals[i].register_count, expected[i].count);
        assert_int_equal(p->signals[i].type, expected[i].type);
        assert_int_equal(p->signals[i].order, expected[i].order);
        assert_int_equal(p->signals[i].bit, expected[i].bit);
    }
    plant_free(p);
}

static void a_device_overrides_and_adds_to_its_template(void **state)
{
    (void)state;
    struct plant *p = load_good(
        "{" HEAD LINK "\"templates\":[{\"id\":\"t\",\"every_ms\":5000,\"retries\":3,\"signals\":{"
        "\"a\":{\"address\":\"40001\",\"type\":\"float32\",\"range\":[0,10],\"unit\":\"kPa\"},"
        "\"b\":{\"address\":\"10001\"},"
        "\"c\":{\"address\":\"40005\"}}}],"
        "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"template\":\"t\",\"retries\":0,"
        "\"signals\":{\"z\":{\"address\":\"30001\"},\"a\":{\"order\":\"CDAB\",\"range\":[0,5]},"
        "\"b\":{\"address\":\"40009\"}}},"
        "{\"id\":\"e\",\"link\":\"l\",\"unit\":2,\"template\":\"t\"}]}");
    const struct plant_device *d = &p->devices[0];
    assert_string_equal(d->template_id, "t");
    assert_string_equal(d->measurement, "raw_t");
    assert_int_equal(d->every_ms, 5000);
    assert_int_equal(d->retries, 0);
    assert_int_equal(d->signal_count, 4);
    const struct plant_signal *s = &p->signals[d->first_signal];
    assert_string_equal(s[0].id, "a");
    assert_int_equal(s[0].type, TYPE_FLOAT32);
    assert_int_equal(s[0].order, ORDER_CDAB);
    assert_true(s[0].range_max == 5);
    assert_string_equal(s[0].unit, "kPa");
    assert_string_equal(s[1].id, "b"); /* its type followed from the table, and follows again */
    assert_int_equal(s[1].table, TABLE_HOLDING);
    assert_int_equal(s[1].type, TYPE_UINT16);
    assert_string_equal(s[2].id, "c");
    assert_string_equal(s[3].id, "z");
    const struct plant_device *e = &p->devices[1];
    assert_int_equal(e->retries, 3);
    assert_int_equal(e->signal_count, 3);
    assert_true(p->signals[e->first_signal].range_max == 10);
    for (uint32_t i = 0; i < p->signal_count; i++)
        assert_int_equal(p->signals[i].device, i < 4 ? 0 : 1);
    plant_free(p);
}

static void references_are_indexes(void **state)
{
    (void)state;
    struct plant *p = load_good(
        "{" HEAD "\"links\":[{\"id\":\"l\",\"tcp\":\"h:1\"},{\"id\":\"m\",\"tcp\":\"h:2\"}],"
        "\"devices\":["
        "{\"id\":\"d1\",\"link\":\"m\",\"unit\":1,\"signals\":{\"s\":{\"address\":\"40001\"}}},"
        "{\"id\":\"d2\",\"link\":\"l\",\"unit\":1,\"signals\":{\"s\":{\"address\":\"40001\"}}},"
        "{\"id\":\"d3\",\"link\":\"m\",\"unit\":1,\"signals\":{\"r\":{\"address\":\"40001\"},"
        "\"s\":{\"address\":\"40002\"}}}],"
        "\"sites\":[{\"id\":\"x\"},{\"id\":\"y\",\"outlets\":[{\"id\":\"A\"},{\"id\":\"B\","
        "\"inputs\":{\"f\":{\"signal\":\"d1.s\"},\"g\":{\"signal\":\"d3.s\"}},"
        "\"limits\":[{\"factor\":\"g\",\"period\":\"realtime\",\"max\":5},"
        "{\"factor\":\"f\",\"period\":\"realtime\",\"min\":-5,\"priority\":\"P1\"}]}]}]}");
    assert_int_equal(p->links[0].device_count, 1);
    assert_int_equal(p->links[1].device_count, 2);
    assert_int_equal(p->link_devices[p->links[0].first_device], 1);
    assert_int_equal(p->link_devices[p->links[1].first_device], 0);
    assert_int_equal(p->link_devices[p->links[1].first_device + 1], 2);
    assert_int_equal(p->sites[1].first_outlet, 0);
    assert_int_equal(p->sites[1].outlet_count, 2);
    assert_int_equal(p->outlets[1].site, 1);
    assert_int_equal(p->outlets[1].input_count, 2);
    assert_int_equal(plant_find_device(p, "d3"), 2);
    assert_int_equal(plant_find_device(p, "d"), PLANT_NONE);
    assert_int_equal(plant_find_signal(p, "d3.s"), 3);
    assert_int_equal(plant_find_signal(p, "d3.t"), PLANT_NONE);
    assert_int_equal(plant_find_signal(p, "d3"), PLANT_NONE);
    assert_int_equal(p->inputs[1].signal, 3);
    const struct plant_limit *limit = &p->limits[0];
    assert_string_equal(limit->id, "B/g/realtime/0");
    assert_int_equal(limit->signal, 3);
    assert_int_equal(limit->outlet, 1);
    assert_true(limit->has_max && limit->max == 5 && !limit->has_min);
    assert_int_equal(limit->priority, 2);
    assert_int_equal(limit->basis, BASIS_CORRECTED);
    assert_string_equal(p->limits[1].id, "B/f/realtime/1");
    assert_true(p->limits[1].has_min && p->limits[1].min == -5 && !p->limits[1].has_max);
    assert_int_equal(p->limits[1].priority, 1);
    plant_free(p);
}

#define DEVICE(id, unit, link, more)                                                               \
    "{\"id\":\"" id "\",\"link\":\"" link "\",\"unit\":" unit "," more                             \
    "\"signals\":{\"s\":{\"address\":\"40001\"}}}"

static void phases_are_spread_over_link_and_links(void **state)
{
    (void)state;
    struct plant *p = load_good(
        "{" HEAD "\"links\":[{\"id\":\"l\",\"tcp\":\"h:1\"},{\"id\":\"m\",\"tcp\":\"h:2\"}],"
        "\"devices\":[" DEVICE("a", "1", "l", "") "," DEVICE("b", "2", "l", "") "," DEVICE(
            "c", "3", "l",
            "\"phase_ms\":1,") "," DEVICE("d", "1", "l",
                                          "\"every_ms\":4000,") "," DEVICE("e", "1", "m",
                                                                           "") "," DEVICE("f", "1",
                                                                                          "l",
                                                                                          "") "," DEVICE("g",
                                                                                                         "3",
                                                                                                         "l",
                                                                                                         "") "]}");
    static const uint32_t expected[] = {0, 250, 1, 3000, 500, 0, 1};
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(p->devices[i].phase_ms, expected[i]);
        assert_true(p->devices[i].phase_ms < p->devices[i].every_ms);
    }
    plant_free(p);
}

/* Digests after one change in a text that is otherwise the same. */
static const char digest_base[] =
    "{" HEAD LINK
    "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"phase_ms\":3,\"signals\":{\"s\":"
    "{\"address\":\"40001\",\"scale\":2,\"bit\":3,\"range\":[0,9],\"name\":\"n\"}}}],"
    "\"sites\":[{\"id\":\"x\",\"outlets\":[{\"id\":\"A\",\"inputs\":{\"f\":{\"signal\":\"d.s\"}},"
    "\"limits\":[{\"factor\":\"f\",\"period\":\"realtime\",\"max\":5,\"on_delay_s\":6}]}]}],"
    "\"influx\":[{\"id\":\"i\",\"url\":\"http://h\",\"database\":\"db\"}]}";

static struct plant *load_changed(const char *from, const char *to)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 16);
    const char *at = strstr(digest_base, from);
    assert_non_null(at);
    strbuf_add(&text, digest_base, (size_t)(at - digest_base));
    strbuf_adds(&text, to);
    strbuf_adds(&text, at + strlen(from));
    struct plant *p = load_good(strbuf_text(&text));
    strbuf_deinit(&text);
    return p;
}

static void a_digest_changes_with_what_it_covers_and_only_then(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bool device, link, limit, influx;
    } changes[] = {
        {"\"unit\":1", "\"unit\":2", true, true, false, false},
        {"\"unit\":1", "\"unit\":1,\"every_ms\":500", true, true, false, false},
        {"\"unit\":1", "\"unit\":1,\"timeout_ms\":500", true, true, false, false},
        {"\"unit\":1", "\"unit\":1,\"retries\":2", true, true, false, false},
        {"\"unit\":1", "\"unit\":1,\"max_registers\":9", true, true, false, false},
        {"\"unit\":1", "\"unit\":1,\"max_gap\":0", true, true, false, false},
        {"\"unit\":1", "\"unit\":1,\"backoff_max_s\":9", true, true, false, false},
        {"\"phase_ms\":3", "\"phase_ms\":4", true, true, false, false},
        {"40001", "40002", true, true, false, false},
        {"40001", "30001", true, true, false, false},
        {"\"scale\":2", "\"scale\":3", true, true, false, false},
        {"\"scale\":2", "\"scale\":2,\"offset\":1", true, true, false, false},
        {"\"scale\":2", "\"scale\":2,\"order\":\"BADC\"", true, true, false, false},
        {"\"scale\":2", "\"scale\":2,\"unit\":\"m\"", true, true, false, false},
        {"\"bit\":3", "\"bit\":4", true, true, false, false},
        {"\"bit\":3", "\"type\":\"int32\"", true, true, false, false},
        {"[0,9]", "[0,8]", true, true, false, false},
        {"\"n\"", "\"m\"", true, true, false, false},
        {"h:502", "g:502", false, true, false, false},
        {"h:502", "h:503", false, true, false, false},
        {"h:502\"", "h:502\",\"gap_ms\":5", false, true, false, false},
        {"h:502\"", "h:502\",\"connect_timeout_ms\":500", false, true, false, false},
        {"\"max\":5", "\"max\":4", false, false, true, false},
        {"\"max\":5", "\"min\":5", false, false, true, false},
        {"\"max\":5", "\"max\":5,\"deadband\":1", false, false, true, false},
        {"\"max\":5", "\"max\":5,\"source\":\"permit\"", false, false, true, false},
        {"\"max\":5", "\"max\":5,\"priority\":\"P3\"", false, false, true, false},
        {"\"max\":5", "\"max\":5,\"basis\":\"measured\"", false, false, true, false},
        {"\"max\":5", "\"max\":5,\"off_delay_s\":1", false, false, true, false},
        {"\"on_delay_s\":6", "\"on_delay_s\":7", false, false, true, false},
        {"http://h", "http://g", false, false, false, true},
        {"\"db\"", "\"other\"", false, false, false, true},
        {"\"db\"", "\"db\",\"retention_policy\":\"r\"", false, false, false, true},
        {"\"db\"", "\"db\",\"user\":\"u\"", false, false, false, true},
        {"\"db\"", "\"db\",\"user\":\"\",\"send\":\"raw\"", false, false, false, true},
        {"\"db\"", "\"db\",\"send\":\"derived\"", false, false, false, true},
        {"\"db\"", "\"db\",\"history\":false", false, false, false, true},
        {"\"db\"", "\"db\",\"timeout_ms\":500", false, false, false, true},
        {"\"db\"", "\"db\",\"retry_max_s\":5", false, false, false, true},
        {"http://h", "http://h/", false, false, false, false},
        {"\"unit\":1", "\"unit\" : 1, \"every_ms\": 1000", false, false, false, false},
        {"\"plant\":\"p\"", "\"plant\":\"q\"", false, false, false, false},
    };
    struct plant *base = load_good(digest_base);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct plant *p = load_changed(changes[i].from, changes[i].to);
        const bool differs[] = {
            memcmp(p->devices[0].digest, base->devices[0].digest, SM3_SIZE) != 0,
            memcmp(p->links[0].digest, base->links[0].digest, SM3_SIZE) != 0,
            memcmp(p->limits[0].digest, base->limits[0].digest, SM3_SIZE) != 0,
            memcmp(p->influx[0].digest, base->influx[0].digest, SM3_SIZE) != 0,
        };
        const bool expected[] = {changes[i].device, changes[i].link, changes[i].limit,
                                 changes[i].influx};
        if (memcmp(differs, expected, sizeof differs) != 0)
            fail_msg("%s -> %s: device %d link %d limit %d influx %d", changes[i].from,
                     changes[i].to, differs[0], differs[1], differs[2], differs[3]);
        assert_memory_not_equal(p->digest, base->digest, SM3_SIZE);
        plant_free(p);
    }
    plant_free(base);
}

static struct plant *load_link(const char *settings)
{
    char text[512];
    snprintf(text, sizeof text, "{" HEAD "\"links\":[{\"id\":\"l\",%s}]}", settings);
    return load_good(text);
}

static void every_setting_of_a_line_is_in_its_digest(void **state)
{
    (void)state;
#define SERIAL "\"serial\":\"/dev/a\""
#define LISTEN "\"listen\":\"0.0.0.0:1\",\"framing\":\"rtu\""
    static const char *const settings[] = {
        SERIAL,
        "\"serial\":\"/dev/b\"",
        SERIAL ",\"baud\":19200",
        SERIAL ",\"parity\":\"even\"",
        SERIAL ",\"stop_bits\":2",
        SERIAL ",\"rs485\":true",
        SERIAL ",\"echo\":true",
        SERIAL ",\"latency_ms\":16",
        SERIAL ",\"gap_ms\":16",
        "\"tcp\":\"0.0.0.0:1\"",
        "\"tcp\":\"0.0.0.0:1\",\"framing\":\"rtu\"",
        "\"tcp\":\"0.0.0.0:1\",\"framing\":\"rtu\",\"baud\":9600",
        LISTEN,
        LISTEN ",\"registration\":\"a\"",
        LISTEN ",\"registration\":\"hex:6162\"",
        LISTEN ",\"heartbeat\":\"a\"",
        LISTEN ",\"pending_max\":2",
        LISTEN ",\"registration_timeout_ms\":2000",
    };
    enum { COUNT = sizeof settings / sizeof settings[0] };
    uint8_t digests[COUNT][SM3_SIZE];
    for (size_t i = 0; i < COUNT; i++) {
        struct plant *p = load_link(settings[i]);
        memcpy(digests[i], p->links[0].digest, SM3_SIZE);
        plant_free(p);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(digests[i], digests[k], SM3_SIZE);
    }
    struct plant *p = load_link(LISTEN ",\"registration\":\"hex:44545531\"");
    assert_int_equal(p->links[0].medium, MEDIUM_LISTEN);
    assert_int_equal(p->links[0].registration_len, 4);
    assert_memory_equal(p->links[0].registration, "DTU1", 4);
    assert_int_equal(p->links[0].pending_max, 16);
    plant_free(p);
    p = load_link(SERIAL);
    assert_int_equal(p->links[0].framing, FRAMING_RTU);
    assert_int_equal(p->links[0].baud, 9600);
    assert_string_equal(p->links[0].serial, "/dev/a");
    plant_free(p);
}

static void another_device_on_the_link_leaves_a_devices_digest_alone(void **state)
{
    (void)state;
    struct plant *one = load_good("{" HEAD LINK "\"devices\":[" DEVICE("a", "1", "l", "") "]}");
    struct plant *two = load_good(
        "{" HEAD LINK "\"devices\":[" DEVICE("b", "2", "l", "") "," DEVICE("a", "1", "l", "") "]}");
    assert_int_not_equal(one->devices[0].phase_ms, two->devices[1].phase_ms);
    assert_memory_equal(one->devices[0].digest, two->devices[1].digest, SM3_SIZE);
    assert_memory_not_equal(one->links[0].digest, two->links[0].digest, SM3_SIZE);
    plant_free(one);
    plant_free(two);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int load_from(const char *dir, const char *name, struct plant **out,
                     struct plant_problems *problems)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return plant_load(path, out, problems);
}

static void files_are_joined_in_reading_order(void **state)
{
    (void)state;
    char *dir = support_temp_dir();
    write_file(dir, "main.json",
               "{" HEAD "\"include\":[\"b*.json\",\"a.json\"],"
               "\"links\":[{\"id\":\"first\",\"tcp\":\"h:1\"}]}");
    write_file(dir, "a.json", "{\"links\":[{\"id\":\"fourth\",\"tcp\":\"h:4\"}]}");
    write_file(dir, "b2.json", "{\"links\":[{\"id\":\"third\",\"tcp\":\"h:3\"}]}\n");
    write_file(dir, "b1.json", "{\"links\":[{\"id\":\"second\",\"tcp\":\"h:2\"}]}");
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(load_from(dir, "main.json", &p, &problems), 0);
    static const char *const order[] = {"first", "second", "third", "fourth"};
    assert_int_equal(p->link_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(p->links[i].id, order[i]);
    assert_int_equal(strncmp(p->text, "// file: main.json\n{", 20), 0);
    assert_non_null(strstr(p->text, "}\n// file: b1.json\n{"));
    assert_non_null(strstr(p->text, "}\n// file: b2.json\n{"));
    assert_non_null(strstr(p->text, "}\n// file: a.json\n{"));
    assert_int_equal(strlen(p->text), p->text_len);
    plant_problems_deinit(&problems);
    plant_free(p);
    support_remove_dir(dir);
}

static void a_secret_is_read_beside_the_file_that_names_it(void **state)
{
    (void)state;
    char *dir = support_temp_dir();
    static const char target[] =
        "\"influx\":[{\"id\":\"i\",\"url\":\"http://h//\",\"database\":\"d\","
        "\"user\":\"u\",\"password_file\":\"one.pw\"}]}";
    char text[512];
    snprintf(text, sizeof text, "{" HEAD "%s", target);
    write_file(dir, "main.json", text);
    write_file(dir, "one.pw", "s3cret \n\n");
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(load_from(dir, "main.json", &p, &problems), PW_EINVAL);
    plant_problems_deinit(&problems);

    write_file(dir, "one.pw", "s3cret \n");
    assert_int_equal(load_from(dir, "main.json", &p, &problems), 0);
    assert_string_equal(p->influx[0].password, "s3cret ");
    assert_string_equal(p->influx[0].url, "http://h");
    assert_int_equal(p->influx[0].password_file[0], '/');
    assert_null(strstr(p->text, "s3cret"));
    plant_problems_deinit(&problems);

    struct plant *other = NULL;
    write_file(dir, "one.pw", "changed");
    assert_int_equal(load_from(dir, "main.json", &other, &problems), 0);
    assert_string_equal(other->influx[0].password, "changed");
    assert_memory_not_equal(other->influx[0].digest, p->influx[0].digest, SM3_SIZE);
    assert_memory_equal(other->digest, p->digest, SM3_SIZE);
    plant_problems_deinit(&problems);
    plant_free(other);

    assert_int_equal(plant_load_text("x", p->text, p->text_len, &other, &problems), 0);
    assert_string_equal(other->influx[0].password, "");
    plant_problems_deinit(&problems);
    plant_free(other);
    plant_free(p);
    support_remove_dir(dir);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    char *dir = support_temp_dir();
    struct plant *p = NULL;
    struct plant_problems problems;
    char line[4096];
    assert_int_equal(load_from(dir, "absent.json", &p, &problems), PW_ESYNTAX);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.items[0].line, 0);
    plant_problem_format(&problems.items[0], line, sizeof line);
    assert_non_null(strstr(line, "/absent.json:0: /: found No such file or directory, expected a "
                                 "readable file"));
    plant_problems_deinit(&problems);
    assert_int_equal(load_from(dir, "", &p, &problems), PW_ESYNTAX);
    plant_problem_format(&problems.items[0], line, sizeof line);
    assert_non_null(strstr(line, "found Is a directory"));
    plant_problems_deinit(&problems);
    assert_null(p);
    support_remove_dir(dir);
}

static void a_file_of_more_than_8_mib_is_refused(void **state)
{
    (void)state;
    char *dir = support_temp_dir();
    size_t size = 8 * 1024 * 1024;
    char *text = malloc(size + 2);
    assert_non_null(text);
    memset(text, ' ', size + 1);
    memcpy(text, "{" HEAD "\"links\":[]}", sizeof "{" HEAD "\"links\":[]}" - 1);
    text[size] = '\0';
    write_file(dir, "main.json", text);
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(load_from(dir, "main.json", &p, &problems), 0);
    plant_problems_deinit(&problems);
    plant_free(p);
    text[size] = ' ';
    text[size + 1] = '\0';
    write_file(dir, "main.json", text);
    p = NULL;
    assert_int_equal(load_from(dir, "main.json", &p, &problems), PW_ESYNTAX);
    assert_string_equal(problems.items[0].expected, "a file of at most 8 MiB");
    plant_problems_deinit(&problems);
    assert_null(p);
    free(text);
    support_remove_dir(dir);
}

static void texts_of_more_than_64_mib_are_refused(void **state)
{
    (void)state;
    size_t size = 64 * 1024 * 1024 + 1;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, ' ', size);
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(plant_load_text("x", text, size, &p, &problems), PW_ESYNTAX);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].expected, "at most 1000 files of 64 MiB together");
    plant_problems_deinit(&problems);
    free(text);
}

/* 600 of the template and 600 of its own. */
static void a_device_has_a_bounded_number_of_signals(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_adds(&text, "{" HEAD LINK "\"templates\":[{\"id\":\"t\",\"signals\":{");
    for (int i = 0; i < 600; i++)
        strbuf_addf(&text, "%s\"t%d\":{\"address\":\"40001\"}", i ? "," : "", i);
    strbuf_adds(&text, "}}],\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,"
                       "\"template\":\"t\",\"signals\":{");
    for (int i = 0; i < 600; i++)
        strbuf_addf(&text, "%s\"d%d\":{\"address\":\"40001\"}", i ? "," : "", i);
    strbuf_adds(&text, "}}]}");
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(plant_load_text("x", strbuf_text(&text), text.len, &p, &problems), PW_EINVAL);
    assert_int_equal(problems.count, 2);
    assert_true(problems.items[0].warning);
    assert_string_equal(problems.items[1].found, "1200 signals");
    assert_string_equal(problems.items[1].expected, "at most 1000 of a device");
    plant_problems_deinit(&problems);
    strbuf_deinit(&text);
}

static void a_folder_may_be_named_like_a_pattern(void **state)
{
    (void)state;
    char *dir = support_temp_dir();
    char path[4096];
    snprintf(path, sizeof path, "%s/[a]*?\\", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(path, "main.json", "{" HEAD "\"include\":[\"t*.json\"]}");
    write_file(path, "t1.json", "{\"links\":[{\"id\":\"l\",\"tcp\":\"h:1\"}]}");
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(load_from(path, "main.json", &p, &problems), 0);
    assert_int_equal(problems.count, 0);
    assert_int_equal(p->link_count, 1);
    plant_problems_deinit(&problems);
    plant_free(p);
    support_remove_dir(dir);
}

static void problems_beyond_the_bound_are_counted(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_adds(&text, "{" HEAD "\"x\":0");
    for (int i = 1; i < 1500; i++)
        strbuf_addf(&text, ",\n\"x%d\":0", i);
    strbuf_adds(&text, "}");
    struct plant *p = NULL;
    struct plant_problems problems;
    assert_int_equal(plant_load_text("x", strbuf_text(&text), text.len, &p, &problems), PW_EINVAL);
    assert_int_equal(problems.count, PLANT_PROBLEMS_MAX);
    assert_int_equal(problems.dropped, 500);
    for (unsigned i = 0; i < problems.count; i++)
        assert_int_equal(problems.items[i].line, i + 1);
    plant_problems_deinit(&problems);
    strbuf_deinit(&text);
}

static void a_message_is_cut_at_its_storage(void **state)
{
    (void)state;
    char file[] = "f.json", pointer[] = "/a", found[] = "1", expected[] = "2";
    const struct plant_problem p = {
        .file = file, .line = 3, .pointer = pointer, .found = found, .expected = expected};
    char line[64];
    plant_problem_format(&p, line, sizeof line);
    assert_string_equal(line, "f.json:3: /a: found 1, expected 2");
    plant_problem_format(&p, line, 9);
    assert_string_equal(line, "f.json:3");
}

/* The size that the collector is made for: loading must not be what a restart waits for. */
static void thousands_of_devices_load(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 8 << 20);
    strbuf_adds(&text, "{" HEAD
                       "\"templates\":[{\"id\":\"t\",\"signals\":{\"s0\":{\"address\":\"40001\"}");
    for (int i = 1; i < 20; i++)
        strbuf_addf(&text, ",\"s%d\":{\"table\":\"input\",\"address\":%d}", i, i);
    strbuf_adds(&text, "}}],\"links\":[{\"id\":\"l\",\"tcp\":\"h:1\"}");
    for (int i = 0; i < 500; i++)
        strbuf_addf(&text, ",{\"id\":\"l%d\",\"tcp\":\"h:%d\"}", i, 1000 + i);
    strbuf_adds(&text,
                "],\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"template\":\"t\"}");
    for (int i = 0; i < 3000; i++)
        strbuf_addf(&text, ",{\"id\":\"d%d\",\"link\":\"l%d\",\"unit\":1,\"template\":\"t\"}", i,
                    i % 500);
    strbuf_adds(&text, "]}");
    struct plant *p = load_good(strbuf_text(&text));
    assert_int_equal(p->device_count, 3001);
    assert_int_equal(p->signal_count, 60020);
    plant_free(p);
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(every_order_and_width_is_understood),
        cmocka_unit_test(a_device_overrides_and_adds_to_its_template),
        cmocka_unit_test(references_are_indexes),
        cmocka_unit_test(phases_are_spread_over_link_and_links),
        cmocka_unit_test(a_digest_changes_with_what_it_covers_and_only_then),
        cmocka_unit_test(every_setting_of_a_line_is_in_its_digest),
        cmocka_unit_test(another_device_on_the_link_leaves_a_devices_digest_alone),
        cmocka_unit_test(files_are_joined_in_reading_order),
        cmocka_unit_test(a_secret_is_read_beside_the_file_that_names_it),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(a_file_of_more_than_8_mib_is_refused),
        cmocka_unit_test(texts_of_more_than_64_mib_are_refused),
        cmocka_unit_test(a_device_has_a_bounded_number_of_signals),
        cmocka_unit_test(a_folder_may_be_named_like_a_pattern),
        cmocka_unit_test(problems_beyond_the_bound_are_counted),
        cmocka_unit_test(a_message_is_cut_at_its_storage),
        cmocka_unit_test(thousands_of_devices_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
