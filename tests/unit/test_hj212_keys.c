/* The keys of one station through changes that are finished, declined, cut short on either side,
 * and over a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/hj212_keys.h"

#include <string.h>

enum { NOW_MS = 1000000, MINUTE_MS = 60000, GRACE_MIN = 10, LINE_SIZE = 512 };

static const char first_key[] = "0123456789abcdef";

static bool opens(struct sm4 *cipher, const char *key)
{
    static const uint8_t plain[SM4_BLOCK_SIZE] = "a24088-Rtd=12.5";
    uint8_t sealed[SM4_BLOCK_SIZE];
    uint8_t got[SM4_BLOCK_SIZE];
    if (!cipher)
        return false;
    struct sm4 *with = sm4_new((const uint8_t *)key);
    sm4_ecb_encrypt(with, plain, sizeof plain, sealed);
    sm4_free(with);
    sm4_ecb_decrypt(cipher, sealed, sizeof sealed, got);
    return memcmp(got, plain, sizeof plain) == 0;
}

static void no_key_is_configured(void **state)
{
    struct hj212_keys k = {0};
    struct hj212_peer peer = {0};
    (void)state;
    hj212_keys_set(&k, "");
    hj212_keys_bind(&k, &peer);
    assert_false(k.used);
    assert_null(peer.key);
    assert_null(peer.old_key);
    hj212_keys_deinit(&k);
}

static void a_change_that_succeeds_keeps_the_old_key_for_its_grace(void **state)
{
    struct hj212_keys k = {0};
    char next[HJ212_NEW_KEY_SIZE];
    char again[HJ212_NEW_KEY_SIZE];
    (void)state;
    hj212_keys_set(&k, first_key);
    assert_int_equal(hj212_keys_offer(&k, next), 0);
    assert_int_equal(strlen(next), 16);
    assert_true(opens(k.first, first_key) && opens(k.second, next));
    assert_int_equal(hj212_keys_offer(&k, again), 0);
    assert_string_equal(next, again);
    assert_int_equal(hj212_keys_confirm(&k, NOW_MS, GRACE_MIN), HJ212_KEY_IN_FORCE);
    assert_true(opens(k.first, next) && opens(k.second, first_key));
    hj212_keys_tick(&k, NOW_MS + GRACE_MIN * MINUTE_MS - 1);
    assert_true(opens(k.second, first_key));
    hj212_keys_tick(&k, NOW_MS + GRACE_MIN * MINUTE_MS);
    assert_null(k.second);
    assert_int_equal(hj212_keys_confirm(&k, NOW_MS, GRACE_MIN), HJ212_KEY_NOTHING);
    assert_int_equal(hj212_keys_offer(&k, again), 0);
    assert_string_not_equal(next, again);
    hj212_keys_deinit(&k);
}

static void without_a_grace_the_old_key_ends_at_once(void **state)
{
    struct hj212_keys k = {0};
    char next[HJ212_NEW_KEY_SIZE];
    (void)state;
    hj212_keys_set(&k, first_key);
    assert_int_equal(hj212_keys_offer(&k, next), 0);
    assert_int_equal(hj212_keys_confirm(&k, NOW_MS, 0), HJ212_KEY_IN_FORCE);
    assert_null(k.second);
    hj212_keys_deinit(&k);
}

static void a_declined_key_is_forgotten(void **state)
{
    struct hj212_keys k = {0};
    char next[HJ212_NEW_KEY_SIZE];
    (void)state;
    hj212_keys_set(&k, first_key);
    assert_int_equal(hj212_keys_decline(&k), HJ212_KEY_NOTHING);
    assert_int_equal(hj212_keys_offer(&k, next), 0);
    assert_int_equal(hj212_keys_decline(&k), HJ212_KEY_DECLINED);
    assert_true(opens(k.first, first_key));
    assert_null(k.second);
    hj212_keys_deinit(&k);
}

static void write_line(const struct hj212_keys *k, char *line)
{
    struct strbuf out;
    strbuf_init_fixed(&out, line, LINE_SIZE);
    hj212_keys_write(k, "MN1", &out);
    assert_false(out.failed);
    strbuf_text(&out);
}

static void keys_survive_a_restart_at_every_stage(void **state)
{
    struct hj212_keys k = {0};
    struct hj212_keys later = {0};
    char line[LINE_SIZE];
    char next[HJ212_NEW_KEY_SIZE];
    (void)state;
    hj212_keys_set(&k, first_key);
    write_line(&k, line);
    assert_string_equal(line, "");
    assert_int_equal(hj212_keys_offer(&k, next), 0);
    write_line(&k, line);
    assert_memory_equal(line, "MN1 ", 4);
    hj212_keys_set(&later, first_key);
    assert_int_equal(hj212_keys_read(&later, line + 4), 0);
    assert_true(opens(later.first, first_key) && opens(later.second, next));
    assert_int_equal(hj212_keys_confirm(&later, NOW_MS, GRACE_MIN), HJ212_KEY_IN_FORCE);
    write_line(&later, line);
    assert_int_equal(hj212_keys_read(&k, line + 4), 0);
    assert_true(opens(k.first, next) && opens(k.second, first_key));
    assert_int_equal(k.since_ms, NOW_MS);
    hj212_keys_deinit(&k);
    hj212_keys_deinit(&later);
}

static void another_configured_key_ends_what_was_changed(void **state)
{
    struct hj212_keys k = {0};
    struct hj212_keys other = {0};
    char line[LINE_SIZE];
    char next[HJ212_NEW_KEY_SIZE];
    static const char second_key[] = "30303030303030303030303030303030";
    (void)state;
    hj212_keys_set(&k, first_key);
    assert_int_equal(hj212_keys_offer(&k, next), 0);
    assert_int_equal(hj212_keys_confirm(&k, NOW_MS, GRACE_MIN), HJ212_KEY_IN_FORCE);
    hj212_keys_set(&k, first_key);
    assert_true(opens(k.first, next));
    write_line(&k, line);
    hj212_keys_set(&other, second_key);
    assert_int_equal(hj212_keys_read(&other, line + 4), PW_ENOTFOUND);
    hj212_keys_copy(&other, &k);
    assert_true(opens(other.first, "0000000000000000"));
    hj212_keys_set(&k, second_key);
    assert_true(opens(k.first, "0000000000000000"));
    assert_null(k.second);
    assert_int_equal(k.since_ms, 0);
    hj212_keys_deinit(&k);
    hj212_keys_deinit(&other);
}

static void a_damaged_line_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "x",
        "0000000000000000 - 0 - 0 -",
        "0000000000000000 zz 0 - 0 -",
        "0000000000000000 00112233445566778899aabbccddeeff 0 - 0",
        "0000000000000000 00112233445566778899aabbccddeeff 0 0011 0 -",
        "0000000000000000 00112233445566778899aabbccddee 0 - 0 -"};
    struct hj212_keys k = {0};
    (void)state;
    hj212_keys_set(&k, first_key);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(hj212_keys_read(&k, lines[i]), PW_ESYNTAX);
    assert_true(opens(k.first, first_key));
    hj212_keys_deinit(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_is_configured),
        cmocka_unit_test(a_change_that_succeeds_keeps_the_old_key_for_its_grace),
        cmocka_unit_test(without_a_grace_the_old_key_ends_at_once),
        cmocka_unit_test(a_declined_key_is_forgotten),
        cmocka_unit_test(keys_survive_a_restart_at_every_stage),
        cmocka_unit_test(another_configured_key_ends_what_was_changed),
        cmocka_unit_test(a_damaged_line_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
