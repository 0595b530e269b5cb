/* The inner half of power_disk.h, shared by its sources: power_names.c holds files and names,
 * power_cut.c decides what a cut leaves, power_node.c is what SQLite's layer uses, power_disk.c the
 * file layer of the journal. Whoever calls these holds the disk's mutex. */
#ifndef TESTS_SUPPORT_POWER_PRIVATE_H
#define TESTS_SUPPORT_POWER_PRIVATE_H

#include "tests/support/power_disk.h"

#include <pthread.h>

enum { POWER_PATH_SIZE = 256, POWER_FDS_MAX = 64 };

struct power_text {
    uint8_t *data;
    size_t len, cap;
};

struct power_change {
    bool cuts; /* a truncation to offset */
    int64_t offset;
    size_t len;
    uint8_t *data;
};

struct power_node {
    bool folder;
    bool locked;
    struct power_text now, kept;
    struct power_change *changes; /* since the last sync */
    size_t change_count;
};

/* A name and what it has meant since its folder was synced: the first is sure. */
struct power_name {
    char path[POWER_PATH_SIZE];
    struct power_node **nodes;
    size_t count;
};

struct power_disk {
    struct files files;
    pthread_mutex_t mutex;
    uint64_t random;
    struct power_node **nodes;
    size_t node_count;
    struct power_name *names;
    size_t name_count;
    struct power_node *fds[POWER_FDS_MAX];
    uint64_t left; /* operations until the cut; 0: not armed */
    void (*on_cut)(void *ctx);
    void *ctx;
    struct power_disk *survivor;
};

/* Aborts instead of NULL. */
void *power_must(void *p);
/* A number below `below`. */
uint64_t power_draw(struct power_disk *d, uint64_t below);

void power_text_resize(struct power_text *t, size_t len);
void power_text_write(struct power_text *t, const void *data, size_t len, size_t offset);
void power_text_copy(struct power_text *to, const struct power_text *from);

struct power_node *power_add_node(struct power_disk *d, bool folder);
void power_drop_changes(struct power_node *n);
/* What the path means now, or NULL. */
struct power_node *power_node_of(struct power_disk *d, const char *path);
void power_set_name(struct power_disk *d, const char *path, struct power_node *node);
/* Whether path stands directly in folder. */
bool power_is_in(const char *path, const char *folder);
bool power_has_parent(struct power_disk *d, const char *path);
/* All that was written so far is sure. */
void power_settle(struct power_node *n);
/* A name with this content on a disk that nothing is pending on. */
void power_add_survivor(struct power_disk *to, const char *path, bool folder,
                        const struct power_text *text);
/* For qsort over names: folders come before what is in them. */
int power_by_path(const void *a, const void *b);

/* The power goes when the armed number is reached. */
void power_count_operation(struct power_disk *d);
/* The file of that path, made when its folder is there; NULL without one. */
struct power_node *power_create_locked(struct power_disk *d, const char *path, bool *out_new);

#endif
