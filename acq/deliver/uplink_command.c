#include "acq/deliver/uplink_session_private.h"

#include "protocols/hj212/crypt.h"

#include <stdio.h>
#include <string.h>

enum {
    REALTIME_LEAST_S = 30, /* 2017 table 4: 30 to 3600 */
    REALTIME_MOST_S = 3600,
    TIMEOUT_MOST_S = 99,
    RESENDS_MOST = 99,
    MINUTE_MS = 60000
};

/* Does one command: UPLINK_SUCCESS and so on; 0: its end is still to come. */
typedef int command_fn(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms);

static int reply_int(struct uplink_session *s, enum hj212_field field, int value)
{
    char text[64];
    struct hj212_cp cp;
    hj212_cp_init(&cp, &s->profile, text, sizeof text);
    hj212_cp_int(&cp, "", field, value);
    return uplink_session_reply(s, &cp) == 0 ? UPLINK_SUCCESS : UPLINK_FAULT;
}

/* What s->next says is kept, then in force. */
static int keep(struct uplink_session *s, bool secret)
{
    s->asked.is_kept = true;
    s->ops.keep(s->ops.ctx, &s->next, secret);
    return 0;
}

/* of_analyser: a PolId asks for an instrument's own clock, which we do not have. */
static bool of_analyser(const struct uplink_request *r)
{
    return hj212_packet_find(r->packet, HJ212_POL_ID) != NULL;
}

static int get_clock(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    char text[64];
    struct hj212_cp cp;
    if (of_analyser(r))
        return UPLINK_WRONG_CONDITION;
    hj212_cp_init(&cp, &s->profile, text, sizeof text);
    hj212_cp_time(&cp, "", HJ212_SYSTEM_TIME, utc_ms);
    return uplink_session_reply(s, &cp) == 0 ? UPLINK_SUCCESS : UPLINK_FAULT;
}

static int set_clock(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    int64_t time_ms;
    (void)utc_ms;
    if (of_analyser(r) ||
        hj212_packet_time(r->packet, HJ212_SYSTEM_TIME, s->profile.zone_min, &time_ms) != 0)
        return UPLINK_WRONG_CONDITION;
    return s->ops.set_clock(s->ops.ctx, time_ms);
}

static int set_timeouts(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    int over = 0;
    int count = 0;
    (void)utc_ms;
    if (hj212_packet_int(r->packet, HJ212_OVER_TIME, &over) != 0 ||
        hj212_packet_int(r->packet, HJ212_RE_COUNT, &count) != 0 || over < 1 ||
        over > TIMEOUT_MOST_S || count < 0 || count > RESENDS_MOST)
        return UPLINK_WRONG_CONDITION;
    s->next.timeout_s = (uint32_t)over;
    s->next.resends = (uint32_t)count;
    return keep(s, false);
}

static int get_realtime(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    (void)r;
    (void)utc_ms;
    return reply_int(s, HJ212_RTD_INTERVAL, (int)s->settings.realtime_s);
}

static int set_realtime(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    int seconds = 0;
    (void)utc_ms;
    if (hj212_packet_int(r->packet, HJ212_RTD_INTERVAL, &seconds) != 0 ||
        seconds < REALTIME_LEAST_S || seconds > REALTIME_MOST_S)
        return UPLINK_WRONG_CONDITION;
    s->next.realtime_s = (uint32_t)seconds;
    return keep(s, false);
}

static int get_minute(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    (void)r;
    (void)utc_ms;
    if (s->settings.minute_min == 0)
        return UPLINK_NO_DATA;
    return reply_int(s, HJ212_MIN_INTERVAL, (int)s->settings.minute_min);
}

static int set_minute(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    static const int good[] = {1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30};
    int minutes = 0;
    (void)utc_ms;
    if (hj212_packet_int(r->packet, HJ212_MIN_INTERVAL, &minutes) != 0)
        return UPLINK_WRONG_CONDITION;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (good[i] != minutes)
            continue;
        s->next.minute_min = (uint32_t)minutes;
        return keep(s, false);
    }
    return UPLINK_WRONG_CONDITION;
}

static int set_password(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    bool old = s->profile.edition == HJ212_2005;
    const struct hj212_item *item = hj212_packet_find(r->packet, old ? HJ212_PW : HJ212_NEW_PW);
    (void)utc_ms;
    if (!item || item->value.len == 0 || item->value.len >= UPLINK_PW_SIZE ||
        hj212_field_check(s->profile.edition, item->field, item->value) != 0)
        return UPLINK_WRONG_CONDITION;
    snprintf(s->next.password, sizeof s->next.password, "%.*s", (int)item->value.len,
             item->value.at);
    return keep(s, true);
}

static int set_key(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    const struct hj212_item *item = hj212_packet_find(r->packet, HJ212_NEW_SK);
    uint8_t key[SM4_KEY_SIZE];
    if (!s->key || !item || hj212_key_parse(item->value, key) != 0)
        return UPLINK_WRONG_CONDITION;
    explicit_bzero(key, sizeof key);
    memcpy(s->next.old_key, s->settings.key, sizeof s->next.old_key);
    snprintf(s->next.key, sizeof s->next.key, "%.*s", (int)item->value.len, item->value.at);
    s->next.key_since_ms = utc_ms;
    s->next.old_until_ms = utc_ms + (int64_t)s->profile.key_grace_min * MINUTE_MS;
    return keep(s, true);
}

static int start_realtime(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    (void)r;
    (void)utc_ms;
    s->next.realtime_on = true;
    return keep(s, false);
}

static int stop_realtime(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    (void)r;
    (void)utc_ms;
    s->next.realtime_on = false;
    return keep(s, false);
}

static int start_states(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    (void)r;
    (void)utc_ms;
    s->next.states_on = true;
    return keep(s, false);
}

static int stop_states(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    (void)r;
    (void)utc_ms;
    s->next.states_on = false;
    return keep(s, false);
}

static command_fn *find(const struct uplink_request *r)
{
    static const struct {
        int cn;
        command_fn *run;
    } table[] = {
        {1000, set_timeouts}, {1011, get_clock},      {1012, set_clock},     {1014, set_key},
        {1061, get_realtime}, {1062, set_realtime},   {1063, get_minute},    {1064, set_minute},
        {1072, set_password}, {2011, start_realtime}, {2012, stop_realtime}, {2021, start_states},
        {2022, stop_states},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].cn == r->cn && !hj212_packet_find(r->packet, HJ212_BEGIN_TIME))
            return table[i].run;
    return NULL;
}

int uplink_do_command(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms)
{
    command_fn *run = find(r);
    s->next = s->settings;
    if (run)
        return run(s, r, utc_ms);
    s->asked.is_handled = true;
    return s->ops.handle(s->ops.ctx, r);
}

void uplink_session_kept(struct uplink_session *s, int err, int64_t utc_ms)
{
    bool notice = s->asked.cn == 2012 || s->asked.cn == 2022;
    if (!s->asked.is_kept)
        return;
    s->asked.is_kept = false;
    if (!err) {
        bool new_key = strcmp(s->settings.key, s->next.key) != 0;
        s->settings = s->next;
        if (new_key)
            uplink_bind_keys(s, utc_ms);
    }
    explicit_bzero(&s->next, sizeof s->next);
    if (notice)
        s->asked = (struct uplink_asked){0};
    else
        uplink_session_finish(s, err ? UPLINK_FAULT : UPLINK_SUCCESS);
}
