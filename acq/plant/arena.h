/* Memory that is taken piece by piece while a plant is loaded and given back all at once with it.
 * Running out of memory while loading stops the process, as nothing could be loaded then. */
#ifndef ACQ_PLANT_ARENA_H
#define ACQ_PLANT_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* Zeroed, aligned for any type; lives until arena_free(). size may be 0. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy with a NUL behind it. */
char *arena_copy(struct arena *a, const void *data, size_t len);
char *arena_strdup(struct arena *a, const char *text);
/* NULL is fine. */
void arena_free(struct arena *a);

#endif
