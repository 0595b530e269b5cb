/* A client for the tests of the HTTP server: sends bytes as they are, reads until the server closes
 * or a deadline has passed. */
#ifndef TESTS_SUPPORT_HTTP_ASK_H
#define TESTS_SUPPORT_HTTP_ASK_H

#include "acq/core/err.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HTTP_ASK_PATIENCE_S = 20 };

struct http_said {
    int status; /* 0: the server said nothing */
    char *head; /* status line and headers, NUL-terminated */
    char *body; /* NUL behind its last byte */
    size_t body_len;
    char *memory;
};

static inline int http_connect(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = HTTP_ASK_PATIENCE_S};
    pw_require(fd >= 0);
    pw_require(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    pw_require(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static inline void http_send(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server has closed; what it said is still to be read */
        data += n;
        len -= (size_t)n;
    }
}

/* Reads until the end and closes fd. Give it to http_said_free(). */
static inline struct http_said http_read(int fd)
{
    size_t cap = 65536;
    size_t len = 0;
    char *memory = malloc(cap + 1);
    pw_require(memory != NULL);
    for (ssize_t n; (n = recv(fd, memory + len, cap - len, 0)) > 0;) {
        len += (size_t)n;
        if (len == cap) {
            cap *= 2;
            memory = realloc(memory, cap + 1);
            pw_require(memory != NULL);
        }
    }
    close(fd);
    memory[len] = '\0';
    struct http_said said = {.memory = memory, .head = memory, .body = memory + len};
    char *end = strstr(memory, "\r\n\r\n");
    if (end) {
        end[2] = '\0';
        said.body = end + 4;
        said.body_len = len - (size_t)(said.body - memory);
        (void)sscanf(memory, "HTTP/1.1 %d", &said.status);
    }
    return said;
}

static inline void http_said_free(struct http_said *said)
{
    free(said->memory);
}

/* One request on its own connection. headers: whole lines, or "". */
static inline struct http_said http_ask(unsigned port, const char *method, const char *target,
                                        const char *headers)
{
    size_t size = strlen(method) + strlen(target) + strlen(headers) + 128;
    char *text = malloc(size);
    pw_require(text != NULL);
    int len =
        snprintf(text, size, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
                 method, target, headers);
    int fd = http_connect(port);
    http_send(fd, text, (size_t)len);
    free(text);
    return http_read(fd);
}

/* Whether the head has this line ("Name: value"). */
static inline int http_has(const struct http_said *said, const char *line)
{
    char with_ends[512];
    (void)snprintf(with_ends, sizeof with_ends, "\r\n%s\r\n", line);
    return strstr(said->head, with_ends) != NULL;
}

#endif
