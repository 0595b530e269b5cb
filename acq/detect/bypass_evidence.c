/* What decided, as a list: for findings and for whoever asks why. */
#include "acq/detect/bypass_private.h"

#include "acq/detect/finding.h"
#include "acq/plant/thresholds.h"

#include <math.h>
#include <string.h>

/* Of an event: what spoke for it, at its strongest; of the rest what they say now. */
static struct finding_evidence evidence_of(struct machine_self self, uint32_t i, bool of_event)
{
    const struct bypass_state *s = self.state;
    const struct plant_evidence *e = &bypass_of(self)->evidence[i];
    const struct channel_defaults *d = channel_defaults(e->channel);
    const struct channel_state *c = &s->channels[i];
    uint32_t signal = e->signal[0] != PLANT_NONE ? e->signal[0] : e->signal[1];
    const struct plant_signal *of = &self.plant->signals[signal];
    bool says_open = c->says == CHANNEL_OPEN || (of_event && c->was_open);
    bool is_switch = e->channel == CHANNEL_LIMIT_SWITCH;
    bool is_raw = strcmp(d->unit, "signal's") == 0;
    bool is_out = fusion_leaves_out(bypass_of(self), &s->fused, i);
    return (struct finding_evidence){
        .channel = d->word,
        .channel_zh = d->zh,
        .signal_device = self.plant->devices[of->device].id,
        .signal_id = of->id,
        .says = is_out      ? "fault"
                : says_open ? "open"
                            : channel_word_name((enum channel_word)c->says),
        .unit = is_switch                       ? ""
                : is_raw                        ? of->unit
                : strcmp(d->unit, "share") == 0 ? ""
                                                : d->unit,
        .value = is_switch || (!says_open && c->says <= CHANNEL_FAULT) ? (double)NAN
                 : says_open                                           ? c->worst
                                                                       : c->value,
        .threshold = is_switch ? (double)NAN : c->open_at,
    };
}

uint32_t bypass_list_evidence(struct machine_self self, bool of_event, int64_t time_ms,
                              struct finding_evidence *out)
{
    static const struct {
        const char *mark;
        enum evidence_channel channel;
    } marks[] = {{"seal-broken", CHANNEL_SEAL}, {"video-open", CHANNEL_VIDEO}};
    uint32_t count = 0;
    for (; count < bypass_of(self)->evidence_count; count++)
        out[count] = evidence_of(self, count, of_event);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!bypass_find_mark(self, marks[i].mark, time_ms))
            continue;
        const struct channel_defaults *d = channel_defaults(marks[i].channel);
        out[count++] = (struct finding_evidence){.channel = d->word,
                                                 .channel_zh = d->zh,
                                                 .says = "open",
                                                 .value = (double)NAN,
                                                 .threshold = (double)NAN};
    }
    return count;
}
