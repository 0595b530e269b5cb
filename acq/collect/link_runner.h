/* One link while it runs: its bus, its stream and the one timer behind both. Inside of the
 * collector. */
#ifndef ACQ_COLLECT_LINK_RUNNER_H
#define ACQ_COLLECT_LINK_RUNNER_H

#include "acq/collect/collector.h"

#include <stdbool.h>

struct link_runner;
struct dial_hub;

struct link_runner_events {
    void (*on_reading)(void *ctx, const struct reading *r);
    void (*on_written)(void *ctx, const struct collect_write_result *r);
    void (*on_learned)(void *ctx, const struct collect_learned *l);
    /* Stopped, all handles closed and the runner freed. */
    void (*on_stopped)(void *ctx);
};

/* What a runner is made for; all of it is borrowed. */
struct link_runner_setting {
    uv_loop_t *loop;
    struct dial_hub *hub;
    struct plant_time *time;
    const struct link_runner_events *events;
    void *ctx;
};

/* Makes it without starting anything. setting is copied. */
PW_MUST_CHECK int link_runner_new(const struct link_runner_setting *setting,
                                  const struct plant *plant, uint32_t link, uint64_t seed,
                                  struct link_runner **out);
/* Only while it was never started. */
void link_runner_free(struct link_runner *r);

/* Connects and polls from here on. */
void link_runner_start(struct link_runner *r);
/* Whether plant->links[link] is this very link, unchanged. If so the runner can move to it. */
bool link_runner_fits(const struct link_runner *r, const struct plant *plant, uint32_t link);
void link_runner_rebind(struct link_runner *r, const struct plant *plant, uint32_t link);
/* Takes over what old has learned of devices that did not change. Before r starts. */
void link_runner_adopt(struct link_runner *r, const struct link_runner *old);
/* As in modbus_bus.h. */
PW_MUST_CHECK int link_runner_write(struct link_runner *r, uint32_t signal, double value,
                                    uint64_t token);
PW_MUST_CHECK int link_runner_may_write(const struct link_runner *r, uint32_t signal, double value);
PW_MUST_CHECK int link_runner_recall(struct link_runner *r, const struct collect_learned *l);
int link_runner_forget(struct link_runner *r, uint32_t device);
int link_runner_learned(const struct link_runner *r, uint32_t device,
                        void (*on_range)(void *ctx, const struct collect_range *range), void *ctx);
/* Asynchronous: on_stopped() follows. */
void link_runner_stop(struct link_runner *r);

void link_runner_get_stats(const struct link_runner *r, struct collect_link_stats *out);
int link_runner_get_device_stats(const struct link_runner *r, uint32_t device,
                                 struct collect_device_stats *out);
int64_t link_runner_overdue_ms(const struct link_runner *r);

#endif
