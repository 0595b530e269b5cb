/* One link's Modbus master: one connection, one queue, at most `window` requests in flight,
 * whatever the number of units behind it. A pure state machine: bytes, connection changes and the
 * time come in, and requests, readings and the wish to close go out through ops, from inside the
 * call that caused them; ops must not call back into the bus. Nothing is allocated after
 * modbus_bus_new().
 *
 * Devices of one unit with the same instants and settings are read together: their signals are
 * planned as one, each request feeds them all, and each gets its own reading.
 *
 * Due times lie on the grid k * every_ms + phase_ms of the journal clock. A cycle of a device is
 * all its planned requests; when the last is settled one reading with all signals goes out. A cycle
 * that is due while the one before is unsettled is counted and skipped.
 *
 * The failure domain is one request of one unit: a time-out or an exception spoils its points only.
 * A retry, and any request of a unit that timed out last, waits behind all other due work. A unit
 * whose whole cycle failed backs off: its due cycles are readings without values, not requests. */
#ifndef ACQ_COLLECT_MODBUS_BUS_H
#define ACQ_COLLECT_MODBUS_BUS_H

#include "acq/collect/stats.h"
#include "acq/core/err.h"
#include "acq/core/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plant;
struct modbus_bus;

struct bus_time {
    int64_t at_ms;     /* journal clock: never runs backwards, follows the monotonic clock */
    int64_t offset_ms; /* UTC = at + offset */
};

struct modbus_bus_ops {
    /* Negative: the connection is broken; the bus then wants it closed. */
    int (*send)(void *ctx, const uint8_t *data, size_t len);
    /* From here on the bus counts as not connected and takes no bytes until connected again. */
    void (*close_connection)(void *ctx);
    void (*on_reading)(void *ctx, const struct reading *r);
    /* A write is over; may be NULL. */
    void (*on_written)(void *ctx, const struct collect_write_result *r);
    /* Exceptions taught something, or it was forgotten; may be NULL. l is borrowed. */
    void (*on_learned)(void *ctx, const struct collect_learned *l);
};

/* Time-outs in a row that close the connection. A serial port is not one, but opening it anew may
 * wake an adapter that hangs. */
enum { BUS_SILENCES_MAX = 3, BUS_SILENCES_SERIAL_MAX = 30 };

/* For plant->links[link]. The plant and ops are borrowed. first_transaction: where the transaction
 * ids begin. PW_ENOMEM, or PW_EINVAL for a device that cannot be planned. */
PW_MUST_CHECK int modbus_bus_new(const struct plant *plant, uint32_t link,
                                 uint16_t first_transaction, const struct modbus_bus_ops *ops,
                                 void *ctx, struct modbus_bus **out);

/* The first of these two calls starts the grid. why: QUALITY_REFUSED or QUALITY_LINK, the reason
 * of readings until the next connection. */
void modbus_bus_connected(struct modbus_bus *b, struct bus_time now);
void modbus_bus_disconnected(struct modbus_bus *b, enum quality_word why, struct bus_time now);

void modbus_bus_received(struct modbus_bus *b, const uint8_t *data, size_t len,
                         struct bus_time now);
/* Does what is due. Early calls do no harm. */
void modbus_bus_tick(struct modbus_bus *b, struct bus_time now);
/* When the next tick is wanted, on the journal clock; INT64_MAX when only events matter. */
int64_t modbus_bus_next_ms(const struct modbus_bus *b);

/* Writes a signal (index in plant->signals) ahead of all polls and reads it back; on_written()
 * tells the end with the same token. PW_EBUSY: one is under way on this link; PW_EIO: not
 * connected; PW_ESTATE: not writable; PW_EINVAL: the registers cannot hold the value; PW_ENOTFOUND:
 * not on this link. Tick after it. */
PW_MUST_CHECK int modbus_bus_write(struct modbus_bus *b, uint32_t signal, double value,
                                   uint64_t token, struct bus_time now);

/* What modbus_bus_write() would return, without writing. */
PW_MUST_CHECK int modbus_bus_may_write(const struct modbus_bus *b, uint32_t signal, double value);

/* Whether a valid reply came over this connection (or, once closed, over the last one). */
bool modbus_bus_is_alive(const struct modbus_bus *b);
/* Age of the oldest due cycle that is not settled, for a watchdog; 0 when there is none. */
int64_t modbus_bus_overdue_ms(const struct modbus_bus *b, int64_t at_ms);

/* Fills in what the bus knows (bytes, stray, framing_lost, silences, overdue_ms, last bad frame).
 */
void modbus_bus_get_link_stats(const struct modbus_bus *b, int64_t at_ms,
                               struct collect_link_stats *out);
/* device: index in plant->devices. PW_ENOTFOUND when it is not on this link. */
int modbus_bus_get_device_stats(const struct modbus_bus *b, uint32_t device, int64_t at_ms,
                                struct collect_device_stats *out);

/* What exceptions taught of the device's ranges; nothing when it is asked as planned. PW_ENOTFOUND
 * as above. */
int modbus_bus_learned(const struct modbus_bus *b, uint32_t device,
                       void (*on_range)(void *ctx, const struct collect_range *range), void *ctx);
/* As planned again, from the next cycle on. */
int modbus_bus_forget(struct modbus_bus *b, uint32_t device);
/* What an on_learned() of an earlier run told, instead of what is known now. Before b starts.
 * PW_ENOTFOUND as above; PW_EINVAL: it is not true of these devices as they are configured and
 * planned now, and nothing has changed. */
PW_MUST_CHECK int modbus_bus_recall(struct modbus_bus *b, const struct collect_learned *l);
/* Takes over what old, which had devices of the same configuration, has learned of them. Before b
 * starts. */
void modbus_bus_adopt(struct modbus_bus *b, const struct modbus_bus *old);

/* Whether plant->links[link] has the same devices with the same signals in the same order (equal
 * settings are the caller's to know, from the digests). If so the bus can move to that plant:
 * connection, cycles and counters go on, indexes follow the new plant. */
bool modbus_bus_fits(const struct modbus_bus *b, const struct plant *plant, uint32_t link);
void modbus_bus_rebind(struct modbus_bus *b, const struct plant *plant, uint32_t link);

void modbus_bus_free(struct modbus_bus *b);

#endif
