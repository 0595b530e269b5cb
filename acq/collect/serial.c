#include "acq/collect/serial.h"

#include "acq/loop/worker.h"
#include "acq/plant/plant.h"

#include <errno.h>
#include <modbus/modbus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { READ_SIZE = 512, READS_AT_ONCE = 4, PATH_SIZE = 1001 };

enum serial_state { SERIAL_CLOSED, SERIAL_OPENING, SERIAL_OPEN, SERIAL_ENDING };

struct serial {
    uv_loop_t *loop;
    const struct stream_events *events;
    void *ctx;
    enum serial_state state;
    int why;
    struct worker_job job; /* opens, and later closes */
    modbus_t *port;        /* the job's while it is busy */
    int fd;
    int open_error;
    uv_poll_t poll;
    uint8_t kept[STREAM_WRITE_MAX]; /* what is to be written, up to kept_len */
    size_t kept_begin, kept_len;
    char path[PATH_SIZE];
    int baud, data_bits, stop_bits;
    char parity;
    bool rs485;
    bool drops_unread;
};

static struct serial *of_job(struct worker_job *job)
{
    return (struct serial *)(void *)((char *)job - offsetof(struct serial, job));
}

struct serial *serial_new(uv_loop_t *loop, const struct stream_events *events, void *ctx)
{
    struct serial *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->loop = loop;
    s->events = events;
    s->ctx = ctx;
    return s;
}

void serial_free(struct serial *s)
{
    if (!s)
        return;
    pw_require(s->state == SERIAL_CLOSED);
    free(s);
}

static int last_error(void)
{
    return errno > 0 && errno < 4096 ? -errno : UV_EIO;
}

/* libmodbus leaves the translation of line ends and breaks as it was, and has a read without bytes
 * look like the end. */
static int make_raw(int fd)
{
    struct termios t;
    if (tcgetattr(fd, &t))
        return last_error();
    t.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | IGNCR | INLCR | ISTRIP | PARMRK);
    t.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &t) || tcflush(fd, TCIFLUSH))
        return last_error();
    return 0;
}

static int open_port(struct serial *s)
{
    s->port = modbus_new_rtu(s->path, s->baud, s->parity, s->data_bits, s->stop_bits);
    if (!s->port)
        return last_error();
    if (modbus_connect(s->port))
        return last_error();
    s->fd = modbus_get_socket(s->port);
    if (s->rs485 && modbus_rtu_set_serial_mode(s->port, MODBUS_RTU_RS485))
        return last_error();
    return make_raw(s->fd);
}

/* Not modbus_close(): it restores the settings of before the open, also when a reload has opened
 * and configured the port anew meanwhile. */
static void close_port(struct serial *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    modbus_free(s->port);
    s->port = NULL;
    s->fd = -1;
}

static void run_open(struct worker_job *job)
{
    struct serial *s = of_job(job);
    s->open_error = open_port(s);
    if (s->open_error)
        close_port(s);
}

static void run_close(struct worker_job *job)
{
    close_port(of_job(job));
}

static void finish(struct serial *s)
{
    s->state = SERIAL_CLOSED;
    s->events->on_close(s->ctx, s->why);
}

static void on_port_closed(struct worker_job *job, int status)
{
    struct serial *s = of_job(job);
    if (status < 0)
        close_port(s);
    finish(s);
}

static void start_close(struct serial *s)
{
    if (worker_start(&s->job, s->loop, run_close, on_port_closed) == 0)
        return;
    close_port(s);
    finish(s);
}

static void on_poll_closed(uv_handle_t *handle)
{
    start_close(handle->data);
}

static void end(struct serial *s, int why)
{
    if (s->state == SERIAL_ENDING || s->state == SERIAL_CLOSED)
        return;
    bool open = s->state == SERIAL_OPEN;
    s->state = SERIAL_ENDING;
    s->why = why;
    if (open)
        uv_close((uv_handle_t *)&s->poll, on_poll_closed);
}

void serial_close(struct serial *s)
{
    end(s, 0);
}

static bool read_some(struct serial *s)
{
    uint8_t bytes[READ_SIZE];
    ssize_t n = read(s->fd, bytes, sizeof bytes);
    if (n > 0)
        s->events->on_data(s->ctx, bytes, (size_t)n);
    else if (n == 0)
        end(s, UV_EOF);
    else if (errno != EAGAIN && errno != EINTR)
        end(s, last_error());
    return n > 0 && s->state == SERIAL_OPEN;
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* How many bytes the port took, or an error. */
static ssize_t write_some(struct serial *s, const uint8_t *data, size_t len)
{
    ssize_t n = write(s->fd, data, len);
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EINTR ? 0 : last_error();
}

static int watch_for(struct serial *s, int events)
{
    return uv_poll_start(&s->poll, events, on_ready);
}

static void write_kept(struct serial *s)
{
    ssize_t n = write_some(s, s->kept + s->kept_begin, s->kept_len - s->kept_begin);
    if (n < 0) {
        end(s, (int)n);
        return;
    }
    s->kept_begin += (size_t)n;
    if (s->kept_begin < s->kept_len)
        return;
    s->kept_begin = s->kept_len = 0;
    int err = watch_for(s, UV_READABLE);
    if (err)
        end(s, err);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct serial *s = poll->data;
    if (s->state != SERIAL_OPEN)
        return;
    if (status < 0) {
        end(s, status);
        return;
    }
    if (events & UV_WRITABLE && s->kept_len > 0)
        write_kept(s);
    if (!(events & UV_READABLE) || s->state != SERIAL_OPEN)
        return;
    for (int i = 0; i < READS_AT_ONCE && read_some(s); i++)
        continue;
}

static int watch(struct serial *s)
{
    int err = uv_poll_init(s->loop, &s->poll, s->fd);
    if (err)
        return err;
    s->poll.data = s;
    s->state = SERIAL_OPEN;
    s->kept_begin = s->kept_len = 0;
    return watch_for(s, UV_READABLE);
}

static void on_opened(struct worker_job *job, int status)
{
    struct serial *s = of_job(job);
    int err = status < 0 ? status : s->open_error;
    if (s->state == SERIAL_ENDING) {
        start_close(s);
        return;
    }
    if (err) {
        s->why = err;
        finish(s);
        return;
    }
    err = watch(s);
    if (err == 0)
        s->events->on_open(s->ctx);
    else if (s->state == SERIAL_OPEN)
        end(s, err);
    else {
        s->why = err;
        start_close(s);
    }
}

int serial_open(struct serial *s, const struct plant_link *link)
{
    static const char parities[] = {'N', 'E', 'O'};
    if (s->state != SERIAL_CLOSED)
        return PW_ESTATE;
    int n = snprintf(s->path, sizeof s->path, "%s", link->serial);
    if (n < 0 || n >= PATH_SIZE)
        return PW_EINVAL;
    s->baud = (int)link->baud;
    s->data_bits = link->data_bits;
    s->stop_bits = link->stop_bits;
    s->parity = parities[link->parity];
    s->rs485 = link->rs485;
    s->drops_unread = link->framing != FRAMING_HJ212;
    s->fd = -1;
    s->open_error = 0;
    int err = worker_start(&s->job, s->loop, run_open, on_opened);
    if (err == 0)
        s->state = SERIAL_OPENING;
    return err;
}

int serial_write(struct serial *s, const uint8_t *data, size_t len)
{
    if (s->state != SERIAL_OPEN)
        return PW_ESTATE;
    if (len > STREAM_WRITE_MAX)
        return PW_EINVAL;
    if (s->kept_len > 0)
        return UV_EAGAIN;
    if (s->drops_unread) /* what came unasked in this very moment is no reply */
        (void)tcflush(s->fd, TCIFLUSH);
    ssize_t n = write_some(s, data, len);
    if (n < 0)
        return (int)n;
    s->kept_len = len - (size_t)n;
    memcpy(s->kept, data + n, s->kept_len);
    return s->kept_len > 0 ? watch_for(s, UV_READABLE | UV_WRITABLE) : 0;
}
