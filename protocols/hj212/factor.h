/* The factor codes of the three editions: names, units, digits. Compiled in; the source is
 * config/factors/. A unit here is what the standard prints, and some are doubtful: the unit of a
 * point that is really measured belongs to that point's own configuration. */
#ifndef PROTOCOLS_HJ212_FACTOR_H
#define PROTOCOLS_HJ212_FACTOR_H

#include "acq/core/err.h"
#include "protocols/hj212/edition.h"
#include "protocols/hj212/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hj212_factor_class {
    HJ212_CLASS_GAS,
    HJ212_CLASS_GAS_FLOW,
    HJ212_CLASS_GAS_INORGANIC,
    HJ212_CLASS_GAS_ORGANIC,
    HJ212_CLASS_GAS_METAL,
    HJ212_CLASS_GAS_PARTICULATE,
    HJ212_CLASS_FLUE_PARAMETER,
    HJ212_CLASS_INCINERATOR_TEMPERATURE,
    HJ212_CLASS_METEOROLOGY,
    HJ212_CLASS_WATER,
    HJ212_CLASS_NOISE,
    HJ212_CLASS_PROCESS_FLUE_GAS,
    HJ212_CLASS_PROCESS_WATER,
    HJ212_CLASS_ELECTRICITY,
    HJ212_CLASS_PRODUCTION_CONDITION,
    HJ212_CLASS_INFO_LOG,
    HJ212_CLASS_INFO_STATE,
    HJ212_CLASS_INFO_PARAM,
    HJ212_CLASS_INFO_FURNACE,
    HJ212_CLASS_INFO_ELECTRICITY,
    HJ212_CLASS_FIELD_SEEN
};

struct hj212_factor {
    const char *code;       /* as printed; "e101xx" stands for any two digits */
    const char *code_other; /* the same factor in the other table (2005 or 2017), or "" */
    const char *name_zh;
    const char *name_en;     /* our translation */
    const char *unit;        /* of Rtd, Min, Avg, Max; "" when none is printed */
    const char *unit_amount; /* of Cou, or "" */
    const char *evidence;    /* docs/hj212-conformance.md explains the tags */
    const char *note;
    enum hj212_factor_class class;
    enum hj212_edition since;
    char kind;        /* 'N', 'C', or 0 when no format is printed */
    uint16_t whole;   /* digits before the point; characters of kind C */
    uint8_t fraction; /* digits behind it */
    bool doubtful;    /* unit or meaning needs an operator's word */
};

/* NULL for a code that the edition's table does not have. HJ212_EDITION_AUTO looks into 2017 and
 * what 2025 adds, then into 2005. A code that the standard prints twice gives the first meaning;
 * hj212_factor_second() the other one. */
const struct hj212_factor *hj212_factor_find(enum hj212_edition edition, struct hj212_text code);
const struct hj212_factor *hj212_factor_second(const struct hj212_factor *f);

/* "31", "32", "23", "51", "52", "44", "45": the system that usually carries the class; "" for
 * information and codes that are only known from the field. */
const char *hj212_factor_st(enum hj212_factor_class class);

/* By what a value in from's unit is multiplied to stand in to's unit. PW_EINVAL when the units do
 * not convert or one of the two is doubtful or not printed. */
PW_MUST_CHECK int hj212_factor_scale(const struct hj212_factor *from, const struct hj212_factor *to,
                                     double *out);
PW_MUST_CHECK int hj212_unit_scale(const char *from, const char *to, double *out);

#endif
