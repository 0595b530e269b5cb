/* What else there is to say of a bypass: nobody watches it, its seal was not looked at, the standby
 * unit does not run, its switch says other than its flow. */
#include "acq/detect/bypass_private.h"

#include "acq/detect/finding.h"

#include <math.h>
#include <string.h>

enum { DAY_MS = 86400000 };

static const char *const words[] = {"no-evidence", "seal-overdue", "not-running", "not-proven"};
enum word { WORD_NO_EVIDENCE, WORD_SEAL_OVERDUE, WORD_NOT_RUNNING, WORD_NOT_PROVEN, WORD_NONE };

static const struct {
    const char *kind, *part, *test;
} kinds[TROUBLE_COUNT] = {
    [TROUBLE_UNWATCHED] = {"bypass-unwatched", "", NULL},
    [TROUBLE_SEAL] = {"bypass-unwatched", "seal", NULL},
    [TROUBLE_STANDBY] = {"bypass-standby", "", NULL},
    [TROUBLE_SWITCH] = {"integrity", "switch", "switch-contradicted"},
};

static uint8_t priority_of(struct machine_self self, enum bypass_trouble_kind kind)
{
    if (kind == TROUBLE_STANDBY)
        return 1;
    if (kind == TROUBLE_UNWATCHED)
        return 2;
    return kind == TROUBLE_SEAL && bypass_of(self)->evidence_count == 0 ? 2 : 3;
}

static void report(struct machine_self self, enum bypass_trouble_kind kind,
                   enum finding_state state, struct machine_now now, const char *reason,
                   const struct machine_sink *sink)
{
    const struct bypass_state *s = self.state;
    const struct plant *plant = self.plant;
    const struct plant_outlet *o = &plant->outlets[bypass_of(self)->outlet];
    const struct bypass_trouble *t = &s->troubles[kind];
    struct finding_evidence evidence[BYPASS_EVIDENCE_LIST_MAX];
    const struct finding f = {
        .kind = kinds[kind].kind,
        .site = plant->sites[o->site].id,
        .object = o->id,
        .part = kinds[kind].part,
        .outlet = o->id,
        .name = o->name,
        .state = state,
        .priority = priority_of(self, kind),
        .start_ms = t->start_ms,
        .raised_ms = machine_utc_ms(now),
        .end_ms = machine_utc_ms(now),
        .reason = reason,
        .value = (double)NAN,
        .threshold = (double)NAN,
        .worst = (double)NAN,
        .class_word = t->word == WORD_NONE ? NULL : words[t->word],
        .test = kinds[kind].test,
        .evidence = evidence,
        .evidence_count = bypass_list_evidence(self, false, machine_utc_ms(now), evidence),
    };
    sink->on_finding(sink->ctx, &f);
}

static int64_t delay_ms(struct machine_self self, enum bypass_trouble_kind kind)
{
    const struct plant_fusion *f = &bypass_of(self)->fusion;
    if (kind == TROUBLE_UNWATCHED)
        return (int64_t)f->unwatched_s * 1000;
    return kind == TROUBLE_STANDBY ? (int64_t)f->standby_s * 1000 : 0;
}

static void set(struct machine_self self, enum bypass_trouble_kind kind, bool is_so, enum word word,
                struct machine_now now, const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    struct bypass_trouble *t = &s->troubles[kind];
    if (!is_so) {
        if (t->is_told)
            report(self, kind, FINDING_CLOSED, now, NULL, sink);
        *t = (struct bypass_trouble){0};
        return;
    }
    if (t->since_at == 0) {
        t->since_at = now.at_ms;
        t->start_ms = machine_utc_ms(now);
        t->word = (uint8_t)word;
    }
    bool is_due = now.at_ms - t->since_at >= delay_ms(self, kind);
    if (is_due && (!t->is_told || t->word != word)) {
        t->is_told = true;
        t->word = (uint8_t)word;
        report(self, kind, FINDING_OPEN, now, NULL, sink);
    }
}

/* The last look that was declared or is configured. */
static int64_t seal_looked_ms(struct machine_self self, int64_t now_ms)
{
    struct bypass_state *s = self.state;
    const struct declarations *all = self.declared;
    if (s->seal_ms < bypass_of(self)->reg.seal.checked_ms)
        s->seal_ms = bypass_of(self)->reg.seal.checked_ms;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct declaration *d = &all->items[i];
        if (d->kind == DECLARATION_MARK && strcmp(d->word, "seal-checked") == 0 &&
            strcmp(d->object, bypass_object(self)) == 0 && d->start_ms <= now_ms &&
            d->start_ms > s->seal_ms)
            s->seal_ms = d->start_ms;
    }
    return s->seal_ms;
}

static bool is_seal_overdue(struct machine_self self, struct machine_now now)
{
    const struct plant_register *r = &bypass_of(self)->reg;
    int64_t utc_ms = machine_utc_ms(now);
    return r->has_seal &&
           utc_ms >= seal_looked_ms(self, utc_ms) + (int64_t)r->seal.due_days * DAY_MS;
}

void bypass_troubles_step(struct machine_self self, struct machine_now now,
                          const struct machine_sink *sink)
{
    const struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    bool unwatched =
        s->fused.usable == 0 && (b->evidence_count > 0 || !(b->reg.has_seal || b->reg.blind_plate));
    bool unabated = b->standby != PLANT_NONE && s->word == BYPASS_OPEN && s->standby != OBJECT_ON;
    set(self, TROUBLE_UNWATCHED, unwatched, WORD_NO_EVIDENCE, now, sink);
    set(self, TROUBLE_SEAL, is_seal_overdue(self, now), WORD_SEAL_OVERDUE, now, sink);
    set(self, TROUBLE_STANDBY, unabated,
        s->standby == OBJECT_UNKNOWN ? WORD_NOT_PROVEN : WORD_NOT_RUNNING, now, sink);
    set(self, TROUBLE_SWITCH, s->fused.is_contradicted, WORD_NONE, now, sink);
}

void bypass_troubles_end(struct machine_self self, struct machine_now now, const char *reason,
                         const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    for (int kind = 0; kind < TROUBLE_COUNT; kind++) {
        if (s->troubles[kind].is_told)
            report(self, (enum bypass_trouble_kind)kind, FINDING_CLOSED, now, reason, sink);
        s->troubles[kind] = (struct bypass_trouble){0};
    }
}

int64_t bypass_troubles_next_at(struct machine_self self)
{
    const struct bypass_state *s = self.state;
    int64_t next_at = INT64_MAX;
    for (int kind = 0; kind < TROUBLE_COUNT; kind++) {
        const struct bypass_trouble *t = &s->troubles[kind];
        int64_t due_at = t->since_at + delay_ms(self, (enum bypass_trouble_kind)kind);
        if (t->since_at != 0 && !t->is_told && due_at < next_at)
            next_at = due_at;
    }
    return next_at;
}
