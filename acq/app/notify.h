/* The service manager's notification protocol (sd_notify(3)): datagrams of KEY=VALUE lines to the
 * socket that NOTIFY_SOCKET names, "@" for an abstract one. Without that variable everything here
 * does nothing. Never waits and never fails the server: what cannot be sent is dropped. */
#ifndef ACQ_APP_NOTIFY_H
#define ACQ_APP_NOTIFY_H

#include <stdint.h>

/* One message: "READY=1", "STOPPING=1", "WATCHDOG=1"; several lines are joined by '\n'. */
void notify_send(const char *message);

/* "STATUS=" and a line for people; control characters become spaces, a long text is cut. */
void notify_status(const char *text);

/* "RELOADING=1" with the monotonic instant that the protocol wants; "READY=1" ends it. */
void notify_reloading(void);

/* How often WATCHDOG=1 is due: half of WATCHDOG_USEC, at least 1; 0 when the manager does not ask
 * this process. */
int64_t notify_watchdog_interval_ms(void);

#endif
