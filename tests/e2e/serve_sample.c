/* serve_sample WEB_DIR [empty|many]: the HTTP server alone with the sample view, published again
 * every 200 ms as a loop thread would. Prints {"port":N}; ends when its stdin ends. */
#include "acq/core/clock.h"
#include "acq/core/log.h"
#include "acq/serve/server.h"
#include "tests/support/sample_view.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { PUBLISH_EVERY_MS = 200, MANY = 130 };

static struct serve_view *many_devices(int64_t now_ms)
{
    const struct sample_signal one[] = {{"flow", "流量", "m3/h", 12.5, QUALITY_GOOD}};
    struct serve_view *v = serve_view_new(&(struct serve_counts){.devices = MANY, .signals = MANY});
    pw_require(v != NULL);
    v->plant = "many";
    v->state = SERVE_RUNNING;
    v->now_ms = now_ms;
    v->started_ms = now_ms - 1000;
    v->zone_offset_min = 480;
    for (size_t i = 0; i < MANY; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "device-%03zu", i);
        sample_view_device(v, i, id, "bus", (uint32_t)(i % 247 + 1), 1, one);
    }
    return v;
}

static struct serve_view *next_view(const char *kind)
{
    int64_t now_ms = pw_clock_wall_ms(pw_clock_system());
    if (strcmp(kind, "empty") == 0)
        return serve_view_new(&(struct serve_counts){0});
    return strcmp(kind, "many") == 0 ? many_devices(now_ms) : sample_view_new(now_ms);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s WEB_DIR [empty|many]\n", argv[0]);
        return 64;
    }
    const char *kind = argc > 2 ? argv[2] : "";
    const struct serve_options options = {.listen = "127.0.0.1:0", .web_dir = argv[1]};
    struct server *server = NULL;
    char why[256];
    if (serve_start(&options, &server, why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    serve_publish(server, next_view(kind));
    printf("{\"port\":%u}\n", serve_port(server));
    fflush(stdout);
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        char drop[64];
        if (poll(&in, 1, PUBLISH_EVERY_MS) > 0 && read(STDIN_FILENO, drop, sizeof drop) <= 0)
            break;
        serve_publish(server, next_view(kind));
    }
    serve_stop(server);
    return 0;
}
