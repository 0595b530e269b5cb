/* What the bench programs share: clocks, the list of the server's ports, one line of result. They
 * stop the process when something fails: a bench that limps measures nothing. */
#ifndef TESTS_BENCH_COMMON_H
#define TESTS_BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_REGISTERS = 100, BENCH_UNIT = 1, BENCH_PORTS_MAX = 2000 };

enum bench_values { BENCH_UINT16, BENCH_FLOAT32 };

_Noreturn void bench_fail(const char *what);

/* "uint16" or "float32". */
enum bench_values bench_values_parse(const char *word);
/* A number of 1..most. */
unsigned bench_number_parse(const char *word, unsigned most);

int64_t bench_now_us(void);
/* User and system time of this process with all its threads. */
int64_t bench_cpu_us(void);

/* Reads what the server wrote: one port a line. Returns how many. */
size_t bench_ports_read(const char *path, uint16_t out[BENCH_PORTS_MAX]);
/* A connected socket with TCP_NODELAY, on loopback. */
int bench_connect(uint16_t port);

struct bench_run {
    int64_t since_us;
    int64_t since_cpu_us;
};

void bench_run_begin(struct bench_run *run);
/* Prints one JSON object: transactions, wall and CPU time; sum shows that the values were read. */
void bench_run_end(const struct bench_run *run, uint64_t transactions, double sum);

#endif
