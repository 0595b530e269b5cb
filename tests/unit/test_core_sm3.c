/* SM3 beside the vectors of GB/T 32905-2016, appendix A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/sm3.h"

#include <string.h>

static const char abc_digest[] = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
static const char abcd16_digest[] =
    "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732";

static void digest_of_abc_is_the_standards_first_vector(void **state)
{
    (void)state;
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    sm3_once("abc", 3, digest);
    assert_string_equal(sm3_hex(digest, hex), abc_digest);
}

static void digest_of_sixteen_abcd_is_the_standards_second_vector(void **state)
{
    (void)state;
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    struct sm3 *s = sm3_new();
    for (int i = 0; i < 16; i++)
        sm3_update(s, "abcd", 4);
    sm3_final(s, digest);
    assert_string_equal(sm3_hex(digest, hex), abcd16_digest);
    sm3_free(s);
}

static void final_begins_anew(void **state)
{
    (void)state;
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    struct sm3 *s = sm3_new();
    sm3_update(s, "something else", 14);
    sm3_final(s, digest);
    sm3_update(s, "a", 1);
    sm3_update(s, "", 0);
    sm3_update(s, "bc", 2);
    sm3_final(s, digest);
    assert_string_equal(sm3_hex(digest, hex), abc_digest);
    sm3_free(s);
    sm3_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_of_abc_is_the_standards_first_vector),
        cmocka_unit_test(digest_of_sixteen_abcd_is_the_standards_second_vector),
        cmocka_unit_test(final_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
