#include "acq/app/ctl_private.h"

#include "acq/core/sm3.h"
#include "acq/core/utf8.h"
#include "protocols/sms/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TO_MAX = 200, TEXT_BYTES = 4096 };

static const int64_t GIVE_UP_MS = 3600000;

/* Digits behind an optional '+', or an address. */
static bool is_receiver(const char *to)
{
    size_t len = strlen(to);
    const char *digits = to + (*to == '+');
    bool is_number = strspn(digits, "0123456789") == strlen(digits) && strlen(digits) >= 3;
    const char *at = strchr(to, '@');
    bool is_address = at && at != to && at[1] && !strpbrk(to, " <>,;:\"()[]\\\r\n");
    return is_number ? len <= 20 : is_address && len <= TO_MAX;
}

static void list_gateways(const struct plant *plant, const char *via, struct notice *n)
{
    size_t count = 0;
    for (uint32_t i = 0; i < plant->gateway_count && count < NOTICE_GATEWAYS_MAX; i++)
        if (!via || strcmp(via, plant->gateways[i].id) == 0)
            n->gateways[count++] = plant->gateways[i].id;
}

static void make_key(struct app *a, const char *to, const char *text, char out[NOTICE_KEY_SIZE])
{
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    struct strbuf content;
    strbuf_init(&content, (size_t)TEXT_BYTES * 2);
    strbuf_addf(&content, "%s\n%s\n%" PRId64 "\n%" PRIu64, to, text, plant_time_at_ms(&a->time),
                ++a->last_token);
    sm3_once(strbuf_text(&content), content.len, digest);
    strbuf_deinit(&content);
    snprintf(out, NOTICE_KEY_SIZE, "%.32s", sm3_hex(digest, hex));
}

static void take(struct app *a, struct ctl_client *c, struct notice *n, struct strbuf *text)
{
    char key[NOTICE_KEY_SIZE];
    char subject[3 * TO_MAX];
    sms_text_shorten(text);
    n->key = key;
    n->text = strbuf_text(text);
    n->made_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
    n->give_up_ms = n->made_ms + GIVE_UP_MS;
    make_key(a, n->to, n->text, key);
    gateways_take_notice(a, n);
    snprintf(subject, sizeof subject, "%s %s", key, n->to);
    ctl_audit(a, c, "notify", plant_time_at_ms(&a->time), subject);
    strbuf_addf(&c->answer, "\"ok\":true,\"key\":\"%s\"", key);
}

enum ctl_wait ctl_notify(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *to = json_string(request, "to");
    const char *said = json_string(request, "text");
    struct notice n = {.why = NOTICE_TEST,
                       .priority = 3,
                       .alarm = "",
                       .person = "",
                       .to = to,
                       .subject = "Plumewatch",
                       .json = ""};
    if (!to || !is_receiver(to))
        return ctl_refuse(c, "/to: expected a number such as +8613800138000, or an address");
    if (!said || !*said || strlen(said) > TEXT_BYTES)
        return ctl_refuse(c, "/text: expected a text of at most 4096 bytes");
    list_gateways(a->plant, json_string(request, "via"), &n);
    if (!n.gateways[0])
        return ctl_refuse(c, a->plant->gateway_count ? "/via: there is no gateway of that id"
                                                     : "no gateway is configured");
    struct strbuf text;
    strbuf_init(&text, (size_t)4 * TEXT_BYTES);
    sms_text_clean(said, &text);
    take(a, c, &n, &text);
    strbuf_deinit(&text);
    return ctl_until_durable(a, c);
}
