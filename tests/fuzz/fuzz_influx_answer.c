/* Answers of time-series servers: the first byte chooses the endpoint, the rest is the body. What
 * is named is text, whatever the body was. */
#include "acq/deliver/answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(void *ctx, const struct answer_line *line)
{
    size_t *total = ctx;
    *total += strlen(line->text) + strlen(line->reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 32768)
        return 0;
    char *body = malloc(size);
    if (!body)
        return 0;
    memcpy(body, data + 1, size - 1);
    body[size - 1] = '\0';
    size_t total = 0;
    enum influx_api api = (enum influx_api)(data[0] % 3);
    answer_each_line(api, body, look_at, &total);
    static const int statuses[] = {204, 400, 422, 500};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct answer a = answer_judge(api, statuses[i], body);
        if (a.action == ANSWER_PARTIAL && a.dropped == 0)
            abort();
    }
    if (total > 2 * size)
        abort();
    free(body);
    return 0;
}
