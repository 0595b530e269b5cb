/* A plant with people, rotas and routes, and findings made by hand. */
#ifndef TESTS_UNIT_ALARM_STAND_H
#define TESTS_UNIT_ALARM_STAND_H

#include "acq/alarm/book.h"
#include "acq/core/civil.h"
#include "acq/plant/load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static inline struct plant *alarm_stand_plant(const char *sections)
{
    char text[8192];
    struct plant *p = NULL;
    struct plant_problems problems;
    snprintf(text, sizeof text,
             "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},\"sites\":[{\"id\":\"site\"},"
             "{\"id\":\"other\"}]%s%s}",
             *sections ? "," : "", sections);
    int err = plant_load_text("stand", text, strlen(text), &p, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s: found %s, expected %s\n", problems.items[i].pointer,
                    problems.items[i].found, problems.items[i].expected);
    plant_problems_deinit(&problems);
    assert_int_equal(err, 0);
    return p;
}

static inline int64_t alarm_stand_ms(const char *iso)
{
    int64_t ms = 0;
    assert_int_equal(civil_parse(iso, &ms), 0);
    return ms;
}

/* Of an object, begun at start_ms. */
static inline struct finding alarm_stand_finding(const char *kind, const char *object,
                                                 int64_t start_ms, bool open)
{
    return (struct finding){
        .kind = kind,
        .site = "site",
        .object = object,
        .part = "",
        .outlet = object,
        .factor = "SO2",
        .source = "",
        .name = "焦炉烟囱",
        .unit = "mg/m3",
        .state = open ? FINDING_OPEN : FINDING_CLOSED,
        .priority = strcmp(kind, "limit") == 0 ? 1 : 3,
        .start_ms = start_ms,
        .raised_ms = start_ms,
        .end_ms = open ? 0 : start_ms + 1000,
        .value = 52.3,
        .threshold = 35,
        .worst = 52.3,
    };
}

#endif
