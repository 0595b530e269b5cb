#include "acq/serve/words.h"

const char *serve_state_word(enum serve_state s)
{
    static const char *const words[] = {
        [SERVE_STARTING] = "starting",
        [SERVE_RUNNING] = "running",
        [SERVE_STOPPING] = "stopping",
    };
    return words[s];
}

const char *serve_link_word(enum serve_link_state s)
{
    static const char *const words[] = {
        [SERVE_LINK_DOWN] = "down",
        [SERVE_LINK_CONNECTING] = "connecting",
        [SERVE_LINK_CONNECTED] = "connected",
    };
    return words[s];
}

const char *serve_target_word(enum serve_target_state s)
{
    static const char *const words[] = {
        [SERVE_TARGET_OK] = "ok",
        [SERVE_TARGET_BEHIND] = "behind",
        [SERVE_TARGET_REFUSED] = "refused",
        [SERVE_TARGET_UNREACHABLE] = "unreachable",
    };
    return words[s];
}
