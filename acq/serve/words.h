/* The words of a view's states, the same in the API, in the metrics and on the page. */
#ifndef ACQ_SERVE_WORDS_H
#define ACQ_SERVE_WORDS_H

#include "acq/serve/view.h"

enum { SERVE_TARGET_STATES = SERVE_TARGET_UNREACHABLE + 1 };

const char *serve_state_word(enum serve_state s);
const char *serve_link_word(enum serve_link_state s);
const char *serve_target_word(enum serve_target_state s);

#endif
