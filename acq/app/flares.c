#include "acq/app/state.h"

#include "acq/detect/flare.h"
#include "protocols/influx/line.h"

#include <math.h>

void flares_on_block(void *ctx, const struct flare_block *b)
{
    struct app *a = ctx;
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    struct flare_figure figures[FLARE_FIGURES];
    flare_block_figures(b, figures);
    line_begin(&w, text, "flare");
    line_tag(&w, "outlet", b->object);
    line_tag(&w, "site", b->site);
    for (int i = 0; i < FLARE_FIGURES; i++)
        if (!isnan(figures[i].value))
            line_float(&w, figures[i].name, figures[i].value);
    line_bool(&w, "valid", b->valid);
    line_bool(&w, "judged", b->judged);
    if (b->verdict[0])
        line_string(&w, "verdict", b->verdict);
    if (line_end(&w, b->start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, b->start_ms);
}
