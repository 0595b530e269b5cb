#include "acq/deliver/stats.h"

const char *influx_state_word(enum influx_state state)
{
    switch (state) {
    case INFLUX_OK:
        return "ok";
    case INFLUX_BEHIND:
        return "behind";
    case INFLUX_REFUSED:
        return "refused";
    case INFLUX_UNREACHABLE:
        return "unreachable";
    }
    return "unknown";
}
