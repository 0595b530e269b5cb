#include "protocols/hj212/crc_private.h"

#include <stdio.h>
#include <string.h>

uint16_t hj212_crc(const void *data, size_t len)
{
    const uint8_t *p = data;
    if (len == 0)
        return 0xFFFF;
    /* Only the high byte goes on from byte to byte, and it does so linearly: eight steps are the
     * exclusive or of eight tables. */
    const uint8_t(*t)[256] = hj212_crc_steps;
    uint8_t high = 0xFF;
    size_t i = 0;
    for (; i + 8 < len; i += 8, p += 8)
        high = (uint8_t)(t[7][high ^ p[0]] ^ t[6][p[1]] ^ t[5][p[2]] ^ t[4][p[3]] ^ t[3][p[4]] ^
                         t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]]);
    for (; i + 1 < len; i++, p++)
        high = t[0][high ^ *p];
    return hj212_crc_table[high ^ *p];
}

uint16_t hj212_crc_modbus(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < len; i++)
        crc = (uint16_t)((crc >> 8) ^ hj212_crc_table[(crc ^ p[i]) & 0xFF]);
    return crc;
}

static const char *const names[] = {"auto", "standard", "modbus", "modbus-swapped"};

const char *hj212_crc_variant_name(enum hj212_crc_variant v)
{
    return names[v];
}

int hj212_crc_variant_parse(const char *name, enum hj212_crc_variant *out)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum hj212_crc_variant)i;
            return 0;
        }
    }
    return PW_EINVAL;
}

static uint16_t swapped(uint16_t crc)
{
    return (uint16_t)(crc >> 8 | crc << 8);
}

static uint16_t sum_of(enum hj212_crc_variant v, const void *data, size_t len)
{
    if (v == HJ212_CRC_STANDARD)
        return hj212_crc(data, len);
    uint16_t crc = hj212_crc_modbus(data, len);
    return v == HJ212_CRC_MODBUS ? crc : swapped(crc);
}

int hj212_crc_judge(const struct hj212_crc_state *s, enum hj212_crc_variant setting,
                    const void *data, size_t len, uint16_t received, enum hj212_crc_variant *out)
{
    static const enum hj212_crc_variant order[] = {HJ212_CRC_STANDARD, HJ212_CRC_MODBUS_SWAPPED,
                                                   HJ212_CRC_MODBUS};
    enum hj212_crc_variant only = setting ? setting : s->locked;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if ((!only || only == order[i]) && sum_of(order[i], data, len) == received) {
            *out = order[i];
            return 0;
        }
    }
    return PW_ECORRUPT;
}

void hj212_crc_hit(struct hj212_crc_state *s, enum hj212_crc_variant v)
{
    if (s->last != v)
        s->hits = 0;
    s->last = v;
    if (s->hits < HJ212_CRC_LOCK_HITS)
        s->hits++;
    if (s->hits == HJ212_CRC_LOCK_HITS && !s->locked)
        s->locked = v;
}

const char *hj212_crc_state_format(const struct hj212_crc_state *s, char out[HJ212_CRC_STATE_SIZE])
{
    if (s->locked)
        snprintf(out, HJ212_CRC_STATE_SIZE, "%s locked", names[s->locked]);
    else
        snprintf(out, HJ212_CRC_STATE_SIZE, "%s %u", names[s->last], s->hits % 10);
    return out;
}

int hj212_crc_state_parse(const char *text, struct hj212_crc_state *out)
{
    const char *space = strchr(text, ' ');
    char name[HJ212_CRC_STATE_SIZE];
    if (!space || (size_t)(space - text) >= sizeof name)
        return PW_ESYNTAX;
    memcpy(name, text, (size_t)(space - text));
    name[space - text] = '\0';
    struct hj212_crc_state s = {HJ212_CRC_UNKNOWN, HJ212_CRC_UNKNOWN, 0};
    if (hj212_crc_variant_parse(name, &s.last) != 0)
        return PW_ESYNTAX;
    if (strcmp(space, " locked") == 0) {
        s.locked = s.last;
        s.hits = HJ212_CRC_LOCK_HITS;
    } else if (space[1] >= '0' && space[1] < '0' + HJ212_CRC_LOCK_HITS && space[2] == '\0') {
        s.hits = (unsigned)(space[1] - '0');
    } else {
        return PW_ESYNTAX;
    }
    if ((s.last == HJ212_CRC_UNKNOWN) != (s.hits == 0))
        return PW_ESYNTAX;
    *out = s;
    return 0;
}
