#include "protocols/hj212/conformance.h"

#include "protocols/hj212/command.h"
#include "protocols/hj212/deviation.h"
#include "protocols/hj212/profile.h"

static const char intro[] =
    "# HJ 212: what is implemented\n"
    "\n"
    "Written by `unit.test_hj212_conformance` from the tables in `protocols/hj212`; with "
    "`PW_UPDATE=1` in its environment the test writes this page anew. It covers HJ/T 212-2005, "
    "HJ 212-2017 and HJ 212-2025. How the codec is used: [hj212.md](hj212.md).\n"
    "\n"
    "## Evidence\n"
    "\n"
    "| Tag | Meaning |\n"
    "|---|---|\n"
    "| S05, S17 | read in the full text of that edition |\n"
    "| Q25 | the text of 2025 as a secondary source quotes it; to be checked against the official "
    "print before certification |\n"
    "| 2+ | seen in two or more independent implementations |\n"
    "| 1 | seen in one implementation only |\n"
    "| M | measured or computed by us |\n"
    "| I | our inference |\n"
    "\n"
    "What rests on Q25, 1 or I is a setting of a link (below) or a row that may change.\n"
    "\n";

static const char commands_intro[] =
    "## Commands\n"
    "\n"
    "\"yes\": the codec writes the packet strictly in that edition and reads it; tested row by "
    "row, "
    "edition by edition by `unit.test_hj212_command`. Down is from host to field. A packet of any "
    "other number is read all the same and kept verbatim. The last column is the host, to which "
    "stations report: what it uses the packet for, in every edition that has it, and what tests "
    "that.\n"
    "\n"
    "| CN | Command | Name | Way | Kind | ST | 2005 | 2017 | 2025 | Printed in | Evidence | "
    "Example of CP | The host, or reason if not |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

static const char deviations_intro[] =
    "\n"
    "## Deviations that are read\n"
    "\n"
    "Counted for each peer under the key; each has a case in `tests/cases/hj212/` "
    "(`unit.test_hj212_cases`). Nothing of this is ever written.\n"
    "\n"
    "| No. | Key | What arrives |\n"
    "|---|---|---|\n";

static const char settings_intro[] =
    "\n"
    "## Settings for what is not certain\n"
    "\n"
    "Members of `struct hj212_profile`, one for each link or station.\n"
    "\n"
    "| Setting | Evidence | Meaning | Default |\n"
    "|---|---|---|---|\n";

static const char results_intro[] = "\n"
                                    "## Results\n"
                                    "\n"
                                    "The numbers of 2017; 2005 prints some of them, the list of "
                                    "2025 was not seen.\n"
                                    "\n"
                                    "| Number | QnRtn | ExeRtn |\n"
                                    "|---|---|---|\n";

static const char *mark(const struct hj212_command *c, unsigned edition)
{
    if (c->reason)
        return "no";
    return c->editions & edition ? "yes" : "-";
}

static void write_commands(FILE *out)
{
    size_t count;
    const struct hj212_command *table = hj212_commands(&count);
    fputs(commands_intro, out);
    for (size_t i = 0; i < count; i++) {
        const struct hj212_command *c = &table[i];
        const char *quote = c->cp[0] ? "`" : "";
        const char *use = c->reason ? c->reason : c->end ? c->end : "codec only";
        fprintf(out, "| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s%s%s | %s |\n",
                c->cn, c->name, c->name_zh, c->direction == HJ212_UP ? "up" : "down",
                hj212_kind_name(c->kind), c->st[0] ? c->st : "any", mark(c, HJ212_IN_2005),
                mark(c, HJ212_IN_2017), mark(c, HJ212_IN_2025), c->printed, c->evidence, quote,
                c->cp, quote, use);
    }
}

static void write_results(FILE *out)
{
    fputs(results_intro, out);
    for (int code = 1; code <= 100; code += code == 9 ? 91 : 1)
        fprintf(out, "| %d | %s | %s |\n", code, hj212_qn_rtn_text(code),
                code > 6 && code < 100 ? "-" : hj212_exe_rtn_text(code));
}

void hj212_write_conformance(FILE *out)
{
    size_t count;
    const struct hj212_setting *settings = hj212_profile_settings(&count);
    fputs(intro, out);
    write_commands(out);
    fputs(deviations_intro, out);
    for (unsigned d = 1; d < HJ212_DEV_COUNT; d++)
        fprintf(out, "| %u | `%s` | %s |\n", d, hj212_deviation_key((enum hj212_deviation)d),
                hj212_deviation_text((enum hj212_deviation)d));
    fputs(settings_intro, out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "| `%s` | %s | %s | %s |\n", settings[i].name, settings[i].evidence,
                settings[i].text, settings[i].by_default);
    write_results(out);
}
