/* The least a correct Modbus TCP client can do: bare_epoll PORTS_FILE uint16|float32 SECONDS. One
 * request in flight per connection; transaction id, length, unit, function and byte count of every
 * reply are checked; every value is added up. No timeouts, no qualities, no reconnect. */
#include "tests/bench/common.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { REQUEST_SIZE = 12, REPLY_SIZE = 9 + BENCH_REGISTERS * 2, EVENTS = 256 };

struct connection {
    int fd;
    uint16_t transaction;
    size_t have;
    uint8_t reply[REPLY_SIZE];
};

struct client {
    int epoll;
    enum bench_values values;
    uint64_t transactions;
    double sum;
};

static void ask(struct connection *c)
{
    uint16_t id = ++c->transaction;
    uint8_t request[REQUEST_SIZE] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 6,
                                     BENCH_UNIT,         3,           0, 0, 0, BENCH_REGISTERS};
    c->have = 0;
    if (send(c->fd, request, sizeof request, MSG_NOSIGNAL) != sizeof request)
        bench_fail("send");
}

static unsigned get_u16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static double sum_values(const uint8_t *data, enum bench_values values)
{
    double sum = 0;
    if (values == BENCH_UINT16) {
        for (unsigned i = 0; i < BENCH_REGISTERS; i++)
            sum += get_u16(data + i * 2);
        return sum;
    }
    for (unsigned i = 0; i < BENCH_REGISTERS / 2; i++) {
        uint32_t bits = get_u16(data + i * 4) << 16 | get_u16(data + i * 4 + 2);
        float value;
        memcpy(&value, &bits, sizeof value);
        sum += (double)value;
    }
    return sum;
}

static bool reply_is_right(const struct connection *c)
{
    const uint8_t *r = c->reply;
    return get_u16(r) == c->transaction && get_u16(r + 2) == 0 &&
           get_u16(r + 4) == REPLY_SIZE - 6 && r[6] == BENCH_UNIT && r[7] == 3 &&
           r[8] == BENCH_REGISTERS * 2;
}

static void take(struct client *client, struct connection *c)
{
    ssize_t n = recv(c->fd, c->reply + c->have, REPLY_SIZE - c->have, 0);
    if (n <= 0)
        bench_fail("recv");
    c->have += (size_t)n;
    if (c->have < REPLY_SIZE)
        return;
    if (!reply_is_right(c)) {
        errno = EPROTO;
        bench_fail("reply");
    }
    client->sum += sum_values(c->reply + 9, client->values);
    client->transactions++;
    ask(c);
}

static struct connection *connect_all(struct client *client, const char *path, size_t *out_count)
{
    static uint16_t ports[BENCH_PORTS_MAX];
    size_t count = bench_ports_read(path, ports);
    struct connection *all = calloc(count ? count : 1, sizeof *all);
    if (!all)
        bench_fail("calloc");
    for (size_t i = 0; i < count; i++) {
        all[i].fd = bench_connect(ports[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(client->epoll, EPOLL_CTL_ADD, all[i].fd, &event) != 0)
            bench_fail("epoll_ctl");
    }
    *out_count = count;
    return all;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bare_epoll PORTS_FILE uint16|float32 SECONDS\n");
        return 64;
    }
    struct client client = {.epoll = epoll_create1(0), .values = bench_values_parse(argv[2])};
    int64_t limit_us = (int64_t)bench_number_parse(argv[3], 3600) * 1000000;
    size_t count = 0;
    struct connection *all = connect_all(&client, argv[1], &count);
    struct bench_run run;
    bench_run_begin(&run);
    for (size_t i = 0; i < count; i++)
        ask(&all[i]);
    while (bench_now_us() - run.since_us < limit_us) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(client.epoll, events, EVENTS, 1000);
        for (int i = 0; i < n; i++)
            take(&client, events[i].data.ptr);
    }
    bench_run_end(&run, client.transactions, client.sum);
    free(all);
    return 0;
}
