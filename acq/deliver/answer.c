#include "acq/deliver/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* dropped=N does not count lines that could not be parsed; each of them is named by one sentence.
 */
static uint32_t count_dropped(const char *body)
{
    static const char sentence[] = "unable to parse '";
    static const char number[] = "dropped=";
    uint32_t count = 0;
    for (const char *p = body; (p = strstr(p, sentence)); p += sizeof sentence - 1)
        count++;
    const char *last = NULL;
    for (const char *p = body; (p = strstr(p, number)); p += sizeof number - 1)
        last = p + sizeof number - 1;
    if (last && *last >= '0' && *last <= '9') {
        unsigned long long dropped = strtoull(last, NULL, 10);
        count += dropped < UINT32_MAX / 2 ? (uint32_t)dropped : UINT32_MAX / 2;
    }
    return count ? count : 1;
}

/* A proxy's page, or a TLS port asked in plain text: says nothing about any line. */
static bool is_not_about_lines(const char *body)
{
    return body[strspn(body, " \t\r\n")] == '<' || strstr(body, "HTTP request to an HTTPS server");
}

static struct answer judge_client_error(int status, const char *body)
{
    struct answer a = {.action = ANSWER_HOLD};
    switch (status) {
    case 400:
    case 422:
        if (strstr(body, "partial write"))
            a = (struct answer){.action = ANSWER_PARTIAL, .dropped = count_dropped(body)};
        else if (!is_not_about_lines(body))
            a.action = ANSWER_BISECT;
        break;
    case 413:
        a.action = ANSWER_HALVE;
        break;
    case 408:
    case 425:
    case 429:
    case 499:
        a.action = ANSWER_BACKOFF;
        break;
    default:
        break;
    }
    return a;
}

struct answer answer_judge(int status, const char *body)
{
    if (status >= 200 && status < 300)
        return (struct answer){.action = ANSWER_STORED};
    if (status >= 400 && status < 500)
        return judge_client_error(status, body);
    if (status >= 300 && status < 400)
        return (struct answer){.action = ANSWER_HOLD};
    return (struct answer){.action = ANSWER_BACKOFF};
}
