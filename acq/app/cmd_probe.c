#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/ask.h"

#include "acq/core/num.h"
#include "protocols/modbus/decode.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "probe modbus ADDRESS --unit N [--table holding|input|coil|discrete] --address A --count N "
    "[--framing tcp|rtu] [--baud N] [--parity none|even|odd] [--stop-bits 1|2] [--timeout-ms N] "
    "[--watch]";

enum { WATCH_MS = 1000 };

static const char *const orders[] = {"ABCD", "CDAB", "BADC", "DCBA"};

static void print_value(enum modbus_type type, unsigned order, const uint8_t *data, size_t len,
                        uint16_t place)
{
    const struct modbus_decode_spec spec = {
        .type = type, .order = (enum modbus_order)order, .place = place, .scale = 1};
    struct modbus_decoder d;
    struct sample s = {0};
    char text[NUM_DOUBLE_SIZE] = "-";
    if (modbus_decoder_init(&d, &spec) != 0)
        return;
    modbus_decode(&d, &(uint32_t){0}, 1, data, len, &s);
    if (quality_has_value(s.quality))
        num_format_double(s.value, text);
    printf("  %-22s", text);
}

/* One line for each type, the orders side by side, wherever it fits. */
static void print_types(const uint8_t *data, size_t len, uint16_t place, unsigned words,
                        uint16_t address)
{
    static const struct {
        const char *name;
        enum modbus_type type;
        unsigned words;
    } types[] = {{"int32", MODBUS_INT32, 2},     {"uint32", MODBUS_UINT32, 2},
                 {"float32", MODBUS_FLOAT32, 2}, {"bcd32", MODBUS_BCD32, 2},
                 {"int64", MODBUS_INT64, 4},     {"uint64", MODBUS_UINT64, 4},
                 {"float64", MODBUS_FLOAT64, 4}};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (types[t].words != words)
            continue;
        printf("%7u  %-8s", address, types[t].name);
        for (unsigned order = 0; order < 4; order++)
            print_value(types[t].type, order, data, len, place);
        printf("\n");
    }
}

static char shown(uint8_t c)
{
    return isprint(c) ? (char)c : '.';
}

static void print_words(const struct modbus_request *r, const uint8_t *data, size_t len)
{
    printf("address  hex   uint16  int16   swapped  bcd16   bits              text\n");
    for (uint16_t i = 0; i < r->count; i++) {
        const uint8_t *p = data + (size_t)2 * i;
        unsigned word = p[0] * 256u + p[1];
        unsigned swapped = p[1] * 256u + p[0];
        char bits[17] = "";
        for (unsigned k = 0; k < 16; k++)
            bits[k] = word >> (15 - k) & 1 ? '1' : '0';
        char digits[8] = "-";
        if ((word & 0xf) < 10 && (word >> 4 & 0xf) < 10 && (word >> 8 & 0xf) < 10 && word < 0xa000)
            snprintf(digits, sizeof digits, "%x", word);
        printf("%7u  %04X  %6u  %6d  %7u  %5s   %s  %c%c\n", r->address + i, word, word,
               word < 0x8000 ? (int)word : (int)word - 0x10000, swapped, digits, bits, shown(p[0]),
               shown(p[1]));
    }
    for (unsigned words = 2; words <= 4; words += 2) {
        if (r->count < words)
            continue;
        printf("\naddress  type    ");
        for (unsigned order = 0; order < 4; order++)
            printf("  %-22s", orders[order]);
        printf("\n");
        for (uint16_t i = 0; i + words <= r->count; i++)
            print_types(data, len, i, words, (uint16_t)(r->address + i));
    }
}

static void print_bits(const struct modbus_request *r, const uint8_t *data)
{
    for (uint16_t i = 0; i < r->count; i++)
        printf("%7u  %d\n", r->address + i, data[i / 8] >> i % 8 & 1);
}

static bool is_bits(const struct modbus_request *r)
{
    return r->function == MODBUS_READ_COILS || r->function == MODBUS_READ_DISCRETE_INPUTS;
}

static int probe_once(struct ask *a, const struct modbus_request *r, int timeout_ms)
{
    struct ask_answer answer = {0};
    int err = ask_read(a, r, timeout_ms, &answer);
    if (err) {
        fprintf(stderr, "plumewatch probe: no answer: %s\n", pw_strerror(err));
        return APP_NO_ANSWER;
    }
    if (answer.exception) {
        fprintf(stderr, "plumewatch probe: the unit answered with exception %u after %lld ms\n",
                answer.exception, (long long)answer.took_ms);
        return APP_NO_ANSWER;
    }
    printf("unit %u function %u, answered in %lld ms\n", r->unit, r->function,
           (long long)answer.took_ms);
    if (is_bits(r))
        print_bits(r, answer.data);
    else
        print_words(r, answer.data, answer.data_len);
    fflush(stdout);
    return APP_OK;
}

static int probe(const struct ask_place *place, const struct modbus_request *r, int timeout_ms,
                 bool watch)
{
    struct ask a;
    int err = ask_open(&a, place, timeout_ms);
    if (err) {
        fprintf(stderr, "plumewatch probe: %s: %s\n", place->address, pw_strerror(err));
        return APP_NO_ANSWER;
    }
    int status = probe_once(&a, r, timeout_ms);
    while (watch && !ferror(stdout)) {
        nanosleep(&(struct timespec){.tv_sec = WATCH_MS / 1000}, NULL);
        printf("\n");
        status = probe_once(&a, r, timeout_ms);
    }
    ask_close(&a);
    return status;
}

struct probe_texts {
    const char *unit, *table, *address, *count, *framing, *timeout;
    const char *baud, *parity, *stop_bits;
};

static int read_numbers(const struct probe_texts *t, struct modbus_request *r, int *timeout_ms)
{
    int64_t unit = 0;
    int64_t address = 0;
    int64_t count = 1;
    int64_t timeout = 1000;
    int err = args_number("--unit", t->unit, 0, 255, usage, &unit);
    if (!err)
        err = args_number("--address", t->address, 0, 65535, usage, &address);
    if (!err)
        err =
            args_number("--count", t->count, 1, is_bits(r) ? MODBUS_BITS_MAX : 125, usage, &count);
    if (!err)
        err = args_number("--timeout-ms", t->timeout, 10, 60000, usage, &timeout);
    if (!err && address + count > 65536)
        return args_refuse("probe", usage, "--count reaches over address 65535");
    r->unit = (uint8_t)unit;
    r->address = (uint16_t)address;
    r->count = (uint16_t)count;
    *timeout_ms = (int)timeout;
    return err;
}

int cmd_probe(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "hj212") == 0) {
        argv[1] = argv[0];
        return probe_hj212(argc - 1, argv + 1);
    }
    struct probe_texts t = {.table = "holding", .count = "1"};
    struct ask_place place = {0};
    bool watch = false;
    const char *words[2] = {NULL, NULL};
    size_t count = 0;
    const struct arg_option options[] = {{"--unit", &t.unit, NULL, true},
                                         {"--table", &t.table, NULL, false},
                                         {"--address", &t.address, NULL, true},
                                         {"--count", &t.count, NULL, false},
                                         {"--framing", &t.framing, NULL, false},
                                         {"--timeout-ms", &t.timeout, NULL, false},
                                         {"--baud", &t.baud, NULL, false},
                                         {"--parity", &t.parity, NULL, false},
                                         {"--stop-bits", &t.stop_bits, NULL, false},
                                         {"--watch", NULL, &watch, false}};
    int err =
        args_parse(argc, argv, options, sizeof options / sizeof *options, usage, words, 2, &count);
    if (err)
        return err;
    if (count != 2 || strcmp(words[0], "modbus") != 0)
        return args_refuse(argv[0], usage, "expected \"modbus\" and an address");
    struct modbus_request r = {.function = ask_function(t.table)};
    if (r.function == 0)
        return args_refuse(argv[0], usage, "--table: found %s", t.table);
    int timeout_ms = 0;
    err = read_numbers(&t, &r, &timeout_ms);
    if (!err)
        err = ask_place_read(&place, words[1], t.framing, t.baud, t.parity, t.stop_bits, usage);
    return err ? err : probe(&place, &r, timeout_ms, watch);
}
