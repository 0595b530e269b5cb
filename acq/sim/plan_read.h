/* Reading one JSON object of a plan member by member: every member has a type and a range, an
 * unknown one is an error, and the first error is kept with the pointer where it stands. Private to
 * the plan loader. */
#ifndef ACQ_SIM_PLAN_READ_H
#define ACQ_SIM_PLAN_READ_H

#include "acq/core/json.h"
#include "acq/sim/plan.h"

#include <stdbool.h>

enum { PLAN_POINTER_SIZE = 256, PLAN_MEMBERS_MAX = 24 };

struct plan_reader {
    const char *name; /* of the file */
    char *error;      /* PLAN_ERROR_SIZE */
    char pointer[PLAN_POINTER_SIZE];
    bool failed;
};

/* One object being read: which of its members somebody asked for. */
struct plan_object {
    struct plan_reader *reader;
    const cJSON *json;
    const char *asked[PLAN_MEMBERS_MAX];
    unsigned asked_count;
};

/* `json` that is no object is an error. */
void plan_object_begin(struct plan_object *o, struct plan_reader *r, const cJSON *json);
/* Members that nobody asked for are an error. */
void plan_object_end(struct plan_object *o);

bool plan_has(const struct plan_object *o, const char *key);
/* The member or NULL. */
const cJSON *plan_member(struct plan_object *o, const char *key);
/* A number in [min, max]; the fallback when absent, an error when absent and fallback is NAN. */
double plan_number(struct plan_object *o, const char *key, double min, double max, double fallback);
/* The same, whole numbers only. */
double plan_whole(struct plan_object *o, const char *key, double min, double max, double fallback);
/* Index of one of `words` (NULL-terminated); fallback < 0: must be there. 0 after an error. */
int plan_word(struct plan_object *o, const char *key, const char *const *words, int fallback);

/* Goes into member `key` (and element `index` when >= 0) and back out again. */
size_t plan_enter(struct plan_reader *r, const char *key, int index);
void plan_leave(struct plan_reader *r, size_t mark);

void plan_fail(struct plan_reader *r, const char *key, const char *format, ...) PW_PRINTF(3, 4);

#endif
