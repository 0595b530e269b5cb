/* Every code that reaches a log has a text of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/err.h"

#include <errno.h>
#include <string.h>
#include <uv.h>

static void own_codes_have_texts(void **state)
{
    (void)state;
    for (int err = PW_EINVAL; err >= PW_ENOMEM; err--)
        assert_string_not_equal(pw_strerror(err), "unknown error");
    assert_string_equal(pw_strerror(0), "no error");
    assert_string_equal(pw_strerror(-20000), "unknown error");
}

static void system_codes_read_like_the_system(void **state)
{
    (void)state;
    assert_string_equal(pw_strerror(UV_ECONNREFUSED), strerror(ECONNREFUSED));
    assert_string_equal(pw_strerror(-EPIPE), strerror(EPIPE));
}

static void codes_that_only_libuv_has_are_told(void **state)
{
    (void)state;
    assert_string_equal(pw_strerror(UV_EOF), "closed by the other side");
    assert_string_equal(pw_strerror(UV_EAI_NONAME), "the name cannot be resolved");
    assert_string_equal(pw_strerror(UV_EAI_AGAIN), "the name cannot be resolved");
    assert_string_equal(pw_strerror(UV_EAI_BADHINTS), "the name cannot be resolved");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_codes_have_texts),
        cmocka_unit_test(system_codes_read_like_the_system),
        cmocka_unit_test(codes_that_only_libuv_has_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
