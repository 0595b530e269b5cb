#include "acq/app/app.h"

#include <stdio.h>
#include <string.h>

int app_main(int argc, char **argv)
{
    (void)argv;
    (void)argc;
    return APP_USAGE;
}
