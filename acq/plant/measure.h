/* What a factor code measures and which units it may come in, as far as conversion needs to know.
 * Every measure has one unit that means, limits and lines are in:
 *   concentration mg/m3 · flow m3/s · velocity m/s · temperature degC · pressures kPa ·
 *   moisture and oxygen %. */
#ifndef ACQ_PLANT_MEASURE_H
#define ACQ_PLANT_MEASURE_H

#include "acq/core/err.h"

#include <stdbool.h>

enum measure {
    MEASURE_OTHER, /* taken as it is */
    MEASURE_CONCENTRATION,
    MEASURE_FLOW,        /* a00000 */
    MEASURE_VELOCITY,    /* a01011 */
    MEASURE_TEMPERATURE, /* a01012 */
    MEASURE_STATIC,      /* a01013: pressure of the duct against the air */
    MEASURE_MOISTURE,    /* a01014 */
    MEASURE_DYNAMIC,     /* a01017: of a pitot tube */
    MEASURE_OXYGEN,      /* a19001 */
    MEASURE_AMBIENT,     /* i23001: pressure of the air */
    MEASURE_COUNT
};

enum measure measure_of(const char *factor);
/* "a19001"; "" for those that several or no factors measure. Static. */
const char *measure_factor(enum measure measure);
/* The unit of its means, "" of MEASURE_OTHER. Static. */
const char *measure_unit(enum measure measure);

/* What a unit makes of a number: value = number * scale + offset, in the measure's unit. of is what
 * the unit itself measures: a flow may come as a velocity or as a dynamic pressure. */
struct measure_unit {
    enum measure of;
    bool is_ppm; /* scale is then that to ppm */
    double scale, offset;
};

/* PW_EINVAL when what is measured cannot come in that unit. */
PW_MUST_CHECK int measure_find_unit(enum measure measure, const char *text,
                                    struct measure_unit *out);
/* The units that it may come in, for a message. Static. */
const char *measure_units(enum measure measure);

/* What a factor is called: its name in HJ 212, else its code. Static, or code itself. */
const char *measure_name_zh(const char *code);
const char *measure_name_en(const char *code);

/* g/mol of a factor, NOx as NO2 and non-methane hydrocarbons as carbon; 0 when it is not known. */
double measure_molar_g_mol(const char *factor);
/* kg of a factor that are one pollution equivalent (环境保护税法, second schedule); 0 when it is
 * not known. A default only: a person confirms it. */
double measure_equivalent_kg(const char *factor);

#endif
