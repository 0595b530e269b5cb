/* Any bytes as the text of a configuration: refused or accepted, never more. What is accepted must
 * be accepted again from the text that it keeps. */
#include "acq/core/err.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void format_all(const struct plant_problems *problems)
{
    char line[512];
    for (size_t i = 0; i < problems->count; i++) {
        plant_problem_format(&problems->items[i], line, sizeof line);
        pw_require(strlen(line) > 0 && problems->items[i].line > 0);
    }
}

static void load_again(const struct plant *p)
{
    struct plant *again = NULL;
    struct plant_problems problems;
    pw_require(plant_load_text("again", p->text, p->text_len, &again, &problems) == 0);
    pw_require(memcmp(again->digest, p->digest, SM3_SIZE) == 0);
    plant_problems_deinit(&problems);
    plant_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plant *p = NULL;
    struct plant_problems problems;
    int err = plant_load_text("input.json", (const char *)data, size, &p, &problems);
    pw_require((err == 0) == (p != NULL));
    pw_require(err == 0 || problems.count > 0);
    format_all(&problems);
    if (p)
        load_again(p);
    plant_problems_deinit(&problems);
    plant_free(p);
    return 0;
}
