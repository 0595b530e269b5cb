/* docs/hj212-conformance.md, written from the tables of this library. */
#ifndef PROTOCOLS_HJ212_CONFORMANCE_H
#define PROTOCOLS_HJ212_CONFORMANCE_H

#include <stdio.h>

void hj212_write_conformance(FILE *out);

#endif
