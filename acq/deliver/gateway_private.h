/* What the drivers of gateways share. */
#ifndef ACQ_DELIVER_GATEWAY_PRIVATE_H
#define ACQ_DELIVER_GATEWAY_PRIVATE_H

#include "acq/deliver/gateway.h"

struct gateway_driver {
    int (*open)(struct gateway *g);
    bool (*can_take)(const struct gateway *g);
    int (*send)(struct gateway *g, const struct gateway_message *m);
    void (*on_durable)(struct gateway *g, uint32_t ticket); /* NULL: nothing is to be told */
    /* Gives everything up; gateway_closed() follows, from inside or later. */
    void (*close)(struct gateway *g);
};

struct gateway {
    const struct gateway_driver *driver;
    struct gateway_options options;
    struct gateway_stats stats;
    void *state; /* the driver's */
    bool closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

extern const struct gateway_driver gateway_http;
extern const struct gateway_driver gateway_smpp;

/* Counts and tells a result. */
void gateway_tell(struct gateway *g, const struct gateway_result *r);
/* Frees g, whose driver has nothing left. */
void gateway_closed(struct gateway *g);

/* What was answered, as it stands, cut to size. */
void gateway_note(struct gateway_result *r, const char *text);

#endif
