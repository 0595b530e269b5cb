/* Helpers of the unit tests: temporary directories and whole files. */
#ifndef TESTS_SUPPORT_SUPPORT_H
#define TESTS_SUPPORT_SUPPORT_H

#include <stddef.h>

/* A new empty directory below $TMPDIR. Give it to support_remove_dir(), which deletes and frees. */
char *support_temp_dir(void);
void support_remove_dir(char *path);

/* The whole file, NUL behind its last byte; caller frees with free(). NULL when it cannot be
 * opened. */
char *support_read_file(const char *path, size_t *out_len);

#endif
