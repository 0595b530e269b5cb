/* Every command of the three editions: who sends it, what kind of packet it is, an example of its
 * CP. The table is the source of docs/hj212-conformance.md and of the tests that write and read
 * each row. */
#ifndef PROTOCOLS_HJ212_COMMAND_H
#define PROTOCOLS_HJ212_COMMAND_H

#include "protocols/hj212/edition.h"
#include "protocols/hj212/packet.h"

#include <stddef.h>

enum hj212_direction { HJ212_DOWN /* host to field */, HJ212_UP };

enum hj212_kind {
    HJ212_REQUEST, /* answered by 9011, what it asks for, 9012 */
    HJ212_REPLY,   /* what a request asked for, under the request's QN */
    HJ212_UPLOAD,  /* answered by 9014 when Flag wants it */
    HJ212_NOTICE,  /* answered by 9013 */
    HJ212_ANSWER   /* answered by nothing */
};

enum {
    HJ212_IN_2005 = 1 << HJ212_2005,
    HJ212_IN_2017 = 1 << HJ212_2017,
    HJ212_IN_2025 = 1 << HJ212_2025
};

struct hj212_command {
    int cn;
    unsigned editions; /* HJ212_IN_* */
    enum hj212_direction direction;
    enum hj212_kind kind;
    const char *st; /* "" for any system that reports data */
    const char *name;
    const char *name_zh;
    const char *printed;  /* where: "2017 C.5, 2025 C9" */
    const char *evidence; /* tags of docs/hj212-conformance.md */
    const char *cp;       /* an example */
    const char *reason;   /* why the codec does not write it, or NULL */
    const char *end;      /* which end of the program uses it and what tests that, or NULL */
};

const struct hj212_command *hj212_commands(size_t *count);

/* The row of a packet that came from `direction`: by edition, number and system, then by whether
 * its CP asks or tells. A number that the edition does not have is looked up in the others. NULL
 * for an unknown number: answer 9011 with QnRtn=8 (2005: 2). */
const struct hj212_command *hj212_command_find(enum hj212_edition edition,
                                               enum hj212_direction direction,
                                               const struct hj212_packet *p);
/* 9013, 9014 or 0: what the host owes a packet from the field. Flag decides for uploads. */
int hj212_answer_owed(const struct hj212_packet *p);

const char *hj212_kind_name(enum hj212_kind kind);

/* What QnRtn and ExeRtn say; "unknown result" for a number of no edition. */
const char *hj212_qn_rtn_text(int code);
const char *hj212_exe_rtn_text(int code);

#endif
