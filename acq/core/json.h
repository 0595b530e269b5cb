/* Strict JSON reading over cJSON: UTF-8 only, JSON's own numbers (at most 63 characters, finite),
 * no \u0000 in a string, nothing behind the value, no duplicate keys. Trees live inside one
 * function: parse, convert, cJSON_Delete(). Writing is strbuf_add_json_*(). */
#ifndef ACQ_CORE_JSON_H
#define ACQ_CORE_JSON_H

#include "acq/core/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* Parses text[0..len). On failure *out_offset (may be NULL) is where cJSON stopped, in bytes. A
 * duplicate key is PW_EEXIST with offset 0. Caller deletes the tree. */
PW_MUST_CHECK int json_parse(const char *text, size_t len, cJSON **out, size_t *out_offset);

/* Members of an object, case-sensitive. NULL or the fallback when absent or of another type. */
const char *json_string(const cJSON *object, const char *key);
int64_t json_int(const cJSON *object, const char *key, int64_t fallback);
bool json_bool(const cJSON *object, const char *key, bool fallback);

#endif
