#include "acq/sim/hj212_platform_private.h"

#include "acq/core/strbuf.h"
#include "protocols/hj212/crypt.h"

#include <math.h>
#include <stdlib.h>

enum { SECOND_MS = 1000, PASSWORD_ITEMS = 2 };

static const char KEY_LETTERS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int64_t mono_ms(const struct platform *p)
{
    return pw_clock_mono_ms(p->all->world->clock);
}

static void make_key(struct reporter *r)
{
    uint64_t *x = &r->platform->random;
    for (int i = 0; i < SM4_KEY_SIZE; i++) {
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        r->next_key[i] = KEY_LETTERS[(*x >> 32) % (sizeof KEY_LETTERS - 1)];
    }
    r->next_key[SM4_KEY_SIZE] = '\0';
}

/* "{now}", "{now-600}", "{key}" become what they stand for; the rest stays. */
static void expand(struct reporter *r, const char *text, struct strbuf *out)
{
    const struct platform *p = r->platform;
    char time[HJ212_TIME_SIZE];
    while (*text) {
        char *end;
        if (strncmp(text, "{key}", 5) == 0) {
            make_key(r);
            strbuf_adds(out, r->next_key);
            text += 5;
        } else if (strncmp(text, "{now", 4) == 0) {
            long seconds = strtol(text + 4, &end, 10);
            strbuf_adds(out, hj212_time_format(platform_wall_ms(p) + seconds * SECOND_MS,
                                               p->profile.zone_min, time));
            text = *end == '}' ? end + 1 : end;
        } else {
            strbuf_addc(out, *text++);
        }
    }
}

/* The password that a command sets comes into force when it is done. */
static void note_password(struct reporter *r, const char *cp)
{
    static const char *const items[PASSWORD_ITEMS] = {"NewPW=", "PW="};
    for (int i = 0; i < PASSWORD_ITEMS; i++) {
        const char *at = strstr(cp, items[i]);
        if (!at)
            continue;
        at += strlen(items[i]);
        snprintf(r->next_password, sizeof r->next_password, "%.*s", (int)strcspn(at, ";,"), at);
        return;
    }
}

static void spoil_head(struct platform *p, struct hj212_head *head)
{
    if (platform_fails(p, PLATFORM_WRONG_PASSWORD, head->cn))
        head->pw = hj212_text_of("000000");
    if (platform_fails(p, PLATFORM_WRONG_MN, head->cn))
        head->mn = hj212_text_of("00000000000000");
    if (platform_fails(p, PLATFORM_WRONG_ST, head->cn))
        head->st = hj212_text_of("99");
}

static bool is_notice(int cn)
{
    return cn == 2012 || cn == 2022;
}

static int write_command(struct reporter *r, int cn, const char *template, char qn[HJ212_QN_SIZE])
{
    struct platform *p = r->platform;
    char cp[2 * PLATFORM_CP_SIZE];
    struct strbuf text;
    strbuf_init_fixed(&text, cp, sizeof cp);
    expand(r, template, &text);
    hj212_qn_format(hj212_qn_next(&p->qn, platform_wall_ms(p)), p->profile.zone_min, qn);
    struct hj212_head head = {.qn = hj212_text_of(qn),
                              .st = hj212_text_of(r->st),
                              .pw = hj212_text_of(r->password),
                              .mn = hj212_text_of(r->mn),
                              .cn = cn,
                              .request = true,
                              .answer_wanted = true};
    if (text.failed)
        return PW_EFULL;
    if (cn == 1072)
        note_password(r, cp);
    spoil_head(p, &head);
    struct sm4 *key = hj212_must_encrypt_down(&p->profile, cn) ? r->peer.key : NULL;
    return hj212_write(&p->profile, &head, (struct hj212_text){cp, text.len}, key, r->frame,
                       sizeof r->frame, &r->frame_len);
}

static void send_command(struct reporter *r, size_t index, int cn, const char *template,
                         uint32_t burst)
{
    struct platform *p = r->platform;
    struct platform_asked *a = &r->asked[index];
    const struct hj212_ask_rules rules = {.over_time_ms = (int64_t)(p->plan->over_s * SECOND_MS),
                                          .resends = p->plan->resends};
    char qn[HJ212_QN_SIZE];
    r->asking = index;
    a->cn = cn;
    for (uint32_t i = 0; i < burst; i++) {
        a->sent++;
        if (write_command(r, cn, template, qn) != 0) {
            a->unanswered++;
            return;
        }
        platform_send(r->call, r->frame, r->frame_len);
    }
    if (hj212_ask_begin(&r->ask, hj212_text_of(qn), cn, is_notice(cn), &rules, mono_ms(p)) != 0)
        a->unanswered++;
}

void platform_ask_forget(struct reporter *r)
{
    r->asked[r->asking].unanswered += r->ask.state != HJ212_ASK_IDLE;
    hj212_ask_cancel(&r->ask);
}

static bool is_meant(const struct reporter *r, const struct sim_platform_command *c)
{
    return c->mn[0] == '\0' || strcmp(c->mn, r->mn) == 0;
}

static void begin_next(struct reporter *r)
{
    const struct sim_platform *plan = r->platform->plan;
    double t_s = platform_now_s(r->platform);
    if (r->owed_cn) {
        int cn = r->owed_cn;
        r->owed_cn = 0;
        send_command(r, plan->command_count, cn,
                     cn == 1014 ? "SKCreateTime={now}000;NewSK={key}" : "SystemTime={now}", 1);
        return;
    }
    for (size_t i = 0; i < plan->command_count; i++) {
        const struct sim_platform_command *c = &plan->commands[i];
        struct platform_asked *a = &r->asked[i];
        if (!is_meant(r, c) || t_s < a->due_s)
            continue;
        a->due_s = c->every_s > 0
                       ? a->due_s + c->every_s * (1 + floor((t_s - a->due_s) / c->every_s))
                       : INFINITY;
        send_command(r, i, c->cn, c->cp, c->burst);
        return;
    }
}

static void adopt_key(struct reporter *r)
{
    uint8_t key[SM4_KEY_SIZE];
    if (hj212_key_parse(hj212_text_of(r->next_key), key) != 0)
        return;
    if (r->peer.old_key != r->platform->key)
        sm4_free(r->peer.old_key);
    r->peer.old_key = r->peer.key;
    r->peer.key = sm4_new(key);
}

static void settle(struct reporter *r, int cn)
{
    if (cn == 1014)
        adopt_key(r);
    if (cn == 1072 && r->next_password[0]) {
        memcpy(r->old_password, r->password, sizeof r->old_password);
        memcpy(r->password, r->next_password, sizeof r->password);
    }
}

void platform_ask_tick(struct reporter *r)
{
    if (!r->call || r->call->closing)
        return;
    switch (hj212_ask_tick(&r->ask, mono_ms(r->platform))) {
    case HJ212_ASK_RESEND:
        r->asked[r->asking].resent++;
        platform_send(r->call, r->frame, r->frame_len);
        break;
    case HJ212_ASK_TIMEOUT:
        r->asked[r->asking].unanswered++;
        break;
    default:
        break;
    }
    if (r->ask.state == HJ212_ASK_IDLE)
        begin_next(r);
}

static void count_result(struct reporter *r, const struct hj212_packet *packet)
{
    bool is_end = packet->cn == 9012;
    int code;
    if ((packet->cn != 9011 && !is_end) ||
        hj212_packet_int(packet, is_end ? HJ212_EXE_RTN : HJ212_QN_RTN, &code) != 0 || code < 0 ||
        code >= RESULTS)
        return;
    r->results[is_end][code]++;
}

void platform_ask_input(struct reporter *r, const struct hj212_packet *packet)
{
    struct platform_asked *a = &r->asked[r->asking];
    int cn = r->ask.cn;
    count_result(r, packet);
    switch (hj212_ask_input(&r->ask, packet, mono_ms(r->platform))) {
    case HJ212_ASK_PROGRESS:
        a->qn_rtn = 1;
        break;
    case HJ212_ASK_DATA:
        a->records++;
        break;
    case HJ212_ASK_DONE:
        a->done++;
        a->exe_rtn = r->ask.result;
        if (r->ask.result == 1)
            settle(r, cn);
        break;
    case HJ212_ASK_REFUSED:
        a->refused++;
        a->qn_rtn = r->ask.result;
        break;
    default:
        break;
    }
}
