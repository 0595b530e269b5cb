/* A gateway on a loop of its own, and what it told. */
#ifndef TESTS_UNIT_GATEWAY_STAND_H
#define TESTS_UNIT_GATEWAY_STAND_H

#include "acq/deliver/gateway.h"

#include <stdio.h>
#include <string.h>

enum { STAND_RESULTS_MAX = 64, STAND_DEADLINE_MS = 10000 };

struct gateway_stand {
    uv_loop_t loop;
    struct http_client *http;
    struct gateway *gateway;
    struct gateway_config config;
    struct gateway_result results[STAND_RESULTS_MAX];
    unsigned result_count;
    unsigned ready;
    struct sms_receipt receipt;
    unsigned receipts;
    char inbound_from[32], inbound_text[256];
    unsigned inbound;
    uint32_t ticket; /* of the last receipt or inbound message */
    bool acknowledges;
    bool closed;
    uv_timer_t deadline;
};

static void stand_on_result(void *ctx, const struct gateway_result *r)
{
    struct gateway_stand *s = ctx;
    assert_true(s->result_count < STAND_RESULTS_MAX);
    s->results[s->result_count++] = *r;
}

static void stand_on_receipt(void *ctx, const struct sms_receipt *r, uint32_t ticket)
{
    struct gateway_stand *s = ctx;
    s->receipt = *r;
    s->ticket = ticket;
    s->receipts++;
    if (s->acknowledges)
        gateway_on_durable(s->gateway, ticket);
}

static void stand_on_inbound(void *ctx, const char *from, const char *text, uint32_t ticket)
{
    struct gateway_stand *s = ctx;
    snprintf(s->inbound_from, sizeof s->inbound_from, "%s", from);
    snprintf(s->inbound_text, sizeof s->inbound_text, "%s", text);
    s->ticket = ticket;
    s->inbound++;
}

static void stand_on_ready(void *ctx)
{
    struct gateway_stand *s = ctx;
    s->ready++;
}

static void stand_on_closed(void *ctx)
{
    struct gateway_stand *s = ctx;
    s->closed = true;
}

static const struct gateway_events stand_events = {stand_on_result, stand_on_receipt,
                                                   stand_on_inbound, stand_on_ready};

static void stand_out_of_time(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("it did not happen in time");
}

static void stand_init(struct gateway_stand *s)
{
    *s = (struct gateway_stand){.config = {.id = "g",
                                           .url = "",
                                           .host = "",
                                           .user = "",
                                           .password = "",
                                           .from = "10690001",
                                           .ca_file = "",
                                           .timeout_ms = 5000,
                                           .window = 4,
                                           .retry_first_ms = 20,
                                           .retry_max_ms = 40,
                                           .pause_ms = 300,
                                           .callback_url = "",
                                           .smpp = {.system_type = "", .enquire_ms = 30000},
                                           .http = {.method = "POST",
                                                    .content_type = "application/json",
                                                    .body = "",
                                                    .success_contains = "",
                                                    .hmac_key = "",
                                                    .hmac_header = "X-Signature"}}};
    assert_int_equal(uv_loop_init(&s->loop), 0);
    assert_int_equal(http_client_open(&s->loop, &s->http), 0);
    uv_timer_init(&s->loop, &s->deadline);
}

static void stand_open_gateway(struct gateway_stand *s)
{
    const struct gateway_options options = {.loop = &s->loop,
                                            .http = s->http,
                                            .config = &s->config,
                                            .events = &stand_events,
                                            .ctx = s,
                                            .seed = 1};
    assert_int_equal(gateway_open(&options, &s->gateway), 0);
}

/* Runs the loop until *counter has at least that value. */
static void stand_wait(struct gateway_stand *s, const unsigned *counter, unsigned value)
{
    uv_timer_start(&s->deadline, stand_out_of_time, STAND_DEADLINE_MS, 0);
    while (*counter < value)
        uv_run(&s->loop, UV_RUN_ONCE);
    uv_timer_stop(&s->deadline);
}

static struct gateway_message stand_message(uint64_t token, const char *text)
{
    return (struct gateway_message){.token = token,
                                    .key = "0123abcd",
                                    .to = "+8613800138000",
                                    .subject = "subject",
                                    .text = text,
                                    .json = "",
                                    .reference = 7,
                                    .time_ms = 1700000000000};
}

static void stand_send(struct gateway_stand *s, uint64_t token, const char *text)
{
    struct gateway_message m = stand_message(token, text);
    unsigned before = s->result_count;
    assert_int_equal(gateway_send(s->gateway, &m), 0);
    assert_int_equal(s->result_count, before);
}

static const struct gateway_result *stand_wait_result(struct gateway_stand *s, unsigned count)
{
    stand_wait(s, &s->result_count, count);
    return &s->results[count - 1];
}

static void stand_close_gateway(struct gateway_stand *s)
{
    if (s->gateway)
        gateway_close(s->gateway, stand_on_closed, s);
    s->gateway = NULL;
}

/* Whatever else has handles in the loop is closed already, or closing. */
static void stand_deinit(struct gateway_stand *s)
{
    stand_close_gateway(s);
    http_client_close(s->http, NULL, NULL);
    uv_close((uv_handle_t *)&s->deadline, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    assert_true(s->closed);
    assert_int_equal(uv_loop_close(&s->loop), 0);
}

#endif
