#include "acq/deliver/anchor_private.h"

#include "acq/loop/mail.h"

#include <inttypes.h>
#include <stdio.h>

enum { SUBJECT_SIZE = 160, TEXT_SIZE = 1200 };

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct anchor_item *item = ctx;
    char why[ANCHOR_ERROR_SIZE] = "";
    item->mail = NULL;
    if (item->owner->closing)
        return;
    if (answer->error)
        snprintf(why, sizeof why, "%s", answer->error_text);
    anchor_done(item, why);
}

static void write_text(const struct anchor_item *item, char out[TEXT_SIZE])
{
    const struct anchors *a = item->owner;
    char line[ANCHOR_TEXT_SIZE];
    char name[ANCHOR_NAME_SIZE];
    snprintf(out, TEXT_SIZE,
             "The record of plant %s ends with\n\n%s\n\nKeep this letter. Later,\n\n"
             "plumewatch verify --data DIR --anchor %s\n\nproves whether everything up to it is "
             "still what it was.%s",
             a->options.plant->server.plant, anchor_format(&item->head, line),
             anchor_name(&item->head, name),
             *item->head.signature
                 ? "\nThe text behind the digest is the plant's SM2 signature over what stands "
                   "before it."
                 : "");
}

int anchor_mail_begin(struct anchor_item *item)
{
    const struct plant_anchor *config = item->config;
    const struct anchors_options *o = &item->owner->options;
    char subject[SUBJECT_SIZE];
    char text[TEXT_SIZE];
    snprintf(subject, sizeof subject, "Plumewatch %s: anchor %" PRIu64, o->plant->server.plant,
             item->head.seq);
    write_text(item, text);
    struct mail mail = {.url = config->smtp,
                        .starttls = config->tls == ANCHOR_STARTTLS,
                        .user = config->user,
                        .password = config->password,
                        .ca_file = config->tls_ca_file,
                        .from = config->from,
                        .to = config->to,
                        .subject = subject,
                        .text = text,
                        .time_ms = item->head.time_ms,
                        .timeout_ms = config->timeout_s * 1000};
    return mail_send(o->http, &mail, on_answer, item, &item->mail);
}

void anchor_mail_cancel(struct anchor_item *item)
{
    if (item->mail)
        http_cancel(item->mail);
    item->mail = NULL;
}
