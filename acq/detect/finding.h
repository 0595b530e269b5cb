/* A finding's identity and its text: one writer for the journal, the API and replay, so that all
 * three say the same. */
#ifndef ACQ_DETECT_FINDING_H
#define ACQ_DETECT_FINDING_H

#include "acq/core/strbuf.h"
#include "acq/detect/detector.h"

enum { FINDING_ID_SIZE = 17 };

/* 16 hex digits from content: kind, object, part, start. Never a counter, never chance, so that a
 * replay gives the same. Returns out. */
const char *finding_id(const struct finding *f, char out[FINDING_ID_SIZE]);

/* The members of the finding's JSON object, without braces and without "type" (interfaces,
 * "Replay"): "id":...,"kind":...,"site":...,"object":...,"state":... Times with the plant's offset.
 */
void finding_write_members(const struct finding *f, int zone_offset_min, struct strbuf *out);

/* One sentence for a log or a terminal:
 * "limit DA001 a21026: 52.3 above 35 since 2026-11-24T16:00:05.000+08:00, closed after 12 s". */
void finding_write_sentence(const struct finding *f, int zone_offset_min, struct strbuf *out);

#endif
