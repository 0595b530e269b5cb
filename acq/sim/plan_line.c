#include "acq/sim/plan_parts.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char *const FRAMINGS[] = {"tcp", "rtu", NULL};
static const char *const PARITIES[] = {"none", "even", "odd", NULL};
static const char *const PLACES[] = {
    [SIM_LISTEN] = "listen", [SIM_DIAL] = "dial", [SIM_SERIAL] = "serial", [SIM_PTY] = "pty"};

enum { PLACE_COUNT = sizeof PLACES / sizeof PLACES[0], DATA_BITS = 8 };

/* "127.0.0.1:15020" */
static void read_endpoint(struct plan_object *o, const char *key, struct sim_slave *slave)
{
    const char *text = cJSON_GetStringValue(plan_member(o, key));
    const char *colon = text ? strrchr(text, ':') : NULL;
    struct in_addr address;
    char *end = NULL;
    if (colon && colon - text < PLAN_HOST_SIZE)
        memcpy(slave->host, text, (size_t)(colon - text));
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
    if (!colon || colon[1] < '0' || colon[1] > '9' || *end || port > UINT16_MAX ||
        inet_pton(AF_INET, slave->host, &address) != 1)
        plan_fail(o->reader, key, "found %.60s, expected an IPv4 address and port, as in %s",
                  text ? text : "nothing", "127.0.0.1:15020");
    slave->port = (uint16_t)port;
}

static void read_text(struct plan_object *o, const char *key, char *out, size_t size)
{
    const cJSON *item = plan_member(o, key);
    const char *text = cJSON_GetStringValue(item);
    if (!item)
        return;
    if (!text || text[0] == '\0' || strlen(text) >= size)
        plan_fail(o->reader, key, "expected a text of 1 to %zu bytes", size - 1);
    else
        memcpy(out, text, strlen(text) + 1);
}

static bool read_bool(struct plan_object *o, const char *key)
{
    const cJSON *item = plan_member(o, key);
    if (item && !cJSON_IsBool(item))
        plan_fail(o->reader, key, "expected true or false");
    return cJSON_IsTrue(item);
}

static void read_medium(struct plan_object *o, struct sim_slave *slave)
{
    slave->medium = SIM_LISTEN;
    int given = 0;
    for (int i = 0; i < PLACE_COUNT; i++) {
        if (!plan_has(o, PLACES[i]))
            continue;
        given++;
        slave->medium = (enum sim_medium)i;
    }
    if (given > 1)
        plan_fail(o->reader, NULL, "found several of listen, dial, serial and pty, expected one");
    const char *key = PLACES[slave->medium];
    if (slave->medium == SIM_LISTEN || slave->medium == SIM_DIAL)
        read_endpoint(o, key, slave);
    else
        read_text(o, key, slave->line.path, sizeof slave->line.path);
    bool serial = slave->medium == SIM_SERIAL || slave->medium == SIM_PTY;
    slave->rtu = plan_word(o, "framing", FRAMINGS, serial) == 1;
    if (serial && !slave->rtu)
        plan_fail(o->reader, "framing", "found tcp on a serial line, expected rtu");
}

static void read_call(struct plan_object *o, struct sim_line *line)
{
    read_text(o, "registration", line->registration, sizeof line->registration);
    read_text(o, "heartbeat", line->heartbeat, sizeof line->heartbeat);
    line->heartbeat_s = plan_number(o, "heartbeat_s", 0.01, 86400, 60);
}

void plan_read_place(struct plan_object *o, struct sim_slave *slave)
{
    struct sim_line *line = &slave->line;
    read_medium(o, slave);
    line->baud = (uint32_t)plan_whole(o, "baud", 0, 4000000, 0);
    int parity = plan_word(o, "parity", PARITIES, 0);
    line->bits =
        1u + DATA_BITS + (parity > 0 ? 1u : 0u) + (uint32_t)plan_whole(o, "stop_bits", 1, 2, 1);
    line->reaction_ms = (uint32_t)plan_whole(o, "reaction_ms", 0, 60000, 0);
    line->echo = read_bool(o, "echo");
    line->redial_s = plan_number(o, "redial_s", 0.01, 3600, 1);
    if (slave->medium == SIM_DIAL)
        read_call(o, line);
}
