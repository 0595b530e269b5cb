/* The plain way: one thread with a blocking libmodbus context per device, 128 KiB of stack each:
 * thread_libmodbus PORTS_FILE uint16|float32 SECONDS. Every value is read and added up. */
#include "tests/bench/common.h"

#include <modbus/modbus.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STACK_BYTES = 131072, PATIENCE_S = 30 };

struct device {
    pthread_t thread;
    uint16_t port;
    enum bench_values values;
    uint64_t transactions;
    double sum;
};

static atomic_bool stop_asked;
static pthread_barrier_t all_connected;

static double sum_values(const uint16_t *registers, enum bench_values values)
{
    double sum = 0;
    if (values == BENCH_UINT16)
        for (int i = 0; i < BENCH_REGISTERS; i++)
            sum += registers[i];
    else
        for (int i = 0; i < BENCH_REGISTERS; i += 2)
            sum += (double)modbus_get_float_abcd(registers + i);
    return sum;
}

static void *poll_device(void *arg)
{
    struct device *d = arg;
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", d->port);
    if (!ctx || modbus_set_slave(ctx, BENCH_UNIT) != 0 || modbus_connect(ctx) != 0 ||
        modbus_set_response_timeout(ctx, PATIENCE_S, 0) != 0)
        bench_fail("modbus_connect");
    pthread_barrier_wait(&all_connected);
    while (!atomic_load_explicit(&stop_asked, memory_order_relaxed)) {
        uint16_t registers[BENCH_REGISTERS];
        if (modbus_read_registers(ctx, 0, BENCH_REGISTERS, registers) != BENCH_REGISTERS)
            bench_fail("modbus_read_registers");
        d->sum += sum_values(registers, d->values);
        d->transactions++;
    }
    modbus_close(ctx);
    modbus_free(ctx);
    return NULL;
}

static void start_all(struct device *all, size_t count)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (size_t i = 0; i < count; i++)
        if (pthread_create(&all[i].thread, &attributes, poll_device, &all[i]) != 0)
            bench_fail("pthread_create");
    pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
    static uint16_t ports[BENCH_PORTS_MAX];
    static struct device all[BENCH_PORTS_MAX];
    if (argc != 4) {
        fprintf(stderr, "usage: thread_libmodbus PORTS_FILE uint16|float32 SECONDS\n");
        return 64;
    }
    size_t count = bench_ports_read(argv[1], ports);
    for (size_t i = 0; i < count; i++)
        all[i] = (struct device){.port = ports[i], .values = bench_values_parse(argv[2])};
    pthread_barrier_init(&all_connected, NULL, (unsigned)count + 1);
    start_all(all, count);
    pthread_barrier_wait(&all_connected);
    struct bench_run run;
    bench_run_begin(&run);
    sleep(bench_number_parse(argv[3], 3600));
    atomic_store(&stop_asked, true);
    uint64_t transactions = 0;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
        transactions += all[i].transactions;
        sum += all[i].sum;
    }
    bench_run_end(&run, transactions, sum);
    return 0;
}
