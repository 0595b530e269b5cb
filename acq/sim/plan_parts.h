/* The inner parts of a plan: units, signals, waves, faults. Private to the plan loader. */
#ifndef ACQ_SIM_PLAN_PARTS_H
#define ACQ_SIM_PLAN_PARTS_H

#include "acq/sim/plan_read.h"

/* Zeroed storage for as many elements as the JSON array has; NULL and 0 when it is absent or
 * empty, an error when it is something else. */
void *plan_new_array(struct plan_reader *r, const char *key, const cJSON *json, size_t size,
                     size_t *out_count);

void plan_read_unit(struct plan_reader *r, const cJSON *json, struct sim_unit *unit);
void plan_free_unit(struct sim_unit *unit);

/* Where a slave is, and what belongs to a line. */
void plan_read_place(struct plan_object *o, struct sim_slave *slave);

/* Member "faults" of a slave or a unit. */
void plan_read_faults(struct plan_object *owner, bool of_slave, struct fault **out,
                      size_t *out_count);

/* "127.0.0.1:9212"; ports from least_port on. */
void plan_read_endpoint(struct plan_object *o, const char *key, unsigned least_port,
                        char host[PLAN_HOST_SIZE], uint16_t *out_port);
/* fallback NULL: it must be there. */
void plan_read_text(struct plan_object *o, const char *key, const char *fallback, char *out,
                    size_t size);
/* Members at_s, for_s, every_s and chance. */
void plan_read_window(struct plan_object *o, struct fault *f);

void plan_read_wave(struct plan_reader *r, const cJSON *json, struct wave *w);
/* A signal with its wave. */
void plan_read_signal(struct plan_reader *r, const cJSON *json, struct sim_signal *signal);

#endif
