/* A declaration: what somebody says about a time range, before or after it happens. Three kinds:
 *   window  an announced bypass, flare, start-up, work on an instrument; of an object
 *   mark    a declared condition of an outlet or one factor of it (class and kind: mark.h)
 *   level   a warning level of a site, issued by the authorities; an `end` lifts it
 * An input of the pipeline and a journal line; its id follows from its content. */
#ifndef ACQ_CORE_DECLARATION_H
#define ACQ_CORE_DECLARATION_H

#include "acq/core/err.h"
#include "acq/core/strbuf.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum declaration_kind { DECLARATION_WINDOW, DECLARATION_MARK, DECLARATION_LEVEL };

enum {
    DECLARATION_ID_SIZE = 17,
    DECLARATION_NAME_SIZE = 65,
    DECLARATION_REASON_SIZE = 257,
    DECLARATIONS_MAX = 1024,
};

/* Plain: may be copied and compared with memcmp() of what declaration_read() filled. */
struct declaration {
    char id[DECLARATION_ID_SIZE];
    enum declaration_kind kind;
    char object[DECLARATION_NAME_SIZE];    /* outlet, equipment, device; of a level: the site */
    char factor[DECLARATION_NAME_SIZE];    /* of a mark: "" = every factor of the object */
    char word[DECLARATION_NAME_SIZE];      /* the mark's class, the level's name; "" for a window */
    char mark_kind[DECLARATION_NAME_SIZE]; /* of a mark: within its class (mark.h); "" = none */
    bool is_auto;                          /* of a mark: made by a rule, not by a person */
    char reason[DECLARATION_REASON_SIZE];
    int64_t start_ms; /* UTC */
    int64_t end_ms;   /* UTC, exclusive; INT64_MAX: open */
    int64_t made_ms;  /* UTC: when it was declared; set by whoever takes it, 0 before */
};

/* From a JSON object, the body of `POST declarations`; other members are passed over. On
 * PW_ESYNTAX, why (size bytes) says which member was found wanting and what was expected. */
PW_MUST_CHECK int declaration_read(const cJSON *object, struct declaration *out, char *why,
                                   size_t size);

/* The id that follows from content: kind, object, factor, word, start. */
void declaration_make_id(struct declaration *d);

/* The same members again, with the id, without braces: "id":...,"kind":... */
void declaration_write_members(const struct declaration *d, int zone_offset_min,
                               struct strbuf *out);

/* Those in force or to come, in the order in which they were declared. A level with an `end`
 * replaces the open one of the same site and name, any other with an equal id replaces it too. */
struct declarations {
    struct declaration items[DECLARATIONS_MAX];
    uint32_t count;
};

/* PW_EFULL when there are too many at once. */
PW_MUST_CHECK int declarations_add(struct declarations *all, const struct declaration *d);
/* PW_ENOTFOUND. */
PW_MUST_CHECK int declarations_withdraw(struct declarations *all, const char *id);
/* Forgets what ended before that instant. */
void declarations_forget(struct declarations *all, int64_t before_ms);
/* The mark that keeps the data of that factor of that object at that instant from counting, or
 * NULL; one by a person goes before one by a rule, and marks that leave data in force (mark.h) are
 * none. all may be NULL. */
const struct declaration *declarations_find_mark(const struct declarations *all, const char *object,
                                                 const char *factor, int64_t time_ms);
/* How much of [from_ms, to_ms) is covered by marks that say that the source is stopped. */
int64_t declarations_stopped_ms(const struct declarations *all, const char *object,
                                const char *factor, int64_t from_ms, int64_t to_ms);

#endif
