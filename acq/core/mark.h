/* What a mark can say: its class and, within it, its kind (标记规则, 公告 2022 年第 21 号, and the
 * classes of the MEE's data-return interface), and what follows of it. One table. A class that is
 * not in it is taken as maintenance, so that a mark of a word of one's own still keeps data out. */
#ifndef ACQ_CORE_MARK_H
#define ACQ_CORE_MARK_H

#include <stdbool.h>

struct mark_meaning {
    const char *mark_class; /* "production", ... */
    const char *kind;       /* "stop", ...; "" for the class without a kind */
    char flag;              /* HJ 212's letter of the data; 0: they stay in force, shown apart */
    bool is_stop;           /* the source is stopped: nothing is due, nothing is emitted */
    const char *zh, *en;    /* for people */
};

/* Never NULL. A word that was a class of its own before kinds came ("stop", "calibration") means
 * what its kind means. */
const struct mark_meaning *mark_meaning(const char *mark_class, const char *kind);
/* Whether the table has that class, or that kind of it. */
bool mark_is_known(const char *mark_class, const char *kind);

#endif
