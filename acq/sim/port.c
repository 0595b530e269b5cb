#include "acq/sim/port.h"

#include "acq/sim/line.h"
#include "acq/sim/slave.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { NAME_SIZE = 64 };

static const struct {
    uint32_t baud;
    speed_t speed;
} speeds[] = {{1200, B1200},   {2400, B2400},     {4800, B4800},
              {9600, B9600},   {19200, B19200},   {38400, B38400},
              {57600, B57600}, {115200, B115200}, {230400, B230400}};

static int own(struct slave *s, int fd, bool connecting)
{
    int rc = line_open(s, fd, connecting);
    if (rc)
        (void)close(fd);
    return rc;
}

static int set_raw(int fd, uint32_t baud)
{
    struct termios t;
    if (tcgetattr(fd, &t))
        return -errno;
    cfmakeraw(&t);
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == baud && cfsetspeed(&t, speeds[i].speed))
            return -errno;
    return tcsetattr(fd, TCSANOW, &t) ? -errno : 0;
}

static int open_serial(struct slave *s)
{
    int fd = open(s->plan->line.path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = set_raw(fd, s->plan->line.baud);
    if (rc) {
        (void)close(fd);
        return rc;
    }
    return own(s, fd, false);
}

/* Only a link of ours or of an earlier run is replaced, never a file. */
static int place_link(const char *target, const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
        return UV_EEXIST;
    (void)unlink(path);
    return symlink(target, path) ? -errno : 0;
}

static int open_pty(struct slave *s)
{
    char name[NAME_SIZE];
    int fd;
    if (openpty(&fd, &s->keeper, NULL, NULL, NULL))
        return -errno;
    int rc = set_raw(s->keeper, 0);
    if (rc == 0)
        rc = -ttyname_r(s->keeper, name, sizeof name);
    if (rc == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
        rc = -errno;
    if (rc == 0)
        rc = place_link(name, s->plan->line.path);
    if (rc) {
        (void)close(fd);
        port_forget(s);
        return rc;
    }
    return own(s, fd, false);
}

static int dial(struct slave *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    if (inet_pton(AF_INET, s->plan->host, &address.sin_addr) != 1)
        return PW_EINVAL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
        int err = errno;
        (void)close(fd);
        return -err;
    }
    return own(s, fd, true);
}

int port_open(struct slave *s)
{
    switch (s->plan->medium) {
    case SIM_SERIAL:
        return open_serial(s);
    case SIM_PTY:
        return open_pty(s);
    case SIM_DIAL:
        return dial(s);
    case SIM_LISTEN:
        break;
    }
    return PW_ESTATE;
}

void port_forget(struct slave *s)
{
    if (s->keeper < 0)
        return;
    (void)unlink(s->plan->line.path);
    (void)close(s->keeper);
    s->keeper = -1;
}
