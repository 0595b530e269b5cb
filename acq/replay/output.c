#include "acq/replay/output.h"

#include "acq/detect/finding.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/mean.h"

void output_finding(const struct finding *f, const struct plant *plant, struct strbuf *out)
{
    strbuf_adds(out, "{\"type\":\"finding\",");
    finding_write_members(f, plant->server.zone_offset_min, out);
    strbuf_adds(out, "}\n");
}

void output_account(const struct account *a, const struct plant *plant, struct strbuf *out)
{
    if (a->is_passing)
        return;
    strbuf_adds(out, "{\"type\":\"total\",");
    account_write_members(a, plant, out);
    strbuf_adds(out, "}\n");
}

void output_mean(const struct mean *m, const struct plant *plant, struct strbuf *out)
{
    if (m->period == MEAN_REALTIME)
        return;
    strbuf_adds(out, "{\"type\":\"mean\",");
    mean_write_members(m, plant, out);
    strbuf_adds(out, "}\n");
}
