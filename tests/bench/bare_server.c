/* The slaves of every Modbus bench: bare_server COUNT uint16|float32 PORTS_FILE. One epoll loop
 * over COUNT listening ports, a register table for each, refilled once a second; answers function
 * 3 and nothing else. Ends on SIGTERM and prints how many requests it answered. */
#include "tests/bench/common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TABLE_REGISTERS = 250, REQUEST_SIZE = 12, EVENTS = 256, FD_MAX = 8192 };

struct server {
    int epoll;
    enum bench_values values;
    unsigned count; /* of ports */
    uint8_t tables[BENCH_PORTS_MAX][TABLE_REGISTERS * 2];
    bool listening[FD_MAX];  /* by descriptor */
    unsigned number[FD_MAX]; /* of the port that a descriptor belongs to */
    FILE *log;               /* or NULL */
    uint64_t answered;
    int64_t filled_us;
};

static volatile sig_atomic_t stop_asked;

static void on_term(int number)
{
    (void)number;
    stop_asked = 1;
}

static void put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void fill_integers(uint8_t *table, double seconds, unsigned number)
{
    for (unsigned i = 0; i < TABLE_REGISTERS; i++)
        put_u16(table + i * 2, (unsigned)(20000 + 1000 * sin(seconds / 60 + i + number)));
}

/* A level, a slow swing, and what an analyser adds of its own. */
static void fill_floats(uint8_t *table, double seconds, unsigned number)
{
    for (unsigned i = 0; i < TABLE_REGISTERS / 2; i++) {
        double noise = sin(seconds * 7919 + i * 104729.0 + number * 1299709.0);
        double level = 20 + 3.0 * i + 0.37 * number;
        float value = (float)(level + sin(seconds / 60 + i + number) + 0.05 * noise);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        put_u16(table + i * 4, bits >> 16);
        put_u16(table + i * 4 + 2, bits & 0xffff);
    }
}

static void fill_tables(struct server *s, int64_t now_us)
{
    double seconds = (double)now_us / 1e6;
    s->filled_us = now_us;
    for (unsigned i = 0; i < s->count; i++) {
        if (s->values == BENCH_UINT16)
            fill_integers(s->tables[i], seconds, i);
        else
            fill_floats(s->tables[i], seconds, i);
    }
}

static void watch(struct server *s, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= FD_MAX || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        bench_fail("epoll_ctl");
}

static uint16_t listen_any(struct server *s, unsigned number)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        bench_fail("listen");
    watch(s, fd);
    s->listening[fd] = true;
    s->number[fd] = number;
    return ntohs(address.sin_port);
}

static void listen_all(struct server *s, const char *path)
{
    char unfinished[4096];
    snprintf(unfinished, sizeof unfinished, "%s.new", path);
    FILE *f = fopen(unfinished, "w");
    if (!f)
        bench_fail(unfinished);
    for (unsigned i = 0; i < s->count; i++)
        fprintf(f, "%u\n", listen_any(s, i));
    if (fclose(f) != 0 || rename(unfinished, path) != 0)
        bench_fail(path);
}

static void accept_one(struct server *s, int listener)
{
    int on = 1;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        bench_fail("setsockopt");
    watch(s, fd);
    s->number[fd] = s->number[listener];
}

static void log_answer(struct server *s, int fd, unsigned address)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    fprintf(s->log, "%u %u %" PRId64 "\n", s->number[fd], address,
            (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* False when the request is none of ours: the connection then closes. */
static bool answer(struct server *s, int fd, const uint8_t request[REQUEST_SIZE])
{
    unsigned address = (unsigned)request[8] << 8 | request[9];
    unsigned count = (unsigned)request[10] << 8 | request[11];
    if (request[7] != 3 || count < 1 || count > 125 || address + count > TABLE_REGISTERS)
        return false;
    uint8_t reply[9 + 250];
    memcpy(reply, request, 8);
    put_u16(reply + 4, 3 + count * 2);
    reply[8] = (uint8_t)(count * 2);
    memcpy(reply + 9, s->tables[s->number[fd]] + address * 2, count * 2);
    s->answered++;
    if (send(fd, reply, 9 + count * 2, MSG_NOSIGNAL) != (ssize_t)(9 + count * 2))
        return false;
    if (s->log)
        log_answer(s, fd, address);
    return true;
}

static void serve_one(struct server *s, int fd)
{
    uint8_t request[REQUEST_SIZE];
    ssize_t n = recv(fd, request, sizeof request, 0);
    if (n != REQUEST_SIZE || !answer(s, fd, request))
        close(fd);
}

static void serve(struct server *s)
{
    struct epoll_event events[EVENTS];
    while (!stop_asked) {
        int n = epoll_wait(s->epoll, events, EVENTS, 200);
        if (n < 0 && errno != EINTR)
            bench_fail("epoll_wait");
        int64_t now_us = bench_now_us();
        if (now_us - s->filled_us >= 1000000)
            fill_tables(s, now_us);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (s->listening[fd])
                accept_one(s, fd);
            else
                serve_one(s, fd);
        }
    }
}

int main(int argc, char **argv)
{
    static struct server s;
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: bare_server COUNT uint16|float32 PORTS_FILE [LOG_FILE]\n");
        return 64;
    }
    struct sigaction action = {.sa_handler = on_term};
    sigaction(SIGTERM, &action, NULL);
    s.epoll = epoll_create1(0);
    s.values = bench_values_parse(argv[2]);
    s.log = argc == 5 ? fopen(argv[4], "w") : NULL;
    if (argc == 5 && !s.log)
        bench_fail(argv[4]);
    s.count = bench_number_parse(argv[1], BENCH_PORTS_MAX);
    fill_tables(&s, bench_now_us());
    listen_all(&s, argv[3]);
    serve(&s);
    if (s.log && fclose(s.log) != 0)
        bench_fail(argv[4]);
    printf("{\"answered\":%" PRIu64 ",\"cpu_us\":%" PRId64 "}\n", s.answered, bench_cpu_us());
    return 0;
}
