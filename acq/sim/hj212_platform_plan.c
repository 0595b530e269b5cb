#include "acq/sim/hj212_platform_plan.h"

#include "acq/sim/plan_parts.h"
#include "protocols/hj212/crypt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_S = 366 * 86400, BURST_MAX = 64 };

static const char *const EDITIONS[] = {"2005", "2017", "2025", NULL};
static const char *const SUMS[] = {"standard", "modbus", "modbus-swapped", NULL};
static const char *const FORMS[] = {"raw", "literal", NULL};
static const char *const KINDS[] = {"withhold",       "late",     "twice",    "other-qn",
                                    "wrong-crc",      "split",    "cut",      "refused",
                                    "wrong-password", "wrong-mn", "wrong-st", NULL};

static void read_fault(struct plan_reader *r, const cJSON *json, struct sim_platform_when *f)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    f->kind = (enum sim_platform_fault)plan_word(&o, "kind", KINDS, -1);
    f->cn = (int)plan_whole(&o, "cn", 0, 9999, 0);
    plan_read_window(&o, &f->window);
    plan_object_end(&o);
}

static void read_command(struct plan_reader *r, const cJSON *json, struct sim_platform_command *c)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    c->cn = (int)plan_whole(&o, "cn", 1000, 9999, NAN);
    plan_read_text(&o, "cp", "", c->cp, sizeof c->cp);
    plan_read_text(&o, "mn", "", c->mn, sizeof c->mn);
    c->at_s = plan_number(&o, "at_s", 0, YEAR_S, 0);
    c->every_s = plan_number(&o, "every_s", 0, YEAR_S, 0);
    c->burst = (uint32_t)plan_whole(&o, "burst", 1, BURST_MAX, 1);
    plan_object_end(&o);
}

static void read_dialect(struct plan_object *o, struct sim_platform *p)
{
    uint8_t key[SM4_KEY_SIZE];
    int edition = plan_word(o, "edition", EDITIONS, 1);
    p->profile = hj212_profile_default((enum hj212_edition)(HJ212_2005 + edition));
    p->profile.crc_out =
        (enum hj212_crc_variant)(HJ212_CRC_STANDARD + plan_word(o, "crc", SUMS, 0));
    plan_read_text(o, "password", "123456", p->password, sizeof p->password);
    plan_read_text(o, "sm4_key", "", p->sm4_key, sizeof p->sm4_key);
    p->profile.cipher_form = (enum hj212_cipher_form)plan_word(o, "cipher_form", FORMS, 0);
    if (p->sm4_key[0] && hj212_key_parse(hj212_text_of(p->sm4_key), key) != 0)
        plan_fail(o->reader, "sm4_key", "expected 16 characters or 32 hexadecimal digits");
}

void plan_read_platform(struct plan_reader *r, const cJSON *json, struct sim_platform *p)
{
    struct plan_object o;
    plan_object_begin(&o, r, json);
    plan_read_endpoint(&o, "listen", 0, p->host, &p->port);
    read_dialect(&o, p);
    p->over_s = plan_number(&o, "answer_s", 0.1, 3600, 10);
    p->late_s = plan_number(&o, "late_s", 0, 3600, 12);
    p->resends = (uint32_t)plan_whole(&o, "resends", 0, 100, 3);
    const cJSON *commands = plan_member(&o, "commands");
    p->commands = plan_new_array(r, "commands", commands, sizeof *p->commands, &p->command_count);
    for (size_t i = 0; i < p->command_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "commands", (int)i);
        read_command(r, cJSON_GetArrayItem(commands, (int)i), &p->commands[i]);
        plan_leave(r, mark);
    }
    const cJSON *faults = plan_member(&o, "faults");
    p->faults = plan_new_array(r, "faults", faults, sizeof *p->faults, &p->fault_count);
    for (size_t i = 0; i < p->fault_count && !r->failed; i++) {
        size_t mark = plan_enter(r, "faults", (int)i);
        read_fault(r, cJSON_GetArrayItem(faults, (int)i), &p->faults[i]);
        plan_leave(r, mark);
    }
    plan_object_end(&o);
}

void plan_free_platform(struct sim_platform *p)
{
    free(p->commands);
    free(p->faults);
}
