#include "acq/app/state.h"

#include "acq/core/log.h"
#include "acq/core/mark.h"

/* What a person declares is journalled where it is taken (ctl_commands.c). */
void marks_on_mark(void *ctx, const struct declaration *d)
{
    struct app *a = ctx;
    struct strbuf *text = flow_fresh_text(a);
    const struct mark_meaning *meaning = mark_meaning(d->word, d->mark_kind);
    log_info("mark", "object=%s factor=%s rule=%s: %s %s", d->object, d->factor, d->reason,
             meaning->en, d->end_ms == INT64_MAX ? "begins" : "ends, or has its end");
    declaration_write_members(d, pipeline_plant(a->pipeline)->server.zone_offset_min, text);
    flow_journal(a, "mark", pipeline_now(a->pipeline).at_ms, text, false);
}
