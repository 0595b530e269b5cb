#include "acq/record/archive.h"

#include "acq/record/data_dir.h"
#include "acq/record/segment.h"

#include <stdlib.h>
#include <string.h>

/* One entry per commit of the segment that is open. */
struct entry {
    uint64_t seq;
    int64_t offset;
};

struct archive {
    const struct files *files;
    struct data_dir dir;
    struct segment_list list;
    uint64_t *first_seq; /* per segment of the list; 0: not looked up or empty */
    struct segment *segment;
    size_t open_index; /* of the open segment in the list */
    struct entry *entries;
    size_t count, cap;
    int64_t indexed; /* entries cover the segment up to here */
};

static void close_segment(struct archive *a)
{
    segment_close(a->segment);
    a->segment = NULL;
    a->count = 0;
    a->indexed = 0;
}

int archive_open(const char *data_dir, struct archive **out)
{
    struct archive *a = calloc(1, sizeof *a);
    if (!a)
        return PW_ENOMEM;
    a->files = files_system();
    int err = data_dir_inspect(&a->dir, a->files, data_dir, NULL);
    if (err) {
        free(a);
        return err;
    }
    *out = a;
    return 0;
}

void archive_close(struct archive *a)
{
    if (!a)
        return;
    close_segment(a);
    segment_list_deinit(&a->list);
    free(a->first_seq);
    free(a->entries);
    free(a);
}

static int refresh_list(struct archive *a)
{
    struct segment_list list;
    int err = segment_list_read(a->files, a->dir.path, &list);
    if (err)
        return err;
    uint64_t *first = calloc(list.count ? list.count : 1, sizeof *first);
    if (!first) {
        segment_list_deinit(&list);
        return PW_ENOMEM;
    }
    int32_t open_day = a->segment ? a->list.days[a->open_index] : 0;
    bool kept = false;
    for (size_t i = 0, j = 0; i < list.count; i++) {
        while (j < a->list.count && a->list.days[j] < list.days[i])
            j++;
        if (j < a->list.count && a->list.days[j] == list.days[i])
            first[i] = a->first_seq[j];
        if (a->segment && list.days[i] == open_day) {
            a->open_index = i;
            kept = true;
        }
    }
    if (!kept)
        close_segment(a);
    segment_list_deinit(&a->list);
    free(a->first_seq);
    a->list = list;
    a->first_seq = first;
    return 0;
}

static int add_entry(struct archive *a, uint64_t seq, int64_t offset)
{
    if (a->count == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 1024;
        struct entry *more = realloc(a->entries, cap * sizeof *more);
        if (!more)
            return PW_ENOMEM;
        a->entries = more;
        a->cap = cap;
    }
    a->entries[a->count++] = (struct entry){seq, offset};
    return 0;
}

/* Walks the headers behind what is indexed. An unfinished end is where the index stops; damage with
 * a commit behind it is passed over, so that the rest stays readable. */
static int extend_index(struct archive *a)
{
    int err = segment_refresh(a->segment);
    segment_seek(a->segment, a->indexed);
    while (!err) {
        struct stored_commit c;
        uint64_t last = a->count ? a->entries[a->count - 1].seq : 0;
        err = segment_next_head(a->segment, &c);
        if (err == PW_ETORN || err == PW_ECORRUPT)
            err = segment_resync(a->segment, last);
        else if (!err && c.head.seq > last)
            err = add_entry(a, c.head.seq, c.offset);
        if (!err)
            a->indexed = segment_offset(a->segment);
    }
    return err == PW_ENOTFOUND ? 0 : err;
}

static int use_segment(struct archive *a, size_t index)
{
    if (!a->segment || a->open_index != index) {
        close_segment(a);
        int err = segment_open(a->files, a->dir.path, a->list.days[index], &a->segment);
        if (err)
            return err;
        a->open_index = index;
    }
    int err = extend_index(a);
    if (!err && a->count > 0)
        a->first_seq[index] = a->entries[0].seq;
    return err;
}

static int first_of(struct archive *a, size_t index, uint64_t *out)
{
    struct segment *s = NULL;
    struct stored_commit c;
    if (a->first_seq[index] == 0) {
        int err = segment_open(a->files, a->dir.path, a->list.days[index], &s);
        if (err)
            return err;
        err = segment_next_head(s, &c);
        if ((err == PW_ETORN || err == PW_ECORRUPT) && (err = segment_resync(s, 0)) == 0)
            err = segment_next_head(s, &c);
        segment_close(s);
        if (err && err != PW_ENOTFOUND)
            return err;
        a->first_seq[index] = err ? 0 : c.head.seq;
    }
    *out = a->first_seq[index];
    return 0;
}

static int bounds(struct archive *a, uint64_t *out_first, uint64_t *out_last)
{
    uint64_t first = 0;
    uint64_t last = 0;
    int err = 0;
    for (size_t i = 0; !err && first == 0 && i < a->list.count; i++)
        err = first_of(a, i, &first);
    for (size_t i = a->list.count; !err && last == 0 && i-- > 0;) {
        err = use_segment(a, i);
        if (!err && a->count > 0)
            last = a->entries[a->count - 1].seq;
    }
    if (err)
        return err;
    *out_first = first;
    *out_last = last;
    return 0;
}

int archive_bounds(struct archive *a, uint64_t *out_first, uint64_t *out_last)
{
    int err = refresh_list(a);
    return err ? err : bounds(a, out_first, out_last);
}

static int find_segment(struct archive *a, uint64_t seq, size_t *out)
{
    for (size_t i = a->list.count; i-- > 0;) {
        uint64_t first = 0;
        int err = first_of(a, i, &first);
        if (err)
            return err;
        if (first > 0 && first <= seq) {
            *out = i;
            return 0;
        }
    }
    return PW_ENOTFOUND;
}

static const struct entry *find_entry(const struct archive *a, uint64_t seq)
{
    size_t low = 0;
    size_t high = a->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->entries[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->count && a->entries[low].seq == seq ? &a->entries[low] : NULL;
}

static int load_entry(struct archive *a, const struct entry *e, struct commit *out)
{
    struct stored_commit c;
    struct commit commit = {.seq = e->seq};
    segment_seek(a->segment, e->offset);
    int err = segment_next_head(a->segment, &c);
    if (!err)
        err = segment_load(a->segment, &c, commit.member);
    if (err)
        return err == PW_ETORN ? PW_ECORRUPT : err;
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        commit.lines[k] = c.head.lines[k];
    *out = commit;
    return 0;
}

/* Whether the open segment's index already holds seq. */
static bool is_indexed(const struct archive *a, uint64_t seq)
{
    return a->segment && a->count > 0 && a->entries[0].seq <= seq &&
           seq <= a->entries[a->count - 1].seq;
}

static int index_for(struct archive *a, uint64_t seq)
{
    size_t index = 0;
    if (is_indexed(a, seq))
        return 0;
    int err = refresh_list(a);
    if (!err)
        err = find_segment(a, seq, &index);
    return err ? err : use_segment(a, index);
}

int archive_read(struct archive *a, uint64_t seq, struct commit *out)
{
    int err = index_for(a, seq);
    if (err)
        return err;
    const struct entry *e = find_entry(a, seq);
    if (e)
        return load_entry(a, e, out);
    uint64_t first = 0;
    uint64_t last = 0;
    err = bounds(a, &first, &last);
    if (err)
        return err;
    return seq >= first && seq <= last ? PW_ECORRUPT : PW_ENOTFOUND;
}

int archive_inflate(const struct bytes *member, char **out_text, size_t *out_len)
{
    struct member_header h;
    const uint8_t *data = bytes_data(member);
    size_t len = bytes_len(member);
    int err = member_header_parse(data, len, &h);
    if (err == 0 && h.size != len)
        err = PW_ECORRUPT;
    if (err)
        return err == PW_EMORE ? PW_ECORRUPT : err;
    uint32_t plain = member_plain_len(data, len);
    if (plain > FORMAT_MEMBER_MAX)
        return PW_ECORRUPT;
    char *text = malloc((size_t)plain + 1);
    if (!text)
        return PW_ENOMEM;
    err = member_unpack(data, len, &h, text, plain);
    if (err) {
        free(text);
        return err;
    }
    text[plain] = '\0';
    *out_text = text;
    *out_len = plain;
    return 0;
}
