/* The tables of DATA/plumewatch.db (docs/journal-format.md, "The projection"). */
#ifndef ACQ_RECORD_SCHEMA_H
#define ACQ_RECORD_SCHEMA_H

#include <stddef.h>

/* CREATE statements; those of rates, and of what is seen of the books, are a text of their own. */
const char *schema_sql(void);
const char *schema_rates_sql(void);

/* Per table what verify compares: rows in the order of the primary key, from the first commit that
 * is still kept (parameter 1). */
struct schema_table {
    const char *name;
    const char *rows;
};
extern const struct schema_table schema_tables[];
extern const size_t schema_table_count;

/* The statements that the projection keeps prepared. */
enum schema_statement {
    SQL_META_SET,
    SQL_MEMBER_ADD,
    SQL_MEMBER_DROP,
    SQL_SEGMENT_ADD,
    SQL_SEGMENT_CLOSE,
    SQL_SEGMENT_REMOVE,
    SQL_LINE_ADD,
    SQL_LINE_DROP,
    SQL_FINDING_DROP,
    SQL_CURSOR_DROP,
    SQL_FINDING_SET,
    SQL_TOTAL_SET,
    SQL_TOTAL_EXPIRE,
    SQL_RATE_SET,
    SQL_MARK_SET,
    SQL_MARK_FIND,
    SQL_MARK_WITHDRAW,
    SQL_CURSOR_SET,
    SQL_GAP_ADD,
    SQL_GAP_FIND,
    SQL_GAP_UNTOLD,
    SQL_GAP_TOLD,
    SQL_SERIES_FIND,
    SQL_SERIES_ADD,
    SQL_MEAN_SET,
    SQL_MONTH_ADD,
    SQL_MONTH_EXPIRE,
    SQL_HOUR_EXPIRE,
    SQL_FINDING_EXPIRE,
    SQL_LINE_EXPIRE,
    SQL_COUNT
};
const char *schema_statement_sql(enum schema_statement s);

#endif
