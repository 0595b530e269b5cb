/* The table of channels of evidence stands in docs/detection.md as it stands in the program. With
 * PW_UPDATE=1 in the environment it is written there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/strbuf.h"
#include "acq/plant/thresholds.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE PW_SOURCE_DIR "/docs/detection.md"
#define BEGIN "<!-- channels: made from acq/plant/thresholds.c -->\n"
#define END "<!-- end of channels -->\n"

static void add_threshold(struct strbuf *out, double value)
{
    if (isnan(value))
        strbuf_adds(out, "by base");
    else
        strbuf_addf(out, "%g", value);
}

static void write_table(struct strbuf *out)
{
    strbuf_adds(out,
                BEGIN "| channel | group | held against `open_at`, `closed_at` | open | closed "
                      "| on / off delay s | LR open / closed | smooth s | direct |\n"
                      "|---|---|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const struct channel_defaults *c = channel_defaults((enum evidence_channel)i);
        bool by_cycles = c->on_delay_s == 0 && i == CHANNEL_CONCENTRATION;
        strbuf_addf(out, "| `%s` | %s | %s%s%s%s | %s", c->word, evidence_group_name(c->group),
                    c->of, c->unit[0] ? " (" : "", c->unit, c->unit[0] ? ")" : "",
                    c->is_falling ? "below " : "above ");
        add_threshold(out, c->open_at);
        strbuf_adds(out, c->is_falling ? " | above " : " | below ");
        add_threshold(out, c->closed_at);
        if (by_cycles)
            strbuf_adds(out, " | 2 cycles");
        else
            strbuf_addf(out, " | %u / %u", c->on_delay_s, c->off_delay_s);
        strbuf_addf(out, " | %g / %g | %u | %s |\n", c->lr_open, c->lr_closed, c->smooth_s,
                    c->is_direct ? "yes" : "");
    }
    strbuf_adds(out, END);
}

static void update(const char *page, const char *from, const char *to, const struct strbuf *table)
{
    FILE *out = fopen(PAGE, "w");
    assert_non_null(out);
    fwrite(page, 1, (size_t)(from - page), out);
    fwrite(table->data, 1, table->len, out);
    fputs(to, out);
    assert_int_equal(fclose(out), 0);
}

static void the_page_has_the_table_of_the_program(void **state)
{
    (void)state;
    struct strbuf table;
    strbuf_init(&table, 1 << 16);
    write_table(&table);
    char *page = support_read_file(PAGE, NULL);
    assert_non_null(page);
    const char *from = strstr(page, BEGIN);
    const char *to = from ? strstr(from, END) : NULL;
    assert_non_null(to);
    to += strlen(END);
    if (getenv("PW_UPDATE"))
        update(page, from, to, &table);
    else
        assert_true((size_t)(to - from) == table.len && memcmp(from, table.data, table.len) == 0);
    free(page);
    strbuf_deinit(&table);
}

static void no_default_contradicts_itself(void **state)
{
    (void)state;
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const struct channel_defaults *c = channel_defaults((enum evidence_channel)i);
        assert_true(isnan(c->open_at) == isnan(c->closed_at));
        if (!isnan(c->open_at))
            assert_true(c->is_falling ? c->closed_at > c->open_at : c->closed_at <= c->open_at);
        assert_true(c->lr_open > 1 && c->lr_closed <= 1);
        assert_true(c->group < GROUP_COUNT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_the_table_of_the_program),
        cmocka_unit_test(no_default_contradicts_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
