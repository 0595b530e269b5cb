#include "acq/serve/routes.h"

#include <string.h>

struct route {
    const char *method; /* GET takes HEAD too */
    const char *pattern;
    bool before_view; /* answers although there is no view yet */
    void (*answer)(const struct request *q, struct reply *r);
};

static const struct route routes[] = {
    {"GET", "/api/v1/health", true, api_health},
    {"GET", "/api/v1/links", false, api_links},
    {"GET", "/api/v1/stations", false, api_stations},
    {"GET", "/api/v1/unknown-stations", false, api_unknown_stations},
    {"GET", "/api/v1/devices", false, api_devices},
    {"GET", "/api/v1/devices/{id}", false, api_device},
    {"GET", "/api/v1/targets", false, api_targets},
    {"GET", "/api/v1/findings", false, api_findings},
    {"GET", "/api/v1/totals", false, api_totals},
    {"GET", "/api/v1/rates", false, api_rates},
    {"GET", "/api/v1/findings/{id}", false, api_finding},
    {"GET", "/api/v1/states", false, api_states},
    {"GET", "/api/v1/outlets", false, api_outlets},
    {"GET", "/api/v1/means", false, api_means},
    {"GET", "/metrics", false, metrics_answer},
};

enum { ROUTE_COUNT = sizeof routes / sizeof *routes };

static bool takes_method(const struct route *route, const char *method)
{
    if (strcmp(route->method, method) == 0)
        return true;
    return strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0;
}

static void allow(struct reply *r, const char *method)
{
    struct strbuf b;
    strbuf_init_fixed(&b, r->allow + strlen(r->allow), sizeof r->allow - strlen(r->allow));
    if (r->allow[0])
        strbuf_adds(&b, ", ");
    strbuf_adds(&b, method);
    if (strcmp(method, "GET") == 0)
        strbuf_adds(&b, ", HEAD");
}

static void refuse_method(struct reply *r)
{
    reply_error(r, HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
                "this path does not take that method; see the Allow header", "");
}

static void refuse_path(struct reply *r)
{
    reply_error(r, HTTP_NOT_FOUND, "not_found", "there is nothing at this path", "");
}

static void answer_file(const struct request *q, struct reply *r)
{
    bool is_api = q->path.count > 0 && strcmp(q->path.segments[0], "api") == 0;
    if (is_api || !q->web_dir) {
        refuse_path(r);
    } else if (strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0) {
        allow(r, "GET");
        refuse_method(r);
    } else {
        files_answer(q, r);
    }
}

static void answer_route(const struct route *route, struct request *q, struct reply *r)
{
    if (!q->view && !route->before_view) {
        reply_error(r, HTTP_UNAVAILABLE, "starting", "the server is starting", "");
        return;
    }
    route->answer(q, r);
}

void routes_answer(struct request *q, struct reply *r)
{
    bool known = false;
    int err = path_parse(q->raw_path, &q->path);
    if (err == PW_EFULL) {
        reply_error(r, HTTP_URI_TOO_LONG, "uri_too_long", "the path is too long", "");
        return;
    }
    if (err) {
        refuse_path(r);
        return;
    }
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!path_matches(&q->path, routes[i].pattern, &q->id))
            continue;
        if (takes_method(&routes[i], q->method)) {
            answer_route(&routes[i], q, r);
            return;
        }
        known = true;
        allow(r, routes[i].method);
    }
    if (known)
        refuse_method(r);
    else
        answer_file(q, r);
}
