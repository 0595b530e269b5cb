/* The program's subcommands. Each lives in cmd_<name>.c and returns the exit status of
 * docs/commands.md: 0 good, 64 bad arguments, 65 bad input data, else as said there. */
#ifndef ACQ_APP_APP_H
#define ACQ_APP_APP_H

enum {
    APP_OK = 0,
    APP_FAILED = 1,
    APP_NO_ANSWER = 2,
    APP_BROKEN_RECORD = 3,
    APP_USAGE = 64,
    APP_BAD_DATA = 65,
    APP_NOT_RUNNING = 69
};

int app_main(int argc, char **argv);

/* argv[0] is the subcommand's name. */
int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int probe_hj212(int argc, char **argv); /* of cmd_probe(): one request to an HJ 212 station */
int cmd_scan(int argc, char **argv);
int cmd_sim(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_rebuild(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_health(int argc, char **argv);

#endif
