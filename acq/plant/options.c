#include "acq/plant/draft.h"
#include "acq/plant/draft_alarm.h"
#include "acq/plant/limits.h"
#include "acq/plant/option.h"
#include "protocols/hj212/crc.h"
#include "protocols/hj212/edition.h"
#include "protocols/hj212/profile.h"

#define AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

static const struct option_word framing_words[] = {
    {"tcp", FRAMING_TCP}, {"rtu", FRAMING_RTU}, {"hj212", FRAMING_HJ212}, {NULL, 0}};
static const struct option_word parity_words[] = {
    {"none", PARITY_NONE}, {"even", PARITY_EVEN}, {"odd", PARITY_ODD}, {NULL, 0}};
static const struct option_word protocol_words[] = {
    {"modbus", PROTOCOL_MODBUS}, {"hj212", PROTOCOL_HJ212}, {NULL, 0}};
static const struct option_word edition_words[] = {{"auto", HJ212_EDITION_AUTO},
                                                   {"2005", HJ212_2005},
                                                   {"2017", HJ212_2017},
                                                   {"2025", HJ212_2025},
                                                   {NULL, 0}};
static const struct option_word uplink_edition_words[] = {
    {"2005", HJ212_2005}, {"2017", HJ212_2017}, {"2025", HJ212_2025}, {NULL, 0}};
static const struct option_word uplink_crc_words[] = {{"standard", HJ212_CRC_STANDARD},
                                                      {"modbus", HJ212_CRC_MODBUS},
                                                      {"modbus-swapped", HJ212_CRC_MODBUS_SWAPPED},
                                                      {NULL, 0}};
static const struct option_word cipher_words[] = {
    {"accept", HJ212_CIPHER_ACCEPT}, {"require", HJ212_CIPHER_REQUIRE}, {NULL, 0}};
static const struct option_word form_words[] = {
    {"raw", HJ212_CIPHER_RAW}, {"literal", HJ212_CIPHER_LITERAL}, {NULL, 0}};
static const struct option_word crc_words[] = {{"auto", HJ212_CRC_UNKNOWN},
                                               {"standard", HJ212_CRC_STANDARD},
                                               {"modbus", HJ212_CRC_MODBUS},
                                               {"modbus-swapped", HJ212_CRC_MODBUS_SWAPPED},
                                               {NULL, 0}};
static const struct option_word interval_words[] = {
    {"leave", INTERVALS_LEAVE}, {"ask", INTERVALS_ASK}, {"set", INTERVALS_SET}, {NULL, 0}};
static const struct option_word switch_words[] = {
    {"leave", SWITCH_LEAVE}, {"on", SWITCH_ON}, {"off", SWITCH_OFF}, {NULL, 0}};
static const struct option_word table_words[] = {{"coil", TABLE_COIL},
                                                 {"discrete", TABLE_DISCRETE},
                                                 {"holding", TABLE_HOLDING},
                                                 {"input", TABLE_INPUT},
                                                 {NULL, 0}};
static const struct option_word type_words[] = {{"bit", TYPE_BIT},
                                                {"int16", TYPE_INT16},
                                                {"uint16", TYPE_UINT16},
                                                {"int32", TYPE_INT32},
                                                {"uint32", TYPE_UINT32},
                                                {"int64", TYPE_INT64},
                                                {"uint64", TYPE_UINT64},
                                                {"float32", TYPE_FLOAT32},
                                                {"float64", TYPE_FLOAT64},
                                                {"bcd16", TYPE_BCD16},
                                                {"bcd32", TYPE_BCD32},
                                                {"string", TYPE_STRING},
                                                {NULL, 0}};
static const struct option_word policy_words[] = {
    {"strict", ID_STRICT}, {"zero", ID_ZERO}, {"ignore", ID_IGNORE}, {NULL, 0}};
static const struct option_word counter_words[] = {
    {"total", COUNTER_TOTAL}, {"rate", COUNTER_RATE}, {NULL, 0}};
static const struct option_word per_words[] = {
    {"s", 1000}, {"min", 60000}, {"h", 3600000}, {NULL, 0}};
static const struct option_word order_words[] = {{"ABCD", ORDER_WORD_ABCD},
                                                 {"CDAB", ORDER_WORD_CDAB},
                                                 {"BADC", ORDER_WORD_BADC},
                                                 {"DCBA", ORDER_WORD_DCBA},
                                                 {"ABCDEFGH", ORDER_WORD_64_BIT + ORDER_WORD_ABCD},
                                                 {"GHEFCDAB", ORDER_WORD_64_BIT + ORDER_WORD_CDAB},
                                                 {"BADCFEHG", ORDER_WORD_64_BIT + ORDER_WORD_BADC},
                                                 {"HGFEDCBA", ORDER_WORD_64_BIT + ORDER_WORD_DCBA},
                                                 {NULL, 0}};
static const struct option_word outlet_words[] = {
    {"stack", OUTLET_STACK}, {"bypass", OUTLET_BYPASS}, {"flare", OUTLET_FLARE}, {NULL, 0}};
static const struct option_word equipment_words[] = {
    {"production", EQUIPMENT_PRODUCTION}, {"treatment", EQUIPMENT_TREATMENT}, {NULL, 0}};
static const struct option_word channel_words[] = {{"limit-switch", CHANNEL_LIMIT_SWITCH},
                                                   {"position", CHANNEL_POSITION},
                                                   {"velocity", CHANNEL_VELOCITY},
                                                   {"flow", CHANNEL_FLOW},
                                                   {"pressure", CHANNEL_PRESSURE},
                                                   {"temperature", CHANNEL_TEMPERATURE},
                                                   {"concentration", CHANNEL_CONCENTRATION},
                                                   {"main-flow", CHANNEL_MAIN_FLOW},
                                                   {"treatment-power", CHANNEL_TREATMENT_POWER},
                                                   {"fan", CHANNEL_FAN},
                                                   {"seal", CHANNEL_SEAL},
                                                   {"video", CHANNEL_VIDEO},
                                                   {NULL, 0}};
static const struct option_word flow_state_words[] = {
    {"20", FLARE_STATE_20}, {"0", FLARE_STATE_0}, {"actual", FLARE_STATE_ACTUAL}, {NULL, 0}};
static const struct option_word nhv_state_words[] = {
    {"20", FLARE_STATE_20}, {"0", FLARE_STATE_0}, {NULL, 0}};
static const struct option_word velocity_words[] = {{"63.670", FLARE_63_670},
                                                    {"60.18", FLARE_60_18},
                                                    {"60.18-air", FLARE_60_18_AIR},
                                                    {"60.18-hydrogen", FLARE_60_18_HYDROGEN},
                                                    {NULL, 0}};
static const struct option_word assist_words[] = {{"none", FLARE_UNASSISTED},
                                                  {"steam", FLARE_STEAM_ASSIST},
                                                  {"air", FLARE_AIR_ASSIST},
                                                  {"pressure", FLARE_PRESSURE_ASSIST},
                                                  {NULL, 0}};
static const struct option_word zs_words[] = {
    {"hour_means", ZS_FROM_HOUR_MEANS}, {"minute_values", ZS_FROM_MINUTE_VALUES}, {NULL, 0}};
static const struct option_word means_from_words[] = {
    {"own", MEANS_FROM_OWN},
    {"station", MEANS_FROM_STATION},
    {"station-else-own", MEANS_FROM_STATION_ELSE_OWN},
    {NULL, 0}};
static const struct option_word low_capture_words[] = {
    {"manual", LOW_CAPTURE_MANUAL}, {"max-2160", LOW_CAPTURE_MAX_2160}, {NULL, 0}};
static const struct option_word as_words[] = {{"NO2", 0}, {"NO", 1}, {NULL, 0}};
static const struct option_word state_words[] = {{"standard", 0}, {"actual", 1}, {NULL, 0}};
static const struct option_word moisture_words[] = {{"dry", 0}, {"wet", 1}, {NULL, 0}};
static const struct option_word period_words[] = {{"realtime", PERIOD_REALTIME},
                                                  {"minute", PERIOD_MINUTE},
                                                  {"hour", PERIOD_HOUR},
                                                  {"day", PERIOD_DAY},
                                                  {NULL, 0}};
static const struct option_word certainty_words[] = {{"T", CERTAIN_TEXT},   {"S", CERTAIN_SOURCES},
                                                     {"1", CERTAIN_ONE},    {"M", CERTAIN_MEMORY},
                                                     {"U", CERTAIN_UNSURE}, {NULL, 0}};
static const struct option_word trust_words[] = {
    {"plausible", TRUST_PLAUSIBLE}, {"kernel", TRUST_KERNEL}, {"always", TRUST_ALWAYS}, {NULL, 0}};
static const struct option_word basis_words[] = {
    {"corrected", BASIS_CORRECTED}, {"measured", BASIS_MEASURED}, {NULL, 0}};
static const struct option_word language_words[] = {
    {"zh", LANGUAGE_ZH}, {"en", LANGUAGE_EN}, {NULL, 0}};
static const struct option_word by_words[] = {
    {"phone", BY_PHONE}, {"email", BY_EMAIL}, {"hook", BY_HOOK}, {NULL, 0}};
static const struct option_word priority_words[] = {{"P1", 1}, {"P2", 2}, {"P3", 3}, {NULL, 0}};
static const struct option_word api_words[] = {
    {"v1", INFLUX_V1}, {"v2", INFLUX_V2}, {"v3", INFLUX_V3}, {NULL, 0}};
static const struct option_word via_words[] = {{"influx", ANCHOR_INFLUX},
                                               {"file", ANCHOR_FILE},
                                               {"command", ANCHOR_COMMAND},
                                               {"email", ANCHOR_EMAIL},
                                               {NULL, 0}};
static const struct option_word gateway_words[] = {{"kannel", PLANT_KANNEL},
                                                   {"smpp", PLANT_SMPP},
                                                   {"http", PLANT_HTTP},
                                                   {"mail", PLANT_MAIL},
                                                   {NULL, 0}};
static const struct option_word parts_words[] = {{"udh", 0}, {"sar", 1}, {NULL, 0}};
static const struct option_word tls_words[] = {
    {"none", ANCHOR_TLS_NONE}, {"starttls", ANCHOR_STARTTLS}, {NULL, 0}};
static const struct option_word send_words[] = {
    {"raw", SEND_RAW}, {"derived", SEND_DERIVED}, {"both", SEND_BOTH}, {NULL, 0}};

static const struct option table[] = {
    {IN_TOP, KIND_INT, "plumewatch", AT(struct top_draft, version), .min = 1, .max = 1,
     .without = "an error in the main file; an included file may leave it out",
     .doc = "Version of this shape of configuration."},
    {IN_TOP, KIND_TEXT, "$schema", AT(struct top_draft, schema), .min = 1, .max = 1000,
     .without = "no completion in editors",
     .doc = "Where an editor finds `plumewatch.schema.json`. The server does not read it."},
    {IN_TOP, KIND_OBJECT, "server", .offset = offsetof(struct top_draft, server),
     .child = IN_SERVER, .without = "all defaults",
     .doc = "The server itself. In one file of a configuration only."},
    {IN_TOP, KIND_TEXT_LIST, "include", .offset = offsetof(struct top_draft, include),
     .max = PLANT_INCLUDES_MAX, .without = "this file alone",
     .doc = "Further files, relative to this one. `*`, `?` and `[...]` make a pattern, whose "
            "matches are read in the order of their names. The lists of all files are joined in "
            "reading order: a file first, then what it includes. A file that is reached twice is "
            "read once; files may include each other 8 deep, but not in a circle. A file has at "
            "most 8 MiB, all together 64 MiB."},
    {IN_TOP, KIND_LIST, "templates", .offset = offsetof(struct top_draft, templates),
     .max = PLANT_TEMPLATES_MAX, .child = IN_TEMPLATE, .without = "none",
     .doc = "Kinds of instrument, to be named by devices."},
    {IN_TOP, KIND_LIST, "links", .offset = offsetof(struct top_draft, links),
     .max = PLANT_LINKS_MAX, .child = IN_LINK, .without = "none",
     .doc = "Connections that devices are reached over."},
    {IN_TOP, KIND_LIST, "devices", .offset = offsetof(struct top_draft, devices),
     .max = PLANT_DEVICES_MAX, .child = IN_DEVICE, .without = "none",
     .doc = "What is asked, and for which signals."},
    {IN_TOP, KIND_LIST, "sites", .offset = offsetof(struct top_draft, sites),
     .max = PLANT_SITES_MAX, .child = IN_SITE, .without = "none",
     .doc = "Enterprises or plants, with their outlets."},
    {IN_TOP, KIND_LIST, "limit_library", .offset = offsetof(struct top_draft, library),
     .max = PLANT_LIBRARY_MAX, .child = IN_LIBRARY, .without = "none",
     .doc = "Limits of standards, to be named by outlets; include `config/limits/limits.json`."},
    {IN_TOP, KIND_LIST, "influx", .offset = offsetof(struct top_draft, influx),
     .max = PLANT_INFLUX_MAX, .child = IN_INFLUX, .without = "none",
     .doc = "InfluxDB servers that get the time series. The local record does not depend on them."},

    {IN_TOP, KIND_LIST, "anchors", .offset = offsetof(struct top_draft, anchors),
     .max = PLANT_ANCHORS_MAX, .child = IN_ANCHOR, .without = "none",
     .doc = "Where the head of the record's chain goes."},
    {IN_TOP, KIND_LIST, "gateways", .offset = offsetof(struct top_draft, gateways),
     .max = PLANT_GATEWAYS_MAX, .child = IN_GATEWAY, .without = "no message goes out",
     .doc = "Ways out for alarm texts: SMS gateways, web hooks, mail."},

    {IN_TOP, KIND_LIST, "platforms", .offset = offsetof(struct top_draft, platforms),
     .max = PLANT_PLATFORMS_MAX, .child = IN_PLATFORM, .without = "none",
     .doc = "Platforms of authorities that we report to (HJ 212)."},

    {IN_TOP, KIND_OBJECT, "alarms", .offset = offsetof(struct top_draft, alarms),
     .child = IN_ALARMS, .without = "the defaults of its members",
     .doc = "How alarms are treated; in one file only."},
    {IN_TOP, KIND_LIST, "people", .offset = offsetof(struct top_draft, people),
     .max = PLANT_PEOPLE_MAX, .child = IN_PERSON, .without = "none",
     .doc = "Who is told of alarms."},
    {IN_TOP, KIND_LIST, "rotas", .offset = offsetof(struct top_draft, rotas),
     .max = PLANT_ROTAS_MAX, .child = IN_ROTA, .without = "none", .doc = "Who of them is on duty."},
    {IN_TOP, KIND_LIST, "routes", .offset = offsetof(struct top_draft, routes),
     .max = PLANT_ROUTES_MAX, .child = IN_ROUTE, .without = "none",
     .doc = "Which alarms go to whom. An alarm goes by every route that fits it."},

    {IN_SERVER, KIND_ID, "plant", AT(struct server_draft, server.plant),
     .without = "the id of the first site",
     .doc = "Identity of the record: a data directory of another plant is refused."},
    {IN_SERVER, KIND_PATH, "data", AT(struct server_draft, server.data_dir), .min = 1, .max = 1000,
     .fallback = "\"/var/lib/plumewatch\"",
     .doc = "Directory of the record; relative to the working directory. `--data` goes before it."},
    {IN_SERVER, KIND_ZONE, "timezone", AT(struct server_draft, timezone),
     .fallback = "\"Asia/Shanghai\"",
     .doc = "Zone of the borders of hours, days and months: a name without daylight saving, `UTC`, "
            "or an offset such as `+08:00`."},
    {IN_SERVER, KIND_INT, "commit_min_ms", AT(struct server_draft, server.commit_min_ms), .min = 10,
     .max = 10000, .unit = "ms", .fallback = "100",
     .doc = "Least time between two commits to disk, even when something urgent waits."},
    {IN_SERVER, KIND_INT, "commit_max_ms", AT(struct server_draft, server.commit_max_ms), .min = 10,
     .max = 60000, .unit = "ms", .fallback = "1000",
     .doc = "Longest time that a sample waits for its commit: what a power cut may cost. Not less "
            "than `commit_min_ms`."},
    {IN_SERVER, KIND_INT, "ballast_mib", AT(struct server_draft, server.ballast_mib), .min = 0,
     .max = 65536, .unit = "MiB", .fallback = "64",
     .doc = "Size of a file that keeps room on the disk. When the disk is full it is given up, so "
            "that the alarm and a clean stop still fit. 0: none."},
    {IN_SERVER, KIND_PATH, "signing_key_file", AT(struct server_draft, server.signing_key_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "PEM file with an SM2 private key that anchors are signed with; relative to the file "
            "that names it. Empty: they are not signed."},
    {IN_SERVER, KIND_INT, "anchor_every_s", AT(struct server_draft, server.anchor_every_s),
     .min = 10, .max = 86400, .unit = "s", .fallback = "3600",
     .doc =
         "How often the chain's head leaves the machine over `anchors`: at each full multiple of "
         "this in UTC, so at every full hour by default. A clean stop sends it too."},
    {IN_SERVER, KIND_INT, "late_accept_days", AT(struct server_draft, server.late_accept_days),
     .min = 0, .max = 60, .unit = "d", .fallback = "31",
     .doc =
         "Samples that come later than their minute was told make means of their day be computed "
         "again and told as revisions, when they are not older than this. Older ones are kept, "
         "counted and in no mean."},
    {IN_SERVER, KIND_INT, "late_settle_s", AT(struct server_draft, server.late_settle_s), .min = 1,
     .max = 3600, .unit = "s", .fallback = "60",
     .doc = "So long after the last late sample its day is computed again, but not before its hour "
            "has closed."},
    {IN_SERVER, KIND_OBJECT, "time", .offset = offsetof(struct server_draft, time),
     .child = IN_TIME, .without = "all defaults", .doc = "The clock."},
    {IN_SERVER, KIND_OBJECT, "retention", .offset = offsetof(struct server_draft, retention),
     .child = IN_RETENTION, .without = "all defaults", .doc = "How long the record is kept."},
    {IN_SERVER, KIND_OBJECT, "http", .offset = offsetof(struct server_draft, http),
     .child = IN_HTTP, .without = "all defaults", .doc = "The HTTP server."},

    {IN_TIME, KIND_WORD, "trust", AT(struct server_draft, trust), .words = trust_words,
     .fallback = "\"plausible\"",
     .doc =
         "When readings stop being marked `clock-untrusted` after a start. `kernel`: once the "
         "kernel says that the clock is synchronised (NTP, PTP). `plausible`: then, or when it is "
         "neither before 2026 nor before the last commit. `always`: at once."},
    {IN_RETENTION, KIND_INT, "raw_days", AT(struct server_draft, server.retention.raw_days),
     .min = 1826, .max = 36500, .unit = "d", .fallback = "1900",
     .doc = "Days of the journal that are kept. An older day's segment is removed, whole and the "
            "oldest first, once it is closed. Not less than `min_days`."},
    {IN_RETENTION, KIND_INT, "min_days", AT(struct server_draft, server.retention.min_days),
     .min = 1826, .max = 36500, .unit = "d", .fallback = "1826",
     .doc = "Days that nothing removes, whatever else is set: five years by law."},
    {IN_RETENTION, KIND_INT, "minute_days", AT(struct server_draft, server.retention.minute_days),
     .min = 1826, .max = 36500, .unit = "d", .fallback = "1900",
     .doc = "Days that minutes stay in SQLite; a month's file is removed when its last minute is "
            "older. Not less than `min_days`."},
    {IN_RETENTION, KIND_INT, "hour_days", AT(struct server_draft, server.retention.hour_days),
     .min = 1826, .max = 36500, .unit = "d", .fallback = "3700",
     .doc =
         "Days that hours stay in SQLite; longer means stay for ever. Not less than `min_days`."},
    {IN_RETENTION, KIND_INT, "event_days", AT(struct server_draft, server.retention.event_days),
     .min = 1826, .max = 36500, .unit = "d", .fallback = "3700",
     .doc = "Days that closed findings and listed journal lines stay in SQLite. Configurations and "
            "what tells of the journal itself stay for ever. Not less than `min_days`."},
    {IN_RETENTION, KIND_INT, "minute_series_max",
     AT(struct server_draft, server.retention.minute_series_max), .min = 0, .max = 10000000,
     .fallback = "20000",
     .doc = "With more series of minutes than this in a month, those that stations sent are in the "
            "journal and the time-series databases only. A series is a factor of an outlet."},
    {IN_RETENTION, KIND_INT, "warn_gib", AT(struct server_draft, server.retention.warn_gib),
     .min = 0, .max = 1000000, .unit = "GiB", .fallback = "200",
     .doc = "`check` warns when the journal is expected to become larger than this within "
            "`raw_days`. 0: never."},
    {IN_RETENTION, KIND_BOOL, "recompress", AT(struct server_draft, server.retention.recompress),
     .fallback = "true",
     .doc = "Closed segments are compressed better at night, one commit at a time between the "
            "commits of the running server. The chain does not change."},
    {IN_HTTP, KIND_ENDPOINT, "listen", AT(struct server_draft, server.http_listen), .min = 0,
     .max = 65535, .fallback = "\"127.0.0.1:8600\"",
     .doc = "Address and port of the HTTP server; port 0 lets the system choose. An IPv6 address "
            "stands in brackets."},

    {IN_LINK, KIND_ID, "id", .required = true, AT(struct link_draft, link.id),
     .doc = "Name of the link."},
    {IN_LINK, KIND_ENDPOINT, "tcp", AT(struct link_draft, tcp), .min = 1, .max = 65535,
     .without = "an error, unless `serial` or `listen` is given",
     .doc =
         "Host and port of a Modbus TCP device or gateway. Two links must not name the same: one "
         "endpoint is one connection."},
    {IN_LINK, KIND_PATH, "serial", AT(struct link_draft, link.serial), .min = 1, .max = 1000,
     .without = "an error, unless `tcp` or `listen` is given",
     .doc = "Path of a serial port, best one of `/dev/serial/by-id/`. Two links must not name the "
            "same. A port that vanishes is opened again when it is back."},
    {IN_LINK, KIND_ENDPOINT, "listen", AT(struct link_draft, listen), .min = 1, .max = 65535,
     .without = "an error, unless `tcp` or `serial` is given",
     .doc = "Address and port at which devices dial in (4G modems). Several links may name the "
            "same; then each needs its own `registration`."},
    {IN_LINK, KIND_WORD, "framing", AT(struct link_draft, framing), .words = framing_words,
     .without = "`rtu` on a serial line, else `tcp`",
     .doc = "`tcp`: Modbus TCP, with its seven-byte header. `rtu`: frames of a serial line, CRC "
            "included, also over TCP. `hj212`: stations that report by HJ 212, each a device with "
            "its own `mn`: any number that dial in to `listen`, or those behind one connection "
            "(`tcp`) or serial line."},
    {IN_LINK, KIND_INT, "gap_ms", AT(struct link_draft, link.gap_ms), .min = 0, .max = 10000,
     .unit = "ms", .fallback = "0",
     .doc =
         "Quiet time between a reply and the next request. Some gateways lose requests without. "
         "With RTU framing never less than 3.5 characters (1.75 ms above 19200 baud), or 5 ms when "
         "no `baud` is known."},
    {IN_LINK, KIND_INT, "window", AT(struct link_draft, link.window), .min = 1, .max = 16,
     .unit = "requests", .fallback = "1",
     .doc = "How many requests may be on their way at once; replies are told apart by their "
            "transaction ids. More than 1 only with `framing` `tcp` and with `id_policy` `strict` "
            "of all its devices, and only for gateways that say so: many answer only the last of "
            "two. A write is alone on its way all the same."},
    {IN_LINK, KIND_INT, "baud", AT(struct link_draft, link.baud), .min = 110, .max = 4000000,
     .unit = "bits/s", .without = "9600 on a serial line, else not known",
     .doc = "Speed of the serial line, one of the usual ones. With RTU framing over TCP it is that "
            "of the line behind the gateway; time-outs and `plumewatch plan` then count its time."},
    {IN_LINK, KIND_INT, "data_bits", AT(struct link_draft, link.data_bits), .min = 8, .max = 8,
     .unit = "bits", .fallback = "8", .doc = "RTU needs all 8."},
    {IN_LINK, KIND_WORD, "parity", AT(struct link_draft, parity), .words = parity_words,
     .fallback = "\"none\"", .doc = "Parity of the serial line."},
    {IN_LINK, KIND_INT, "stop_bits", AT(struct link_draft, link.stop_bits), .min = 1, .max = 2,
     .unit = "bits", .fallback = "1", .doc = "Stop bits of the serial line."},
    {IN_LINK, KIND_BOOL, "rs485", AT(struct link_draft, link.rs485), .fallback = "false",
     .doc = "Whether the kernel shall turn the line's direction (`TIOCSRS485`). `false` for "
            "adapters that do it themselves. Only for `serial`."},
    {IN_LINK, KIND_BOOL, "echo", AT(struct link_draft, link.echo), .fallback = "false",
     .doc = "Whether what is sent comes back first, as with some two-wire adapters. Only with RTU "
            "framing."},
    {IN_LINK, KIND_INT, "latency_ms", AT(struct link_draft, link.latency_ms), .min = 0, .max = 1000,
     .unit = "ms", .fallback = "0",
     .doc = "What an adapter adds to each reply: 16 for a USB adapter whose latency timer was not "
            "set lower. Counted by time-outs and by `plumewatch plan`. Only with RTU framing."},
    {IN_LINK, KIND_TEXT, "registration", AT(struct link_draft, registration), .min = 1, .max = 260,
     .without = "whoever dials in is this link's device",
     .doc = "First bytes that tell which device dials in: a text, or `hex:` and pairs of "
            "hexadecimal digits; at most 128 bytes. None may begin with another of the same "
            "`listen`. A device that dials in again replaces its old connection. Only for "
            "`listen`."},
    {IN_LINK, KIND_TEXT, "heartbeat", AT(struct link_draft, heartbeat), .min = 1, .max = 260,
     .without = "none is expected",
     .doc = "Bytes, likewise, that the device sends to show that it is there, between replies; "
            "they are dropped. Only for `listen`."},
    {IN_LINK, KIND_INT, "pending_max", AT(struct link_draft, link.pending_max), .min = 1,
     .max = 1000, .unit = "connections", .fallback = "16",
     .doc = "Most connections that have not registered yet; more are closed at once. Of several "
            "links with the same `listen` the largest counts."},
    {IN_LINK, KIND_INT, "registration_timeout_ms",
     AT(struct link_draft, link.registration_timeout_ms), .min = 100, .max = 600000, .unit = "ms",
     .fallback = "10000",
     .doc = "How long a connection may take to register; likewise the longest."},
    {IN_LINK, KIND_INT, "connections_max", AT(struct link_draft, link.stations.connections_max),
     .min = 1, .max = 20000, .unit = "connections", .fallback = "2000",
     .doc = "Most stations connected at once; more are closed at once. Only for `hj212` and "
            "`listen`."},
    {IN_LINK, KIND_INT, "silence_s", AT(struct link_draft, link.stations.silence_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "4200",
     .doc = "A station's connection without a good packet for so long is closed, one of our own "
            "making "
            "then opened again. Only for `hj212`."},
    {IN_LINK, KIND_INT, "frame_timeout_ms", AT(struct link_draft, link.stations.frame_timeout_ms),
     .min = 100, .max = 600000, .unit = "ms", .fallback = "5000",
     .doc = "How long the rest of a frame may take; its beginning is then given up. Only for "
            "`hj212`."},
    {IN_LINK, KIND_INT, "segment_max", AT(struct link_draft, link.stations.segment_max),
     .min = 1024, .max = 9999, .unit = "bytes", .fallback = "4096",
     .doc = "Longest data segment that is read, over the 1024 bytes of the standard. A connection "
            "needs so much memory. Only for `hj212`."},
    {IN_LINK, KIND_INT, "garbage_max", AT(struct link_draft, link.stations.garbage_max),
     .min = 1024, .max = 16777216, .unit = "bytes", .fallback = "65536",
     .doc = "Bytes without a good packet after which a connection is closed. Only for `hj212`."},
    {IN_LINK, KIND_INT, "max_unknown_stations", AT(struct link_draft, link.stations.unknown_max),
     .min = 0, .max = 1000, .unit = "stations", .fallback = "64",
     .doc = "MNs that no device has and that are listed for an operator to adopt, each with its "
            "last 32 packets; packets of further ones are counted only. Only for `hj212`."},
    {IN_LINK, KIND_INT, "connect_timeout_ms", AT(struct link_draft, link.connect_timeout_ms),
     .min = 100, .max = 60000, .unit = "ms", .fallback = "3000",
     .doc = "How long a connection may take to be made."},

    {IN_TEMPLATE, KIND_ID, "id", .required = true, AT(struct device_draft, device.id),
     .doc = "Name of the template; its devices' readings stand in measurement `raw_<id>`."},
    {IN_DEVICE, KIND_NAME, "id", .required = true, AT(struct device_draft, device.id),
     .doc = "Name of the device. Without a template its readings stand in measurement `raw_<id>`."},
    {IN_DEVICE, KIND_REF, "link", .required = true, AT(struct device_draft, link_id),
     .doc = "The link that it is reached over."},
    {IN_DEVICE | IN_TEMPLATE, KIND_WORD, "protocol", AT(struct device_draft, protocol),
     .words = protocol_words, .fallback = "\"modbus\"", .doc = "What it speaks."},
    {IN_DEVICE, KIND_INT, "unit", AT(struct device_draft, device.unit), .min = 0, .max = 255,
     .without = "an error for `modbus`",
     .doc = "Unit identifier (slave address). Several devices may share one unit of one link."},
    {IN_DEVICE, KIND_REF, "template", AT(struct device_draft, device.template_id),
     .without = "only its own signals",
     .doc = "The template whose signals and settings it takes; what the device gives itself goes "
            "before them."},
    {IN_DEVICE | IN_TEMPLATE, KIND_MAP, "signals", .offset = offsetof(struct device_draft, signals),
     .max = PLANT_DEVICE_SIGNALS_MAX, .child = IN_SIGNAL, .without = "the template's",
     .doc = "What it measures, by signal id. A signal of the same id in the template is the basis: "
            "only what differs need be given. Above 200 signals a warning is given, above 1000 of "
            "a device or 200000 in all the configuration is refused."},
    {IN_DEVICE, KIND_TEXT, "mn", AT(struct device_draft, device.station.mn), .min = 1, .max = 40,
     .without = "an error for `hj212`",
     .doc = "The station's MN: letters, digits, `-` and `_`, told apart by case. Only for `hj212`, "
            "as all up to `ask`."},
    {IN_DEVICE, KIND_PATH, "password_file", AT(struct device_draft, device.station.password_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "File whose only line is the station's password (PW); relative to the file that names "
            "it. Without it any password is taken, which is warned of."},
    {IN_DEVICE | IN_TEMPLATE, KIND_WORD, "edition", AT(struct device_draft, device.station.edition),
     .words = edition_words, .fallback = "\"auto\"",
     .doc = "Edition of HJ 212 that it speaks and is answered in. `auto`: that of each packet, by "
            "its Flag, codes and form."},
    {IN_DEVICE | IN_TEMPLATE, KIND_WORD, "crc", AT(struct device_draft, device.station.crc),
     .words = crc_words, .fallback = "\"auto\"",
     .doc = "Check sum that it sends. `auto`: found out, and held to after three good packets in a "
            "row. Answers carry the same."},
    {IN_DEVICE | IN_TEMPLATE, KIND_TEXT, "st", AT(struct device_draft, device.station.st), .min = 0,
     .max = 5, .fallback = "\"\"",
     .doc = "System code (ST) of its packets; those of another are taken and counted. Empty: any."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "ack_max_s",
     AT(struct device_draft, device.station.ack_max_s), .min = 1, .max = 600, .unit = "s",
     .fallback = "9",
     .doc = "An answer (9014, 9013) that is not ready within so long is not sent, but counted: the "
            "station sends again by then. A second less than the station's own time-out."},
    {IN_DEVICE | IN_TEMPLATE, KIND_BOOL, "set_clock",
     AT(struct device_draft, device.station.set_clock), .fallback = "false",
     .doc = "Whether a station that asks for the time (1013), or begins to report, is sent it "
            "(1012), when the server's own clock can be trusted."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "max_factors",
     AT(struct device_draft, device.station.max_factors), .min = 0, .max = 1000, .unit = "factors",
     .fallback = "128",
     .doc = "Codes that the station may send beside its signals: the realtime values of each are "
            "kept under the code, as they come. A code that finds no room is left out and counted, "
            "which is a finding."},
    {IN_DEVICE, KIND_PATH, "sm4_key_file", AT(struct device_draft, device.station.sm4_key_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "File whose only line is the station's first SM4 key (2025, 6.4): 16 characters, or 32 "
            "hexadecimal digits; relative to the file that names it. A key that 1014 changed since "
            "is kept in the data directory, and holds until this file says another one."},
    {IN_DEVICE | IN_TEMPLATE, KIND_WORD, "cipher", AT(struct device_draft, device.station.cipher),
     .words = cipher_words, .fallback = "\"accept\"",
     .doc = "With a key: `accept` reads packets encrypted and in clear; `require` refuses in clear "
            "what 6.4.4 wants encrypted (2000 to 2999, 1014, 3020)."},
    {IN_DEVICE | IN_TEMPLATE, KIND_WORD, "cipher_form",
     AT(struct device_draft, device.station.cipher_form), .words = form_words,
     .fallback = "\"raw\"",
     .doc =
         "How the cipher stands on the wire: as bytes, or as the text `{0xE4,0x3E,...}` that the "
         "standard prints. With `literal` both are read, and connections of that link need five "
         "times the memory."},
    {IN_DEVICE | IN_TEMPLATE, KIND_BOOL, "cipher_new_key",
     AT(struct device_draft, device.station.cipher_new_key), .fallback = "false",
     .doc = "Whether the new key (1014 downward) is encrypted with the one that it replaces."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "key_grace_min",
     AT(struct device_draft, device.station.key_grace_min), .min = 0, .max = 1440, .unit = "min",
     .fallback = "10", .doc = "How long a replaced key is still read after a change by 1014."},
    {IN_DEVICE | IN_TEMPLATE, KIND_OBJECT, "ask", .offset = offsetof(struct device_draft, ask),
     .child = IN_ASK, .without = "the template's; else all defaults",
     .doc = "What the station is asked for and told, over the template's. Only for `hj212`."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "every_ms", AT(struct device_draft, device.every_ms),
     .min = 50, .max = 86400000, .unit = "ms", .fallback = "1000",
     .doc = "How often all signals are read; of an `hj212` station: how often it reports, "
            "60000 unless given; it counts as silent after five times that."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "phase_ms", AT(struct device_draft, phase_ms), .min = 0,
     .max = 86399999, .unit = "ms", .without = "spread evenly over the devices of the link",
     .doc = "Place of the readings in the period: due times are phase + n x `every_ms` since the "
            "epoch. Less than `every_ms`."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "timeout_ms", AT(struct device_draft, device.timeout_ms),
     .min = 50, .max = 60000, .unit = "ms", .fallback = "1000",
     .doc = "How long a reply may take."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "retries", AT(struct device_draft, device.retries),
     .min = 0, .max = 10, .fallback = "1",
     .doc = "How often a request without a good reply is repeated before its signals are bad."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "max_registers",
     AT(struct device_draft, device.max_registers), .min = 1, .max = 125, .unit = "registers",
     .fallback = "125",
     .doc = "Most registers in one request; for coils and discrete inputs 16 to a register."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "max_gap", AT(struct device_draft, device.max_gap),
     .min = 0, .max = 124, .unit = "registers", .fallback = "8",
     .doc = "Registers that a request may read in vain to join two signals into one request. 0 for "
            "devices that refuse to read addresses they do not have."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "backoff_max_s",
     AT(struct device_draft, device.backoff_max_s), .min = 1, .max = 3600, .unit = "s",
     .fallback = "60",
     .doc = "A device that does not answer is asked less and less often, at last this seldom."},
    {IN_DEVICE | IN_TEMPLATE, KIND_WORD, "id_policy", AT(struct device_draft, id_policy),
     .words = policy_words, .fallback = "\"strict\"",
     .doc =
         "Which transaction identifiers a reply may carry: `strict` the request's, `zero` also 0, "
         "`ignore` any, for devices that answer with others than they were asked with. Unit, "
         "function and length are checked always. With `zero` and `ignore` a late reply cannot be "
         "told from the next one, so a time-out of such a device closes the connection. Without "
         "meaning for RTU frames, which have no identifier."},
    {IN_DEVICE | IN_TEMPLATE, KIND_LIST, "forbidden",
     .offset = offsetof(struct device_draft, forbidden), .max = PLANT_FORBIDDEN_MAX,
     .child = IN_FORBIDDEN, .without = "the template's; else none",
     .doc = "Addresses that no request may touch, also not in vain to join two signals."},
    {IN_DEVICE | IN_TEMPLATE, KIND_INT, "write_gap_ms",
     AT(struct device_draft, device.write_gap_ms), .min = 0, .max = 10000, .unit = "ms",
     .fallback = "25", .doc = "Quiet time after a write, before it is read back."},
    {IN_DEVICE | IN_TEMPLATE, KIND_BOOL, "write_multiple",
     AT(struct device_draft, device.write_multiple), .fallback = "false",
     .doc = "Whether one coil or register is written with function 15 or 16 as well, for devices "
            "that do not know 5 and 6. Values of several registers always are."},

    {IN_ASK, KIND_INT, "over_time_s", AT(struct asking_draft, asking.over_time_s), .min = 1,
     .max = 99, .unit = "s", .fallback = "10",
     .doc = "How long the station may take to answer before the same request is sent again; after "
            "its first answer, how long until the next packet."},
    {IN_ASK, KIND_INT, "resends", AT(struct asking_draft, asking.resends), .min = 0, .max = 99,
     .fallback = "3", .doc = "How often; then the request is given up. The connection stays."},
    {IN_ASK, KIND_INT, "total_s", AT(struct asking_draft, asking.total_s), .min = 10, .max = 86400,
     .unit = "s", .fallback = "600", .doc = "How long one request may take with all its records."},
    {IN_ASK, KIND_BOOL, "set_timeouts", AT(struct asking_draft, asking.set_timeouts),
     .fallback = "false",
     .doc = "Whether the station is told `over_time_s` and `resends` as its own (1000) when it "
            "begins to report."},
    {IN_ASK, KIND_WORD, "intervals", AT(struct asking_draft, asking.intervals),
     .words = interval_words, .fallback = "\"leave\"",
     .doc = "When it begins to report: `ask` for its intervals (1061, 1063), or `set` them (1062, "
            "1064)."},
    {IN_ASK, KIND_INT, "realtime_interval_s", AT(struct asking_draft, asking.realtime_interval_s),
     .min = 30, .max = 3600, .unit = "s", .fallback = "60", .doc = "What 1062 sets."},
    {IN_ASK, KIND_INT, "minute_interval_min", AT(struct asking_draft, asking.minute_interval_min),
     .min = 1, .max = 30, .unit = "min", .fallback = "10",
     .doc = "What 1064 sets, and how often minute data (2051) is expected unless the station says "
            "otherwise: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30."},
    {IN_ASK, KIND_WORD, "realtime", AT(struct asking_draft, asking.realtime), .words = switch_words,
     .fallback = "\"leave\"",
     .doc = "When it begins to report: realtime data `on` (2011) or `off` (2012)."},
    {IN_ASK, KIND_WORD, "states", AT(struct asking_draft, asking.states), .words = switch_words,
     .fallback = "\"leave\"", .doc = "Likewise facility states (2021, 2022)."},
    {IN_ASK, KIND_INT, "clock_check_h", AT(struct asking_draft, asking.clock_check_h), .min = 0,
     .max = 720, .unit = "h", .fallback = "0",
     .doc = "How often its clock is asked for (1011). 0: never."},
    {IN_ASK, KIND_INT, "clock_off_s", AT(struct asking_draft, asking.clock_off_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "30",
     .doc =
         "A clock that is off by more is set (1012), if `set_clock` says so and the server's own "
         "can be trusted."},
    {IN_ASK, KIND_BOOL, "controls", AT(struct asking_draft, asking.controls), .fallback = "false",
     .doc = "Whether `plumewatch ctl ask` may send this station what changes its settings or moves "
            "something: the setting commands and 3011 to 3024."},
    {IN_ASK, KIND_TEXT_LIST, "poll", .offset = offsetof(struct asking_draft, poll), .max = 5,
     .without = "none",
     .doc = "Of a station that only answers: what it is asked for on schedule, of `2011` (every "
            "`every_ms`), `2051`, `2061`, `2031` and `2041` (when a period has ended)."},
    {IN_ASK, KIND_TEXT_LIST, "fill", .offset = offsetof(struct asking_draft, fill), .max = 5,
     .without = "`2051`, `2061` and `2031`",
     .doc = "Which of `2051`, `2061`, `2031` and `2041` are asked for when periods are missing. "
            "What a station never sent is not missed."},
    {IN_ASK, KIND_INT, "fill_back_d", AT(struct asking_draft, asking.fill_back_d), .min = 1,
     .max = 60, .unit = "d", .fallback = "7",
     .doc = "How far back. Memory for each station: a bit for each period and signal."},
    {IN_ASK, KIND_INT, "fill_gap_s", AT(struct asking_draft, asking.fill_gap_s), .min = 1,
     .max = 3600, .unit = "s", .fallback = "30",
     .doc = "Least time between two requests for periods to one station."},
    {IN_ASK, KIND_INT, "fill_records", AT(struct asking_draft, asking.fill_records), .min = 1,
     .max = 1000, .unit = "periods", .fallback = "60", .doc = "Most periods in one of them."},
    {IN_ASK, KIND_INT, "fill_tries", AT(struct asking_draft, asking.fill_tries), .min = 1,
     .max = 10, .fallback = "2",
     .doc = "How often the same period is asked for in vain; then it counts as lost."},
    {IN_ASK, KIND_INT, "fill_after_s", AT(struct asking_draft, asking.fill_after_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "120",
     .doc = "How long after its end a period counts as missing."},

    {IN_FORBIDDEN, KIND_WORD, "table", .required = true, AT(struct range_draft, table),
     .words = table_words, .doc = "Which of the four tables."},
    {IN_FORBIDDEN, KIND_INT, "first", .required = true, AT(struct range_draft, first), .min = 0,
     .max = 65535, .doc = "First address, as on the wire."},
    {IN_FORBIDDEN, KIND_INT, "last", AT(struct range_draft, last), .min = 0, .max = 65535,
     .without = "`first`", .doc = "Last address; not less than `first`."},

    {IN_SIGNAL, KIND_WORD, "table", AT(struct signal_draft, table), .words = table_words,
     .without = "an error, unless `address` says it",
     .doc = "Which of the four Modbus tables: function 1, 2, 3 or 4."},
    {IN_SIGNAL, KIND_ADDRESS, "address", AT(struct signal_draft, address), .min = 0, .max = 65535,
     .without = "an error",
     .doc = "As on the wire, from 0; or a text of five or six digits as manuals print it, which "
            "counts from 1 and begins with its table: `\"40101\"` is holding register 100, "
            "`\"3xxxx\"` an input register, `\"1xxxx\"` a discrete input, `\"0xxxx\"` a coil."},
    {IN_SIGNAL, KIND_WORD, "type", AT(struct signal_draft, type), .words = type_words,
     .without = "`uint16`; `bit` for a coil, a discrete input or with `bit`",
     .doc =
         "How the registers are read. 32-bit types take 2 registers, 64-bit types 4. `bcd16` and "
         "`bcd32` are 4 and 8 decimal digits; `string` is text."},
    {IN_SIGNAL, KIND_WORD, "order", AT(struct signal_draft, order), .words = order_words,
     .fallback = "\"ABCD\"",
     .doc = "How the bytes stand on the wire, A being the most significant. `ABCD` is Modbus's own "
            "order, `CDAB` has the low word first, `BADC` the bytes of each word swapped, `DCBA` "
            "both. For a 64-bit type the eight letters may be given instead; of a 16-bit type only "
            "the bytes can be swapped."},
    {IN_SIGNAL, KIND_INT, "bit", AT(struct signal_draft, bit), .min = 0, .max = 15,
     .without = "the whole register",
     .doc = "One bit of a 16-bit register, 0 being the least significant; the value is 0 or 1."},
    {IN_SIGNAL, KIND_TEXT, "factor", AT(struct signal_draft, signal.factor), .min = 1, .max = 20,
     .without = "the signal's id",
     .doc = "HJ 212 code of the factor, of any edition; a station may send the code that another "
            "edition has for the same factor. When the tables print a unit for it in the "
            "station's edition that converts to the signal's `unit` (else to that of 2017), the "
            "value is converted; then `scale` and `offset` follow. Only for `hj212`."},
    {IN_SIGNAL, KIND_NONZERO, "scale", AT(struct signal_draft, signal.scale), .min = -1e12,
     .max = 1e12, .unit = "signal's unit per count", .fallback = "1",
     .doc = "value = raw x scale + offset. Not 0."},
    {IN_SIGNAL, KIND_NUMBER, "offset", AT(struct signal_draft, signal.offset), .min = -1e12,
     .max = 1e12, .unit = "signal's unit", .fallback = "0", .doc = "Added after scaling."},
    {IN_SIGNAL, KIND_TEXT, "unit", AT(struct signal_draft, signal.unit), .min = 0, .max = 32,
     .fallback = "\"\"", .doc = "Unit of the value; empty for none."},
    {IN_SIGNAL, KIND_TEXT, "name", AT(struct signal_draft, signal.name), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Name for people."},
    {IN_SIGNAL, KIND_PAIR, "range", AT(struct signal_draft, range), .min = -1e30, .max = 1e30,
     .unit = "signal's unit", .without = "every value is good",
     .doc = "Lowest and highest value that the instrument can mean. Outside it a value is kept and "
            "marked bad, over-range or under-range."},
    {IN_SIGNAL, KIND_INT, "length", AT(struct signal_draft, length), .min = 1, .max = 32,
     .unit = "registers", .without = "an error for type `string`",
     .doc =
         "Of type `string`: registers of text, two characters each (UTF-8, up to the first NUL). "
         "The value stands in field `<signal>_text`."},
    {IN_SIGNAL, KIND_NUMBERS, "no_value", AT(struct signal_draft, no_value), .min = -1.7e308,
     .max = 1.7e308, .without = "only NaN means that there is no value",
     .doc =
         "Numbers that the maker writes where there is no value, as the type reads them, before "
         "scaling: `[65535]`, `[-32768]`, `[-999.9]`. Of BCD the register's plain number. Such a "
         "reading is bad, no-value."},
    {IN_SIGNAL, KIND_BOOL, "writable", AT(struct signal_draft, signal.writable),
     .fallback = "false",
     .doc =
         "Whether `plumewatch ctl write` may set it. Only coils and holding registers; not a bit "
         "of a register, not a text, none with `map`, `ne43`, `sqrt`, `invert`, `debounce_ms` or "
         "`counter`."},
    {IN_SIGNAL, KIND_BOOL, "ne43", AT(struct signal_draft, signal.io.ne43), .fallback = "false",
     .doc =
         "The number, after `scale` and `offset`, is the current in mA of a 4 to 20 mA input. By "
         "NAMUR NE 43 less than 3.6 mA is bad, wire-break, without a value; less than 3.8 is "
         "under-range, more than 20.5 over-range."},
    {IN_SIGNAL, KIND_OBJECT, "map", .offset = offsetof(struct signal_draft, map), .child = IN_MAP,
     .without = "the number is the value",
     .doc = "A straight line through two points, after `scale` and `offset`: "
            "`{ \"from\": [4, 20], \"to\": [0, 500] }`."},
    {IN_SIGNAL, KIND_BOOL, "sqrt", AT(struct signal_draft, signal.io.square_root),
     .fallback = "false",
     .doc =
         "Square root extraction between the two points of `map`, for a flow measured as a "
         "difference of pressures: a quarter of the way counts as half. Below the first point the "
         "value is that of the first point."},
    {IN_SIGNAL, KIND_BOOL, "invert", AT(struct signal_draft, signal.io.invert), .fallback = "false",
     .doc = "Of a bit: 0 becomes 1 and 1 becomes 0, for contacts that open when they speak."},
    {IN_SIGNAL, KIND_INT, "debounce_ms", AT(struct signal_draft, signal.io.debounce_ms), .min = 0,
     .max = 600000, .unit = "ms", .fallback = "0",
     .doc = "Of a bit: a change counts once it was read so long; until then the value stays."},
    {IN_SIGNAL, KIND_OBJECT, "counter", .offset = offsetof(struct signal_draft, counter),
     .child = IN_COUNTER, .without = "the number is the value",
     .doc = "The register counts pulses and begins again at 0 when it is full."},

    {IN_MAP, KIND_SPAN, "from", .required = true, AT(struct map_draft, from), .min = -1e12,
     .max = 1e12, .doc = "The number at either point."},
    {IN_MAP, KIND_SPAN, "to", .required = true, AT(struct map_draft, to), .min = -1e12, .max = 1e12,
     .unit = "signal's unit", .doc = "The value at either point."},

    {IN_COUNTER, KIND_WORD, "as", .required = true, AT(struct counter_draft, as),
     .words = counter_words,
     .doc =
         "`total`: counts x `per_pulse`, going on where the register begins again (after a start "
         "of the server it begins with what the register shows). `rate`: what came since the "
         "reading before, by time: a flow or a power."},
    {IN_COUNTER, KIND_NONZERO, "per_pulse", AT(struct counter_draft, per_pulse), .min = -1e12,
     .max = 1e12, .unit = "signal's unit (times `per`) a count", .fallback = "1",
     .doc = "What one count is worth. Not 0."},
    {IN_COUNTER, KIND_WORD, "per", AT(struct counter_draft, per), .words = per_words,
     .fallback = "\"h\"", .doc = "The time that a `rate` refers to."},
    {IN_COUNTER, KIND_NUMBER, "modulo", AT(struct counter_draft, modulo), .min = 2, .max = 1.9e19,
     .unit = "counts",
     .without = "what the type can hold: 65536, 4294967296, 10000 for `bcd16`, ...",
     .doc = "The register shows 0 again after so many counts."},
    {IN_COUNTER, KIND_NUMBER, "max_step", AT(struct counter_draft, max_step), .min = 1,
     .max = 1.9e19, .unit = "counts", .without = "half of `modulo`",
     .doc = "More counts between two readings are a counter that was reset, not one that ran on: "
            "that reading has no rate, and a total goes on from there."},

    {IN_SITE, KIND_ID, "id", .required = true, AT(struct site_draft, site.id),
     .doc = "Name of the site."},
    {IN_SITE, KIND_TEXT, "name", AT(struct site_draft, site.name), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Name for people."},
    {IN_SITE, KIND_LIST, "equipment", .offset = offsetof(struct site_draft, equipment),
     .max = PLANT_EQUIPMENT_MAX, .child = IN_EQUIPMENT, .without = "none",
     .doc = "What produces and what treats."},
    {IN_SITE, KIND_LIST, "outlets", .offset = offsetof(struct site_draft, outlets),
     .max = PLANT_OUTLETS_MAX, .child = IN_OUTLET, .without = "none", .doc = "Where it emits."},

    {IN_OUTLET, KIND_ID, "id", .required = true, AT(struct outlet_draft, outlet.id),
     .doc = "Name of the outlet, as a rule its number in the permit. Unique over all sites."},
    {IN_OUTLET, KIND_TEXT, "name", AT(struct outlet_draft, outlet.name), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Name for people."},
    {IN_OUTLET, KIND_WORD, "kind", AT(struct outlet_draft, kind), .words = outlet_words,
     .fallback = "\"stack\"",
     .doc =
         "`stack`: a chimney whose gas is measured. `bypass`: a way past the treatment. `flare`: "
         "a flare, whose `inputs` have names of their own."},
    {IN_OUTLET, KIND_NUMBER, "height_m", AT(struct outlet_draft, outlet.height_m), .min = 0,
     .max = 1000, .unit = "m", .fallback = "0", .doc = "Height of the stack; 0 when not known."},
    {IN_OUTLET, KIND_NUMBER, "area_m2", AT(struct outlet_draft, area_m2), .min = 0.0001,
     .max = 10000, .unit = "m2", .without = "no flow is made of a velocity",
     .doc = "Area of the duct where the velocity is measured."},
    {IN_OUTLET, KIND_NUMBER, "velocity_factor", AT(struct outlet_draft, outlet.velocity_factor),
     .min = 0.01, .max = 100, .fallback = "1",
     .doc = "Kv: mean velocity of the duct by that of the instrument."},
    {IN_OUTLET, KIND_NUMBER, "pitot_factor", AT(struct outlet_draft, outlet.pitot_factor),
     .min = 0.01, .max = 10, .fallback = "0.84", .doc = "Kp of a pitot tube (`a01017`)."},
    {IN_OUTLET, KIND_NUMBER, "ambient_kpa", AT(struct outlet_draft, outlet.ambient_kpa), .min = 40,
     .max = 120, .unit = "kPa", .without = "an error where `i23001` is not measured but needed",
     .doc = "Ba: local air pressure, when no input `i23001` measures it."},
    {IN_OUTLET, KIND_NUMBER, "moisture_pct", AT(struct outlet_draft, outlet.moisture_pct), .min = 0,
     .max = 99, .unit = "%", .without = "an error where `a01014` is not measured but needed",
     .doc = "Moisture of the gas by volume, when no input `a01014` measures it."},
    {IN_OUTLET, KIND_NUMBER, "reference_o2", AT(struct outlet_draft, outlet.reference_o2), .min = 0,
     .max = 20, .unit = "%", .without = "no correction: corrected and measured are the same",
     .doc = "Oxygen that concentrations are corrected to. Needs an input `a19001`."},
    {IN_OUTLET, KIND_NUMBER, "excess_air", AT(struct outlet_draft, excess_air), .min = 1, .max = 21,
     .without = "`reference_o2`",
     .doc = "The same as a reference excess air ratio: 1.4 is 6 %. Not both."},
    {IN_OUTLET, KIND_WORD, "zs_from", AT(struct outlet_draft, zs_from), .words = zs_words,
     .fallback = "\"hour_means\"",
     .doc = "The corrected value of an hour: `hour_means`: the formula on the hour's means of "
            "concentration and oxygen; `minute_values`: the mean of the corrected minutes."},
    {IN_OUTLET, KIND_WORD, "means_from", AT(struct outlet_draft, means_from),
     .words = means_from_words, .fallback = "\"own\"",
     .doc = "Whose means limits and totals take: `own`: computed here from the samples; `station`: "
            "those that an HJ 212 station computed and sent; `station-else-own`: the station's "
            "where it sends one within `station_wait_min`, else our own. Both are always kept."},
    {IN_OUTLET, KIND_INT, "station_wait_min", AT(struct outlet_draft, outlet.station_wait_min),
     .min = 0, .max = 720, .unit = "min", .fallback = "15",
     .doc = "With `station-else-own`: how long our own mean of a period waits for the station's; "
            "at most until the next period of its kind is over."},
    {IN_OUTLET, KIND_SIGNAL, "state", AT(struct outlet_draft, state),
     .without = "samples are marked by their quality and by declarations only",
     .doc = "The signal with the instrument's state word (`i12001`), which marks the samples of "
            "all inputs, or of `state_factors`."},
    {IN_OUTLET, KIND_TEXT_LIST, "state_words", .offset = offsetof(struct outlet_draft, state_words),
     .max = PLANT_STATE_WORDS_MAX,
     .without = "those of `i12001`: 0 and 7 N, 1 and 10 M, 2 and 6 D, 3, 5 and 8 C, 9 F",
     .doc =
         "What the numbers of the state word mean, each as `NUMBER=FLAG`: `3=C`. Flags are N, F, "
         "M, S, D, C and B. Numbers that do not stand here are D."},
    {IN_OUTLET, KIND_TEXT_LIST, "state_factors",
     .offset = offsetof(struct outlet_draft, state_factors), .max = PLANT_INPUTS_MAX,
     .without = "all inputs", .doc = "The inputs, by factor, whose samples the state word marks."},
    {IN_OUTLET, KIND_INPUT_MAP, "inputs", .offset = offsetof(struct outlet_draft, inputs),
     .max = PLANT_INPUTS_MAX, .child = IN_INPUT, .without = "none",
     .doc =
         "What is measured here, by HJ 212 factor code, such as `a21026` for sulphur dioxide. Of a "
         "flare signals by these names: `vent_flow` (m3/h), `vent_nhv` (MJ/m3), "
         "`vent_temperature`, `vent_pressure`, `steam` (kg/h), `premix_air`, `perimeter_air`, "
         "`supplement`, `purge_flow`, `pilot_flow` (m3/h), `tip_temperature`, `ambient` (degC), "
         "`flame` (0, 1), `header_pressure` (kPa), `seal_level` (m), `igniter` (0, 1), the vent "
         "gas's composition (%): `methane`, `ethane`, `propane`, `n_butane`, `i_butane`, "
         "`ethylene`, "
         "`propylene`, `butadiene`, `acetylene`, `benzene`, `c5_plus`, `carbon_monoxide`, "
         "`hydrogen_sulfide`, `hydrogen`, `nitrogen`, `carbon_dioxide`, `oxygen`, `water`, and "
         "lists of signals under `pilots` (degC, or 0 and 1) and `valves` (0 and 1, or %)."},
    {IN_OUTLET, KIND_LIST, "limits", .offset = offsetof(struct outlet_draft, limits),
     .max = PLANT_LIMITS_MAX, .child = IN_LIMIT, .without = "none",
     .doc = "What must not be exceeded."},

    {IN_OUTLET, KIND_NUMBER_MAP, "permit_t_per_year",
     .offset = offsetof(struct outlet_draft, permit), .min = 1e-6, .max = 1e9, .unit = "t",
     .without = "masses are told, but held against nothing",
     .doc = "What may be emitted in a calendar year, by factor: `{\"a21026\": 42}`. The measured "
            "mass of the year is a finding `total` from 80, 90 and 100 % of it. Needs a flow."},

    {IN_OUTLET, KIND_REF, "beside", AT(struct outlet_draft, watch.beside), .without = "not said",
     .doc = "Of a bypass: the outlet that the gas should leave by."},
    {IN_OUTLET, KIND_REF, "treatment", AT(struct outlet_draft, watch.treatment),
     .without = "not said", .doc = "Of a bypass: the equipment that it passes by."},
    {IN_OUTLET, KIND_REF, "production", AT(struct outlet_draft, watch.production),
     .without = "production counts as running",
     .doc = "Of a bypass or a flare: the equipment whose gas it is."},
    {IN_OUTLET, KIND_REF, "standby", AT(struct outlet_draft, watch.standby), .without = "none",
     .doc = "Of a bypass: the equipment that must run while it is open; else a finding "
            "`bypass-standby`."},
    {IN_OUTLET, KIND_NUMBER, "design_flow_m3h", AT(struct outlet_draft, watch.design_flow_m3h),
     .min = 0.001, .max = 1e9, .unit = "m3/h", .without = "not known",
     .doc = "Of a bypass: its flow when wide open, dry, at standard state."},
    {IN_OUTLET, KIND_NUMBER, "efficiency_pct", AT(struct outlet_draft, watch.efficiency_pct),
     .min = 0, .max = 100, .unit = "%", .without = "not said",
     .doc = "Of a bypass: of the treatment; what an opening emits beyond what it would have been."},
    {IN_OUTLET, KIND_NUMBER, "orifice_m2", AT(struct outlet_draft, watch.orifice_m2), .min = 1e-6,
     .max = 1000, .unit = "m2", .without = "no flow is made of a difference of pressures",
     .doc = "Of a bypass: the open area of its damper."},
    {IN_OUTLET, KIND_NUMBER, "orifice_cd", AT(struct outlet_draft, watch.orifice_cd), .min = 0.01,
     .max = 1, .fallback = "0.6", .doc = "Its discharge coefficient."},
    {IN_OUTLET, KIND_NUMBER_MAP, "inlet_mg_m3",
     .offset = offsetof(struct outlet_draft, watch.inlet_mg_m3), .min = 0, .max = 1e9,
     .unit = "mg/m3", .without = "no mass is told without `inlet`",
     .doc = "Of a bypass: what its gas holds by the permit, by factor; at most 4, the first is the "
            "one that `released_kg` tells."},
    {IN_OUTLET, KIND_SIGNAL_MAP, "inlet", .offset = offsetof(struct outlet_draft, watch.inlet),
     .max = BYPASS_FACTORS_MAX, .without = "what the permit says",
     .doc = "Of a bypass: signals before the treatment, by factor, in mg/m3."},
    {IN_OUTLET, KIND_LIST, "evidence", .offset = offsetof(struct outlet_draft, watch.evidence),
     .max = BYPASS_EVIDENCE_MAX, .child = IN_EVIDENCE,
     .without = "a bypass that nothing but its seal watches",
     .doc = "Of a bypass: how it is known whether it is open. All together may name 16 signals."},
    {IN_OUTLET, KIND_OBJECT, "fusion", .offset = offsetof(struct outlet_draft, watch.fusion),
     .child = IN_FUSION, .without = "all defaults", .doc = "Of a bypass: how evidence is judged."},
    {IN_OUTLET, KIND_OBJECT, "register", .offset = offsetof(struct outlet_draft, watch.reg),
     .child = IN_REGISTER, .without = "nothing is said",
     .doc = "Of a bypass: its entry in the register."},
    {IN_OUTLET, KIND_NUMBER, "tip_diameter_m", AT(struct outlet_draft, watch.tip_diameter_m),
     .min = 0.01, .max = 20, .unit = "m", .without = "an error for a flare",
     .doc = "Of a flare: effective diameter of its tip."},
    {IN_OUTLET, KIND_WORD, "assist", AT(struct outlet_draft, watch.assist), .words = assist_words,
     .without = "`none`", .doc = "Of a flare: what helps it to burn without smoke."},
    {IN_OUTLET, KIND_NUMBER, "purge_m3h", AT(struct outlet_draft, watch.purge_m3h), .min = 0,
     .max = 1e6, .unit = "m3/h", .without = "0",
     .doc = "Of a flare: gas that always flows, so that no air comes in."},
    {IN_OUTLET, KIND_OBJECT, "flare", .offset = offsetof(struct outlet_draft, watch.flare),
     .child = IN_FLARE, .without = "all defaults", .doc = "Of a flare: what it is judged by."},

    {IN_FLARE, KIND_WORD, "flow_state", AT(struct flare_draft, rules.flow_state),
     .words = flow_state_words, .fallback = "\"20\"",
     .doc = "State that the gas flows (vent, air, make-up fuel) and `purge_m3h` are told in: `20` "
            "and `0` degC at 101.325 kPa; `actual`: that of `vent_temperature` and `vent_pressure` "
            "(absolute), which must be measured then."},
    {IN_FLARE, KIND_WORD, "nhv_state", AT(struct flare_draft, rules.nhv_state),
     .words = nhv_state_words, .fallback = "\"20\"",
     .doc = "State of the m3 that `vent_nhv` is by."},
    {IN_FLARE, KIND_NUMBER_MAP, "nhv", .offset = offsetof(struct flare_draft, nhv), .min = 0,
     .max = 300, .unit = "MJ/m3", .without = "those of 40 CFR 63 subpart CC, table 12",
     .doc = "Net heating values of gases of the composition, by input name: `{\"hydrogen\": "
            "45.158}` credits hydrogen."},
    {IN_FLARE, KIND_BOOL, "bleeder", AT(struct flare_draft, rules.is_bleeder), .fallback = "false",
     .doc = "It is a bleeder of coke-oven, blast furnace or converter gas: a valve that is open "
            "without a proven flame is a finding `bleeder`."},
    {IN_FLARE, KIND_BOOL, "supplement_metered", AT(struct flare_draft, rules.supplement_metered),
     .fallback = "false",
     .doc = "`vent_flow` is measured behind the make-up fuel and holds it already."},
    {IN_FLARE, KIND_NUMBER, "supplement_nhv", AT(struct flare_draft, rules.supplement_nhv),
     .min = 0.1, .max = 300, .unit = "MJ/m3", .fallback = "33.384",
     .doc = "Net heating value of the make-up fuel; that of methane."},
    {IN_FLARE, KIND_NUMBER, "voc_pct", AT(struct flare_draft, rules.voc_pct), .min = 0, .max = 100,
     .unit = "%", .without = "no mass is told without a composition",
     .doc = "Hydrocarbons other than methane in the vent gas, by volume, where no composition is "
            "measured."},
    {IN_FLARE, KIND_NUMBER, "vent_g_mol", AT(struct flare_draft, rules.vent_g_mol), .min = 1,
     .max = 300, .unit = "g/mol",
     .without = "neither mass nor steam by mass of gas is told without a composition",
     .doc = "Molar mass of those; without a composition also of the vent gas."},
    {IN_FLARE, KIND_INT, "stale_s", AT(struct flare_draft, rules.stale_s), .min = 0, .max = 86400,
     .unit = "s", .fallback = "0",
     .doc = "A reading counts for so long; 0: twice the device's period, at least 60 s."},
    {IN_FLARE, KIND_NUMBER, "block_valid_pct", AT(struct flare_draft, rules.block_valid_pct),
     .min = 1, .max = 100, .unit = "%", .fallback = "75",
     .doc = "So much of a block of 15 minutes an instrument must have been good for the block to "
            "be valid."},
    {IN_FLARE, KIND_NUMBER, "nhv_cz_min", AT(struct flare_draft, rules.nhv_cz_min), .min = 0,
     .max = 100, .unit = "MJ/m3", .without = "10.06; 29.807 with assist `pressure`",
     .doc = "Heating value of the combustion zone, at least."},
    {IN_FLARE, KIND_NUMBER, "nhv_poor_min", AT(struct flare_draft, rules.nhv_poor_min), .min = 0,
     .max = 100, .unit = "MJ/m3", .fallback = "7.452",
     .doc = "Below it a flame destroys nothing for sure."},
    {IN_FLARE, KIND_NUMBER, "nhv_dil_min", AT(struct flare_draft, rules.nhv_dil_min), .min = 0,
     .max = 100, .unit = "MJ/m2", .fallback = "0.2498",
     .doc = "Dilution parameter with perimeter air, at least."},
    {IN_FLARE, KIND_WORD, "velocity_rule", AT(struct flare_draft, rules.velocity_rule),
     .words = velocity_words, .fallback = "\"63.670\"",
     .doc = "What the tip velocity may be at that heating value."},
    {IN_FLARE, KIND_NUMBER, "velocity_safe", AT(struct flare_draft, rules.velocity_safe), .min = 0,
     .max = 1000, .unit = "m/s", .fallback = "18.288",
     .doc = "Below it the tip velocity is good in any case."},
    {IN_FLARE, KIND_NUMBER, "velocity_max", AT(struct flare_draft, rules.velocity_max), .min = 0,
     .max = 1000, .unit = "m/s", .fallback = "121.92", .doc = "And never beyond."},
    {IN_FLARE, KIND_NUMBER, "steam_ratio_max", AT(struct flare_draft, rules.steam_ratio_max),
     .min = 0, .max = 100, .unit = "kg/kg", .fallback = "0.25",
     .doc = "More steam by vent gas, with a combustion zone too poor, is over-steaming."},
    {IN_FLARE, KIND_NUMBER, "snuff_fall_c", AT(struct flare_draft, rules.snuff_fall_c), .min = 0,
     .max = 2000, .unit = "degC", .fallback = "150",
     .doc = "So much the tip falls within a block while steam rises when it is being snuffed."},
    {IN_FLARE, KIND_NUMBER, "snuff_rise_pct", AT(struct flare_draft, rules.snuff_rise_pct),
     .min = 0, .max = 1000, .unit = "%", .fallback = "10", .doc = "By so much at least."},
    {IN_FLARE, KIND_NUMBER, "dre_good", AT(struct flare_draft, rules.dre_good), .min = 0, .max = 1,
     .fallback = "0.98",
     .doc = "Share destroyed in a block that meets heating value, velocity and pilot."},
    {IN_FLARE, KIND_NUMBER, "dre_poor", AT(struct flare_draft, rules.dre_poor), .min = 0, .max = 1,
     .fallback = "0.93",
     .doc = "And in one that does not, down to `nhv_poor_min`, or over-steamed."},
    {IN_FLARE, KIND_NUMBER, "so2_share", AT(struct flare_draft, rules.so2_share), .min = 0,
     .max = 1, .fallback = "0.98", .doc = "Share of the sulphur that becomes sulphur dioxide."},
    {IN_FLARE, KIND_INT, "judge_after_min", AT(struct flare_draft, rules.judge_after_min), .min = 0,
     .max = 1440, .unit = "min", .fallback = "15",
     .doc = "Blocks are judged from the one on that holds this minute of the discharge."},
    {IN_FLARE, KIND_NUMBER, "event_margin_pct", AT(struct flare_draft, rules.event_margin_pct),
     .min = 0, .max = 1000, .unit = "%", .fallback = "10",
     .doc =
         "A discharge is a flow above the purge and so much of it, or three standard deviations."},
    {IN_FLARE, KIND_NUMBER, "event_margin_m3h", AT(struct flare_draft, rules.event_margin_m3h),
     .min = 0, .max = 1e6, .unit = "m3/h", .fallback = "1",
     .doc = "But at least so much above the purge."},
    {IN_FLARE, KIND_NUMBER, "event_seal_pct", AT(struct flare_draft, rules.event_seal_pct),
     .min = 0, .max = 100, .unit = "%", .fallback = "5",
     .doc = "Or a header pressure less than so much below that of the water seal."},
    {IN_FLARE, KIND_NUMBER, "event_seal_fall_m", AT(struct flare_draft, rules.event_seal_fall_m),
     .min = 0.001, .max = 10, .unit = "m", .fallback = "0.1",
     .doc = "Or a seal level so far below its usual one."},
    {IN_FLARE, KIND_NUMBER, "seal_m", AT(struct flare_draft, rules.seal_m), .min = 0.01, .max = 50,
     .unit = "m", .without = "what `seal_level` usually is",
     .doc = "Usual level of the water seal; 1.5 m opens at 14.71 kPa."},
    {IN_FLARE, KIND_NUMBER, "valve_open_pct", AT(struct flare_draft, rules.valve_open_pct),
     .min = 0, .max = 100, .unit = "%", .fallback = "5",
     .doc = "Or a valve (of a signal in %) further open."},
    {IN_FLARE, KIND_INT, "event_on_s", AT(struct flare_draft, rules.event_on_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "60", .doc = "For so long."},
    {IN_FLARE, KIND_INT, "event_off_s", AT(struct flare_draft, rules.event_off_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "300",
     .doc = "It ends when none of that was so for so long."},
    {IN_FLARE, KIND_INT, "margin_s", AT(struct flare_draft, rules.margin_s), .min = 0, .max = 86400,
     .unit = "s", .fallback = "300", .doc = "So far beside a declared window it is still inside."},
    {IN_FLARE, KIND_INT, "late_max_s", AT(struct flare_draft, rules.late_max_s), .min = 0,
     .max = 604800, .unit = "s", .fallback = "3600",
     .doc = "A window declared later than so long after the discharge began declares nothing."},
    {IN_FLARE, KIND_NUMBER, "pilot_rise_c", AT(struct flare_draft, rules.pilot_rise_c), .min = 1,
     .max = 1000, .unit = "degC", .fallback = "100",
     .doc = "A pilot is out that is not so much above ambient."},
    {IN_FLARE, KIND_NUMBER, "pilot_fall_c_min", AT(struct flare_draft, rules.pilot_fall_c_min),
     .min = 0.1, .max = 10000, .unit = "degC/min", .fallback = "20",
     .doc = "Or that cools faster, unless a discharge is on or has just ended."},
    {IN_FLARE, KIND_NUMBER, "ambient_c", AT(struct flare_draft, rules.ambient_c), .min = -60,
     .max = 80, .unit = "degC", .fallback = "15",
     .doc = "Ambient temperature when `ambient` is not measured."},
    {IN_FLARE, KIND_INT, "pilot_on_s", AT(struct flare_draft, rules.pilot_on_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "60", .doc = "All pilots must be out for so long."},
    {IN_FLARE, KIND_INT, "pilot_off_s", AT(struct flare_draft, rules.pilot_off_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "60", .doc = "And one proven for so long."},
    {IN_FLARE, KIND_NUMBER, "tip_flame_c", AT(struct flare_draft, rules.tip_flame_c), .min = 0,
     .max = 2000, .unit = "degC", .fallback = "400", .doc = "A tip this hot has a big flame."},
    {IN_FLARE, KIND_INT, "meter_on_s", AT(struct flare_draft, rules.meter_on_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "600",
     .doc = "A big flame, or a header above its seal, without flow for so long is a finding "
            "`flare-meter`."},
    {IN_FLARE, KIND_INT, "bleeder_on_s", AT(struct flare_draft, rules.bleeder_on_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "60",
     .doc = "A bleeder's valve must be open without a flame for so long."},
    {IN_FLARE, KIND_NUMBER, "routine_share_pct", AT(struct flare_draft, rules.routine_share_pct),
     .min = 0, .max = 100, .unit = "%", .fallback = "5",
     .doc = "Routine use: undeclared discharge for more than so much of the running hours of 30 "
            "days."},
    {IN_FLARE, KIND_INT, "routine_days", AT(struct flare_draft, rules.routine_days), .min = 1,
     .max = 7, .fallback = "3", .doc = "Or on more than so many of any 7 days ..."},
    {IN_FLARE, KIND_NUMBER, "routine_day_h", AT(struct flare_draft, rules.routine_day_h), .min = 0,
     .max = 24, .unit = "h", .fallback = "1", .doc = "... for more than so long."},
    {IN_FLARE, KIND_NUMBER, "routine_r", AT(struct flare_draft, rules.routine_r), .min = 0,
     .max = 1, .fallback = "0.7",
     .doc = "Or when the flow follows production with a correlation above this ..."},
    {IN_FLARE, KIND_NUMBER, "routine_flow", AT(struct flare_draft, rules.routine_flow), .min = 0,
     .max = 1000, .fallback = "2", .doc = "... and is above so many times the purge on average."},
    {IN_FLARE, KIND_NUMBER, "available_pct", AT(struct flare_draft, rules.available_pct), .min = 0,
     .max = 100, .unit = "%", .fallback = "95",
     .doc = "Share of valid blocks that each instrument must reach in a month."},

    {IN_EQUIPMENT, KIND_ID, "id", .required = true, AT(struct equipment_draft, equipment.id),
     .doc = "Name of the equipment. Unique over all sites, also among the outlets."},
    {IN_EQUIPMENT, KIND_TEXT, "name", AT(struct equipment_draft, equipment.name), .min = 0,
     .max = 200, .fallback = "\"\"", .doc = "Name for people."},
    {IN_EQUIPMENT, KIND_WORD, "kind", .required = true, AT(struct equipment_draft, kind),
     .words = equipment_words, .doc = "`production`: it makes gas. `treatment`: it cleans it."},
    {IN_EQUIPMENT, KIND_SIGNAL, "power", .required = true, AT(struct equipment_draft, power),
     .doc = "The signal with its electric power, in W, kW or MW; kW without a unit."},
    {IN_EQUIPMENT, KIND_NUMBER, "rated_kw", .required = true,
     AT(struct equipment_draft, equipment.rated_kw), .min = 0.001, .max = 1e6, .unit = "kW",
     .doc = "Its power at full load."},
    {IN_EQUIPMENT, KIND_NUMBER, "off_pct", AT(struct equipment_draft, equipment.off_pct), .min = 0,
     .max = 100, .unit = "%", .fallback = "5", .doc = "Below so much of `rated_kw` it is off."},
    {IN_EQUIPMENT, KIND_NUMBER, "idle_pct", AT(struct equipment_draft, equipment.idle_pct),
     .min = 0, .max = 100, .unit = "%", .fallback = "10",
     .doc = "Running, it is idle below so much. Not less than `off_pct`, not more than "
            "`run_pct`."},
    {IN_EQUIPMENT, KIND_NUMBER, "run_pct", AT(struct equipment_draft, equipment.run_pct), .min = 0,
     .max = 100, .unit = "%", .fallback = "15", .doc = "From so much on it runs."},
    {IN_EQUIPMENT, KIND_INT, "hold_s", AT(struct equipment_draft, equipment.hold_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "60", .doc = "A state must last so long to count."},
    {IN_EQUIPMENT, KIND_INT, "stale_s", AT(struct equipment_draft, equipment.stale_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "300",
     .doc = "Without a good reading for so long it is offline."},
    {IN_EQUIPMENT, KIND_TEXT_LIST, "serves", .offset = offsetof(struct equipment_draft, serves),
     .max = PLANT_SERVES_MAX, .without = "nothing",
     .doc = "Of treatment: ids of the production whose gas it cleans."},
    {IN_EQUIPMENT, KIND_INT, "lead_min", AT(struct equipment_draft, equipment.lead_min), .min = 0,
     .max = 1440, .unit = "min", .fallback = "0",
     .doc = "Of treatment: it runs so long before what it serves."},
    {IN_EQUIPMENT, KIND_INT, "lag_min", AT(struct equipment_draft, equipment.lag_min), .min = 0,
     .max = 1440, .unit = "min", .fallback = "0", .doc = "And so long after it."},
    {IN_EQUIPMENT, KIND_SIGNAL, "capture_flow", AT(struct equipment_draft, capture_flow),
     .without = "no capture rate",
     .doc = "Of treatment: the signal with the flow of its hoods, in m3/h, m3/min or m3/s; m3/h "
            "without a unit."},
    {IN_EQUIPMENT, KIND_NUMBER, "design_flow_m3h",
     AT(struct equipment_draft, equipment.design_flow_m3h), .min = 1, .max = 1e8, .unit = "m3/h",
     .without = "required with `capture_flow`",
     .doc = "What that flow should be, in the same state: the capture rate is flow by design."},
    {IN_EQUIPMENT, KIND_LIST, "parameters", .offset = offsetof(struct equipment_draft, parameters),
     .max = PLANT_PARAMETERS_MAX, .child = IN_PARAMETER, .without = "none",
     .doc = "What must be kept while it runs."},

    {IN_PARAMETER, KIND_SIGNAL, "signal", .required = true, AT(struct parameter_draft, signal),
     .doc = "The signal that measures it."},
    {IN_PARAMETER, KIND_NUMBER, "min", AT(struct parameter_draft, min), .min = -1e12, .max = 1e12,
     .without = "no lower bound; one of the two must be given",
     .doc = "Not less, in the signal's unit."},
    {IN_PARAMETER, KIND_NUMBER, "max", AT(struct parameter_draft, max), .min = -1e12, .max = 1e12,
     .without = "no upper bound", .doc = "Not more."},
    {IN_PARAMETER, KIND_TEXT, "unit", AT(struct parameter_draft, unit), .min = 0, .max = 32,
     .without = "the signal's", .doc = "Unit of the bounds; must be the signal's."},

    {IN_EVIDENCE, KIND_WORD, "channel", .required = true, AT(struct evidence_draft, channel),
     .words = channel_words, .doc = "What is looked at."},
    {IN_EVIDENCE, KIND_SIGNAL, "signal", AT(struct evidence_draft, signal),
     .without = "an error, but for `limit-switch`, `main-flow` and `treatment-power`",
     .doc = "The signal. Of `seal` and `video` 1 is broken and open."},
    {IN_EVIDENCE, KIND_SIGNAL, "open", AT(struct evidence_draft, open),
     .without = "an error for `limit-switch` without `closed`",
     .doc = "Of `limit-switch`: 1 when the damper is open."},
    {IN_EVIDENCE, KIND_SIGNAL, "closed", AT(struct evidence_draft, closed),
     .without = "only the open contact speaks",
     .doc = "Of `limit-switch`: 1 when the damper is closed."},
    {IN_EVIDENCE, KIND_SIGNAL, "main", AT(struct evidence_draft, main),
     .without = "an error for `temperature`", .doc = "Of `temperature`: in the main duct."},
    {IN_EVIDENCE, KIND_SIGNAL, "ambient", AT(struct evidence_draft, ambient),
     .without = "an error for `temperature`", .doc = "Of `temperature`: of the air."},
    {IN_EVIDENCE, KIND_SIGNAL, "set_point", AT(struct evidence_draft, set_point),
     .without = "every jump counts", .doc = "Of `fan`: its set point; a jump with it is none."},
    {IN_EVIDENCE, KIND_REF, "outlet", AT(struct evidence_draft, outlet),
     .without = "an error for `main-flow`", .doc = "Of `main-flow`: the outlet, with a flow."},
    {IN_EVIDENCE, KIND_REF, "load", AT(struct evidence_draft, load),
     .without = "an error for `main-flow`",
     .doc = "Of `main-flow`: the equipment whose power is the load."},
    {IN_EVIDENCE, KIND_REF, "equipment", AT(struct evidence_draft, equipment),
     .without = "an error for `treatment-power`", .doc = "Of `treatment-power`: the treatment."},
    {IN_EVIDENCE, KIND_TEXT, "factor", AT(struct evidence_draft, factor), .min = 1, .max = 20,
     .without = "it counts for no mass",
     .doc = "Of `concentration`: the factor, when the signal is in mg/m3 of it."},
    {IN_EVIDENCE, KIND_NUMBER, "area_m2", AT(struct evidence_draft, area_m2), .min = 1e-4,
     .max = 1000, .unit = "m2", .without = "no flow is made of it",
     .doc = "Of `velocity`: area of the bypass duct."},
    {IN_EVIDENCE, KIND_NUMBER, "base", AT(struct evidence_draft, base), .min = 0, .max = 1e12,
     .unit = "signal's unit", .without = "learned while the bypass is closed",
     .doc = "Of `pressure`, `concentration` and `treatment-power` (kW): the usual value."},
    {IN_EVIDENCE, KIND_NUMBER, "lod", AT(struct evidence_draft, lod), .min = 0, .max = 1e12,
     .unit = "signal's unit", .without = "an error for `concentration` without `open_at`",
     .doc = "Of `concentration`: the limit of detection."},
    {IN_EVIDENCE, KIND_NUMBER, "open_at", AT(struct evidence_draft, open_at), .min = 0, .max = 1e12,
     .without = "the channel's; an error for `flow`",
     .doc = "Beyond it the channel says open. Of what, the channel says."},
    {IN_EVIDENCE, KIND_NUMBER, "closed_at", AT(struct evidence_draft, closed_at), .min = 0,
     .max = 1e12, .without = "the channel's, in its ratio to `open_at`",
     .doc = "On the other side of it the channel says closed; in between it says what it said. "
            "Not beyond `open_at`."},
    {IN_EVIDENCE, KIND_INT, "on_delay_s", AT(struct evidence_draft, on_delay_s), .min = 0,
     .max = 3600, .unit = "s", .without = "the channel's", .doc = "Open must last so long."},
    {IN_EVIDENCE, KIND_INT, "off_delay_s", AT(struct evidence_draft, off_delay_s), .min = 0,
     .max = 3600, .unit = "s", .without = "the channel's", .doc = "Closed must last so long."},
    {IN_EVIDENCE, KIND_INT, "stale_s", AT(struct evidence_draft, stale_s), .min = 1, .max = 86400,
     .unit = "s", .without = "twice the device's period, at least 60",
     .doc = "Without a good value for so long the channel says nothing: unknown is never "
            "closed."},
    {IN_EVIDENCE, KIND_INT, "smooth_s", AT(struct evidence_draft, smooth_s), .min = 0, .max = 600,
     .unit = "s", .without = "the channel's",
     .doc = "Noise that is shorter is evened out before the value is judged."},
    {IN_EVIDENCE, KIND_NUMBER, "span_k", AT(struct evidence_draft, span_k), .min = 1, .max = 500,
     .unit = "K", .fallback = "20",
     .doc = "Of `temperature`: with less between main duct and air it says nothing."},
    {IN_EVIDENCE, KIND_INT, "travel_s", AT(struct evidence_draft, travel_s), .min = 1, .max = 3600,
     .unit = "s", .fallback = "60",
     .doc = "Of `limit-switch`: neither contact for longer is a fault."},
    {IN_EVIDENCE, KIND_NUMBER, "lr_open", AT(struct evidence_draft, lr_open), .min = 1, .max = 1e6,
     .without = "the channel's", .doc = "Likelihood ratio of open."},
    {IN_EVIDENCE, KIND_NUMBER, "lr_closed", AT(struct evidence_draft, lr_closed), .min = 1e-6,
     .max = 1, .without = "the channel's", .doc = "Likelihood ratio of closed."},

    {IN_FUSION, KIND_NUMBER, "prior", AT(struct plant_fusion, prior), .min = 1e-6, .max = 0.5,
     .fallback = "0.02", .doc = "Probability that it is open, before evidence."},
    {IN_FUSION, KIND_NUMBER, "suspect", AT(struct plant_fusion, suspect), .min = 0.01, .max = 0.99,
     .fallback = "0.5", .doc = "From here on it is suspected. Less than `open`."},
    {IN_FUSION, KIND_NUMBER, "open", AT(struct plant_fusion, open), .min = 0.01, .max = 0.999999,
     .fallback = "0.9", .doc = "From here on it is open."},
    {IN_FUSION, KIND_NUMBER, "closing", AT(struct plant_fusion, closing), .min = 0.001, .max = 0.99,
     .fallback = "0.2",
     .doc = "Below it, with no channel that says open, it closes. Less than "
            "`suspect`, more than `prior`."},
    {IN_FUSION, KIND_INT, "suspect_s", AT(struct plant_fusion, suspect_s), .min = 0, .max = 3600,
     .unit = "s", .fallback = "5", .doc = "`suspect` must be reached for so long."},
    {IN_FUSION, KIND_INT, "suspected_s", AT(struct plant_fusion, suspected_s), .min = 0,
     .max = 86400, .unit = "s", .fallback = "120",
     .doc = "Suspected for so long it is a finding of class `suspected`."},
    {IN_FUSION, KIND_INT, "off_delay_s", AT(struct plant_fusion, off_delay_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "120",
     .doc = "It closes for so long before it is closed; what opens again within is one event."},
    {IN_FUSION, KIND_INT, "min_event_s", AT(struct plant_fusion, min_event_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "30",
     .doc = "What looked open for less, in all, is no finding."},
    {IN_FUSION, KIND_INT, "unwatched_s", AT(struct plant_fusion, unwatched_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "900",
     .doc = "When no channel has said anything for so long: a finding `bypass-unwatched`."},
    {IN_FUSION, KIND_INT, "margin_s", AT(struct plant_fusion, margin_s), .min = 0, .max = 86400,
     .unit = "s", .fallback = "300", .doc = "So far beside a declared window it is still inside."},
    {IN_FUSION, KIND_INT, "late_max_s", AT(struct plant_fusion, late_max_s), .min = 0,
     .max = 604800, .unit = "s", .fallback = "3600",
     .doc = "A window declared later than so long after the opening began declares nothing. Local "
            "rules differ."},
    {IN_FUSION, KIND_INT, "standby_s", AT(struct plant_fusion, standby_s), .min = 0, .max = 3600,
     .unit = "s", .fallback = "60", .doc = "So soon the standby unit must run."},

    {IN_REGISTER, KIND_TEXT, "from", AT(struct register_draft, reg.from), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Where it begins."},
    {IN_REGISTER, KIND_TEXT, "to", AT(struct register_draft, reg.to), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Where it leads: a stack, the air."},
    {IN_REGISTER, KIND_TEXT, "reason", AT(struct register_draft, reg.reason), .min = 0, .max = 500,
     .fallback = "\"\"", .doc = "Why it is kept."},
    {IN_REGISTER, KIND_TEXT, "filed", AT(struct register_draft, reg.filed), .min = 0, .max = 100,
     .fallback = "\"\"", .doc = "Number under which it is filed with the bureau."},
    {IN_REGISTER, KIND_TEXT, "filed_on", AT(struct register_draft, reg.filed_on), .min = 0,
     .max = 10, .fallback = "\"\"", .doc = "When: `2026-01-31`."},
    {IN_REGISTER, KIND_TEXT, "damper", AT(struct register_draft, reg.damper), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Kind of damper."},
    {IN_REGISTER, KIND_TEXT, "size", AT(struct register_draft, reg.size), .min = 0, .max = 100,
     .fallback = "\"\"", .doc = "Its size."},
    {IN_REGISTER, KIND_TEXT, "owner", AT(struct register_draft, reg.owner), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Who answers for it."},
    {IN_REGISTER, KIND_BOOL, "normally_closed", AT(struct register_draft, reg.normally_closed),
     .fallback = "true", .doc = "Whether it is closed as a rule."},
    {IN_REGISTER, KIND_BOOL, "blind_plate", AT(struct register_draft, reg.blind_plate),
     .fallback = "false", .doc = "Whether a blind plate closes it."},
    {IN_REGISTER, KIND_TEXT_LIST, "cameras", .offset = offsetof(struct register_draft, cameras),
     .max = PLANT_CAMERAS_MAX, .without = "none", .doc = "Cameras that see it."},
    {IN_REGISTER, KIND_OBJECT, "seal", .offset = offsetof(struct register_draft, seal),
     .child = IN_SEAL, .without = "none", .doc = "Its seal."},

    {IN_SEAL, KIND_TEXT, "number", .required = true, AT(struct seal_draft, seal.number), .min = 1,
     .max = 100, .doc = "Number of the seal."},
    {IN_SEAL, KIND_TEXT, "photo", AT(struct seal_draft, seal.photo), .min = 0, .max = 1000,
     .fallback = "\"\"", .doc = "Where its photo is kept."},
    {IN_SEAL, KIND_TEXT, "checked_on", AT(struct seal_draft, checked_on), .min = 10, .max = 10,
     .without = "no look is known",
     .doc = "Day of the last look: `2026-11-01`. Later looks are declared as marks of class "
            "`seal-checked`."},
    {IN_SEAL, KIND_INT, "due_days", AT(struct seal_draft, seal.due_days), .min = 1, .max = 3660,
     .unit = "d", .fallback = "31", .doc = "The next look is due so long after the last."},

    {IN_MARK_RULE, KIND_TEXT, "class", .required = true,
     AT(struct mark_rule_draft, rule.mark_class), .min = 1, .max = 64,
     .doc =
         "Class of the mark: `production`, `treatment`, `maintenance`, `link`, `force`, `manual` "
         "or `switch`."},
    {IN_MARK_RULE, KIND_TEXT, "mark_kind", AT(struct mark_rule_draft, rule.mark_kind), .min = 0,
     .max = 64, .fallback = "\"\"",
     .doc = "Kind within the class: of `production` `stop`, `start-up`, `shutdown`, `grid`, "
            "`accident`; of `maintenance` `calibration`, `standard`, `routine`, `fault`."},
    {IN_MARK_RULE, KIND_TEXT, "factor", AT(struct mark_rule_draft, rule.factor), .min = 0,
     .max = 64, .fallback = "\"\"", .doc = "The input that is marked, by factor; empty for all."},
    {IN_MARK_RULE, KIND_LIST, "when", .offset = offsetof(struct mark_rule_draft, when),
     .max = MARK_RULE_CONDITIONS_MAX, .child = IN_PARAMETER, .without = "a rule by time of day",
     .doc =
         "Signals that are all within their `min` and `max`: a furnace below 600 degC whose power "
         "is above 50 kW is starting up."},
    {IN_MARK_RULE, KIND_INT, "for_s", AT(struct mark_rule_draft, rule.for_s), .min = 0,
     .max = 86400, .unit = "s", .fallback = "900",
     .doc = "How long that holds before it is a mark, which then begins where it began to hold."},
    {IN_MARK_RULE, KIND_TEXT, "at", AT(struct mark_rule_draft, at), .min = 5, .max = 5,
     .without = "a rule by signals", .doc = "Time of day in `server.timezone`: `02:00`."},
    {IN_MARK_RULE, KIND_INT, "every_days", AT(struct mark_rule_draft, rule.every_days), .min = 1,
     .max = 366, .unit = "d", .fallback = "1",
     .doc = "Of a time of day: on each such day, counted from 1970-01-01."},
    {IN_MARK_RULE, KIND_INT, "last_min", AT(struct mark_rule_draft, last_min), .min = 1,
     .max = 1440, .unit = "min", .without = "an error beside `at`",
     .doc = "Of a time of day: how long the mark lasts."},

    {IN_INPUT, KIND_SIGNAL, "signal", .required = true, AT(struct input_draft, signal),
     .doc = "The signal that measures it, as `device.signal`."},
    {IN_OUTLET, KIND_LIST, "mark_rules", .offset = offsetof(struct outlet_draft, mark_rules),
     .max = PLANT_MARK_RULES_MAX, .child = IN_MARK_RULE,
     .without = "marks by state words and declarations only",
     .doc = "What marks the outlet by itself."},
    {IN_OUTLET, KIND_NUMBER, "stop_flow_max_m3h", AT(struct outlet_draft, outlet.stop.flow_max_m3h),
     .min = 0, .max = 1e9, .unit = "m3/h", .without = "flow does not speak against a stop mark",
     .doc = "A flow above it, at the duct's state, says that the source runs: a mark that says it "
            "is stopped is then a finding `integrity`, test `false-mark`."},
    {IN_OUTLET, KIND_NUMBER, "stop_temperature_max",
     AT(struct outlet_draft, outlet.stop.temperature_max_c), .min = -50, .max = 2000,
     .unit = "degC", .without = "temperature does not speak against a stop mark",
     .doc = "Likewise a gas above it (`a01012`)."},
    {IN_OUTLET, KIND_NUMBER, "stop_o2_min", AT(struct outlet_draft, outlet.stop.o2_min_pct),
     .min = 0, .max = 21, .unit = "%", .without = "oxygen does not speak against a stop mark",
     .doc = "Likewise oxygen below it (`a19001`)."},
    {IN_OUTLET, KIND_TEXT_LIST, "stop_equipment",
     .offset = offsetof(struct outlet_draft, stop_equipment), .max = STOP_EQUIPMENT_MAX,
     .without = "power does not speak against a stop mark",
     .doc = "Likewise equipment of the site that runs."},
    {IN_OUTLET, KIND_INT, "false_mark_s", AT(struct outlet_draft, outlet.stop.hold_s), .min = 1,
     .max = 86400, .unit = "s", .fallback = "300",
     .doc = "How long a mark and what is measured contradict each other before it is a finding."},
    {IN_OUTLET, KIND_TEXT_LIST, "service_signals",
     .offset = offsetof(struct outlet_draft, service_signals), .max = SERVICE_SIGNALS_MAX,
     .without = "marks of maintenance are not held against anything",
     .doc = "Signals that are other than 0 when somebody works on the instrument: the station's "
            "door, a sign-in, the calibration valve. A mark of maintenance without any of them "
            "within half an hour of its start is a finding `integrity`, test `false-mark`."},
    {IN_OUTLET, KIND_WORD, "substitute_below_75", AT(struct outlet_draft, substitute_low),
     .words = low_capture_words, .fallback = "\"manual\"",
     .doc =
         "What stands for missing masses in a quarter of which less than 75 % is valid: `manual`: "
         "nothing, a person decides; `max-2160`: the greatest of the last 2160 valid hours."},
    {IN_OUTLET, KIND_TEXT, "outside_flags", AT(struct outlet_draft, outlet.outside_flags), .min = 0,
     .max = 7, .fallback = "\"MC\"",
     .doc =
         "Hours that are not valid and have one of these flags take no part in validity when the "
         "effective transmission rate is made."},
    {IN_OUTLET, KIND_NUMBER, "compliance_target", AT(struct outlet_draft, outlet.compliance_target),
     .min = 0, .max = 100, .unit = "%", .fallback = "95",
     .doc =
         "Share of a month's valid hours that must be within the limits on hours, of each input; "
         "less is a finding `limit` of class `compliance`, as soon as the month can no longer "
         "reach it. 0: none is made."},
    {IN_OUTLET, KIND_NUMBER, "transmission_target",
     AT(struct outlet_draft, transmission_target_pct), .min = 0, .max = 100, .unit = "%",
     .without = "90 for outlets whose gas or instrument is described, none for others",
     .doc = "Effective transmission rate below which a day is a finding `transmission`; 0: none "
            "is."},

    {IN_INPUT, KIND_TEXT, "unit", AT(struct input_draft, unit), .min = 0, .max = 32,
     .without = "the signal's; when that has none, the factor's own",
     .doc = "Unit of the signal's numbers. Concentrations are told in mg/m3, flows in m3/s, "
            "velocities in m/s, temperatures in degC, pressures in kPa, moisture and oxygen in %; "
            "what can be converted to it is, the rest is an error. A flow in m/s or in a unit of "
            "pressure is made of a velocity or of a pitot tube. Factors that are none of these are "
            "taken as they are."},
    {IN_INPUT, KIND_WORD, "state", AT(struct input_draft, state), .words = state_words,
     .fallback = "\"standard\"",
     .doc = "`actual`: at the duct's temperature and pressure; converted to 273 K and 101.325 kPa, "
            "which needs `a01012`, `a01013` and the air pressure. For concentrations and flows."},
    {IN_INPUT, KIND_WORD, "moisture", AT(struct input_draft, moisture), .words = moisture_words,
     .fallback = "\"dry\"",
     .doc = "`wet`: of the wet gas; converted, which needs the moisture. For concentrations, flows "
            "and oxygen."},
    {IN_INPUT, KIND_SIGNAL, "plus", AT(struct input_draft, plus), .without = "one signal is all",
     .doc = "Of `a21002` whose `signal` measures NO: the one that measures NO2, in the same unit."},
    {IN_INPUT, KIND_SIGNAL, "minus", AT(struct input_draft, minus), .without = "one signal is all",
     .doc = "Of `a24088` whose `signal` measures all hydrocarbons: the one that measures methane, "
            "in the same unit, both as carbon."},
    {IN_INPUT, KIND_WORD, "as", AT(struct input_draft, as), .words = as_words,
     .fallback = "\"NO2\"",
     .doc = "Of `a21002`: what its mass is said as. `NO` is converted, as it is with `plus`."},
    {IN_INPUT, KIND_NUMBER, "molar_g_mol", AT(struct input_draft, molar_g_mol), .min = 1,
     .max = 1000, .unit = "g/mol", .without = "the factor's; an error where that is not known",
     .doc = "Molar mass, for ppm of what has none of its own."},
    {IN_INPUT, KIND_NUMBER, "carbon_atoms", AT(struct input_draft, carbon_atoms), .min = 1,
     .max = 100, .fallback = "1",
     .doc = "Of `a24088` in ppm: carbon atoms of the gas that it is counted as; propane 3."},
    {IN_INPUT, KIND_NUMBER, "equivalent_kg", AT(struct input_draft, equivalent_kg), .min = 1e-6,
     .max = 1e6, .unit = "kg", .without = "that of the factor; none where that is not known",
     .doc = "Mass that is one pollution equivalent of the environmental protection tax."},
    {IN_INPUT, KIND_REF, "inlet", AT(struct input_draft, inlet), .without = "no removal rate",
     .doc =
         "The input (`OUTLET/FACTOR`) that measures the same before treatment, of an outlet that "
         "stands before this one: a measuring point without limits."},
    {IN_INPUT, KIND_BOOL, "equal_flow", AT(struct input_draft, equal_flow), .fallback = "false",
     .doc = "Removal by concentration instead of by mass: as much dry gas comes out of treatment "
            "as goes in. Air that leaks in would look like removal."},
    {IN_INPUT, KIND_INT, "min_samples", AT(struct input_draft, min_samples), .min = 1, .max = 6000,
     .fallback = "12",
     .doc = "Good samples that make a minute valid; fewer are due when the device is asked more "
            "seldom: then all of them."},
    {IN_INPUT, KIND_INT, "cycle_s", AT(struct input_draft, cycle_s), .min = 10, .max = 3600,
     .unit = "s", .without = "the value is one of its instant",
     .doc = "Of an analyser that works in cycles: a value holds from when it was sampled for so "
            "long, unless the next one comes before. Parts of a minute are 12 times 5 s then, of "
            "which 9 must be covered. Not shorter than the device's period."},

    {IN_LIMIT, KIND_REF, "factor", .required = true, AT(struct limit_draft, limit.factor),
     .doc = "Which of the outlet's inputs."},
    {IN_LIMIT, KIND_WORD, "period", .required = true, AT(struct limit_draft, period),
     .words = period_words,
     .doc = "`realtime`: every single value. `minute`, `hour`, `day`: each valid mean of that "
            "period; an exceedance begins with the period's start."},
    {IN_LIMIT, KIND_WORD, "basis", AT(struct limit_draft, basis), .words = basis_words,
     .fallback = "\"corrected\"",
     .doc =
         "Compare the value corrected to the reference oxygen, or as measured. An outlet without "
         "oxygen reference has no correction, so there both are the measured value."},
    {IN_LIMIT, KIND_NUMBER, "max", AT(struct limit_draft, max), .min = -1e12, .max = 1e12,
     .unit = "unit of the input", .without = "no upper limit; at least one of `max` and `min`",
     .doc = "Values above it exceed the limit."},
    {IN_LIMIT, KIND_NUMBER, "min", AT(struct limit_draft, min), .min = -1e12, .max = 1e12,
     .unit = "unit of the input", .without = "no lower limit",
     .doc = "Values below it exceed the limit. Less than `max`."},
    {IN_LIMIT, KIND_TEXT, "source", AT(struct limit_draft, limit.source), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Where the limit stands: `permit`, a standard's number."},
    {IN_LIMIT, KIND_WORD, "priority", AT(struct limit_draft, priority), .words = priority_words,
     .fallback = "\"P2\"", .doc = "How urgent a finding is; P1 is the most."},
    {IN_LIMIT, KIND_INT, "on_delay_s", AT(struct limit_draft, limit.on_delay_s), .min = 0,
     .max = 86400, .unit = "s", .fallback = "0",
     .doc = "How long values must exceed the limit before it is a finding. Only for `realtime` and "
            "`minute`."},
    {IN_LIMIT, KIND_INT, "off_delay_s", AT(struct limit_draft, limit.off_delay_s), .min = 0,
     .max = 86400, .unit = "s", .fallback = "0",
     .doc = "How long values must be back before the finding is closed. Only for `realtime` and "
            "`minute`."},
    {IN_LIMIT, KIND_NUMBER, "deadband", AT(struct limit_draft, limit.deadband), .min = 0,
     .max = 1e12, .unit = "unit of the input", .fallback = "0",
     .doc = "How far inside the limit a value must be to count as back. Only for `realtime` and "
            "`minute`."},
    {IN_LIMIT, KIND_NUMBER, "severity_middle", AT(struct limit_draft, limit.severity_middle),
     .min = 1, .max = 1000, .fallback = "1.2",
     .doc = "Of a limit on hours or days: the class of an exceedance is `low` up to so many times "
            "`max`, `middle` above."},
    {IN_LIMIT, KIND_NUMBER, "severity_high", AT(struct limit_draft, limit.severity_high), .min = 1,
     .max = 1000, .fallback = "2", .doc = "And `high` above so many times. Not less than that."},
    {IN_LIMIT, KIND_NUMBER, "forecast_pct", AT(struct limit_draft, limit.forecast_pct), .min = 0,
     .max = 100, .unit = "%", .fallback = "90",
     .doc =
         "Of a limit on hours: share of `max` above which the last minutes, when the hour's mean "
         "is heading beyond it too, are a finding `limit-forecast`; 0: none is made."},
    {IN_LIMIT, KIND_INT, "forecast_window_min", AT(struct limit_draft, limit.forecast_window_min),
     .min = 1, .max = PLANT_FORECAST_WINDOW_MAX, .unit = "min", .fallback = "5",
     .doc = "How many of the last minutes are looked at together."},
    {IN_LIMIT, KIND_INT, "forecast_for_min", AT(struct limit_draft, limit.forecast_for_min),
     .min = 1, .max = 60, .unit = "min", .fallback = "3",
     .doc = "How long both must have been so."},

    {IN_LIMIT, KIND_REF, "library", AT(struct limit_draft, library),
     .without = "the limit's own values",
     .doc =
         "A row of `limit_library`, whose values it takes instead of `max` and `min` of its own. "
         "The factor must be the row's; `hour` for a mean of 1 h, `day` for one of 24 h."},
    {IN_LIMIT, KIND_TEXT, "confirmed_by", AT(struct limit_draft, confirmed_by), .min = 1,
     .max = 200,
     .without = "a row of certainty `1`, `M` or `U` judges nothing, and `check` says so",
     .doc = "Who looked the row up in the standard, or in the permit, and found it right."},
    {IN_LIMIT, KIND_TEXT, "confirmed_on", AT(struct limit_draft, confirmed_on), .min = 10,
     .max = 10, .without = "an error beside `confirmed_by`", .doc = "When: `2026-11-24`."},

    {IN_LIBRARY, KIND_ID, "id", .required = true, AT(struct library_draft, id),
     .doc = "Name of the row."},
    {IN_LIBRARY, KIND_WORD, "certainty", .required = true, AT(struct library_draft, certainty),
     .words = certainty_words,
     .doc = "`T`: the standard's text was read. `S`: several sources agree. `1`: one source. `M`: "
            "from memory. `U`: unsure. Rows of the last three judge nothing until a person has "
            "confirmed them."},
    {IN_LIBRARY, KIND_TEXT, "factor", AT(struct library_draft, factor), .min = 0, .max = 64,
     .fallback = "\"\"", .doc = "Factor code; empty where HJ 212 has none."},
    {IN_LIBRARY, KIND_TEXT, "pollutant", AT(struct library_draft, pollutant), .min = 0, .max = 64,
     .fallback = "\"\"", .doc = "Its short name."},
    {IN_LIBRARY, KIND_TEXT, "industry", AT(struct library_draft, industry), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "For whom."},
    {IN_LIBRARY, KIND_TEXT, "facility", AT(struct library_draft, facility), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "For what."},
    {IN_LIBRARY, KIND_NUMBER, "max", AT(struct library_draft, max), .min = -1e12, .max = 1e12,
     .without = "no upper limit", .doc = "Values above it exceed the limit."},
    {IN_LIBRARY, KIND_NUMBER, "min", AT(struct library_draft, min), .min = -1e12, .max = 1e12,
     .without = "no lower limit", .doc = "Values below it exceed the limit."},
    {IN_LIBRARY, KIND_TEXT, "unit", AT(struct library_draft, unit), .min = 0, .max = 32,
     .fallback = "\"mg/m3\"", .doc = "Unit of the values. Outlets can name rows in mg/m3."},
    {IN_LIBRARY, KIND_NUMBER, "reference_o2", AT(struct library_draft, reference_o2), .min = 0,
     .max = 20, .unit = "%", .without = "none", .doc = "Oxygen that it refers to."},
    {IN_LIBRARY, KIND_TEXT, "averaging", AT(struct library_draft, averaging), .min = 0, .max = 64,
     .fallback = "\"1h mean\"", .doc = "What it is a limit of."},
    {IN_LIBRARY, KIND_TEXT, "standard", AT(struct library_draft, standard), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Where it stands."},
    {IN_LIBRARY, KIND_TEXT, "clause", AT(struct library_draft, clause), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "Table or clause."},
    {IN_LIBRARY, KIND_TEXT, "class", AT(struct library_draft, kind), .min = 0, .max = 64,
     .fallback = "\"\"", .doc = "general, special, ultra-low, local, ..."},
    {IN_LIBRARY, KIND_TEXT, "note", AT(struct library_draft, note), .min = 0, .max = 500,
     .fallback = "\"\"", .doc = "What else is known."},

    {IN_INFLUX, KIND_ID, "id", .required = true, AT(struct influx_draft, influx.id),
     .doc = "Name of the target; its place in the record is kept under it."},
    {IN_INFLUX, KIND_URL, "url", .required = true, AT(struct influx_draft, influx.url),
     .doc = "Where it listens, without the path of the API: `http://127.0.0.1:8086`. A path before "
            "that one may stand here: `https://h/influx`."},
    {IN_INFLUX, KIND_WORD, "api", AT(struct influx_draft, api), .words = api_words,
     .fallback = "\"v1\"",
     .doc = "`v1`: InfluxDB 1.x and what is compatible with its `/write`. `v2`: `/api/v2/write` of "
            "InfluxDB 2.x, of 1.8 and of what is compatible. `v3`: `/api/v3/write_lp`."},
    {IN_INFLUX, KIND_TEXT, "database", AT(struct influx_draft, influx.database), .min = 1,
     .max = 200, .without = "an error for `v1` and `v3`",
     .doc = "Database that is written to. It must exist; v3 makes it with the first write. Not for "
            "`v2`."},
    {IN_INFLUX, KIND_TEXT, "bucket", AT(struct influx_draft, influx.bucket), .min = 1, .max = 200,
     .without = "an error for `v2`",
     .doc = "Bucket that is written to, by name or id; for InfluxDB 1.8 `database` or "
            "`database/policy`. Only for `v2`."},
    {IN_INFLUX, KIND_TEXT, "org", AT(struct influx_draft, influx.org), .min = 0, .max = 200,
     .fallback = "\"\"",
     .doc = "Organisation of the bucket; empty when the server needs none. Only for "
            "`v2`."},
    {IN_INFLUX, KIND_TEXT, "retention_policy", AT(struct influx_draft, influx.retention_policy),
     .min = 0, .max = 200, .fallback = "\"\"",
     .doc = "Retention policy; empty for the database's default."},
    {IN_INFLUX, KIND_TEXT, "user", AT(struct influx_draft, influx.user), .min = 0, .max = 200,
     .fallback = "\"\"",
     .doc = "User name for basic sign-in; empty for none. Not together with `token_file`."},
    {IN_INFLUX, KIND_PATH, "password_file", AT(struct influx_draft, influx.password_file), .min = 0,
     .max = 1000, .fallback = "\"\"",
     .doc = "File whose only line is the password; relative to the file that names it. One newline "
            "at its end is dropped. Needs `user`."},
    {IN_INFLUX, KIND_PATH, "token_file", AT(struct influx_draft, influx.token_file), .min = 0,
     .max = 1000, .fallback = "\"\"",
     .doc = "File whose only line is the token, read like `password_file`. Only for `v2`, where it "
            "is sent as `Token` (InfluxDB 1.8 takes `user:password`), and `v3`, as `Bearer`."},
    {IN_INFLUX, KIND_PATH, "tls_ca_file", AT(struct influx_draft, influx.tls_ca_file), .min = 0,
     .max = 1000, .fallback = "\"\"",
     .doc = "PEM file with the authorities that may vouch for the server, instead of the system's; "
            "relative to the file that names it. Certificates are always checked. Needs `https`."},
    {IN_INFLUX, KIND_BOOL, "accept_partial", AT(struct influx_draft, influx.accept_partial),
     .fallback = "true",
     .doc = "`v3`: whether the server shall store the good lines of a request that has bad ones. "
            "`false`: it refuses the request and the bad lines are taken out of it; use it with a "
            "server whose good lines are not all there."},
    {IN_INFLUX, KIND_WORD, "send", AT(struct influx_draft, send), .words = send_words,
     .fallback = "\"both\"", .doc = "Readings as collected, what is computed from them, or both."},
    {IN_INFLUX, KIND_BOOL, "history", AT(struct influx_draft, influx.history), .fallback = "true",
     .doc = "Whether a new target gets the whole kept record; `false`: only what comes from now "
            "on. Live data goes first either way."},
    {IN_INFLUX, KIND_NUMBER, "backfill_share", AT(struct influx_draft, influx.backfill_share),
     .min = 0.05, .max = 1, .fallback = "0.5",
     .doc = "How much of the time requests with what was missed may take while new data comes."},
    {IN_INFLUX, KIND_INT, "backfill_requests", AT(struct influx_draft, backfill_requests), .min = 1,
     .max = 8, .without = "1; 6 for `v3`, which answers about once a second",
     .doc = "How many requests with what was missed are under way at once."},
    {IN_INFLUX, KIND_INT, "hold_s", AT(struct influx_draft, influx.hold_s), .min = 1, .max = 3600,
     .unit = "s", .fallback = "60",
     .doc = "A target that refuses (wrong token, no such database) is tried this seldom."},
    {IN_INFLUX, KIND_INT, "timeout_ms", AT(struct influx_draft, influx.timeout_ms), .min = 100,
     .max = 120000, .unit = "ms", .fallback = "10000", .doc = "How long a write may take."},
    {IN_INFLUX, KIND_INT, "retry_max_s", AT(struct influx_draft, influx.retry_max_s), .min = 1,
     .max = 3600, .unit = "s", .fallback = "60",
     .doc = "A target that fails is tried less and less often, at last this seldom."},

    {IN_ALARMS, KIND_INT, "max", AT(struct alarms_draft, alarms.max), .min = 100, .max = 20000,
     .fallback = "2000",
     .doc = "How many alarms there can be at once that are not normal. What finds no room is "
            "counted and told."},
    {IN_ALARMS, KIND_INT, "shelve_max_min", AT(struct alarms_draft, alarms.shelve_max_min),
     .min = 1, .max = 1440, .unit = "min", .fallback = "480",
     .doc = "The longest time for which an alarm can be shelved."},
    {IN_ALARMS, KIND_INT, "chatter_count", AT(struct alarms_draft, alarms.chatter_count), .min = 2,
     .max = 16, .fallback = "3",
     .doc = "So many activations of one alarm within `chatter_min` are chattering: told once, then "
            "not again until it is calm."},
    {IN_ALARMS, KIND_INT, "chatter_min", AT(struct alarms_draft, alarms.chatter_min), .min = 1,
     .max = 120, .unit = "min", .fallback = "10", .doc = "See `chatter_count`."},
    {IN_ALARMS, KIND_INT, "flood_count", AT(struct alarms_draft, alarms.flood_count), .min = 1,
     .max = 100, .fallback = "10",
     .doc = "More activations than this within `flood_min` are a flood; and more messages than "
            "this to one person become one message of many."},
    {IN_ALARMS, KIND_INT, "flood_min", AT(struct alarms_draft, alarms.flood_min), .min = 1,
     .max = 60, .unit = "min", .fallback = "10", .doc = "See `flood_count`."},
    {IN_ALARMS, KIND_INT, "group_every_min", AT(struct alarms_draft, alarms.group_every_min),
     .min = 1, .max = 120, .unit = "min", .fallback = "5",
     .doc = "A message of many alarms goes to one person at most this often."},
    {IN_ALARMS, KIND_INT, "text_units", AT(struct alarms_draft, alarms.text_units), .min = 40,
     .max = 70, .fallback = "70",
     .doc = "How many UTF-16 units the first part of a Chinese text may have, sign included; less "
            "where a gateway adds something."},
    {IN_ALARMS, KIND_TEXT, "sign", AT(struct alarms_draft, alarms.sign), .min = 0, .max = 60,
     .fallback = "\"\"",
     .doc = "The sender's sign, written between 【 and 】 at the head of each text; empty where "
            "the gateway adds it."},
    {IN_ALARMS, KIND_TEXT, "link", AT(struct alarms_draft, alarms.link), .min = 0, .max = 200,
     .fallback = "\"\"",
     .doc = "What stands at a text's end in front of the alarm's id, such as "
            "`https://host/#/alarms/`; empty: no link."},
    {IN_ALARMS, KIND_TEXT, "raised_zh", AT(struct alarms_draft, raised_zh), .min = 0, .max = 500,
     .fallback = "\"\"",
     .doc = "Text of an alarm that is raised, in Chinese; fields stand in braces: `{number}` "
            "`{priority}` `{what}` `{place}` `{site}` `{object}` `{factor}` `{value}` `{limit}` "
            "`{unit}` `{time}` `{duration}` `{response}`. Empty: a built-in text."},
    {IN_ALARMS, KIND_TEXT, "raised_en", AT(struct alarms_draft, raised_en), .min = 0, .max = 500,
     .fallback = "\"\"",
     .doc = "Text of an alarm that is raised, in English; fields stand in braces: `{number}` "
            "`{priority}` `{what}` `{place}` `{site}` `{object}` `{factor}` `{value}` `{limit}` "
            "`{unit}` `{time}` `{duration}` `{response}`. Empty: a built-in text."},
    {IN_ALARMS, KIND_TEXT, "cleared_zh", AT(struct alarms_draft, cleared_zh), .min = 0, .max = 500,
     .fallback = "\"\"",
     .doc = "Text of an alarm that is over, in Chinese; fields stand in braces: `{number}` "
            "`{priority}` `{what}` `{place}` `{site}` `{object}` `{factor}` `{value}` `{limit}` "
            "`{unit}` `{time}` `{duration}` `{response}`. Empty: a built-in text."},
    {IN_ALARMS, KIND_TEXT, "cleared_en", AT(struct alarms_draft, cleared_en), .min = 0, .max = 500,
     .fallback = "\"\"",
     .doc = "Text of an alarm that is over, in English; fields stand in braces: `{number}` "
            "`{priority}` `{what}` `{place}` `{site}` `{object}` `{factor}` `{value}` `{limit}` "
            "`{unit}` `{time}` `{duration}` `{response}`. Empty: a built-in text."},
    {IN_ALARMS, KIND_LIST, "rules", .offset = offsetof(struct alarms_draft, rules),
     .max = PLANT_ALARM_RULES_MAX, .child = IN_ALARM_RULE, .without = "none",
     .doc = "What is different for some alarms."},

    {IN_ALARM_RULE, KIND_TEXT, "kind", .required = true, AT(struct alarm_rule_draft, rule.kind),
     .min = 1, .max = 31, .doc = "Kind of finding (`docs/alarms.md` lists them)."},
    {IN_ALARM_RULE, KIND_TEXT, "object", AT(struct alarm_rule_draft, rule.object), .min = 0,
     .max = 64, .fallback = "\"\"", .doc = "Only of the object with that id; empty: of all."},
    {IN_ALARM_RULE, KIND_WORD, "priority", AT(struct alarm_rule_draft, priority),
     .words = priority_words, .without = "as the finding says", .doc = "Of these alarms."},
    {IN_ALARM_RULE, KIND_INT, "on_delay_s", AT(struct alarm_rule_draft, rule.on_delay_s), .min = 0,
     .max = 86400, .unit = "s", .fallback = "0",
     .doc = "The condition must last so long before the alarm is raised; deadbands and delays of a "
            "limit stand at the limit."},
    {IN_ALARM_RULE, KIND_INT, "off_delay_s", AT(struct alarm_rule_draft, rule.off_delay_s),
     .min = 0, .max = 86400, .unit = "s", .fallback = "0",
     .doc = "It must be over so long before the alarm returns."},
    {IN_ALARM_RULE, KIND_INT, "shelve_max_min", AT(struct alarm_rule_draft, rule.shelve_max_min),
     .min = 1, .max = 1440, .unit = "min", .without = "as of `alarms`",
     .doc =
         "The longest time for which one can be shelved. Legal alarms cannot be shelved at all."},
    {IN_ALARM_RULE, KIND_TEXT, "consequence_zh", AT(struct alarm_rule_draft, rule.consequence_zh),
     .min = 0, .max = 300, .fallback = "\"\"",
     .doc = "What it leads to when nobody acts, in Chinese; empty: as the catalogue says."},
    {IN_ALARM_RULE, KIND_TEXT, "consequence_en", AT(struct alarm_rule_draft, rule.consequence_en),
     .min = 0, .max = 300, .fallback = "\"\"",
     .doc = "What it leads to when nobody acts, in English; empty: as the catalogue says."},
    {IN_ALARM_RULE, KIND_TEXT, "response_zh", AT(struct alarm_rule_draft, rule.response_zh),
     .min = 0, .max = 300, .fallback = "\"\"",
     .doc = "What is to be done, in Chinese; empty: as the catalogue says."},
    {IN_ALARM_RULE, KIND_TEXT, "response_en", AT(struct alarm_rule_draft, rule.response_en),
     .min = 0, .max = 300, .fallback = "\"\"",
     .doc = "What is to be done, in English; empty: as the catalogue says."},
    {IN_ALARM_RULE, KIND_TEXT_LIST, "suppressed_by",
     .offset = offsetof(struct alarm_rule_draft, suppressed_by), .max = PLANT_ROUTE_LIST_MAX,
     .without = "none",
     .doc = "Kinds of alarms that explain this one: it is suppressed while one of them is active "
            "at the same site. Not for legal alarms."},

    {IN_PERSON, KIND_ID, "id", .required = true, AT(struct person_draft, person.id),
     .doc = "Used by rotas and routes."},
    {IN_PERSON, KIND_TEXT, "name", AT(struct person_draft, person.name), .min = 0, .max = 60,
     .fallback = "\"\"", .doc = "For people."},
    {IN_PERSON, KIND_TEXT, "phone", AT(struct person_draft, person.phone), .min = 0, .max = 16,
     .fallback = "\"\"",
     .doc = "`+` with country code and number, or a local number of 5 to 15 digits. From this "
            "phone `ACK 123` acknowledges."},
    {IN_PERSON, KIND_TEXT, "email", AT(struct person_draft, person.email), .min = 0, .max = 254,
     .fallback = "\"\"", .doc = "Address for e-mail."},
    {IN_PERSON, KIND_WORD, "language", AT(struct person_draft, language), .words = language_words,
     .fallback = "\"zh\"", .doc = "Of the texts."},

    {IN_ROTA, KIND_ID, "id", .required = true, AT(struct rota_draft, rota.id),
     .doc = "Used by routes; no person has it."},
    {IN_ROTA, KIND_LIST, "shifts", .offset = offsetof(struct rota_draft, shifts),
     .max = PLANT_SHIFTS_MAX, .child = IN_SHIFT, .without = "none", .doc = "The week."},
    {IN_ROTA, KIND_LIST, "exceptions", .offset = offsetof(struct rota_draft, exceptions),
     .max = PLANT_SHIFTS_MAX, .child = IN_EXCEPTION, .without = "none",
     .doc = "Holidays and swaps."},

    {IN_SHIFT, KIND_TEXT_LIST, "days", .offset = offsetof(struct shift_draft, days), .max = 7,
     .without = "every day",
     .doc = "Days on which it begins: `mon` `tue` `wed` `thu` `fri` `sat` `sun`."},
    {IN_SHIFT, KIND_TEXT, "from", AT(struct shift_draft, from), .min = 5, .max = 5,
     .fallback = "\"00:00\"", .doc = "Begin, such as `08:00`."},
    {IN_SHIFT, KIND_TEXT, "to", AT(struct shift_draft, to), .min = 5, .max = 5,
     .fallback = "\"00:00\"", .doc = "End; not behind the begin: on the next day."},
    {IN_SHIFT, KIND_TEXT_LIST, "people", .required = true,
     .offset = offsetof(struct shift_draft, people), .max = PLANT_ROUTE_LIST_MAX,
     .doc = "Ids of people."},

    {IN_EXCEPTION, KIND_TEXT, "from", .required = true, AT(struct exception_draft, from), .min = 16,
     .max = 16, .doc = "Begin in the plant's zone, such as `2026-10-01T08:00`."},
    {IN_EXCEPTION, KIND_TEXT, "to", .required = true, AT(struct exception_draft, to), .min = 16,
     .max = 16, .doc = "End, likewise."},
    {IN_EXCEPTION, KIND_TEXT_LIST, "people", .required = true,
     .offset = offsetof(struct exception_draft, people), .max = PLANT_ROUTE_LIST_MAX,
     .doc = "Ids of people; an empty list: nobody."},

    {IN_ROUTE, KIND_ID, "id", .required = true, AT(struct route_draft, route.id),
     .doc = "For messages and the journal."},
    {IN_ROUTE, KIND_TEXT_LIST, "priority", .offset = offsetof(struct route_draft, priorities),
     .max = 3, .without = "all", .doc = "`P1`, `P2`, `P3`."},
    {IN_ROUTE, KIND_TEXT_LIST, "kinds", .offset = offsetof(struct route_draft, kinds),
     .max = PLANT_ROUTE_LIST_MAX, .without = "all", .doc = "Kinds of findings."},
    {IN_ROUTE, KIND_TEXT_LIST, "sites", .offset = offsetof(struct route_draft, sites),
     .max = PLANT_ROUTE_LIST_MAX, .without = "all", .doc = "Ids of sites."},
    {IN_ROUTE, KIND_TEXT_LIST, "days", .offset = offsetof(struct route_draft, days), .max = 7,
     .without = "every day", .doc = "Days of the week, as of a shift."},
    {IN_ROUTE, KIND_TEXT, "from", AT(struct route_draft, from), .min = 5, .max = 5,
     .without = "always", .doc = "Time of day from which the route is used; with `until`."},
    {IN_ROUTE, KIND_TEXT, "until", AT(struct route_draft, until), .min = 5, .max = 5,
     .without = "always", .doc = "Time of day until which it is; before `from`: on the next day."},
    {IN_ROUTE, KIND_TEXT_LIST, "to", .required = true, .offset = offsetof(struct route_draft, to),
     .max = PLANT_ROUTE_LIST_MAX, .doc = "Ids of people and rotas."},
    {IN_ROUTE, KIND_WORD, "by", AT(struct route_draft, by), .words = by_words,
     .fallback = "\"phone\"",
     .doc = "What of a person the gateways need: `phone` for short messages, `email`, or `hook` "
            "for neither."},
    {IN_ROUTE, KIND_TEXT_LIST, "via", .required = true, .offset = offsetof(struct route_draft, via),
     .max = ALARM_GATEWAYS_MAX, .doc = "Ids of gateways, in the order in which they are tried."},
    {IN_ROUTE, KIND_INT, "again_min", AT(struct route_draft, route.again_min), .min = 0,
     .max = 1440, .unit = "min", .fallback = "30",
     .doc = "Told again so often while nobody acknowledges it; 0: never."},
    {IN_ROUTE, KIND_INT, "again_max", AT(struct route_draft, route.again_max), .min = 0,
     .max = 1000, .fallback = "10", .doc = "At most so often."},
    {IN_ROUTE, KIND_INT, "escalate_min", AT(struct route_draft, route.escalate_min), .min = 0,
     .max = 1440, .unit = "min", .fallback = "0",
     .doc = "After so long without acknowledgement `escalate_to` is told too; 0: never."},
    {IN_ROUTE, KIND_TEXT_LIST, "escalate_to", .offset = offsetof(struct route_draft, escalate_to),
     .max = PLANT_ROUTE_LIST_MAX, .without = "nobody", .doc = "Ids of people and rotas."},
    {IN_ROUTE, KIND_TEXT, "quiet_from", AT(struct route_draft, quiet_from), .min = 5, .max = 5,
     .without = "never held",
     .doc = "Messages of P3 are held from this time of day until `quiet_to`."},
    {IN_ROUTE, KIND_TEXT, "quiet_to", AT(struct route_draft, quiet_to), .min = 5, .max = 5,
     .without = "never held", .doc = "See `quiet_from`."},
    {IN_ROUTE, KIND_BOOL, "clear", AT(struct route_draft, route.clear), .fallback = "true",
     .doc = "Whether those who were told are told when it is over."},
    {IN_ROUTE, KIND_INT, "give_up_min", AT(struct route_draft, route.give_up_min), .min = 1,
     .max = 10080, .unit = "min", .fallback = "1440",
     .doc = "A message that no gateway took by then is given up."},
    {IN_ROUTE, KIND_TEXT, "digest_at", AT(struct route_draft, digest_at), .min = 5, .max = 5,
     .without = "no digest", .doc = "Time of day of the daily digest."},
    {IN_ROUTE, KIND_TEXT, "heartbeat_at", AT(struct route_draft, heartbeat_at), .min = 5, .max = 5,
     .without = "none",
     .doc = "Time of day of a message that says that the way works, so that silence is noticed."},

    {IN_ANCHOR, KIND_WORD, "via", .required = true, AT(struct anchor_draft, via),
     .words = via_words,
     .doc = "`influx`: as a line of measurement `self` to every target that gets derived lines. "
            "`file`: a line at the end of a file. `command`: a program. `email`: a mail."},
    {IN_ANCHOR, KIND_REF, "target", AT(struct anchor_draft, anchor.target),
     .without = "an error for `influx`",
     .doc = "The InfluxDB target whose answer counts; it must get derived lines."},
    {IN_ANCHOR, KIND_PATH, "path", AT(struct anchor_draft, anchor.path), .min = 1, .max = 1000,
     .without = "an error for `file`",
     .doc = "The file, as a rule on a medium that can only grow or on another machine; relative to "
            "the file that names it."},
    {IN_ANCHOR, KIND_TEXT_LIST, "run", .offset = offsetof(struct anchor_draft, run),
     .max = PLANT_ANCHOR_RUN_MAX, .without = "an error for `command`",
     .doc = "The program, by path or name, and its words; `SEQ:DIGEST` and the time are added. No "
            "shell."},
    {IN_ANCHOR, KIND_TEXT, "smtp", AT(struct anchor_draft, anchor.smtp), .min = 1, .max = 300,
     .without = "an error for `email`",
     .doc = "The mail server: `smtp://host:25`, `smtps://host:465`."},
    {IN_ANCHOR, KIND_TEXT, "from", AT(struct anchor_draft, anchor.from), .min = 3, .max = 254,
     .without = "an error for `email`", .doc = "Sender's address."},
    {IN_ANCHOR, KIND_TEXT_LIST, "to", .offset = offsetof(struct anchor_draft, to),
     .max = PLANT_ANCHOR_TO_MAX, .without = "an error for `email`",
     .doc = "Addresses that get it."},
    {IN_ANCHOR, KIND_TEXT, "user", AT(struct anchor_draft, anchor.user), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "User name at the mail server; empty for no sign-in."},
    {IN_ANCHOR, KIND_PATH, "password_file", AT(struct anchor_draft, anchor.password_file), .min = 0,
     .max = 1000, .fallback = "\"\"", .doc = "As of an InfluxDB target. Needs `user`."},
    {IN_ANCHOR, KIND_WORD, "tls", AT(struct anchor_draft, tls), .words = tls_words,
     .fallback = "\"starttls\"",
     .doc = "Of `smtp://`: `starttls` sends nothing before the connection is encrypted and the "
            "certificate checked; `none` sends in the clear."},
    {IN_ANCHOR, KIND_PATH, "tls_ca_file", AT(struct anchor_draft, anchor.tls_ca_file), .min = 0,
     .max = 1000, .fallback = "\"\"", .doc = "As of an InfluxDB target."},
    {IN_ANCHOR, KIND_INT, "timeout_s", AT(struct anchor_draft, anchor.timeout_s), .min = 1,
     .max = 300, .unit = "s", .fallback = "30",
     .doc = "How long a command or a mail may take; then it is given up and tried again."},

    {IN_PLATFORM, KIND_NAME, "id", .required = true, AT(struct platform_draft, platform.id),
     .doc = "Its name, in the ledger and on the status page."},
    {IN_PLATFORM, KIND_ENDPOINT, "address", .required = true, AT(struct platform_draft, address),
     .min = 1, .max = 65535, .doc = "Where it listens."},
    {IN_PLATFORM, KIND_WORD, "edition", AT(struct platform_draft, platform.edition),
     .words = uplink_edition_words, .fallback = "\"2017\"",
     .doc = "The edition of HJ 212 that is spoken with it."},
    {IN_PLATFORM, KIND_TEXT, "mn", .required = true, AT(struct platform_draft, platform.mn),
     .min = 1, .max = 40, .doc = "The MN that the platform gave: letters, digits, `-` and `_`."},
    {IN_PLATFORM, KIND_PATH, "password_file", AT(struct platform_draft, platform.password_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "File whose only line is the access password (PW), as a rule of 6 characters; relative "
            "to the file that names it. One that the platform changed since (1072) is kept in the "
            "data directory, and holds until this file says another one."},
    {IN_PLATFORM, KIND_TEXT, "st", AT(struct platform_draft, platform.st), .min = 2, .max = 2,
     .fallback = "\"31\"", .doc = "System code (ST): `31` waste gas, `32` water, and so on."},
    {IN_PLATFORM, KIND_TEXT_LIST, "outlets", .required = true,
     .offset = offsetof(struct platform_draft, outlets), .max = PLANT_OUTLETS_MAX,
     .doc = "Ids of the outlets that are reported, each with all of its inputs."},
    {IN_PLATFORM, KIND_LIST, "factors", .offset = offsetof(struct platform_draft, factors),
     .max = PLANT_PLATFORM_CODES_MAX, .child = IN_PLATFORM_FACTOR,
     .without = "codes and units of the edition's tables",
     .doc = "Factors that go under another code or in another unit, or not at all. Two outlets of "
            "one platform need it, as a packet holds each code once."},
    {IN_PLATFORM, KIND_INT, "realtime_s", AT(struct platform_draft, platform.realtime_s), .min = 0,
     .max = 3600, .unit = "s", .fallback = "60",
     .doc = "How often realtime data goes (2011); the standard has 30 to 3600. 0: never."},
    {IN_PLATFORM, KIND_INT, "minute", AT(struct platform_draft, platform.minute_min), .min = 0,
     .max = 30, .unit = "min", .fallback = "10",
     .doc =
         "Minutes of one minute packet (2051): 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30. 0: none."},
    {IN_PLATFORM, KIND_BOOL, "hour", AT(struct platform_draft, platform.hour), .fallback = "true",
     .doc = "Whether hours go (2061)."},
    {IN_PLATFORM, KIND_BOOL, "day", AT(struct platform_draft, platform.day), .fallback = "true",
     .doc = "Whether days go (2031)."},
    {IN_PLATFORM, KIND_BOOL, "ack", AT(struct platform_draft, platform.ack), .fallback = "true",
     .doc = "Whether periods ask for an answer (9014). Without one the ledger can only say that "
            "they were sent."},
    {IN_PLATFORM, KIND_INT, "timeout_s", AT(struct platform_draft, platform.timeout_s), .min = 1,
     .max = 300, .unit = "s", .fallback = "5",
     .doc = "A packet without an answer for so long is sent again; the platform may change it "
            "(1000)."},
    {IN_PLATFORM, KIND_INT, "resends", AT(struct platform_draft, platform.resends), .min = 0,
     .max = 99, .fallback = "3",
     .doc = "How often; then the connection is closed and made anew. Likewise."},
    {IN_PLATFORM, KIND_INT, "heartbeat_s", AT(struct platform_draft, platform.heartbeat_s),
     .min = 0, .max = 3600, .unit = "s", .fallback = "60",
     .doc = "How often the heartbeat of 2025 goes (9015). 0: never. Other editions have none."},
    {IN_PLATFORM, KIND_INT, "spread_s", AT(struct platform_draft, platform.spread_s), .min = 0,
     .max = 300, .unit = "s", .fallback = "10",
     .doc = "The packets of a border are sent within so long behind it, each platform at a moment "
            "of its own."},
    {IN_PLATFORM, KIND_INT, "wait_s", AT(struct platform_draft, platform.wait_s), .min = 1,
     .max = 3600, .unit = "s", .fallback = "120",
     .doc = "A period goes once all of its means are there, and at the latest so long behind its "
            "end."},
    {IN_PLATFORM, KIND_INT, "backfill_days", AT(struct platform_draft, platform.backfill_days),
     .min = 1, .max = 366, .unit = "d", .fallback = "31",
     .doc = "How far back what was missed is sent, newest first."},
    {IN_PLATFORM, KIND_NUMBER, "backfill_share", AT(struct platform_draft, platform.backfill_share),
     .min = 0.05, .max = 1, .fallback = "0.5",
     .doc = "How much of the time packets with what was missed may be under way. Live data never "
            "waits for them."},
    {IN_PLATFORM, KIND_BOOL, "history", AT(struct platform_draft, platform.backfill_history),
     .fallback = "false",
     .doc = "Whether a new platform gets the kept record as far back as `backfill_days`; `false`: "
            "only what comes from now on."},
    {IN_PLATFORM, KIND_BOOL, "resend_revised", AT(struct platform_draft, platform.resend_revised),
     .fallback = "false", .doc = "Whether a period that was computed again is sent again."},
    {IN_PLATFORM, KIND_BOOL, "wait_clock", AT(struct platform_draft, platform.wait_clock),
     .fallback = "true", .doc = "Nothing is sent before the server's clock could be trusted once."},
    {IN_PLATFORM, KIND_INT, "connect_s", AT(struct platform_draft, platform.connect_s), .min = 1,
     .max = 300, .unit = "s", .fallback = "10", .doc = "How long connecting may take."},
    {IN_PLATFORM, KIND_INT, "retry_max_s", AT(struct platform_draft, platform.retry_max_s),
     .min = 1, .max = 3600, .unit = "s", .fallback = "60",
     .doc = "A platform that cannot be reached is tried less and less often, at last this seldom."},
    {IN_PLATFORM, KIND_WORD, "crc", AT(struct platform_draft, platform.crc),
     .words = uplink_crc_words, .fallback = "\"standard\"",
     .doc = "The check sum that is sent; what is read is found out."},
    {IN_PLATFORM, KIND_PATH, "sm4_key_file", AT(struct platform_draft, platform.sm4_key_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "File whose only line is the first SM4 key (2025, 6.4): 16 characters, or 32 "
            "hexadecimal digits. With a key what 6.4.4 names is sent encrypted. One that 1014 "
            "brought since is kept in the data directory, and holds until this file says another."},
    {IN_PLATFORM, KIND_WORD, "cipher_form", AT(struct platform_draft, platform.cipher_form),
     .words = form_words, .fallback = "\"raw\"", .doc = "As of a device."},
    {IN_PLATFORM, KIND_BOOL, "cipher_new_key", AT(struct platform_draft, platform.cipher_new_key),
     .fallback = "false", .doc = "As of a device."},
    {IN_PLATFORM, KIND_INT, "key_grace_min", AT(struct platform_draft, platform.key_grace_min),
     .min = 0, .max = 1440, .unit = "min", .fallback = "10", .doc = "As of a device."},
    {IN_PLATFORM, KIND_TEXT_LIST, "accept", .offset = offsetof(struct platform_draft, accept),
     .max = PLANT_ACCEPT_MAX,
     .without = "what only reads or switches what we send: 1011, 1061, 1063, 2011, 2012",
     .doc = "The platform's commands that are done, as numbers in quotes; all others are refused "
            "(QnRtn=2) and audited."},

    {IN_PLATFORM_FACTOR, KIND_TEXT, "factor", .required = true,
     AT(struct platform_factor_draft, factor), .min = 1, .max = 64, .doc = "The input's factor."},
    {IN_PLATFORM_FACTOR, KIND_REF, "outlet", AT(struct platform_factor_draft, outlet),
     .without = "every outlet that has it", .doc = "Of that outlet only."},
    {IN_PLATFORM_FACTOR, KIND_TEXT, "code", AT(struct platform_factor_draft, code), .min = 1,
     .max = 10, .without = "the edition's", .doc = "The code that it goes under."},
    {IN_PLATFORM_FACTOR, KIND_TEXT, "unit", AT(struct platform_factor_draft, unit), .min = 1,
     .max = 16, .without = "the one that the edition's table prints",
     .doc = "The unit that the platform takes it in."},
    {IN_PLATFORM_FACTOR, KIND_BOOL, "send", AT(struct platform_factor_draft, send),
     .fallback = "true", .doc = "`false`: it does not go."},
    {IN_GATEWAY, KIND_ID, "id", .required = true, AT(struct gateway_draft, gateway.id),
     .doc = "Named by routes and by `plumewatch ctl notify`."},
    {IN_GATEWAY, KIND_WORD, "kind", .required = true, AT(struct gateway_draft, kind),
     .words = gateway_words,
     .doc = "`kannel`: its `sendsms`. `smpp`: a message centre by SMPP 3.4. `http`: any HTTP API, "
            "a web hook. `mail`: an SMTP server."},
    {IN_GATEWAY, KIND_TEXT, "url", AT(struct gateway_draft, gateway.url), .min = 0, .max = 2000,
     .fallback = "\"\"",
     .doc = "`kannel`: `http://host:13013/cgi-bin/sendsms`. `http`: the API, with fields in "
            "braces. `mail`: `smtp://host:25`, `smtps://host:465`."},
    {IN_GATEWAY, KIND_ENDPOINT, "connect", AT(struct gateway_draft, connect), .min = 1,
     .max = 65535, .without = "an error for `smpp`", .doc = "The centre's host and port."},
    {IN_GATEWAY, KIND_TEXT, "user", AT(struct gateway_draft, gateway.user), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "User name; SMPP's system_id (at most 15 bytes)."},
    {IN_GATEWAY, KIND_PATH, "password_file", AT(struct gateway_draft, gateway.password_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "As of an InfluxDB target. SMPP has room for 8 bytes."},
    {IN_GATEWAY, KIND_TEXT, "from", AT(struct gateway_draft, gateway.from), .min = 0, .max = 200,
     .fallback = "\"\"", .doc = "The sender shown: a number, a name, of mail an address."},
    {IN_GATEWAY, KIND_PATH, "tls_ca_file", AT(struct gateway_draft, gateway.tls_ca_file), .min = 0,
     .max = 1000, .fallback = "\"\"", .doc = "As of an InfluxDB target."},
    {IN_GATEWAY, KIND_INT, "timeout_s", AT(struct gateway_draft, gateway.timeout_s), .min = 1,
     .max = 120, .unit = "s", .fallback = "15",
     .doc = "How long an answer is waited for. A message without one may have arrived: it goes "
            "again, marked `again`."},
    {IN_GATEWAY, KIND_INT, "window", AT(struct gateway_draft, gateway.window), .min = 1, .max = 64,
     .fallback = "10", .doc = "Messages under way at once; centres allow 10 as a rule."},
    {IN_GATEWAY, KIND_INT, "per_minute", AT(struct gateway_draft, gateway.per_minute), .min = 0,
     .max = 60000, .fallback = "0", .doc = "Messages a minute at most; 0: as many as it takes."},
    {IN_GATEWAY, KIND_INT, "tries", AT(struct gateway_draft, gateway.tries), .min = 1, .max = 100,
     .fallback = "3",
     .doc = "Attempts at a message that failed, before the next gateway of its route has it."},
    {IN_GATEWAY, KIND_INT, "retry_first_s", AT(struct gateway_draft, gateway.retry_first_s),
     .min = 1, .max = 3600, .unit = "s", .fallback = "2",
     .doc = "Before the second attempt, at a message or at connecting; then twice as long each "
            "time."},
    {IN_GATEWAY, KIND_INT, "retry_max_s", AT(struct gateway_draft, gateway.retry_max_s), .min = 1,
     .max = 3600, .unit = "s", .fallback = "60",
     .doc = "At most so long; also the pause after all gateways of a message have failed."},
    {IN_GATEWAY, KIND_INT, "pause_s", AT(struct gateway_draft, gateway.pause_s), .min = 1,
     .max = 3600, .unit = "s", .fallback = "60",
     .doc = "Nothing is sent for so long after it refused us: login, payment, address."},
    {IN_GATEWAY, KIND_INT, "down_after_s", AT(struct gateway_draft, gateway.down_after_s), .min = 0,
     .max = 86400, .unit = "s", .fallback = "60",
     .doc = "A gateway that is not reached or does not take messages for so long is a finding "
            "`system`, part `gateway`."},
    {IN_GATEWAY, KIND_TEXT, "system_type", AT(struct gateway_draft, gateway.system_type), .min = 0,
     .max = 12, .fallback = "\"\"", .doc = "Of an SMPP bind, where the centre asks for it."},
    {IN_GATEWAY, KIND_WORD, "parts", AT(struct gateway_draft, parts), .words = parts_words,
     .fallback = "\"udh\"",
     .doc = "How SMPP says which part of a long message it is: `udh`: a header before the text; "
            "`sar`: optional parameters."},
    {IN_GATEWAY, KIND_INT, "enquire_s", AT(struct gateway_draft, gateway.enquire_s), .min = 5,
     .max = 600, .unit = "s", .fallback = "30",
     .doc = "Silence after which SMPP asks whether the centre is there; two without an answer end "
            "the connection."},
    {IN_GATEWAY, KIND_TEXT, "method", AT(struct gateway_draft, gateway.method), .min = 3, .max = 7,
     .fallback = "\"POST\"", .doc = "Of `http`."},
    {IN_GATEWAY, KIND_TEXT, "content_type", AT(struct gateway_draft, gateway.content_type),
     .min = 3, .max = 200, .fallback = "\"application/json\"",
     .doc = "Of the body; decides how values are escaped: JSON, form, or not at all."},
    {IN_GATEWAY, KIND_TEXT, "body", AT(struct gateway_draft, gateway.body), .min = 0, .max = 8000,
     .fallback = "\"\"",
     .doc = "With the fields `{to}` `{text}` `{subject}` `{key}` `{from}` `{time}` `{callback}` "
            "`{again}` and, as JSON, `{alarm}`; `{{` is a brace."},
    {IN_GATEWAY, KIND_TEXT_LIST, "headers", .offset = offsetof(struct gateway_draft, headers),
     .max = PLANT_GATEWAY_HEADERS_MAX, .without = "none", .doc = "Further headers, `Name: value`."},
    {IN_GATEWAY, KIND_TEXT, "success_contains", AT(struct gateway_draft, gateway.success_contains),
     .min = 0, .max = 200, .fallback = "\"\"",
     .doc = "What the answer must hold beside a status of 2xx."},
    {IN_GATEWAY, KIND_PATH, "hmac_key_file", AT(struct gateway_draft, gateway.hmac_key_file),
     .min = 0, .max = 1000, .fallback = "\"\"",
     .doc = "Key with which the body is signed: HMAC-SHA256, in hexadecimal."},
    {IN_GATEWAY, KIND_TEXT, "hmac_header", AT(struct gateway_draft, gateway.hmac_header), .min = 1,
     .max = 100, .fallback = "\"X-Signature\"", .doc = "The header that carries it."},
    {IN_GATEWAY, KIND_WORD, "tls", AT(struct gateway_draft, tls), .words = tls_words,
     .fallback = "\"starttls\"", .doc = "Of `smtp://`, as of an anchor."},
};

const struct option *option_table(size_t *out_count)
{
    *out_count = sizeof table / sizeof table[0];
    return table;
}
