#include "acq/core/log.h"

#include "acq/core/civil.h"
#include "acq/core/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REPEAT_SLOTS = 32, REPEAT_FREE = 10, REPEAT_WINDOW_MS = 60000, LINE_MAX_LEN = 1024 };

struct repeat {
    const char *format;
    int64_t since_ms;
    unsigned seen;
    unsigned held;
};

/* The one piece of shared state outside main: a process has one stderr. */
static struct {
    pthread_mutex_t lock;
    enum log_level level;
    struct repeat repeats[REPEAT_SLOTS];
} g_log = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO};

static const char *const level_words[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level level)
{
    pthread_mutex_lock(&g_log.lock);
    g_log.level = level;
    pthread_mutex_unlock(&g_log.lock);
}

int log_level_parse(const char *word, enum log_level *out)
{
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(word, level_words[i]) == 0) {
            *out = (enum log_level)i;
            return 0;
        }
    }
    return PW_EINVAL;
}

/* True when the line may be written; *held tells how many equal ones were kept back before it. */
static int pass_repeat(const char *format, int64_t now_ms, unsigned *held)
{
    struct repeat *slot = &g_log.repeats[((size_t)format >> 3) % REPEAT_SLOTS];
    *held = 0;
    if (slot->format != format || now_ms - slot->since_ms >= REPEAT_WINDOW_MS) {
        if (slot->format == format)
            *held = slot->held;
        *slot = (struct repeat){.format = format, .since_ms = now_ms, .seen = 1};
        return 1;
    }
    if (++slot->seen <= REPEAT_FREE)
        return 1;
    slot->held++;
    return 0;
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    const struct pw_clock *clock = pw_clock_system();
    int64_t mono_ms = pw_clock_mono_ms(clock);
    unsigned held = 0;

    pthread_mutex_lock(&g_log.lock);
    int pass = level >= g_log.level && (level == LOG_DEBUG || pass_repeat(format, mono_ms, &held));
    pthread_mutex_unlock(&g_log.lock);
    if (!pass)
        return;

    char when[CIVIL_ISO_SIZE];
    civil_format_iso(pw_clock_wall_ms(clock), 0, when);
    char line[LINE_MAX_LEN];
    int used = snprintf(line, sizeof line, "%s %-5s %-8s ", when, level_words[level], area);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + used, sizeof line - (size_t)used - 64, format, args);
    va_end(args);
    size_t room = sizeof line - (size_t)used - 64;
    size_t len = (size_t)used + (more < 0 ? 0 : (size_t)more < room ? (size_t)more : room - 1);
    for (size_t i = (size_t)used; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' ';
    if (held)
        len += (size_t)snprintf(line + len, 48, " (%u like it not shown)", held);
    line[len++] = '\n';
    /* Nothing can be done, and nobody told, when stderr itself fails. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}
