/* tests/cases/hj212/CASE/input is fed to a reader, in one piece and byte by byte; what it says must
 * be CASE/expect. A bug report becomes a folder. With PW_UPDATE=1 in the environment the
 * expectations are written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "hj212_stand.h"

#include <dirent.h>

static void add_text(struct strbuf *b, struct hj212_text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c < 0x20 || c == 0x7F)
            strbuf_addf(b, "\\x%02X", c);
        else
            strbuf_addc(b, t.at[i]);
    }
}

static void add_field(struct strbuf *b, const char *name, struct hj212_text t)
{
    strbuf_addf(b, " %s=", name);
    add_text(b, t);
}

static void add_deviations(struct strbuf *b, uint32_t deviations)
{
    strbuf_adds(b, "  deviations:");
    for (unsigned d = 1; d < HJ212_DEV_COUNT; d++)
        if (deviations & hj212_dev_bit((enum hj212_deviation)d))
            strbuf_addf(b, " %s", hj212_deviation_key((enum hj212_deviation)d));
    strbuf_addc(b, '\n');
}

static void add_item(struct strbuf *b, const struct hj212_item *item)
{
    double number = 0;
    strbuf_addf(b, "  %u |", item->group);
    add_text(b, item->name);
    strbuf_addf(b, "|%s|", hj212_field_name(item->field));
    add_text(b, item->value);
    strbuf_addc(b, '|');
    if (hj212_number(item->value, &number) == 0)
        strbuf_addf(b, "%.10g", number);
    strbuf_addc(b, '\n');
}

static void add_packet(struct strbuf *b, const struct hj212_received *got)
{
    static const char *const editions[] = {"auto", "2005", "2017", "2025"};
    const struct hj212_packet *p = got->packet;
    strbuf_addf(b, "packet CN=%d Flag=%d PNUM=%d PNO=%d", p->cn, p->flag, p->pnum, p->pno);
    add_field(b, "QN", hj212_packet_qn(p));
    add_field(b, "ST", p->st);
    add_field(b, "PW", p->pw);
    add_field(b, "MN", p->mn);
    for (size_t i = 0; i < p->extra_count; i++) {
        strbuf_adds(b, " +");
        add_text(b, p->extra[i].name);
        add_field(b, "", p->extra[i].value);
    }
    strbuf_addf(b, "\n  edition %s, sum %s, %s\n", editions[p->edition],
                hj212_crc_variant_name(got->crc), p->clean ? "clean" : "not clean");
    add_deviations(b, got->deviations);
    for (size_t i = 0; i < p->item_count; i++)
        add_item(b, &p->items[i]);
}

static void read_all(struct stand *s, const char *data, size_t len, struct strbuf *out)
{
    int err;
    while ((err = hj212_reader_next(&s->reader, &data, &len, &s->got)) != PW_EMORE) {
        if (err == 0)
            add_packet(out, &s->got);
        else
            strbuf_addf(out, "%s\n", pw_strerror(err));
    }
}

static void say(const char *data, size_t len, size_t step, struct strbuf *out)
{
    struct stand s;
    stand_open(&s, hj212_profile_default(HJ212_2017));
    for (size_t at = 0; at < len; at += step)
        read_all(&s, data + at, len - at < step ? len - at : step, out);
    while (hj212_framer_waits(&s.reader.framer)) {
        hj212_framer_expire(&s.reader.framer);
        read_all(&s, "", 0, out);
    }
    const struct hj212_counts *c = &s.peer.counts;
    char state[HJ212_CRC_STATE_SIZE];
    strbuf_addf(out,
                "frames %llu, skipped %llu, bad length %llu, bad sum %llu, bad content %llu, "
                "expired %llu\nsum: %s\n",
                (unsigned long long)c->frames, (unsigned long long)c->skipped_bytes,
                (unsigned long long)c->bad_length, (unsigned long long)c->bad_crc,
                (unsigned long long)c->bad_content, (unsigned long long)c->expired,
                hj212_crc_state_format(&s.peer.crc, state));
    stand_close(&s);
}

/* A missing tail is told earlier when the following bytes are already there. */
static void without_tail(char *text)
{
    for (char *at = strstr(text, " tail"); at; at = strstr(at, " tail"))
        memmove(at, at + 5, strlen(at + 5) + 1);
}

static void run_case(const char *name)
{
    char path[512];
    size_t len = 0;
    snprintf(path, sizeof path, "%s/%s/input", HJ212_CASES, name);
    char *input = support_read_file(path, &len);
    assert_non_null(input);
    struct strbuf whole;
    struct strbuf bytes;
    strbuf_init(&whole, 1 << 20);
    strbuf_init(&bytes, 1 << 20);
    say(input, len, len, &whole);
    say(input, len, 1, &bytes);
    snprintf(path, sizeof path, "%s/%s/expect", HJ212_CASES, name);
    if (getenv("PW_UPDATE")) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(whole.data, 1, whole.len, f), whole.len);
        assert_int_equal(fclose(f), 0);
    }
    char *expect = support_read_file(path, NULL);
    assert_non_null(expect);
    assert_string_equal(strbuf_text(&whole), expect);
    without_tail(whole.data);
    without_tail(bytes.data);
    assert_string_equal(strbuf_text(&bytes), strbuf_text(&whole));
    /* 07-pw-of-24: the folder's number names a deviation that must have been told. */
    unsigned number = (unsigned)strtoul(name, NULL, 10);
    if (number > 0 && number < HJ212_DEV_COUNT) {
        char key[64];
        snprintf(key, sizeof key, " %s", hj212_deviation_key((enum hj212_deviation)number));
        assert_non_null(strstr(expect, key));
    }
    free(expect);
    free(input);
    strbuf_deinit(&whole);
    strbuf_deinit(&bytes);
}

static void every_case_says_what_is_expected(void **state)
{
    (void)state;
    bool seen[HJ212_DEV_COUNT] = {false};
    int cases = 0;
    DIR *dir = opendir(HJ212_CASES);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.' || strchr(e->d_name, '.'))
            continue;
        print_message("%s\n", e->d_name);
        run_case(e->d_name);
        unsigned number = (unsigned)strtoul(e->d_name, NULL, 10);
        if (number < HJ212_DEV_COUNT)
            seen[number] = true;
        cases++;
    }
    closedir(dir);
    assert_true(cases >= 40);
    for (unsigned d = 1; d < HJ212_DEV_COUNT; d++)
        assert_true(seen[d]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_says_what_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
