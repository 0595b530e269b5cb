#include "acq/serve/validators.h"

#include "acq/core/civil.h"

#include <stdio.h>
#include <string.h>

void http_date(int64_t time_s, char out[HTTP_DATE_SIZE])
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    enum { DAY_S = 86400, WEEK_DAYS = 7 };
    const int64_t last_s = 253402300799; /* the end of year 9999 */
    struct civil c;
    if (time_s < 0)
        time_s = 0;
    if (time_s > last_s)
        time_s = last_s;
    civil_from_ms(time_s * 1000, 0, &c);
    (void)snprintf(out, HTTP_DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                   days[time_s / DAY_S % WEEK_DAYS], c.day % 100, months[c.month - 1],
                   c.year % 10000, c.hour % 100, c.minute % 100, c.second % 100);
}

bool etag_matches(const char *list, const char *etag)
{
    size_t len = strlen(etag);
    while (*list) {
        list += strspn(list, " \t,");
        if (*list == '*')
            return true;
        if (strncmp(list, "W/", 2) == 0)
            list += 2;
        if (*list != '"')
            return false;
        const char *end = strchr(list + 1, '"');
        if (!end)
            return false;
        if ((size_t)(end - list) + 1 == len && memcmp(list, etag, len) == 0)
            return true;
        list = end + 1;
    }
    return false;
}

bool is_not_modified(const struct request *q, const struct reply *r)
{
    if (q->if_none_match)
        return etag_matches(q->if_none_match, r->etag);
    return q->if_modified_since && strcmp(q->if_modified_since, r->last_modified) == 0;
}
