#include "acq/app/ask.h"

#include "acq/app/args.h"
#include "acq/core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { QUIET_MS = 20 };

static int64_t now_ms(void)
{
    return pw_clock_mono_ms(pw_clock_system());
}

static int error_of_system(void)
{
    return errno > 0 && errno < 4096 ? -errno : PW_EIO;
}

/* 0: ready before the deadline. */
static int wait_for(int fd, short events, int64_t until_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int64_t left_ms = until_ms - now_ms();
    int n = poll(&p, 1, left_ms > 0 ? (int)left_ms : 0);
    return n > 0 ? 0 : n == 0 ? PW_ETIMEOUT : error_of_system();
}

static int connect_one(const struct addrinfo *i, int64_t until_ms, int *out)
{
    int fd = socket(i->ai_family, SOCK_STREAM, 0);
    if (fd < 0)
        return error_of_system();
    int error = 0;
    socklen_t size = sizeof error;
    int err = fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? error_of_system() : 0;
    if (!err && connect(fd, i->ai_addr, i->ai_addrlen) != 0 && errno != EINPROGRESS)
        err = error_of_system();
    if (!err)
        err = wait_for(fd, POLLOUT, until_ms);
    if (!err && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0))
        err = -error;
    if (err) {
        close(fd);
        return err;
    }
    *out = fd;
    return 0;
}

/* "host", "host:port", "[v6]:port". */
static int split_address(const char *address, char host[256], char port[8])
{
    const char *colon = address[0] == '[' ? strstr(address, "]:") : strrchr(address, ':');
    size_t skip = address[0] == '[';
    size_t len = colon ? (size_t)(colon - address) - skip : strlen(address);
    if (len == 0 || len >= 256)
        return PW_EINVAL;
    memcpy(host, address + skip, len);
    host[len] = '\0';
    int n = snprintf(port, 8, "%s", colon ? colon + 1 + skip : "502");
    return n > 0 && n < 8 ? 0 : PW_EINVAL;
}

static int connect_to(const char *address, int64_t until_ms, int *out)
{
    char host[256];
    char port[8];
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int err = split_address(address, host, port);
    if (err || getaddrinfo(host, port, &hints, &list) != 0)
        return PW_EINVAL;
    err = PW_EINVAL;
    for (const struct addrinfo *i = list; i && err; i = i->ai_next)
        err = connect_one(i, until_ms, out);
    freeaddrinfo(list);
    return err;
}

static speed_t speed_of(uint32_t baud)
{
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
                  {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].baud == baud)
            return speeds[i].speed;
    return B0;
}

static int set_line(int fd, const struct ask_place *place)
{
    struct termios t;
    speed_t speed = speed_of(place->baud);
    if (speed == B0)
        return PW_EINVAL;
    if (tcgetattr(fd, &t) != 0)
        return error_of_system();
    cfmakeraw(&t);
    t.c_cflag &= (tcflag_t) ~(PARENB | PARODD | CSTOPB | CRTSCTS);
    t.c_cflag |= CLOCAL | CREAD;
    t.c_iflag &= (tcflag_t)~INPCK;
    if (place->parity != 'N') {
        t.c_cflag |= PARENB;
        t.c_iflag |= INPCK;
    }
    if (place->parity == 'O')
        t.c_cflag |= PARODD;
    if (place->stop_bits == 2)
        t.c_cflag |= CSTOPB;
    if (cfsetispeed(&t, speed) != 0 || cfsetospeed(&t, speed) != 0 ||
        tcsetattr(fd, TCSANOW, &t) != 0 || tcflush(fd, TCIOFLUSH) != 0)
        return error_of_system();
    return 0;
}

static int open_serial(const struct ask_place *place, int *out)
{
    int fd = open(place->address, O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_of_system();
    int err = set_line(fd, place);
    if (err)
        close(fd);
    else
        *out = fd;
    return err;
}

int ask_open(struct ask *a, const struct ask_place *place, int timeout_ms)
{
    bool serial = place->address[0] == '/';
    int fd = -1;
    int err =
        serial ? open_serial(place, &fd) : connect_to(place->address, now_ms() + timeout_ms, &fd);
    if (err)
        return err;
    *a = (struct ask){.fd = fd, .rtu = serial || place->rtu};
    return 0;
}

void ask_close(struct ask *a)
{
    close(a->fd);
}

/* What still comes from before is nobody's answer. */
static void drain(struct ask *a)
{
    uint8_t dropped[512];
    while (wait_for(a->fd, POLLIN, now_ms() + (a->rtu ? QUIET_MS : 0)) == 0)
        if (read(a->fd, dropped, sizeof dropped) <= 0)
            return;
}

static int send_request(struct ask *a, struct modbus_request *r, int64_t until_ms)
{
    uint8_t frame[MBAP_ADU_MAX];
    r->transaction = a->rtu ? 0 : ++a->transaction;
    size_t len = MBAP_REQUEST_SIZE;
    if (a->rtu) {
        rtu_write_request(r, frame);
        len = RTU_REQUEST_SIZE;
    } else {
        mbap_write_request(r, frame);
    }
    for (size_t sent = 0; sent < len;) {
        int err = wait_for(a->fd, POLLOUT, until_ms);
        if (err)
            return err;
        ssize_t n = write(a->fd, frame + sent, len - sent);
        if (n < 0)
            return error_of_system();
        sent += (size_t)n;
    }
    return 0;
}

/* PW_EMORE: not yet. */
static int take_frame(struct ask *a, const struct modbus_request *r, const struct mbap_adu *adu,
                      struct ask_answer *out)
{
    struct modbus_reply reply;
    enum modbus_check check = modbus_reply_check(r, adu, &reply);
    if (check == MODBUS_REPLY_EXCEPTION) {
        *out = (struct ask_answer){.exception = reply.exception};
        return 0;
    }
    if (check != MODBUS_REPLY_GOOD)
        return PW_EMORE;
    memcpy(a->bytes, reply.data, reply.data_len);
    *out = (struct ask_answer){.data = a->bytes, .data_len = reply.data_len};
    return 0;
}

struct parsers {
    struct mbap_parser mbap;
    struct rtu_parser rtu;
};

static int take_bytes(struct ask *a, struct parsers *p, const struct modbus_request *r,
                      const uint8_t *data, size_t len, struct ask_answer *out)
{
    for (;;) {
        struct mbap_adu adu;
        int err = a->rtu ? rtu_parser_next(&p->rtu, &data, &len, &adu)
                         : mbap_parser_next(&p->mbap, &data, &len, &adu);
        if (err == PW_EMORE)
            return err;
        if (err)
            return PW_ECORRUPT;
        if (take_frame(a, r, &adu, out) == 0)
            return 0;
    }
}

static int await_answer(struct ask *a, const struct modbus_request *r, int64_t until_ms,
                        struct ask_answer *out)
{
    struct parsers parsers = {0};
    bool some = false;
    for (;;) {
        uint8_t data[512];
        int err = wait_for(a->fd, POLLIN, until_ms);
        if (err)
            return err == PW_ETIMEOUT && some ? PW_ECORRUPT : err;
        ssize_t n = read(a->fd, data, sizeof data);
        if (n <= 0)
            return n == 0 ? PW_EIO : error_of_system();
        some = true;
        err = take_bytes(a, &parsers, r, data, (size_t)n, out);
        if (err != PW_EMORE)
            return err;
    }
}

int ask_read(struct ask *a, const struct modbus_request *request, int timeout_ms,
             struct ask_answer *out)
{
    struct modbus_request r = *request;
    drain(a);
    int64_t start_ms = now_ms();
    int err = send_request(a, &r, start_ms + timeout_ms);
    if (!err)
        err = await_answer(a, &r, start_ms + timeout_ms, out);
    if (!err)
        out->took_ms = now_ms() - start_ms;
    return err;
}

uint8_t ask_function(const char *table)
{
    static const char *const tables[] = {"coil", "discrete", "holding", "input"};
    for (uint8_t i = 0; i < 4; i++)
        if (strcmp(table, tables[i]) == 0)
            return (uint8_t)(i + 1);
    return 0;
}

static char parity_of(const char *word)
{
    return strcmp(word, "none") == 0   ? 'N'
           : strcmp(word, "even") == 0 ? 'E'
           : strcmp(word, "odd") == 0  ? 'O'
                                       : '\0';
}

int ask_place_read(struct ask_place *place, const char *address, const char *framing,
                   const char *baud, const char *parity, const char *stop_bits, const char *usage)
{
    int64_t speed = 9600;
    int64_t stops = 1;
    int err = args_number("--baud", baud, 1200, 115200, usage, &speed);
    if (!err)
        err = args_number("--stop-bits", stop_bits, 1, 2, usage, &stops);
    if (err)
        return err;
    bool rtu = framing && strcmp(framing, "rtu") == 0;
    if (framing && !rtu && strcmp(framing, "tcp") != 0)
        return args_refuse("probe", usage, "--framing: found %s", framing);
    char letter = parity_of(parity ? parity : "none");
    if (letter == '\0')
        return args_refuse("probe", usage, "--parity: found %s", parity);
    *place = (struct ask_place){.address = address,
                                .rtu = rtu,
                                .baud = (uint32_t)speed,
                                .parity = letter,
                                .stop_bits = (unsigned)stops};
    return 0;
}
