/* GET /api/v1/findings/{id} out of the record. */
#include "acq/core/num.h"
#include "acq/serve/events.h"
#include "acq/serve/json_write.h"
#include "acq/serve/routes.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_A_PAGE = 20, CURSOR_SIZE = 16, ID_LENGTH = 16 };

static bool read_cursor(const struct request *q, struct reply *r, size_t *out)
{
    char text[CURSOR_SIZE];
    char *end = NULL;
    if (request_query(q, "cursor", text, sizeof text) == 0) {
        *out = *text ? strtoul(text, &end, 10) : 0;
        if (!*text || (*text >= '0' && *text <= '9' && *end == '\0'))
            return true;
    }
    reply_error(r, HTTP_BAD_REQUEST, "bad_parameter", "cursor is not one that was given out",
                "cursor");
    return false;
}

static bool is_id(const char *id)
{
    return strlen(id) == ID_LENGTH && strspn(id, "0123456789abcdef") == ID_LENGTH;
}

void api_finding(const struct request *q, struct reply *r)
{
    size_t skip = 0;
    size_t parts = 0;
    char next[NUM_INT_SIZE];
    if (!read_cursor(q, r, &skip))
        return;
    int err = is_id(q->id) && q->events
                  ? q->events->read(q->events->ctx, q->id, skip, PARTS_A_PAGE, &r->body, &parts)
                  : PW_ENOTFOUND;
    if (err == PW_ENOTFOUND) {
        reply_error(r, HTTP_NOT_FOUND, "not_found", "there is no such finding", "");
        return;
    }
    if (err) {
        reply_error(r, HTTP_UNAVAILABLE, "record_unreadable", "the record cannot be read now", "");
        return;
    }
    num_format_int((int64_t)(skip + parts), next);
    if (parts == PARTS_A_PAGE)
        json_put_text(&r->body, "next", next);
    json_close(&r->body, '}');
}
