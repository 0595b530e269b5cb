#include "protocols/sms/gsm7.h"

#include <stddef.h>

/* By code. 0x1b is the escape itself, read as a space where it stands alone. */
static const uint16_t table[128] = {
    '@',   0xa3, '$',  0xa5,  0xe8, 0xe9,  0xf9,  0xec,  0xf2,  0xc7,  '\n',  0xd8,  0xf8,
    '\r',  0xc5, 0xe5, 0x394, '_',  0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398,
    0x39e, ' ',  0xc6, 0xe6,  0xdf, 0xc9,  ' ',   '!',   '"',   '#',   0xa4,  '%',   '&',
    '\'',  '(',  ')',  '*',   '+',  ',',   '-',   '.',   '/',   '0',   '1',   '2',   '3',
    '4',   '5',  '6',  '7',   '8',  '9',   ':',   ';',   '<',   '=',   '>',   '?',   0xa1,
    'A',   'B',  'C',  'D',   'E',  'F',   'G',   'H',   'I',   'J',   'K',   'L',   'M',
    'N',   'O',  'P',  'Q',   'R',  'S',   'T',   'U',   'V',   'W',   'X',   'Y',   'Z',
    0xc4,  0xd6, 0xd1, 0xdc,  0xa7, 0xbf,  'a',   'b',   'c',   'd',   'e',   'f',   'g',
    'h',   'i',  'j',  'k',   'l',  'm',   'n',   'o',   'p',   'q',   'r',   's',   't',
    'u',   'v',  'w',  'x',   'y',  'z',   0xe4,  0xf6,  0xf1,  0xfc,  0xe0};

static const struct {
    uint8_t code;
    uint16_t character;
} extension[] = {{0x0a, '\f'}, {0x14, '^'}, {0x28, '{'}, {0x29, '}'}, {0x2f, '\\'},
                 {0x3c, '['},  {0x3d, '~'}, {0x3e, ']'}, {0x40, '|'}, {0x65, 0x20ac}};

enum { EXTENSION_COUNT = sizeof extension / sizeof *extension };

uint16_t gsm7_encode(uint32_t character)
{
    for (uint16_t code = 0; code < 128; code++)
        if (table[code] == character && code != GSM7_ESCAPE)
            return code;
    for (size_t i = 0; i < EXTENSION_COUNT; i++)
        if (extension[i].character == character)
            return GSM7_EXTENDED | extension[i].code;
    return GSM7_NONE;
}

uint32_t gsm7_decode(uint8_t code, bool is_extended)
{
    for (size_t i = 0; is_extended && i < EXTENSION_COUNT; i++)
        if (extension[i].code == code)
            return extension[i].character;
    return table[code & 0x7f];
}
