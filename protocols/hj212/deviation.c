#include "protocols/hj212/deviation.h"

#include <stddef.h>

static const struct {
    const char *key;
    const char *text;
} table[HJ212_DEV_COUNT] = {
    [HJ212_DEV_CRC_MODBUS] = {"crc-modbus", "Modbus CRC-16 instead of the standard's sum"},
    [HJ212_DEV_CRC_LOWER] = {"crc-lower", "CRC in lower case"},
    [HJ212_DEV_LENGTH_3] = {"length-3", "length of 3 digits"},
    [HJ212_DEV_OVERSIZE] = {"oversize", "data segment over 1024 bytes"},
    [HJ212_DEV_TAIL] = {"tail", "CR LF missing or incomplete"},
    [HJ212_DEV_NO_QN_OR_FLAG] = {"no-qn-or-flag", "QN or Flag missing"},
    [HJ212_DEV_PW] = {"pw", "PW missing or not 6 characters"},
    [HJ212_DEV_MN] = {"mn", "MN neither 14 nor 24 letters and digits"},
    [HJ212_DEV_ST] = {"st", "ST not 2 characters"},
    [HJ212_DEV_ORDER] = {"order", "header fields in another order"},
    [HJ212_DEV_TIME_DIGITS] = {"time-digits", "DataTime not of 14 digits"},
    [HJ212_DEV_EMPTY_ITEM] = {"empty-item", "empty item in CP"},
    [HJ212_DEV_COMMA_TIMES] = {"comma-times", "comma between BeginTime and EndTime"},
    [HJ212_DEV_BLANKS] = {"blanks", "blanks around names or values"},
    [HJ212_DEV_HEADER_SEPARATOR] = {"header-separator", "header separator missing or a comma"},
    [HJ212_DEV_NAME_CASE] = {"name-case", "field name in other case"},
    [HJ212_DEV_PARTS] = {"parts", "PNUM or PNO against Flag, or with leading zeros"},
    [HJ212_DEV_FLAG_EDITION] = {"flag-edition", "Flag names another edition than codes or dates"},
    [HJ212_DEV_CODES] = {"codes", "code of no table, or a name twice"},
    [HJ212_DEV_UNITS] = {"units", "old code whose unit differs between machines"},
};

const char *hj212_deviation_key(enum hj212_deviation d)
{
    return table[d].key;
}

const char *hj212_deviation_text(enum hj212_deviation d)
{
    return table[d].text;
}

void hj212_counts_note(struct hj212_counts *c, uint32_t deviations)
{
    for (size_t d = 1; deviations && d < HJ212_DEV_COUNT; d++)
        c->deviation[d] += deviations >> d & 1;
}
