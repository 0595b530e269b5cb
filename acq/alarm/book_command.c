#include "acq/alarm/book_private.h"
#include "acq/alarm/catalogue.h"

static uint32_t shelve_max_min(const struct book *b, const struct alarm *a)
{
    const struct plant_alarm_rule *rule = catalogue_rule(b->plant, a->kind, a->object);
    return rule && rule->shelve_max_min ? rule->shelve_max_min : b->plant->alarms.shelve_max_min;
}

static const char *check_shelf(const struct book *b, const struct alarm *a, uint32_t shelve_min)
{
    if (a->out_of_service)
        return "it is out of service";
    if (shelve_min == 0 || shelve_min > shelve_max_min(b, a))
        return "the time is longer than it may be shelved, or zero";
    return NULL;
}

/* Why it cannot be, or NULL. */
static const char *check(const struct book *b, const struct alarm *a, const struct alarm_command *c)
{
    bool is_legal = catalogue_find(a->kind)->is_legal;
    bool needs_why =
        c->verb == ALARM_SHELVE || c->verb == ALARM_TAKE_OUT || c->verb == ALARM_COMMENT;
    if (needs_why && !*c->why)
        return "a reason is needed";
    switch (c->verb) {
    case ALARM_ACK:
        return a->acknowledged || alarm_state(a) == ALARM_NORMAL ? "there is nothing to acknowledge"
                                                                 : NULL;
    case ALARM_SHELVE:
        return is_legal ? "an alarm that the law asks for cannot be shelved, only acknowledged and "
                          "commented on"
                        : check_shelf(b, a, c->shelve_min);
    case ALARM_UNSHELVE:
        return a->shelved ? NULL : "it is not shelved";
    case ALARM_TAKE_OUT:
        return is_legal            ? "an alarm that the law asks for cannot be taken out of service"
               : a->out_of_service ? "it is out of service already"
                                   : NULL;
    case ALARM_TAKE_IN:
        return a->out_of_service ? NULL : "it is in service";
    case ALARM_COMMENT:
        return NULL;
    default:
        return "no such command";
    }
}

static void apply(struct alarm *a, const struct alarm_command *c, int64_t at_ms)
{
    book_copy(a->who, sizeof a->who, c->who);
    book_copy(a->why, sizeof a->why, c->why);
    if (c->verb == ALARM_ACK) {
        a->acknowledged = true;
        a->ack_at = at_ms;
    }
    if (c->verb == ALARM_SHELVE)
        a->until_at = at_ms + (int64_t)c->shelve_min * 60000;
    if (c->verb == ALARM_SHELVE || c->verb == ALARM_UNSHELVE)
        a->shelved = c->verb == ALARM_SHELVE;
    if (c->verb == ALARM_TAKE_OUT)
        a->shelved = false;
    if (c->verb == ALARM_TAKE_OUT || c->verb == ALARM_TAKE_IN)
        a->out_of_service = c->verb == ALARM_TAKE_OUT;
}

int book_command(struct book *b, const struct alarm_command *c, struct machine_now now,
                 const char **refusal)
{
    const struct alarm *found = book_find(b, c->ref);
    if (!found) {
        *refusal = "there is no alarm of that id or number";
        return PW_ENOTFOUND;
    }
    *refusal = check(b, found, c);
    if (*refusal)
        return PW_ESTATE;
    struct alarm *a = &b->items[found - b->items];
    apply(a, c, now.at_ms);
    book_tell(b, a, c->verb, now.at_ms);
    return 0;
}
