/* HJ 212's letter of a value or a mean (table 8), where it comes from and how it rolls up. All of
 * it stands in the tables of flag.c. Not a quality (what is known of one reading) and not a mark
 * (what was declared of a time). */
#ifndef ACQ_REFINE_FLAG_H
#define ACQ_REFINE_FLAG_H

#include "acq/core/quality.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which a period with too few normal parts is named after one of them. */
enum flag {
    FLAG_F, /* the instrument is out of operation */
    FLAG_D, /* fault */
    FLAG_B, /* no link, nothing came */
    FLAG_C, /* calibrating */
    FLAG_M, /* maintenance */
    FLAG_T, /* beyond the measuring range */
    FLAG_S, /* set by hand */
    FLAG_N, /* normal */
    FLAG_COUNT
};

char flag_letter(enum flag flag);
/* FLAG_D for a letter that is none. */
enum flag flag_of_letter(char letter);
enum flag flag_of_quality(quality q);
/* Of a declared mark, by its class and kind (mark.h); FLAG_N for one that leaves data in force. */
enum flag flag_of_mark(const char *mark_class, const char *mark_kind);

/* Of a period of so many parts: N when three quarters of them or more are normal (HJ 212-2017 C.16
 * to C.18), else the first flag in the order above that a part has. Parts that are not counted
 * never came: B. */
enum flag flag_roll_up(const uint32_t counts[FLAG_COUNT], uint32_t parts);

#endif
