/* What is made from the option table (option.h): the reference page docs/configuration.md and the
 * JSON schema config/schema/plumewatch.schema.json, which gives editors completion. A unit test
 * holds both committed files against what these functions print. */
#ifndef ACQ_PLANT_REFERENCE_H
#define ACQ_PLANT_REFERENCE_H

#include <stdio.h>

void plant_write_reference(FILE *out);
void plant_write_schema(FILE *out);

#endif
