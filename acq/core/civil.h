/* Civil time without the C library's zone: proleptic Gregorian calendar, fixed offsets, no
 * environment, no global state. All instants are ms since 1970-01-01T00:00Z. */
#ifndef ACQ_CORE_CIVIL_H
#define ACQ_CORE_CIVIL_H

#include "acq/core/err.h"

#include <stddef.h>
#include <stdint.h>

enum { CIVIL_ISO_SIZE = 32 };

struct civil {
    int year;  /* 1970..9999 */
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second, ms;
};

void civil_from_ms(int64_t time_ms, int offset_min, struct civil *out);
/* Fields out of their range give PW_EINVAL. */
PW_MUST_CHECK int civil_to_ms(const struct civil *c, int offset_min, int64_t *out);

/* "2026-11-24T08:00:00.123Z", or with an offset "2026-11-24T16:00:00.123+08:00". */
void civil_format_iso(int64_t time_ms, int offset_min, char out[CIVIL_ISO_SIZE]);
/* ISO 8601 with "Z" or an offset, fraction optional; or epoch milliseconds as digits. The whole
 * text must be used, else PW_ESYNTAX. */
PW_MUST_CHECK int civil_parse(const char *text, int64_t *out);

/* "Asia/Shanghai", "UTC", "+08:00": zones with a fixed offset only, in minutes east. PW_EINVAL for
 * any other (a zone with daylight saving has hours that exist twice). */
PW_MUST_CHECK int civil_zone_parse(const char *name, int *out_offset_min);

#endif
