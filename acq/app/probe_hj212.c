#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/ask.h"
#include "acq/app/hj212_show.h"

#include "acq/core/clock.h"
#include "protocols/hj212/crypt.h"
#include "protocols/hj212/session.h"
#include "protocols/hj212/write.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] =
    "probe hj212 ADDRESS --mn MN [--cn N] [--cp TEXT] [--st N] [--password-file FILE] "
    "[--edition 2005|2017|2025] [--crc standard|modbus|modbus-swapped] [--sm4-key-file FILE] "
    "[--cipher-form raw|literal] [--zone-min N] [--over-time-s N] [--resends N] [--wait-s N] "
    "[--listen] [--baud N] [--parity none|even|odd] [--stop-bits 1|2]";

enum { SECRET_SIZE = 80, BYTES = 2048 };

struct probe {
    int fd;
    int64_t wait_ms;
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_reader reader;
    struct hj212_workspace *work;
    char *buffer;
    const char *mn, *st, *cp;
    char password[SECRET_SIZE];
    int cn;
    struct hj212_ask_rules rules;
    struct hj212_ask ask;
    char frame[HJ212_FRAME_SIZE];
    size_t len;
};

struct texts {
    const char *mn, *cn, *cp, *st, *password, *edition, *crc, *key, *form, *zone, *over, *resends,
        *wait, *baud, *parity, *stop_bits;
};

static int64_t now_ms(void)
{
    return pw_clock_mono_ms(pw_clock_system());
}

/* The only line of a file; "" without one. */
static int read_secret(const char *path, char out[SECRET_SIZE])
{
    out[0] = '\0';
    if (!path)
        return 0;
    FILE *f = fopen(path, "r");
    char *got = f ? fgets(out, SECRET_SIZE, f) : NULL;
    if (f)
        fclose(f);
    if (!got)
        return args_refuse("probe", usage, "%s cannot be read", path);
    out[strcspn(out, "\r\n")] = '\0';
    return 0;
}

static int read_numbers(struct probe *p, const struct texts *t)
{
    int64_t cn = 1011;
    int64_t zone = 480;
    int64_t over = 10;
    int64_t resends = 3;
    int64_t wait = 60;
    int err = args_number("--cn", t->cn, 1000, 9999, usage, &cn);
    if (!err)
        err = args_number("--zone-min", t->zone, -1440, 1440, usage, &zone);
    if (!err)
        err = args_number("--over-time-s", t->over, 1, 99, usage, &over);
    if (!err)
        err = args_number("--resends", t->resends, 0, 99, usage, &resends);
    if (!err)
        err = args_number("--wait-s", t->wait, 1, 86400, usage, &wait);
    p->cn = (int)cn;
    p->profile.zone_min = (int16_t)zone;
    p->rules = (struct hj212_ask_rules){.over_time_ms = over * 1000, .resends = (unsigned)resends};
    p->wait_ms = wait * 1000;
    return err;
}

static int read_key(struct probe *p, const char *path)
{
    char text[SECRET_SIZE];
    uint8_t key[SM4_KEY_SIZE];
    int err = read_secret(path, text);
    if (err || !text[0])
        return err;
    if (hj212_key_parse(hj212_text_of(text), key) != 0)
        err = args_refuse("probe", usage, "--sm4-key-file: 16 characters or 32 hex digits");
    else
        p->peer.key = sm4_new(key);
    explicit_bzero(text, sizeof text);
    explicit_bzero(key, sizeof key);
    return err;
}

static int read_profile(struct probe *p, const struct texts *t)
{
    enum hj212_crc_variant crc;
    int edition = strcmp(t->edition, "2005") == 0   ? HJ212_2005
                  : strcmp(t->edition, "2017") == 0 ? HJ212_2017
                  : strcmp(t->edition, "2025") == 0 ? HJ212_2025
                                                    : HJ212_EDITION_AUTO;
    if (edition == HJ212_EDITION_AUTO)
        return args_refuse("probe", usage, "--edition: found %s", t->edition);
    if (hj212_crc_variant_parse(t->crc, &crc) != 0 || crc == HJ212_CRC_UNKNOWN)
        return args_refuse("probe", usage, "--crc: found %s", t->crc);
    bool literal = strcmp(t->form, "literal") == 0;
    if (!literal && strcmp(t->form, "raw") != 0)
        return args_refuse("probe", usage, "--cipher-form: found %s", t->form);
    p->profile = hj212_profile_default((enum hj212_edition)edition);
    p->profile.crc_out = crc;
    p->profile.crc_in = HJ212_CRC_UNKNOWN;
    p->profile.length_3 = true;
    p->profile.cipher_form = literal ? HJ212_CIPHER_LITERAL : HJ212_CIPHER_RAW;
    p->profile.cipher_in = t->key ? HJ212_CIPHER_ACCEPT : HJ212_CIPHER_OFF;
    return 0;
}

static int open_reader(struct probe *p)
{
    p->peer.profile = &p->profile;
    size_t size = hj212_reader_size(&p->profile);
    p->buffer = malloc(size);
    p->work = malloc(sizeof *p->work);
    if (!p->buffer || !p->work)
        return PW_ENOMEM;
    hj212_reader_init(&p->reader, &p->peer, p->buffer, size, p->work, NULL, NULL);
    return 0;
}

/* A notice is answered by 9013 only. */
static bool is_notice(const struct probe *p)
{
    return p->cn == 2012 || p->cn == 2022;
}

static int write_request(struct probe *p, char qn[HJ212_QN_SIZE])
{
    hj212_qn_format(pw_clock_wall_ms(pw_clock_system()), p->profile.zone_min, qn);
    const struct hj212_head head = {.qn = hj212_text_of(qn),
                                    .st = hj212_text_of(p->st),
                                    .pw = hj212_text_of(p->password),
                                    .mn = hj212_text_of(p->mn),
                                    .cn = p->cn,
                                    .request = true,
                                    .answer_wanted = true};
    return hj212_write(&p->profile, &head, hj212_text_of(p->cp), NULL, p->frame, sizeof p->frame,
                       &p->len);
}

static int send_request(struct probe *p)
{
    struct hj212_received sent = {.packet = &p->work->packet, .crc = p->profile.crc_out};
    struct hj212_text segment = {p->frame + 6, p->len - HJ212_OVERHEAD};
    if (hj212_packet_parse(segment, &p->work->packet) == 0)
        hj212_show(stdout, HJ212_DOWN, &sent);
    fflush(stdout);
    for (size_t done = 0; done < p->len;) {
        ssize_t n = write(p->fd, p->frame + done, p->len - done);
        if (n < 0 && errno == EAGAIN && poll(&(struct pollfd){p->fd, POLLOUT, 0}, 1, 1000) == 1)
            continue;
        if (n <= 0)
            return PW_EIO;
        done += (size_t)n;
    }
    return 0;
}

static int fail(const char *why)
{
    fflush(stdout);
    fprintf(stderr, "plumewatch probe: %s\n", why);
    return APP_NO_ANSWER;
}

/* -1: the dialogue goes on. */
static int judge(struct probe *p, enum hj212_ask_event event)
{
    char why[160];
    switch (event) {
    case HJ212_ASK_DONE:
        if (p->ask.result == 1)
            return APP_OK;
        snprintf(why, sizeof why, "the station did it not: ExeRtn=%d, %s", p->ask.result,
                 hj212_exe_rtn_text(p->ask.result));
        return fail(why);
    case HJ212_ASK_REFUSED:
        snprintf(why, sizeof why, "the station refused: QnRtn=%d, %s", p->ask.result,
                 hj212_qn_rtn_text(p->ask.result));
        return fail(why);
    case HJ212_ASK_TIMEOUT:
        return fail("no answer in time");
    case HJ212_ASK_RESEND:
        return send_request(p) ? fail("the connection broke") : -1;
    case HJ212_ASK_NOTHING:
    case HJ212_ASK_PROGRESS:
    case HJ212_ASK_DATA:
        break;
    }
    return -1;
}

static int take_bytes(struct probe *p, const char *data, size_t len)
{
    int status = -1;
    while (status < 0) {
        struct hj212_received got;
        int err = hj212_reader_next(&p->reader, &data, &len, &got);
        if (err == PW_EMORE)
            break;
        if (err) {
            printf("<-- ? %s\n", err == PW_ECORRUPT ? "校验或解密失败 wrong sum, or wrong key"
                                                    : "无法解析 no packet");
            continue;
        }
        hj212_show(stdout, HJ212_UP, &got);
        status = judge(p, hj212_ask_input(&p->ask, got.packet, now_ms()));
    }
    fflush(stdout);
    return status;
}

static int converse(struct probe *p)
{
    char qn[HJ212_QN_SIZE];
    if (write_request(p, qn) != 0)
        return args_refuse("probe", usage, "the request cannot be written so");
    int64_t until_ms = now_ms() + p->wait_ms;
    if (hj212_ask_begin(&p->ask, hj212_text_of(qn), p->cn, is_notice(p), &p->rules, now_ms()) !=
            0 ||
        send_request(p) != 0)
        return fail("the connection broke");
    for (;;) {
        char data[BYTES];
        int64_t next_ms = hj212_ask_deadline_ms(&p->ask);
        int64_t left_ms = (next_ms < until_ms ? next_ms : until_ms) - now_ms();
        struct pollfd ready = {p->fd, POLLIN, 0};
        int n = poll(&ready, 1, left_ms > 0 ? (int)left_ms : 0);
        ssize_t got = n > 0 ? read(p->fd, data, sizeof data) : 0;
        if (n > 0 && (got == 0 || (got < 0 && errno != EAGAIN)))
            return fail("the connection ended");
        int status = got > 0 ? take_bytes(p, data, (size_t)got)
                             : judge(p, hj212_ask_tick(&p->ask, now_ms()));
        if (status >= 0)
            return status;
        if (now_ms() >= until_ms)
            return fail("not done in --wait-s");
    }
}

/* Waits for one station to dial in. */
static int await_station(const char *address, int64_t wait_ms, int *out)
{
    char host[256];
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    const char *colon = strrchr(address, ':');
    if (!colon || (size_t)(colon - address) >= sizeof host)
        return PW_EINVAL;
    snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    if (getaddrinfo(host[0] ? host : NULL, colon + 1, &hints, &list) != 0)
        return PW_EINVAL;
    int on = 1;
    int fd = socket(list->ai_family, SOCK_STREAM, 0);
    int err = fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
                      bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, 1) != 0
                  ? -errno
                  : 0;
    freeaddrinfo(list);
    if (!err && poll(&(struct pollfd){fd, POLLIN, 0}, 1, (int)wait_ms) != 1)
        err = PW_ETIMEOUT;
    if (!err && (*out = accept(fd, NULL, NULL)) < 0)
        err = -errno;
    if (fd >= 0)
        close(fd);
    return err;
}

static int connect_station(struct probe *p, const char *address, const struct texts *t,
                           bool listens)
{
    struct ask_place place;
    struct ask a = {.fd = -1};
    int err = ask_place_read(&place, address, NULL, t->baud, t->parity, t->stop_bits, usage);
    if (err)
        return err;
    if (address[0] != '/' && !strchr(address, ':'))
        return args_refuse("probe", usage, "%s: an address and a port, or a serial port", address);
    err = listens ? await_station(address, p->wait_ms, &p->fd)
                  : ask_open(&a, &place, (int)(p->wait_ms < 10000 ? p->wait_ms : 10000));
    if (!listens)
        p->fd = a.fd;
    if (!err)
        return 0;
    fprintf(stderr, "plumewatch probe: %s: %s\n", address, pw_strerror(err));
    return APP_NO_ANSWER;
}

static int run(struct probe *p, const char *address, const struct texts *t, bool listens)
{
    int status = read_profile(p, t);
    if (!status)
        status = read_numbers(p, t);
    if (!status)
        status = read_secret(t->password, p->password);
    if (!status)
        status = read_key(p, t->key);
    if (!status)
        status = open_reader(p) ? APP_FAILED : 0;
    if (!status)
        status = connect_station(p, address, t, listens);
    return status ? status : converse(p);
}

int probe_hj212(int argc, char **argv)
{
    struct texts t = {.cp = "", .st = "31", .edition = "2017", .crc = "standard", .form = "raw"};
    bool listens = false;
    const char *address = NULL;
    size_t count = 0;
    const struct arg_option options[] = {{"--mn", &t.mn, NULL, true},
                                         {"--cn", &t.cn, NULL, false},
                                         {"--cp", &t.cp, NULL, false},
                                         {"--st", &t.st, NULL, false},
                                         {"--password-file", &t.password, NULL, false},
                                         {"--edition", &t.edition, NULL, false},
                                         {"--crc", &t.crc, NULL, false},
                                         {"--sm4-key-file", &t.key, NULL, false},
                                         {"--cipher-form", &t.form, NULL, false},
                                         {"--zone-min", &t.zone, NULL, false},
                                         {"--over-time-s", &t.over, NULL, false},
                                         {"--resends", &t.resends, NULL, false},
                                         {"--wait-s", &t.wait, NULL, false},
                                         {"--listen", NULL, &listens, false},
                                         {"--baud", &t.baud, NULL, false},
                                         {"--parity", &t.parity, NULL, false},
                                         {"--stop-bits", &t.stop_bits, NULL, false}};
    int err = args_parse(argc, argv, options, sizeof options / sizeof *options, usage, &address, 1,
                         &count);
    if (err)
        return err;
    if (count != 1)
        return args_refuse("probe", usage, "expected \"hj212\" and an address");
    struct probe *p = calloc(1, sizeof *p);
    if (!p)
        return APP_FAILED;
    p->fd = -1;
    p->mn = t.mn;
    p->st = t.st;
    p->cp = t.cp;
    int status = run(p, address, &t, listens);
    if (p->fd >= 0)
        close(p->fd);
    sm4_free(p->peer.key);
    free(p->buffer);
    free(p->work);
    explicit_bzero(p, sizeof *p);
    free(p);
    return status;
}
