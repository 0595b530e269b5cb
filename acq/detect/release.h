/* What leaves through an open bypass (domain, mass released): C x Q over time, by the best that is
 * known of either, with a grade from A (both measured in the bypass) to E (design and permit).
 * Pure; part of the bypass's state. */
#ifndef ACQ_DETECT_RELEASE_H
#define ACQ_DETECT_RELEASE_H

#include "acq/detect/channel.h"

enum release_grade { GRADE_A, GRADE_B, GRADE_C, GRADE_D, GRADE_E, GRADE_COUNT };

struct release_inlet {
    double mg_m3, load; /* the last that spoke, and the load then; NAN: none */
    int64_t at_ms;      /* journal clock */
};

struct release {
    double kg[BYPASS_FACTORS_MAX][GRADE_COUNT];
    struct release_inlet inlet[BYPASS_FACTORS_MAX];
    int64_t since_at; /* journal clock: counted up to here; 0: nothing is */
};

void release_init(struct release *r);
void release_take_inlet(struct release *r, uint32_t factor, double mg_m3,
                        const struct channel_world *w, struct machine_now now);
/* Adds what left since the last call, as if all of that time was as now. */
void release_add(struct release *r, const struct plant *plant, const struct plant_bypass *b,
                 const struct channel_state *channels, const struct channel_world *w,
                 struct machine_now now);
/* Nothing has left. */
void release_forget(struct release *r);
/* What left of that factor. The grade is the worst that a tenth of the mass was known with. */
double release_kg(const struct release *r, uint32_t factor, char *out_grade);

/* m3/h through an opening: Cd A sqrt(2 dp / rho), dp in Pa, rho in kg/m3 (actual state). */
double release_orifice_m3h(double cd, double area_m2, double dp_pa, double rho_kg_m3);

#endif
