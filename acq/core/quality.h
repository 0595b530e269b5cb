/* Quality: what we know about one reading, in one word (interfaces: the table of quality words).
 * Kept apart from a mark (a declared condition over a time) and a flag (HJ 212's letter of a mean).
 * Two words carry a parameter: exception-N (Modbus exception code) and flag-X (a station's letter),
 * so a quality is a small number: the word in the low byte, the parameter above it. */
#ifndef ACQ_CORE_QUALITY_H
#define ACQ_CORE_QUALITY_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quality_word {
    QUALITY_GOOD,
    /* uncertain, value kept */
    QUALITY_HELD,
    QUALITY_CLOCK_UNTRUSTED,
    /* bad but measured: value kept */
    QUALITY_OVER_RANGE,
    QUALITY_UNDER_RANGE,
    QUALITY_CALIBRATING,
    QUALITY_MAINTENANCE,
    QUALITY_FAULT,
    QUALITY_BLOW_BACK,
    QUALITY_STANDBY,
    QUALITY_POWER_FAULT,
    QUALITY_MANUAL,
    QUALITY_FLAG, /* flag-X */
    /* bad and not measured: there is no value */
    QUALITY_TIMEOUT,
    QUALITY_EXCEPTION, /* exception-N */
    QUALITY_CRC,
    QUALITY_LENGTH,
    QUALITY_FOREIGN,
    QUALITY_REFUSED,
    QUALITY_LINK,
    QUALITY_BUSY,
    QUALITY_NO_VALUE, /* NaN or a vendor's code for "no value" */
    QUALITY_WIRE_BREAK,
    QUALITY_NOT_A_NUMBER,
    QUALITY_WORD_COUNT
};

typedef uint16_t quality;

enum { QUALITY_TEXT_SIZE = 24 };

static inline quality quality_make(enum quality_word word, uint8_t parameter)
{
    return (quality)((unsigned)word | (unsigned)parameter << 8);
}

static inline enum quality_word quality_word(quality q)
{
    return (enum quality_word)(q & 0xff);
}

static inline uint8_t quality_parameter(quality q)
{
    return (uint8_t)(q >> 8);
}

static inline bool quality_is_good(quality q)
{
    return q == QUALITY_GOOD;
}

/* Whether a reading of this quality is evidence: it is good, or its value is held or only its time
 * uncertain. */
static inline bool quality_speaks(quality q)
{
    return quality_word(q) <= QUALITY_CLOCK_UNTRUSTED;
}

/* Whether a reading of this quality keeps its number. */
static inline bool quality_has_value(quality q)
{
    return quality_word(q) < QUALITY_TIMEOUT;
}

/* "" for good, else the word: "timeout", "exception-2". NUL-terminated; returns out. */
const char *quality_format(quality q, char out[QUALITY_TEXT_SIZE]);

/* The inverse, over exactly len bytes; "" and "good" are good. PW_ESYNTAX for an unknown word. */
PW_MUST_CHECK int quality_parse(const char *text, size_t len, quality *out);

#endif
