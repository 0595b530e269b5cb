/* Several MNs on one connection, sums locked by peer, encryption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hj212_stand.h"
#include "protocols/hj212/crypt.h"
#include "protocols/hj212/write.h"
#include "tests/support/xorshift.h"

#define MN_A "010000A8900016F000169DC0"
#define MN_B "010000A8900016F000169DC1"
#define SEGMENT(mn, value)                                                                         \
    "QN=20240601085857223;ST=31;CN=2011;PW=123456;MN=" mn ";Flag=8;CP=&&DataTime=20240601085800;"  \
    "a21026-Rtd=" value ",a21026-Flag=N&&"

static const uint8_t zeros[SM4_KEY_SIZE + 1] = "0000000000000000";
static const uint8_t other_key[SM4_KEY_SIZE + 1] = "0123456789abcdef";

struct two_peers {
    struct hj212_profile profile;
    struct hj212_peer a, b;
};

static struct hj212_peer *find_two(void *context, struct hj212_text mn)
{
    struct two_peers *t = context;
    if (hj212_text_is(mn, MN_A))
        return &t->a;
    return hj212_text_is(mn, MN_B) ? &t->b : NULL;
}

static void feed_sum(struct stand *s, const char *segment, bool modbus, int expected)
{
    char frame[400];
    size_t len = strlen(segment);
    snprintf(frame, sizeof frame, "##%04zu%s%04X\r\n", len, segment,
             modbus ? hj212_crc_modbus(segment, len) : hj212_crc(segment, len));
    assert_int_equal(stand_feed_text(s, frame), expected);
}

static void each_mn_of_a_connection_has_its_own_sum(void **state)
{
    (void)state;
    struct stand s;
    stand_open(&s, hj212_profile_default(HJ212_2017));
    struct two_peers t = {.profile = s.profile};
    t.a.profile = t.b.profile = &t.profile;
    s.reader.find = find_two;
    s.reader.context = &t;
    for (int i = 0; i < 4; i++) {
        feed_sum(&s, SEGMENT(MN_A, "1.0"), true, 0);
        assert_ptr_equal(s.got.peer, &t.a);
        feed_sum(&s, SEGMENT(MN_B, "2.0"), false, 0);
        assert_ptr_equal(s.got.peer, &t.b);
    }
    assert_int_equal(t.a.crc.locked, HJ212_CRC_MODBUS);
    assert_int_equal(t.b.crc.locked, HJ212_CRC_STANDARD);
    assert_int_equal(s.peer.crc.locked, HJ212_CRC_UNKNOWN);
    feed_sum(&s, SEGMENT(MN_A, "3.0"), false, PW_ECORRUPT);
    assert_ptr_equal(s.got.peer, &t.a);
    feed_sum(&s, SEGMENT("SOMEBODY", "3.0"), false, 0);
    assert_ptr_equal(s.got.peer, &s.peer);
    assert_int_equal(t.a.counts.frames, 4);
    assert_int_equal(t.a.counts.bad_crc, 1);
    assert_int_equal(t.a.counts.deviation[HJ212_DEV_CRC_MODBUS], 4);
    assert_int_equal(t.b.counts.deviation[HJ212_DEV_CRC_MODBUS], 0);
    assert_int_equal(s.peer.counts.frames, 9);
    assert_int_equal(s.peer.counts.bad_crc, 1);
    stand_close(&s);
}

static void what_was_locked_before_a_restart_holds(void **state)
{
    (void)state;
    struct stand s;
    stand_open(&s, hj212_profile_default(HJ212_2017));
    assert_int_equal(hj212_crc_state_parse("modbus locked", &s.peer.crc), 0);
    feed_sum(&s, SEGMENT(MN_A, "1.0"), false, PW_ECORRUPT);
    feed_sum(&s, SEGMENT(MN_A, "1.0"), true, 0);
    stand_close(&s);
}

static void a_locked_variant_need_not_parse_to_its_end(void **state)
{
    (void)state;
    struct stand s;
    stand_open(&s, hj212_profile_default(HJ212_2017));
    feed_sum(&s, SEGMENT(MN_A, "1.0;x"), true, PW_ECORRUPT);
    for (int i = 0; i < 3; i++)
        feed_sum(&s, SEGMENT(MN_A, "1.0"), true, 0);
    feed_sum(&s, SEGMENT(MN_A, "1.0;x"), true, 0);
    assert_false(s.got.packet->clean);
    stand_close(&s);
}

static struct hj212_profile cipher_profile(enum hj212_cipher_form form)
{
    struct hj212_profile p = hj212_profile_default(HJ212_2025);
    p.cipher_in = HJ212_CIPHER_ACCEPT;
    p.cipher_out = true;
    p.cipher_form = form;
    return p;
}

/* The published frame with its CP as the published cipher, in the wire form of the setting. */
static size_t published_cipher(const cJSON *tree, const cJSON *v, enum hj212_cipher_form form,
                               char *out, const char **out_plain)
{
    const cJSON *f;
    *out_plain = NULL;
    cJSON_ArrayForEach(f, cJSON_GetObjectItem(tree, "frames"))
    {
        if (strcmp(json_string(f, "id"), json_string(v, "frame")) == 0)
            *out_plain = json_string(f, "frame");
    }
    assert_non_null(*out_plain);
    uint8_t cipher[1024];
    size_t count = bytes_of_hex(json_string(v, "cipher_hex"), cipher, sizeof cipher);
    size_t before = (size_t)(strstr(*out_plain, "CP=&&") + 5 - *out_plain);
    memcpy(out, *out_plain, before);
    size_t len = before;
    for (size_t i = 0; i < count; i++) {
        if (form == HJ212_CIPHER_RAW)
            out[len++] = (char)cipher[i];
        else
            len += (size_t)sprintf(out + len, "%s0x%02X%s", i ? "" : "{", cipher[i],
                                   i + 1 < count ? "," : "}");
    }
    const char *tail = json_string(v, "plain_tail");
    len += (size_t)sprintf(out + len, "%s&&%s\r\n", tail, *out_plain + strlen(*out_plain) - 4);
    return len;
}

static void published_ciphers_are_read_in_both_forms(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const cJSON *v;
    int count = 0;
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(tree, "sm4"))
    {
        for (unsigned form = HJ212_CIPHER_RAW; form <= HJ212_CIPHER_LITERAL; form++) {
            char wire[4096];
            const char *plain = NULL;
            size_t len = published_cipher(tree, v, (enum hj212_cipher_form)form, wire, &plain);
            struct stand s;
            stand_open(&s, cipher_profile((enum hj212_cipher_form)form));
            s.peer.key = sm4_new(zeros);
            for (size_t i = 0; i + 3 < len; i++)
                assert_int_equal(stand_feed(&s, wire + i, 1), PW_EMORE);
            assert_int_equal(stand_feed(&s, wire + len - 3, 3), 0);
            assert_true(s.got.decrypted);
            assert_false(s.got.by_old_key);
            assert_int_equal(s.got.deviations, 0);
            assert_int_equal(s.got.packet->segment.len, strlen(plain) - 10);
            assert_memory_equal(s.got.packet->segment.at, plain + 6, strlen(plain) - 10);
            assert_int_equal(s.peer.counts.skipped_bytes, 0);
            stand_close(&s);
            count++;
        }
    }
    assert_int_equal(count, 4);
    cJSON_Delete(tree);
}

static void the_writer_makes_the_published_ciphers(void **state)
{
    (void)state;
    cJSON *tree = load_vectors();
    const cJSON *v;
    struct sm4 *key = sm4_new(zeros);
    struct hj212_packet *p = malloc(sizeof *p);
    assert_non_null(p);
    cJSON_ArrayForEach(v, cJSON_GetObjectItem(tree, "sm4"))
    {
        for (unsigned form = HJ212_CIPHER_RAW; form <= HJ212_CIPHER_LITERAL; form++) {
            struct hj212_profile profile = cipher_profile((enum hj212_cipher_form)form);
            char wire[4096];
            const char *plain = NULL;
            size_t len = published_cipher(tree, v, (enum hj212_cipher_form)form, wire, &plain);
            struct hj212_text segment = {plain + 6, strlen(plain) - 10};
            assert_int_equal(hj212_packet_parse(segment, p), 0);
            struct hj212_head head = {.qn = p->qn,
                                      .st = p->st,
                                      .pw = p->pw,
                                      .mn = p->mn,
                                      .cn = p->cn,
                                      .answer_wanted = true};
            assert_true(hj212_must_encrypt(&profile, p->cn));
            char out[HJ212_FRAME_SIZE];
            size_t out_len = 0;
            assert_int_equal(hj212_write(&profile, &head, p->cp, key, out, sizeof out, &out_len),
                             0);
            assert_int_equal(out_len, len);
            assert_memory_equal(out, wire, len);
            for (size_t size = 0; size < len; size += 7)
                assert_int_equal(hj212_write(&profile, &head, p->cp, key, out, size, &out_len),
                                 PW_EFULL);
        }
    }
    free(p);
    sm4_free(key);
    cJSON_Delete(tree);
}

static size_t encrypted(const struct hj212_profile *profile, const uint8_t *key, const char *cp,
                        char *out)
{
    struct sm4 *s = sm4_new(key);
    struct hj212_head head = {.qn = hj212_text_of("20240601085857223"),
                              .st = hj212_text_of("31"),
                              .pw = hj212_text_of("123456"),
                              .mn = hj212_text_of(MN_A),
                              .cn = 2011};
    size_t len = 0;
    assert_int_equal(hj212_write(profile, &head, hj212_text_of(cp), s, out, HJ212_FRAME_SIZE, &len),
                     0);
    sm4_free(s);
    return len;
}

static void random_texts_survive_encryption_in_both_forms(void **state)
{
    (void)state;
    uint64_t seed = 99;
    for (int round = 0; round < 600; round++) {
        struct hj212_profile profile =
            cipher_profile(round % 2 ? HJ212_CIPHER_LITERAL : HJ212_CIPHER_RAW);
        char cp[940] = "DataTime=20240601085800";
        size_t len = strlen(cp);
        size_t want = xorshift_next(&seed) % 900;
        while (len < want)
            len += (size_t)sprintf(cp + len, ";a%05u-Rtd=%u",
                                   (unsigned)(xorshift_next(&seed) % 100000),
                                   (unsigned)(xorshift_next(&seed) % 1000));
        char out[HJ212_FRAME_SIZE];
        size_t out_len = encrypted(&profile, other_key, cp, out);
        struct stand s;
        stand_open(&s, profile);
        s.peer.key = sm4_new(other_key);
        size_t cut = xorshift_next(&seed) % (out_len - 2);
        assert_int_equal(stand_feed(&s, out, cut), PW_EMORE);
        assert_int_equal(stand_feed(&s, out + cut, out_len - cut), 0);
        assert_true(s.got.decrypted);
        assert_true(hj212_text_is(s.got.packet->cp, cp));
        stand_close(&s);
    }
}

static void the_old_key_serves_as_long_as_the_caller_keeps_it(void **state)
{
    (void)state;
    struct hj212_profile profile = cipher_profile(HJ212_CIPHER_RAW);
    char out[HJ212_FRAME_SIZE];
    size_t len = encrypted(&profile, zeros, "DataTime=20240601085800;a21026-Rtd=1", out);
    struct stand s;
    stand_open(&s, profile);
    s.peer.key = sm4_new(other_key);
    assert_int_equal(stand_feed(&s, out, len), PW_ECORRUPT);
    s.peer.old_key = sm4_new(zeros);
    assert_int_equal(stand_feed(&s, out, len), 0);
    assert_true(s.got.by_old_key);
    sm4_free(s.peer.old_key);
    s.peer.old_key = NULL;
    assert_int_equal(stand_feed(&s, out, len), PW_ECORRUPT);
    stand_close(&s);
}

/* 1014 down, read with the key it replaces; what follows comes under the new one. */
static void a_key_is_changed_by_1014(void **state)
{
    (void)state;
    struct hj212_profile profile = cipher_profile(HJ212_CIPHER_RAW);
    assert_false(hj212_must_encrypt_down(&profile, 1014));
    profile.cipher_new_key = true;
    assert_true(hj212_must_encrypt_down(&profile, 1014));
    assert_false(hj212_must_encrypt_down(&profile, 1012));
    static struct hj212_cp cp;
    char text[200];
    hj212_cp_init(&cp, &profile, text, sizeof text);
    hj212_cp_time(&cp, "", HJ212_SKCREATE_TIME, 1717203537223);
    hj212_cp_text(&cp, "", HJ212_NEW_SK, hj212_text_of((const char *)other_key));
    assert_int_equal(cp.err, 0);
    text[cp.len] = '\0';
    char out[HJ212_FRAME_SIZE];
    size_t len = encrypted(&profile, zeros, text, out);
    struct stand s;
    stand_open(&s, profile);
    s.peer.key = sm4_new(zeros);
    assert_int_equal(stand_feed(&s, out, len), 0);
    assert_true(s.got.decrypted);
    const struct hj212_item *item = hj212_packet_find(s.got.packet, HJ212_NEW_SK);
    assert_non_null(item);
    uint8_t key[SM4_KEY_SIZE];
    assert_int_equal(hj212_key_parse(item->value, key), 0);
    s.peer.old_key = s.peer.key;
    s.peer.key = sm4_new(key);
    len = encrypted(&profile, other_key, "DataTime=20240601085800;a21026-Rtd=1", out);
    assert_int_equal(stand_feed(&s, out, len), 0);
    assert_false(s.got.by_old_key);
    len = encrypted(&profile, zeros, "DataTime=20240601085800;a21026-Rtd=1", out);
    assert_int_equal(stand_feed(&s, out, len), 0);
    assert_true(s.got.by_old_key);
    stand_close(&s);
}

static void clear_text_is_refused_where_encryption_is_required(void **state)
{
    (void)state;
    struct hj212_profile profile = cipher_profile(HJ212_CIPHER_RAW);
    profile.cipher_in = HJ212_CIPHER_REQUIRE;
    struct stand s;
    stand_open(&s, profile);
    s.peer.key = sm4_new(zeros);
    feed_sum(&s, SEGMENT(MN_A, "1.0"), false, PW_ESTATE);
    assert_null(s.got.packet);
    assert_int_equal(s.peer.counts.plain_refused, 1);
    assert_int_equal(s.peer.counts.frames, 0);
    feed_sum(&s, "QN=20240601085857223;ST=31;CN=9015;PW=123456;MN=" MN_A ";Flag=9;CP=&&&&", false,
             0);
    char out[HJ212_FRAME_SIZE];
    size_t len = encrypted(&profile, zeros, "DataTime=20240601085800;a21026-Rtd=1", out);
    assert_int_equal(stand_feed(&s, out, len), 0);
    stand_close(&s);
}

static void clear_text_is_read_where_encryption_is_accepted(void **state)
{
    (void)state;
    struct stand s;
    stand_open(&s, cipher_profile(HJ212_CIPHER_LITERAL));
    s.peer.key = sm4_new(zeros);
    feed_sum(&s, SEGMENT(MN_A, "1.0"), false, 0);
    assert_false(s.got.decrypted);
    feed_sum(&s, SEGMENT(MN_A, "1.0;x"), false, 0);
    assert_false(s.got.packet->clean);
    assert_int_equal(s.got.packet->item_count, 4);
    stand_close(&s);
}

static void broken_literals_cost_only_themselves(void **state)
{
    (void)state;
    static const char *const bad[] = {"{0x",        "{0xE4",  "{0xE4,",     "{0xE4}",
                                      "{0xE4,0x3}", "{0xG4}", "{0xE4 0x3E}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct stand s;
        stand_open(&s, cipher_profile(HJ212_CIPHER_LITERAL));
        s.peer.key = sm4_new(zeros);
        char text[600];
        char good[300];
        int len = snprintf(text, sizeof text,
                           "##0087QN=20240601085857223;ST=31;CN=2011;PW=123456;MN=" MN_A
                           ";Flag=8;CP=&&%s&&ABCD\r\n%s\r\n",
                           bad[i], frame_of(SEGMENT(MN_A, "1.0"), good, sizeof good));
        int count = stand_count(&s, text, (size_t)len);
        while (hj212_framer_waits(&s.reader.framer)) {
            hj212_framer_expire(&s.reader.framer);
            count += stand_count(&s, "", 0);
        }
        assert_int_equal(count, 1);
        stand_close(&s);
    }
}

static void an_endless_literal_is_given_up(void **state)
{
    (void)state;
    struct hj212_profile profile = cipher_profile(HJ212_CIPHER_LITERAL);
    profile.segment_max_in = 1024;
    struct stand s;
    stand_open(&s, profile);
    assert_int_equal(stand_count(&s, "##0200QN=1;CP=&&{", 17), 0);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(stand_count(&s, "0xE4,", 5), 0);
    assert_true(s.peer.counts.bad_length > 0);
    stand_close(&s);
}

static void keys_come_as_text_or_hex(void **state)
{
    (void)state;
    uint8_t key[SM4_KEY_SIZE];
    assert_int_equal(hj212_key_parse(hj212_text_of("0123456789abcdef"), key), 0);
    assert_memory_equal(key, other_key, SM4_KEY_SIZE);
    assert_int_equal(hj212_key_parse(hj212_text_of("30313233343536373839616263646566"), key), 0);
    assert_memory_equal(key, other_key, SM4_KEY_SIZE);
    assert_int_equal(hj212_key_parse(hj212_text_of("3031323334353637383961626364656g"), key),
                     PW_ESYNTAX);
    assert_int_equal(hj212_key_parse(hj212_text_of("short"), key), PW_ESYNTAX);
    assert_int_equal(hj212_key_parse(hj212_text_of(""), key), PW_ESYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mn_of_a_connection_has_its_own_sum),
        cmocka_unit_test(what_was_locked_before_a_restart_holds),
        cmocka_unit_test(a_locked_variant_need_not_parse_to_its_end),
        cmocka_unit_test(published_ciphers_are_read_in_both_forms),
        cmocka_unit_test(the_writer_makes_the_published_ciphers),
        cmocka_unit_test(random_texts_survive_encryption_in_both_forms),
        cmocka_unit_test(the_old_key_serves_as_long_as_the_caller_keeps_it),
        cmocka_unit_test(a_key_is_changed_by_1014),
        cmocka_unit_test(clear_text_is_refused_where_encryption_is_required),
        cmocka_unit_test(clear_text_is_read_where_encryption_is_accepted),
        cmocka_unit_test(broken_literals_cost_only_themselves),
        cmocka_unit_test(an_endless_literal_is_given_up),
        cmocka_unit_test(keys_come_as_text_or_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
