/* A bureau's platform that we report to by HJ 212: one MN, one connection, one queue. Several MNs
 * at the same address are several of these. Part of struct plant (plant.h). */
#ifndef ACQ_PLANT_PLATFORM_H
#define ACQ_PLANT_PLATFORM_H

#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An input of an outlet under the code by which the platform knows it. */
struct plant_platform_code {
    uint32_t input;      /* plant->inputs */
    const char *code;    /* of the platform's edition; unique within the platform */
    double scale;        /* makes a mean's number one in the platform's unit */
    double amount_scale; /* likewise of the amount (Cou), which is kg, of a flow m3 */
};

struct plant_platform {
    const char *id;
    const char *host; /* without the port; IPv6 without brackets */
    uint16_t port;
    const char *mn;
    const char *password;      /* 6 characters as a rule; never logged or printed; "": none */
    const char *password_file; /* absolute, or "" */
    const char *st;
    int edition;    /* enum hj212_edition, never AUTO */
    int crc;        /* enum hj212_crc_variant that is sent; read is whatever comes */
    uint32_t codes; /* first of plant->platform_codes */
    uint32_t code_count;
    const uint32_t *outlets; /* plant->outlets */
    uint32_t outlet_count;
    const uint32_t *facilities; /* plant->equipment: SB1, SB2, ... */
    uint32_t facility_count;
    uint32_t realtime_s;      /* 0: no 2011 */
    uint32_t minute_min;      /* minutes of one 2051: 1..30, a divisor of 60; 0: no 2051 */
    bool hour, day, run_time; /* 2061, 2031, 2041 */
    bool states;              /* 2021 with each 2011 */
    bool boot;                /* 2081 at the first connection of a start */
    bool ack;                 /* 9014 is asked for and waited for */
    uint32_t timeout_s;       /* for it; then the packet is sent again */
    uint32_t resends;         /* then the connection is closed */
    uint32_t heartbeat_s;     /* 9015 so often; 0: never */
    uint32_t spread_s;        /* the moment of sending lies within so long behind the border */
    uint32_t wait_s;          /* behind its end a period waits so long for its last mean */
    uint32_t backfill_days;   /* what was missed is sent for so far back */
    double backfill_share;    /* of the time, for what was missed */
    bool backfill_history;    /* a new platform gets the kept record, as far as that goes */
    bool resend_revised;      /* a period that was computed again is sent again */
    bool wait_clock;          /* nothing is sent before our clock could be trusted once */
    uint32_t connect_s;       /* connecting may take so long */
    uint32_t retry_max_s;     /* at last it is tried this seldom */
    uint32_t silence_h;       /* a finding when nothing was acknowledged for so long */
    const char *sm4_key;      /* as configured, never logged or printed; "": none */
    const char *sm4_key_file; /* absolute, or "" */
    int cipher_form;          /* enum hj212_cipher_form */
    bool cipher_new_key;      /* 1014 downward is encrypted with the key it replaces */
    uint32_t key_days;        /* a new key is asked for (1014) when ours is so old; 0: never */
    uint32_t key_grace_min;   /* the replaced key is still read for so long */
    const uint16_t *accept;   /* commands that are done; any other is refused */
    uint32_t accept_count;
    uint8_t digest[SM3_SIZE];
};

bool plant_platform_accepts(const struct plant_platform *p, int cn);

#endif
