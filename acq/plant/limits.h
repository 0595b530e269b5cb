/* How many of everything a configuration may hold; sums over all files. */
#ifndef ACQ_PLANT_LIMITS_H
#define ACQ_PLANT_LIMITS_H

enum {
    PLANT_INCLUDES_MAX = 1000,
    PLANT_TEMPLATES_MAX = 1000,
    PLANT_LINKS_MAX = 4000,
    PLANT_DEVICES_MAX = 10000,
    PLANT_DEVICE_SIGNALS_MAX = 1000,
    PLANT_FORBIDDEN_MAX = 64,        /* ranges of one device */
    PLANT_DEVICE_SIGNALS_MANY = 200, /* more are suspicious in one measurement: a warning */
    PLANT_SIGNALS_MAX = 200000,
    PLANT_SITES_MAX = 10000,
    PLANT_OUTLETS_MAX = 10000,
    PLANT_INPUTS_MAX = 100, /* of one outlet */
    PLANT_LIMITS_MAX = 100, /* of one outlet */
    PLANT_LIBRARY_MAX = 5000,
    PLANT_EQUIPMENT_MAX = 10000,
    PLANT_SERVES_MAX = 64,
    PLANT_PARAMETERS_MAX = 32,
    PLANT_CAMERAS_MAX = 16,
    PLANT_STATE_WORDS_MAX = 64,
    PLANT_MARK_RULES_MAX = 32, /* of one outlet */
    PLANT_INFLUX_MAX = 16,
    PLANT_ANCHORS_MAX = 16,
    PLANT_ALARM_RULES_MAX = 1000,
    PLANT_PEOPLE_MAX = 1000,
    PLANT_ROTAS_MAX = 100,
    PLANT_SHIFTS_MAX = 100, /* and exceptions, of one rota */
    PLANT_ROUTES_MAX = 200,
    PLANT_ROUTE_LIST_MAX = 64, /* members of one list of a route */
    PLANT_PLATFORMS_MAX = 256,
    PLANT_PLATFORM_CODES_MAX = 500, /* of one platform */
    PLANT_ACCEPT_MAX = 64,
    PLANT_ANCHOR_RUN_MAX = 32, /* words of a command */
    PLANT_ANCHOR_TO_MAX = 20,
};

#endif
