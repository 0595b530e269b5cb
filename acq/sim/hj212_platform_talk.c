#include "acq/sim/hj212_platform_private.h"

#include "protocols/hj212/command.h"

#include <stdlib.h>

static bool is_answer(const struct hj212_packet *packet)
{
    return packet->cn >= 9011 && packet->cn <= 9014;
}

struct reporter *platform_find(const struct platform *p, struct hj212_text mn)
{
    for (size_t i = 0; i < p->reporter_count; i++)
        if (hj212_text_is(mn, p->reporters[i]->mn))
            return p->reporters[i];
    return NULL;
}

static struct reporter *new_reporter(struct platform *p, const struct hj212_packet *packet)
{
    const struct sim_platform *plan = p->plan;
    struct reporter *r = p->reporter_count < REPORTERS_MAX ? calloc(1, sizeof *r) : NULL;
    if (!r)
        return NULL;
    r->platform = p;
    r->asked = calloc(plan->command_count + 1, sizeof *r->asked);
    if (!r->asked) {
        free(r);
        return NULL;
    }
    for (size_t i = 0; i < plan->command_count; i++)
        r->asked[i].due_s = plan->commands[i].at_s;
    memcpy(r->mn, packet->mn.at, packet->mn.len);
    memcpy(r->password, plan->password, sizeof r->password);
    r->peer = (struct hj212_peer){.profile = &p->profile, .key = p->key};
    p->reporters[p->reporter_count++] = r;
    return r;
}

static bool knows_password(struct reporter *r, const struct hj212_packet *packet)
{
    bool is_old = r->old_password[0] && hj212_text_is(packet->pw, r->old_password);
    bool is_next = r->next_password[0] && hj212_text_is(packet->pw, r->next_password);
    r->old_passwords += is_old;
    return is_old || is_next || hj212_text_is(packet->pw, r->password) ||
           (packet->pw.len == 0 && is_answer(packet));
}

/* As the plan spoils answers; 0: there is none. */
static size_t write_answer(struct platform *p, const struct hj212_packet *packet, int cn,
                           char frame[ANSWER_SIZE])
{
    size_t len = 0;
    char qn[HJ212_QN_SIZE] = "";
    struct hj212_text asked = hj212_packet_qn(packet);
    struct hj212_packet *mine = &p->all->work->packet;
    if (asked.len == HJ212_QN_SIZE - 1 && platform_fails(p, PLATFORM_OTHER_QN, packet->cn)) {
        memcpy(qn, asked.at, asked.len);
        qn[asked.len - 1] = qn[asked.len - 1] == '9' ? '0' : (char)(qn[asked.len - 1] + 1);
        mine->qn = hj212_text_of(qn);
    }
    if (hj212_write_answer(&p->profile, mine, cn, 0, frame, ANSWER_SIZE, &len) != 0)
        return 0;
    if (platform_fails(p, PLATFORM_WRONG_CRC, packet->cn))
        frame[len - 3] = frame[len - 3] == '0' ? '1' : '0';
    return len;
}

static void hold(struct platform_call *c, const char *frame, size_t len)
{
    for (int i = 0; i < LATE_ANSWERS_MAX; i++) {
        struct held_answer *a = &c->held[i];
        if (a->len)
            continue;
        memcpy(a->frame, frame, len);
        a->len = len;
        a->due_s = platform_now_s(c->platform) + c->platform->plan->late_s;
        return;
    }
    c->platform->unsent++;
}

static void acknowledge(struct platform_call *c, const struct hj212_packet *packet, int answer_cn)
{
    struct platform *p = c->platform;
    char frame[ANSWER_SIZE];
    int cn = packet->cn;
    if (platform_fails(p, PLATFORM_CUT, cn)) {
        platform_cut(c);
        return;
    }
    size_t len =
        platform_fails(p, PLATFORM_WITHHOLD, cn) ? 0 : write_answer(p, packet, answer_cn, frame);
    if (len == 0) {
        p->withheld++;
        return;
    }
    p->acknowledged++;
    if (platform_fails(p, PLATFORM_LATE, cn)) {
        hold(c, frame, len);
        return;
    }
    c->pause = platform_fails(p, PLATFORM_SPLIT, cn);
    platform_send(c, frame, len);
    if (platform_fails(p, PLATFORM_TWICE, cn))
        platform_send(c, frame, len);
}

void platform_take(struct platform_call *c, const struct hj212_received *got)
{
    struct platform *p = c->platform;
    const struct hj212_packet *packet = got->packet;
    struct reporter *r = platform_find(p, packet->mn);
    bool is_new = !r && !is_answer(packet) && hj212_text_is(packet->pw, p->plan->password);
    if (is_new)
        r = new_reporter(p, packet);
    if (!r) {
        p->strangers++;
        return;
    }
    if (!knows_password(r, packet)) {
        p->wrong_password++;
        return;
    }
    r->call = c;
    if (packet->st.len < sizeof r->st && !is_answer(packet))
        snprintf(r->st, sizeof r->st, "%.*s", (int)packet->st.len, packet->st.at);
    platform_count(r, packet);
    platform_ask_input(r, packet);
    if (packet->cn == 1013 && !r->owed_cn)
        r->owed_cn = 1012;
    if (packet->cn == 1014 && !r->owed_cn && r->peer.key)
        r->owed_cn = 1014;
    int answer_cn = hj212_answer_owed(packet);
    if (answer_cn)
        acknowledge(c, packet, answer_cn); /* last: it may spoil the packet */
}
