/* `plumewatch backup` and `plumewatch restore`: the record in another directory, made beside a
 * running server, and back into an empty one. A copy has the layout of a data directory:
 *     TO/plumewatch.json, TO/archive/..., TO/plumewatch.db, TO/config/DIGEST.json, TO/backup.json
 */
#ifndef ACQ_RECORD_BACKUP_H
#define ACQ_RECORD_BACKUP_H

#include "acq/core/err.h"

#include <stdint.h>
#include <stdio.h>

/* Copies the segments, each only when it is not there already with the same digest (so a backup
 * that was interrupted goes on, and the next one copies what is new), of the open one what is a
 * whole commit; SQLite by its backup interface; the text of the configuration in force. Writes
 * sentences to out. PW_EFOREIGN when `to` holds another plant's record, PW_ECORRUPT when the source
 * is damaged, PW_EIO. */
PW_MUST_CHECK int record_backup(const char *data_dir, const char *to, int64_t now_ms, FILE *out);

/* Copies a backup into data_dir, which must be missing or empty, checking the digest of each
 * segment, and then verifies it. PW_EEXIST when data_dir is not empty. */
PW_MUST_CHECK int record_restore(const char *from, const char *data_dir, FILE *out);

#endif
