/* Whatever stands at the front of a stream: the verdict never reaches behind the bytes that are
 * there, and replies made wrong on purpose stay inside a frame. */
#include "acq/core/err.h"
#include "acq/sim/frame.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t reply[FRAME_MAX] = {0};
    struct frame_request r;
    enum frame_verdict verdict = frame_look(data, size, &r);
    if (verdict == FRAME_REQUEST || verdict == FRAME_UNKNOWN) {
        pw_require(r.len <= size && r.len <= FRAME_MAX);
        pw_require((verdict == FRAME_UNKNOWN) == (r.exception != 0));
        pw_require(frame_exception(data, 11, reply) == FRAME_EXCEPTION_LEN);
    }
    /* A reply as libmodbus may have built it: its byte count is that of its data. */
    size_t len = size < FRAME_MAX ? size : FRAME_MAX;
    memcpy(reply, data, len);
    if (len > FRAME_MBAP + 2) {
        reply[8] = (uint8_t)(len - FRAME_MBAP - 2);
        pw_require(frame_set_wrong_count(reply, len) <= FRAME_MAX);
    }
    return 0;
}
