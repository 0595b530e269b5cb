/* A journal line as the projection, the export and the cursor look-up read it. What parses must
 * have the members where the writer puts them, or say that it has none. */
#include "acq/record/journal_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *members = NULL;
    size_t len = 0;
    struct journal_line line;
    int64_t instants[64];
    if (journal_line_parse(text, size, &line) == 0) {
        if (!line.type || line.n < 0)
            abort();
        journal_line_deinit(&line);
    }
    if (journal_line_members(text, size, &members, &len) == 0 &&
        (members < text || len > size - (size_t)(members - text)))
        abort();
    for (size_t count = 0; count <= 64; count += count < 4 ? 1 : 15)
        (void)!journal_line_order(text, size, instants, count);
    return 0;
}
