#include "acq/app/state.h"

#include <stdlib.h>
#include <string.h>

enum { SILENT_PERIODS = 5 };

void live_deinit(struct live *live)
{
    free(live->last);
    free(live->samples);
    free(live->scratch);
    free(live->states);
    free(live->accounts);
    free(live->rates);
    *live = (struct live){0};
}

static void carry_over(struct live *live, const struct plant *to, uint32_t d,
                       const struct live *old, const struct plant *from)
{
    const struct plant_device *device = &to->devices[d];
    uint32_t before = plant_find_device(from, device->id);
    if (before == PLANT_NONE)
        return;
    const struct plant_device *was = &from->devices[before];
    if (memcmp(was->digest, device->digest, SM3_SIZE) != 0)
        return;
    live->last[d] = old->last[before];
    memcpy(&live->samples[device->first_signal], &old->samples[was->first_signal],
           device->signal_count * sizeof *live->samples);
}

static void carry_accounts(struct live *live, const struct plant *to, const struct live *old,
                           const struct plant *from)
{
    for (uint32_t was = 0, is = 0; was < from->input_count; was++) {
        uint32_t n = 0;
        while (n < to->input_count &&
               strcmp(to->inputs[(is + n) % to->input_count].id, from->inputs[was].id) != 0)
            n++;
        if (n == to->input_count)
            continue;
        is = (is + n) % to->input_count;
        for (uint32_t p = 0; p < ACCOUNT_PERIODS; p++) {
            struct account *a = &live->accounts[is * ACCOUNT_PERIODS + p];
            *a = old->accounts[was * ACCOUNT_PERIODS + p];
            a->input = is;
            a->outlet = to->inputs[is].outlet;
        }
    }
}

void live_take_account(struct live *live, const struct account *a)
{
    if (a->revision == 0 || a->period == ACCOUNT_QUARTER || a->period == ACCOUNT_YEAR)
        live->accounts[a->input * ACCOUNT_PERIODS + a->period] = *a;
}

static bool has_object(const struct plant *plant, const char *id)
{
    return plant_find_equipment(plant, id) != PLANT_NONE ||
           plant_find_outlet(plant, id) != PLANT_NONE;
}

static void carry_states(struct live *live, const struct plant *to, const struct live *old)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < old->state_count && count < live->state_count; i++)
        if (old->states[i].object[0] && has_object(to, old->states[i].object))
            live->states[count++] = old->states[i];
}

int live_init(struct live *live, const struct plant *to, const struct live *old,
              const struct plant *from)
{
    *live = (struct live){.last = calloc(to->device_count + 1u, sizeof *live->last),
                          .samples = calloc(to->signal_count + 1u, sizeof *live->samples),
                          .scratch = calloc(to->signal_count + 1u, sizeof *live->scratch),
                          .state_count = to->equipment_count + to->bypass_count + to->flare_count};
    live->states = calloc(live->state_count + 1u, sizeof *live->states);
    live->accounts =
        calloc((to->input_count + 1u) * (size_t)ACCOUNT_PERIODS, sizeof *live->accounts);
    if (live_init_rates(live, to, old) != 0 || !live->accounts || !live->last || !live->samples ||
        !live->scratch || !live->states) {
        live_deinit(live);
        return PW_ENOMEM;
    }
    for (uint32_t i = 0; i < to->signal_count; i++)
        live->samples[i].quality = QUALITY_NO_VALUE;
    for (uint32_t d = 0; from && d < to->device_count; d++)
        carry_over(live, to, d, old, from);
    if (from)
        carry_states(live, to, old);
    if (from && to->input_count > 0)
        carry_accounts(live, to, old, from);
    return 0;
}

uint32_t live_take(struct live *live, const struct plant *plant, const struct reading *r)
{
    const struct plant_device *device = &plant->devices[r->device];
    struct last_reading *last = &live->last[r->device];
    uint32_t bad = 0;
    last->time_ms = r->time_ms;
    last->at_ms = r->at_ms;
    last->quality = QUALITY_GOOD;
    last->readings++;
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->samples[i].absent)
            continue;
        live->samples[device->first_signal + i] = r->samples[i];
        if (quality_speaks(r->samples[i].quality) || (r->texts && r->texts[i]))
            continue;
        last->quality = r->samples[i].quality;
        bad++;
    }
    return bad;
}

bool live_is_silent(const struct app *a, uint32_t device)
{
    const struct plant_device *d = &a->plant->devices[device];
    const struct last_reading *last = &a->live.last[device];
    int64_t quiet_ms = plant_time_at_ms(&a->time) - last->at_ms;
    return d->protocol == PROTOCOL_HJ212 && last->time_ms &&
           quiet_ms > (int64_t)d->every_ms * SILENT_PERIODS;
}
