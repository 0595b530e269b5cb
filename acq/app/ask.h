/* A Modbus master for tools: one connection, one question, one answer, and it waits. Not for the
 * server, which never waits. */
#ifndef ACQ_APP_ASK_H
#define ACQ_APP_ASK_H

#include "protocols/modbus/mbap.h"
#include "protocols/modbus/rtu.h"

#include <stdbool.h>

struct ask_place {
    const char *address; /* "host:port", "host" (port 502) or the path of a serial port */
    bool rtu;            /* RTU frames over TCP; a serial port always has them */
    uint32_t baud;
    char parity; /* 'N', 'E', 'O' */
    unsigned stop_bits;
};

struct ask {
    int fd;
    bool rtu;
    uint16_t transaction;
    uint8_t bytes[MBAP_ADU_MAX]; /* of the last answer */
};

struct ask_answer {
    uint8_t exception;   /* 0: data is there */
    const uint8_t *data; /* until the next question */
    size_t data_len;
    int64_t took_ms;
};

/* The place from the texts of the command line, NULL where nothing was given. APP_USAGE having said
 * why. */
PW_MUST_CHECK int ask_place_read(struct ask_place *place, const char *address, const char *framing,
                                 const char *baud, const char *parity, const char *stop_bits,
                                 const char *usage);

/* PW_EINVAL: no such place or speed; PW_ETIMEOUT; else an errno as libuv has it. */
PW_MUST_CHECK int ask_open(struct ask *a, const struct ask_place *place, int timeout_ms);
void ask_close(struct ask *a);

/* Waits for the answer to exactly this request; whatever else comes is dropped. 0 also for an
 * exception. PW_ETIMEOUT; PW_ECORRUPT when bytes came but no whole answer; PW_EIO. */
PW_MUST_CHECK int ask_read(struct ask *a, const struct modbus_request *request, int timeout_ms,
                           struct ask_answer *out);

/* A word of the configuration ("holding") as a read function; 0 when it is none. */
uint8_t ask_function(const char *table);

#endif
