#include "acq/sim/unit.h"

#include "acq/sim/frame.h"

#include <stdlib.h>

static modbus_mapping_t *new_cells(const struct sim_range *r)
{
    return modbus_mapping_new_start_address(
        r[SIM_COIL].first, r[SIM_COIL].count, r[SIM_DISCRETE].first, r[SIM_DISCRETE].count,
        r[SIM_HOLDING].first, r[SIM_HOLDING].count, r[SIM_INPUT].first, r[SIM_INPUT].count);
}

struct unit *unit_new(const struct sim_unit *plan, uint32_t slave, uint32_t repetition,
                      uint64_t seed)
{
    struct unit *u = calloc(1, sizeof *u);
    modbus_mapping_t *cells = u ? new_cells(plan->ranges) : NULL;
    if (!cells) {
        free(u);
        return NULL;
    }
    *u = (struct unit){
        .plan = plan, .cells = cells, .slave = slave, .repetition = repetition, .seed = seed};
    return u;
}

void unit_free(struct unit *u)
{
    if (!u)
        return;
    modbus_mapping_free(u->cells);
    free(u);
}

static enum sim_table table_of(uint8_t function)
{
    switch (function) {
    case MODBUS_FC_READ_DISCRETE_INPUTS:
        return SIM_DISCRETE;
    case MODBUS_FC_READ_HOLDING_REGISTERS:
    case MODBUS_FC_WRITE_SINGLE_REGISTER:
    case MODBUS_FC_WRITE_MULTIPLE_REGISTERS:
        return SIM_HOLDING;
    case MODBUS_FC_READ_INPUT_REGISTERS:
        return SIM_INPUT;
    default:
        return SIM_COIL;
    }
}

static void put_register(uint16_t *registers, const struct sim_signal *s, uint32_t place,
                         const uint16_t *words)
{
    if (s->type == CELL_BIT) {
        unsigned mask = 1u << s->bit;
        unsigned others = registers[place] & ~mask;
        registers[place] = (uint16_t)(others | (words[0] ? mask : 0));
        return;
    }
    for (unsigned i = 0; i < cell_words(s->type); i++)
        registers[place + i] = words[i];
}

static void put_value(struct unit *u, const struct sim_signal *s, uint32_t address, double value)
{
    uint16_t words[CELL_WORDS_MAX];
    uint32_t place = address - u->plan->ranges[s->table].first;
    cell_encode(s->type, s->order, (value - s->offset) / s->scale, words);
    switch (s->table) {
    case SIM_COIL:
        u->cells->tab_bits[place] = (uint8_t)words[0];
        break;
    case SIM_DISCRETE:
        u->cells->tab_input_bits[place] = (uint8_t)words[0];
        break;
    case SIM_HOLDING:
        put_register(u->cells->tab_registers, s, place, words);
        break;
    case SIM_INPUT:
    default:
        put_register(u->cells->tab_input_registers, s, place, words);
        break;
    }
}

static void refresh_signal(struct unit *u, const struct sim_signal *s, size_t index, uint32_t first,
                           uint32_t end, double t_s)
{
    uint32_t width = sim_signal_cells(s);
    uint32_t from = first > s->address ? (first - s->address) / width : 0;
    double added = s->add_per_slave * u->slave + s->add_per_unit * u->repetition;
    for (uint32_t n = from; n < s->count && s->address + n * width < end; n++) {
        uint64_t seed = u->seed ^ ((uint64_t)index << 32 | n);
        double value = wave_at(&s->wave, t_s, seed) + added + s->add_per_signal * n;
        put_value(u, s, s->address + n * width, value);
    }
}

void unit_refresh(struct unit *u, const struct frame_request *request, double t_s)
{
    enum sim_table table = table_of(request->function);
    uint32_t end = (uint32_t)request->address + request->count;
    for (size_t i = 0; i < u->plan->signal_count; i++)
        if (u->plan->signals[i].table == table)
            refresh_signal(u, &u->plan->signals[i], i, request->address, end, t_s);
}
