/* Texts with fields in braces: {to} {text} {subject} {key} {from} {time} {callback} {again} and, as
 * JSON, {alarm}. "{{" is a brace. The context says how a value is escaped where it lands. */
#ifndef ACQ_DELIVER_GATEWAY_TEMPLATE_H
#define ACQ_DELIVER_GATEWAY_TEMPLATE_H

#include "acq/core/strbuf.h"
#include "acq/deliver/gateway.h"

enum gateway_escape {
    GATEWAY_ESCAPE_URL,  /* percent-encoded */
    GATEWAY_ESCAPE_JSON, /* inside a JSON string: without its quotes */
    GATEWAY_ESCAPE_NONE
};

/* Whether every field is known; *out_field is the first that is not, without braces and cut to
 * size, or "{" for a brace that is not closed. */
bool gateway_template_check(const char *template, char *out_field, size_t size);

void gateway_template_fill(const char *template, const struct gateway_config *config,
                           const struct gateway_message *m, enum gateway_escape escape,
                           struct strbuf *out);

/* Percent-encoding of all but unreserved characters (RFC 3986). */
void gateway_add_escaped(struct strbuf *out, const char *text);

/* How the values of a body with that content type are escaped. */
enum gateway_escape gateway_escape_of(const char *content_type);

#endif
