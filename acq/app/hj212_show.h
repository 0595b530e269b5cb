/* HJ 212 packets for people, in Chinese and English: commands by the command table, factors by the
 * factor tables, marks and results in words. Passwords are struck out. */
#ifndef ACQ_APP_HJ212_SHOW_H
#define ACQ_APP_HJ212_SHOW_H

#include "protocols/hj212/command.h"
#include "protocols/hj212/reader.h"

#include <stdio.h>

/* A packet and the way it went; what is said of its form (sum, cipher, deviations) stands in got.
 */
void hj212_show(FILE *out, enum hj212_direction way, const struct hj212_received *got);

/* A mark of a value (HJ 212-2017 table 8, 2005, 2025 table 10 as quoted) in both languages; "" for
 * one that no edition has. */
const char *hj212_flag_words(struct hj212_text flag);

#endif
