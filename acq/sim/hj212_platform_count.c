#include "acq/sim/hj212_platform_private.h"

#include "acq/core/strbuf.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SEEN_FIRST = 1024, SEEN_MAX = 1 << 22, LINE_SIZE = 512 };

/* FNV-1a, which Fowler, Noll and Vo gave to the public. */
static uint64_t mark_of(uint64_t mark, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        mark = (mark ^ (uint8_t)bytes[i]) * 0x100000001b3u;
    return mark;
}

static bool put(const struct platform_seen *s, uint64_t mark)
{
    size_t at = (size_t)mark & (s->room - 1);
    while (s->marks[at] && s->marks[at] != mark)
        at = (at + 1) & (s->room - 1);
    bool is_new = s->marks[at] == 0;
    s->marks[at] = mark;
    return is_new;
}

static bool grow(struct platform_seen *s)
{
    struct platform_seen wider = {.room = s->room ? 2 * s->room : SEEN_FIRST, .count = s->count};
    wider.marks = wider.room > SEEN_MAX ? NULL : calloc(wider.room, sizeof *wider.marks);
    if (!wider.marks)
        return false;
    for (size_t i = 0; i < s->room; i++)
        if (s->marks[i])
            (void)put(&wider, s->marks[i]);
    free(s->marks);
    *s = wider;
    return true;
}

/* Whether it came for the first time; what finds no room any more counts as known. */
static bool is_first(struct platform_seen *s, char kind, int cn, struct hj212_text text, int pno)
{
    char head[32];
    int n = snprintf(head, sizeof head, "%c%d.%d.", kind, cn, pno);
    uint64_t mark = mark_of(mark_of(0xcbf29ce484222325u, head, (size_t)n), text.at, text.len);
    if (2 * (s->count + 1) > s->room && !grow(s))
        return false;
    bool is_new = put(s, mark ? mark : 1);
    s->count += is_new;
    return is_new;
}

static struct platform_row *row_of(struct reporter *r, int cn)
{
    for (int i = 0; i < ROWS_MAX; i++) {
        if (r->rows[i].cn == 0)
            r->rows[i].cn = cn;
        if (r->rows[i].cn == cn)
            return &r->rows[i];
    }
    return NULL;
}

static void count_period(struct reporter *r, struct platform_row *row, struct hj212_text time)
{
    if (time.len != HJ212_TIME_SIZE - 1)
        return;
    row->periods += is_first(&r->seen, 't', row->cn, time, 0);
    if (row->oldest[0] == '\0' || memcmp(time.at, row->oldest, time.len) < 0)
        memcpy(row->oldest, time.at, time.len);
    if (row->newest[0] == '\0' || memcmp(time.at, row->newest, time.len) > 0)
        memcpy(row->newest, time.at, time.len);
}

void platform_count(struct reporter *r, const struct hj212_packet *packet)
{
    struct platform_row *row =
        packet->cn < 9011 || packet->cn > 9014 ? row_of(r, packet->cn) : NULL;
    if (!row)
        return;
    const struct hj212_item *time = hj212_packet_find(packet, HJ212_DATA_TIME);
    row->packets++;
    row->resent += !is_first(&r->seen, 'q', row->cn, hj212_packet_qn(packet), packet->pno);
    row->backfill += packet->backfill;
    if (time)
        count_period(r, row, time->value);
}

static void print_row(const struct platform_row *row, const char *from, FILE *out)
{
    fprintf(out,
            "{\"type\":\"reported\",%s,\"cn\":%d,\"packets\":%" PRIu64 ",\"resent\":%" PRIu64
            ",\"periods\":%" PRIu64 ",\"backfill\":%" PRIu64
            ",\"oldest\":\"%.14s\",\"newest\":\"%.14s\"}\n",
            from, row->cn, row->packets, row->resent, row->periods, row->backfill, row->oldest,
            row->newest);
}

static void print_asked(const struct platform_asked *a, const char *from, FILE *out)
{
    fprintf(out,
            "{\"type\":\"command\",%s,\"cn\":%d,\"sent\":%" PRIu64 ",\"resent\":%" PRIu64
            ",\"done\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"unanswered\":%" PRIu64
            ",\"records\":%" PRIu64 ",\"QnRtn\":%d,\"ExeRtn\":%d}\n",
            from, a->cn, a->sent, a->resent, a->done, a->refused, a->unanswered, a->records,
            a->qn_rtn, a->exe_rtn);
}

static void print_results(const uint64_t counts[RESULTS], const char *name, FILE *out)
{
    const char *comma = "";
    fprintf(out, ",\"%s\":{", name);
    for (int code = 0; code < RESULTS; code++)
        if (counts[code]) {
            fprintf(out, "%s\"%d\":%" PRIu64, comma, code, counts[code]);
            comma = ",";
        }
    fputc('}', out);
}

static void print_reporter(const struct platform *p, const struct reporter *r, FILE *out)
{
    char from[LINE_SIZE];
    struct strbuf b;
    strbuf_init_fixed(&b, from, sizeof from);
    strbuf_addf(&b, "\"platform\":\"%s\",\"mn\":", p->listen);
    strbuf_add_json_string(&b, r->mn);
    fprintf(out, "{\"type\":\"reporter\",%s,\"connected\":%s,\"old_passwords\":%" PRIu64, from,
            r->call ? "true" : "false", r->old_passwords);
    fprintf(out, ",\"decrypted\":%" PRIu64 ",\"bad_crc\":%" PRIu64, r->peer.counts.decrypted,
            r->peer.counts.bad_crc);
    print_results(r->results[0], "QnRtn", out);
    print_results(r->results[1], "ExeRtn", out);
    fputs("}\n", out);
    for (int i = 0; i < ROWS_MAX && r->rows[i].cn; i++)
        print_row(&r->rows[i], from, out);
    for (size_t i = 0; i <= p->plan->command_count; i++)
        if (r->asked[i].cn)
            print_asked(&r->asked[i], from, out);
}

void platform_print(const struct platform *p, FILE *out)
{
    fprintf(out,
            "{\"type\":\"platform\",\"listen\":\"%s\",\"connections\":%zu,\"connects\":%" PRIu64
            ",\"refused\":%" PRIu64 ",\"strangers\":%" PRIu64 ",\"wrong_password\":%" PRIu64
            ",\"acknowledged\":%" PRIu64 ",\"withheld\":%" PRIu64 ",\"unsent\":%" PRIu64 "}\n",
            p->listen, p->call_count, p->connects, p->refused, p->strangers, p->wrong_password,
            p->acknowledged, p->withheld, p->unsent);
    for (size_t i = 0; i < p->reporter_count; i++)
        print_reporter(p, p->reporters[i], out);
}
