/* Reads one object of the configuration into a draft, by the option table. Everything that one
 * value can be wrong in is reported here; what needs several values or other objects is the
 * loader's. */
#ifndef ACQ_PLANT_READ_H
#define ACQ_PLANT_READ_H

#include "acq/plant/option.h"
#include "acq/plant/report.h"

struct arena;

struct reader {
    struct arena *arena; /* texts are copied here */
    struct report *report;
};

/* Writes every default of the scope into the draft. */
void read_defaults(const struct reader *r, enum option_scope scope, void *draft);

/* Members that are wrong are reported and leave the draft's value alone. False if anything was. */
bool read_object(const struct reader *r, const struct place *at, enum option_scope scope,
                 void *draft);

/* The place of a member of `at`, for reports; `at` itself when it is missing. */
struct place read_member(const struct place *at, const char *key);

#endif
