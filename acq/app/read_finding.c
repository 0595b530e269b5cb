#include "acq/app/read_finding.h"

#include "acq/record/db.h"

#include <stdlib.h>
#include <string.h>

struct parts {
    struct strbuf *out;
    size_t count;
};

static void on_part(void *ctx, const char *json)
{
    struct parts *p = ctx;
    strbuf_adds(p->out, p->count++ ? "," : "");
    strbuf_adds(p->out, json);
}

static int read_finding(void *ctx, const char *id, size_t skip, size_t max, struct strbuf *out,
                        size_t *out_parts)
{
    char *json = NULL;
    struct parts p = {.out = out};
    int err = record_load_finding(ctx, id, &json);
    if (err || !json)
        return err ? err : PW_ENOTFOUND;
    strbuf_add(out, json, strlen(json) - 1);
    free(json);
    strbuf_adds(out, ",\"frozen\":[");
    err = record_read_evidence(ctx, id, skip, max, on_part, &p);
    strbuf_adds(out, "]");
    *out_parts = p.count;
    return err;
}

struct serve_events read_findings_from(char *data_dir)
{
    return (struct serve_events){.read = read_finding, .ctx = data_dir};
}
