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

/* The type of v3's `data` tells what happened; its texts change between releases. */
static char type_of_data(const char *body)
{
    const char *data = strstr(body, "\"data\"");
    if (!data)
        return '\0';
    data += sizeof "\"data\"" - 1;
    data += strspn(data, " \t\r\n");
    if (*data != ':')
        return '\0';
    data++;
    return data[strspn(data, " \t\r\n")];
}

static void count_line(void *ctx, const struct answer_line *line)
{
    uint32_t *count = ctx;
    (void)line;
    ++*count;
}

/* 422 without lines: a limit on tables, columns or databases, which a human must raise. */
static struct answer judge_v3(int status, const char *body)
{
    struct answer a = {.action = ANSWER_HOLD};
    char type = type_of_data(body);
    if (type == '[') {
        a.action = ANSWER_PARTIAL;
        answer_each_line(INFLUX_V3, body, count_line, &a.dropped);
        a.dropped += a.dropped == 0;
    } else if (type != '{' && strstr(body, "partial write")) {
        a = (struct answer){ANSWER_PARTIAL, count_dropped(body)};
    } else if (type == '{' || (status == 400 && !is_not_about_lines(body))) {
        a.action = ANSWER_BISECT;
    }
    return a;
}

static struct answer judge_lines(enum influx_api api, int status, const char *body)
{
    if (api == INFLUX_V3)
        return judge_v3(status, body);
    if (strstr(body, "partial write"))
        return (struct answer){ANSWER_PARTIAL, count_dropped(body)};
    return (struct answer){is_not_about_lines(body) ? ANSWER_HOLD : ANSWER_BISECT, 0};
}

static struct answer judge_client_error(enum influx_api api, int status, const char *body)
{
    switch (status) {
    case 400:
    case 422:
        return judge_lines(api, status, body);
    case 413:
        return (struct answer){.action = ANSWER_HALVE};
    case 408:
    case 425:
    case 429:
    case 499:
        return (struct answer){.action = ANSWER_BACKOFF};
    default:
        return (struct answer){.action = ANSWER_HOLD};
    }
}

struct answer answer_judge(enum influx_api api, int status, const char *body)
{
    if (status >= 200 && status < 300)
        return (struct answer){.action = ANSWER_STORED};
    if (status >= 400 && status < 500)
        return judge_client_error(api, status, body);
    if (status >= 300 && status < 400)
        return (struct answer){.action = ANSWER_HOLD};
    /* Early 2.0 said so of points behind the retention, for ever. */
    if (api == INFLUX_V2 && status == 500 && strstr(body, "partial write"))
        return (struct answer){ANSWER_PARTIAL, count_dropped(body)};
    return (struct answer){.action = ANSWER_BACKOFF};
}
