#include "acq/replay/feed_private.h"

#include <stdlib.h>
#include <string.h>

void configs_deinit(struct configs *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i].text);
    free(c->items);
    *c = (struct configs){0};
}

const char *configs_find(const struct configs *c, const char *digest)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->items[i].digest, digest) == 0)
            return c->items[i].text;
    return NULL;
}

int configs_keep(struct configs *c, const char *digest, const char *text)
{
    if (strlen(digest) != SM3_HEX_SIZE - 1)
        return PW_ESYNTAX;
    if (configs_find(c, digest))
        return 0;
    struct config_text *more = realloc(c->items, (c->count + 1) * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    c->items = more;
    struct config_text *item = &c->items[c->count];
    memcpy(item->digest, digest, SM3_HEX_SIZE);
    item->text = strdup(text);
    if (!item->text)
        return PW_ENOMEM;
    c->count++;
    return 0;
}
