#include "acq/app/app.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"run", cmd_run, "the server, in the foreground"},
    {"check", cmd_check, "reads a configuration and tells every error in it"},
    {"plan", cmd_plan, "what the links will carry: requests, bytes, share of the time"},
    {"probe", cmd_probe,
     "one read of a device, every type and order; one request to an HJ 212 station"},
    {"scan", cmd_scan, "which units answer on a line, as a draft of a configuration"},
    {"sim", cmd_sim, "simulated devices, with faults"},
    {"verify", cmd_verify, "checks the record: chain, anchor, SQLite against the journal"},
    {"replay", cmd_replay, "runs recorded data through the pipeline: findings and means again"},
    {"rebuild", cmd_rebuild, "makes SQLite anew from the journal"},
    {"backup", cmd_backup, "copies the record elsewhere, beside the running server"},
    {"restore", cmd_restore, "puts a backup into an empty directory and verifies it"},
    {"export", cmd_export, "reads the record as CSV or JSON lines"},
    {"ctl", cmd_ctl, "talks to the running server: status, reload, declare, forget, write, ..."},
    {"health", cmd_health, "asks the running server whether it works, for a watchdog outside"},
    {"schema", cmd_schema, "prints the configuration's JSON schema or its reference page"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_commands(FILE *out)
{
    fprintf(out, "usage: plumewatch COMMAND [OPTIONS]\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "  %-8s %s\n", "version", "prints the version");
}

int app_main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("plumewatch %s\n", PW_VERSION);
        return APP_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0) {
        print_commands(stdout);
        return APP_OK;
    }
    if (*name)
        fprintf(stderr, "plumewatch: unknown command %s\n", name);
    print_commands(stderr);
    return APP_USAGE;
}
