/* The option table: one row per option of the configuration. It feeds parsing, defaults, range
 * errors, the reference page (reference.h) and the JSON schema, so that none of them can differ
 * from the others. */
#ifndef ACQ_PLANT_OPTION_H
#define ACQ_PLANT_OPTION_H

#include <stdbool.h>
#include <stddef.h>

/* Where an option may stand; a row may name several, all without or all with IN_SECOND. */
enum option_scope {
    IN_TOP = 1 << 0,
    IN_SERVER = 1 << 1,
    IN_HTTP = 1 << 2,
    IN_LINK = 1 << 3,
    IN_TEMPLATE = 1 << 4,
    IN_DEVICE = 1 << 5,
    IN_SIGNAL = 1 << 6,
    IN_SITE = 1 << 7,
    IN_OUTLET = 1 << 8,
    IN_INPUT = 1 << 9,
    IN_LIMIT = 1 << 10,
    IN_INFLUX = 1 << 11,
    IN_TIME = 1 << 12,
    IN_ANCHOR = 1 << 13,
    IN_FORBIDDEN = 1 << 14,
    IN_MAP = 1 << 15,
    IN_COUNTER = 1 << 16,
    IN_RETENTION = 1 << 17,
    IN_LIBRARY = 1 << 18,
    IN_ASK = 1 << 19,
    IN_EQUIPMENT = 1 << 20,
    IN_PARAMETER = 1 << 21,
    IN_EVIDENCE = 1 << 22,
    IN_FUSION = 1 << 23,
    IN_REGISTER = 1 << 24,
    IN_SEAL = 1 << 25,
    IN_MARK_RULE = 1 << 26,
    IN_FLARE = 1 << 27,
    IN_PLATFORM = 1 << 28,
    IN_PLATFORM_FACTOR = 1 << 29,
    IN_SECOND = 1 << 30, /* a second set of bits: nothing else is wider than an int */
    IN_ALARMS = IN_SECOND | 1 << 0,
    IN_ALARM_RULE = IN_SECOND | 1 << 1,
    IN_PERSON = IN_SECOND | 1 << 2,
    IN_ROTA = IN_SECOND | 1 << 3,
    IN_SHIFT = IN_SECOND | 1 << 4,
    IN_EXCEPTION = IN_SECOND | 1 << 5,
    IN_ROUTE = IN_SECOND | 1 << 6,
    IN_GATEWAY = IN_SECOND | 1 << 7,
};
enum { SCOPE_COUNT = 38 };

enum option_kind {
    KIND_INT,        /* whole number, min..max */
    KIND_NUMBER,     /* min..max */
    KIND_NONZERO,    /* likewise, but not 0 */
    KIND_PAIR,       /* [lower, upper], each min..max */
    KIND_SPAN,       /* two different numbers, each min..max */
    KIND_NUMBERS,    /* at most OPTION_NUMBERS_MAX numbers, each min..max */
    KIND_BOOL,       /* */
    KIND_TEXT,       /* min..max bytes without control characters */
    KIND_PATH,       /* likewise */
    KIND_WORD,       /* one of words */
    KIND_ID,         /* id_is_valid() */
    KIND_NAME,       /* the same without '.': devices, so that "device.signal" has one reading */
    KIND_REF,        /* id of another object; the loader looks it up */
    KIND_SIGNAL,     /* "device.signal" of a signal; likewise */
    KIND_ADDRESS,    /* 0..65535, or "40101" and the like */
    KIND_ENDPOINT,   /* "host:port", port min..max */
    KIND_URL,        /* http or https */
    KIND_ZONE,       /* time zone with a fixed offset */
    KIND_OBJECT,     /* one object of scope child */
    KIND_LIST,       /* at most max objects of scope child */
    KIND_MAP,        /* at most max objects of scope child, each under its id */
    KIND_TEXT_LIST,  /* at most max texts */
    KIND_NUMBER_MAP, /* numbers, each min..max, each under a name */
    KIND_SIGNAL_MAP, /* at most max signals, each under a name */
    KIND_INPUT_MAP, /* at most max objects of scope child, or of a flare signals or lists of them */
};

enum { OPTION_NUMBERS_MAX = 8 };

/* What KIND_NUMBERS writes. */
struct option_numbers {
    size_t count;
    double values[OPTION_NUMBERS_MAX];
};

struct option_word {
    const char *text; /* NULL ends the list */
    int value;
};

struct option {
    unsigned scopes;
    enum option_kind kind;
    const char *key;
    size_t offset; /* into the scope's draft */
    size_t size;   /* of the draft's member, where several are possible */
    double min, max;
    const char *unit;
    const char *fallback; /* the default as JSON, or NULL */
    const char *without;  /* what happens when it is left out, for rows without a default */
    const struct option_word *words;
    const char *doc;
    enum option_scope child;
    bool required;
};

/* The scopes in the order of the reference page. */
struct option_scope_text {
    enum option_scope scope;
    const char *key;   /* "link", its name in the schema */
    const char *path;  /* "/links/N" */
    const char *title; /* "a link" */
    const char *doc;
};

const struct option *option_table(size_t *out_count);
const struct option_scope_text *option_scopes(void); /* SCOPE_COUNT of them */
/* Whether the row belongs to that one scope. */
bool option_is_in(const struct option *o, enum option_scope scope);
/* NULL when the scope has no such key. */
const struct option *option_find(enum option_scope scope, const char *key);
const char *option_scope_title(enum option_scope scope);

enum { OPTION_TEXT_SIZE = 512 };
/* What a value must be, for a message and the reference: "a whole number from 0 to 255". */
void option_expected(const struct option *o, char out[OPTION_TEXT_SIZE]);

/* Letters, digits, '_', '-' and '.', 1 to 64, not beginning with '_': usable in InfluxDB as it is.
 */
bool id_is_valid(const char *id);
/* The same without '.'. */
bool name_is_valid(const char *id);
/* A name that is not "time" or "at" and does not end in _why, _text or _raw: those are fields that
 * stand beside a signal's own. */
bool signal_id_is_valid(const char *id);

#endif
