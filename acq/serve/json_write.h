/* Writing JSON into a strbuf: commas come by themselves. key is NULL inside of an array. */
#ifndef ACQ_SERVE_JSON_WRITE_H
#define ACQ_SERVE_JSON_WRITE_H

#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bracket is '{' or '['; json_close() takes '}' or ']'. */
void json_open(struct strbuf *b, const char *key, char bracket);
void json_close(struct strbuf *b, char bracket);

void json_put_text(struct strbuf *b, const char *key, const char *text);
void json_put_bool(struct strbuf *b, const char *key, bool value);
void json_put_uint(struct strbuf *b, const char *key, uint64_t value);
void json_put_int(struct strbuf *b, const char *key, int64_t value);
/* null when it is not finite. */
void json_put_double(struct strbuf *b, const char *key, double value);
/* ISO 8601 with the offset; 0 is null. */
void json_put_time(struct strbuf *b, const char *key, int64_t time_ms, int zone_offset_min);

/* A uint64_t member of a struct, and its name on the wire. */
struct json_field {
    const char *name;
    size_t offset;
};

/* Every field of the struct at base. */
void json_put_fields(struct strbuf *b, const struct json_field *fields, size_t count,
                     const void *base);

#endif
