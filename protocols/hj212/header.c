/* The header of a data segment: a map whose order, separators and case vary. */
#include "protocols/hj212/packet_private.h"

enum { QN, PNUM, PNO, ST, CN, PW, MN, FLAG, RF, FIELDS };

static const char *const names[FIELDS] = {"QN", "PNUM", "PNO",  "ST", "CN",
                                          "PW", "MN",   "Flag", "RF"};

static int find_name(struct hj212_text name)
{
    for (int i = 0; i < FIELDS; i++)
        if (hj212_text_same_but_case(name, hj212_text_of(names[i])))
            return i;
    return -1;
}

static struct hj212_text *place(struct hj212_packet *p, struct hj212_text other[FIELDS], int field)
{
    switch (field) {
    case QN:
        return &p->qn;
    case ST:
        return &p->st;
    case CN:
        return &p->cn_text;
    case PW:
        return &p->pw;
    case MN:
        return &p->mn;
    case FLAG:
        return &p->flag_text;
    default:
        return &other[field];
    }
}

/* 2005 prints QN PNUM PNO ST CN PW MN Flag, the later ones QN ST CN PW MN Flag PNUM PNO RF. */
static bool in_order(const int *fields, size_t count)
{
    static const int rank_2017[FIELDS] = {0, 6, 7, 1, 2, 3, 4, 5, 8};
    bool old = true;
    bool new = true;
    for (size_t i = 1; i < count; i++) {
        old = old && fields[i - 1] < fields[i];
        new = new &&rank_2017[fields[i - 1]] < rank_2017[fields[i]];
    }
    return old || new;
}

static void keep_extra(struct hj212_packet *p, struct hj212_text name, struct hj212_text value)
{
    if (p->extra_count < HJ212_EXTRA_MAX)
        p->extra[p->extra_count++] = (struct hj212_pair){name, value};
    else
        p->clean = false;
}

struct reading {
    struct hj212_text other[FIELDS];
    int fields[FIELDS];
    size_t count;
    unsigned seen;
};

static void note_text(struct hj212_packet *p, struct hj212_text raw, struct hj212_text trimmed)
{
    if (raw.len != trimmed.len)
        hj212_note(p, HJ212_DEV_BLANKS);
}

static void take_pair(struct hj212_packet *p, struct reading *r, struct hj212_text piece)
{
    const char *equals = memchr(piece.at, '=', piece.len);
    if (!equals) {
        p->clean = false;
        return;
    }
    struct hj212_text raw_name = {piece.at, (size_t)(equals - piece.at)};
    struct hj212_text raw_value = {equals + 1, piece.len - raw_name.len - 1};
    struct hj212_text name = hj212_text_trim(raw_name);
    struct hj212_text value = hj212_text_trim(raw_value);
    note_text(p, raw_name, name);
    note_text(p, raw_value, value);
    int field = find_name(name);
    if (field < 0) {
        keep_extra(p, name, value);
        return;
    }
    if (!hj212_text_is(name, names[field]))
        hj212_note(p, HJ212_DEV_NAME_CASE);
    if (r->seen >> field & 1) {
        p->clean = false; /* the first one counts */
        return;
    }
    r->seen |= 1u << field;
    r->fields[r->count++] = field;
    *place(p, r->other, field) = value;
}

static void split_header(struct hj212_packet *p, struct reading *r)
{
    size_t from = 0;
    for (size_t i = 0; i <= p->header.len; i++) {
        char c = i < p->header.len ? p->header.at[i] : ';';
        if (c != ';' && c != ',')
            continue;
        if (c == ',')
            hj212_note(p, HJ212_DEV_HEADER_SEPARATOR);
        struct hj212_text piece = {p->header.at + from, i - from};
        if (hj212_text_trim(piece).len > 0)
            take_pair(p, r, piece);
        else if (i < p->header.len)
            p->clean = false;
        else if (piece.len > 0)
            hj212_note(p, HJ212_DEV_BLANKS);
        from = i + 1;
    }
    char last = p->header.len ? p->header.at[p->header.len - 1] : ';';
    if (last != ';' && last != ',' && last != ' ')
        hj212_note(p, HJ212_DEV_HEADER_SEPARATOR);
}

static bool printable(struct hj212_text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] < 0x21 || t.at[i] > 0x7E)
            return false;
    return true;
}

static bool alphanumeric(struct hj212_text t)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = hj212_fold(t.at[i]);
        if (!hj212_is_digit(c) && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return true;
}

static void read_part(struct hj212_packet *p, struct hj212_text text, int *out)
{
    if (text.len == 0)
        return;
    if (hj212_whole_number(text, out) != 0) {
        p->clean = false;
        return;
    }
    if ((text.at[0] == '0' && text.len > 1) || !(p->flag & HJ212_FLAG_SPLIT))
        hj212_note(p, HJ212_DEV_PARTS);
}

/* The answers of 2005 have no QN, 9014 of 2005 has no PW and MN, and neither needs a Flag. */
static void note_absences(struct hj212_packet *p)
{
    bool answer = p->cn >= 9011 && p->cn <= 9014;
    if (!p->has_flag || (p->qn.len == 0 && !answer))
        hj212_note(p, HJ212_DEV_NO_QN_OR_FLAG);
    if (p->pw.len != 6 && !(answer && p->pw.len == 0))
        hj212_note(p, HJ212_DEV_PW);
    bool usual = (p->mn.len == 14 || p->mn.len == 24) && alphanumeric(p->mn);
    if (!usual && !(answer && p->mn.len == 0))
        hj212_note(p, HJ212_DEV_MN);
    if (p->st.len != 2)
        hj212_note(p, HJ212_DEV_ST);
}

int hj212_header_parse(struct hj212_packet *p)
{
    struct reading r = {.count = 0};
    split_header(p, &r);
    if (hj212_whole_number(p->cn_text, &p->cn) != 0 || p->mn.len > HJ212_MN_MAX ||
        p->pw.len > HJ212_PW_MAX || !printable(p->mn) || !printable(p->pw))
        return PW_ESYNTAX;
    p->has_flag = p->flag_text.len > 0;
    if (p->has_flag && (hj212_whole_number(p->flag_text, &p->flag) != 0 || p->flag > 255)) {
        p->flag = 0;
        p->clean = false;
    }
    read_part(p, r.other[PNUM], &p->pnum);
    read_part(p, r.other[PNO], &p->pno);
    p->backfill = hj212_text_is(r.other[RF], "1");
    if (!in_order(r.fields, r.count))
        hj212_note(p, HJ212_DEV_ORDER);
    note_absences(p);
    return 0;
}

struct hj212_text hj212_peek_mn(struct hj212_text segment)
{
    size_t end = hj212_text_find(segment, "CP=");
    for (size_t i = 0; i + 3 <= end; i++) {
        bool begins = i == 0 || segment.at[i - 1] == ';' || segment.at[i - 1] == ',' ||
                      segment.at[i - 1] == ' ';
        if (!begins || hj212_fold(segment.at[i]) != 'm' || hj212_fold(segment.at[i + 1]) != 'n' ||
            segment.at[i + 2] != '=')
            continue;
        size_t from = i + 3;
        size_t to = from;
        while (to < end && segment.at[to] != ';' && segment.at[to] != ',')
            to++;
        return hj212_text_trim((struct hj212_text){segment.at + from, to - from});
    }
    return (struct hj212_text){segment.at, 0};
}
