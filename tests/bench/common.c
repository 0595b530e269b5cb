#include "tests/bench/common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

void bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

enum bench_values bench_values_parse(const char *word)
{
    if (strcmp(word, "uint16") == 0)
        return BENCH_UINT16;
    if (strcmp(word, "float32") == 0)
        return BENCH_FLOAT32;
    errno = EINVAL;
    bench_fail(word);
}

unsigned bench_number_parse(const char *word, unsigned most)
{
    char *end = NULL;
    unsigned long value = strtoul(word, &end, 10);
    if (end == word || *end != '\0' || value < 1 || value > most) {
        errno = ERANGE;
        bench_fail(word);
    }
    return (unsigned)value;
}

int64_t bench_now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t timeval_us(struct timeval tv)
{
    return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

int64_t bench_cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        bench_fail("getrusage");
    return timeval_us(usage.ru_utime) + timeval_us(usage.ru_stime);
}

size_t bench_ports_read(const char *path, uint16_t out[BENCH_PORTS_MAX])
{
    FILE *f = fopen(path, "r");
    if (!f)
        bench_fail(path);
    size_t count = 0;
    char word[16];
    while (count < BENCH_PORTS_MAX && fgets(word, sizeof word, f)) {
        word[strcspn(word, "\n")] = '\0';
        out[count++] = (uint16_t)bench_number_parse(word, UINT16_MAX);
    }
    fclose(f);
    return count;
}

int bench_connect(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        bench_fail("connect");
    return fd;
}

void bench_run_begin(struct bench_run *run)
{
    run->since_us = bench_now_us();
    run->since_cpu_us = bench_cpu_us();
}

void bench_run_end(const struct bench_run *run, uint64_t transactions, double sum)
{
    printf("{\"transactions\":%" PRIu64 ",\"wall_us\":%" PRId64 ",\"cpu_us\":%" PRId64
           ",\"sum\":%.6g}\n",
           transactions, bench_now_us() - run->since_us, bench_cpu_us() - run->since_cpu_us, sum);
}
