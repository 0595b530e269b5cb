/* The words of a message: an alarm by the template of a language, clean, signed, and with a first
 * part that is one short message. */
#ifndef ACQ_ALARM_TEXT_H
#define ACQ_ALARM_TEXT_H

#include "acq/alarm/book.h"
#include "acq/alarm/notice.h"

enum { ALARM_TEXT_MAX = 2000 };

/* An alarm that is raised, told again, escalated or over. out is emptied first. */
void alarm_text(const struct plant *plant, const struct alarm *a, enum notice_why why,
                enum person_language language, struct machine_now now, struct strbuf *out);
/* Any other text: cleaned and signed. */
void alarm_text_sign(const struct plant *plant, const char *text, struct strbuf *out);

#endif
