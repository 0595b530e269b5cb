/* SQLite on a power_disk: a VFS that keeps its files there. */
#ifndef TESTS_SUPPORT_POWER_VFS_H
#define TESTS_SUPPORT_POWER_VFS_H

#include "tests/support/power_disk.h"

/* Databases that are opened from now on stand on d, as SQLite's default; NULL: on the real disk
 * again. */
void power_vfs_use(struct power_disk *d);

#endif
