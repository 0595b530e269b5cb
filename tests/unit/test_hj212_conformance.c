/* The committed page is what the tables give. With PW_UPDATE=1 in the environment it is written
 * anew instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/hj212/conformance.h"
#include "tests/support/support.h"

#include <stdlib.h>

#define PAGE PW_SOURCE_DIR "/docs/hj212-conformance.md"

static void the_page_is_what_the_tables_give(void **state)
{
    (void)state;
    char *printed = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&printed, &len);
    assert_non_null(f);
    hj212_write_conformance(f);
    assert_int_equal(fclose(f), 0);
    if (getenv("PW_UPDATE")) {
        f = fopen(PAGE, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(printed, 1, len, f), len);
        assert_int_equal(fclose(f), 0);
    }
    char *committed = support_read_file(PAGE, NULL);
    assert_non_null(committed);
    assert_string_equal(committed, printed);
    free(committed);
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_what_the_tables_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
