/* The assembled server: acquisition, pipeline, record, delivery and HTTP on one loop, from opening
 * the record to a clean stop. */
#ifndef ACQ_APP_SERVER_H
#define ACQ_APP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct plant;

struct server_options {
    const char *config_path; /* read again by a reload */
    const char *data_dir;
    const char *http_listen;
    const char *web_dir; /* static files, or NULL */
    int64_t seconds;     /* stop by itself after so many; 0 = run on */
    bool summary;        /* close with counts and findings on stdout */
};

/* Takes ownership of plant. Runs until SIGTERM, SIGINT or `seconds`; returns the exit status. What
 * went wrong before the server ran is told on stderr. */
int server_run(const struct server_options *options, struct plant *plant);

#endif
