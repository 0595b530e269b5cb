/* Values as text and what they say: numbers, times, packet numbers. The text stays what is stored;
 * these only read it. */
#ifndef PROTOCOLS_HJ212_VALUE_H
#define PROTOCOLS_HJ212_VALUE_H

#include "acq/core/err.h"
#include "protocols/hj212/text.h"

#include <stdint.h>

enum { HJ212_QN_SIZE = 18, HJ212_TIME_SIZE = 15 };

/* A decimal number, wholly: sign, leading zeros, a bare point before or behind digits and an
 * exponent are read. PW_ESYNTAX for anything else ("", "N", "-", "nan", "0x1F"). */
PW_MUST_CHECK int hj212_number(struct hj212_text t, double *out);
/* Digits only, at most nine of them. */
PW_MUST_CHECK int hj212_whole_number(struct hj212_text t, int *out);

/* YYYYMMDDhhmm, ...ss or ...sszzz (12, 14, 17 digits) of the field's civil time, zone_min minutes
 * east of UTC. PW_ESYNTAX for other lengths or a date that does not exist. */
PW_MUST_CHECK int hj212_time_parse(struct hj212_text t, int zone_min, int64_t *out_ms);
/* 14 digits, 17 digits; return out. */
const char *hj212_time_format(int64_t time_ms, int zone_min, char out[HJ212_TIME_SIZE]);
const char *hj212_qn_format(int64_t time_ms, int zone_min, char out[HJ212_QN_SIZE]);

/* Gives each packet of one sender its own QN, forwards even when the clock steps back. Keep last_ms
 * over a restart. */
struct hj212_qn {
    int64_t last_ms;
};

/* The greater of now and the last one plus 1 ms. */
int64_t hj212_qn_next(struct hj212_qn *q, int64_t now_ms);

#endif
