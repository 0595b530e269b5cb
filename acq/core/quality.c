#include "acq/core/quality.h"

#include <stdio.h>
#include <string.h>

static const char *const words[QUALITY_WORD_COUNT] = {
    [QUALITY_GOOD] = "",
    [QUALITY_HELD] = "held",
    [QUALITY_CLOCK_UNTRUSTED] = "clock-untrusted",
    [QUALITY_OVER_RANGE] = "over-range",
    [QUALITY_UNDER_RANGE] = "under-range",
    [QUALITY_CALIBRATING] = "calibrating",
    [QUALITY_MAINTENANCE] = "maintenance",
    [QUALITY_FAULT] = "fault",
    [QUALITY_BLOW_BACK] = "blow-back",
    [QUALITY_STANDBY] = "standby",
    [QUALITY_POWER_FAULT] = "power-fault",
    [QUALITY_MANUAL] = "manual",
    [QUALITY_FLAG] = "flag-",
    [QUALITY_TIMEOUT] = "timeout",
    [QUALITY_EXCEPTION] = "exception-",
    [QUALITY_CRC] = "crc",
    [QUALITY_LENGTH] = "length",
    [QUALITY_FOREIGN] = "foreign",
    [QUALITY_REFUSED] = "refused",
    [QUALITY_LINK] = "link",
    [QUALITY_BUSY] = "busy",
    [QUALITY_NO_VALUE] = "no-value",
    [QUALITY_WIRE_BREAK] = "wire-break",
    [QUALITY_NOT_A_NUMBER] = "not-a-number",
};

const char *quality_format(quality q, char out[QUALITY_TEXT_SIZE])
{
    enum quality_word word = quality_word(q);
    pw_require(word < QUALITY_WORD_COUNT);
    if (word == QUALITY_EXCEPTION)
        snprintf(out, QUALITY_TEXT_SIZE, "exception-%u", quality_parameter(q));
    else if (word == QUALITY_FLAG)
        snprintf(out, QUALITY_TEXT_SIZE, "flag-%c", quality_parameter(q));
    else
        snprintf(out, QUALITY_TEXT_SIZE, "%s", words[word]);
    return out;
}

static int parse_exception(const char *digits, size_t len, quality *out)
{
    unsigned code = 0;
    if (len == 0 || len > 3 || (len > 1 && digits[0] == '0'))
        return PW_ESYNTAX;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return PW_ESYNTAX;
        code = code * 10 + (unsigned)(digits[i] - '0');
    }
    if (code > 255)
        return PW_ESYNTAX;
    *out = quality_make(QUALITY_EXCEPTION, (uint8_t)code);
    return 0;
}

int quality_parse(const char *text, size_t len, quality *out)
{
    if (len == 4 && memcmp(text, "good", 4) == 0)
        len = 0;
    for (unsigned w = 0; w < QUALITY_WORD_COUNT; w++) {
        size_t n = strlen(words[w]);
        if (w == QUALITY_EXCEPTION && len > n && memcmp(text, words[w], n) == 0)
            return parse_exception(text + n, len - n, out);
        if (w == QUALITY_FLAG && len == n + 1 && memcmp(text, words[w], n) == 0) {
            if (text[n] <= 0x20 || text[n] >= 0x7f)
                return PW_ESYNTAX;
            *out = quality_make(QUALITY_FLAG, (uint8_t)text[n]);
            return 0;
        }
        if (len == n && memcmp(text, words[w], n) == 0 && w != QUALITY_FLAG &&
            w != QUALITY_EXCEPTION) {
            *out = quality_make((enum quality_word)w, 0);
            return 0;
        }
    }
    return PW_ESYNTAX;
}
