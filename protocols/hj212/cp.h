/* The strict writer's CP: items in groups, each value held against its type. The caller lends the
 * storage. The first failure stays in `err` and nothing is added after it: check once at the end.
 *
 * A group is what ';' separates and what is never cut when a packet is split; its items are
 * separated by ','. */
#ifndef PROTOCOLS_HJ212_CP_H
#define PROTOCOLS_HJ212_CP_H

#include "acq/core/err.h"
#include "protocols/hj212/field.h"
#include "protocols/hj212/profile.h"
#include "protocols/hj212/text.h"

#include <stddef.h>
#include <stdint.h>

enum { HJ212_GROUPS_MAX = 512, HJ212_LOG_MAX = 890 };

struct hj212_cp {
    const struct hj212_profile *profile;
    char *text;
    size_t size;
    size_t len;
    size_t starts[HJ212_GROUPS_MAX]; /* of the groups */
    size_t group_count;
    bool fresh;        /* the next item begins a group */
    bool repeat_first; /* the first group is DataTime and stands in every part */
    int err;           /* PW_EFULL, PW_EINVAL (a value against its type), 0 */
};

void hj212_cp_init(struct hj212_cp *cp, const struct hj212_profile *profile, char *storage,
                   size_t size);
/* The next item begins a new group. Without it items of one code share a group and others do not.
 */
void hj212_cp_new_group(struct hj212_cp *cp);

/* code "" for a whole name (DataTime). Values of whole names are held against their types; those
 * of a code may be any text without separators, "&&" and control characters, and an Info that does
 * not begin with "//". */
void hj212_cp_text(struct hj212_cp *cp, const char *code, enum hj212_field field,
                   struct hj212_text value);
/* Digits by the factor's format (digits.h). */
void hj212_cp_number(struct hj212_cp *cp, const char *code, enum hj212_field field, double value);
void hj212_cp_int(struct hj212_cp *cp, const char *code, enum hj212_field field, int value);
/* 14 digits, in SKCreateTime and QN 17. */
void hj212_cp_time(struct hj212_cp *cp, const char *code, enum hj212_field field, int64_t time_ms);
/* "//text//": cut at a character's border below HJ212_LOG_MAX bytes; control characters become
 * blanks, and what would end the text too early ("//", "&&") is kept apart by a blank. */
void hj212_cp_log(struct hj212_cp *cp, const char *code, struct hj212_text text);
/* A group that is ready: "SB1-RS=1", or items that came from elsewhere. Only its bytes are checked.
 */
void hj212_cp_raw(struct hj212_cp *cp, struct hj212_text group);

/* Whether text may stand as that field's value; the type table of HJ 212-2017 table 4 and what the
 * other editions change. */
PW_MUST_CHECK int hj212_field_check(enum hj212_edition edition, enum hj212_field field,
                                    struct hj212_text value);

#endif
