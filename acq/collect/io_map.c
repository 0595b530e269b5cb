#include "acq/collect/io_map.h"

#include "acq/core/num.h"

#include <math.h>

/* NAMUR NE 43: measuring information is 3.8 to 20.5 mA, failure below 3.6. */
static const double NE43_FAILURE_MA = 3.6;
static const double NE43_LEAST_MA = 3.8;
static const double NE43_MOST_MA = 20.5;

void io_map_init(struct io_map *m, const struct plant_signal *s)
{
    *m = (struct io_map){.io = s->io,
                         .has_range = s->has_range,
                         .range_min = s->range_min,
                         .range_max = s->range_max};
}

static quality current_quality(double ma)
{
    return ma < NE43_FAILURE_MA ? QUALITY_WIRE_BREAK
           : ma < NE43_LEAST_MA ? QUALITY_UNDER_RANGE
           : ma > NE43_MOST_MA  ? QUALITY_OVER_RANGE
                                : QUALITY_GOOD;
}

static double along_the_line(const struct plant_io *io, double number)
{
    double part = (number - io->map_from[0]) / (io->map_from[1] - io->map_from[0]);
    if (io->square_root)
        part = part > 0 ? sqrt(part) : 0;
    return num_normalise_9(io->map_to[0] + part * (io->map_to[1] - io->map_to[0]));
}

static double debounced(struct io_map *m, double value, int64_t at_ms)
{
    if (!m->has_last || value == m->last) {
        m->has_last = true;
        m->last = m->candidate = value;
        return value;
    }
    if (value != m->candidate) {
        m->candidate = value;
        m->since_ms = at_ms;
    }
    if (at_ms - m->since_ms >= (int64_t)m->io.debounce_ms)
        m->last = value;
    return m->last;
}

/* Counts since the reading before; NAN when the register was reset, or nothing is known yet. */
static double counted(struct io_map *m, double number)
{
    if (!m->has_last)
        return (double)NAN;
    double step = number - m->last;
    if (step >= 0)
        return step <= m->io.max_step ? step : (double)NAN;
    if (step + m->io.modulo > m->io.max_step)
        return (double)NAN;
    m->ahead += m->io.modulo;
    return step + m->io.modulo;
}

static double worth(const struct io_map *m, double counts)
{
    return m->io.per_pulse == 1 ? counts : num_normalise_9(counts * m->io.per_pulse);
}

static void count(struct io_map *m, struct sample *s, int64_t at_ms)
{
    double number = s->value;
    double counts = counted(m, number);
    int64_t took_ms = at_ms - m->since_ms;
    if (m->has_last && isnan(counts))
        m->ahead += m->last - number;
    bool known = !isnan(counts) && took_ms > 0;
    m->has_last = true;
    m->last = number;
    m->since_ms = at_ms;
    if (m->io.counter == COUNTER_TOTAL)
        s->value = worth(m, number + m->ahead);
    else if (known)
        s->value = num_normalise_9(counts * m->io.per_pulse * m->io.rate_ms / (double)took_ms);
    else
        *s = (struct sample){.value = (double)NAN, .quality = QUALITY_NO_VALUE};
}

static quality range_quality(const struct io_map *m, double value)
{
    if (!m->has_range)
        return QUALITY_GOOD;
    return value > m->range_max   ? QUALITY_OVER_RANGE
           : value < m->range_min ? QUALITY_UNDER_RANGE
                                  : QUALITY_GOOD;
}

void io_map_apply(struct io_map *m, struct sample *s, int64_t at_ms)
{
    if (!quality_has_value(s->quality))
        return;
    if (m->io.ne43)
        s->quality = current_quality(s->value);
    if (quality_word(s->quality) == QUALITY_WIRE_BREAK) {
        s->value = (double)NAN;
        return;
    }
    if (m->io.has_map)
        s->value = along_the_line(&m->io, s->value);
    if (m->io.invert)
        s->value = s->value == 0;
    if (m->io.debounce_ms > 0)
        s->value = debounced(m, s->value, at_ms);
    if (m->io.counter != COUNTER_NONE)
        count(m, s, at_ms);
    if (quality_is_good(s->quality))
        s->quality = range_quality(m, s->value);
}
