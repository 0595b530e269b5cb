/* The notification protocol against a real datagram socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/app/notify.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct manager {
    int fd;
    char *dir;
};

static void bind_to(struct manager *m, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    assert_true(len < sizeof at.sun_path);
    memcpy(at.sun_path, name, len);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(m->fd >= 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(m->fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static int start_manager(void **state)
{
    static struct manager m;
    char name[108];
    m = (struct manager){.dir = support_temp_dir()};
    (void)snprintf(name, sizeof name, "%s/notify", m.dir);
    bind_to(&m, name);
    *state = &m;
    return 0;
}

static int stop_manager(void **state)
{
    struct manager *m = *state;
    close(m->fd);
    support_remove_dir(m->dir);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

/* A datagram that was sent is there at once. */
static void expect(const struct manager *m, const char *message)
{
    char got[1024];
    ssize_t n = recv(m->fd, got, sizeof got - 1, 0);
    if (n < 0)
        fail_msg("nothing came, wanted %s", message);
    got[n] = '\0';
    assert_string_equal(got, message);
}

static void expect_nothing(const struct manager *m)
{
    char got[1024];
    assert_true(recv(m->fd, got, sizeof got, 0) < 0 && errno == EAGAIN);
}

static void messages_arrive_one_datagram_each(void **state)
{
    notify_send("READY=1");
    notify_send("STOPPING=1");
    notify_send("WATCHDOG=1");
    expect(*state, "READY=1");
    expect(*state, "STOPPING=1");
    expect(*state, "WATCHDOG=1");
    expect_nothing(*state);
}

static void an_at_sign_means_an_abstract_socket(void **state)
{
    struct manager *m = *state;
    char name[64];
    close(m->fd);
    (void)snprintf(name, sizeof name, "@plumewatch-test-notify-%ld", (long)getpid());
    bind_to(m, name);
    notify_send("READY=1");
    expect(m, "READY=1");
}

static void status_is_one_line(void **state)
{
    notify_status("4 devices\nREADY=1\t好");
    expect(*state, "STATUS=4 devices READY=1 好");
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    notify_status(text);
    char got[4000];
    ssize_t n = recv(((struct manager *)*state)->fd, got, sizeof got, 0);
    assert_true(n > 100 && n <= 512);
}

static void reloading_names_the_monotonic_instant(void **state)
{
    struct manager *m = *state;
    struct timespec before;
    struct timespec after;
    char got[256];
    uint64_t usec = 0;
    clock_gettime(CLOCK_MONOTONIC, &before);
    notify_reloading();
    clock_gettime(CLOCK_MONOTONIC, &after);
    ssize_t n = recv(m->fd, got, sizeof got - 1, 0);
    assert_true(n > 0);
    got[n] = '\0';
    assert_int_equal(sscanf(got, "RELOADING=1\nMONOTONIC_USEC=%" SCNu64, &usec), 1);
    assert_true(usec >= (uint64_t)before.tv_sec * 1000000u + (uint64_t)before.tv_nsec / 1000u);
    assert_true(usec <= (uint64_t)after.tv_sec * 1000000u + (uint64_t)after.tv_nsec / 1000u);
}

static void nobody_there_is_no_failure(void **state)
{
    struct manager *m = *state;
    unsetenv("NOTIFY_SOCKET");
    notify_send("READY=1");
    static const char *const names[] = {
        "", "@", "/", "relative", "/nonexistent/notify", "vsock:2:1234"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        notify_send("READY=1");
    }
    char name[400];
    memset(name, 'x', sizeof name);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    setenv("NOTIFY_SOCKET", name, 1);
    notify_send("READY=1");
    expect_nothing(m);
}

static void a_manager_that_does_not_read_is_not_waited_for(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        notify_send("WATCHDOG=1");
}

static void no_descriptor_is_left_open(void **state)
{
    (void)state;
    int before = open("/dev/null", O_RDONLY);
    close(before);
    notify_send("READY=1");
    notify_reloading();
    int after = open("/dev/null", O_RDONLY);
    close(after);
    assert_int_equal(before, after);
}

static void watchdog_interval_is_half_of_what_is_asked(void **state)
{
    (void)state;
    char pid[32];
    assert_int_equal(notify_watchdog_interval_ms(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(notify_watchdog_interval_ms(), 15000);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(notify_watchdog_interval_ms(), 15000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(notify_watchdog_interval_ms(), 0);
    setenv("WATCHDOG_PID", pid, 1);
    setenv("WATCHDOG_USEC", "100", 1);
    assert_int_equal(notify_watchdog_interval_ms(), 1);
    static const char *const bad[] = {"", "0", "-1", "x", "1s", " 5", "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("WATCHDOG_USEC", bad[i], 1);
        assert_int_equal(notify_watchdog_interval_ms(), 0);
    }
}

int main(void)
{
#define MANAGED(name) cmocka_unit_test_setup_teardown(name, start_manager, stop_manager)
    const struct CMUnitTest tests[] = {
        MANAGED(messages_arrive_one_datagram_each),
        MANAGED(an_at_sign_means_an_abstract_socket),
        MANAGED(status_is_one_line),
        MANAGED(reloading_names_the_monotonic_instant),
        MANAGED(nobody_there_is_no_failure),
        MANAGED(a_manager_that_does_not_read_is_not_waited_for),
        MANAGED(no_descriptor_is_left_open),
        MANAGED(watchdog_interval_is_half_of_what_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
