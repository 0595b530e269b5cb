#include "acq/refine/flag.h"

#include "acq/core/mark.h"

#include <stddef.h>
#include <string.h>

static const char letters[FLAG_COUNT] = {'F', 'D', 'B', 'C', 'M', 'T', 'S', 'N'};

static const enum flag by_quality[QUALITY_WORD_COUNT] = {
    [QUALITY_GOOD] = FLAG_N,
    [QUALITY_HELD] = FLAG_N,
    [QUALITY_CLOCK_UNTRUSTED] = FLAG_N,
    [QUALITY_OVER_RANGE] = FLAG_T,
    [QUALITY_UNDER_RANGE] = FLAG_D,
    [QUALITY_CALIBRATING] = FLAG_C,
    [QUALITY_MAINTENANCE] = FLAG_M,
    [QUALITY_FAULT] = FLAG_D,
    [QUALITY_BLOW_BACK] = FLAG_C,
    [QUALITY_STANDBY] = FLAG_F,
    [QUALITY_POWER_FAULT] = FLAG_D,
    [QUALITY_MANUAL] = FLAG_S,
    [QUALITY_FLAG] = FLAG_D,
    [QUALITY_TIMEOUT] = FLAG_B,
    [QUALITY_EXCEPTION] = FLAG_B,
    [QUALITY_CRC] = FLAG_B,
    [QUALITY_LENGTH] = FLAG_B,
    [QUALITY_FOREIGN] = FLAG_B,
    [QUALITY_REFUSED] = FLAG_B,
    [QUALITY_LINK] = FLAG_B,
    [QUALITY_BUSY] = FLAG_B,
    [QUALITY_NO_VALUE] = FLAG_D,
    [QUALITY_WIRE_BREAK] = FLAG_D,
    [QUALITY_NOT_A_NUMBER] = FLAG_B,
};

char flag_letter(enum flag flag)
{
    return letters[flag];
}

enum flag flag_of_letter(char letter)
{
    for (int f = 0; f < FLAG_COUNT; f++)
        if (letters[f] == letter)
            return (enum flag)f;
    return FLAG_D;
}

enum flag flag_of_quality(quality q)
{
    enum quality_word word = quality_word(q);
    if (word == QUALITY_FLAG)
        return flag_of_letter((char)quality_parameter(q));
    return word < QUALITY_WORD_COUNT ? by_quality[word] : FLAG_D;
}

enum flag flag_of_mark(const char *mark_class, const char *mark_kind)
{
    char letter = mark_meaning(mark_class, mark_kind)->flag;
    return letter ? flag_of_letter(letter) : FLAG_N;
}

enum flag flag_roll_up(const uint32_t counts[FLAG_COUNT], uint32_t parts)
{
    uint32_t counted = 0;
    for (int f = 0; f < FLAG_COUNT; f++)
        counted += counts[f];
    if (parts > 0 && 4 * counts[FLAG_N] >= 3 * parts)
        return FLAG_N;
    for (int f = 0; f < FLAG_N; f++)
        if (counts[f] > 0 || (f == FLAG_B && counted < parts))
            return (enum flag)f;
    return counts[FLAG_N] > 0 ? FLAG_N : FLAG_B;
}
