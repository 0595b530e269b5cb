#include "protocols/hj212/command.h"

static bool has_data_time(const struct hj212_packet *p)
{
    return hj212_packet_find(p, HJ212_DATA_TIME) != NULL;
}

/* How well a row fits: 0 not at all. */
static int fit(const struct hj212_command *c, enum hj212_edition edition,
               enum hj212_direction direction, const struct hj212_packet *p)
{
    if (c->cn != p->cn || c->direction != direction)
        return 0;
    int score = 1;
    if (c->editions >> edition & 1)
        score += 8;
    if (c->st[0] && hj212_text_is(p->st, c->st))
        score += 4;
    else if (c->st[0] && c->kind != HJ212_ANSWER)
        return 0;
    if ((c->kind == HJ212_UPLOAD) == has_data_time(p))
        score += 2;
    return score;
}

const struct hj212_command *hj212_command_find(enum hj212_edition edition,
                                               enum hj212_direction direction,
                                               const struct hj212_packet *p)
{
    size_t count;
    const struct hj212_command *table = hj212_commands(&count);
    const struct hj212_command *best = NULL;
    int most = 0;
    for (size_t i = 0; i < count; i++) {
        int score = fit(&table[i], edition, direction, p);
        if (score > most) {
            most = score;
            best = &table[i];
        }
    }
    return best;
}

int hj212_answer_owed(const struct hj212_packet *p)
{
    const struct hj212_command *c = hj212_command_find(p->edition, HJ212_UP, p);
    bool wanted = p->flag & HJ212_FLAG_ANSWER;
    if (c && c->kind == HJ212_NOTICE)
        return 9013;
    if (c && c->kind == HJ212_ANSWER) /* only 2005 acknowledges a result */
        return wanted && p->cn == 9012 && p->edition == HJ212_2005 ? 9014 : 0;
    return wanted ? 9014 : 0;
}

const char *hj212_kind_name(enum hj212_kind kind)
{
    static const char *const names[] = {"request", "reply", "upload", "notice", "answer"};
    return names[kind];
}

const char *hj212_qn_rtn_text(int code)
{
    static const char *const texts[] = {
        "unknown result", "ready to execute", "refused",  "wrong password", "wrong MN",
        "wrong ST",       "wrong Flag",       "wrong QN", "wrong CN",       "wrong CRC"};
    if (code == 100)
        return "unknown error";
    return code >= 1 && code <= 9 ? texts[code] : texts[0];
}

const char *hj212_exe_rtn_text(int code)
{
    static const char *const texts[] = {
        "unknown result",        "success",     "failed, cause unknown", "request conditions wrong",
        "communication timeout", "system busy", "system fault"};
    if (code == 100)
        return "no data";
    return code >= 1 && code <= 6 ? texts[code] : texts[0];
}
