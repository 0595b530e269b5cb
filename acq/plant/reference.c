#include "acq/plant/reference.h"

#include "acq/plant/option.h"

static const char intro[] =
    "# Configuration\n"
    "\n"
    "<!-- Made from acq/plant/options.c. After a change there: PW_UPDATE=1 "
    "build/dev/test_plant_reference -->\n"
    "\n"
    "One JSON file or several (`include`), UTF-8, with `//` and `/* */` comments. Examples that "
    "run "
    "stand in `config/examples/`, kinds of instrument in `config/templates/`. Editors complete and "
    "check with `config/schema/plumewatch.schema.json`.\n"
    "\n"
    "`plumewatch check --config FILE` reports everything that is wrong in one run, each as\n"
    "\n"
    "    FILE:LINE: /pointer: found X, expected Y\n"
    "\n"
    "where the pointer is a JSON pointer and `/` means the whole file. A line that ends in "
    "`(warning)` refuses nothing. Unknown keys, keys that stand twice and references to what does "
    "not exist are errors, and the nearest name is given. An id is 1 to 64 letters, digits, `_`, "
    "`-` and, except for devices, signals and factors, `.`; it does not begin with `_` and is "
    "unique among its kind.\n"
    "\n"
    "A secret never stands in the configuration, only the name of a file that holds it.\n";

static void write_range(FILE *out, const struct option *o)
{
    char text[OPTION_TEXT_SIZE];
    option_expected(o, text);
    for (const char *p = text; *p; p++)
        fprintf(out, *p == '|' ? "\\|" : "%c", *p);
}

static void write_default(FILE *out, const struct option *o)
{
    if (o->fallback)
        fprintf(out, "`%s`", o->fallback);
    else
        fprintf(out, "%s", o->required ? "must be given" : o->without);
}

static void write_scope(FILE *out, const struct option_scope_text *scope)
{
    fprintf(out, "\n## `%s`: %s\n\n%s\n\n", scope->path, scope->title, scope->doc);
    fprintf(out, "| key | value | when left out | meaning |\n|---|---|---|---|\n");
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!option_is_in(&table[i], scope->scope))
            continue;
        fprintf(out, "| `%s` | ", table[i].key);
        write_range(out, &table[i]);
        fprintf(out, " | ");
        write_default(out, &table[i]);
        fprintf(out, " | %s |\n", table[i].doc);
    }
}

void plant_write_reference(FILE *out)
{
    fputs(intro, out);
    for (size_t i = 0; i < SCOPE_COUNT; i++)
        write_scope(out, &option_scopes()[i]);
}
