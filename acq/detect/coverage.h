/* What detection can and cannot see: for every outlet which rules can run on what is configured,
 * and which evidence is missing. Told by `check`, by the status and in the journal, so that a
 * detector without inputs never stays silent about it. */
#ifndef ACQ_DETECT_COVERAGE_H
#define ACQ_DETECT_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

struct plant;
struct strbuf;

struct coverage {
    const char *object; /* id of an outlet, or of treatment */
    const char *rule;   /* kind of finding, or "mass", "register", a rate */
    bool runs;
    const char *by;      /* what it runs on: "limit-switch, velocity"; "" = nothing to tell */
    const char *missing; /* what would make it run, or better; "" = nothing */
};

/* Calls on_rule() for each rule of that outlet. What is handed out is borrowed. */
void coverage_tell(const struct plant *plant, uint32_t outlet,
                   void (*on_rule)(void *ctx, const struct coverage *c), void *ctx);

/* Likewise each rate of that equipment. */
void coverage_tell_equipment(const struct plant *plant, uint32_t equipment,
                             void (*on_rule)(void *ctx, const struct coverage *c), void *ctx);

/* Of one flare of plant->flares (coverage_flare.c); coverage_tell() calls it. */
void coverage_tell_flare(const struct plant *plant, uint32_t flare,
                         void (*on_rule)(void *ctx, const struct coverage *c), void *ctx);

/* All outlets and all treatment: a JSON array of {"outlet","rule","runs","by","missing"}; the
 * member `outlet` is the id of either. */
void coverage_write(const struct plant *plant, struct strbuf *out);

#endif
