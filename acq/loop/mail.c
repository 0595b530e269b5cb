#include "acq/loop/mail.h"

#include "acq/core/sm3.h"
#include "acq/core/strbuf.h"
#include "acq/loop/http_private.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { MAIL_MAX = 1 << 20, CONNECT_MAX_MS = 10000 };

/* RFC 5322, 3.3; the C locale's names. */
static void add_date(struct strbuf *b, int64_t time_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm t = {0};
    gmtime_r(&seconds, &t);
    strbuf_addf(b, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
                months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* Unlike any other letter: over what makes this one. */
static void add_message_id(struct strbuf *b, const struct mail *m)
{
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    struct strbuf all;
    strbuf_init(&all, MAIL_MAX);
    strbuf_addf(&all, "%" PRId64 "\n%s\n%s\n", m->time_ms, m->from, m->subject);
    strbuf_adds(&all, m->text);
    sm3_once(strbuf_text(&all), all.len, digest);
    const char *domain = strchr(m->from, '@');
    strbuf_addf(b, "Message-ID: <%.32s%s>\r\n", sm3_hex(digest, hex),
                domain ? domain : "@localhost");
    strbuf_deinit(&all);
}

static void add_receivers(struct strbuf *b, const char *const *to)
{
    for (const char *const *t = to; *t; t++) {
        strbuf_adds(b, t == to ? "To: " : ",\r\n ");
        strbuf_adds(b, *t);
    }
    strbuf_adds(b, "\r\n");
}

static struct bytes *write_letter(const struct mail *m)
{
    struct strbuf b;
    strbuf_init(&b, MAIL_MAX);
    add_date(&b, m->time_ms);
    strbuf_addf(&b, "From: %s\r\n", m->from);
    add_receivers(&b, m->to);
    strbuf_addf(&b, "Subject: %s\r\n", m->subject);
    add_message_id(&b, m);
    strbuf_adds(&b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n");
    for (const char *p = m->text; *p; p++) {
        if (*p == '\n')
            strbuf_addc(&b, '\r');
        strbuf_addc(&b, *p);
    }
    strbuf_adds(&b, "\r\n");
    struct bytes *letter = b.failed ? NULL : bytes_new(strbuf_text(&b), b.len);
    strbuf_deinit(&b);
    return letter;
}

static size_t on_read(char *out, size_t size, size_t count, void *ctx)
{
    struct http_call *call = ctx;
    size_t left = bytes_len(call->body) - call->body_sent;
    size_t taken = left < size * count ? left : size * count;
    memcpy(out, bytes_data(call->body) + call->body_sent, taken);
    call->body_sent += taken;
    return taken;
}

static bool set_receivers(struct http_call *call, const char *const *to)
{
    bool good = true;
    for (; good && *to; to++)
        good = http_call_add_header(call, *to);
    return good && curl_easy_setopt(call->easy, CURLOPT_MAIL_RCPT, call->headers) == CURLE_OK;
}

static bool set_letter(struct http_call *call, const struct mail *m)
{
    CURL *e = call->easy;
    long use_ssl = m->starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE;
    call->body = write_letter(m);
    return call->body && set_receivers(call, m->to) &&
           curl_easy_setopt(e, CURLOPT_USE_SSL, use_ssl) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_MAIL_FROM, m->from) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_READDATA, call) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           http_call_set_login(call, m->user, m->password);
}

int mail_send(struct http_client *c, const struct mail *mail,
              void (*on_done)(void *ctx, const struct http_answer *answer), void *ctx,
              struct http_call **out)
{
    uint32_t connect_ms = mail->timeout_ms < CONNECT_MAX_MS ? mail->timeout_ms : CONNECT_MAX_MS;
    struct http_call *call = http_call_new(c, on_done, ctx);
    if (!call)
        return PW_ENOMEM;
    if (!http_call_set(call, mail->url, "smtp,smtps", mail->ca_file, mail->timeout_ms,
                       connect_ms) ||
        !set_letter(call, mail)) {
        http_call_free(call);
        return PW_ENOMEM;
    }
    return http_call_start(call, out);
}
