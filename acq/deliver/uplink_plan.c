#include "acq/deliver/uplink_plan.h"

#include "acq/plant/arena.h"

static struct hj212_profile profile_of(const struct plant_platform *p, int zone_min)
{
    struct hj212_profile profile = hj212_profile_default((enum hj212_edition)p->edition);
    profile.crc_out = (enum hj212_crc_variant)p->crc;
    profile.crc_in = HJ212_CRC_UNKNOWN;
    profile.zone_min = (int16_t)zone_min;
    profile.cipher_out = p->sm4_key[0] != '\0';
    profile.cipher_form = (enum hj212_cipher_form)p->cipher_form;
    profile.cipher_new_key = p->cipher_new_key;
    profile.cipher_in = p->sm4_key[0] ? HJ212_CIPHER_ACCEPT : HJ212_CIPHER_OFF;
    profile.key_grace_min = (uint8_t)(p->key_grace_min > UINT8_MAX ? UINT8_MAX : p->key_grace_min);
    return profile;
}

static void copy_texts(struct arena *a, struct plant_platform *p)
{
    const char **texts[] = {&p->id, &p->host,    &p->mn,          &p->password, &p->password_file,
                            &p->st, &p->sm4_key, &p->sm4_key_file};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_strdup(a, *texts[i]);
    uint16_t *accept = arena_alloc(a, (p->accept_count + 1) * sizeof *accept);
    for (uint32_t i = 0; i < p->accept_count; i++)
        accept[i] = p->accept[i];
    p->accept = accept;
    p->outlets = p->facilities = NULL;
}

static void add_code(struct uplink_plan *plan, const struct plant *plant, uint32_t index)
{
    const struct plant_platform_code *from = &plant->platform_codes[index];
    const struct plant_input *input = &plant->inputs[from->input];
    const struct plant_outlet *outlet = &plant->outlets[input->outlet];
    struct uplink_outlet *last = plan->outlet_count ? &plan->outlets[plan->outlet_count - 1] : NULL;
    if (!last || plant->inputs[plan->codes[last->first_code].input].outlet != input->outlet) {
        pw_require(plan->outlets != NULL);
        last = &plan->outlets[plan->outlet_count++];
        *last = (struct uplink_outlet){
            .site = arena_strdup(plan->arena, plant->sites[outlet->site].id),
            .outlet = arena_strdup(plan->arena, outlet->id),
            .means_from = outlet->means_from,
            .first_code = plan->code_count,
        };
    }
    last->code_count++;
    plan->codes[plan->code_count++] = (struct uplink_code){
        .code = arena_strdup(plan->arena, from->code),
        .factor = arena_strdup(plan->arena, input->factor),
        .input = from->input,
        .scale = from->scale,
        .amount_scale = from->amount_scale,
    };
}

struct uplink_plan *uplink_plan_new(const struct plant *plant, uint32_t index)
{
    const struct plant_platform *from = &plant->platforms[index];
    struct arena *arena = arena_new();
    struct uplink_plan *plan = arena_alloc(arena, sizeof *plan);
    plan->arena = arena;
    plan->platform = *from;
    plan->profile = profile_of(from, plant->server.zone_offset_min);
    plan->codes = arena_alloc(arena, from->code_count * sizeof *plan->codes);
    plan->outlets = arena_alloc(arena, from->outlet_count * sizeof *plan->outlets);
    plan->facilities = arena_alloc(arena, from->facility_count * sizeof *plan->facilities);
    for (uint32_t i = 0; i < from->code_count; i++)
        add_code(plan, plant, from->codes + i);
    for (uint32_t i = 0; i < from->facility_count; i++)
        plan->facilities[plan->facility_count++] =
            arena_strdup(arena, plant->equipment[from->facilities[i]].id);
    copy_texts(arena, &plan->platform);
    return plan;
}

void uplink_plan_free(struct uplink_plan *plan)
{
    if (plan)
        arena_free(plan->arena);
}
