#include "acq/serve/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128, PORT_MAX = 65535 };

static bool holds(const char *text, const char *end, char c)
{
    return memchr(text, c, (size_t)(end - text)) != NULL;
}

int listen_split(const char *text, char host[LISTEN_HOST_SIZE], unsigned *out_port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text)
        return PW_EINVAL;
    const char *first = text;
    const char *end = colon;
    if (*first == '[') {
        if (end[-1] != ']')
            return PW_EINVAL;
        first++;
        end--;
    } else if (holds(first, end, ':')) {
        return PW_EINVAL;
    }
    if (first >= end || holds(first, end, '[') || holds(first, end, ']'))
        return PW_EINVAL;
    if ((size_t)(end - first) >= LISTEN_HOST_SIZE)
        return PW_EINVAL;
    unsigned port = 0;
    const char *digit = colon + 1;
    for (; *digit >= '0' && *digit <= '9' && port <= PORT_MAX; digit++)
        port = port * 10 + (unsigned)(*digit - '0');
    if (*digit || digit == colon + 1 || port > PORT_MAX)
        return PW_EINVAL;
    memcpy(host, first, (size_t)(end - first));
    host[end - first] = '\0';
    *out_port = port;
    return 0;
}

static int bind_one(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static unsigned bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a = {.any = {0}};
    socklen_t len = sizeof a;
    if (getsockname(fd, &a.any, &len) != 0)
        return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

int listen_open(const char *text, int *out_fd, unsigned *out_port, char *why, size_t why_size)
{
    char host[LISTEN_HOST_SIZE];
    char service[8];
    unsigned port = 0;
    if (listen_split(text, host, &port)) {
        (void)snprintf(why, why_size, "%s is not host:port", text);
        return PW_EINVAL;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    (void)snprintf(service, sizeof service, "%u", port);
    int rc = getaddrinfo(host, service, &hints, &found);
    if (rc) {
        (void)snprintf(why, why_size, "the host %s is not known: %s", host, gai_strerror(rc));
        return PW_EINVAL;
    }
    int fd = bind_one(found);
    int saved = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        (void)snprintf(why, why_size, "cannot listen on %s: %s", text, strerror(saved));
        return PW_EIO;
    }
    *out_fd = fd;
    *out_port = bound_port(fd);
    return 0;
}
