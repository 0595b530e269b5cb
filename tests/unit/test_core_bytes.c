/* Shared bytes: contents, references from two threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/bytes.h"

#include <pthread.h>
#include <string.h>

static void bytes_are_a_copy(void **state)
{
    (void)state;
    char text[] = "abc";
    struct bytes *b = bytes_new(text, 3);
    assert_non_null(b);
    text[0] = 'x';
    assert_int_equal(bytes_len(b), 3);
    assert_memory_equal(bytes_data(b), "abc", 3);
    bytes_unref(b);
}

static void nothing_is_a_length_too(void **state)
{
    (void)state;
    struct bytes *b = bytes_new(NULL, 0);
    assert_non_null(b);
    assert_int_equal(bytes_len(b), 0);
    bytes_unref(b);
    bytes_unref(NULL);
}

static void bytes_live_until_the_last_reference(void **state)
{
    (void)state;
    struct bytes *b = bytes_new("abc", 3);
    struct bytes *other = bytes_ref(b);
    assert_ptr_equal(other, b);
    bytes_unref(b);
    assert_memory_equal(bytes_data(other), "abc", 3);
    bytes_unref(other);
}

static void *ref_and_unref(void *arg)
{
    struct bytes *b = arg;
    for (int i = 0; i < 20000; i++)
        bytes_unref(bytes_ref(b));
    bytes_unref(b);
    return NULL;
}

static void threads_share_references(void **state)
{
    (void)state;
    struct bytes *b = bytes_new("abc", 3);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ref_and_unref, bytes_ref(b)), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_memory_equal(bytes_data(b), "abc", 3);
    bytes_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_a_copy),
        cmocka_unit_test(nothing_is_a_length_too),
        cmocka_unit_test(bytes_live_until_the_last_reference),
        cmocka_unit_test(threads_share_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
