/* Between gateways.c and gateways_watch.c. */
#ifndef ACQ_APP_GATEWAYS_PRIVATE_H
#define ACQ_APP_GATEWAYS_PRIVATE_H

#include "acq/app/gateways.h"
#include "acq/app/state.h"

#include "acq/deliver/gateway.h"
#include "acq/deliver/outbox.h"
#include "acq/plant/arena.h"

enum { TICKETS_MAX = 256 };

/* One gateway; freed once it is closed, which may be after its successor was opened. */
struct way {
    struct gateways *owner;
    uint32_t index;
    struct gateway *gateway;
    struct gateway_config config;
    struct arena *arena; /* of its texts */
    uint8_t digest[SM3_SIZE];
    uint32_t down_after_s;
    bool failing;          /* its last message was not taken */
    int64_t trouble_at_ms; /* journal clock: since when it does not work; 0: it does */
};

/* What a centre waits for: its receipt or message must be durable. */
struct waiting_ticket {
    uint64_t seq; /* 0: free */
    uint32_t way, ticket;
};

struct gateway_set {
    uint32_t count;
    struct outbox_gateway gateways[PLANT_GATEWAYS_MAX];
    char ids[PLANT_GATEWAYS_MAX][PLANT_ID_MAX + 1];
};

struct gateways {
    struct app *app;
    struct way *ways[PLANT_GATEWAYS_MAX]; /* by index in the set; NULL: it could not be opened */
    struct gateway_set sets[2];
    unsigned set; /* the one that counts */
    struct outbox *outbox;
    uv_timer_t kick, patience;
    uint32_t handles;
    struct waiting_ticket tickets[TICKETS_MAX];
    uint64_t receipts, inbound;
    bool stopping, closing;
};

/* gateways_watch.c: findings about gateways that do not work. Once a second. */
void gateways_watch(struct app *a, int64_t at_ms);

#endif
