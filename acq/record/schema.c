#include "acq/record/schema.h"

#include "acq/record/mean_sql.h"

const char *schema_sql(void)
{
    return "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
           "CREATE TABLE member(seq INTEGER NOT NULL, kind TEXT NOT NULL, segment TEXT NOT NULL,"
           " offset INTEGER NOT NULL, stored INTEGER NOT NULL, plain INTEGER NOT NULL,"
           " lines INTEGER NOT NULL, time_min INTEGER, time_max INTEGER,"
           " PRIMARY KEY(seq, kind)) WITHOUT ROWID;"
           "CREATE TABLE segment(day TEXT PRIMARY KEY, first_seq INTEGER NOT NULL,"
           " last_seq INTEGER NOT NULL, first_prev TEXT NOT NULL, head TEXT NOT NULL,"
           " time_min INTEGER, time_max INTEGER, bytes INTEGER NOT NULL,"
           " lines_r INTEGER NOT NULL, lines_d INTEGER NOT NULL, lines_j INTEGER NOT NULL,"
           " closed INTEGER NOT NULL, removed_at INTEGER, removed_rule TEXT) WITHOUT ROWID;"
           "CREATE TABLE line(seq INTEGER NOT NULL, idx INTEGER NOT NULL, type TEXT NOT NULL,"
           " at INTEGER NOT NULL, json TEXT NOT NULL, held INTEGER NOT NULL,"
           " PRIMARY KEY(seq, idx)) WITHOUT ROWID;"
           "CREATE INDEX line_type ON line(type, seq);"
           "CREATE INDEX line_held ON line(held) WHERE held <> seq;"
           "CREATE TABLE finding(id TEXT PRIMARY KEY, kind TEXT, site TEXT, object TEXT,"
           " state TEXT, start_ms INTEGER, raised_ms INTEGER, end_ms INTEGER,"
           " seq INTEGER NOT NULL, json TEXT NOT NULL, held INTEGER NOT NULL) WITHOUT ROWID;"
           "CREATE INDEX finding_start ON finding(start_ms);"
           "CREATE TABLE total(outlet TEXT NOT NULL, factor TEXT NOT NULL, period TEXT NOT NULL,"
           " site TEXT NOT NULL, start_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
           " seq INTEGER NOT NULL, revision INTEGER NOT NULL, closed INTEGER NOT NULL,"
           " hours INTEGER NOT NULL, stopped INTEGER NOT NULL, due INTEGER NOT NULL,"
           " received INTEGER NOT NULL, valid INTEGER NOT NULL, outside INTEGER NOT NULL,"
           " judged INTEGER, compliant INTEGER,"
           " cou REAL, cou_substituted REAL, substituted_hours INTEGER, missing_hours INTEGER,"
           " method TEXT, capture REAL, equivalents REAL, permit REAL, exhausted_ms INTEGER,"
           " PRIMARY KEY(outlet, factor, period, start_ms)) WITHOUT ROWID;"
           "CREATE TABLE mark(id TEXT PRIMARY KEY, object TEXT NOT NULL, factor TEXT NOT NULL,"
           " class TEXT NOT NULL, mark_kind TEXT NOT NULL, start_ms INTEGER, end_ms INTEGER,"
           " by TEXT NOT NULL, who TEXT NOT NULL, declared_ms INTEGER NOT NULL,"
           " late INTEGER NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL,"
           " withdrawn_ms INTEGER) WITHOUT ROWID;"
           "CREATE INDEX mark_start ON mark(start_ms);"
           "CREATE TABLE cursor(target TEXT PRIMARY KEY, seq INTEGER NOT NULL,"
           " json TEXT NOT NULL) WITHOUT ROWID;"
           "CREATE TABLE gap(segment TEXT NOT NULL, from_offset INTEGER NOT NULL,"
           " to_offset INTEGER NOT NULL, after_seq INTEGER NOT NULL, next_seq INTEGER NOT NULL,"
           " told_seq INTEGER, PRIMARY KEY(segment, from_offset)) WITHOUT ROWID;" MEAN_SQL_SERIES
           "CREATE TABLE mean(series INTEGER NOT NULL, period TEXT NOT NULL, " MEAN_SQL_DEFINITIONS
           ", PRIMARY KEY(series, period, start_ms, revision)) WITHOUT ROWID;"
           "CREATE TABLE month(name TEXT PRIMARY KEY, first_seq INTEGER NOT NULL,"
           " removed_at INTEGER) WITHOUT ROWID;";
}

const char *schema_rates_sql(void)
{
    return "CREATE TABLE rate(object TEXT NOT NULL, what TEXT NOT NULL, factor TEXT NOT NULL,"
           " period TEXT NOT NULL, site TEXT NOT NULL, start_ms INTEGER NOT NULL,"
           " until_ms INTEGER NOT NULL, seq INTEGER NOT NULL, revision INTEGER NOT NULL,"
           " closed INTEGER NOT NULL, rate REAL, part REAL NOT NULL, whole REAL NOT NULL,"
           " due INTEGER NOT NULL, known INTEGER NOT NULL, starts INTEGER, on_time INTEGER,"
           " PRIMARY KEY(object, what, factor, period, start_ms)) WITHOUT ROWID;"
           /* The books of all inputs of an outlet, and of all outlets of a site (outlet ''). */
           "CREATE VIEW transmission AS"
           " SELECT site, outlet, period, start_ms, max(until_ms) AS until_ms,"
           " min(closed) AS closed,"
           " sum(due) AS due, sum(received) AS received, sum(valid) AS valid,"
           " sum(outside) AS outside FROM total WHERE period <> 'hour'"
           " GROUP BY site, outlet, period, start_ms"
           " UNION ALL SELECT site, '', period, start_ms, max(until_ms), min(closed), sum(due),"
           " sum(received), sum(valid), sum(outside) FROM total WHERE period <> 'hour'"
           " GROUP BY site, period, start_ms;";
}

const struct schema_table schema_tables[] = {
    {"meta", "SELECT * FROM meta WHERE ?1 >= 0 AND key <> 'minute_series_max' ORDER BY key"},
    {"member", "SELECT * FROM member WHERE seq >= ?1 ORDER BY seq, kind"},
    {"segment", "SELECT day, first_seq, last_seq, first_prev, head, time_min, time_max, lines_r,"
                " lines_d, lines_j, closed, removed_at, removed_rule,"
                /* The size of a closed one shrinks when it is compressed better. */
                " CASE WHEN closed THEN 0 ELSE bytes END AS bytes"
                " FROM segment WHERE ?1 >= 0 ORDER BY day"},
    {"line", "SELECT * FROM line WHERE held >= ?1 ORDER BY seq, idx"},
    {"finding", "SELECT * FROM finding WHERE held >= ?1 ORDER BY id"},
    {"total", "SELECT * FROM total WHERE seq >= ?1 ORDER BY outlet, factor, period, start_ms"},
    {"rate", "SELECT * FROM rate WHERE seq >= ?1 ORDER BY object, what, factor, period, start_ms"},
    {"mark", "SELECT * FROM mark WHERE seq >= ?1 ORDER BY id"},
    {"cursor", "SELECT * FROM cursor WHERE seq >= ?1 ORDER BY target"},
    {"mean", "SELECT s.outlet, s.factor, s.source, s.site, m.* FROM (SELECT series AS id, "
             "period, " MEAN_SQL_NAMES " FROM mean) m JOIN series s USING(id) WHERE m.seq >= ?1"
             " ORDER BY s.outlet, s.factor, s.source, s.site, m.period, m.start_ms, m.revision"},
    {"month", "SELECT * FROM month WHERE ?1 <= 1 ORDER BY name"},
    {"gap", "SELECT * FROM gap WHERE ?1 >= 0 ORDER BY segment, from_offset"},
};
const size_t schema_table_count = sizeof schema_tables / sizeof schema_tables[0];

const char *schema_statement_sql(enum schema_statement s)
{
    static const char *const sql[SQL_COUNT] = {
        [SQL_META_SET] = "INSERT INTO meta VALUES(?1, ?2)"
                         " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        [SQL_MEMBER_ADD] = "INSERT INTO member VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [SQL_MEMBER_DROP] = "DELETE FROM member WHERE segment = ?1",
        [SQL_SEGMENT_ADD] =
            "INSERT INTO segment VALUES(?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, NULL, NULL)"
            " ON CONFLICT(day) DO UPDATE SET last_seq = excluded.last_seq, head = excluded.head,"
            " time_min = min(ifnull(time_min, excluded.time_min),"
            "                ifnull(excluded.time_min, time_min)),"
            " time_max = max(ifnull(time_max, excluded.time_max),"
            "                ifnull(excluded.time_max, time_max)),"
            " bytes = excluded.bytes, lines_r = lines_r + excluded.lines_r,"
            " lines_d = lines_d + excluded.lines_d, lines_j = lines_j + excluded.lines_j",
        [SQL_SEGMENT_REMOVE] =
            "INSERT INTO segment VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12, ?13)"
            " ON CONFLICT(day) DO UPDATE SET removed_at = excluded.removed_at,"
            " removed_rule = excluded.removed_rule",
        [SQL_SEGMENT_CLOSE] = "UPDATE segment SET closed = 1 WHERE day = ?1",
        [SQL_LINE_ADD] = "INSERT INTO line VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
                         " ON CONFLICT(seq, idx) DO UPDATE SET held = excluded.held",
        [SQL_LINE_DROP] = "DELETE FROM line WHERE (seq BETWEEN ?1 AND ?2 AND held = seq)"
                          " OR (held <> seq AND held BETWEEN ?1 AND ?2)",
        [SQL_FINDING_DROP] = "DELETE FROM finding WHERE held BETWEEN ?1 AND ?2",
        [SQL_CURSOR_DROP] = "DELETE FROM cursor WHERE seq BETWEEN ?1 AND ?2",
        [SQL_FINDING_SET] =
            "INSERT INTO finding VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
            " ON CONFLICT(id) DO UPDATE SET kind = excluded.kind, site = excluded.site,"
            " object = excluded.object, state = excluded.state, start_ms = excluded.start_ms,"
            " raised_ms = excluded.raised_ms, end_ms = excluded.end_ms, seq = excluded.seq,"
            " json = excluded.json, held = excluded.held WHERE excluded.seq >= finding.seq",
        [SQL_TOTAL_SET] =
            "INSERT OR REPLACE INTO total VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
            " ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
        [SQL_RATE_SET] =
            "INSERT OR REPLACE INTO rate VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
            " ?13, ?14, ?15, ?16, ?17)",
        [SQL_TOTAL_EXPIRE] = "DELETE FROM total WHERE period = 'hour' AND start_ms < ?1",
        [SQL_MARK_FIND] = "SELECT 1 FROM mark WHERE id = ?1",
        [SQL_MARK_SET] =
            "INSERT INTO mark VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL)"
            " ON CONFLICT(id) DO UPDATE SET start_ms = excluded.start_ms,"
            " end_ms = excluded.end_ms, who = excluded.who, declared_ms = excluded.declared_ms,"
            " late = excluded.late, seq = excluded.seq, json = excluded.json, withdrawn_ms = NULL",
        /* The row stays that of its declaration, so that a rebuild of what is kept is equal. */
        [SQL_MARK_WITHDRAW] = "UPDATE mark SET withdrawn_ms = ?1 WHERE id = ?2",
        [SQL_CURSOR_SET] = "INSERT INTO cursor VALUES(?1, ?2, ?3)"
                           " ON CONFLICT(target) DO UPDATE SET seq = excluded.seq,"
                           " json = excluded.json",
        [SQL_GAP_ADD] = "INSERT INTO gap VALUES(?1, ?2, ?3, ?4, ?5, NULL)"
                        " ON CONFLICT(segment, from_offset) DO NOTHING",
        [SQL_GAP_FIND] = "SELECT to_offset FROM gap WHERE segment = ?1 AND from_offset = ?2",
        [SQL_GAP_UNTOLD] = "SELECT segment, from_offset, to_offset, after_seq, next_seq FROM gap"
                           " WHERE told_seq IS NULL ORDER BY segment, from_offset",
        [SQL_GAP_TOLD] = "INSERT INTO gap VALUES(?2, ?3, ?4, ?5, ?6, ?1)"
                         " ON CONFLICT(segment, from_offset) DO UPDATE SET told_seq ="
                         " min(ifnull(told_seq, excluded.told_seq), excluded.told_seq)",
        [SQL_SERIES_FIND] = MEAN_SQL_SERIES_FIND,
        [SQL_SERIES_ADD] = MEAN_SQL_SERIES_ADD,
        [SQL_MEAN_SET] = "INSERT OR REPLACE INTO mean(series, period, " MEAN_SQL_NAMES
                         ") VALUES(?, ?, " MEAN_SQL_MARKS ")",
        [SQL_MONTH_ADD] = "INSERT INTO month VALUES(?1, ?2, NULL) ON CONFLICT(name) DO NOTHING",
        [SQL_MONTH_EXPIRE] = "UPDATE month SET removed_at = ?2 WHERE name = ?1",
        /* By series, whose rows of one period lie together. */
        [SQL_HOUR_EXPIRE] = "DELETE FROM mean WHERE (series, period, start_ms, revision) IN"
                            " (SELECT m.series, m.period, m.start_ms, m.revision"
                            " FROM series s CROSS JOIN mean m ON m.series = s.id"
                            " WHERE m.period = 'hour' AND m.start_ms < ?1)",
        [SQL_FINDING_EXPIRE] = "DELETE FROM finding WHERE state <> 'open' AND end_ms < ?1",
        [SQL_LINE_EXPIRE] = "DELETE FROM line WHERE seq < ?1 AND type NOT IN"
                            " ('config', 'segment', 'removed', 'recompressed', 'gap', 'expired')",
    };
    return sql[s];
}
