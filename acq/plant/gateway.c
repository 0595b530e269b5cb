#include "acq/plant/gateway.h"

#include <string.h>

const char *const plant_gateway_fields[] = {"to",   "text",     "subject", "key",   "from",
                                            "time", "callback", "alarm",   "again", NULL};

static bool is_among(const char *const *fields, const char *name, size_t len)
{
    for (; *fields; fields++)
        if (strlen(*fields) == len && memcmp(*fields, name, len) == 0)
            return true;
    return false;
}

bool plant_template_check(const char *template, const char *const *fields, char *out_field,
                          size_t size)
{
    for (const char *p = template; (p = strchr(p, '{')) != NULL;) {
        if (p[1] == '{') {
            p += 2;
            continue;
        }
        const char *end = strchr(p, '}');
        size_t len = end ? (size_t)(end - p - 1) : 1;
        if (end && is_among(fields, p + 1, len)) {
            p = end;
            continue;
        }
        len = len < size - 1 ? len : size - 1;
        memcpy(out_field, end ? p + 1 : p, len);
        out_field[len] = '\0';
        return false;
    }
    return true;
}
