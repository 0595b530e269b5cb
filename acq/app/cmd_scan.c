#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/ask.h"
#include "acq/app/config.h"

#include "acq/plant/plant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "scan ADDRESS|LINK [--config FILE] [--units FIRST-LAST] [--framing tcp|rtu] [--baud N] "
    "[--parity none|even|odd] [--stop-bits 1|2] [--timeout-ms N] [--pause-ms N]";

enum { UNITS_MAX = 247, SERIAL_UNITS = 16, GATEWAY_PATH = 10, GATEWAY_TARGET = 11 };

static const char *const tables[] = {"coil", "discrete", "holding", "input"};

struct scan {
    struct ask_place place;
    int timeout_ms;
    int pause_ms;
    uint8_t first, last;
    bool fixed_line;                  /* baud and parity were given */
    uint8_t tables_of[UNITS_MAX + 1]; /* bit i: tables[i] answers; 0x80: the unit does */
    unsigned found;
};

static bool is_serial(const struct ask_place *place)
{
    return place->address && place->address[0] == '/';
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* An answer of the unit, which exceptions 10 and 11 of a gateway are not. */
static bool asks(struct scan *s, struct ask *a, uint8_t unit, unsigned table, uint8_t *exception)
{
    const struct modbus_request r = {
        .unit = unit, .function = (uint8_t)(table + 1), .address = 0, .count = 1};
    struct ask_answer answer = {0};
    int err = ask_read(a, &r, s->timeout_ms, &answer);
    pause_ms(s->pause_ms);
    *exception = answer.exception;
    return !err && answer.exception != GATEWAY_PATH && answer.exception != GATEWAY_TARGET;
}

static bool scan_unit(struct scan *s, struct ask *a, uint8_t unit)
{
    uint8_t exception = 0;
    if (!asks(s, a, unit, 2, &exception))
        return false;
    s->tables_of[unit] = 0x80;
    s->found++;
    fprintf(stderr, "unit %u answers\n", unit);
    for (unsigned table = 0; table < 4; table++)
        if (asks(s, a, unit, table, &exception) && exception == 0)
            s->tables_of[unit] |= (uint8_t)(1 << table);
    return true;
}

static int scan_line(struct scan *s, uint8_t first, uint8_t last)
{
    struct ask a;
    int err = ask_open(&a, &s->place, 3000);
    if (err)
        return err;
    for (unsigned unit = first; unit <= last; unit++)
        scan_unit(s, &a, (uint8_t)unit);
    ask_close(&a);
    return 0;
}

/* The speeds and parities that are met, the usual ones first; the first at which a unit answers is
 * the line's. */
static int scan_serial(struct scan *s)
{
    static const uint32_t bauds[] = {9600, 19200, 115200, 38400, 57600, 4800, 2400};
    static const char parities[] = "NEO";
    for (size_t i = 0; i < sizeof bauds / sizeof *bauds; i++)
        for (const char *p = parities; *p; p++) {
            s->place.baud = bauds[i];
            s->place.parity = *p;
            fprintf(stderr, "%u baud, parity %c\n", bauds[i], *p);
            int err = scan_line(s, s->first, s->last);
            if (err == -EINVAL) {
                fprintf(stderr, "the port has no such speed or parity\n");
                continue;
            }
            if (err || s->found > 0)
                return err;
        }
    return 0;
}

static void print_link(const struct scan *s)
{
    const struct ask_place *p = &s->place;
    if (is_serial(p))
        printf("    { \"id\": \"found\", \"serial\": \"%s\", \"baud\": %u, \"parity\": \"%s\", "
               "\"stop_bits\": %u }\n",
               p->address, p->baud,
               p->parity == 'E'   ? "even"
               : p->parity == 'O' ? "odd"
                                  : "none",
               p->stop_bits);
    else
        printf("    { \"id\": \"found\", \"tcp\": \"%s%s\", \"framing\": \"%s\" }\n", p->address,
               strchr(p->address, ':') ? "" : ":502", p->rtu ? "rtu" : "tcp");
}

static void print_unit(const struct scan *s, unsigned unit, bool last)
{
    bool some = false;
    printf("    { \"id\": \"unit-%u\", \"link\": \"found\", \"unit\": %u, \"signals\": {", unit,
           unit);
    for (unsigned t = 0; t < 4; t++) {
        if (!(s->tables_of[unit] >> t & 1))
            continue;
        printf("%s \"%s-0\": { \"table\": \"%s\", \"address\": 0 }", some ? "," : "", tables[t],
               tables[t]);
        some = true;
    }
    /* Nothing at address 0: where something is, `probe` finds. */
    if (!some)
        printf(" \"holding-0\": { \"table\": \"holding\", \"address\": 0 }");
    printf(" } }%s\n", last ? "" : ",");
}

static void print_draft(const struct scan *s)
{
    unsigned left = s->found;
    printf("// Draft: which registers there are, the maker's manual or `plumewatch probe` tells.\n"
           "{\n  \"plumewatch\": 1,\n  \"server\": { \"plant\": \"draft\" },\n  \"links\": [\n");
    print_link(s);
    printf("  ],\n  \"devices\": [\n");
    for (unsigned unit = 0; unit <= UNITS_MAX; unit++)
        if (s->tables_of[unit])
            print_unit(s, unit, --left == 0);
    printf("  ]\n}\n");
}

static int run_scan(struct scan *s)
{
    bool serial = is_serial(&s->place);
    int err = serial && !s->fixed_line ? scan_serial(s) : scan_line(s, s->first, s->last);
    if (err) {
        fprintf(stderr, "plumewatch scan: %s: %s\n", s->place.address, pw_strerror(err));
        return APP_NO_ANSWER;
    }
    if (s->found == 0) {
        fprintf(stderr, "plumewatch scan: no unit from %u to %u answers\n", s->first, s->last);
        return APP_NO_ANSWER;
    }
    print_draft(s);
    return APP_OK;
}

/* A link of the configuration; the place borrows from the plant and from text. */
static int place_of_link(const struct plant *plant, const char *id, char *text, size_t size,
                         struct scan *s)
{
    static const char parities[] = {'N', 'E', 'O'};
    for (uint32_t i = 0; i < plant->link_count; i++) {
        const struct plant_link *l = &plant->links[i];
        if (strcmp(l->id, id) != 0)
            continue;
        if (l->medium == MEDIUM_LISTEN)
            return args_refuse("scan", usage, "link %s is dialled into", id);
        snprintf(text, size, strchr(l->host ? l->host : "", ':') ? "[%s]:%u" : "%s:%u",
                 l->host ? l->host : "", l->port);
        s->place = (struct ask_place){.address = l->medium == MEDIUM_SERIAL ? l->serial : text,
                                      .rtu = l->framing == FRAMING_RTU,
                                      .baud = l->baud,
                                      .parity = parities[l->parity],
                                      .stop_bits = l->stop_bits};
        s->fixed_line = true;
        return 0;
    }
    return args_refuse("scan", usage, "the configuration has no link %s", id);
}

static int read_units(const char *text, struct scan *s)
{
    unsigned first = 0;
    unsigned last = 0;
    char end = '\0';
    bool serial = is_serial(&s->place);
    s->first = 1;
    s->last = serial ? SERIAL_UNITS : UNITS_MAX;
    if (!text)
        return 0;
    int n = sscanf(text, "%3u-%3u%c", &first, &last, &end);
    if (n == 1)
        last = first;
    if ((n != 1 && n != 2) || first > last || last > UNITS_MAX)
        return args_refuse("scan", usage, "--units: found %s, expected FIRST-LAST in 0-247", text);
    s->first = (uint8_t)first;
    s->last = (uint8_t)last;
    return 0;
}

struct scan_texts {
    const char *config, *units, *framing, *baud, *parity, *stop_bits, *timeout, *pause;
};

static int scan_with(const struct scan_texts *t, const char *word, const struct plant *plant)
{
    struct scan s = {0};
    char text[300];
    int64_t timeout = 300;
    int64_t pause = 50;
    int err =
        plant ? place_of_link(plant, word, text, sizeof text, &s)
              : ask_place_read(&s.place, word, t->framing, t->baud, t->parity, t->stop_bits, usage);
    s.fixed_line = s.fixed_line || t->baud || t->parity;
    if (!err)
        err = args_number("--timeout-ms", t->timeout, 10, 60000, usage, &timeout);
    if (!err)
        err = args_number("--pause-ms", t->pause, 0, 60000, usage, &pause);
    if (!err)
        err = read_units(t->units, &s);
    s.timeout_ms = (int)timeout;
    s.pause_ms = (int)pause;
    return err ? err : run_scan(&s);
}

int cmd_scan(int argc, char **argv)
{
    struct scan_texts t = {0};
    const char *words[1] = {NULL};
    size_t count = 0;
    const struct arg_option options[] = {
        {"--config", &t.config, NULL, false},      {"--units", &t.units, NULL, false},
        {"--framing", &t.framing, NULL, false},    {"--baud", &t.baud, NULL, false},
        {"--parity", &t.parity, NULL, false},      {"--stop-bits", &t.stop_bits, NULL, false},
        {"--timeout-ms", &t.timeout, NULL, false}, {"--pause-ms", &t.pause, NULL, false}};
    int err =
        args_parse(argc, argv, options, sizeof options / sizeof *options, usage, words, 1, &count);
    if (err)
        return err;
    if (count != 1)
        return args_refuse(argv[0], usage, "expected an address, or a link with --config");
    struct plant *plant = NULL;
    if (t.config && config_load(t.config, stderr, &plant) != 0)
        return APP_FAILED;
    int status = scan_with(&t, words[0], plant);
    plant_free(plant);
    return status;
}
