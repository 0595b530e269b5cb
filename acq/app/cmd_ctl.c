#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/core/json.h"
#include "acq/core/num.h"
#include "acq/core/strbuf.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 8 * 1024 * 1024, PATIENCE_S = 40, ASK_PATIENCE_S = 670, WORDS_MAX = 4 };

static const char usage[] =
    "ctl [--data DIR] status|reload|snapshot|anchor|declare JSON|withdraw ID|"
    "alarms|ack ID [WHY]|comment ID WHY|shelve ID MINUTES WHY|unshelve ID|out-of-service ID WHY|"
    "in-service ID|forget DEVICE|write DEVICE.SIGNAL VALUE|ask DEVICE CN [CP]|unknown MN|"
    "notify TO TEXT [GATEWAY]";

static int connect_to(const char *data_dir, long patience_s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", data_dir);
    if (len < 0 || (size_t)len >= sizeof address.sun_path)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    struct timeval patience = {.tv_sec = patience_s};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int send_all(int fd, const struct strbuf *text)
{
    for (size_t sent = 0; sent < text->len;) {
        ssize_t n = send(fd, text->data + sent, text->len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return PW_EIO;
        sent += (size_t)n;
    }
    return 0;
}

static int receive_all(int fd, struct strbuf *out)
{
    char part[4096];
    ssize_t n;
    while ((n = recv(fd, part, sizeof part, 0)) > 0)
        strbuf_add(out, part, (size_t)n);
    return n < 0 || out->failed || out->len == 0 ? PW_EIO : 0;
}

static bool write_value(const char **words, struct strbuf *out)
{
    double value = 0;
    if (num_parse_double(words[2], strlen(words[2]), &value) != 0)
        return false;
    strbuf_adds(out, ",\"signal\":");
    strbuf_add_json_string(out, words[1]);
    strbuf_adds(out, ",\"value\":");
    strbuf_add_json_double(out, value);
    return true;
}

static bool write_ask(const char **words, size_t count, struct strbuf *out)
{
    double cn = 0;
    if (count < 3 || num_parse_double(words[2], strlen(words[2]), &cn) != 0)
        return false;
    strbuf_adds(out, "{\"command\":\"ask\",\"device\":");
    strbuf_add_json_string(out, words[1]);
    strbuf_adds(out, ",\"cn\":");
    strbuf_add_json_double(out, cn);
    strbuf_adds(out, ",\"cp\":");
    strbuf_add_json_string(out, count == 4 ? words[3] : "");
    strbuf_adds(out, "}\n");
    return true;
}

static const struct alarm_words {
    const char *verb;
    size_t least, most; /* words, the verb and the id among them */
} alarm_verbs[] = {{"ack", 2, 3},      {"comment", 3, 3},        {"shelve", 4, 4},
                   {"unshelve", 2, 3}, {"out-of-service", 3, 3}, {"in-service", 2, 3}};

static const struct alarm_words *find_verb(const char *word)
{
    for (size_t i = 0; i < sizeof alarm_verbs / sizeof *alarm_verbs; i++)
        if (strcmp(alarm_verbs[i].verb, word) == 0)
            return &alarm_verbs[i];
    return NULL;
}

static bool write_alarm(const struct alarm_words *verb, const char **words, size_t count,
                        struct strbuf *out)
{
    bool has_minutes = strcmp(verb->verb, "shelve") == 0;
    double minutes = 0;
    if (count < verb->least || count > verb->most ||
        (has_minutes && num_parse_double(words[2], strlen(words[2]), &minutes) != 0))
        return false;
    strbuf_addf(out, "{\"command\":\"alarm\",\"verb\":\"%s\",\"id\":", verb->verb);
    strbuf_add_json_string(out, words[1]);
    if (has_minutes) {
        strbuf_adds(out, ",\"minutes\":");
        strbuf_add_json_double(out, minutes);
    }
    if (count > 2) {
        strbuf_adds(out, ",\"why\":");
        strbuf_add_json_string(out, words[count - 1]);
    }
    strbuf_adds(out, "}\n");
    return true;
}

static bool write_notify(const char **words, size_t count, struct strbuf *out)
{
    if (count < 3)
        return false;
    strbuf_adds(out, "{\"command\":\"notify\",\"to\":");
    strbuf_add_json_string(out, words[1]);
    strbuf_adds(out, ",\"text\":");
    strbuf_add_json_string(out, words[2]);
    if (count == 4) {
        strbuf_adds(out, ",\"via\":");
        strbuf_add_json_string(out, words[3]);
    }
    strbuf_adds(out, "}\n");
    return true;
}

/* The request for the words of the command line; false when they are none. */
static bool write_request(const char **words, size_t count, struct strbuf *out)
{
    if (strcmp(words[0], "ask") == 0)
        return write_ask(words, count, out);
    const struct alarm_words *verb = find_verb(words[0]);
    if (verb)
        return write_alarm(verb, words, count, out);
    if (strcmp(words[0], "notify") == 0)
        return write_notify(words, count, out);
    bool has_body = strcmp(words[0], "declare") == 0;
    bool has_id = strcmp(words[0], "withdraw") == 0 || strcmp(words[0], "forget") == 0 ||
                  strcmp(words[0], "unknown") == 0;
    bool has_value = strcmp(words[0], "write") == 0;
    bool alone = strcmp(words[0], "status") == 0 || strcmp(words[0], "reload") == 0 ||
                 strcmp(words[0], "snapshot") == 0 || strcmp(words[0], "anchor") == 0 ||
                 strcmp(words[0], "alarms") == 0;
    if (count != (alone ? 1u : has_value ? 3u : 2u) || !(alone || has_body || has_id || has_value))
        return false;
    strbuf_adds(out, "{\"command\":");
    strbuf_add_json_string(out, words[0]);
    if (has_id) {
        strbuf_adds(out, ",\"id\":");
        strbuf_add_json_string(out, words[1]);
    }
    if (has_value && !write_value(words, out))
        return false;
    if (has_body) {
        strbuf_adds(out, ",\"body\":");
        for (const char *p = words[1]; *p; p++)
            strbuf_addc(out, *p == '\n' ? ' ' : *p);
    }
    strbuf_adds(out, "}\n");
    return true;
}

static int show(const struct strbuf *answer)
{
    cJSON *tree = NULL;
    if (json_parse(answer->data, answer->len, &tree, NULL) != 0) {
        fprintf(stderr, "plumewatch ctl: the answer is no JSON\n");
        return APP_FAILED;
    }
    bool ok = json_bool(tree, "ok", false);
    const cJSON *problems = cJSON_GetObjectItemCaseSensitive(tree, "problems");
    const cJSON *problem = NULL;
    cJSON_ArrayForEach(problem, problems) fprintf(stderr, "%s\n", cJSON_GetStringValue(problem));
    if (ok)
        fputs(answer->data, stdout);
    else
        fprintf(stderr, "plumewatch ctl: %s\n", json_string(tree, "error"));
    cJSON_Delete(tree);
    return ok ? APP_OK : APP_FAILED;
}

static int talk(const char *data_dir, long patience_s, const struct strbuf *request,
                struct strbuf *answer)
{
    int fd = connect_to(data_dir, patience_s);
    if (fd < 0) {
        fprintf(stderr, "plumewatch ctl: no server runs on %s\n", data_dir);
        return APP_NOT_RUNNING;
    }
    int err = send_all(fd, request);
    if (!err)
        err = receive_all(fd, answer);
    close(fd);
    if (err)
        fprintf(stderr, "plumewatch ctl: the server did not answer\n");
    return err ? APP_FAILED : show(answer);
}

int cmd_ctl(int argc, char **argv)
{
    const char *data = "/var/lib/plumewatch";
    const char *words[WORDS_MAX] = {NULL};
    size_t count = 0;
    const struct arg_option options[] = {{"--data", &data, NULL, false}};
    int err = args_parse(argc, argv, options, 1, usage, words, WORDS_MAX, &count);
    if (err)
        return err;
    struct strbuf request;
    struct strbuf answer;
    strbuf_init(&request, 65000);
    strbuf_init(&answer, ANSWER_MAX);
    if (count == 0 || !write_request(words, count, &request))
        err = args_refuse(argv[0], usage, "expected a command and what it takes");
    else if (request.failed)
        err = args_refuse(argv[0], usage, "the request is longer than 65000 bytes");
    else
        err = talk(data, strcmp(words[0], "ask") == 0 ? ASK_PATIENCE_S : PATIENCE_S, &request,
                   &answer);
    strbuf_deinit(&request);
    strbuf_deinit(&answer);
    return err;
}
