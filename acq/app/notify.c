#include "acq/app/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_MAX = 512 };

/* False when NOTIFY_SOCKET is absent or names no address that the protocol knows. */
static bool find_socket(struct sockaddr_un *out, socklen_t *out_len)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path || (path[0] != '/' && path[0] != '@'))
        return false;
    size_t len = strlen(path);
    if (len < 2 || len >= sizeof out->sun_path)
        return false;
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sun_path, path, len);
    if (path[0] == '@')
        out->sun_path[0] = '\0';
    *out_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

void notify_send(const char *message)
{
    struct sockaddr_un to;
    socklen_t to_len = 0;
    if (!find_socket(&to, &to_len))
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    ssize_t sent = 0;
    do
        sent = sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&to, to_len);
    while (sent < 0 && errno == EINTR);
    close(fd);
}

void notify_status(const char *text)
{
    char message[MESSAGE_MAX];
    (void)snprintf(message, sizeof message, "STATUS=%s", text);
    for (char *p = message; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    notify_send(message);
}

void notify_reloading(void)
{
    /* In microseconds, unlike our clock: the manager compares it with its own instant of asking. */
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return;
    char message[MESSAGE_MAX];
    (void)snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                   (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
    notify_send(message);
}

/* The whole of text as an unsigned decimal; false when it is not. */
static bool read_number(const char *text, uint64_t *out)
{
    if (!text || *text < '0' || *text > '9')
        return false;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end)
        return false;
    *out = value;
    return true;
}

int64_t notify_watchdog_interval_ms(void)
{
    uint64_t usec = 0;
    uint64_t pid = 0;
    if (!read_number(getenv("WATCHDOG_USEC"), &usec) || usec == 0)
        return 0;
    const char *pid_text = getenv("WATCHDOG_PID");
    if (pid_text && (!read_number(pid_text, &pid) || pid != (uint64_t)getpid()))
        return 0;
    uint64_t half_ms = usec / 2000u;
    if (half_ms > INT64_MAX / 2)
        return 0;
    return half_ms ? (int64_t)half_ms : 1;
}
