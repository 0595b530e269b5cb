#include "acq/record/minute_pack.h"

#include "acq/record/le.h"

#include <math.h>
#include <string.h>

/* A text: a version, then columns of the minutes that are there. A column of whole numbers is a
 * list of runs, each a value and how often it stands there. A column of values is which minutes
 * have one, a power of ten, and the differences from one to the next in units of that power. */
enum { PACK_VERSION = 1, EXPONENT_MAX = 22, AS_THEY_ARE = 127, INT_COLUMNS = 7 };

static const double most_digits = 1e7;
static const double few_digits = 1e9;

static const double powers[EXPONENT_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static double scaled(double value, int exponent)
{
    return exponent >= 0 ? value * powers[exponent] : value / powers[-exponent];
}

static double unscaled(int64_t units, int exponent)
{
    return exponent >= 0 ? (double)units / powers[exponent] : (double)units * powers[-exponent];
}

static int64_t nearest(double value)
{
    return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

static double magnitude(double value)
{
    return value < 0 ? -value : value;
}

static void put_varint(struct strbuf *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        strbuf_addc(out, (char)(uint8_t)(v | 0x80));
    strbuf_addc(out, (char)(uint8_t)v);
}

static uint64_t zigzag(int64_t v)
{
    return v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1;
}

static int64_t unzigzag(uint64_t v)
{
    return v & 1 ? (int64_t) ~(v >> 1) : (int64_t)(v >> 1);
}

static void put_runs(struct strbuf *out, const uint32_t *column, unsigned count)
{
    for (unsigned i = 0; i < count;) {
        unsigned run = 1;
        while (i + run < count && column[i + run] == column[i])
            run++;
        put_varint(out, column[i]);
        put_varint(out, run);
        i += run;
    }
}

/* The power of ten in whose units all values are whole and few; EXPONENT_MAX + 1: none. */
static int exact_exponent(const double *values, unsigned count)
{
    for (int e = -EXPONENT_MAX; e <= EXPONENT_MAX; e++) {
        unsigned fits = 0;
        while (fits < count && magnitude(scaled(values[fits], e)) < few_digits &&
               unscaled(nearest(scaled(values[fits], e)), e) == values[fits])
            fits++;
        if (fits == count)
            return e;
    }
    return EXPONENT_MAX + 1;
}

static int close_exponent(const double *values, unsigned count)
{
    double most = 0;
    for (unsigned i = 0; i < count; i++)
        most = magnitude(values[i]) > most ? magnitude(values[i]) : most;
    int e = EXPONENT_MAX;
    while (e >= -EXPONENT_MAX && scaled(most, e) >= most_digits - 0.5)
        e--;
    bool is_good = e >= -EXPONENT_MAX && scaled(most, e) >= most_digits / 100;
    return is_good ? e : AS_THEY_ARE;
}

static void put_units(struct strbuf *out, const double *values, unsigned count, int exponent)
{
    int64_t last = 0;
    for (unsigned i = 0; i < count; i++) {
        int64_t units = nearest(scaled(values[i], exponent));
        put_varint(out, zigzag(units - last));
        last = units;
    }
}

static void put_as_they_are(struct strbuf *out, const double *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t bits;
        uint8_t bytes[sizeof bits];
        memcpy(&bits, &values[i], sizeof bits);
        le_put64(bytes, bits);
        strbuf_add(out, (const char *)bytes, sizeof bytes);
    }
}

static void put_values(struct strbuf *out, const struct packed_minute *const *minutes,
                       unsigned count, enum row_value v)
{
    uint32_t given[PACK_MINUTES] = {0};
    double values[PACK_MINUTES] = {0};
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        double value = minutes[i]->value[v];
        given[i] = isnan(value) ? 0U : 1U;
        if (given[i])
            values[n++] = value;
    }
    put_runs(out, given, count);
    if (n == 0)
        return;
    int exponent = exact_exponent(values, n);
    if (exponent > EXPONENT_MAX)
        exponent = close_exponent(values, n);
    strbuf_addc(out, (char)(int8_t)exponent);
    if (exponent == AS_THEY_ARE)
        put_as_they_are(out, values, n);
    else
        put_units(out, values, n, exponent);
}

static uint32_t whole_number(const struct packed_minute *m, int column)
{
    switch (column) {
    case 0:
        return m->valid;
    case 1:
        return (uint8_t)m->flag;
    case 2:
        return m->why;
    case 3:
        return m->parts;
    case 4:
        return m->good;
    case 5:
        return m->gaps;
    default:
        return m->longest_gap_s;
    }
}

static void set_whole_number(struct packed_minute *m, int column, uint32_t v)
{
    switch (column) {
    case 0:
        m->valid = v != 0;
        break;
    case 1:
        m->flag = (char)(uint8_t)v;
        break;
    case 2:
        m->why = (uint8_t)v;
        break;
    case 3:
        m->parts = v;
        break;
    case 4:
        m->good = v;
        break;
    case 5:
        m->gaps = v;
        break;
    default:
        m->longest_gap_s = v;
        break;
    }
}

void minute_pack_write(const struct minute_pack *p, struct strbuf *out)
{
    const struct packed_minute *minutes[PACK_MINUTES];
    uint32_t column[PACK_MINUTES];
    unsigned count = 0;
    for (unsigned i = 0; i < PACK_MINUTES; i++) {
        column[i] = p->has[i];
        if (p->has[i])
            minutes[count++] = &p->minutes[i];
    }
    strbuf_addc(out, PACK_VERSION);
    put_runs(out, column, PACK_MINUTES);
    for (int c = 0; c < INT_COLUMNS; c++) {
        for (unsigned i = 0; i < count; i++)
            column[i] = whole_number(minutes[i], c);
        put_runs(out, column, count);
    }
    for (int v = 0; v < ROW_VALUES; v++)
        put_values(out, minutes, count, (enum row_value)v);
}

struct input {
    const uint8_t *at, *end;
    bool bad;
};

static uint64_t get_varint(struct input *in)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (in->at == in->end)
            break;
        uint8_t byte = *in->at++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    in->bad = true;
    return 0;
}

static void get_runs(struct input *in, uint32_t *column, unsigned count)
{
    for (unsigned i = 0; i < count && !in->bad;) {
        uint64_t value = get_varint(in);
        uint64_t run = get_varint(in);
        in->bad = in->bad || run == 0 || run > count - i || value > UINT32_MAX;
        for (; !in->bad && run > 0; run--)
            column[i++] = (uint32_t)value;
    }
}

static double get_as_it_is(struct input *in)
{
    double value = 0;
    if (in->end - in->at < (ptrdiff_t)sizeof value) {
        in->bad = true;
        return 0;
    }
    uint64_t bits = le_get64(in->at);
    in->at += sizeof bits;
    memcpy(&value, &bits, sizeof value);
    in->bad = in->bad || !isfinite(value);
    return value;
}

static void get_values(struct input *in, struct packed_minute *const *minutes, unsigned count,
                       enum row_value v)
{
    uint32_t given[PACK_MINUTES] = {0};
    unsigned n = 0;
    uint64_t units = 0;
    get_runs(in, given, count);
    for (unsigned i = 0; i < count; i++) {
        minutes[i]->value[v] = (double)NAN;
        n += given[i] != 0;
    }
    if (n == 0 || in->bad || in->at == in->end) {
        in->bad = in->bad || n > 0;
        return;
    }
    int exponent = *in->at++;
    exponent -= exponent > INT8_MAX ? UINT8_MAX + 1 : 0;
    in->bad = exponent != AS_THEY_ARE && (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX);
    for (unsigned i = 0; i < count && !in->bad; i++) {
        if (!given[i])
            continue;
        if (exponent == AS_THEY_ARE) {
            minutes[i]->value[v] = get_as_it_is(in);
        } else {
            units += (uint64_t)unzigzag(get_varint(in));
            minutes[i]->value[v] = unscaled((int64_t)units, exponent);
        }
    }
}

int minute_pack_read(const void *data, size_t len, struct minute_pack *out)
{
    struct input in = {.at = data, .end = (const uint8_t *)data + len};
    struct packed_minute *minutes[PACK_MINUTES];
    uint32_t column[PACK_MINUTES] = {0};
    unsigned count = 0;
    if (len < 2 || *in.at++ != PACK_VERSION)
        return PW_ECORRUPT;
    *out = (struct minute_pack){0};
    get_runs(&in, column, PACK_MINUTES);
    for (unsigned i = 0; i < PACK_MINUTES && !in.bad; i++) {
        out->has[i] = column[i] != 0;
        if (out->has[i])
            minutes[count++] = &out->minutes[i];
    }
    for (int c = 0; c < INT_COLUMNS && !in.bad; c++) {
        get_runs(&in, column, count);
        for (unsigned i = 0; i < count && !in.bad; i++)
            set_whole_number(minutes[i], c, column[i]);
    }
    for (int v = 0; v < ROW_VALUES && !in.bad; v++)
        get_values(&in, minutes, count, (enum row_value)v);
    return in.bad || in.at != in.end ? PW_ECORRUPT : 0;
}
