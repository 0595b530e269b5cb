/* How many files, sockets among them, this process may have open. */
#ifndef ACQ_LOOP_DESCRIPTORS_H
#define ACQ_LOOP_DESCRIPTORS_H

#include <stdint.h>

/* Raises it as far as the system lets it go; how many it is now. */
uint64_t descriptors_raise(void);

#endif
