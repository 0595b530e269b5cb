/* Between the parts of the book: book.c (findings and time), book_command.c (people). */
#ifndef ACQ_ALARM_BOOK_PRIVATE_H
#define ACQ_ALARM_BOOK_PRIVATE_H

#include "acq/alarm/book.h"

enum { BOOK_FLOOD_MAX = 128 };

struct book {
    const struct plant *plant;
    struct alarm_sink sink;
    struct alarm *items;
    uint32_t count, max;
    uint32_t last_number;
    int64_t day; /* local, of the last second */
    int64_t flood_at[BOOK_FLOOD_MAX];
    size_t flood_next;
    uint64_t raised, overflows;
};

void book_copy(char *out, size_t size, const char *text);
void book_tell(struct book *b, const struct alarm *a, enum alarm_change change, int64_t at_ms);
bool book_is_suppressed(const struct book *b, const struct alarm *a);

#endif
