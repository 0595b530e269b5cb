/* A packed hour from a disk that nobody vouches for: refused, or read and the same when written
 * again. */
#include "acq/record/minute_pack.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct minute_pack first;
    struct minute_pack second;
    struct strbuf out;
    if (minute_pack_read(data, size, &first) != 0)
        return 0;
    strbuf_init(&out, 1 << 20);
    minute_pack_write(&first, &out);
    if (out.failed || minute_pack_read(out.data, out.len, &second) != 0)
        abort();
    for (int i = 0; i < PACK_MINUTES; i++)
        if (first.has[i] != second.has[i] || first.minutes[i].parts != second.minutes[i].parts ||
            first.minutes[i].flag != second.minutes[i].flag)
            abort();
    strbuf_deinit(&out);
    return 0;
}
