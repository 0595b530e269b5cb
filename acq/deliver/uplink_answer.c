#include "acq/deliver/uplink_session_private.h"

#include <stdio.h>
#include <string.h>

static void copy(char *out, size_t size, struct hj212_text t)
{
    snprintf(out, size, "%.*s", (int)(t.len < size ? t.len : size - 1), t.len ? t.at : "");
}

static struct uplink_asked asked_of(const struct hj212_packet *p)
{
    struct uplink_asked a = {.cn = p->cn};
    copy(a.qn, sizeof a.qn, hj212_packet_qn(p));
    copy(a.pw, sizeof a.pw, p->pw);
    copy(a.mn, sizeof a.mn, p->mn);
    copy(a.st, sizeof a.st, p->st);
    return a;
}

/* 2005 has no numbers between "wrong password" and "unknown". */
static int qn_rtn_of(const struct uplink_session *s, int qn_rtn)
{
    bool old = s->profile.edition == HJ212_2005;
    return old && qn_rtn > UPLINK_WRONG_PASSWORD ? UPLINK_REFUSED : qn_rtn;
}

/* Likewise of results, but for "no data". */
static int exe_rtn_of(const struct uplink_session *s, int exe_rtn)
{
    bool old = s->profile.edition == HJ212_2005;
    return old && exe_rtn > UPLINK_FAILED && exe_rtn != UPLINK_NO_DATA ? UPLINK_FAILED : exe_rtn;
}

void uplink_answer(struct uplink_session *s, const struct uplink_asked *to, int cn, int result)
{
    const struct hj212_packet packet = {.qn = hj212_text_of(to->qn),
                                        .pw = hj212_text_of(to->pw),
                                        .mn = hj212_text_of(to->mn),
                                        .cn = to->cn};
    char frame[HJ212_FRAME_SIZE];
    size_t len;
    result = cn == 9011 ? qn_rtn_of(s, result) : exe_rtn_of(s, result);
    if (hj212_write_answer(&s->profile, &packet, cn, result, frame, sizeof frame, &len) == 0)
        uplink_send(s, frame, len);
}

static bool is_qn(struct hj212_text qn)
{
    int64_t ms;
    return qn.len == HJ212_QN_SIZE - 1 && hj212_time_parse(qn, 0, &ms) == 0;
}

static bool has_edition(const struct hj212_command *c, enum hj212_edition edition)
{
    return c && (c->kind == HJ212_REQUEST || c->kind == HJ212_NOTICE) &&
           (c->editions >> edition & 1);
}

static bool is_flag(const struct uplink_session *s, const struct hj212_packet *p)
{
    enum hj212_edition edition = s->profile.edition;
    int wanted = edition == HJ212_2005 ? 0 : edition == HJ212_2017 ? 1 : 2;
    return edition == HJ212_2005 ? !p->has_flag || p->flag >> HJ212_FLAG_EDITION_SHIFT == 0
                                 : p->has_flag && p->flag >> HJ212_FLAG_EDITION_SHIFT == wanted;
}

static int judge(const struct uplink_session *s, const struct hj212_packet *p,
                 const struct hj212_command *c)
{
    struct hj212_text qn = hj212_packet_qn(p);
    if (!hj212_text_is(p->pw, s->settings.password))
        return UPLINK_WRONG_PASSWORD;
    if (!hj212_text_is(p->mn, s->plan->platform.mn))
        return UPLINK_WRONG_MN;
    if (!hj212_text_is(p->st, s->plan->platform.st))
        return UPLINK_WRONG_ST;
    if (!is_flag(s, p))
        return UPLINK_WRONG_FLAG;
    if (!is_qn(qn))
        return UPLINK_WRONG_QN;
    if (!has_edition(c, s->profile.edition))
        return UPLINK_WRONG_CN;
    return plant_platform_accepts(&s->plan->platform, p->cn) ? UPLINK_READY : UPLINK_REFUSED;
}

static bool only_reads(int cn)
{
    return cn == 1011 || cn == 1061 || cn == 1063 || (cn >= 2031 && cn < 3000) ||
           (cn >= 3017 && cn <= 3020);
}

/* A request that comes again: it is answered again, but not done again. */
static bool is_again(struct uplink_session *s, const struct uplink_asked *a)
{
    if (s->asked.cn == a->cn && strcmp(s->asked.qn, a->qn) == 0) {
        uplink_answer(s, a, 9011, UPLINK_READY);
        return true;
    }
    if (s->done.cn != a->cn || strcmp(s->done.qn, a->qn) != 0 || only_reads(a->cn))
        return false;
    uplink_answer(s, a, 9011, UPLINK_READY);
    uplink_answer(s, a, 9012, s->done.exe_rtn);
    return true;
}

static void refuse_busy(struct uplink_session *s, const struct uplink_asked *a)
{
    s->stats.busy++;
    if (s->profile.edition == HJ212_2005) {
        uplink_answer(s, a, 9011, UPLINK_REFUSED);
        return;
    }
    uplink_answer(s, a, 9011, UPLINK_READY);
    uplink_answer(s, a, 9012, UPLINK_BUSY);
}

static void note(struct uplink_session *s, struct uplink_request *r, int qn_rtn)
{
    r->qn_rtn = qn_rtn;
    s->stats.refused += qn_rtn != UPLINK_READY;
    s->ops.on_request(s->ops.ctx, r);
}

/* Notices change settings only: 2012, 2022. */
static void take_notice(struct uplink_session *s, struct uplink_request *r,
                        const struct uplink_asked *a, int64_t utc_ms)
{
    note(s, r, UPLINK_READY);
    s->asked = *a;
    uplink_answer(s, a, 9013, 0);
    if (uplink_do_command(s, r, utc_ms))
        s->asked = (struct uplink_asked){0};
}

/* Announces 9011 before anything is done. */
static void serve(struct uplink_session *s, struct uplink_request *r, const struct uplink_asked *a,
                  int64_t utc_ms)
{
    if (r->command->kind == HJ212_NOTICE) {
        take_notice(s, r, a, utc_ms);
        return;
    }
    s->asked = *a;
    uplink_answer(s, a, 9011, UPLINK_READY);
    note(s, r, UPLINK_READY);
    int exe = uplink_do_command(s, r, utc_ms);
    if (exe)
        uplink_session_finish(s, exe);
}

void uplink_take_request(struct uplink_session *s, const struct hj212_packet *p, int64_t utc_ms)
{
    struct uplink_asked a = asked_of(p);
    if (p->cn > 9000)
        return;
    if (!is_qn(hj212_text_of(a.qn))) /* none that an answer could carry */
        hj212_qn_format(hj212_qn_next(&s->qn, utc_ms), s->profile.zone_min, a.qn);
    struct uplink_request r = {.cn = p->cn, .packet = p};
    r.command = hj212_command_find(s->profile.edition, HJ212_DOWN, p);
    int qn_rtn = judge(s, p, r.command);
    s->stats.requests++;
    if (qn_rtn != UPLINK_READY) {
        note(s, &r, qn_rtn);
        uplink_answer(s, &a, 9011, qn_rtn);
    } else if (is_again(s, &a)) {
        return;
    } else if (s->asked.cn || s->asked.is_kept) {
        refuse_busy(s, &a);
    } else {
        serve(s, &r, &a, utc_ms);
    }
}

int uplink_session_request(const struct uplink_session *s)
{
    return s->asked.cn;
}

void uplink_session_finish(struct uplink_session *s, int exe_rtn)
{
    if (!s->asked.cn)
        return;
    const struct uplink_asked a = s->asked;
    s->asked = (struct uplink_asked){0};
    s->done = (struct uplink_done){.cn = a.cn, .exe_rtn = exe_rtn};
    memcpy(s->done.qn, a.qn, sizeof a.qn);
    uplink_answer(s, &a, 9012, exe_rtn);
}

int uplink_session_reply(struct uplink_session *s, const struct hj212_cp *cp)
{
    char frame[HJ212_FRAME_SIZE];
    char with_qn[HJ212_CP_MAX_2005];
    size_t len;
    struct hj212_text text = {cp->text, cp->len};
    struct hj212_head head = uplink_head(s, s->asked.cn);
    if (cp->err || !s->asked.cn)
        return cp->err ? cp->err : PW_ESTATE;
    head.qn = hj212_text_of(s->asked.qn);
    if (s->profile.edition == HJ212_2005) {
        int n =
            snprintf(with_qn, sizeof with_qn, "QN=%s;%.*s", s->asked.qn, (int)text.len, text.at);
        if (n < 0 || (size_t)n >= sizeof with_qn)
            return PW_EFULL;
        head.qn = hj212_text_of("");
        text = hj212_text_of(with_qn);
    }
    struct sm4 *key = s->key && hj212_must_encrypt(&s->profile, head.cn) ? s->key : NULL;
    int err = hj212_write(&s->profile, &head, text, key, frame, sizeof frame, &len);
    if (!err)
        uplink_send(s, frame, len);
    return err;
}
