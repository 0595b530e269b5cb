#include "acq/collect/hj212_memory.h"

#include "acq/core/sm3.h"

#include <string.h>

uint64_t hj212_key(struct hj212_text segment)
{
    uint8_t digest[SM3_SIZE];
    uint64_t key = 0;
    sm3_once(segment.at, segment.len, digest);
    for (int i = 0; i < 8; i++)
        key = key << 8 | digest[i];
    return key ? key : 1;
}

bool hj212_memory_find(const struct hj212_memory *m, uint64_t key, uint64_t *out_seq)
{
    for (uint32_t i = 0; i < HJ212_KEYS; i++) {
        if (m->keys[i] != key)
            continue;
        *out_seq = m->seqs[i];
        return true;
    }
    return false;
}

void hj212_memory_keep(struct hj212_memory *m, uint64_t key, uint64_t seq)
{
    m->keys[m->next] = key;
    m->seqs[m->next] = seq;
    m->next = (m->next + 1) % HJ212_KEYS;
}

/* FNV-1a. */
static uint64_t hash(uint64_t h, struct hj212_text t)
{
    for (size_t i = 0; i < t.len; i++)
        h = (h ^ (uint8_t)t.at[i]) * 0x100000001b3u;
    return (h ^ 0xff) * 0x100000001b3u;
}

static bool revises(struct hj212_memory *m, uint64_t instant, const struct hj212_item *item)
{
    uint64_t what = hash(instant, item->name);
    uint64_t value = hash(0xcbf29ce484222325u, item->value);
    uint32_t tag = (uint32_t)(what >> 32) | 1;
    uint32_t sum = (uint32_t)(value >> 32);
    uint32_t place = (uint32_t)what % HJ212_VALUES;
    bool changed = m->values[place].what == tag && m->values[place].value != sum;
    m->values[place].what = tag;
    m->values[place].value = sum;
    return changed;
}

bool hj212_memory_revises(struct hj212_memory *m, const struct hj212_packet *p)
{
    const struct hj212_item *time = hj212_packet_find(p, HJ212_DATA_TIME);
    if (!time || p->cn < 2000 || p->cn > 2999)
        return false;
    uint64_t instant = hash(hash(0xcbf29ce484222325u, p->cn_text), time->value);
    instant = hash(instant, p->st);
    bool some = false;
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i].code.len && p->items[i].field != HJ212_FLAG)
            some |= revises(m, instant, &p->items[i]);
    return some;
}
