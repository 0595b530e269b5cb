#include "acq/sim/engine.h"

#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* Nothing is ever awaited: these only bound what a mistake of ours would cost. */
enum { SAFETY_US = 1000 };

struct engine {
    modbus_t *context;
    int tap[2]; /* replies that are wanted as bytes go in at [1] and come out at [0] */
};

bool engine_can_use(int fd)
{
    return fd >= 0 && fd < FD_SETSIZE;
}

struct engine *engine_new(void)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->tap[0] = e->tap[1] = -1;
    e->context = modbus_new_tcp("127.0.0.1", 0);
    bool good = e->context &&
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, e->tap) == 0;
    good = good && engine_can_use(e->tap[1]) &&
           modbus_set_response_timeout(e->context, 0, SAFETY_US) == 0 &&
           modbus_set_byte_timeout(e->context, 0, SAFETY_US) == 0 &&
           modbus_set_indication_timeout(e->context, 0, SAFETY_US) == 0;
    if (good)
        return e;
    engine_free(e);
    return NULL;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    for (int i = 0; i < 2; i++)
        if (e->tap[i] >= 0)
            (void)close(e->tap[i]);
    modbus_free(e->context);
    free(e);
}

int engine_receive(struct engine *e, int fd, uint8_t request[FRAME_MAX], size_t len)
{
    pw_require(engine_can_use(fd));
    modbus_set_socket(e->context, fd);
    int got = modbus_receive(e->context, request);
    return got == (int)len ? 0 : PW_EIO;
}

int engine_reply(struct engine *e, int fd, const uint8_t *request, size_t len,
                 modbus_mapping_t *cells)
{
    pw_require(engine_can_use(fd));
    modbus_set_socket(e->context, fd);
    return modbus_reply(e->context, request, (int)len, cells) >= 0 ? 0 : PW_EIO;
}

int engine_build(struct engine *e, const uint8_t *request, size_t len, modbus_mapping_t *cells,
                 uint8_t out[FRAME_MAX], size_t *out_len)
{
    int rc = engine_reply(e, e->tap[1], request, len, cells);
    if (rc)
        return rc;
    ssize_t got = recv(e->tap[0], out, FRAME_MAX, MSG_DONTWAIT);
    *out_len = got > 0 ? (size_t)got : 0;
    return 0;
}
