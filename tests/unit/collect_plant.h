/* A plant made by hand for the tests of collection: links, devices and signals in fixed arrays,
 * every option at a usual value until the test changes it. Devices are added link by link, and the
 * signals of a device right behind it. */
#ifndef TESTS_UNIT_COLLECT_PLANT_H
#define TESTS_UNIT_COLLECT_PLANT_H

#include "acq/plant/plant.h"

#include <stdio.h>
#include <string.h>

enum { TEST_LINKS = 40, TEST_DEVICES = 120, TEST_SIGNALS = 4000, TEST_ID = 24 };

struct test_plant {
    struct plant plant;
    struct plant_link links[TEST_LINKS];
    struct plant_device devices[TEST_DEVICES];
    uint32_t link_devices[TEST_DEVICES];
    struct plant_signal signals[TEST_SIGNALS];
    char link_ids[TEST_LINKS][TEST_ID];
    char device_ids[TEST_DEVICES][TEST_ID];
    char signal_ids[TEST_SIGNALS][TEST_ID];
};

static inline void test_plant_init(struct test_plant *t)
{
    memset(t, 0, sizeof *t);
    t->plant.links = t->links;
    t->plant.devices = t->devices;
    t->plant.link_devices = t->link_devices;
    t->plant.signals = t->signals;
}

static inline struct plant_link *test_plant_add_link(struct test_plant *t, uint16_t port)
{
    uint32_t i = t->plant.link_count++;
    pw_require(i < TEST_LINKS);
    snprintf(t->link_ids[i], TEST_ID, "link-%u", (unsigned)i);
    t->links[i] = (struct plant_link){.id = t->link_ids[i],
                                      .host = "127.0.0.1",
                                      .port = port,
                                      .connect_timeout_ms = 2000,
                                      .first_device = t->plant.device_count};
    t->links[i].digest[0] = 1;
    return &t->links[i];
}

static inline struct plant_device *test_plant_add_device(struct test_plant *t, uint8_t unit)
{
    uint32_t i = t->plant.device_count++;
    pw_require(i < TEST_DEVICES);
    snprintf(t->device_ids[i], TEST_ID, "device-%u", (unsigned)i);
    t->link_devices[i] = i;
    t->links[t->plant.link_count - 1].device_count++;
    t->devices[i] = (struct plant_device){.id = t->device_ids[i],
                                          .measurement = "raw",
                                          .link = t->plant.link_count - 1,
                                          .unit = unit,
                                          .every_ms = 1000,
                                          .timeout_ms = 1000,
                                          .retries = 1,
                                          .max_registers = 125,
                                          .max_gap = 8,
                                          .backoff_max_s = 60,
                                          .first_signal = t->plant.signal_count};
    return &t->devices[i];
}

static inline struct plant_signal *test_plant_add_signal(struct test_plant *t,
                                                         enum modbus_table table, uint16_t address,
                                                         enum value_type type)
{
    static const uint8_t registers[] = {1, 1, 1, 2, 2, 4, 4, 2, 4};
    uint32_t i = t->plant.signal_count++;
    pw_require(i < TEST_SIGNALS);
    snprintf(t->signal_ids[i], TEST_ID, "signal-%u", (unsigned)i);
    struct plant_device *d = &t->devices[t->plant.device_count - 1];
    d->signal_count++;
    t->signals[i] = (struct plant_signal){.id = t->signal_ids[i],
                                          .name = "",
                                          .unit = "",
                                          .device = t->plant.device_count - 1,
                                          .table = table,
                                          .address = address,
                                          .register_count = registers[type],
                                          .type = type,
                                          .bit = -1,
                                          .scale = 1};
    return &t->signals[i];
}

#endif
