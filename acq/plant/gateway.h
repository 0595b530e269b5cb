/* Ways out for alarm texts: SMS gateways, web hooks, mail (docs/sms.md). */
#ifndef ACQ_PLANT_GATEWAY_H
#define ACQ_PLANT_GATEWAY_H

#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLANT_GATEWAYS_MAX = 16, PLANT_GATEWAY_HEADERS_MAX = 16 };

enum plant_gateway_kind { PLANT_KANNEL, PLANT_SMPP, PLANT_HTTP, PLANT_MAIL };

/* Texts are "" where they are not given or belong to another kind. */
struct plant_gateway {
    const char *id;
    enum plant_gateway_kind kind;
    const char *url;
    const char *host; /* smpp */
    uint16_t port;
    const char *user, *password_file, *password;
    const char *from;
    const char *tls_ca_file;
    uint32_t timeout_s;
    uint32_t window;     /* messages under way */
    uint32_t per_minute; /* 0: no limit */
    uint32_t tries;      /* in a row, before the next gateway has its turn */
    uint32_t retry_first_s, retry_max_s;
    uint32_t pause_s;      /* after a refusal */
    uint32_t down_after_s; /* of trouble, before a finding says so */
    const char *system_type;
    bool parts_by_sar; /* else by a header in front of the text */
    uint32_t enquire_s;
    const char *method, *content_type, *body;
    const char *const *headers; /* "Name: value", NULL behind the last */
    const char *success_contains;
    const char *hmac_key_file, *hmac_key, *hmac_header;
    bool starttls;
    uint8_t digest[SM3_SIZE];
};

/* What may stand in braces in a URL and a body, NULL behind the last. */
extern const char *const plant_gateway_fields[];

/* Whether every field in braces is one of those ("{{" is a brace); *out_field is the first that is
 * not, without braces and cut to size, or "{" for a brace that is not closed. */
bool plant_template_check(const char *template, const char *const *fields, char *out_field,
                          size_t size);

#endif
