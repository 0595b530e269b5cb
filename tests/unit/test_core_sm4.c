#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/sm4.h"

#include <string.h>

/* GB/T 32907-2016 Appendix A.1: key and text are the same. */
static const uint8_t key[SM4_KEY_SIZE] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF,
                                          0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10};
static const uint8_t cipher[SM4_BLOCK_SIZE] = {0x68, 0x1E, 0xDF, 0x34, 0xD2, 0x06, 0x96, 0x5E,
                                               0x86, 0xB3, 0xE9, 0x4F, 0x53, 0x6E, 0x42, 0x46};

static void one_block_is_that_of_the_standard(void **state)
{
    (void)state;
    struct sm4 *s = sm4_new(key);
    uint8_t out[SM4_BLOCK_SIZE];
    sm4_ecb_encrypt(s, key, sizeof out, out);
    assert_memory_equal(out, cipher, sizeof out);
    sm4_ecb_decrypt(s, out, sizeof out, out);
    assert_memory_equal(out, key, sizeof out);
    sm4_free(s);
}

static void blocks_do_not_depend_on_each_other_or_on_earlier_calls(void **state)
{
    (void)state;
    struct sm4 *s = sm4_new(key);
    uint8_t text[4 * SM4_BLOCK_SIZE];
    uint8_t out[4 * SM4_BLOCK_SIZE];
    for (size_t i = 0; i < 4; i++)
        memcpy(text + i * SM4_BLOCK_SIZE, key, SM4_BLOCK_SIZE);
    for (int round = 0; round < 3; round++) {
        sm4_ecb_encrypt(s, text, sizeof text, out);
        for (size_t i = 0; i < 4; i++)
            assert_memory_equal(out + i * SM4_BLOCK_SIZE, cipher, SM4_BLOCK_SIZE);
        sm4_ecb_encrypt(s, text, 0, out);
    }
    sm4_free(s);
}

static void another_key_gives_another_text(void **state)
{
    (void)state;
    uint8_t other[SM4_KEY_SIZE] = {0};
    uint8_t out[SM4_BLOCK_SIZE];
    struct sm4 *s = sm4_new(other);
    sm4_ecb_encrypt(s, key, sizeof out, out);
    assert_memory_not_equal(out, cipher, sizeof out);
    sm4_set_key(s, key);
    sm4_ecb_encrypt(s, key, sizeof out, out);
    assert_memory_equal(out, cipher, sizeof out);
    sm4_free(s);
    sm4_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block_is_that_of_the_standard),
        cmocka_unit_test(blocks_do_not_depend_on_each_other_or_on_earlier_calls),
        cmocka_unit_test(another_key_gives_another_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
