/* One notice in the outbox, and its line in the journal. */
#ifndef ACQ_DELIVER_OUTBOX_PRIVATE_H
#define ACQ_DELIVER_OUTBOX_PRIVATE_H

#include "acq/deliver/outbox.h"

enum { OUTBOX_PERSON_SIZE = 65, OUTBOX_ALARM_SIZE = 65, OUTBOX_TO_SIZE = 201 };

struct outbox_entry {
    struct outbox_entry *next, *previous; /* in the order they came */
    enum outbox_state state;
    enum notice_why why;
    uint8_t priority;
    bool again; /* sent before, perhaps in vain */
    char key[NOTICE_KEY_SIZE];
    char alarm[OUTBOX_ALARM_SIZE];
    char person[OUTBOX_PERSON_SIZE];
    char to[OUTBOX_TO_SIZE];
    uint32_t route[NOTICE_GATEWAYS_MAX]; /* indexes of gateways */
    uint32_t route_count;
    uint32_t at;       /* which of the route has its turn */
    uint32_t tries;    /* there, in a row */
    uint32_t attempts; /* in all */
    int64_t not_before_ms;
    int64_t made_ms, give_up_ms;
    uint64_t wait_seq; /* the commit to wait for; 0: durable */
    uint64_t token;
    uint16_t reference;
    uint32_t part_count; /* that the gateway took */
    uint32_t parts_done; /* bits of those whose receipt came */
    char ids[SMS_PARTS_MAX][SMPP_ID_SIZE];
    char said[GATEWAY_SAID_SIZE];
    char *subject, *text, *json;
};

/* The whole entry: what a start needs to go on. */
void outbox_write_members(const struct outbox_entry *e, const struct outbox_options *options,
                          int64_t now_ms, struct strbuf *out);
/* PW_ESYNTAX, PW_ENOMEM. The entry's texts are its own. */
PW_MUST_CHECK int outbox_read_entry(const char *json, size_t len,
                                    const struct outbox_options *options, struct outbox_entry *out);
void outbox_entry_deinit(struct outbox_entry *e);

#endif
