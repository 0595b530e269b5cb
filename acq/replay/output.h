/* What replay prints: one JSON object a line, as the export of a record has them too. */
#ifndef ACQ_REPLAY_OUTPUT_H
#define ACQ_REPLAY_OUTPUT_H

#include "acq/core/strbuf.h"

struct account;
struct finding;
struct flare_block;
struct mean;
struct object_state;
struct plant;
struct rate;

enum { OUTPUT_LINE_SIZE = 8192 };

/* {"type":"finding",...} or {"type":"mean",...} and a newline. */
void output_finding(const struct finding *f, const struct plant *plant, struct strbuf *out);
/* A single value, MEAN_REALTIME, is no line. */
void output_mean(const struct mean *m, const struct plant *plant, struct strbuf *out);
/* {"type":"state",...} */
void output_state(const struct object_state *s, const struct plant *plant, struct strbuf *out);
/* {"type":"flare",...} */
void output_flare(const struct flare_block *b, const struct plant *plant, struct strbuf *out);
/* {"type":"total",...}; nothing for one that is passing. */
void output_account(const struct account *a, const struct plant *plant, struct strbuf *out);
/* {"type":"rate",...}; likewise */
void output_rate(const struct rate *r, const struct plant *plant, struct strbuf *out);

#endif
