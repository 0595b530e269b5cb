/* Structured logs on stderr, one line each:
 *     2026-11-24T08:00:00.123Z warn  modbus   link=plc unit=3: timeout
 * Area, then key=value pairs, then the cause. debug: every frame; info: changes of state; warn: we
 * coped; error: data was lost or a human is needed. Measurements and secrets are never logged.
 * Callable from every thread; a line is written with one write(). A message whose format string
 * repeats more than 10 times within a minute is counted instead, and the count is told with the
 * next one that passes. */
#ifndef ACQ_CORE_LOG_H
#define ACQ_CORE_LOG_H

#include "acq/core/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);
/* "debug", "info", "warn", "error"; PW_EINVAL for another word. */
PW_MUST_CHECK int log_level_parse(const char *word, enum log_level *out);

void log_write(enum log_level level, const char *area, const char *format, ...) PW_PRINTF(3, 4);

#define log_debug(area, ...) log_write(LOG_DEBUG, area, __VA_ARGS__)
#define log_info(area, ...) log_write(LOG_INFO, area, __VA_ARGS__)
#define log_warn(area, ...) log_write(LOG_WARN, area, __VA_ARGS__)
#define log_error(area, ...) log_write(LOG_ERROR, area, __VA_ARGS__)

#endif
