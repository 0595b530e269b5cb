/* The GSM 7-bit default alphabet and its extension (GSM 03.38, 6.2.1). */
#ifndef PROTOCOLS_SMS_GSM7_H
#define PROTOCOLS_SMS_GSM7_H

#include <stdbool.h>
#include <stdint.h>

enum { GSM7_ESCAPE = 0x1b, GSM7_EXTENDED = 0x100, GSM7_NONE = 0xffff };

/* The code of a Unicode character, with GSM7_EXTENDED set when it needs the escape; GSM7_NONE when
 * the alphabet does not have it. */
uint16_t gsm7_encode(uint32_t character);

static inline bool gsm7_is_extended(uint16_t code)
{
    return code != GSM7_NONE && (code & GSM7_EXTENDED) != 0;
}

/* The character of a code below 0x80; an unknown extension reads as the default table does. */
uint32_t gsm7_decode(uint8_t code, bool is_extended);

#endif
