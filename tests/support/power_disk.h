/* A disk in memory that can lose its power. What was written is readable at once, but only what was
 * synced is sure to be there after a cut: each write, truncation, new name, rename and removal that
 * was not synced is kept, lost or torn by itself, in any order. The same disk serves the journal
 * (power_disk_files()) and SQLite (power_vfs.h). Any thread. */
#ifndef TESTS_SUPPORT_POWER_DISK_H
#define TESTS_SUPPORT_POWER_DISK_H

#include "acq/record/files.h"

#include <stdbool.h>
#include <stdint.h>

struct power_disk;
struct power_node;

/* An empty disk. */
struct power_disk *power_disk_new(uint64_t seed);
void power_disk_free(struct power_disk *d);
/* The same disk as it would be after a clean unmount. */
struct power_disk *power_disk_clone(const struct power_disk *d, uint64_t seed);

/* The file layer over it; lives as long as the disk. */
const struct files *power_disk_files(struct power_disk *d);

/* At the operation number `after` from now the power goes: what is left then is kept aside, on_cut
 * is called on the thread of that operation, and this disk goes on as if nothing had happened. */
void power_disk_arm(struct power_disk *d, uint64_t after, void (*on_cut)(void *ctx), void *ctx);
/* What was left at the cut, the caller's; without a cut so far the power goes now. */
struct power_disk *power_disk_take_survivor(struct power_disk *d);

/* Writes every file below root into a folder of the real disk. */
void power_disk_export(struct power_disk *d, const char *root, const char *to);
/* Bytes in all files whose path begins so. */
uint64_t power_disk_bytes_below(struct power_disk *d, const char *prefix);

/* For the SQLite layer. A node stays valid as long as the disk. */
struct power_node *power_disk_find(struct power_disk *d, const char *path);
struct power_node *power_disk_create(struct power_disk *d, const char *path, bool *out_new);
/* One without a name. */
struct power_node *power_disk_scratch(struct power_disk *d);
size_t power_node_read(struct power_disk *d, struct power_node *n, void *data, size_t len,
                       int64_t offset);
void power_node_write(struct power_disk *d, struct power_node *n, const void *data, size_t len,
                      int64_t offset);
void power_node_truncate(struct power_disk *d, struct power_node *n, int64_t size);
void power_node_sync(struct power_disk *d, struct power_node *n);
int64_t power_node_size(struct power_disk *d, struct power_node *n);

#endif
