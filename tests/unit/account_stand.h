/* The books of one input, given hours instead of samples: what they tell is kept. */
#ifndef TESTS_UNIT_ACCOUNT_STAND_H
#define TESTS_UNIT_ACCOUNT_STAND_H

#include "acq/core/declaration.h"
#include "acq/refine/account.h"

#include "tests/unit/quantity_stand.h"

enum { BOOK_TOLD_MAX = 40000 };

struct book {
    struct plant *plant;
    struct declarations declared;
    void *state;
    int64_t next_ms; /* UTC: start of the next hour */
    struct account told[BOOK_TOLD_MAX];
    size_t told_count;
};

static inline void book_on_account(void *ctx, const struct account *a)
{
    struct book *b = ctx;
    assert_true(b->told_count < BOOK_TOLD_MAX);
    if (!a->is_passing)
        b->told[b->told_count++] = *a;
}

static inline struct machine_self book_self(struct book *b)
{
    return (struct machine_self){
        .plant = b->plant, .index = 0, .state = b->state, .declared = &b->declared};
}

static inline struct book *book_new(const char *outlet, const char *start)
{
    struct book *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->plant = stand_load(stack_config(60000, outlet));
    b->state = calloc(1, machine_account.state_size);
    assert_non_null(b->state);
    b->next_ms = instant(start);
    machine_account.init(book_self(b));
    return b;
}

static inline void book_free(struct book *b)
{
    plant_free(b->plant);
    free(b->state);
    free(b);
}

/* An hour whose parts are all of one flag; with FLAG_N it has the mass. */
static inline void book_hour(struct book *b, double kg, enum flag flag)
{
    struct mean m = {.period = MEAN_HOUR,
                     .start_ms = b->next_ms,
                     .is_regulated = true,
                     .flag = flag,
                     .valid = flag == FLAG_N,
                     .good = flag == FLAG_N ? 60 : 0,
                     .parts = 60,
                     .has_cou = flag == FLAG_N,
                     .avg = kg,
                     .cou = kg};
    m.flags[flag] = 60;
    const struct machine_sink sink = {.on_account = book_on_account, .ctx = b};
    machine_account.on_mean(book_self(b), &m, (struct machine_now){.at_ms = b->next_ms}, &sink);
    b->next_ms += HOUR;
}

static inline void book_hours(struct book *b, int count, double kg, enum flag flag)
{
    for (int i = 0; i < count; i++)
        book_hour(b, kg, flag);
}

/* Late data for an hour that was told as one of that flag: now it has the mass. */
static inline void book_revise(struct book *b, const char *hour, enum flag was, double was_kg,
                               double kg)
{
    struct mean m = {.period = MEAN_HOUR,
                     .start_ms = instant(hour),
                     .is_regulated = true,
                     .flag = FLAG_N,
                     .valid = true,
                     .good = 60,
                     .parts = 60,
                     .has_cou = true,
                     .cou = kg,
                     .revision = 1,
                     .reason = "backfill",
                     .before = {.known = true,
                                .came = was != FLAG_B,
                                .valid = was == FLAG_N,
                                .has_cou = was == FLAG_N,
                                .flag = was,
                                .cou = was_kg}};
    m.flags[FLAG_N] = 60;
    const struct machine_sink sink = {.on_account = book_on_account, .ctx = b};
    machine_account.on_mean(book_self(b), &m, (struct machine_now){.at_ms = b->next_ms}, &sink);
}

/* The nth of that period that is closed, of the first telling; NULL when there are fewer. */
static inline const struct account *book_closed(const struct book *b, enum account_period period,
                                                size_t nth)
{
    for (size_t i = 0; i < b->told_count; i++)
        if (b->told[i].period == period && b->told[i].is_closed && b->told[i].revision == 0 &&
            nth-- == 0)
            return &b->told[i];
    return NULL;
}

/* The last of that period, whatever it is. */
static inline const struct account *book_last(const struct book *b, enum account_period period)
{
    for (size_t i = b->told_count; i-- > 0;)
        if (b->told[i].period == period)
            return &b->told[i];
    fail_msg("no %s was told", account_period_name(period));
    return NULL;
}

static inline void book_stop(struct book *b, const char *start, const char *end)
{
    struct declaration d = {.kind = DECLARATION_MARK,
                            .id = "1",
                            .object = "DA001",
                            .word = "production",
                            .mark_kind = "stop",
                            .start_ms = instant(start),
                            .end_ms = instant(end)};
    assert_int_equal(declarations_add(&b->declared, &d), 0);
}

#endif
